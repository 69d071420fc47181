//! Simulating: one run, or many with progress and cancellation.

use crate::{Error, Study};
use portage_base::stats::{MeanEstimate, mean_estimate};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::agent::AgentResult;
use portage_engine::run::Engine;
use portage_results::metrics::{Id, Metric, series};
use portage_results::montecarlo::{
    Bands, Crew, Ensemble, One, Plan, Progress, nobody, panic_message, simulate_one_with, simulate_with,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One run that is about to be simulated. [`Study::run`] makes it.
#[derive(Clone, Copy)]
pub struct Run<'s> {
    study: &'s Study,
    seed: u64,
    run: u64,
    crew: &'s Crew,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Run");
        shown.field("study", &self.study.name).field("seed", &self.seed).field("run", &self.run).finish_non_exhaustive()
    }
}

impl<'s> Run<'s> {
    pub(crate) const fn new(study: &'s Study, run: u64) -> Self {
        Self { study, seed: study.scenario.monte_carlo.seed, run, crew: &nobody }
    }

    /// With a user's own agents in it: `crew` makes them, and makes them anew where the run is simulated again to see what would have
    /// become of it without the protocol's programmes.
    #[must_use]
    pub const fn agents(mut self, crew: &'s Crew) -> Self {
        self.crew = crew;
        self
    }

    /// Under another seed than the scenario's.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Simulates the run.
    ///
    /// # Errors
    /// [`Error::Run`] if the run breaks a law or meets a numerical failure.
    pub fn finish(self) -> Result<Outcome, Error> {
        let model = &self.study.model;
        let without = model.without_own_programmes().filter(|_| self.run < model.counterfactual_runs);
        let address = (self.seed, self.run);
        let simulated = || simulate_one_with(model, without.as_ref(), &mut Engine::new(model), address, self.crew);
        let One { outcome, timeline, agents } = catch_unwind(AssertUnwindSafe(simulated))
            .map_err(|panic| Error::Run { run: self.run, message: panic_message(panic.as_ref()) })?;
        let values = Metric::of_model(model).zip(outcome).collect();
        let spacing_days = model.timeline_seconds() / SECONDS_PER_DAY;
        Ok(Outcome { seed: self.seed, run: self.run, agents, values, timeline, spacing_days })
    }
}

/// What one run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Seed of every stream.
    pub seed: u64,
    /// Index of the run.
    pub run: u64,
    /// What came of a user's own agents, in their order.
    pub agents: Vec<AgentResult>,
    /// The metrics that runs of the study have, each with its value.
    values: Vec<(&'static Metric, f64)>,
    timeline: Vec<f64>,
    spacing_days: f64,
}

impl Outcome {
    /// A metric of the run by its name; `None` where there is no such metric or it has no value in this run.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every metric that has a value in this run, with its name.
    pub fn metrics(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let named = self.values.iter().map(|(metric, value)| (metric.name.as_str(), *value));
        named.filter(|(_, value)| !value.is_nan())
    }

    /// A series over time, one value for each of [`Self::days`], NaN where it has none; `None` where there is no such series.
    #[must_use]
    pub fn series(&self, name: &str) -> Option<Vec<f64>> {
        let column = series().iter().position(|entry| entry.name == name)?;
        Some(self.timeline.iter().skip(column).step_by(series().len()).copied().collect())
    }

    /// Days since the start of each point of the series.
    #[must_use]
    pub fn days(&self) -> Vec<f64> {
        let points = self.timeline.len() / series().len();
        (0..points).map(|point| point as f64 * self.spacing_days).collect()
    }
}

/// Many runs that are about to be simulated. [`Study::simulation`] makes it.
#[derive(Clone, Copy)]
pub struct Simulation<'s, 'p> {
    study: &'s Study,
    plan: Plan,
    progress: Option<&'p dyn Progress>,
    crew: &'s Crew,
}

impl std::fmt::Debug for Simulation<'_, '_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Simulation")
            .field("study", &self.study.name)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// Hands on what a caller that may be there wants to know.
struct Watched<'p>(Option<&'p dyn Progress>);

impl Progress for Watched<'_> {
    fn finished(&self) {
        if let Some(progress) = self.0 {
            progress.finished();
        }
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_some_and(Progress::is_cancelled)
    }
}

impl<'s, 'p> Simulation<'s, 'p> {
    pub(crate) const fn new(study: &'s Study) -> Self {
        let planned = &study.scenario.monte_carlo;
        Self { study, plan: Plan { seed: planned.seed, runs: planned.runs }, progress: None, crew: &nobody }
    }

    /// Another number of runs than the scenario's.
    #[must_use]
    pub const fn runs(mut self, runs: u64) -> Self {
        self.plan.runs = runs;
        self
    }

    /// Another seed than the scenario's.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// With a user's own agents in every run: `crew` makes those of a run by its index, on the thread that simulates it.
    ///
    /// ```
    /// use portage::agent::{Agent, Turn, View, Wake};
    ///
    /// /// Holds one ETH and does nothing with it.
    /// struct Holder;
    ///
    /// impl Agent for Holder {
    ///     fn name(&self) -> &str {
    ///         "holder"
    ///     }
    ///
    ///     fn endowment(&self) -> Vec<(String, f64)> {
    ///         vec![("ETH".to_owned(), 1.0)]
    ///     }
    ///
    ///     fn act(&mut self, _view: &View<'_>, _turn: &mut Turn<'_>) -> Wake {
    ///         Wake::Never
    ///     }
    /// }
    ///
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let outcomes = study.simulation().runs(4).agents(&|_run| vec![Box::new(Holder)]).finish();
    /// let gains = outcomes.agent_pnl("holder");
    /// assert!(gains.len() == 4 && gains.iter().all(|gain| *gain != 0.0));
    /// # Ok::<(), portage::Error>(())
    /// ```
    #[must_use]
    pub const fn agents(mut self, crew: &'s Crew) -> Self {
        self.crew = crew;
        self
    }

    /// Tells `progress` of every run that has finished, and asks it before every run whether to stop.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// /// Stops after three runs.
    /// #[derive(Default)]
    /// struct Three(AtomicU64);
    ///
    /// impl portage::Progress for Three {
    ///     fn finished(&self) {
    ///         self.0.fetch_add(1, Ordering::Relaxed);
    ///     }
    ///
    ///     fn is_cancelled(&self) -> bool {
    ///         self.0.load(Ordering::Relaxed) >= 3
    ///     }
    /// }
    ///
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let outcomes = study.simulation().runs(100).progress(&Three::default()).finish();
    /// assert!(outcomes.ensemble.is_partial && outcomes.ensemble.runs.len() >= 3);
    /// # Ok::<(), portage::Error>(())
    /// ```
    #[must_use]
    pub const fn progress(mut self, progress: &'p dyn Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Simulates the runs on the current thread pool. The outcomes are the same bit for bit for any number of threads; runs that
    /// fail are kept apart, with what happened in them.
    #[must_use]
    pub fn finish(self) -> Outcomes<'s> {
        let ensemble = simulate_with(&self.study.model, self.plan, self.crew, &Watched(self.progress));
        Outcomes {
            study: self.study,
            ensemble,
            #[cfg(feature = "report")]
            crew: self.crew,
        }
    }
}

/// What many runs came to.
pub struct Outcomes<'s> {
    /// What was simulated.
    pub study: &'s Study,
    /// Every run that finished, the bands over time, and the runs that failed.
    pub ensemble: Ensemble,
    #[cfg(feature = "report")]
    pub(crate) crew: &'s Crew,
}

impl std::fmt::Debug for Outcomes<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Outcomes");
        shown.field("study", &self.study.name).field("ensemble", &self.ensemble).finish_non_exhaustive()
    }
}

impl Outcomes<'_> {
    /// A metric over all finished runs, in run order, NaN where it has no value in a run; `None` where there is no such metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<Vec<f64>> {
        Id::parse(name).map(|id| self.ensemble.column(id))
    }

    /// Mean of a metric with its interval of 95 %; `None` where there is no such metric or no run has a value.
    ///
    /// ```
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let volume = study.simulation().runs(8).finish().mean("volume_usd").unwrap();
    /// let (low, high) = volume.interval.ends().unwrap();
    /// assert!(volume.count == 8 && low < volume.mean && volume.mean < high);
    /// # Ok::<(), portage::Error>(())
    /// ```
    #[must_use]
    pub fn mean(&self, name: &str) -> Option<MeanEstimate> {
        mean_estimate(&self.metric(name)?)
    }

    /// What a user's own agent has gained in each finished run, in run order: value at the end less value at the opening, at reference
    /// prices, USD. Empty where there was none of that name.
    #[must_use]
    pub fn agent_pnl(&self, name: &str) -> Vec<f64> {
        let of_run =
            |agents: &Vec<AgentResult>| agents.iter().find(|agent| agent.book.name == name).map(AgentResult::pnl_usd);
        self.ensemble.agents.iter().filter_map(of_run).collect()
    }

    /// A quantile of a series over all finished runs, at each of [`Self::days`]; `None` where there is no such series.
    ///
    /// ```
    /// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
    /// let outcomes = study.simulation().runs(8).finish();
    /// let (low, high) = (outcomes.band("price", 0.05).unwrap(), outcomes.band("price", 0.95).unwrap());
    /// assert!(low.iter().zip(&high).all(|(low, high)| low <= high) && low.len() == outcomes.days().len());
    /// # Ok::<(), portage::Error>(())
    /// ```
    #[must_use]
    pub fn band(&self, name: &str, probability: f64) -> Option<Vec<f64>> {
        let column = series().iter().position(|entry| entry.name == name)?;
        let bands: &Bands = &self.ensemble.bands;
        Some((0..bands.points).map(|point| bands.quantile(point, column, probability)).collect())
    }

    /// Days since the start of each point of the bands.
    #[must_use]
    pub fn days(&self) -> Vec<f64> {
        let bands = &self.ensemble.bands;
        (0..bands.points).map(|point| point as f64 * bands.spacing_days).collect()
    }
}
