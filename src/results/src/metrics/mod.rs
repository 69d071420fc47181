//! Metrics: one dictionary of what a run is reduced to, the observer that gathers it, and the timeline of a run.

mod arbitrage;
mod bridge;
mod decision_trace;
mod dictionary;
mod fixed;
mod holders;
mod incrementality;
mod lending;
mod lending_moves;
mod liquidity;
mod market;
mod metric;
mod network;
mod observed;
mod oracles;
mod orders;
mod part;
mod perps;
mod plan_record;
mod pools;
mod positions;
mod programmes;
mod recorder;
mod spread;
mod stakeholders;
mod timeline;
mod trace;
mod vaults;

pub use decision_trace::{DecisionTrace, NonMover, TracedMove, Wish};
pub use dictionary::dictionary;
pub use fixed::fixed_assumptions;
pub use incrementality::{Brought, Gone, Incrementality, PRESENCE_DATES};
pub use metric::{Family, Id, Metric, Range, Row, Topic, Unit};
pub use observed::unknown_series;
pub use part::Part;
pub use recorder::Recorder;
pub use spread::CostSpread;
pub use timeline::{Series, series};
pub use trace::{BlockRow, MoveRow, Trace, place_name};

/// How every metric is asked for: a constant for each, named like its column, and functions of a thing and a figure of it.
pub mod id {
    pub use super::arbitrage::*;
    pub use super::bridge::*;
    pub use super::holders::*;
    pub use super::lending::*;
    pub use super::lending_moves::*;
    pub use super::liquidity::*;
    pub use super::market::*;
    pub use super::network::*;
    pub use super::observed::observed;
    pub use super::oracles::*;
    pub use super::orders::*;
    pub use super::perps::*;
    pub use super::plan_record::*;
    pub use super::pools::*;
    pub use super::positions::*;
    pub use super::programmes::*;
    pub use super::stakeholders::*;
    pub use super::vaults::*;
}

use portage_base::stats::worst;
use portage_engine::model::Model;
use portage_engine::world::World;

/// Largest residual of the profit-and-loss identity and of the ledger's audit that a run may have, relative.
pub const IDENTITY_TOLERANCE: f64 = 1e-9;

/// A run at its close, from which every metric is read.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'a> {
    /// The model.
    pub model: &'a Model,
    /// The world with its books closed.
    pub world: &'a World,
    /// What was gathered on the way.
    pub recorder: &'a Recorder,
    /// Who stood where in the same run without the protocol's own programmes, if that was simulated.
    pub without: Option<&'a Incrementality>,
}

impl Closing<'_> {
    /// One value for each metric that runs of the model have, in the order of the dictionary; NaN where it has none in this run.
    #[must_use]
    pub fn outcome(&self) -> Vec<f64> {
        Metric::of_model(self.model).map(|metric| metric.read(self)).collect()
    }

    /// Largest residual of the profit-and-loss identity over all account classes, relative to the opening value of the
    /// class (of all liquidity, for classes that open with nothing), or to its largest line where that is larger: what
    /// flows through a class that opens with cents cannot be known to fractions of them.
    #[must_use]
    pub fn identity_residual(&self) -> f64 {
        let world = self.world;
        let opening: f64 = world.books.holders.iter().map(|book| book.statement.opening).sum();
        let holders = world.books.holders.iter().map(|book| {
            let scale = if book.statement.opening > 0.0 { book.statement.opening } else { opening };
            let scale = scale.max(book.statement.largest_line());
            (book.statement.residual() / scale).abs()
        });
        let usd = portage_base::ledger::Token::USD;
        let traders = &world.books.traders;
        let spent = traders.fees_usd + traders.impact_usd + traders.gas_usd;
        let paid =
            (world.books.ledger.balance(world.books.accounts.traders, usd) + spent).abs() / opening.max(spent.abs());
        let earned =
            (world.books.ledger.balance(world.books.accounts.searchers, usd) - world.books.searchers.net_usd()).abs()
                / opening.max(world.books.searchers.gross_usd);
        let manipulated = world.instruments.oracles.unwrap_or_default().residual(&world.books, opening);
        holders.fold(worst(worst(paid, earned), manipulated), worst)
    }

    /// The law that a run has broken, if any: the profit-and-loss identity, the conservation of tokens, the ownership of
    /// every pool share, the agreement of what pools hold with what the ledger says, and of what
    /// programmes paid with what was received; where a bridge wraps tokens, that what it holds backs them; then those of the instruments.
    #[must_use]
    pub fn broken_law(&self) -> Option<String> {
        let World { books, instruments } = self.world;
        let laws = [
            ("the profit-and-loss identity", self.identity_residual()),
            ("the conservation of tokens", books.token_residual()),
            ("the ownership of pool shares", books.share_residual()),
            ("the agreement of pools and ledger", books.mirror_residual()),
            ("the accounts of the programmes", books.budget_residual()),
            ("the backing of wrapped tokens", books.backing_residual()),
        ];
        let mut laws = laws.into_iter().chain(instruments.laws(books));
        let broken = laws.find(|(_, residual)| residual.is_nan() || *residual > IDENTITY_TOLERANCE);
        broken.map(|(law, residual)| {
            format!("{law} is broken: off by {residual:e}, at most {IDENTITY_TOLERANCE:e} is rounding")
        })
    }
}
