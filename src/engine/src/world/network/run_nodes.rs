//! Nodes that are built from the run's own books: each part of the world that can owe adds a line.

/// What a part of the run has and owes now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RunNode {
    /// What it has that can pay now, USD.
    pub assets_usd: f64,
    /// What it has that cannot pay now, USD.
    pub frozen_usd: f64,
    /// What oracles have cost it by readings that were not the true price; no longer in `assets_usd`, USD.
    pub oracle_loss_usd: f64,
    /// Everything that it owes, the claims of named nodes included, USD.
    pub(crate) liabilities_usd: f64,
}

/// The parts of a run that can owe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunNodeKind {
    /// The bridge: what it holds against the wrapped tokens that it has minted.
    Bridge,
    /// Lenders whom an oracle that reads a pool serves, all of them as one: what they had to lend against what they owe those who gave it.
    OracleLenders {
        /// What they had to lend at the opening, USD.
        lent_usd: f64,
    },
    /// A lending market, by its place: what suppliers, its own funds and its backstop have there, less what borrowers do not cover, against what it
    /// owes its suppliers. Loans that are covered count as paid.
    Lending(usize),
}
