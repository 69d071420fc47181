//! Portage simulates what happens while a DeFi protocol moves from one version to another: liquidity providers, traders and
//! arbitrageurs live through a migration window, many thousand times over.
//!
//! A [`scenario`] is read and checked, a model is built from it, the [`engine`] runs it once, [`results`] has many runs and says
//! what was measured, [`archive`] keeps it, [`report`] explains it.

pub use portage_archive as archive;
pub use portage_base as base;
pub use portage_chain as chain;
pub use portage_contagion as contagion;
pub use portage_credit as credit;
pub use portage_engine as engine;
pub use portage_incentives as incentives;
pub use portage_market as market;
pub use portage_migration as migration;
pub use portage_pools as pools;
pub use portage_report as report;
pub use portage_results as results;
pub use portage_scenario as scenario;
