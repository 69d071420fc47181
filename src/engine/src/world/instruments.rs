//! The instruments of a run side by side: they open, are observed and are closed in one order, each on the books alone.

use super::instrument::{Instrument, Opening, View};
use super::network::{RunNode, RunNodeKind};
use super::{
    Books, Lender, Lending, LendingTerms, Network, NetworkTerms, OracleBook, PerpTerms, Perps, Positions, Readings,
};
use super::{VaultTerms, Vaults, World};
use portage_base::ledger::Token;
use portage_migration::PositionsSpec;

/// What an engine tells instruments at an observation.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// Seconds since the start.
    pub seconds: f64,
    /// The volatility of the base that is expected, per square root of a year.
    pub volatility: f64,
    /// When the new version takes or took effect, seconds; `None` while the run has not decided it.
    pub opened: Option<f64>,
}

/// The instruments of a run, where it has them.
#[derive(Debug, Default)]
pub struct Instruments {
    /// What oracles read.
    pub readings: Readings,
    /// What became of attacks on oracles, if there are any oracles.
    pub oracles: Option<OracleBook>,
    /// Margined derivative positions.
    pub positions: Option<Box<Positions>>,
    /// Who owes whom.
    pub network: Option<Box<Network>>,
    /// Lending markets.
    pub lending: Option<Box<Lending>>,
    /// Perpetual exchanges.
    pub perps: Option<Box<Perps>>,
    /// Vaults that sell or hedge options.
    pub vaults: Option<Box<Vaults>>,
}

/// What a scenario says of its instruments.
#[derive(Debug, Clone, Copy)]
pub struct InstrumentTerms<'a> {
    /// Seed and run.
    pub address: (u64, u64),
    /// Margined derivative positions.
    pub positions: Option<&'a PositionsSpec>,
    /// Perpetual exchanges.
    pub perps: Option<&'a PerpTerms>,
    /// Vaults.
    pub vaults: &'a [VaultTerms],
    /// Who owes whom.
    pub network: Option<&'a NetworkTerms>,
}

fn open<I: Instrument>(terms: Option<&I::Terms>, books: &mut Books, opening: &Opening<'_>) -> Option<Box<I>> {
    terms.map(|terms| Box::new(I::open(terms, books, opening)))
}

fn observe<I: Instrument>(one: &mut Option<Box<I>>, books: &mut Books, view: &View<'_>) {
    if let Some(one) = one {
        one.observe(books, view);
    }
}

fn close<I: Instrument>(one: &mut Option<Box<I>>, books: &mut Books, view: &View<'_>) {
    if let Some(one) = one {
        one.close(books, view);
    }
}

fn law<I: Instrument>(one: &Option<Box<I>>, books: &Books) -> (&'static str, f64) {
    (I::LAW, one.as_ref().map_or(0.0, |one| one.residual(books)))
}

impl Instruments {
    /// Opens the lending markets of a run, of which there may be none: pool shares that are pledged come on top of the pools' liquidity, so that
    /// they open before providers do.
    pub(crate) fn open_lending(&mut self, terms: &[LendingTerms], address: (u64, u64), books: &mut Books) {
        let opening = Opening { address, readings: &self.readings, nodes: &[] };
        self.lending = open((!terms.is_empty()).then_some(terms), books, &opening);
    }

    /// Opens everything else, once the pools are full and their books open.
    pub fn open(&mut self, terms: &InstrumentTerms<'_>, books: &mut Books) {
        let opening = Opening { address: terms.address, readings: &self.readings, nodes: &[] };
        self.positions = open(terms.positions, books, &opening);
        self.perps = open(terms.perps, books, &opening);
        self.vaults = open((!terms.vaults.is_empty()).then_some(terms.vaults), books, &opening);
        let kinds = terms.network.iter().flat_map(|network| &network.run_nodes);
        let nodes: Vec<RunNode> = kinds.map(|(_, kind)| self.run_node(*kind, books)).collect();
        let opening = Opening { nodes: &nodes, readings: &self.readings, ..opening };
        self.network = open(terms.network, books, &opening);
    }

    /// Brings every instrument but the network to an observation, in this order.
    pub fn observe(&mut self, books: &mut Books, now: Observation) {
        let Observation { seconds, volatility, opened } = now;
        let view = View { seconds, readings: &self.readings, volatility, opened, nodes: &[] };
        observe(&mut self.positions, books, &view);
        observe(&mut self.lending, books, &view);
        observe(&mut self.perps, books, &view);
        observe(&mut self.vaults, books, &view);
    }

    /// Brings the network to an observation, once everything in which its nodes have a part has been brought there.
    pub(crate) fn observe_network(&mut self, books: &mut Books, now: Observation) {
        let nodes = self.run_nodes(books);
        let view = View { nodes: &nodes, ..View::at(now.seconds, &self.readings) };
        observe(&mut self.network, books, &view);
    }

    /// What the part of the run has and owes now.
    fn run_node(&self, kind: RunNodeKind, books: &Books) -> RunNode {
        match kind {
            RunNodeKind::Bridge => bridge_node(books),
            RunNodeKind::OracleLenders { lent_usd } => {
                let held: f64 = (0..books.prices_usd.len())
                    .map(|token| {
                        books.ledger.balance(books.accounts.relying, Token::new(token)) * books.prices_usd[token]
                    })
                    .sum();
                RunNode {
                    assets_usd: (lent_usd + held).max(0.0),
                    frozen_usd: 0.0,
                    oracle_loss_usd: self.oracles.map_or(0.0, |book| book.loss_usd().max(0.0)),
                    liabilities_usd: lent_usd,
                }
            }
            RunNodeKind::Lending(market) => {
                self.lending.as_ref().map_or(RunNode::default(), |lending| lending_node(lending, market, books))
            }
        }
    }

    /// What the parts of the run have and owe that are nodes of the network.
    fn run_nodes(&self, books: &Books) -> Vec<RunNode> {
        let kinds = self.network.iter().flat_map(|network| network.run_nodes());
        kinds.map(|kind| self.run_node(kind, books)).collect()
    }

    /// The laws that the instruments' books must satisfy, each with its largest breach; 0 where there is no such instrument.
    #[must_use]
    pub fn laws(&self, books: &Books) -> [(&'static str, f64); 5] {
        [
            law(&self.positions, books),
            law(&self.network, books),
            law(&self.lending, books),
            law(&self.perps, books),
            law(&self.vaults, books),
        ]
    }
}

impl World {
    /// Closes the run: the network is judged, then everything is accrued and shared out, then every statement is closed.
    pub fn close(&mut self) {
        let Self { books, instruments } = self;
        let nodes = instruments.run_nodes(books);
        let Instruments { readings, network, lending, positions, perps, vaults, .. } = instruments;
        let view = View::at(books.seconds, readings);
        close(network, books, &View { nodes: &nodes, ..view });
        books.settle_all();
        close(positions, books, &view);
        close(lending, books, &view);
        close(perps, books, &view);
        close(vaults, books, &view);
        books.write_closing();
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
