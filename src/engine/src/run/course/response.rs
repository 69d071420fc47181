//! What the team does: pause, rollback, repair.

use super::Course;
use super::failing::exposed;
use crate::model::Plan;
use crate::run::Observer;
use crate::run::simulation::Simulation;
use portage_pools::Role;

impl Simulation<'_> {
    /// The team halts what is under attack; where the plan says so, the old version is put back in force with what is left.
    pub(super) fn pause(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        course.attack = None;
        if course.is_over {
            return;
        }
        if plan.spec.response.is_some_and(|response| response.rollback)
            && course.opened.is_some()
            && !course.is_bricked()
        {
            self.roll_back(course, plan, observer);
            return;
        }
        self.world.books.book_passage(self.world.books.seconds);
        for venue in exposed(self, plan) {
            self.world.books.venues[venue].halt(true);
        }
        self.world.books.passage.is_paused = true;
    }

    /// A repair is in force: everything goes on, steps that waited are taken.
    pub(super) fn repair(&mut self, course: &mut Course, plan: &Plan) {
        for fault in &mut course.faults[..course.parts] {
            *fault = None;
        }
        // What was feared was this fault.
        self.perceived_loss = course.calm_loss;
        course.attack = None;
        if course.is_over {
            return;
        }
        self.world.books.halt_version(Role::New, false);
        // The snapshot that claims are made against stands still for good.
        if plan.is_proxy() {
            self.world.books.halt_version(Role::Old, false);
        }
        self.world.books.passage.is_paused = false;
        course.is_suspended = false;
        let now = self.world.books.seconds;
        for task in std::mem::take(&mut course.postponed) {
            course.push(now, task);
        }
    }
}
