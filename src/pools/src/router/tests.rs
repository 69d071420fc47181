//! Truth: the grid, every exchange between two venues (no gain from any is optimality, as the problem is concave), every
//! set of venues.

use super::super::concentrated::ConcentratedPool;
use super::super::stable_swap::{AmplificationRamp, Rate, StableSwapPool};
use super::super::weighted::{SwapLimits, WeightRamp, WeightedPool};
use super::super::{Amounts, COINS_MAX, ConstantProductPool, Pool, Side};
use super::*;
use proptest::prelude::*;

fn amounts(base: f64, quote: f64) -> Amounts {
    let mut amounts = [0.0; COINS_MAX];
    (amounts[0], amounts[1]) = (base, quote);
    amounts
}

fn constant_product(fee: f64, base: f64, quote: f64) -> Pool {
    let mut pool = ConstantProductPool::new(fee).unwrap();
    pool.put(&amounts(base, quote));
    Pool::ConstantProduct(pool)
}

fn weighted(fee: f64, base: f64, quote: f64, weight: f64, limits: Option<SwapLimits>) -> Pool {
    let ramp = WeightRamp::fixed(amounts(weight, 1.0 - weight));
    let mut pool = WeightedPool::new(2, ramp, fee, limits).unwrap();
    pool.put(&amounts(base, quote), &[0.0; COINS_MAX], 0.0);
    Pool::Weighted(Box::new(pool))
}

fn stable_swap(fee: f64, base: f64, quote: f64, amplification: f64) -> Pool {
    let rate = Rate { initial: 1.0, per_year: 0.0 };
    let mut pool = StableSwapPool::new(2, AmplificationRamp::fixed(amplification), [rate; COINS_MAX], fee).unwrap();
    pool.put(&amounts(base, quote), &[0.0; COINS_MAX], 0.0);
    Pool::StableSwap(Box::new(pool))
}

/// Positions of equal liquidity over each of the tick ranges.
fn concentrated(fee: f64, price: f64, liquidity: f64, ranges: &[(i32, i32)]) -> Pool {
    let mut pool = ConcentratedPool::new(10, fee, ranges.len()).unwrap();
    pool.initialise(price.sqrt());
    for &(lower, upper) in ranges {
        let position = pool.position(lower, upper);
        pool.mint(position, liquidity);
    }
    Pool::Concentrated(Box::new(pool))
}

/// A pool of any curve with some 100 of each token and a price near 1.
fn any_pool() -> impl Strategy<Value = Pool> {
    let fee = prop_oneof![Just(0.0), Just(0.003), 0.0..0.01];
    (0..6_u8, fee, 20.0..200.0_f64, 0.9..1.1_f64, prop_oneof![1.0..20.0_f64, 100.0..2_000.0]).prop_map(
        |(curve, fee, size, tilt, amplification)| match curve {
            0 | 1 => constant_product(fee, size, size * tilt),
            2 => weighted(fee, size, size * tilt / 4.0, 0.8, None),
            3 => stable_swap(fee, size, size * (3.0 * tilt - 2.0), amplification),
            // A gap of liquidity below and above the range about the price.
            4 => concentrated(
                fee,
                tilt,
                10.0 * size,
                &[(-3_000, -1_600), (-1_500, 1_200), (1_300, 2_000), (-20_000, 20_000)],
            ),
            _ => concentrated(
                fee,
                tilt,
                10.0 * size,
                &[(-1_500, 1_200), (-20_000, -2_000), (-400, 300), (2_000, 20_000)],
            ),
        },
    )
}

fn any_gas() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1e-3), 0.0..0.1]
}

fn any_side() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Side::BuyBase.direction()), Just(Side::SellBase.direction())]
}

fn direct(pools: &[(Pool, f64)], direction: Direction) -> Vec<VenueQuote<'_>> {
    pools.iter().map(|(pool, gas)| VenueQuote { pool, direction, leg: Leg::Direct, gas: *gas }).collect()
}

/// Output of inputs by offer; `None` when a pool refuses or the second legs pay more than the first legs give.
fn output(offers: &[VenueQuote<'_>], inputs: &[f64]) -> Option<f64> {
    let (mut out, mut intermediate) = (0.0, 0.0);
    for (offer, &input) in offers.iter().zip(inputs) {
        let given = if input > 0.0 { output_alone(offer, input)? } else { 0.0 };
        match offer.leg {
            Leg::Direct => out += given,
            Leg::First => intermediate += given,
            Leg::Second => (out, intermediate) = (out + given, intermediate - input),
        }
    }
    (intermediate >= -1e-12 * out).then_some(out)
}

fn gas(offers: &[VenueQuote<'_>], inputs: &[f64]) -> f64 {
    offers.iter().zip(inputs).filter(|(_, input)| **input > 0.0).map(|(offer, _)| offer.gas).sum()
}

/// Sums, signs and the values that the split states.
fn assert_consistent(offers: &[VenueQuote<'_>], amount: f64, split: &Split) {
    assert!(split.inputs.iter().all(|&input| input >= 0.0), "{split:?}");
    let entering: f64 =
        offers.iter().zip(&split.inputs).filter(|(offer, _)| offer.leg != Leg::Second).map(|(_, input)| input).sum();
    assert!((entering / amount - 1.0).abs() < 1e-15, "{split:?} of {amount}");
    let out = output(offers, &split.inputs).expect("every pool takes its share");
    assert!((out / split.amount_out - 1.0).abs() < 1e-14, "{split:?} gives {out}");
    assert_eq!(gas(offers, &split.inputs), split.gas);
}

/// No exchange of a part of the order between two routes among the venues in `used` gives more.
fn assert_no_exchange_gains(offers: &[VenueQuote<'_>], amount: f64, split: &Split, used: impl Fn(usize) -> bool) {
    // A route is a direct venue, or a first leg followed by a second leg.
    let mut routes = Vec::new();
    for i in (0..offers.len()).filter(|&i| used(i)) {
        match offers[i].leg {
            Leg::Direct => routes.push((i, None)),
            Leg::First => {
                let onward = (0..offers.len()).filter(|&j| used(j) && offers[j].leg == Leg::Second);
                routes.extend(onward.map(|j| (i, Some(j))));
            }
            Leg::Second => {}
        }
    }
    for &(from, from_onward) in &routes {
        for &(to, to_onward) in &routes {
            for share in [1.0, 0.3, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8] {
                let mut inputs = split.inputs;
                let moved = (share * amount).min(inputs[from]);
                let alone = |i: usize, input: f64| output_alone(&offers[i], input);
                let Some(after) = alone(to, inputs[to] + moved) else { continue };
                let given = after - alone(to, inputs[to]).unwrap_or(0.0);
                let lost = alone(from, inputs[from]).unwrap_or(0.0) - alone(from, inputs[from] - moved).unwrap_or(0.0);
                inputs[from] -= moved;
                inputs[to] += moved;
                if let Some(j) = from_onward {
                    inputs[j] -= lost;
                }
                if let Some(j) = to_onward {
                    inputs[j] += given;
                }
                if inputs.iter().any(|&input| input < 0.0) {
                    continue;
                }
                if let Some(out) = output(offers, &inputs) {
                    let least = out - 2e-14 * split.amount_out;
                    assert!(split.amount_out >= least, "{from} to {to}, {moved}: {out} against {split:?}");
                }
            }
        }
    }
}

/// The best over all sets of venues, each with its own continuous optimum.
fn best_of_all_sets(offers: &[VenueQuote<'_>], amount: f64) -> Option<f64> {
    let sets = 1..1_u32 << offers.len();
    let nets = sets.filter_map(|set| {
        let members: Vec<_> = (0..offers.len()).filter(|i| set >> i & 1 == 1).collect();
        let chosen: Vec<_> = members.iter().map(|&i| VenueQuote { gas: 0.0, ..offers[i] }).collect();
        best_split(&chosen, amount).map(|split| split.amount_out - members.iter().map(|&i| offers[i].gas).sum::<f64>())
    });
    nets.reduce(f64::max)
}

proptest! {
    #[test]
    fn no_exchange_between_two_venues_gains(
        pools in prop::collection::vec((any_pool(), Just(0.0)), 1..=8), direction in any_side(), size in -6.0..3.0_f64,
    ) {
        let amount = libm::pow(10.0, size);
        let offers = direct(&pools, direction);
        if let Some(split) = best_split(&offers, amount) {
            assert_consistent(&offers, amount, &split);
            assert_no_exchange_gains(&offers, amount, &split, |_| true);
        } else {
            prop_assert!(offers.iter().all(|offer| output_alone(offer, amount).is_none()));
        }
    }

    #[test]
    fn no_exchange_between_two_routes_gains(
        pools in prop::collection::vec((any_pool(), 0..3_u8), 2..=8), ways in (any_side(), any_side()), size in -6.0..2.5_f64,
    ) {
        let amount = libm::pow(10.0, size);
        let leg = |leg: u8| [Leg::Direct, Leg::First, Leg::Second][usize::from(leg)];
        let direction = |leg: u8| if leg == 1 { ways.1 } else { ways.0 };
        let offers: Vec<_> =
            pools.iter().map(|(pool, kind)| VenueQuote { pool, direction: direction(*kind), leg: leg(*kind), gas: 0.0 }).collect();
        if let Some(split) = best_split(&offers, amount) {
            assert_consistent(&offers, amount, &split);
            assert_no_exchange_gains(&offers, amount, &split, |_| true);
        }
    }

    #[test]
    fn the_set_is_the_best_of_all(
        pools in prop::collection::vec((any_pool(), any_gas()), 1..=6), direction in any_side(), size in -3.0..2.0_f64,
    ) {
        let amount = libm::pow(10.0, size);
        let offers = direct(&pools, direction);
        let best = best_of_all_sets(&offers, amount);
        let split = best_split(&offers, amount);
        prop_assert_eq!(split.is_some(), best.is_some());
        if let (Some(split), Some(best)) = (split, best) {
            assert_consistent(&offers, amount, &split);
            prop_assert!((split.net() - best).abs() <= 1e-13 * split.amount_out, "{split:?} against {best}");
        }
    }

    #[test]
    fn the_set_with_a_hop_is_the_best_of_all(
        pools in prop::collection::vec((any_pool(), 0..3_u8, any_gas()), 2..=6), direction in any_side(), size in -3.0..1.5_f64,
    ) {
        let amount = libm::pow(10.0, size);
        let leg = |leg: u8| [Leg::Direct, Leg::First, Leg::Second][usize::from(leg)];
        let offers: Vec<_> =
            pools.iter().map(|(pool, kind, gas)| VenueQuote { pool, direction, leg: leg(*kind), gas: *gas }).collect();
        let best = best_of_all_sets(&offers, amount);
        let split = best_split(&offers, amount);
        prop_assert_eq!(split.is_some(), best.is_some());
        if let (Some(split), Some(best)) = (split, best) {
            assert_consistent(&offers, amount, &split);
            prop_assert!((split.net() - best).abs() <= 1e-13 * split.amount_out, "{split:?} against {best}");
        }
    }
}

/// Largest net over a grid of `steps` shares of the order; one more venue for each level of `inputs`.
fn grid(offers: &[VenueQuote<'_>], amount: f64, steps: u32, inputs: &mut Vec<f64>) -> f64 {
    let left = amount - inputs.iter().sum::<f64>();
    let tried: Vec<f64> = if inputs.len() + 1 == offers.len() {
        vec![left.max(0.0)]
    } else {
        (0..=steps).map(|step| left * f64::from(step) / f64::from(steps)).collect()
    };
    let mut best = f64::NEG_INFINITY;
    for input in tried {
        inputs.push(input);
        let net = if inputs.len() == offers.len() {
            output(offers, inputs).map_or(f64::NEG_INFINITY, |out| out - gas(offers, inputs))
        } else {
            grid(offers, amount, steps, inputs)
        };
        best = best.max(net);
        inputs.pop();
    }
    best
}

proptest! {
    #[test]
    fn no_split_on_a_grid_is_better(
        pools in prop::collection::vec((any_pool(), any_gas()), 2..=3), direction in any_side(), amount in 1e-3..300.0_f64,
    ) {
        let offers = direct(&pools, direction);
        if let Some(split) = best_split(&offers, amount) {
            let found = grid(&offers, amount, 60, &mut Vec::new());
            prop_assert!(split.net() >= found - 1e-13 * split.amount_out, "grid {found}, split {split:?}");
        }
    }

    #[test]
    fn splitting_a_pool_costs_nothing(
        cuts in prop::collection::vec(0.02..1.0_f64, 1..=8), fee in 0.0..0.01, amount in 1e-6..500.0_f64, direction in any_side(),
    ) {
        let sum: f64 = cuts.iter().sum();
        let parts: Vec<_> =
            cuts.iter().map(|cut| (constant_product(fee, 100.0 * cut / sum, 200.0 * cut / sum), 0.0)).collect();
        let whole = constant_product(fee, 100.0, 200.0).swap_exact_in(direction, amount).unwrap().amount_out;
        let split = best_split(&direct(&parts, direction), amount).unwrap();
        prop_assert!((split.amount_out / whole - 1.0).abs() < 1e-13);
    }

    #[test]
    fn no_cycle_of_another_size_gains_more(cheap in any_pool(), dear in any_pool(), sell in any_side()) {
        let buy = Direction { coin_in: sell.coin_out, coin_out: sell.coin_in };
        let gain = |input: f64| {
            let bought = cheap.swap_exact_in(buy, input)?;
            Some(dear.swap_exact_in(sell, bought.amount_out)?.amount_out - input)
        };
        if let Some((bought, sold)) = best_cycle(&cheap, &dear, sell) {
            prop_assert_eq!(Some(bought), cheap.swap_exact_in(buy, bought.amount_in));
            prop_assert_eq!(Some(sold), dear.swap_exact_in(sell, bought.amount_out));
            let best = sold.amount_out - bought.amount_in;
            prop_assert!(best > 0.0);
            for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1.001, 1.01, 1.1, 2.0, 10.0] {
                if let Some(other) = gain(share * bought.amount_in) {
                    prop_assert!(other <= best + 1e-14 * bought.amount_in * (1.0 + share), "{share}: {other} above {best}");
                }
            }
        } else {
            // The gain is concave: when the smallest trade loses, every trade does.
            for input in [1e-3, 0.1, 10.0, 1_000.0] {
                prop_assert!(gain(input).is_none_or(|gain| gain <= 1e-12 * input));
            }
        }
    }
}

#[test]
fn two_constant_products_close_a_cycle_in_closed_form() {
    // Reserves (100, 100) and (100, 121), no fee. The prices meet where (100 + x)^2 / 10,000 = 12,100 / (100 + b)^2 with
    // b = 100 x / (100 + x) base, so 10,000 + 200 x = 11,000: x = 5, which buys 100/21 and sells for 5.5.
    let (cheap, dear) = (constant_product(0.0, 100.0, 100.0), constant_product(0.0, 100.0, 121.0));
    let (bought, sold) = best_cycle(&cheap, &dear, Side::SellBase.direction()).unwrap();
    assert!((bought.amount_in - 5.0).abs() < 1e-12, "{bought:?}");
    assert!((sold.amount_out - 5.5).abs() < 1e-12, "{sold:?}");
    assert_eq!(best_cycle(&dear, &cheap, Side::SellBase.direction()), None);
}

#[test]
fn nobody_fills_an_order_into_empty_pools_or_of_no_size() {
    let direction = Side::BuyBase.direction();
    let empty = [(constant_product(0.003, 0.0, 0.0), 0.0), (concentrated(0.003, 1.0, 0.0, &[]), 0.0)];
    for count in 1..=2 {
        assert_eq!(best_split(&direct(&empty[..count], direction), 1.0), None);
    }
    assert_eq!(best_split(&[], 1.0), None);
    let full = [(constant_product(0.003, 10.0, 10.0), 0.0), (constant_product(0.003, 10.0, 10.0), 0.0)];
    for amount in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for count in 1..=2 {
            assert_eq!(best_split(&direct(&full[..count], direction), amount), None);
        }
    }
    // A hop that is not complete leads nowhere; an empty pool beside a full one gets nothing.
    let first = VenueQuote { pool: &full[0].0, direction, leg: Leg::First, gas: 0.0 };
    assert_eq!(best_split(&[first], 1.0), None);
    let offers = [VenueQuote { pool: &empty[0].0, direction, leg: Leg::Direct, gas: 0.0 }, direct(&full, direction)[0]];
    assert_eq!(best_split(&offers, 1.0).unwrap().inputs[..2], [0.0, 1.0]);
}

#[test]
fn a_pool_that_refuses_its_share_is_capped() {
    let direction = Side::BuyBase.direction();
    // Balancer V2 takes no more than 30 % of its balance at once: 30 of these 100; Uniswap V3 none beyond its last tick.
    let limits = SwapLimits { in_share: 0.3, out_share: 0.3 };
    let bounded = weighted(0.0, 100.0, 100.0, 0.5, Some(limits));
    let range = concentrated(0.0, 1.0, 1_000.0, &[(-200, 200)]);
    // Capacity of the range in quote: L (1.0001^100 - 1).
    let capacity = 1_000.0 * (libm::pow(1.0001, 100.0) - 1.0);
    let small = constant_product(0.0, 10.0, 10.0);
    let offers = [&bounded, &range, &small].map(|pool| VenueQuote { pool, direction, leg: Leg::Direct, gas: 0.0 });
    let split = best_split(&offers, 100.0).unwrap();
    assert_consistent(&offers, 100.0, &split);
    assert!((split.inputs[0] - 30.0).abs() < 1e-9 && (split.inputs[1] - capacity).abs() < 1e-9, "{split:?}");
    assert!((split.inputs[2] - (70.0 - capacity)).abs() < 1e-9, "{split:?}");
    assert_eq!(best_split(&offers[..2], 100.0), None);
    assert_eq!(output_alone(&offers[0], 31.0), None);
}

#[test]
fn with_gas_an_order_pays_the_cheaper_of_gas_and_impact() {
    // Two equal halves of 10,000 quote each: one venue costs more impact, two cost one more gas; the order takes whichever
    // is less.
    let direction = Side::BuyBase.direction();
    let (half, whole) = (constant_product(0.0, 100.0, 10_000.0), constant_product(0.0, 200.0, 20_000.0));
    let gas = 0.000_5;
    let halves = [VenueQuote { pool: &half, direction, leg: Leg::Direct, gas }; 2];
    for amount in [5.0, 20.0, 50.0, 200.0] {
        let out = whole.swap_exact_in(direction, amount).unwrap().amount_out;
        let cost = out - gas - best_split(&halves, amount).unwrap().net();
        let extra_impact = out - output_alone(&halves[0], amount).unwrap();
        assert!((cost - gas.min(extra_impact)).abs() < 1e-12, "{amount}: {cost} against {gas} and {extra_impact}");
    }
}
