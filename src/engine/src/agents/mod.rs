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

pub use adoption::{Awareness, PassiveClock};
pub use arbitrageurs::{ArbitrageSpec, Searchers};
pub use arrivals::{ArrivalsSpec, HawkesSpec};
pub use board::{Board, MEMORY_SECONDS, PRIOR_WEIGHT, RANGE_OUTLOOK_DAYS, SEEN_WEIGHT, UNSUPPORTED_LOSS, VenueBoard};
pub use census::{Arrival, Opening, REVIEW_RATE_BOUNDS};
pub use choice::{Alternatives, Chooser, Decision, Terms};
pub use classes::{
    ActiveClass, AwarenessSpec, ClassesSpec, Follows, HerdingSpec, IntegratorClass, LockedClass, MercenaryClass,
    Motives, PassiveClass, PoolRunSpec, ProvidersSpec,
};
pub use crossing_terms::CrossingTerms;
pub use crowd::{Crowd, InformedCrowd};
pub use far_orders::Routing;
pub use liquidators::Liquidators;
pub use manipulators::{
    AttackerPresence, AttackersSpec, AverageSpec, FeedSpec, LAG_SEEN, Looking, Manipulators, ORACLES_MAX, OracleSpec,
    OracleSwitch, OracleTerms, OutageSpec, PUSH_MAX, PeggedSpec, RelianceSpec, TOLD_FACTOR, TwapSpec, Watching,
};
pub(crate) use population::step_between;
pub use population::{BID_MARGIN, INTEGRATOR_RETRY_DAYS, Population, YIELD_GAP_MAX};
pub use reasons::{Reasons, Weighed};
pub use reward_offers::Offer;
pub use season::{IntradaySpec, Season};
pub use trader_classes::{FlowTerms, TraderClass, TradersSpec, Volume};
pub use traders::{Fill, IMBALANCE_WEIGHT, Traders};
pub use uncertainty::{SPREADS, Spread};
pub use widths::{RangeMix, RangesSpec};
