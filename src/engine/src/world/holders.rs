//! Owners of pool shares by class: their wallets, shares and statements.

use super::statement::Statement;
use portage_base::ledger::{Account, Ledger, Token};
use portage_pools::VENUES_MAX;

/// A class of liquidity providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LpClass {
    /// Protocols, vaults and custodians that move in few lumps.
    Integrator,
    /// Re-evaluate often and respond with noise.
    Active,
    /// Must become aware, then act with a falling hazard.
    Passive,
    /// Farm rewards and leave.
    Mercenary,
    /// Cannot move until they are freed.
    Locked,
}

impl LpClass {
    /// Every class, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Integrator, Self::Active, Self::Passive, Self::Mercenary, Self::Locked];

    /// The name of the class in scenarios and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integrator => "integrator",
            Self::Active => "active",
            Self::Passive => "passive",
            Self::Mercenary => "mercenary",
            Self::Locked => "locked",
        }
    }
}

/// Kinds of holders of the model: the five classes, the protocol's treasury, and holders that are not modelled.
const MODELLED: usize = 7;

/// Most agents of a user's own in one run.
pub const AGENTS_MAX: usize = 4;

/// Number of holders: those of the model, and a user's own agents; without agents their rows stay empty.
pub const HOLDERS: usize = MODELLED + AGENTS_MAX;

/// An owner of pool shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A class of liquidity providers.
    Class(LpClass),
    /// The protocol.
    Treasury,
    /// Holders that are not modelled: of routes, of rivals at the opening, and of every pool of a scenario without providers; whoever
    /// has pledged shares to a lending market, and nodes of the network. They never move by themselves.
    Rest,
    /// An agent of a user's own, by its number in the run.
    Agent(u8),
}

impl Holder {
    /// Every holder of the model, in the order of their index; agents follow them.
    pub const ALL: [Self; MODELLED] = [
        Self::Class(LpClass::Integrator),
        Self::Class(LpClass::Active),
        Self::Class(LpClass::Passive),
        Self::Class(LpClass::Mercenary),
        Self::Class(LpClass::Locked),
        Self::Treasury,
        Self::Rest,
    ];

    /// The row of this holder.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Class(LpClass::Integrator) => 0,
            Self::Class(LpClass::Active) => 1,
            Self::Class(LpClass::Passive) => 2,
            Self::Class(LpClass::Mercenary) => 3,
            Self::Class(LpClass::Locked) => 4,
            Self::Treasury => 5,
            Self::Rest => 6,
            Self::Agent(number) => MODELLED + number as usize,
        }
    }

    /// The name of the holder in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Class(class) => class.name(),
            Self::Treasury => "treasury",
            Self::Rest => "unmodelled",
            Self::Agent(_) => "agent",
        }
    }
}

/// One holder's wallet, shares and statement.
#[derive(Debug, Clone)]
pub struct HolderBook {
    /// Account of everything that is not in a pool.
    pub wallet: Account,
    /// Shares of each pool.
    pub shares: [f64; VENUES_MAX],
    /// Profit and loss so far.
    pub statement: Statement,
    /// Tokens held at the opening, pools and wallet together, by token.
    pub opening_tokens: Vec<f64>,
    /// Reference prices at the last mark of the wallet, USD by token.
    marks_usd: Vec<f64>,
}

impl HolderBook {
    /// A holder with an empty wallet at prices `prices_usd`.
    #[must_use]
    pub fn new(wallet: Account, prices_usd: &[f64]) -> Self {
        Self {
            wallet,
            shares: [0.0; VENUES_MAX],
            statement: Statement::default(),
            opening_tokens: vec![0.0; prices_usd.len()],
            marks_usd: prices_usd.to_vec(),
        }
    }

    /// Books the change of reference prices since the last mark on the wallet, then marks anew.
    pub(crate) fn mark_wallet(&mut self, ledger: &Ledger, prices_usd: &[f64]) {
        for (token, (mark, &price)) in self.marks_usd.iter_mut().zip(prices_usd).enumerate() {
            self.statement.market_move += ledger.balance(self.wallet, Token::new(token)) * (price - *mark);
            *mark = price;
        }
    }

    /// Value of the wallet, USD.
    #[must_use]
    pub fn wallet_usd(&self, ledger: &Ledger, prices_usd: &[f64]) -> f64 {
        prices_usd.iter().enumerate().map(|(token, price)| ledger.balance(self.wallet, Token::new(token)) * price).sum()
    }
}

/// What an agent has done and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentBook {
    /// Its name.
    pub name: String,
    /// Its row among the holders.
    pub row: usize,
    /// Requests that were carried out.
    pub done: u64,
    /// Requests that were refused.
    pub refused: u64,
}
