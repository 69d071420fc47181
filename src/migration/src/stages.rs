//! Staged rollout: how much of the liquidity may stand in the new version when, and what stops it.

use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stage of the rollout; the stage after the last one has no cap and no end.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSpec {
    /// Most of the liquidity of both versions that may stand in the new one.
    #[schemars(range(max = 1.0), extend("x-unit" = "share of liquidity", "exclusiveMinimum" = 0.0))]
    pub cap_share: f64,
    /// Most value that may stand in the new version. Default: the share alone counts.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e15), extend("x-unit" = "USD"))]
    pub cap_usd: Option<f64>,
    /// How long the stage lasts before the gates are asked for the next.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lasting: Span,
}

/// What is watched in the new version while it is rolled out; crossing one of the limits trips the gates.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatesSpec {
    /// Most that may be lost to failures, relative to what stands in the new version.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of its value"))]
    pub loss_share_max: Option<f64>,
    /// Most that an order of `order_usd` may cost in the best new pool: fee and price impact.
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "bps"))]
    pub slippage_bps_max: Option<f64>,
    /// The order that is tried.
    #[schemars(range(min = 1.0, max = 1e9), extend("x-unit" = "USD", "x-source" = "judgement: a retail order"))]
    pub order_usd: f64,
    /// Largest gap between the price of a new pool and the reference price.
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "bps"))]
    pub price_gap_bps_max: Option<f64>,
    /// Most entries of the copied state that may be found wrong.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of entries checked"))]
    pub wrong_entries_share_max: Option<f64>,
    /// What happens when the gates trip.
    pub on_trip: OnTrip,
}

/// What happens when the gates trip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnTrip {
    /// The rollout stays at its stage until they hold again.
    #[default]
    Hold,
    /// The new version is halted for a while; then the stage begins anew.
    Pause(PauseOnTrip),
    /// What was moved goes back to where it stood, and the migration is over; what a verification catches ends it before it takes effect.
    Rollback,
}

/// A pause of the new version.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseOnTrip {
    /// How long.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lasting: Span,
}

impl Default for GatesSpec {
    fn default() -> Self {
        Self {
            loss_share_max: None,
            slippage_bps_max: None,
            order_usd: 10_000.0,
            price_gap_bps_max: None,
            wrong_entries_share_max: None,
            on_trip: OnTrip::Hold,
        }
    }
}
