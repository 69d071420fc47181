//! The staged rollout: caps, the operator's moves, the release, and the way back.

use super::{PlanExecution, Setting, Task};
use crate::model::{Model, Plan};
use crate::run::Observer;
use crate::world::Books;
use portage_base::actions::Place;
use portage_chain::Chain;
use portage_migration::{OnTrip, StageSpec};
use portage_pools::Role;

/// Everything may stand in the new version.
const NO_CAP: f64 = 1.0;

/// Share of a cap above which the front end says that it is full.
const FULL_SHARE: f64 = 0.999;

impl PlanExecution {
    /// The stage ends at `seconds`, and not before.
    fn end_stage_at(&mut self, seconds: f64) {
        self.stage_ends = seconds;
        self.push(seconds, Task::StageEnds(self.stage));
    }

    /// Whether the old and the new version take deposits now.
    pub(in crate::run) fn takes_deposits(&self, model: &Model, books: &Books) -> (bool, bool) {
        let Some(plan) = &model.plan else { return (true, false) };
        let is_replaced = plan.is_operated() && self.opened.is_some() && !self.is_over;
        let has_room = self.cap_usd(plan, books).is_none_or(|cap| books.value_of_usd(Role::New) < FULL_SHARE * cap);
        (!is_replaced, self.opened.is_some() && !self.is_over && has_room)
    }

    /// Most value that may stand in the new version now, USD; none after the release.
    pub(in crate::run) fn cap_usd(&self, plan: &Plan, books: &Books) -> Option<f64> {
        let stage = plan.spec.stages.get(self.stage)?;
        let cap = stage.cap_share * books.total_value_usd();
        Some(stage.cap_usd.map_or(cap, |most| cap.min(most)))
    }
}

impl PlanExecution {
    /// Begins stage `stage`; the one after the last is the release: no cap, no end.
    pub(super) fn begin_stage(&mut self, on: &mut Setting<'_, impl Observer>, stage: usize) {
        let plan = on.plan;
        let now = on.books.seconds;
        self.stage = stage;
        let spec = plan.spec.stages.get(stage);
        match spec {
            Some(spec) => self.end_stage_at(now + spec.lasting.seconds()),
            None => on.books.plan_record.released = now,
        }
        if plan.is_operated() {
            self.move_by_operator(on, spec);
        }
    }

    /// The stage's time is over: the gates are asked for the next one.
    pub(super) fn end_stage(&mut self, on: &mut Setting<'_, impl Observer>, stage: usize) {
        // What was scheduled before a pause does not count: the stage has begun anew since, or will.
        if stage != self.stage || on.books.seconds < self.stage_ends {
            return;
        }
        if on.gates_hold() {
            self.is_tripped = false;
            self.begin_stage(on, stage + 1);
        } else {
            self.trip(on);
        }
    }

    /// The gates do not hold.
    pub(super) fn trip(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        on.books.plan_record.gates_tripped += u32::from(!self.is_tripped);
        self.is_tripped = true;
        let now = on.books.seconds;
        match plan.spec.gates.map_or(OnTrip::Hold, |gates| gates.on_trip) {
            OnTrip::Hold => {
                let later = now + on.model.observe_blocks as f64 * on.model.block_seconds();
                self.end_stage_at(later);
            }
            OnTrip::Pause(pause) => {
                on.halt_new(true);
                self.stage_ends = f64::INFINITY;
                self.push(now + pause.lasting.seconds(), Task::Resume);
            }
            OnTrip::Rollback => self.roll_back(on),
        }
    }

    /// A pause that the gates asked for is over: the stage begins anew.
    pub(super) fn resume(&mut self, on: &mut Setting<'_, impl Observer>) {
        self.is_tripped = false;
        on.halt_new(false);
        self.begin_stage(on, self.stage);
    }
}

impl<O: Observer> Setting<'_, O> {
    pub(super) fn halt_new(&mut self, is_halted: bool) {
        self.books.halt_version(Role::New, is_halted);
        self.books.plan_record.is_paused = is_halted;
    }
}

impl PlanExecution {
    /// The operator moves as much as the stage allows: all of a pool as it stands where nothing limits it, otherwise provider after
    /// provider in a random order.
    fn move_by_operator(&mut self, on: &mut Setting<'_, impl Observer>, stage: Option<&StageSpec>) {
        let plan = on.plan;
        let cap = stage.map_or(NO_CAP, |stage| stage.cap_share);
        let cap_usd = stage.and_then(|stage| stage.cap_usd);
        for &(old, new) in &plan.successors {
            let from = on.standing_in(old);
            let is_funded = on.books.venues[new].is_funded();
            if plan.is_crossing() && (is_funded || !plan.spec.stages.is_empty()) {
                self.send_providers(on, (old, new), (cap, cap_usd));
            } else if cap >= NO_CAP && cap_usd.is_none() && !is_funded {
                on.books.move_whole(old, new);
            } else {
                on.books.move_providers(&self.order, (old, new), |books| {
                    let (left, entered) = (&books.venues[old], &books.venues[new]);
                    let (left, entered) = (books.venue_value_usd(left), books.venue_value_usd(entered));
                    entered >= cap * (left + entered) && cap < NO_CAP || cap_usd.is_some_and(|most| entered >= most)
                });
            }
            on.publish_moves(&from);
        }
        if stage.is_none() {
            self.credit_entries(on);
        }
    }

    /// The operator sends the liquidity of provider after provider to the other chain, until what has been sent reaches the cap.
    fn send_providers(
        &self,
        on: &mut Setting<'_, impl Observer>,
        (old, new): (usize, usize),
        (cap, cap_usd): (f64, Option<f64>),
    ) {
        let left_usd = on.books.venue_value_usd(&on.books.venues[old]);
        let mut sent_usd = on.books.venue_value_usd(&on.books.venues[new]) + on.books.bridge_holds_usd();
        let total_usd = left_usd + sent_usd;
        let most_usd = (cap * total_usd).min(cap_usd.unwrap_or(f64::INFINITY));
        let gas = on.books.chain(Chain::Home).units.withdraw
            + on.books.crossing.as_ref().map_or(0, |crossing| crossing.bridge.send_gas(Chain::Home));
        for &id in &self.order {
            if on.books.providers.list[id as usize].place.pool() != Some(old) {
                continue;
            }
            if cap < NO_CAP && sent_usd >= most_usd {
                break;
            }
            sent_usd += on.market_view.value_usd(id, on.books).0;
            on.books.operate(gas);
            on.send_provider(id, new);
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    /// Withdraws a provider's liquidity and sends it to a pool on the other chain.
    pub(super) fn send_provider(&mut self, id: u32, to: usize) {
        self.books.withdraw(id, Place::InFlight(to as u8));
        self.books.send(id, to as u8);
        if let Some(people) = &mut self.people {
            let block = (self.books.seconds / self.model.block_seconds()) as u64;
            people.wake_for_messages(self.books, block);
        }
    }

    /// Providers in a pool, with their places.
    pub(super) fn standing_in(&self, venue: usize) -> Vec<(u32, Place)> {
        let all = (0..).zip(&self.books.providers.list);
        all.filter(|(_, provider)| provider.place.pool() == Some(venue))
            .map(|(id, provider)| (id, provider.place))
            .collect()
    }
}
