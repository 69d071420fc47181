//! The leanest loops for W1 and W2: no ledger, no metrics, no accounts, no choice of anything at run time.
//!
//! Random numbers and prices are drawn ahead in blocks of 512 as in the engine; the pool is kept as its two reserves.

use portage::base::elementary::exp;
use portage::base::random::Stream;
use rand_distr::{Distribution, Exp1, StandardNormal};

const AHEAD: usize = 512;
/// 5 % per sqrt(day) over 12 s.
const SIGMA: f64 = 0.05 * 0.011_785_113_019_775_793;
const KEEP: f64 = 0.997;
const ORDERS_PER_BLOCK: f64 = 0.8;
/// Mean order of 2 USD against pools of 20,000 USD, ln-sd 1.2.
const MEAN_SIZE: f64 = 2.0;
const SIZE_SD: f64 = 1.2;

struct Prices {
    stream: Stream,
    log: f64,
    roots: [f64; AHEAD],
}

impl Prices {
    fn open(seed: u64) -> Self {
        Self { stream: Stream::open(seed, 0, "price"), log: 100.0_f64.ln(), roots: [0.0; AHEAD] }
    }

    fn fill(&mut self) {
        for root in &mut self.roots {
            let normal: f64 = StandardNormal.sample(&mut self.stream);
            self.log += SIGMA * normal - 0.5 * SIGMA * SIGMA;
            *root = 0.5 * self.log;
        }
        for root in &mut self.roots {
            *root = exp(*root);
        }
    }
}

struct Pool {
    base: f64,
    quote: f64,
    liquidity: f64,
    floor: f64,
    ceiling: f64,
}

impl Pool {
    fn new() -> Self {
        let mut pool = Self { base: 100.0, quote: 10_000.0, liquidity: 0.0, floor: 0.0, ceiling: 0.0 };
        pool.refresh();
        pool
    }

    #[inline]
    fn refresh(&mut self) {
        self.liquidity = (self.base * self.quote).sqrt();
        let root = self.quote / self.liquidity;
        (self.floor, self.ceiling) = (root * KEEP.sqrt(), root * (1.0 / KEEP.sqrt()));
    }

    /// Arbitrage to the boundary; returns the profit in quote.
    #[inline]
    fn arbitrage(&mut self, root: f64, fee_stays: bool) -> f64 {
        if root > self.ceiling {
            let target = self.liquidity * root * KEEP.sqrt();
            let paid = (target - self.quote) / KEEP;
            let bought = self.base - self.liquidity / (root * KEEP.sqrt());
            self.base -= bought;
            self.quote = if fee_stays { self.quote + paid } else { target };
            self.refresh();
            bought * root * root - paid
        } else if root < self.floor {
            let target = self.liquidity * KEEP.sqrt() / root;
            let paid = (target - self.base) / KEEP;
            let received = self.quote - self.liquidity * root / KEEP.sqrt();
            self.quote -= received;
            self.base = if fee_stays { self.base + paid } else { target };
            self.refresh();
            received - paid * root * root
        } else {
            0.0
        }
    }

    #[inline]
    fn buy(&mut self, paid: f64) -> f64 {
        let bought = self.base * (KEEP * paid) / (self.quote + KEEP * paid);
        (self.base, self.quote) = (self.base - bought, self.quote + paid);
        self.refresh();
        bought
    }

    #[inline]
    fn sell(&mut self, paid: f64) -> f64 {
        let received = self.quote * (KEEP * paid) / (self.base + KEEP * paid);
        (self.base, self.quote) = (self.base + paid, self.quote - received);
        self.refresh();
        received
    }
}

/// W1: one pool, fees apart; returns the arbitrage profit.
pub fn one_pool(seed: u64, blocks: u64) -> f64 {
    let (mut prices, mut pool, mut profit) = (Prices::open(seed), Pool::new(), 0.0);
    let mut left = blocks as usize;
    while left > 0 {
        prices.fill();
        for root in &prices.roots[..left.min(AHEAD)] {
            profit += pool.arbitrage(*root, false);
        }
        left -= left.min(AHEAD);
    }
    profit
}

/// W2: two pools, orders split so that marginal prices are equal; returns profit plus what orders received, in USD.
pub fn two_pools(seed: u64, blocks: u64) -> f64 {
    let (mut prices, mut pools, mut sum) = (Prices::open(seed), [Pool::new(), Pool::new()], 0.0);
    let mut streams = ["arrival", "size", "side"].map(|name| Stream::open(seed, 0, name));
    let (mut sizes, mut gaps, mut sides) = ([0.0; AHEAD], [0.0; AHEAD], [0.0; AHEAD]);
    let (mut next, mut due, mut now) = (AHEAD, 0.0, 0.0);
    let mut left = blocks as usize;
    while left > 0 {
        prices.fill();
        for &root in &prices.roots[..left.min(AHEAD)] {
            for pool in &mut pools {
                sum += pool.arbitrage(root, true);
            }
            now += ORDERS_PER_BLOCK;
            while due <= now {
                if next == AHEAD {
                    next = 0;
                    for index in 0..AHEAD {
                        gaps[index] = Exp1.sample(&mut streams[0]);
                        sizes[index] = StandardNormal.sample(&mut streams[1]);
                        sides[index] = streams[2].uniform();
                    }
                    for size in &mut sizes {
                        *size = MEAN_SIZE * exp(SIZE_SD * *size - 0.5 * SIZE_SD * SIZE_SD);
                    }
                }
                sum += order(&mut pools, sides[next] < 0.5, sizes[next], root);
                due += gaps[next];
                next += 1;
            }
        }
        left -= left.min(AHEAD);
    }
    sum
}

#[inline]
fn order(pools: &mut [Pool; 2], buys: bool, size: f64, root: f64) -> f64 {
    let price = root * root;
    let amount = if buys { size } else { size / price };
    let reserve_in = |pool: &Pool| if buys { pool.quote } else { pool.base };
    let (first, second) = (reserve_in(&pools[0]), reserve_in(&pools[1]));
    let share = pools[0].liquidity / (pools[0].liquidity + pools[1].liquidity);
    let inner = ((share * (amount * KEEP + first + second) - first) / KEEP).clamp(0.0, amount);
    let mut received = 0.0;
    for (pool, part) in pools.iter_mut().zip([inner, amount - inner]) {
        if part > 0.0 {
            received += if buys { pool.buy(part) * price } else { pool.sell(part) };
        }
    }
    received
}
