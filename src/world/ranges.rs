//! Ranges of prices: how wide they are, and how they are laid about a price.

use super::providers::RangeWidth;
use crate::pools::{full_range, spaced_ceil, spaced_floor};

/// Log of the price ratio of one tick, ln 1.0001.
const LN_TICK: f64 = 9.999_500_033_330_834e-5;

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

    /// Value at work per value of a range freshly laid about the price: 1 for the full range.
    ///
    /// Law: a range from P/s^2 to P s^2 holds 2 L sqrt(P) (1 - 1/s) where a constant product with the same liquidity L holds
    /// 2 L sqrt(P). Source: Uniswap v3 core whitepaper (Adams and others 2021), section 6.
    #[must_use]
    pub fn efficiency(&self, width: RangeWidth) -> f64 {
        match width {
            RangeWidth::Full => 1.0,
            RangeWidth::Narrow | RangeWidth::Wide => {
                -1.0 / libm::expm1(-0.5 * LN_TICK * f64::from(self.half_ticks(width)))
            }
        }
    }
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
    fn efficiency_is_the_whitepaper_s() {
        // From 1 to 4 about 2, s^2 = 2: 1 / (1 - 2^(-1/2)) = 3.4142.
        let ranges = Ranges::new(1.0, 3.0);
        assert!((ranges.efficiency(RangeWidth::Narrow) - 3.414_2).abs() < 1e-3);
        assert_eq!(ranges.efficiency(RangeWidth::Full), 1.0);
    }
}
