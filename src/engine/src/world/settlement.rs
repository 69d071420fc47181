//! Sharing out what a pool earned and lost: every flow reaches exactly those who held the shares while it arose.

use super::Books;
use super::holders::{HOLDERS, Holder};
use portage_pools::{
    ARBITRAGE_LOSS_USD, Amounts2, FEE_BASE, FEE_QUOTE, FEE_USD, FeeRule, Inside, REWARDS, TRADER_GAIN_USD,
};

impl Books {
    /// Shares the flows of a pool out among its holders and takes the protocol's part of the fees. A concentrated pool is
    /// only marked: its flows reach holders range by range, when each is settled.
    pub fn settle(&mut self, venue: usize) {
        let pool = &mut self.venues[venue];
        pool.mark(&self.ledger, &self.prices_usd);
        let flows = pool.take_flows();
        if pool.shared_ranges.is_some() || pool.shares <= 0.0 {
            return;
        }
        for book in &mut self.holders {
            let part = book.shares[venue] / pool.shares;
            book.statement.market_move += part * flows.market_move;
            book.statement.fees += part * flows.fees;
            book.statement.arbitrage_loss += part * flows.arbitrage_loss;
            book.statement.order_flow += part * flows.order_flow;
        }
        match self.venues[venue].terms.fee_rule {
            FeeRule::Minted => self.mint_protocol_shares(venue),
            FeeRule::Apart | FeeRule::Cut => self.empty_fee_vault(venue),
        }
    }

    /// Pays the fees that were kept apart out: all of a purse that holds the protocol's part only, otherwise the protocol's
    /// part first and the rest to the holders' wallets.
    fn empty_fee_vault(&mut self, venue: usize) {
        let pool = &self.venues[venue];
        let (fee_vault, coins, shares) = (pool.accounts.fee_vault, pool.terms.coins, pool.shares);
        let protocol = if pool.terms.fee_rule == FeeRule::Cut { 1.0 } else { pool.terms.protocol_share };
        let amounts = pool.held_by(fee_vault, &self.ledger);
        if amounts.iter().all(|amount| *amount == 0.0) {
            return;
        }
        let fees_usd = coins.value_usd(&amounts, &self.prices_usd);
        for (index, book) in self.holders.iter_mut().enumerate() {
            let part = book.shares[venue] / shares;
            let (received, given_up) = after_protocol(index, part, protocol);
            if received > 0.0 {
                book.mark_wallet(&self.ledger, &self.prices_usd);
                for (amount, token) in amounts.iter().zip(coins.list()) {
                    self.ledger.transfer(fee_vault, book.wallet, *token, amount * received);
                }
            }
            book.statement.protocol_fees += fees_usd * given_up;
        }
    }

    /// Mints shares to the treasury for the protocol's part of the growth of sqrt(k).
    ///
    /// Law: minted = S (r - r') / ((1/phi - 1) r + r'), with r = sqrt(k) now, r' when last taken, phi the protocol's
    /// share. Source: Uniswap v2 core whitepaper, section 2.4, equation 6.
    fn mint_protocol_shares(&mut self, venue: usize) {
        let value = self.venue_value_usd(&self.venues[venue]);
        let pool = &mut self.venues[venue];
        let now = pool.root_k();
        let (before, phi) = (pool.settled_root_k, pool.terms.protocol_share);
        if phi <= 0.0 || now <= before {
            return;
        }
        let minted = pool.shares * (now - before) / ((1.0 / phi - 1.0) * now + before);
        let (old_supply, new_supply) = (pool.shares, pool.shares + minted);
        pool.shares = new_supply;
        pool.settled_root_k = now;
        for (index, book) in self.holders.iter_mut().enumerate() {
            let before_share = book.shares[venue] / old_supply;
            if index == Holder::Treasury.index() {
                book.shares[venue] += minted;
            }
            book.statement.protocol_fees += value * (before_share - book.shares[venue] / new_supply);
        }
    }

    /// Shares out among its owners what one range of a concentrated pool has earned and lost since it was last settled.
    ///
    /// Fees, arbitrage loss and order flow are the pool's growth inside the range; what else changed the value of its tokens is
    /// the change of reference prices.
    pub(super) fn settle_shared_range(&mut self, venue: usize, position: usize) {
        let pool = &mut self.venues[venue];
        let (Some(curve), Some(shared_ranges)) = (pool.pool.ranges_mut(), &mut pool.shared_ranges) else { return };
        let units = curve.liquidity_of(position);
        let shared_range = shared_ranges.of_mut(position);
        if units <= 0.0 {
            return;
        }
        let grown = curve.settle(position);
        let held = curve.held(position);
        let pair = self.pairs[pool.terms.pair];
        let value = pair.value_usd(held);
        let fees_now = pair.value_usd(Amounts2 { base: grown[FEE_BASE], quote: grown[FEE_QUOTE] });
        let (lost, gained) = (grown[ARBITRAGE_LOSS_USD], grown[TRADER_GAIN_USD]);
        let market_move = value - shared_range.value_usd + lost - gained + (fees_now - grown[FEE_USD]);
        shared_range.value_usd = value;
        let parts: [f64; HOLDERS] = shared_range.owned.map(|owned| owned / units);
        let protocol = pool.terms.protocol_share;
        let (fee_vault, coins) = (pool.accounts.fee_vault, pool.terms.coins);
        for (index, (book, part)) in self.holders.iter_mut().zip(parts).enumerate() {
            let (received, given_up) = after_protocol(index, part, protocol);
            // Who owns a part has its gains and losses even where the protocol takes every fee.
            if part <= 0.0 && received <= 0.0 {
                continue;
            }
            let lines = &mut book.statement;
            lines.market_move += part * market_move;
            lines.fees += part * grown[FEE_USD];
            lines.arbitrage_loss += part * lost;
            lines.order_flow += part * gained;
            lines.protocol_fees += fees_now * given_up;
            book.mark_wallet(&self.ledger, &self.prices_usd);
            self.ledger.transfer(fee_vault, book.wallet, coins.token(0), grown[FEE_BASE] * received);
            self.ledger.transfer(fee_vault, book.wallet, coins.token(1), grown[FEE_QUOTE] * received);
        }
        self.pay_earned_rewards(venue, &parts, &grown);
    }

    /// Pays out the rewards that a range has earned.
    fn pay_earned_rewards(&mut self, venue: usize, parts: &[f64; HOLDERS], grown: &Inside) {
        for index in 0..self.programmes.len() {
            let programme = &self.programmes[index];
            let tokens = programme.terms.slot.map_or(0.0, |slot| grown[REWARDS + slot]);
            if programme.terms.venue == venue && tokens > 0.0 {
                let from = self.venues[venue].accounts.rewards;
                self.hand_out(index, from, &parts.map(|part| tokens * part));
            }
        }
    }
}

/// Of fees that are shared out, what a holder of the share `part` receives when the protocol takes the share `protocol` first, and
/// what it gives up to the protocol; the treasury receives what the others give up.
fn after_protocol(holder: usize, part: f64, protocol: f64) -> (f64, f64) {
    let taken = if holder == Holder::Treasury.index() { protocol } else { 0.0 };
    (part * (1.0 - protocol) + taken, protocol * part - taken)
}
