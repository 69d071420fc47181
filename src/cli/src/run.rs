//! `portage run`: simulate, measure, write up.

use super::columns::aligned;
use super::loading::load;
use super::progress::Display;
use super::terminal::{Terminal, paragraphs, print};
use super::{FAILED, INTERRUPTED, interrupt};
use clap::Args;
use portage::archive::REPORT;
use portage::report::Page;
use portage::{DEFAULT_SCENARIO, Ensemble, Outcomes, STDIN, Study, open_directory, replay_command};
use std::path::{Path, PathBuf};

/// Failed runs that are named on the terminal; the manifest lists them all.
const FAILURES_NAMED: usize = 5;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The scenario: a file, the name of an embedded scenario, or - for standard input. Default: sushiswap-2020.
    scenario: Option<String>,
    #[command(flatten)]
    options: RunOptions,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(super) struct RunOptions {
    /// Number of runs, instead of the scenario's.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(super) runs: Option<u64>,
    /// Seed of every random stream, instead of the scenario's.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(0..=9_007_199_254_740_991))]
    pub(super) seed: Option<u64>,
    /// Number of threads; results do not depend on it. Default: all cores.
    #[arg(short = 'j', long, value_name = "THREADS", value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub(super) threads: Option<u16>,
    /// Directory for the results. Default: portage-out/SCENARIO, with a number if that exists.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Overwrite results in the directory.
    #[arg(long)]
    pub(super) force: bool,
    /// Patch a value of the scenario, checked like the file; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
}

/// Runs the scenario that is named, or the default one.
pub(super) fn run(arguments: &RunArguments, terminal: Terminal) -> u8 {
    run_scenario(arguments.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO), &arguments.options, terminal)
}

/// Runs a scenario by name.
pub(super) fn run_scenario(name: &str, arguments: &RunOptions, terminal: Terminal) -> u8 {
    if let Some(threads) = arguments.threads {
        limit_threads(threads);
    }
    let mut patches = arguments.set.clone();
    patches.extend(arguments.runs.map(|runs| format!("monte_carlo.runs={runs}")));
    patches.extend(arguments.seed.map(|seed| format!("monte_carlo.seed={seed}")));
    let Some(study) = load(name, &patches, terminal) else { return FAILED };
    let directory = match open_directory(arguments.out.as_deref(), stem(&study.name), arguments.force) {
        Ok(directory) => directory,
        Err(why) => return terminal.fail(&why),
    };
    let plan = &study.scenario.monte_carlo;
    terminal.say(&format!(
        "{}: {} of {} blocks, seed {}, {} threads",
        study.scenario.title,
        runs_text(plan.runs),
        study.model.grid.blocks,
        plan.seed,
        rayon::current_num_threads()
    ));
    let outcomes = simulate_quietly(&study, terminal);
    let ensemble = &outcomes.ensemble;
    if ensemble.runs.is_empty() && ensemble.failures.is_empty() {
        let _kept_unless_empty = std::fs::remove_dir(&directory);
        terminal.complain("interrupted before the first run had finished; nothing was written");
        return INTERRUPTED;
    }
    name_failures(ensemble, &directory, terminal);
    match outcomes.archive(&directory) {
        Ok(page) => conclude(ensemble, &page, &directory, terminal),
        Err(why) => terminal.fail(&why),
    }
}

/// Sets the number of threads of the simulation and of the table library, before either has started any.
pub(super) fn limit_threads(threads: u16) {
    // SAFETY: called from `main` before any other thread exists, so that nobody reads the environment meanwhile.
    unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
    let _the_first_call_counts = pool.build_global();
}

/// Simulates with a progress display; panics inside runs are reported as failed runs, not as backtraces.
pub(super) fn simulate_quietly(study: &Study, terminal: Terminal) -> Outcomes<'_> {
    interrupt::watch();
    let display = Display::new(study.scenario.monte_carlo.runs, terminal);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcomes = study.simulation().progress(&display).finish();
    std::panic::set_hook(hook);
    display.end();
    outcomes
}

pub(super) fn stem(name: &str) -> &str {
    let file = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
    if file == STDIN { "stdin" } else { file }
}

/// A number of runs in words.
pub(super) fn runs_text(runs: u64) -> String {
    if runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") }
}

/// Names the first failed runs with the commands that replay them.
pub(super) fn name_failures(ensemble: &Ensemble, directory: &Path, terminal: Terminal) {
    for failure in ensemble.failures.iter().take(FAILURES_NAMED) {
        let replay = replay_command(directory, failure.run);
        terminal.complain(&format!("run {} failed: {}\n  replay it: {replay}", failure.run, failure.message));
    }
    if ensemble.failures.len() > FAILURES_NAMED {
        terminal.complain(&format!("{} runs failed in all; the manifest lists them", ensemble.failures.len()));
    }
}

/// Says what came of it and where it stands.
fn conclude(ensemble: &Ensemble, page: &Page, directory: &Path, terminal: Terminal) -> u8 {
    let seconds = ensemble.elapsed.as_secs_f64();
    let finished = ensemble.runs.len();
    terminal.say(&format!(
        "{} in {seconds:.1} s ({:.1} a second)",
        runs_text(finished as u64),
        finished as f64 / seconds.max(1e-9)
    ));
    if ensemble.is_partial {
        terminal
            .complain(&format!("interrupted: {finished} of {} runs are kept, marked as partial", ensemble.plan.runs));
    }
    let file = directory.join(REPORT);
    let reading = page.observed.iter().map(|observed| format!("Against what was observed: {}", observed.reading));
    let verdict: Vec<String> = page.verdict.iter().cloned().chain(reading).collect();
    let table = page.observed.as_ref().map(|observed| aligned(&observed.heads, &observed.rows, 2)).unwrap_or_default();
    let printed = print(&format!("{}{table}Report: {}\n", paragraphs(&verdict), file.display()));
    if ensemble.is_partial {
        INTERRUPTED
    } else if ensemble.failures.is_empty() && printed {
        0
    } else {
        FAILED
    }
}
