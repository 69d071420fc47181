//! What became of the migration's plan in a run: dates, halts, losses, what the operator spent.

use super::Books;
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::Chain;
use portage_pools::Role;

/// The book of the plan. Dates are seconds on the run's clock, NaN where nothing of the kind happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passage {
    /// When the plan was approved.
    pub approved: f64,
    /// When the new version took effect.
    pub opened: f64,
    /// When the last stage began.
    pub released: f64,
    /// Votes that were held.
    pub votes: u32,
    /// Whether somebody bought the vote and passed an upgrade of his own.
    pub is_captured: bool,
    /// Whether somebody pushed what the trigger watched.
    pub is_gamed: bool,
    /// Least that it would have cost at an observation to push the trigger, USD; infinite where it could not be pushed.
    pub gaming_cost_min_usd: f64,
    /// When the state was read.
    pub snapshot: f64,
    /// Entries that were written.
    pub entries: f64,
    /// Entries that were found wrong while they were compared.
    pub entries_found: f64,
    /// Difference between the state that took effect and the one that was meant, relative to it; NaN where no state is copied.
    pub divergence_share: f64,
    /// What was credited to others than its owners, USD.
    pub miscredited_usd: f64,
    /// Opening value of what nobody had claimed when claims ended, relative to that of all who could; NaN before.
    pub unclaimed_share: f64,
    /// Whether the new version had a fault.
    pub is_faulty: bool,
    /// When the fault came to light after the new version had taken effect.
    pub failed: f64,
    /// Whether a verification caught the fault first.
    pub is_caught: bool,
    /// Times that the gates tripped.
    pub gates_tripped: u32,
    /// Rollbacks.
    pub rollbacks: u32,
    /// Providers that were moved along with all of their pool: nothing was added or withdrawn.
    pub moved_whole: u64,
    /// Time during which the team had halted the new version, seconds.
    pub paused_seconds: f64,
    /// Time during which more than half of the migrated liquidity stood in halted pools, seconds.
    pub downtime_seconds: f64,
    /// Time integral of what stood in halted pools, USD x days.
    pub frozen_usd_days: f64,
    /// Time integral of what is exposed to a failure of the path: the new version's pools and what is on its way, USD x days.
    pub at_risk_usd_days: f64,
    /// Largest value exposed at once, USD.
    pub at_risk_max_usd: f64,
    /// What the operator paid for gas, USD.
    pub operator_gas_usd: f64,
    /// What verification cost, gas apart, USD.
    pub verification_usd: f64,
    /// Operator's transactions: number, and sum and sum of squares of the gas price that each paid, gwei.
    pub operator_calls: (f64, f64, f64),
    /// What had been lost to failures when the plan last began anew, USD: gates count from there.
    pub(crate) lost_before_usd: f64,
    /// What the operator has sent to another chain and has not arrived, USD.
    pub(crate) sent_usd: f64,
    /// Pools that the team has halted.
    pub(crate) is_paused: bool,
    booked: f64,
}

impl Default for Passage {
    fn default() -> Self {
        Self {
            approved: f64::NAN,
            opened: f64::NAN,
            released: f64::NAN,
            votes: 0,
            is_captured: false,
            is_gamed: false,
            gaming_cost_min_usd: f64::INFINITY,
            snapshot: f64::NAN,
            entries: f64::NAN,
            entries_found: 0.0,
            divergence_share: f64::NAN,
            miscredited_usd: 0.0,
            unclaimed_share: f64::NAN,
            is_faulty: false,
            failed: f64::NAN,
            is_caught: false,
            gates_tripped: 0,
            rollbacks: 0,
            moved_whole: 0,
            paused_seconds: 0.0,
            downtime_seconds: 0.0,
            frozen_usd_days: 0.0,
            at_risk_usd_days: 0.0,
            at_risk_max_usd: 0.0,
            operator_gas_usd: 0.0,
            verification_usd: 0.0,
            operator_calls: (0.0, 0.0, 0.0),
            lost_before_usd: 0.0,
            sent_usd: 0.0,
            is_paused: false,
            booked: 0.0,
        }
    }
}

impl Passage {
    /// A failure has come to light at `seconds`; the first one counts.
    pub(crate) const fn note_failure(&mut self, seconds: f64) {
        if self.failed.is_nan() {
            self.failed = seconds;
        }
    }
}

impl Books {
    /// Whether more than half of the migrated liquidity stands in halted pools.
    #[must_use]
    pub(crate) fn is_down(&self) -> bool {
        let frozen_usd = self.frozen_usd();
        frozen_usd > 0.0 && frozen_usd > 0.5 * self.total_value_usd()
    }

    /// What stands in halted pools of the migrated pair, USD.
    #[must_use]
    pub fn frozen_usd(&self) -> f64 {
        let halted = self.venues.iter().filter(|venue| venue.is_migrated() && venue.is_halted());
        halted.map(|venue| self.venue_value_usd(venue)).sum()
    }

    /// What is on its way between pools, at its opening value or at that of its sending, USD.
    #[must_use]
    pub const fn under_way_usd(&self) -> f64 {
        self.providers.in_flight_usd + self.passage.sent_usd
    }

    /// What is exposed to a failure of the path, USD: what stands in the new version's pools, and, at its opening value, what is on its
    /// way there.
    #[must_use]
    pub fn at_risk_usd(&self) -> f64 {
        self.value_of_usd(Role::New) + self.under_way_usd()
    }

    /// Opening value of those who began in old pools and stand there, relative to that of all who began there.
    #[must_use]
    pub fn left_in_old_share(&self) -> f64 {
        let is_old = |venue: usize| self.venues[venue].terms.role == Role::Old;
        let left = self.providers.list.iter().filter(|provider| provider.started_old);
        let standing: f64 = left
            .filter(|provider| provider.place.pool().is_some_and(is_old))
            .map(|provider| provider.opening_usd)
            .sum();
        if self.providers.origin_usd > 0.0 { standing / self.providers.origin_usd } else { f64::NAN }
    }

    /// Books the time since the last booking up to `seconds`, during which what is halted and exposed was as it is now.
    pub(crate) fn book_passage(&mut self, seconds: f64) {
        let elapsed = seconds - self.passage.booked;
        if elapsed <= 0.0 {
            return;
        }
        let (frozen, total, at_risk) = (self.frozen_usd(), self.total_value_usd(), self.at_risk_usd());
        let book = &mut self.passage;
        book.booked = seconds;
        let days = elapsed / SECONDS_PER_DAY;
        book.frozen_usd_days += frozen * days;
        book.at_risk_usd_days += at_risk * days;
        book.at_risk_max_usd = book.at_risk_max_usd.max(at_risk);
        if frozen > 0.5 * total {
            book.downtime_seconds += elapsed;
        }
        if book.is_paused {
            book.paused_seconds += elapsed;
        }
    }

    /// Halts all pools on one side of the migration, or lets them go on.
    pub(crate) fn halt_version(&mut self, role: Role, is_halted: bool) {
        self.book_passage(self.seconds);
        for venue in self.venues.iter_mut().filter(|venue| venue.terms.role == role) {
            venue.halt(is_halted);
        }
    }

    /// The operator pays for one transaction of `units` gas at the price of the day; it takes room in the block. Returns what it cost, USD.
    pub(crate) fn operate(&mut self, units: u64) -> f64 {
        self.chain_mut(Chain::Home).rush_gas += units;
        self.bill_operator(Chain::Home, units)
    }

    /// The operator pays for a transaction of `units` gas on `chain` whose room is taken. Returns what it cost, USD.
    pub(crate) fn bill_operator(&mut self, chain: Chain, units: u64) -> f64 {
        let cost_usd = self.pay_gas(chain, super::Holder::Treasury.index(), units);
        let gwei = self.chain(chain).price_gwei();
        let (calls, sum, squares) = self.passage.operator_calls;
        self.passage.operator_calls = (calls + 1.0, sum + gwei, squares + gwei * gwei);
        self.passage.operator_gas_usd += cost_usd;
        cost_usd
    }

    /// Pays `usd` for verification out of the treasury, to the rest of the market.
    pub(crate) fn pay_for_verification(&mut self, usd: f64) {
        let treasury = super::Holder::Treasury.index();
        let book = &mut self.holders[treasury];
        self.ledger.transfer(book.wallet, self.accounts.market, portage_base::ledger::Token::USD, usd);
        book.statement.slippage += usd;
        self.passage.verification_usd += usd;
    }
}
