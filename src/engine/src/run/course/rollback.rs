//! The way back: what stands in the new version returns to where it stood when the new version took effect.

use super::{Course, Task};
use crate::model::Plan;
use crate::run::simulation::Simulation;
use crate::run::{Movement, Observer};
use crate::world::MIGRATOR_DUST;
use portage_base::actions::Place;
use portage_pools::Role;

impl Course {
    /// Where a provider goes that would have gone to the new version, which is closed for good; `None` while the plan goes on.
    pub(in crate::run) fn way_home(&self, id: u32) -> Option<Place> {
        self.is_over.then(|| self.home_of(id))
    }

    /// Everything stands as before the first step; what was due of it is dropped.
    fn forget_the_first_try(&mut self, is_mended: bool) {
        self.tasks.retain(|(_, task)| !task.is_a_step() && !matches!(task, Task::Shows(_)));
        self.postponed.clear();
        if is_mended {
            self.faults.fill(None);
        }
        (self.parts, self.stage, self.stage_ends) = (0, 0, f64::INFINITY);
        (self.opened, self.copying) = (None, None);
        (self.is_over, self.is_suspended, self.is_tripped) = (false, false, false);
        (self.has_sent, self.mends_entries) = (false, false);
    }

    /// Where a provider stood at the checkpoint, if that is a pool.
    fn home_of(&self, id: u32) -> Place {
        let place = self.checkpoint.get(id as usize).copied().unwrap_or(Place::Outside);
        place.pool().map_or(Place::Outside, |venue| Place::Pool(venue as u8))
    }
}

impl Simulation<'_> {
    /// Notes where everybody stands: a rollback leads back here.
    pub(super) fn note_checkpoint(&self, course: &mut Course) {
        for (noted, provider) in course.checkpoint.iter_mut().zip(&self.world.books.providers.list) {
            *noted = provider.place;
        }
    }

    /// What stands in the new version goes back to the old one, whole where it can; who came from outside is paid out. The migration is
    /// over.
    pub(super) fn roll_back(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        if course.is_bricked() {
            return;
        }
        self.halt_new(false);
        self.world.books.halt_version(Role::Old, false);
        course.is_over = true;
        course.attack = None;
        course.is_suspended = false;
        self.world.books.passage.rollbacks += 1;
        if let Some(after) = plan.spec.resumes_after {
            course.push(self.world.books.seconds + after.seconds(), Task::BeginAnew);
        }
        if plan.is_operated() {
            self.return_whole(plan, observer);
        } else {
            self.return_movers(course, observer);
        }
    }

    /// After a rollback: the plan begins anew, from the snapshot or the verification on. A fault that had come to light is mended; one that
    /// had not is still there.
    pub(super) fn begin_anew(&mut self, course: &mut Course, plan: &Plan) {
        course.forget_the_first_try(!self.world.books.passage.failed.is_nan());
        self.world.books.passage.opened = f64::NAN;
        self.world.books.passage.lost_before_usd = self.world.books.failure_loss_usd();
        self.begin_transition(course, plan);
    }

    /// The operator moves back what it had moved.
    fn return_whole(&mut self, plan: &Plan, observer: &mut impl Observer) {
        for &(old, new) in &plan.successors {
            self.world.books.operate(self.world.books.gas_units.batch);
            let from = self.standing_in(new);
            if !plan.is_crossing() && !self.world.books.venues[old].is_funded() {
                self.world.books.move_whole(new, old);
            }
            for &(id, _) in &from {
                let provider = self.world.books.providers.list[id as usize];
                if provider.place.pool() != Some(new) {
                    continue;
                }
                if provider.started_outside {
                    self.world.books.withdraw(id, Place::Outside);
                } else if plan.is_crossing() {
                    self.send_provider(id, old);
                } else {
                    self.world.books.withdraw(id, Place::InFlight(old as u8));
                    self.world.books.deposit(id, old, Place::Pool(old as u8), MIGRATOR_DUST);
                }
            }
            self.tell_moves(&from, observer);
        }
    }

    /// The makers return to those who moved themselves what they have in the new version: who stood in a pool of the old one has it there
    /// again, everybody else has it in the wallet.
    fn return_movers(&mut self, course: &Course, observer: &mut impl Observer) {
        self.world.books.operate(self.world.books.gas_units.batch);
        let role = |simulation: &Self, venue: usize| simulation.world.books.venues[venue].terms.role;
        for id in 0..self.world.books.providers.list.len() as u32 {
            let place = self.world.books.providers.list[id as usize].place;
            let home = course.home_of(id);
            let is_away = place.pool().is_some_and(|venue| role(self, venue) == Role::New) && place != home;
            if !is_away {
                continue;
            }
            match home.pool().filter(|venue| role(self, *venue) == Role::Old) {
                Some(venue) if self.world.books.crosses_to(place, home).is_some() => self.send_provider(id, venue),
                Some(venue) => {
                    self.world.books.withdraw(id, Place::InFlight(venue as u8));
                    self.world.books.deposit(id, venue, home, MIGRATOR_DUST);
                }
                None => self.world.books.withdraw(id, Place::Outside),
            }
            self.tell_moves(&[(id, place)], observer);
        }
    }

    /// Tells an observer which of these providers stand elsewhere now.
    pub(super) fn tell_moves(&mut self, before: &[(u32, Place)], observer: &mut impl Observer) {
        for &(provider, from) in before {
            let to = self.world.books.providers.list[provider as usize].place;
            if to != from {
                self.world.books.providers.moves += 1;
                observer.moved(&Movement { provider, from, to, gas_usd: 0.0, slippage_usd: 0.0 }, &self.world.books);
            }
        }
    }
}
