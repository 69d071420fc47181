//! Several arms on the same random numbers, side by side on one page.

use super::writing::write_json;
use super::{read_results, remove_stale};
use crate::{Error, Outcomes};
use portage_archive::{COMPARISON, COMPARISON_PAGE, MANIFEST, PAIRS, write_atomically, write_pairs};
use portage_base::ledger::Token;
use portage_report::{Compared, ComparisonPage, write_comparison};
use portage_results::experiment::{Arm, Comparison, Ground};
use portage_results::records::Results;
use std::path::{Path, PathBuf};

/// Arms that are being set side by side in a directory; the first one is the baseline.
///
/// ```
/// use portage::{Draft, SideBySide};
///
/// let draft = Draft::open("quickstart")?.set("clock.step=60");
/// let directory = tempfile::tempdir().unwrap();
/// let mut arms = SideBySide::new(directory.path());
/// for (label, budget) in [("lean", 50_000), ("rich", 500_000)] {
///     let study = draft.clone().set(format!("programmes.rewards.budget={budget}")).check()?;
///     arms.add(label, &study.simulation().runs(8).finish())?;
/// }
/// let (page, unpaired) = arms.finish("made in a program")?;
/// assert!(unpaired.is_empty() && page.verdict.len() > 1);
/// # Ok::<(), portage::Error>(())
/// ```
#[derive(Debug)]
pub struct SideBySide {
    directory: PathBuf,
    arms: Vec<Arm>,
    results: Vec<Results>,
    folders: Vec<String>,
}

/// An arm that does not live on the market of the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// Its label.
    pub label: String,
    /// The label of the baseline.
    pub baseline: String,
    /// What is different, each in a few words.
    pub reasons: Vec<String>,
}

impl SideBySide {
    /// No arms yet, in `directory`, which is there.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), arms: Vec::new(), results: Vec::new(), folders: Vec::new() }
    }

    /// Adds an arm: its own results are written into the folder `label`.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn add(&mut self, label: &str, outcomes: &Outcomes<'_>) -> Result<(), Error> {
        let folder = self.directory.join(label);
        std::fs::create_dir_all(&folder).map_err(|source| Error::Make { directory: folder.clone(), source })?;
        let _page = outcomes.archive(&folder)?;
        let results = read_results(&folder)?;
        let model = &outcomes.study.model;
        let name = |token: Token| model.tokens.get(token.index()).cloned().unwrap_or_default();
        let pair = model.pairs.first().map(|(base, quote)| (name(*base), name(*quote))).unwrap_or_default();
        self.arms.push(Arm::of(label.to_owned(), results.manifest.scenario.clone(), pair, &outcomes.ensemble));
        self.results.push(results);
        self.folders.push(label.to_owned());
        Ok(())
    }

    /// How many arms there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.arms.len()
    }

    /// Compares the arms run by run and writes the page, the estimates and the pairs of runs. `command` is what reproduces the
    /// comparison. Returns the page, and the arms that could not be paired with the baseline.
    ///
    /// # Errors
    /// If no run has finished in every arm, or a file cannot be written.
    pub fn finish(self, command: &str) -> Result<(ComparisonPage, Vec<Unpaired>), Error> {
        let Self { directory, arms, results, folders } = self;
        let seed = results.first().map_or(0, |results| results.manifest.seed);
        let comparison = Comparison::of(arms, seed);
        let apart = comparison.arms.iter().enumerate().filter_map(|(index, arm)| match comparison.ground(0, index) {
            Ground::Apart(reasons) => Some(Unpaired {
                label: arm.label.clone(),
                baseline: comparison.arms[0].label.clone(),
                reasons: reasons.clone(),
            }),
            Ground::SameScenario | Ground::SameMarket => None,
        });
        let apart = apart.collect();
        let compared = Compared { comparison: &comparison, results: &results, folders: &folders, command };
        let page = write_comparison(&compared).map_err(Error::Report)?;
        let tables: Vec<_> =
            folders.iter().map(String::as_str).zip(results.iter().map(|own| own.runs.as_ref())).collect();
        write_pairs(&directory.join(PAIRS), &tables, &comparison.runs).map_err(Error::Archive)?;
        write_json(&directory.join(COMPARISON), &page.summary)?;
        write_atomically(&directory.join(COMPARISON_PAGE), page.html.as_bytes()).map_err(Error::Archive)?;
        Ok((page, apart))
    }
}

/// Removes what an earlier arm of the same name has left in `folder`.
///
/// # Errors
/// If it holds results and `overwrites` is false, or cannot be written to.
pub fn clear_arm(folder: &Path, overwrites: bool) -> Result<(), Error> {
    if folder.join(MANIFEST).exists() && !overwrites {
        return Err(Error::HoldsResults(folder.to_path_buf()));
    }
    if folder.is_dir() {
        remove_stale(folder).map_err(|source| Error::Unclear { folder: folder.to_path_buf(), source })?;
    }
    Ok(())
}
