//! A rule that starts the migration by itself, and what it costs to deceive it.

use portage_base::units::{GWEI_PER_ETH, Instant, SECONDS_PER_YEAR, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule over observed state that starts the migration.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerSpec {
    /// What is watched.
    pub watches: Observable,
    /// On which side of which value it must lie, in the unit of what is watched.
    pub threshold: Threshold,
    /// How long it must lie there without a break.
    #[serde(default)]
    pub held_for: Span,
    /// The rule does not look before. Default: it looks as soon as the new version is open.
    #[serde(default)]
    pub not_before: Option<Instant>,
    /// The migration starts then in any case. Default: only by the rule.
    #[serde(default)]
    pub latest: Option<Instant>,
    /// What an early start is worth to somebody who might bring it about.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e15), extend("x-unit" = "USD", "x-source" = "nobody gains, unless stated"))]
    pub gain_usd: f64,
    /// What capital costs whoever deceives the rule.
    #[serde(default = "capital_rate")]
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "per year", "x-source" = "judgement: lending rates of stablecoins"))]
    pub capital_rate: f64,
}

const fn capital_rate() -> f64 {
    0.05
}

/// What a trigger watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observable {
    /// Value in the old version, USD.
    OldValue,
    /// Base fee, gwei.
    GasPrice,
    /// Price in the reference market, quote for one base.
    ReferencePrice,
    /// Price in the old pool, quote for one base.
    PoolPrice,
    /// Volatility of the reference market, per square root of a year.
    Volatility,
    /// Yield in the new version less yield in the old one, per year.
    YieldGap,
}

/// On which side of which value something must lie.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Threshold {
    /// Above this value.
    Above(f64),
    /// Below this value.
    Below(f64),
}

impl Threshold {
    /// Whether `value` lies on the side that counts.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Above(bound) => value > bound,
            Self::Below(bound) => value < bound,
        }
    }

    /// The nearest value for which it holds.
    #[must_use]
    pub const fn just_past(self) -> f64 {
        match self {
            Self::Above(bound) => bound.next_up(),
            Self::Below(bound) => bound.next_down(),
        }
    }

    const fn bound(self) -> f64 {
        match self {
            Self::Above(bound) | Self::Below(bound) => bound,
        }
    }
}

/// A trigger on the run's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trigger {
    threshold: Threshold,
    held_seconds: f64,
    not_before_seconds: f64,
    latest_seconds: f64,
    since_seconds: Option<f64>,
    fired_seconds: Option<f64>,
}

impl Trigger {
    /// The trigger of `spec`, its seconds counted from `start`; without a date of its own it looks from `opens` on.
    #[must_use]
    pub fn new(spec: &TriggerSpec, opens: Instant, start: Instant) -> Self {
        Self {
            threshold: spec.threshold,
            held_seconds: spec.held_for.seconds(),
            not_before_seconds: spec.not_before.unwrap_or(opens).seconds_since(start),
            latest_seconds: spec.latest.map_or(f64::INFINITY, |latest| latest.seconds_since(start)),
            since_seconds: None,
            fired_seconds: None,
        }
    }

    /// Looks at `value` at `seconds` on the run's clock; whether the migration starts now. It does so once.
    ///
    /// Law: it starts at the first look at which the value has lain on the right side at every look of the last `held_for`, or at the
    /// latest date.
    pub fn watch(&mut self, seconds: f64, value: f64) -> bool {
        if self.fired_seconds.is_some() {
            return false;
        }
        let holds = seconds >= self.not_before_seconds && self.threshold.holds(value);
        self.since_seconds = holds.then(|| self.since_seconds.unwrap_or(seconds));
        let is_held = self.since_seconds.is_some_and(|since| seconds - since >= self.held_seconds);
        if is_held || seconds >= self.latest_seconds {
            self.fired_seconds = Some(seconds);
        }
        self.fired_seconds.is_some()
    }

    /// When it started the migration, seconds on the run's clock.
    #[must_use]
    pub const fn fired_seconds(&self) -> Option<f64> {
        self.fired_seconds
    }
}

/// The state in which somebody might deceive a trigger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// Value in the old version, USD.
    pub old_value_usd: f64,
    /// Value in the new version, USD.
    pub new_value_usd: f64,
    /// Yield in the old version, per year.
    pub old_yield: f64,
    /// Yield in the new version, per year.
    pub new_yield: f64,
    /// Quote side of the old pool about its price (of the constant product with the same liquidity), USD.
    pub pool_quote_usd: f64,
    /// Fee of the old pool, as a share of what goes in.
    pub pool_fee: f64,
    /// Time between two blocks, seconds.
    pub block_seconds: f64,
    /// Gas that a block holds at most; half of it is the target (EIP-1559).
    pub gas_limit: f64,
    /// USD price of the gas token.
    pub gas_token_usd: f64,
}

/// What it takes to deceive a trigger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaming {
    /// Capital that must be at hand, USD.
    pub capital_usd: f64,
    /// What is lost of it, USD.
    pub cost_usd: f64,
}

impl Gaming {
    const FREE: Self = Self { capital_usd: 0.0, cost_usd: 0.0 };
}

/// Most that a full block raises the base fee by (EIP-1559).
const BASE_FEE_RISE: f64 = 1.125;

impl TriggerSpec {
    /// What it takes to hold what is watched, now `value`, beyond the threshold for as long as the rule asks.
    ///
    /// `None` where nobody can from within this model: the reference market takes any order at its price, and no deposit lowers a base
    /// fee. Nothing where it lies there already.
    ///
    /// Laws, by what is watched:
    /// - pool price, to a times its value (or 1/a): capital y (sqrt(a) - 1). Without a time to hold, push and return are one transaction
    ///   and cost the fee twice; held, arbitrage takes y (sqrt(a) + 1/sqrt(a) - 2) and the push pays its fee, in every block anew.
    /// - old value: the difference, lent for the time to hold (withdrawn or deposited).
    /// - yield gap: the deposit that dilutes the yield y of a version of value V by d: V d/(y - d), lent for that time; the return that
    ///   it earns there itself is left out.
    /// - base fee upwards: full blocks, each an eighth dearer, then half a block's gas in each block at the threshold.
    #[must_use]
    pub fn gaming(&self, value: f64, ground: &Ground) -> Option<Gaming> {
        if self.threshold.holds(value) {
            return Some(Gaming::FREE);
        }
        let bound = self.threshold.bound();
        let is_upward = bound >= value;
        let lent = |capital_usd: f64| Gaming {
            capital_usd,
            cost_usd: capital_usd * self.capital_rate * self.held_for.seconds() / SECONDS_PER_YEAR,
        };
        match self.watches {
            Observable::PoolPrice => self.push_of_pool(bound / value, ground),
            Observable::OldValue => Some(lent((bound - value).abs())),
            Observable::YieldGap => {
                let (diluted_usd, rate) = if is_upward {
                    (ground.old_value_usd, ground.old_yield)
                } else {
                    (ground.new_value_usd, ground.new_yield)
                };
                let fall = (bound - value).abs();
                (fall < rate).then(|| lent(diluted_usd * fall / (rate - fall)))
            }
            Observable::GasPrice => (is_upward && value > 0.0).then(|| self.push_of_base_fee(value, bound, ground)),
            Observable::ReferencePrice | Observable::Volatility => None,
        }
    }

    /// Whether deceiving it pays whoever gains from an early start.
    #[must_use]
    pub fn pays_to_game(&self, value: f64, ground: &Ground) -> bool {
        self.gaming(value, ground).is_some_and(|gaming| self.gain_usd > gaming.cost_usd)
    }

    fn push_of_pool(&self, factor: f64, ground: &Ground) -> Option<Gaming> {
        if !(factor.is_finite() && factor > 0.0) {
            return None;
        }
        let root = factor.max(1.0 / factor).sqrt();
        let capital_usd = ground.pool_quote_usd * (root - 1.0);
        let fee_usd = capital_usd * ground.pool_fee;
        let held = self.held_for.seconds();
        let cost_usd = if held > 0.0 {
            let lost_usd = ground.pool_quote_usd * (root + 1.0 / root - 2.0);
            (lost_usd + fee_usd) * (held / ground.block_seconds).ceil()
        } else {
            2.0 * fee_usd
        };
        Some(Gaming { capital_usd, cost_usd })
    }

    fn push_of_base_fee(&self, fee_gwei: f64, bound_gwei: f64, ground: &Ground) -> Gaming {
        let blocks = (libm::log(bound_gwei / fee_gwei) / libm::log(BASE_FEE_RISE)).ceil();
        let target = 0.5 * ground.gas_limit;
        // The sum of a geometric series: what others would use of the target, they use; the rest of the block is paid for.
        let rise_gwei = fee_gwei * (libm::pow(BASE_FEE_RISE, blocks) - 1.0) / (BASE_FEE_RISE - 1.0);
        let held_gwei = bound_gwei * (self.held_for.seconds() / ground.block_seconds).ceil();
        let cost_usd = (rise_gwei + held_gwei) * target / GWEI_PER_ETH * ground.gas_token_usd;
        Gaming { capital_usd: cost_usd, cost_usd }
    }
}

#[cfg(test)]
mod tests;
