//! Laws that every curve keeps, through the one face that the world sees: `pools::Pool`.

use portage::pools::{
    Amounts, AmplificationRamp, Booking, COINS_MAX, ConcentratedPool, ConstantProductPool, Direction, FlowLine, Pool,
    Rate, Side, StableSwapPool, Swap, WeightRamp, WeightedPool, full_range,
};
use proptest::prelude::*;

const NOTHING: Booking = Booking { usd_in: 0.0, usd_out: 0.0, line: FlowLine::Trader };
const CURVES: usize = 6;

fn amounts(base: f64, quote: f64) -> Amounts {
    let mut amounts = [0.0; COINS_MAX];
    (amounts[0], amounts[1]) = (base, quote);
    amounts
}

/// A pool of about `size` tokens a side at a price of one; `tilt` makes it hold that much more base.
fn pool(curve: usize, fee: f64, size: f64, tilt: f64) -> Pool {
    let mut weights = [0.0; COINS_MAX];
    let mut pool = match curve {
        0 => Pool::ConstantProduct(ConstantProductPool::new(fee).unwrap()),
        1 => {
            weights[..2].copy_from_slice(&[0.5, 0.5]);
            Pool::Weighted(Box::new(WeightedPool::new(2, WeightRamp::fixed(weights), fee, None).unwrap()))
        }
        2 => {
            weights[..2].copy_from_slice(&[0.8, 0.2]);
            Pool::Weighted(Box::new(WeightedPool::new(2, WeightRamp::fixed(weights), fee, None).unwrap()))
        }
        3 | 4 => {
            let ramp = AmplificationRamp::fixed(if curve == 3 { 1.0 } else { 1e5 });
            Pool::StableSwap(Box::new(StableSwapPool::new(2, ramp, [Rate::PAR; COINS_MAX], fee).unwrap()))
        }
        _ => {
            let mut pool = ConcentratedPool::new(60, fee, 4).unwrap();
            pool.initialise(tilt.sqrt().recip());
            for (lower, upper) in [(-600, 600), (-6_000, 6_000), (-60, 1_200), full_range(60)] {
                let position = pool.position(lower, upper);
                let _nothing_yet = pool.settle(position);
                let _paid = pool.mint(position, size);
            }
            return Pool::Concentrated(Box::new(pool));
        }
    };
    let deposit = pool.deposit(&amounts(size * tilt, size)).expect("both coins were offered");
    pool.put(&deposit, 0.0);
    pool
}

fn after(pool: &Pool, direction: Direction, swap: &Swap, apart: f64) -> Pool {
    let mut pool = pool.clone();
    pool.fill(direction, swap, apart, NOTHING);
    pool
}

fn direction(buys: bool) -> Direction {
    if buys { Side::BuyBase.direction() } else { Side::SellBase.direction() }
}

fn back(direction: Direction) -> Direction {
    Direction { coin_in: direction.coin_out, coin_out: direction.coin_in }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_round_trip_is_never_free(
        curve in 0..CURVES, fee in 0.0..0.02, log_share in -9.0..-0.3_f64, tilt in 0.8..1.25_f64, buys: bool,
    ) {
        let (pool, direction) = (pool(curve, fee, 1e6, tilt), direction(buys));
        let amount = 1e6 * 10.0_f64.powf(log_share);
        let there = pool.swap_exact_in(direction, amount).unwrap();
        let moved = after(&pool, direction, &there, 0.0);
        let home = moved.swap_exact_in(back(direction), there.amount_out).unwrap();
        prop_assert!(home.amount_out <= amount * (1.0 + 1e-9), "curve {curve}: {amount} became {}", home.amount_out);
    }

    #[test]
    fn output_grows_ever_more_slowly_and_exact_out_inverts_it(
        curve in 0..CURVES, fee in 0.0..0.02, log_share in -8.0..-0.5_f64, tilt in 0.8..1.25_f64, buys: bool,
    ) {
        let (pool, direction) = (pool(curve, fee, 1e6, tilt), direction(buys));
        let amount = 1e6 * 10.0_f64.powf(log_share);
        let out = |amount: f64| pool.swap_exact_in(direction, amount).unwrap().amount_out;
        let (half, whole) = (out(0.5 * amount), out(amount));
        prop_assert!(half < whole && whole <= 2.0 * half * (1.0 + 1e-12), "curve {curve}: {half}, {whole}");
        prop_assert!(whole <= amount * pool.marginal(direction) * (1.0 + 1e-9), "curve {curve}: dearer than the marginal rate");
        let inverse = pool.swap_exact_out(direction, whole).unwrap();
        prop_assert!((inverse.amount_in / amount - 1.0).abs() < 1e-7, "curve {curve}: {} for {amount}", inverse.amount_in);
    }

    /// With fees that leave the reserves, the path does not matter: two halves end where the whole does.
    #[test]
    fn a_swap_in_two_parts_ends_where_the_whole_does(
        curve in 0..CURVES, fee in 0.0..0.02, log_share in -6.0..-0.5_f64, tilt in 0.8..1.25_f64, buys: bool,
    ) {
        let (pool, direction) = (pool(curve, fee, 1e6, tilt), direction(buys));
        let amount = 1e6 * 10.0_f64.powf(log_share);
        let whole = pool.swap_exact_in(direction, amount).unwrap();
        let first = pool.swap_exact_in(direction, 0.5 * amount).unwrap();
        let between = after(&pool, direction, &first, 1.0);
        let second = between.swap_exact_in(direction, 0.5 * amount).unwrap();
        let (one, two) = (after(&pool, direction, &whole, 1.0), after(&between, direction, &second, 1.0));
        prop_assert!(((first.amount_out + second.amount_out) / whole.amount_out - 1.0).abs() < 1e-9, "curve {curve}");
        prop_assert!((one.spot(direction) / two.spot(direction) - 1.0).abs() < 1e-9, "curve {curve}");
    }

    /// What comes in and goes out is what the balances change by, and the marginal rate asked for is the one that is met.
    #[test]
    fn tokens_are_conserved_and_a_rate_is_reached(
        curve in 0..CURVES, fee in 0.0..0.02, fall in 0.9..0.999_f64, tilt in 0.8..1.25_f64, buys: bool,
    ) {
        let (pool, direction) = (pool(curve, fee, 1e6, tilt), direction(buys));
        let rate = pool.marginal(direction) * fall;
        let swap = pool.swap_exact_in(direction, pool.input_to_marginal(direction, rate)).unwrap();
        // A concentrated pool keeps its fees apart whatever it is told.
        let apart = if curve == 5 { 1.0 } else { 0.0 };
        let moved = after(&pool, direction, &swap, apart);
        if apart == 1.0 || fee == 0.0 {
            prop_assert!((moved.marginal(direction) / rate - 1.0).abs() < 1e-8, "curve {curve}: {} not {rate}", moved.marginal(direction));
        }
        let (before, now) = (pool.balances(), moved.balances());
        let entered = swap.amount_in - apart * swap.fee_in;
        prop_assert!((now[direction.coin_in] - before[direction.coin_in] - entered).abs() < 1e-9 * before[direction.coin_in], "curve {curve}");
        prop_assert!((before[direction.coin_out] - now[direction.coin_out] - swap.amount_out).abs() < 1e-9 * before[direction.coin_out], "curve {curve}");
    }

    /// Curves that are their own mirror charge buyers and sellers of the same value alike.
    #[test]
    fn impact_is_symmetric_where_the_curve_is(curve in prop::sample::select(vec![0, 1, 3, 4]), fee in 0.0..0.02, log_share in -6.0..-0.5_f64) {
        let pool = pool(curve, fee, 1e6, 1.0);
        let amount = 1e6 * 10.0_f64.powf(log_share);
        let (bought, sold) = (pool.swap_exact_in(direction(true), amount).unwrap(), pool.swap_exact_in(direction(false), amount).unwrap());
        prop_assert!((bought.amount_out / sold.amount_out - 1.0).abs() < 1e-12, "curve {curve}: {bought:?}, {sold:?}");
    }

    /// Whoever puts in and takes out the same shares gets back no more than went in, in value at the price that the pool had.
    #[test]
    fn adding_and_removing_gives_back_no_more(curve in 0..5_usize, fee in 0.0..0.02, log_share in -6.0..0.0_f64, tilt in 0.9..1.1_f64, lopsided in 0.0..1.0_f64) {
        let mut pool = pool(curve, fee, 1e6, tilt);
        let amount = 1e6 * 10.0_f64.powf(log_share);
        let (before, price) = (pool.balances(), pool.spot(Side::SellBase.direction()));
        let Some(deposit) = pool.deposit(&amounts(amount, amount * lopsided)) else { return Ok(()) };
        pool.put(&deposit, 0.0);
        let part = deposit.growth / (1.0 + deposit.growth);
        let held = pool.balances();
        let value = |amounts: &Amounts| amounts[0] * price + amounts[1];
        let back = held.map(|balance| balance * part);
        prop_assert!(value(&back) <= value(&deposit.used) * (1.0 + 1e-9), "curve {curve}: {back:?} of {:?}", deposit.used);
        for coin in 0..2 {
            prop_assert!((held[coin] - before[coin] - deposit.used[coin]).abs() <= 1e-9 * held[coin], "curve {curve}");
        }
    }
}

/// Dust, floods and emptied pools: an answer that is right, or none.
#[test]
fn extreme_orders_are_answered_or_refused() {
    for curve in 0..CURVES {
        for amount in [0.0, 1e-18, 1e-9, 1e9, 1e15, f64::MAX] {
            for buys in [true, false] {
                let pool = pool(curve, 0.003, 1e6, 1.0);
                if let Some(swap) = pool.swap_exact_in(direction(buys), amount) {
                    assert!(swap.amount_out.is_finite() && swap.amount_out >= 0.0, "curve {curve}, {amount}: {swap:?}");
                    assert!(
                        swap.amount_out <= pool.balances()[direction(buys).coin_out],
                        "curve {curve}, {amount}: {swap:?}"
                    );
                    let moved = after(&pool, direction(buys), &swap, 1.0);
                    assert!(
                        moved.balances().iter().all(|balance| balance.is_finite() && *balance >= 0.0),
                        "curve {curve}"
                    );
                    assert!(
                        !moved.spot(direction(buys)).is_nan() && !moved.marginal(direction(buys)).is_nan(),
                        "curve {curve}"
                    );
                }
                if let Some(swap) = pool.swap_exact_out(direction(buys), amount) {
                    assert!(
                        swap.amount_in.is_finite() && swap.amount_in >= amount * 0.2,
                        "curve {curve}, {amount}: {swap:?}"
                    );
                }
            }
        }
    }
}
