//! The archive: what one run of the command leaves in its directory, written and read back.
//!
//! `manifest.json` says what was run, `runs.parquet` holds one row a run, `timeline.parquet` the quantile bands by time.
//! Every file is written under a temporary name and moved in place.

mod files;
mod manifest;
mod pairs;
mod series;
mod tables;
mod traces;

pub use files::{write_atomically, write_with};
pub use manifest::{Counts, FailedRun, Manifest, Timings};
pub use pairs::write_pairs;
pub use series::{read_gas, read_prices};
pub use tables::{RunTable, SeriesBands, TimelineTable};
pub use traces::write_trace;

use std::path::Path;

/// Everything that the report is made of.
#[derive(Debug, Clone)]
pub struct Results {
    /// What was run.
    pub manifest: Manifest,
    /// One row a run.
    pub runs: RunTable,
    /// Quantile bands by time, and the path of the median run.
    pub timeline: TimelineTable,
}

/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// Name of the table of runs.
pub const RUNS: &str = "runs.parquet";
/// Name of the table of bands.
pub const TIMELINE: &str = "timeline.parquet";
/// Name of the summary.
pub const SUMMARY: &str = "summary.json";
/// Name of the report.
pub const REPORT: &str = "report.html";
/// Name of the page that sets arms side by side.
pub const COMPARISON_PAGE: &str = "comparison.html";
/// Name of a comparison's estimates; a directory that holds it holds a comparison.
pub const COMPARISON: &str = "comparison.json";
/// Name of the table of paired runs.
pub const PAIRS: &str = "pairs.parquet";
/// Folder of the figures.
pub const FIGURES: &str = "figures";

impl Results {
    /// Reads a directory that `portage run` has written.
    ///
    /// # Errors
    /// A sentence that names the file that is missing or cannot be read, and why.
    pub fn read(directory: &Path) -> Result<Self, String> {
        let path = directory.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|why| format!("cannot read {}: {why}", path.display()))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|why| format!("{} is not a manifest: {why}", path.display()))?;
        Ok(Self {
            runs: RunTable::read(&directory.join(RUNS))?,
            timeline: TimelineTable::read(&directory.join(TIMELINE), manifest.median_run)?,
            manifest,
        })
    }
}
