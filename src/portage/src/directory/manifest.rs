//! The manifest of a simulation, and the commands that reproduce it.

use crate::{Outcomes, STDIN, Study};

use portage_pools::Role;
use portage_results::metrics::fixed_assumptions;
use portage_results::records::{Counts, FailedRun, Manifest, Timings};
use portage_scenario::assumptions;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What was run and what came of it in counts; `directory` is where the results stand, for the commands that replay failed runs.
pub(super) fn manifest(outcomes: &Outcomes<'_>, directory: &Path, median_run: Option<u64>) -> Manifest {
    let (study, ensemble) = (outcomes.study, &outcomes.ensemble);
    let (scenario, model) = (&study.scenario, &study.model);
    let resolved = study.resolved();
    let mut listed = assumptions::list(resolved, crate::schema(), &study.document, &scenario.sources);
    listed.extend(fixed_assumptions());
    let seconds = ensemble.elapsed.as_secs_f64();
    let blocks = (ensemble.runs.len() as u64 * model.grid.blocks) as f64;
    let failures = ensemble.failures.iter().map(|failure| FailedRun {
        run: failure.run,
        message: failure.message.clone(),
        replay: replay_command(directory, failure.run),
    });
    Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario_name: study.name.clone(),
        scenario_sha256: hash(resolved),
        assumptions: listed,
        scenario: resolved.clone(),
        scenario_text: study.document.text().to_owned(),
        series_folder: study.folder.display().to_string(),
        set: study.patches.clone(),
        seed: ensemble.plan.seed,
        command: command(study),
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
    }
}

/// SHA-256 of the scenario as resolved, hexadecimal.
pub(super) fn hash(resolved: &serde_json::Value) -> String {
    Sha256::digest(resolved.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The command that reproduces the results.
fn command(study: &Study) -> String {
    let name = if study.name == STDIN { "-".to_owned() } else { shell_word(&study.name) };
    let set = study.patches.iter().map(|patch| format!(" --set {}", shell_word(patch)));
    format!("portage run {name}{}", set.collect::<String>())
}

/// The command that replays one run of the results in `directory`.
///
/// ```
/// let command = portage::replay_command("portage-out/quick start".as_ref(), 17);
/// assert_eq!(command, "portage replay 'portage-out/quick start' --run 17");
/// ```
#[must_use]
pub fn replay_command(directory: &Path, run: u64) -> String {
    format!("portage replay {} --run {run}", shell_word(&directory.display().to_string()))
}

/// A word for the shell: quoted where it holds more than letters, digits and a few harmless signs.
///
/// ```
/// assert_eq!(portage::shell_word("title=\"it's\""), r#"'title="it'\''s"'"#);
/// ```
#[must_use]
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
