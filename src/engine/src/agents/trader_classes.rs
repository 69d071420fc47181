//! Traders and their classes as a scenario names them: who sends how many orders, of what size, and what they put up with.

use super::arrivals::ArrivalsSpec;
use super::seasonality::{IntradaySpec, Seasonality};
use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The traders of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TradersSpec {
    /// Orders that arrive.
    #[schemars(range(min = 0.0, max = 1e7), extend("x-unit" = "orders per day"))]
    pub orders_per_day: f64,
    /// Value that they want to trade.
    pub volume: Volume,
    /// Standard deviation of the log of order sizes.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "judgement: few large orders make most of the volume"))]
    pub size_sd: f64,
    /// Share of orders that an aggregator routes best over all pools.
    #[serde(default = "aggregator_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of orders", "x-source" = "judgement"))]
    pub aggregator_share: f64,
    /// Of the other orders, the share whose front end sends them to the new version from the start.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of direct orders"))]
    pub direct_to_new: f64,
    /// When front ends switch their default to the new version. Default: never.
    #[serde(default)]
    pub front_end_switch: Option<Instant>,
    /// Share of direct orders that go to the new version once front ends have switched.
    #[serde(default = "after_switch")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of direct orders", "x-source" = "V2 above 0.99 of V1 and V2 volume in four months (bress.xyz)"))]
    pub direct_to_new_after_switch: f64,
    /// Largest price impact against the reference price that a trader accepts; an order above it is dropped.
    #[serde(default = "tolerance")]
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "bps", "x-source" = "front ends' default of 0.5 % to 3 %"))]
    pub tolerance_bps: f64,
    /// How strongly the side of orders leans against the recent imbalance: 0 not at all, 0.5 fully.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "1"))]
    pub mean_reversion: f64,
    /// Elasticity of the number of orders to the cost of execution (a positive number: dearer means fewer).
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "1"))]
    pub cost_elasticity: f64,
    /// How orders arrive.
    #[serde(default)]
    pub arrivals: ArrivalsSpec,
    /// How the number of orders changes with the hour. Default: it does not.
    #[serde(default)]
    pub intraday: Option<IntradaySpec>,
    /// Orders on a Saturday or Sunday (UTC) relative to those on another day; the week's mean stays.
    #[serde(default = "even_week")]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "multiple of a weekday's orders", "x-source" = "judgement: 0.6-1"))]
    pub weekend_factor: f64,
    /// Time from the opening of the new version until aggregators route over its pools.
    #[serde(default)]
    #[schemars(extend("x-source" = "judgement: hours for a fork, weeks where the new version needs an integration of its own"))]
    pub aggregators_list_new_after: Span,
    /// Classes of traders by name, at most four. Default: all are alike.
    #[serde(default)]
    pub classes: BTreeMap<String, TraderClass>,
}

/// How much traders want to trade.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Volume {
    /// USD per day, whatever the liquidity.
    UsdPerDay(#[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD per day"))] f64),
    /// Share of the liquidity of the pair's pools per day, rivals included: volume follows depth.
    ShareOfLiquidityPerDay(
        #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "share per day", "x-source" = "daily volume / TVL of Uniswap 2020-22: 0.26, p5-p95 0.07-0.67"))]
         f64,
    ),
}

impl Volume {
    /// Value wanted per day when the pools hold `liquidity_usd`, USD.
    #[must_use]
    pub fn usd_per_day(&self, liquidity_usd: f64) -> f64 {
        match self {
            Self::UsdPerDay(usd) => *usd,
            Self::ShareOfLiquidityPerDay(share) => share * liquidity_usd,
        }
    }
}

const fn size_sd() -> f64 {
    1.5
}

const fn aggregator_share() -> f64 {
    0.4
}

const fn after_switch() -> f64 {
    0.95
}

const fn tolerance() -> f64 {
    300.0
}

const fn even_week() -> f64 {
    1.0
}

/// One class of traders; what it leaves out it has from `[traders]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraderClass {
    /// Its share of the orders that arrive; those of all classes sum to 1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0, "x-unit" = "share of orders"))]
    pub share_of_orders: f64,
    /// Its share of the value that traders want to trade; those of all classes sum to 1.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of volume"))]
    pub share_of_volume: f64,
    /// Standard deviation of the log of its order sizes.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log"))]
    pub size_sd: Option<f64>,
    /// Share of its orders that an aggregator routes best.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of orders"))]
    pub aggregator_share: Option<f64>,
    /// Largest price impact against the reference price that it accepts.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "bps"))]
    pub tolerance_bps: Option<f64>,
    /// Elasticity of its number of orders to its own cost of execution.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "1"))]
    pub cost_elasticity: Option<f64>,
}

/// A class with everything that it has from `[traders]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowTerms<'s> {
    /// Its name; `None` where the scenario has no classes.
    pub name: Option<&'s str>,
    /// Share of the orders.
    pub share_of_orders: f64,
    /// Share of the volume.
    pub share_of_volume: f64,
    /// Standard deviation of the log of sizes.
    pub size_sd: f64,
    /// Share of orders that an aggregator routes.
    pub aggregator_share: f64,
    /// Largest price impact that is accepted, bps.
    pub tolerance_bps: f64,
    /// Elasticity of the number of orders to the cost of execution.
    pub cost_elasticity: f64,
}

impl TradersSpec {
    /// The course of the day and of the week of a run that begins at `start`.
    #[must_use]
    pub(crate) fn season(&self, start: Instant) -> Seasonality {
        Seasonality::new(self.intraday, self.weekend_factor, start)
    }

    /// All traders as one class.
    #[must_use]
    pub const fn alike(&self) -> FlowTerms<'_> {
        FlowTerms {
            name: None,
            share_of_orders: 1.0,
            share_of_volume: 1.0,
            size_sd: self.size_sd,
            aggregator_share: self.aggregator_share,
            tolerance_bps: self.tolerance_bps,
            cost_elasticity: self.cost_elasticity,
        }
    }

    /// The classes in the order of their names; one of all traders where the scenario has none.
    pub fn flows(&self) -> impl Iterator<Item = FlowTerms<'_>> {
        let alike = self.alike();
        let classes = self.classes.iter().map(move |(name, class)| FlowTerms {
            name: Some(name),
            share_of_orders: class.share_of_orders,
            share_of_volume: class.share_of_volume,
            size_sd: class.size_sd.unwrap_or(alike.size_sd),
            aggregator_share: class.aggregator_share.unwrap_or(alike.aggregator_share),
            tolerance_bps: class.tolerance_bps.unwrap_or(alike.tolerance_bps),
            cost_elasticity: class.cost_elasticity.unwrap_or(alike.cost_elasticity),
        });
        self.classes.is_empty().then_some(alike).into_iter().chain(classes)
    }
}
