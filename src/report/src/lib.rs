//! The report: the verdict in sentences, figures, tables and every assumption, as one self-contained page.
//!
//! Parts that a scenario leaves out are left out here too: no table, figure or sentence speaks of them.

mod assumed;
mod balance;
mod comparison;
mod domain;
mod error;
mod evidence;
mod explanation;
mod figures;
mod findings;
mod loss;
mod observed;
mod page;
mod plan;
mod programmes;
mod summary;
mod tables;
mod wording;

pub use comparison::{Compared, ComparisonPage, write_comparison};
pub use error::Error;
pub use explanation::{Narrative, Paragraph, explain};
use portage_results::records::Results;

use evidence::Evidence;
use observed::Comparison;

/// The finished report.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// One self-contained HTML file.
    pub html: String,
    /// The figures as files: name and SVG.
    pub figures: Vec<(String, String)>,
    /// Every estimate, for machines.
    pub summary: serde_json::Value,
    /// The verdict in plain sentences, for the terminal.
    pub verdict: Vec<String>,
    /// Observed values beside the band of the simulation, for the terminal; none where the scenario has none.
    pub observed: Option<ObservedTable>,
}

/// Observed values beside the band of the simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedTable {
    /// How many of how many lie inside.
    pub reading: String,
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// One row a value.
    pub rows: Vec<Vec<String>>,
}

/// Writes the report of `results`.
///
/// # Errors
/// If there is no finished run, or a figure or the page could not be made.
pub fn write_page(results: &Results) -> Result<Page, Error> {
    if results.runs.is_empty() {
        return Err(Error::NoRuns);
    }
    let evidence = Evidence::of(results);
    let losses = loss::losses(&evidence);
    let figures = figures::figures(&evidence, &losses).map_err(Error::Unmade)?;
    let findings = findings::findings(&evidence, &losses);
    let headline = findings::headline(&evidence);
    let comparison = Comparison::of(&evidence);
    let said = page::Said { findings: &findings, headline: &headline, comparison: comparison.as_ref() };
    let html = page::html(&evidence, &figures, &losses, &said).map_err(Error::Unmade)?;
    let verdict = findings.iter().map(findings::Finding::line);
    Ok(Page {
        html,
        verdict: std::iter::once(headline.clone()).filter(|line| !line.is_empty()).chain(verdict).collect(),
        summary: summary::summary(&evidence, &losses, &said),
        observed: comparison.as_ref().map(|comparison| {
            let table = comparison.table();
            ObservedTable { reading: comparison.reading(), heads: table.heads, rows: table.rows }
        }),
        figures: figures.into_iter().flat_map(|figure| figure.panels).map(|panel| (panel.file, panel.svg)).collect(),
    })
}

#[cfg(test)]
mod tests;
