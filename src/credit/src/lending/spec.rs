//! Lending markets as a scenario names them.

use super::moving::MovesSpec;
use super::rates::RateSpec;
use portage_base::units::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A lending market: pooled reserves, of which borrowers take some against others.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LendingSpec {
    /// What the market holds and lends, by name: one to eight.
    pub reserves: BTreeMap<String, ReserveSpec>,
    /// How much of a position may be liquidated at once.
    #[serde(default)]
    pub rules: RulesSpec,
    /// Classes of borrowers, by name.
    #[serde(default)]
    pub borrowers: BTreeMap<String, BorrowersSpec>,
    /// Those who liquidate.
    #[serde(default)]
    pub liquidators: LiquidatorsSpec,
    /// Capital that bears bad debt after the market's own funds in a reserve and before suppliers do.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub backstop_usd: f64,
    /// How its users move to another lending market. Default: they stay.
    #[serde(default)]
    pub moves: Option<MovesSpec>,
}

/// One asset of a lending market.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveSpec {
    /// The asset, one of the scenario's or "USD". Default: the name of the table; with `pool`, none.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub asset: Option<String>,
    /// The reserve holds shares of this pool instead of an asset, valued by what the pool would hold at true prices.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub pool: Option<String>,
    /// The oracle by whose price positions are judged; of pool shares it prices the base token. Default: the true price.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub oracle: Option<String>,
    /// Supplied at the opening by those who do not borrow.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub supplied_usd: f64,
    /// Debt that one USD of it carries when it is taken.
    #[serde(default = "loan_to_value")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "debt per collateral", "x-source" = "WETH on Aave V3 Ethereum 0.805, wstETH 0.785, USDC and USDT 0.75, cbETH and rETH 0.75, WBTC 0.73, AAVE 0.69, LINK 0.66 (on-chain values, March 2025)"))]
    pub loan_to_value: f64,
    /// Debt per USD of it above which a position is liquidated.
    #[serde(default = "threshold")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "debt per collateral", "x-source" = "WETH on Aave V3 Ethereum 0.83, wstETH 0.81, cbETH and rETH 0.79, USDC, USDT and WBTC 0.78, AAVE 0.76, LINK 0.71 (on-chain values, March 2025)"))]
    pub threshold: f64,
    /// What a liquidator gets of it above the debt repaid.
    #[serde(default = "bonus")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the debt repaid", "x-source" = "WETH and WBTC on Aave V3 Ethereum 0.05, stablecoins 0.045, wstETH 0.06, LINK 0.07, AAVE, cbETH and rETH 0.075 (on-chain values, March 2025); Compound V2 0.08"))]
    pub bonus: f64,
    /// No supply beyond this value at opening prices. Default: no cap.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub supply_cap_usd: Option<f64>,
    /// No loan beyond this value at opening prices. Default: no cap.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub borrow_cap_usd: Option<f64>,
    /// Whether it is lent.
    #[serde(default = "yes")]
    pub is_borrowable: bool,
    /// Share of the interest that the market keeps.
    #[serde(default = "reserve_factor")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of interest", "x-source" = "10 to 20 % for large assets on Aave (judgement within it)"))]
    pub reserve_factor: f64,
    /// The market's own funds in it at the opening: the first to bear bad debt.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub reserve_usd: f64,
    /// What borrowers pay, by utilisation.
    #[serde(default)]
    pub rate: RateSpec,
    /// Dated changes of its terms, as a market deprecates an asset; in the order of their dates.
    #[serde(default)]
    pub steps: Vec<ReserveStep>,
}

/// A dated change of a reserve's terms; what is left out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveStep {
    /// When it takes effect.
    pub at: Instant,
    /// Debt that one USD of it carries when it is taken.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "debt per collateral"))]
    pub loan_to_value: Option<f64>,
    /// Debt per USD of it above which a position is liquidated.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "debt per collateral"))]
    pub threshold: Option<f64>,
    /// Whether new supply and new loans of it are refused.
    #[serde(default)]
    pub is_frozen: Option<bool>,
    /// No supply beyond this value at opening prices.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub supply_cap_usd: Option<f64>,
    /// No loan beyond this value at opening prices.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD"))]
    pub borrow_cap_usd: Option<f64>,
}

/// Whose rules of liquidation a market follows.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RulesSpec {
    /// A part of a debt, all of it when health is far below one; the market's own funds are lent and earn as others do.
    Aave(AaveRules),
    /// A part of a debt; the market's own funds earn nothing.
    Compound(CompoundRules),
}

/// The rules of Aave V3.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AaveRules {
    /// Share of a debt that one liquidation may repay.
    #[schemars(range(max = 1.0), extend("x-unit" = "share of the debt", "exclusiveMinimum" = 0.0, "x-source" = "Aave V3, constants of the liquidation logic: one half"))]
    pub close_factor: f64,
    /// Health below which all of a debt may be repaid; zero: never.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "health", "x-source" = "Aave V3, constants of the liquidation logic: 0.95; Aave V2 has none"))]
    pub full_below_health: f64,
}

/// The rules of Compound V2.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompoundRules {
    /// Share of a debt that one liquidation may repay.
    #[schemars(range(max = 1.0), extend("x-unit" = "share of the debt", "exclusiveMinimum" = 0.0, "x-source" = "Compound V2: one half"))]
    pub close_factor: f64,
}

/// A class of borrowers, alike in what they pledge and what they owe.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BorrowersSpec {
    /// Borrowers of the class.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "borrowers"))]
    pub count: u32,
    /// What all of them owe at the opening, together.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub debt_usd: f64,
    /// Standard deviation of the log of a borrower's debt.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "judgement: less uneven than other holdings on a chain, as small loans do not pay their gas"))]
    pub size_sd: f64,
    /// What they pledge: reserve to share of its value; the shares sum to one.
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "exclusiveMinimum": 0.0, "maximum": 1.0, "x-unit": "share of the collateral's value"}))]
    pub collateral: BTreeMap<String, f64>,
    /// What they owe: reserve to share of its value; the shares sum to one.
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "exclusiveMinimum": 0.0, "maximum": 1.0, "x-unit": "share of the debt's value"}))]
    pub debt: BTreeMap<String, f64>,
    /// Their health at the opening.
    #[serde(default)]
    pub health: HealthSpec,
    /// What they do when their health runs low.
    #[serde(default)]
    pub upkeep: DebtUpkeepSpec,
}

/// Health at the opening: lognormal above a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthSpec {
    /// Median.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "collateral at thresholds over debt", "x-source" = "judgement"))]
    pub median: f64,
    /// Standard deviation of the log of what exceeds the lower bound.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub sd: f64,
    /// Lower bound.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "collateral at thresholds over debt", "x-source" = "below one a position is liquidated; just above it nobody stays for long (judgement)"))]
    pub min: f64,
}

/// What borrowers do, at an observation, when their health by the oracle's price runs low.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DebtUpkeepSpec {
    /// Probability that a borrower looks after the position at all.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub attentive_share: f64,
    /// Health below which an attentive borrower acts.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "health", "x-source" = "judgement"))]
    pub acts_below: f64,
    /// Health that is restored, out of own money.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "health", "x-source" = "judgement"))]
    pub restores_to: f64,
    /// How it is restored.
    pub by: UpkeepMeans,
}

/// How health is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpkeepMeans {
    /// A part of the largest debt is repaid.
    Repay,
    /// More of the largest collateral is pledged; where it is frozen, debt is repaid.
    AddCollateral,
}

/// Those who repay other people's debts for a bonus.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidatorsSpec {
    /// Least profit for which they act, after slippage and gas.
    #[schemars(range(min = 0.0, max = 1e6), extend("x-unit" = "USD per liquidation", "x-source" = "judgement"))]
    pub margin_usd: f64,
    /// Gas of a liquidation without the swaps.
    #[schemars(range(min = 0.0, max = 1e7), extend("x-unit" = "gas", "x-source" = "judgement: the call with a flash loan and the tokens' transfers"))]
    pub gas: f64,
    /// Liquidations of this market that fit in one block.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "liquidations per block", "x-source" = "judgement: a third of a block of 30 million gas"))]
    pub attempts_per_block: u32,
    /// Most that they have to repay debts with at one time. Default: flash loans, without a bound.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub capital_usd: Option<f64>,
}

impl Default for RulesSpec {
    fn default() -> Self {
        Self::Aave(AaveRules::default())
    }
}

impl Default for AaveRules {
    fn default() -> Self {
        Self { close_factor: 0.5, full_below_health: 0.95 }
    }
}

impl Default for CompoundRules {
    fn default() -> Self {
        Self { close_factor: 0.5 }
    }
}

impl Default for HealthSpec {
    fn default() -> Self {
        Self { median: 1.6, sd: 0.8, min: 1.03 }
    }
}

impl Default for DebtUpkeepSpec {
    fn default() -> Self {
        Self { attentive_share: 0.5, acts_below: 1.1, restores_to: 1.3, by: UpkeepMeans::Repay }
    }
}

impl Default for LiquidatorsSpec {
    fn default() -> Self {
        Self { margin_usd: 0.0, gas: 500_000.0, attempts_per_block: 20, capital_usd: None }
    }
}

impl HealthSpec {
    /// Health of a borrower whose standard normal draw is `normal`.
    ///
    /// Law: min + (median - min) exp(sd Z).
    #[must_use]
    pub fn health(&self, normal: f64) -> f64 {
        self.min + (self.median - self.min) * libm::exp(self.sd * normal)
    }
}

const fn loan_to_value() -> f64 {
    0.805
}

const fn threshold() -> f64 {
    0.83
}

const fn bonus() -> f64 {
    0.05
}

const fn yes() -> bool {
    true
}

const fn reserve_factor() -> f64 {
    0.1
}

const fn size_sd() -> f64 {
    1.9
}
