//! Experiments: several arms of one simulation on the same random numbers, and what can be said about their differences.
//!
//! An [`Arm`] is the outcomes of one scenario; [`Comparison`] sets arms side by side run by run. Arms are paired where they
//! live on the same market: streams are named, so that run k then has the same prices in both, and the difference is
//! that of the plans. Arms on different markets are compared as independent samples.
//!
//! # Arms side by side
//!
//! `portage compare` runs two to eight arms with one seed and one number of runs, each written up as `portage run`
//! would, and sets them side by side over the runs that finished in all of them ([`Comparison`]). Streams are named, so
//! that run k has the same prices in every arm whose market is the same (start, horizon, clock, assets, correlations,
//! shocks, and the pair); that is checked on the change of the price, bit for bit, in every run. Such arms are paired:
//! Student's t on the differences run by run, Bonett and Price for what happens or not, and for expected shortfalls a
//! bootstrap that draws the same runs for both (`shortfall`). Arms on another market are compared as independent
//! samples (Welch, Agresti and Caffo), and terminal, page and JSON say so. The same scenario twice differs by exactly
//! nothing. The rows of the table name metrics: one that the dictionary does not know, that no arm has a value of, or
//! that is zero everywhere is left out. A time until something counts, where it was not reached, as the shortest window
//! of all arms.

mod arm;
mod comparison;
mod shortfall;

pub use arm::{Arm, Ground};
pub use comparison::{Comparison, LeftOut, Statistic};
pub use shortfall::{RESAMPLES, ShortfallDifference, TAIL_LEVELS, Tails};
