//! A fee that follows the pool's own state, as a Uniswap V4 hook sets it; any curve can carry one.

use portage_base::units::{BPS, SECONDS_PER_YEAR, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rule of a fee that changes with the state of its pool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DynamicFeeSpec {
    /// Linear between two realised volatilities of the pool's own spot price, constant outside.
    RealisedVolatility {
        /// Fee at and below the low volatility.
        #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "1-30 bps: fee tiers in use"))]
        low_bps: f64,
        /// Fee at and above the high volatility.
        #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "30-100 bps: fee tiers in use"))]
        high_bps: f64,
        /// Volatility at which the fee begins to change.
        #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per sqrt(year)", "x-source" = "judgement: a calm market, 0.3-0.6"))]
        low_volatility: f64,
        /// Volatility at which the fee stops changing; above `low_volatility`.
        #[schemars(range(max = 20.0), extend("exclusiveMinimum" = 0.0, "x-unit" = "per sqrt(year)", "x-source" = "judgement: a stressed market, 1-3"))]
        high_volatility: f64,
        /// Time constant of the exponentially weighted mean of squared returns.
        #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement: minutes to a day"))]
        memory: Span,
    },
    /// Linear in time from the opening of the pool (of an old one: from the start), then constant.
    SinceLaunch {
        /// Fee when the pool opens.
        #[schemars(range(min = 0.0, max = 9_999.0), extend("x-unit" = "bps", "x-source" = "100-5000 bps against snipers at a launch (judgement)"))]
        initial_bps: f64,
        /// Fee from the end of the span on.
        #[schemars(range(min = 0.0, max = 9_999.0), extend("x-unit" = "bps", "x-source" = "5-100 bps: fee tiers in use"))]
        final_bps: f64,
        /// Time over which the fee goes from the first to the last value.
        #[schemars(extend("x-source" = "minutes to weeks (judgement)"))]
        over: Span,
    },
    /// Linear in the logarithm of the pool's depth between two depths, constant outside.
    Depth {
        /// Fee at and below the thin depth.
        #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "30-100 bps: fee tiers in use"))]
        thin_bps: f64,
        /// Fee at and above the deep depth.
        #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "1-30 bps: fee tiers in use"))]
        deep_bps: f64,
        /// Depth at which the fee begins to change.
        #[schemars(extend("exclusiveMinimum" = 0.0, "x-unit" = "USD", "x-source" = "judgement: of the size of one usual trade"))]
        thin_usd: f64,
        /// Depth at which the fee stops changing; above `thin_usd`.
        #[schemars(extend("exclusiveMinimum" = 0.0, "x-unit" = "USD", "x-source" = "judgement: of a hundred usual trades"))]
        deep_usd: f64,
    },
}

/// A [`DynamicFeeSpec`] at work beside one pool.
///
/// Law: `realised_volatility`: v <- v d + (1 - d) r^2/dt with r the log return of the spot price since the last sample,
/// dt its time in years, d = exp(-dt/memory); fee linear in sqrt(v) between the two volatilities. `since_launch`: linear
/// in time. `depth`: linear in ln(depth). Outside its two ends every rule is constant.
///
/// Stepping: one sample per update that is later than the last; several updates within one instant are one sample, at
/// the next. Before anything was seen the volatility is the rule's `low_volatility`.
///
/// Source: RiskMetrics (1996) for the exponentially weighted mean, with uneven intervals; the fee lines are the model's.
#[derive(Debug, Clone)]
pub struct DynamicFee {
    spec: DynamicFeeSpec,
    opened_seconds: f64,
    sampled_seconds: f64,
    sampled_spot: f64,
    /// Weighted mean of squared log returns, per year.
    variance: f64,
}

impl DynamicFee {
    /// The rule `spec` beside a pool that opens at `seconds` with the spot price `spot` (any unit, positive).
    #[must_use]
    pub fn open(spec: &DynamicFeeSpec, seconds: f64, spot: f64) -> Self {
        let volatility = match spec {
            DynamicFeeSpec::RealisedVolatility { low_volatility, .. } => *low_volatility,
            DynamicFeeSpec::SinceLaunch { .. } | DynamicFeeSpec::Depth { .. } => 0.0,
        };
        Self {
            spec: spec.clone(),
            opened_seconds: seconds,
            sampled_seconds: seconds,
            sampled_spot: spot,
            variance: volatility * volatility,
        }
    }

    /// The fee share of the pool at `seconds` (not earlier than before), with spot price `spot` and `depth_usd` around it.
    ///
    /// A spot price that is not positive and finite (an empty pool) is not sampled.
    #[inline]
    pub fn update(&mut self, seconds: f64, spot: f64, depth_usd: f64) -> f64 {
        let fee_bps = match self.spec {
            DynamicFeeSpec::RealisedVolatility { low_bps, high_bps, low_volatility, high_volatility, memory } => {
                self.sample(seconds, spot, memory);
                line(self.variance.sqrt(), (low_volatility, low_bps), (high_volatility, high_bps))
            }
            DynamicFeeSpec::SinceLaunch { initial_bps, final_bps, over } => {
                line(seconds - self.opened_seconds, (0.0, initial_bps), (over.seconds(), final_bps))
            }
            DynamicFeeSpec::Depth { thin_bps, deep_bps, thin_usd, deep_usd } => {
                if depth_usd > thin_usd {
                    line(libm::log(depth_usd / thin_usd), (0.0, thin_bps), (libm::log(deep_usd / thin_usd), deep_bps))
                } else {
                    thin_bps
                }
            }
        };
        fee_bps / BPS
    }

    /// The realised volatility of the spot price, per sqrt(year); 0 under a rule that does not measure it.
    #[inline]
    #[must_use]
    pub fn volatility(&self) -> f64 {
        self.variance.sqrt()
    }

    fn sample(&mut self, seconds: f64, spot: f64, memory: Span) {
        let elapsed_seconds = seconds - self.sampled_seconds;
        if !(elapsed_seconds > 0.0 && spot > 0.0 && spot.is_finite()) {
            return;
        }
        if self.sampled_spot > 0.0 {
            let log_return = if spot == self.sampled_spot { 0.0 } else { libm::log(spot / self.sampled_spot) };
            let weight = -libm::expm1(-elapsed_seconds / memory.seconds());
            let rate = log_return * log_return * SECONDS_PER_YEAR / elapsed_seconds;
            self.variance += weight * (rate - self.variance);
        }
        self.sampled_seconds = seconds;
        self.sampled_spot = spot;
    }
}

/// The straight line through two points, constant outside them; of two points at one place, the second from there on.
fn line(at: f64, (from, first): (f64, f64), (until, last): (f64, f64)) -> f64 {
    if at >= until {
        last
    } else if at <= from {
        first
    } else {
        first + (last - first) * (at - from) / (until - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Span {
        text.parse().unwrap()
    }

    fn by_volatility() -> DynamicFeeSpec {
        DynamicFeeSpec::RealisedVolatility {
            low_bps: 5.0,
            high_bps: 85.0,
            low_volatility: 0.4,
            high_volatility: 1.2,
            memory: span("6h"),
        }
    }

    #[test]
    fn a_steady_zigzag_has_its_own_volatility() {
        // Returns of +-r every 12 s have realised variance r^2 / dt exactly; r is chosen for 0.8 per sqrt(year), midway.
        let step = 0.8 * (12.0 / SECONDS_PER_YEAR).sqrt();
        let mut fee = DynamicFee::open(&by_volatility(), 0.0, 2_000.0);
        let mut share = 0.0;
        for block in 1..=40_000_u32 {
            let spot = if block % 2 == 1 { 2_000.0 * libm::exp(step) } else { 2_000.0 };
            share = fee.update(f64::from(block) * 12.0, spot, 0.0);
        }
        assert!((fee.volatility() - 0.8).abs() < 1e-6, "{}", fee.volatility());
        assert!((share - 45e-4).abs() < 1e-8);
    }

    #[test]
    fn quiet_time_halves_the_variance_after_memory_times_ln_two() {
        let mut fee = DynamicFee::open(&by_volatility(), 0.0, 1.0);
        let half_life = 6.0 * 3_600.0 * std::f64::consts::LN_2;
        let _ = fee.update(half_life, 1.0, 0.0);
        assert!((fee.volatility() * fee.volatility() / 0.08 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn updates_within_one_instant_are_one_sample() {
        let (mut once, mut often) =
            (DynamicFee::open(&by_volatility(), 0.0, 1.0), DynamicFee::open(&by_volatility(), 0.0, 1.0));
        let _ = once.update(12.0, 1.01, 0.0);
        let _ = often.update(12.0, 1.01, 0.0);
        for spot in [0.97, 1.2, 1.05] {
            let _ = often.update(12.0, spot, 0.0);
        }
        assert_eq!(once.update(24.0, 1.05, 0.0).to_bits(), often.update(24.0, 1.05, 0.0).to_bits());
    }

    #[test]
    fn an_empty_pool_is_not_sampled() {
        let mut fee = DynamicFee::open(&by_volatility(), 0.0, 0.0);
        for (seconds, spot) in [(12.0, 0.0), (24.0, f64::NAN), (36.0, 1.0)] {
            assert_eq!(fee.update(seconds, spot, 0.0), 5e-4);
        }
        assert!(fee.update(48.0, 1.5, 0.0) > 5e-4);
    }

    #[test]
    fn the_fee_since_launch_is_a_line() {
        let spec = DynamicFeeSpec::SinceLaunch { initial_bps: 500.0, final_bps: 30.0, over: span("1h") };
        let mut fee = DynamicFee::open(&spec, 1_000.0, 1.0);
        for (seconds, bps) in [(1_000.0, 500.0), (2_800.0, 265.0), (4_600.0, 30.0), (9_000.0, 30.0)] {
            assert!((fee.update(seconds, 1.0, 0.0) - bps * 1e-4).abs() < 1e-15);
        }
    }

    #[test]
    fn the_fee_by_depth_is_a_line_in_its_logarithm() {
        let spec = DynamicFeeSpec::Depth { thin_bps: 100.0, deep_bps: 5.0, thin_usd: 1e4, deep_usd: 1e6 };
        let mut fee = DynamicFee::open(&spec, 0.0, 1.0);
        for (depth_usd, bps) in [(0.0, 100.0), (1e4, 100.0), (1e5, 52.5), (1e6, 5.0), (1e9, 5.0)] {
            assert!((fee.update(0.0, 1.0, depth_usd) - bps * 1e-4).abs() < 1e-15);
        }
    }

    #[test]
    fn a_scenario_names_the_rule_by_its_key() {
        let text = serde_json::json!({ "since_launch": { "initial_bps": 500.0, "final_bps": 30.0, "over": "1h" } });
        let spec: DynamicFeeSpec = serde_json::from_value(text).unwrap();
        assert_eq!(spec, DynamicFeeSpec::SinceLaunch { initial_bps: 500.0, final_bps: 30.0, over: span("1h") });
        let stray = serde_json::json!({ "depth": { "thin_bps": 1.0, "deep_bps": 1.0, "thin_usd": 1.0, "deep_usd": 2.0, "x": 1 } });
        assert!(serde_json::from_value::<DynamicFeeSpec>(stray).is_err());
    }
}
