//! The way back: what stands in the new version returns to where it stood when the new version took effect.

use super::{PlanExecution, Setting, Task};
use crate::run::{Movement, Observer};
use crate::world::{Books, MIGRATOR_DUST};
use portage_base::actions::Place;
use portage_chain::Chain;
use portage_pools::Role;

impl PlanExecution {
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

impl PlanExecution {
    /// Notes where everybody stands: a rollback leads back here.
    pub(super) fn note_checkpoint(&mut self, on: &Setting<'_, impl Observer>) {
        for (noted, provider) in self.checkpoint.iter_mut().zip(&on.books.providers.list) {
            *noted = provider.place;
        }
    }

    /// What stands in the new version goes back to the old one, whole where it can; who came from outside is paid out. The migration is
    /// over.
    pub(super) fn roll_back(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        if self.is_bricked() {
            return;
        }
        on.halt_new(false);
        on.books.halt_version(Role::Old, false);
        self.is_over = true;
        self.attack = None;
        self.is_suspended = false;
        on.books.plan_record.rollbacks += 1;
        if let Some(after) = plan.spec.resumes_after {
            self.push(on.books.seconds + after.seconds(), Task::BeginAnew);
        }
        if plan.is_operated() {
            on.return_whole();
        } else {
            self.return_movers(on);
        }
    }

    /// After a rollback: the plan begins anew, from the snapshot or the verification on. A fault that had come to light is mended; one that
    /// had not is still there.
    pub(super) fn begin_anew(&mut self, on: &mut Setting<'_, impl Observer>) {
        self.forget_the_first_try(!on.books.plan_record.failed.is_nan());
        on.books.plan_record.opened = f64::NAN;
        on.books.plan_record.lost_before_usd = on.books.failure_loss_usd();
        self.begin_transition(on);
    }
}

impl<O: Observer> Setting<'_, O> {
    /// The operator moves back what it had moved.
    fn return_whole(&mut self) {
        let plan = self.plan;
        for &(old, new) in &plan.successors {
            self.books.operate(self.books.chain(Chain::Home).units.batch);
            let from = self.standing_in(new);
            if !plan.is_crossing() && !self.books.venues[old].is_funded() {
                self.books.move_whole(new, old);
            }
            for &(id, _) in &from {
                let provider = self.books.providers.list[id as usize];
                if provider.place.pool() != Some(new) {
                    continue;
                }
                if provider.started_outside {
                    self.books.withdraw(id, Place::Outside);
                } else if plan.is_crossing() {
                    self.send_provider(id, old);
                } else {
                    self.books.withdraw(id, Place::InFlight(old as u8));
                    self.books.deposit(id, old, Place::Pool(old as u8), MIGRATOR_DUST);
                }
            }
            self.publish_moves(&from);
        }
    }
}

impl PlanExecution {
    /// The makers return to those who moved themselves what they have in the new version: who stood in a pool of the old one has it there
    /// again, everybody else has it in the wallet.
    fn return_movers(&self, on: &mut Setting<'_, impl Observer>) {
        on.books.operate(on.books.chain(Chain::Home).units.batch);
        let role = |books: &Books, venue: usize| books.venues[venue].terms.role;
        for id in 0..on.books.providers.list.len() as u32 {
            let place = on.books.providers.list[id as usize].place;
            let home = self.home_of(id);
            let is_away = place.pool().is_some_and(|venue| role(on.books, venue) == Role::New) && place != home;
            if !is_away {
                continue;
            }
            match home.pool().filter(|venue| role(on.books, *venue) == Role::Old) {
                Some(venue) if on.books.crosses_to(place, home).is_some() => on.send_provider(id, venue),
                Some(venue) => {
                    on.books.withdraw(id, Place::InFlight(venue as u8));
                    on.books.deposit(id, venue, home, MIGRATOR_DUST);
                }
                None => on.books.withdraw(id, Place::Outside),
            }
            on.publish_moves(&[(id, place)]);
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Tells an observer which of these providers stand elsewhere now.
    pub(super) fn publish_moves(&mut self, before: &[(u32, Place)]) {
        for &(provider, from) in before {
            let to = self.books.providers.list[provider as usize].place;
            if to != from {
                self.books.providers.moves += 1;
                self.observer.moved(&Movement { provider, from, to, gas_usd: 0.0, slippage_usd: 0.0 }, self.books);
            }
        }
    }
}
