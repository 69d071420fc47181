//! Agents: liquidity providers, traders, arbitrageurs, liquidators and manipulators.

mod adoption;
mod arbitrageurs;
mod arrivals;
mod choice;
mod classes;
mod cross_chain_routing;
mod crossing_terms;
mod decision_blocs;
mod herding;
mod liquidators;
mod manipulators;
mod market_view;
mod order_batch;
mod population;
mod population_initialiser;
mod reasons;
mod reward_quotes;
mod seasonality;
mod threshold_population;
mod trader_classes;
mod traders;
mod uncertainty;
mod venue_quotes;
mod widths;

pub use adoption::{Awareness, PassiveClock};
pub use arbitrageurs::{ArbitrageSpec, Searchers};
pub use arrivals::{ArrivalsSpec, HawkesSpec};
pub use choice::{Alternatives, Chooser, Decision, Terms};
pub use classes::{
    ActiveClass, AwarenessSpec, ClassesSpec, Follows, HerdingSpec, IntegratorClass, LockedClass, MercenaryClass,
    Motives, PassiveClass, PoolRunSpec, ProvidersSpec,
};
pub use cross_chain_routing::Routing;
pub use crossing_terms::CrossingTerms;
pub use liquidators::Liquidators;
pub use manipulators::{
    AttackerPresence, AttackersSpec, AverageSpec, FeedSpec, LAG_OBSERVED, Looking, Manipulators, ORACLES_MAX,
    OracleSpec, OracleSwitch, OracleTerms, OutageSpec, PUSH_MAX, PeggedSpec, REPORTED_FACTOR, RelianceSpec, TwapSpec,
    Watching,
};
pub use market_view::{
    MEMORY_SECONDS, MarketView, OBSERVED_WEIGHT, PRIOR_WEIGHT, RANGE_OUTLOOK_DAYS, UNSUPPORTED_LOSS, VenueView,
};
pub(crate) use population::step_between;
pub use population::{BID_MARGIN, INTEGRATOR_RETRY_DAYS, Population, YIELD_GAP_MAX};
pub use population_initialiser::{Arrival, Opening, REVIEW_RATE_BOUNDS};
pub use reasons::{Reasons, Weighed};
pub use reward_quotes::RewardQuote;
pub use seasonality::{IntradaySpec, Seasonality};
pub use threshold_population::{InformedPopulation, ThresholdPopulation};
pub use trader_classes::{FlowTerms, TraderClass, TradersSpec, Volume};
pub use traders::{Fill, IMBALANCE_WEIGHT, Traders};
pub use uncertainty::{SPREADS, Spread};
pub use widths::{RangeMix, RangesSpec};
