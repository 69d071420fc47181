//! Random calls of a V3 pool.

use super::{Draws, both, units};
use crate::trace::{SwapCall, Units, V3Call, V3Trace};
use crate::{Artifacts, Evm, I256, U256, V3Pool};
use std::collections::{BTreeMap, BTreeSet};

/// The contract's fee tiers: millionths of the input, tick spacing.
const TIERS: [(u32, i32); 3] = [(500, 10), (3000, 60), (10_000, 200)];
/// The widest range that fits each tier's spacing stays within this tick.
const TICK_MAX: i32 = 887_272;
/// Smallest amount that is swapped, base units.
const AMOUNT_MIN: f64 = 1e6;
/// The account that owns all positions.
const OWNER: u64 = 1;
/// Positions beside those that are there from the beginning.
const FIRST_POSITIONS: usize = 8;
/// Longest swap to a price.
const JUMP_TICKS: f64 = 4_000.0;
/// Beyond this distance from the first tick, swaps go back.
const WANDERING_TICKS: i32 = 6_000;

/// A range of ticks.
type Range = (i32, i32);

/// Makes `calls` random calls of a new pool. By the run's number: the fee tier; whether there is liquidity everywhere or on
/// islands with gaps between them; whether the protocol takes a part of the fees at times.
pub fn record(artifacts: &Artifacts, run: u64, calls: usize) -> V3Trace {
    let (fee, spacing) = TIERS[(run % 3) as usize];
    let everywhere = (run / 3).is_multiple_of(2);
    let protocol = (run / 6).is_multiple_of(2);
    let mut random = Draws::open(run);
    let mut evm = Evm::new(artifacts);
    let pool = V3Pool::create(&mut evm, fee, spacing);
    let first_root = libm::pow(1.0001, 60_000.0 * (random.uniform() - 0.5)) * (1_u128 << 96) as f64;
    let root_x96 = U256::from(first_root);
    pool.initialise(&mut evm, root_x96);
    let first_tick = pool.slot0(&mut evm).tick;
    let scale = libm::pow(10.0, 16.0 + 8.0 * random.uniform());
    let positions = BTreeMap::new();
    let mut recorder =
        Recorder { evm, pool, random, spacing, first_tick, everywhere, scale, positions, calls: Vec::new() };
    recorder.begin();
    for _ in 0..calls {
        recorder.step(protocol);
    }
    recorder.settle_all();
    V3Trace { fee, tick_spacing: spacing, root_x96: units(root_x96), calls: recorder.calls }
}

struct Recorder {
    evm: Evm,
    pool: V3Pool,
    random: Draws,
    spacing: i32,
    first_tick: i32,
    everywhere: bool,
    /// Liquidity of a middling position, base units.
    scale: f64,
    positions: BTreeMap<Range, Position>,
    calls: Vec<V3Call>,
}

#[derive(Default)]
struct Position {
    liquidity: u128,
    /// Burnt and not collected.
    waiting: [u128; 2],
}

impl Recorder {
    fn begin(&mut self) {
        let spacing = self.spacing;
        let centre = self.first_tick.div_euclid(spacing) * spacing;
        if self.everywhere {
            let end = TICK_MAX / spacing * spacing;
            self.mint((-end, end), self.scale);
        } else {
            for island in [-9, 0, 9] {
                let lower = centre + island * spacing;
                self.mint((lower - 2 * spacing, lower + 3 * spacing), self.scale);
            }
        }
        for _ in 0..FIRST_POSITIONS {
            self.mint_somewhere();
        }
    }

    fn mint_somewhere(&mut self) {
        let range = self.range();
        let liquidity = self.scale * self.random.log_uniform(1e-3, 10.0);
        self.mint(range, liquidity);
    }

    fn step(&mut self, protocol: bool) {
        match self.random.uniform() {
            draw if draw < 0.12 => self.mint_somewhere(),
            draw if draw < 0.22 => self.burn(),
            draw if draw < 0.30 => {
                let range = self.any();
                self.settle(range);
            }
            draw if draw < 0.38 => self.swap_to_price(),
            draw if draw < 0.41 && protocol => {
                let mut part = || [0, 4, 5, 7, 10][(5.0 * self.random.uniform()) as usize];
                let parts = [part(), part()];
                // A position that is settled later would mix fees from before and after.
                self.settle_all();
                self.pool.set_protocol_fee(&mut self.evm, parts);
                self.calls.push(V3Call::Protocol(parts));
            }
            draw if draw < 0.44 && protocol => {
                let fees = self.pool.protocol_fees(&mut self.evm);
                self.calls.push(V3Call::ProtocolFees(both(fees)));
            }
            _ => self.swap(),
        }
    }

    /// Mostly about the price; at times on one side of it, which needs one token only.
    fn range(&mut self) -> Range {
        let tick = self.pool.slot0(&mut self.evm).tick;
        let spacings = tick.div_euclid(self.spacing);
        let widest = if self.everywhere { 40 } else { 6 }; // islands leave gaps
        let width = self.random.whole(1, widest);
        let offset = match self.random.whole(0, 3) {
            0 => self.random.whole(1, 20),
            1 => -width - self.random.whole(0, 20),
            _ => -self.random.whole(0, width - 1),
        };
        ((spacings + offset) * self.spacing, (spacings + offset + width) * self.spacing)
    }

    fn any(&mut self) -> Range {
        let index = self.random.whole(0, self.positions.len() as i32 - 1) as usize;
        *self.positions.keys().nth(index).expect("the index lies below the number of positions")
    }

    fn mint(&mut self, range: Range, liquidity: f64) {
        let liquidity = liquidity as u128;
        let paid = self
            .pool
            .mint(&mut self.evm, OWNER, range, liquidity)
            .expect("a pool takes liquidity on its grid of ticks");
        self.positions.entry(range).or_default().liquidity += liquidity;
        self.calls.push(V3Call::Mint(range, units(liquidity), both(paid)));
    }

    fn burn(&mut self) {
        let range = self.any();
        let held = self.positions[&range].liquidity;
        // Of liquidity everywhere only little goes, so that the price stays in the middle of its range.
        let part = if range.1 > TICK_MAX / 2 { 0.1 } else { 0.9 };
        let all = part > 0.5 && self.random.uniform() < 0.3;
        let liquidity = if all { held } else { (held as f64 * part * self.random.uniform()) as u128 };
        if liquidity == 0 {
            return;
        }
        let freed = self.pool.burn(&mut self.evm, OWNER, range, liquidity).expect("its owner holds the liquidity");
        let position = self.positions.get_mut(&range).expect("the range was picked among the positions");
        position.liquidity -= liquidity;
        for (waiting, freed) in position.waiting.iter_mut().zip(freed) {
            *waiting += freed.to::<u128>();
        }
        self.calls.push(V3Call::Burn(range, units(liquidity), both(freed)));
        if all {
            self.settle(range);
            self.positions.remove(&range);
        }
    }

    fn settle(&mut self, range: Range) {
        let position = self.positions.get_mut(&range).expect("the range was picked among the positions");
        if position.liquidity > 0 {
            // A burn of nothing brings the position's fees up to date.
            self.pool.burn(&mut self.evm, OWNER, range, 0).expect("the position has liquidity");
        }
        let paid = self.pool.collect(&mut self.evm, OWNER, range);
        let waiting = std::mem::take(&mut position.waiting);
        self.calls.push(V3Call::Settle(range, both([paid[0] - waiting[0], paid[1] - waiting[1]])));
    }

    fn settle_all(&mut self) {
        let ranges: Vec<_> = self.positions.keys().copied().collect();
        for range in ranges {
            self.settle(range);
            let (liquidity, _) = self.pool.position(&mut self.evm, OWNER, range);
            assert_eq!(liquidity, self.positions[&range].liquidity);
        }
        let fees = self.pool.protocol_fees(&mut self.evm);
        self.calls.push(V3Call::ProtocolFees(both(fees)));
    }

    /// True for a fall of the price; far from the first tick, the way back.
    fn direction(&mut self, tick: i32) -> bool {
        match tick - self.first_tick {
            distance if distance > WANDERING_TICKS => true,
            distance if distance < -WANDERING_TICKS => false,
            _ => self.random.uniform() < 0.5,
        }
    }

    fn swap(&mut self) {
        let before = self.pool.slot0(&mut self.evm);
        let zero = self.direction(before.tick);
        let exact_in = self.random.uniform() < 0.5;
        let root = f64::from(before.root_x96) / (1_u128 << 96) as f64;
        let in_token_0 = zero == exact_in;
        let depth = self.scale * if in_token_0 { 1.0 / root } else { root };
        let amount = self.random.log_uniform(AMOUNT_MIN.max(depth * 1e-12), depth * 0.6) as u128;
        let specified = if exact_in { I256::unchecked_from(amount) } else { -I256::unchecked_from(amount) };
        let quote = self.pool.quote(&mut self.evm, zero, specified, None).expect("a swap without a limit ends");
        if quote[usize::from(!in_token_0)] != specified {
            self.calls.push(V3Call::RunsDry(zero, units(specified)));
            return;
        }
        let moved = self.pool.swap(&mut self.evm, zero, specified, None).expect("the quote was answered");
        let call = self.swap_call(zero, units(specified), moved, before.tick);
        self.calls.push(V3Call::Swap(call));
    }

    fn swap_to_price(&mut self) {
        let before = self.pool.slot0(&mut self.evm);
        let zero = self.direction(before.tick);
        let ticks = self.random.log_uniform(1e-2, JUMP_TICKS);
        let factor = libm::pow(1.0001, if zero { -0.5 } else { 0.5 } * ticks);
        let limit = U256::from(f64::from(before.root_x96) * factor);
        let moved = self
            .pool
            .swap(&mut self.evm, zero, I256::unchecked_from(i128::MAX), Some(limit))
            .expect("the limit lies ahead of the price");
        let paid = moved[usize::from(!zero)];
        let call = self.swap_call(zero, units(paid), moved, before.tick);
        self.calls.push(V3Call::ToPrice(call));
    }

    fn swap_call(&mut self, zero: bool, asked: Units, moved: [I256; 2], tick_before: i32) -> SwapCall {
        let after = self.pool.slot0(&mut self.evm);
        let liquidity = units(self.pool.liquidity(&mut self.evm));
        let stretches = self.stretches(tick_before, after.tick);
        SwapCall { zero, asked, moved: both(moved), root_x96: units(after.root_x96), liquidity, stretches }
    }

    /// The contract computes from one initialised tick to the next, but over 256 spacings at most.
    fn stretches(&self, before: i32, after: i32) -> u32 {
        let (low, high) = (before.min(after), before.max(after));
        let initialised: BTreeSet<i32> = self.positions.keys().flat_map(|range| [range.0, range.1]).collect();
        let crossed = initialised.range(low + 1..high + 1).count() as u32;
        let word = |tick: i32| tick.div_euclid(self.spacing).div_euclid(256);
        crossed + (word(high) - word(low)) as u32 + 1
    }
}
