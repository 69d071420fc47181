//! Simulating a plan: batches of runs in parallel, in run order, with failures kept apart.

use super::bands::Bands;
use super::runs::RunTable;
use crate::metrics::{Closing, Id, Incrementality, Recorder};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::agent::{Agent, AgentResult};
use portage_engine::model::Model;
use portage_engine::run::Engine;
use portage_engine::world::InfectionMap;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs that are simulated between two reductions: bounds the memory of timelines.
const BATCH: u64 = 256;

/// Which runs to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Seed of every stream.
    pub seed: u64,
    /// Number of runs.
    pub runs: u64,
}

/// A run that broke a law or met a numerical failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its index.
    pub run: u64,
    /// What happened.
    pub message: String,
}

/// What a caller learns while the runs go on, and how it stops them.
pub trait Progress: Sync {
    /// One more run has finished.
    fn finished(&self);
    /// Whether to stop before the next run.
    fn is_cancelled(&self) -> bool;
}

/// A user's own agents of a run, by its index: made anew for every run.
pub type Crew = dyn Fn(u64) -> Vec<Box<dyn Agent>> + Sync;

/// No agents.
#[must_use]
pub fn nobody(_run: u64) -> Vec<Box<dyn Agent>> {
    Vec::new()
}

/// The outcomes of a plan, in run order.
#[derive(Debug)]
pub struct Ensemble {
    /// The plan.
    pub plan: Plan,
    /// The runs that finished, with their outcomes.
    pub runs: Arc<RunTable>,
    /// What came of a user's own agents: one list a run.
    pub agents: Vec<Vec<AgentResult>>,
    /// Bands over time.
    pub bands: Bands,
    /// Runs that failed.
    pub failures: Vec<Failure>,
    /// Whether the plan was cut short.
    pub is_partial: bool,
    /// Wall time of the simulation.
    pub elapsed: Duration,
}

impl Ensemble {
    /// A metric over all finished runs.
    #[must_use]
    pub fn column(&self, id: Id) -> Vec<f64> {
        self.runs.values(id).into_owned()
    }
}

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct One {
    /// One value for each metric that runs of the model have.
    pub outcome: Vec<f64>,
    /// Points x series.
    pub timeline: Vec<f64>,
    /// What came of a user's own agents.
    pub agents: Vec<AgentResult>,
}

enum Ended {
    Finished(One),
    Failed(String),
    NotBegun,
}

/// Simulates every run of a plan on the current thread pool.
///
/// The result is the same bit for bit for any number of threads: runs share nothing, and are reduced in run order.
#[must_use]
pub fn simulate(model: &Model, plan: Plan, progress: &impl Progress) -> Ensemble {
    simulate_with(model, plan, &nobody, progress)
}

/// As [`simulate`], with a user's own agents in every run.
#[must_use]
pub fn simulate_with(model: &Model, plan: Plan, crew: &Crew, progress: &impl Progress) -> Ensemble {
    let begun = Instant::now();
    let mut ensemble = Ensemble {
        plan,
        runs: Arc::default(),
        agents: Vec::new(),
        bands: Bands::new(model.timeline_points(), model.timeline_seconds() / SECONDS_PER_DAY),
        failures: Vec::new(),
        is_partial: false,
        elapsed: Duration::ZERO,
    };
    let without = model.without_own_programmes().filter(|_| model.counterfactual_runs > 0);
    let mut table = RunTable::new(model, plan.runs as usize);
    let mut first = 0;
    while first < plan.runs && !progress.is_cancelled() {
        let last = (first + BATCH).min(plan.runs);
        let ended: Vec<Ended> = (first..last)
            .into_par_iter()
            .map_init(
                || Engine::new(model),
                |engine, run| {
                    let without = without.as_ref().filter(|_| run < model.counterfactual_runs);
                    guarded((model, without), engine, (plan.seed, run), crew, progress)
                },
            )
            .collect();
        ensemble.take(first, ended, &mut table);
        first = last;
    }
    ensemble.runs = Arc::new(table);
    ensemble.is_partial = ((ensemble.runs.len() + ensemble.failures.len()) as u64) < plan.runs;
    ensemble.elapsed = begun.elapsed();
    ensemble
}

impl Ensemble {
    fn take(&mut self, first: u64, ended: Vec<Ended>, table: &mut RunTable) {
        let mut timelines: Vec<&[f64]> = Vec::with_capacity(ended.len());
        for (run, end) in (first..).zip(&ended) {
            match end {
                Ended::Finished(one) => {
                    table.push(run, &one.outcome);
                    self.agents.push(one.agents.clone());
                    timelines.push(&one.timeline);
                }
                Ended::Failed(message) => self.failures.push(Failure { run, message: message.clone() }),
                Ended::NotBegun => {}
            }
        }
        self.bands.add(&timelines);
    }
}

/// One run whose panics stop at its border.
fn guarded(
    models: (&Model, Option<&Model>),
    engine: &mut Engine,
    address: (u64, u64),
    crew: &Crew,
    progress: &impl Progress,
) -> Ended {
    if progress.is_cancelled() {
        return Ended::NotBegun;
    }
    let (model, without) = models;
    let ended = catch_unwind(AssertUnwindSafe(|| simulate_one_with(model, without, engine, address, crew)));
    progress.finished();
    match ended {
        Ok(one) => Ended::Finished(one),
        Err(panic) => {
            *engine = Engine::new(model);
            Ended::Failed(panic_message(panic.as_ref()))
        }
    }
}

/// Who stands where in a run of `model` without the protocol's own programmes, where the plan simulates that.
#[must_use]
pub fn incrementality_without(model: &Model, address: (u64, u64)) -> Option<Incrementality> {
    let without = model.without_own_programmes().filter(|_| address.1 < model.counterfactual_runs)?;
    Some(incrementality(model, &without, &mut Engine::new(model), address, &nobody))
}

fn incrementality(
    model: &Model,
    without: &Model,
    engine: &mut Engine,
    address: (u64, u64),
    crew: &Crew,
) -> Incrementality {
    let mut incrementality = Incrementality::new(model);
    let _world = engine.run_with(without, address, &mut incrementality, &mut crew(address.1));
    incrementality
}

/// The message of a panic that was caught.
#[must_use]
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "the run panicked".to_owned())
}

/// Simulates one run, by its seed and index, and once more `without` the protocol's own programmes where that is given: its
/// outcome and its timeline.
///
/// # Panics
/// If the run breaks a law (see [`Closing::broken_law`]): that is a bug, and the message says which.
#[must_use]
pub fn simulate_one(
    model: &Model,
    without: Option<&Model>,
    engine: &mut Engine,
    address: (u64, u64),
) -> (Vec<f64>, Vec<f64>) {
    let one = simulate_one_with(model, without, engine, address, &nobody);
    (one.outcome, one.timeline)
}

/// As [`simulate_one`], with a user's own agents.
///
/// # Panics
/// As there, or if an agent cannot take part (see [`Engine::run_with`]).
#[must_use]
pub fn simulate_one_with(
    model: &Model,
    without: Option<&Model>,
    engine: &mut Engine,
    address: (u64, u64),
    crew: &Crew,
) -> One {
    let (seed, run) = address;
    let mut recorder = Recorder::new(model);
    let world = engine.run_with(model, address, &mut recorder, &mut crew(run));
    let without = without.map(|without| incrementality(model, without, engine, address, crew));
    let closing = Closing { model, world: &world, recorder: &recorder, without: without.as_ref() };
    if let Some(law) = closing.broken_law() {
        panic!("{law} (seed {seed}, run {run})");
    }
    let outcome = closing.outcome();
    let agents = world.books.agent_results();
    One { outcome, timeline: std::mem::take(&mut recorder.timeline), agents }
}

/// Who infects whom on the weakest day of one run, by its seed and index; `None` without a network.
#[must_use]
pub fn infection_map(model: &Model, engine: &mut Engine, address: (u64, u64), crew: &Crew) -> Option<InfectionMap> {
    model.network.as_ref()?;
    let world = engine.run_with(model, address, &mut Recorder::new(model), &mut crew(address.1));
    world.instruments.network.as_ref()?.infection_map()
}
