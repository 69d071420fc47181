//! One recorded run again, block by block.

use super::again::{model_of, planned, recorded, same};
use super::read_results;
use crate::Error;
use portage_archive::write_trace;
use portage_results::again::{close, trace_run};
use std::path::{Path, PathBuf};

/// The trace of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// Whether the run was among those that had finished; then it ended bit for bit as recorded.
    pub was_recorded: bool,
}

/// Simulates one run of the results in `directory` again and writes its full trace beside them: every block and every move of
/// liquidity.
///
/// # Errors
/// If there is no such run, a trace of it is there and `overwrites` is false, the run fails or ends differently from what was
/// recorded, or a file cannot be read or written.
///
/// ```
/// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
/// let directory = tempfile::tempdir().unwrap();
/// study.simulation().runs(8).finish().archive(directory.path())?;
/// let replayed = portage::replay(directory.path(), 5, false)?;
/// assert!(replayed.was_recorded && replayed.files.len() == 2);
/// # Ok::<(), portage::Error>(())
/// ```
pub fn replay(directory: &Path, run: u64, overwrites: bool) -> Result<Replayed, Error> {
    let results = read_results(directory)?;
    let manifest = &results.manifest;
    planned(manifest, run)?;
    let target = directory.join(format!("replay-{run}"));
    if target.exists() && !overwrites {
        return Err(Error::Exists(target));
    }
    let (model, address) = (model_of(manifest)?, (manifest.seed, run));
    let (trace, ended) = trace_run(&model, address);
    std::fs::create_dir_all(&target).map_err(|source| Error::Make { directory: target.clone(), source })?;
    let files = write_trace(&target, &trace, &model).map_err(Error::Archive)?;
    let failed = |message: String, where_is: &str| Error::Run {
        run,
        message: format!("{message}; the trace {where_is} {}", target.display()),
    };
    let world = ended.map_err(|message| failed(message, "up to there is in"))?;
    let (outcome, broken) = close(&model, address, &world, &trace.recorder);
    if let Some(law) = broken {
        return Err(failed(law, "is in"));
    }
    let row = recorded(&results.runs, run);
    if let Some(row) = &row {
        same(run, (&results.runs, row), &outcome, &format!("; the trace was written to {}", target.display()))?;
    }
    Ok(Replayed { files, was_recorded: row.is_some() })
}
