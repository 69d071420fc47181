//! The archive: what one run of the command leaves in its directory, written and read back.
//!
//! `manifest.json` says what was run, `runs.parquet` holds one row a run, `timeline.parquet` the quantile bands by time. Figures of
//! several things of a kind stand in tables of their own, one row a thing and run: `pools.parquet`, `holders.parquet` (owners of
//! liquidity, line by line), `parties.parquet` (to lending markets and derivatives), `traders.parquet` (classes), `oracles.parquet` and
//! `observed.parquet`; `of` says which thing, pools and the like numbered in the order of the scenario's names. Metrics of parts that
//! the scenario does not have are not written.
//! Every file is written under a temporary name and moved in place.

mod error;
mod files;
mod pairs;
mod series;
mod tables;
mod traces;

pub use error::{Cause, Error};
pub use files::{write_atomically, write_with};
pub use pairs::write_pairs;
pub use series::{read_gas, read_prices};
pub use tables::{RUNS, read_runs, read_timeline, write_runs, write_timeline};
pub use traces::write_trace;

use portage_results::records::{Manifest, Results};
use std::path::Path;

/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
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

/// Reads a directory that `portage run` has written.
///
/// # Errors
/// If a file is missing, cannot be read, or is not what it should be.
pub fn read_results(directory: &Path) -> Result<Results, Error> {
    let path = directory.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(Error::read(&path))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(Error::misfit(&path, "a manifest"))?;
    Ok(Results {
        runs: read_runs(directory)?.into(),
        timeline: read_timeline(&directory.join(TIMELINE), manifest.median_run)?,
        manifest,
    })
}
