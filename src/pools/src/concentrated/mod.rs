//! Concentrated liquidity: positions between two ticks of the price (Uniswap V3).
//!
//! Between two initialised ticks the pool is a constant product with virtual reserves L / r and L r, r the root price;
//! at a tick the liquidity changes. Fees stand apart from the positions and accrue per unit of liquidity that trades.

mod growth;
mod positions;
mod swap;
mod ticks;

#[cfg(test)]
mod tests;

pub use growth::{
    ARBITRAGE_LOSS_USD, Booking, FEE_BASE, FEE_QUOTE, FEE_USD, FlowLine, GROWTHS, Inside, REWARDS, TRADER_GAIN_USD,
};
pub use positions::Amounts2;
pub use ticks::{LN_TICK, TICK_MAX, full_range, root_at, spaced_ceil, spaced_floor, tick_of_root_floor};

use super::error::fee_share;
use super::{PoolError, Segment, Side, Swap};
use growth::{FeeAccount, Growth, NO_GROWTH, Silent};
use portage_base::sum::Sum;
use positions::Positions;
use swap::{Flow, Given, Place};
use ticks::Ladder;

/// A pool of concentrated liquidity with a fee on the input.
///
/// Law: within a segment of liquidity L, quote moves by L times the change of the root price and base by L times the
/// change of its inverse. Source: Uniswap v3 core whitepaper (Adams, Zinsmeister, Salem, Keefer and Robinson 2021),
/// sections 6.2 and 6.3, in real numbers.
#[derive(Debug, Clone)]
pub struct ConcentratedPool {
    place: Place,
    /// The segment about the price, as the router and arbitrage read it.
    segment: Segment,
    inverse_root_keep: f64,
    fee: f64,
    /// f / (1 - f).
    fee_per_kept: f64,
    growth: Growth,
    base: Sum,
    quote: Sum,
    ladder: Ladder,
    positions: Positions,
    spacing: i32,
}

impl ConcentratedPool {
    /// A pool without price and liquidity: `tick_spacing` >= 1 ticks, fee share `fee` of the input in [0, 1), memory
    /// for `room` positions; more are possible, but then memory is allocated.
    pub fn new(tick_spacing: i32, fee: f64, room: usize) -> Result<Self, PoolError> {
        if !(1..=TICK_MAX).contains(&tick_spacing) {
            return Err(PoolError::TickSpacing(tick_spacing));
        }
        Ok(Self::empty(tick_spacing, fee_share(fee)?, room))
    }

    /// A pool of the same ticks and fee without price and liquidity, with memory for `room` positions.
    #[must_use]
    pub(super) fn fresh(&self, room: usize) -> Self {
        Self::empty(self.spacing, self.fee, room)
    }

    fn empty(tick_spacing: i32, fee: f64, room: usize) -> Self {
        let mut pool = Self {
            place: Place::NOWHERE,
            segment: Segment::EMPTY,
            inverse_root_keep: 1.0,
            fee: 0.0,
            fee_per_kept: 0.0,
            growth: NO_GROWTH,
            base: Sum::ZERO,
            quote: Sum::ZERO,
            ladder: Ladder::new(2 * room),
            positions: Positions::new(room),
            spacing: tick_spacing,
        };
        pool.set_fee(fee);
        pool
    }

    /// Sets the fee share of the input, in [0, 1).
    pub fn set_fee(&mut self, fee: f64) {
        self.segment.set_fee(fee);
        self.inverse_root_keep = 1.0 / self.segment.root_keep;
        (self.fee, self.fee_per_kept) = (fee, fee / self.segment.keep);
    }

    /// Takes over all positions of `old`, which has the same ticks, and leaves it what stands here; each keeps its fee. Returns false, and
    /// changes nothing, where the ticks differ.
    pub(super) fn succeed(&mut self, old: &mut Self) -> bool {
        if self.spacing != old.spacing {
            return false;
        }
        let (old_fee, new_fee) = (old.fee, self.fee);
        std::mem::swap(old, self);
        old.set_fee(old_fee);
        self.set_fee(new_fee);
        true
    }

    /// Sets the price of a pool without positions to the square of `root`, which lies between those of the outermost
    /// ticks.
    pub fn initialise(&mut self, root: f64) {
        assert!(self.positions.is_empty(), "the price of a pool with positions is set by trading");
        assert!((root_at(-TICK_MAX)..=root_at(TICK_MAX)).contains(&root), "a root price outside the ticks: {root}");
        self.place.stand(root);
        self.read_segment();
    }

    fn read_segment(&mut self) {
        self.place.enter(&self.ladder.rungs, self.place.cursor);
        self.copy_segment();
    }

    #[inline]
    fn copy_segment(&mut self) {
        let (liquidity, root) = (self.place.liquidity, self.place.root());
        let reserves = if liquidity > 0.0 { (liquidity / root, liquidity * root) } else { (0.0, 0.0) };
        (self.segment.liquidity, self.segment.base, self.segment.quote) = (liquidity, reserves.0, reserves.1);
        (self.segment.lower, self.segment.upper) = (self.place.lower, self.place.upper);
    }

    /// Square root of the price before fee; 0 before it is initialised.
    #[inline]
    #[must_use]
    pub const fn root(&self) -> f64 {
        self.place.root()
    }

    /// The tick of the price: the largest whose price is not above it. At exactly the price of a tick it is that tick,
    /// but one less when the price has fallen to an initialised tick: the tick is then crossed already, as in V3.
    #[must_use]
    pub fn tick(&self) -> i32 {
        let tick = tick_of_root_floor(self.place.root());
        if self.place.is_at_or_above(root_at(tick)) { tick } else { tick - 1 }
    }

    /// Active liquidity.
    #[inline]
    #[must_use]
    pub const fn liquidity(&self) -> f64 {
        self.place.liquidity
    }

    /// The fee share of the input.
    #[inline]
    #[must_use]
    pub const fn fee(&self) -> f64 {
        self.fee
    }

    /// Ticks between two prices at which a position can begin or end.
    #[must_use]
    pub const fn tick_spacing(&self) -> i32 {
        self.spacing
    }

    /// Base and quote that all positions hold, whole tokens, fees excluded: what was minted, traded and burnt, summed.
    #[must_use]
    pub const fn balances(&self) -> (f64, f64) {
        (self.base.value(), self.quote.value())
    }

    /// The part of the curve about the present price that is a constant product, up to the next initialised ticks.
    ///
    /// At exactly a tick the segment ends at the price on one side, and trade goes on beyond it.
    #[inline]
    #[must_use]
    pub const fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Coins received per coin paid, before fee, for an infinitesimal trade: at the price, or across a gap at the next
    /// liquidity; 0 when there is none on that side.
    #[inline]
    #[must_use]
    pub fn spot(&self, side: Side) -> f64 {
        match (self.place.next_root(&self.ladder.rungs, side), side) {
            (Some(root), Side::BuyBase) => 1.0 / (root * root),
            (Some(root), Side::SellBase) => root * root,
            (None, _) => 0.0,
        }
    }

    /// Coins received per coin paid, after fee, for an infinitesimal trade; as [`Self::spot`].
    #[inline]
    #[must_use]
    pub fn marginal(&self, side: Side) -> f64 {
        self.spot(side) * self.segment.keep
    }

    /// Square roots of the two prices at which arbitrage begins to pay: (below, above); 0 or infinity where there is
    /// nothing to trade.
    #[inline]
    #[must_use]
    pub fn band(&self) -> (f64, f64) {
        let rungs = &self.ladder.rungs;
        let below = self.place.next_root(rungs, Side::SellBase).unwrap_or(0.0);
        let above = self.place.next_root(rungs, Side::BuyBase).unwrap_or(f64::INFINITY);
        (below * self.segment.root_keep, above * self.inverse_root_keep)
    }

    /// What `amount_in` buys; `None` when liquidity runs out before it is used up.
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, side: Side, amount_in: f64) -> Option<Swap> {
        let mut place = self.place;
        let given = (Given::Kept, amount_in * self.segment.keep);
        let flow = place.walk(&self.ladder.rungs, side, given, &mut Silent);
        let swap = Swap { amount_in, amount_out: flow.out, fee_in: amount_in * self.fee, fee_out: 0.0 };
        (flow.unfilled == 0.0).then_some(swap)
    }

    /// What must be paid to receive `amount_out`; `None` when liquidity runs out before.
    #[must_use]
    pub fn swap_exact_out(&self, side: Side, amount_out: f64) -> Option<Swap> {
        let mut place = self.place;
        let flow = place.walk(&self.ladder.rungs, side, (Given::Out, amount_out), &mut Silent);
        (flow.unfilled == 0.0).then(|| Swap { amount_out, ..self.swap_of(flow) })
    }

    #[inline]
    fn swap_of(&self, flow: Flow) -> Swap {
        let amount_in = flow.kept / self.segment.keep;
        Swap { amount_in, amount_out: flow.out, fee_in: flow.kept * self.fee_per_kept, fee_out: 0.0 }
    }

    /// `root` within the outermost ticks, where V3 ends every swap.
    #[inline]
    fn within_ticks(root: f64) -> f64 {
        /// Root prices of the ticks -887272 and 887272. Source: v3-core `TickMath`, to 17 digits of 1.0001^(tick/2).
        const ROOTS: (f64, f64) = (5.421_214_631_044_951e-20, 1.844_605_071_109_770_3e19);
        root.clamp(ROOTS.0, ROOTS.1)
    }

    /// The swap that moves the root price to `root`, over ticks and gaps; nothing when it is already there or beyond.
    #[inline]
    #[must_use]
    pub fn swap_to_root(&self, side: Side, root: f64) -> Swap {
        let mut place = self.place;
        self.swap_of(place.walk_to(&self.ladder.rungs, side, Self::within_ticks(root), &mut Silent))
    }

    /// The trade after which the marginal price, fee included, equals the square of `root_price` (quote per base);
    /// `None` when it is already as high (for a buyer of base) or as low.
    #[inline]
    #[must_use]
    pub fn to_boundary(&self, side: Side, root_price: f64) -> Option<Swap> {
        let keeping = if side == Side::BuyBase { self.segment.root_keep } else { self.inverse_root_keep };
        let swap = self.swap_to_root(side, root_price * keeping);
        (swap.amount_in > 0.0).then_some(swap)
    }

    /// The input after which the marginal rate (out per in, after fee) has fallen to `rate` > 0; 0 when it is no
    /// higher. Where the rate lies in a gap of liquidity, the input up to the gap.
    #[inline]
    #[must_use]
    pub fn input_to_marginal(&self, side: Side, rate: f64) -> f64 {
        let root = match side {
            Side::BuyBase => (self.segment.keep / rate).sqrt(),
            Side::SellBase => (rate / self.segment.keep).sqrt(),
        };
        self.swap_to_root(side, root).amount_in
    }

    /// Base that is bought until the price has risen by the share `band` in [0, 1), and base that is sold until it has
    /// fallen by it, before fee.
    #[must_use]
    pub fn depth(&self, band: f64) -> (f64, f64) {
        let moved = |side: Side, factor: f64| {
            let (mut place, root) = (self.place, self.place.root() * factor.sqrt());
            place.walk_to(&self.ladder.rungs, side, Self::within_ticks(root), &mut Silent)
        };
        (moved(Side::BuyBase, 1.0 + band).out, moved(Side::SellBase, 1.0 - band).kept)
    }

    /// Carries out a swap that was quoted from this state, by its `amount_in`.
    ///
    /// The price ends where the quote's did, to rounding of the amount: a tick that the quote reached is crossed. A
    /// quote that ended within a gap leaves the price at the gap's near end; [`Self::fill_to_root`] goes on.
    #[inline]
    pub fn fill(&mut self, side: Side, swap: &Swap, booking: Booking) {
        let mut account =
            FeeAccount::open(&mut self.growth, &mut self.ladder.outside, side, self.fee_per_kept, booking);
        let given = (Given::Kept, swap.amount_in * self.segment.keep);
        let flow = self.place.walk(&self.ladder.rungs, side, given, &mut account);
        debug_assert!(flow.unfilled <= 1e-9 * swap.amount_in, "the swap was not quoted from this state: {swap:?}");
        self.take_flow(side, flow);
    }

    /// Moves the root price to exactly `root`, trading whatever liquidity lies on the way and passing gaps and an
    /// empty pool for nothing, as V3's swap with a price limit; returns the swap.
    pub fn fill_to_root(&mut self, side: Side, root: f64, booking: Booking) -> Swap {
        assert!(self.place.root() > 0.0, "the pool has no price yet");
        let root = Self::within_ticks(root);
        let mut account =
            FeeAccount::open(&mut self.growth, &mut self.ladder.outside, side, self.fee_per_kept, booking);
        let flow = self.place.walk_to(&self.ladder.rungs, side, root, &mut account);
        self.take_flow(side, flow);
        self.swap_of(flow)
    }

    #[inline]
    fn take_flow(&mut self, side: Side, flow: Flow) {
        let (base, quote) = match side {
            Side::BuyBase => (-flow.out, flow.kept),
            Side::SellBase => (flow.kept, -flow.out),
        };
        self.base.add(base);
        self.quote.add(quote);
        self.copy_segment();
    }

    /// Gives `tokens` of reward `slot` (0 or 1) to the liquidity in range; false, and nothing given, when there is
    /// none.
    pub fn reward(&mut self, slot: usize, tokens: f64) -> bool {
        assert!(slot < GROWTHS - REWARDS, "there are two reward slots: {slot}");
        let rewarded = self.place.liquidity > 0.0;
        if rewarded {
            self.growth[REWARDS + slot].add(tokens / self.place.liquidity);
        }
        rewarded
    }
}
