//! Where the outcome of one recorded run came from, in words.

use super::again::{failed, model_of, planned, recorded, same, unchanged};
use super::{read_results, replay_command};
use crate::Error;
use portage_report::{Narrative, Paragraph, explain as passages};
use portage_results::again::{close, witness_run};
use portage_results::metrics::id;
use portage_results::records::Results;
use std::path::Path;

/// Where the outcome of one run came from.
#[derive(Debug)]
pub struct Explained {
    /// Which run it is, in a sentence.
    pub which: String,
    /// What there is to say: headings, sentences and tables.
    pub passages: Vec<Paragraph>,
}

/// Tells where the outcome of a run of the results in `directory` came from: dates, who decided it, who stayed. Without `run` it
/// is the median one by the value moved.
///
/// # Errors
/// If there is no such run, it failed, it ends differently from what was recorded, or a file cannot be read.
///
/// ```
/// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
/// let directory = tempfile::tempdir().unwrap();
/// study.simulation().runs(3).finish().archive(directory.path())?;
/// assert!(portage::explain(directory.path(), Some(2))?.which.starts_with("Run 2 of 3"));
/// # Ok::<(), portage::Error>(())
/// ```
pub fn explain(directory: &Path, run: Option<u64>) -> Result<Explained, Error> {
    let results = read_results(directory)?;
    let manifest = &results.manifest;
    let (run, which) = match run {
        Some(run) => (run, chosen(&results, directory, run)?),
        None => median(&results)?,
    };
    unchanged(manifest)?;
    let why = "was not finished: the plan was cut short before it";
    let row = recorded(&results.runs, run).ok_or(Error::NoOutcome { run, why })?;
    let (model, address) = (model_of(manifest)?, (manifest.seed, run));
    let (world, decision_trace) = witness_run(&model, address).map_err(failed(run))?;
    let (outcome, _) = close(&model, address, &world, &decision_trace.recorder);
    same(run, (&results.runs, &row), &outcome, "")?;
    let passages = passages(&Narrative { model: &model, world: &world, decision_trace: &decision_trace });
    Ok(Explained { which, passages })
}

/// Which run it is that was asked for, in words.
fn chosen(results: &Results, directory: &Path, run: u64) -> Result<String, Error> {
    let manifest = &results.manifest;
    planned(manifest, run)?;
    if let Some(failed) = manifest.failures.iter().find(|failed| failed.run == run) {
        let replay = replay_command(directory, run);
        let message = format!("{}\n  a failed run has no outcome; replay it: {replay}", failed.message);
        return Err(Error::Run { run, message });
    }
    Ok(format!("Run {run} of {} planned, seed {}.", manifest.counts.planned, manifest.seed))
}

/// The median run by the value moved; the one that the report shows where nothing can move.
fn median(results: &Results) -> Result<(u64, String), Error> {
    let (runs, seed) = (&results.runs.runs, results.manifest.seed);
    let column = results.runs.column(id::MIGRATED_VALUE_SHARE).unwrap_or_default();
    let mut ranked: Vec<(f64, u64)> =
        column.iter().copied().zip(runs.iter().copied()).filter(|(share, _)| share.is_finite()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    match (ranked.get(ranked.len().saturating_sub(1) / 2), results.manifest.median_run.or(runs.first().copied())) {
        (Some((_, run)), _) => Ok((
            *run,
            format!("Run {run}, seed {seed}: the median one of {} runs by the share of value moved.", ranked.len()),
        )),
        (None, Some(run)) => Ok((run, format!("Run {run}, seed {seed}: the one that the report shows as the median."))),
        (None, None) => Err(Error::NothingToExplain),
    }
}
