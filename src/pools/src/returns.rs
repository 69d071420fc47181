//! What liquidity earns and loses by its curve alone: impermanent loss, loss versus rebalancing, and what a range of prices does to both.

use super::{Booking, COINS_MAX, FlowLine, Pool, Side};

/// sqrt(2 / pi).
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;

/// LVR of a constant product per unit of variance, share of its value: the rate is sigma^2 / 8. Source: Milionis, Moallemi, Roughgarden
/// and Zhang 2022.
pub const CONSTANT_PRODUCT_LVR: f64 = 0.125;

impl Pool {
    /// Loss versus rebalancing at spot, quote per year, where the log of the price has `variance` per year: what arbitrageurs gain.
    ///
    /// Law: variance / 2 times [`Self::convexity`]. Parameters: `variance` = sigma^2, 0.64 for 80 % a year. Source: Milionis, Moallemi,
    /// Roughgarden and Zhang 2022, section 4.
    #[must_use]
    pub fn lvr_rate(&self, variance: f64) -> f64 {
        0.5 * variance * self.convexity()
    }

    /// Loss versus rebalancing per unit of variance, share of the value at work. `at_work` is that value, and `quote` the price of the
    /// quote token in its unit.
    ///
    /// Law: [`CONSTANT_PRODUCT_LVR`] where the curve is a constant product about its price, else convexity / (2 x value). An empty pool
    /// counts as a constant product.
    #[must_use]
    pub fn lvr_per_variance(&self, at_work: f64, quote: f64) -> f64 {
        if self.segment().is_some() || at_work <= 0.0 {
            CONSTANT_PRODUCT_LVR
        } else {
            0.5 * (self.convexity() * quote) / at_work
        }
    }

    /// Impermanent loss of the liquidity in the pool, were its price brought to `price` (quote per base, positive): value there over the
    /// value of having held the same tokens, less one; at most 0. `None` where the curve has no price or does not reach this one.
    ///
    /// Law: V(P) / (sum of balances x marginal values at P) - 1, the trades free of fees. Closed forms: [`impermanent_loss`],
    /// [`impermanent_loss_weighted`], [`impermanent_loss_range`].
    #[must_use]
    pub fn impermanent_loss(&self, price: f64) -> Option<f64> {
        let spot = self.spot(Side::SellBase.direction());
        if spot <= 0.0 {
            return None;
        }
        let mut after = self.clone();
        after.set_fee(0.0);
        let side = if price > spot { Side::BuyBase } else { Side::SellBase };
        if let Some(swap) = after.to_boundary(side, price.sqrt()) {
            let silent = Booking { usd_in: 0.0, usd_out: 0.0, line: FlowLine::Arbitrage };
            after.fill(side.direction(), &swap, 0.0, silent);
        }
        let values = after.values();
        let (before, now) = (self.balances(), after.balances());
        let worth = |balances: &[f64; COINS_MAX]| balances.iter().zip(values).map(|(held, value)| held * value).sum();
        let (kept, moved): (f64, f64) = (worth(&before), worth(&now));
        let is_there = (after.spot(Side::SellBase.direction()) / price - 1.0).abs() < 1e-6;
        (is_there && kept > 0.0).then(|| moved / kept - 1.0)
    }
}

/// Impermanent loss of a constant product when the price has changed by the factor `ratio` > 0: a share, at most 0.
///
/// Law: 2 sqrt(r) / (1 + r) - 1. Source: Uniswap v2 core whitepaper 2020 (value 2 L sqrt(P)).
#[must_use]
pub fn impermanent_loss(ratio: f64) -> f64 {
    2.0 * ratio.sqrt() / (1.0 + ratio) - 1.0
}

/// Impermanent loss of a weighted pool when the price of coin i has changed by the factor `ratios[i]` > 0: a share, at most 0.
///
/// Law: prod r_i^(w_i) / sum w_i r_i - 1. Parameters: `weights` sum to one. Source: Martinelli and Mushegian 2019, Balancer.
#[must_use]
pub fn impermanent_loss_weighted(weights: &[f64], ratios: &[f64]) -> f64 {
    let both = || weights.iter().zip(ratios);
    let product: f64 = both().map(|(weight, ratio)| libm::pow(*ratio, *weight)).product();
    product / both().map(|(weight, ratio)| weight * ratio).sum::<f64>() - 1.0
}

/// Impermanent loss of liquidity in a range of prices from `lower` to `upper` when the price goes from `from` to `to`: a share, at
/// most 0. All four are quote per base, positive.
///
/// Law: with r the root price held within the roots a, b of the range, liquidity 1 holds 1/r - 1/b of base and r - a of quote; value at
/// `to` over that of the opening amounts, less one. Source: Uniswap v3 core whitepaper 2021, equations 6.29 and 6.30.
#[must_use]
pub fn impermanent_loss_range((lower, upper): (f64, f64), from: f64, to: f64) -> f64 {
    let (a, b) = (lower.sqrt(), upper.sqrt());
    let held = |price: f64| {
        let root = price.sqrt().clamp(a, b);
        (1.0 / root - 1.0 / b, root - a)
    };
    let worth = |(base, quote): (f64, f64)| base * to + quote;
    worth(held(to)) / worth(held(from)) - 1.0
}

/// Value at work per value of a range of log half-width `half` freshly laid about the price: 1 for the full range.
///
/// Law: a range from P/s^2 to P s^2 holds 2 L sqrt(P) (1 - 1/s) where a constant product with the same liquidity L holds
/// 2 L sqrt(P); s = exp(half / 2). Source: Uniswap v3 core whitepaper (Adams and others 2021), section 6.
#[must_use]
pub fn range_efficiency(half: f64) -> f64 {
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
    use crate::{ConcentratedPool, WeightRamp, WeightedPool, root_at};

    fn amounts(base: f64, quote: f64) -> [f64; COINS_MAX] {
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (base, quote);
        amounts
    }

    fn funded(mut pool: Pool, base: f64, quote: f64) -> Pool {
        let deposit = pool.deposit(&amounts(base, quote)).unwrap();
        pool.put(&deposit, 0.0);
        pool
    }

    #[test]
    fn every_curve_loses_what_its_closed_form_says() {
        let product = Pool::with_reserves(100.0, 200_000.0, 0.003).unwrap();
        let weights = WeightRamp::fixed(amounts(0.8, 0.2));
        let weighted = WeightedPool::new(2, weights, 0.01, None).unwrap();
        let weighted = funded(Pool::Weighted(Box::new(weighted)), 400.0, 200_000.0);
        let mut ranges = ConcentratedPool::new(10, 0.003, 1).unwrap();
        ranges.initialise(2_000.0_f64.sqrt());
        let (lower, upper) = (75_000, 77_000);
        let position = ranges.position(lower, upper);
        let _paid = ranges.mint(position, 1_000.0);
        let ranges = Pool::Concentrated(Box::new(ranges));
        let ends = [lower, upper].map(|tick| root_at(tick).powi(2));
        for ratio in [0.97, 1.0, 1.04] {
            let price = 2_000.0 * ratio;
            let found = [&product, &weighted, &ranges].map(|pool| pool.impermanent_loss(price).unwrap());
            let hand = [
                impermanent_loss(ratio),
                impermanent_loss_weighted(&[0.8, 0.2], &[ratio, 1.0]),
                impermanent_loss_range((ends[0], ends[1]), 2_000.0, price),
            ];
            for (found, hand) in found.into_iter().zip(hand) {
                assert!((found - hand).abs() < 1e-9 && found < 1e-15, "{found} for {hand} at {ratio}");
            }
        }
        // Four times the price: 2 x 2 / 5 - 1.
        assert!((impermanent_loss(4.0) + 0.2).abs() < 1e-15);
        assert_eq!(Pool::default().impermanent_loss(1.0), None);
    }

    #[test]
    fn lvr_of_a_constant_product_is_an_eighth_of_the_variance() {
        let pool = Pool::with_reserves(100.0, 200_000.0, 0.003).unwrap();
        assert!((pool.lvr_rate(0.64) / 400_000.0 - 0.64 / 8.0).abs() < 1e-15);
        assert_eq!(pool.lvr_per_variance(400_000.0, 1.0), CONSTANT_PRODUCT_LVR);
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
}
