//! Margined positions at an observation.

use super::simulation::Simulation;
use crate::world::PositionReading;

impl Simulation<'_> {
    /// Tells the positions, where there are any, the price and where the migration stands.
    pub(super) fn read_positions(&mut self, seconds: f64) {
        if self.world.positions.is_none() {
            return;
        }
        let opened = self.opened();
        let pair = self.world.pair();
        let reading = PositionReading {
            seconds,
            price: pair.price,
            base_usd: pair.base_usd,
            opened: opened.filter(|opened| *opened <= seconds),
            is_down: self.world.is_down(),
            is_rolled_back: self.world.passage.rollbacks > 0,
        };
        self.world.read_positions(&reading);
    }
}
