//! Incentive programmes: how many reward tokens flow when, to which venue, on which terms, and what they are sold for.

mod emission;
mod schedule;
mod spec;

pub use emission::Emission;
pub use schedule::{Cliff, ExponentialDecay, FrontLoaded, RateStep, Schedule};
pub use spec::{Boost, Lock, ProgrammeSpec, RetentionBonus, RewardMarketSpec, SoldLater, Vesting};
