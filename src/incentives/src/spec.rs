//! Incentive programmes and reward markets as a scenario names them.

use super::schedule::Schedule;
use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A programme that pays liquidity on one venue, or on several by weight.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSpec {
    /// The asset in which rewards are paid; "USD" is the numeraire.
    #[schemars(length(min = 1))]
    pub token: String,
    /// The pool whose liquidity is paid; or `venues`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub venue: Option<String>,
    /// Pools whose liquidity is paid, with their weights in the budget; or `venue`.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": "number", "format": "double", "exclusiveMinimum": 0.0, "maximum": 1e6, "x-unit": "weight"}))]
    pub venues: BTreeMap<String, f64>,
    /// Also pays positions pledged to a later batch migration into the venue.
    #[serde(default)]
    pub pays_pledged: bool,
    /// Everything that is paid between the two dates.
    #[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "tokens"))]
    pub budget: f64,
    /// First instant of payment.
    pub from: Instant,
    /// Last instant of payment.
    pub until: Instant,
    /// The programme is stopped before its end, as a gauge is killed; what was left of the budget is never paid. Default: it is not.
    #[serde(default)]
    pub stopped: Option<Instant>,
    /// How the rate of payment moves between the two dates.
    #[serde(default)]
    pub schedule: Schedule,
    /// Pays only those who came from the old version.
    #[serde(default)]
    pub only_migrated: bool,
    /// Liquidity of one address that is paid at most, valued when it is deposited. Default: no cap.
    #[serde(default)]
    #[schemars(range(max = 1e13), extend("x-unit" = "USD per address", "exclusiveMinimum" = 0.0))]
    pub cap_usd: Option<f64>,
    /// Some addresses are paid several times the rate of the others, as holders of locked votes are. Default: none.
    #[serde(default)]
    pub boost: Option<Boost>,
    /// Pays this multiple of the fees that its liquidity earns, and never more than the schedule; what that leaves over stays unspent.
    /// Default: the schedule is paid whatever fees are.
    #[serde(default)]
    #[schemars(range(max = 1_000.0), extend("x-unit" = "USD of rewards per USD of fees", "exclusiveMinimum" = 0.0))]
    pub matches_fees: Option<f64>,
    /// Rewards are released over a time after they were earned. Default: at once.
    #[serde(default)]
    pub vesting: Option<Vesting>,
    /// Whoever enters while the programme runs pays for leaving too soon. Default: leaving costs nothing.
    #[serde(default)]
    pub lock: Option<Lock>,
    /// A part of the budget is paid on one date, to those who have stayed. Default: none.
    #[serde(default)]
    pub retention_bonus: Option<RetentionBonus>,
    /// Share of the rewards that receivers sell at once.
    #[serde(default = "sold_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of rewards", "x-source" = "judgement: yield farmers sell most of what they farm"))]
    pub sold_share: f64,
    /// A further share that receivers sell little by little. Default: what is not sold at once is held.
    #[serde(default)]
    pub sold_later: Option<SoldLater>,
}

const fn sold_share() -> f64 {
    0.8
}

/// A higher rate for some addresses.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boost {
    /// Their rate as a multiple of the others'.
    #[schemars(range(min = 1.0, max = 100.0), extend("x-unit" = "multiple", "x-source" = "Curve's gauges: up to 2.5"))]
    pub multiple: f64,
    /// Share of addresses that have it.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses"))]
    pub share: f64,
}

/// Rewards that are released little by little.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vesting {
    /// Time over which what was earned is released, at an even rate.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "SUSHI: six months"))]
    pub over: Span,
    /// Share that is paid at once.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of rewards", "x-source" = "SUSHI: a third at once"))]
    pub at_once: f64,
    /// Yearly rate at which receivers discount what comes later.
    #[serde(default = "impatience")]
    #[schemars(range(min = 0.0, max = 20.0), extend("x-unit" = "per year", "x-source" = "judgement: reward tokens fell by half within months"))]
    pub discount: f64,
}

impl Vesting {
    /// What one USD of rewards is worth to a receiver when it is earned.
    ///
    /// Law: a + (1 - a) (1 - exp(-d T)) / (d T), with a the share paid at once, d the rate of discount and T the time of release.
    #[must_use]
    pub fn worth(&self) -> f64 {
        let delay = self.discount * self.over.years();
        let later = if delay > 0.0 { -libm::expm1(-delay) / delay } else { 1.0 };
        self.at_once + (1.0 - self.at_once) * later
    }
}

const fn impatience() -> f64 {
    1.0
}

/// A price on leaving soon.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// How long a position must stay after it entered.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lasting: Span,
    /// Share of the position that goes to the treasury when it leaves sooner.
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of the position"))]
    pub penalty: f64,
}

/// A bonus for staying.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionBonus {
    /// Share of the budget that is kept back for it.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the budget"))]
    pub share: f64,
    /// When it is paid.
    pub at: Instant,
    /// How long a position must have stood in the venue by then.
    pub held_for: Span,
}

/// Rewards that receivers sell on a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoldLater {
    /// Share of the rewards.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of rewards"))]
    pub share: f64,
    /// Time over which each part is sold after it was received, at an even rate.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub over: Span,
}

/// The market in which a reward token is sold: its price reacts to what receivers sell, and to how the protocol fares.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardMarketSpec {
    /// Liquidity of the pools in which the token is sold, both sides together, at the opening.
    #[schemars(range(max = 1e13), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub depth_usd: f64,
    /// Share of the price impact of a sale that buyers never take back.
    #[serde(default = "permanent_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the log price impact", "x-source" = "judgement"))]
    pub permanent_share: f64,
    /// Time in which half of the rest is bought back.
    #[serde(default = "recovery")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub recovery: Span,
    /// Elasticity of the token's price to the protocol's liquidity, old and new version together, relative to the opening.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "1", "x-source" = "judgement: 0 where the price does not follow the protocol's size"))]
    pub liquidity_elasticity: f64,
}

const fn permanent_share() -> f64 {
    0.3
}

fn recovery() -> Span {
    Span::from_seconds(3.0 * portage_base::units::SECONDS_PER_DAY).unwrap_or_default()
}
