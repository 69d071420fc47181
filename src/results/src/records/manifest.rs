//! The manifest: what was run, with which version, and what came of it in counts.

use portage_base::units::Instant;
use portage_engine::world::InfectionMap;
use portage_scenario::assumptions::Assumption;
use serde::{Deserialize, Serialize};

/// What one run of the command did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// Name of the scenario: an embedded name, or the path as it was given.
    pub scenario_name: String,
    /// SHA-256 of the scenario as resolved, hexadecimal.
    pub scenario_sha256: String,
    /// The scenario as resolved: every default filled in.
    pub scenario: serde_json::Value,
    /// The scenario's text as it was read.
    pub scenario_text: String,
    /// Folder from which relative paths of series are taken.
    pub series_folder: String,
    /// Patches from the command line, `path=value`.
    pub set: Vec<String>,
    /// Seed of every stream.
    pub seed: u64,
    /// Command that reproduces the results.
    pub command: String,
    /// Numbers of runs.
    pub counts: Counts,
    /// Run whose path is shown as the median one.
    pub median_run: Option<u64>,
    /// Who infects whom in that run; none without a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infections: Option<InfectionMap>,
    /// Runs that failed, with the command that replays each.
    pub failures: Vec<FailedRun>,
    /// Names of the old pools, joined by " + ".
    pub old_pool: String,
    /// Names of the new pools; those of the old ones where there are none.
    pub new_pool: String,
    /// First instant of the window.
    pub start: Instant,
    /// Blocks of one run.
    pub blocks: u64,
    /// Seconds of one simulated block.
    pub block_seconds: f64,
    /// Every assumption with unit, meaning and source.
    pub assumptions: Vec<Assumption>,
    /// How long it took. Not part of what is reproduced.
    pub timings: Timings,
}

/// Numbers of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Asked for.
    pub planned: u64,
    /// Finished.
    pub finished: u64,
    /// Failed.
    pub failed: u64,
    /// Whether the plan was cut short by Ctrl-C.
    pub is_partial: bool,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRun {
    /// Its index.
    pub run: u64,
    /// What happened.
    pub message: String,
    /// The command that replays it.
    pub replay: String,
}

/// How long it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Wall time of the simulation, seconds.
    pub simulation_seconds: f64,
    /// Threads.
    pub threads: usize,
    /// Simulated blocks per second of wall time, all threads together.
    pub blocks_per_second: f64,
}
