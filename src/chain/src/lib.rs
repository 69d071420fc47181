//! The chain: what a transaction pays for gas and how many migration transactions fit into a block.

mod base_fee;
mod gas_price;
mod gas_units;
mod queue;

pub use base_fee::next_base_fee;
pub use gas_price::{Eip1559, GasChunk, GasLaw, GasMarket, GasPrice, GasState, RUSH_PREMIUM_MAX};
pub use gas_units::GasUnits;
pub use queue::{Pending, PendingQueue};

use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On which of two chains something stands or happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// The chain of the old version, and of everything where there is only one chain.
    Home = 0,
    /// The chain of the new version in a migration to another chain.
    Destination = 1,
}

impl Chain {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Home => Self::Destination,
            Self::Destination => Self::Home,
        }
    }
}

/// The chain of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    /// The asset in which gas is paid.
    #[serde(default = "ether")]
    pub gas_token: String,
    /// The law of the gas price.
    pub gas_price: GasPrice,
    /// Most gas that one block can hold.
    #[serde(default = "gas_limit")]
    #[schemars(range(min = 1_000_000, max = 1_000_000_000_000_u64), extend("x-unit" = "gas", "x-source" = "Etherscan: 12.5M in September 2020, 15M in 2021, 30M in 2022-24"))]
    pub block_gas_limit: u64,
    /// Share of a block's gas limit that migration transactions can win in a rush.
    #[serde(default = "rush_share")]
    #[schemars(range(min = 0.001, max = 1.0), extend("x-unit" = "share of the gas limit", "x-source" = "Etherscan on the UNI claim of September 2020: half of all gas at one point"))]
    pub rush_share: f64,
    /// Gas units of each action.
    #[serde(default)]
    pub gas_units: GasUnits,
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

/// The block clock.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockSpec {
    /// Time between two blocks.
    #[serde(default = "block_time")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "12 s slots since the Merge; 13.3 s in 2020-21 (Etherscan, computed)"))]
    pub block_time: Span,
    /// Only every n-th block is simulated; gas and arbitrage then use the longer interval.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "blocks", "x-source" = "1: every block"))]
    pub step: u32,
}

impl Default for ClockSpec {
    fn default() -> Self {
        Self { block_time: block_time(), step: one() }
    }
}

fn block_time() -> Span {
    Span::from_seconds(12.0).unwrap_or_default()
}

const fn one() -> u32 {
    1
}
