//! What runs come to: metrics of one run, ensembles of many, comparisons, and snapshots of who owns what.

pub mod again;
pub mod experiment;
pub mod metrics;
pub mod montecarlo;
pub mod records;
pub mod snapshot;
