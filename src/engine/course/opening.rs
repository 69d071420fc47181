//! From the go-ahead until the new version takes effect.

use super::{Course, Task};
use crate::engine::Observer;
use crate::engine::simulation::Simulation;
use crate::migration::Mechanism;
use crate::model::Plan;

impl Simulation<'_> {
    /// The plan's date has come.
    pub(super) fn go_ahead(&mut self, course: &mut Course) {
        course.push(self.world.seconds, Task::TakeEffect);
    }

    /// The new version takes effect, or the next facet of it.
    pub(super) fn take_effect(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        let (now, part) = (self.world.seconds, course.parts);
        course.parts += 1;
        if let Some(fault) = &course.faults[part] {
            self.world.passage.is_faulty = true;
            course.push(now + fault.shows_seconds, Task::Shows(part));
        }
        if let Mechanism::ProxyUpgrade(proxy) = &plan.spec.mechanism {
            self.world.operate(proxy.step_gas(plan.successors.len() as u64));
            if course.parts < plan.parts() {
                course.push(now + proxy.step_seconds(), Task::TakeEffect);
                return;
            }
        }
        course.opened = Some(now);
        self.world.passage.opened = now;
        self.begin_hazards(course, plan);
        self.begin_stage(course, plan, 0, observer);
    }
}
