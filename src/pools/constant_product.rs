//! The constant-product curve: base x quote = k (Uniswap V2).

use super::{Reserves, Side, Swap};

/// Curve of a constant-product pool with a fee on the input.
///
/// Law: (R_in + (1 - f) d_in)(R_out - d_out) = R_in R_out, f the fee as a share of the input.
///
/// Source: Uniswap v2 core whitepaper (Adams, Zinsmeister and Robinson 2020), section 3.2.1, in real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantProduct {
    keep: f64,
    root_keep: f64,
    inverse_root_keep: f64,
}

impl ConstantProduct {
    /// A curve with fee share `fee` of the input, in [0, 1).
    #[must_use]
    pub fn new(fee: f64) -> Self {
        assert!((0.0..1.0).contains(&fee), "a fee share lies in [0, 1): {fee}");
        let keep = 1.0 - fee;
        Self { keep, root_keep: keep.sqrt(), inverse_root_keep: 1.0 / keep.sqrt() }
    }

    /// The share of the input that is left after the fee, 1 - f.
    #[inline]
    #[must_use]
    pub const fn keep(&self) -> f64 {
        self.keep
    }

    /// Square root of 1 - f.
    #[inline]
    #[must_use]
    pub const fn root_keep(&self) -> f64 {
        self.root_keep
    }

    /// One over the square root of 1 - f.
    #[inline]
    #[must_use]
    pub const fn inverse_root_keep(&self) -> f64 {
        self.inverse_root_keep
    }

    /// Spot price before fee, quote per base.
    #[must_use]
    pub fn spot(&self, reserves: Reserves) -> f64 {
        reserves.quote / reserves.base
    }

    /// Price of an infinitesimal trade after fee, quote per base: spot / (1 - f) for a buyer of base, spot (1 - f) for a seller.
    #[must_use]
    pub fn marginal_price(&self, reserves: Reserves, side: Side) -> f64 {
        match side {
            Side::BuyBase => self.spot(reserves) / self.keep,
            Side::SellBase => self.spot(reserves) * self.keep,
        }
    }

    /// What `amount_in` of the input token buys, whole tokens; `amount_in` not negative.
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, reserves: Reserves, side: Side, amount_in: f64) -> Swap {
        let (reserve_in, reserve_out) = reserves.in_out(side);
        let kept = self.keep * amount_in;
        Swap { amount_in, amount_out: reserve_out * kept / (reserve_in + kept), fee: amount_in - kept }
    }

    /// What must be paid to receive `amount_out`, whole tokens; `None` when the pool holds no more than that.
    #[must_use]
    pub fn swap_exact_out(&self, reserves: Reserves, side: Side, amount_out: f64) -> Option<Swap> {
        let (reserve_in, reserve_out) = reserves.in_out(side);
        (amount_out < reserve_out).then(|| {
            let amount_in = reserve_in * amount_out / ((reserve_out - amount_out) * self.keep);
            Swap { amount_in, amount_out, fee: amount_in * (1.0 - self.keep) }
        })
    }

    /// The trade after which the marginal price, fee included, equals `price` (quote per base); `None` inside the fee band.
    ///
    /// Law: a buyer of base ends with R_quote + (1 - f) d = sqrt(k (1 - f) price), a seller with
    /// R_base + (1 - f) d = sqrt(k (1 - f) / price). It maximises the profit of a trader who hedges at `price`.
    #[must_use]
    pub fn swap_to_price(&self, reserves: Reserves, price: f64) -> Option<(Side, Swap)> {
        let liquidity = (reserves.base * reserves.quote).sqrt();
        self.to_boundary(reserves, liquidity, price.sqrt())
    }

    /// As [`Self::swap_to_price`], from the square roots of k and of the price, which the hot loop has at hand.
    #[inline]
    #[must_use]
    pub fn to_boundary(&self, reserves: Reserves, liquidity: f64, root_price: f64) -> Option<(Side, Swap)> {
        let scaled_root = root_price * self.root_keep;
        if liquidity * scaled_root > reserves.quote {
            let kept = liquidity * scaled_root - reserves.quote;
            let amount_out = reserves.base - liquidity / scaled_root;
            return Some((Side::BuyBase, self.boundary_swap(kept, amount_out)));
        }
        let target_base = liquidity * self.root_keep / root_price;
        if target_base > reserves.base {
            let kept = target_base - reserves.base;
            let amount_out = reserves.quote - liquidity * root_price * self.inverse_root_keep;
            return Some((Side::SellBase, self.boundary_swap(kept, amount_out)));
        }
        None
    }

    fn boundary_swap(&self, kept: f64, amount_out: f64) -> Swap {
        let amount_in = kept / self.keep;
        Swap { amount_in, amount_out, fee: amount_in - kept }
    }

    /// Amount of base that can be bought before the spot price has risen by the share `band`, and sold before it has
    /// fallen by it, valued in quote at spot, before fees: the depth within +-`band` on both sides together.
    ///
    /// Law: R_quote ((1 - 1/sqrt(1 + b)) + (1/sqrt(1 - b) - 1)).
    #[must_use]
    pub fn depth(&self, reserves: Reserves, band: f64) -> f64 {
        reserves.quote * ((1.0 - 1.0 / (1.0 + band).sqrt()) + (1.0 / (1.0 - band).sqrt() - 1.0))
    }

    /// The atomic arbitrage that buys base here and sells it in `dear`, of the size that maximises its gain in quote.
    ///
    /// Law: with A = k_1 k_2 R_base,1 R_quote,2, B = R_base,2 R_quote,1, C = k_1 (R_base,2 + k_2 R_base,1), k = 1 - f,
    /// the gain A d / (B + C d) - d is largest at d = (sqrt(A B) - B) / C. `None` when d is not positive.
    #[must_use]
    pub fn arbitrage_into(&self, cheap: Reserves, dear: (&Self, Reserves)) -> Option<(Swap, Swap)> {
        let (other, expensive) = dear;
        let a = self.keep * other.keep * cheap.base * expensive.quote;
        let b = expensive.base * cheap.quote;
        let c = self.keep * (expensive.base + other.keep * cheap.base);
        let amount_in = ((a * b).sqrt() - b) / c;
        (amount_in > 0.0).then(|| {
            let bought = self.swap_exact_in(cheap, Side::BuyBase, amount_in);
            (bought, other.swap_exact_in(expensive, Side::SellBase, bought.amount_out))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POOL: Reserves = Reserves { base: 100.0, quote: 10_000.0 };

    #[test]
    fn agrees_with_the_contracts_integer_rule() {
        // getAmountOut of UniswapV2Library in integers of 1e-18 tokens, computed with 256-bit arithmetic by hand:
        // in = 1e18, reserves 5e18 and 10e18 give 1662497915624478906 (v2-core's own test table).
        let reserves = Reserves { base: 10.0, quote: 5.0 };
        let swap = ConstantProduct::new(0.003).swap_exact_in(reserves, Side::BuyBase, 1.0);
        assert!((swap.amount_out / 1.662_497_915_624_479 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn depth_is_what_trades_to_the_border_move() {
        let curve = ConstantProduct::new(0.0);
        let up = curve.swap_to_price(POOL, 102.0).map(|(_, swap)| swap.amount_out * 100.0);
        let down = curve.swap_to_price(POOL, 98.0).map(|(_, swap)| swap.amount_in * 100.0);
        let depth = curve.depth(POOL, 0.02);
        assert!((up.unwrap() + down.unwrap() - depth).abs() < 1e-9 * depth);
    }

    proptest! {
        #[test]
        fn exact_out_inverts_exact_in(fee in 0.0..0.05, amount in 1e-6..1e5_f64, buy: bool) {
            let (curve, side) = (ConstantProduct::new(fee), if buy { Side::BuyBase } else { Side::SellBase });
            let forward = curve.swap_exact_in(POOL, side, amount);
            let back = curve.swap_exact_out(POOL, side, forward.amount_out).unwrap();
            prop_assert!((back.amount_in / amount - 1.0).abs() < 1e-9);
        }

        #[test]
        fn the_boundary_trade_ends_at_the_price_and_pays_best(fee in 0.0..0.02, price in 50.0..200.0_f64) {
            let curve = ConstantProduct::new(fee);
            if let Some((side, swap)) = curve.swap_to_price(POOL, price) {
                let gain = |scale: f64| {
                    let swap = curve.swap_exact_in(POOL, side, swap.amount_in * scale);
                    match side {
                        Side::BuyBase => swap.amount_out * price - swap.amount_in,
                        Side::SellBase => swap.amount_out - swap.amount_in * price,
                    }
                };
                let after = POOL.after(side, swap.amount_in - swap.fee, swap.amount_out);
                prop_assert!((curve.marginal_price(after, side) / price - 1.0).abs() < 1e-12);
                prop_assert!(gain(1.0) >= gain(0.99).max(gain(1.01)) && gain(1.0) >= 0.0);
            } else {
                prop_assert!(price <= curve.marginal_price(POOL, Side::BuyBase) * (1.0 + 1e-12));
                prop_assert!(price >= curve.marginal_price(POOL, Side::SellBase) * (1.0 - 1e-12));
            }
        }

        #[test]
        fn cross_venue_arbitrage_is_the_best_size(gap in 1.01..2.0_f64, size in 0.1..10.0_f64) {
            let (cheap, dear) = (ConstantProduct::new(0.003), ConstantProduct::new(0.0005));
            let there = Reserves { base: 100.0 * size, quote: 10_000.0 * gap * size };
            let (bought, sold) = cheap.arbitrage_into(POOL, (&dear, there)).unwrap();
            let gain = |amount: f64| {
                let bought = cheap.swap_exact_in(POOL, Side::BuyBase, amount);
                dear.swap_exact_in(there, Side::SellBase, bought.amount_out).amount_out - amount
            };
            let best = sold.amount_out - bought.amount_in;
            prop_assert!(best > 0.0 && best >= gain(bought.amount_in * 0.999).max(gain(bought.amount_in * 1.001)));
        }

        #[test]
        fn no_free_round_trip(fee in 0.0..0.05, amount in 1e-6..1e6_f64) {
            let curve = ConstantProduct::new(fee);
            let there = curve.swap_exact_in(POOL, Side::BuyBase, amount);
            let back = curve.swap_exact_in(POOL.after(Side::BuyBase, amount, there.amount_out), Side::SellBase, there.amount_out);
            prop_assert!(back.amount_out <= amount * (1.0 + 1e-12));
        }
    }
}
