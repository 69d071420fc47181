//! Ranges of prices: how wide they are, and how they are laid about a price.

use super::providers::RangeWidth;
use portage_pools::{LN_TICK, full_range, spaced_ceil, spaced_floor};

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
    pub(crate) const fn half_ticks(&self, width: RangeWidth) -> i32 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use portage_pools::range_efficiency;

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
        assert!((range_efficiency(ranges.half_width(RangeWidth::Narrow, 0, 1)) - 3.414_2).abs() < 1e-3);
        assert_eq!(range_efficiency(ranges.half_width(RangeWidth::Full, 0, 1)), 1.0);
        // On a grid of 200 ticks a range of a tenth is wider: 1,000 or 1,100 ticks in place of 1,906.
        let gridded = ranges_of_a_tenth().half_width(RangeWidth::Narrow, 30, 200);
        assert!((gridded / LN_TICK - 1_000.0).abs() < 101.0 && range_efficiency(gridded) < 20.6, "{gridded}");
    }

    fn ranges_of_a_tenth() -> Ranges {
        Ranges::new(0.1, 0.4)
    }
}
