//! Perpetual exchanges as a scenario names them.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A perpetual exchange: its markets, who trades on it at the opening, and what it does when an account cannot pay.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerpsSpec {
    /// The markets, by the asset that each is about: one to eight over all exchanges.
    pub markets: BTreeMap<String, PerpMarketSpec>,
    /// Accounts with open positions at the start; without them it opens empty, for others to move to.
    #[serde(default)]
    pub accounts: Option<AccountsSpec>,
    /// The insurance fund at the start: it pays what liquidated accounts cannot.
    #[schemars(range(min = 0.0, max = 1e15), extend("x-unit" = "USD"))]
    pub insurance_usd: f64,
    /// What positions are valued and margined at.
    #[serde(default)]
    pub mark: MarkPrice,
    /// How the middle of the order book stands to the index.
    #[serde(default)]
    pub premium: PremiumSpec,
    /// What the side that the book favours pays to the other.
    #[serde(default)]
    pub funding: FundingSpec,
    /// Fee of trades against the book; liquidations pay the penalty instead.
    #[serde(default = "taker_fee_bps")]
    #[schemars(range(min = 0.0, max = 500.0), extend("x-unit" = "bps of value", "x-source" = "about 5 on large exchanges (judgement)"))]
    pub taker_fee_bps: f64,
    /// What a liquidation takes of the equity that is left, at most; it goes to the insurance fund.
    #[serde(default = "liquidation_penalty")]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of value", "x-source" = "about 1 % on large exchanges (judgement)"))]
    pub liquidation_penalty: f64,
    /// Times during which nothing can be added, closed or liquidated.
    #[serde(default)]
    pub halts: Vec<HaltSpec>,
    /// How accounts move to another exchange.
    #[serde(default)]
    pub moves: Option<PerpMovesSpec>,
}

/// A market of an exchange.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerpMarketSpec {
    /// What trades for each per cent by which the price moves, on either side of the book.
    #[schemars(range(max = 1e12), extend("x-unit" = "USD per 1 % of price", "exclusiveMinimum" = 0.0))]
    pub depth_usd: f64,
    /// Collateral that a position needs when it is opened.
    #[serde(default = "initial_margin")]
    #[schemars(range(max = 1.0), extend("x-unit" = "share of value", "exclusiveMinimum" = 0.0, "x-source" = "5 % for BTC-USD and ETH-USD (help.dydx.exchange, contract specifications of v3)"))]
    pub initial_margin: f64,
    /// Equity below which an account is liquidated: the sum over its positions.
    #[serde(default = "maintenance_margin")]
    #[schemars(range(max = 0.5), extend("x-unit" = "share of value", "exclusiveMinimum" = 0.0, "x-source" = "3 % for BTC-USD and ETH-USD (help.dydx.exchange, contract specifications of v3)"))]
    pub maintenance_margin: f64,
    /// Weight of this market in the accounts' open interest.
    #[serde(default = "one")]
    #[schemars(range(max = 1e6), extend("x-unit" = "weight", "exclusiveMinimum" = 0.0))]
    pub weight: f64,
    /// The oracle that gives the index price; without one it is the reference price.
    #[serde(default)]
    pub oracle: Option<String>,
}

/// What positions are valued and margined at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkPrice {
    /// The index: what is sold into the book moves nobody's margin (dYdX v3).
    #[default]
    Index,
    /// The middle of the order book: liquidations push it, and so cause others.
    Book,
}

/// How the middle of the order book stands to the index: it is pushed by liquidations and comes back, with noise.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PremiumSpec {
    /// Standard deviation that it has when nothing pushes it.
    #[schemars(range(min = 0.0, max = 0.1), extend("x-unit" = "share of the index", "x-source" = "2 bps, a spread or two (judgement)"))]
    pub sd: f64,
    /// Time in which half of what pushed it is gone.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "ten minutes (judgement): arbitrageurs between exchanges need minutes"))]
    pub half_life: Span,
    /// Where it tends to when all open interest is long; minus that when all is short.
    #[schemars(range(min = 0.0, max = 0.1), extend("x-unit" = "share of the index", "x-source" = "5 bps (judgement)"))]
    pub of_imbalance: f64,
}

/// Funding: (mean premium + interest) for every eight hours, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FundingSpec {
    /// Time between two payments; at least one observation.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "an hour (help.dydx.exchange, contract specifications of v3)"))]
    pub every: Span,
    /// What longs pay even without a premium.
    #[schemars(range(min = -0.01, max = 0.01), extend("x-unit" = "share of value per 8 h", "x-source" = "0.01 %, usual on large exchanges"))]
    pub interest: f64,
    /// Bound of the rate, as a multiple of initial less maintenance margin.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "multiple, for 8 h", "x-source" = "6 (docs.dydx.community, funding rate clamp factor 600 %)"))]
    pub clamp: f64,
}

/// A time during which an exchange stands still.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltSpec {
    /// Its beginning.
    pub from: Instant,
    /// Its length.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lasting: Span,
}

/// Accounts with open positions.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountsSpec {
    /// Accounts.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "accounts"))]
    pub count: u32,
    /// Value of all their positions, long and short ones added; market makers hold what does not cancel.
    #[schemars(range(max = 1e15), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub open_interest_usd: f64,
    /// Standard deviation of the log of an account's size.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "judgement: as uneven as other holdings on a chain"))]
    pub size_sd: f64,
    /// Value of an account's positions over its collateral.
    #[serde(default)]
    pub leverage: LeverageLaw,
    /// Probability that a position is long.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement: makers stand on either side"))]
    pub long_share: f64,
    /// Probability that an account holds a position in every market, by their weights; the others hold one.
    #[serde(default = "several_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub several_share: f64,
    /// What holders do when their margin runs low.
    #[serde(default)]
    pub margin_calls: MarginCalls,
}

/// Value over collateral: lognormal, and where it falls outside the bounds, at them.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeverageLaw {
    /// Median.
    #[schemars(range(min = 0.1, max = 1_000.0), extend("x-unit" = "value over collateral", "x-source" = "judgement"))]
    pub median: f64,
    /// Standard deviation of the log.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub sd: f64,
    /// Lower bound.
    #[schemars(range(min = 0.1, max = 1_000.0), extend("x-unit" = "value over collateral", "x-source" = "judgement"))]
    pub least: f64,
    /// Upper bound.
    #[schemars(range(min = 0.1, max = 1_000.0), extend("x-unit" = "value over collateral", "x-source" = "20 for BTC-USD and ETH-USD (help.dydx.exchange, contract specifications of v3)"))]
    pub most: f64,
}

/// What holders do when their margin runs low; those who neither add margin nor close do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarginCalls {
    /// Equity below which a holder acts.
    #[schemars(range(max = 100.0), extend("x-unit" = "multiple of the maintenance margin", "exclusiveMinimum" = 1.0, "x-source" = "judgement: a third above it"))]
    pub acts_below: f64,
    /// Equity up to which collateral is added.
    #[schemars(range(max = 100.0), extend("x-unit" = "multiple of the maintenance margin", "exclusiveMinimum" = 1.0, "x-source" = "judgement: twice as much"))]
    pub restores_to: f64,
    /// Probability that a holder adds collateral.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub attentive_share: f64,
    /// Probability that a holder closes everything instead.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub stop_share: f64,
}

/// How the accounts of an exchange move to another one.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerpMovesSpec {
    /// The exchange to which they move: it has the same markets.
    pub to: String,
    /// When the first may leave; market makers begin to leave, too.
    pub from: Instant,
    /// Who leaves when.
    pub leave: LeaveSpec,
    /// Whether positions go along, or are closed here and opened again there.
    pub positions: CarriedBy,
    /// How long the collateral is under way.
    pub transit: Span,
    /// How long both exchanges stand still from `from` on.
    #[serde(default)]
    pub downtime: Span,
    /// Time in which half of the depth that leaves the old books has left.
    #[serde(default = "week")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub makers_half_life: Span,
    /// Share of the depth that stays in the old books for good.
    #[serde(default = "depth_left")]
    #[schemars(range(max = 1.0), extend("x-unit" = "share of depth", "exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub depth_left: f64,
    /// Share of its depth with which the new exchange opens.
    #[serde(default = "depth_first")]
    #[schemars(range(max = 1.0), extend("x-unit" = "share of depth", "exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub depth_first: f64,
    /// Time in which the new books become as deep as they are to be, in a straight line.
    #[serde(default = "fortnight")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub depth_ramp: Span,
}

/// Who leaves when.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveSpec {
    /// In the order in which accounts were drawn: so many a day.
    AccountsPerDay(#[schemars(range(max = 1e12), extend("x-unit" = "accounts per day", "exclusiveMinimum" = 0.0))] f64),
    /// Each by itself: a constant hazard.
    HazardPerDay(#[schemars(range(max = 1e3), extend("x-unit" = "per day", "exclusiveMinimum" = 0.0))] f64),
}

/// What becomes of positions when their collateral moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CarriedBy {
    /// They stay where they are while the collateral is under way, and follow it at the mark price when it has arrived: until then
    /// nothing can be added, closed or liquidated.
    Operator,
    /// They are closed through the old book, and opened again through the new one as far as the initial margin allows.
    Reopening,
}

impl LeverageLaw {
    /// Leverage of an account whose standard normal draw is `normal`.
    #[must_use]
    pub fn leverage(&self, normal: f64) -> f64 {
        (self.median * libm::exp(self.sd * normal)).clamp(self.least, self.most)
    }
}

impl Default for PremiumSpec {
    fn default() -> Self {
        Self { sd: 0.0002, half_life: span(600.0), of_imbalance: 0.0005 }
    }
}

impl Default for FundingSpec {
    fn default() -> Self {
        Self { every: span(3_600.0), interest: 0.0001, clamp: 6.0 }
    }
}

impl Default for LeverageLaw {
    fn default() -> Self {
        Self { median: 5.0, sd: 0.6, least: 1.0, most: 20.0 }
    }
}

impl Default for MarginCalls {
    fn default() -> Self {
        Self { acts_below: 4.0 / 3.0, restores_to: 8.0 / 3.0, attentive_share: 0.5, stop_share: 0.2 }
    }
}

fn span(seconds: f64) -> Span {
    Span::from_seconds(seconds).unwrap_or_default()
}

fn week() -> Span {
    span(7.0 * 86_400.0)
}

fn fortnight() -> Span {
    span(14.0 * 86_400.0)
}

const fn taker_fee_bps() -> f64 {
    5.0
}

const fn liquidation_penalty() -> f64 {
    0.01
}

const fn initial_margin() -> f64 {
    0.05
}

const fn maintenance_margin() -> f64 {
    0.03
}

const fn one() -> f64 {
    1.0
}

const fn size_sd() -> f64 {
    1.5
}

const fn half() -> f64 {
    0.5
}

const fn several_share() -> f64 {
    0.3
}

const fn depth_left() -> f64 {
    0.05
}

const fn depth_first() -> f64 {
    0.1
}
