//! Closed forms: venues whose curves are constant products about their prices.
//!
//! With reserve R_in, liquidity L and fee f, the input d brings the marginal rate after fee to 1 / s^2 where
//! d = (L / sqrt(1 - f)) s - R_in / (1 - f): inputs are water in vessels with the floor sqrt(R_in / ((1 - f) R_out)), and the level is
//! s = (d + sum R_in,i / (1 - f_i)) / (sum L_i / sqrt(1 - f_i)). A negative d_i leaves that venue out.

use super::super::{Segment, Swap};
use super::venue::Line;
use super::{Leg, Set, Split, VENUES_MAX, VenueQuote, members};

/// An order over two venues, in closed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// What each venue does; nothing where it is not used.
    pub swaps: [Swap; 2],
    /// Received in all, before gas, in output tokens.
    pub amount_out: f64,
    /// Gas of the venues that are used, in output tokens.
    pub gas: f64,
}

/// One pool's closed form for a pair, in the direction of the order.
struct Side<'p> {
    segment: &'p Segment,
    reserve_in: f64,
    reserve_out: f64,
    /// Largest virtual reserve of the coin that comes in.
    end: f64,
}

impl<'p> Side<'p> {
    #[inline(always)]
    fn of(offer: &VenueQuote<'p>) -> Option<Self> {
        let segment = offer.pool.segment()?;
        let side = offer.direction.side();
        let (reserve_in, reserve_out) = segment.in_out(side);
        (offer.leg == Leg::Direct && segment.liquidity > 0.0).then(|| Self {
            segment,
            reserve_in,
            reserve_out,
            end: segment.end(side),
        })
    }

    /// What `amount_in` buys; `None` beyond the segment.
    #[inline(always)]
    fn swap(&self, amount_in: f64) -> Option<Swap> {
        let kept = self.segment.keep * amount_in;
        let after = self.reserve_in + kept;
        // An input beside which the reserve is rounding would empty the pool.
        (after <= self.end && self.reserve_in > after * f64::EPSILON).then(|| Swap {
            amount_in,
            amount_out: self.reserve_out * kept / after,
            fee_in: amount_in - kept,
            fee_out: 0.0,
        })
    }
}

/// The best split over two direct venues; `None` when one is empty or no segment, when the order leaves a segment, or when
/// it is no finite number above zero.
///
/// It is the hot case of a run, and is therefore inlined by hand.
#[inline(always)]
#[must_use]
pub fn best_pair(first: &VenueQuote<'_>, second: &VenueQuote<'_>, amount_in: f64) -> Option<Pair> {
    if !(amount_in > 0.0 && amount_in < f64::INFINITY) {
        return None;
    }
    let (a, b) = (Side::of(first)?, Side::of(second)?);
    let (keep_a, keep_b) = (a.segment.keep, b.segment.keep);
    let (area_a, area_b) = (a.segment.liquidity * a.segment.root_keep, b.segment.liquidity * b.segment.root_keep);
    // Both sides of the law times (1 - f_a)(1 - f_b): one division for the level.
    let offset = amount_in * (keep_a * keep_b) + (a.reserve_in * keep_b + b.reserve_in * keep_a);
    let level = offset / (area_a * keep_b + area_b * keep_a);
    let inner = ((area_a * level - a.reserve_in) * a.segment.inverse_keep).max(0.0).min(amount_in);
    let (swap_a, swap_b) = (a.swap(inner)?, b.swap(amount_in - inner)?);
    let amount_out = swap_a.amount_out + swap_b.amount_out;
    if first.gas <= 0.0 && second.gas <= 0.0 {
        return Some(Pair { swaps: [swap_a, swap_b], amount_out, gas: 0.0 });
    }
    let (alone_a, alone_b) = (a.swap(amount_in)?, b.swap(amount_in)?);
    let (net_a, net_b) = (alone_a.amount_out - first.gas, alone_b.amount_out - second.gas);
    // With an input of zero both are no better than one alone, as gas is not negative.
    Some(if amount_out - first.gas - second.gas > net_a.max(net_b) {
        Pair { swaps: [swap_a, swap_b], amount_out, gas: first.gas + second.gas }
    } else if net_a >= net_b {
        Pair { swaps: [alone_a, Swap::NOTHING], amount_out: alone_a.amount_out, gas: first.gas }
    } else {
        Pair { swaps: [Swap::NOTHING, alone_b], amount_out: alone_b.amount_out, gas: second.gas }
    })
}

/// The split over the direct venues of `open`, without gas; `None` when one is no segment, or when an input leaves its segment.
pub(super) fn level(offers: &[VenueQuote<'_>], open: Set, amount_in: f64) -> Option<Split> {
    let mut lines = [None; VENUES_MAX];
    for i in members(open) {
        lines[i] = Line::of(&offers[i]);
        if offers[i].leg != Leg::Direct || lines[i].is_none() {
            return None;
        }
    }
    let (inputs, _) = pour(|i| lines[i].as_ref(), open, amount_in)?;
    let amount_out = lines.iter().zip(&inputs).filter_map(|(line, &input)| Some(line.as_ref()?.output(input))).sum();
    Some(Split { inputs, amount_out, gas: 0.0 })
}

/// The set of the first `count` offers.
pub(super) const fn all_of(count: usize) -> Set {
    (1 << count) - 1
}

/// Water over vessels with straight walls: which are wet, and how high it stands above the lowest floor.
#[derive(Clone, Copy)]
pub(super) struct Water {
    pub(super) wet: Set,
    pub(super) lowest: f64,
    pub(super) height: f64,
}

/// Pours `amount` over the vessels of `set`, each with a floor and an area (`start` and `slope` of a line).
#[inline]
pub(super) fn water(vessel: impl Fn(usize) -> (f64, f64), set: Set, amount: f64) -> Water {
    // Heights are measured from the lowest floor, so that a small order among large pools keeps its digits.
    let lowest = members(set).fold(f64::INFINITY, |lowest, i| lowest.min(vessel(i).0));
    let mut wet = set;
    // Every pass leaves out vessels that stand dry, for good: the level over more vessels is never below the true one.
    loop {
        let (mut volume, mut area) = (amount, 0.0);
        for (floor, own) in members(wet).map(&vessel) {
            volume += own * (floor - lowest);
            area += own;
        }
        let height = volume / area;
        let dry = members(wet).filter(|&i| vessel(i).0 - lowest >= height).fold(0, |dry, i| dry | (1 << i));
        if dry == 0 {
            return Water { wet, lowest, height };
        }
        wet &= !dry;
    }
}

/// Pours `amount` over the lines of `set`: inputs and the level s; `None` when a curve has no line, when an input leaves
/// its line, or when the set is empty.
#[inline]
pub(super) fn pour<'l>(
    line_of: impl Fn(usize) -> Option<&'l Line>,
    set: Set,
    amount: f64,
) -> Option<([f64; VENUES_MAX], f64)> {
    if members(set).any(|i| line_of(i).is_none()) {
        return None;
    }
    let Water { wet, lowest, height } =
        water(|i| line_of(i).map_or((0.0, 0.0), |line| (line.start, line.slope)), set, amount);
    let mut inputs = [0.0; VENUES_MAX];
    let (mut left, mut largest) = (amount, (0.0, 0));
    for i in members(wet) {
        let line = line_of(i)?;
        inputs[i] = line.slope * (height - (line.start - lowest));
        left -= inputs[i];
        if inputs[i] > line.most {
            return None;
        }
        if inputs[i] > largest.0 {
            largest = (inputs[i], i);
        }
    }
    // All stand at one marginal rate; rounding's residue is least, as a share, where the input is largest.
    inputs[largest.1] += left;
    (wet != 0).then_some((inputs, lowest + height))
}
