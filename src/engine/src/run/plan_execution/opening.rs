//! From the announcement until the new version takes effect: decision, trigger, copying, verification.

use super::{PlanExecution, Setting, Task};
use crate::model::{Model, Plan};
use crate::run::Observer;
use crate::world::{STOLEN_SHARE_MAX, StolenFunds};
use portage_base::random::Stream;
use portage_chain::Chain;
use portage_migration::governance::{GovernanceDraw, GovernanceSpec};
use portage_migration::trigger::Trigger;
use portage_migration::{Mechanism, OnTrip};
use portage_pools::Role;

impl PlanExecution {
    /// Schedules the go-ahead: at its date, or when it is approved, if that is later.
    pub(super) fn schedule_decision(&mut self, model: &Model, plan: &Plan) {
        let Some(governance) = &plan.spec.governance else {
            self.push(model.calendar.opens, Task::Go);
            return;
        };
        let decision = governance.decide(&GovernanceDraw::open(self.seed, self.run));
        let decided = plan.announced_seconds + decision.delay_seconds;
        self.push(decided, Task::Decided { is_approved: decision.is_approved, votes: decision.rounds });
        if decision.is_approved {
            self.push(decided.max(model.calendar.opens), Task::Go);
        }
        if let GovernanceSpec::OnChain(vote) = governance
            && let Some(capture) = vote.capture
        {
            let is_tried = Stream::open(self.seed, self.run, "governance/capture").uniform() < capture.attempt;
            if is_tried {
                let cost_usd = capture.cost_usd(vote, decision.turnout);
                self.push(plan.announced_seconds + vote.shortest_seconds(), Task::Captured(cost_usd));
            }
        }
    }

    fn give_up(&mut self) {
        self.is_over = true;
    }
}

impl PlanExecution {
    /// The vote, or the community, has decided.
    pub(super) fn decide(&mut self, on: &mut Setting<'_, impl Observer>, is_approved: bool, votes: u32) {
        on.books.plan_record.votes = votes;
        if is_approved {
            on.books.plan_record.approved = on.books.seconds;
        } else {
            self.give_up();
        }
    }

    /// Somebody has enough votes to pass an upgrade of his own: if what it lets him take is worth more than the votes, he does.
    pub(super) fn capture(&mut self, on: &mut Setting<'_, impl Observer>, cost_usd: f64) {
        if on.books.total_value_usd() <= cost_usd {
            return;
        }
        for venue in 0..on.books.venues.len() {
            if on.books.venues[venue].is_migrated() {
                on.books.take_from_pool(venue, STOLEN_SHARE_MAX, StolenFunds::Stolen);
            }
        }
        on.books.plan_record.note_failure(on.books.seconds);
        on.books.plan_record.is_captured = true;
        self.give_up();
    }

    /// The plan's date has come: it waits for its trigger, or begins.
    pub(super) fn go_ahead(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        match &plan.spec.trigger {
            Some(spec) => {
                let (start, now) = (on.model.grid.start, on.books.seconds);
                self.trigger = Some(Trigger::new(spec, start.plus_seconds(now), start));
            }
            None => self.begin_transition(on),
        }
    }

    /// What precedes the new version: a snapshot and its copy, or the verification alone.
    pub(super) fn begin_transition(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let now = on.books.seconds;
        match plan.state() {
            Some(state) => {
                let date = state.snapshot.map_or(now, |date| date.seconds_since(on.model.grid.start));
                self.push(date.max(now), Task::Snapshot);
            }
            None => self.begin_verification(on),
        }
    }

    /// What is to take effect is proven, or stands open to challenges, if the plan says so.
    pub(super) fn begin_verification(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let now = on.books.seconds;
        let Some(verification) = &plan.spec.verification else {
            self.push(now, Task::TakeEffect);
            return;
        };
        let entries = self.entries(on);
        on.books.operate(verification.gas());
        on.books.pay_for_verification(verification.cost_usd(entries));
        self.push(now + verification.delay_seconds(entries), Task::Verified);
    }

    fn entries(&self, on: &Setting<'_, impl Observer>) -> u32 {
        let copied = self.copying.as_ref().map(|copying| copying.total().entries as u32);
        copied.unwrap_or(on.books.providers.list.len() as u32)
    }

    /// The verification is through: it has caught what was wrong, and everything is mended and verified anew, or the new version takes
    /// effect.
    pub(super) fn end_verification(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let Some(verification) = &plan.spec.verification else { return };
        let entries = self.entries(on);
        let wrong = self.wrong_entries();
        let are_caught = self.check_draw >= verification.passes_entries(entries, wrong);
        let mut is_caught = wrong > 0 && are_caught;
        for fault in &mut self.faults {
            if fault.is_some_and(|fault| fault.detection < 1.0 - verification.passes_fault(fault.kind)) {
                *fault = None;
                is_caught = true;
            }
        }
        if !is_caught {
            self.take_effect(on);
            return;
        }
        on.books.plan_record.is_caught = true;
        self.mends_entries |= are_caught;
        if plan.spec.gates.is_some_and(|gates| gates.on_trip == OnTrip::Rollback) {
            on.books.plan_record.gates_tripped += 1;
            self.stop_before_effect(on);
            return;
        }
        let repair = plan.spec.failure.as_ref().map_or(0.0, |failure| failure.freeze.repair.seconds());
        self.push(on.books.seconds + repair + plan.governance_seconds(), Task::Reverify);
    }

    /// Everything is sent to the other chain as one message; the old version stands still until it has arrived.
    fn send_whole(&mut self, on: &mut Setting<'_, impl Observer>) {
        self.has_sent = true;
        on.books.halt_version(Role::Old, true);
        let send_gas = on.books.crossing.as_ref().map_or(0, |crossing| crossing.bridge.send_gas(Chain::Home));
        on.books.operate(send_gas);
        let value_usd = on.books.value_of_usd(Role::Old);
        let arrives = on.books.send_operated(value_usd);
        self.push(arrives, Task::TakeEffect);
    }

    /// The plan is given up before it took effect: the old version goes on as it stands.
    pub(super) fn stop_before_effect(&mut self, on: &mut Setting<'_, impl Observer>) {
        on.books.halt_version(Role::Old, false);
        self.copying = None;
        self.give_up();
    }

    /// The new version takes effect, or the next facet of it.
    pub(super) fn take_effect(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let (now, part) = (on.books.seconds, self.parts);
        if plan.is_crossing() && plan.is_operated() && plan.spec.stages.is_empty() && !self.has_sent {
            self.send_whole(on);
            return;
        }
        on.books.plan_record.sent_usd = 0.0;
        self.parts += 1;
        if let Some(fault) = &self.faults[part] {
            self.push(now + fault.shows_seconds, Task::Shows(part));
        }
        if let Mechanism::ProxyUpgrade(proxy) = &plan.spec.mechanism {
            on.books.operate(proxy.step_gas(plan.successors.len() as u64));
            if self.parts < plan.parts() {
                self.push(now + proxy.step_seconds(), Task::TakeEffect);
                return;
            }
        }
        if let Some(state) = plan.state() {
            if plan.is_operated() {
                on.books.halt_version(Role::Old, false);
            } else {
                self.credit_entries(on);
            }
            on.books.operate(on.books.chain(Chain::Home).units.batch);
            self.schedule_claims_end(on, state);
        }
        self.note_checkpoint(on);
        self.opened = Some(now);
        on.books.plan_record.opened = now;
        self.begin_hazards(on);
        self.begin_stage(on, 0);
    }
}
