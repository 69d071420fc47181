//! The tolerance of the comparisons, and their count.

use super::trace::Units;
use std::collections::BTreeMap;

/// Greatest relative difference: Portage's law of numbers, for amounts of 1e6 base units and more.
const RELATIVE: f64 = 1e-9;
/// The same for a pool's root price and liquidity, which nothing but rounding moves apart.
const RELATIVE_STATE: f64 = 1e-12;
/// Base units by which one rounded step of a contract may differ from the real number. Amount and fee are each rounded by less
/// than one unit, and so is the input less its fee, from which the output is computed; the price at the end of a step
/// is rounded too, so that the next step inherits as much again.
const UNITS_PER_STEP: f64 = 4.0;
/// Whole tokens in a base unit.
const UNIT: f64 = 1e-18;
/// From here on an amount counts for the worst relative difference: rounding by one unit is 1e-12 of it.
const LARGE: f64 = 1e12 * UNIT;

impl Units {
    /// Whole tokens, correctly rounded.
    pub fn tokens(&self) -> f64 {
        format!("{}e-18", self.0).parse().unwrap()
    }

    /// Base units.
    pub fn whole(&self) -> u128 {
        self.0.parse().unwrap()
    }

    /// A number in 96-bit fixed point, correctly rounded.
    pub fn fixed_96(&self) -> f64 {
        self.0.parse::<f64>().unwrap() / (1_u128 << 96) as f64
    }
}

#[derive(Debug, Default)]
struct Kind {
    made: usize,
    relative_worst: f64,
    allowance_worst: f64,
}

/// What rounding may account for, whole tokens.
#[derive(Debug, Clone, Copy)]
pub struct Rounding(f64);

impl Rounding {
    /// Rounding by `steps` steps of a contract.
    ///
    /// Law: 4 units x steps.
    pub fn of(steps: u32) -> Self {
        Self(UNITS_PER_STEP * UNIT * f64::from(steps))
    }

    /// The same where a unit of the other token, which was rounded, is worth `rate` units of this one.
    ///
    /// Law: 4 max(1, rate) units x steps.
    pub fn at(self, rate: f64) -> Self {
        Self(self.0 * rate.max(1.0))
    }

    /// The same where the amount is the difference of two amounts of about `whole`, each of which is off by the share `drift`.
    ///
    /// Law: at least whole x drift.
    pub fn within(self, whole: f64, drift: f64) -> Self {
        Self(self.0.max(whole * drift))
    }

    /// Whole tokens.
    pub const fn tokens(self) -> f64 {
        self.0
    }
}

/// Comparisons made so far, by kind.
#[derive(Debug, Default)]
pub struct Agreement(BTreeMap<&'static str, Kind>);

impl Agreement {
    /// Compares an amount in whole tokens under the contract's `rounding`.
    ///
    /// Law: |ours - theirs| <= max(1e-9 |theirs|, rounding).
    pub fn amount(&mut self, kind: &'static str, ours: f64, theirs: f64, rounding: Rounding) {
        self.check(kind, ours, theirs, RELATIVE, rounding.0);
    }

    /// Compares a state of the pool that is no amount.
    ///
    /// Law: |ours - theirs| <= 1e-12 |theirs|.
    pub fn state(&mut self, kind: &'static str, ours: f64, theirs: f64) {
        self.check(kind, ours, theirs, RELATIVE_STATE, 0.0);
    }

    /// Counts a case of `kind` in which there is no number to compare.
    pub fn count(&mut self, kind: &'static str) {
        self.0.entry(kind).or_default().made += 1;
    }

    fn check(&mut self, kind: &'static str, ours: f64, theirs: f64, relative: f64, floor: f64) {
        let difference = (ours - theirs).abs();
        let allowed = (relative * theirs.abs()).max(floor);
        assert!(difference <= allowed, "{kind}: ours {ours:e}, the contract's {theirs:e}, allowed {allowed:e}");
        let kind = self.0.entry(kind).or_default();
        kind.made += 1;
        if allowed > 0.0 {
            kind.allowance_worst = kind.allowance_worst.max(difference / allowed);
        }
        if theirs.abs() >= LARGE {
            kind.relative_worst = kind.relative_worst.max(difference / theirs.abs());
        }
    }

    /// Prints the worst of each kind, and asserts how many comparisons were made, so that none is lost in silence.
    pub fn expect(&self, title: &str, counts: &[(&str, usize)]) {
        for (kind, Kind { made, relative_worst, allowance_worst }) in &self.0 {
            println!(
                "{title}: {made:5} x {kind:15} worst {relative_worst:.1e} relative, {allowance_worst:.2} of what is allowed"
            );
        }
        let made: Vec<_> = self.0.iter().map(|(kind, result)| (*kind, result.made)).collect();
        assert_eq!(made, counts, "{title}");
    }
}
