//! Ranges of prices: how wide they are, and how they are laid about a price.

use super::providers::RangeWidth;
use portage_pools::{LN_TICK, full_range, spaced_ceil, spaced_floor};

/// sqrt(2 / pi).
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;

/// Half-widths of the ranges that providers choose, in ticks of a factor of 1.0001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranges {
    narrow_ticks: i32,
    wide_ticks: i32,
}

impl Ranges {
    /// Ranges from price / (1 + w) to price x (1 + w), `narrow` and `wide` as shares of the price, above 0.
    #[must_use]
    pub fn new(narrow: f64, wide: f64) -> Self {
        let ticks = |share: f64| (libm::round(libm::log1p(share) / LN_TICK) as i32).max(1);
        Self { narrow_ticks: ticks(narrow), wide_ticks: ticks(wide) }
    }

    /// Half the width in ticks; 0 for the full range, which has no centre.
    #[must_use]
    pub const fn half_ticks(&self, width: RangeWidth) -> i32 {
        match width {
            RangeWidth::Narrow => self.narrow_ticks,
            RangeWidth::Wide => self.wide_ticks,
            RangeWidth::Full => 0,
        }
    }

    /// Ticks of a range of `width` about `tick`, at multiples of `spacing`: rounded outwards, so that it holds the tick.
    #[must_use]
    pub fn ticks(&self, width: RangeWidth, tick: i32, spacing: i32) -> (i32, i32) {
        let (least, most) = full_range(spacing);
        let half = self.half_ticks(width);
        if width == RangeWidth::Full {
            return (least, most);
        }
        let lower = spaced_floor(tick - half, spacing).clamp(least, most - spacing);
        (lower, spaced_ceil(tick + half + 1, spacing).clamp(lower + spacing, most))
    }

    /// Half of the log width of a range of `width` about `tick`, as the grid of `spacing` has it; infinite for the full range.
    #[must_use]
    pub fn half_width(&self, width: RangeWidth, tick: i32, spacing: i32) -> f64 {
        if width == RangeWidth::Full {
            return f64::INFINITY;
        }
        let (lower, upper) = self.ticks(width, tick, spacing);
        0.5 * LN_TICK * f64::from(upper - lower)
    }
}

/// Value at work per value of a range of log half-width `half` freshly laid about the price: 1 for the full range.
///
/// Law: a range from P/s^2 to P s^2 holds 2 L sqrt(P) (1 - 1/s) where a constant product with the same liquidity L holds
/// 2 L sqrt(P); s = exp(half / 2). Source: Uniswap v3 core whitepaper (Adams and others 2021), section 6.
#[must_use]
pub fn efficiency(half: f64) -> f64 {
    -1.0 / libm::expm1(-0.5 * half)
}

/// Expected share of the next `years` during which the price, of log variance `variance` per year, stands in a range of log
/// half-width `half` that was laid about it: 1 for the full range.
///
/// Law: for a Brownian log price and half-width a, the mean over [0, T] of erf(a / (sigma sqrt(2 t))); with z = a / (sigma sqrt(T)) it
/// is (1 + z^2) erf(z / sqrt 2) + z sqrt(2 / pi) exp(-z^2 / 2) - z^2 (derived).
#[must_use]
pub fn time_in_range(half: f64, variance: f64, years: f64) -> f64 {
    let spread = (variance * years).sqrt();
    // Beyond eight standard deviations the terms cancel to one.
    if half >= 8.0 * spread {
        return 1.0;
    }
    let z = half / spread;
    let square = z * z;
    let inside = (1.0 + square) * libm::erf(z * std::f64::consts::FRAC_1_SQRT_2)
        + z * ROOT_TWO_OVER_PI * libm::exp(-0.5 * square)
        - square;
    inside.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_tick_and_stands_on_the_grid() {
        let ranges = Ranges::new(0.1, 0.4);
        for tick in [-887_200, -61, -60, 0, 59, 60, 61, 80_000, 887_271] {
            for width in RangeWidth::ALL {
                let (lower, upper) = ranges.ticks(width, tick, 60);
                assert!(lower % 60 == 0 && upper % 60 == 0 && lower < upper, "{lower} to {upper}");
                assert!(lower <= tick && (tick < upper || upper == 887_220), "{lower} to {upper} about {tick}");
            }
        }
    }

    #[test]
    fn time_in_range_is_the_mean_of_the_normal_law() {
        for (variance, years) in [(0.64_f64, 0.08_f64), (1.0, 0.02), (0.25, 1.0)] {
            for half in [0.1_f64.ln_1p(), 0.4_f64.ln_1p()] {
                // Midpoint rule in sqrt(t), in which the integrand is smooth.
                let count = 20_000;
                let law: f64 = (0..count)
                    .map(|step| {
                        let share = (f64::from(step) + 0.5) / f64::from(count);
                        let deviation = (variance * years).sqrt() * share;
                        libm::erf(half / (deviation * std::f64::consts::SQRT_2)) * 2.0 * share / f64::from(count)
                    })
                    .sum();
                let ours = time_in_range(half, variance, years);
                assert!((ours - law).abs() < 1e-6, "{ours} against {law}");
            }
        }
        assert_eq!((time_in_range(f64::INFINITY, 1.0, 1.0), time_in_range(0.1, 0.0, 1.0)), (1.0, 1.0));
    }

    #[test]
    fn efficiency_is_the_whitepaper_s() {
        // From 1 to 4 about 2, s^2 = 2: 1 / (1 - 2^(-1/2)) = 3.4142.
        let ranges = Ranges::new(1.0, 3.0);
        assert!((efficiency(ranges.half_width(RangeWidth::Narrow, 0, 1)) - 3.414_2).abs() < 1e-3);
        assert_eq!(efficiency(ranges.half_width(RangeWidth::Full, 0, 1)), 1.0);
        // On a grid of 200 ticks a range of a tenth is wider: 1,000 or 1,100 ticks in place of 1,906.
        let gridded = ranges_of_a_tenth().half_width(RangeWidth::Narrow, 30, 200);
        assert!((gridded / LN_TICK - 1_000.0).abs() < 101.0 && efficiency(gridded) < 20.6, "{gridded}");
    }

    fn ranges_of_a_tenth() -> Ranges {
        Ranges::new(0.1, 0.4)
    }
}
