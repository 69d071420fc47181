//! Lending markets in the books: whose tokens stand where, what each party owns and owes, and what became of those who borrowed.
//!
//! # How a lending market works
//!
//! A lending market (`[lending.NAME]`) is pooled reserves of tokens, or of shares of a pool, that its suppliers and
//! borrowers own by scaled balances (`portage_credit::lending`: interest, health, liquidation, losses; no account and
//! no pool in it). This module puts it into the books: its tokens stand in a vault, and five parties (suppliers,
//! borrowers, liquidators, the market's own funds, a backstop) have statements whose lines cancel. Shares of a pool
//! that are pledged stand in the pool beside the providers'; they are worth what arbitrage would make of the pool at
//! the oracle's price, which no swap can move, and follow the pool when it is taken over as a whole.
//!
//! Who can be liquidated is known without looking at everybody: positions are sorted by health at marked prices, and
//! prices and interest since then bound how far any can have fallen. Liquidators (`agents/liquidators.rs`) repay what
//! brings most after the pools' price impact and gas, sell what they seize through the same pools as everybody else,
//! and leave what does not pay; what is left when the collateral is gone is borne by the market's own funds, the
//! backstop, and those who have supplied. An attacker's loan is a position like any other, opened by a reading that is
//! too high. Bad debt that stands at the close is shared out in the statements in the same order. Once a day everybody
//! is looked at: for what is not covered, and for the volume that a fall of the price would force out, against what the
//! pools take (`spiral_margin`).

mod closing;
mod exploitable;
mod liquidation;
mod losses;
mod moving;
mod sale;
mod valuation;

pub use liquidation::Liquidated;
pub use moving::{LendingMoves, MovesLink, MovesStand};
pub use sale::Sale;

use super::stakeholder::{Line, Stakeholder};
use super::{Books, Readings};
use portage_base::ledger::{Account, Ledger, Token};
use portage_base::units::SECONDS_PER_DAY;
use portage_credit::lending::{Interest, Market, MarketTerms, Proposal, RESERVES_MAX, ReservePrices};

/// What stands in a reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveAsset {
    /// A token of the ledger.
    Token(Token),
    /// Shares of a pool.
    Liquidity(usize),
}

/// A reserve with its names resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReserveLink {
    /// What stands in it.
    pub asset: ReserveAsset,
    /// The oracle by which it is valued, by its place in the scenario; the true price without one.
    pub oracle: Option<usize>,
}

/// A lending market as the runs need it.
#[derive(Debug, Clone, PartialEq)]
pub struct LendingTerms {
    /// Its name in the scenario.
    pub name: String,
    /// Its rules and people.
    pub market: MarketTerms,
    /// Its reserves, in the order of the market's.
    pub reserves: Vec<ReserveLink>,
    /// Where its users move, if they do.
    pub moves: Option<MovesLink>,
}

/// Who takes part in a lending market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lender {
    /// Those who supply and do not borrow.
    Suppliers,
    /// Those who borrow, with what they have pledged.
    Borrowers,
    /// Those who liquidate.
    Liquidators,
    /// The market itself: its part of the interest.
    Reserve,
    /// Capital that bears bad debt before suppliers do.
    Backstop,
}

/// Number of parties to a lending market.
pub const LENDERS: usize = 5;

impl Lender {
    /// Every party, in the order of reports.
    pub const ALL: [Self; LENDERS] =
        [Self::Suppliers, Self::Borrowers, Self::Liquidators, Self::Reserve, Self::Backstop];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suppliers => "suppliers",
            Self::Borrowers => "borrowers",
            Self::Liquidators => "liquidators",
            Self::Reserve => "reserve",
            Self::Backstop => "backstop",
        }
    }
}

/// What happened in a lending market, USD at true prices of the moment at which it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LendingBook {
    /// What borrowers had pledged at the opening.
    pub opening_collateral_usd: f64,
    /// Liquidations that were carried out.
    pub liquidations: u64,
    /// Of them, those that thresholds of the opening would not have allowed: a step of the terms brought them about.
    pub by_steps: u64,
    /// Debt repaid in these.
    pub by_steps_usd: f64,
    /// Of them, those that raised the loan-to-value of the position: it stood beyond 1/(1 + bonus).
    pub toxic: u64,
    /// Debt repaid by liquidators.
    pub repaid_usd: f64,
    /// Collateral seized by liquidators.
    pub seized_usd: f64,
    /// What liquidators lost by selling it: fees and price impact.
    pub sale_cost_usd: f64,
    /// Of it, in other markets than the pools.
    pub external_sale_usd: f64,
    /// What liquidators kept after gas.
    pub profit_usd: f64,
    /// Times that a position could be liquidated and it did not pay.
    pub unpaid: u64,
    /// Debt of the positions that can be liquidated now and are not, as it does not pay or cannot be done.
    pub waiting_usd: f64,
    /// Most of it at any observation.
    pub waiting_usd_max: f64,
    /// Time integral of it, USD x seconds.
    pub waiting_usd_seconds: f64,
    /// Debt of the positions that are below one at true prices and that the oracles do not let be liquidated now.
    pub(crate) spared_usd: f64,
    /// Most of it at any observation.
    pub spared_usd_max: f64,
    /// Time integral of it, USD x seconds.
    pub spared_usd_seconds: f64,
    /// Debt that was written off.
    pub bad_debt_usd: f64,
    /// What borrowers owe at the close beyond the true value of what they have pledged.
    pub standing_usd: f64,
    /// Of both, what the market's own funds bore, the backstop, and suppliers with those who had pledged.
    pub borne_usd: [f64; 3],
    /// Of it, what attackers borrowed and left.
    pub attacked_usd: f64,
    /// What borrowers owe beyond the true value of their collateral, as of the last day.
    pub uncovered_usd: f64,
    /// Most that borrowers owed beyond the true value of their collateral on any day, what was written off until then included.
    pub uncovered_usd_max: f64,
    /// Time during which some reserve had nothing left to be withdrawn.
    pub dry_seconds: f64,
    /// Ratio of the pools' liquidity to the critical one, as of the last day (see `spiral_margin`).
    pub spiral_margin: f64,
    /// Least ratio of the pools' liquidity to the critical one on any day.
    pub spiral_margin_min: f64,
    /// When that was, seconds.
    pub spiral_margin_min_seconds: f64,
}

/// One lending market of a run.
#[derive(Debug)]
pub struct LendingMarket {
    /// Its state.
    pub market: Market,
    /// What stands in its reserves, and what values it.
    pub links: Vec<ReserveLink>,
    /// What happened in it.
    pub book: LendingBook,
    /// Its users on their way to another market.
    pub moves: Option<Box<LendingMoves>>,
    /// What its oracles say, USD by reserve.
    pub(crate) oracle_usd: ReservePrices,
    /// True prices, USD by reserve.
    pub true_usd: ReservePrices,
    /// Where its tokens stand.
    vault: Account,
    stakeholders: [Stakeholder; LENDERS],
    /// True prices at the last mark of what is owned and owed.
    marks_usd: ReservePrices,
    /// Whether a position waits, by borrower.
    waits: Vec<bool>,
    /// When interest was last accrued, seconds.
    accrued_seconds: f64,
    /// When the book was last brought up to date, seconds.
    observed_seconds: f64,
    /// When everybody is looked at next, seconds: once a day, as that costs as much as there are borrowers.
    census_seconds: f64,
    /// Of pool shares: how many stand in the reserve.
    pledged_shares: ReservePrices,
    /// Gas of a liquidation apart from its swaps.
    liquidation_gas: u64,
    /// What a liquidation must bring at least, USD.
    pub margin_usd: f64,
    /// Liquidations for which a block has room.
    pub room: u32,
    /// What a liquidator can repay at once, USD.
    capital_usd: f64,
}

/// The lending markets of a run.
#[derive(Debug)]
pub struct Lending {
    /// In the order of the scenario.
    pub markets: Vec<LendingMarket>,
    /// Whether every price that they know is an oracle's: they look only when one has changed.
    pub(crate) reads_oracles_only: bool,
    /// The oracles' version that they have seen.
    pub(crate) seen_version: u64,
}

impl LendingMarket {
    /// What a party owns less what it owes in the market, whole tokens by reserve.
    fn claims(&self, lender: Lender) -> ReservePrices {
        let market = &self.market;
        std::array::from_fn(|reserve| {
            if reserve >= self.links.len() {
                return 0.0;
            }
            match lender {
                Lender::Suppliers => market.supplied(reserve),
                Lender::Borrowers => market.collateral(reserve) - market.borrowed(reserve),
                Lender::Reserve => market.own(reserve),
                Lender::Liquidators | Lender::Backstop => 0.0,
            }
        })
    }

    /// The statement of a party.
    #[must_use]
    pub const fn stakeholder(&self, lender: Lender) -> &Stakeholder {
        &self.stakeholders[lender as usize]
    }

    fn book(&mut self, lender: Lender, line: Line, usd: f64) {
        self.stakeholders[lender as usize].statement.book(line, usd);
    }

    /// Books the change of true prices on what everybody owns and owes, then marks anew.
    fn mark(&mut self, ledger: &Ledger, prices_usd: &[f64]) {
        for lender in Lender::ALL {
            let claims = self.claims(lender);
            let moved: f64 = (0..RESERVES_MAX).map(|at| claims[at] * (self.true_usd[at] - self.marks_usd[at])).sum();
            self.book(lender, Line::MarketMove, moved);
            self.stakeholders[lender as usize].mark(ledger, prices_usd);
        }
        self.marks_usd = self.true_usd;
    }

    /// Accrues interest to `seconds`. Everything must be marked.
    fn accrue(&mut self, seconds: f64) {
        let elapsed = seconds - self.accrued_seconds;
        if elapsed <= 0.0 {
            return;
        }
        self.accrued_seconds = seconds;
        let interest: Interest = self.market.accrue(elapsed);
        let usd = |tokens: &ReservePrices| -> f64 { tokens.iter().zip(self.true_usd).map(|(t, usd)| t * usd).sum() };
        let (paid, to_suppliers) = (usd(&interest.paid), usd(&interest.to_suppliers));
        let (to_collateral, to_own) = (usd(&interest.to_collateral), usd(&interest.to_own));
        self.book(Lender::Borrowers, Line::Interest, to_collateral - paid);
        self.book(Lender::Suppliers, Line::Interest, to_suppliers);
        self.book(Lender::Reserve, Line::Interest, to_own);
    }

    /// Everybody who can be liquidated by what the oracles say, as of the last look.
    #[must_use]
    pub(crate) fn unhealthy(&self) -> &[u32] {
        self.market.unhealthy()
    }

    /// What liquidators have to repay a debt with, tokens of the reserve that is owed.
    #[must_use]
    pub fn capital(&self, proposal: &Proposal) -> f64 {
        self.capital_usd / self.true_usd[proposal.debt]
    }

    /// The sum over reserves of tokens at true prices, USD.
    #[must_use]
    pub fn over_reserves(&self, tokens: impl Fn(usize) -> f64) -> f64 {
        (0..self.links.len()).map(|reserve| tokens(reserve) * self.true_usd[reserve]).sum()
    }

    /// The token of a reserve; none for shares of a pool.
    fn token(&self, reserve: usize) -> Option<Token> {
        match self.links[reserve].asset {
            ReserveAsset::Token(token) => Some(token),
            ReserveAsset::Liquidity(_) => None,
        }
    }
}

impl Lending {
    /// Whether any position can be liquidated, as of the last look.
    #[must_use]
    pub(crate) fn has_unhealthy_loans(&self) -> bool {
        self.markets.iter().any(|one| !one.unhealthy().is_empty())
    }
}

impl LendingMarket {
    /// Reads what the reserves are worth by the oracles, and truly.
    fn read_prices(&mut self, books: &Books, readings: &Readings) {
        for (reserve, link) in self.links.iter().enumerate() {
            (self.oracle_usd[reserve], self.true_usd[reserve]) = link.price(books, readings);
        }
    }

    /// Brings the prices that the market knows up to date, and looks for positions that can be liquidated. Returns whether there are any.
    pub fn watch(&mut self, books: &Books, readings: &Readings) -> bool {
        self.read_prices(books, readings);
        self.market.watch(&self.oracle_usd)
    }

    /// Brings the market to `seconds` at an observation: interest, dated changes of its terms, upkeep by borrowers, figures.
    fn observe(&mut self, books: &mut Books, readings: &Readings, seconds: f64) {
        self.settle(books, readings, seconds);
        self.market.step_to(seconds);
        let from = books.accounts.market;
        let statement = &mut self.stakeholders[Lender::Borrowers as usize].statement;
        for act in self.market.upkeep(&self.oracle_usd) {
            statement.book(Line::Brought, act.tokens * self.true_usd[act.reserve]);
            match self.links[act.reserve].asset {
                ReserveAsset::Token(token) => books.ledger.transfer(from, self.vault, token, act.tokens),
                ReserveAsset::Liquidity(_) => {}
            }
        }
        self.watch(books, readings);
        self.write_figures(books, seconds);
    }

    /// Marks and accrues the market to `seconds` at the present prices.
    fn settle(&mut self, books: &Books, readings: &Readings, seconds: f64) {
        self.read_prices(books, readings);
        self.mark(&books.ledger, &books.prices_usd);
        self.accrue(seconds);
    }

    fn write_figures(&mut self, books: &Books, seconds: f64) {
        let everybody = seconds >= self.census_seconds;
        let margin = if everybody { self.spiral_margin(books) } else { f64::INFINITY };
        let elapsed = seconds - self.observed_seconds;
        self.observed_seconds = seconds;
        let waiting: f64 = self.unhealthy().iter().map(|&id| self.market.debt_usd(id, &self.true_usd)).sum();
        let spared = self.market.spared_usd(&self.oracle_usd, &self.true_usd);
        let borrowed = |reserve: &usize| self.market.borrowed(*reserve) > 0.0;
        let is_dry = (0..self.links.len()).filter(borrowed).any(|reserve| self.market.cash(reserve) <= 0.0);
        if everybody {
            self.census_seconds = seconds + SECONDS_PER_DAY;
            self.book.spiral_margin = margin;
            self.book.uncovered_usd = self.market.uncovered_usd(&self.true_usd);
        }
        let book = &mut self.book;
        book.uncovered_usd_max = book.uncovered_usd_max.max(book.uncovered_usd + book.bad_debt_usd);
        book.waiting_usd_seconds += book.waiting_usd * elapsed;
        book.dry_seconds += if is_dry { elapsed } else { 0.0 };
        book.waiting_usd = waiting;
        book.spared_usd_seconds += book.spared_usd * elapsed;
        book.spared_usd = spared;
        book.spared_usd_max = book.spared_usd_max.max(spared);
        book.waiting_usd_max = book.waiting_usd_max.max(waiting);
        if margin < book.spiral_margin_min {
            (book.spiral_margin_min, book.spiral_margin_min_seconds) = (margin, seconds);
        }
    }
}
