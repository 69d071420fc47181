//! Dated changes of a pool as a scenario names them.

use portage_base::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A dated change of a pool: the protocol raises its share of the fees, an audit is published.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolChange {
    /// When it happens.
    pub at: Instant,
    /// The pool that changes.
    #[schemars(length(min = 1))]
    pub pool: String,
    /// Share of the fee that the protocol takes from then on. Default: as before.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the fee"))]
    pub protocol_share: Option<f64>,
    /// Yearly hazard that the pool's contracts fail, as liquidity providers see it from then on. Default: as before.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year"))]
    pub perceived_hazard: Option<f64>,
}
