//! What a programme offers to a provider, as posted on the board.

use crate::world::{Books, Provider};
use portage_base::actions::Place;
use portage_base::units::{DAYS_PER_YEAR, SECONDS_PER_YEAR};

/// Liquidity that rewards are taken to be shared by at least, USD: nobody expects more than the whole of a programme.
const LEAST_REWARDED_USD: f64 = 1.0;

/// Time over which a bonus counts at least, years: one day, so that a bonus due within the hour has no yield without bounds (judgement).
const LEAST_BONUS_YEARS: f64 = 1.0 / DAYS_PER_YEAR;

/// A programme's terms and figures at the last posting.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RewardQuote {
    /// The pool whose liquidity is paid.
    pub venue: usize,
    /// Rewards that fall due, no more than what fees match, USD per year.
    pub due_usd_per_year: f64,
    /// What they are worth to a receiver who may have to wait for them, USD per year.
    pub(crate) usd_per_year: f64,
    /// What shares them: value that counts, or in a pool of ranges value at work, USD.
    pub(crate) shared_by_usd: f64,
    is_ranged: bool,
    pays_pledged: bool,
    only_migrated: bool,
    cap_usd: f64,
    boost: f64,
    boosted_share: f64,
    bonus: Option<Bonus>,
}

/// A bonus that has not been paid yet.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bonus {
    usd: f64,
    at_seconds: f64,
    held_seconds: f64,
}

/// A position that a provider thinks of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'p> {
    pub(super) provider: &'p Provider,
    /// Its value, USD.
    pub(super) value_usd: f64,
    /// Value at work per value.
    pub(super) efficiency: f64,
    /// Value at work that a newcomer adds, USD.
    pub(super) fresh_usd: f64,
    /// Where it is, pledges told apart.
    pub(super) place: Place,
    /// The pool in which it stands.
    pub(super) stands_in: usize,
    /// Whether it would be opened anew.
    pub(super) is_fresh: bool,
}

impl RewardQuote {
    /// What programme `index` offers now, where its pool holds `value_usd`, of which `at_work_usd` is at work, and yields `fee_apr`.
    pub(super) fn read(books: &Books, index: usize, fee_apr: f64, (value_usd, at_work_usd): (f64, f64)) -> Self {
        let programme = &books.programmes[index];
        let terms = &programme.terms;
        let (spec, price, worth) = (&terms.spec, books.prices_usd[terms.token.index()], terms.worth());
        let counted_usd = books.eligible_total_usd(index);
        let scheduled = terms.emission.rate_per_second(books.seconds) * SECONDS_PER_YEAR * price;
        let due_usd_per_year = spec
            .matches_fees
            .map_or(scheduled, |matched| scheduled.min(matched * fee_apr.max(0.0) * books.earning_usd(index)));
        // Ranges share rewards by liquidity about the price: by value at work.
        let is_ranged = terms.slot.is_some();
        let at_work = if is_ranged && value_usd > 0.0 { at_work_usd / value_usd } else { 1.0 };
        let bonus = programme.bonus.map(|bonus| Bonus {
            usd: bonus.tokens * price * worth,
            at_seconds: bonus.at,
            held_seconds: bonus.held_for,
        });
        Self {
            venue: terms.venue,
            due_usd_per_year,
            usd_per_year: due_usd_per_year * worth,
            shared_by_usd: (counted_usd * at_work).max(LEAST_REWARDED_USD),
            is_ranged,
            pays_pledged: spec.pays_pledged,
            only_migrated: spec.only_migrated,
            cap_usd: terms.cap_usd(),
            boost: spec.boost.map_or(1.0, |boost| boost.multiple),
            boosted_share: spec.boost.map_or(0.0, |boost| boost.share),
            bonus,
        }
    }

    /// What the programme brings to a position per year and value, when it is looked at over `horizon` years at `seconds`.
    ///
    /// Law: rewards x weight / (weight of those who are paid + weight of a newcomer) / value, with weight = min(value, cap) x
    /// boost, or value at work in ranges. A bonus counts as bonus / max(time until it is paid, horizon) to who can still earn it.
    #[inline]
    pub(super) fn yield_to(&self, claim: &Claim<'_>, seconds: f64, horizon: f64) -> f64 {
        let provider = claim.provider;
        let is_pledged =
            self.pays_pledged && matches!(claim.place, Place::Pledged { to, .. } if usize::from(to) == self.venue);
        let is_paid = (claim.stands_in == self.venue || is_pledged) && (provider.started_old || !self.only_migrated);
        if !is_paid || claim.value_usd <= 0.0 {
            return 0.0;
        }
        let is_in = provider.place == claim.place
            || (claim.stands_in == self.venue && provider.place.pool() == Some(claim.stands_in));
        let (weight, newcomer) = if self.is_ranged && !is_pledged {
            (claim.efficiency * claim.value_usd, if is_in && !claim.is_fresh { 0.0 } else { claim.fresh_usd })
        } else {
            let boost = if f64::from(provider.favour) < self.boosted_share { self.boost } else { 1.0 };
            let weight = claim.value_usd.min(self.cap_usd) * boost;
            (weight, if is_in { 0.0 } else { weight })
        };
        let part = weight / (self.shared_by_usd + newcomer) / claim.value_usd;
        self.usd_per_year * part
            + self.bonus.map_or(0.0, |bonus| bonus.yearly(provider, is_in, seconds, horizon) * part)
    }
}

#[cfg(test)]
impl RewardQuote {
    /// Plain rewards of pool `venue`.
    pub(super) fn of_pool(venue: usize, usd_per_year: f64, shared_by_usd: f64) -> Self {
        Self { venue, usd_per_year, shared_by_usd, cap_usd: f64::INFINITY, boost: 1.0, ..Self::default() }
    }
}

impl Bonus {
    /// The bonus per year to a provider that is, or is not, in the pool; nothing where it cannot be earned any more.
    fn yearly(&self, provider: &Provider, is_in: bool, seconds: f64, horizon: f64) -> f64 {
        let since = if is_in { f64::from(provider.entered) } else { seconds };
        if since + self.held_seconds > self.at_seconds {
            return 0.0;
        }
        let left = (self.at_seconds - seconds) / SECONDS_PER_YEAR;
        self.usd / left.max(horizon).max(LEAST_BONUS_YEARS)
    }
}
