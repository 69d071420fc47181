//! The opening: tokens that come into being before the run begins, and the books that are opened over them.

use super::{Books, Holder, VenueFlows};
use portage_base::ledger::Token;
use portage_pools::{COINS_MAX, Deposit};

impl Books {
    /// Fills an empty pool of shares with `tvl_usd` of liquidity at reference prices; a pool of ranges only takes the price.
    pub(crate) fn endow_venue(&mut self, index: usize, tvl_usd: f64) {
        let venue = &mut self.venues[index];
        if let Some(curve) = venue.pool.ranges_mut() {
            curve.initialise(self.pairs[venue.terms.pair].root);
            return;
        }
        if tvl_usd > 0.0 {
            let weights = venue.opening_weights();
            let mut used = [0.0; COINS_MAX];
            for (coin, token) in venue.terms.coins.list().iter().enumerate() {
                used[coin] = weights[coin] * tvl_usd / self.prices_usd[token.index()];
                self.ledger.endow(venue.accounts.reserve, *token, used[coin]);
            }
            let opened = venue.pool.deposit(&used);
            let deposit = opened.unwrap_or(Deposit { used, growth: 0.0, fees: [0.0; COINS_MAX] });
            venue.pool.put(&deposit, 0.0);
            venue.shares = deposit.growth;
        }
        venue.settled_root_k = venue.root_k();
    }

    /// Adds `shares` to those of a funded pool, in proportion, for holders that are not modelled: what stands behind them comes into being
    /// with them.
    pub(crate) fn endow_shares(&mut self, index: usize, shares: f64) {
        let venue = &mut self.venues[index];
        let part = shares / venue.shares;
        let used = venue.pool.balances().map(|balance| balance * part);
        for (amount, token) in used.iter().zip(venue.terms.coins.list()) {
            self.ledger.endow(venue.accounts.reserve, *token, *amount);
        }
        venue.pool.put(&Deposit { used, growth: part, fees: [0.0; COINS_MAX] }, 0.0);
        venue.shares += shares;
        self.holders[Holder::Rest.index()].shares[index] += shares;
        venue.settled_root_k = venue.root_k();
    }

    /// Adds liquidity worth `usd` at reference prices to a pool of shares that holds some, for holders that are not modelled: what stands
    /// behind it comes into being with it.
    pub(crate) fn endow_liquidity(&mut self, index: usize, usd: f64) {
        let value_usd = self.venue_value_usd(&self.venues[index]);
        let venue = &mut self.venues[index];
        let amounts = venue.pool.balances().map(|balance| balance * usd / value_usd);
        let Some(deposit) = venue.pool.deposit(&amounts) else { return };
        for (token, amount) in venue.terms.coins.list().iter().zip(deposit.used) {
            self.ledger.endow(venue.accounts.reserve, *token, amount);
        }
        venue.pool.put(&deposit, 0.0);
        let minted = venue.shares * deposit.growth;
        venue.shares += minted;
        venue.settled_root_k = venue.root_k();
        self.holders[Holder::Rest.index()].shares[index] += minted;
    }

    /// Opens a range worth `value_usd` at reference prices for a holder; returns the pool's index of the position and the units
    /// of liquidity.
    pub(crate) fn endow_shared_range(
        &mut self,
        holder: usize,
        index: usize,
        ticks: (i32, i32),
        value_usd: f64,
    ) -> (usize, f64) {
        let venue = &mut self.venues[index];
        let pair = self.pairs[venue.terms.pair];
        let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges_mut(), &mut venue.shared_ranges) else {
            return (0, 0.0);
        };
        let unit = curve.amounts_for(ticks.0, ticks.1, 1.0);
        let units = value_usd / pair.value_usd(unit);
        let position = curve.position(ticks.0, ticks.1);
        // Nothing has happened yet: settling is empty, and only makes room for the mint.
        let _nothing = curve.settle(position);
        let paid = curve.mint(position, units);
        self.ledger.endow(venue.accounts.reserve, venue.terms.coins.token(0), paid.base);
        self.ledger.endow(venue.accounts.reserve, venue.terms.coins.token(1), paid.quote);
        let held = curve.held(position);
        shared_ranges.enter(position);
        let shared_range = shared_ranges.of_mut(position);
        shared_range.owned[holder] += units;
        shared_range.peak = shared_range.peak.max(curve.liquidity_of(position));
        shared_range.value_usd = pair.value_usd(held);
        (position, units)
    }

    /// Writes opening values and opening tokens of every holder, marks every pool, and lets the flows begin at zero.
    pub(crate) fn open_books(&mut self) {
        for venue in &mut self.venues {
            venue.mark(&self.ledger, &self.prices_usd);
            let _opening_is_no_move = venue.take_flows();
            venue.totals = VenueFlows::default();
            venue.refresh();
            venue.opening = venue.reserves(&self.ledger);
        }
        for index in 0..self.holders.len() {
            let mut tokens: Vec<f64> = (0..self.prices_usd.len())
                .map(|token| self.ledger.balance(self.holders[index].wallet, Token::new(token)))
                .collect();
            for (at, venue) in self.venues.iter().enumerate().filter(|(_, venue)| venue.shares > 0.0) {
                let part = self.holders[index].shares[at] / venue.shares;
                for (amount, token) in venue.reserves(&self.ledger).iter().zip(venue.terms.coins.list()) {
                    tokens[token.index()] += part * amount;
                }
            }
            for venue in &self.venues {
                let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges(), &venue.shared_ranges) else { continue };
                for position in curve.positions() {
                    let part = shared_ranges.of(position).owned[index] / curve.liquidity_of(position);
                    let held = curve.held(position);
                    tokens[venue.terms.coins.token(0).index()] += part * held.base;
                    tokens[venue.terms.coins.token(1).index()] += part * held.quote;
                }
            }
            let book = &mut self.holders[index];
            book.statement.opening = tokens.iter().zip(&self.prices_usd).map(|(amount, price)| amount * price).sum();
            book.opening_tokens = tokens;
        }
    }
}
