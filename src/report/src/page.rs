//! The page: one self-contained HTML file, filled from the template in assets/.

use super::evidence::Evidence;
use super::figures::{Figure, Ink};
use super::findings::Finding;
use super::loss::Loss;
use super::observed::Comparison;
use super::wording::{Measure, days, whole};
use super::{assumed, tables};
use minijinja::Environment;
use minijinja::value::Serde;
use portage_results::records::Manifest;
use serde::Serialize;

const TEMPLATE: &str = include_str!("assets/report.html.jinja");
/// The style of every page.
pub(super) const STYLE: &str = include_str!("assets/report.css");

/// Everything that the template can speak of.
#[derive(Serialize)]
struct Contents<'c> {
    style: &'c str,
    title: &'c str,
    question: &'c str,
    headline: &'c str,
    facts: Vec<Fact>,
    begun: u64,
    findings: &'c [Finding],
    figures: Vec<Drawn<'c>>,
    observed: Option<Observed>,
    tables: Vec<tables::Table>,
    metrics: tables::Table,
    assumptions: Vec<assumed::Part>,
    manifest: &'c Manifest,
    seed: String,
    timing: String,
}

/// What is said in words.
pub(super) struct Said<'s> {
    /// The findings.
    pub(super) findings: &'s [Finding],
    /// The answer in one sentence.
    pub(super) headline: &'s str,
    /// Observed values beside the band of the simulation.
    pub(super) comparison: Option<&'s Comparison>,
}

/// Observed values as the template needs them.
#[derive(Serialize)]
struct Observed {
    reading: String,
    table: tables::Table,
    sources: Vec<String>,
}

/// A figure as the template needs it.
#[derive(Serialize)]
pub(super) struct Drawn<'f> {
    number: usize,
    heading: &'f str,
    reading: &'f str,
    note: &'f str,
    panels: Vec<String>,
}

/// Name and value of a fact about the run.
#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

/// The page.
///
/// # Errors
/// What the template could not say.
pub(super) fn html(
    evidence: &Evidence<'_>,
    figures: &[Figure],
    losses: &[Loss],
    said: &Said<'_>,
) -> Result<String, String> {
    let manifest = &evidence.results.manifest;
    let mut environment = Environment::new();
    // The name ends in .html: everything is escaped but what is marked as safe.
    environment.add_template("report.html", TEMPLATE).map_err(|why| format!("the template is wrong: {why:#}"))?;
    let template = environment.get_template("report.html").map_err(|why| why.to_string())?;
    let text = |key: &str| manifest.scenario.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let title = Some(text("title")).filter(|title| !title.is_empty()).unwrap_or(&manifest.scenario_name);
    let contents = Contents {
        style: STYLE,
        title,
        question: text("question"),
        headline: said.headline,
        facts: facts(evidence),
        begun: manifest.counts.finished + manifest.counts.failed,
        findings: said.findings,
        figures: drawn(figures),
        observed: said.comparison.map(|comparison| Observed {
            reading: comparison.reading(),
            table: comparison.table(),
            sources: comparison.sources(),
        }),
        tables: tables::tables(evidence, losses),
        metrics: tables::metrics(evidence),
        assumptions: assumed::parts(manifest),
        manifest,
        seed: manifest.seed.to_string(),
        timing: timing(evidence),
    };
    template.render(Serde(&contents)).map_err(|why| format!("the page could not be filled: {why:#}"))
}

/// The figures, numbered and in the inks of the page.
pub(super) fn drawn(figures: &[Figure]) -> Vec<Drawn<'_>> {
    figures
        .iter()
        .zip(1..)
        .map(|(figure, number)| Drawn {
            number,
            heading: figure.heading,
            reading: &figure.reading,
            note: &figure.note,
            panels: figure.panels.iter().map(|panel| recoloured(&panel.svg)).collect(),
        })
        .collect()
}

/// A drawing whose literal colours are CSS variables, so that the page can be dark.
fn recoloured(svg: &str) -> String {
    let coloured =
        Ink::ALL.iter().fold(svg.to_owned(), |svg, ink| svg.replace(&ink.hex(), &format!("var({})", ink.variable())));
    // Inline, an SVG needs no namespace; the page then names no address at all.
    coloured.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "")
}

fn facts(evidence: &Evidence<'_>) -> Vec<Fact> {
    let manifest = &evidence.results.manifest;
    let pools = if evidence.scope.has_two_pools {
        format!("{} \u{2192} {}", manifest.old_pool, manifest.new_pool)
    } else {
        manifest.old_pool.clone()
    };
    let rivals = evidence.rivals_text();
    let pools = if rivals.is_empty() { pools } else { format!("{pools}; rival: {rivals}") };
    let window = days(evidence.window_days());
    let block = manifest.block_seconds;
    vec![
        Fact { name: "Pools", value: pools },
        Fact { name: "Window", value: format!("{window} from {}", manifest.start) },
        Fact { name: "Blocks", value: format!("{} of {block} s", whole(manifest.blocks)) },
        Fact { name: "Runs", value: whole(manifest.counts.finished) },
        Fact { name: "Seed", value: manifest.seed.to_string() },
        Fact { name: "Portage", value: manifest.version.clone() },
    ]
}

fn timing(evidence: &Evidence<'_>) -> String {
    let timings = evidence.results.manifest.timings;
    let threads = if timings.threads == 1 { "one thread".to_owned() } else { format!("{} threads", timings.threads) };
    format!(
        "{:.1} s on {threads}, {} million blocks per second",
        timings.simulation_seconds,
        Measure::Plain.scale(timings.blocks_per_second / 1e6).number(timings.blocks_per_second / 1e6)
    )
}
