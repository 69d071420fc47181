//! What one swap, one answer to the router and one routed order cost, by curve. A swap is a quote and its fill; it goes back and
//! forth, so that the pool stays where it is.

use divan::{Bencher, black_box, black_box_drop};
use portage::pools::router::{Leg, VenueQuote, best_split};
use portage::pools::{
    Amounts, AmplificationRamp, Booking, COINS_MAX, ConcentratedPool, ConstantProductPool, DynamicFee, DynamicFeeSpec,
    FlowLine, Pool, Rate, Side, StableSwapPool, WeightRamp, WeightedPool, full_range, root_at,
};

fn main() {
    println!("ns per swap: quote and fill; pools of 10,000 tokens a coin at par, swaps of 10; then the router\n");
    divan::main();
}

/// Tokens of each coin in every pool, and the size of a swap: a thousandth.
const BALANCE: f64 = 10_000.0;
const AMOUNT: f64 = 10.0;
const FEE: f64 = 0.003;
/// Ticks between two prices at which a position can begin, as Uniswap V3 has it at 30 bps.
const SPACING: i32 = 60;
const BOOKING: Booking = Booking { usd_in: 1.0, usd_out: 1.0, line: FlowLine::Trader };

fn coins(count: usize, amount: f64) -> Amounts {
    std::array::from_fn(|coin| if coin < count { amount } else { 0.0 })
}

fn constant_product() -> Pool {
    let mut pool = ConstantProductPool::new(FEE).unwrap();
    pool.put(&coins(2, BALANCE));
    Pool::ConstantProduct(pool)
}

/// The full range, and `ranges` ranges of `width` spacings to either side, one about each multiple of the spacing near par.
fn concentrated(ranges: i32, width: i32) -> Pool {
    let mut pool = ConcentratedPool::new(SPACING, FEE, ranges as usize + 1).unwrap();
    pool.initialise(1.0001);
    let full = full_range(SPACING);
    let whole = pool.position(full.0, full.1);
    pool.mint(whole, BALANCE);
    for range in 0..ranges {
        let lower = (range - ranges / 2) * SPACING;
        let position = pool.position(lower - width * SPACING, lower + width * SPACING);
        pool.mint(position, BALANCE / 100.0);
    }
    Pool::Concentrated(Box::new(pool))
}

fn stable_swap(count: usize) -> Pool {
    let rates = [Rate::PAR; COINS_MAX];
    let mut pool = StableSwapPool::new(count, AmplificationRamp::fixed(200.0), rates, 0.0004).unwrap();
    pool.put(&coins(count, BALANCE), &coins(0, 0.0), 0.0);
    Pool::StableSwap(Box::new(pool))
}

fn weighted(count: usize) -> Pool {
    let mut pool = WeightedPool::new(count, WeightRamp::fixed(coins(count, 1.0 / count as f64)), FEE, None).unwrap();
    pool.put(&coins(count, BALANCE), &coins(0, 0.0), 0.0);
    Pool::Weighted(Box::new(pool))
}

const CURVES: [&str; 8] = [
    "constant product",
    "concentrated, 1 range",
    "concentrated, 101 ranges",
    "StableSwap, 2 coins",
    "StableSwap, 3 coins",
    "StableSwap, 8 coins",
    "weighted, 2 coins",
    "weighted, 8 coins",
];

fn pool(name: &str) -> Pool {
    match name {
        "constant product" => constant_product(),
        "concentrated, 1 range" => concentrated(0, 0),
        "concentrated, 101 ranges" => concentrated(100, 20),
        "StableSwap, 2 coins" => stable_swap(2),
        "StableSwap, 3 coins" => stable_swap(3),
        "StableSwap, 8 coins" => stable_swap(8),
        "weighted, 2 coins" => weighted(2),
        "weighted, 8 coins" => weighted(8),
        _ => unreachable!("no such curve: {name}"),
    }
}

#[inline]
fn swap(pool: &mut Pool, side: Side, amount: f64) {
    let swap = pool.swap_exact_in(side.direction(), amount).expect("the pool fills a small swap");
    pool.fill(side.direction(), &swap, 1.0, BOOKING);
}

#[inline]
const fn turned(side: Side) -> Side {
    match side {
        Side::BuyBase => Side::SellBase,
        Side::SellBase => Side::BuyBase,
    }
}

#[divan::bench(sample_size = 1000, args = CURVES)]
fn quote_and_fill(bencher: Bencher<'_, '_>, name: &str) {
    let (mut pool, mut side) = (pool(name), Side::BuyBase);
    bencher.bench_local(|| {
        swap(&mut pool, side, black_box(AMOUNT));
        side = turned(side);
    });
}

/// Swaps that cross so many ticks, up and down again: what one crossing costs is the difference over their number.
#[divan::bench(sample_size = 1000, args = [0, 1, 10, 40])]
fn concentrated_crossing_ticks(bencher: Bencher<'_, '_>, ticks: i32) {
    let Pool::Concentrated(mut pool) = concentrated(200, 20) else { unreachable!("it is concentrated") };
    // Between two ticks, and a little further or as many ticks further up.
    let (near, far) = (SPACING / 2, if ticks == 0 { SPACING * 3 / 4 } else { SPACING / 2 + ticks * SPACING });
    let _to_the_start = pool.fill_to_root(Side::BuyBase, root_at(near), BOOKING);
    let (ends, mut side) = ([root_at(near), root_at(far)], Side::BuyBase);
    bencher.bench_local(|| {
        let end = black_box(ends[usize::from(side == Side::BuyBase)]);
        let quoted = pool.swap_to_root(side, end);
        pool.fill(side, &quoted, BOOKING);
        side = turned(side);
    });
}

/// A fee that follows the realised volatility of a constant product, updated before every swap.
#[divan::bench(sample_size = 1000)]
fn quote_and_fill_with_dynamic_fee(bencher: Bencher<'_, '_>) {
    let spec = DynamicFeeSpec::RealisedVolatility {
        low_bps: 5.0,
        high_bps: 60.0,
        low_volatility: 0.4,
        high_volatility: 1.2,
        memory: "6h".parse().expect("a span"),
    };
    let (mut pool, mut side, mut seconds) = (constant_product(), Side::BuyBase, 0.0);
    let mut fee = DynamicFee::open(&spec, seconds, 1.0);
    bencher.bench_local(|| {
        seconds += 12.0;
        let share = fee.update(seconds, pool.spot(Side::SellBase.direction()), 0.0);
        pool.set_fee(share);
        swap(&mut pool, side, black_box(AMOUNT));
        side = turned(side);
    });
}

#[divan::bench(sample_size = 1000, args = CURVES)]
fn input_to_marginal(bencher: Bencher<'_, '_>, name: &str) {
    let (pool, direction) = (pool(name), Side::BuyBase.direction());
    let rate = pool.marginal(direction) * 0.999;
    // Each answer waits for the last one, or else short ones hide behind the loop.
    let mut last = 0.0;
    bencher.bench_local(|| {
        last = black_box(&pool).input_to_marginal(black_box(direction), black_box(rate) + f64::MIN_POSITIVE * last);
        last
    });
}

/// Quotes of the router by name; with "gas" each costs a thousandth of the order.
fn offers(name: &str) -> Vec<(Pool, Leg)> {
    let direct = |names: &[&str]| names.iter().map(|name| (pool(name), Leg::Direct)).collect::<Vec<_>>();
    match name {
        "2 constant products" => direct(&[CURVES[0]; 2]),
        "3 constant products" | "3 constant products, gas" => direct(&[CURVES[0]; 3]),
        "8 constant products" | "8 constant products, gas" => direct(&[CURVES[0]; 8]),
        "2 concentrated" => direct(&[CURVES[2]; 2]),
        "constant product, concentrated" => direct(&[CURVES[0], CURVES[2]]),
        "constant product, weighted" => direct(&[CURVES[0], CURVES[6]]),
        "constant product, StableSwap" => direct(&[CURVES[0], CURVES[3]]),
        "8 of all curves" => direct(&CURVES),
        "constant product, hop" => {
            let mut offers = direct(&CURVES[..1]);
            offers.extend([(pool(CURVES[0]), Leg::First), (pool(CURVES[0]), Leg::Second)]);
            offers
        }
        _ => unreachable!("no such offers: {name}"),
    }
}

#[divan::bench(sample_size = 1000, args = [
    "2 constant products",
    "3 constant products",
    "8 constant products",
    "3 constant products, gas",
    "8 constant products, gas",
    "2 concentrated",
    "constant product, concentrated",
    "constant product, weighted",
    "constant product, StableSwap",
    "8 of all curves",
    "constant product, hop",
])]
fn route(bencher: Bencher<'_, '_>, name: &str) {
    let pools = offers(name);
    let gas = if name.ends_with("gas") { 1e-3 * AMOUNT } else { 0.0 };
    let direction = Side::BuyBase.direction();
    let offers: Vec<_> = pools.iter().map(|(pool, leg)| VenueQuote { pool, direction, leg: *leg, gas }).collect();
    bencher.bench_local(|| black_box_drop(best_split(black_box(&offers), black_box(AMOUNT))));
}
