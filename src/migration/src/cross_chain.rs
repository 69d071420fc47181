//! A migration to another chain, as a scenario names it: the route of messages, the destination, and what tokens are worth there.

use super::StateMigration;
use portage_base::units::{SECONDS_PER_DAY, Span};
use portage_chain::{ChainSpec, GasPrice, GasUnits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The old version's pools (rivals and routes too) stand on the home chain, the new version's on the destination chain.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossChain {
    /// How tokens get to the destination.
    pub route: Route,
    /// How they get back. Default: the same way.
    #[serde(default)]
    pub route_back: Option<Route>,
    /// What arrives of what was sent.
    #[serde(default)]
    pub form: BridgeForm,
    /// The chain of the new version.
    pub destination: Destination,
    /// By how much wrapped tokens trade below what they stand for; with `form = "lock_mint"` only. Default: they do not.
    #[serde(default)]
    pub wrapped_discount: Option<WrappedDiscount>,
    /// Share of traders whose money is on the destination from the opening on: no router divides one order over two chains.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of orders", "x-source" = "judgement: nobody waits there for a new version"))]
    pub orders_away_share: f64,
    /// Whether the money of the other traders follows the liquidity: the share of it that is on the destination is the share of liquidity there.
    #[serde(default = "yes")]
    pub follows_liquidity: bool,
    /// What arbitrageurs hold on the destination. Default: as much as they need, on exchanges that serve both chains.
    #[serde(default)]
    pub inventory: Option<Inventory>,
    /// The operator copies the state to the destination and sends the liquidity after it, whole: with it owners need not move. Default: every
    /// owner sends its own liquidity.
    #[serde(default)]
    pub state: Option<StateMigration>,
}

/// What arrives of what was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BridgeForm {
    /// Tokens are burnt on one chain and minted on the other: they are the same token there.
    #[default]
    BurnMint,
    /// Tokens are locked on the home chain and a wrapped token is minted, which is worth what backs it and what the market gives for it.
    LockMint,
}

/// The way of a message from one chain to the other.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Median time that a message takes once it is final where it was sent.
    #[schemars(extend("x-source" = "docs.cctp.money/users/times: CCTP 13-19 min, of which finality 12.8 min, Polygon PoS 8 min in all; optimistic canonical withdrawal 7 d to 7 d 1 h (chainscorelabs.com); intent bridges 10 s, Stargate 60 s, OFT 90 s for small amounts (eco.com benchmarks 2026); native deposit from Ethereum to a rollup about 10 min (judgement)"))]
    pub latency: Span,
    /// Standard deviation of the log of that time.
    #[serde(default = "latency_sd")]
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement: a range of 13-19 min about its middle"))]
    pub latency_sd: f64,
    /// Time until what was sent is final on the chain that it was sent from.
    #[serde(default = "finality")]
    #[schemars(extend("x-source" = "7blocklabs.com quoting ethereum.org: Ethereum 12.8-15 min; 0 where the bridge fronts the money"))]
    pub finality: Span,
    /// Times during which the chain that is sent from finalises nothing. Default: none.
    #[serde(default)]
    pub stalls: Option<FinalityStalls>,
    /// Probability that an attempt to deliver a message fails.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.99), extend("x-unit" = "probability", "x-source" = "0: every message is relayed at once"))]
    pub failure: f64,
    /// Time until a failed delivery is attempted again.
    #[serde(default = "hour")]
    #[schemars(extend("x-source" = "judgement: a relayer or the sender looks within the hour"))]
    pub retry_after: Span,
    /// Most value that the route delivers; what exceeds it waits, first come, first served. Default: no limit.
    #[serde(default)]
    #[schemars(range(max = 1e13), extend("x-unit" = "USD per hour", "exclusiveMinimum" = 0.0))]
    pub rate_limit_usd_per_hour: Option<f64>,
    /// Value that an idle route can deliver at once before the limit holds.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD", "x-source" = "0: the limit holds from the first message on"))]
    pub rate_limit_burst_usd: f64,
    /// Fee on what is sent.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "0: canonical bridges and CCTP charge gas only; intent bridges a few bps"))]
    pub fee_bps: f64,
    /// Gas of sending, on the chain that is sent from, besides that of the withdrawal.
    #[serde(default = "send_gas")]
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "two tokens: approvals of 46,000 and calls of about 80,000 each (judgement)"))]
    pub send_gas: u64,
}

/// Times during which a chain finalises nothing: a Poisson process.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinalityStalls {
    /// Expected number in a year.
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "per year", "x-source" = "7blocklabs.com: rare; Ethereum stalled twice in May 2023"))]
    pub per_year: f64,
    /// How long each lasts.
    #[serde(default = "stall")]
    #[schemars(extend("x-source" = "7blocklabs.com: 25 and 60 min in May 2023", "exclusiveMinimum" = 0.0))]
    pub lasting: Span,
}

/// The chain of the new version.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Time between two of its blocks.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "OP stack 2 s, Arbitrum 0.25 s, Ethereum 12 s"))]
    pub block_time: Span,
    /// The asset in which gas is paid there.
    #[serde(default = "ether")]
    pub gas_token: String,
    /// The law of its gas price.
    pub gas_price: GasPrice,
    /// Most gas that one of its blocks can hold.
    #[serde(default = "gas_limit")]
    #[schemars(range(min = 1_000_000, max = 1_000_000_000_000_u64), extend("x-unit" = "gas", "x-source" = "30M on the OP stack at launch and on Ethereum in 2022-24"))]
    pub block_gas_limit: u64,
    /// Share of a block's gas limit that migration transactions can win in a rush.
    #[serde(default = "rush_share")]
    #[schemars(range(min = 0.001, max = 1.0), extend("x-unit" = "share of the gas limit", "x-source" = "Etherscan on the UNI claim of September 2020: half of all gas at one point"))]
    pub rush_share: f64,
    /// Gas units of each action there.
    #[serde(default)]
    pub gas_units: GasUnits,
}

impl Destination {
    /// The destination as a chain of its own.
    #[must_use]
    pub fn chain(&self) -> ChainSpec {
        ChainSpec {
            gas_token: self.gas_token.clone(),
            gas_price: self.gas_price.clone(),
            block_gas_limit: self.block_gas_limit,
            rush_share: self.rush_share,
            gas_units: self.gas_units.clone(),
        }
    }
}

/// By how much wrapped tokens trade below what they stand for: level x exp(x - sd^2 / 2), x an Ornstein-Uhlenbeck process with
/// mean zero and stationary standard deviation `sd`, so that the mean of the discount is the level; stepped at observations.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrappedDiscount {
    /// Mean of the discount.
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of value", "x-source" = "judgement: 0.0005-0.005 in quiet times"))]
    pub level: f64,
    /// Standard deviation of the log of the discount.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub sd: f64,
    /// Time after which half of a deviation is left.
    #[serde(default = "day")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement: arbitrage through the bridge takes hours to days"))]
    pub half_life: Span,
    /// What is added to the discount when the bridge is robbed, besides what no longer backs the tokens; it fades with the half-life.
    #[serde(default = "tenth")]
    #[schemars(range(min = 0.0, max = 0.9), extend("x-unit" = "share of value", "x-source" = "judgement: whoever holds the token sells it"))]
    pub after_theft: f64,
}

/// What arbitrageurs hold on the destination, half of it in each token of the pair (in equal parts where there are more coins).
///
/// A trade against the reference market is limited by the stock of what it pays. When any token has fallen below half of its part, a transfer
/// restores the proportion `rebalance` later.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Value held at the opening.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub usd: f64,
    /// Time until a transfer through the bridge has restored the proportion.
    #[schemars(extend("x-source" = "the delay of the route that they use"))]
    pub rebalance: Span,
}

const fn yes() -> bool {
    true
}

const fn latency_sd() -> f64 {
    0.2
}

fn finality() -> Span {
    Span::from_seconds(12.8 * 60.0).unwrap_or_default()
}

fn hour() -> Span {
    Span::from_seconds(3_600.0).unwrap_or_default()
}

fn day() -> Span {
    Span::from_seconds(SECONDS_PER_DAY).unwrap_or_default()
}

fn stall() -> Span {
    Span::from_seconds(45.0 * 60.0).unwrap_or_default()
}

const fn send_gas() -> u64 {
    250_000
}

fn ether() -> String {
    "ETH".into()
}

const fn gas_limit() -> u64 {
    30_000_000
}

const fn rush_share() -> f64 {
    0.5
}

const fn half() -> f64 {
    0.5
}

const fn tenth() -> f64 {
    0.1
}
