//! From the announcement until the new version takes effect: decision, trigger, copying, verification.

use super::{Course, Task};
use crate::model::{Model, Plan};
use crate::run::Observer;
use crate::run::simulation::Simulation;
use crate::world::{Booty, STOLEN_SHARE_MAX};
use portage_base::random::Stream;
use portage_chain::Chain;
use portage_migration::governance::{GovernanceDraw, GovernanceSpec};
use portage_migration::trigger::Trigger;
use portage_migration::{Mechanism, OnTrip};
use portage_pools::Role;

impl Course {
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

impl Simulation<'_> {
    /// The vote, or the community, has decided.
    pub(super) fn decide(&mut self, course: &mut Course, is_approved: bool, votes: u32) {
        self.world.books.passage.votes = votes;
        if is_approved {
            self.world.books.passage.approved = self.world.books.seconds;
        } else {
            course.give_up();
        }
    }

    /// Somebody has enough votes to pass an upgrade of his own: if what it lets him take is worth more than the votes, he does.
    pub(super) fn capture(&mut self, course: &mut Course, cost_usd: f64) {
        if self.world.books.total_value_usd() <= cost_usd {
            return;
        }
        for venue in 0..self.world.books.venues.len() {
            if self.world.books.venues[venue].is_migrated() {
                self.world.books.take_from_pool(venue, STOLEN_SHARE_MAX, Booty::Stolen);
            }
        }
        self.world.books.passage.note_failure(self.world.books.seconds);
        self.world.books.passage.is_captured = true;
        course.give_up();
    }

    /// The plan's date has come: it waits for its trigger, or begins.
    pub(super) fn go_ahead(&mut self, course: &mut Course, plan: &Plan) {
        match &plan.spec.trigger {
            Some(spec) => {
                let (start, now) = (self.model.grid.start, self.world.books.seconds);
                course.trigger = Some(Trigger::new(spec, start.plus_seconds(now), start));
            }
            None => self.begin_transition(course, plan),
        }
    }

    /// What precedes the new version: a snapshot and its copy, or the verification alone.
    pub(super) fn begin_transition(&mut self, course: &mut Course, plan: &Plan) {
        let now = self.world.books.seconds;
        match plan.state() {
            Some(state) => {
                let date = state.snapshot.map_or(now, |date| date.seconds_since(self.model.grid.start));
                course.push(date.max(now), Task::Snapshot);
            }
            None => self.begin_verification(course, plan),
        }
    }

    /// What is to take effect is proven, or stands open to challenges, if the plan says so.
    pub(super) fn begin_verification(&mut self, course: &mut Course, plan: &Plan) {
        let now = self.world.books.seconds;
        let Some(verification) = &plan.spec.verification else {
            course.push(now, Task::TakeEffect);
            return;
        };
        let entries = self.entries(course);
        self.world.books.operate(verification.gas());
        self.world.books.pay_for_verification(verification.cost_usd(entries));
        course.push(now + verification.delay_seconds(entries), Task::Verified);
    }

    fn entries(&self, course: &Course) -> u32 {
        let copied = course.copying.as_ref().map(|copying| copying.total().entries as u32);
        copied.unwrap_or(self.world.books.providers.list.len() as u32)
    }

    /// The verification is through: it has caught what was wrong, and everything is mended and verified anew, or the new version takes
    /// effect.
    pub(super) fn end_verification(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        let Some(verification) = &plan.spec.verification else { return };
        let entries = self.entries(course);
        let wrong = course.wrong_entries();
        let are_caught = course.check_draw >= verification.passes_entries(entries, wrong);
        let mut is_caught = wrong > 0 && are_caught;
        for fault in &mut course.faults {
            if fault.is_some_and(|fault| fault.detection < 1.0 - verification.passes_fault(fault.kind)) {
                *fault = None;
                is_caught = true;
            }
        }
        if !is_caught {
            self.take_effect(course, plan, observer);
            return;
        }
        self.world.books.passage.is_caught = true;
        course.mends_entries |= are_caught;
        if plan.spec.gates.is_some_and(|gates| gates.on_trip == OnTrip::Rollback) {
            self.world.books.passage.gates_tripped += 1;
            self.stop_before_effect(course);
            return;
        }
        let repair = plan.spec.failure.as_ref().map_or(0.0, |failure| failure.freeze.repair.seconds());
        course.push(self.world.books.seconds + repair + plan.governance_seconds(), Task::Reverify);
    }

    /// Everything is sent to the other chain as one message; the old version stands still until it has arrived.
    fn send_whole(&mut self, course: &mut Course) {
        course.has_sent = true;
        self.world.books.halt_version(Role::Old, true);
        let send_gas = self.world.books.crossing.as_ref().map_or(0, |crossing| crossing.bridge.send_gas(Chain::Home));
        self.world.books.operate(send_gas);
        let value_usd = self.world.books.value_of_usd(Role::Old);
        let arrives = self.world.books.send_operated(value_usd);
        course.push(arrives, Task::TakeEffect);
    }

    /// The plan is given up before it took effect: the old version goes on as it stands.
    pub(super) fn stop_before_effect(&mut self, course: &mut Course) {
        self.world.books.halt_version(Role::Old, false);
        course.copying = None;
        course.give_up();
    }

    /// The new version takes effect, or the next facet of it.
    pub(super) fn take_effect(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        let (now, part) = (self.world.books.seconds, course.parts);
        if plan.is_crossing() && plan.is_operated() && plan.spec.stages.is_empty() && !course.has_sent {
            self.send_whole(course);
            return;
        }
        self.world.books.passage.sent_usd = 0.0;
        course.parts += 1;
        if let Some(fault) = &course.faults[part] {
            course.push(now + fault.shows_seconds, Task::Shows(part));
        }
        if let Mechanism::ProxyUpgrade(proxy) = &plan.spec.mechanism {
            self.world.books.operate(proxy.step_gas(plan.successors.len() as u64));
            if course.parts < plan.parts() {
                course.push(now + proxy.step_seconds(), Task::TakeEffect);
                return;
            }
        }
        if let Some(state) = plan.state() {
            if plan.is_operated() {
                self.world.books.halt_version(Role::Old, false);
            } else {
                self.credit_entries(course);
            }
            self.world.books.operate(self.world.books.gas_units.batch);
            self.schedule_claims_end(course, state);
        }
        self.note_checkpoint(course);
        course.opened = Some(now);
        self.world.books.passage.opened = now;
        self.begin_hazards(course, plan);
        self.begin_stage(course, plan, 0, observer);
    }
}
