//! Lending markets in a block and at an observation.

use super::simulation::Simulation;
use crate::agents::Liquidators;
use portage_market::PriceRow;

impl Simulation<'_> {
    /// Health checks: positions that can be liquidated by what the oracles say now are, where it pays.
    #[inline(never)]
    pub(super) fn check_loans(&mut self, block: u64, rows: &[PriceRow], index: usize) {
        let version = self.world.oracle_version();
        let Some(lending) = &mut self.world.lending else { return };
        let has_changed = lending.seen_version != version || !lending.reads_oracles_only;
        lending.seen_version = version;
        let markets = lending.markets.len();
        let Some(mut liquidators) = self.liquidators.take() else { return };
        if has_changed {
            self.wake(block, rows, index);
            for market in 0..markets {
                self.world.watch_loans(market);
            }
            liquidators.stir();
        }
        if self.world.has_unhealthy_loans() {
            self.wake(block, rows, index);
            liquidators.act(&mut self.world);
        }
        self.liquidators = Some(liquidators);
    }

    /// Interest, dated changes of terms, upkeep and figures of every lending market.
    pub(super) fn observe_lending(&mut self, seconds: f64) {
        let Some(lending) = &self.world.lending else { return };
        let markets = lending.markets.len();
        for market in 0..markets {
            self.world.observe_loans(market, seconds);
        }
        for market in 0..markets {
            self.world.move_loans(market, seconds);
        }
        if let Some(liquidators) = &mut self.liquidators {
            liquidators.stir();
        }
    }

    /// The liquidators of a run, where it has lending markets.
    pub(super) fn open_liquidators(world: &crate::world::World) -> Option<Liquidators> {
        let lending = world.lending.as_ref()?;
        let most = lending.markets.iter().map(|one| one.market.positions()).max().unwrap_or(0);
        Some(Liquidators::new(lending.markets.len(), most))
    }
}
