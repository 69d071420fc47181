//! Uniswap V3: what Portage's concentrated liquidity makes of the contract's calls.

use super::agreement::{Agreement, Rounding};
use super::trace::{SwapCall, Units, V3Call, V3Trace};
use portage::pools::{Booking, ConcentratedPool, FEE_BASE, FEE_QUOTE, FlowLine, Side, Swap, root_at};
use std::collections::BTreeMap;

/// Comparisons by kind, of a live recording and of the kept one.
pub const LIVE: [(&str, usize); 14] = [
    ("burn", 668),
    ("exact in", 2190),
    ("exact out", 2202),
    ("fees", 4048),
    ("liquidity", 2511),
    ("many ticks down", 60),
    ("many ticks up", 50),
    ("mint", 1382),
    ("over a gap", 81),
    ("protocol", 290),
    ("root price", 2511),
    ("runs dry", 110),
    ("to price", 630),
    ("to rate", 315),
];
pub const KEPT: [(&str, usize); 14] = [
    ("burn", 172),
    ("exact in", 508),
    ("exact out", 444),
    ("fees", 894),
    ("liquidity", 548),
    ("many ticks down", 9),
    ("many ticks up", 9),
    ("mint", 412),
    ("over a gap", 22),
    ("protocol", 80),
    ("root price", 548),
    ("runs dry", 31),
    ("to price", 144),
    ("to rate", 72),
];

/// The fee's unit: a millionth of the input.
const MILLIONTHS: f64 = 1e6;
/// Relative error of the root price of a tick, as Portage states it.
const TICK_ROOT: f64 = 2e-15;
/// A swap over more stretches than this counts as one over many ticks.
const MANY: u32 = 5;
/// Tokens have no value here: only amounts are compared.
const BOOKING: Booking = Booking { usd_in: 0.0, usd_out: 0.0, line: FlowLine::Trader };

/// Portage's side of a pool, and what its owners and the protocol have got.
struct Mirror {
    pool: ConcentratedPool,
    positions: BTreeMap<(i32, i32), Owned>,
    /// The protocol's part of the fees in each token.
    part: [f64; 2],
    protocol: [f64; 2],
    /// Stretches that the contract has rounded so far.
    steps: u32,
    /// By what share the two root prices may differ.
    drift: f64,
}

#[derive(Default)]
struct Owned {
    /// Exact, as the contract keeps it.
    liquidity: u128,
    /// Fees that were settled and not yet compared.
    earned: [f64; 2],
}

/// Makes the calls of `trace` on Portage's pool and compares each answer.
pub fn compare(trace: &V3Trace, agreement: &mut Agreement) {
    let mut pool = ConcentratedPool::new(trace.tick_spacing, f64::from(trace.fee) / MILLIONTHS, 64).unwrap();
    pool.initialise(trace.root_x96.fixed_96());
    let (positions, part, protocol) = (BTreeMap::new(), [0.0; 2], [0.0; 2]);
    let mut mirror = Mirror { pool, positions, part, protocol, steps: 1, drift: f64::EPSILON };
    for call in &trace.calls {
        mirror.follow(call, agreement);
    }
}

impl Mirror {
    fn follow(&mut self, call: &V3Call, agreement: &mut Agreement) {
        match call {
            V3Call::Protocol(denominators) => {
                self.part = denominators.map(|parts| if parts == 0 { 0.0 } else { 1.0 / f64::from(parts) });
            }
            V3Call::Mint(range, liquidity, paid) => {
                let position = self.settled(*range);
                let amounts = self.pool.mint(position, liquidity.tokens());
                self.owned(*range).liquidity += liquidity.whole();
                self.compare_amounts("mint", [amounts.base, amounts.quote], (liquidity, paid), agreement);
            }
            V3Call::Burn(range, liquidity, freed) => {
                let position = self.settled(*range);
                let owned = self.owned(*range);
                owned.liquidity -= liquidity.whole();
                // In real numbers the parts of a position do not add up to it exactly.
                let rest = owned.liquidity == 0;
                let amounts =
                    if rest { self.pool.burn_rest(position) } else { self.pool.burn(position, liquidity.tokens()) };
                self.compare_amounts("burn", [amounts.base, amounts.quote], (liquidity, freed), agreement);
            }
            V3Call::Settle(range, fees) => {
                self.settled(*range);
                let earned = std::mem::take(&mut self.owned(*range).earned);
                self.compare_fees("fees", earned, fees, agreement);
            }
            V3Call::Swap(call) => self.swap(call, agreement),
            V3Call::ToPrice(call) => self.swap_to_price(call, agreement),
            V3Call::RunsDry(zero, asked) => {
                let (_, swap) = self.quote(*zero, asked);
                assert_eq!(swap, None, "the contract runs dry at {call:?}");
                agreement.count("runs dry");
            }
            V3Call::ProtocolFees(fees) => self.compare_fees("protocol", self.protocol, fees, agreement),
        }
    }

    fn owned(&mut self, range: (i32, i32)) -> &mut Owned {
        self.positions.entry(range).or_default()
    }

    /// The position of a range, with its earnings put down less the protocol's part.
    fn settled(&mut self, range: (i32, i32)) -> usize {
        let position = self.pool.position(range.0, range.1);
        let inside = self.pool.settle(position);
        let part = self.part;
        let earned = &mut self.owned(range).earned;
        earned[0] += inside[FEE_BASE] * (1.0 - part[0]);
        earned[1] += inside[FEE_QUOTE] * (1.0 - part[1]);
        position
    }

    /// Virtual reserves of `liquidity` at the price.
    fn reserves(&self, liquidity: f64) -> [f64; 2] {
        [liquidity / self.pool.root(), liquidity * self.pool.root()]
    }

    fn rounding(&self, token: usize, steps: u32) -> Rounding {
        let price = self.pool.root() * self.pool.root();
        Rounding::of(steps).at(if token == 1 { price } else { 1.0 / price })
    }

    /// Compares what `liquidity` was minted or burnt for: differences of virtual reserves between two prices.
    fn compare_amounts(
        &self,
        kind: &'static str,
        ours: [f64; 2],
        (liquidity, theirs): (&Units, &[Units; 2]),
        agreement: &mut Agreement,
    ) {
        let reserves = self.reserves(liquidity.tokens());
        for token in 0..2 {
            let rounding = self.rounding(token, 1).within(reserves[token], self.drift);
            agreement.amount(kind, ours[token], theirs[token].tokens(), rounding);
        }
    }

    /// Compares fees, which stand after all roundings so far.
    fn compare_fees(&self, kind: &'static str, ours: [f64; 2], theirs: &[Units; 2], agreement: &mut Agreement) {
        for token in 0..2 {
            agreement.amount(kind, ours[token], theirs[token].tokens(), self.rounding(token, self.steps));
        }
    }

    fn quote(&self, zero: bool, asked: &Units) -> (Side, Option<Swap>) {
        let side = if zero { Side::SellBase } else { Side::BuyBase };
        let amount = asked.tokens();
        let exact_in = amount > 0.0;
        (side, if exact_in { self.pool.swap_exact_in(side, amount) } else { self.pool.swap_exact_out(side, -amount) })
    }

    fn swap(&mut self, call: &SwapCall, agreement: &mut Agreement) {
        let (side, swap) = self.quote(call.zero, &call.asked);
        let swap = swap.unwrap_or_else(|| panic!("the contract fills {call:?}, the pool does not"));
        let (before, root) = (self.reserves(self.pool.liquidity()), self.pool.root());
        self.pool.fill(side, &swap, BOOKING);
        self.count_way(root, call, agreement);
        let kind = if call.asked.tokens() > 0.0 { "exact in" } else { "exact out" };
        self.compare_swap(kind, call, (swap, [0.0; 2]), agreement);
        self.note_drift(call, before);
    }

    /// The amounts decide where the price ends: what was rounded of them moves it by its share of the virtual reserves there.
    /// That is units, the last place of an amount in f64, and what a crossed tick in f64 makes of the reserves.
    fn note_drift(&mut self, call: &SwapCall, before: [f64; 2]) {
        let after = self.reserves(self.pool.liquidity());
        for token in 0..2 {
            let ticks = f64::from(call.stretches - 1) * TICK_ROOT * before[token].max(after[token]);
            let last_place = f64::EPSILON * call.moved[token].tokens().abs();
            let off = self.rounding(token, call.stretches).tokens() + last_place + ticks;
            self.drift += off / after[token] + f64::EPSILON;
        }
    }

    /// Counts what shows that the calls reach the hard cases.
    fn count_way(&self, before: f64, call: &SwapCall, agreement: &mut Agreement) {
        if call.stretches > MANY {
            agreement.count(if call.zero { "many ticks down" } else { "many ticks up" });
        }
        let (low, high) = (before.min(self.pool.root()), before.max(self.pool.root()));
        let live = || self.positions.iter().filter(|(_, owned)| owned.liquidity > 0).map(|(range, _)| *range);
        let begins_gap = |tick| !live().any(|(lower, upper)| lower <= tick && tick < upper);
        if live().any(|(_, end)| low < root_at(end) && root_at(end) < high && begins_gap(end)) {
            agreement.count("over a gap");
        }
    }

    fn swap_to_price(&mut self, call: &SwapCall, agreement: &mut Agreement) {
        let (side, root) = (if call.zero { Side::SellBase } else { Side::BuyBase }, call.root_x96.fixed_96());
        let (reserves, before) = (self.reserves(self.pool.liquidity()), self.pool.root());
        let quoted = self.pool.swap_to_root(side, root);
        // The same by the rate at which the next unit would trade, as arbitrage asks; its square root is rounded once more.
        let rate = (1.0 - self.pool.fee()) * if call.zero { root * root } else { 1.0 / (root * root) };
        let (pay, amount_in) = (usize::from(!call.zero), self.pool.input_to_marginal(side, rate));
        let rounding = self.rounding(pay, call.stretches).within(reserves[pay], self.drift + 2.0 * f64::EPSILON);
        agreement.amount("to rate", amount_in, call.moved[pay].tokens(), rounding);
        let swap = self.pool.fill_to_root(side, root, BOOKING);
        assert_eq!(quoted, swap);
        self.count_way(before, call, agreement);
        self.compare_swap("to price", call, (swap, reserves), agreement);
        self.drift = f64::EPSILON; // both stand at the same price now
    }

    /// Compares amounts, of which those to a given price are differences of `reserves`.
    fn compare_swap(
        &mut self,
        kind: &'static str,
        call: &SwapCall,
        (swap, reserves): (Swap, [f64; 2]),
        agreement: &mut Agreement,
    ) {
        self.steps += call.stretches;
        let (pay, get) = if call.zero { (0, 1) } else { (1, 0) };
        for (token, ours) in [(pay, swap.amount_in), (get, -swap.amount_out)] {
            let rounding = self.rounding(token, call.stretches).within(reserves[token], self.drift);
            agreement.amount(kind, ours, call.moved[token].tokens(), rounding);
        }
        agreement.state("root price", self.pool.root(), call.root_x96.fixed_96());
        agreement.state("liquidity", self.pool.liquidity(), call.liquidity.tokens());
        self.protocol[pay] += swap.fee_in * self.part[pay];
    }
}
