//! A liquidation carried out: debt repaid with tokens that are lent for the moment, collateral seized and sold.

use super::{Lender, LendingMarket, ReserveAsset, ReserveLink};
use crate::world::{Books, Line, Readings};
use portage_base::ledger::{Account, Token};
use portage_chain::Chain;
use portage_credit::lending::{Proposal, raises_ltv};

/// What became of a liquidation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Liquidated {
    /// Debt repaid, USD at true prices.
    pub repaid_usd: f64,
    /// What the liquidator kept, USD.
    pub profit_usd: f64,
}

impl ReserveLink {
    /// The token of a reserve; none for shares of a pool.
    #[must_use]
    pub(crate) const fn asset_token(&self) -> Option<Token> {
        match self.asset {
            ReserveAsset::Token(token) => Some(token),
            ReserveAsset::Liquidity(_) => None,
        }
    }
}

impl LendingMarket {
    /// Repays `repay` tokens of a borrower's debt by `proposal`, seizes, and sells through the pools. `None`, and nothing has happened,
    /// where that cannot be done.
    pub(crate) fn liquidate(
        &mut self,
        id: u32,
        (proposal, repay): (&Proposal, f64),
        books: &mut Books,
        readings: &Readings,
    ) -> Option<Liquidated> {
        let _can_be_done = self.liquidation_sale(proposal, repay, books)?;
        self.settle_pledged(proposal.collateral, books);
        self.settle(books, readings, books.seconds);
        let done = self.carry_out(id, proposal, repay, books);
        self.write_off_if_empty(id, books);
        done
    }

    /// Brings the pool whose shares stand in a reserve up to date: the protocol's part is minted before a share is valued that is about
    /// to be redeemed.
    fn settle_pledged(&self, reserve: usize, books: &mut Books) {
        if let ReserveAsset::Liquidity(opened) = self.links[reserve].asset {
            let venue = books.holds_shares_of(opened);
            books.accrue();
            books.settle(venue);
        }
    }

    fn carry_out(&mut self, id: u32, proposal: &Proposal, repay: f64, books: &mut Books) -> Option<Liquidated> {
        let account = self.stakeholders[Lender::Liquidators as usize].account;
        let (debt, market) = (self.token(proposal.debt)?, books.accounts.market);
        let was_toxic = raises_ltv(self.market.ltv(id, &self.oracle_usd), proposal.bonus);
        let is_by_steps = self.market.is_below_by_steps(id, &self.oracle_usd);
        let seizure = self.market.liquidate(id, proposal, repay);
        books.ledger.transfer(market, account, debt, seizure.repaid);
        books.ledger.transfer(account, self.vault, debt, seizure.repaid);
        let goods = match self.links[proposal.collateral].asset {
            ReserveAsset::Token(token) => {
                books.ledger.transfer(self.vault, account, token, seizure.seized);
                books.goods_of(&[token], &[seizure.seized])
            }
            ReserveAsset::Liquidity(opened) => {
                let venue = books.holds_shares_of(opened);
                self.pledged_shares[proposal.collateral] -= seizure.seized;
                let coins = books.redeem(venue, seizure.seized, account);
                books.goods_of(books.venues[venue].terms.coins.list(), &coins)
            }
        };
        let call_usd = books.gas_cost_usd(Chain::Home, self.liquidation_gas);
        let sale = books.sale_of(goods, debt, call_usd).unwrap_or_else(|| books.external_sale(goods, call_usd));
        let traded_usd = sale.trade.map_or(0.0, |trade| books.execute(account, &trade));
        let external_usd = sale.cost_usd - sale.slippage_usd;
        let (cost_usd, gas_usd) = (traded_usd + external_usd, sale.gas_usd);
        books.ledger.transfer(account, books.accounts.gas, Token::USD, call_usd);
        books.ledger.transfer(account, market, Token::USD, external_usd);
        books.ledger.transfer(account, market, debt, seizure.repaid);
        books.change_into_usd(account);
        let repaid_usd = seizure.repaid * self.true_usd[proposal.debt];
        let (lost_usd, seized_usd) = (seizure.seized * self.true_usd[proposal.collateral], sale.seized_usd);
        self.book(Lender::Liquidators, Line::Liquidation, seized_usd - repaid_usd);
        self.book(Lender::Borrowers, Line::Liquidation, repaid_usd - lost_usd);
        self.book(Lender::Liquidators, Line::Slippage, -cost_usd);
        self.book(Lender::Liquidators, Line::Gas, -gas_usd);
        let profit_usd = seized_usd - repaid_usd - cost_usd - gas_usd;
        let book = &mut self.book;
        book.liquidations += 1;
        book.toxic += u64::from(was_toxic);
        book.by_steps += u64::from(is_by_steps);
        book.by_steps_usd += if is_by_steps { repaid_usd } else { 0.0 };
        book.repaid_usd += repaid_usd;
        book.seized_usd += seized_usd;
        book.sale_cost_usd += cost_usd;
        book.external_sale_usd += external_usd;
        book.profit_usd += profit_usd;
        self.waits[id as usize] = false;
        Some(Liquidated { repaid_usd, profit_usd })
    }

    /// A position could be liquidated, but it does not pay or cannot be done.
    pub(crate) fn leave_waiting(&mut self, id: u32) {
        let waits = &mut self.waits[id as usize];
        self.book.unpaid += u64::from(!*waits);
        *waits = true;
    }
}

impl Books {
    /// Everything on an account that is not USD goes to the rest of the market at true prices.
    pub(in crate::world) fn change_into_usd(&mut self, account: Account) {
        for token in (1..self.prices_usd.len()).map(Token::new) {
            let held = self.ledger.balance(account, token);
            if held != 0.0 {
                self.ledger.transfer(account, self.accounts.market, token, held);
                let usd = held * self.prices_usd[token.index()];
                self.ledger.transfer(self.accounts.market, account, Token::USD, usd);
            }
        }
    }
}
