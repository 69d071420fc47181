//! Users who move from one lending market to another: whose tokens change vaults, and in whose books.
//!
//! # How users move
//!
//! A lending market may say that its users move to another one (`lending.NAME.moves`,
//! `portage_credit::lending::moving`). Suppliers are drawn one by one then, and their balances add up to what the
//! market knows of them all; the new market keeps an empty position for every borrower of the old one. At an
//! observation those decide whose review is due (one exponential clock for all, as for providers), the passive at a
//! time drawn at the opening. Then suppliers are served in the order in which they asked, with what cash the old market
//! has and what room the new one leaves; borrowers carry collateral and debt over whole, or name the first obstacle and
//! try again. As repaid debts are the cash of those who leave, and what arrives is what can be lent, both are served in
//! turn until nothing moves. `credit` tells each transfer to a closure; this module moves the tokens from vault to
//! vault and books them in the statements of both markets.

use super::{Lender, Lending, LendingMarket, LendingTerms};
use crate::world::{Books, Line, Readings};
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_credit::lending::{Moved, Moves, MovesTerms, Passing, Situation};

/// Units of gas by which its price is asked for: so many that nothing is lost by rounding to whole ones.
const GAS_UNITS: u64 = 1_000_000;

/// A move between markets with its names resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct MovesLink {
    /// The market to which users move, by its place in the scenario.
    pub to: usize,
    /// How they do.
    pub terms: MovesTerms,
}

/// A move between two markets of a run.
#[derive(Debug)]
pub struct LendingMoves {
    /// The market to which users move, by its place in the scenario.
    pub to: usize,
    /// Who has moved, and who waits.
    pub moves: Moves,
}

/// How far a move has come, at true prices.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MovesStand {
    /// What those who supply and do not borrow have in the new market and in the old one, USD.
    pub supply_usd: [f64; 2],
    /// What borrowers who were in the old market at the opening owe in the new one and in the old one, USD.
    pub debt_usd: [f64; 2],
    /// What suppliers want to move and cannot yet, USD.
    pub waiting_usd: f64,
    /// Tokens that stand in the new market's vault, USD.
    pub held_usd: f64,
}

impl MovesStand {
    /// Share of the supply that has moved; NaN where there is none.
    #[must_use]
    pub fn supply_share(&self) -> f64 {
        self.supply_usd[0] / (self.supply_usd[0] + self.supply_usd[1])
    }

    /// Share of the debt that has moved; NaN where there is none.
    #[must_use]
    pub fn debt_share(&self) -> f64 {
        self.debt_usd[0] / (self.debt_usd[0] + self.debt_usd[1])
    }
}

impl Lending {
    /// Draws who moves, once every market is open.
    pub(super) fn open_moves(&mut self, list: &[LendingTerms], address: (u64, u64)) {
        for (from, link) in list.iter().enumerate().filter_map(|(from, terms)| Some((from, terms.moves.as_ref()?))) {
            let Ok([old, new]) = self.markets.get_disjoint_mut([from, link.to]) else { continue };
            let moves = Moves::open(&link.terms, &old.market, &mut new.market, address);
            new.waits.resize(new.market.positions(), false);
            old.moves = Some(Box::new(LendingMoves { to: link.to, moves }));
        }
    }
}

impl LendingMarket {
    /// How far the move out of this market has come, at true prices of its last look; `None` where nobody moves.
    #[must_use]
    pub fn moves_stand(&self, lending: &Lending) -> Option<MovesStand> {
        let LendingMoves { to, moves } = self.moves.as_deref()?;
        let new = &lending.markets[*to];
        let old_usd = |tokens: fn(&portage_credit::lending::Reserve) -> f64| -> f64 {
            self.market.reserves().iter().zip(self.true_usd).map(|(reserve, usd)| tokens(reserve) * usd).sum()
        };
        Some(MovesStand {
            supply_usd: [moves.moved_supply_usd(&new.market, &self.true_usd), old_usd(|reserve| reserve.supplied())],
            debt_usd: [moves.moved_debt_usd(&new.market, &new.true_usd), old_usd(|reserve| reserve.borrowed())],
            waiting_usd: moves.waiting_usd(&self.market, &self.true_usd),
            held_usd: (0..new.links.len()).map(|at| new.market.cash(at) * new.true_usd[at]).sum(),
        })
    }
}

impl Lending {
    /// Lets users of a lending market decide and move, at an observation to which all markets have been brought.
    pub(super) fn move_loans(&mut self, market: usize, books: &mut Books, readings: &Readings, seconds: f64) {
        let Some(to) = self.markets[market].moves.as_ref().map(|moves| moves.to) else { return };
        if let Ok([old, new]) = self.markets.get_disjoint_mut([market, to]) {
            move_between(old, new, books, seconds);
            old.watch(books, readings);
            new.watch(books, readings);
        }
    }
}

/// Lets users of one market move to another, whose tokens go from vault to vault.
fn move_between(old: &mut LendingMarket, new: &mut LendingMarket, books: &mut Books, seconds: f64) {
    let gas_usd = books.gas_cost_usd(Chain::Home, GAS_UNITS) / GAS_UNITS as f64;
    let Some(state) = &mut old.moves else { return };
    let before = *state.moves.tally();
    let now = Situation { seconds, prices_usd: &old.true_usd, new_oracle_usd: &new.oracle_usd, gas_usd };
    let (links, vaults, stakeholders) =
        (&old.links, [old.vault, new.vault], [&mut old.stakeholders, &mut new.stakeholders]);
    let [leaving, entering] = stakeholders;
    let ledger = &mut books.ledger;
    state.moves.step((&mut old.market, &mut new.market), &now, |moved: Moved| {
        let Some(token) = links[moved.reserve].asset_token() else { return };
        let usd = moved.tokens * now.prices_usd[moved.reserve];
        let (lender, [from, into], usd) = match moved.passing {
            Passing::Supply => (Lender::Suppliers, vaults, usd),
            Passing::Collateral => (Lender::Borrowers, vaults, usd),
            Passing::Debt => (Lender::Borrowers, [vaults[1], vaults[0]], -usd),
        };
        ledger.transfer(from, into, token, moved.tokens);
        leaving[lender as usize].statement.book(Line::Brought, -usd);
        entering[lender as usize].statement.book(Line::Brought, usd);
    });
    let tally = *state.moves.tally();
    // Movers pay out of their own pockets, which are not theirs in the market.
    let suppliers_gas_usd = tally.suppliers_gas_usd - before.suppliers_gas_usd;
    let borrowers_gas_usd = tally.borrowers_gas_usd - before.borrowers_gas_usd;
    let flash_loans_usd = tally.flash_loans_usd - before.flash_loans_usd;
    let costs = [
        (Lender::Suppliers, Line::Gas, suppliers_gas_usd),
        (Lender::Borrowers, Line::Gas, borrowers_gas_usd),
        (Lender::Borrowers, Line::Fees, flash_loans_usd),
    ];
    for (lender, line, usd) in costs {
        old.book(lender, Line::Brought, usd);
        old.book(lender, line, -usd);
    }
    let (market, gas) = (books.accounts.market, books.accounts.gas);
    books.ledger.transfer(market, gas, Token::USD, suppliers_gas_usd + borrowers_gas_usd);
}
