//! Pushing the price of a pool up, and what it takes to bring it back: the trades of a manipulation.

use super::{ConcentratedPool, Pool, Side, StableSwapPool, Swap, WeightedPool};

const THERE: super::Direction = Side::BuyBase.direction();
const BACK: super::Direction = Side::SellBase.direction();

/// A purchase of base that moves a pool's price, and the sale that undoes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Push {
    /// The purchase.
    pub there: Swap,
    /// The sale after which the curve stands where it stood, fees apart; quoted from the state after the purchase.
    pub back: Swap,
    /// The pool's price after the purchase, before fee, quote per base.
    pub price: f64,
}

impl Push {
    /// Of a pool that holds nothing: its price is whatever somebody says.
    #[must_use]
    pub const fn of_nothing(price: f64) -> Self {
        Self { there: Swap::NOTHING, back: Swap::NOTHING, price }
    }
}

impl Pool {
    /// The push that brings the price before fee up to `price` (quote per base, positive); `None` where it stands there already, or
    /// the pool takes no such trade.
    ///
    /// `apart`: the share of a fee that does not enter the reserves. What enters raises the price somewhat more; a limit on trades
    /// may leave it lower. A concentrated pool passes gaps of liquidity for nothing, as V3's swap with a price limit.
    ///
    /// Law: without fees a curve is the same way back. With a fee f on the input, what was bought has to be sold as bought / (1 - f) to
    /// bring the curve back; with a fee on the output, as what was bought and its fee together.
    #[must_use]
    pub fn push(&self, price: f64, apart: f64) -> Option<Push> {
        if price <= self.spot(BACK) {
            return None;
        }
        match self {
            Self::ConstantProduct(pool) => {
                let there = self.purchase(pool.segment().keep / price)?;
                let mut after = *pool;
                after.fill(THERE, &there, apart);
                let back = after.swap_exact_in(BACK, undoing(&there))?;
                Some(Push { there, back, price: after.spot(BACK) })
            }
            Self::StableSwap(pool) => {
                let there = self.purchase(pool.marginal(THERE) / pool.spot(THERE) / price)?;
                let mut after = StableSwapPool::clone(pool);
                after.fill(THERE, &there, apart);
                let back = after.swap_exact_in(BACK, undoing(&there))?;
                Some(Push { there, back, price: after.spot(BACK) })
            }
            Self::Weighted(pool) => {
                let there = self.purchase(pool.marginal(THERE) / pool.spot(THERE) / price)?;
                let mut after = WeightedPool::clone(pool);
                after.fill(THERE, &there, apart);
                let back = after.swap_exact_in(BACK, undoing(&there))?;
                Some(Push { there, back, price: after.spot(BACK) })
            }
            Self::Concentrated(pool) => Some(pool.push(price)),
            Self::Holding(_) => None,
        }
    }

    /// The purchase of base after which the marginal rate, after fee, is `rate`.
    fn purchase(&self, rate: f64) -> Option<Swap> {
        self.swap_exact_in(THERE, self.input_to_marginal(THERE, rate)).filter(|swap| swap.amount_in > 0.0)
    }
}

impl ConcentratedPool {
    /// All fees stand apart: the way back is the way there, and nothing has to be tried out.
    fn push(&self, price: f64) -> Push {
        let there = self.swap_to_root(Side::BuyBase, price.sqrt());
        if there.amount_in <= 0.0 {
            return Push::of_nothing(price);
        }
        let amount_in = undoing(&there);
        let fee_in = amount_in - there.amount_out;
        let back = Swap { amount_in, amount_out: there.amount_in - there.fee_in, fee_in, fee_out: 0.0 };
        Push { there, back, price }
    }
}

/// What has to be sold to bring the curve back.
fn undoing(there: &Swap) -> f64 {
    (there.amount_out + there.fee_out) * there.amount_in / (there.amount_in - there.fee_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Amounts, AmplificationRamp, Booking, COINS_MAX, ConstantProductPool, FlowLine, Rate, WeightRamp, full_range,
    };

    const BASE: f64 = 1_000.0;
    const PRICE: f64 = 2.0;
    const FEE: f64 = 0.003;

    fn amounts(base: f64, quote: f64) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (base, quote);
        amounts
    }

    fn constant_product() -> Pool {
        let mut pool = Pool::ConstantProduct(ConstantProductPool::new(FEE).unwrap());
        let deposit = pool.deposit(&amounts(BASE, BASE * PRICE)).unwrap();
        pool.put(&deposit, 1.0);
        pool
    }

    /// Pools that are constant products in another guise.
    fn guises() -> [Pool; 3] {
        let mut weighted =
            Pool::Weighted(Box::new(WeightedPool::new(2, WeightRamp::fixed(amounts(0.5, 0.5)), FEE, None).unwrap()));
        let deposit = weighted.deposit(&amounts(BASE, BASE * PRICE)).unwrap();
        weighted.put(&deposit, 1.0);
        let mut concentrated = ConcentratedPool::new(60, FEE, 1).unwrap();
        concentrated.initialise(PRICE.sqrt());
        let (lower, upper) = full_range(60);
        let position = concentrated.position(lower, upper);
        concentrated.mint(position, BASE * PRICE.sqrt());
        [constant_product(), weighted, Pool::Concentrated(Box::new(concentrated))]
    }

    #[test]
    fn a_constant_product_in_any_guise_costs_what_the_closed_form_says() {
        // Reserves x and y = p x, factor a, s = sqrt(a), fees apart: paid y (s - 1) / (1 - f), bought x (1 - 1/s); arbitraged back
        // y (s + 1/s - 2) is lost besides the fee; swapped back, the fees f / (1 - f) y (s - 1/s) of both legs are.
        let quote = BASE * PRICE;
        for pool in guises() {
            for factor in [1.0001, 1.05, 1.5, 2.0, 7.0, 400.0_f64] {
                let s = factor.sqrt();
                let push = pool.push(PRICE * factor, 1.0).unwrap();
                let fees = FEE / (1.0 - FEE);
                let lost = push.there.amount_in - push.there.amount_out * PRICE;
                let arbitraged = quote * (s + 1.0 / s - 2.0) + fees * quote * (s - 1.0);
                let round = lost + push.back.amount_in * PRICE - push.back.amount_out;
                let atomic = fees * quote * (s - 1.0 / s);
                let paid = quote * (s - 1.0) / (1.0 - FEE);
                for (found, law) in [(push.there.amount_in, paid), (lost, arbitraged), (round, atomic)] {
                    assert!((found - law).abs() < 1e-9 * paid, "{found} against {law} at {factor}: {pool:?}");
                }
                assert!((push.price / (PRICE * factor) - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_fee_that_stays_in_the_reserves_raises_the_price_and_comes_back_in_part() {
        let (apart, inside) = (constant_product().push(4.0, 1.0).unwrap(), constant_product().push(4.0, 0.0).unwrap());
        // Reserves after the purchase: x / sqrt 2 and y + y (sqrt 2 - 1) / (1 - f).
        let s = 2.0_f64.sqrt();
        let quote = BASE * PRICE * (1.0 + (s - 1.0) / (1.0 - FEE));
        assert!((inside.price / (quote / (BASE / s)) - 1.0).abs() < 1e-12 && inside.price > apart.price);
        // The sale finds more quote: x (1 - 1/s) into x / s gives the share 1 - 1/s of it.
        assert!((inside.back.amount_out / (quote * (1.0 - 1.0 / s)) - 1.0).abs() < 1e-12);
        assert!(inside.back.amount_out > apart.back.amount_out);
    }

    #[test]
    fn every_curve_stands_again_where_it_stood() {
        let ramp = AmplificationRamp::fixed(100.0);
        let mut stable =
            Pool::StableSwap(Box::new(crate::StableSwapPool::new(2, ramp, [Rate::PAR; COINS_MAX], 0.0004).unwrap()));
        let deposit = stable.deposit(&amounts(900.0, 1_100.0)).unwrap();
        stable.put(&deposit, 1.0);
        for mut pool in guises().into_iter().chain([stable]) {
            let (before, price) = (pool.balances(), pool.spot(BACK));
            let push = pool.push(1.3 * price, 1.0).unwrap();
            let booking = Booking { usd_in: 1.0, usd_out: 1.0, line: FlowLine::Trader };
            pool.fill(THERE, &push.there, 1.0, booking);
            assert!((pool.spot(BACK) / (1.3 * price) - 1.0).abs() < 1e-9);
            let quoted = pool.swap_exact_in(BACK, push.back.amount_in).unwrap();
            assert!((quoted.amount_out / push.back.amount_out - 1.0).abs() < 1e-9);
            pool.fill(BACK, &quoted, 1.0, booking);
            for (after, before) in pool.balances().iter().zip(before) {
                assert!((after - before).abs() <= 1e-9 * before, "{after} against {before}: {pool:?}");
            }
            assert_eq!(pool.push(0.99 * price, 1.0), None);
        }
    }

    #[test]
    fn beyond_its_ranges_a_concentrated_pool_costs_nothing() {
        let mut pool = ConcentratedPool::new(60, FEE, 1).unwrap();
        pool.initialise(1.0);
        let position = pool.position(-600, 600);
        pool.mint(position, 1_000.0);
        let pool = Pool::Concentrated(Box::new(pool));
        let (near, far) = (pool.push(1.0001_f64.powi(600), 1.0).unwrap(), pool.push(5.0, 1.0).unwrap());
        assert!((near.there.amount_in / far.there.amount_in - 1.0).abs() < 1e-12);
        assert_eq!(far.price, 5.0);
    }
}
