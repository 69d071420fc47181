//! Laws of the weighted pool; the vectors against Balancer's formulas are in tests/suite/curves.rs.

use super::*;
use proptest::prelude::*;

const FORTH: Direction = Direction { coin_in: 0, coin_out: 1 };
const BACK: Direction = Direction { coin_in: 1, coin_out: 0 };

fn amounts(of: &[f64]) -> Amounts {
    std::array::from_fn(|coin| of.get(coin).copied().unwrap_or(0.0))
}

fn pool(weights: &[f64], fee: f64, balances: &[f64]) -> WeightedPool {
    let mut pool = WeightedPool::new(balances.len(), WeightRamp::fixed(amounts(weights)), fee, None).unwrap();
    pool.put(&amounts(balances), &[0.0; COINS_MAX], 0.0);
    pool
}

/// Any pool of two to eight coins.
fn any_pool() -> impl Strategy<Value = WeightedPool> {
    (0.0..0.05_f64, proptest::collection::vec((-3.0..6.0_f64, 0.1..1.0_f64), 2..=8)).prop_map(|(fee, coins)| {
        let sum: f64 = coins.iter().map(|(_, weight)| weight).sum();
        let weights: Vec<f64> = coins.iter().map(|(_, weight)| weight / sum).collect();
        let balances: Vec<f64> = coins.iter().map(|(size, _)| libm::pow(10.0, *size)).collect();
        pool(&weights, fee, &balances)
    })
}

/// 1 - (1 - r)^p summed as its binomial series, for r far below 1: an independent truth for small trades.
fn small_power(ratio: f64, power: f64) -> f64 {
    ratio * power * (1.0 - (power - 1.0) / 2.0 * ratio * (1.0 - (power - 2.0) / 3.0 * ratio))
}

#[test]
fn weights_move_linearly_between_the_dates() {
    let ramp = WeightRamp {
        initial: amounts(&[0.9, 0.1]),
        future: amounts(&[0.5, 0.5]),
        from_seconds: 100.0,
        until_seconds: 300.0,
    };
    let mut pool = WeightedPool::new(2, ramp, 0.0, None).unwrap();
    for (seconds, first) in [(0.0, 0.9), (100.0, 0.9), (150.0, 0.8), (250.0, 0.6), (300.0, 0.5), (1e9, 0.5)] {
        pool.set_time(seconds);
        assert!((pool.weights()[0] - first).abs() < 1e-15 && (pool.weights()[1] - (1.0 - first)).abs() < 1e-15);
    }
}

#[test]
fn the_limits_of_balancer_are_refusals() {
    let limits = Some(SwapLimits { in_share: 0.3, out_share: 0.3 });
    let mut pool = WeightedPool::new(2, WeightRamp::fixed(amounts(&[0.8, 0.2])), 0.01, limits).unwrap();
    pool.put(&amounts(&[100.0, 100.0]), &[0.0; COINS_MAX], 0.0);
    assert!(pool.swap_exact_in(FORTH, 30.3).is_some() && pool.swap_exact_in(FORTH, 30.31).is_none());
    assert!(pool.swap_exact_out(FORTH, 30.0).is_some() && pool.swap_exact_out(FORTH, 30.01).is_none());
    let most = pool.input_to_marginal(FORTH, 1e-9);
    assert!((most - 30.0 / 0.99).abs() < 1e-12 && pool.swap_exact_in(FORTH, most).is_some());
}

#[test]
fn convexity_of_two_coins_is_w_times_one_minus_w_of_value() {
    for weight in [0.01, 0.2, 0.5, 0.8, 0.99] {
        let pool = pool(&[weight, 1.0 - weight], 0.003, &[3.0, 7_000.0]);
        let value = 3.0 * pool.values()[0] + 7_000.0;
        assert!((pool.convexity() / (weight * (1.0 - weight) * value) - 1.0).abs() < 1e-13);
    }
}

#[test]
fn an_empty_pool_refuses_and_a_first_deposit_needs_all_coins() {
    let empty = WeightedPool::new(3, WeightRamp::fixed(amounts(&[0.2, 0.3, 0.5])), 0.0, None).unwrap();
    assert!(empty.swap_exact_in(FORTH, 1.0).is_none() && empty.swap_exact_out(FORTH, 1.0).is_none());
    assert_eq!((empty.spot(FORTH), empty.invariant(), empty.input_to_marginal(FORTH, 0.1)), (0.0, 0.0, 0.0));
    assert!(empty.join(&amounts(&[1.0, 2.0])).is_none());
    let join = empty.join(&amounts(&[32.0, 8.0, 4.0])).unwrap();
    assert!((join.growth - libm::pow(2.0, 1.0 + 0.9 + 1.0)).abs() < 1e-13);
}

#[test]
fn extremes_are_right_or_refused() {
    for weights in [[0.01, 0.99], [0.5, 0.5], [0.99, 0.01]] {
        for balances in [[1e-18, 1e15], [1e15, 1e-18], [1.0, 1.0], [1e15, 1e15], [1e-18, 1e-18]] {
            let here = pool(&weights, 0.003, &balances);
            for amount in [0.0, 1e-18, 1.0, 1e15, 1e200, f64::MAX] {
                let quote = here.swap_exact_in(FORTH, amount);
                assert!(quote.is_none_or(|swap| swap.amount_out >= 0.0 && swap.amount_out < balances[1]));
                let quote = here.swap_exact_out(FORTH, amount);
                assert!(quote.is_none_or(|swap| swap.amount_in >= 0.0 && swap.amount_in.is_finite()));
                let join = here.join(&amounts(&[amount]));
                assert!(join.is_none_or(|join| join.growth > 0.0 && join.growth.is_finite()));
                let burn = here.exit_imbalanced(&amounts(&[amount]));
                assert!(burn.is_none_or(|burn| (0.0..1.0).contains(&burn.share)));
            }
            for rate in [f64::MIN_POSITIVE, 1e-9, 1.0, 1e9, f64::MAX] {
                assert!(here.input_to_marginal(FORTH, rate).is_finite());
            }
            for share in [0.0, 1e-15, 0.5, 1.0 - 1e-12, 1.0] {
                let exit = here.exit_one(share, 0);
                assert!(exit.is_none_or(|exit| exit.amount >= 0.0 && exit.amount < balances[0]));
            }
        }
    }
}

proptest! {
    #[test]
    fn equal_weights_are_a_constant_product(
        fee in 0.0..0.05_f64, base in 1e-3..1e6_f64, quote in 1e-3..1e6_f64, share in 1e-12..5.0_f64,
    ) {
        let pool = pool(&[0.5, 0.5], fee, &[base, quote]);
        let kept = (1.0 - fee) * base * share;
        let expected = quote * kept / (base + kept);
        prop_assert!((pool.swap_exact_in(FORTH, base * share).unwrap().amount_out / expected - 1.0).abs() < 1e-13);
        // L sqrt(P)/2 with L = sqrt(x y).
        let root = (base * quote).sqrt() * (quote / base).sqrt() / 2.0;
        prop_assert!((pool.convexity() / root - 1.0).abs() < 1e-13);
        let (bought, sold) = pool.depth(FORTH, 0.02);
        prop_assert!((bought / (base * (1.0 - 1.0 / 1.02_f64.sqrt())) - 1.0).abs() < 1e-12);
        prop_assert!((sold / (base * (1.0 / 0.98_f64.sqrt() - 1.0)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn small_trades_keep_their_digits(pool in any_pool(), share in 1e-12..1e-6_f64) {
        let amount = pool.balances[0] * share;
        let got = pool.swap_exact_in(FORTH, amount).unwrap().amount_out;
        let kept = share * (1.0 - pool.fee);
        let truth = pool.balances[1] * small_power(kept / (1.0 + kept), pool.weights[0] / pool.weights[1]);
        prop_assert!((got / truth - 1.0).abs() < 1e-13, "{}", got / truth - 1.0);
    }

    #[test]
    fn a_trade_whose_fee_leaves_keeps_the_invariant(mut pool in any_pool(), share in 1e-9..3.0_f64) {
        let before = pool.invariant();
        let swap = pool.swap_exact_in(FORTH, pool.balances[0] * share).unwrap();
        pool.fill(FORTH, &swap, 1.0);
        let left = pool.balances[1] / (pool.balances[1] + swap.amount_out);
        prop_assert!((pool.invariant() / before - 1.0).abs() < 1e-13 + 1e-15 / left);
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
        prop_assert!((got / once.amount_out - 1.0).abs() < 1e-12);
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
        let left = 1.0 - forward.amount_out / pool.balances[1];
        prop_assert!((back.amount_in / amount - 1.0).abs() < 1e-13 + 1e-14 / left);
        prop_assert!((back.fee_in - forward.fee_in).abs() < 1e-13 * amount / left);
    }

    #[test]
    fn the_input_to_a_marginal_rate_ends_at_it(pool in any_pool(), fall in 1e-9..3.0_f64) {
        let rate = pool.marginal(FORTH) * libm::exp(-fall);
        let amount = pool.input_to_marginal(FORTH, rate);
        let mut after = pool.clone();
        let swap = pool.swap_exact_in(FORTH, amount).unwrap();
        after.fill(FORTH, &swap, 1.0);
        let left = after.balances[1] / pool.balances[1];
        prop_assert!((after.marginal(FORTH) / rate - 1.0).abs() < 1e-13 + 1e-15 / left);
        prop_assert_eq!(pool.input_to_marginal(FORTH, pool.marginal(FORTH)), 0.0);
    }

    #[test]
    fn joining_and_leaving_gives_back_no_more(pool in any_pool(), parts in proptest::collection::vec(0.0..1.0_f64, 8)) {
        let paid: Amounts = std::array::from_fn(|coin| pool.balances[coin] * parts[coin]);
        prop_assume!(paid.iter().sum::<f64>() > 0.0);
        let join = pool.join(&paid).unwrap();
        let mut joined = pool.clone();
        joined.put(&paid, &join.fees, 0.0);
        let share = join.growth / (1.0 + join.growth);
        let mut left = joined.clone();
        left.take(&joined.exit(share));
        prop_assert!(left.invariant() >= pool.invariant() * (1.0 - 1e-13));
        let exit = joined.exit_one(share, 0).unwrap();
        let mut left = joined.clone();
        left.take(&amounts(&[exit.amount]));
        prop_assert!(left.invariant() >= pool.invariant() * (1.0 - 1e-11));
        let burn = joined.exit_imbalanced(&paid);
        prop_assert!(burn.is_none_or(|burn| burn.share >= share * (1.0 - 1e-12)));
    }

    #[test]
    fn a_pro_rata_deposit_pays_no_fee(pool in any_pool(), share in 1e-12..1.0_f64) {
        let paid = pool.exit(share);
        let join = pool.join(&paid).unwrap();
        prop_assert!((join.growth / share - 1.0).abs() < 1e-13);
        prop_assert!(join.fees.iter().zip(&paid).all(|(fee, paid)| *fee <= 1e-14 * paid));
    }

    #[test]
    fn one_coin_pays_the_fee_of_version_one(pool in any_pool(), share in 1e-9..1.0_f64) {
        // Balancer V1: the fee falls on the part (1 - w) of a single deposit, whatever its size.
        let amount = pool.balances[0] * share;
        let join = pool.join(&amounts(&[amount])).unwrap();
        prop_assert!((join.fees[0] - amount * (1.0 - pool.weights[0]) * pool.fee).abs() <= 1e-14 * amount);
    }
}
