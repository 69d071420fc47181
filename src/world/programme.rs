//! An incentive programme of the run: what it has paid, and to whom.

use crate::incentives::Emission;
use crate::ledger::Token;

/// A programme's state.
#[derive(Debug, Clone)]
pub struct Programme {
    /// When it pays how much.
    pub emission: Emission,
    /// The reward token.
    pub token: Token,
    /// The pool whose liquidity is paid.
    pub venue: usize,
    /// Where the pool is concentrated: which of its reward growths this programme feeds.
    pub slot: Option<usize>,
    /// Whether pledged positions are paid as well.
    pub pays_pledged: bool,
    /// Share of the rewards that receivers sell at once.
    pub sold_share: f64,
    /// Tokens emitted so far, paid or forfeited.
    pub emitted: f64,
    /// Value of what was paid, at the time, USD.
    pub paid_usd: f64,
    /// Value of rewards that receivers sold, USD.
    pub sold_usd: f64,
    /// Tokens that nobody was there to receive.
    pub forfeited: f64,
}

impl Programme {
    /// A programme that has paid nothing yet.
    #[must_use]
    pub fn new(
        emission: Emission,
        token: Token,
        venue: (usize, Option<usize>),
        pays_pledged: bool,
        sold_share: f64,
    ) -> Self {
        // What was emitted before the window began was paid to others.
        let emitted = emission.paid_by(0.0);
        Self {
            emission,
            token,
            venue: venue.0,
            slot: venue.1,
            pays_pledged,
            sold_share,
            emitted,
            paid_usd: 0.0,
            sold_usd: 0.0,
            forfeited: 0.0,
        }
    }
}
