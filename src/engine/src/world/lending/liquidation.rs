//! A liquidation carried out: debt repaid with tokens that are lent for the moment, collateral seized and sold.

use super::{Lender, LendingMarket, ReserveAsset, ReserveLink};
use crate::world::{Line, World};
use portage_base::ledger::{Account, Token};
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
    pub const fn asset_token(&self) -> Option<Token> {
        match self.asset {
            ReserveAsset::Token(token) => Some(token),
            ReserveAsset::Liquidity(_) => None,
        }
    }
}

impl World {
    /// Repays `repay` tokens of a borrower's debt by `proposal`, seizes, and sells through the pools. `None`, and nothing has happened,
    /// where that cannot be done.
    pub fn liquidate(&mut self, market: usize, id: u32, proposal: &Proposal, repay: f64) -> Option<Liquidated> {
        let _can_be_done = self.liquidation_sale(market, proposal, repay)?;
        self.settle_pledged(market, proposal.collateral);
        self.settle_loans(market, self.seconds);
        let mut lending = self.lending.take()?;
        let one = &mut lending.markets[market];
        let done = self.carry_out(one, id, proposal, repay);
        self.lending = Some(lending);
        self.write_off_if_empty(market, id);
        done
    }

    /// Brings the pool whose shares stand in a reserve up to date: the protocol's part is minted before a share is valued that is about
    /// to be redeemed.
    fn settle_pledged(&mut self, market: usize, reserve: usize) {
        let link = self.lending.as_ref().map(|lending| lending.markets[market].links[reserve].asset);
        if let Some(ReserveAsset::Liquidity(opened)) = link {
            let venue = self.holds_shares_of(opened);
            self.accrue();
            self.settle(venue);
        }
    }

    fn carry_out(&mut self, one: &mut LendingMarket, id: u32, proposal: &Proposal, repay: f64) -> Option<Liquidated> {
        let account = one.parties[Lender::Liquidators as usize].account;
        let (debt, market) = (one.token(proposal.debt)?, self.accounts.market);
        let was_toxic = raises_ltv(one.market.ltv(id, &one.oracle_usd), proposal.bonus);
        let is_by_steps = one.market.is_below_by_steps(id, &one.oracle_usd);
        let seizure = one.market.liquidate(id, proposal, repay);
        self.ledger.transfer(market, account, debt, seizure.repaid);
        self.ledger.transfer(account, one.vault, debt, seizure.repaid);
        let goods = match one.links[proposal.collateral].asset {
            ReserveAsset::Token(token) => {
                self.ledger.transfer(one.vault, account, token, seizure.seized);
                self.goods_of(&[token], &[seizure.seized])
            }
            ReserveAsset::Liquidity(opened) => {
                let venue = self.holds_shares_of(opened);
                one.pledged_shares[proposal.collateral] -= seizure.seized;
                let coins = self.redeem(venue, seizure.seized, account);
                self.goods_of(self.venues[venue].terms.coins.list(), &coins)
            }
        };
        let call_usd = self.gas_cost_usd(one.liquidation_gas);
        let sale = self.sale_of(goods, debt, call_usd).unwrap_or_else(|| self.sale_elsewhere(goods, call_usd));
        let traded_usd = sale.trade.map_or(0.0, |trade| self.execute(account, &trade));
        let elsewhere_usd = sale.cost_usd - sale.slippage_usd;
        let (cost_usd, gas_usd) = (traded_usd + elsewhere_usd, sale.gas_usd);
        self.ledger.transfer(account, self.accounts.gas, Token::USD, call_usd);
        self.ledger.transfer(account, market, Token::USD, elsewhere_usd);
        self.ledger.transfer(account, market, debt, seizure.repaid);
        self.change_into_usd(account);
        let repaid_usd = seizure.repaid * one.true_usd[proposal.debt];
        let (lost_usd, seized_usd) = (seizure.seized * one.true_usd[proposal.collateral], sale.seized_usd);
        one.book(Lender::Liquidators, Line::Liquidation, seized_usd - repaid_usd);
        one.book(Lender::Borrowers, Line::Liquidation, repaid_usd - lost_usd);
        one.book(Lender::Liquidators, Line::Slippage, -cost_usd);
        one.book(Lender::Liquidators, Line::Gas, -gas_usd);
        let profit_usd = seized_usd - repaid_usd - cost_usd - gas_usd;
        let book = &mut one.book;
        book.liquidations += 1;
        book.toxic += u64::from(was_toxic);
        book.by_steps += u64::from(is_by_steps);
        book.by_steps_usd += if is_by_steps { repaid_usd } else { 0.0 };
        book.repaid_usd += repaid_usd;
        book.seized_usd += seized_usd;
        book.sale_cost_usd += cost_usd;
        book.sale_elsewhere_usd += elsewhere_usd;
        book.profit_usd += profit_usd;
        one.waits[id as usize] = false;
        Some(Liquidated { repaid_usd, profit_usd })
    }

    /// A position could be liquidated, but it does not pay or cannot be done.
    pub fn leave_waiting(&mut self, market: usize, id: u32) {
        let Some(lending) = &mut self.lending else { return };
        let one = &mut lending.markets[market];
        let waits = &mut one.waits[id as usize];
        one.book.unpaid += u64::from(!*waits);
        *waits = true;
    }

    /// Everything on an account that is not USD goes to the rest of the market at true prices.
    pub(super) fn change_into_usd(&mut self, account: Account) {
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
