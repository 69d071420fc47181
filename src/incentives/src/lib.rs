//! Incentive programmes: how many reward tokens flow when, to which venue, on which terms, and what they are sold for.

mod emission;
mod release;
mod reward_market;
mod schedule;
mod spec;

pub use emission::Emission;
pub use release::Release;
pub use reward_market::{LIQUIDITY_FACTOR_BOUNDS, RewardMarket, SALES_FACTOR_LEAST};
pub use schedule::{Cliff, ExponentialDecay, FrontLoaded, RateStep, Schedule};
pub use spec::{Boost, Lock, ProgrammeSpec, RetentionBonus, RewardMarketSpec, SoldLater, Vesting};

/// Most programmes of a scenario, one that pays several venues counted once for each: the figures that providers see have room for so many.
pub const PROGRAMMES_MAX: usize = 16;
