//! How a programme's rate of payment moves.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shape of a programme's rate of payment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The same rate throughout.
    #[default]
    Constant,
    /// From twice the mean rate down to nothing at the end.
    LinearDecay,
    /// A rate that halves again and again, cut off at the end of the programme.
    ExponentialDecay(ExponentialDecay),
    /// A constant rate up to a date and a lower (or higher) constant rate after it.
    Cliff(Cliff),
    /// A constant rate from one date to the next.
    Steps(#[schemars(length(min = 1, max = 64))] Vec<RateStep>),
    /// A higher constant rate at the beginning.
    FrontLoaded(FrontLoaded),
}

/// A rate that halves again and again.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExponentialDecay {
    /// Time in which the rate halves.
    #[schemars(extend("minimum" = 60.0))]
    pub half_life: Span,
}

/// A change of rate on one date.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cliff {
    /// When the rate changes.
    pub at: Instant,
    /// The later rate as a multiple of the earlier one.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "multiple of the first rate"))]
    pub then: f64,
}

/// One of several changes of rate.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateStep {
    /// When the rate changes.
    pub at: Instant,
    /// The rate from then on as a multiple of the rate at the beginning of the programme.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "multiple of the first rate"))]
    pub then: f64,
}

/// A higher rate at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontLoaded {
    /// Until when the higher rate is paid.
    pub bonus_until: Instant,
    /// The higher rate as a multiple of the later one.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "multiple of the later rate"))]
    pub multiple: f64,
}
