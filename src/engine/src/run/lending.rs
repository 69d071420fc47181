//! Lending markets in a block.

use super::simulation::{Simulation, wake};
use portage_market::PriceRow;

impl Simulation<'_> {
    /// Health checks: positions that can be liquidated by what the oracles say now are, where it pays.
    #[inline(never)]
    pub(super) fn check_loans(&mut self, block: u64, rows: &[PriceRow], index: usize) {
        let (books, instruments) = (&mut self.world.books, &mut self.world.instruments);
        let (Some(lending), Some(liquidators)) = (&mut instruments.lending, &mut self.liquidators) else { return };
        let readings = &instruments.readings;
        let has_changed = lending.seen_version != readings.version() || !lending.reads_oracles_only;
        lending.seen_version = readings.version();
        if has_changed {
            wake(self.model, books, block, rows, index);
            for one in &mut lending.markets {
                one.watch(books, readings);
            }
            liquidators.stir();
        }
        if lending.has_unhealthy_loans() {
            wake(self.model, books, block, rows, index);
            liquidators.act(lending, books, readings);
        }
    }
}
