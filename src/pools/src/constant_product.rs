//! The constant-product pool: base x quote = k (Uniswap V2).

use super::error::fee_share;
use super::{Amounts, Band, COINS_MAX, Deposit, Direction, PoolError, Segment, Side, Swap};

/// A constant-product pool with a fee on the input.
///
/// Law: (R_in + (1 - f) d_in)(R_out - d_out) = R_in R_out, f the fee as a share of the input.
///
/// Source: Uniswap v2 core whitepaper (Adams, Zinsmeister and Robinson 2020), section 3.2.1, in real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantProductPool {
    /// The whole curve: its reserves are what the pool holds.
    segment: Segment,
    inverse_root_keep: f64,
}

impl ConstantProductPool {
    /// An empty pool that charges nothing.
    pub const FREE: Self = Self { segment: Segment::EMPTY, inverse_root_keep: 1.0 };

    /// An empty pool with fee share `fee` of the input, in [0, 1).
    pub fn new(fee: f64) -> Result<Self, PoolError> {
        let mut pool = Self::FREE;
        pool.set_fee(fee_share(fee)?);
        Ok(pool)
    }

    /// Sets the fee share of the input, in [0, 1).
    #[inline]
    pub fn set_fee(&mut self, fee: f64) {
        self.segment.set_fee(fee);
        self.inverse_root_keep = 1.0 / self.segment.root_keep;
    }

    /// What the pool holds, whole tokens.
    #[inline]
    #[must_use]
    pub const fn balances(&self) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (self.segment.base, self.segment.quote);
        amounts
    }

    /// sqrt(base x quote), whole tokens.
    #[inline]
    #[must_use]
    pub const fn liquidity(&self) -> f64 {
        self.segment.liquidity
    }

    /// Between which prices arbitrage does not pay, scaled by L: root price x L is the reserve of quote.
    #[inline]
    #[must_use]
    pub fn band(&self) -> Band {
        let Segment { liquidity, quote, root_keep, .. } = self.segment;
        if liquidity > 0.0 {
            Band { scale: liquidity, lower: quote * root_keep, upper: quote * self.inverse_root_keep }
        } else {
            Band::ANY
        }
    }

    /// The whole curve.
    #[inline]
    #[must_use]
    pub const fn segment(&self) -> &Segment {
        &self.segment
    }

    #[inline]
    const fn in_out(&self, direction: Direction) -> (f64, f64) {
        if direction.coin_in == 1 {
            (self.segment.quote, self.segment.base)
        } else {
            (self.segment.base, self.segment.quote)
        }
    }

    /// Coins received per coin paid, before fee, for an infinitesimal trade; 0 while the pool is empty.
    #[inline]
    #[must_use]
    pub fn spot(&self, direction: Direction) -> f64 {
        let (reserve_in, reserve_out) = self.in_out(direction);
        if self.segment.liquidity > 0.0 { reserve_out / reserve_in } else { 0.0 }
    }

    /// Coins received per coin paid, after fee, for an infinitesimal trade.
    #[inline]
    #[must_use]
    pub fn marginal(&self, direction: Direction) -> f64 {
        self.spot(direction) * self.segment.keep
    }

    /// What `amount_in` buys; `None` while the pool is empty.
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, direction: Direction, amount_in: f64) -> Option<Swap> {
        let (reserve_in, reserve_out) = self.in_out(direction);
        let kept = self.segment.keep * amount_in;
        let amount_out = reserve_out * kept / (reserve_in + kept);
        (self.segment.liquidity > 0.0 && amount_out < reserve_out).then_some(Swap {
            amount_in,
            amount_out,
            fee_in: amount_in - kept,
            fee_out: 0.0,
        })
    }

    /// What must be paid to receive `amount_out`; `None` when the pool holds no more than that.
    #[must_use]
    pub fn swap_exact_out(&self, direction: Direction, amount_out: f64) -> Option<Swap> {
        let (reserve_in, reserve_out) = self.in_out(direction);
        (amount_out < reserve_out).then(|| {
            let amount_in = reserve_in * amount_out / ((reserve_out - amount_out) * self.segment.keep);
            Swap { amount_in, amount_out, fee_in: amount_in * (1.0 - self.segment.keep), fee_out: 0.0 }
        })
    }

    /// The input after which the marginal rate (out per in, after fee) has fallen to `rate`; 0 when it is no higher.
    ///
    /// Law: R_in + (1 - f) d = L sqrt((1 - f) / rate).
    #[inline]
    #[must_use]
    pub fn input_to_marginal(&self, direction: Direction, rate: f64) -> f64 {
        let reserve_in = self.in_out(direction).0;
        let target = self.segment.liquidity * self.segment.root_keep / rate.sqrt();
        ((target - reserve_in) / self.segment.keep).max(0.0)
    }

    /// The trade after which the marginal price, fee included, equals the square of `root_price` (quote per base); `None`
    /// inside the fee band. It maximises the profit of a trader who hedges at that price.
    #[inline]
    #[must_use]
    pub fn to_boundary(&self, root_price: f64) -> Option<(Side, Swap)> {
        let scaled_root = root_price * self.segment.root_keep;
        let quote_target = self.segment.liquidity * scaled_root;
        if quote_target > self.segment.quote {
            let amount_out = self.segment.base - self.segment.liquidity / scaled_root;
            return Some((Side::BuyBase, self.boundary_swap(quote_target - self.segment.quote, amount_out)));
        }
        let base_target = self.segment.liquidity * self.segment.root_keep / root_price;
        if base_target > self.segment.base {
            let amount_out = self.segment.quote - self.segment.liquidity * root_price * self.inverse_root_keep;
            return Some((Side::SellBase, self.boundary_swap(base_target - self.segment.base, amount_out)));
        }
        None
    }

    #[inline]
    fn boundary_swap(&self, kept: f64, amount_out: f64) -> Swap {
        let amount_in = kept / self.segment.keep;
        Swap { amount_in, amount_out, fee_in: amount_in - kept, fee_out: 0.0 }
    }

    /// Carries out a swap that was quoted from this state; the share `apart` of its fee does not enter the reserves.
    #[inline]
    pub fn fill(&mut self, direction: Direction, swap: &Swap, apart: f64) {
        let entering = swap.amount_in - apart * swap.fee_in;
        if direction.coin_in == 1 {
            (self.segment.base, self.segment.quote) =
                (self.segment.base - swap.amount_out, self.segment.quote + entering);
        } else {
            (self.segment.base, self.segment.quote) =
                (self.segment.base + entering, self.segment.quote - swap.amount_out);
        }
        self.segment.liquidity = (self.segment.base * self.segment.quote).sqrt();
    }

    /// As much of `amounts` as fits the pool's ratio; into an empty pool all of it, for sqrt(base x quote) shares.
    #[inline]
    #[must_use]
    pub fn deposit(&self, amounts: &Amounts) -> Option<Deposit> {
        let mut used = [0.0; COINS_MAX];
        let growth = if self.segment.liquidity > 0.0 {
            let part = (amounts[0] / self.segment.base).min(amounts[1] / self.segment.quote);
            (used[0], used[1]) = (self.segment.base * part, self.segment.quote * part);
            part
        } else {
            (used[0], used[1]) = (amounts[0], amounts[1]);
            (amounts[0] * amounts[1]).sqrt()
        };
        (growth > 0.0).then_some(Deposit { used, growth, fees: [0.0; COINS_MAX] })
    }

    /// Adds amounts to the reserves.
    #[inline]
    pub fn put(&mut self, amounts: &Amounts) {
        (self.segment.base, self.segment.quote) = (self.segment.base + amounts[0], self.segment.quote + amounts[1]);
        self.segment.liquidity = (self.segment.base * self.segment.quote).sqrt();
    }

    /// Takes amounts out of the reserves; what rounding would leave below zero is zero.
    #[inline]
    pub fn take(&mut self, amounts: &Amounts) {
        (self.segment.base, self.segment.quote) =
            ((self.segment.base - amounts[0]).max(0.0), (self.segment.quote - amounts[1]).max(0.0));
        self.segment.liquidity = (self.segment.base * self.segment.quote).sqrt();
    }

    /// Amount of base that can be bought before the spot price has risen by the share `band`, and sold before it has fallen
    /// by it, valued in quote at spot, before fees: the depth within +-`band` on both sides together.
    ///
    /// Law: R_quote ((1 - 1/sqrt(1 + b)) + (1/sqrt(1 - b) - 1)).
    #[must_use]
    pub fn depth(&self, band: f64) -> f64 {
        self.segment.quote * ((1.0 - 1.0 / (1.0 + band).sqrt()) + (1.0 / (1.0 - band).sqrt() - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BUY: Direction = Side::BuyBase.direction();

    fn pool(fee: f64, base: f64, quote: f64) -> ConstantProductPool {
        let mut pool = ConstantProductPool::new(fee).unwrap();
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (base, quote);
        pool.put(&amounts);
        pool
    }

    #[test]
    fn agrees_with_the_contracts_integer_rule() {
        // getAmountOut of UniswapV2Library in integers of 1e-18 tokens, computed with 256-bit arithmetic by hand:
        // in = 1e18, reserves 5e18 and 10e18 give 1662497915624478906 (v2-core's own test table).
        let swap = pool(0.003, 10.0, 5.0).swap_exact_in(BUY, 1.0).unwrap();
        assert!((swap.amount_out / 1.662_497_915_624_479 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn depth_is_what_trades_to_the_border_move() {
        let pool = pool(0.0, 100.0, 10_000.0);
        let up = pool.to_boundary(102.0_f64.sqrt()).map(|(_, swap)| swap.amount_out * 100.0);
        let down = pool.to_boundary(98.0_f64.sqrt()).map(|(_, swap)| swap.amount_in * 100.0);
        let depth = pool.depth(0.02);
        assert!((up.unwrap() + down.unwrap() - depth).abs() < 1e-9 * depth);
    }

    #[test]
    fn an_empty_pool_quotes_nothing() {
        let pool = ConstantProductPool::new(0.003).unwrap();
        assert_eq!((pool.swap_exact_in(BUY, 1.0), pool.swap_exact_out(BUY, 1.0)), (None, None));
        assert_eq!((pool.marginal(BUY), pool.input_to_marginal(BUY, 0.1), pool.to_boundary(10.0)), (0.0, 0.0, None));
    }

    proptest! {
        #[test]
        fn exact_out_inverts_exact_in(fee in 0.0..0.05, amount in 1e-6..1e5_f64, buy: bool) {
            let direction = if buy { Side::BuyBase } else { Side::SellBase }.direction();
            let pool = pool(fee, 100.0, 10_000.0);
            let forward = pool.swap_exact_in(direction, amount).unwrap();
            let back = pool.swap_exact_out(direction, forward.amount_out).unwrap();
            prop_assert!((back.amount_in / amount - 1.0).abs() < 1e-9);
        }

        #[test]
        fn the_boundary_trade_ends_at_the_price_and_pays_best(fee in 0.0..0.02, price in 50.0..200.0_f64) {
            let pool = pool(fee, 100.0, 10_000.0);
            let (ask, bid) = (1.0 / pool.marginal(BUY), pool.marginal(Side::SellBase.direction()));
            if let Some((side, swap)) = pool.to_boundary(price.sqrt()) {
                let gain = |scale: f64| {
                    let swap = pool.swap_exact_in(side.direction(), swap.amount_in * scale).unwrap();
                    match side {
                        Side::BuyBase => swap.amount_out * price - swap.amount_in,
                        Side::SellBase => swap.amount_out - swap.amount_in * price,
                    }
                };
                let mut after = pool;
                after.fill(side.direction(), &swap, 1.0);
                let (rate, wanted) = (after.marginal(side.direction()), if side == Side::BuyBase { 1.0 / price } else { price });
                prop_assert!((rate / wanted - 1.0).abs() < 1e-12);
                prop_assert!((pool.input_to_marginal(side.direction(), wanted) / swap.amount_in - 1.0).abs() < 1e-9);
                prop_assert!(gain(1.0) >= gain(0.99).max(gain(1.01)) && gain(1.0) >= 0.0);
            } else {
                prop_assert!(price <= ask * (1.0 + 1e-12) && price >= bid * (1.0 - 1e-12));
            }
        }

        #[test]
        fn no_free_round_trip(fee in 0.0..0.05, amount in 1e-6..1e6_f64) {
            let mut pool = pool(fee, 100.0, 10_000.0);
            let there = pool.swap_exact_in(BUY, amount).unwrap();
            pool.fill(BUY, &there, 0.0);
            let back = pool.swap_exact_in(Side::SellBase.direction(), there.amount_out).unwrap();
            prop_assert!(back.amount_out <= amount * (1.0 + 1e-12));
        }
    }
}
