//! The scenario language: what a scenario file can say, and its diagnostics.
//!
//! A file is TOML; [`document`] reads it with the place of every value, [`grammar`] checks it against the JSON Schema of
//! [`Scenario`] and reports every broken rule at once, [`fault`] shows a broken rule, and [`assumptions`] lists
//! every value with its unit and source. [`resolve`] resolves names, checks rules across values and builds the model.

pub mod assumptions;
pub mod document;
pub mod fault;
pub mod grammar;
pub mod resolve;
mod schema;

use portage_base::units::{Instant, Span};
use portage_chain::{ChainSpec, ClockSpec};
use portage_contagion::NetworkSpec;
use portage_credit::lending::LendingSpec;
use portage_credit::options::VaultSpec;
use portage_credit::perps::PerpsSpec;
use portage_engine::agents::{ArbitrageSpec, OracleSpec, ProvidersSpec, TradersSpec};
use portage_engine::model::ObservedSpec;
use portage_incentives::{ProgrammeSpec, RewardMarketSpec};
use portage_market::{PriceLaw, Shock};
use portage_migration::{CrossChain, Mechanism, MigrationSpec};
use portage_pools::{PoolChange, PoolSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A migration window, as a scenario file describes it. Every table that is left out is a part of the world that does
/// not exist and costs nothing.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name of the scenario in reports.
    #[schemars(length(min = 1))]
    pub title: String,
    /// The question that the scenario answers.
    #[serde(default)]
    pub question: String,
    /// First instant of the simulation.
    pub start: Instant,
    /// Length of the simulation.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub horizon: Span,
    /// The block clock.
    #[serde(default)]
    pub clock: ClockSpec,
    /// Time between two observations: providers see figures this old, and rates adapt this often.
    #[serde(default = "hourly")]
    #[schemars(extend("x-source" = "judgement: dashboards refresh within the hour", "exclusiveMinimum" = 0.0))]
    pub observation: Span,
    /// Assets with an exogenous reference price in USD; the numeraire "USD" itself is not listed.
    pub assets: BTreeMap<String, AssetTable>,
    /// Correlations between the noises of two assets; pairs that are not listed are uncorrelated.
    #[serde(default)]
    pub correlations: Vec<Correlation>,
    /// Dated shocks on top of the price laws.
    #[serde(default)]
    pub shocks: Vec<Shock>,
    /// The chain; without it gas costs nothing and blocks have room for everybody.
    #[serde(default)]
    pub chain: Option<ChainSpec>,
    /// The pools, by name: one to eight; old and new ones trade one pair, others are legs of a route for it.
    pub pools: BTreeMap<String, PoolSpec>,
    /// Dated changes of pools: another protocol share of the fees, another perceived hazard.
    #[serde(default)]
    pub pool_changes: Vec<PoolChange>,
    /// Liquidity providers; without them the pools' liquidity stays where it is.
    #[serde(default)]
    pub providers: Option<ProvidersSpec>,
    /// Traders; without them only arbitrageurs trade.
    #[serde(default)]
    pub traders: Option<TradersSpec>,
    /// Arbitrageurs; without them prices of the pools move by orders alone.
    #[serde(default)]
    pub arbitrage: Option<ArbitrageSpec>,
    /// Oracles, by name: at most eight.
    #[serde(default)]
    pub oracles: BTreeMap<String, OracleSpec>,
    /// Lending markets, by name.
    #[serde(default)]
    pub lending: BTreeMap<String, LendingSpec>,
    /// Perpetual exchanges, by name; accounts may move from one to another.
    #[serde(default)]
    pub perps: BTreeMap<String, PerpsSpec>,
    /// Vaults that sell options on the pair's price, or hedge them through the pools, by name: at most eight.
    #[serde(default)]
    pub vaults: BTreeMap<String, VaultSpec>,
    /// Incentive programmes, by name.
    #[serde(default)]
    pub programmes: BTreeMap<String, ProgrammeSpec>,
    /// Markets in which reward tokens are sold, by token; a token without one keeps its reference price whatever is sold.
    #[serde(default)]
    pub reward_markets: BTreeMap<String, RewardMarketSpec>,
    /// The migration: mechanism and calendar; without it nobody is told of the new version.
    #[serde(default)]
    pub migration: Option<MigrationSpec>,
    /// Protocols, vaults and large accounts that owe one another, and what would bring them down.
    #[serde(default)]
    pub network: Option<NetworkSpec>,
    /// Values that were observed, by name: the report sets them beside the band of the simulation; at most 24.
    #[serde(default)]
    pub observed: BTreeMap<String, ObservedSpec>,
    /// The Monte Carlo plan.
    #[serde(default)]
    pub monte_carlo: MonteCarloSpec,
    /// Where values of this file come from: dotted path to source.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
}

impl Scenario {
    /// The plan of the migration, if it leads to another chain.
    #[must_use]
    pub fn crossing(&self) -> Option<&CrossChain> {
        match self.migration.as_ref().map(|plan| &plan.mechanism) {
            Some(Mechanism::CrossChain(plan)) => Some(plan),
            _ => None,
        }
    }
}

/// An asset.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetTable {
    /// The law of its reference price.
    pub price: PriceLaw,
}

/// A correlation between the noises of two assets.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// The two assets: both drawn, neither constant nor taken from a series.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<String>,
    /// Correlation of their standard normal draws.
    #[schemars(range(min = -1.0, max = 1.0), extend("x-unit" = "correlation"))]
    pub value: f64,
}

/// How many runs, and under which seed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonteCarloSpec {
    /// Independent runs.
    #[schemars(range(min = 1, max = 10_000_000), extend("x-unit" = "runs"))]
    pub runs: u64,
    /// Seed of every random stream.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// Of the runs, how many are simulated once more with the same random numbers and without the protocol's own programmes: the
    /// first ones.
    #[schemars(range(min = 0, max = 10_000_000), extend("x-unit" = "runs"))]
    pub counterfactual_runs: u64,
}

impl Default for MonteCarloSpec {
    fn default() -> Self {
        Self { runs: 1_000, seed: 1, counterfactual_runs: 200 }
    }
}

fn hourly() -> Span {
    Span::from_seconds(3_600.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checker_knows_every_rule_of_the_schema() {
        let unread = grammar::tests::unread_keywords(grammar::schema());
        assert!(unread.is_empty(), "{unread:?}");
    }

    /// Made anew with `PORTAGE_WRITE_SCHEMA=1 cargo test -p portage-scenario schema`.
    #[test]
    fn the_schema_is_that_of_the_types() {
        let schema = schemars::schema_for!(Scenario).to_value();
        if std::env::var_os("PORTAGE_WRITE_SCHEMA").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.json");
            std::fs::write(path, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
        } else {
            for schema in [&schema, grammar::schema()] {
                assert_eq!(serde_json::to_string_pretty(schema).unwrap() + "\n", grammar::SCHEMA);
            }
        }
    }
}
