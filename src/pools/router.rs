//! Routing one order over two pools of one pair.
//!
//! Optimisation problem (Angeris, Chitra, Evans and Boyd 2022, "Optimal routing for constant function market
//! makers"): maximise sum_i out_i(d_i) - gas_i (for each d_i above 0) over d_i >= 0 with sum_i d_i = d. Without the fixed gas the
//! optimum equalises marginal prices after fees, which for two constant-product curves is a closed form; the gas per
//! venue used makes it a choice among three subsets, each of which is solved exactly.

use super::{ConstantProduct, Reserves, Side};

/// A venue as the router sees it.
#[derive(Debug, Clone, Copy)]
pub struct Quote {
    /// The curve.
    pub curve: ConstantProduct,
    /// Its reserves; a pool with an empty side takes no orders.
    pub reserves: Reserves,
    /// sqrt(base x quote).
    pub liquidity: f64,
}

impl Quote {
    /// What `amount_in` buys here, whole tokens.
    #[inline]
    #[must_use]
    pub fn output(&self, side: Side, amount_in: f64) -> f64 {
        self.curve.swap_exact_in(self.reserves, side, amount_in).amount_out
    }

    fn is_open(&self) -> bool {
        self.liquidity > 0.0
    }
}

/// How an order is divided: input to the first and to the second pool, whole tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split(pub [f64; 2]);

/// Divides `amount_in` so that output less `gas` (in output tokens, for each venue used) is largest.
///
/// Law: after inputs d_i the marginal output of pool i is (1 - f_i) k_i / (R_in,i + (1 - f_i) d_i)^2 times its
/// reserves' product; equal marginals at 1/nu^2 give d_i = (L_i nu / sqrt(1 - f_i)) - R_in,i / (1 - f_i) with
/// nu = (d + sum R_in,i / (1 - f_i)) / (sum L_i / sqrt(1 - f_i)). A negative d_i leaves that pool out.
#[inline]
#[must_use]
pub fn best_split(pools: &[Quote; 2], side: Side, amount_in: f64, gas: f64) -> Split {
    let [first, second] = pools;
    if !second.is_open() {
        return Split([amount_in, 0.0]);
    }
    if !first.is_open() {
        return Split([0.0, amount_in]);
    }
    let inner = equal_marginals(pools, side, amount_in);
    if gas <= 0.0 {
        return Split([inner, amount_in - inner]);
    }
    let alone = [first.output(side, amount_in), second.output(side, amount_in)];
    let better_alone = if alone[0] >= alone[1] { 0 } else { 1 };
    let is_interior = inner > 0.0 && inner < amount_in;
    let both = if is_interior { first.output(side, inner) + second.output(side, amount_in - inner) - gas } else { 0.0 };
    if is_interior && both > alone[better_alone] {
        Split([inner, amount_in - inner])
    } else if better_alone == 0 {
        Split([amount_in, 0.0])
    } else {
        Split([0.0, amount_in])
    }
}

/// The input to the first pool at which both marginal prices after fees are equal, held inside [0, amount_in].
#[inline]
fn equal_marginals(pools: &[Quote; 2], side: Side, amount_in: f64) -> f64 {
    let [first, second] = pools;
    let (in_first, in_second) = (first.reserves.in_out(side).0, second.reserves.in_out(side).0);
    let (keep_first, keep_second) = (first.curve.keep(), second.curve.keep());
    let (root_first, root_second) = (first.curve.root_keep(), second.curve.root_keep());
    // Both sides of the law times (1 - f_1)(1 - f_2): one division in all.
    let offset = amount_in * keep_first * keep_second + in_first * keep_second + in_second * keep_first;
    let slope = (first.liquidity * root_first) * keep_second + (second.liquidity * root_second) * keep_first;
    let inner = (first.liquidity * root_first * offset / slope - in_first) / keep_first;
    inner.clamp(0.0, amount_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quote(base: f64, quote: f64, fee: f64) -> Quote {
        Quote { curve: ConstantProduct::new(fee), reserves: Reserves { base, quote }, liquidity: (base * quote).sqrt() }
    }

    fn net(pools: &[Quote; 2], side: Side, inputs: [f64; 2], gas: f64) -> f64 {
        (0..2).filter(|&i| inputs[i] > 0.0).map(|i| pools[i].output(side, inputs[i]) - gas).sum()
    }

    proptest! {
        #[test]
        fn no_split_on_a_grid_is_better(
            share in 0.02..0.98_f64, tilt in 0.97..1.03_f64, fees in (0.0..0.01, 0.0..0.01),
            amount in 1e-3..500.0_f64, gas in prop::sample::select(vec![0.0, 1e-4, 0.02, 1.0]), buy: bool,
        ) {
            let side = if buy { Side::BuyBase } else { Side::SellBase };
            let pools = [quote(100.0 * share, 100.0 * share, fees.0),
                         quote(100.0 * (1.0 - share), 100.0 * (1.0 - share) * tilt, fees.1)];
            let Split(best) = best_split(&pools, side, amount, gas);
            prop_assert!((best[0] + best[1] - amount).abs() < 1e-12 * amount && best[0] >= 0.0 && best[1] >= 0.0);
            let value = net(&pools, side, best, gas);
            for step in 0..=1_000 {
                let inner = amount * f64::from(step) / 1_000.0;
                let grid = net(&pools, side, [inner, amount - inner], gas);
                prop_assert!(value >= grid - 1e-12 * amount, "grid {inner} gives {grid}, split {best:?} gives {value}");
            }
        }

        /// Splitting a pool in two costs nobody anything, with equal fees, optimal routing and no gas.
        #[test]
        fn two_halves_are_one_whole(share in 0.01..0.99_f64, fee in 0.0..0.01, amount in 1e-3..500.0_f64, buy: bool) {
            let side = if buy { Side::BuyBase } else { Side::SellBase };
            let whole = quote(100.0, 200.0, fee);
            let halves = [quote(100.0 * share, 200.0 * share, fee), quote(100.0 * (1.0 - share), 200.0 * (1.0 - share), fee)];
            let Split(inputs) = best_split(&halves, side, amount, 0.0);
            prop_assert!((net(&halves, side, inputs, 0.0) / whole.output(side, amount) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn with_gas_an_order_pays_the_cheaper_of_gas_and_impact() {
        // Two equal halves of 10,000 quote each. Using one venue costs q^2/Y_half - q^2/Y_whole more impact (to second
        // order), using both costs one more gas: the order takes whichever is less.
        let halves = [quote(100.0, 10_000.0, 0.0), quote(100.0, 10_000.0, 0.0)];
        let whole = quote(200.0, 20_000.0, 0.0);
        for amount in [5.0, 20.0, 50.0, 200.0] {
            let gas = 0.000_5;
            let Split(inputs) = best_split(&halves, Side::BuyBase, amount, gas);
            let cost = whole.output(Side::BuyBase, amount) - gas - net(&halves, Side::BuyBase, inputs, gas);
            let extra_impact = whole.output(Side::BuyBase, amount) - halves[0].output(Side::BuyBase, amount);
            assert!((cost - gas.min(extra_impact)).abs() < 1e-12, "{amount}: {cost} against {gas} and {extra_impact}");
        }
    }

    #[test]
    fn an_empty_pool_gets_nothing() {
        let pools = [quote(0.0, 0.0, 0.003), quote(1.0, 1.0, 0.003)];
        assert_eq!(best_split(&pools, Side::BuyBase, 1.0, 0.0), Split([0.0, 1.0]));
    }
}
