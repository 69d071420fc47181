//! What shares of a pool are worth as collateral: by what the pool would hold at true prices, not by what it holds now.
//!
//! A swap moves the balances along the curve and leaves its invariant where it is (fees add to it), so that a value
//! made of invariant and outside prices cannot be pushed by trading in the pool.

use super::Pool;

impl Pool {
    /// Fair value of one of `shares` shares, in the unit of `prices` (by coin, one for each coin of the pool): what it would be worth
    /// had arbitrage brought the pool to those prices. 0 for ranges and holdings, which have no shares of a curve.
    #[must_use]
    pub fn fair_share(&self, prices: &[f64], shares: f64) -> f64 {
        match self {
            Self::ConstantProduct(pool) => {
                let balances = pool.balances();
                fair_constant_product([balances[0], balances[1]], [prices[0], prices[1]], shares)
            }
            Self::Weighted(pool) => {
                let count = prices.len();
                fair_weighted(&pool.balances()[..count], &pool.weights()[..count], prices, shares)
            }
            Self::StableSwap(pool) => fair_stable(pool.invariant() / shares, prices),
            Self::Concentrated(_) | Self::Holding(_) => 0.0,
        }
    }
}

/// Fair value of one share of a constant product pool, in the unit of `prices`.
///
/// Law: 2 sqrt(x y) sqrt(p q) / shares, the value that the balances `x`, `y` have where the pool's price is p / q.
/// Source: Alpha Finance 2021, fair pricing of Uniswap V2's LP tokens.
#[must_use]
pub fn fair_constant_product(balances: [f64; 2], prices: [f64; 2], shares: f64) -> f64 {
    2.0 * (balances[0] * balances[1]).sqrt() * (prices[0] * prices[1]).sqrt() / shares
}

/// Fair value of one share of a weighted pool, in the unit of `prices`; all slices are as long as `weights`, which sum to one.
///
/// Law: prod(B_i^w_i) prod((p_i / w_i)^w_i) / shares. Source: Balancer, pricing of weighted pool tokens.
#[must_use]
pub fn fair_weighted(balances: &[f64], weights: &[f64], prices: &[f64], shares: f64) -> f64 {
    let tokens = balances.iter().zip(weights).zip(prices);
    tokens.map(|((balance, weight), price)| libm::pow(balance * price / weight, *weight)).product::<f64>() / shares
}

/// Fair value of one share of a StableSwap pool, in the unit of `prices`: the invariant per share, counted in the cheapest of its coins.
///
/// Law: virtual price x min p_i. Source: Curve and Chainlink, pricing of stable pool tokens; a lower bound.
#[must_use]
pub fn fair_stable(virtual_price: f64, prices: &[f64]) -> f64 {
    virtual_price * prices.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(balances: &[f64], prices: &[f64], shares: f64) -> f64 {
        balances.iter().zip(prices).map(|(balance, price)| balance * price).sum::<f64>() / shares
    }

    #[test]
    fn no_swap_moves_the_fair_value_and_the_spot_value_moves() {
        let prices = [2_000.0, 1.0];
        let fair = fair_constant_product([1_000.0, 2_000_000.0], prices, 44_721.0);
        assert!((fair - spot(&[1_000.0, 2_000_000.0], &prices, 44_721.0)).abs() < 1e-9, "in balance both agree");
        for input in [1.0, 50.0, 1_000.0, 40_000.0] {
            let base = 1_000.0 + input;
            let balances = [base, 2e9 / base];
            let pushed = fair_constant_product(balances, prices, 44_721.0);
            assert!((pushed / fair - 1.0).abs() < 1e-12, "a swap of {input} moved the fair value");
            assert!(spot(&balances, &prices, 44_721.0) > fair, "by the means' inequality");
        }
    }

    #[test]
    fn equal_weights_are_a_constant_product() {
        let weighted = fair_weighted(&[300.0, 5e5], &[0.5, 0.5], &[1_500.0, 0.99], 77.0);
        let product = fair_constant_product([300.0, 5e5], [1_500.0, 0.99], 77.0);
        assert!((weighted / product - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_weighted_pool_in_balance_is_worth_what_it_holds() {
        // 80/20 in balance: 80 % of 1,000,000 USD in the first token.
        let (balances, prices) = ([400.0, 200_000.0], [2_000.0, 1.0]);
        assert!((fair_weighted(&balances, &[0.8, 0.2], &prices, 1.0) - 1e6).abs() < 1e-5);
    }

    #[test]
    fn a_depegged_coin_prices_the_whole_share() {
        assert!((fair_stable(1.02, &[1.0, 0.88, 0.999]) - 1.02 * 0.88).abs() < 1e-15);
    }
}
