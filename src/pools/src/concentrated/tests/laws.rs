//! Laws that every quote obeys, on random pools with gaps, and states that no market reaches.

use super::*;
use proptest::prelude::*;

/// Ranges by ticks of the spacing 10, with liquidity.
type Ranges = Vec<((i32, i32), f64)>;

fn ranges(grid: i32, magnitudes: std::ops::Range<f64>) -> impl Strategy<Value = Ranges> {
    let range = (-grid..grid, 1..grid, magnitudes).prop_map(move |(lower, width, magnitude)| {
        ((10 * lower, 10 * (lower + width).min(grid)), libm::exp10(magnitude))
    });
    prop::collection::vec(range, 1..12)
}

fn pool_of(ranges: &Ranges, fee: f64, root: f64) -> ConcentratedPool {
    let mut pool = pool(10, fee, root);
    for &((lower, upper), liquidity) in ranges {
        mint(&mut pool, lower, upper, liquidity);
    }
    pool
}

fn direction(buy: bool) -> Side {
    if buy { BUY } else { SELL }
}

const fn opposite(side: Side) -> Side {
    match side {
        BUY => SELL,
        SELL => BUY,
    }
}

/// The end of all liquidity on a side.
fn everything(pool: &ConcentratedPool, side: Side) -> Swap {
    pool.swap_to_root(side, if side == BUY { f64::MAX } else { 0.0 })
}

/// Whether the trade that brings the price of `pool` to that of `other` is below 1e-12 of the swap that led there, or
/// below the last place of the price itself.
fn is_same_state(pool: &ConcentratedPool, other: &ConcentratedPool, side: Side, swap: &Swap) -> bool {
    let (on, back) = (pool.swap_to_root(side, other.root()), pool.swap_to_root(opposite(side), other.root()));
    let last_place = f64::EPSILON * pool.liquidity().max(other.liquidity());
    on.amount_in.max(back.amount_out) <= 1e-12 * swap.amount_in.max(swap.amount_out) + last_place
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn output_grows_with_input_and_ever_more_slowly(
        ranges in ranges(60, -3.0..6.0), tick in -700..700, fee in 0.0..0.05, buy: bool, share in 0.0..0.5_f64,
    ) {
        let (pool, side) = (pool_of(&ranges, fee, root_at(tick)), direction(buy));
        let most = everything(&pool, side);
        let out = |share: f64| pool.swap_exact_in(side, most.amount_in * share).unwrap().amount_out;
        let (one, middle, two) = (out(share), out(1.5 * share), out(2.0 * share));
        let rounding = 1e-13 * most.amount_out;
        prop_assert!(one <= middle + rounding && middle <= two + rounding);
        prop_assert!(middle >= 0.5 * (one + two) - rounding);
        prop_assert!(one <= pool.marginal(side) * most.amount_in * share * (1.0 + 1e-12));
    }

    #[test]
    fn a_swap_in_two_parts_ends_where_the_whole_does(
        ranges in ranges(60, -3.0..6.0), tick in -700..700, fee in 0.0..0.05, buy: bool,
        first in 0.0..1.0_f64, share in 0.0..1.0_f64,
    ) {
        let (mut whole, side) = (pool_of(&ranges, fee, root_at(tick)), direction(buy));
        let mut parts = whole.clone();
        let amount = everything(&whole, side).amount_in * share;
        let swap = fill_exact_in(&mut whole, side, amount);
        let one = fill_exact_in(&mut parts, side, amount * first);
        // The last share of the last liquidity can be refused for its rounding.
        if let Some(two) = parts.swap_exact_in(side, amount - amount * first) {
            parts.fill(side, &two, TRADER);
            prop_assert!(close(one.amount_out + two.amount_out, swap.amount_out, 1e-12));
            prop_assert!(is_same_state(&parts, &whole, side, &swap));
        } else {
            prop_assert!(share > 1.0 - 1e-12);
        }
    }

    #[test]
    fn no_round_trip_is_free(
        ranges in ranges(60, -3.0..6.0), tick in -700..700, fee in 0.0..0.05, buy: bool, share in 0.0..1.0_f64,
    ) {
        let (mut pool, side) = (pool_of(&ranges, fee, root_at(tick)), direction(buy));
        let amount = everything(&pool, side).amount_in * share;
        let there = fill_exact_in(&mut pool, side, amount);
        let back = pool.swap_exact_in(opposite(side), there.amount_out).unwrap();
        prop_assert!(back.amount_out <= amount * (1.0 - fee) * (1.0 + 1e-12));
    }

    #[test]
    fn exact_out_inverts_exact_in_and_ends_there(
        ranges in ranges(60, -3.0..6.0), tick in -700..700, fee in 0.0..0.05, buy: bool, share in 0.0..1.0_f64,
    ) {
        let (mut pool, side) = (pool_of(&ranges, fee, root_at(tick)), direction(buy));
        let mut other = pool.clone();
        let amount = everything(&pool, side).amount_in * share;
        let swap = fill_exact_in(&mut pool, side, amount);
        let inverse = other.swap_exact_out(side, swap.amount_out).unwrap();
        prop_assert!(close(inverse.amount_in, swap.amount_in, 1e-12));
        prop_assert!(close(inverse.fee_in, inverse.amount_in * fee, 1e-12));
        other.fill(side, &inverse, TRADER);
        prop_assert!(is_same_state(&other, &pool, side, &swap));
    }

    #[test]
    fn the_input_to_a_marginal_rate_reaches_it_or_straddles_a_gap(
        ranges in ranges(60, 0.0..3.0), tick in -700..700, target in -700..700, fee in 0.0..0.05, buy: bool,
    ) {
        let (mut pool, side) = (pool_of(&ranges, fee, root_at(tick)), direction(buy));
        let price = root_at(target) * root_at(target);
        let rate = (1.0 - fee) * if buy { 1.0 / price } else { price };
        let before = pool.marginal(side);
        let amount = pool.input_to_marginal(side, rate);
        if before <= rate {
            prop_assert!(amount <= 1e-12 * everything(&pool, side).amount_in, "{amount} at {before} for {rate}");
        } else {
            let swap = fill_exact_in(&mut pool, side, amount);
            // The last unit paid the rate or more, the next pays it or less.
            prop_assert!(pool.marginal(side) <= rate * (1.0 + 1e-11));
            let price = pool.root() * pool.root();
            let last = (1.0 - fee) * if buy { 1.0 / price } else { price };
            prop_assert!(last >= rate * (1.0 - 1e-11) && swap.amount_out >= amount * rate * (1.0 - 1e-12));
            if pool.liquidity() > 0.0 && pool.segment().lower < pool.root() {
                prop_assert!(close(pool.marginal(side), rate, 1e-9) || pool.root() == pool.segment().upper);
            }
        }
    }

    #[test]
    fn depth_and_boundary_are_moves_to_a_price(
        ranges in ranges(60, -3.0..6.0), tick in -700..700, fee in 0.0..0.05, band in 0.0..0.05_f64,
    ) {
        let (pool, free) = (pool_of(&ranges, fee, root_at(tick)), pool_of(&ranges, 0.0, root_at(tick)));
        let up = free.swap_to_root(BUY, pool.root() * (1.0 + band).sqrt());
        let down = free.swap_to_root(SELL, pool.root() * (1.0 - band).sqrt());
        prop_assert_eq!(pool.depth(band), (up.amount_out, down.amount_in));
        for (side, root) in [(BUY, pool.root() * 1.03), (SELL, pool.root() / 1.03)] {
            let rate = if side == BUY { 1.0 / (root * root) } else { root * root };
            let amount = pool.input_to_marginal(side, rate);
            let found = pool.to_boundary(side, root).map_or(0.0, |swap| swap.amount_in);
            prop_assert!((found - amount).abs() <= 1e-12 * everything(&pool, side).amount_in);
        }
        let (bid, ask) = pool.band();
        prop_assert!(pool.to_boundary(BUY, ask * (1.0 - 1e-12)).is_none());
        prop_assert!(pool.to_boundary(SELL, bid * (1.0 + 1e-12)).is_none());
    }

    #[test]
    fn extreme_states_are_refused_or_finite(
        ranges in ranges(88_727, -18.0..19.0), tick in -TICK_MAX..TICK_MAX, fee in 0.0..0.999,
        moves in prop::collection::vec((any::<bool>(), 0..4, -18.0..15.0_f64, -TICK_MAX..TICK_MAX), 1..20),
    ) {
        let mut pool = pool_of(&ranges, fee, root_at(tick));
        let (mut base, mut quote) = pool.balances();
        for (buy, kind, magnitude, to) in moves {
            let (side, amount) = (direction(buy), libm::exp10(magnitude));
            let quote_of = |pool: &ConcentratedPool| match kind {
                0 => pool.swap_exact_in(side, amount),
                1 => pool.swap_exact_out(side, amount),
                2 => pool.swap_exact_out(side, everything(pool, side).amount_out * (1.0 - amount.min(1.0))),
                _ => None,
            };
            let swap = if kind == 3 {
                let swap = pool.fill_to_root(side, root_at(to), TRADER);
                let reached = if buy { pool.root() >= root_at(to) } else { pool.root() <= root_at(to) };
                prop_assert!(reached);
                swap
            } else {
                let Some(swap) = quote_of(&pool) else { continue };
                pool.fill(side, &swap, TRADER);
                swap
            };
            let amounts = [swap.amount_in, swap.amount_out, swap.fee_in];
            prop_assert!(amounts.iter().all(|amount| amount.is_finite() && *amount >= 0.0), "{swap:?}");
            let segment = pool.segment();
            prop_assert!(segment.lower <= pool.root() && pool.root() <= segment.upper && segment.liquidity >= 0.0);
            let held: Vec<_> = pool.positions().map(|position| pool.held(position)).collect();
            let base_held: f64 = held.iter().map(|one| one.base).sum();
            let quote_held: f64 = held.iter().map(|one| one.quote).sum();
            (base, quote) = (pool.balances().0.max(base), pool.balances().1.max(quote));
            let (base_now, quote_now) = pool.balances();
            let (base_gap, quote_gap) = (base_now - base_held, quote_now - quote_held);
            prop_assert!(base_gap.abs() <= 1e-12 * base && quote_gap.abs() <= 1e-12 * quote);
            prop_assert!(pool.depth(0.5).0.is_finite() && pool.input_to_marginal(side, 1e-300).is_finite());
        }
        let all: Vec<_> = pool.positions().collect();
        for position in all {
            prop_assert!(pool.settle(position).iter().all(|amount| amount.is_finite()));
            pool.burn_rest(position);
        }
        prop_assert!(pool.liquidity() == 0.0 && pool.segment().lower == 0.0 && pool.segment().upper == f64::INFINITY);
    }
}
