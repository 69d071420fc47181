//! Debt that nobody will repay: who bears it.

use super::{Lender, LendingMarket};
use crate::world::{Accounts, Books, Line};
use portage_base::ledger::{Ledger, Token};
use portage_credit::lending::RESERVES_MAX;

/// Collateral that is worth less is not worth the gas of anybody. Judgement, USD.
const NOTHING_USD: f64 = 0.01;

impl LendingMarket {
    /// Writes off what a borrower owes once the collateral is gone: nobody will repay the rest.
    pub(super) fn write_off_if_empty(&mut self, id: u32, books: &mut Books) {
        if self.market.is_exhausted(id, &self.true_usd, NOTHING_USD) {
            self.write_off(id, &mut books.ledger, &books.accounts);
        }
    }

    /// Lends to somebody who will not repay: `collateral` (reserve, tokens) is left behind for `debt` (reserve, tokens). The position
    /// stands like any other, and is liquidated when the oracle is itself again. Returns what was lent and left, USD at true prices;
    /// `None`, and nothing happens, where cap, freeze or cash do not allow it.
    pub(super) fn lend_to_attacker(
        &mut self,
        collateral: (usize, f64),
        debt: (usize, f64),
        books: &mut Books,
    ) -> Option<(f64, f64)> {
        let attackers = books.accounts.manipulators;
        let (given, taken) = (self.token(collateral.0)?, self.token(debt.0)?);
        let _position = self.market.borrow_for_good(collateral, debt)?;
        books.ledger.transfer(attackers, self.vault, given, collateral.1);
        books.ledger.transfer(self.vault, attackers, taken, debt.1);
        let (given_usd, taken_usd) = (collateral.1 * self.true_usd[collateral.0], debt.1 * self.true_usd[debt.0]);
        self.book(Lender::Borrowers, Line::Brought, given_usd - taken_usd);
        self.book.attacked_usd += taken_usd - given_usd;
        Some((taken_usd, given_usd))
    }

    /// Writes a position off: the market's own funds bear it first, then the backstop, then whoever has supplied.
    fn write_off(&mut self, id: u32, ledger: &mut Ledger, accounts: &Accounts) {
        let loss = self.market.write_off(id);
        for reserve in (0..RESERVES_MAX).filter(|reserve| loss.debt[*reserve] > 0.0) {
            let usd = self.true_usd[reserve];
            self.book(Lender::Borrowers, Line::Losses, loss.debt[reserve] * usd);
            self.book(Lender::Reserve, Line::Losses, -loss.by_own[reserve] * usd);
            let of_backstop = self.draw_backstop(reserve, loss.deficit[reserve], ledger, accounts);
            let shared = self.market.socialise(reserve);
            self.book(Lender::Suppliers, Line::Losses, -shared.by_suppliers * usd);
            self.book(Lender::Borrowers, Line::Losses, -shared.by_collateral * usd);
            let on_supply = shared.by_suppliers + shared.by_collateral;
            let book = &mut self.book;
            book.bad_debt_usd += loss.debt[reserve] * usd;
            for (borne, tokens) in book.borne_usd.iter_mut().zip([loss.by_own[reserve], of_backstop, on_supply]) {
                *borne += tokens * usd;
            }
        }
    }

    /// Pays up to `tokens` of a reserve into the vault out of the backstop's USD; returns what it paid, tokens.
    fn draw_backstop(&mut self, reserve: usize, tokens: f64, ledger: &mut Ledger, accounts: &Accounts) -> f64 {
        let (Some(token), price) = (self.token(reserve), self.true_usd[reserve]) else { return 0.0 };
        let backstop = self.stakeholders[Lender::Backstop as usize].account;
        let affordable = ledger.balance(backstop, Token::USD).max(0.0) / price;
        let paid = self.market.absorb(reserve, tokens.min(affordable));
        ledger.transfer(backstop, accounts.market, Token::USD, paid * price);
        ledger.transfer(accounts.market, self.vault, token, paid);
        self.book(Lender::Backstop, Line::Losses, -paid * price);
        paid
    }
}
