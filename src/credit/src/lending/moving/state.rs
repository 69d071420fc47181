//! The move from one market to another in a run.

use super::carrying::{Obstacle, carry};
use super::clock::{Review, ReviewClock};
use super::spec::MovesSpec;
use super::suppliers::Suppliers;
use crate::lending::market::Market;
use crate::lending::{RESERVES_MAX, ReservePrices};
use portage_base::units::{BPS, SECONDS_PER_DAY, SECONDS_PER_YEAR};

/// Suppliers' and borrowers' moves open each other's way; so often in a row they are tried at one observation.
const ROUNDS: u32 = 4;
const SECONDS_PER_HOUR: f64 = 3_600.0;

/// A move as a run is given it: names resolved, dates in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct MovesTerms {
    /// Part of the names of its streams.
    pub name: String,
    /// For each reserve of the old market, its place in the new one.
    pub map: [usize; RESERVES_MAX],
    pub opens_seconds: f64,
    pub reward_until_seconds: f64,
    pub spec: MovesSpec,
}

/// What stands at an observation; prices by the reserves of the market that they are named after.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Seconds on the run's clock.
    pub seconds: f64,
    /// True prices, by the old market's reserves.
    pub prices_usd: &'a ReservePrices,
    /// The new market's oracles.
    pub new_oracle_usd: &'a ReservePrices,
    /// USD per unit of gas.
    pub gas_usd: f64,
}

/// Which tokens moved, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// A supplier's, from the old market to the new one.
    Supply,
    /// A borrower's collateral, from the old market to the new one.
    Collateral,
    /// What a borrower owed: from the new market, which lends it, to the old one.
    Debt,
}

/// Tokens that must move from account to account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// Reserve of the old market.
    pub reserve: usize,
    pub tokens: f64,
    pub passing: Passing,
}

/// Everything that a move has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MovesTally {
    /// Suppliers who have moved all they had, and borrowers who have moved.
    pub suppliers: u32,
    pub borrowers: u32,
    /// Value that waited for cash in the old market, and for room in the new one, over the time that it waited, USD hours.
    pub cash_wait_usd_hours: f64,
    pub room_wait_usd_hours: f64,
    /// Days on which any supplier waited for cash.
    pub blocked_days: f64,
    /// Most that waited at one time, USD.
    pub waiting_max_usd: f64,
    /// Tries of borrowers that did not go through, by obstacle: cash, cap, cash of the new market, loan to value.
    pub obstacles: [u32; 4],
    /// What movers paid for gas, what borrowers paid for flash loans, and what was paid to suppliers as rewards, USD.
    pub suppliers_gas_usd: f64,
    pub borrowers_gas_usd: f64,
    pub flash_loans_usd: f64,
    pub rewards_usd: f64,
}

/// The suppliers and borrowers of one market on their way to another one.
///
/// At an observation those who have looked since the last one decide, and all who wait are served: suppliers in the order in which they
/// asked, with whatever cash there is; borrowers whole or not at all, and again after a while.
#[derive(Debug, Clone)]
pub struct Moves {
    terms: MovesTerms,
    suppliers: Suppliers,
    carriers: ReviewClock,
    /// When a borrower who wants to move tries next, seconds; infinite for all others. By id of the old market.
    next_try_seconds: Vec<f64>,
    /// Borrowers who want to move, in the order in which they decided.
    wanting: Vec<u32>,
    /// First position of the new market that is kept for them.
    first: u32,
    seen_seconds: f64,
    tally: MovesTally,
}

impl Moves {
    /// The move at the opening of a run; keeps room in the new market for every borrower of the old one.
    #[must_use]
    pub fn open(terms: &MovesTerms, old: &Market, new: &mut Market, address: (u64, u64)) -> Self {
        let (spec, opens) = (&terms.spec, terms.opens_seconds);
        let name = format!("lending/{}/moves", terms.name);
        let borrowers = old.drawn();
        let carriers =
            ReviewClock::open(&spec.borrowers.decides, borrowers, opens, address, &format!("{name}/borrowers"));
        Self {
            suppliers: Suppliers::open(&spec.suppliers, old, opens, address, &name),
            carriers,
            next_try_seconds: vec![f64::INFINITY; borrowers],
            wanting: Vec::with_capacity(borrowers),
            first: new.keep_room_for(old),
            seen_seconds: opens,
            tally: MovesTally::default(),
            terms: terms.clone(),
        }
    }

    /// What it has come to.
    #[must_use]
    pub const fn tally(&self) -> &MovesTally {
        &self.tally
    }

    /// Suppliers, those who have moved included.
    #[must_use]
    pub const fn suppliers(&self) -> usize {
        self.suppliers.count()
    }

    /// What suppliers of the old market have in the new one by now, USD at `prices` by the old market's reserves.
    #[must_use]
    pub fn moved_supply_usd(&self, new: &Market, prices: &ReservePrices) -> f64 {
        let value = |(r, scaled): (usize, &f64)| match new.reserves().get(self.terms.map[r]) {
            Some(reserve) => scaled * reserve.supply_index * prices[r],
            None => 0.0,
        };
        self.suppliers.new_scaled.iter().enumerate().map(value).sum()
    }

    /// Largest disagreement between what suppliers have one by one and what the old market knows of them all, relative; 0 but for rounding.
    #[must_use]
    pub fn residual(&self, old: &Market) -> f64 {
        self.suppliers.residual(old)
    }

    /// Borrowers of the old market at the opening.
    #[must_use]
    pub const fn borrowers(&self) -> usize {
        self.next_try_seconds.len()
    }

    /// What borrowers of the old market owe in the new one by now, USD at `prices` by the new market's reserves. Looks at all of them.
    #[must_use]
    pub fn moved_debt_usd(&self, new: &Market, prices: &ReservePrices) -> f64 {
        (0..self.borrowers() as u32).map(|id| new.debt_usd(self.first + id, prices)).sum()
    }

    /// What suppliers of the old market want to move and cannot yet, USD at `prices`.
    #[must_use]
    pub fn waiting_usd(&self, old: &Market, prices: &ReservePrices) -> f64 {
        (0..old.reserves().len()).map(|r| self.suppliers.waiting(r, old) * prices[r]).sum()
    }

    /// Lets everybody decide and move who can, and tells the tokens that move, in their order.
    pub fn step(
        &mut self,
        (old, new): (&mut Market, &mut Market),
        now: &Situation<'_>,
        mut transfer: impl FnMut(Moved),
    ) {
        if now.seconds < self.terms.opens_seconds {
            return;
        }
        self.wait((old, new), now);
        self.decide((old, new), now);
        for _ in 0..ROUNDS {
            let supplied = self.serve_suppliers((old, new), &mut transfer);
            let carried = self.serve_borrowers((old, new), now, &mut transfer);
            if supplied <= 0.0 || !carried {
                break;
            }
        }
        self.tally.suppliers = self.suppliers.moved;
        self.tally.waiting_max_usd = self.tally.waiting_max_usd.max(self.waiting_usd(old, now.prices_usd));
    }

    /// Counts the time since the last observation for those who waited through it, and pays the rewards of it.
    fn wait(&mut self, (old, new): (&Market, &Market), now: &Situation<'_>) {
        let seconds = now.seconds - self.seen_seconds;
        let rewarded = now.seconds.min(self.terms.reward_until_seconds) - self.seen_seconds;
        self.seen_seconds = now.seconds;
        let (mut for_cash_usd, mut for_room_usd) = (0.0, 0.0);
        for r in 0..old.reserves().len() {
            let waiting_usd = self.suppliers.waiting(r, old) * now.prices_usd[r];
            let waits_for_room = new.reserves()[self.terms.map[r]].supply_room() <= old.cash(r);
            *(if waits_for_room { &mut for_room_usd } else { &mut for_cash_usd }) += waiting_usd;
        }
        self.tally.cash_wait_usd_hours += for_cash_usd * seconds / SECONDS_PER_HOUR;
        self.tally.room_wait_usd_hours += for_room_usd * seconds / SECONDS_PER_HOUR;
        self.tally.blocked_days += if for_cash_usd > 0.0 { seconds / SECONDS_PER_DAY } else { 0.0 };
        let years = rewarded.max(0.0) / SECONDS_PER_YEAR;
        self.tally.rewards_usd += self.moved_supply_usd(new, now.prices_usd) * self.terms.spec.reward_per_year * years;
    }

    fn decide(&mut self, (old, new): (&Market, &Market), now: &Situation<'_>) {
        while let Some(review) = self.suppliers.clock.due(now.seconds) {
            self.review_supply(review, (old, new), now);
        }
        while let Some(review) = self.carriers.due(now.seconds) {
            self.review_position(review, (old, new), now);
        }
    }

    /// What the new version pays beyond its rates at `seconds` on a supply, per year.
    fn extra_per_year(&self, seconds: f64) -> f64 {
        let is_rewarded = seconds < self.terms.reward_until_seconds;
        self.terms.spec.benefit_per_year + if is_rewarded { self.terms.spec.reward_per_year } else { 0.0 }
    }

    fn review_supply(&mut self, review: Review, (old, new): (&Market, &Market), now: &Situation<'_>) {
        let Some(tokens) = self.suppliers.undecided(review.id, old).filter(|tokens| *tokens > 0.0) else { return };
        let (r, spec) = (self.suppliers.reserve_of(review.id), self.terms.spec.suppliers);
        let cost_usd = spec.gas * now.gas_usd;
        let cost_share = cost_usd / (tokens * now.prices_usd[r]);
        let rates = new.reserves()[self.terms.map[r]].supply_rate() - old.reserves()[r].supply_rate();
        let moves = review.choice.map_or(cost_share <= spec.decides.cost_share_max, |uniform| {
            uniform < spec.decides.move_probability(rates + self.extra_per_year(now.seconds), cost_share)
        });
        if moves {
            self.tally.suppliers_gas_usd += cost_usd;
            self.suppliers.ask(review.id);
        }
    }

    fn review_position(&mut self, review: Review, (old, new): (&Market, &Market), now: &Situation<'_>) {
        let value = old.valuation(review.id, now.prices_usd);
        if value.debt_usd <= 0.0 || self.next_try_seconds[review.id as usize].is_finite() {
            return;
        }
        let spec = self.terms.spec.borrowers;
        let cost_share = spec.gas * now.gas_usd / value.debt_usd + spec.flash_loan_fee_bps / BPS;
        let (pledged, owed) = (old.pledged_by(review.id), old.owed_by(review.id));
        let mut gain_usd = value.debt_usd * self.terms.spec.benefit_per_year
            + value.collateral_usd * (self.extra_per_year(now.seconds) - self.terms.spec.benefit_per_year);
        for (r, from) in old.reserves().iter().enumerate() {
            let to = &new.reserves()[self.terms.map[r]];
            gain_usd += pledged[r] * now.prices_usd[r] * (to.supply_rate() - from.supply_rate());
            gain_usd += owed[r] * now.prices_usd[r] * (from.borrow_rate() - to.borrow_rate());
        }
        let moves = review.choice.map_or(cost_share <= spec.decides.cost_share_max, |uniform| {
            uniform < spec.decides.move_probability(gain_usd / value.debt_usd, cost_share)
        });
        if moves {
            self.next_try_seconds[review.id as usize] = now.seconds;
            self.wanting.push(review.id);
        }
    }

    fn serve_suppliers(&mut self, (old, new): (&mut Market, &mut Market), transfer: &mut impl FnMut(Moved)) -> f64 {
        let mut total = 0.0;
        for reserve in 0..old.reserves().len() {
            let tokens = self.suppliers.serve(reserve, self.terms.map[reserve], old, new);
            if tokens > 0.0 {
                transfer(Moved { reserve, tokens, passing: Passing::Supply });
                total += tokens;
            }
        }
        total
    }

    /// Borrowers whose time has come to try. Returns whether anybody moved.
    fn serve_borrowers(
        &mut self,
        (old, new): (&mut Market, &mut Market),
        now: &Situation<'_>,
        transfer: &mut impl FnMut(Moved),
    ) -> bool {
        let (spec, before) = (self.terms.spec.borrowers, self.wanting.len());
        let (tally, next_try, terms, first) = (&mut self.tally, &mut self.next_try_seconds, &self.terms, self.first);
        self.wanting.retain(|&id| {
            if next_try[id as usize] > now.seconds {
                return true;
            }
            let debt_usd = old.debt_usd(id, now.prices_usd);
            if debt_usd <= 0.0 {
                next_try[id as usize] = f64::INFINITY;
                return false;
            }
            match carry((&mut *old, &mut *new), (id, first + id), &terms.map, now.new_oracle_usd) {
                Err(obstacle) => {
                    tally.obstacles[Obstacle::place(obstacle)] += 1;
                    next_try[id as usize] = now.seconds + spec.retries_after.seconds();
                    true
                }
                Ok(carried) => {
                    for (reserve, tokens) in carried.collateral.into_iter().enumerate().filter(|(_, t)| *t > 0.0) {
                        transfer(Moved { reserve, tokens, passing: Passing::Collateral });
                    }
                    for (reserve, tokens) in carried.debt.into_iter().enumerate().filter(|(_, t)| *t > 0.0) {
                        transfer(Moved { reserve, tokens, passing: Passing::Debt });
                    }
                    tally.borrowers += 1;
                    tally.borrowers_gas_usd += spec.gas * now.gas_usd;
                    tally.flash_loans_usd += debt_usd * spec.flash_loan_fee_bps / BPS;
                    next_try[id as usize] = f64::INFINITY;
                    false
                }
            }
        });
        self.wanting.len() < before
    }
}

impl Obstacle {
    const fn place(self) -> usize {
        match self {
            Self::OldCash => 0,
            Self::SupplyCap => 1,
            Self::NewCash => 2,
            Self::LoanToValue => 3,
        }
    }
}
