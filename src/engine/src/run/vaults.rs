//! Vaults at an observation.

use super::simulation::Simulation;

impl Simulation<'_> {
    /// Lets the vaults, where there are any, settle, write and hedge what is due.
    pub(super) fn read_vaults(&mut self, seconds: f64) {
        if self.world.vaults.is_some() {
            self.world.read_vaults(seconds, self.board.variance.sqrt());
        }
    }
}
