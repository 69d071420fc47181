//! The page of a comparison, filled from the template in assets/.

use super::Compared;
use super::cells::{Topic, topics};
use super::rows::Table;
use super::verdict::TIMES_TOLD;
use crate::figures::Figure;
use crate::findings::Finding;
use crate::page::{Drawn, STYLE, drawn};
use crate::wording::{days, whole};
use minijinja::Environment;
use minijinja::value::Serde;
use portage_base::units::SECONDS_PER_DAY;
use serde::Serialize;

const TEMPLATE: &str = include_str!("../assets/comparison.html.jinja");

/// Runs that are left out and named; the JSON lists them all.
const LEFT_OUT_NAMED: usize = 12;

/// Everything that the template can speak of.
#[derive(Serialize)]
struct Contents<'c> {
    style: &'c str,
    arms: Vec<ArmFacts>,
    baseline: &'c str,
    runs: String,
    seed: String,
    findings: &'c [Finding],
    topics: Vec<Topic>,
    zero: String,
    pairing: Vec<Gain>,
    figures: Vec<Drawn<'c>>,
    left_out: Vec<String>,
    left_out_count: usize,
    command: &'c str,
    version: &'static str,
}

/// An arm at the head of the page.
#[derive(Serialize)]
struct ArmFacts {
    label: String,
    title: String,
    set: String,
    window: String,
    runs: String,
    failed: u64,
    is_partial: bool,
    ground: String,
    is_paired: bool,
    folder: String,
    hash: String,
}

/// What pairing bought in one row.
#[derive(Serialize)]
struct Gain {
    title: String,
    cells: Vec<String>,
}

/// The page.
///
/// # Errors
/// What the template could not say.
pub(super) fn html(
    compared: &Compared<'_>,
    table: &Table,
    figures: &[Figure],
    findings: &[Finding],
) -> Result<String, String> {
    let mut environment = Environment::new();
    // The name ends in .html: everything is escaped but what is marked as safe.
    environment.add_template("comparison.html", TEMPLATE).map_err(|why| format!("the template is wrong: {why:#}"))?;
    let template = environment.get_template("comparison.html").map_err(|why| why.to_string())?;
    let comparison = compared.comparison;
    let named = comparison.left_out.iter().take(LEFT_OUT_NAMED);
    let contents = Contents {
        style: STYLE,
        arms: arms(compared),
        baseline: compared.label(0),
        runs: whole(comparison.runs.len() as u64),
        seed: compared.results.first().map_or_else(String::new, |results| results.manifest.seed.to_string()),
        findings,
        topics: topics(compared, table),
        zero: table.zero.join("; "),
        pairing: gains(compared, table),
        figures: drawn(figures),
        left_out: named.map(|left| format!("run {} (not in {})", left.run, left.arms.join(", "))).collect(),
        left_out_count: comparison.left_out.len(),
        command: compared.command,
        version: env!("CARGO_PKG_VERSION"),
    };
    template.render(Serde(&contents)).map_err(|why| format!("the page could not be filled: {why:#}"))
}

fn arms(compared: &Compared<'_>) -> Vec<ArmFacts> {
    let arms = compared.results.iter().zip(compared.folders).enumerate();
    arms.map(|(index, (results, folder))| {
        let manifest = &results.manifest;
        let title = manifest.scenario.get("title").and_then(serde_json::Value::as_str);
        let length = manifest.blocks as f64 * manifest.block_seconds / SECONDS_PER_DAY;
        let is_plan = |patch: &&String| !patch.starts_with("monte_carlo.");
        ArmFacts {
            label: compared.label(index).to_owned(),
            title: title.unwrap_or(&manifest.scenario_name).to_owned(),
            set: manifest.set.iter().filter(is_plan).cloned().collect::<Vec<String>>().join(", "),
            window: format!("{} from {}", days(length), manifest.start),
            runs: whole(manifest.counts.finished),
            failed: manifest.counts.failed,
            is_partial: manifest.counts.is_partial,
            ground: compared.ground_text(index),
            is_paired: compared.comparison.ground(0, index).is_paired(),
            folder: folder.clone(),
            hash: manifest.scenario_sha256.chars().take(12).collect(),
        }
    })
    .collect()
}

/// Correlation of the pairs and what it saves, for rows of means.
fn gains(compared: &Compared<'_>, table: &Table) -> Vec<Gain> {
    let arms = 1..compared.comparison.arms.len();
    let of_row = |row: &super::rows::Row| {
        let cell = |arm: usize| {
            let difference = row.against_baseline(arm)?;
            let (correlation, times) = (difference.correlation?, difference.variance_reduction?);
            let times = match times {
                ..10.0 => format!("{times:.1}"),
                ..TIMES_TOLD => format!("{times:.0}"),
                _ => format!("> {}", whole(TIMES_TOLD as u64)),
            };
            Some(format!("{correlation:.2}, {times}\u{d7}").replace('-', "\u{2212}"))
        };
        let cells: Vec<Option<String>> = arms.clone().map(cell).collect();
        let is_told = cells.iter().any(Option::is_some);
        let cells = cells.into_iter().map(|cell| cell.unwrap_or_else(|| "\u{2013}".to_owned())).collect();
        is_told.then(|| Gain { title: row.title.clone(), cells })
    };
    table.rows.iter().filter_map(of_row).collect()
}
