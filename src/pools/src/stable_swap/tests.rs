//! Laws of the StableSwap pool; the vectors against the contract's integers are in tests/suite/curves.rs.

use super::*;
use proptest::prelude::*;

const FORTH: Direction = Direction { coin_in: 0, coin_out: 1 };
const BACK: Direction = Direction { coin_in: 1, coin_out: 0 };

fn amounts(of: &[f64]) -> Amounts {
    std::array::from_fn(|coin| of.get(coin).copied().unwrap_or(0.0))
}

fn pool(amplification: f64, fee: f64, balances: &[f64]) -> StableSwapPool {
    let ramp = AmplificationRamp::fixed(amplification);
    let mut pool = StableSwapPool::new(balances.len(), ramp, [Rate::PAR; COINS_MAX], fee).unwrap();
    pool.put(&amounts(balances), &[0.0; COINS_MAX], 0.0);
    pool
}

/// Any pool of two to eight coins, with A and imbalance log-uniform.
fn any_pool() -> impl Strategy<Value = StableSwapPool> {
    (0.0..5.0_f64, 0.0..0.01_f64, proptest::collection::vec((-2.0..4.0_f64, 0.5..2.0_f64), 2..=8)).prop_map(
        |(magnitude, fee, coins)| {
            let mut rates = [Rate::PAR; COINS_MAX];
            for (rate, (_, value)) in rates.iter_mut().zip(&coins) {
                rate.initial = *value;
            }
            let ramp = AmplificationRamp::fixed(libm::pow(10.0, magnitude));
            let mut pool = StableSwapPool::new(coins.len(), ramp, rates, fee).unwrap();
            let balances: Vec<f64> = coins.iter().map(|(size, _)| libm::pow(10.0, *size)).collect();
            pool.put(&amounts(&balances), &[0.0; COINS_MAX], 0.0);
            pool
        },
    )
}

/// A n S + D - A n D - D^(n+1)/(n^n prod x), as a share of A n S.
fn residual(pool: &StableSwapPool) -> f64 {
    let (n, d) = (pool.count() as f64, pool.invariant());
    let scaled = &pool.scaled[..pool.count()];
    let product = scaled.iter().fold(d, |product, x| product * (d / (n * x)));
    let sum = scaled.iter().sum::<f64>() * pool.amplification() * n;
    (sum + d - pool.amplification() * n * d - product) / sum
}

#[test]
fn a_balanced_pool_has_the_sum_as_its_invariant_and_values_all_coins_alike() {
    for count in 2..=8 {
        let pool = pool(200.0, 0.0004, &[1e6; 8][..count]);
        assert!((pool.invariant() / (1e6 * count as f64) - 1.0).abs() < 1e-15);
        assert!(pool.values()[..count].iter().all(|value| (value - 1.0).abs() < 1e-15));
        let (forth, back) = (pool.swap_exact_in(FORTH, 1e5).unwrap(), pool.swap_exact_in(BACK, 1e5).unwrap());
        assert_eq!(forth.amount_out.to_bits(), back.amount_out.to_bits());
    }
}

#[test]
fn a_large_amplification_is_a_constant_sum() {
    let quote = pool(1e6, 0.0, &[1e6, 1e6]).swap_exact_in(FORTH, 5e5).unwrap();
    assert!((quote.amount_out / 5e5 - 1.0).abs() < 1e-6);
}

#[test]
fn the_ramp_moves_in_hundredths_like_the_contract() {
    let up = AmplificationRamp { initial: 100.0, future: 200.0, from_seconds: 1_000.0, until_seconds: 87_400.0 };
    let down = AmplificationRamp { initial: 200.0, future: 100.0, ..up };
    // 10000 hundredths over 86400 s: one each 8.64 s; the contract rounds the distance down in both directions.
    for (seconds, moved) in
        [(0.0, 0.0), (1_000.0, 0.0), (1_008.0, 0.0), (1_009.0, 0.01), (44_200.0, 50.0), (1e6, 100.0)]
    {
        assert!((up.at(seconds) - (100.0 + moved)).abs() < 1e-12);
        assert!((down.at(seconds) - (200.0 - moved)).abs() < 1e-12);
    }
}

#[test]
fn time_moves_amplification_and_rates_and_the_invariant_with_them() {
    let mut rates = [Rate::PAR; COINS_MAX];
    rates[0] = Rate { initial: 1.1, per_year: 0.05 };
    let ramp = AmplificationRamp { initial: 100.0, future: 50.0, from_seconds: 0.0, until_seconds: SECONDS_PER_YEAR };
    let mut moving = StableSwapPool::new(2, ramp, rates, 0.0).unwrap();
    moving.put(&amounts(&[100.0, 300.0]), &[0.0; COINS_MAX], 0.0);
    moving.set_time(2.0 * SECONDS_PER_YEAR);
    let there = pool(50.0, 0.0, &[110.0 * libm::exp(0.1), 300.0]);
    assert!((moving.invariant() / there.invariant() - 1.0).abs() < 1e-14);
}

#[test]
fn convexity_is_the_derivative_of_base_by_price() {
    for (amplification, balances) in [(1.0, [50.0, 3.0]), (100.0, [1e3, 9e2]), (2e3, [1.0, 500.0]), (1e5, [7e5, 7e5])] {
        let here = pool(amplification, 0.0, &balances);
        let (price, shift) = (here.spot(FORTH), 1e-5);
        let after = |direction: Direction, shift: f64| {
            let mut after = here.clone();
            let paid = after.balances[direction.coin_in] * shift;
            let swap = after.swap_exact_in(direction, paid).unwrap();
            after.fill(direction, &swap, 0.0);
            (after.balances[0], after.spot(FORTH))
        };
        let (up, down) = (after(BACK, shift), after(FORTH, shift));
        let measured = price * price * (down.0 - up.0) / (up.1 - down.1);
        assert!((here.convexity() / measured - 1.0).abs() < 1e-3, "{} {measured}", here.convexity());
    }
}

#[test]
fn convexity_of_many_small_weights_of_the_sum_is_that_of_a_constant_product() {
    // With A = 1, a third coin far larger than the pair makes the product term dominate: x y is constant, L sqrt(P)/2.
    let pool = pool(1.0, 0.0, &[2.0, 8.0, 1e9]);
    assert!((pool.convexity() / 4.0 - 1.0).abs() < 1e-5, "{}", pool.convexity());
    let quote = pool.swap_exact_in(FORTH, 2.0).unwrap();
    assert!((quote.amount_out / 4.0 - 1.0).abs() < 1e-5);
}

#[test]
fn an_empty_or_broken_pool_refuses_and_still_pays_out() {
    let mut pool = pool(100.0, 0.0004, &[10.0, 20.0]);
    pool.take(&amounts(&[10.0, 0.0]));
    assert!(pool.swap_exact_in(FORTH, 1.0).is_none() && pool.swap_exact_out(BACK, 1.0).is_none());
    assert_eq!((pool.spot(FORTH), pool.input_to_marginal(FORTH, 0.5), pool.convexity()), (0.0, 0.0, 0.0));
    assert!(pool.join(&amounts(&[1.0, 1.0])).is_none() && pool.exit_one(0.1, 1).is_none());
    assert_eq!(pool.exit(0.5)[1], 10.0);
    pool.take(&amounts(&[0.0, 20.0]));
    assert!(pool.join(&amounts(&[1.0, 0.0])).is_none());
    assert!((pool.join(&amounts(&[1.0, 1.0])).unwrap().growth - 2.0).abs() < 1e-15);
}

#[test]
fn extremes_are_right_or_refused() {
    let sizes = [1e-18, 1e-9, 1.0, 1e6, 1e15];
    for amplification in [1.0, 100.0, 1e5, 1e6] {
        for balances in sizes.iter().flat_map(|x| sizes.iter().map(move |y| [*x, *y])) {
            for count in [2, 3, 8] {
                let mut coins = [balances[1]; 8];
                coins[0] = balances[0];
                let here = pool(amplification, 0.003, &coins[..count]);
                assert!(here.invariant() > 0.0 && residual(&here).abs() < 1e-12, "{balances:?} {}", residual(&here));
                for amount in [0.0, 1e-18, 1.0, 1e15, 1e200, f64::MAX] {
                    if let Some(swap) = here.swap_exact_in(FORTH, amount) {
                        let gross = swap.amount_out + swap.fee_out;
                        assert!(gross >= 0.0 && gross <= here.balances[1] * (1.0 + 1e-15));
                    }
                    if let Some(swap) = here.swap_exact_out(FORTH, amount) {
                        assert!(swap.amount_in >= 0.0 && swap.amount_in.is_finite());
                    }
                    let joined = here.join(&amounts(&[amount]));
                    assert!(joined.is_none_or(|join| join.growth > 0.0 && join.growth.is_finite()));
                    let burnt = here.exit_imbalanced(&amounts(&[amount]));
                    assert!(burnt.is_none_or(|burn| (0.0..1.0).contains(&burn.share)));
                }
                for rate in [f64::MIN_POSITIVE, 1e-9, 0.999, 1.0, 1e9, f64::MAX] {
                    assert!(here.input_to_marginal(FORTH, rate).is_finite());
                }
                for share in [0.0, 1e-15, 0.5, 1.0 - 1e-12, 1.0] {
                    let exit = here.exit_one(share, 0);
                    assert!(exit.is_none_or(|exit| exit.amount >= 0.0 && exit.amount <= here.balances[0]));
                }
                assert!(here.convexity() > 0.0 && here.convexity().is_finite());
            }
        }
    }
}

proptest! {
    #[test]
    fn the_invariant_holds_at_the_balances(pool in any_pool()) {
        prop_assert!(residual(&pool).abs() < 1e-13, "{}", residual(&pool));
    }

    #[test]
    fn a_trade_whose_fee_leaves_keeps_the_invariant(mut pool in any_pool(), share in 1e-9..3.0_f64) {
        let before = pool.invariant();
        let swap = pool.swap_exact_in(FORTH, pool.balances[0] * share).unwrap();
        pool.fill(FORTH, &swap, 1.0);
        // What is left of a drained coin carries the rounding of what it was, and D weighs it at its price.
        prop_assert!((pool.invariant() / before - 1.0).abs() < 1e-13 * (1.0 + pool.spot(BACK)));
    }

    /// With the fee set apart; a fee that stays in the pool would make the second half meet a larger pool.
    #[test]
    fn split_in_two_ends_in_the_same_state(pool in any_pool(), share in 1e-6..3.0_f64, cut in 0.05..0.95_f64) {
        let amount = pool.balances[0] * share;
        let (mut whole, mut parts) = (pool.clone(), pool);
        let once = whole.swap_exact_in(FORTH, amount).unwrap();
        whole.fill(FORTH, &once, 1.0);
        let mut got = 0.0;
        for part in [cut, 1.0 - cut] {
            let swap = parts.swap_exact_in(FORTH, amount * part).unwrap();
            parts.fill(FORTH, &swap, 1.0);
            got += swap.amount_out;
        }
        prop_assert!((got / once.amount_out - 1.0).abs() < 1e-11);
        prop_assert!((parts.balances[1] - whole.balances[1]).abs() < 1e-11 * (once.amount_out + whole.balances[1]));
    }

    #[test]
    fn no_free_round_trip(pool in any_pool(), share in 1e-9..3.0_f64, apart in 0.0..1.0_f64) {
        let (mut pool, amount) = (pool.clone(), pool.balances[0] * share);
        let there = pool.swap_exact_in(FORTH, amount).unwrap();
        pool.fill(FORTH, &there, apart);
        let back = pool.swap_exact_in(BACK, there.amount_out).unwrap();
        prop_assert!(back.amount_out <= amount * (1.0 + 1e-9), "{} {amount}", back.amount_out);
    }

    #[test]
    fn output_is_increasing_and_concave(pool in any_pool(), share in 1e-6..3.0_f64) {
        let amount = pool.balances[0] * share;
        let [low, mid, high] = [1.0, 2.0, 3.0].map(|scale| pool.swap_exact_in(FORTH, amount * scale).unwrap().amount_out);
        prop_assert!(low > 0.0 && mid >= low && high >= mid);
        prop_assert!(mid - low <= low * (1.0 + 1e-12) && high - mid <= (mid - low) + 1e-13 * high);
    }

    #[test]
    fn exact_out_inverts_exact_in(pool in any_pool(), share in 1e-12..1.0_f64) {
        let amount = pool.balances[0] * share;
        let forward = pool.swap_exact_in(FORTH, amount).unwrap();
        let back = pool.swap_exact_out(FORTH, forward.amount_out).unwrap();
        // Where the output nears the whole balance, the input is as uncertain as the last bit of what is left.
        let left = 1.0 - (forward.amount_out + forward.fee_out) / pool.balances[1];
        prop_assert!((back.amount_in / amount - 1.0).abs() < 1e-12 + 1e-14 / left);
        prop_assert!((back.fee_out - forward.fee_out).abs() < 1e-14 * forward.amount_out.max(forward.fee_out));
    }

    #[test]
    fn the_input_to_a_marginal_rate_ends_at_it(pool in any_pool(), fall in 1e-6..12.0_f64) {
        let rate = pool.marginal(FORTH) * libm::exp(-fall);
        let amount = pool.input_to_marginal(FORTH, rate);
        let mut after = pool.clone();
        after.balances[0] += amount;
        let gross = pool.pair(FORTH).unwrap().output(amount * pool.rates[0]) / pool.rates[1];
        after.balances[1] -= gross;
        after.refresh();
        // What is left of a drained coin carries the rounding of what it was.
        let left = after.balances[1] / pool.balances[1];
        prop_assert!((after.marginal(FORTH) / rate - 1.0).abs() < 1e-12 + 2e-15 / left);
        prop_assert_eq!(pool.input_to_marginal(FORTH, pool.marginal(FORTH)), 0.0);
    }

    #[test]
    fn depth_ends_at_the_borders_of_the_band(pool in any_pool(), band in 1e-4..0.5_f64) {
        let (bought, sold) = pool.depth(FORTH, band);
        for (bought, sold, change) in [(bought, 0.0, 1.0 + band), (0.0, sold, 1.0 - band)] {
            let mut after = pool.clone();
            after.set_fee(0.0);
            let direction = if bought > 0.0 { BACK } else { FORTH };
            let swap = if bought > 0.0 { after.swap_exact_out(BACK, bought) } else { after.swap_exact_in(FORTH, sold) };
            after.fill(direction, &swap.unwrap(), 0.0);
            prop_assert!((after.spot(FORTH) / (pool.spot(FORTH) * change) - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn values_are_spot_prices_in_coin_1(pool in any_pool()) {
        let values = pool.values();
        for coin in (0..pool.count()).filter(|coin| *coin != 1) {
            let spot = pool.spot(Direction { coin_in: coin, coin_out: 1 });
            prop_assert!((values[coin] / spot - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn joining_and_leaving_gives_back_no_more(pool in any_pool(), parts in proptest::collection::vec(0.0..1.0_f64, 8)) {
        let paid: Amounts = std::array::from_fn(|coin| pool.balances[coin] * parts[coin]);
        prop_assume!(paid.iter().sum::<f64>() > 0.0);
        let join = pool.join(&paid).unwrap();
        let mut joined = pool.clone();
        joined.put(&paid, &join.fees, 0.0);
        let share = join.growth / (1.0 + join.growth);
        // Pro rata: the invariant of what is left is not smaller than before.
        let mut left = joined.clone();
        left.take(&joined.exit(share));
        prop_assert!(left.invariant() >= pool.invariant() * (1.0 - 1e-13));
        // In one coin.
        if let Some(exit) = joined.exit_one(share, 0) {
            let mut left = joined.clone();
            left.take(&amounts(&[exit.amount]));
            prop_assert!(left.invariant() >= pool.invariant() * (1.0 - 1e-13));
        }
        // Exactly what was paid in costs at least what it brought.
        let burn = joined.exit_imbalanced(&paid);
        prop_assert!(burn.is_none_or(|burn| burn.share >= share * (1.0 - 1e-9)));
    }

    #[test]
    fn a_pro_rata_deposit_pays_no_fee(pool in any_pool(), share in 1e-12..1.0_f64) {
        let paid = pool.exit(share);
        let join = pool.join(&paid).unwrap();
        prop_assert!((join.growth / share - 1.0).abs() < 1e-12);
        prop_assert!(join.fees.iter().zip(&paid).all(|(fee, paid)| *fee <= 1e-12 * paid));
    }

    #[test]
    fn a_small_deposit_keeps_its_digits(pool in any_pool(), coin in 0..2_usize) {
        // A deposit of 10^-12 of a coin grows D by its gradient there, less the fee on what is out of proportion.
        let amount = pool.balances[coin] * 1e-12;
        let mut free = pool.clone();
        free.set_fee(0.0);
        let mut paid = [0.0; COINS_MAX];
        paid[coin] = amount;
        let (growth, g) = (free.join(&paid).unwrap().growth, pool.product_term);
        let whole: f64 = (0..pool.count()).map(|k| pool.scaled[k] * (1.0 + g / pool.scaled[k])).sum();
        let expected = amount * pool.rates[coin] * (1.0 + g / pool.scaled[coin]) / whole;
        prop_assert!((growth / expected - 1.0).abs() < 1e-9);
        let burn = free.exit_imbalanced(&paid).unwrap();
        let exit = free.exit_one(growth, coin).unwrap();
        prop_assert!((burn.share / expected - 1.0).abs() < 1e-9 && (exit.amount / amount - 1.0).abs() < 1e-9);
    }
}
