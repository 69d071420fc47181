//! The settling door: the only place where liquidity changes hands between a holder and a pool.
//!
//! Before any share count changes, programmes are accrued and the pool's flows are shared out among its holders, so
//! that every flow reaches exactly those who held the shares while it arose.

use super::holders::{HOLDERS, Holder};
use super::{Venue, World};
use crate::actions::{MoveEvent, Place, Taker};
use crate::ledger::Token;
use crate::pools::{Role, Side};

impl World {
    /// Shares the flows of a pool out among its holders and takes the protocol's part of the fees.
    pub fn settle(&mut self, venue: usize) {
        let pool = &mut self.venues[venue];
        pool.mark(&self.ledger, self.pair.base_usd, self.pair.quote_usd);
        let flows = pool.take_flows();
        if pool.shares <= 0.0 {
            return;
        }
        for book in &mut self.holders {
            let part = book.shares[venue] / pool.shares;
            book.statement.market_move += part * flows.market_move;
            book.statement.fees += part * flows.fees;
            book.statement.arbitrage_loss += part * flows.arbitrage_loss;
            book.statement.order_flow += part * flows.order_flow;
        }
        if self.venues[venue].keeps_fees_apart() {
            self.empty_purse(venue);
        } else {
            self.mint_protocol_shares(venue);
        }
    }

    /// Pays the fees that were kept apart out to the holders' wallets, the protocol's part first.
    fn empty_purse(&mut self, venue: usize) {
        let pool = &self.venues[venue];
        let purse = pool.purse;
        let (base, quote) = (self.ledger.balance(purse, self.base), self.ledger.balance(purse, self.quote));
        if base == 0.0 && quote == 0.0 {
            return;
        }
        let (shares, protocol) = (pool.shares, pool.protocol_share);
        let taken_usd = protocol * (base * self.pair.base_usd + quote * self.pair.quote_usd);
        for (index, book) in self.holders.iter_mut().enumerate() {
            let part = book.shares[venue] / shares;
            let received = part * (1.0 - protocol) + if index == Holder::Treasury.index() { protocol } else { 0.0 };
            if received > 0.0 {
                book.mark_wallet(&self.ledger, &self.prices_usd);
                self.ledger.transfer(purse, book.wallet, self.base, base * received);
                self.ledger.transfer(purse, book.wallet, self.quote, quote * received);
            }
            let income = if index == Holder::Treasury.index() { 1.0 } else { 0.0 };
            book.statement.protocol_fees += taken_usd * (part - income);
        }
    }

    /// Mints shares to the treasury for the protocol's part of the growth of sqrt(k).
    ///
    /// Law: minted = S (r - r') / ((1/phi - 1) r + r'), with r = sqrt(k) now, r' when last taken, phi the protocol's
    /// share. Source: Uniswap v2 core whitepaper, section 2.4, equation 6.
    fn mint_protocol_shares(&mut self, venue: usize) {
        let value = self.venue_value_usd(&self.venues[venue]);
        let pool = &mut self.venues[venue];
        let (now, before, phi) = (pool.liquidity(), pool.settled_root_k, pool.protocol_share);
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

    /// Pays the rewards that have arisen since the last call, to those who hold eligible liquidity now.
    pub fn accrue(&mut self) {
        for index in 0..self.programmes.len() {
            let programme = &self.programmes[index];
            let tokens = programme.emission.paid_by(self.seconds) - programme.emitted;
            if tokens > 0.0 {
                let weights = self.eligible_usd(index);
                self.pay(index, tokens, &weights);
            }
        }
    }

    /// Value of the liquidity of each holder that programme `index` pays, USD.
    #[must_use]
    pub fn eligible_usd(&self, index: usize) -> [f64; HOLDERS] {
        let programme = &self.programmes[index];
        let per_share =
            |venue: &Venue| if venue.shares > 0.0 { self.venue_value_usd(venue) / venue.shares } else { 0.0 };
        let target = per_share(&self.venues[programme.venue]);
        let mut weights = [0.0; HOLDERS];
        for (holder, (weight, book)) in Holder::ALL.iter().zip(weights.iter_mut().zip(&self.holders)) {
            if *holder != Holder::Treasury {
                *weight = book.shares[programme.venue] * target;
                if programme.pays_pledged {
                    let pledged = self.venues.iter().zip(book.pledged);
                    *weight += pledged.map(|(venue, shares)| shares * per_share(venue)).sum::<f64>();
                }
            }
        }
        weights
    }

    fn pay(&mut self, index: usize, tokens: f64, weights: &[f64; HOLDERS]) {
        let total: f64 = weights.iter().sum();
        let programme = &mut self.programmes[index];
        programme.emitted += tokens;
        if total <= 0.0 {
            programme.forfeited += tokens;
            return;
        }
        let (token, price) = (programme.token, self.prices_usd[programme.token.index()]);
        let sold_share = if token == Token::USD { 0.0 } else { programme.sold_share };
        programme.paid_usd += tokens * price;
        programme.sold_usd += tokens * price * sold_share;
        for (book, weight) in self.holders.iter_mut().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            let amount = tokens * weight / total;
            book.mark_wallet(&self.ledger, &self.prices_usd);
            self.ledger.transfer(self.accounts.issuer, book.wallet, token, amount);
            self.ledger.transfer(book.wallet, self.accounts.market, token, amount * sold_share);
            self.ledger.transfer(self.accounts.market, book.wallet, Token::USD, amount * sold_share * price);
            book.statement.incentives += amount * price;
        }
    }

    /// Takes gas of `units` at the current price from a holder's wallet; returns what was paid, USD.
    pub fn pay_gas(&mut self, holder: usize, units: u64) -> f64 {
        let cost = self.gas_cost_usd(units);
        let book = &mut self.holders[holder];
        self.ledger.transfer(book.wallet, self.accounts.gas, Token::USD, cost);
        book.statement.gas += cost;
        cost
    }

    /// Withdraws everything that a provider has in its pool into its class's wallet.
    pub fn withdraw(&mut self, id: u32, next: Place) {
        let provider = self.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else { return };
        self.accrue();
        self.settle(venue);
        let holder = Holder::Class(provider.class).index();
        let has_no_treasury = self.holders[Holder::Treasury.index()].shares[venue] <= 0.0;
        let (pool, book) = (&mut self.venues[venue], &mut self.holders[holder]);
        book.mark_wallet(&self.ledger, &self.prices_usd);
        // By heads, not by what is left: rounding dust can exceed the share of a small holder.
        let is_last = self.providers.heads[venue] == 1 && has_no_treasury;
        let part = if is_last { 1.0 } else { provider.first / pool.shares };
        let reserves = pool.reserves(&self.ledger);
        let (base, quote) = (reserves.base * part, reserves.quote * part);
        self.ledger.transfer(pool.reserve, book.wallet, self.base, base);
        self.ledger.transfer(pool.reserve, book.wallet, self.quote, quote);
        pool.shares = if is_last { 0.0 } else { pool.shares - provider.first };
        book.shares[venue] = if is_last { 0.0 } else { (book.shares[venue] - provider.first).max(0.0) };
        if matches!(provider.place, Place::Pledged { .. }) {
            book.pledged[venue] = (book.pledged[venue] - provider.first).max(0.0);
        }
        pool.refresh(&self.ledger);
        pool.settled_root_k = pool.liquidity();
        if is_last {
            for book in &mut self.holders {
                (book.shares[venue], book.pledged[venue]) = (0.0, 0.0);
            }
        }
        let record = &mut self.providers.list[id as usize];
        (record.first, record.second) = (base, quote);
        self.relocate(id, next);
    }

    /// Deposits what a provider carries into pool `venue` and puts it in `place`; returns what balancing cost, USD.
    ///
    /// A deposit goes in at the pool's own ratio, into an empty pool at the reference price. What is left of one token is,
    /// with `balances`, swapped by half in the deepest pool and deposited too, when that is worth the gas of a swap, which
    /// is paid; the rest stays in the class's wallet and is not the provider's to move again.
    pub fn deposit(&mut self, id: u32, venue: usize, place: Place, balances: bool) -> f64 {
        self.accrue();
        let provider = self.providers.list[id as usize];
        let holder = Holder::Class(provider.class).index();
        let (mut base, mut quote) = (provider.first, provider.second);
        let mut shares = self.add_liquidity(holder, venue, &mut base, &mut quote);
        let left_usd = base * self.pair.base_usd + quote * self.pair.quote_usd;
        let mut slippage = 0.0;
        if balances && left_usd * 0.5 > self.gas_cost_usd(self.gas_units.swap) {
            self.pay_gas(holder, self.gas_units.swap);
            slippage = self.balance(holder, &mut base, &mut quote);
            shares += self.add_liquidity(holder, venue, &mut base, &mut quote);
        }
        let record = &mut self.providers.list[id as usize];
        (record.first, record.second) = (shares, 0.0);
        if matches!(place, Place::Pledged { .. }) {
            self.holders[holder].pledged[venue] += shares;
        }
        self.relocate(id, place);
        slippage
    }

    /// Adds as much of (base, quote) as fits the pool's ratio; what does not fit is left in the two amounts.
    fn add_liquidity(&mut self, holder: usize, venue: usize, base: &mut f64, quote: &mut f64) -> f64 {
        self.settle(venue);
        let (pool, book) = (&mut self.venues[venue], &mut self.holders[holder]);
        let reserves = pool.reserves(&self.ledger);
        let (base_in, quote_in, minted) = if pool.shares > 0.0 {
            let part = (*base / reserves.base).min(*quote / reserves.quote);
            (reserves.base * part, reserves.quote * part, pool.shares * part)
        } else {
            let base_in = base.min(*quote / self.pair.price);
            (base_in, base_in * self.pair.price, base_in * self.pair.root)
        };
        book.mark_wallet(&self.ledger, &self.prices_usd);
        self.ledger.transfer(book.wallet, pool.reserve, self.base, base_in);
        self.ledger.transfer(book.wallet, pool.reserve, self.quote, quote_in);
        pool.shares += minted;
        book.shares[venue] += minted;
        pool.refresh(&self.ledger);
        pool.settled_root_k = pool.liquidity();
        (*base, *quote) = ((*base - base_in).max(0.0), (*quote - quote_in).max(0.0));
        minted
    }

    /// Swaps half of the token that is left over in the deepest pool; returns fee and impact, USD, which the holder pays.
    fn balance(&mut self, holder: usize, base: &mut f64, quote: &mut f64) -> f64 {
        let deepest = |a: &usize, b: &usize| self.venues[*a].liquidity().total_cmp(&self.venues[*b].liquidity());
        let Some(venue) = (0..self.venues.len()).max_by(deepest) else { return 0.0 };
        let has_more_base = *base * self.pair.base_usd > *quote * self.pair.quote_usd;
        let (side, amount) = if has_more_base { (Side::SellBase, *base * 0.5) } else { (Side::BuyBase, *quote * 0.5) };
        let pool = &self.venues[venue];
        let swap = pool.curve.swap_exact_in(pool.reserves(&self.ledger), side, amount);
        let cost = -self.trade(venue, side, swap, Taker::Trader);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let (token_in, token_out) = if has_more_base { (self.base, self.quote) } else { (self.quote, self.base) };
        self.ledger.transfer(book.wallet, self.accounts.market, token_in, swap.amount_in);
        self.ledger.transfer(self.accounts.market, book.wallet, token_out, swap.amount_out);
        book.statement.slippage += cost;
        if has_more_base {
            (*base, *quote) = (*base - swap.amount_in, *quote + swap.amount_out);
        } else {
            (*base, *quote) = (*base + swap.amount_out, *quote - swap.amount_in);
        }
        cost
    }

    /// Pledges a provider's position to the batch migration, or takes the pledge back.
    pub fn set_pledge(&mut self, id: u32, place: Place) {
        self.accrue();
        let provider = self.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else { return };
        let book = &mut self.holders[Holder::Class(provider.class).index()];
        match (provider.place, place) {
            (Place::Pool(_), Place::Pledged { .. }) => book.pledged[venue] += provider.first,
            (Place::Pledged { .. }, Place::Pool(_)) => {
                book.pledged[venue] = (book.pledged[venue] - provider.first).max(0.0);
            }
            _ => return,
        }
        self.relocate(id, place);
    }

    /// Moves every pledged position into its target in one operator transaction; returns the opening value moved, USD.
    pub fn migrate_pledged(&mut self) -> f64 {
        let mut moved = 0.0;
        for id in 0..self.providers.list.len() as u32 {
            let provider = self.providers.list[id as usize];
            if let Place::Pledged { to, .. } = provider.place {
                self.withdraw(id, Place::InFlight(to));
                self.deposit(id, to as usize, Place::Pool(to), false);
                moved += provider.opening_usd;
                self.providers.moves += 1;
            }
        }
        if moved > 0.0 {
            self.pay_gas(Holder::Treasury.index(), self.gas_units.batch);
        }
        moved
    }

    /// Withdraws and deposits in one transaction, the migrator's way: what does not fit stays in the wallet.
    pub fn migrate_at_once(&mut self, id: u32, to: u8, units: u64) -> MoveEvent {
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let gas_usd = self.pay_gas(holder, units);
        self.withdraw(id, Place::InFlight(to));
        let slippage_usd = self.deposit(id, to as usize, Place::Pool(to), false);
        MoveEvent::Done { gas_usd, slippage_usd }
    }

    fn relocate(&mut self, id: u32, place: Place) {
        let venues = &self.venues;
        self.providers.relocate(id, place, |venue| venues[venue].role == Role::New);
    }

    /// Closes the books: everything accrued, shared out and marked, closing values written.
    pub fn close(&mut self) {
        self.accrue();
        for venue in 0..self.venues.len() {
            self.settle(venue);
        }
        let values: Vec<f64> = self.venues.iter().map(|venue| self.venue_value_usd(venue)).collect();
        for book in &mut self.holders {
            book.mark_wallet(&self.ledger, &self.prices_usd);
            let in_pools =
                values.iter().zip(&self.venues).zip(book.shares).filter(|((_, venue), _)| venue.shares > 0.0);
            book.statement.closing = book.wallet_usd(&self.ledger, &self.prices_usd)
                + in_pools.map(|((value, venue), shares)| value * shares / venue.shares).sum::<f64>();
        }
    }
}
