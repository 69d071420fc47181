//! Agents: liquidity providers, traders, arbitrageurs, liquidators and manipulators.

mod adoption;
mod arbitrageurs;
mod arrivals;
mod board;
mod census;
mod choice;
mod classes;
mod crossing_terms;
mod crowd;
mod far_orders;
mod herd;
mod liquidators;
mod lumps;
mod manipulators;
mod offers;
mod order_tape;
mod population;
mod reasons;
mod reward_offers;
mod season;
mod trader_classes;
mod traders;
mod uncertainty;
mod widths;

pub use adoption::{Awareness, AwarenessSpec, PassiveClock};
pub use arbitrageurs::{ArbitrageSpec, Searchers};
pub use arrivals::{ArrivalsSpec, HawkesSpec};
pub use board::{Board, MEMORY_SECONDS, PRIOR_WEIGHT, RANGE_OUTLOOK_DAYS, SEEN_WEIGHT, UNSUPPORTED_LOSS, VenueBoard};
pub use choice::{Alternatives, Chooser, Decision, Terms};
pub use classes::{
    ActiveClass, ClassesSpec, Follows, IntegratorClass, LockedClass, MercenaryClass, Motives, PassiveClass,
    ProvidersSpec,
};
pub use crossing_terms::CrossingTerms;
pub use crowd::{Crowd, InformedCrowd};
pub use herd::{HerdingSpec, PoolRunSpec};
pub use liquidators::Liquidators;
pub use manipulators::{
    AttackerPresence, AttackersSpec, AverageSpec, FeedSpec, LAG_SEEN, Looking, Manipulators, ORACLES_MAX, OracleSpec,
    OracleSwitch, OracleTerms, OutageSpec, PUSH_MAX, PeggedSpec, RelianceSpec, TOLD_FACTOR, TwapSpec, Watching,
};
pub use population::{
    Arrival, BID_MARGIN, INTEGRATOR_RETRY_DAYS, Opening, Population, REVIEW_RATE_BOUNDS, YIELD_GAP_MAX, step_between,
};
pub use reasons::{Reasons, Weighed};
pub use reward_offers::Offer;
pub use season::{IntradaySpec, Season};
pub use trader_classes::{FlowTerms, TraderClass};
pub use traders::{Fill, IMBALANCE_WEIGHT, Routing, Traders, TradersSpec, Volume};
pub use uncertainty::{SPREADS, Spread};
pub use widths::{RangeMix, RangesSpec};
