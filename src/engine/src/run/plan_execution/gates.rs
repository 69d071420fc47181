//! The gates: what is watched in the new version while it is rolled out.

use super::{PlanExecution, Setting};
use crate::run::Observer;
use portage_base::units::BPS;
use portage_migration::{GatesSpec, OnTrip};
use portage_pools::{Role, Side};

impl PlanExecution {
    /// At an observation: the trigger is watched, and gates that halt or roll back do so at once.
    pub(in crate::run) fn watch(&mut self, on: &mut Setting<'_, impl Observer>) {
        self.watch_trigger(on);
        self.watch_gates(on);
    }

    fn watch_gates(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let acts = plan.spec.gates.is_some_and(|gates| gates.on_trip != OnTrip::Hold);
        let is_watched = self.opened.is_some() && !self.is_over && !self.is_tripped;
        if acts && is_watched && !on.gates_hold() {
            self.trip(on);
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Whether everything that is watched stays within its limits.
    pub(super) fn gates_hold(&self) -> bool {
        let plan = self.plan;
        let Some(gates) = &plan.spec.gates else { return true };
        let within = |limit: Option<f64>, read: &dyn Fn() -> f64| limit.is_none_or(|most| read() <= most);
        within(gates.loss_share_max, &|| self.loss_share())
            && within(gates.slippage_bps_max, &|| self.slippage_bps(gates))
            && within(gates.price_gap_bps_max, &|| self.price_gap_bps())
            && within(gates.wrong_entries_share_max, &|| self.wrong_entries_share())
    }

    /// What was lost to failures, relative to what stands in the new version and what was lost.
    fn loss_share(&self) -> f64 {
        let lost = (self.books.failure_loss_usd() - self.books.plan_record.lost_before_usd).max(0.0);
        if lost > 0.0 { lost / (lost + self.books.value_of_usd(Role::New)) } else { 0.0 }
    }

    /// Share of the entries of the copy that were found wrong.
    fn wrong_entries_share(&self) -> f64 {
        let book = &self.books.plan_record;
        if book.entries > 0.0 { book.entries_found / book.entries } else { 0.0 }
    }

    /// What the order that is tried costs in the best new pool, bps; nothing while no new pool has liquidity.
    fn slippage_bps(&self, gates: &GatesSpec) -> f64 {
        let pair = self.books.pair();
        let open = self.books.venues.iter().filter(|venue| venue.terms.role == Role::New && venue.is_open());
        let direction = Side::BuyBase.direction();
        let amount = gates.order_usd / pair.quote_usd;
        let costs = open.map(|venue| {
            let out = venue.pool.swap_exact_in(direction, amount).map_or(0.0, |swap| swap.amount_out);
            (1.0 - out * venue.pool.spot(direction) / amount) * BPS
        });
        costs.reduce(f64::min).unwrap_or(0.0)
    }

    /// Largest gap between the price of a new pool and the reference price, bps.
    fn price_gap_bps(&self) -> f64 {
        let price = self.books.pair().price;
        let open = self.books.venues.iter().filter(|venue| venue.terms.role == Role::New && venue.is_open());
        open.map(|venue| (venue.pool.spot(Side::SellBase.direction()) / price - 1.0).abs() * BPS).fold(0.0, f64::max)
    }
}
