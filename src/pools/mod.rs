//! Pools: curves as pure functions of reserves, the specification of a pool, and the router over them.

mod constant_product;
pub mod router;

pub use constant_product::ConstantProduct;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a pool holds, whole tokens of base and quote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reserves {
    /// Base tokens.
    pub base: f64,
    /// Quote tokens.
    pub quote: f64,
}

/// The direction of a trade, seen by the trader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pays quote, receives base.
    BuyBase,
    /// Pays base, receives quote.
    SellBase,
}

/// One trade against one pool, whole tokens; the fee is part of `amount_in`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swap {
    /// Paid by the trader, fee included.
    pub amount_in: f64,
    /// Received by the trader.
    pub amount_out: f64,
    /// The fee, in the input token.
    pub fee: f64,
}

impl Reserves {
    /// Reserves of the input and of the output token of a trade.
    #[inline]
    #[must_use]
    pub const fn in_out(self, side: Side) -> (f64, f64) {
        match side {
            Side::BuyBase => (self.quote, self.base),
            Side::SellBase => (self.base, self.quote),
        }
    }

    /// Reserves after `amount_in` came in and `amount_out` went out.
    #[inline]
    #[must_use]
    pub const fn after(self, side: Side, amount_in: f64, amount_out: f64) -> Self {
        match side {
            Side::BuyBase => Self { base: self.base - amount_out, quote: self.quote + amount_in },
            Side::SellBase => Self { base: self.base + amount_in, quote: self.quote - amount_out },
        }
    }
}

/// On which side of the migration a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The venue that is left.
    Old,
    /// The venue that is moved to.
    New,
}

/// The curve of a pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "concentrated": "this version holds constant_product only",
    "stable_swap": "this version holds constant_product only",
    "weighted": "this version holds constant_product only"
}))]
pub enum CurveSpec {
    /// base x quote = k, fee on the input (Uniswap V2).
    ConstantProduct(ConstantProductSpec),
}

/// Parameters of a constant-product pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantProductSpec {
    /// Fee on the input of a swap.
    #[schemars(range(min = 0.0, max = 5_000.0), extend("x-unit" = "bps", "x-source" = "Uniswap V2 charges 30 bps (v2-core constant)"))]
    pub fee_bps: f64,
    /// Share of the fee that the protocol takes from the liquidity providers.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.9), extend("x-unit" = "share of the fee", "x-source" = "Uniswap V2 0 (switch off), SushiSwap 1/6"))]
    pub protocol_share: f64,
    /// Where fees go: into the reserves, as in Uniswap V2, or apart from them, as in V3 and in the papers.
    #[serde(default)]
    pub fees: FeeDestination,
}

/// Where the fee of a swap goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeDestination {
    /// Into the reserves: liquidity compounds (Uniswap V2).
    #[default]
    Compounded,
    /// Into a purse beside the reserves, collected by the providers (Uniswap V3 and the LVR papers).
    Apart,
}

/// A pool of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolSpec {
    /// On which side of the migration the pool stands.
    pub role: Role,
    /// The asset whose price the pool quotes.
    #[schemars(length(min = 1))]
    pub base: String,
    /// The asset in which the price is quoted; "USD" is the numeraire.
    #[serde(default = "usd")]
    #[schemars(length(min = 1))]
    pub quote: String,
    /// Liquidity at the opening, both sides together, at reference prices.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub tvl_usd: f64,
    /// The curve and its fee.
    pub curve: CurveSpec,
    /// Yearly hazard that the pool's contracts fail, as liquidity providers see it.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "judgement: 0.5-3 % per major upgrade"))]
    pub perceived_hazard: f64,
    /// Share lost when it fails, as liquidity providers see it.
    #[serde(default = "loss_given_failure")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "Uranium 2021: 50-57M of about 80M USD lost"))]
    pub perceived_loss: f64,
}

fn usd() -> String {
    "USD".into()
}

const fn loss_given_failure() -> f64 {
    0.6
}
