//! Faults that come to light, and attacks that go on.

use super::{Attack, PlanExecution, Setting, Task};
use crate::run::Observer;
use crate::world::StolenFunds;
use portage_migration::failure::{Damage, FailureSpec};
use portage_migration::response::{Reaction, ResponseDraw};
use portage_pools::Role;

/// What providers expect to lose per year in a version that has failed: another failure of the mean severity of 0.6 within the year
/// (judgement).
pub const FEARED_LOSS: f64 = 0.6;

/// Steps in which an attack that goes on is followed, as parts of its own time.
const DRAIN_STEPS: f64 = 60.0;

/// Share of what an attack can take that counts as all of it.
const DRAINED_SHARE: f64 = 0.999;

impl PlanExecution {
    /// The fault of a part comes to light.
    pub(super) fn fail(&mut self, on: &mut Setting<'_, impl Observer>, part: usize) {
        let plan = on.plan;
        let (Some(fault), Some(failure)) = (self.faults[part], &plan.spec.failure) else { return };
        if self.is_over {
            return;
        }
        let now = on.books.seconds;
        if on.is_out_of_reach() {
            self.push(now + on.model.observe_blocks as f64 * on.model.block_seconds(), Task::Shows(part));
            return;
        }
        on.books.plan_record.note_failure(now);
        if !self.is_suspended {
            self.calm_loss = on.market_view.perceived_loss;
        }
        self.is_suspended = true;
        for venue in on.exposed() {
            on.market_view.perceived_loss[venue] = FEARED_LOSS;
        }
        let is_atomic = matches!(fault.damage, Damage::Theft { is_atomic: true, .. });
        let reaction = self.react(on, is_atomic);
        match fault.damage {
            Damage::Theft { severity, is_atomic } => {
                let exposed_usd = on.value_usd(&on.exposed());
                self.attack =
                    Some(Attack { began: now, exposed_usd, severity, is_atomic, taken_usd: 0.0, saved_usd: 0.0 });
                self.drain(on);
                if let Some(pause) = reaction.pause_seconds {
                    self.push(now + pause, Task::Pause);
                }
                if let Some(rescue) = reaction.rescue {
                    self.push(now + rescue.seconds, Task::Rescue(rescue.share));
                }
                if let Some(returned) = reaction.returned {
                    self.push(now + returned.seconds, Task::Returned(returned.share));
                }
            }
            Damage::Freeze => on.freeze(failure),
        }
        if self.is_bricked() {
            return;
        }
        let acted = reaction.pause_seconds.filter(|_| self.attack.is_some()).unwrap_or(reaction.notice_seconds);
        self.push(now + acted + failure.freeze.repair.seconds() + plan.governance_seconds(), Task::Repaired);
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Whether whatever a fault exposes stands still, so that nobody gets at it, or finds that he does not.
    fn is_out_of_reach(&self) -> bool {
        let venues = self.exposed();
        let mut funded =
            venues.iter().map(|venue| &self.books.venues[*venue]).filter(|venue| venue.is_funded()).peekable();
        funded.peek().is_some() && funded.all(crate::world::Venue::is_halted)
    }
}

impl PlanExecution {
    fn react(&mut self, on: &Setting<'_, impl Observer>, is_atomic: bool) -> Reaction {
        let plan = on.plan;
        let draw = ResponseDraw::open(self.seed, self.run, self.incidents);
        self.incidents += 1;
        let response = plan.spec.response.unwrap_or_default();
        response.reaction(&draw, plan.governance_seconds(), is_atomic)
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Nothing is stolen, but nobody gets at anything; a part may be lost for ever.
    fn freeze(&mut self, failure: &FailureSpec) {
        let now = self.books.seconds;
        self.books.book_plan_record(now);
        for venue in self.exposed() {
            self.books.take_from_pool(venue, failure.freeze.lost_share, StolenFunds::Stuck);
            self.books.venues[venue].halt(true);
        }
    }
}

impl PlanExecution {
    /// An attack that goes on takes what it has time for.
    pub(super) fn drain(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let (Some(mut attack), Some(failure)) = (self.attack, &plan.spec.failure) else { return };
        let now = on.books.seconds;
        let most_usd = attack.exposed_usd * attack.severity - attack.saved_usd;
        let so_far =
            failure.attack.taken_usd(attack.exposed_usd, attack.severity, attack.is_atomic, now - attack.began);
        let wanted_usd = so_far.min(most_usd) - attack.taken_usd;
        let mut venues = on.exposed();
        venues.retain(|venue| !on.books.venues[*venue].is_halted());
        let left_usd = on.value_usd(&venues);
        if wanted_usd > 0.0 && left_usd > 0.0 {
            for venue in &venues {
                attack.taken_usd += on.books.take_from_pool(*venue, wanted_usd / left_usd, StolenFunds::Stolen);
            }
        }
        // Prices move while it goes on: what was there may have become worth less than was to be taken.
        let is_drained = on.value_usd(&venues) <= (1.0 - DRAINED_SHARE) * attack.exposed_usd;
        let is_done = attack.taken_usd >= DRAINED_SHARE * most_usd || is_drained;
        self.attack = (!is_done).then_some(attack);
        if !is_done {
            let own = failure.attack.drain_time.seconds() / DRAIN_STEPS;
            let limited = failure
                .attack
                .rate_limit_usd_per_hour
                .map_or(0.0, |limit| most_usd / limit * portage_base::units::SECONDS_PER_DAY / 24.0 / DRAIN_STEPS);
            self.push(now + own.max(limited).max(on.model.block_seconds()), Task::Drain);
        }
    }
}

impl PlanExecution {
    /// White hats save a share of what the attack has left.
    pub(super) fn rescue(&mut self, share: f64) {
        if let Some(attack) = &mut self.attack {
            let left_usd = attack.exposed_usd * attack.severity - attack.saved_usd - attack.taken_usd;
            attack.saved_usd += share * left_usd.max(0.0);
        }
    }
}

impl<O> Setting<'_, O> {
    /// The pools that a fault of the new version exposes: the new ones, and the old ones of a diamond of which only some facets are new.
    pub(super) fn exposed(&self) -> Vec<usize> {
        let venues = self.books.venues.iter().enumerate();
        let is_half_changed = self.plan.is_proxy() && self.books.plan_record.opened.is_nan();
        let is_exposed = |role: Role| role == Role::New || is_half_changed && role == Role::Old;
        venues.filter(|(_, venue)| is_exposed(venue.terms.role)).map(|(index, _)| index).collect()
    }

    /// What stands in these pools, USD.
    fn value_usd(&self, venues: &[usize]) -> f64 {
        venues.iter().map(|venue| self.books.venue_value_usd(&self.books.venues[*venue])).sum()
    }
}
