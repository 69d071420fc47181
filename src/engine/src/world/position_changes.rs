//! The settling door: withdrawals, pledges and moves of liquidity; `deposit` puts it in.
//!
//! Before any share count changes, programmes are accrued and the pool's flows are shared out among its holders, so
//! that every flow reaches exactly those who held the shares while it arose.

use super::Books;
use super::holders::Holder;
use portage_base::actions::{MoveEvent, Place};
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_pools::{Amounts, COINS_MAX};

/// What a migrator hands back rather than swaps, share of the value moved. Source: Uniswap's V3Migrator refunds what the pool
/// does not take; above a per cent its users swap (judgement).
pub const MIGRATOR_DUST: f64 = 0.01;

impl Books {
    /// Takes gas of `units` at the current price of `chain` from a holder's wallet; returns what was paid, USD.
    pub(crate) fn pay_gas(&mut self, chain: Chain, holder: usize, units: u64) -> f64 {
        let cost = self.gas_cost_usd(chain, units);
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
        let penalty = self.penalty(id, venue, next);
        let mut carried = if self.venues[venue].shared_ranges.is_some() {
            self.leave_shared_range(id, venue)
        } else {
            self.burn_shares(id, venue)
        };
        if penalty > 0.0 {
            self.take_penalty(id, &mut carried, penalty);
        }
        let before = self.providers.carried(id);
        self.providers.carry(id, &std::array::from_fn(|coin| before[coin] + carried[coin]));
        if next == Place::Outside && self.venues[venue].terms.chain == Chain::Destination {
            self.change_at_market(id, Chain::Home);
        }
        self.relocate(id, next);
    }

    /// Takes a provider's part of every coin out of a pool of shares.
    fn burn_shares(&mut self, id: u32, venue: usize) -> Amounts {
        let provider = self.providers.list[id as usize];
        if provider.shares <= 0.0 {
            return [0.0; COINS_MAX];
        }
        let holder = Holder::Class(provider.class).index();
        // By heads, not by what is left: rounding dust can exceed the share of a small holder.
        let is_last = self.providers.heads[venue] == 1;
        let others: f64 = self.holders[Holder::Treasury.index()..].iter().map(|book| book.shares[venue]).sum();
        let (pool, book) = (&mut self.venues[venue], &mut self.holders[holder]);
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let part = if is_last { 1.0 - others / pool.shares } else { provider.shares / pool.shares };
        let amounts = pool.reserves(&self.ledger).map(|reserve| reserve * part);
        for (amount, token) in amounts.iter().zip(pool.terms.coins.list()) {
            self.ledger.transfer(pool.accounts.reserve, book.wallet, *token, *amount);
        }
        let taken = pool.pool.balances().map(|balance| balance * part);
        pool.pool.take(&taken);
        book.shares[venue] = (book.shares[venue] - provider.shares).max(0.0);
        for class in Holder::ALL.iter().filter(|other| is_last && matches!(other, Holder::Class(_))) {
            let book = &mut self.holders[class.index()];
            book.shares[venue] = 0.0;
        }
        // The supply is what is owned: a difference of two large numbers would be neither.
        pool.shares = self.holders.iter().map(|book| book.shares[venue]).sum();
        pool.refresh();
        pool.settled_root_k = pool.root_k();
        amounts
    }

    /// Takes a provider's units out of its range in a concentrated pool.
    fn leave_shared_range(&mut self, id: u32, venue: usize) -> Amounts {
        let provider = self.providers.list[id as usize];
        let (position, holder) = (provider.shared_range as usize, Holder::Class(provider.class).index());
        let mut amounts = [0.0; COINS_MAX];
        if provider.shares <= 0.0 {
            return amounts;
        }
        self.settle_shared_range(venue, position);
        let pool = &mut self.venues[venue];
        let (Some(curve), Some(shared_ranges)) = (pool.pool.ranges_mut(), &mut pool.shared_ranges) else {
            return amounts;
        };
        let is_last = shared_ranges.leave(position, holder, provider.shares);
        let out = if is_last {
            curve.burn_rest(position)
        } else {
            curve.burn(position, provider.shares.min(curve.liquidity_of(position)))
        };
        if !is_last {
            let (held, pair) = (curve.held(position), self.pairs[pool.terms.pair]);
            shared_ranges.of_mut(position).value_usd = pair.value_usd(held);
        }
        (amounts[0], amounts[1]) = (out.base, out.quote);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        for (amount, token) in amounts.iter().zip(pool.terms.coins.list()) {
            self.ledger.transfer(pool.accounts.reserve, book.wallet, *token, *amount);
        }
        pool.refresh();
        amounts
    }

    /// Pledges a provider's position to the batch migration, or takes the pledge back.
    pub(crate) fn set_pledge(&mut self, id: u32, place: Place) {
        self.accrue();
        let from = self.providers.list[id as usize].place;
        if matches!((from, place), (Place::Pool(_), Place::Pledged { .. }) | (Place::Pledged { .. }, Place::Pool(_))) {
            self.relocate(id, place);
        }
    }

    /// Moves every pledged position into its target in one operator transaction; returns the opening value moved, USD.
    pub(crate) fn migrate_pledged(&mut self) -> f64 {
        let mut moved = 0.0;
        for id in 0..self.providers.list.len() as u32 {
            let provider = self.providers.list[id as usize];
            if let Place::Pledged { to, .. } = provider.place {
                self.withdraw(id, Place::InFlight(to));
                self.deposit(id, to as usize, Place::Pool(to), MIGRATOR_DUST);
                moved += provider.opening_usd;
                self.providers.moves += 1;
            }
        }
        if moved > 0.0 {
            self.pay_gas(Chain::Home, Holder::Treasury.index(), self.chain(Chain::Home).units.batch);
        }
        moved
    }

    /// Withdraws and deposits in one transaction, the migrator's way: dust that does not fit is handed back.
    pub(crate) fn migrate_at_once(&mut self, id: u32, to: u8, units: u64) -> MoveEvent {
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let gas_usd = self.pay_gas(self.venues[usize::from(to)].terms.chain, holder, units);
        self.withdraw(id, Place::InFlight(to));
        let (swap_gas_usd, slippage_usd) = self.deposit(id, to as usize, Place::Pool(to), MIGRATOR_DUST);
        MoveEvent::Done { gas_usd: gas_usd + swap_gas_usd, slippage_usd }
    }

    /// Moves a provider's liquidity to a range about the present price of the same pool.
    pub(crate) fn recentre(&mut self, id: u32, units: u64) -> MoveEvent {
        let provider = self.providers.list[id as usize];
        let Place::Pool(venue) = provider.place else { return MoveEvent::Refused };
        let chain = self.venues[usize::from(venue)].terms.chain;
        let gas_usd = self.pay_gas(chain, Holder::Class(provider.class).index(), units);
        self.withdraw(id, Place::InFlight(venue));
        let (swap_gas_usd, slippage_usd) = self.deposit(id, usize::from(venue), Place::Pool(venue), 0.0);
        let gas_usd = gas_usd + swap_gas_usd;
        self.recentred += 1;
        self.recentring_usd += gas_usd + slippage_usd;
        MoveEvent::Done { gas_usd, slippage_usd }
    }

    /// Puts a provider, whose shares are those of its new place, there, and lets it take part in what that place is paid.
    pub(super) fn relocate(&mut self, id: u32, place: Place) {
        self.withdraw_stakes(id);
        let provider = &mut self.providers.list[id as usize];
        if provider.place.pool() != place.pool() {
            provider.entered = self.seconds as f32;
        }
        let venues = &self.venues;
        self.providers.relocate(id, place, |venue| venues[venue].terms.role);
        self.deposit_stakes(id);
    }

    /// Shares out everything that is accrued, and lets no stake stand: the first half of a close.
    pub(super) fn settle_all(&mut self) {
        self.accrue();
        for venue in 0..self.venues.len() {
            self.settle(venue);
            self.settle_shared_ranges(venue);
        }
        self.close_stakes();
    }

    /// Writes closing values, once everything is shared out.
    pub(super) fn write_closing(&mut self) {
        let values: Vec<f64> = self.venues.iter().map(|venue| self.venue_value_usd(venue)).collect();
        let mut in_shared_ranges = [0.0; super::HOLDERS];
        for venue in &self.venues {
            let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges(), &venue.shared_ranges) else { continue };
            for position in curve.positions() {
                let (shared_range, units) = (shared_ranges.of(position), curve.liquidity_of(position));
                for (value, owned) in in_shared_ranges.iter_mut().zip(shared_range.owned) {
                    *value += shared_range.value_usd * owned / units;
                }
            }
        }
        let in_flight = self.close_bridge();
        for ((book, in_shared_ranges), in_flight) in self.holders.iter_mut().zip(in_shared_ranges).zip(in_flight) {
            book.mark_wallet(&self.ledger, &self.prices_usd);
            let in_pools =
                values.iter().zip(&self.venues).zip(book.shares).filter(|((_, venue), _)| venue.shares > 0.0);
            book.statement.closing = book.wallet_usd(&self.ledger, &self.prices_usd)
                + in_pools.map(|((value, venue), shares)| value * shares / venue.shares).sum::<f64>()
                + in_shared_ranges
                + in_flight;
        }
    }

    pub(super) fn settle_shared_ranges(&mut self, venue: usize) {
        let Some(curve) = self.venues[venue].pool.ranges() else { return };
        let positions: Vec<usize> = curve.positions().collect();
        for position in positions {
            self.settle_shared_range(venue, position);
        }
    }
}
