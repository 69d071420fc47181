//! The comparison of several arms: verdict, table of mechanisms, figures, as one self-contained page.

mod cells;
mod page;
mod rows;
mod summary;
mod verdict;

use super::error::Error;
use super::figures::{self, ArmView};
use portage_results::experiment::{Comparison, Ground};
use portage_results::records::Results;
pub(super) use rows::ArmLoss;

/// Several arms with their results.
#[derive(Debug)]
pub struct Compared<'c> {
    /// The arms side by side.
    pub comparison: &'c Comparison,
    /// The results of each arm, in the order of the comparison.
    pub results: &'c [Results],
    /// The folder in which each arm's own results stand, relative to the comparison's.
    pub folders: &'c [String],
    /// The command that reproduces the comparison.
    pub command: &'c str,
}

/// The finished comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonPage {
    /// One self-contained HTML file.
    pub html: String,
    /// Every estimate, for machines.
    pub summary: serde_json::Value,
    /// The verdict in plain sentences, for the terminal.
    pub verdict: Vec<String>,
    /// Heads of a short table, for the terminal.
    pub heads: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// Writes the comparison of arms; there are at least two.
///
/// # Errors
/// If no run has finished in every arm, or a figure or the page could not be made.
pub fn write_comparison(compared: &Compared<'_>) -> Result<ComparisonPage, Error> {
    if compared.comparison.runs.is_empty() {
        return Err(Error::NoCommonRuns);
    }
    let table = rows::Table::of(compared);
    let views: Vec<ArmView<'_>> = compared
        .comparison
        .arms
        .iter()
        .zip(compared.results)
        .map(|(arm, results)| ArmView { label: &arm.label, start: results.manifest.start, timeline: &results.timeline })
        .collect();
    let figures = figures::arms(&views, &table.losses()).map_err(Error::Unmade)?;
    let findings = verdict::findings(compared, &table);
    let html = page::html(compared, &table, &figures, &findings).map_err(Error::Unmade)?;
    let (heads, rows) = cells::short(compared, &table);
    Ok(ComparisonPage {
        html,
        summary: summary::summary(compared, &table, &findings),
        verdict: findings.iter().map(super::findings::Finding::line).collect(),
        heads,
        rows,
    })
}

impl Compared<'_> {
    fn labels(&self) -> impl Iterator<Item = &str> {
        self.comparison.arms.iter().map(|arm| arm.label.as_str())
    }

    fn label(&self, arm: usize) -> &str {
        self.comparison.arms.get(arm).map_or("", |arm| &arm.label)
    }

    /// What arm `arm` has in common with the baseline, in words.
    fn ground_text(&self, arm: usize) -> String {
        match self.comparison.ground(0, arm) {
            _ if arm == 0 => "baseline".to_owned(),
            Ground::SameScenario => "the baseline\u{2019}s scenario once more".to_owned(),
            Ground::SameMarket => "paired run by run".to_owned(),
            Ground::Apart(reasons) => format!("not paired on the same market: {}", reasons.join("; ")),
        }
    }
}
