//! Walks of the price over the ladder of ticks: what a swap takes and gives, segment by segment.

use super::growth::{Leg, Log};
use super::ticks::Rung;
use crate::Side;
use portage_base::sum::Sum;

/// Share of a swap's amount that counts as rounding: so close to a tick, the tick is reached, and so little is not
/// carried across it. 16 units in the last place, the error of a sum over some hundred segments.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// How far below a tick the price stands that fell to it: it belongs to the segment below, as in V3, whose tick is
/// then one less. Any positive number that vanishes against every price and amount.
const HAIR: f64 = 1e-100;

/// Where the price stands, with its segment.
///
/// The root price is a sum of two f64, because a swap of dust changes it by less than its last place, and the swaps of
/// a run must add up to what the positions hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The rung at or below the price.
    pub(super) cursor: usize,
    root: Sum,
    /// Roots of the initialised ticks below and above.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Active liquidity.
    pub(super) liquidity: f64,
}

/// Which amount of a swap is given, after the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// What the curve takes.
    Kept,
    /// What the curve gives.
    Out,
}

/// What a walk took and gave, whole tokens, and what of the given amount it could not fill.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flow {
    pub(super) kept: f64,
    pub(super) out: f64,
    pub(super) unfilled: f64,
}

impl Flow {
    #[inline]
    fn add(&mut self, leg: Leg, liquidity: f64) {
        self.kept += leg.kept * liquidity;
        self.out += leg.out * liquidity;
    }
}

impl Place {
    /// A pool that has no price yet.
    pub(super) const NOWHERE: Self =
        Self { cursor: 0, root: Sum::ZERO, lower: 0.0, upper: f64::INFINITY, liquidity: 0.0 };

    /// The root price.
    #[inline]
    pub(super) const fn root(&self) -> f64 {
        self.root.high
    }

    /// Puts the price at `root` within its segment.
    #[inline]
    pub(super) const fn stand(&mut self, root: f64) {
        self.root = Sum { high: root, low: 0.0 };
    }

    /// Reads the segment above rung `cursor`.
    #[inline]
    pub(super) fn enter(&mut self, rungs: &[Rung], cursor: usize) {
        self.cursor = cursor;
        (self.lower, self.liquidity) = (rungs[cursor].root, rungs[cursor].above.value());
        self.upper = rungs[cursor + 1].root;
    }

    /// Whether the price stands at `root` or above it.
    #[inline]
    pub(super) fn is_at_or_above(&self, root: f64) -> bool {
        root < self.root.high || (root == self.root.high && self.root.low >= 0.0)
    }

    #[inline]
    fn has_reached(&self, side: Side, root: f64) -> bool {
        match side {
            Side::BuyBase => self.is_at_or_above(root),
            Side::SellBase => self.root.high < root || (self.root.high == root && self.root.low <= 0.0),
        }
    }

    /// Distance from the price down to `root`, not negative.
    #[inline]
    pub(super) fn above(&self, root: f64) -> f64 {
        ((self.root.high - root) + self.root.low).max(0.0)
    }

    /// Distance from the price up to `root`, not negative.
    #[inline]
    pub(super) fn below(&self, root: f64) -> f64 {
        ((root - self.root.high) - self.root.low).max(0.0)
    }

    /// The end of the segment in the direction of a swap.
    #[inline]
    fn edge(&self, side: Side) -> f64 {
        match side {
            Side::BuyBase => self.upper,
            Side::SellBase => self.lower,
        }
    }

    /// Distance from the price to `root` in the direction of a swap, not negative.
    #[inline]
    fn distance(&self, side: Side, root: f64) -> f64 {
        match side {
            Side::BuyBase => self.below(root),
            Side::SellBase => self.above(root),
        }
    }

    /// What the move to `root` takes and gives per unit of liquidity.
    ///
    /// Law: quote moves with the root price, base with its inverse. Source: Uniswap v3 whitepaper, equations 6.14 and
    /// 6.16.
    #[inline]
    fn leg_to(&self, side: Side, root: f64) -> Leg {
        let distance = self.distance(side, root);
        let inverse = distance / (self.root.high * root);
        match side {
            Side::BuyBase => Leg { kept: distance, out: inverse },
            Side::SellBase => Leg { kept: inverse, out: distance },
        }
    }

    /// Whether the segment up to `edge` takes (or gives) more than `amount` per unit of liquidity: [`Self::leg_to`]
    /// without its division.
    #[inline]
    fn exceeds(&self, side: Side, given: Given, edge: f64, amount: f64) -> bool {
        let distance = self.distance(side, edge);
        let is_quote = (side == Side::BuyBase) == (given == Given::Kept);
        if is_quote { distance > amount } else { distance > amount * (self.root.high * edge) }
    }

    /// Moves the price within the segment by `amount` per unit of liquidity.
    ///
    /// Law, r the root price: for a buyer of base who pays q, r' = r + q; who receives b, r' - r = b r^2 / (1 - b r).
    /// For a seller of base who pays b, r - r' = b r^2 / (1 + b r); who receives q, r' = r - q.
    #[inline]
    fn move_by(&mut self, side: Side, given: Given, amount: f64) -> Leg {
        let root = self.root.high;
        let scaled = amount * root;
        let leg;
        match side {
            Side::BuyBase => {
                let rise = match given {
                    Given::Kept => amount,
                    // Where r' is many orders above r, 1 - b r keeps few digits, and the end of the segment must hold.
                    Given::Out => (scaled * root / (1.0 - scaled)).min(self.below(self.upper)),
                };
                self.root = if rise <= root { self.root.plus_smaller(rise) } else { self.root.plus(rise) };
                leg = Leg { kept: rise, out: rise / (root * self.root.high) };
                if self.is_at_or_above(self.upper) {
                    self.root = Sum { high: self.upper, low: -HAIR };
                }
            }
            Side::SellBase => {
                let fall = if given == Given::Kept { scaled * root / (1.0 + scaled) } else { amount };
                // A deep fall by a difference would leave the error of the high root in the low one.
                let deep = given == Given::Kept && scaled > 0.5;
                self.root =
                    if deep { Sum { high: root / (1.0 + scaled), low: 0.0 } } else { self.root.plus_smaller(-fall) };
                leg = Leg { kept: fall / (root * self.root.high), out: fall };
                if !self.is_at_or_above(self.lower) {
                    self.stand(self.lower);
                }
            }
        }
        match given {
            Given::Kept => Leg { kept: amount, ..leg },
            Given::Out => Leg { out: amount, ..leg },
        }
    }

    /// Crosses the tick at the end of the segment.
    #[inline]
    fn cross(&mut self, rungs: &[Rung], side: Side, log: &mut impl Log) {
        match side {
            Side::BuyBase => {
                let cursor = self.cursor + 1;
                log.cross(rungs[cursor].slot);
                self.root = Sum { high: self.upper, low: 0.0 };
                self.enter(rungs, cursor);
            }
            Side::SellBase => {
                let cursor = self.cursor - 1;
                log.cross(rungs[self.cursor].slot);
                self.root = Sum { high: self.lower, low: -HAIR };
                self.enter(rungs, cursor);
            }
        }
    }

    /// Walks until `amount` is taken (or given); across gaps for nothing, and to the last tick if liquidity runs out.
    #[inline]
    pub(super) fn walk(
        &mut self,
        rungs: &[Rung],
        side: Side,
        (given, amount): (Given, f64),
        log: &mut impl Log,
    ) -> Flow {
        let tolerance = amount * ROUNDING;
        let mut flow = Flow { unfilled: amount, ..Flow::default() };
        while flow.unfilled > tolerance {
            let edge = self.edge(side);
            if self.liquidity > 0.0 {
                let rest = flow.unfilled;
                let per_liquidity = rest / self.liquidity;
                if self.exceeds(side, given, edge, (rest + tolerance) / self.liquidity) {
                    let leg = self.move_by(side, given, per_liquidity);
                    flow.add(leg, self.liquidity);
                    flow.unfilled = 0.0;
                    log.leg(leg);
                    return flow;
                }
                let leg = self.leg_to(side, edge);
                let capacity = self.liquidity * if given == Given::Kept { leg.kept } else { leg.out };
                flow.add(leg, self.liquidity);
                flow.unfilled = (rest - capacity).max(0.0);
                log.leg(leg);
            } else if edge == 0.0 || edge == f64::INFINITY {
                return flow;
            }
            self.cross(rungs, side, log);
        }
        flow.unfilled = 0.0;
        flow
    }

    /// Walks until the root price is `root` (positive and finite), across gaps for nothing.
    #[inline]
    pub(super) fn walk_to(&mut self, rungs: &[Rung], side: Side, root: f64, log: &mut impl Log) -> Flow {
        let mut flow = Flow::default();
        while !self.has_reached(side, root) {
            let edge = self.edge(side);
            let ends_here = match side {
                Side::BuyBase => root < edge,
                Side::SellBase => root > edge,
            };
            if self.liquidity > 0.0 {
                let leg = self.leg_to(side, if ends_here { root } else { edge });
                flow.add(leg, self.liquidity);
                log.leg(leg);
            }
            if ends_here {
                self.stand(root);
                return flow;
            }
            self.cross(rungs, side, log);
        }
        flow
    }

    /// The root price at which the next unit would trade; `None` when there is no liquidity on that side.
    #[inline]
    pub(super) fn next_root(&self, rungs: &[Rung], side: Side) -> Option<f64> {
        let mut place = *self;
        while place.liquidity == 0.0 || place.root.high == place.edge(side) {
            let edge = place.edge(side);
            if edge == 0.0 || edge == f64::INFINITY {
                return None;
            }
            place.cross(rungs, side, &mut super::growth::Silent);
        }
        Some(place.root.high)
    }
}
