//! Pools as a scenario names them.

use super::DynamicFeeSpec;
use portage_base::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// On which side of the migration a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A venue that is left.
    Old,
    /// A venue that is moved to.
    New,
    /// A venue of another pair that orders can be routed through; its liquidity stays.
    Route,
    /// A venue of another protocol on the same pair, to which providers may go; what it holds at the opening stays.
    ///
    /// It counts with the pair in what traders and providers can reach: orders, volume that follows liquidity, fee priors, the cost of
    /// fragmentation, swaps that balance a deposit. It is left out of what is ours: shares of liquidity, concentration, depth, LVR and
    /// fees of the pools, ranges out of range, the share moved, fee tiers, pledges, and the clock of the passive. It needs no news of the
    /// migration. Front ends send orders there only when no other pool fills them.
    Rival,
}

impl Role {
    /// Whether it is one of the versions between which liquidity migrates.
    #[inline]
    #[must_use]
    pub const fn is_migrated(self) -> bool {
        matches!(self, Self::Old | Self::New)
    }

    /// Whether it trades the pair, so that its providers' liquidity can stand there: a version of the protocol or a rival.
    #[inline]
    #[must_use]
    pub const fn is_of_pair(self) -> bool {
        !matches!(self, Self::Route)
    }

    /// Whether it is another protocol's.
    #[inline]
    #[must_use]
    pub const fn is_rival(self) -> bool {
        matches!(self, Self::Rival)
    }
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
    /// Liquidity at the opening, all coins together, at reference prices.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub tvl_usd: f64,
    /// The curve and its fee.
    pub curve: CurveSpec,
    /// A fee that follows the state of the pool, as a hook of Uniswap V4 does; it stands in place of the curve's own fee.
    #[serde(default)]
    pub dynamic_fee: Option<DynamicFeeSpec>,
    /// Gas of a swap in this pool through a router. Default: by curve, from the chain's gas units.
    #[serde(default)]
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas"))]
    pub swap_gas: Option<u64>,
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

/// The curve of a pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CurveSpec {
    /// base x quote = k, fee on the input (Uniswap V2).
    ConstantProduct(ConstantProductSpec),
    /// Liquidity in price ranges between ticks, fee on the input and kept apart (Uniswap V3 and V4).
    Concentrated(ConcentratedSpec),
    /// Curve's StableSwap for two to eight coins, fee on the output.
    StableSwap(StableSwapSpec),
    /// The product of balances to the power of their weights for two to eight coins, fee on the input (Balancer).
    Weighted(WeightedSpec),
    /// One token is held: for conversions at a fixed ratio, and for the supply side of a lending market. Nothing trades.
    Holding(HoldingSpec),
}

/// Parameters of a holding.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldingSpec {
    /// What holding there brings, continuously compounded and paid in base tokens by the rest of the market; negative: what it costs.
    #[serde(default)]
    #[schemars(range(min = -1.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "supply rates of lending markets 0-10 % a year (judgement)"))]
    pub yield_rate: f64,
    /// How many of the venue's own tokens one base token is. Amounts are counted in base tokens, as the ratio is fixed.
    #[serde(default = "unit")]
    #[schemars(range(max = 1e12), extend("exclusiveMinimum" = 0.0, "x-unit" = "tokens per base token", "x-source" = "LEND to AAVE 100, SAI to DAI 1 (the migration contracts)"))]
    pub units_per_base: f64,
}

const fn unit() -> f64 {
    1.0
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

/// Parameters of a pool of concentrated liquidity.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcentratedSpec {
    /// Fee on the input of a swap.
    #[schemars(range(min = 0.0, max = 5_000.0), extend("x-unit" = "bps", "x-source" = "Uniswap V3: 5, 30 and 100 bps, later 1 bps (v3-core factory)"))]
    pub fee_bps: f64,
    /// Ticks between two prices at which a position can begin or end; a tick is a factor of 1.0001. Default: by the fee, as in Uniswap V3.
    #[serde(default)]
    #[schemars(range(min = 1, max = 16_384), extend("x-unit" = "ticks", "x-source" = "Uniswap V3: 10 at 5 bps, 60 at 30 bps, 200 at 100 bps, 1 at 1 bps (v3-core factory)"))]
    pub tick_spacing: Option<u32>,
    /// Share of the fee that the protocol takes from the liquidity providers.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.9), extend("x-unit" = "share of the fee", "x-source" = "Uniswap V3: off, or 1/10 to 1/4 (v3-core)"))]
    pub protocol_share: f64,
}

impl ConcentratedSpec {
    /// The tick spacing: as written, or the one that Uniswap V3's factory gives to the nearest of its fees.
    #[must_use]
    pub fn spacing(&self) -> i32 {
        let by_fee = match self.fee_bps {
            fee if fee < 3.0 => 1,
            fee if fee < 15.0 => 10,
            fee if fee < 65.0 => 60,
            _ => 200,
        };
        self.tick_spacing.map_or(by_fee, |spacing| spacing as i32)
    }
}

/// Parameters of a StableSwap pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StableSwapSpec {
    /// Fee on the output of a swap.
    #[schemars(range(min = 0.0, max = 5_000.0), extend("x-unit" = "bps", "x-source" = "Curve: 1-4 bps"))]
    pub fee_bps: f64,
    /// Share of the fee that the protocol takes from the liquidity providers (Curve's admin fee).
    #[serde(default = "admin_share")]
    #[schemars(range(min = 0.0, max = 0.9), extend("x-unit" = "share of the fee", "x-source" = "Curve: 1/2"))]
    pub protocol_share: f64,
    /// Curve's amplification A: the paper's A times n^(n-1).
    #[schemars(range(min = 1.0, max = 1e6), extend("x-unit" = "1", "x-source" = "Curve: 100 to 2,000"))]
    pub amplification: f64,
    /// A change of the amplification that takes time. Default: none.
    #[serde(default)]
    pub ramp: Option<AmplificationChange>,
    /// Coins beside base and quote.
    #[serde(default)]
    #[schemars(length(max = 6))]
    pub further_coins: Vec<String>,
    /// Rates at which wrapped or staked coins count, by coin; a coin that is not listed counts as one.
    #[serde(default)]
    pub rates: BTreeMap<String, RateSpec>,
}

const fn admin_share() -> f64 {
    0.5
}

/// A linear change of the amplification between two dates.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmplificationChange {
    /// The amplification at the end.
    #[schemars(range(min = 1.0, max = 1e6), extend("x-unit" = "1"))]
    pub to: f64,
    /// When it begins to change.
    pub from: Instant,
    /// When it has changed.
    pub until: Instant,
}

/// How much of the pool's unit a wrapped or staked coin stands for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateSpec {
    /// At the start.
    #[schemars(range(min = 1e-6, max = 1e6), extend("x-unit" = "units per token"))]
    pub initial: f64,
    /// Growth, continuously compounded.
    #[serde(default)]
    #[schemars(range(min = -1.0, max = 5.0), extend("x-unit" = "per year", "x-source" = "yield of the wrapped position: staked ETH 2-5 %, lending 1-10 % a year (judgement)"))]
    pub per_year: f64,
}

/// Parameters of a weighted pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedSpec {
    /// Fee on the input of a swap.
    #[schemars(range(min = 0.0, max = 5_000.0), extend("x-unit" = "bps", "x-source" = "Balancer: 1 to 1,000 bps, set by pool"))]
    pub fee_bps: f64,
    /// Share of the fee that the protocol takes from the liquidity providers.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.9), extend("x-unit" = "share of the fee", "x-source" = "Balancer V1 0, V2 0 at first and 0.5 later"))]
    pub protocol_share: f64,
    /// Weight of each coin, base and quote among them; they sum to one.
    pub weights: BTreeMap<String, Weight>,
    /// A change of the weights that takes time. Default: none.
    #[serde(default)]
    pub change: Option<WeightChange>,
    /// Largest input of a swap that the pool accepts. Default: any.
    #[serde(default)]
    #[schemars(range(min = 0.001, max = 0.999), extend("x-unit" = "share of the balance", "x-source" = "Balancer V1 1/2 (BConst.sol), V2 0.3"))]
    pub swap_limit: Option<f64>,
}

/// The weight of a coin.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Weight(
    #[schemars(range(min = 0.01, max = 0.99), extend("x-unit" = "share", "x-source" = "Balancer: at least 1 % (V2 WeightedMath)"))]
    pub f64,
);

/// A linear change of all weights between two dates.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightChange {
    /// The weights at the end, of the same coins.
    pub to: BTreeMap<String, Weight>,
    /// When they begin to change.
    pub from: Instant,
    /// When they have changed.
    pub until: Instant,
}

impl CurveSpec {
    /// The curve's own fee, a share of the amount it is taken of.
    #[must_use]
    pub fn fee(&self) -> f64 {
        let bps = match self {
            Self::ConstantProduct(curve) => curve.fee_bps,
            Self::Concentrated(curve) => curve.fee_bps,
            Self::StableSwap(curve) => curve.fee_bps,
            Self::Weighted(curve) => curve.fee_bps,
            Self::Holding(_) => 0.0,
        };
        bps / portage_base::units::BPS
    }

    /// Share of the fee that the protocol takes.
    #[must_use]
    pub const fn protocol_share(&self) -> f64 {
        match self {
            Self::ConstantProduct(curve) => curve.protocol_share,
            Self::Concentrated(curve) => curve.protocol_share,
            Self::StableSwap(curve) => curve.protocol_share,
            Self::Weighted(curve) => curve.protocol_share,
            Self::Holding(_) => 0.0,
        }
    }

    /// Names of the coins beside base and quote, in their order.
    #[must_use]
    pub fn further_coins(&self, base: &str, quote: &str) -> Vec<String> {
        match self {
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Holding(_) => Vec::new(),
            Self::StableSwap(curve) => curve.further_coins.clone(),
            Self::Weighted(curve) => {
                curve.weights.keys().filter(|name| *name != base && *name != quote).cloned().collect()
            }
        }
    }
}
