//! Oracles, what relies on them, and who looks for a chance, as a scenario names them.

use super::sources::{FeedSpec, PeggedSpec};
use portage_base::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most oracles of a scenario.
pub const ORACLES_MAX: usize = 8;

/// An oracle: exactly one of a feed, a pool that it reads, and a pegged price.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OracleSpec {
    /// A feed that follows the reference market.
    #[serde(default)]
    pub feed: Option<FeedSpec>,
    /// The pool whose price it reads: old, new or a rival's, with liquidity at the opening.
    #[serde(default)]
    pub reads: Option<String>,
    /// What it makes of the pool's prices; required with `reads`.
    #[serde(default)]
    pub average: Option<AverageSpec>,
    /// A fixed price that nobody updates, as of a stablecoin that is taken at one dollar.
    #[serde(default)]
    pub pegged: Option<PeggedSpec>,
    /// Another pool that it reads from a date on, or a feed that it turns into.
    #[serde(default)]
    pub switch: Option<OracleSwitch>,
    /// What can be taken from a lender outside who relies on it.
    #[serde(default)]
    pub relies: Option<RelianceSpec>,
    /// Who would take it; without this table it is only measured when it would pay.
    #[serde(default)]
    pub attackers: Option<AttackersSpec>,
}

/// What an oracle makes of a pool's prices.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AverageSpec {
    /// The price at the moment at which it is asked. An attacker pushes it, borrows and swaps back in one transaction, with capital
    /// that is lent for that transaction: nobody comes in between, and it costs the fees of both legs.
    Spot,
    /// The arithmetic mean of the prices at the ends of the last blocks. A push has to stand when a block ends, with the attacker's own
    /// capital, and is arbitraged back in the next: it costs what arbitrage takes, and the fee of one leg.
    Twap(TwapSpec),
    /// The geometric mean of them, as pools of ranges keep it. What one block is pushed by counts by its N-th root, so that a push has to
    /// stand over most of the N blocks.
    GeometricTwap(TwapSpec),
}

/// A mean over time. Before its first block the pool is taken to have stood at its price then.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwapSpec {
    /// Blocks that it covers, as the scenario's clock simulates them (of `clock.step` blocks of the chain each); 1 is the price with
    /// which the last block closed.
    #[schemars(range(min = 1, max = 65_535), extend("x-unit" = "blocks", "x-source" = "30 minutes are 150 blocks of 12 s; a V3 pool stores at most 65,535 observations"))]
    pub blocks: u32,
}

/// A move of an oracle to another source. A pool's mean begins anew, as if the pool had always stood at its price then.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OracleSwitch {
    /// When.
    pub at: Instant,
    /// The pool that it reads from then on.
    #[serde(default)]
    pub to: Option<String>,
    /// The feed that it is from then on, of the same asset.
    #[serde(default)]
    pub to_feed: Option<FeedSpec>,
}

/// A lender outside that values collateral by the oracle.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelianceSpec {
    /// Value that is there to be borrowed.
    #[schemars(range(max = 1e12), extend("exclusiveMinimum" = 0.0, "x-unit" = "USD"))]
    pub borrowable_usd: f64,
    /// What may be borrowed on collateral, as a share of its value by the oracle.
    #[serde(default = "loan_to_value")]
    #[schemars(range(max = 0.99), extend("exclusiveMinimum" = 0.0, "x-unit" = "share of value", "x-source" = "0.66-0.805 on Aave V3 (on-chain values of March 2025)"))]
    pub loan_to_value: f64,
    /// Most collateral that is taken in, at its true price; without it there is no limit.
    #[serde(default)]
    #[schemars(range(max = 1e12), extend("exclusiveMinimum" = 0.0, "x-unit" = "USD"))]
    pub collateral_usd_max: Option<f64>,
    /// Gas of an attack besides its swaps: flash loan, deposit of collateral, borrowing.
    #[serde(default = "attack_gas")]
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "about 100,000 for a flash loan, 250,000 for a deposit, 350,000 for a loan (judgement)"))]
    pub attack_gas: u64,
}

const fn loan_to_value() -> f64 {
    0.75
}

/// Gas of an attack besides its swaps: about 100,000 for a flash loan, 250,000 for a deposit, 350,000 for a loan (judgement).
pub(super) const ATTACK_GAS: u64 = 700_000;

const fn attack_gas() -> u64 {
    ATTACK_GAS
}

/// Those who would manipulate an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackersSpec {
    /// When somebody is there who is able to.
    pub presence: AttackerPresence,
    /// Own capital, which a mean over blocks takes; what is pushed within one transaction is lent for it.
    #[schemars(range(min = 0.0, max = 1e12), extend("x-unit" = "USD"))]
    pub capital_usd: f64,
}

/// When an attacker looks.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttackerPresence {
    /// In every block of a run, or never in it.
    Watching(Watching),
    /// Now and then: a Poisson process.
    Looking(Looking),
}

/// Somebody who watches every block.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watching {
    /// Probability that a run has one.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability per run"))]
    pub probability: f64,
}

/// Somebody able who looks now and then.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Looking {
    /// Mean number of looks.
    #[schemars(range(max = 1e5), extend("exclusiveMinimum" = 0.0, "x-unit" = "per day"))]
    pub per_day: f64,
}
