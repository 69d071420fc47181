//! Thefts and what is stuck for ever: tokens leave the holders by a transfer like any other, and may come back.

use super::Books;
use super::holders::Holder;
use portage_base::ledger::{Account, Token};

/// Most of a pool that can be taken at once: the dust of a pool is not worth its gas, and a pool of shares without anything in it
/// has no price.
pub const STOLEN_SHARE_MAX: f64 = 0.999_999;

/// A pool that is worth less is not robbed: the transaction costs more. Judgement, USD.
const LEAST_BOOTY_USD: f64 = 0.01;

/// Who has what was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StolenFunds {
    /// Attackers: it may be given back.
    Stolen,
    /// Nobody, for ever.
    Stuck,
}

impl Books {
    /// Takes the share `share` (0 to [`STOLEN_SHARE_MAX`], cut to it) of everything in a pool's reserves. Those who own the pool lose in
    /// proportion; whoever owns shares owns as many as before. Returns what it was worth, USD.
    pub(crate) fn take_from_pool(&mut self, venue: usize, share: f64, stolen: StolenFunds) -> f64 {
        let share = share.clamp(0.0, STOLEN_SHARE_MAX);
        let is_worth_it = self.venue_value_usd(&self.venues[venue]) > LEAST_BOOTY_USD;
        if share == 0.0 || !self.venues[venue].is_funded() || !is_worth_it {
            return 0.0;
        }
        self.accrue();
        self.settle(venue);
        self.settle_shared_ranges(venue);
        let to = self.account_of(stolen);
        let taken_usd = if self.venues[venue].shared_ranges.is_some() {
            self.cut_shared_ranges(venue, share, to)
        } else {
            self.cut_pool(venue, share, to)
        };
        self.venues[venue].refresh();
        match stolen {
            StolenFunds::Stolen => self.thefts.stolen_usd += taken_usd,
            StolenFunds::Stuck => self.thefts.destroyed_usd += taken_usd,
        }
        taken_usd
    }

    /// Takes the share `share` of what a provider carries in its wallet. Returns what it was worth, USD.
    pub(crate) fn take_carried(&mut self, id: u32, share: f64) -> f64 {
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let mut carried = self.providers.carried(id);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let mut taken_usd = 0.0;
        for (amount, token) in carried.iter_mut().zip(self.coins.list()) {
            let taken = *amount * share;
            *amount -= taken;
            self.ledger.transfer(book.wallet, self.accounts.attackers, *token, taken);
            taken_usd += taken * self.prices_usd[token.index()];
        }
        book.statement.losses += taken_usd;
        self.thefts.robbed_usd[holder] += taken_usd;
        self.thefts.stolen_usd += taken_usd;
        self.providers.carry(id, &carried);
        taken_usd
    }

    /// Attackers give back the share `share` of everything that they hold: to those who lost, in proportion to their losses, into
    /// their wallets. Returns what it is worth now, USD.
    pub(crate) fn give_back(&mut self, share: f64) -> f64 {
        let lost: f64 = self.thefts.robbed_usd.iter().sum();
        if lost <= 0.0 {
            return 0.0;
        }
        for book in &mut self.holders {
            book.mark_wallet(&self.ledger, &self.prices_usd);
        }
        let mut given_usd = 0.0;
        for token in (0..self.prices_usd.len()).map(Token::new) {
            let given = self.ledger.balance(self.accounts.attackers, token).max(0.0) * share;
            for (book, robbed) in self.holders.iter_mut().zip(self.thefts.robbed_usd) {
                let amount = given * robbed / lost;
                self.ledger.transfer(self.accounts.attackers, book.wallet, token, amount);
                let usd = amount * self.prices_usd[token.index()];
                book.statement.losses -= usd;
                given_usd += usd;
            }
        }
        for robbed in &mut self.thefts.robbed_usd {
            *robbed *= 1.0 - share;
        }
        self.thefts.returned_usd += given_usd;
        given_usd
    }

    const fn account_of(&self, stolen: StolenFunds) -> Account {
        match stolen {
            StolenFunds::Stolen => self.accounts.attackers,
            StolenFunds::Stuck => self.accounts.stuck,
        }
    }

    /// Takes a share of the reserves of a pool of shares.
    fn cut_pool(&mut self, venue: usize, share: f64, to: Account) -> f64 {
        let pool = &mut self.venues[venue];
        let amounts = pool.reserves(&self.ledger).map(|reserve| reserve * share);
        for (amount, token) in amounts.iter().zip(pool.terms.coins.list()) {
            self.ledger.transfer(pool.accounts.reserve, to, *token, *amount);
        }
        let taken = pool.pool.balances().map(|balance| balance * share);
        pool.pool.take(&taken);
        pool.settled_root_k = pool.root_k();
        let taken_usd = pool.terms.coins.value_usd(&amounts, &self.prices_usd);
        for (book, robbed) in self.holders.iter_mut().zip(&mut self.thefts.robbed_usd) {
            let lost = taken_usd * book.shares[venue] / pool.shares;
            book.statement.losses += lost;
            *robbed += lost;
        }
        taken_usd
    }

    /// Takes a share of every range of a concentrated pool.
    fn cut_shared_ranges(&mut self, venue: usize, share: f64, to: Account) -> f64 {
        let pool = &mut self.venues[venue];
        let pair = self.pairs[pool.terms.pair];
        let (Some(curve), Some(shared_ranges)) = (pool.pool.ranges_mut(), &mut pool.shared_ranges) else { return 0.0 };
        let positions: Vec<usize> = curve.positions().collect();
        let mut taken_usd = 0.0;
        for position in positions {
            let units = curve.liquidity_of(position);
            if units <= 0.0 {
                continue;
            }
            let out = curve.burn(position, units * share);
            let usd = pair.value_usd(out);
            taken_usd += usd;
            self.ledger.transfer(pool.accounts.reserve, to, pool.terms.coins.token(0), out.base);
            self.ledger.transfer(pool.accounts.reserve, to, pool.terms.coins.token(1), out.quote);
            let held = curve.held(position);
            let shared_range = shared_ranges.of_mut(position);
            for (holder, book) in self.holders.iter_mut().enumerate() {
                let lost = usd * shared_range.owned[holder] / units;
                book.statement.losses += lost;
                self.thefts.robbed_usd[holder] += lost;
                shared_range.owned[holder] *= 1.0 - share;
            }
            shared_range.value_usd = pair.value_usd(held);
        }
        // In a pool of ranges a provider's units are those of its lot.
        for provider in self.providers.list.iter_mut().filter(|provider| provider.place.pool() == Some(venue)) {
            provider.shares *= 1.0 - share;
        }
        taken_usd
    }

    /// What everybody who provides liquidity has lost to thefts and for ever, less what was given back, USD; the treasury is left out.
    #[must_use]
    pub fn failure_loss_usd(&self) -> f64 {
        let providers = self.modelled().iter().enumerate().filter(|(index, _)| *index != Holder::Treasury.index());
        providers.map(|(_, book)| book.statement.losses).sum()
    }
}
