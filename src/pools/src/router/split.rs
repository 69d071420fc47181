//! The continuous part: the split over a given set of venues, for any mix of curves.
//!
//! The total input at the common marginal rate nu is an increasing function of s = 1 / sqrt(nu), straight where all curves are
//! constant products, with kinks where a venue joins, jumps where a curve is flat, and flat parts where liquidity has a gap.

use super::closed::{self, Water, all_of};
use super::hop::balance;
use super::root::{Bracket, LOST, MET, STEPS_MAX};
use super::venue::Venue;
use super::{Leg, Set, VENUES_MAX, VenueQuote, members};

/// An order and its venues.
pub(super) struct Order<'p> {
    pub(super) venues: [Venue<'p>; VENUES_MAX],
    pub(super) all: Set,
    /// Direct venues, of those with something to give; likewise first and second legs.
    pub(super) direct: Set,
    pub(super) first: Set,
    pub(super) second: Set,
    pub(super) amount_in: f64,
}

/// The optimum over a set of venues, gas left aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill {
    pub(super) inputs: [f64; VENUES_MAX],
    pub(super) amount_out: f64,
    /// 1 / sqrt(nu), nu the common marginal rate.
    pub(super) s: f64,
    /// The square root of the first legs' marginal rate, where the set has a hop.
    pub(super) root_rate: Option<f64>,
}

/// The inputs at one marginal rate.
#[derive(Clone, Copy)]
struct Level {
    s: f64,
    total: f64,
    inputs: [f64; VENUES_MAX],
    root_rate: Option<f64>,
}

/// Why an order was not divided.
enum Unfilled {
    /// The venues together do not take it.
    Short,
    /// A pool refuses its share.
    Refused { venue: usize, input: f64 },
}

/// Where the input of a set of venues enters: venues that take it themselves, and the legs of a hop (both empty without).
#[derive(Clone, Copy)]
struct Entries {
    plain: Set,
    first: Set,
    second: Set,
}

/// Share of the order that may be left over where every venue is full: what is balanced to rounding against second legs that
/// are full can exceed them by that.
const DUST: f64 = 1e-12;

/// Most refusals of one order: a pool refuses again only where its own rounding makes it refuse less than it takes.
const REFUSALS_MAX: usize = 4 * VENUES_MAX;

/// The farthest s that is tried, in units of the first: there the rate is 10^-60 of the first, and what is left of the
/// order buys nothing; it goes wherever it is taken.
const FARTHEST: f64 = 1e30;

impl<'p> Order<'p> {
    /// The order of `amount_in` over `offers`, of which there is at least one.
    pub(super) fn open(offers: &[VenueQuote<'p>], amount_in: f64) -> Option<Self> {
        let venues = [Venue::idle(*offers.first()?); VENUES_MAX];
        let mut order = Self { venues, all: all_of(offers.len()), direct: 0, first: 0, second: 0, amount_in };
        // A first leg gives no more than the order at the best marginal rate.
        let mut intermediate = 0.0_f64;
        for (i, offer) in offers.iter().enumerate().filter(|(_, offer)| offer.leg != Leg::Second) {
            let venue = Venue::open(*offer, amount_in);
            if venue.start < f64::INFINITY && venue.offer.leg == Leg::First {
                order.first |= 1 << i;
                intermediate = intermediate.max(amount_in / (venue.start * venue.start));
            } else if venue.start < f64::INFINITY {
                order.direct |= 1 << i;
            }
            order.venues[i] = venue;
        }
        for (i, offer) in offers.iter().enumerate().filter(|(_, offer)| offer.leg == Leg::Second) {
            order.venues[i] = Venue::open(*offer, intermediate);
            if order.venues[i].start < f64::INFINITY {
                order.second |= 1 << i;
            }
        }
        Some(order)
    }

    /// The best division over all venues of `set`, gas left aside; `None` when they cannot fill the order.
    ///
    /// A pool that refuses its share although it takes the whole order (one that is bought dry but for rounding) is capped at
    /// what it takes, and the order divided anew.
    pub(super) fn fill(&mut self, set: Set) -> Option<Fill> {
        let mut entries = Entries { plain: set & self.direct, first: set & self.first, second: set & self.second };
        if entries.first == 0 || entries.second == 0 {
            (entries.first, entries.second) = (0, 0);
        }
        for _ in 0..REFUSALS_MAX {
            match self.divide(entries) {
                Ok(fill) => return Some(fill),
                Err(Unfilled::Short) => return None,
                Err(Unfilled::Refused { venue, input }) => self.venues[venue].limit(input),
            }
        }
        None
    }

    /// Divides the order over `entries` and asks every pool for its share.
    fn divide(&self, entries: Entries) -> Result<Fill, Unfilled> {
        let ask = |venue: usize, input: f64| self.venues[venue].quote(input).ok_or(Unfilled::Refused { venue, input });
        let mut level = self.level_of(entries, self.amount_in, None).ok_or(Unfilled::Short)?;
        let (mut amount_out, mut intermediate) = (0.0, 0.0);
        for i in members(entries.plain) {
            amount_out += ask(i, level.inputs[i])?;
        }
        for i in members(entries.first) {
            intermediate += ask(i, level.inputs[i])?;
        }
        if intermediate > 0.0 {
            let guess = level.root_rate.map(|root_rate| root_rate * level.s);
            let plain = Entries { plain: entries.second, first: 0, second: 0 };
            let onward = self.level_of(plain, intermediate, guess).ok_or(Unfilled::Short)?;
            for i in members(entries.second) {
                level.inputs[i] = onward.inputs[i];
                amount_out += ask(i, onward.inputs[i])?;
            }
        }
        Ok(Fill { inputs: level.inputs, amount_out, s: level.s, root_rate: level.root_rate })
    }

    /// The level at which `entries` take `amount`, near `guess` where one is known.
    fn level_of(&self, entries: Entries, amount: f64, guess: Option<f64>) -> Option<Level> {
        if entries.first == 0
            && let Some((inputs, s)) = closed::pour(|i| self.venues[i].line.as_ref(), entries.plain, amount)
        {
            return Some(Level { s, total: amount, inputs, root_rate: None });
        }
        let (low, high) = self.enclose(entries, amount, guess)?;
        let mut level = self.narrow(entries, amount, low, high);
        self.place_residue(entries, amount, &mut level)?;
        Some(level)
    }

    /// The inputs at the marginal rate 1 / s^2.
    fn level_at(&self, entries: Entries, s: f64) -> Level {
        let (mut inputs, mut root_rate) = ([0.0; VENUES_MAX], None);
        if entries.first != 0 {
            let balance = balance(&self.venues, entries.first, entries.second, s);
            (inputs, root_rate) = (balance.inputs, Some(balance.root_rate));
        }
        for i in members(entries.plain) {
            inputs[i] = self.venues[i].input(s);
        }
        Level { s, total: inputs.iter().sum(), inputs, root_rate }
    }

    /// Two levels between which `entries` take `amount`, the same one twice when it was met or is never met; `None` without
    /// entries.
    fn enclose(&self, entries: Entries, amount: f64, guess: Option<f64>) -> Option<(Level, Level)> {
        let hop = self.hop_vessel(entries);
        let vessel = |i: usize| if i < VENUES_MAX { (self.venues[i].start, self.venues[i].slope) } else { hop };
        let with_hop = if entries.first == 0 { entries.plain } else { entries.plain | (1 << VENUES_MAX) };
        let open = members(with_hop).filter(|&i| vessel(i).1 > 0.0).fold(0, |open, i| open | (1 << i));
        let Water { lowest, height, .. } = closed::water(vessel, open, amount);
        if open == 0 {
            return None;
        }
        let mut low = Level { s: lowest, total: 0.0, inputs: [0.0; VENUES_MAX], root_rate: None };
        let mut reach = guess.map_or(height, |guess| guess - lowest).max(f64::EPSILON * lowest);
        let mut boldness = 3.0;
        loop {
            let is_last = reach >= FARTHEST * lowest;
            let level = self.level_at(entries, lowest + reach.min(FARTHEST * lowest));
            if (level.total - amount).abs() <= MET * amount || (is_last && level.total < amount) {
                return Some((level, level));
            }
            if level.total > amount {
                return Some((low, level));
            }
            low = level;
            let missing = if level.total > 0.0 { amount / level.total - 1.0 } else { 1.0 };
            reach *= 1.0 + boldness * missing;
            boldness *= boldness;
        }
    }

    /// The hop as one vessel: the composite of the constant products that the legs' lines stand for.
    ///
    /// Law: 1 / G(x) = 1 / (m x) + 1 / R, m the first marginal rate and R the reserve; G_2(G_1) has m_1 m_2 and
    /// 1 / R = 1 / (m_2 R_1) + 1 / R_2.
    fn hop_vessel(&self, entries: Entries) -> (f64, f64) {
        let aggregate = |set: Set| {
            members(set).fold((f64::INFINITY, 0.0), |(start, slope), i| {
                (self.venues[i].start.min(start), self.venues[i].slope + slope)
            })
        };
        let ((start_first, slope_first), (start_second, slope_second)) =
            (aggregate(entries.first), aggregate(entries.second));
        if slope_first <= 0.0 || slope_second <= 0.0 {
            return (f64::INFINITY, 0.0);
        }
        let start = start_first * start_second;
        let inverse = start_second * start_second * start_first / slope_first + start_second / slope_second;
        (start, start / inverse)
    }

    /// The level between `low` and `high` at which `entries` take `amount`.
    fn narrow(&self, entries: Entries, amount: f64, mut low: Level, mut high: Level) -> Level {
        if low.s >= high.s {
            return high;
        }
        let mut bracket = Bracket::new((low.s, low.total - amount), (high.s, high.total - amount));
        for _ in 0..STEPS_MAX {
            // What the lower end leaves unplaced is worth no more than its rate to anyone, and no less than the rate of the
            // upper end where the inputs between the two ends put it; what the upper end has too much, likewise.
            let unplaced = (amount - low.total).min(high.total - amount);
            let lost = 2.0 * (high.s - low.s) / high.s * unplaced;
            if lost <= LOST * amount {
                break;
            }
            let Some(s) = bracket.next() else { break };
            let level = self.level_at(entries, s);
            let miss = level.total - amount;
            if miss.abs() <= MET * amount {
                return level;
            }
            bracket.narrow(s, miss);
            if miss < 0.0 { low = level } else { high = level }
        }
        let weight = (amount - low.total) / (high.total - low.total);
        for (input, low_input) in high.inputs.iter_mut().zip(&low.inputs) {
            *input = low_input + weight * (*input - low_input);
        }
        high
    }

    /// Makes the inputs sum to `amount`: at one marginal rate the residue of rounding is worth the same everywhere, so that it
    /// goes where it is the least share of the input, of those that take it. `None` when none does and it is more than dust.
    fn place_residue(&self, entries: Entries, amount: f64, level: &mut Level) -> Option<()> {
        let takers = entries.plain | entries.first;
        let residue = amount - members(takers).map(|i| level.inputs[i]).sum::<f64>();
        let taker = members(takers)
            .filter(|&i| self.venues[i].takes(level.inputs[i] + residue))
            .max_by(|&a, &b| level.inputs[a].total_cmp(&level.inputs[b]));
        let Some(taker) = taker else { return (residue <= DUST * amount).then_some(()) };
        level.inputs[taker] = (level.inputs[taker] + residue).max(0.0);
        Some(())
    }
}
