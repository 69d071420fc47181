//! Agents: liquidity providers, traders and arbitrageurs.

mod adoption;
mod arbitrageurs;
mod board;
mod census;
mod choice;
mod classes;
mod offers;
mod order_tape;
mod population;
mod reasons;
mod traders;

pub use adoption::{Awareness, AwarenessSpec, PassiveClock};
pub use arbitrageurs::{ArbitrageSpec, Searchers};
pub use board::{Board, MEMORY_SECONDS, PRIOR_WEIGHT, RANGE_OUTLOOK_DAYS, SEEN_WEIGHT, VenueBoard};
pub use choice::{Alternatives, Chooser, Decision};
pub use classes::{
    ActiveClass, ClassesSpec, IntegratorClass, LockedClass, MercenaryClass, Motives, PassiveClass, ProvidersSpec,
    RangeMix, RangesSpec,
};
pub use order_tape::OrderTape;
pub use population::{
    Arrival, BID_MARGIN, INTEGRATOR_RETRY_DAYS, Opening, Population, REVIEW_RATE_BOUNDS, YIELD_GAP_MAX, step_between,
};
pub use reasons::{Reasons, Weighed};
pub use traders::{Fill, IMBALANCE_WEIGHT, Routing, Traders, TradersSpec, Volume};
