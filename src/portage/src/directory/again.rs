//! A recorded run, simulated again: the same model, and whether it ends as it did.

use super::manifest::hash;
use crate::Error;
use crate::series::library;
use portage_engine::model::Model;
use portage_results::montecarlo::RunTable;
use portage_results::records::Manifest;
use portage_scenario::Scenario;
use portage_scenario::resolve::build;
use serde::Deserialize;
use std::path::Path;

/// The index of a run that was planned.
pub(super) const fn planned(manifest: &Manifest, run: u64) -> Result<(), Error> {
    if run >= manifest.counts.planned {
        return Err(Error::NoRun { run, last: manifest.counts.planned - 1 });
    }
    Ok(())
}

/// Refuses a manifest whose scenario is not the one that was run.
pub(super) fn unchanged(manifest: &Manifest) -> Result<(), Error> {
    if hash(&manifest.scenario) == manifest.scenario_sha256 { Ok(()) } else { Err(Error::OtherScenario) }
}

/// The model of the scenario that a manifest carries.
pub(super) fn model_of(manifest: &Manifest) -> Result<Model, Error> {
    let scenario = Scenario::deserialize(&manifest.scenario).map_err(Error::OtherVersion)?;
    build(&scenario, &library(&scenario, Path::new(&manifest.series_folder))).map_err(Error::Rules)
}

/// An error that tells what happened in a run.
pub(super) const fn failed(run: u64) -> impl FnOnce(String) -> Error {
    move |message| Error::Run { run, message }
}

/// The recorded outcome of a run: a value for each metric of the table; `None` where it has none.
pub(super) fn recorded(table: &RunTable, run: u64) -> Option<Vec<f64>> {
    table.outcome(table.row_of(run)?)
}

/// Refuses an outcome that is not the recorded one bit for bit, two missing values being the same; `note` ends the sentence.
pub(super) fn same(run: u64, (table, recorded): (&RunTable, &[f64]), outcome: &[f64], note: &str) -> Result<(), Error> {
    let differs = |(a, b): (&f64, &f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let first = recorded.iter().zip(outcome).position(differs);
    let first = first.or_else(|| (recorded.len() != outcome.len()).then(|| recorded.len().min(outcome.len())));
    match first {
        Some(place) => {
            let metric = table.ids().get(place).and_then(|id| id.metric()).map_or("a metric", |metric| &metric.name);
            Err(Error::Differs { run, metric, note: note.to_owned() })
        }
        None => Ok(()),
    }
}
