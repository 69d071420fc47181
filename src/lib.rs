//! Portage simulates what happens while a DeFi protocol moves from one version to another: liquidity providers, traders and
//! arbitrageurs live through a migration window, many thousand times over.
//!
//! A [`scenario`] is read and checked, a [`model`] is built from it, the [`engine`] runs it once, [`montecarlo`] many times,
//! [`metrics`] says what was measured, [`archive`] keeps it, [`report`] explains it. Modules stand on storeys: each imports
//! from lower ones only (see ARCHITECTURE.md).

pub mod actions;
pub mod agents;
pub mod archive;
pub mod chain;
pub mod cli;
pub mod contagion;
pub mod credit;
pub mod elementary;
pub mod engine;
pub mod experiment;
pub mod incentives;
pub mod ledger;
pub mod market;
pub mod metrics;
pub mod migration;
pub mod model;
pub mod montecarlo;
pub mod pools;
pub mod random;
pub mod report;
pub mod scenario;
pub mod snapshot;
pub mod stats;
pub mod sum;
pub mod units;
pub mod world;
