//! Hazards that do not end with the migration: the abandoned old version, approvals left on a migrator.

use super::{PlanExecution, Setting, Task};
use crate::run::Observer;
use crate::world::StolenFunds;
use portage_base::actions::Place;
use portage_base::random::Stream;
use portage_pools::Role;

impl PlanExecution {
    /// From now on the old version is looked after by nobody, and approvals begin to stand.
    pub(super) fn begin_hazards(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let (Some(times), Some(failure), false) = (self.hazards.take(), &plan.spec.failure, plan.is_proxy()) else {
            return;
        };
        let now = on.books.seconds;
        let share = failure.severity.share(times.abandoned_severity);
        self.push(now + times.abandoned_seconds, Task::Abandoned(share));
        self.push(now + times.approvals_seconds, Task::Approvals);
        if plan.is_crossing() {
            self.push(now + times.bridge_seconds, Task::Bridge(failure.severity.share(times.bridge_severity)));
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    /// The bridge is robbed: of what is in flight, and of what backs wrapped tokens.
    pub(super) fn exploit_bridge_hazard(&mut self, share: f64) {
        let mut taken_usd = self.books.exploit_bridge(share);
        if self.books.plan_record.sent_usd > 0.0 {
            taken_usd += self.exploit_version(Role::Old, share);
        }
        if taken_usd > 0.0 {
            self.books.plan_record.note_failure(self.books.seconds);
        }
    }

    fn exploit_version(&mut self, role: Role, share: f64) -> f64 {
        let mut taken_usd = 0.0;
        for venue in 0..self.books.venues.len() {
            if self.books.venues[venue].terms.role == role {
                taken_usd += self.books.take_from_pool(venue, share, StolenFunds::Stolen);
            }
        }
        taken_usd
    }
}

impl PlanExecution {
    /// The old version is robbed.
    pub(super) fn exploit_legacy(&self, on: &mut Setting<'_, impl Observer>, share: f64) {
        if self.is_over {
            return;
        }
        if on.exploit_version(Role::Old, share) > 0.0 {
            on.books.plan_record.note_failure(on.books.seconds);
        }
    }

    /// What is still approved to the migrator is taken: pledged positions, and what those hold in their wallets who used it and left
    /// the approval standing.
    pub(super) fn take_approved(&self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let Some(hazards) = plan.spec.failure.as_ref().map(|failure| failure.hazards) else { return };
        if self.is_over {
            return;
        }
        let migrator_share = on.model.rebalancing.migrator_share;
        let mut stream = Stream::open(self.seed, self.run, "failure/approvals");
        let mut taken_usd = 0.0;
        for id in 0..on.books.providers.list.len() as u32 {
            let left = stream.uniform() < hazards.approvals_left;
            let provider = on.books.providers.list[id as usize];
            let used = provider.has_moved && f64::from(provider.propensity) < migrator_share;
            match provider.place {
                Place::Pledged { .. } => {
                    on.books.withdraw(id, Place::Outside);
                    taken_usd += on.books.take_carried(id, hazards.approvals_taken);
                }
                Place::Outside if used && left => taken_usd += on.books.take_carried(id, hazards.approvals_taken),
                Place::Outside | Place::Pool(_) | Place::InFlight(_) => {}
            }
        }
        if taken_usd > 0.0 {
            on.books.plan_record.note_failure(on.books.seconds);
        }
    }
}
