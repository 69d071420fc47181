//! Penalties: what leaving a locked position soon, or the old version late, costs; it goes to the treasury.

use super::Books;
use super::holders::Holder;
use portage_base::actions::Place;
use portage_pools::{Amounts, Role};

impl Books {
    /// Share of a position in pool `venue` that its owner loses when it goes to `next` now.
    #[must_use]
    pub fn penalty(&self, id: u32, venue: usize, next: Place) -> f64 {
        let target = match next {
            Place::Pool(to) | Place::InFlight(to) => Some(usize::from(to)),
            Place::Outside | Place::Pledged { .. } => None,
        };
        if target == Some(venue) {
            return 0.0;
        }
        let entered = f64::from(self.providers.list[id as usize].entered);
        let locks = self.programmes.iter().filter(|programme| programme.terms.venue == venue);
        let mut kept: f64 = locks.map(|programme| 1.0 - programme.terms.penalty_at(entered, self.seconds)).product();
        let is_migration = self.venues[venue].terms.role == Role::Old
            && target.is_some_and(|target| self.venues[target].terms.role == Role::New);
        if let (Some(late), true) = (&self.late_penalty, is_migration) {
            kept *= 1.0 - late.rate(self.seconds);
        }
        1.0 - kept
    }

    /// Moves the share `penalty` of what a provider has just withdrawn from its class's wallet to the treasury's.
    pub(super) fn take_penalty(&mut self, id: u32, withdrawn: &mut Amounts, penalty: f64) {
        let (holder, treasury) =
            (Holder::Class(self.providers.list[id as usize].class).index(), Holder::Treasury.index());
        for index in [holder, treasury] {
            self.holders[index].mark_wallet(&self.ledger, &self.prices_usd);
        }
        let (from, to) = (self.holders[holder].wallet, self.holders[treasury].wallet);
        let place = self.providers.list[id as usize].place;
        let coins = place.pool().map_or(self.coins, |venue| self.venues[venue].terms.coins);
        let mut paid_usd = 0.0;
        for (amount, token) in withdrawn.iter_mut().zip(coins.list()) {
            let taken = *amount * penalty;
            *amount -= taken;
            self.ledger.transfer(from, to, *token, taken);
            paid_usd += taken * self.prices_usd[token.index()];
        }
        self.holders[holder].statement.penalties += paid_usd;
        self.holders[treasury].statement.penalties -= paid_usd;
    }
}
