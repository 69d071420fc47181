//! What the team does: pause, rollback, repair.

use super::{PlanExecution, Setting};
use crate::run::Observer;
use portage_pools::Role;

impl PlanExecution {
    /// The team halts what is under attack; where the plan says so, the old version is put back in force with what is left.
    pub(super) fn pause(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        self.attack = None;
        if self.is_over {
            return;
        }
        if plan.spec.response.is_some_and(|response| response.rollback) && self.opened.is_some() && !self.is_bricked() {
            self.roll_back(on);
            return;
        }
        on.books.book_plan_record(on.books.seconds);
        for venue in on.exposed() {
            on.books.venues[venue].halt(true);
        }
        on.books.plan_record.is_paused = true;
    }

    /// A repair is in force: everything goes on, steps that waited are taken.
    pub(super) fn repair(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        for fault in &mut self.faults[..self.parts] {
            *fault = None;
        }
        // What was feared was this fault.
        on.market_view.perceived_loss = self.calm_loss;
        self.attack = None;
        if self.is_over {
            return;
        }
        on.books.halt_version(Role::New, false);
        // The snapshot that claims are made against stands still for good.
        if plan.is_proxy() {
            on.books.halt_version(Role::Old, false);
        }
        on.books.plan_record.is_paused = false;
        self.is_suspended = false;
        let now = on.books.seconds;
        for task in std::mem::take(&mut self.postponed) {
            self.push(now, task);
        }
    }
}
