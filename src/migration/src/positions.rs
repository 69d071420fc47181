//! Margined derivative positions that migrate: a position is a pair of collateral and exposure, and only both together can be kept up.

use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Margined positions on the pair that is migrated, and how they move; the margin is paid in the pair's quote token.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionsSpec {
    /// Positions open at the start.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "positions"))]
    pub count: u32,
    /// Value of the base tokens that all of them are long or short of at the start, together.
    #[schemars(range(max = 1e15), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub notional_usd: f64,
    /// How collateral and position move from the old version to the new one.
    pub moves: PositionMoves,
    /// Standard deviation of the log of a position's size.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "judgement: as uneven as other holdings on a chain"))]
    pub size_sd: f64,
    /// Value of a position at the start over its margin.
    #[serde(default)]
    pub leverage: LeverageSpec,
    /// Probability that a position is short.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "every long has a short; which of them stand against the protocol itself is not known (judgement)"))]
    pub short_share: f64,
    /// A position is liquidated when its equity is less than this share of its value.
    #[serde(default = "maintenance_margin")]
    #[schemars(range(max = 0.5), extend("x-unit" = "share of its value", "exclusiveMinimum" = 0.0, "x-source" = "3 % for ETH-USD (help.dydx.exchange, contract specifications of v3)"))]
    pub maintenance_margin: f64,
    /// What a liquidation takes of the equity that is left, at most.
    #[serde(default = "liquidation_penalty")]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of its value", "x-source" = "about 1 % on large exchanges (judgement)"))]
    pub liquidation_penalty: f64,
    /// What holders do when their margin runs low.
    #[serde(default)]
    pub upkeep: UpkeepSpec,
}

/// How the two legs of a position move, from the time at which the new version takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PositionMoves {
    /// Collateral and exposure in one transaction.
    Together(MovesTogether),
    /// One leg first and the other one later: between them nothing can be added, closed or liquidated.
    Split(MovesSplit),
}

/// Collateral and exposure in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovesTogether {
    /// Positions that the operator moves, in the order in which they were drawn.
    #[schemars(range(max = 1e9), extend("x-unit" = "positions per day", "exclusiveMinimum" = 0.0))]
    pub positions_per_day: f64,
}

/// One leg first and the other one later.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovesSplit {
    /// Positions whose first leg the operator moves, in the order in which they were drawn.
    #[schemars(range(max = 1e9), extend("x-unit" = "positions per day", "exclusiveMinimum" = 0.0))]
    pub positions_per_day: f64,
    /// Time from the first leg of a position to its second one; at least one observation.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub gap: Span,
}

/// Value over margin: lognormal, and where it falls outside the bounds, at them.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeverageSpec {
    /// Median.
    #[schemars(range(min = 1.0, max = 1_000.0), extend("x-unit" = "value over margin", "x-source" = "judgement"))]
    pub median: f64,
    /// Standard deviation of the log.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub sd: f64,
    /// Lower bound.
    #[schemars(range(min = 1.0, max = 1_000.0), extend("x-unit" = "value over margin", "x-source" = "below one nobody needs margin"))]
    pub least: f64,
    /// Upper bound.
    #[schemars(range(min = 1.0, max = 1_000.0), extend("x-unit" = "value over margin", "x-source" = "20 for ETH-USD (help.dydx.exchange, contract specifications of v3)"))]
    pub most: f64,
}

/// What holders do when their margin runs low; those who are neither attentive nor stop do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpkeepSpec {
    /// Equity below which a holder acts.
    #[schemars(range(max = 1.0), extend("x-unit" = "share of the position's value", "exclusiveMinimum" = 0.0, "x-source" = "judgement: a third above the maintenance margin"))]
    pub acts_below: f64,
    /// Equity up to which margin is added.
    #[schemars(range(max = 1.0), extend("x-unit" = "share of the position's value", "exclusiveMinimum" = 0.0, "x-source" = "judgement: twice as much"))]
    pub restores_to: f64,
    /// Probability that a holder adds margin.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub attentive_share: f64,
    /// Probability that a holder closes the position instead.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub stop_share: f64,
}

impl PositionMoves {
    /// Positions that begin to move in a day.
    #[must_use]
    pub const fn positions_per_day(&self) -> f64 {
        match self {
            Self::Together(moves) => moves.positions_per_day,
            Self::Split(moves) => moves.positions_per_day,
        }
    }

    /// Time between the two legs of a position; `None` where they move together.
    #[must_use]
    pub const fn gap(&self) -> Option<Span> {
        match self {
            Self::Together(_) => None,
            Self::Split(moves) => Some(moves.gap),
        }
    }
}

impl LeverageSpec {
    /// Leverage of a position whose standard normal draw is `normal`.
    #[must_use]
    pub fn leverage(&self, normal: f64) -> f64 {
        (self.median * libm::exp(self.sd * normal)).clamp(self.least, self.most)
    }
}

impl Default for LeverageSpec {
    fn default() -> Self {
        Self { median: 5.0, sd: 0.6, least: 1.0, most: 20.0 }
    }
}

impl Default for UpkeepSpec {
    fn default() -> Self {
        Self { acts_below: 0.04, restores_to: 0.08, attentive_share: 0.5, stop_share: 0.2 }
    }
}

const fn size_sd() -> f64 {
    1.5
}

const fn half() -> f64 {
    0.5
}

const fn maintenance_margin() -> f64 {
    0.03
}

const fn liquidation_penalty() -> f64 {
    0.01
}
