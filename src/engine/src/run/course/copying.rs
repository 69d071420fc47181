//! State migration: the snapshot, the copy batch by batch, and what wrong entries do to their owners.

use super::{Course, Task};
use crate::model::Plan;
use crate::run::Observer;
use crate::run::simulation::{Scene, Simulation};
use portage_chain::Chain;
use portage_migration::{Copying, During, MovedBy, Phase, StateMigration};
use portage_pools::{Role, VENUES_MAX};

impl Course {
    /// Entries of the copy that are wrong, as far as they will take effect.
    pub(super) fn wrong_entries(&self) -> u32 {
        let Some(copying) = self.copying.as_ref().filter(|_| !self.mends_entries) else { return 0 };
        copying.wrong_entries() as u32
    }
}

impl Simulation<'_> {
    /// The state is read: what every provider holds in the old version, in USD of this moment.
    pub(super) fn take_snapshot(&mut self, course: &mut Course, plan: &Plan, observer: &mut impl Observer) {
        let Some(state) = plan.state() else { return };
        let now = self.world.books.seconds;
        self.world.books.passage.snapshot = now;
        let backlog = self.people.as_ref().map_or(0, |people| people.backlog());
        let (model, world, board) = (self.model, &self.world, &self.board);
        observer.snapshot(&Scene { model, world, board, backlog, seconds: now });
        let mut unit_usd = [0.0; VENUES_MAX];
        for (unit, venue) in unit_usd.iter_mut().zip(&self.world.books.venues) {
            let is_owned = venue.terms.role == Role::Old && venue.shares > 0.0;
            *unit = if is_owned { self.world.books.venue_value_usd(venue) / venue.shares } else { 0.0 };
        }
        course.unit_usd = unit_usd;
        let providers = self.world.books.providers.list.len();
        let mut copying = Copying::new(state, providers, course.seed, course.run);
        copying.snapshot(now, (0..providers as u32).map(|id| self.entry_usd(course, id)));
        course.copying = Some(copying);
        if state.during == During::Freeze {
            self.world.books.halt_version(Role::Old, true);
        }
        course.push(now, Task::Copy);
    }

    /// What a provider's entry holds: its part of an old pool at the prices of the snapshot, of a range at those of now, USD.
    fn entry_usd(&self, course: &Course, id: u32) -> f64 {
        let provider = &self.world.books.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else { return 0.0 };
        let pool = &self.world.books.venues[venue];
        if pool.terms.role != Role::Old {
            return 0.0;
        }
        let per_unit = pool.lots.as_ref().map_or(course.unit_usd[venue], |lots| {
            let lot = lots.of(provider.lot as usize);
            lot.value_usd / lot.owned.iter().sum::<f64>()
        });
        provider.shares * per_unit
    }

    /// The operator writes as many batches as price and room allow.
    pub(super) fn copy(&mut self, course: &mut Course, plan: &Plan) {
        let Some(copying) = &mut course.copying else { return };
        let now = self.world.books.seconds;
        let chain = if plan.is_crossing() { Chain::Destination } else { Chain::Home };
        let gas = self.world.books.gas_on(chain);
        let (price, room) = gas.map_or((0.0, u64::MAX), |gas| (gas.price_gwei(), gas.room()));
        let had_verdict = copying.verdict().is_some();
        let written = copying.step(now, price, room);
        if written.gas > 0 {
            self.world.books.take_room(chain, written.gas);
            self.world.books.bill_operator(chain, written.gas);
        }
        if let (false, Some(verdict)) = (had_verdict, copying.verdict()) {
            self.world.books.pay_for_verification(verdict.cost_usd);
            self.world.books.passage.entries_found = verdict.found as f64;
        }
        match copying.phase() {
            Phase::Settled => {
                self.world.books.passage.entries = copying.total().entries as f64;
                self.world.books.passage.divergence_share = copying.divergence();
                self.begin_verification(course, plan);
            }
            Phase::Aborted => self.stop_before_effect(course),
            Phase::Comparing { until } => course.push(until.max(now), Task::Copy),
            Phase::Waiting | Phase::Writing | Phase::Repairing { .. } => {
                course.push(now + self.model.block_seconds(), Task::Copy);
            }
        }
    }

    /// A provider's entry has changed: under dual-write it is written to both versions, at the provider's cost.
    pub(in crate::run) fn touch_entry(&mut self, id: u32) {
        let Some(mut course) = self.course.take() else { return };
        let amount = self.entry_usd(&course, id);
        if let Some(copying) = &mut course.copying {
            let mirrored = copying.touch(id as usize, amount);
            if mirrored.gas > 0 {
                let class = self.world.books.providers.list[id as usize].class;
                self.world.books.pay_gas(crate::world::Holder::Class(class).index(), mirrored.gas);
                self.world.books.rush_gas += mirrored.gas;
            }
        }
        self.course = Some(course);
    }

    /// The copy takes effect: whoever's entry is wrong has more or less of its pool than it had.
    pub(super) fn credit_entries(&mut self, course: &mut Course) {
        let Some(copying) = course.copying.take() else { return };
        self.world.books.passage.divergence_share = if course.mends_entries { 0.0 } else { copying.divergence() };
        if course.mends_entries {
            return;
        }
        let Some(credits) = copying.credits() else { return };
        let factors: Vec<(u32, f64)> = credits
            .filter(|credit| credit.intended > 0.0)
            .map(|credit| (credit.provider as u32, credit.credited / credit.intended))
            .collect();
        if copying.divergence() > 0.0 {
            self.world.books.credit(&factors);
        }
    }

    /// Claims end: what nobody has claimed goes to the treasury.
    pub(super) fn end_claims(&mut self, observer: &mut impl Observer) {
        self.world.books.passage.unclaimed_share = self.world.books.left_in_old_share();
        for id in 0..self.world.books.providers.list.len() as u32 {
            let from = self.world.books.providers.list[id as usize].place;
            if from.pool().is_some_and(|venue| self.world.books.venues[venue].terms.role == Role::Old) {
                self.world.books.forfeit(id);
                self.tell_moves(&[(id, from)], observer);
            }
        }
    }

    /// Claims end at their date; where the new version takes effect later than was planned, so much later.
    pub(super) fn schedule_claims_end(&self, course: &mut Course, state: &StateMigration) {
        if let MovedBy::Claims(claims) = &state.moved_by
            && let Some(end) = claims.claims_end
        {
            let start = self.model.grid.start;
            let snapshot = state.snapshot.map_or(0.0, |date| date.seconds_since(start));
            let late = (self.world.books.seconds - self.model.calendar.opens.max(snapshot)).max(0.0);
            course.push(end.seconds_since(start) + late, Task::ClaimsEnd);
        }
    }
}
