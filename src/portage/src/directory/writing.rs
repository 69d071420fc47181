//! Results and their report: made in memory, written to a directory, read back.

use super::manifest::manifest;
use crate::{Error, Outcomes};
use portage_archive::{FIGURES, MANIFEST, REPORT, SUMMARY, TIMELINE, write_atomically, write_runs, write_timeline};
use portage_engine::run::Engine;
use portage_report::{Page, write_page};
use portage_results::metrics::id;
use portage_results::montecarlo::{Ensemble, infection_map, simulate_one_with};
use portage_results::records::{Results, TimelineTable};
use std::path::Path;
use std::sync::Arc;

impl Outcomes<'_> {
    /// The tables and the manifest from which a report is written; `directory` is where they will stand, for the commands in them.
    #[must_use]
    pub fn results(&self, directory: &Path) -> Results {
        let (model, ensemble) = (&self.study.model, &self.ensemble);
        let seed = ensemble.plan.seed;
        let median = median_run(ensemble);
        let path = median
            .map(|run| (run, simulate_one_with(model, None, &mut Engine::new(model), (seed, run), self.crew).timeline));
        let timeline =
            TimelineTable::of(&ensemble.bands, path.as_ref().map(|(run, timeline)| (*run, timeline.as_slice())));
        let mut manifest = manifest(self, directory, median);
        manifest.infections =
            median.and_then(|run| infection_map(model, &mut Engine::new(model), (seed, run), self.crew));
        Results { manifest, runs: Arc::clone(&ensemble.runs), timeline }
    }

    /// The report: the verdict in sentences, figures, tables and every assumption, as one page.
    ///
    /// # Errors
    /// If no run has finished, or a figure or the page cannot be made.
    ///
    /// ```
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let page = study.simulation().runs(8).finish().report()?;
    /// assert!(page.html.starts_with("<!DOCTYPE html>") && !page.verdict.is_empty());
    /// # Ok::<(), portage::Error>(())
    /// ```
    pub fn report(&self) -> Result<Page, Error> {
        write_page(&self.results(Path::new("."))).map_err(Error::Report)
    }

    /// Writes tables, manifest and report into `directory`, which is there; returns the report. What an earlier simulation has left
    /// there is overwritten.
    ///
    /// # Errors
    /// If no run has finished, or a file cannot be written.
    ///
    /// ```
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let directory = tempfile::tempdir().unwrap();
    /// study.simulation().runs(8).finish().archive(directory.path())?;
    /// let results = portage::read_results(directory.path())?;
    /// assert_eq!(results.runs.len(), 8);
    /// # Ok::<(), portage::Error>(())
    /// ```
    pub fn archive(&self, directory: &Path) -> Result<Page, Error> {
        let results = self.results(directory);
        write_runs(directory, &results.runs).map_err(Error::Archive)?;
        write_timeline(&directory.join(TIMELINE), &results.timeline).map_err(Error::Archive)?;
        // The manifest comes before the report, so that the report can be written again if that fails.
        write_json(&directory.join(MANIFEST), &results.manifest)?;
        write_report(&results, directory)
    }
}

/// Reads the results in a directory that [`Outcomes::archive`] or `portage run` has written.
///
/// # Errors
/// If a file is missing or is not what it should be.
pub fn read_results(directory: &Path) -> Result<Results, Error> {
    portage_archive::read_results(directory).map_err(Error::Archive)
}

/// Writes the report of the results in a directory again.
///
/// # Errors
/// If the results cannot be read, no run has finished, or a file cannot be written.
///
/// ```
/// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
/// let directory = tempfile::tempdir().unwrap();
/// let page = study.simulation().runs(8).finish().archive(directory.path())?;
/// assert_eq!(portage::rewrite_report(directory.path())?.verdict, page.verdict);
/// # Ok::<(), portage::Error>(())
/// ```
pub fn rewrite_report(directory: &Path) -> Result<Page, Error> {
    write_report(&read_results(directory)?, directory)
}

/// Writes the page, its figures and the summary; returns what was written.
fn write_report(results: &Results, directory: &Path) -> Result<Page, Error> {
    let page = write_page(results).map_err(Error::Report)?;
    let figures = directory.join(FIGURES);
    std::fs::create_dir_all(&figures).map_err(|source| Error::Make { directory: figures.clone(), source })?;
    for (name, svg) in &page.figures {
        write_atomically(&figures.join(name), svg.as_bytes()).map_err(Error::Archive)?;
    }
    write_json(&directory.join(SUMMARY), &page.summary)?;
    write_atomically(&directory.join(REPORT), page.html.as_bytes()).map_err(Error::Archive)?;
    Ok(page)
}

/// Writes a value as JSON for people and machines.
pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(Error::Json)?;
    write_atomically(path, (text + "\n").as_bytes()).map_err(Error::Archive)
}

/// The run in the middle: by mean share of liquidity in the new version, or by price where nothing moves; ties by index.
fn median_run(ensemble: &Ensemble) -> Option<u64> {
    let moved = ensemble.column(id::NEW_LIQUIDITY_SHARE_MEAN);
    let varies = moved.iter().any(|share| *share > 0.0);
    let mut ranked: Vec<(f64, u64)> = if varies { moved } else { ensemble.column(id::PRICE_RETURN) }
        .into_iter()
        .zip(ensemble.runs.runs.iter().copied())
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.get(ranked.len().saturating_sub(1) / 2).map(|(_, run)| *run)
}
