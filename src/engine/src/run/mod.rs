//! One run: the calendar, the phases of a block, and what observers see.

mod agents;
mod crossing;
mod engine;
mod entry;
mod liquidity;
mod observation;
mod order_rates;
mod people;
mod phases;
mod plan_execution;
mod state;

pub use engine::Engine;
pub use liquidity::{DEADLINE_FELT_DAYS, TRIES_AGAIN_SECONDS};
pub use order_rates::{ACTIVITY_BOUNDS, COST_MEMORY_SECONDS};
pub use plan_execution::FEARED_LOSS;

use crate::agents::{Fill, MarketView, Population, Weighed};
use crate::model::Model;
use crate::world::{Books, World};
use portage_base::actions::Place;

/// What can be watched while a run goes on. Every hook is empty by default and then costs nothing.
pub trait Observer {
    /// Whether to be told why providers ask for what they ask: it costs memory and time.
    const WANTS_REASONS: bool = false;

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

    /// The plan reads the state that migrates.
    #[inline]
    fn snapshot(&mut self, model: &Model, books: &Books) {
        let _unwatched = (model, books);
    }

    /// A provider's liquidity has changed its place.
    #[inline]
    fn moved(&mut self, step: &Movement, books: &Books) {
        let _unwatched = (step, books);
    }

    /// A provider has looked at its alternatives, or its time has come; only for those who want reasons.
    #[inline]
    fn asked(&mut self, asked: &Asked<'_>, books: &Books) {
        let _unwatched = (asked, books);
    }

    /// The people at the opening and at the end; only for those who want reasons.
    #[inline]
    fn people(&mut self, population: &Population, books: &Books) {
        let _unwatched = (population, books);
    }

    /// The opening, and then the end of every observation interval.
    fn observe(&mut self, scene: &Scene<'_>) {
        let _unwatched = scene;
    }
}

/// What observers see at an observation.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The model.
    pub model: &'a Model,
    /// The world as it stands.
    pub world: &'a World,
    /// The figures that providers see.
    pub market_view: &'a MarketView,
    /// Transactions that wait for room or for a lower price.
    pub backlog: usize,
    /// Seconds since the start.
    pub seconds: f64,
}

/// What made a provider look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A review.
    Review,
    /// The date of an integrator.
    Appointment,
    /// The clock of the passive, who weigh nothing.
    Clock,
    /// Enough others have moved; followers weigh nothing.
    Herding,
    /// Too many others have left; who flees weighs nothing.
    RunOnPool,
}

/// A provider has looked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked<'a> {
    /// Who.
    pub provider: u32,
    /// What made it look.
    pub cause: Cause,
    /// Where it wants to be; none when it stays.
    pub to: Option<Place>,
    /// What it weighed, every alternative; empty for those who weigh nothing.
    pub weighed: &'a [Weighed],
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
