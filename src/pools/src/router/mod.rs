//! Optimal routing of one order over the venues of a pair.
//!
//! Optimisation problem (Angeris, Chitra, Evans and Boyd 2022, "Optimal routing for constant function market makers"):
//! maximise sum_i out_i(d_i) - sum over used venues of gas_i, over d_i >= 0 with sum_i d_i = d; a venue is a pool of the pair, or
//! a leg of a hop through one intermediate token. For a given set of venues the optimum equalises marginal rates after
//! fees (`split`, `hop`), in closed form where all curves are constant products about their prices (`closed`); the gas
//! makes it a choice of the set (`subset`).

mod closed;
mod cycle;
mod hop;
mod root;
mod split;
mod subset;
#[cfg(test)]
mod tests;
mod venue;

pub use closed::{Pair, best_pair};
pub use cycle::best_cycle;

use super::{Direction, Pool, VENUES_MAX};
use split::Order;

/// A set of offers, one bit each; one more bit stands for the hop where it is counted as a venue.
type Set = u16;

/// The offers of a set, by index.
fn members(set: Set) -> impl Iterator<Item = usize> {
    let mut left = set;
    std::iter::from_fn(move || {
        let member = (left != 0).then_some(left.trailing_zeros() as usize);
        left &= left.wrapping_sub(1);
        member
    })
}

/// Where a venue stands between the token that is paid and the one that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// Takes the input token and gives the output token.
    Direct,
    /// Takes the input token and gives the intermediate token.
    First,
    /// Takes the intermediate token and gives the output token.
    Second,
}

/// A venue as the router sees it.
#[derive(Debug, Clone, Copy)]
pub struct VenueQuote<'p> {
    /// The pool.
    pub pool: &'p Pool,
    /// The direction in which the order passes it.
    pub direction: Direction,
    /// Its place in the route.
    pub leg: Leg,
    /// Paid when the venue is used, in output tokens; not negative.
    pub gas: f64,
}

/// How an order is divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Input by offer, in the token that comes in there: intermediate tokens for second legs. Those of direct venues and first
    /// legs sum to the order, those of second legs to what the first legs give, both to rounding.
    pub inputs: [f64; VENUES_MAX],
    /// Received in all, before gas, in output tokens.
    pub amount_out: f64,
    /// Gas of the venues that are used, in output tokens.
    pub gas: f64,
}

impl Split {
    /// The whole order through the offer `only`.
    fn through(only: usize, amount_in: f64, amount_out: f64, gas: f64) -> Self {
        let mut inputs = [0.0; VENUES_MAX];
        inputs[only] = amount_in;
        Self { inputs, amount_out, gas }
    }

    /// What the division maximises: output less gas.
    #[inline]
    #[must_use]
    pub fn net(&self) -> f64 {
        self.amount_out - self.gas
    }
}

/// What one venue gives for the whole of `amount_in`, before gas; `None` when it cannot fill it.
#[inline]
#[must_use]
pub fn output_alone(offer: &VenueQuote<'_>, amount_in: f64) -> Option<f64> {
    offer.pool.swap_exact_in(offer.direction, amount_in).map(|swap| swap.amount_out)
}

/// Divides `amount_in` over at most [`VENUES_MAX`] offers so that output less gas is largest; `None` when they cannot fill it, or
/// when it is no finite number above zero.
///
/// Law: the inputs of the venues in use bring all their marginal rates, after fees, to one nu; through the hop, the rate
/// of the first legs times that of the second legs. Which venues are in use is exact as well (see `subset`).
///
/// # Panics
/// With more offers than [`VENUES_MAX`].
#[inline(never)]
#[must_use]
pub fn best_split(offers: &[VenueQuote<'_>], amount_in: f64) -> Option<Split> {
    if let [first, second] = offers
        && let Some(pair) = best_pair(first, second, amount_in)
    {
        let mut inputs = [0.0; VENUES_MAX];
        (inputs[0], inputs[1]) = (pair.swaps[0].amount_in, pair.swaps[1].amount_in);
        return Some(Split { inputs, amount_out: pair.amount_out, gas: pair.gas });
    }
    assert!(offers.len() <= VENUES_MAX, "an order is routed over at most {VENUES_MAX} venues");
    if !(amount_in.is_finite() && amount_in > 0.0) {
        return None;
    }
    let is_open = |i: &usize| offers[*i].pool.marginal(offers[*i].direction) > 0.0;
    let open: Set = (0..offers.len()).filter(is_open).fold(0, |open, i| open | (1 << i));
    if open.is_power_of_two() {
        return alone(offers, open.trailing_zeros() as usize, amount_in);
    }
    if offers.iter().all(|offer| offer.gas <= 0.0)
        && let Some(split) = closed::level(offers, open, amount_in)
    {
        return Some(split);
    }
    let split = Order::open(offers, amount_in)?.best_split();
    // A pool bought dry but for rounding can take the whole order and refuse less of it.
    split.or_else(|| {
        let each = (0..offers.len()).filter_map(|only| alone(offers, only, amount_in));
        each.max_by(|a, b| a.net().total_cmp(&b.net()))
    })
}

/// The whole order through one direct venue.
fn alone(offers: &[VenueQuote<'_>], only: usize, amount_in: f64) -> Option<Split> {
    let offer = &offers[only];
    let amount_out = output_alone(offer, amount_in).filter(|_| offer.leg == Leg::Direct)?;
    Some(Split::through(only, amount_in, amount_out, offer.gas))
}
