//! `portage compare`: several arms on the same random numbers, one page that sets them side by side.

use super::columns::aligned;
use super::loading::{Loaded, Text, check, text};
use super::run::{
    RunOptions, limit_threads, name_failures, open_directory, quoted, remove_stale, runs_text, simulate_quietly, stem,
    write,
};
use super::terminal::{Terminal, paragraphs, print};
use super::variant::{Variant, labels_of, read_variant};
use super::{FAILED, INTERRUPTED, interrupt};
use clap::Args;
use portage_archive::{COMPARISON, COMPARISON_PAGE, MANIFEST, PAIRS, Results, write_atomically, write_pairs};
use portage_report::{Compared, ComparisonPage, write_comparison};
use portage_results::experiment::{Arm, Comparison, Ground};
use portage_results::montecarlo::{Ensemble, Plan};
use std::path::Path;

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
    patches: Vec<String>,
    loaded: Loaded,
}

/// Compares the arms that are named.
pub(super) fn compare(arguments: &CompareArguments, terminal: Terminal) -> u8 {
    if let Some(threads) = arguments.options.threads {
        limit_threads(threads);
    }
    let Some(arms) = check_all(arguments, terminal) else { return FAILED };
    let opened = open_directory(&arguments.options, &format!("{}-compared", arms[0].label), COMPARISON);
    let directory =
        match opened.and_then(|directory| clear(&directory, &arms, arguments.options.force).map(|()| directory)) {
            Ok(directory) => directory,
            Err(why) => {
                terminal.complain(&why);
                return FAILED;
            }
        };
    let mut finished: Vec<(Arm, Results, String)> = Vec::new();
    let mut has_failures = false;
    for (number, arm) in (1..).zip(&arms) {
        terminal.say(&format!("arm {number} of {}, {}: {}", arms.len(), arm.label, runs_text(arm.plan().runs)));
        let ensemble = simulate_quietly(&arm.loaded.model, arm.plan(), terminal);
        if ensemble.runs.is_empty() && ensemble.failures.is_empty() {
            break;
        }
        has_failures |= !ensemble.failures.is_empty();
        match arm.keep(&ensemble, &directory.join(&arm.label), terminal) {
            Ok((outcomes, results)) => finished.push((outcomes, results, arm.label.clone())),
            Err(why) => {
                terminal.complain(&format!("{}: {why}", arm.label));
                return FAILED;
            }
        }
        if interrupt::is_asked() {
            break;
        }
    }
    let is_cut = interrupt::is_asked();
    if is_cut {
        let (kept, all) = (finished.len(), arms.len());
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
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
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
    let texts: Vec<Option<Text>> = arguments.scenarios.iter().map(|name| text(name, terminal)).collect();
    let baseline = texts.first()?.as_ref();
    let named = labels.iter().map(String::as_str).zip(texts.iter().map(Option::as_ref)).map(|arm| (arm, &[][..]));
    let varied = arguments.variant.iter().map(|variant| ((variant.label.as_str(), baseline), &variant.patches[..]));
    let mut checked: Vec<Option<Checked>> = Vec::new();
    let mut plan = plan_patches(arguments, None);
    for ((label, text), own) in named.chain(varied) {
        let patches: Vec<String> = arguments.options.set.iter().chain(own).chain(&plan).cloned().collect();
        let loaded = text.and_then(|text| check(text, &patches, terminal));
        if loaded.is_none() {
            terminal.complain(&format!("the arm {label} is refused; no arm was run"));
        } else if checked.is_empty() {
            plan = plan_patches(arguments, loaded.as_ref());
        }
        checked.push(loaded.map(|loaded| Checked { label: label.to_owned(), patches, loaded }));
    }
    // The baseline itself is patched with its own plan, so that its command says how many runs there were.
    if let (Some(Some(first)), Some(text)) = (checked.first_mut(), baseline) {
        first.patches = arguments.options.set.iter().chain(&plan).cloned().collect();
        first.loaded = check(text, &first.patches, terminal)?;
    }
    checked.into_iter().collect()
}

/// Runs and seed for every arm: as asked for, or those of the baseline.
fn plan_patches(arguments: &CompareArguments, baseline: Option<&Loaded>) -> Vec<String> {
    let own = baseline.map(|loaded| &loaded.scenario.monte_carlo);
    let runs = arguments.options.runs.or(own.map(|plan| plan.runs));
    let seed = arguments.options.seed.or(own.map(|plan| plan.seed));
    let runs = runs.map(|runs| format!("monte_carlo.runs={runs}"));
    runs.into_iter().chain(seed.map(|seed| format!("monte_carlo.seed={seed}"))).collect()
}

/// Removes what earlier arms of the same names left, or refuses to write over it.
fn clear(directory: &Path, arms: &[Checked], is_forced: bool) -> Result<(), String> {
    for arm in arms {
        let folder = directory.join(&arm.label);
        if folder.join(MANIFEST).exists() && !is_forced {
            let shown = folder.display();
            return Err(format!(
                "{shown} holds earlier results; add --force to overwrite them, or choose another --out"
            ));
        }
        if folder.is_dir() {
            remove_stale(&folder).map_err(|why| format!("cannot write to {}: {why}", folder.display()))?;
        }
    }
    Ok(())
}

impl Checked {
    fn plan(&self) -> Plan {
        let plan = &self.loaded.scenario.monte_carlo;
        Plan { seed: plan.seed, runs: plan.runs }
    }

    /// Writes the arm's own results as `portage run` does, and keeps what the comparison needs.
    fn keep(&self, ensemble: &Ensemble, folder: &Path, terminal: Terminal) -> Result<(Arm, Results), String> {
        std::fs::create_dir_all(folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
        name_failures(ensemble, folder, terminal);
        let _page = write(&self.loaded, &self.patches, ensemble, folder)?;
        let results = Results::read(folder)?;
        let model = &self.loaded.model;
        let name = |token: portage_base::ledger::Token| model.tokens.get(token.index()).cloned().unwrap_or_default();
        let pair = model.pairs.first().map(|(base, quote)| (name(*base), name(*quote))).unwrap_or_default();
        Ok((Arm::of(self.label.clone(), results.manifest.scenario.clone(), pair, ensemble), results))
    }
}

/// The command that reproduces the comparison.
fn command(arguments: &CompareArguments, arms: &[Checked]) -> String {
    let mut words: Vec<String> = vec!["portage".to_owned(), "compare".to_owned()];
    words.extend(arguments.scenarios.iter().map(|name| quoted(name)));
    for variant in &arguments.variant {
        words.push("--variant".to_owned());
        words.push(quoted(&format!("{}:{}", variant.label, variant.patches.join(","))));
    }
    for patch in &arguments.options.set {
        words.extend(["--set".to_owned(), quoted(patch)]);
    }
    if let Some(plan) = arms.first().map(Checked::plan) {
        words.push(format!("--runs {} --seed {}", plan.runs, plan.seed));
    }
    words.join(" ")
}

/// Compares the arms, writes page, estimates and pairs, and prints the verdict.
fn set_side_by_side(
    finished: Vec<(Arm, Results, String)>,
    command: &str,
    directory: &Path,
    terminal: Terminal,
) -> Result<bool, String> {
    let (mut arms, mut results, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for (arm, own, folder) in finished {
        arms.push(arm);
        results.push(own);
        folders.push(folder);
    }
    let seed = results.first().map_or(0, |results| results.manifest.seed);
    let comparison = Comparison::of(arms, seed);
    for (index, arm) in comparison.arms.iter().enumerate() {
        if let Ground::Apart(reasons) = comparison.ground(0, index) {
            terminal.say(&format!(
                "warning: {} is not paired with {} on the same market: {}",
                arm.label,
                comparison.arms[0].label,
                reasons.join("; ")
            ));
        }
    }
    let compared = Compared { comparison: &comparison, results: &results, folders: &folders, command };
    let page = write_comparison(&compared)?;
    let tables: Vec<_> = folders.iter().map(String::as_str).zip(results.iter().map(|own| &own.runs)).collect();
    write_pairs(&directory.join(PAIRS), &tables, &comparison.runs)?;
    let summary =
        serde_json::to_string_pretty(&page.summary).map_err(|why| format!("cannot write the comparison: {why}"))?;
    write_atomically(&directory.join(COMPARISON), (summary + "\n").as_bytes())?;
    write_atomically(&directory.join(COMPARISON_PAGE), page.html.as_bytes())?;
    Ok(print(&said(&page, directory)))
}

fn said(page: &ComparisonPage, directory: &Path) -> String {
    let table = aligned(&page.heads, &page.rows, 1);
    let note = "  * differs from the first arm beyond noise; ** with all intervals of the page held together\n";
    let shown = directory.join(COMPARISON_PAGE);
    format!("{}\n{table}{note}Comparison: {}\n", paragraphs(&page.verdict), shown.display())
}
