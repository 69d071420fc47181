//! One run once more, under an observer that tells more than its outcome. Panics stop here, and no crate above instantiates the
//! engine.

use crate::metrics::{Closing, DecisionTrace, Recorder, Trace};
use crate::montecarlo::{incrementality_without, panic_message};
use crate::snapshot::{Capture, Moment};
use portage_engine::model::Model;
use portage_engine::run::{Engine, Observer};
use portage_engine::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Simulates a run, by its seed and index; the message of a panic where it fails.
fn observed(model: &Model, (seed, run): (u64, u64), observer: &mut impl Observer) -> Result<World, String> {
    let ended = catch_unwind(AssertUnwindSafe(|| Engine::new(model).run(model, seed, run, observer)));
    ended.map_err(|panic| panic_message(panic.as_ref()))
}

/// A run with who moved when and why.
///
/// # Errors
/// What happened if the run failed.
pub fn witness_run(model: &Model, address: (u64, u64)) -> Result<(World, DecisionTrace), String> {
    let mut decision_trace = DecisionTrace::new(model);
    observed(model, address, &mut decision_trace).map(|world| (world, decision_trace))
}

/// A run with every block and move, up to where it failed if it did: then the world is what happened.
pub fn trace_run(model: &Model, address: (u64, u64)) -> (Trace, Result<World, String>) {
    let mut trace = Trace::new(model);
    let ended = observed(model, address, &mut trace);
    (trace, ended)
}

/// A run with who owned what at a moment of it.
///
/// # Errors
/// What happened if the run failed.
pub fn capture_run(model: &Model, address: (u64, u64), moment: Moment) -> Result<(World, Capture), String> {
    let mut capture = Capture::new(model, moment);
    observed(model, address, &mut capture).map(|world| (world, capture))
}

/// The outcome of a run at its close, and the law that it broke, if any.
#[must_use]
pub fn close(model: &Model, address: (u64, u64), world: &World, recorder: &Recorder) -> (Vec<f64>, Option<String>) {
    let without = incrementality_without(model, address);
    let closing = Closing { model, world, recorder, without: without.as_ref() };
    (closing.outcome(), closing.broken_law())
}
