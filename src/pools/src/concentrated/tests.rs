mod laws;
mod random;

use super::*;

const BUY: Side = Side::BuyBase;
const SELL: Side = Side::SellBase;
const TRADER: Booking = Booking { usd_in: 2.0, usd_out: 3.0, line: FlowLine::Trader };

fn pool(spacing: i32, fee: f64, root: f64) -> ConcentratedPool {
    let mut pool = ConcentratedPool::new(spacing, fee, 16).unwrap();
    pool.initialise(root);
    pool
}

fn mint(pool: &mut ConcentratedPool, lower: i32, upper: i32, liquidity: f64) -> usize {
    let position = pool.position(lower, upper);
    pool.mint(position, liquidity);
    position
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

fn fill_exact_in(pool: &mut ConcentratedPool, side: Side, amount: f64) -> Swap {
    let swap = pool.swap_exact_in(side, amount).unwrap();
    pool.fill(side, &swap, TRADER);
    swap
}

#[test]
fn tick_roots_are_those_of_the_contract() {
    // getSqrtRatioAtTick of v3-core's TickMath, in units of 2^-96; at the lowest tick it is rounded up to an integer
    // of ten digits, so that one is also held against 1.0001^(tick / 2) worked out with 80 digits.
    let two_to_96 = 79_228_162_514_264_337_593_543_950_336.0;
    let contract = [
        (50, 79_426_470_787_362_580_746_886_972_461.0, 2e-15),
        (-50, 79_030_349_367_926_598_376_800_521_322.0, 2e-15),
        (100_000, 11_755_562_826_496_067_164_730_007_768_450.0, 2e-15),
        (-100_000, 533_968_626_430_936_354_154_228_408.0, 2e-15),
        (887_272, 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342.0, 2e-15),
        (-887_272, 4_295_128_739.0, 3e-10),
    ];
    for (tick, root, relative) in contract {
        assert!(close(root_at(tick), root / two_to_96, relative), "{tick}");
    }
    let exact = [
        (-887_272, 5.421_214_631_044_951e-20),
        (-443_636, 2.328_350_195_104_884e-10),
        (-1, 0.999_950_003_749_687_5),
        (0, 1.0),
        (1, 1.000_049_998_750_062_5),
        (200_311, 22_360.454_552_420_906),
        (887_271, 1.844_512_847_772_907_5e19),
    ];
    for (tick, root) in exact {
        assert!(close(root_at(tick), root, 2e-15), "{tick}");
    }
}

#[test]
fn the_floor_tick_turns_at_the_tick_itself() {
    for tick in (-TICK_MAX..=TICK_MAX).step_by(97) {
        let root = root_at(tick);
        assert_eq!(tick_of_root_floor(root), tick);
        assert_eq!(tick_of_root_floor(root.next_down()), (tick - 1).max(-TICK_MAX));
    }
    assert_eq!((tick_of_root_floor(0.0), tick_of_root_floor(f64::INFINITY)), (-TICK_MAX, TICK_MAX));
    assert_eq!(
        (spaced_floor(-1, 60), spaced_ceil(-1, 60), spaced_floor(60, 60), spaced_ceil(61, 60)),
        (-60, 0, 60, 120)
    );
    assert_eq!(full_range(60), (-887_220, 887_220));
}

#[test]
fn agrees_with_a_worked_example_of_the_contracts() {
    // Uniswap V3 Development Book (Kuznetsov), first milestone: ETH at about 5000 USDC, ticks 84222 to 86129, 42 USDC
    // in without fee; integers of 1e-18 tokens and roots of 2^-96. The two amounts minted: whitepaper equations 6.29
    // and 6.30 with 60 digits.
    let two_to_96 = 79_228_162_514_264_337_593_543_950_336.0;
    let mut pool = pool(1, 0.0, 5_602_277_097_478_614_198_912_276_234_240.0 / two_to_96);
    assert_eq!(pool.tick(), 85_176);
    let position = pool.position(84_222, 86_129);
    let paid = pool.mint(position, 1_517.882_343_751_509_8);
    assert!(close(paid.base, 0.998_628_802_115_141_9, 1e-13));
    assert!(close(paid.quote, 5_000.209_190_920_489, 1e-13));
    let swap = fill_exact_in(&mut pool, BUY, 42.0);
    assert!(close(swap.amount_out, 0.008_396_714_242_162_444, 1e-12));
    assert!(close(pool.root(), 5_604_469_350_942_327_889_444_743_441_197.0 / two_to_96, 1e-14));
    assert_eq!(pool.tick(), 85_184);
}

#[test]
fn a_full_range_position_is_a_constant_product() {
    let (fee, liquidity, root) = (0.003, 1e6, 40.0);
    let mut pool = pool(60, fee, root);
    let (lower, upper) = full_range(60);
    mint(&mut pool, lower, upper, liquidity);
    for amount in [1e-18, 1e-6, 1.0, 1e6, 1e12] {
        let (base, quote) = (liquidity / pool.root(), liquidity * pool.root());
        let bought = base * amount * (1.0 - fee) / (quote + amount * (1.0 - fee));
        let swap = fill_exact_in(&mut pool, BUY, amount);
        assert!(close(swap.amount_out, bought, 1e-14), "{swap:?} {bought}");
        assert!(close(swap.fee_in, fee * amount, 1e-15));
        let (base, quote) = (liquidity / pool.root(), liquidity * pool.root());
        let sold = quote * amount * (1.0 - fee) / (base + amount * (1.0 - fee));
        let swap = fill_exact_in(&mut pool, SELL, amount);
        assert!(close(swap.amount_out, sold, 1e-14), "{swap:?} {sold}");
    }
}

#[test]
fn at_a_tick_the_liquidity_is_that_of_the_side_from_which_the_price_moves_on() {
    let mut pool = pool(10, 0.003, root_at(5));
    mint(&mut pool, 0, 10, 100.0);
    mint(&mut pool, 10, 20, 700.0);
    mint(&mut pool, -10, 0, 30.0);
    pool.fill_to_root(BUY, root_at(10), TRADER);
    assert_eq!((pool.tick(), pool.liquidity(), pool.root()), (10, 700.0, root_at(10)));
    let segment = pool.segment();
    assert_eq!((segment.lower, segment.upper), (root_at(10), root_at(20)));
    // A sale of dust from here trades in the segment below.
    let dust = fill_exact_in(&mut pool, SELL, 1e-9);
    assert_eq!((pool.tick(), pool.liquidity()), (9, 100.0));
    assert!(close(dust.amount_out, 1e-9 * 0.997 * root_at(10) * root_at(10), 1e-10));
    pool.fill_to_root(SELL, root_at(0), TRADER);
    assert_eq!((pool.tick(), pool.liquidity(), pool.root()), (-1, 30.0, root_at(0)));
    // The same by an exact amount instead of a price.
    let back = pool.swap_to_root(BUY, root_at(10));
    pool.fill(BUY, &back, TRADER);
    assert_eq!((pool.tick(), pool.liquidity(), pool.root()), (10, 700.0, root_at(10)));
}

#[test]
fn a_price_that_fell_to_a_tick_stands_below_it_for_new_positions_too() {
    let mut pool = pool(10, 0.0, root_at(5));
    let above = mint(&mut pool, 0, 10, 100.0);
    pool.fill_to_root(SELL, root_at(0), TRADER);
    assert_eq!((pool.tick(), pool.liquidity(), pool.is_in_range(above)), (-1, 0.0, false));
    let below = mint(&mut pool, -10, 0, 7.0);
    assert_eq!((pool.liquidity(), pool.is_in_range(below)), (7.0, true));
    assert_eq!(pool.held(above).quote, 0.0);
    assert!(pool.held(below).base.abs() < 1e-90);
    // One that begins at exactly the price is in range when the price did not fall to it.
    let mut fresh = ConcentratedPool::new(10, 0.0, 1).unwrap();
    fresh.initialise(root_at(0));
    mint(&mut fresh, 0, 10, 100.0);
    assert_eq!((fresh.tick(), fresh.liquidity()), (0, 100.0));
    assert_eq!(fresh.held(0).quote, 0.0);
}

#[test]
fn a_gap_is_passed_for_nothing_and_only_when_something_is_left() {
    let mut pool = pool(10, 0.003, root_at(5));
    mint(&mut pool, 0, 10, 100.0);
    mint(&mut pool, 50, 60, 100.0);
    let to_gap = pool.swap_to_root(BUY, root_at(30));
    assert_eq!(to_gap, pool.swap_to_root(BUY, root_at(10)));
    // The marginal rates straddle the gap.
    let (near, far) = (root_at(10), root_at(50));
    assert!(close(pool.input_to_marginal(BUY, 0.997 / (near * far)), to_gap.amount_in, 1e-14));
    pool.fill(BUY, &to_gap, TRADER);
    assert_eq!((pool.tick(), pool.liquidity()), (10, 0.0));
    assert!(close(pool.marginal(BUY), 0.997 / (far * far), 1e-14));
    assert!(close(pool.marginal(SELL), 0.997 * near * near, 1e-14));
    let (bid, ask) = pool.band();
    assert!(close(bid, near * 0.997_f64.sqrt(), 1e-14) && close(ask, far / 0.997_f64.sqrt(), 1e-14));
    // Inside the gap by a price, then on by an amount.
    let nothing = pool.fill_to_root(BUY, root_at(30), TRADER);
    assert_eq!((nothing.amount_in, nothing.amount_out, pool.root()), (0.0, 0.0, root_at(30)));
    fill_exact_in(&mut pool, BUY, 1e-12);
    assert_eq!((pool.tick(), pool.liquidity()), (50, 100.0));
    fill_exact_in(&mut pool, SELL, 1e-6);
    assert_eq!((pool.tick(), pool.liquidity()), (9, 100.0));
}

#[test]
fn what_cannot_be_filled_whole_is_refused() {
    let empty = ConcentratedPool::new(10, 0.003, 1).unwrap();
    for side in [BUY, SELL] {
        assert_eq!((empty.swap_exact_in(side, 1.0), empty.swap_exact_out(side, 1.0)), (None, None));
        assert_eq!((empty.marginal(side), empty.input_to_marginal(side, 1.0)), (0.0, 0.0));
        assert_eq!(empty.swap_exact_in(side, 0.0).map(|swap| swap.amount_out), Some(0.0));
    }
    assert_eq!((empty.band(), empty.depth(0.1)), ((0.0, f64::INFINITY), (0.0, 0.0)));
    let mut pool = pool(10, 0.003, root_at(5));
    let position = mint(&mut pool, 0, 10, 100.0);
    let held = pool.held(position);
    for (side, most) in [(BUY, held.base), (SELL, held.quote)] {
        assert!(pool.swap_exact_out(side, most * (1.0 + 1e-12)).is_none());
        let all = pool.swap_exact_out(side, most).unwrap();
        assert!(pool.swap_exact_in(side, all.amount_in).is_some());
        assert!(pool.swap_exact_in(side, all.amount_in * (1.0 + 1e-12)).is_none());
        assert!(pool.swap_exact_in(side, f64::MAX).is_none());
        assert!(close(pool.input_to_marginal(side, 1e-300), all.amount_in, 1e-13));
        let mut drained = pool.clone();
        drained.fill(side, &all, TRADER);
        assert_eq!((drained.liquidity(), drained.marginal(side)), (0.0, 0.0));
    }
}

#[test]
fn an_empty_pool_moves_to_any_price() {
    let mut pool = pool(60, 0.003, 1.0);
    for root in [7.0, 0.3, f64::MAX, 0.0] {
        let side = if root > pool.root() { BUY } else { SELL };
        assert_eq!(pool.fill_to_root(side, root, TRADER).amount_in, 0.0);
        assert_eq!(pool.root(), root.clamp(root_at(-TICK_MAX), root_at(TICK_MAX)));
    }
    assert_eq!(pool.tick(), -TICK_MAX);
}

#[test]
fn swaps_of_dust_add_up_in_the_price() {
    let mut pool = pool(60, 0.0, 1.0);
    mint(&mut pool, -600, 600, 1e15);
    for _ in 0..100_000 {
        fill_exact_in(&mut pool, BUY, 1e-18);
    }
    // The whole move is 1e-28 of the price, far below its last place, and is there all the same.
    let back = pool.swap_to_root(SELL, 1.0);
    assert!(close(back.amount_out, 1e-13, 1e-9), "{back:?}");
}

#[test]
fn what_is_small_survives_what_is_large_beside_it() {
    let mut pool = pool(60, 0.0, 1.0);
    let small = mint(&mut pool, -600, 600, 1e-9);
    pool.reward(0, 1e6);
    assert!(close(pool.settle(small)[REWARDS], 1e6, 1e-15));
    let large = mint(&mut pool, -1_200, 600, 1e15);
    pool.settle(small);
    pool.reward(0, 100.0);
    // The growth before was 1e15 per unit, so the second reward is 1e-28 of it.
    assert!(close(pool.settle(large)[REWARDS], 100.0, 1e-3));
    pool.burn(large, 1e15);
    assert_eq!((pool.liquidity(), pool.positions().collect::<Vec<_>>()), (1e-9, vec![small]));
    let held = pool.held(small);
    assert!(close(pool.balances().0, held.base, 1e-6) && close(pool.balances().1, held.quote, 1e-6));
    pool.settle(small);
    pool.burn_rest(small);
    assert_eq!((pool.liquidity(), pool.positions().count(), pool.reward(1, 1.0)), (0.0, 0, false));
}

#[test]
fn a_segment_that_nobody_covers_is_exactly_empty() {
    let mut pool = pool(60, 0.003, 1.0);
    mint(&mut pool, -120, -60, 1.0);
    mint(&mut pool, 60, 120, 1.0);
    // The third is below the last place that even a sum of two f64 has left beside the first two, and is rounded.
    let sizes = [1e20, 0.1, 8e-18];
    let positions = [600, 660, 720].map(|tick| pool.position(-tick, tick));
    for (position, liquidity) in positions.into_iter().zip(sizes) {
        pool.mint(position, liquidity);
    }
    for (position, liquidity) in positions.into_iter().zip(sizes) {
        pool.burn(position, liquidity);
    }
    assert_eq!((pool.liquidity(), pool.segment().lower, pool.segment().upper), (0.0, root_at(-60), root_at(60)));
}

#[test]
#[should_panic(expected = "must be settled")]
fn liquidity_does_not_change_before_what_was_earned_is_settled() {
    let mut pool = pool(60, 0.003, 1.0);
    let position = mint(&mut pool, -600, 600, 1.0);
    fill_exact_in(&mut pool, BUY, 1e-3);
    pool.mint(position, 1.0);
}

#[test]
#[should_panic(expected = "is closed")]
fn a_closed_position_is_gone() {
    let mut pool = pool(60, 0.003, 1.0);
    let position = mint(&mut pool, -600, 600, 1.0);
    pool.burn(position, 1.0);
    pool.mint(position, 1.0);
}

#[test]
#[should_panic(expected = "not multiples")]
fn ticks_stand_on_the_spacing() {
    pool(60, 0.003, 1.0).position(-60, 61);
}
