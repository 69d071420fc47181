//! The state that a migration moves: who owns how much of each pool of the old version at one observation of a run.

use super::units::whole_units;
use crate::metrics::{IDENTITY_TOLERANCE, Recorder};
use ethnum::U256;
use portage_engine::agents::Fill;
use portage_engine::model::Model;
use portage_engine::run::{Movement, Observer, Scene};
use portage_engine::world::{Books, Holder, SharedRanges, Venue};
use portage_pools::{ConcentratedPool, Role};

/// What one holder owns of one pool, or of one range of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A provider's number, `treasury` or `unmodelled`.
    pub holder: String,
    /// Index of the pool among those of the state.
    pub pool: usize,
    /// Lower and upper tick of the range; both 0 in a pool of shares.
    pub ticks: (i32, i32),
    /// Shares, or units of liquidity, in units of 1e-18.
    pub amount: U256,
}

/// One pool of the old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolState {
    /// Its name in the scenario.
    pub name: String,
    /// Whether it is shared by ranges.
    pub has_ranges: bool,
    /// What there is of it, in units of 1e-18.
    pub total: U256,
    /// What the entries own of it together, in units of 1e-18.
    pub owned: U256,
}

/// The state at one observation: every pool of the old version, and every entry, pool by pool.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Seconds since the start.
    pub seconds: f64,
    /// The pools.
    pub pools: Vec<PoolState>,
    /// The entries: providers by their number, then the treasury, then holders that are not modelled.
    pub entries: Vec<Entry>,
}

impl State {
    /// Reads the state as the books stand.
    ///
    /// Amounts are rounded down to a unit each, so that entries never own more than the floats that they come from; their sum is
    /// held against the pool: they may differ by the rounding of the books, 1e-9 of the most that there was, and a unit an entry.
    ///
    /// # Errors
    /// Where there is no old version, where nobody owns any of it, where an amount does not fit, or where the sum is not the pool.
    pub fn of(model: &Model, books: &Books) -> Result<Self, String> {
        let mut state = Self { seconds: books.seconds, pools: Vec::new(), entries: Vec::new() };
        for (index, (venue, setup)) in books.venues.iter().zip(&model.venues).enumerate() {
            if venue.terms.role == Role::Old {
                state.add(books, index, venue, &setup.name)?;
            }
        }
        if state.pools.is_empty() {
            return Err("the scenario has no pool of the old version: there is no state to migrate".to_owned());
        }
        if state.entries.is_empty() {
            return Err("nobody has liquidity in the old version at that time: there is no state to migrate".to_owned());
        }
        Ok(state)
    }

    fn add(&mut self, books: &Books, index: usize, venue: &Venue, name: &str) -> Result<(), String> {
        let pool = self.pools.len();
        let ranges = venue.pool.ranges().zip(venue.shared_ranges.as_ref());
        let mut owned = U256::ZERO;
        let mut entries = Vec::new();
        let mut enter = |holder: String, ticks: (i32, i32), amount: f64| -> Result<(), String> {
            if amount > 0.0 {
                let amount =
                    whole_units(amount).map_err(|why| format!("the pool \"{name}\", holder {holder}: {why}"))?;
                owned = owned
                    .checked_add(amount)
                    .ok_or_else(|| format!("the pool \"{name}\" is more than 256 bits hold"))?;
                entries.push(Entry { holder, pool, ticks, amount });
            }
            Ok(())
        };
        for (id, provider) in books.providers.list.iter().enumerate() {
            if provider.place.pool() == Some(index) {
                let ticks = ranges.map_or((0, 0), |(curve, _)| curve.ticks_of(provider.shared_range as usize));
                enter(id.to_string(), ticks, provider.shares)?;
            }
        }
        for holder in [Holder::Treasury, Holder::Rest] {
            let row = holder.index();
            match ranges {
                None => enter(holder.name().to_owned(), (0, 0), books.holders[row].shares[index])?,
                Some((curve, shared_ranges)) => {
                    for position in curve.positions() {
                        enter(
                            holder.name().to_owned(),
                            curve.ticks_of(position),
                            shared_ranges.of(position).owned[row],
                        )?;
                    }
                }
            }
        }
        let (total, most) =
            ranges.map_or((venue.shares, venue.shares), |(curve, shared_ranges)| liquidity(curve, shared_ranges));
        let total = whole_units(total).map_err(|why| format!("the pool \"{name}\": {why}"))?;
        let rounding = whole_units(most * IDENTITY_TOLERANCE).map_err(|why| format!("the pool \"{name}\": {why}"))?;
        if total.abs_diff(owned) > rounding + U256::from(entries.len() as u64) {
            return Err(format!(
                "the pool \"{name}\" has {total} units, its entries {owned}: more than rounding apart; report this as a fault of the program"
            ));
        }
        self.pools.push(PoolState { name: name.to_owned(), has_ranges: ranges.is_some(), total, owned });
        self.entries.append(&mut entries);
        Ok(())
    }
}

/// Liquidity of all positions together, and the most that these ever held.
fn liquidity(curve: &ConcentratedPool, shared_ranges: &SharedRanges) -> (f64, f64) {
    let add = |(now, most): (f64, f64), position: usize| {
        (now + curve.liquidity_of(position), most + shared_ranges.of(position).peak)
    };
    curve.positions().fold((0.0, 0.0), add)
}

/// Which moment of a run is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// The last one before the new version can take anything.
    BeforeOpening,
    /// That at which the plan itself reads the state.
    OfThePlan,
    /// The one nearest to so many seconds since the start; of two, the earlier.
    Nearest(f64),
}

/// Seconds since the start of the last observation.
#[must_use]
pub fn last_observation(model: &Model) -> f64 {
    model.grid.blocks as f64 * model.block_seconds()
}

impl Moment {
    /// The moment that belongs to a model's plan: its own snapshot, where it copies a state.
    #[must_use]
    pub fn of_plan(model: &Model) -> Self {
        let copies = model.plan.as_ref().is_some_and(|plan| plan.state().is_some());
        if copies { Self::OfThePlan } else { Self::BeforeOpening }
    }

    /// The observation that is meant, counted from the opening, which is 0; none where the plan's own snapshot is.
    fn observation(self, model: &Model) -> Option<u64> {
        let spacing = model.observe_blocks as f64 * model.block_seconds();
        let whole = model.grid.blocks / model.observe_blocks;
        let (seconds, is_before) = match self {
            Self::OfThePlan => return None,
            Self::BeforeOpening => (model.calendar.opens, true),
            Self::Nearest(seconds) => (seconds, false),
        };
        let below = (libm::floor(seconds / spacing) as u64).min(whole);
        let above = if below < whole { (below + 1) as f64 * spacing } else { last_observation(model) };
        let is_above_nearer = above - seconds < seconds - below as f64 * spacing;
        Some(below + u64::from(!is_before && is_above_nearer))
    }
}

/// Watches one run and takes its state at one observation.
#[derive(Debug)]
pub struct Capture {
    /// The recorder that every run has.
    pub recorder: Recorder,
    /// The state, once the observation has come.
    pub state: Option<Result<State, String>>,
    wanted: Option<u64>,
    seen: u64,
}

impl Capture {
    /// Will take the state of one run of `model` at `moment`.
    #[must_use]
    pub fn new(model: &Model, moment: Moment) -> Self {
        Self { recorder: Recorder::new(model), state: None, wanted: moment.observation(model), seen: 0 }
    }
}

impl Observer for Capture {
    fn order(&mut self, fill: &Fill) {
        self.recorder.order(fill);
    }

    fn moved(&mut self, movement: &Movement, books: &Books) {
        self.recorder.moved(movement, books);
    }

    fn snapshot(&mut self, model: &Model, books: &Books) {
        if self.wanted.is_none() {
            self.state = Some(State::of(model, books));
        }
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        self.recorder.observe(scene);
        if self.wanted == Some(self.seen) {
            self.state = Some(State::of(scene.model, &scene.world.books));
        }
        self.seen += 1;
    }
}
