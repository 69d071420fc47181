//! Faults that come to light, and attacks that go on.

use super::{Attack, Course, Task};
use crate::model::Plan;
use crate::run::simulation::Simulation;
use crate::world::Booty;
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

impl Simulation<'_> {
    /// The fault of a part comes to light.
    pub(super) fn fail(&mut self, course: &mut Course, plan: &Plan, part: usize) {
        let (Some(fault), Some(failure)) = (course.faults[part], &plan.spec.failure) else { return };
        if course.is_over {
            return;
        }
        let now = self.world.books.seconds;
        if self.is_out_of_reach(plan) {
            course.push(now + self.model.observe_blocks as f64 * self.model.block_seconds(), Task::Shows(part));
            return;
        }
        self.world.books.passage.note_failure(now);
        if !course.is_suspended {
            course.calm_loss = self.perceived_loss;
        }
        course.is_suspended = true;
        for venue in exposed(self, plan) {
            self.perceived_loss[venue] = FEARED_LOSS;
        }
        let is_atomic = matches!(fault.damage, Damage::Theft { is_atomic: true, .. });
        let reaction = self.react(course, plan, is_atomic);
        match fault.damage {
            Damage::Theft { severity, is_atomic } => {
                let exposed_usd = value_usd(self, &exposed(self, plan));
                course.attack =
                    Some(Attack { began: now, exposed_usd, severity, is_atomic, taken_usd: 0.0, saved_usd: 0.0 });
                self.drain(course, plan);
                if let Some(pause) = reaction.pause_seconds {
                    course.push(now + pause, Task::Pause);
                }
                if let Some(rescue) = reaction.rescue {
                    course.push(now + rescue.seconds, Task::Rescue(rescue.share));
                }
                if let Some(returned) = reaction.returned {
                    course.push(now + returned.seconds, Task::Returned(returned.share));
                }
            }
            Damage::Freeze => self.freeze(plan, failure),
        }
        if course.is_bricked() {
            return;
        }
        let acted = reaction.pause_seconds.filter(|_| course.attack.is_some()).unwrap_or(reaction.notice_seconds);
        course.push(now + acted + failure.freeze.repair.seconds() + plan.governance_seconds(), Task::Repaired);
    }

    /// Whether whatever a fault exposes stands still, so that nobody gets at it, or finds that he does not.
    fn is_out_of_reach(&self, plan: &Plan) -> bool {
        let venues = exposed(self, plan);
        let mut funded =
            venues.iter().map(|venue| &self.world.books.venues[*venue]).filter(|venue| venue.is_funded()).peekable();
        funded.peek().is_some() && funded.all(crate::world::Venue::is_halted)
    }

    fn react(&self, course: &mut Course, plan: &Plan, is_atomic: bool) -> Reaction {
        let draw = ResponseDraw::open(course.seed, course.run, course.incidents);
        course.incidents += 1;
        let response = plan.spec.response.unwrap_or_default();
        response.reaction(&draw, plan.governance_seconds(), is_atomic)
    }

    /// Nothing is stolen, but nobody gets at anything; a part may be lost for ever.
    fn freeze(&mut self, plan: &Plan, failure: &FailureSpec) {
        let now = self.world.books.seconds;
        self.world.books.book_passage(now);
        for venue in exposed(self, plan) {
            self.world.books.take_from_pool(venue, failure.freeze.lost_share, Booty::Stuck);
            self.world.books.venues[venue].halt(true);
        }
    }

    /// An attack that goes on takes what it has time for.
    pub(super) fn drain(&mut self, course: &mut Course, plan: &Plan) {
        let (Some(mut attack), Some(failure)) = (course.attack, &plan.spec.failure) else { return };
        let now = self.world.books.seconds;
        let most_usd = attack.exposed_usd * attack.severity - attack.saved_usd;
        let so_far =
            failure.attack.taken_usd(attack.exposed_usd, attack.severity, attack.is_atomic, now - attack.began);
        let wanted_usd = so_far.min(most_usd) - attack.taken_usd;
        let mut venues = exposed(self, plan);
        venues.retain(|venue| !self.world.books.venues[*venue].is_halted());
        let left_usd = value_usd(self, &venues);
        if wanted_usd > 0.0 && left_usd > 0.0 {
            for venue in &venues {
                attack.taken_usd += self.world.books.take_from_pool(*venue, wanted_usd / left_usd, Booty::Stolen);
            }
        }
        // Prices move while it goes on: what was there may have become worth less than was to be taken.
        let is_drained = value_usd(self, &venues) <= (1.0 - DRAINED_SHARE) * attack.exposed_usd;
        let is_done = attack.taken_usd >= DRAINED_SHARE * most_usd || is_drained;
        course.attack = (!is_done).then_some(attack);
        if !is_done {
            let own = failure.attack.drain_time.seconds() / DRAIN_STEPS;
            let limited = failure
                .attack
                .rate_limit_usd_per_hour
                .map_or(0.0, |limit| most_usd / limit * portage_base::units::SECONDS_PER_DAY / 24.0 / DRAIN_STEPS);
            course.push(now + own.max(limited).max(self.model.block_seconds()), Task::Drain);
        }
    }
}

impl Course {
    /// White hats save a share of what the attack has left.
    pub(super) fn rescue(&mut self, share: f64) {
        if let Some(attack) = &mut self.attack {
            let left_usd = attack.exposed_usd * attack.severity - attack.saved_usd - attack.taken_usd;
            attack.saved_usd += share * left_usd.max(0.0);
        }
    }
}

/// The pools that a fault of the new version exposes: the new ones, and the old ones of a diamond of which only some facets are new.
pub(super) fn exposed(simulation: &Simulation<'_>, plan: &Plan) -> Vec<usize> {
    let venues = simulation.world.books.venues.iter().enumerate();
    let is_half_changed = plan.is_proxy() && simulation.world.books.passage.opened.is_nan();
    let is_exposed = |role: Role| role == Role::New || is_half_changed && role == Role::Old;
    venues.filter(|(_, venue)| is_exposed(venue.terms.role)).map(|(index, _)| index).collect()
}

/// What stands in these pools, USD.
fn value_usd(simulation: &Simulation<'_>, venues: &[usize]) -> f64 {
    venues.iter().map(|venue| simulation.world.books.venue_value_usd(&simulation.world.books.venues[*venue])).sum()
}
