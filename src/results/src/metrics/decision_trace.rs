//! The witness of one run, for an explanation: who moved when and why, and who did not.
//!
//! # Why one run ended as it did
//!
//! `portage explain` runs one run again with [`DecisionTrace`], the one observer that wants reasons
//! (`Observer::WANTS_REASONS`): for it alone the engine tells who looked, what it asked for and what it weighed. The
//! terms of a utility come from the same function that the choice adds up (`agents::choice`; `agents::reasons` names
//! them, and a test holds their sum against the utility and the probabilities against the choice's). the report puts it
//! in words; the outcome must be bit for bit what was recorded, or nothing is told.

use super::recorder::Recorder;
use portage_base::actions::Place;
use portage_engine::agents::{Fill, Population, Weighed};
use portage_engine::model::Model;
use portage_engine::run::{Asked, Cause, Movement, Observer, Scene};
use portage_engine::world::{Books, LpClass};
use portage_migration::Step;

/// Why a provider asked to be somewhere else.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// What made it look.
    pub cause: Cause,
    /// What it weighed, every alternative; empty for the passive.
    pub weighed: Vec<Weighed>,
}

/// A change of place with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TracedMove {
    /// Seconds since the start.
    pub seconds: f64,
    /// Who moved.
    pub provider: u32,
    /// From where; of a move by hand, from where it was withdrawn.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// Gas and slippage, of a move by hand its withdrawal included, USD.
    pub cost_usd: f64,
    /// Index of the wish behind it, if it is known.
    pub wish: Option<usize>,
}

/// What is known of a provider that has not moved.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NonMover {
    /// It belongs to those who never act.
    pub never_acts: bool,
    /// It was locked to the end.
    pub is_locked: bool,
    /// Its time on the clock of the passive had not come by the end.
    pub still_waits: bool,
    /// Times that it looked and stayed.
    pub stayed: u32,
    wish: Option<usize>,
    withdrawn: Option<(Place, f64)>,
}

/// Watches one run for the reasons of its outcome.
#[derive(Debug)]
pub struct DecisionTrace {
    /// The recorder that every run has.
    pub recorder: Recorder,
    /// Every change of place; one by hand when it has arrived.
    pub moves: Vec<TracedMove>,
    /// Why they were asked for.
    pub wishes: Vec<Wish>,
    /// One a provider.
    pub bystanders: Vec<NonMover>,
    /// Share of providers that knew of the migration at the end.
    pub informed: f64,
    /// Sum of the posted gas of a migration over observations, USD, and their number.
    move_gas_usd: (f64, u64),
}

impl DecisionTrace {
    /// A witness of one run of `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self {
            recorder: Recorder::new(model),
            moves: Vec::new(),
            wishes: Vec::new(),
            bystanders: Vec::new(),
            informed: 0.0,
            move_gas_usd: (0.0, 0),
        }
    }

    /// Gas of a migration at posted prices, mean over observations, USD.
    #[must_use]
    pub fn mean_gas_usd(&self) -> f64 {
        let (sum, count) = self.move_gas_usd;
        if count > 0 { sum / count as f64 } else { 0.0 }
    }
}

impl Observer for DecisionTrace {
    const WANTS_REASONS: bool = true;

    fn order(&mut self, fill: &Fill) {
        self.recorder.order(fill);
    }

    fn moved(&mut self, movement: &Movement, books: &Books) {
        self.recorder.moved(movement, books);
        let Some(bystander) = self.bystanders.get_mut(movement.provider as usize) else { return };
        if matches!(movement.to, Place::InFlight(_)) {
            bystander.withdrawn = Some((movement.from, movement.gas_usd));
            return;
        }
        let (from, before_usd) = bystander.withdrawn.take().unwrap_or((movement.from, 0.0));
        self.moves.push(TracedMove {
            seconds: books.seconds,
            provider: movement.provider,
            from,
            to: movement.to,
            cost_usd: before_usd + movement.gas_usd + movement.slippage_usd,
            wish: bystander.wish,
        });
    }

    fn asked(&mut self, asked: &Asked<'_>, books: &Books) {
        let Some(bystander) = self.bystanders.get_mut(asked.provider as usize) else { return };
        if asked.to.is_none() {
            bystander.stayed += 1;
        } else if !books.providers.list[asked.provider as usize].is_waiting {
            bystander.wish = Some(self.wishes.len());
            self.wishes.push(Wish { cause: asked.cause, weighed: asked.weighed.to_vec() });
        }
    }

    fn people(&mut self, population: &Population, books: &Books) {
        let is_opening = self.bystanders.is_empty();
        self.bystanders.resize(books.providers.list.len(), NonMover::default());
        for (id, bystander) in self.bystanders.iter_mut().enumerate() {
            bystander.is_locked = population.is_locked(id as u32);
            bystander.still_waits = false;
        }
        for id in population.passive.waiting() {
            self.bystanders[id as usize].still_waits = true;
        }
        for (bystander, provider) in self.bystanders.iter_mut().zip(&books.providers.list).filter(|_| is_opening) {
            // Everybody else of the class has a time on the clock at the opening.
            bystander.never_acts = provider.class == LpClass::Passive && !bystander.still_waits;
        }
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        self.recorder.observe(scene);
        self.informed = scene.market_view.informed;
        self.move_gas_usd.0 += scene.market_view.gas_usd(Step::Migrate);
        self.move_gas_usd.1 += 1;
    }
}
