//! Stress overlay: dated shocks to a price, to a volatility, to all correlations.

use super::Grid;
use super::steps::Window;
use portage_base::elementary::exp;
use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A dated shock, on top of the laws of the assets.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shock {
    /// One asset's price changes.
    Price(PriceShock),
    /// One asset's volatility is multiplied for a time.
    Volatility(VolatilityShock),
    /// All correlations go to one value for a time.
    Correlation(CorrelationShock),
}

/// The price of an asset is multiplied by 1 + change, evenly in its log over a span, and by nothing else of the law.
///
/// The change stays, unless `recovery_half_life` is given: then its log is halved every `recovery_half_life` after
/// the span. The law itself does not see the shock: a pegged asset returns to its peg only by the recovery.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceShock {
    /// Date at which it begins.
    pub at: Instant,
    /// Name of the asset.
    pub asset: String,
    /// Relative change of the price: -0.4 is a fall by 40 %.
    #[schemars(range(max = 100.0), extend("x-unit" = "share", "exclusiveMinimum" = -1.0))]
    pub change: f64,
    /// Span over which the price changes; `0s` puts all of it into the block in which the date falls.
    pub over: Span,
    /// Time in which the change of the log price is halved again, above zero; left out: the change stays.
    #[serde(default)]
    pub recovery_half_life: Option<Span>,
}

/// The diffusive volatility of an asset is multiplied by a factor while the shock lasts; jumps and depegs are not.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolatilityShock {
    /// Date at which it begins.
    pub at: Instant,
    /// Name of the asset.
    pub asset: String,
    /// Factor on the volatility.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "ratio"))]
    pub factor: f64,
    /// How long it lasts, above zero.
    pub lasting: Span,
}

/// Every correlation between two assets that have noise is replaced by one value while the shock lasts.
///
/// In a block of which the shock covers the share w, the matrix is (1 - w) C + w E with E the matrix of that value.
///
/// Errors: with n assets the value must be at least -1 / (n - 1).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrelationShock {
    /// Date at which it begins.
    pub at: Instant,
    /// The correlation of every pair.
    #[schemars(range(min = -1.0, max = 1.0), extend("x-unit" = "correlation"))]
    pub to: f64,
    /// How long it lasts, above zero.
    pub lasting: Span,
}

/// A shock whose asset is known by its place in the list of assets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ResolvedShock {
    /// See [`PriceShock`].
    Price { at: Instant, asset: usize, change: f64, over: Span, recovery_half_life: Option<Span> },
    /// See [`VolatilityShock`].
    Volatility { at: Instant, asset: usize, factor: f64, lasting: Span },
    /// See [`CorrelationShock`].
    Correlation { at: Instant, to: f64, lasting: Span },
}

impl Shock {
    /// The date at which the shock begins.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Price(shock) => shock.at,
            Self::Volatility(shock) => shock.at,
            Self::Correlation(shock) => shock.at,
        }
    }

    /// The name of the asset that the shock hits; `None` for a correlation shock.
    #[must_use]
    pub fn asset(&self) -> Option<&str> {
        match self {
            Self::Price(shock) => Some(&shock.asset),
            Self::Volatility(shock) => Some(&shock.asset),
            Self::Correlation(_) => None,
        }
    }

    /// The shock with its asset's place found by `place`; `None` when there is no such asset.
    #[must_use]
    pub fn resolve(&self, place: impl Fn(&str) -> Option<usize>) -> Option<ResolvedShock> {
        Some(match *self {
            Self::Price(PriceShock { at, ref asset, change, over, recovery_half_life }) => {
                ResolvedShock::Price { at, asset: place(asset)?, change, over, recovery_half_life }
            }
            Self::Volatility(VolatilityShock { at, ref asset, factor, lasting }) => {
                ResolvedShock::Volatility { at, asset: place(asset)?, factor, lasting }
            }
            Self::Correlation(CorrelationShock { at, to, lasting }) => ResolvedShock::Correlation { at, to, lasting },
        })
    }
}

impl ResolvedShock {
    /// The time in which the shock builds up (price) or lasts, in blocks since the start of `grid`.
    pub(super) fn window(&self, grid: &Grid) -> Window {
        let (at, length) = match *self {
            Self::Price { at, over, .. } => (at, over),
            Self::Volatility { at, lasting, .. } | Self::Correlation { at, lasting, .. } => (at, lasting),
        };
        let from = at.seconds_since(grid.start) / grid.block_seconds;
        Window { from, until: from + length.seconds() / grid.block_seconds }
    }
}

/// The log of the factor by which a price shock multiplies the price, as a function of time in blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    pub window: Window,
    pub log_change: f64,
    /// Speed of the recovery after the window, per block; zero when the change stays.
    pub recovery_rate: f64,
}

impl Ramp {
    /// Adds the shock to the log prices of consecutive blocks of which the first is `first`.
    pub fn apply(&self, first: u64, log: &mut [f64]) {
        if self.window.from >= (first + log.len() as u64) as f64 {
            return;
        }
        for (block, log) in (first..).zip(log) {
            *log += self.log_factor((block + 1) as f64);
        }
    }

    /// The shock at `time`; a shock without length has come at once after its date.
    fn log_factor(&self, time: f64) -> f64 {
        let Window { from, until } = self.window;
        if time <= from {
            0.0
        } else if time < until {
            self.log_change * ((time - from) / (until - from))
        } else if self.recovery_rate == 0.0 {
            self.log_change
        } else {
            self.log_change * exp(-self.recovery_rate * (time - until))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHUNK;
    use crate::trial::{START, every_law, gbm, grid, hours, market, prices};
    use portage_base::units::SECONDS_PER_YEAR;

    const HOUR: f64 = 3_600.0;

    fn at(hours: f64) -> Instant {
        START.plus_seconds(hours * HOUR)
    }

    /// Prices of two driftless assets over 20 hourly blocks, with and without shocks.
    fn with_and_without(shocks: &[ResolvedShock]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let laws = [("A", gbm(0.9, 0.0)), ("B", gbm(0.9, 0.0))];
        let correlations = [(0, 1, 0.3)];
        let shocked = market(&laws, &correlations, shocks, grid(HOUR, 20));
        let plain = market(&laws, &correlations, &[], grid(HOUR, 20));
        (prices(&shocked, 1, 1, CHUNK), prices(&plain, 1, 1, CHUNK))
    }

    #[test]
    fn a_price_shock_multiplies_the_price_and_nothing_else() {
        // -40 % over two hours from 5:30, so that a quarter of its log falls into hour 5.
        let shock =
            ResolvedShock::Price { at: at(5.5), asset: 0, change: -0.4, over: hours(2.0), recovery_half_life: None };
        let (shocked, plain) = with_and_without(&[shock]);
        assert_eq!(shocked[1], plain[1]);
        for hour in 0..20 {
            let share = ((hour + 1) as f64 - 5.5).clamp(0.0, 2.0) / 2.0;
            let ratio = shocked[0][hour] / plain[0][hour];
            assert!((ratio - libm::pow(0.6, share)).abs() < 1e-12, "hour {hour}: {ratio}");
        }
    }

    #[test]
    fn a_shock_recovers_by_its_half_life_once_its_span_is_over() {
        for length in [0.0, 2.0] {
            let (over, recovery_half_life) = (hours(length), Some(hours(3.0)));
            let shock = ResolvedShock::Price { at: at(5.0), asset: 0, change: -0.4, over, recovery_half_life };
            let (shocked, plain) = with_and_without(&[shock]);
            for hour in 0..20 {
                let age = (hour + 1) as f64 - 5.0;
                let share = match age {
                    age if age <= 0.0 => 0.0,
                    age if age < length => age / length,
                    age => libm::exp2(-(age - length) / 3.0),
                };
                let truth = libm::pow(0.6, share);
                assert!((shocked[0][hour] / plain[0][hour] - truth).abs() < 1e-12, "{length} h long, hour {hour}");
            }
        }
    }

    #[test]
    fn every_law_takes_a_price_shock_in_the_same_way() {
        let laws = every_law();
        let shock = |asset| ResolvedShock::Price {
            at: at(3.0),
            asset,
            change: 0.5,
            over: hours(1.0),
            recovery_half_life: None,
        };
        let shocks: Vec<ResolvedShock> = (0..laws.len()).map(shock).collect();
        let shocked = prices(&market(&laws, &[], &shocks, grid(HOUR, 20)), 1, 1, CHUNK);
        let plain = prices(&market(&laws, &[], &[], grid(HOUR, 20)), 1, 1, CHUNK);
        for ((shocked, plain), (name, _)) in shocked.iter().zip(&plain).zip(&laws) {
            assert!((shocked[2] / plain[2] - 1.0).abs() < 1e-12, "{name} before the shock");
            assert!((shocked[19] / plain[19] - 1.5).abs() < 1e-12, "{name} after the shock");
        }
    }

    #[test]
    fn a_volatility_shock_scales_the_noise_while_it_lasts() {
        // x3 from 5:00 to 7:15: hours 5 and 6 whole; a quarter of hour 7, whose variance is then 1 + 8 / 4 = 3 times.
        let shock = ResolvedShock::Volatility { at: at(5.0), asset: 0, factor: 3.0, lasting: hours(2.25) };
        let (shocked, plain) = with_and_without(&[shock]);
        assert_eq!(shocked[1], plain[1]);
        let variance = 0.81 * HOUR / SECONDS_PER_YEAR;
        for hour in 1..20 {
            let factor = match hour {
                5 | 6 => 3.0,
                7 => 3.0_f64.sqrt(),
                _ => 1.0,
            };
            let noise =
                |path: &[f64], factor: f64| libm::log(path[hour] / path[hour - 1]) + 0.5 * variance * factor * factor;
            let (with, without) = (noise(&shocked[0], factor), noise(&plain[0], 1.0));
            assert!((with - factor * without).abs() < 1e-13, "hour {hour}: {with} instead of {}", factor * without);
        }
    }

    #[test]
    fn a_volatility_shock_reaches_every_noisy_law() {
        let laws = every_law();
        let shock = |asset| ResolvedShock::Volatility { at: at(0.0), asset, factor: 3.0, lasting: hours(20.0) };
        let shocks: Vec<ResolvedShock> = (1..laws.len()).map(shock).collect();
        let shocked = prices(&market(&laws, &[], &shocks, grid(HOUR, 20)), 1, 1, CHUNK);
        let plain = prices(&market(&laws, &[], &[], grid(HOUR, 20)), 1, 1, CHUNK);
        for asset in 1..laws.len() {
            assert_ne!(shocked[asset], plain[asset], "{}", laws[asset].0);
        }
        // A replay's log returns are multiplied, closes included: three times the move.
        let replay = laws.iter().position(|(name, _)| *name == "REPLAY").expect("a replay");
        let moved = |paths: &[Vec<f64>]| libm::log(paths[replay][19] / paths[replay][0]);
        assert!((moved(&shocked) / moved(&plain) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_correlation_shock_to_one_makes_noises_equal_while_it_lasts() {
        let shock = ResolvedShock::Correlation { at: at(5.0), to: 1.0, lasting: hours(3.0) };
        let (shocked, plain) = with_and_without(&[shock]);
        assert_eq!(shocked[0], plain[0]);
        for hour in 1..20 {
            let change = |path: &[f64]| libm::log(path[hour] / path[hour - 1]);
            let gap = (change(&shocked[0]) - change(&shocked[1])).abs();
            if (5..8).contains(&hour) {
                assert!(gap < 1e-13, "hour {hour}: the returns differ by {gap:e}");
            } else {
                assert!((change(&shocked[1]) - change(&plain[1])).abs() < 1e-13, "hour {hour} is outside the shock");
                assert!(gap > 1e-6);
            }
        }
    }
}
