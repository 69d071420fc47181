//! Closed forms: venues whose curves are constant products about their prices.
//!
//! With reserve R_in, liquidity L and fee f, the input d brings the marginal rate after fee to 1 / s^2 where
//! d = (L / sqrt(1 - f)) s - R_in / (1 - f): inputs are water in vessels with the floor sqrt(R_in / ((1 - f) R_out)), and the level is
//! s = (d + sum R_in,i / (1 - f_i)) / (sum L_i / sqrt(1 - f_i)). A negative d_i leaves that venue out.

use super::super::Segment;
use super::venue::Line;
use super::{Leg, Offer, Set, Split, VENUES_MAX, members};

/// One pool's closed form for a pair, in the direction of the order.
struct Side {
    segment: Segment,
    reserve_in: f64,
    reserve_out: f64,
    /// Largest virtual reserve of the coin that comes in.
    end: f64,
}

impl Side {
    #[inline]
    fn of(offer: &Offer<'_>) -> Option<Self> {
        let segment = offer.pool.segment()?;
        let side = offer.way.side();
        let (reserve_in, reserve_out) = segment.in_out(side);
        (offer.leg == Leg::Direct && segment.liquidity > 0.0).then(|| Self {
            segment,
            reserve_in,
            reserve_out,
            end: segment.end(side),
        })
    }

    /// What `input` buys; `None` beyond the segment.
    #[inline]
    fn output(&self, input: f64) -> Option<f64> {
        let kept = self.segment.keep * input;
        let after = self.reserve_in + kept;
        (after <= self.end).then(|| self.reserve_out * kept / after)
    }
}

/// The best split over two direct venues; `None` when one is empty or no segment, when the order leaves a segment, or when
/// it is no finite number above zero.
#[inline]
pub(super) fn pair(first: &Offer<'_>, second: &Offer<'_>, amount_in: f64) -> Option<Split> {
    if !(amount_in > 0.0 && amount_in < f64::INFINITY) {
        return None;
    }
    let (a, b) = (Side::of(first)?, Side::of(second)?);
    let (keep_a, keep_b) = (a.segment.keep, b.segment.keep);
    let (root_a, root_b) = (a.segment.root_keep, b.segment.root_keep);
    // Both sides of the law times (1 - f_a)(1 - f_b): one division for the level.
    let offset = amount_in * keep_a * keep_b + a.reserve_in * keep_b + b.reserve_in * keep_a;
    let slope = (a.segment.liquidity * root_a) * keep_b + (b.segment.liquidity * root_b) * keep_a;
    let inner = ((a.segment.liquidity * root_a * offset / slope - a.reserve_in) / keep_a).clamp(0.0, amount_in);
    let other = amount_in - inner;
    let amount_out = a.output(inner)? + b.output(other)?;
    let split = |inputs: [f64; 2], amount_out: f64, gas: f64| {
        let mut all = [0.0; VENUES_MAX];
        (all[0], all[1]) = (inputs[0], inputs[1]);
        Some(Split { inputs: all, amount_out, gas })
    };
    if first.gas <= 0.0 && second.gas <= 0.0 {
        return split([inner, other], amount_out, 0.0);
    }
    let (alone_a, alone_b) = (a.output(amount_in)?, b.output(amount_in)?);
    let is_a_better = alone_a - first.gas >= alone_b - second.gas;
    let better_alone = if is_a_better { alone_a - first.gas } else { alone_b - second.gas };
    // With an input of zero both are no better than one alone, as gas is not negative.
    if amount_out - first.gas - second.gas > better_alone {
        split([inner, other], amount_out, first.gas + second.gas)
    } else if is_a_better {
        split([amount_in, 0.0], alone_a, first.gas)
    } else {
        split([0.0, amount_in], alone_b, second.gas)
    }
}

/// The split over direct venues without gas; `None` when one is empty or no segment, or when an input leaves its segment.
pub(super) fn level(offers: &[Offer<'_>], amount_in: f64) -> Option<Split> {
    let mut lines = [None; VENUES_MAX];
    for (line, offer) in lines.iter_mut().zip(offers) {
        *line = Line::of(offer);
        if offer.leg != Leg::Direct || line.is_none() {
            return None;
        }
    }
    let (inputs, _) = pour(|i| lines[i].as_ref(), all_of(offers.len()), amount_in)?;
    let amount_out = lines.iter().flatten().zip(&inputs).map(|(line, &input)| line.output(input)).sum();
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
