//! The trait of the instruments that stand on the books of a run. Each has a state of its own, reads the books and moves tokens in them;
//! none knows another. What one may know of the rest of the run is a view that it is handed.

use super::network::RunNode;
use super::{Books, Readings};

/// What an instrument may know at the opening beside the books.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'a> {
    /// Seed and run.
    pub(super) address: (u64, u64),
    /// What oracles read.
    pub(super) readings: &'a Readings,
    /// What the parts of the run have and owe that are nodes of the network.
    pub(super) nodes: &'a [RunNode],
}

/// What an instrument may know at an observation beside the books.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// Seconds since the start.
    pub(super) seconds: f64,
    /// What oracles read.
    pub(super) readings: &'a Readings,
    /// The volatility of the base that is expected, per square root of a year.
    pub(super) volatility: f64,
    /// When the new version takes or took effect, seconds; `None` while the run has not decided it.
    pub(super) opened: Option<f64>,
    /// What the parts of the run have and owe that are nodes of the network.
    pub(super) nodes: &'a [RunNode],
}

/// A part of the run that stands on the books.
pub(super) trait Instrument: Sized {
    /// What a scenario says of it.
    type Terms: ?Sized;

    /// What a failed run says was broken.
    const LAW: &'static str;

    /// Draws it, and puts into the books what it brings.
    fn open(terms: &Self::Terms, books: &mut Books, opening: &Opening<'_>) -> Self;

    /// Brings it to an observation.
    fn observe(&mut self, books: &mut Books, view: &View<'_>);

    /// Closes its statements, where they are not as of the last observation.
    fn close(&mut self, _books: &mut Books, _view: &View<'_>) {}

    /// Largest breach of its laws, relative to what is at stake.
    fn residual(&self, books: &Books) -> f64;
}

impl<'a> View<'a> {
    /// What there is to know at a close.
    pub(super) const fn at(seconds: f64, readings: &'a Readings) -> Self {
        Self { seconds, readings, volatility: f64::NAN, opened: None, nodes: &[] }
    }
}
