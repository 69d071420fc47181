//! How wide the ranges are that providers choose in pools of concentrated liquidity.

use crate::world::RangeWidth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Half-widths of ranges about the price.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RangesSpec {
    /// Of narrow ranges: from price / (1 + w) to price x (1 + w).
    #[schemars(range(min = 1e-4, max = 100.0), extend("x-unit" = "share of the price", "x-source" = "judgement: professionals of volatile pairs, about 7 %"))]
    pub narrow: f64,
    /// Of wide ranges.
    #[schemars(range(min = 1e-4, max = 100.0), extend("x-unit" = "share of the price", "x-source" = "judgement: retail of volatile pairs, 25-50 %"))]
    pub wide: f64,
}

impl Default for RangesSpec {
    fn default() -> Self {
        Self { narrow: 0.1, wide: 0.4 }
    }
}

/// Shares of a class's providers by the width of their ranges; who is left has the full range.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeMix {
    /// With narrow ranges.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "judgement: professionals concentrate, retail does not"))]
    pub narrow: f64,
    /// With wide ranges.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "judgement"))]
    pub wide: f64,
}

impl RangeMix {
    /// The width that the uniform draw `uniform` in [0, 1) falls on.
    #[must_use]
    pub fn width(&self, uniform: f64) -> RangeWidth {
        if uniform < self.narrow {
            RangeWidth::Narrow
        } else if uniform < self.narrow + self.wide {
            RangeWidth::Wide
        } else {
            RangeWidth::Full
        }
    }
}
