//! Values that were observed, beside the band of the simulation.

use super::evidence::Evidence;
use super::tables::Table;
use super::wording::{Measure, counted, listed, whole};
use portage_base::stats::Sample;
use portage_base::units::Instant;
use portage_engine::model::{ObservedMeasure, ObservedSpec};
use portage_results::metrics::{Unit, id, series};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Probabilities of the band's ends and of its middle.
const BAND: [f64; 3] = [0.1, 0.5, 0.9];

/// Share of a value by which it may miss the band's end and still count as being there: rounding.
const ROUNDING: f64 = 1e-9;

/// Where an observed value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Inside,
    Below,
    Above,
    /// No run has a value in its place.
    Unknown,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Below => "below",
            Self::Above => "above",
            Self::Unknown => "no value",
        }
    }

    fn of(value: f64, band: Option<[f64; 3]>) -> Self {
        let Some([low, _, high]) = band else { return Self::Unknown };
        let slack = ROUNDING * value.abs().max(low.abs()).max(high.abs());
        if value < low - slack {
            Self::Below
        } else if value > high + slack {
            Self::Above
        } else {
            Self::Inside
        }
    }
}

/// One observed value with what the runs have in its place.
struct Compared {
    name: String,
    spec: ObservedSpec,
    unit: Unit,
    meaning: String,
    dates: String,
    /// P10, P50 and P90 over the runs that have a value.
    band: Option<[f64; 3]>,
    /// Runs that have a value, and runs.
    runs: (usize, usize),
    standing: Standing,
}

/// Every observed value of the scenario beside the band of the simulation.
pub(super) struct Comparison {
    values: Vec<Compared>,
}

impl Comparison {
    /// The comparison, where the scenario has observed values.
    pub(super) fn of(evidence: &Evidence<'_>) -> Option<Self> {
        let values: Vec<Compared> = observed_values(evidence)
            .into_iter()
            .enumerate()
            .map(|(value, (name, spec))| compared(name, spec, &evidence.column(id::observed(value))))
            .collect();
        (!values.is_empty()).then_some(Self { values })
    }

    /// The table: a row a value.
    pub(super) fn table(&self) -> Table {
        let heads = ["Observed value", "Date", "Observed", "P10", "P50", "P90", "Lies"];
        Table {
            title: "Against what was observed",
            note: "P10, P50 and P90 are what 10, 50 and 90 % of the runs do not exceed; a value between P10 and P90 lies inside the band. They are in the unit of the observed value. Every run is read at the observation that ends nearest to the date.".to_owned(),
            heads: heads.iter().map(|head| (*head).to_owned()).collect(),
            rows: self.values.iter().map(row).collect(),
        }
    }

    /// How many of how many lie inside, and what that says.
    pub(super) fn reading(&self) -> String {
        let of = |standing: Standing| -> Vec<String> {
            let there = self.values.iter().filter(|value| value.standing == standing);
            there.map(|value| value.name.clone()).collect()
        };
        let (all, inside) = (self.values.len() as u64, of(Standing::Inside).len() as u64);
        let verb = if inside == 1 { "lies" } else { "lie" };
        let mut text = format!(
            "{} of {} observed {} {verb} inside the band of the simulation, P10 to P90, which holds 80\u{a0}% of the runs.",
            whole(inside),
            whole(all),
            counted(all, "value", "values")
        );
        for (standing, word) in [(Standing::Below, "below"), (Standing::Above, "above")] {
            let names = of(standing);
            if !names.is_empty() {
                let verb = if names.len() == 1 { "lies" } else { "lie" };
                text += &format!(" {} {verb} {word} it.", listed(&names));
            }
        }
        let without = of(Standing::Unknown);
        if !without.is_empty() {
            text += &format!(" No run has a value to compare with {}.", listed(&without));
        }
        text + " Were the model right, about four in five would lie inside; a value inside does not contradict the model, which is \
                less than to confirm it."
    }

    /// What each value is, and on whose word.
    pub(super) fn sources(&self) -> Vec<String> {
        self.values.iter().map(Compared::source).collect()
    }

    /// The same for machines.
    pub(super) fn summary(&self) -> Value {
        let value = |value: &Compared| {
            let end = |at: usize| value.band.map(|band| band[at]);
            json!({
                "name": value.name,
                "measure": value.spec.measure,
                "unit": value.unit.to_string(),
                "observed": value.spec.value,
                "source": value.spec.source,
                "p10": end(0),
                "p50": end(1),
                "p90": end(2),
                "runs_with_value": value.runs.0,
                "lies": value.standing.word(),
            })
        };
        let inside = self.values.iter().filter(|value| value.standing == Standing::Inside).count();
        json!({
            "inside": inside,
            "compared": self.values.len(),
            "values": self.values.iter().map(value).collect::<Vec<Value>>(),
        })
    }
}

/// Levels of a series that were observed: date and value.
pub(super) fn observed_levels(evidence: &Evidence<'_>, name: &str) -> Vec<(Instant, f64)> {
    let level = |spec: ObservedSpec| match spec.measure {
        ObservedMeasure::Level(level) if level.series == name => Some((level.at, spec.value)),
        _ => None,
    };
    observed_values(evidence).into_values().filter_map(level).collect()
}

/// What the scenario says was observed, by name.
fn observed_values(evidence: &Evidence<'_>) -> BTreeMap<String, ObservedSpec> {
    let listed = evidence.results.manifest.scenario.get("observed");
    listed.and_then(|listed| BTreeMap::deserialize(listed).ok()).unwrap_or_default()
}

fn compared(name: String, spec: ObservedSpec, column: &[f64]) -> Compared {
    let sample = Sample::of(column);
    let [low, middle, high] = BAND.map(|probability| sample.quantile(probability));
    let band = low.zip(middle).zip(high).map(|((low, middle), high)| [low, middle, high]);
    let of_series = |name: &str| series().iter().find(|entry| entry.name == name);
    let (unit, meaning) = match &spec.measure {
        ObservedMeasure::Level(level) => of_series(&level.series).map_or((Unit::Pure, String::new()), |entry| {
            (entry.unit, format!("{} at the date: {}", entry.name, entry.meaning))
        }),
        ObservedMeasure::Change(change) => (
            Unit::Share,
            format!("change of {} from the first date to the second, relative to the first", change.series),
        ),
        ObservedMeasure::Captured(captured) => {
            (Unit::Share, format!("what {} gained of what {} lost between the dates", captured.gained, captured.lost))
        }
    };
    let dates: Vec<String> = spec.measure.dates().iter().map(|(_, date)| date.to_string()).collect();
    Compared {
        standing: Standing::of(spec.value, band),
        runs: (sample.count(), column.len()),
        dates: dates.join(" to "),
        name,
        unit,
        meaning,
        band,
        spec,
    }
}

fn row(value: &Compared) -> Vec<String> {
    let largest = value.band.iter().flatten().fold(value.spec.value.abs(), |largest, end| largest.max(end.abs()));
    let scale = Measure::of(value.unit).scale(largest);
    let observed = if scale.unit.is_empty() && value.unit != Unit::Pure {
        format!("{}\u{a0}{}", scale.number(value.spec.value), value.unit)
    } else {
        scale.quantity(value.spec.value)
    };
    let end = |at: usize| value.band.map_or_else(|| "\u{2013}".to_owned(), |band| scale.number(band[at]));
    let standing = value.standing.word().to_owned();
    vec![value.name.clone(), value.dates.clone(), observed, end(0), end(1), end(2), standing]
}

impl Compared {
    /// What it is, in how many runs it has a value, and its source.
    fn source(&self) -> String {
        let (counted, runs) = self.runs;
        let mut text = format!("{}: {}.", self.name, self.meaning);
        if counted < runs {
            text += &format!(" {} of {} runs have a value.", whole(counted as u64), whole(runs as u64));
        }
        if !self.spec.source.is_empty() {
            text += &format!(" Source: {}", self.spec.source);
        }
        text
    }
}
