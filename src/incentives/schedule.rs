//! How a programme's rate of payment moves.

use crate::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shape of a programme's rate of payment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "exponential_decay": "this version knows constant, linear_decay and cliff",
    "steps": "this version knows constant, linear_decay and cliff",
    "front_loaded": "this version knows constant, linear_decay and cliff"
}))]
pub enum Schedule {
    /// The same rate throughout.
    #[default]
    Constant,
    /// From twice the mean rate down to nothing at the end.
    LinearDecay,
    /// A constant rate up to a date and a lower (or higher) constant rate after it.
    Cliff(Cliff),
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
