//! `portage explain`: where the outcome of one run came from, in words.

use super::FAILED;
use super::columns::aligned;
use super::replay::{differing, model_of, recorded};
use super::run::{hash, replay_command};
use super::terminal::{Terminal, paragraphs, print};
use clap::Args;
use portage_archive::Results;
use portage_engine::run::Engine;
use portage_report::{Account, Passage, explain as passages};
use portage_results::metrics::{Closing, Witness};
use portage_results::montecarlo::{panic_message, presence_without};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// The metric by which the median run is chosen.
const OUTCOME: &str = "migrated_value_share";

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run to explain. Default: the median one by the value moved.
    #[arg(long, value_name = "K")]
    run: Option<u64>,
}

pub(super) fn explain(arguments: &ExplainArguments, terminal: Terminal) -> u8 {
    match told(arguments) {
        Ok(text) if print(&text) => 0,
        Ok(_) => FAILED,
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
}

fn told(arguments: &ExplainArguments) -> Result<String, String> {
    let results = Results::read(&arguments.directory)?;
    let manifest = &results.manifest;
    let (run, which) = choose(&results, arguments)?;
    if hash(&manifest.scenario) != manifest.scenario_sha256 {
        return Err(
            "the scenario in the manifest is not the one that was run: its SHA-256 differs; run it again".to_owned()
        );
    }
    let Some(row) = recorded(&results, run) else {
        return Err(format!("run {run} was not finished: the plan was cut short before it"));
    };
    let model = model_of(manifest)?;
    let mut witness = Witness::new(&model);
    let ended = catch_unwind(AssertUnwindSafe(|| Engine::new(&model).run(&model, manifest.seed, run, &mut witness)));
    let world = ended.map_err(|panic| format!("run {run} failed: {}", panic_message(panic.as_ref())))?;
    let without = presence_without(&model, (manifest.seed, run));
    let outcome =
        Closing { model: &model, world: &world, recorder: &witness.recorder, without: without.as_ref() }.outcome();
    if let Some(name) = differing(&row, &outcome) {
        return Err(format!(
            "run {run} ends differently from what was recorded (first in `{name}`): another version of the program, or another series"
        ));
    }
    let mut text = paragraphs(&[which]);
    for passage in passages(&Account { model: &model, world: &world, witness: &witness, outcome: &outcome }) {
        text += &match passage {
            Passage::Heading(heading) => format!("\n{heading}\n"),
            Passage::Text(sentences) => paragraphs(&[sentences]),
            Passage::Table { heads, rows, names } => aligned(&heads, &rows, names),
        };
    }
    Ok(text)
}

/// The run to explain, and which one it is in words.
fn choose(results: &Results, arguments: &ExplainArguments) -> Result<(u64, String), String> {
    let manifest = &results.manifest;
    let counts = manifest.counts;
    let Some(run) = arguments.run else { return median(results) };
    if run >= counts.planned {
        return Err(format!("there is no run {run}; expected 0 to {}", counts.planned - 1));
    }
    if let Some(failed) = manifest.failures.iter().find(|failed| failed.run == run) {
        let replay = replay_command(&arguments.directory, run);
        return Err(format!(
            "run {run} failed: {}\n  a failed run has no outcome; replay it: {replay}",
            failed.message
        ));
    }
    Ok((run, format!("Run {run} of {} planned, seed {}.", counts.planned, manifest.seed)))
}

/// The median run by the value moved; the one that the report shows where nothing can move.
fn median(results: &Results) -> Result<(u64, String), String> {
    let (runs, seed) = (&results.runs.runs, results.manifest.seed);
    let column = results.runs.column(OUTCOME).unwrap_or_default();
    let mut ranked: Vec<(f64, u64)> =
        column.iter().copied().zip(runs.iter().copied()).filter(|(share, _)| share.is_finite()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    match (ranked.get(ranked.len().saturating_sub(1) / 2), results.manifest.median_run.or(runs.first().copied())) {
        (Some((_, run)), _) => Ok((
            *run,
            format!("Run {run}, seed {seed}: the median one of {} runs by the share of value moved.", ranked.len()),
        )),
        (None, Some(run)) => Ok((run, format!("Run {run}, seed {seed}: the one that the report shows as the median."))),
        (None, None) => Err("no run has finished: there is nothing to explain".to_owned()),
    }
}
