//! State migration: the snapshot, the copy batch by batch, and what wrong entries do to their owners.

use super::{PlanExecution, Setting, Task};
use crate::run::Observer;
use crate::world::Books;
use portage_chain::Chain;
use portage_migration::{Copying, During, MovedBy, Phase, StateMigration};
use portage_pools::{Role, VENUES_MAX};

impl PlanExecution {
    /// Entries of the copy that are wrong, as far as they will take effect.
    pub(super) fn wrong_entries(&self) -> u32 {
        let Some(copying) = self.copying.as_ref().filter(|_| !self.mends_entries) else { return 0 };
        copying.wrong_entries() as u32
    }
}

impl PlanExecution {
    /// The state is read: what every provider holds in the old version, in USD of this moment.
    pub(super) fn take_snapshot(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let Some(state) = plan.state() else { return };
        let now = on.books.seconds;
        on.books.plan_record.snapshot = now;
        on.observer.snapshot(on.model, on.books);
        let mut unit_usd = [0.0; VENUES_MAX];
        for (unit, venue) in unit_usd.iter_mut().zip(&on.books.venues) {
            let is_owned = venue.terms.role == Role::Old && venue.shares > 0.0;
            *unit = if is_owned { on.books.venue_value_usd(venue) / venue.shares } else { 0.0 };
        }
        self.unit_usd = unit_usd;
        let providers = on.books.providers.list.len();
        let mut copying = Copying::new(state, providers, self.seed, self.run);
        copying.snapshot(now, (0..providers as u32).map(|id| self.entry_usd(on.books, id)));
        self.copying = Some(copying);
        if state.during == During::Freeze {
            on.books.halt_version(Role::Old, true);
        }
        self.push(now, Task::Copy);
    }

    /// What a provider's entry holds: its part of an old pool at the prices of the snapshot, of a range at those of now, USD.
    fn entry_usd(&self, books: &Books, id: u32) -> f64 {
        let provider = &books.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else { return 0.0 };
        let pool = &books.venues[venue];
        if pool.terms.role != Role::Old {
            return 0.0;
        }
        let per_unit = pool.shared_ranges.as_ref().map_or(self.unit_usd[venue], |shared_ranges| {
            let shared_range = shared_ranges.of(provider.shared_range as usize);
            shared_range.value_usd / shared_range.owned.iter().sum::<f64>()
        });
        provider.shares * per_unit
    }

    /// The operator writes as many batches as price and room allow.
    pub(super) fn copy(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let Some(copying) = &mut self.copying else { return };
        let now = on.books.seconds;
        let chain = if plan.is_crossing() { Chain::Destination } else { Chain::Home };
        let gas = on.books.chain(chain);
        let (price, room) = (gas.price_gwei(), gas.room());
        let had_verdict = copying.verdict().is_some();
        let written = copying.step(now, price, room);
        if written.gas > 0 {
            on.books.chain_mut(chain).take_room(written.gas);
            on.books.bill_operator(chain, written.gas);
        }
        if let (false, Some(verdict)) = (had_verdict, copying.verdict()) {
            on.books.pay_for_verification(verdict.cost_usd);
            on.books.plan_record.entries_found = verdict.found as f64;
        }
        match copying.phase() {
            Phase::Settled => {
                on.books.plan_record.entries = copying.total().entries as f64;
                on.books.plan_record.divergence_share = copying.divergence();
                self.begin_verification(on);
            }
            Phase::Aborted => self.stop_before_effect(on),
            Phase::Comparing { until } => self.push(until.max(now), Task::Copy),
            Phase::Waiting | Phase::Writing | Phase::Repairing { .. } => {
                self.push(now + on.model.block_seconds(), Task::Copy);
            }
        }
    }

    /// A provider's entry has changed: under dual-write it is written to both versions, at the provider's cost.
    pub(in crate::run) fn touch_entry(&mut self, id: u32, books: &mut Books) {
        let amount = self.entry_usd(books, id);
        if let Some(copying) = &mut self.copying {
            let mirrored = copying.touch(id as usize, amount);
            if mirrored.gas > 0 {
                let class = books.providers.list[id as usize].class;
                books.pay_gas(Chain::Home, crate::world::Holder::Class(class).index(), mirrored.gas);
                books.chain_mut(Chain::Home).rush_gas += mirrored.gas;
            }
        }
    }

    /// The copy takes effect: whoever's entry is wrong has more or less of its pool than it had.
    pub(super) fn credit_entries(&mut self, on: &mut Setting<'_, impl Observer>) {
        let Some(copying) = self.copying.take() else { return };
        on.books.plan_record.divergence_share = if self.mends_entries { 0.0 } else { copying.divergence() };
        if self.mends_entries {
            return;
        }
        let Some(credits) = copying.credits() else { return };
        let factors: Vec<(u32, f64)> = credits
            .filter(|credit| credit.intended > 0.0)
            .map(|credit| (credit.provider as u32, credit.credited / credit.intended))
            .collect();
        if copying.divergence() > 0.0 {
            on.books.credit(&factors);
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Claims end: what nobody has claimed goes to the treasury.
    pub(super) fn end_claims(&mut self) {
        self.books.plan_record.unclaimed_share = self.books.left_in_old_share();
        for id in 0..self.books.providers.list.len() as u32 {
            let from = self.books.providers.list[id as usize].place;
            if from.pool().is_some_and(|venue| self.books.venues[venue].terms.role == Role::Old) {
                self.books.forfeit(id);
                self.publish_moves(&[(id, from)]);
            }
        }
    }
}

impl PlanExecution {
    /// Claims end at their date; where the new version takes effect later than was planned, so much later.
    pub(super) fn schedule_claims_end(&mut self, on: &Setting<'_, impl Observer>, state: &StateMigration) {
        if let MovedBy::Claims(claims) = &state.moved_by
            && let Some(end) = claims.claims_end
        {
            let start = on.model.grid.start;
            let snapshot = state.snapshot.map_or(0.0, |date| date.seconds_since(start));
            let late = (on.books.seconds - on.model.calendar.opens.max(snapshot)).max(0.0);
            self.push(end.seconds_since(start) + late, Task::ClaimsEnd);
        }
    }
}
