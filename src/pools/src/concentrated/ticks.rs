//! Ticks: their prices, and the sorted ladder of those that are initialised.

use super::growth::{Growth, NO_GROWTH};
use portage_base::sum::Sum;

/// Highest tick, and the negative of the lowest. Source: Uniswap v3-core `TickMath.MAX_TICK` (prices of 2^128 and
/// 2^-128).
pub const TICK_MAX: i32 = 887_272;

/// ln(1.0001) / 2 in two parts, the upper one of 32 bits so that a tick (20 bits) times it is exact.
const LN_STEP_HIGH: f64 = 4.999_750_015_599_602e-5;
const LN_STEP_LOW: f64 = 1.065_814_573_552_368_1e-14;

/// Log of the price ratio of one tick, ln 1.0001.
pub const LN_TICK: f64 = 2.0 * (LN_STEP_HIGH + LN_STEP_LOW);

/// Square root of the price at `tick`, in [-887272, 887272]; relative error at most 2e-15.
///
/// Law: 1.0001^(tick / 2). Source: Uniswap v3 whitepaper, equation 6.2.
#[must_use]
pub fn root_at(tick: i32) -> f64 {
    let tick = f64::from(tick);
    let root = libm::exp(tick * LN_STEP_HIGH);
    root + root * (tick * LN_STEP_LOW)
}

/// The highest tick whose root price is not above `root`, held to [-887272, 887272].
#[must_use]
pub fn tick_of_root_floor(root: f64) -> i32 {
    let ticks = libm::log(root) / LN_STEP_HIGH;
    let border = f64::from(TICK_MAX);
    // The logarithm is right to about 1e-9 ticks, so the answer is this tick or a neighbour.
    let tick = ticks.floor().clamp(-border, border) as i32;
    if tick < TICK_MAX && root_at(tick + 1) <= root {
        tick + 1
    } else if tick > -TICK_MAX && root_at(tick) > root {
        tick - 1
    } else {
        tick
    }
}

/// The multiple of `spacing` at or below `tick`.
#[must_use]
pub const fn spaced_floor(tick: i32, spacing: i32) -> i32 {
    tick.div_euclid(spacing) * spacing
}

/// The multiple of `spacing` at or above `tick`.
#[must_use]
pub const fn spaced_ceil(tick: i32, spacing: i32) -> i32 {
    -(-tick).div_euclid(spacing) * spacing
}

/// The widest range whose ticks are multiples of `spacing`.
#[must_use]
pub const fn full_range(spacing: i32) -> (i32, i32) {
    let highest = spaced_floor(TICK_MAX, spacing);
    (-highest, highest)
}

/// An initialised tick and the segment above it.
///
/// The segment's liquidity is held itself, and not the net change at its tick: crossing then only reads it, its value
/// does not depend on the path that led there, and an empty segment is exactly empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rung {
    pub(super) root: f64,
    /// Liquidity from this tick to the next one.
    pub(super) above: Sum,
    pub(super) tick: i32,
    /// Where the tick's outside growth stands.
    pub(super) slot: u32,
    /// Positions that cover the segment above.
    covering: u32,
    /// Positions that begin or end here.
    bounding: u32,
}

impl Rung {
    const fn border(tick: i32, root: f64) -> Self {
        Self { root, above: Sum::ZERO, tick, slot: u32::MAX, covering: 0, bounding: 0 }
    }
}

/// The initialised ticks in ascending order, between two borders at root prices 0 and infinity that are never crossed.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    pub(super) rungs: Vec<Rung>,
    /// Growth on the other side of each tick than the price's, by slot.
    pub(super) outside: Vec<Growth>,
    free_slots: Vec<u32>,
}

impl Ladder {
    pub(super) fn new(room: usize) -> Self {
        let mut rungs = Vec::with_capacity(room + 2);
        rungs.extend([Rung::border(i32::MIN, 0.0), Rung::border(i32::MAX, f64::INFINITY)]);
        Self { rungs, outside: Vec::with_capacity(room), free_slots: Vec::with_capacity(room) }
    }

    /// The rung of `tick`, or where it would stand.
    pub(super) fn find(&self, tick: i32) -> Result<usize, usize> {
        self.rungs.binary_search_by_key(&tick, |rung| rung.tick)
    }

    /// Initialises `tick` at rung `at` with its outside growth.
    pub(super) fn insert(&mut self, at: usize, tick: i32, outside: Growth) {
        let slot = if let Some(slot) = self.free_slots.pop() {
            self.outside[slot as usize] = outside;
            slot
        } else {
            self.outside.push(outside);
            (self.outside.len() - 1) as u32
        };
        let below = self.rungs[at - 1];
        self.rungs.insert(at, Rung { root: root_at(tick), tick, slot, bounding: 0, ..below });
    }

    pub(super) fn remove(&mut self, at: usize) {
        let slot = self.rungs.remove(at).slot;
        self.outside[slot as usize] = NO_GROWTH;
        self.free_slots.push(slot);
    }

    /// Notes that one more position begins or ends at rung `at`.
    pub(super) fn bind(&mut self, at: usize) {
        self.rungs[at].bounding += 1;
    }

    /// Notes that one position less begins or ends at rung `at`; true when it was the last.
    pub(super) fn release(&mut self, at: usize) -> bool {
        self.rungs[at].bounding -= 1;
        self.rungs[at].bounding == 0
    }

    /// Notes that a position enters the segments from rung `from` up to rung `to`.
    pub(super) fn cover(&mut self, from: usize, to: usize) {
        for rung in &mut self.rungs[from..to] {
            rung.covering += 1;
        }
    }

    /// Notes that a position has left those segments: one that nobody covers is exactly empty.
    pub(super) fn uncover(&mut self, from: usize, to: usize) {
        for rung in &mut self.rungs[from..to] {
            rung.covering -= 1;
            if rung.covering == 0 {
                rung.above = Sum::ZERO;
            }
        }
    }

    /// Adds liquidity, or takes it out, in the segments from rung `from` up to rung `to`.
    pub(super) fn add(&mut self, from: usize, to: usize, liquidity: f64) {
        self.subtract(from, to, Sum { high: -liquidity, low: 0.0 });
    }

    /// Takes a sum of liquidity out of those segments.
    pub(super) fn subtract(&mut self, from: usize, to: usize, liquidity: Sum) {
        for rung in &mut self.rungs[from..to] {
            let above = rung.above.minus(liquidity);
            rung.above = if above.value() > 0.0 { above } else { Sum::ZERO };
        }
    }
}
