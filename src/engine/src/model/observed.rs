//! What was observed of an event: values with dates that the report sets beside the band of the simulation.

use portage_base::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most observed values of a scenario: each has a metric of its own.
pub const OBSERVED_MAX: usize = 24;

/// A value that was observed; no part of the simulation follows from it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservedSpec {
    /// What was measured, and when.
    pub measure: ObservedMeasure,
    /// What was observed.
    #[schemars(extend("x-unit" = "unit of the series, or share"))]
    pub value: f64,
    /// Where the observation comes from.
    #[serde(default)]
    pub source: String,
}

/// How a value is taken from the series of the timeline. Each is read at the observation that ends nearest to the date.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ObservedMeasure {
    /// A series at a date.
    Level(LevelMeasure),
    /// The change of a series between two dates, relative to its value at the first: value(to) / value(from) - 1.
    Change(ChangeMeasure),
    /// Of what one series lost between two dates, the share that another gained.
    Captured(CapturedMeasure),
}

/// A series at a date.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelMeasure {
    /// A series of the timeline.
    #[schemars(length(min = 1))]
    pub series: String,
    /// When it was observed.
    pub at: Instant,
}

/// A relative change between two dates.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMeasure {
    /// A series of the timeline.
    #[schemars(length(min = 1))]
    pub series: String,
    /// The first date.
    pub from: Instant,
    /// The second date.
    pub to: Instant,
}

/// What one series gained of what another lost between two dates: (gained(to) - gained(from)) / (lost(from) - lost(to)).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapturedMeasure {
    /// The series of the timeline that gained.
    #[schemars(length(min = 1))]
    pub gained: String,
    /// The series of the timeline that lost.
    #[schemars(length(min = 1))]
    pub lost: String,
    /// The first date.
    pub from: Instant,
    /// The second date.
    pub to: Instant,
}

impl ObservedMeasure {
    /// Its name in a scenario.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Level(_) => "level",
            Self::Change(_) => "change",
            Self::Captured(_) => "captured",
        }
    }

    /// The series that it reads: key in the scenario, and name.
    #[must_use]
    pub fn series(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Level(level) => vec![("series", &level.series)],
            Self::Change(change) => vec![("series", &change.series)],
            Self::Captured(captured) => vec![("gained", &captured.gained), ("lost", &captured.lost)],
        }
    }

    /// The dates at which it reads them: key in the scenario, and date.
    #[must_use]
    pub fn dates(&self) -> Vec<(&'static str, Instant)> {
        match self {
            Self::Level(level) => vec![("at", level.at)],
            Self::Change(ChangeMeasure { from, to, .. }) | Self::Captured(CapturedMeasure { from, to, .. }) => {
                vec![("from", *from), ("to", *to)]
            }
        }
    }
}
