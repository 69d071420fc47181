//! The network of protocols, vaults and large accounts, as a scenario names it.

use super::system::Channels;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most nodes of a network: evaluations take the square of their number.
pub const NODES_MAX: usize = 40;

/// Protocols, vaults and large accounts that owe one another, and what would bring them down.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The nodes, by name: one to forty.
    pub nodes: BTreeMap<String, NodeSpec>,
    /// What a bankruptcy leaves to creditors.
    #[serde(default)]
    pub recovery: RecoverySpec,
    /// Through what losses spread.
    #[serde(default)]
    pub channels: ChannelsSpec,
    /// What is supposed to happen, at every point of the timeline, to see what it would do.
    #[serde(default)]
    pub stress: Option<StressSpec>,
    /// What counts as a systemic event.
    #[serde(default)]
    pub systemic: SystemicSpec,
}

/// A node: what it has and owes at the opening. What it has follows prices and pools from then on, debts stay what they are.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSpec {
    /// What it has, by asset, by "USD", or by "pool:NAME" for liquidity of an old, new or rival pool of shares. That liquidity is part of the
    /// pool's `tvl_usd` and stays in the pool; it moves only with the whole pool.
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "minimum": 0.0, "maximum": 1e13, "x-unit": "USD at the opening"}))]
    pub holdings: BTreeMap<String, f64>,
    /// Owed to creditors outside the network, such as depositors.
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD", "x-source" = "nothing unless stated"))]
    pub outside_debt_usd: f64,
    /// Owed to other nodes of this table, by name.
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "exclusiveMinimum": 0.0, "maximum": 1e13, "x-unit": "USD"}))]
    pub owes: BTreeMap<String, f64>,
    /// Claims on parts of the run itself, by name: "bridge" (wrapped tokens), "oracle_lenders" (what was given to those who lend by an
    /// oracle), "lending:NAME" (what is supplied to a lending market).
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "exclusiveMinimum": 0.0, "maximum": 1e13, "x-unit": "USD"}))]
    pub claims: BTreeMap<String, f64>,
    /// What could be sold over equity, above which it sells; without it nothing forces it to. Not below what it is at the opening.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 1.0, "x-unit" = "assets over equity"))]
    pub leverage_max: Option<f64>,
}

/// What a bankruptcy leaves to creditors.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecoverySpec {
    /// Share of external assets (alpha of Rogers and Veraart 2013).
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "judgement: liquidation of an estate costs about a tenth"))]
    pub external: f64,
    /// Share of what other nodes pay (beta).
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "judgement: liquidation of an estate costs about a tenth"))]
    pub interbank: f64,
}

impl Default for RecoverySpec {
    fn default() -> Self {
        Self { external: 0.9, interbank: 0.9 }
    }
}

/// Channels that can be switched off, to see what each of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelsSpec {
    /// Claims are worth what the debtor can pay; without it every debtor is taken to pay in full, creditors outside too, whatever it has.
    pub counterparty: bool,
    /// Assets are worth what they fetch in the pools together with what must be sold.
    pub fire_sale: bool,
    /// What oracles cost by wrong readings is lost.
    pub oracle: bool,
    /// What is frozen cannot pay now.
    pub liveness: bool,
}

impl Default for ChannelsSpec {
    fn default() -> Self {
        Self { counterparty: true, fire_sale: true, oracle: true, liveness: true }
    }
}

impl From<ChannelsSpec> for Channels {
    fn from(spec: ChannelsSpec) -> Self {
        let ChannelsSpec { counterparty, fire_sale, oracle, liveness } = spec;
        Self { counterparty, fire_sale, oracle, liveness }
    }
}

/// What is supposed to happen.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StressSpec {
    /// Fall of the reference price of the pair's base; arbitrage has brought the pools to it before anybody sells.
    #[schemars(range(min = 0.0, max = 0.99), extend("x-unit" = "share of the price", "x-source" = "0.3 is a bad day of ether: 12 March 2020 was 0.43 (judgement)"))]
    pub price_drop: f64,
    /// Nodes that lose everything that they have besides claims.
    pub fails: Vec<String>,
}

/// What counts as a systemic event: either of the two.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SystemicSpec {
    /// Loss of all nodes together.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0, "x-unit" = "share of their equity", "x-source" = "judgement: a fifth of all equity"))]
    pub loss_share: f64,
    /// Nodes in default at once; without it only the loss counts.
    #[schemars(range(min = 1, max = 40), extend("x-unit" = "nodes"))]
    pub defaults: Option<u32>,
}

impl Default for SystemicSpec {
    fn default() -> Self {
        Self { loss_share: 0.2, defaults: None }
    }
}
