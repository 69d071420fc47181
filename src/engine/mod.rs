//! One run: the calendar, the phases of a block, and what observers see.

mod order_rates;
mod people;
mod pool_changes;
mod simulation;

pub use order_rates::{ACTIVITY_BOUNDS, COST_MEMORY_SECONDS};
pub use people::DEADLINE_FELT_DAYS;
pub use simulation::{Engine, Scene};

use crate::actions::Place;
use crate::agents::Fill;
use crate::world::World;

/// What can be watched while a run goes on. Every hook is empty by default and then costs nothing.
pub trait Observer {
    /// An order was filled.
    #[inline]
    fn order(&mut self, fill: &Fill) {
        let _unwatched = fill;
    }

    /// A block is over.
    #[inline]
    fn block(&mut self, block: u64, world: &World) {
        let _unwatched = (block, world);
    }

    /// A provider's liquidity has changed its place.
    #[inline]
    fn moved(&mut self, step: &Movement, world: &World) {
        let _unwatched = (step, world);
    }

    /// The opening, and then the end of every observation interval.
    fn observe(&mut self, scene: &Scene<'_>) {
        let _unwatched = scene;
    }
}

/// A change of place that was carried out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Movement {
    /// Who moved.
    pub provider: u32,
    /// From where.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// Gas paid, USD.
    pub gas_usd: f64,
    /// Fee and impact paid to balance the deposit, USD.
    pub slippage_usd: f64,
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Observer for Unwatched {}
