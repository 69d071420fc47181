//! What every other crate stands on: units of value and time, named random streams, estimates with their intervals, and the ledger.

pub mod actions;
pub mod elementary;
pub mod ledger;
pub mod random;
pub mod stats;
pub mod sum;
pub mod units;
