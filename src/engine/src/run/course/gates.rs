//! The gates: what is watched in the new version while it is rolled out.

use super::Course;
use crate::model::Plan;
use crate::run::Observer;
use crate::run::simulation::Simulation;
use portage_base::units::BPS;
use portage_migration::{GatesSpec, OnTrip};
use portage_pools::{Role, Side};

impl Simulation<'_> {
    /// At an observation: gates that halt or roll back do so at once.
    pub(in crate::run) fn watch_course(&mut self, observer: &mut impl Observer) {
        let Some(mut course) = self.course.take() else { return };
        if let Some(plan) = self.model.plan.as_ref() {
            self.watch_trigger(&mut course, plan);
            self.watch_gates(&mut course, plan, observer);
            self.course_due = course.due(self.model.block_seconds());
        }
        self.course = Some(course);
    }

    fn watch_gates(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        let acts = plan.spec.gates.is_some_and(|gates| gates.on_trip != OnTrip::Hold);
        let is_watched = course.opened.is_some() && !course.is_over && !course.is_tripped;
        if acts && is_watched && !self.gates_hold(plan) {
            self.trip(course, plan, observer);
        }
    }

    /// Whether everything that is watched stays within its limits.
    pub(super) fn gates_hold(&self, plan: &Plan) -> bool {
        let Some(gates) = &plan.spec.gates else { return true };
        let within = |limit: Option<f64>, read: &dyn Fn() -> f64| limit.is_none_or(|most| read() <= most);
        within(gates.loss_share_max, &|| self.loss_share())
            && within(gates.slippage_bps_max, &|| self.slippage_bps(gates))
            && within(gates.price_gap_bps_max, &|| self.price_gap_bps())
            && within(gates.wrong_entries_share_max, &|| self.wrong_entries_share())
    }

    /// What was lost to failures, relative to what stands in the new version and what was lost.
    fn loss_share(&self) -> f64 {
        let lost = (self.world.books.failure_loss_usd() - self.world.books.passage.lost_before_usd).max(0.0);
        if lost > 0.0 { lost / (lost + self.world.books.value_of_usd(Role::New)) } else { 0.0 }
    }

    /// Share of the entries of the copy that were found wrong.
    fn wrong_entries_share(&self) -> f64 {
        let book = &self.world.books.passage;
        if book.entries > 0.0 { book.entries_found / book.entries } else { 0.0 }
    }

    /// What the order that is tried costs in the best new pool, bps; nothing while no new pool has liquidity.
    fn slippage_bps(&self, gates: &GatesSpec) -> f64 {
        let pair = self.world.books.pair();
        let open = self.world.books.venues.iter().filter(|venue| venue.terms.role == Role::New && venue.is_open());
        let way = Side::BuyBase.way();
        let amount = gates.order_usd / pair.quote_usd;
        let costs = open.map(|venue| {
            let out = venue.pool.swap_exact_in(way, amount).map_or(0.0, |swap| swap.amount_out);
            (1.0 - out * venue.pool.spot(way) / amount) * BPS
        });
        costs.reduce(f64::min).unwrap_or(0.0)
    }

    /// Largest gap between the price of a new pool and the reference price, bps.
    fn price_gap_bps(&self) -> f64 {
        let price = self.world.books.pair().price;
        let open = self.world.books.venues.iter().filter(|venue| venue.terms.role == Role::New && venue.is_open());
        open.map(|venue| (venue.pool.spot(Side::SellBase.way()) / price - 1.0).abs() * BPS).fold(0.0, f64::max)
    }
}
