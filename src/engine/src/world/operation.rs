//! What a plan does to the pools, what stands still or exposed by it, and what its operator pays.

use super::Books;
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::Chain;
use portage_pools::Role;

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
        self.providers.in_flight_usd + self.plan_record.sent_usd
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
    pub(crate) fn book_plan_record(&mut self, seconds: f64) {
        let elapsed = seconds - self.plan_record.booked;
        if elapsed <= 0.0 {
            return;
        }
        let (frozen, total, at_risk) = (self.frozen_usd(), self.total_value_usd(), self.at_risk_usd());
        let book = &mut self.plan_record;
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
        self.book_plan_record(self.seconds);
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
        let (calls, sum, squares) = self.plan_record.operator_calls;
        self.plan_record.operator_calls = (calls + 1.0, sum + gwei, squares + gwei * gwei);
        self.plan_record.operator_gas_usd += cost_usd;
        cost_usd
    }

    /// Pays `usd` for verification out of the treasury, to the rest of the market.
    pub(crate) fn pay_for_verification(&mut self, usd: f64) {
        let treasury = super::Holder::Treasury.index();
        let book = &mut self.holders[treasury];
        self.ledger.transfer(book.wallet, self.accounts.market, portage_base::ledger::Token::USD, usd);
        book.statement.slippage += usd;
        self.plan_record.verification_usd += usd;
    }
}
