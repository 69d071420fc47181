//! Accounts that move to another exchange.

use super::exchange_engine::Book;
use super::terms::{MoveTerms, PerpTerms};
use super::trading::largest_part;
use crate::world::margin::CLOCK_ROUNDING_SECONDS;
use portage_credit::perps::CarriedBy;

impl Book {
    /// Those whose turn has come leave, unless one of the two exchanges stands still.
    pub(super) fn take_leavers(&mut self, terms: &PerpTerms) {
        for place in 0..self.exchanges.len() {
            let Some(moves) = terms.exchanges[place].moves else { continue };
            if self.exchanges[place].is_down || self.exchanges[moves.to].is_down {
                continue;
            }
            while let Some(&(due, account)) = self.leaving[place].get(self.exchanges[place].left)
                && due <= self.seconds + CLOCK_ROUNDING_SECONDS
            {
                self.exchanges[place].left += 1;
                let account = account as usize;
                if self.traders[account].is_free() && self.traders[account].place == place {
                    self.leave(terms, account, &moves);
                }
            }
        }
    }

    /// Collateral whose time has come arrives, unless the new exchange stands still.
    pub(super) fn take_arrivals(&mut self, terms: &PerpTerms) {
        for place in 0..self.exchanges.len() {
            let Some(moves) = terms.exchanges[place].moves else { continue };
            if self.exchanges[place].is_down || self.exchanges[moves.to].is_down {
                continue;
            }
            while self.exchanges[place].arrived < self.exchanges[place].left {
                let account = self.leaving[place][self.exchanges[place].arrived].1 as usize;
                if self.traders[account].arrives > self.seconds + CLOCK_ROUNDING_SECONDS {
                    break;
                }
                self.exchanges[place].arrived += 1;
                if self.traders[account].place == place && !self.traders[account].arrives.is_nan() {
                    self.arrive(terms, account, &moves);
                }
            }
        }
    }

    /// The collateral of an account leaves; its positions wait for it, or are closed.
    fn leave(&mut self, terms: &PerpTerms, account: usize, moves: &MoveTerms) {
        match moves.positions {
            CarriedBy::Operator => self.count_split(account, 1.0),
            CarriedBy::Reopening => {
                let own = account * self.assets..(account + 1) * self.assets;
                self.wanted[own.clone()].copy_from_slice(&self.bases[own]);
                if !self.close_whole(terms, account) {
                    self.liquidate(terms, account);
                    return;
                }
            }
        }
        let (equity, _) = self.margin(account);
        let trader = &mut self.traders[account];
        trader.cash -= equity;
        trader.sent = equity;
        trader.version += 1;
        let transit = if self.is_frozen_at_times { moves.transit } else { 0.0 };
        trader.arrives = self.seconds + transit;
        self.exchanges[trader.place].flows.sent += equity;
        if transit == 0.0 {
            self.arrive(terms, account, moves);
        }
    }

    /// The collateral of an account arrives: its positions follow at mark prices, or are opened again.
    fn arrive(&mut self, terms: &PerpTerms, account: usize, moves: &MoveTerms) {
        let own = account * self.assets..(account + 1) * self.assets;
        if moves.positions == CarriedBy::Operator {
            self.count_split(account, -1.0);
            self.wanted[own.clone()].copy_from_slice(&self.bases[own.clone()]);
            for asset in 0..self.assets {
                self.pass_at_mark(account, asset, -self.bases[account * self.assets + asset]);
            }
        }
        let trader = &mut self.traders[account];
        // What the positions gained or lost meanwhile follows the collateral.
        self.exchanges[trader.place].flows.sent += trader.cash;
        trader.cash += trader.sent;
        self.exchanges[moves.to].flows.received += trader.cash;
        (trader.sent, trader.arrives) = (0.0, f64::NAN);
        // Who was not under way has not been frozen.
        let was_under_way = self.is_frozen_at_times && moves.transit > 0.0;
        trader.released = if was_under_way { self.number } else { trader.released };
        trader.place = moves.to;
        self.sums.moved_usd += trader.opening_usd;
        let part = match moves.positions {
            CarriedBy::Operator => 1.0,
            CarriedBy::Reopening => self.reopened_part(account),
        };
        for asset in 0..self.assets {
            let wanted = part * self.wanted[account * self.assets + asset];
            if wanted == 0.0 {
                continue;
            }
            match moves.positions {
                CarriedBy::Operator => {
                    let entry = self.entries[account * self.assets + asset];
                    self.pass_at_mark(account, asset, wanted);
                    self.entries[account * self.assets + asset] = entry;
                }
                CarriedBy::Reopening => {
                    let value = self.trade_through_book(terms, account, asset, wanted);
                    self.charge(terms, account, value);
                }
            }
        }
        self.look(terms, account);
    }

    /// The largest part of what an account had that it can open again with the initial margin after price impact; the fee comes out
    /// of the margin.
    fn reopened_part(&self, account: usize) -> f64 {
        let trader = &self.traders[account];
        let wanted = &self.wanted[account * self.assets..][..self.assets];
        let markets = self.markets[trader.place * self.assets..][..self.assets].iter().zip(wanted);
        let margin = |(market, base): (&Option<super::market::Market>, &f64)| {
            market.as_ref().map_or(0.0, |market| base.abs() * market.mark * market.terms.initial)
        };
        let margin: f64 = markets.map(margin).sum();
        largest_part(|part| trader.cash - self.cost_of(trader.place, wanted, part) >= part * margin)
    }

    /// The positions of an account begin (`sign` 1) or cease (-1) to wait for their collateral.
    fn count_split(&mut self, account: usize, sign: f64) {
        let place = self.traders[account].place;
        for asset in 0..self.assets {
            let base = self.bases[account * self.assets + asset].abs();
            if let Some(market) = &mut self.markets[place * self.assets + asset] {
                market.split = (market.split + sign * base).max(0.0);
            }
        }
    }
}
