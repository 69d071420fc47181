//! `portage snapshot`: who owned what of the old version in one run, as a Merkle tree with proofs.

use super::FAILED;
use super::replay::{differing, model_of, recorded};
use super::run::hash;
use super::terminal::{Terminal, print};
use clap::Args;
use portage_archive::{Manifest, Results, write_with};
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_engine::model::Model;
use portage_engine::run::Engine;
use portage_results::metrics::Closing;
use portage_results::montecarlo::{panic_message, presence_without};
use portage_results::snapshot::{Capture, Dump, Moment, Proofs, Source, State, hex, last_observation};
use std::io::{self, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct SnapshotArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run.
    #[arg(long, value_name = "K")]
    run: u64,
    /// The observation nearest to this date (UTC). Default: the last one before the new version opens.
    #[arg(long, value_name = "DATE", conflicts_with = "day")]
    at: Option<Instant>,
    /// The observation nearest to so many days after the start.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    day: Option<f64>,
    /// The file to write; the proofs stand beside it. Default: DIR/snapshot-K.json and DIR/proofs-K.json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite an earlier snapshot.
    #[arg(long)]
    force: bool,
}

pub(super) fn snapshot(arguments: &SnapshotArguments, terminal: Terminal) -> u8 {
    match take(arguments) {
        Ok(text) if print(&text) => 0,
        Ok(_) => FAILED,
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
}

/// Whether a file has the name of a snapshot or of its proofs.
pub(super) fn is_named(name: &str) -> bool {
    let number = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".json"));
    let number = number("snapshot-").or_else(|| number("proofs-"));
    number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn take(arguments: &SnapshotArguments) -> Result<String, String> {
    let run = arguments.run;
    let results = Results::read(&arguments.directory)?;
    let manifest = &results.manifest;
    if run >= manifest.counts.planned {
        return Err(format!("there is no run {run}; expected 0 to {}", manifest.counts.planned - 1));
    }
    let (file, proofs) = targets(arguments);
    if let Some(there) = [&file, &proofs].into_iter().find(|path| path.exists() && !arguments.force) {
        return Err(format!("{} exists; add --force to overwrite it", there.display()));
    }
    if hash(&manifest.scenario) != manifest.scenario_sha256 {
        return Err(
            "the scenario in the manifest is not the one that was run: its SHA-256 differs; run it again".to_owned()
        );
    }
    let Some(row) = recorded(&results, run) else {
        return Err(format!("run {run} has no recorded outcome: it failed, or the plan was cut short before it"));
    };
    let model = model_of(manifest)?;
    let moment = moment(arguments, manifest, &model)?;
    let state = state(&model, manifest, run, moment, &row)?;
    let source = Source {
        scenario: &manifest.scenario_name,
        scenario_sha256: &manifest.scenario_sha256,
        start: manifest.start,
        seed: manifest.seed,
        run,
    };
    let dump = Dump::of(&state, source)?;
    // The proofs first: a snapshot never stands beside those of another.
    write(&proofs, |out| Proofs::write(&dump, out))?;
    write(&file, |out| dump.write(out))?;
    Ok(told(&state, &dump, manifest, (&file, &proofs)))
}

fn targets(arguments: &SnapshotArguments) -> (PathBuf, PathBuf) {
    match &arguments.out {
        Some(file) => (file.clone(), file.with_extension("proofs.json")),
        None => {
            let named = |what: &str| arguments.directory.join(format!("{what}-{}.json", arguments.run));
            (named("snapshot"), named("proofs"))
        }
    }
}

/// The moment that is asked for; one outside the window is refused.
fn moment(arguments: &SnapshotArguments, manifest: &Manifest, model: &Model) -> Result<Moment, String> {
    let last = last_observation(model);
    let (seconds, asked, expected) = match (arguments.at, arguments.day) {
        (Some(at), _) => {
            let end = manifest.start.plus_seconds(last);
            (at.seconds_since(manifest.start), format!("--at {at}"), format!("a date from {} to {end}", manifest.start))
        }
        (None, Some(day)) => {
            (day * SECONDS_PER_DAY, format!("--day {day}"), format!("0 to {} days", last / SECONDS_PER_DAY))
        }
        (None, None) => return Ok(Moment::of_plan(model)),
    };
    if (0.0..=last).contains(&seconds) {
        Ok(Moment::Nearest(seconds))
    } else {
        Err(format!("{asked} lies outside the simulation; expected {expected}"))
    }
}

/// Runs the run again and takes its state; refused unless it ends bit for bit as recorded.
fn state(model: &Model, manifest: &Manifest, run: u64, moment: Moment, row: &[f64]) -> Result<State, String> {
    let mut capture = Capture::new(model, moment);
    let ended = catch_unwind(AssertUnwindSafe(|| Engine::new(model).run(model, manifest.seed, run, &mut capture)));
    let world = ended.map_err(|panic| format!("run {run} failed: {}", panic_message(panic.as_ref())))?;
    let without = presence_without(model, (manifest.seed, run));
    let closing = Closing { model, world: &world, recorder: &capture.recorder, without: without.as_ref() };
    if let Some(name) = differing(row, &closing.outcome()) {
        return Err(format!(
            "run {run} ends differently from what was recorded (first in `{name}`): another version of the program, or another series"
        ));
    }
    capture.state.unwrap_or_else(|| {
        Err(format!("run {run} ended before the plan read its state, or before the moment that was asked for"))
    })
}

fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> io::Result<()>) -> Result<(), String> {
    write_with(path, |file| {
        let mut out = BufWriter::new(file);
        fill(&mut out).and_then(|()| out.flush()).map_err(|why| why.to_string())
    })
}

fn told(state: &State, dump: &Dump, manifest: &Manifest, (file, proofs): (&Path, &Path)) -> String {
    let at = manifest.start.plus_seconds(state.seconds);
    let days = state.seconds / SECONDS_PER_DAY;
    let pools: Vec<&str> = state.pools.iter().map(|pool| pool.name.as_str()).collect();
    let (count, root) = (state.entries.len(), hex(&dump.tree.root()));
    format!(
        "Root: {root}\nEntries: {count} of {}, on {at} ({days:.3} days after the start)\nSnapshot: {}\nProofs: {}\n",
        pools.join(" + "),
        file.display(),
        proofs.display()
    )
}
