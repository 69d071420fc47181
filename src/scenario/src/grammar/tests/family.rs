//! A small family of types that uses every device of the scenario language.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// First block of the run.
    pub start: Instant,
    #[schemars(range(min = 1, max = 1000))]
    pub runs: u32,
    /// A note for readers.
    #[schemars(length(min = 1))]
    pub note: Option<String>,
    #[serde(default)]
    pub verify: bool,
    /// Reference market.
    pub market: Market,
    /// Venues by name.
    pub pools: BTreeMap<String, Pool>,
    #[serde(default)]
    #[schemars(length(max = 3))]
    pub shocks: Vec<Shock>,
    #[serde(default)]
    #[schemars(inner(range(min = 0.0, max = 1.0)), extend("x-unit" = "share"))]
    pub weights: Vec<f64>,
    /// What follows a failure.
    #[serde(default)]
    pub fallback: Fallback,
    pub backup: Option<Box<Pool>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Market {
    pub price: Price,
    /// Time between blocks.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 3600.0))]
    pub block_time: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-refused" = { "rough": "rough volatility needs a path of its own" }))]
pub enum Price {
    /// Geometric Brownian motion.
    Gbm {
        /// Yearly volatility. More on it.
        #[schemars(range(max = 10.0), extend("exclusiveMinimum" = 0.0, "x-unit" = "per sqrt(year)", "x-source" = "table 3"))]
        volatility: f64,
        #[serde(default)]
        drift: f64,
    },
    /// A constant price.
    Flat,
    Replay(Replay),
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    pub file: String,
    pub offset: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    pub curve: Curve,
    /// Value of the reserves.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-unit" = "USD"))]
    pub depth: f64,
    pub band: Option<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Curve {
    ConstantProduct {
        /// Fee on what goes in.
        #[serde(default = "fee_bps")]
        #[schemars(range(min = 0.0, max = 10000.0), extend("x-unit" = "bps", "x-source" = "Uniswap v2"))]
        fee_bps: f64,
    },
    StableSwap {
        #[schemars(range(min = 1))]
        amplification: u64,
    },
    Frozen {},
}

fn fee_bps() -> f64 {
    30.0
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shock {
    pub at: Span,
    pub size: f64,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    #[default]
    Nothing,
    /// All moves are undone.
    Rollback,
}

/// A plan without a fault.
pub const PLAN: &str = r#"# What does it cost?
start = "2020-08-28"
runs = 100
verify = true
weights = [0.25, 0.75]

[market]
price.gbm = { volatility = 0.92 }
block_time = "12s"

[pools.new]
curve.constant_product = {}
depth = 2_500_000

[pools.old]
curve.frozen = {}
depth = 1e6
band = [0.5, 2]

[[shocks]]
at = "6h"
size = -0.4

[[shocks]]
at = "36h"
size = 0.1
"#;
