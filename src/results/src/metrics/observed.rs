//! Values that a scenario says were observed: what each run has in their place, read at their dates.
//!
//! # Against what was observed
//!
//! Values that a scenario says were observed steer nothing. The recorder reads the series that each names at the
//! observation whose end is nearest to its date, in every run, exactly and not from the bands; this module makes the
//! metrics `observed1` to `observed24` of these readings, in the order of the scenario's names, and refuses names that
//! the timeline does not have (the scenario's rules do not know them); the report sets them beside P10 to P90 of the
//! runs.

use super::metric::{DEFINITION, Family, Id, Metric, Range, Unit, ratio};
use super::part::Part;
use super::timeline::series;
use portage_base::units::Instant;
use portage_engine::model::{Model, OBSERVED_MAX, ObservedMeasure};
use portage_scenario::Scenario;
use portage_scenario::grammar::nearest;
use portage_scenario::resolve::BrokenRule;

/// One look at one series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The observation at which it is read, counted from the opening.
    pub(super) observation: u64,
    /// Index of the series; none for a name that nobody knows.
    pub(super) series: Option<usize>,
    /// What was read; NaN until then.
    pub(super) value: f64,
}

/// How one value is made from the readings that stand from an index on.
#[derive(Debug, Clone, Copy)]
enum Formula {
    /// The reading itself.
    Level,
    /// Second reading over the first, less one.
    Change,
    /// Gain from the first to the second over the loss from the third to the fourth.
    Captured,
}

/// What a run has in the place of every observed value.
#[derive(Debug, Clone)]
pub(super) struct Readings {
    /// Every look, value by value in the order of the scenario's names.
    pub(super) list: Vec<Reading>,
    formulas: Vec<(usize, Formula)>,
}

impl Readings {
    /// What is to be read in a run of `model`; allocates here, not while the run goes on.
    pub(super) fn new(model: &Model) -> Self {
        let mut readings = Self { list: Vec::new(), formulas: Vec::new() };
        for measure in &model.observed {
            let formula = match measure {
                ObservedMeasure::Level(_) => Formula::Level,
                ObservedMeasure::Change(_) => Formula::Change,
                ObservedMeasure::Captured(_) => Formula::Captured,
            };
            readings.formulas.push((readings.list.len(), formula));
            for (_, name) in measure.series() {
                for (_, date) in measure.dates() {
                    readings.list.push(Reading {
                        observation: nearest_observation(model, date),
                        series: position(name),
                        value: f64::NAN,
                    });
                }
            }
        }
        readings
    }

    /// What the run has in the place of observed value `index`, in the order of the scenario's names; NaN where it has none.
    fn value(&self, index: usize) -> f64 {
        let Some((first, formula)) = self.formulas.get(index) else { return f64::NAN };
        match (formula, &self.list[*first..]) {
            (Formula::Level, [at, ..]) => at.value,
            (Formula::Change, [from, to, ..]) => ratio(to.value - from.value, from.value),
            (Formula::Captured, [gained_from, gained_to, lost_from, lost_to, ..]) => {
                ratio(gained_to.value - gained_from.value, lost_from.value - lost_to.value)
            }
            _ => f64::NAN,
        }
    }
}

/// The observation that ends nearest to `date`, counted from the opening: every interval has one at its end, and so has what
/// is left of the window after the last whole interval.
fn nearest_observation(model: &Model, date: Instant) -> u64 {
    let seconds = date.seconds_since(model.grid.start).max(0.0);
    let interval = model.observe_blocks as f64 * model.block_seconds();
    let whole = model.grid.blocks / model.observe_blocks;
    let nearest = (libm::floor(seconds / interval + 0.5) as u64).min(whole);
    let has_rest = !model.grid.blocks.is_multiple_of(model.observe_blocks);
    let end = model.grid.blocks as f64 * model.block_seconds();
    let distance = |observed: f64| (observed - seconds).abs();
    if has_rest && distance(end) < distance(nearest as f64 * interval) { whole + 1 } else { nearest }
}

fn position(name: &str) -> Option<usize> {
    series().iter().position(|entry| entry.name == name)
}

/// What a run has in the place of the observed value at `value`, in the order of the scenario's names.
#[must_use]
pub const fn observed(value: usize) -> Id {
    Id::of("observed", value + 1, "")
}

/// One metric for each value that a scenario can say was observed.
pub(super) fn of_values() -> impl Iterator<Item = Metric> {
    (0..OBSERVED_MAX).map(|value| {
        let number = value + 1;
        let meaning =
            format!("what the run has in the place of observed value {number}, in the order of the scenario's names");
        let kind = (Unit::Of("unit of the series"), Range::Signed);
        let id = (observed(value), Part::Observed(value));
        let metric = Metric::new(id, kind, meaning, DEFINITION, move |closing| closing.recorder.readings.value(value));
        metric.of(Family::Observed)
    })
}

/// Names of series among the observed values of a scenario that the timeline does not have.
#[must_use]
pub fn unknown_series(scenario: &Scenario) -> Vec<BrokenRule> {
    let known = || series().iter().map(|entry| entry.name);
    let mut broken = Vec::new();
    for (name, observed) in &scenario.observed {
        for (key, wanted) in observed.measure.series() {
            if position(wanted).is_some() {
                continue;
            }
            let path = format!("observed.{name}.measure.{}.{key}", observed.measure.name());
            let meant = nearest(wanted, known()).map(|near| format!("did you mean \"{near}\"? "));
            let all = known().collect::<Vec<_>>().join(", ");
            broken.push(BrokenRule {
                path,
                message: format!("the timeline has no series \"{wanted}\""),
                expected: "a series of the timeline".to_owned(),
                hint: format!("{}there are {all}", meant.unwrap_or_default()),
            });
        }
    }
    broken
}
