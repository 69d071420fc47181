//! Credit and derivatives: the laws of lending markets, perpetual exchanges and options, and what a scenario says of them.

pub mod lending;
pub mod options;
pub mod perps;
