//! Positions: liquidity between two ticks, what it holds and what it has earned.

use super::ConcentratedPool;
use super::growth::{GROWTHS, Growth, Inside, NO_GROWTH, difference};
use super::swap::Place;
use super::ticks::{TICK_MAX, root_at};
use portage_base::sum::Sum;

/// Smallest and largest liquidity that can be minted at once, whole tokens: amounts of 1e-18 and 1e15 tokens at the
/// most extreme prices give 1e-38 and 1e39, and between these bounds no growth per unit of liquidity leaves the range
/// of f64.
const LIQUIDITY_MIN: f64 = 1e-60;
const LIQUIDITY_MAX: f64 = 1e60;

/// What of a position's liquidity, relative to what is burnt, can only be the rounding of its sum, 2^-80.
const REMAINDER: f64 = 1.0 / (1_u128 << 80) as f64;

/// How much more than it holds a position can be asked to burn, relatively: the rounding of its owners' own accounts.
const EXCESS: f64 = 1e-9;

/// Base and quote, whole tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Amounts2 {
    /// Base tokens.
    pub base: f64,
    /// Quote tokens.
    pub quote: f64,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    ticks: (i32, i32),
    roots: (f64, f64),
    /// Where the outside growths of its ticks stand; of no meaning without liquidity.
    slots: (usize, usize),
    liquidity: Sum,
    /// Growth inside the range when it was last settled.
    settled: Growth,
    open: bool,
}

/// All positions, found by their ticks.
#[derive(Debug, Clone)]
pub(super) struct Positions {
    places: Vec<Position>,
    /// Lower tick, upper tick and place of every open position, ascending.
    index: Vec<((i32, i32), usize)>,
    free: Vec<usize>,
}

impl Positions {
    pub(super) fn new(room: usize) -> Self {
        Self { places: Vec::with_capacity(room), index: Vec::with_capacity(room), free: Vec::with_capacity(room) }
    }

    fn find_or_open(&mut self, ticks: (i32, i32)) -> usize {
        let at = match self.index.binary_search_by_key(&ticks, |entry| entry.0) {
            Ok(at) => return self.index[at].1,
            Err(at) => at,
        };
        let roots = (root_at(ticks.0), root_at(ticks.1));
        let fresh = Position { ticks, roots, slots: (0, 0), liquidity: Sum::ZERO, settled: NO_GROWTH, open: true };
        let place = if let Some(place) = self.free.pop() {
            self.places[place] = fresh;
            place
        } else {
            self.places.push(fresh);
            self.places.len() - 1
        };
        self.index.insert(at, (ticks, place));
        place
    }

    fn close(&mut self, place: usize) {
        let position = &mut self.places[place];
        (position.open, position.liquidity) = (false, Sum::ZERO);
        let ticks = position.ticks;
        if let Ok(at) = self.index.binary_search_by_key(&ticks, |entry| entry.0) {
            self.index.remove(at);
        }
        self.free.push(place);
    }

    #[inline]
    fn get(&self, position: usize) -> &Position {
        let found = &self.places[position];
        assert!(found.open, "position {position} is closed");
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

/// What liquidity between two root prices holds.
///
/// Law: base L (1/max(r, a) - 1/b), quote L (min(r, b) - a), each not below zero. Source: Uniswap v3 whitepaper,
/// equations 6.29, 6.30.
#[inline]
fn amounts_between(place: &Place, (lower, upper): (f64, f64), liquidity: f64) -> Amounts2 {
    if !place.is_at_or_above(lower) {
        Amounts2 { base: liquidity * (upper - lower) / (lower * upper), quote: 0.0 }
    } else if place.is_at_or_above(upper) {
        Amounts2 { base: 0.0, quote: liquidity * (upper - lower) }
    } else {
        let base = liquidity * place.below(upper) / (place.root() * upper);
        Amounts2 { base, quote: liquidity * place.above(lower) }
    }
}

impl ConcentratedPool {
    /// The position between two ticks, found or opened without liquidity.
    ///
    /// Panics: when a tick is no multiple of the spacing or outside [-887272, 887272], when `lower_tick` is not below
    /// `upper_tick`, or when the pool has no price yet.
    pub fn position(&mut self, lower_tick: i32, upper_tick: i32) -> usize {
        assert!(self.place.root() > 0.0, "the pool has no price yet");
        self.assert_range(lower_tick, upper_tick);
        self.positions.find_or_open((lower_tick, upper_tick))
    }

    fn assert_range(&self, lower: i32, upper: i32) {
        assert!(lower < upper, "the lower tick {lower} is not below the upper tick {upper}");
        assert!(-TICK_MAX <= lower && upper <= TICK_MAX, "ticks lie in [-887272, 887272]: {lower}, {upper}");
        let spacing = self.spacing;
        assert!(lower % spacing == 0 && upper % spacing == 0, "{lower}, {upper}: not multiples of {spacing}");
    }

    /// The positions with liquidity, by ticks ascending.
    pub fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        let live = |place: &usize| self.positions.places[*place].liquidity.value() > 0.0;
        self.positions.index.iter().map(|entry| entry.1).filter(live)
    }

    /// Lower and upper tick of a position.
    #[inline]
    #[must_use]
    pub fn ticks_of(&self, position: usize) -> (i32, i32) {
        self.positions.get(position).ticks
    }

    /// Liquidity of a position.
    #[inline]
    #[must_use]
    pub fn liquidity_of(&self, position: usize) -> f64 {
        self.positions.get(position).liquidity.value()
    }

    /// Whether a position's liquidity trades at the present price: at its lower tick it does, at its upper tick not,
    /// unless the price fell to the tick; then the other way round, as in V3.
    #[inline]
    #[must_use]
    pub fn is_in_range(&self, position: usize) -> bool {
        let (lower, upper) = self.positions.get(position).roots;
        self.place.is_at_or_above(lower) && !self.place.is_at_or_above(upper)
    }

    /// What a position holds at the present price, earnings excluded.
    #[inline]
    #[must_use]
    pub fn held(&self, position: usize) -> Amounts2 {
        let position = self.positions.get(position);
        amounts_between(&self.place, position.roots, position.liquidity.value())
    }

    /// What `liquidity` between two ticks holds at the present price.
    #[must_use]
    pub fn amounts_for(&self, lower_tick: i32, upper_tick: i32, liquidity: f64) -> Amounts2 {
        self.assert_range(lower_tick, upper_tick);
        amounts_between(&self.place, (root_at(lower_tick), root_at(upper_tick)), liquidity)
    }

    /// The largest liquidity between two ticks that `base` and `quote` (whole tokens, not negative) pay for at the
    /// present price. Source: Uniswap v3-periphery, `LiquidityAmounts`.
    #[must_use]
    pub fn liquidity_for(&self, lower_tick: i32, upper_tick: i32, base: f64, quote: f64) -> f64 {
        self.assert_range(lower_tick, upper_tick);
        let (lower, upper) = (root_at(lower_tick), root_at(upper_tick));
        if !self.place.is_at_or_above(lower) {
            base * lower * upper / (upper - lower)
        } else if self.place.is_at_or_above(upper) {
            quote / (upper - lower)
        } else {
            let payable = |amount: f64, needed: f64| if needed > 0.0 { amount / needed } else { f64::INFINITY };
            let per_base = self.place.below(upper) / (self.place.root() * upper);
            payable(base, per_base).min(payable(quote, self.place.above(lower)))
        }
    }

    /// Growth inside a range since ever, by V3's rule: global, less what arose below, less what arose above.
    fn growth_inside(&self, position: &Position) -> Growth {
        let (lower, upper) = (&self.ladder.outside[position.slots.0], &self.ladder.outside[position.slots.1]);
        if !self.place.is_at_or_above(position.roots.0) {
            difference(lower, upper)
        } else if self.place.is_at_or_above(position.roots.1) {
            difference(upper, lower)
        } else {
            difference(&difference(&self.growth, lower), upper)
        }
    }

    /// What a position has earned and lost since it was last settled: fees owed, and the flows beside them.
    ///
    /// Law: growth inside its range since then times its liquidity.
    #[must_use]
    pub fn owed(&self, position: usize) -> Inside {
        let found = self.positions.get(position);
        let liquidity = found.liquidity.value();
        let mut amounts = [0.0; GROWTHS];
        if liquidity > 0.0 {
            let since = difference(&self.growth_inside(found), &found.settled);
            for (amount, since) in amounts.iter_mut().zip(since) {
                *amount = liquidity * since.value();
            }
        }
        amounts
    }

    /// As [`Self::owed`], and the count begins again.
    pub fn settle(&mut self, position: usize) -> Inside {
        let amounts = self.owed(position);
        let found = self.positions.get(position);
        if found.liquidity.value() > 0.0 {
            let inside = self.growth_inside(found);
            self.positions.places[position].settled = inside;
        }
        amounts
    }

    /// Panics unless the position was settled in the present state: what it earned would else be counted on the wrong
    /// liquidity.
    fn assert_settled(&self, position: usize) {
        let found = self.positions.get(position);
        let settled = found.liquidity.value() == 0.0 || self.growth_inside(found) == found.settled;
        assert!(settled, "position {position} must be settled before its liquidity changes");
    }

    /// Adds `liquidity` (0, or within 1e-60 to 1e60) to a position; returns what must be paid for it.
    ///
    /// Panics: when the position is closed, or has earned something that was not settled.
    pub fn mint(&mut self, position: usize, liquidity: f64) -> Amounts2 {
        let mintable = liquidity == 0.0 || (LIQUIDITY_MIN..=LIQUIDITY_MAX).contains(&liquidity);
        assert!(mintable, "liquidity must be 0 or within [1e-60, 1e60]: {liquidity}");
        self.assert_settled(position);
        if liquidity == 0.0 {
            return Amounts2::default();
        }
        let ticks = self.positions.places[position].ticks;
        if self.positions.places[position].liquidity.value() == 0.0 {
            self.initialise_tick(ticks.0);
            self.initialise_tick(ticks.1);
            let (from, to) = self.rungs_of(ticks);
            self.ladder.cover(from, to);
            let rungs = &self.ladder.rungs;
            self.positions.places[position].slots = (rungs[from].slot as usize, rungs[to].slot as usize);
            self.positions.places[position].settled = self.growth_inside(&self.positions.places[position]);
        }
        let (from, to) = self.rungs_of(ticks);
        self.ladder.add(from, to, liquidity);
        self.read_segment();
        let found = &mut self.positions.places[position];
        found.liquidity = found.liquidity.plus(liquidity);
        let amounts = amounts_between(&self.place, found.roots, liquidity);
        self.base.add(amounts.base);
        self.quote.add(amounts.quote);
        amounts
    }

    /// Takes `liquidity` out of a position, at most what it has; returns what is paid for it. A position that has none
    /// left is closed, and its number may be given to another.
    ///
    /// Panics: when the position is closed, has earned something that was not settled, or has less than `liquidity` by
    /// more than rounding (a share of 1e-9).
    pub fn burn(&mut self, position: usize, liquidity: f64) -> Amounts2 {
        let had = self.positions.get(position).liquidity;
        let possible = liquidity >= 0.0 && liquidity <= had.value() * (1.0 + EXCESS);
        assert!(possible, "position {position} holds liquidity {}, not {liquidity}", had.value());
        self.assert_settled(position);
        let left = had.plus(-liquidity);
        if left.value() <= (liquidity * REMAINDER).max(LIQUIDITY_MIN) {
            return self.burn_rest(position);
        }
        let Position { ticks, roots, .. } = self.positions.places[position];
        let (from, to) = self.rungs_of(ticks);
        self.ladder.add(from, to, -liquidity);
        self.positions.places[position].liquidity = left;
        self.pay(amounts_between(&self.place, roots, liquidity))
    }

    /// Takes all liquidity out of a position and closes it: for its last owner, whose own account of his liquidity may
    /// differ from what is left by rounding.
    ///
    /// Panics: when the position is closed, or has earned something that was not settled.
    pub fn burn_rest(&mut self, position: usize) -> Amounts2 {
        self.assert_settled(position);
        let Position { ticks, roots, liquidity, .. } = self.positions.places[position];
        self.positions.close(position);
        if liquidity.value() == 0.0 {
            return Amounts2::default();
        }
        let (from, to) = self.rungs_of(ticks);
        self.ladder.subtract(from, to, liquidity);
        self.ladder.uncover(from, to);
        for at in [to, from] {
            if self.ladder.release(at) {
                let below = self.place.is_at_or_above(self.ladder.rungs[at].root);
                self.ladder.remove(at);
                self.place.cursor -= usize::from(below);
            }
        }
        self.pay(amounts_between(&self.place, roots, liquidity.value()))
    }

    fn pay(&mut self, amounts: Amounts2) -> Amounts2 {
        self.read_segment();
        self.base.add(-amounts.base);
        self.quote.add(-amounts.quote);
        amounts
    }

    /// Binds a position to `tick`, which is initialised if it was not: by V3's convention all growth so far counts as
    /// below it.
    fn initialise_tick(&mut self, tick: i32) {
        let at = match self.ladder.find(tick) {
            Ok(at) => at,
            Err(at) => {
                let below = self.place.is_at_or_above(root_at(tick));
                self.ladder.insert(at, tick, if below { self.growth } else { NO_GROWTH });
                self.place.cursor += usize::from(below);
                at
            }
        };
        self.ladder.bind(at);
    }

    fn rungs_of(&self, (lower, upper): (i32, i32)) -> (usize, usize) {
        let rung = |tick| self.ladder.find(tick).expect("a position with liquidity keeps its ticks initialised");
        (rung(lower), rung(upper))
    }
}
