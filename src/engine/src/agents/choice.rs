//! The choice of a provider on review: a nested logit over staying, each other pool, and leaving.

use super::classes::Motives;
use super::market_view::MarketView;
use super::reward_quotes::Claim;
use crate::world::{Books, EXTERNAL_MARKET_COST, Provider};
use portage_base::actions::Place;
use portage_base::elementary::exp;
use portage_migration::Step;
use portage_pools::{CONSTANT_PRODUCT_LVR, VENUES_MAX};

/// Least value that gas is weighed against, USD: whoever holds less has nothing to move.
const LEAST_VALUE_USD: f64 = 1e-9;

/// One alternative: where to, by which step, and its utility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alternative {
    pub(super) place: Place,
    pub(super) step: Option<Step>,
    utility: f64,
    pub(super) weight: f64,
}

/// The alternatives of one review, at most one a pool, a new range in the present one, and leaving.
#[derive(Debug, Clone, Copy)]
pub struct Alternatives {
    list: [Alternative; VENUES_MAX + 2],
    count: usize,
}

/// What a provider decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Where the liquidity shall stand.
    pub place: Place,
    /// The step that leads there.
    pub step: Step,
    /// What the move is worth to the provider over its horizon before gas, USD; never negative.
    pub(crate) worth_usd: f64,
}

/// The rule of choice shared by every class.
///
/// Law: utilities per year u_j = e_j (fees_j + kept x rewards_j - LVR_j) - failure_j - risk - (gas_j + effort) / (W H) + inertia 1[j = current],
/// with e_j the value at work per value of the position: 1 in a pool of shares, 0 outside a range, and in one that holds the price
/// its efficiency times the share of the time ahead that it is expected to hold it; a penalty for leaving counts as penalty / H;
/// within the nest of pools P(j | nest) is proportional to exp((u_j / mu + beta ln N_j) / lambda); the nest weighs
/// exp(lambda ln sum), leaving exp(u_out / mu). Fees and rewards of a new place are diluted by
/// the provider's own value at work; rewards of a pledge count per value (e = 1). mu and inertia are multiplied by the largest
/// e_j that the provider's width can have; N_j is one more than the providers there. A range that does not hold the price has one
/// more alternative, the same pool about the present price. Who has not heard of the migration knows a rival with its hazard, but no
/// new pool and no hazard of an old one. Leaving costs no LVR, and is no alternative where a token is converted that yields nothing in any
/// place: who sells it hands it on. Source: McFadden (1978), "Modelling the choice of residential location"; risk = rho sigma^2 / 8, half the relative
/// risk aversion times the variance sigma^2 / 4 of a constant-product position.
#[derive(Debug, Clone, Copy)]
pub struct Chooser {
    /// Yield per year that is expected elsewhere.
    pub outside_yield: f64,
    /// Nest parameter lambda, in (0, 1].
    pub nesting: f64,
    /// What the time and trouble of one move are worth, USD.
    pub effort_usd: f64,
}

impl Chooser {
    /// Decides for provider `id` with the uniform draw `uniform` in [0, 1); `None` when it stays where it is.
    #[must_use]
    pub fn decide(
        &self,
        motives: &Motives,
        id: u32,
        books: &Books,
        market_view: &MarketView,
        uniform: f64,
    ) -> Option<Decision> {
        let subject = Subject::of(id, books, market_view);
        let alternatives = self.alternatives(motives, &subject, market_view);
        let chosen = alternatives.pick(uniform)?;
        let step = chosen.step?;
        let stay = alternatives.list[..alternatives.count].iter().find(|other| other.step.is_none());
        let advantage =
            stay.map_or(0.0, |stay| chosen.utility - stay.utility) * motives.horizon.years() * subject.value;
        let (_, gas_usd) = market_view.gas_of(subject.provider.place, chosen.place, step);
        Some(Decision { place: chosen.place, step, worth_usd: (advantage + gas_usd).max(0.0) })
    }

    /// Gas and effort of a step that leads `from` one place `to` another, USD.
    #[inline]
    pub(super) fn cost_usd(&self, (from, to): (Place, Place), step: Step, market_view: &MarketView) -> f64 {
        market_view.gas_of(from, to, step).0 + self.effort_usd
    }

    pub(super) fn alternatives(
        &self,
        motives: &Motives,
        subject: &Subject<'_>,
        market_view: &MarketView,
    ) -> Alternatives {
        let provider = subject.provider;
        let spread = cost_spread(motives, subject);
        // Who has ranges earns and loses a multiple of what a share does, and is as much less sure of it.
        let scale = market_view.yield_scale[provider.width as usize];
        let (noise, inertia) = (motives.noise * scale, motives.inertia * scale);
        let mut out = Alternatives { list: [NOWHERE; VENUES_MAX + 2], count: 0 };
        let is_aware = f64::from(provider.awareness) <= market_view.informed;
        let keeps_fee = f64::from(provider.loyalty) < market_view.keeps_tier_share;
        let only_new = provider.place.pool().and_then(|from| market_view.venues[from].same_fee).filter(|_| keeps_fee);
        for venue in (0..market_view.count).filter(|venue| market_view.venues[*venue].is_of_pair) {
            let (is_old, is_rival) = (market_view.venues[venue].is_old, market_view.venues[venue].is_rival);
            if !is_old && !is_rival && only_new.is_some_and(|only| usize::from(only) != venue) {
                continue;
            }
            let Some((place, step)) = reach(provider.place, venue, market_view, is_aware) else { continue };
            let direction = (provider.place, place);
            let gas = step.map_or(-inertia, |step| self.cost_usd(direction, step, market_view) * spread);
            let unknown_loss = if is_aware || is_rival || market_view.hazards_are_known {
                0.0
            } else {
                market_view.failure_loss_at(place)
            };
            let terms = terms_in(motives, subject, market_view, (venue, place), step.is_some());
            let penalty =
                if step.is_some() { subject.penalty_to(venue, market_view) / motives.horizon.years() } else { 0.0 };
            let mut utility = terms.total() - gas - penalty + unknown_loss;
            if market_view.crossing.is_some() {
                utility -= crossing_loss(motives, subject, market_view, place, &terms);
            }
            let heads = market_view.venues[venue].log_heads;
            out.add(Alternative { place, step, utility, weight: heads });
            if step.is_none() && subject.at_work <= 0.0 && place == Place::Pool(venue as u8) {
                // A range that does not hold the price is all of one token: half of it is swapped.
                let cost =
                    self.cost_usd(direction, Step::Recentre, market_view) + 0.5 * EXTERNAL_MARKET_COST * subject.value;
                let terms = terms_in(motives, subject, market_view, (venue, place), true);
                let utility = terms.total() - cost * spread + inertia + unknown_loss;
                out.add(Alternative { place, step: Some(Step::Recentre), utility, weight: heads });
            }
        }
        let step = match provider.place {
            Place::Outside => None,
            Place::Pledged { .. } => Some(Step::UnpledgeAndWithdraw),
            Place::Pool(_) | Place::InFlight(_) => Some(Step::Withdraw),
        };
        let direction = (provider.place, Place::Outside);
        let gas = step.map_or(-inertia, |step| self.cost_usd(direction, step, market_view) * spread);
        let penalty = if step.is_some() { subject.penalties.0 / motives.horizon.years() } else { 0.0 };
        out.add(Alternative { place: Place::Outside, step, utility: self.outside_yield - gas - penalty, weight: 0.0 });
        out.weigh(noise, motives.social_proof, self.nesting, !market_view.is_conversion);
        out
    }
}

/// Share of a provider's position that it loses by leaving now, and by moving to the new version now.
#[inline]
fn penalties(id: u32, provider: &Provider, books: &Books, market_view: &MarketView) -> (f64, f64) {
    let Some(venue) = provider.place.pool().filter(|_| market_view.has_penalties) else { return (0.0, 0.0) };
    let new = (0..market_view.count).find(|new| market_view.venues[*new].is_new());
    let leaving = books.penalty(id, venue, Place::Outside);
    (leaving, new.map_or(leaving, |new| books.penalty(id, venue, Place::Pool(new as u8))))
}

/// Who chooses.
pub(super) struct Subject<'p> {
    pub(super) provider: &'p Provider,
    /// Value of the liquidity, USD.
    pub(super) value: f64,
    /// Value at work in it, USD: 0 for a range that does not hold the price.
    pub(super) at_work: f64,
    /// Share of it lost by leaving now, and by moving to the new version now.
    pub(super) penalties: (f64, f64),
}

impl<'p> Subject<'p> {
    /// Provider `id` as it stands.
    #[inline]
    pub(super) fn of(id: u32, books: &'p Books, market_view: &MarketView) -> Self {
        let provider = &books.providers.list[id as usize];
        let (value, at_work) = market_view.value_usd(id, books);
        Self { provider, value, at_work, penalties: penalties(id, provider, books, market_view) }
    }

    /// Share lost by going to pool `venue`.
    #[inline]
    pub(super) const fn penalty_to(&self, venue: usize, market_view: &MarketView) -> f64 {
        if market_view.venues[venue].is_new() { self.penalties.1 } else { self.penalties.0 }
    }
}

/// What a cost of one USD takes from the yearly yield of the position: it is spread over value and horizon.
#[inline]
pub(super) fn cost_spread(motives: &Motives, subject: &Subject<'_>) -> f64 {
    1.0 / (subject.value.max(LEAST_VALUE_USD) * motives.horizon.years())
}

/// What a move to the other chain takes from the yearly yield besides gas; nothing for other moves.
pub(super) fn crossing_loss(
    motives: &Motives,
    subject: &Subject<'_>,
    market_view: &MarketView,
    place: Place,
    terms: &Terms,
) -> f64 {
    // On the way nothing is earned and nothing lost, but by the price.
    let earned = terms.total() + terms.risk;
    market_view.crossing.as_ref().map_or(0.0, |crossing| {
        crossing.loss(subject.provider.place, place, subject.value, (earned, motives.horizon.years()))
    })
}

const NOWHERE: Alternative = Alternative { place: Place::Outside, step: None, utility: 0.0, weight: 0.0 };

/// How a provider at `place` gets into pool `venue`; `None` when it cannot, a step of `None` when it is there.
#[inline]
fn reach(place: Place, venue: usize, market_view: &MarketView, is_aware: bool) -> Option<(Place, Option<Step>)> {
    let (entry, here) = (&market_view.venues[venue], Place::Pool(venue as u8));
    if place == here || matches!(place, Place::Pledged { to, .. } if usize::from(to) == venue) {
        return Some((place, None));
    }
    if !entry.is_old && !entry.is_rival && !is_aware {
        return None;
    }
    // Out of a pledge leads only the way back, or out of the market.
    if matches!(place, Place::Pledged { here, .. } if usize::from(here) != venue) {
        return None;
    }
    if entry.takes_deposits {
        let step = match place {
            Place::Outside => Step::Deposit,
            Place::Pledged { here, .. } if usize::from(here) == venue => Step::Pledge,
            _ => Step::Migrate,
        };
        return Some((here, Some(step)));
    }
    // What stands in a rival cannot be pledged.
    if place.pool().is_some_and(|at| market_view.venues[at].is_rival) {
        return None;
    }
    let step = if place == Place::Outside { Step::DepositAndPledge } else { Step::Pledge };
    let here = place.pool().filter(|here| market_view.venues[*here].is_old).unwrap_or(market_view.old);
    let pledge = Place::Pledged { here: here as u8, to: venue as u8 };
    entry.takes_pledges.then_some((pledge, Some(step)))
}

/// What a position is expected to bring and to cost, per year and USD, before the cost of getting there.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Terms {
    /// Fees.
    pub fees: f64,
    /// Rewards, the part that the provider keeps.
    pub rewards: f64,
    /// Loss versus rebalancing.
    pub lvr: f64,
    /// Expected loss from failure.
    pub failure: f64,
    /// What the risk of the price is worth.
    pub risk: f64,
}

impl Terms {
    /// All of them together.
    #[inline]
    #[must_use]
    pub const fn total(&self) -> f64 {
        self.fees - self.lvr + self.rewards - self.risk - self.failure
    }
}

/// What a position at `place`, which leads to pool `venue`, is expected to bring; `is_fresh` when it would be opened anew.
#[inline]
pub(super) fn terms_in(
    motives: &Motives,
    subject: &Subject<'_>,
    market_view: &MarketView,
    target: (usize, Place),
    is_fresh: bool,
) -> Terms {
    let (venue, place) = target;
    let provider = subject.provider;
    let (stands_in, is_fresh) = match place {
        Place::Pledged { here, .. } => (usize::from(here), provider.place.pool() != Some(usize::from(here))),
        _ => (venue, is_fresh),
    };
    let standing = &market_view.venues[stands_in];
    let width = provider.width as usize;
    let efficiency = if is_fresh {
        standing.efficiency[width] * standing.time_in_range[width]
    } else if subject.value > 0.0 {
        subject.at_work / subject.value * standing.time_in_range[width]
    } else {
        1.0
    };
    // Fees are shared with those who are there already; a pool that is next to empty is judged by the pair, as its yield is.
    let fresh_usd = subject.value * standing.efficiency[width];
    let there = standing.at_work_usd + market_view.prior_usd;
    let fee_apr = if is_fresh && there > 0.0 && !standing.is_holding {
        standing.fee_apr * there / (there + fresh_usd)
    } else {
        standing.fee_apr
    };
    // Held or carried, a token bears the same risk.
    let exposure = if standing.is_holding { 0.0 } else { CONSTANT_PRODUCT_LVR };
    let claim = Claim { provider, value_usd: subject.value, efficiency, fresh_usd, place, stands_in, is_fresh };
    let offers = &market_view.offers[..market_view.offered];
    let rewards: f64 =
        offers.iter().map(|offer| offer.yield_to(&claim, market_view.posted_seconds(), motives.horizon.years())).sum();
    Terms {
        fees: efficiency * fee_apr,
        rewards: motives.rewards_kept * rewards,
        lvr: efficiency * market_view.variance * standing.lvr_per_variance,
        failure: standing.failure_loss,
        risk: motives.risk_aversion * market_view.variance * exposure,
    }
}

impl Alternatives {
    /// The alternatives there are.
    pub(super) fn list(&self) -> &[Alternative] {
        &self.list[..self.count]
    }

    #[inline]
    fn add(&mut self, alternative: Alternative) {
        self.list[self.count] = alternative;
        self.count += 1;
    }

    /// Turns utilities (and the log head counts that stand in `weight`) into weights that sum to the logit's denominator.
    #[inline]
    fn weigh(&mut self, noise: f64, social_proof: f64, nesting: f64, can_leave: bool) {
        let (nest, outside) = self.list[..self.count].split_at_mut(self.count - 1);
        let scale = 1.0 / noise;
        let mut highest = if can_leave { outside[0].utility * scale } else { f64::NEG_INFINITY };
        for alternative in nest.iter_mut() {
            alternative.weight = (alternative.utility * scale + social_proof * alternative.weight) / nesting;
            highest = highest.max(alternative.weight * nesting);
        }
        outside[0].weight = if can_leave { exp(outside[0].utility * scale - highest) } else { 0.0 };
        let mut sum = 0.0;
        for alternative in nest.iter_mut() {
            alternative.weight = exp(alternative.weight - highest / nesting);
            sum += alternative.weight;
        }
        if sum > 0.0 {
            // exp(lambda ln sum) shared out by exp(.) / sum.
            let share = exp((nesting - 1.0) * libm::log(sum));
            for alternative in nest {
                alternative.weight *= share;
            }
        }
    }

    #[inline]
    fn pick(&self, uniform: f64) -> Option<&Alternative> {
        let list = &self.list[..self.count];
        let mut left = uniform * list.iter().map(|alternative| alternative.weight).sum::<f64>();
        list.iter().find(|alternative| {
            left -= alternative.weight;
            left < 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::RewardQuote;
    use crate::world::{LpClass, RangeWidth};
    use portage_migration::STEPS;

    impl Chooser {
        /// Probabilities of every alternative, in the order pools, then leaving.
        fn probabilities(&self, motives: &Motives, provider: &Provider, market_view: &MarketView) -> Vec<(Place, f64)> {
            let (value, at_work) = (provider.opening_usd, provider.opening_usd);
            let alternatives =
                self.alternatives(motives, &Subject { provider, value, at_work, penalties: (0.0, 0.0) }, market_view);
            let list = &alternatives.list[..alternatives.count];
            let total: f64 = list.iter().map(|alternative| alternative.weight).sum();
            list.iter().map(|alternative| (alternative.place, alternative.weight / total)).collect()
        }
    }

    fn provider(value: f64, place: Place) -> Provider {
        Provider {
            shares: value,
            opening_usd: value,
            shared_range: 0,
            loyalty: 0.5,
            width: RangeWidth::Full,
            awareness: 0.0,
            propensity: 0.0,
            pace: 0.0,
            favour: 0.5,
            entered: f32::NEG_INFINITY,
            rewards_usd: 0.0,
            place,
            class: LpClass::Active,
            started_old: true,
            started_outside: false,
            started_home: true,
            has_migrated: false,
            has_moved: false,
            is_waiting: false,
        }
    }

    fn market_view(yields: [f64; 2]) -> MarketView {
        let mut market_view = MarketView::default();
        (market_view.count, market_view.informed) = (2, 1.0);
        market_view.venues[0].is_old = true;
        market_view.yield_scale = [1.0; 3];
        for (entry, fee_apr) in market_view.venues.iter_mut().zip(yields) {
            (entry.takes_deposits, entry.value_per_share, entry.fee_apr) = (true, 1.0, fee_apr);
            (entry.is_of_pair, entry.efficiency) = (true, [1.0; 3]);
            entry.at_work_usd = 1e30;
            entry.time_in_range = [1.0; 3];
        }
        market_view
    }

    fn plain() -> Motives {
        Motives { noise: 0.02, inertia: 0.0, social_proof: 0.0, ..Motives::default() }
    }

    #[test]
    fn shares_are_the_nested_logit_s() {
        // By hand: mu 0.02, lambda 0.5; utilities 0.10, 0.12 and outside 0.08.
        let chooser = Chooser { outside_yield: 0.08, nesting: 0.5, effort_usd: 0.0 };
        let shares = chooser.probabilities(&plain(), &provider(1e6, Place::Pool(0)), &market_view([0.10, 0.12]));
        let (a, b, out) = (libm::exp(0.10 / 0.01), libm::exp(0.12 / 0.01), libm::exp(0.08 / 0.02));
        let nest = libm::sqrt(a + b);
        let law = [nest * a / (a + b) / (nest + out), nest * b / (a + b) / (nest + out), out / (nest + out)];
        for ((_, share), law) in shares.iter().zip(law) {
            assert!((share - law).abs() < 1e-12, "{share} against {law}");
        }
    }

    #[test]
    fn the_terms_sum_to_the_utility_and_the_probabilities_are_the_choice_s() {
        let chooser = Chooser { outside_yield: 0.08, nesting: 0.6, effort_usd: 0.0 };
        let motives = Motives { inertia: 0.03, social_proof: 0.3, risk_aversion: 1.5, ..plain() };
        let mut market_view = market_view([0.10, 0.14]);
        (market_view.variance, market_view.gas_usd) = (0.7, [30.0; STEPS]);
        for (entry, heads) in market_view.venues.iter_mut().zip([250.0, 40.0]) {
            entry.lvr_per_variance = CONSTANT_PRODUCT_LVR;
            (entry.failure_loss, entry.log_heads) = (0.01, libm::log1p(heads));
        }
        (market_view.offers[0], market_view.offered, market_view.has_penalties) =
            (RewardQuote::of_pool(1, 1e5, 4e5), 1, true);
        for (awareness, at_work) in [(0.0, 1.0), (0.0, 0.0), (2.0, 1.0)] {
            let provider = Provider { awareness, ..provider(2e4, Place::Pool(0)) };
            let subject = Subject { provider: &provider, value: 2e4, at_work: 2e4 * at_work, penalties: (0.01, 0.002) };
            let alternatives = chooser.alternatives(&motives, &subject, &market_view);
            let weighed = chooser.weighed(&motives, &subject, &market_view);
            assert_eq!(weighed.len(), alternatives.count);
            // By hand: the nested logit of the totals, the last of which is leaving.
            let (out, nest) = weighed.split_last().unwrap();
            let within = |weighed: &crate::agents::Weighed| libm::exp(weighed.reasons.total / motives.noise / 0.6);
            let sum: f64 = nest.iter().map(within).sum();
            let (pools, leaving) = (libm::pow(sum, 0.6), libm::exp(out.reasons.total / motives.noise));
            for (alternative, weighed) in alternatives.list().iter().zip(&weighed) {
                let terms: f64 = weighed.reasons.terms().iter().sum();
                let utility = alternative.utility + weighed.reasons.social;
                assert!((terms - utility).abs() < 1e-14, "{terms} against {utility}: {weighed:?}");
                let is_out = weighed.place == Place::Outside;
                let law = if is_out { leaving } else { pools * within(weighed) / sum } / (pools + leaving);
                assert!((weighed.probability - law).abs() < 1e-12, "{} against {law}", weighed.probability);
            }
            let stay = &weighed[0].reasons;
            assert_eq!((stay.inertia, stay.cost, stay.risk), (0.03, 0.0, -1.5 * 0.7 / 8.0));
            assert_eq!(stay.failure, if awareness > 1.0 { 0.0 } else { -0.01 });
            assert!((stay.fees - 0.1 * at_work).abs() < 1e-15 && (stay.lvr + 0.7 / 8.0 * at_work).abs() < 1e-15);
        }
    }

    #[test]
    fn inertia_and_ignorance_keep_people() {
        let chooser = Chooser { outside_yield: -1.0, nesting: 1.0, effort_usd: 0.0 };
        let inert = Motives { inertia: 0.3, ..plain() };
        let shares = chooser.probabilities(&inert, &provider(1e6, Place::Pool(0)), &market_view([0.10, 0.15]));
        assert!(shares[0].1 > 0.999, "a lure of 5 points moved them: {shares:?}");
        let mut dark = market_view([0.10, 9.0]);
        dark.informed = 0.5;
        let unaware = Provider { awareness: 0.6, ..provider(1e6, Place::Pool(0)) };
        assert!(chooser.probabilities(&plain(), &unaware, &dark).iter().all(|(place, _)| *place != Place::Pool(1)));
    }

    #[test]
    fn gas_keeps_the_small() {
        let chooser = Chooser { outside_yield: -1.0, nesting: 1.0, effort_usd: 0.0 };
        let mut dear = market_view([0.10, 0.15]);
        dear.gas_usd = [100.0; STEPS];
        let motives = Motives { horizon: crate::agents::classes::days(36.5), ..plain() };
        let moved = |value| chooser.probabilities(&motives, &provider(value, Place::Pool(0)), &dear)[1].1;
        // 100 USD over a tenth of a year on 20,000 USD costs the 5 points a year that the new pool offers.
        assert!((moved(20_000.0) - 0.5).abs() < 1e-9 && moved(1_000.0) < 1e-6 && moved(1e6) > 0.9);
    }
}
