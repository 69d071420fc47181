//! Who owned what of the old version in one recorded run, as a Merkle tree with proofs.

use super::again::{failed, model_of, planned, recorded, same, unchanged};
use super::read_results;
use crate::Error;
use portage_archive::write_with;
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_engine::model::Model;
use portage_results::again::{capture_run, close};
use portage_results::montecarlo::RunTable;
use portage_results::records::Manifest;
use portage_results::snapshot::{Dump, Moment, Proofs, Source, State, last_observation};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// When a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// When the plan itself reads the state, or else at the last observation before the new version opens.
    Planned,
    /// At the observation nearest to a date (UTC).
    At(Instant),
    /// At the observation nearest to so many days after the start.
    Day(f64),
}

/// A snapshot that was taken.
#[derive(Debug)]
pub struct Snapshot {
    /// What was owned, by whom.
    pub state: State,
    /// The tree over it.
    pub dump: Dump,
    /// First instant of the window.
    pub start: Instant,
    /// The file of the snapshot.
    pub file: PathBuf,
    /// The file of its proofs.
    pub proofs: PathBuf,
}

/// Whether a file has the name of a snapshot or of its proofs, as [`snapshot`] chooses them.
///
/// ```
/// assert!(portage::is_snapshot_file("proofs-17.json") && !portage::is_snapshot_file("snapshot-x.json"));
/// ```
#[must_use]
pub fn is_snapshot_file(name: &str) -> bool {
    let number = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".json"));
    let number = number("snapshot-").or_else(|| number("proofs-"));
    number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Simulates a run of the results in `directory` again and writes who owned what of the old version as a Merkle tree, with a proof
/// for every entry: into `out`, or else beside the results.
///
/// # Errors
/// If there is no such run or it has no outcome, the time lies outside the simulation, a file is there and `overwrites` is false, the
/// run ends differently from what was recorded, or a file cannot be read or written.
///
/// ```
/// use portage::When;
///
/// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
/// let directory = tempfile::tempdir().unwrap();
/// study.simulation().runs(3).finish().archive(directory.path())?;
/// let snapshot = portage::snapshot(directory.path(), 2, When::Day(1.0), None, false)?;
/// assert_eq!(snapshot.dump.values.len(), snapshot.state.entries.len());
/// # Ok::<(), portage::Error>(())
/// ```
pub fn snapshot(
    directory: &Path,
    run: u64,
    when: When,
    out: Option<&Path>,
    overwrites: bool,
) -> Result<Snapshot, Error> {
    let results = read_results(directory)?;
    let manifest = &results.manifest;
    planned(manifest, run)?;
    let (file, proofs) = targets(directory, run, out);
    if let Some(there) = [&file, &proofs].into_iter().find(|path| path.exists() && !overwrites) {
        return Err(Error::Exists(there.clone()));
    }
    unchanged(manifest)?;
    let why = "has no recorded outcome: it failed, or the plan was cut short before it";
    let row = recorded(&results.runs, run).ok_or(Error::NoOutcome { run, why })?;
    let model = model_of(manifest)?;
    let state = state(&model, (manifest.seed, run), moment(when, manifest, &model)?, (&results.runs, &row))?;
    let source = Source {
        scenario: &manifest.scenario_name,
        scenario_sha256: &manifest.scenario_sha256,
        start: manifest.start,
        seed: manifest.seed,
        run,
    };
    let dump = Dump::of(&state, source).map_err(Error::Snapshot)?;
    // The proofs first: a snapshot never stands beside those of another.
    write(&proofs, |out| Proofs::write(&dump, out))?;
    write(&file, |out| dump.write(out))?;
    Ok(Snapshot { state, dump, start: manifest.start, file, proofs })
}

fn targets(directory: &Path, run: u64, out: Option<&Path>) -> (PathBuf, PathBuf) {
    match out {
        Some(file) => (file.to_path_buf(), file.with_extension("proofs.json")),
        None => {
            let named = |what: &str| directory.join(format!("{what}-{run}.json"));
            (named("snapshot"), named("proofs"))
        }
    }
}

/// The moment that is asked for; one outside the window is refused.
fn moment(when: When, manifest: &Manifest, model: &Model) -> Result<Moment, Error> {
    let last = last_observation(model);
    let (seconds, asked, expected) = match when {
        When::Planned => return Ok(Moment::of_plan(model)),
        When::At(at) => {
            let end = manifest.start.plus_seconds(last);
            (at.seconds_since(manifest.start), at.to_string(), format!("a date from {} to {end}", manifest.start))
        }
        When::Day(day) => (day * SECONDS_PER_DAY, day.to_string(), format!("0 to {} days", last / SECONDS_PER_DAY)),
    };
    if (0.0..=last).contains(&seconds) {
        Ok(Moment::Nearest(seconds))
    } else {
        Err(Error::OutsideWindow { asked, expected })
    }
}

/// Runs the run again and takes its state; refused unless it ends bit for bit as recorded.
fn state(model: &Model, address: (u64, u64), moment: Moment, row: (&RunTable, &[f64])) -> Result<State, Error> {
    let run = address.1;
    let (world, capture) = capture_run(model, address, moment).map_err(failed(run))?;
    let (outcome, _) = close(model, address, &world, &capture.recorder);
    same(run, row, &outcome, "")?;
    let why = "ended before the plan read its state, or before the moment that was asked for";
    capture.state.ok_or(Error::NoOutcome { run, why })?.map_err(Error::Snapshot)
}

fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> io::Result<()>) -> Result<(), Error> {
    let written = write_with(path, |file| {
        let mut out = BufWriter::new(file);
        Ok(fill(&mut out).and_then(|()| out.flush())?)
    });
    written.map_err(Error::Archive)
}
