//! `portage run`: simulate, measure, write up.

use super::columns::aligned;
use super::loading::{Loaded, STDIN, load};
use super::progress::Display;
use super::terminal::{Terminal, paragraphs, print};
use super::{FAILED, INTERRUPTED, embedded, interrupt, report};
use clap::Args;
use portage_archive::{
    Counts, FIGURES, FailedRun, MANIFEST, Manifest, RUNS, Results, RunTable, TIMELINE, TimelineTable, Timings,
    write_atomically,
};
use portage_engine::model::Model;
use portage_engine::run::Engine;
use portage_pools::Role;
use portage_report::Page;
use portage_results::metrics::{fixed_assumptions, position};
use portage_results::montecarlo::{Ensemble, Plan, infection_map, simulate, simulate_one};
use portage_scenario::{Scenario, assumptions, grammar::schema_of};
use sha2::{Digest, Sha256};
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
    run_scenario(arguments.scenario.as_deref().unwrap_or(embedded::DEFAULT), &arguments.options, terminal)
}

/// Runs a scenario by name.
pub(super) fn run_scenario(name: &str, arguments: &RunOptions, terminal: Terminal) -> u8 {
    if let Some(threads) = arguments.threads {
        limit_threads(threads);
    }
    let mut patches = arguments.set.clone();
    patches.extend(arguments.runs.map(|runs| format!("monte_carlo.runs={runs}")));
    patches.extend(arguments.seed.map(|seed| format!("monte_carlo.seed={seed}")));
    let Some(loaded) = load(name, &patches, terminal) else { return FAILED };
    let directory = match open_directory(arguments, stem(&loaded.name), MANIFEST) {
        Ok(directory) => directory,
        Err(why) => {
            terminal.complain(&why);
            return FAILED;
        }
    };
    let plan = Plan { seed: loaded.scenario.monte_carlo.seed, runs: loaded.scenario.monte_carlo.runs };
    terminal.say(&format!(
        "{}: {} of {} blocks, seed {}, {} threads",
        loaded.scenario.title,
        runs_text(plan.runs),
        loaded.model.grid.blocks,
        plan.seed,
        rayon::current_num_threads()
    ));
    let ensemble = simulate_quietly(&loaded.model, plan, terminal);
    if ensemble.runs.is_empty() && ensemble.failures.is_empty() {
        let _kept_unless_empty = std::fs::remove_dir(&directory);
        terminal.complain("interrupted before the first run had finished; nothing was written");
        return INTERRUPTED;
    }
    name_failures(&ensemble, &directory, terminal);
    match write(&loaded, &patches, &ensemble, &directory) {
        Ok(page) => conclude(&ensemble, &page, &directory, terminal),
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
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
pub(super) fn simulate_quietly(model: &Model, plan: Plan, terminal: Terminal) -> Ensemble {
    interrupt::watch();
    let display = Display::new(plan.runs, terminal);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let ensemble = simulate(model, plan, &display);
    std::panic::set_hook(hook);
    display.end();
    ensemble
}

/// Chooses the directory, makes it, and makes sure that it can be written to, before anything is simulated. A directory that
/// holds `marker` holds earlier results.
pub(super) fn open_directory(arguments: &RunOptions, stem: &str, marker: &str) -> Result<PathBuf, String> {
    let directory = match &arguments.out {
        Some(out) => {
            if out.join(marker).exists() && !arguments.force {
                return Err(format!(
                    "{} holds earlier results; add --force to overwrite them, or choose another --out",
                    out.display()
                ));
            }
            out.clone()
        }
        None => free_directory(Path::new("portage-out"), stem, marker, arguments.force),
    };
    let named = |why: std::io::Error| format!("cannot write to the directory {}: {why}", directory.display());
    let existed = directory.exists();
    std::fs::create_dir_all(&directory).map_err(named)?;
    if arguments.force && marker == MANIFEST {
        remove_stale(&directory).map_err(named)?;
    }
    if let Err(why) = tempfile::tempfile_in(&directory) {
        if !existed {
            let _it_was_empty = std::fs::remove_dir(&directory);
        }
        return Err(named(why));
    }
    Ok(directory)
}

/// Removes figures, traces and snapshots of earlier results, which the new ones would not overwrite.
pub(super) fn remove_stale(directory: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let (is_folder, is_file) = (entry.file_type()?.is_dir(), entry.file_type()?.is_file());
        if !directory.join(MANIFEST).is_file() {
            continue;
        }
        if is_folder && (name == FIGURES || name.starts_with("replay-")) {
            std::fs::remove_dir_all(entry.path())?;
        } else if is_file && super::snapshot::is_named(&name) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn stem(name: &str) -> &str {
    let file = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
    if file == STDIN { "stdin" } else { file }
}

/// `parent/name`, or the first of `parent/name-2`, `parent/name-3` ... that holds no results yet.
fn free_directory(parent: &Path, name: &str, marker: &str, is_forced: bool) -> PathBuf {
    let first = parent.join(name);
    if is_forced || !first.join(marker).exists() {
        return first;
    }
    let mut number = 2_u32;
    loop {
        let next = parent.join(format!("{name}-{number}"));
        if !next.join(marker).exists() {
            return next;
        }
        number += 1;
    }
}

/// Writes tables, manifest and report. The manifest comes before the report, so that `portage report` can mend the rest.
pub(super) fn write(
    loaded: &Loaded,
    patches: &[String],
    ensemble: &Ensemble,
    directory: &Path,
) -> Result<Page, String> {
    let median = median_run(ensemble);
    let path = median.map(|run| {
        let mut engine = Engine::new(&loaded.model);
        let (_, timeline) = simulate_one(&loaded.model, None, &mut engine, (ensemble.plan.seed, run));
        (run, timeline)
    });
    let timeline = TimelineTable::of(ensemble, path.as_ref().map(|(run, timeline)| (*run, timeline.as_slice())));
    let runs = RunTable::of(ensemble);
    let mut manifest = manifest(loaded, patches, ensemble, directory, median)?;
    manifest.infections =
        median.and_then(|run| infection_map(&loaded.model, &mut Engine::new(&loaded.model), (ensemble.plan.seed, run)));
    runs.write(&directory.join(RUNS))?;
    timeline.write(&directory.join(TIMELINE))?;
    let text = serde_json::to_string_pretty(&manifest).map_err(|why| format!("cannot write the manifest: {why}"))?;
    write_atomically(&directory.join(MANIFEST), (text + "\n").as_bytes())?;
    report::write(&Results { manifest, runs, timeline }, directory)
}

/// The run in the middle: by mean share of liquidity in the new version, or by price where nothing moves; ties by index.
fn median_run(ensemble: &Ensemble) -> Option<u64> {
    let moved = position("new_liquidity_share_mean").map(|index| ensemble.column(index)).unwrap_or_default();
    let by_price = || position("price_return").map(|index| ensemble.column(index)).unwrap_or_default();
    let varies = moved.iter().any(|share| *share > 0.0);
    let mut ranked: Vec<(f64, u64)> =
        if varies { moved } else { by_price() }.into_iter().zip(ensemble.runs.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.get(ranked.len().saturating_sub(1) / 2).map(|(_, run)| *run)
}

fn manifest(
    loaded: &Loaded,
    patches: &[String],
    ensemble: &Ensemble,
    directory: &Path,
    median_run: Option<u64>,
) -> Result<Manifest, String> {
    let (scenario, model) = (&loaded.scenario, &loaded.model);
    let resolved = serde_json::to_value(scenario).map_err(|why| format!("cannot write the scenario: {why}"))?;
    let mut listed = assumptions::list(&resolved, &schema_of::<Scenario>(), &loaded.document, &scenario.sources);
    listed.extend(fixed_assumptions());
    let seconds = ensemble.elapsed.as_secs_f64();
    let blocks = (ensemble.runs.len() as u64 * model.grid.blocks) as f64;
    let failures = ensemble.failures.iter().map(|failure| FailedRun {
        run: failure.run,
        message: failure.message.clone(),
        replay: replay_command(directory, failure.run),
    });
    Ok(Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario_name: loaded.name.clone(),
        scenario_sha256: hash(&resolved),
        assumptions: listed,
        scenario: resolved,
        scenario_text: loaded.document.text().to_owned(),
        series_folder: loaded.folder.display().to_string(),
        set: patches.to_vec(),
        seed: ensemble.plan.seed,
        command: command(loaded, patches),
        counts: Counts {
            planned: ensemble.plan.runs,
            finished: ensemble.runs.len() as u64,
            failed: ensemble.failures.len() as u64,
            is_partial: ensemble.is_partial,
        },
        median_run,
        infections: None,
        failures: failures.collect(),
        old_pool: model.names_of(Role::Old),
        new_pool: model.names_of(Role::New),
        start: scenario.start,
        blocks: model.grid.blocks,
        block_seconds: model.block_seconds(),
        timings: Timings {
            simulation_seconds: seconds,
            threads: rayon::current_num_threads(),
            blocks_per_second: blocks / seconds.max(1e-9),
        },
    })
}

/// SHA-256 of the scenario as resolved, hexadecimal.
pub(super) fn hash(resolved: &serde_json::Value) -> String {
    Sha256::digest(resolved.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The command that reproduces the results.
fn command(loaded: &Loaded, patches: &[String]) -> String {
    let name = if loaded.name == STDIN { "-".to_owned() } else { quoted(&loaded.name) };
    let set = patches.iter().map(|patch| format!(" --set {}", quoted(patch)));
    format!("portage run {name}{}", set.collect::<String>())
}

/// The command that replays one run.
pub(super) fn replay_command(directory: &Path, run: u64) -> String {
    format!("portage replay {} --run {run}", quoted(&directory.display().to_string()))
}

/// A word for the shell: quoted where it holds more than letters, digits and a few harmless signs.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
    let file = directory.join(portage_archive::REPORT);
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
