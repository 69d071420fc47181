//! The hop through the intermediate token: first legs and second legs, balanced in it.
//!
//! The hop is the composite G_2(G_1(x)) of two concave aggregates. At the rate nu of the whole (out per in) there is one
//! rate p of the first legs (intermediate per in) and nu / p of the second legs at which the first legs give as much of
//! the intermediate token as the second legs take: giving falls in p, taking rises. In t = sqrt(p) both are straight
//! lines for constant products.

use super::root::{Bracket, LOST, MET, STEPS_MAX};
use super::venue::Venue;
use super::{Set, VENUES_MAX, members};

/// The balanced hop at one rate of the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Balance {
    /// sqrt(p), p the marginal rate of the first legs.
    pub(super) root_rate: f64,
    /// Inputs of the first legs, by offer.
    pub(super) inputs: [f64; VENUES_MAX],
}

/// One trial rate: what the first legs take and give.
#[derive(Clone, Copy)]
struct Trial {
    root_rate: f64,
    inputs: [f64; VENUES_MAX],
    /// Taken by the second legs less given by the first.
    excess: f64,
}

/// The balance of the legs in `first` and `second` at the rate 1 / s^2 of the whole.
///
/// When even the first unit through the hop is worth less than that rate, nothing flows, and the rate is one at which no
/// leg wants to trade.
pub(super) fn balance(venues: &[Venue<'_>], first: Set, second: Set, s: f64) -> Balance {
    let best = |set: Set| members(set).map(|i| venues[i].start).fold(f64::INFINITY, f64::min);
    let (start_first, start_second) = (best(first), best(second));
    // The second legs begin at t s = start_second, the first legs at 1 / t = start_first.
    let (lowest, highest) = (start_second / s, 1.0 / start_first);
    if lowest >= highest || highest <= 0.0 {
        return Balance { root_rate: highest, inputs: [0.0; VENUES_MAX] };
    }
    let trial = |root_rate: f64| {
        let (mut inputs, mut given) = ([0.0; VENUES_MAX], 0.0);
        for i in members(first) {
            inputs[i] = venues[i].input(1.0 / root_rate);
            given += venues[i].output(inputs[i]);
        }
        let taken: f64 = members(second).map(|i| venues[i].input(root_rate * s)).sum();
        (Trial { root_rate, inputs, excess: taken - given }, taken.max(given))
    };
    let (mut low, mut high) = (trial(lowest).0, trial(highest).0);
    if low.excess >= 0.0 || high.excess <= 0.0 {
        // Within rounding of the border: what the emptier end says.
        return Balance { root_rate: highest, inputs: high.inputs };
    }
    let mut bracket = Bracket::new((low.root_rate, low.excess), (high.root_rate, high.excess));
    for _ in 0..STEPS_MAX {
        let Some(root_rate) = bracket.next() else { break };
        let (next, flow) = trial(root_rate);
        if next.excess.abs() <= MET * flow {
            return Balance { root_rate, inputs: next.inputs };
        }
        bracket.narrow(root_rate, next.excess);
        if next.excess < 0.0 {
            low = next
        } else {
            high = next
        }
        if lost_by(&low, &high) <= LOST * flow {
            break;
        }
    }
    // A jump of what is given or taken: the flow in which they meet lies between the two ends.
    let weight = low.excess / (low.excess - high.excess);
    let mut inputs = low.inputs;
    for i in members(first) {
        inputs[i] += weight * (high.inputs[i] - low.inputs[i]);
    }
    Balance { root_rate: high.root_rate, inputs }
}

/// What stopping between two trials can lose, in the intermediate token: what is out of balance at the nearer end is worth no
/// less than at the rate of one end and no more than at that of the other.
fn lost_by(low: &Trial, high: &Trial) -> f64 {
    2.0 * (high.root_rate - low.root_rate) / high.root_rate * high.excess.min(-low.excess)
}
