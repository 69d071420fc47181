//! What one simulation leaves: its manifest, the table of runs and the bands over time. From it a report is written.

mod manifest;
mod timeline;

pub use manifest::{Counts, FailedRun, Manifest, Timings};
pub use timeline::{SeriesBands, TimelineTable};

use crate::montecarlo::RunTable;
use std::sync::Arc;

/// Everything that the report is made of.
#[derive(Debug, Clone)]
pub struct Results {
    /// What was run.
    pub manifest: Manifest,
    /// One row a run.
    pub runs: Arc<RunTable>,
    /// Quantile bands by time, and the path of the median run.
    pub timeline: TimelineTable,
}
