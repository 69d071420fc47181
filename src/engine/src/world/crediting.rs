//! Entries of a copied state that are wrong: whoever has more than it had takes it from the others of its pool.

use super::Books;
use super::holders::Holder;
use portage_base::actions::Place;

impl Books {
    /// Multiplies what each of these providers owns of its pool by its factor, and then everybody's of a pool alike so that the providers'
    /// shares of it stay as many as they were: who has more than before has it from the others, and who has nothing left does not
    /// stand there any more. Ranges of a concentrated pool are
    /// shared anew among the owners of the same range.
    pub fn credit(&mut self, factors: &[(u32, f64)]) {
        self.accrue();
        for venue in 0..self.venues.len() {
            self.settle(venue);
            self.settle_shared_ranges(venue);
        }
        for venue in 0..self.venues.len() {
            let here: Vec<(u32, f64)> = factors.iter().copied().filter(|(id, _)| self.stands_in(*id, venue)).collect();
            if self.venues[venue].shared_ranges.is_none() {
                self.credit_shares(venue, &here);
            } else {
                let mut shared_ranges: Vec<u32> =
                    here.iter().map(|(id, _)| self.providers.list[*id as usize].shared_range).collect();
                shared_ranges.sort_unstable();
                shared_ranges.dedup();
                for shared_range in shared_ranges {
                    let owners: Vec<(u32, f64)> = here
                        .iter()
                        .copied()
                        .filter(|(id, _)| self.providers.list[*id as usize].shared_range == shared_range)
                        .collect();
                    self.credit_shared_range(venue, shared_range as usize, &owners);
                }
            }
        }
    }

    fn stands_in(&self, id: u32, venue: usize) -> bool {
        self.providers.list[id as usize].place.pool() == Some(venue)
    }

    /// New shares of these providers, as many together as before; `None` where nobody would have anything.
    fn credited(&self, factors: &[(u32, f64)]) -> Option<Vec<(u32, f64)>> {
        let held = |id: u32| self.providers.list[id as usize].shares;
        let before: f64 = factors.iter().map(|(id, _)| held(*id)).sum();
        let after: f64 = factors.iter().map(|(id, factor)| held(*id) * factor).sum();
        (after > 0.0).then(|| factors.iter().map(|(id, factor)| (*id, held(*id) * factor * (before / after))).collect())
    }

    fn credit_shares(&mut self, venue: usize, factors: &[(u32, f64)]) {
        let Some(credited) = self.credited(factors) else { return };
        let per_share_usd = self.venue_value_usd(&self.venues[venue]) / self.venues[venue].shares;
        for (id, shares) in credited {
            self.withdraw_stakes(id);
            let provider = &mut self.providers.list[id as usize];
            let gained = shares - provider.shares;
            provider.shares = shares;
            let book = &mut self.holders[Holder::Class(provider.class).index()];
            book.shares[venue] += gained;
            book.statement.losses -= gained * per_share_usd;
            self.plan_record.miscredited_usd += (-gained * per_share_usd).max(0.0);
            if shares > 0.0 {
                self.deposit_stakes(id);
            } else {
                self.relocate(id, Place::Outside);
            }
        }
        // The supply is what is owned.
        self.venues[venue].shares = self.holders.iter().map(|book| book.shares[venue]).sum();
    }

    fn credit_shared_range(&mut self, venue: usize, shared_range: usize, factors: &[(u32, f64)]) {
        let Some(credited) = self.credited(factors) else { return };
        let Some(shared_ranges) = &mut self.venues[venue].shared_ranges else { return };
        let shared_range = shared_ranges.of_mut(shared_range);
        let per_unit_usd = shared_range.value_usd / shared_range.owned.iter().sum::<f64>();
        let mut emptied = Vec::new();
        for (id, units) in credited {
            let provider = &mut self.providers.list[id as usize];
            let holder = Holder::Class(provider.class).index();
            let gained = units - provider.shares;
            provider.shares = units;
            shared_range.owned[holder] += gained;
            self.holders[holder].statement.losses -= gained * per_unit_usd;
            self.plan_record.miscredited_usd += (-gained * per_unit_usd).max(0.0);
            if units <= 0.0 {
                shared_range.heads -= 1;
                emptied.push(id);
            }
        }
        for id in emptied {
            self.relocate(id, Place::Outside);
        }
    }

    /// A provider's part of its pool goes to the treasury; the provider has nothing left there.
    pub(crate) fn forfeit(&mut self, id: u32) {
        let holder = Holder::Class(self.providers.list[id as usize].class).index();
        let treasury = Holder::Treasury.index();
        let kept = self.providers.carried(id);
        self.withdraw(id, Place::Outside);
        let mut carried = self.providers.carried(id);
        for index in [holder, treasury] {
            self.holders[index].mark_wallet(&self.ledger, &self.prices_usd);
        }
        let (from, to) = (self.holders[holder].wallet, self.holders[treasury].wallet);
        let mut lost_usd = 0.0;
        for ((amount, kept), token) in carried.iter_mut().zip(kept).zip(self.coins.list()) {
            let lost = (*amount - kept).max(0.0);
            self.ledger.transfer(from, to, *token, lost);
            lost_usd += lost * self.prices_usd[token.index()];
            *amount = kept;
        }
        self.holders[holder].statement.penalties += lost_usd;
        self.holders[treasury].statement.penalties -= lost_usd;
        self.providers.carry(id, &carried);
    }
}
