//! Where an oracle that reads no pool has its price, as a scenario names it.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A feed that follows the reference market, as Chainlink's do.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedSpec {
    /// The asset whose price in USD it publishes. Default: the base of the pair.
    #[serde(default)]
    pub asset: Option<String>,
    /// A new value is published when the true price differs from the last published one by more than this.
    #[serde(default = "deviation")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0, "x-unit" = "share of price", "x-source" = "ETH/USD 0.5 % on Ethereum, other majors and chains 0.25-1 % (data.chain.link)"))]
    pub deviation: f64,
    /// And when this time has passed since the last one.
    #[serde(default = "heartbeat")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "1 h for ETH/USD on Ethereum, up to 24 h for stablecoins (data.chain.link)"))]
    pub heartbeat: Span,
    /// From the moment that calls for a new value until it takes effect, rounded up to blocks of the simulation; at most a day.
    #[serde(default = "delay")]
    #[schemars(extend("x-source" = "a round of reports and its inclusion take 12-60 s (judgement)"))]
    pub delay: Span,
    /// Windows in which nothing is published; what was called for before still arrives.
    #[serde(default)]
    pub down: Vec<OutageSpec>,
    /// Least value that it publishes, whatever the price: a circuit breaker.
    #[serde(default)]
    #[schemars(range(min = 0.0), extend("x-unit" = "USD", "x-source" = "minAnswer of Chainlink aggregators; LUNA's stood at 0.10 USD in May 2022"))]
    pub min_usd: Option<f64>,
    /// Largest value that it publishes, whatever the price.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-unit" = "USD", "x-source" = "maxAnswer of Chainlink aggregators"))]
    pub max_usd: Option<f64>,
}

/// A time in which a feed publishes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutageSpec {
    /// When it begins.
    pub from: Instant,
    /// How long it lasts.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lasting: Span,
}

/// A price that nobody updates.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeggedSpec {
    /// The asset that is taken at this price.
    pub asset: String,
    /// The price.
    #[schemars(range(max = 1e12), extend("exclusiveMinimum" = 0.0, "x-unit" = "USD"))]
    pub usd: f64,
}

const fn deviation() -> f64 {
    0.005
}

fn heartbeat() -> Span {
    Span::from_seconds(3_600.0).unwrap_or_default()
}

fn delay() -> Span {
    Span::from_seconds(40.0).unwrap_or_default()
}
