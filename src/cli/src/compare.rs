//! `portage compare`: several arms on the same random numbers, one page that sets them side by side.

use super::columns::aligned;
use super::loading::{check, open};
use super::run::{RunOptions, limit_threads, name_failures, runs_text, simulate_quietly, stem};
use super::terminal::{Terminal, paragraphs, print};
use super::variant::{Variant, labels_of, read_variant};
use super::{FAILED, INTERRUPTED, interrupt};
use clap::Args;
use portage::archive::COMPARISON_PAGE;
use portage::report::ComparisonPage;
use portage::{Draft, Error, SideBySide, Study, clear_arm, open_comparison, shell_word};
use std::path::{Path, PathBuf};

/// Fewest and most arms: one has nothing beside it, and more than eight columns nobody reads.
const ARMS: std::ops::RangeInclusive<usize> = 2..=8;

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// The scenarios: files, names of embedded scenarios, or - for standard input; the first one is the baseline.
    #[arg(required = true)]
    scenarios: Vec<String>,
    /// One more arm: the first scenario with these values set; may be repeated. Commas inside brackets or quotes belong to a
    /// value.
    #[arg(long, value_name = "LABEL:PATH=VALUE[,PATH=VALUE...]", value_parser = read_variant)]
    variant: Vec<Variant>,
    #[command(flatten)]
    options: RunOptions,
}

/// An arm that has passed every check.
struct Checked {
    label: String,
    study: Study,
}

/// Compares the arms that are named.
pub(super) fn compare(arguments: &CompareArguments, terminal: Terminal) -> u8 {
    if let Some(threads) = arguments.options.threads {
        limit_threads(threads);
    }
    let Some(arms) = check_all(arguments, terminal) else { return FAILED };
    let directory = match open_for(&arms, &arguments.options) {
        Ok(directory) => directory,
        Err(why) => return terminal.fail(&why),
    };
    let mut finished = SideBySide::new(&directory);
    let mut has_failures = false;
    for (number, arm) in (1..).zip(&arms) {
        let runs = arm.study.scenario.monte_carlo.runs;
        terminal.say(&format!("arm {number} of {}, {}: {}", arms.len(), arm.label, runs_text(runs)));
        let outcomes = simulate_quietly(&arm.study, terminal);
        let ensemble = &outcomes.ensemble;
        if ensemble.runs.is_empty() && ensemble.failures.is_empty() {
            break;
        }
        has_failures |= !ensemble.failures.is_empty();
        name_failures(ensemble, &directory.join(&arm.label), terminal);
        if let Err(why) = finished.add(&arm.label, &outcomes) {
            terminal.complain(&format!("{}: {why}", arm.label));
            return FAILED;
        }
        if interrupt::is_asked() {
            break;
        }
    }
    let is_cut = interrupt::is_asked();
    if is_cut {
        let (kept, all) = (finished.count(), arms.len());
        terminal
            .complain(&format!("interrupted: what had finished of {kept} of {all} arms is kept, marked as partial"));
        if !ARMS.contains(&kept) {
            let _kept_unless_empty = std::fs::remove_dir(&directory);
            return INTERRUPTED;
        }
    }
    match set_side_by_side(finished, &command(arguments, &arms), &directory, terminal) {
        Ok(is_printed) if is_printed && !has_failures && !is_cut => 0,
        Ok(_) if is_cut => INTERRUPTED,
        Ok(_) => FAILED,
        Err(why) => terminal.fail(&why),
    }
}

/// Opens the directory of the comparison, with no earlier results in the folders of its arms.
fn open_for(arms: &[Checked], options: &RunOptions) -> Result<PathBuf, Error> {
    let stem = format!("{}-compared", arms[0].label);
    let directory = open_comparison(options.out.as_deref(), &stem, options.force)?;
    arms.iter().try_for_each(|arm| clear_arm(&directory.join(&arm.label), options.force))?;
    Ok(directory)
}

/// Reads and checks every arm before any is run; says every broken rule of every arm.
fn check_all(arguments: &CompareArguments, terminal: Terminal) -> Option<Vec<Checked>> {
    let count = arguments.scenarios.len() + arguments.variant.len();
    if !ARMS.contains(&count) {
        let (least, most) = (ARMS.start(), ARMS.end());
        terminal.complain(&format!(
            "{count} {}; expected {least} to {most}: further scenarios, or --variant LABEL:path=value",
            if count == 1 { "arm leaves nothing to compare" } else { "arms" }
        ));
        return None;
    }
    if arguments.scenarios.iter().filter(|name| *name == "-").count() > 1 {
        terminal.complain("standard input can be read once; a second arm of it is a --variant");
        return None;
    }
    let variants: Vec<&str> = arguments.variant.iter().map(|variant| variant.label.as_str()).collect();
    if let Some((label, _)) = variants.iter().zip(1..).find(|(label, next)| variants[*next..].contains(label)) {
        terminal.complain(&format!("two variants are called `{label}`; their folders need names of their own"));
        return None;
    }
    let labels =
        labels_of(arguments.scenarios.iter().map(|name| stem(if name == "-" { "stdin" } else { name })), &variants);
    let drafts: Vec<Option<Draft>> = arguments.scenarios.iter().map(|name| open(name, terminal)).collect();
    let baseline = drafts.first()?.as_ref();
    let named = labels.iter().map(String::as_str).zip(drafts.iter().map(Option::as_ref)).map(|arm| (arm, &[][..]));
    let varied = arguments.variant.iter().map(|variant| ((variant.label.as_str(), baseline), &variant.patches[..]));
    let mut checked: Vec<Option<Checked>> = Vec::new();
    let mut plan = plan_patches(arguments, None);
    for ((label, draft), own) in named.chain(varied) {
        let patches: Vec<String> = arguments.options.set.iter().chain(own).chain(&plan).cloned().collect();
        let study = draft.and_then(|draft| check(draft, &patches, terminal));
        if study.is_none() {
            terminal.complain(&format!("the arm {label} is refused; no arm was run"));
        } else if checked.is_empty() {
            plan = plan_patches(arguments, study.as_ref());
        }
        checked.push(study.map(|study| Checked { label: label.to_owned(), study }));
    }
    // The baseline itself is patched with its own plan, so that its command says how many runs there were.
    if let (Some(Some(first)), Some(draft)) = (checked.first_mut(), baseline) {
        let patches: Vec<String> = arguments.options.set.iter().chain(&plan).cloned().collect();
        first.study = check(draft, &patches, terminal)?;
    }
    checked.into_iter().collect()
}

/// Runs and seed for every arm: as asked for, or those of the baseline.
fn plan_patches(arguments: &CompareArguments, baseline: Option<&Study>) -> Vec<String> {
    let own = baseline.map(|study| &study.scenario.monte_carlo);
    let runs = arguments.options.runs.or(own.map(|plan| plan.runs));
    let seed = arguments.options.seed.or(own.map(|plan| plan.seed));
    let runs = runs.map(|runs| format!("monte_carlo.runs={runs}"));
    runs.into_iter().chain(seed.map(|seed| format!("monte_carlo.seed={seed}"))).collect()
}

/// The command that reproduces the comparison.
fn command(arguments: &CompareArguments, arms: &[Checked]) -> String {
    let mut words: Vec<String> = vec!["portage".to_owned(), "compare".to_owned()];
    words.extend(arguments.scenarios.iter().map(|name| shell_word(name)));
    for variant in &arguments.variant {
        words.push("--variant".to_owned());
        words.push(shell_word(&format!("{}:{}", variant.label, variant.patches.join(","))));
    }
    for patch in &arguments.options.set {
        words.extend(["--set".to_owned(), shell_word(patch)]);
    }
    if let Some(plan) = arms.first().map(|arm| &arm.study.scenario.monte_carlo) {
        words.push(format!("--runs {} --seed {}", plan.runs, plan.seed));
    }
    words.join(" ")
}

/// Compares the arms, writes page, estimates and pairs, and prints the verdict.
fn set_side_by_side(arms: SideBySide, command: &str, directory: &Path, terminal: Terminal) -> Result<bool, Error> {
    let (page, unpaired) = arms.finish(command)?;
    for arm in unpaired {
        terminal.say(&format!(
            "warning: {} is not paired with {} on the same market: {}",
            arm.label,
            arm.baseline,
            arm.reasons.join("; ")
        ));
    }
    Ok(print(&said(&page, directory)))
}

fn said(page: &ComparisonPage, directory: &Path) -> String {
    let table = aligned(&page.heads, &page.rows, 1);
    let note = "  * differs from the first arm beyond noise; ** with all intervals of the page held together\n";
    let shown = directory.join(COMPARISON_PAGE);
    format!("{}\n{table}{note}Comparison: {}\n", paragraphs(&page.verdict), shown.display())
}
