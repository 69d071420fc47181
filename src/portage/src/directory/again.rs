//! A recorded run, simulated again: the same model, and whether it ends as it did.

use super::manifest::hash;
use crate::Error;
use crate::series::library;
use portage_archive::{Manifest, Results};
use portage_engine::model::Model;
use portage_engine::run::{Engine, Observer};
use portage_engine::world::World;
use portage_results::metrics::{Closing, Recorder, dictionary};
use portage_results::montecarlo::{panic_message, presence_without};
use portage_scenario::Scenario;
use portage_scenario::resolve::build;
use serde::Deserialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// Simulates a run of the manifest again under an observer.
pub(super) fn simulate<O: Observer>(model: &Model, (seed, run): (u64, u64), observer: &mut O) -> Result<World, Error> {
    let ended = catch_unwind(AssertUnwindSafe(|| Engine::new(model).run(model, seed, run, observer)));
    ended.map_err(|panic| Error::Run { run, message: panic_message(panic.as_ref()) })
}

/// The outcome of a run at its close, and the law that it broke, if any.
pub(super) fn close(
    model: &Model,
    address: (u64, u64),
    world: &World,
    recorder: &Recorder,
) -> (Vec<f64>, Option<String>) {
    let without = presence_without(model, address);
    let closing = Closing { model, world, recorder, without: without.as_ref() };
    (closing.outcome(), closing.broken_law())
}

/// The recorded outcome of a run, in the dictionary's order.
pub(super) fn recorded(results: &Results, run: u64) -> Option<Vec<f64>> {
    let row = results.runs.runs.iter().position(|known| *known == run)?;
    dictionary().iter().map(|metric| results.runs.column(&metric.name).map(|column| column[row])).collect()
}

/// The first metric in which two outcomes differ by a bit; two missing values are the same.
fn differing(recorded: &[f64], outcome: &[f64]) -> Option<&'static str> {
    let differs = |(a, b): (&f64, &f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let at = recorded.iter().zip(outcome).position(differs)?;
    dictionary().get(at).map(|metric| metric.name.as_str())
}

/// Refuses an outcome that is not the recorded one bit for bit; `note` ends the sentence.
pub(super) fn same(run: u64, recorded: &[f64], outcome: &[f64], note: &str) -> Result<(), Error> {
    match differing(recorded, outcome) {
        Some(metric) => Err(Error::Differs { run, metric, note: note.to_owned() }),
        None => Ok(()),
    }
}
