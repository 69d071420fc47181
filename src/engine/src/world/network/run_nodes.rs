//! Nodes that are built from the run's own books: each part of the world that can owe adds a line.

use super::super::{Books, Instruments, Lender, Lending};
use portage_base::ledger::Token;

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

impl RunNodeKind {
    /// What the part of the run has and owes now.
    pub(in crate::world) fn read(self, books: &Books, instruments: &Instruments) -> RunNode {
        match self {
            Self::Bridge => bridge_node(books),
            Self::OracleLenders { lent_usd } => {
                let held: f64 = (0..books.prices_usd.len())
                    .map(|token| {
                        books.ledger.balance(books.accounts.relying, Token::new(token)) * books.prices_usd[token]
                    })
                    .sum();
                RunNode {
                    assets_usd: (lent_usd + held).max(0.0),
                    frozen_usd: 0.0,
                    oracle_loss_usd: instruments.oracles.map_or(0.0, |book| book.loss_usd().max(0.0)),
                    liabilities_usd: lent_usd,
                }
            }
            Self::Lending(market) => {
                instruments.lending.as_ref().map_or(RunNode::default(), |lending| lending_node(lending, market, books))
            }
        }
    }
}

fn lending_node(lending: &Lending, market: usize, books: &Books) -> RunNode {
    let Some(one) = lending.markets.get(market) else { return RunNode::default() };
    let supplied_usd: f64 = (0..one.links.len()).map(|at| one.market.supplied(at) * one.true_usd[at]).sum();
    let behind_usd = one.value_usd(Lender::Reserve, books) + one.value_usd(Lender::Backstop, books);
    RunNode {
        assets_usd: (supplied_usd + behind_usd - one.book.uncovered_usd).max(0.0),
        frozen_usd: 0.0,
        oracle_loss_usd: one.book.attacked_usd.max(0.0),
        liabilities_usd: supplied_usd,
    }
}

fn bridge_node(books: &Books) -> RunNode {
    let Some(crossing) = &books.crossing else { return RunNode::default() };
    let bridge = &crossing.bridge;
    let value = |token: Token, priced_as: Token| {
        books.ledger.balance(bridge.accounts.vault, token) * books.prices_usd[priced_as.index()]
    };
    let coins = bridge.coins.iter().filter(|(home, there)| home != there);
    coins.fold(RunNode::default(), |node, &(home, there)| RunNode {
        assets_usd: node.assets_usd + value(home, home).max(0.0),
        liabilities_usd: node.liabilities_usd - value(there, home).min(0.0),
        ..node
    })
}
