//! Vaults that sell options or hedge a book of them, as a scenario names them.

use portage_base::units::{Instant, SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A vault that holds tokens of the pair that is migrated and sells options on its price, or hedges them, epoch after epoch. Options are
/// struck and settled in the pair's quote token; their buyers stand outside.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultSpec {
    /// Value that depositors bring in at the start: base tokens for covered calls, else quote tokens.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub deposits_usd: f64,
    /// What it does with them.
    pub strategy: VaultStrategy,
    /// Time from one expiry to the next, from the start of the simulation on.
    #[serde(default = "weekly")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "option vaults sell weekly options (Ribbon, 2021-23)"))]
    pub tenor: Span,
    /// The volatility at which options are sold and marked.
    #[serde(default)]
    pub implied: ImpliedVolatility,
    /// What buying an option back, or selling it on, before its expiry costs beyond its price by the model.
    #[serde(default = "exit_spread")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the price", "x-source" = "quotes of weekly crypto options lie some 5-15 % apart (judgement)"))]
    pub exit_spread: f64,
    /// The oracle by which options are settled. Default: the true price.
    #[serde(default)]
    pub oracle: Option<String>,
    /// A move of the vault itself. Default: none.
    #[serde(default)]
    pub moves: Option<VaultMoves>,
}

/// What a vault does.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VaultStrategy {
    /// Sells calls on all base tokens that it holds, and is paid in them.
    CoveredCall(OptionSelling),
    /// Sells as many puts as its quote tokens would pay at the strike, and is paid in them.
    PutSelling(OptionSelling),
    /// Sells or buys options and holds the base tokens against them, traded through the pools as they are.
    DeltaHedged(DeltaHedged),
}

/// How a vault sells options.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionSelling {
    /// The strike of an epoch's options.
    pub strike: StrikeRule,
}

/// How the strike of an epoch is found.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrikeRule {
    /// Where the option has this delta, in absolute value.
    Delta(#[schemars(range(min = 0.01, max = 0.99), extend("x-unit" = "delta"))] f64),
    /// This multiple of the price.
    Moneyness(#[schemars(range(max = 10.0), extend("x-unit" = "strike over price", "exclusiveMinimum" = 0.0))] f64),
}

/// A book of options that is hedged.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeltaHedged {
    /// Value of the base tokens that an epoch's options are on, at its start; less where the vault is worth less.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub notional_usd: f64,
    /// Whether options are sold or bought.
    #[serde(default)]
    pub side: VaultSide,
    /// The strike of an epoch's options.
    #[serde(default = "at_the_money")]
    #[schemars(extend("x-source" = "at the money, where there is most to hedge"))]
    pub strike: StrikeRule,
    /// When the hedge trades.
    #[serde(default)]
    pub rehedge: Rehedging,
}

/// The side of a hedged book. Its hedge is base tokens that it holds, never owes: calls that are sold and puts that are bought need
/// them, and by put-call parity a hedged call is a hedged put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VaultSide {
    /// Sells calls: earns while the price stands still.
    #[default]
    ShortGamma,
    /// Buys puts: earns while the price moves.
    LongGamma,
}

/// When a hedge trades; at the start of an epoch it always does.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rehedging {
    /// Time between two looks. Default: every observation.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub every: Option<Span>,
    /// A look trades when the hedge is off by this or more, per option.
    #[schemars(range(min = 0.0), extend("x-unit" = "delta", "exclusiveMaximum" = 1.0, "x-source" = "judgement: some 0.05 is usual where trades cost tens of basis points"))]
    pub band: f64,
    /// Most that a trade may cost in fees and price impact: of a dearer one only a part is done, and the rest at the next observation.
    #[schemars(range(max = 10_000.0), extend("x-unit" = "bps", "exclusiveMinimum" = 0.0, "x-source" = "judgement: three times the fee of most pools"))]
    pub cost_max_bps: f64,
}

/// The volatility at which options are sold, bought and marked.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImpliedVolatility {
    /// Always the same.
    Level(#[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per sqrt(year)"))] f64),
    /// A multiple of the volatility that providers expect at the time from what they have seen.
    OverExpected(
        #[schemars(range(max = 10.0), extend("x-unit" = "1", "exclusiveMinimum" = 0.0, "x-source" = "implied volatility of ETH options lay some 5-15 % above what was realised, 2021-23 (judgement)"))]
         f64,
    ),
}

/// A move of the vault: in between collateral and options stand apart, and nothing can be sold, hedged or settled.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultMoves {
    /// When its collateral leaves.
    pub at: Instant,
    /// Time until its options have followed; at least one observation.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub gap: Span,
}

impl VaultStrategy {
    /// The name of the strategy in a scenario.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CoveredCall(_) => "covered_call",
            Self::PutSelling(_) => "put_selling",
            Self::DeltaHedged(_) => "delta_hedged",
        }
    }

    /// The terms of its hedge, where it has one.
    #[must_use]
    pub const fn hedge(&self) -> Option<&DeltaHedged> {
        match self {
            Self::DeltaHedged(hedged) => Some(hedged),
            Self::CoveredCall(_) | Self::PutSelling(_) => None,
        }
    }
}

impl ImpliedVolatility {
    /// The volatility at which options trade while `expected` is expected, per square root of a year.
    #[must_use]
    pub fn volatility(&self, expected: f64) -> f64 {
        match self {
            Self::Level(level) => *level,
            Self::OverExpected(multiple) => multiple * expected,
        }
    }
}

impl Default for ImpliedVolatility {
    fn default() -> Self {
        Self::OverExpected(1.1)
    }
}

impl Default for Rehedging {
    fn default() -> Self {
        Self { every: None, band: 0.05, cost_max_bps: 100.0 }
    }
}

fn weekly() -> Span {
    Span::from_seconds(7.0 * SECONDS_PER_DAY).unwrap_or_default()
}

const fn at_the_money() -> StrikeRule {
    StrikeRule::Moneyness(1.0)
}

const fn exit_spread() -> f64 {
    0.1
}
