//! A bracketed root of an increasing function, by a safeguarded secant.

/// Share of what flows by which a sum may miss its target.
pub(super) const MET: f64 = 1e-14;

/// Share of what flows whose value may be lost by stopping: half a unit in the last place.
pub(super) const LOST: f64 = 0.5 * f64::EPSILON;

/// Most steps: three for each halving, of which 11 lead from any two numbers to one binary order of magnitude and 53 from
/// there to neighbouring numbers.
pub(super) const STEPS_MAX: u32 = 3 * (11 + 53);

/// Two points between which an increasing function passes through zero.
///
/// The next point is the secant of Anderson and Bjoerck (1973, "A new high order method of regula falsi type"), which
/// converges with order 1.7 where the function is smooth; two steps that have not halved the bracket are followed by
/// its middle, so that kinks and jumps cost at most three times as many steps as bisection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// The lower point, where the function is below zero.
    pub(super) low: f64,
    /// The upper point, where it is above zero.
    pub(super) high: f64,
    at_low: f64,
    at_high: f64,
    was_low: Option<bool>,
    steps: u32,
    width: f64,
}

impl Bracket {
    /// The bracket from `low` with value `at_low` to `high` with value `at_high`.
    pub(super) const fn new((low, at_low): (f64, f64), (high, at_high): (f64, f64)) -> Self {
        Self { low, high, at_low, at_high, was_low: None, steps: 0, width: high - low }
    }

    /// The point to be looked at next; `None` when no number lies between the two ends.
    pub(super) fn next(&mut self) -> Option<f64> {
        let mut is_middle = false;
        if self.steps == 2 {
            let width = self.high - self.low;
            is_middle = width > 0.5 * self.width;
            (self.steps, self.width) = (0, width);
        }
        self.steps += 1;
        let secant = self.low + (self.high - self.low) * (self.at_low / (self.at_low - self.at_high));
        let is_inside = |point: f64| point > self.low && point < self.high;
        if !is_middle && is_inside(secant) {
            return Some(secant);
        }
        // Wide brackets hold numbers of different magnitudes: their middle is the geometric one. Both functions here are of
        // positive variables.
        let middle =
            if self.high > 4.0 * self.low { (self.low * self.high).sqrt() } else { 0.5 * (self.low + self.high) };
        is_inside(middle).then_some(middle)
    }

    /// Puts `point`, where the function has the value `at`, in the place of the end on its side.
    pub(super) fn narrow(&mut self, point: f64, at: f64) {
        let is_low = at < 0.0;
        let stays = self.was_low == Some(is_low);
        self.was_low = Some(is_low);
        let replaced = if is_low { self.at_low } else { self.at_high };
        let ratio = 1.0 - at / replaced;
        // The end that stays twice is made lighter, so that the next secant falls beyond the root.
        let lighter = if !stays {
            1.0
        } else if ratio > 0.0 {
            ratio
        } else {
            0.5
        };
        if is_low {
            (self.low, self.at_low, self.at_high) = (point, at, self.at_high * lighter);
        } else {
            (self.high, self.at_high, self.at_low) = (point, at, self.at_low * lighter);
        }
    }
}
