//! Portage simulates what happens while a DeFi protocol moves from one version to another: liquidity providers, traders and
//! arbitrageurs live through a migration window, many thousand times over.
//!
//! This crate is the front door. A scenario is opened as a [`Draft`], patched, and checked into a [`Study`], which is simulated once
//! ([`Study::run`]) or many times ([`Study::simulation`]):
//!
//! ```
//! use portage::Draft;
//!
//! let study = Draft::open("quickstart")?.set("clock.step=60").check()?;
//! let outcomes = study.simulation().runs(16).seed(7).finish();
//! let moved = outcomes.mean("migrated_value_share").unwrap();
//! assert!(moved.count == 16 && (0.0..=1.0).contains(&moved.mean));
//! println!("{:.0} % of the value has moved", moved.mean * 100.0);
//! # Ok::<(), portage::Error>(())
//! ```
//!
//! # The door
//!
//! | to | call |
//! |---|---|
//! | open a scenario | [`Draft::open`], [`Draft::file`], [`Draft::text`], [`Draft::value`], [`Draft::in_folder`]; embedded ones: [`scenarios`], [`scenario_text`], [`nearest_scenario`] |
//! | patch and check it | [`Draft::set`], [`Draft::name`], [`Draft::check`]; the keys: [`schema`], [`Study::resolved`] |
//! | simulate one run | [`Study::run`], [`Run::seed`], [`Run::agents`], [`Run::finish`] |
//! | read it | [`Outcome::metric`], [`Outcome::metrics`], [`Outcome::series`], [`Outcome::days`] |
//! | simulate many | [`Study::simulation`], [`Simulation::runs`], [`Simulation::seed`], [`Simulation::agents`], [`Simulation::progress`], [`Simulation::finish`] |
//! | read them | [`Outcomes::metric`], [`Outcomes::mean`], [`Outcomes::band`], [`Outcomes::days`], [`Outcomes::agent_pnl`] |
#![cfg_attr(
    feature = "report",
    doc = r"
| write and read a report | [`Outcomes::report`], [`Outcomes::results`], [`Outcomes::archive`], [`open_directory`], [`read_results`], [`rewrite_report`] |
| look at one recorded run | [`replay`], [`explain`], [`snapshot`], [`is_snapshot_file`], [`replay_command`], [`shell_word`] |
| compare plans | [`open_comparison`], [`clear_arm`], [`SideBySide::new`], [`SideBySide::add`], [`SideBySide::count`], [`SideBySide::finish`] |"
)]
//!
//! What can go wrong is an [`Error`]; a scenario that breaks rules is refused with all of them at once.
//!
//! # Features
//!
//! `report` (default) writes archives, reports and comparisons; `archive` (part of it) reads and writes Parquet, with it the series that
//! scenarios name. Without both there is the engine with its scenario language and its estimates, and neither polars nor plotters.
//!
//! # Agents of your own
//!
//! An [`agent::Agent`] is a rule that sees the public state after each confirmed block, asks for swaps and liquidity, and has books and
//! random numbers of its own: see [`Simulation::agents`], and the examples `provider_with_a_rule` and `searcher_with_a_rule`.
//!
//! # The parts
//!
//! Every part is a crate of its own and stays within reach here, for those who want a pool, a price law or the engine alone.

mod draft;
mod embedded;
mod error;
mod series;
mod simulation;
mod study;

#[cfg(feature = "report")]
mod directory;

pub use draft::Draft;
pub use embedded::{DEFAULT_SCENARIO, nearest_scenario, scenario_text, scenarios};
pub use error::Error;
pub use portage_engine::agent;
pub use portage_engine::model::Model;
pub use portage_results::montecarlo::{Ensemble, Progress};
pub use portage_scenario::{Scenario, fault::Fault};
pub use simulation::{Outcome, Outcomes, Run, Simulation};
pub use study::{Study, schema};

#[cfg(feature = "report")]
pub use directory::{
    Explained, Replayed, SideBySide, Snapshot, Unpaired, When, clear_arm, explain, is_snapshot_file, open_comparison,
    open_directory, read_results, replay, replay_command, rewrite_report, shell_word, snapshot,
};

#[cfg(feature = "archive")]
#[doc(inline)]
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
#[cfg(feature = "report")]
pub use portage_report as report;
pub use portage_results as results;
pub use portage_scenario as scenario;

/// How a scenario that was read from standard input is named in results.
pub const STDIN: &str = "<stdin>";
