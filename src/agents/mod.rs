//! Agents: liquidity providers, traders and arbitrageurs.

mod adoption;
mod arbitrageurs;
mod board;
mod choice;
mod classes;
mod order_tape;
mod population;
mod traders;

pub use adoption::{Awareness, AwarenessSpec, PassiveClock};
pub use arbitrageurs::{ArbitrageSpec, Searchers};
pub use board::{Board, VenueBoard};
pub use choice::{Alternatives, Chooser, Decision};
pub use classes::{
    ActiveClass, ClassesSpec, IntegratorClass, LockedClass, MercenaryClass, Motives, PassiveClass, ProvidersSpec,
};
pub use order_tape::OrderTape;
pub use population::{Arrival, Population, step_between};
pub use traders::{Fill, Routing, Traders, TradersSpec, Volume};
