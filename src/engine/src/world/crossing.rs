//! The world of two chains: gas by chain, tokens that are sent through the bridge, wrapped, unwrapped and changed.
//!
//! Wrapped tokens are tokens of their own, priced at reference x what backs them x (1 - discount) in every pool and wallet. Wrapping is
//! paid for by the discount as slippage, unwrapping receives it (as less of it); the rest of the market, through which money from outside
//! gets to the destination and leaves it, changes one for the other at their prices, so that nothing is gained or lost by it. What
//! is locked in the vault is at any time what backs everything that was minted against it.
//!
//! # Two chains
//!
//! In a migration to another chain the new version's pools stand on the destination (`Chain`), everything else at home.
//! What that adds stands apart from the home chain: the destination's clock and gas, the bridge, and what arbitrageurs
//! hold there. The destination's pools trade a pair of their own (`DESTINATION_PAIR`), so that arbitrage between pools
//! never leaves a chain, and an order goes to one chain by the uniform draw that routes it. Arbitrage, deposits and gas
//! there wait for one of its blocks.
//!
//! A move is a withdrawal, a message, and a deposit. The message goes through finality, latency and retries
//! (`portage_migration`, from a stream of its own), then the rate limit in the order of arrival, then waits for a block
//! with room. Until then the tokens stand on the bridge's account, still their owner's, and are marked like a wallet. A
//! bridge that locks and mints gives wrapped tokens: tokens of the ledger in their own right, priced at reference x
//! backing x (1 - discount) in every pool and wallet, so that every law of the books holds for them as it stands.
//! Wrapping costs the discount, booked as slippage; unwrapping brings it back. Money from outside enters and leaves the
//! destination through the rest of the market at the price of the wrapped token, which wraps and unwraps itself. That
//! the vault holds what backs everything minted is a law of every run; a theft lowers the backing, and what holders
//! lose by that is a loss.

use super::Books;
use super::bridge::{Bridge, Message};
use super::holders::{HOLDERS, Holder, HolderBook};
use super::theft::STOLEN_SHARE_MAX;
use portage_base::actions::Place;
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_migration::{BridgeForm, Step};
use portage_pools::{Amounts, COINS_MAX};

/// The pair of the destination's pools, after those of the home chain.
pub const DESTINATION_PAIR: usize = 3;

impl Books {
    /// The chain on which liquidity stands; that of what is held outside the market is the home chain.
    #[must_use]
    pub(crate) fn chain_of(&self, place: Place) -> Chain {
        place.pool().map_or(Chain::Home, |venue| self.venues[venue].terms.chain)
    }

    /// The chain that a move leads to from another one, if it does.
    #[must_use]
    pub(crate) fn crosses_to(&self, from: Place, to: Place) -> Option<Chain> {
        self.crossing.as_ref()?;
        let (from, to) = (from.pool()?, to.pool()?);
        let towards = self.venues[to].terms.chain;
        (towards != self.venues[from].terms.chain).then_some(towards)
    }

    /// Where the first transaction of a move is included, and its gas.
    #[must_use]
    pub(crate) fn first_transaction(&self, from: Place, to: Place, step: Step) -> (Chain, u64) {
        let chain = if from.pool().is_some() { self.chain_of(from) } else { self.chain_of(to) };
        let units = &self.chain(chain).units;
        match (self.crosses_to(from, to), &self.crossing) {
            (Some(_), Some(crossing)) => (chain, units.withdraw + crossing.bridge.send_gas(chain)),
            _ => (chain, step.gas(units)),
        }
    }

    /// Prices the destination's tokens after the reference prices.
    pub(crate) fn price_destination(&mut self) {
        let Some(crossing) = &self.crossing else { return };
        let (factor, mut pair) = (crossing.bridge.factor(), self.pairs[0]);
        if crossing.bridge.form == BridgeForm::LockMint {
            for (home, wrapped) in &crossing.bridge.coins {
                self.prices_usd[wrapped.index()] = self.prices_usd[home.index()] * factor;
            }
            (pair.base_usd, pair.quote_usd) = (pair.base_usd * factor, pair.quote_usd * factor);
        }
        self.pairs[DESTINATION_PAIR] = pair;
    }

    /// Prices of the destination's tokens by coin, USD.
    #[must_use]
    pub(crate) fn destination_prices(&self) -> Amounts {
        let mut prices = [0.0; COINS_MAX];
        if let Some(crossing) = &self.crossing {
            for (price, token) in prices.iter_mut().zip(crossing.coins.list()) {
                *price = self.prices_usd[token.index()];
            }
        }
        prices
    }

    /// Sends what a provider has withdrawn to the chain of pool `to`, which it is on its way to.
    pub fn send(&mut self, id: u32, to: u8) {
        let Some(crossing) = &mut self.crossing else { return };
        let bridge = &mut crossing.bridge;
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let towards = self.venues[usize::from(to)].terms.chain;
        bridge.mark(&mut self.holders, &self.prices_usd);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let mut carried = self.providers.carried(id);
        let lane_fee = bridge.lanes[towards.other() as usize].fee;
        let (mut value_usd, mut cost_usd) = (0.0, 0.0);
        for (coin, &(home, there)) in bridge.coins.iter().enumerate() {
            let token = if towards == Chain::Home { there } else { home };
            let (usd, home_usd) = (self.prices_usd[token.index()], self.prices_usd[home.index()]);
            let fee = carried[coin] * lane_fee;
            let sent = carried[coin] - fee;
            self.ledger.transfer(book.wallet, bridge.accounts.fees, token, fee);
            bridge.book.fees_usd += fee * usd;
            let flies = if token == home { sent } else { sent * bridge.backing };
            if token == home {
                self.ledger.transfer(book.wallet, bridge.accounts.in_flight, home, sent);
            } else {
                self.ledger.transfer(book.wallet, bridge.accounts.vault, token, sent);
                self.ledger.transfer(bridge.accounts.vault, bridge.accounts.in_flight, home, flies);
            }
            bridge.book.discount_usd += sent * usd - flies * home_usd;
            cost_usd += carried[coin] * usd - flies * home_usd;
            value_usd += flies * home_usd;
            bridge.in_flight[holder][coin] += flies;
            carried[coin] = flies;
        }
        book.statement.slippage += cost_usd;
        self.providers.carry(id, &carried);
        let in_flight_usd = bridge.in_flight_usd(&self.prices_usd);
        bridge.book.in_flight_max_usd = bridge.book.in_flight_max_usd.max(in_flight_usd);
        bridge.dispatch(id, to, towards, self.seconds, (value_usd, cost_usd));
    }

    /// Delivers the first message into its owner's wallet; returns what wrapping cost, USD.
    pub(crate) fn deliver(&mut self, message: &Message) -> f64 {
        let Some(crossing) = &mut self.crossing else { return 0.0 };
        let bridge = &mut crossing.bridge;
        let id = message.provider;
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        bridge.mark(&mut self.holders, &self.prices_usd);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        bridge.take(self.seconds);
        let mut carried = self.providers.carried(id);
        let mut cost_usd = 0.0;
        for (coin, &(home, there)) in bridge.coins.iter().enumerate() {
            let flown = carried[coin];
            bridge.in_flight[holder][coin] = (bridge.in_flight[holder][coin] - flown).max(0.0);
            if message.towards == Chain::Home || there == home {
                self.ledger.transfer(bridge.accounts.in_flight, book.wallet, home, flown);
                continue;
            }
            let minted = flown / bridge.backing;
            self.ledger.transfer(bridge.accounts.in_flight, bridge.accounts.vault, home, flown);
            self.ledger.transfer(bridge.accounts.vault, book.wallet, there, minted);
            cost_usd += flown * self.prices_usd[home.index()] - minted * self.prices_usd[there.index()];
            carried[coin] = minted;
        }
        if bridge.under_way() == 0 {
            // No rounding is left over when nothing is under way.
            bridge.in_flight = [[0.0; COINS_MAX]; HOLDERS];
        }
        bridge.book.discount_usd += cost_usd;
        book.statement.slippage += cost_usd;
        self.providers.carry(id, &carried);
        cost_usd
    }

    /// Changes what a provider carries outside the market for the tokens of the other chain, at their prices: through the rest of the
    /// market, which wraps or unwraps them itself. `towards` is the chain whose tokens it wants.
    pub(super) fn change_at_market(&mut self, id: u32, towards: Chain) {
        let Some(crossing) = self.crossing.as_ref().filter(|crossing| crossing.bridge.form == BridgeForm::LockMint)
        else {
            return;
        };
        let bridge = &crossing.bridge;
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let (factor, vault, market) = (bridge.factor(), bridge.accounts.vault, self.accounts.market);
        let mut carried = self.providers.carried(id);
        for (amount, &(home, wrapped)) in carried.iter_mut().zip(&bridge.coins) {
            // The market maker mints or redeems at what backs the token, and keeps or gives the discount.
            let (tokens, of_home) = match towards {
                Chain::Destination => (*amount / factor, *amount),
                Chain::Home => (*amount, *amount * factor),
            };
            let sign = if towards == Chain::Destination { 1.0 } else { -1.0 };
            self.ledger.transfer(book.wallet, market, home, sign * of_home);
            self.ledger.transfer(market, vault, home, sign * tokens * bridge.backing);
            self.ledger.transfer(vault, book.wallet, wrapped, sign * tokens);
            *amount = if towards == Chain::Destination { tokens } else { of_home };
        }
        self.providers.carry(id, &carried);
    }

    /// Leaves what was delivered on chain `from` in its owner's hands, out of the market: the place that it was meant for takes nothing.
    pub(crate) fn keep_outside(&mut self, id: u32, from: Chain) {
        if from == Chain::Destination {
            self.change_at_market(id, Chain::Home);
        }
        self.relocate(id, Place::Outside);
    }

    /// At the close: books the change of prices on what is in flight; returns its value by holder, USD.
    pub(super) fn close_bridge(&mut self) -> [f64; HOLDERS] {
        let Some(crossing) = &mut self.crossing else { return [0.0; HOLDERS] };
        let bridge = &mut crossing.bridge;
        bridge.mark(&mut self.holders, &self.prices_usd);
        let value = |amounts: &Amounts| -> f64 {
            bridge.coins.iter().zip(amounts).map(|((home, _), amount)| amount * self.prices_usd[home.index()]).sum()
        };
        std::array::from_fn(|holder| value(&bridge.in_flight[holder]))
    }

    /// What is in flight through the bridge now, USD.
    #[must_use]
    pub(crate) fn bridge_holds_usd(&self) -> f64 {
        self.crossing.as_ref().map_or(0.0, |crossing| crossing.bridge.in_flight_usd(&self.prices_usd))
    }

    /// Tokens of pool `to` for each token of pool `from`: one, unless wrapped tokens are not fully backed any more.
    pub(super) fn tokens_each(&self, from: usize, to: usize) -> f64 {
        let backing = self.crossing.as_ref().map_or(1.0, |crossing| crossing.bridge.backing);
        match (self.venues[from].terms.chain, self.venues[to].terms.chain) {
            (Chain::Home, Chain::Destination) => 1.0 / backing,
            (Chain::Destination, Chain::Home) => backing,
            (Chain::Home, Chain::Home) | (Chain::Destination, Chain::Destination) => 1.0,
        }
    }

    /// Moves everything that stands on a pool's accounts to another's; where one holds wrapped tokens of the other's, through the vault.
    pub(super) fn hand_over_tokens(&mut self, from: usize, to: usize) {
        let tokens_each = self.tokens_each(from, to);
        let vault = self.crossing.as_ref().map(|crossing| crossing.bridge.accounts.vault);
        let (left, entered) = (&self.venues[from], &self.venues[to]);
        for (own, theirs) in left.terms.coins.list().iter().zip(entered.terms.coins.list()) {
            for (out, into) in [
                (left.accounts.reserve, entered.accounts.reserve),
                (left.accounts.fee_vault, entered.accounts.fee_vault),
            ] {
                let amount = self.ledger.balance(out, *own);
                match vault.filter(|_| own != theirs) {
                    None => self.ledger.transfer(out, into, *own, amount),
                    Some(vault) => {
                        self.ledger.transfer(out, vault, *own, amount);
                        self.ledger.transfer(vault, into, *theirs, amount * tokens_each);
                    }
                }
            }
        }
    }

    /// What stood elsewhere was worth `before_usd`; what it is worth in pool `venue` now, in tokens of the other chain, differs by the discount:
    /// its owners bear it.
    pub(super) fn book_wrapping(&mut self, venue: usize, before_usd: f64) {
        let prices = &self.prices_usd;
        let pool = &mut self.venues[venue];
        pool.adopt(prices);
        let pair = self.pairs[pool.terms.pair];
        let mut lost_usd = 0.0;
        if let (Some(curve), Some(shared_ranges)) = (pool.pool.ranges(), &mut pool.shared_ranges) {
            for position in curve.positions() {
                let (held, units) = (curve.held(position), curve.liquidity_of(position));
                let shared_range = shared_ranges.of_mut(position);
                let lost = shared_range.value_usd - pair.value_usd(held);
                shared_range.value_usd = pair.value_usd(held);
                lost_usd += lost;
                for (book, owned) in self.holders.iter_mut().zip(shared_range.owned) {
                    book.statement.slippage += lost * owned / units;
                }
            }
        } else if pool.shares > 0.0 {
            let reserves = pool.reserves(&self.ledger);
            lost_usd = before_usd - pool.terms.coins.value_usd(&reserves, prices);
            for book in &mut self.holders {
                book.statement.slippage += lost_usd * book.shares[venue] / pool.shares;
            }
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.bridge.book.discount_usd += lost_usd;
        }
    }

    /// The operator sends everything that the old version holds as one message; it stands in the old version, which is halted, until it
    /// arrives. Returns when that is, seconds.
    pub(crate) fn send_operated(&mut self, value_usd: f64) -> f64 {
        let Some(crossing) = &mut self.crossing else { return self.seconds };
        let bridge = &mut crossing.bridge;
        let arrives = bridge.operated_arrival(self.seconds, value_usd);
        let fee_usd = bridge.lanes[Chain::Home as usize].fee * value_usd;
        let treasury = &mut self.holders[Holder::Treasury.index()];
        self.ledger.transfer(treasury.wallet, bridge.accounts.fees, Token::USD, fee_usd);
        treasury.statement.slippage += fee_usd;
        bridge.book.fees_usd += fee_usd;
        self.plan_record.sent_usd = value_usd;
        arrives
    }

    /// Attackers take the share `share` of everything that is in flight and of what backs the wrapped tokens. Returns what it was worth,
    /// USD.
    ///
    /// Wrapped tokens then stand for so much less each: what their holders lose by that is a loss, and what the market takes off
    /// besides (`after_theft`) a change of prices.
    pub fn exploit_bridge(&mut self, share: f64) -> f64 {
        // What nothing backs has no price.
        let share = share.min(STOLEN_SHARE_MAX);
        let Some(crossing) = &mut self.crossing else { return 0.0 };
        let bridge = &mut crossing.bridge;
        let thief = self.accounts.attackers;
        bridge.mark(&mut self.holders, &self.prices_usd);
        for message in bridge.messages() {
            let carried = self.providers.carried(message.provider).map(|amount| amount * (1.0 - share));
            self.providers.carry(message.provider, &carried);
        }
        let mut stolen_usd = 0.0;
        for (holder, amounts) in bridge.in_flight.iter_mut().enumerate() {
            for (amount, (home, _)) in amounts.iter_mut().zip(&bridge.coins) {
                let taken = *amount * share;
                *amount -= taken;
                self.ledger.transfer(bridge.accounts.in_flight, thief, *home, taken);
                let usd = taken * self.prices_usd[home.index()];
                self.holders[holder].statement.losses += usd;
                self.thefts.robbed_usd[holder] += usd;
                stolen_usd += usd;
            }
        }
        // Who wraps through the market may leave the vault owing one of the tokens: then it holds nothing that could be taken whole.
        let holds = |home: Token| self.ledger.balance(bridge.accounts.vault, home) >= 0.0;
        let wraps = bridge.form == BridgeForm::LockMint && bridge.coins.iter().all(|(home, _)| holds(*home));
        for (home, _) in bridge.coins.iter().filter(|_| wraps) {
            let taken = self.ledger.balance(bridge.accounts.vault, *home) * share;
            self.ledger.transfer(bridge.accounts.vault, thief, *home, taken);
            stolen_usd += taken * self.prices_usd[home.index()];
        }
        bridge.book.stolen_usd += stolen_usd;
        self.thefts.stolen_usd += stolen_usd;
        if wraps {
            self.devalue_wrapped(share);
        }
        stolen_usd
    }

    /// Wrapped tokens stand for less by the share `share`: what their holders hold of them is marked before and after.
    fn devalue_wrapped(&mut self, share: f64) {
        self.settle_destination();
        let before = self.market_moves();
        if let Some(crossing) = &mut self.crossing {
            crossing.bridge.backing *= 1.0 - share;
        }
        self.price_destination();
        self.settle_destination();
        for (index, (after, before)) in self.market_moves().iter().zip(before).enumerate() {
            let lost = before - after;
            self.holders[index].statement.market_move += lost;
            self.holders[index].statement.losses += lost;
            self.thefts.robbed_usd[index] += lost;
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.bridge.withdraw_from_risk();
        }
        self.price_destination();
    }

    fn market_moves(&self) -> [f64; HOLDERS] {
        std::array::from_fn(|index| self.holders[index].statement.market_move)
    }

    /// Books everything that has happened to the pools and wallets with wrapped tokens so far on those who hold them.
    fn settle_destination(&mut self) {
        self.accrue();
        for venue in 0..self.venues.len() {
            if self.venues[venue].terms.chain == Chain::Destination {
                self.settle(venue);
                self.settle_shared_ranges(venue);
            }
        }
        for book in &mut self.holders {
            book.mark_wallet(&self.ledger, &self.prices_usd);
        }
    }

    /// Largest difference between what is locked and what backs the tokens that were minted against it, relative.
    #[must_use]
    pub fn backing_residual(&self) -> f64 {
        let Some(crossing) = self.crossing.as_ref().filter(|crossing| crossing.bridge.form == BridgeForm::LockMint)
        else {
            return 0.0;
        };
        let bridge = &crossing.bridge;
        let of_coin = |(home, wrapped): &(Token, Token)| {
            let locked = self.ledger.balance(bridge.accounts.vault, *home);
            let minted = -self.ledger.balance(bridge.accounts.vault, *wrapped);
            super::books::relative(
                locked,
                minted * bridge.backing,
                self.opening_tokens(*home) + self.opening_tokens(*wrapped),
            )
        };
        bridge.coins.iter().map(of_coin).fold(0.0, portage_base::stats::worst)
    }

    fn opening_tokens(&self, token: Token) -> f64 {
        self.holders.iter().map(|book| book.opening_tokens[token.index()]).sum()
    }
}

impl Bridge {
    /// Books the change of reference prices since the last mark on what is in flight.
    fn mark(&mut self, holders: &mut [HolderBook; HOLDERS], prices_usd: &[f64]) {
        for (coin, (home, _)) in self.coins.iter().enumerate() {
            let price = prices_usd[home.index()];
            let change = price - self.marks_usd[coin];
            self.marks_usd[coin] = price;
            for (book, amounts) in holders.iter_mut().zip(&self.in_flight) {
                book.statement.market_move += amounts[coin] * change;
            }
        }
    }
}
