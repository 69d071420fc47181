//! Experiments: several arms of one simulation on the same random numbers, and what can be said about their differences.
//!
//! An [`Arm`] is the outcomes of one scenario; [`Comparison`] sets arms side by side run by run. Arms are paired where they
//! live on the same market: streams are named, so that run k then has the same prices in both, and the difference is
//! that of the plans. Arms on different markets are compared as independent samples.

mod arm;
mod comparison;
mod shortfall;

pub use arm::{Arm, Ground};
pub use comparison::{Comparison, LeftOut, Statistic};
pub use shortfall::{RESAMPLES, ShortfallDifference, TAIL_LEVELS, Tails};
