//! `portage replay`: one run again, block by block.

use super::FAILED;
use super::loading::library;
use super::terminal::{Terminal, print};
use clap::Args;
use portage_archive::{Manifest, Results, write_trace};
use portage_engine::model::Model;
use portage_engine::run::Engine;
use portage_results::metrics::{Closing, Trace, dictionary};
use portage_results::montecarlo::{panic_message, presence_without};
use portage_scenario::Scenario;
use portage_scenario::resolve::build;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run to replay.
    #[arg(long, value_name = "K")]
    run: u64,
    /// Overwrite an earlier trace of the same run.
    #[arg(long)]
    force: bool,
}

pub(super) fn replay(arguments: &ReplayArguments, terminal: Terminal) -> u8 {
    match trace(arguments, terminal) {
        Ok(text) if print(&text) => 0,
        Ok(_) => FAILED,
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
}

fn trace(arguments: &ReplayArguments, terminal: Terminal) -> Result<String, String> {
    let results = Results::read(&arguments.directory)?;
    let (manifest, run) = (&results.manifest, arguments.run);
    if run >= manifest.counts.planned {
        return Err(format!("there is no run {run}; expected 0 to {}", manifest.counts.planned - 1));
    }
    let target = arguments.directory.join(format!("replay-{run}"));
    if target.exists() && !arguments.force {
        return Err(format!("{} exists; add --force to overwrite it", target.display()));
    }
    let model = model_of(manifest)?;
    let mut trace = Trace::new(&model);
    let ended = catch_unwind(AssertUnwindSafe(|| Engine::new(&model).run(&model, manifest.seed, run, &mut trace)));
    std::fs::create_dir_all(&target).map_err(|why| format!("cannot make {}: {why}", target.display()))?;
    let files = write_trace(&target, &trace, &model)?;
    let listed: String = files.iter().map(|path| format!("{}\n", path.display())).collect();
    let world = ended.map_err(|panic| {
        format!("run {run} failed: {}; the trace up to there is in {}", panic_message(panic.as_ref()), target.display())
    })?;
    let without = presence_without(&model, (manifest.seed, run));
    let closing = Closing { model: &model, world: &world, recorder: &trace.recorder, without: without.as_ref() };
    if let Some(law) = closing.broken_law() {
        return Err(format!("run {run} failed: {law}; the trace is in {}", target.display()));
    }
    let outcome = closing.outcome();
    let same = recorded(&results, run).map(|row| differing(&row, &outcome));
    match same {
        Some(None) => terminal.say(&format!("run {run}: every metric is bit for bit what was recorded")),
        Some(Some(name)) => {
            return Err(format!(
                "run {run} ends differently from what was recorded (first in `{name}`): \
                 another version of the program, or another series; the trace was written to {}",
                target.display()
            ));
        }
        None => terminal.say(&format!("run {run} was not among the finished runs; the trace stands alone")),
    }
    Ok(listed)
}

/// The model of the scenario that a manifest carries.
pub(super) fn model_of(manifest: &Manifest) -> Result<Model, String> {
    let scenario: Scenario = serde_json::from_value(manifest.scenario.clone())
        .map_err(|why| format!("the manifest's scenario does not fit this version of the program: {why}"))?;
    build(&scenario, &library(&scenario, Path::new(&manifest.series_folder))).map_err(|rules| {
        rules.iter().map(|rule| format!("{}: {}", rule.path, rule.message)).collect::<Vec<_>>().join("\n")
    })
}

/// The recorded outcome of a run, in the dictionary's order.
pub(super) fn recorded(results: &Results, run: u64) -> Option<Vec<f64>> {
    let row = results.runs.runs.iter().position(|known| *known == run)?;
    dictionary().iter().map(|metric| results.runs.column(&metric.name).map(|column| column[row])).collect()
}

/// The first metric in which two outcomes differ by a bit; two missing values are the same.
pub(super) fn differing(recorded: &[f64], outcome: &[f64]) -> Option<&'static str> {
    let differs = |(a, b): (&f64, &f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let at = recorded.iter().zip(outcome).position(differs)?;
    dictionary().get(at).map(|metric| metric.name.as_str())
}
