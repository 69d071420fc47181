//! Classes of traders: who sends how many orders, of what size, and what they put up with.

use super::traders::TradersSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
