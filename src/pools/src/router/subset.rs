//! The choice of the venues to use, where each costs gas.
//!
//! The net value of a set S is v(S) - gas(S), v(S) the largest output over it. For any price nu of the input token and mu of the
//! intermediate token, both in output tokens, weak duality gives
//!
//!   v(S) <= nu d + sum over i in S of g_i,   g_i = max over x of worth_i out_i(x) - cost_i x,
//!
//! worth and cost being (1, nu) for a direct venue, (mu, nu) for a first leg and (1, mu) for a second leg: the order's own
//! constraint and the balance of the intermediate token are paid for at these prices. At the optimal prices of S it holds
//! with equality. So one solve for one set bounds every set; the bounds of all sets are kept, and the set with the
//! largest bound is solved next, until no bound is above the best value found. Every solve settles at least its own set,
//! of which there are at most 255, and no set is dropped but by a bound: the choice is exact. (v(S) <= v(all) would do for
//! that as well; these bounds are tight where they were made and settle most sets unseen.)

use super::hop::balance;
use super::split::{Fill, Order};
use super::{Leg, Set, Split, VENUES_MAX, members};

/// Sets of offers.
const SETS_MAX: usize = 1 << VENUES_MAX;

/// Share of the output by which a bound must be above the best value to be looked at: rounding of a sum of eight terms.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Order<'_> {
    /// The division that gives most after gas; `None` when all venues together cannot fill the order.
    pub(super) fn best_split(&mut self) -> Option<Split> {
        let hop = if self.first == 0 || self.second == 0 { 0 } else { self.first | self.second };
        let useful = self.direct | hop;
        let mut set = useful;
        let whole = self.fill(set)?;
        if members(set).all(|i| self.venues[i].offer.gas <= 0.0) {
            return Some(self.split(&whole));
        }
        let mut bounds = [f64::NEG_INFINITY; SETS_MAX];
        for (bound, set) in bounds.iter_mut().zip(0..=self.all) {
            if self.is_useful(set, useful) {
                *bound = f64::INFINITY;
            }
        }
        let bounds = &mut bounds[..=usize::from(self.all)];
        let (mut best, mut filled) = (self.split(&whole), Some(whole));
        for i in members(self.direct) {
            let venue = &self.venues[i];
            if let Some(amount_out) = venue.quote(self.amount_in)
                && amount_out - venue.offer.gas > best.net()
            {
                best = Split::through(i, self.amount_in, amount_out, venue.offer.gas);
            }
        }
        loop {
            bounds[usize::from(set)] = f64::NEG_INFINITY;
            if let Some(fill) = filled {
                let split = self.split(&fill);
                if split.net() > best.net() {
                    best = split;
                }
                self.cut(&fill, bounds);
            }
            let (next, bound) = highest(bounds);
            if bound <= best.net() + ROUNDING * best.amount_out {
                return Some(best);
            }
            set = next;
            filled = self.fill(set);
        }
    }

    /// Whether a set of `useful` venues can be worth its gas: not empty, and legs of both kinds or of none.
    fn is_useful(&self, set: Set, useful: Set) -> bool {
        set != 0 && set & !useful == 0 && (set & self.first != 0) == (set & self.second != 0)
    }

    /// The division with the gas of the venues that it uses.
    fn split(&self, fill: &Fill) -> Split {
        let used = members(self.all).filter(|&i| fill.inputs[i] > 0.0);
        Split { inputs: fill.inputs, amount_out: fill.amount_out, gas: used.map(|i| self.venues[i].offer.gas).sum() }
    }

    /// Lowers the bounds of all sets to what the prices of `fill` allow.
    fn cut(&self, fill: &Fill, bounds: &mut [f64]) {
        let s = fill.s;
        let has_hop = self.first != 0 && self.second != 0;
        // A set without the hop has no price of the intermediate token; any is a bound, the balanced one a good one.
        let root_rate = fill
            .root_rate
            .unwrap_or_else(|| if has_hop { balance(&self.venues, self.first, self.second, s).root_rate } else { 1.0 });
        let nu = 1.0 / (s * s);
        let s_second = s * root_rate;
        let mu = 1.0 / (s_second * s_second);
        let mut sums = [0.0; SETS_MAX];
        sums[0] = nu * self.amount_in;
        for i in members(self.all) {
            let venue = &self.venues[i];
            let gain = match venue.offer.leg {
                Leg::Direct => venue.gain(1.0, nu, s),
                _ if !has_hop => 0.0,
                Leg::First => venue.gain(mu, nu, 1.0 / root_rate),
                Leg::Second => venue.gain(1.0, mu, s_second),
            };
            let (without, with) = sums.split_at_mut(1 << i);
            for (with, without) in with.iter_mut().zip(without) {
                *with = *without + gain - venue.offer.gas;
            }
        }
        for (bound, sum) in bounds.iter_mut().zip(&sums) {
            *bound = bound.min(*sum);
        }
    }
}

/// The set with the highest bound, and the bound.
fn highest(bounds: &[f64]) -> (Set, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (set, &bound) in (0..).zip(bounds) {
        if bound > best.1 {
            best = (set, bound);
        }
    }
    best
}
