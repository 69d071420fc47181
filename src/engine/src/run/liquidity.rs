//! Phase 6: liquidity that moves. Requests of earlier blocks meet the chain, and reviews that are due make new ones.

use super::entry::{open_venues, opened};
use super::people::People;
use super::plan_execution::PlanExecution;
use super::{Asked, Cause, Movement, Observer};
use crate::agents::{Arrival, MarketView, Population, step_between};
use crate::model::{Model, Plan};
use crate::world::{Books, Holder, LpClass};
use portage_base::actions::{MoveEvent, MoveRequest, Place};
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::Chain;
use portage_migration::Step;
use portage_pools::Role;
use std::cmp::Reverse;

/// Days before the deadline from which on the passive feel it.
pub const DEADLINE_FELT_DAYS: f64 = 7.0;

/// Time after which somebody tries again whom the new version had no room for, seconds: the next day (judgement).
pub const TRIES_AGAIN_SECONDS: f64 = SECONDS_PER_DAY;

/// What moving liquidity touches beside the people who ask for it.
pub(super) struct Settling<'a, O> {
    pub(super) model: &'a Model,
    pub(super) books: &'a mut Books,
    pub(super) market_view: &'a mut MarketView,
    pub(super) plan_execution: Option<&'a mut PlanExecution>,
    pub(super) observer: &'a mut O,
}

impl People {
    /// Includes waiting requests as far as price and room allow, then lets those decide whose time has come.
    pub(super) fn move_liquidity<O: Observer>(&mut self, on: &mut Settling<'_, O>, block: u64) {
        for chain in [Chain::Home, Chain::Destination].into_iter().take(on.books.chains.len()) {
            if on.books.chain(chain).has_block {
                self.include(on, chain, block);
            }
        }
        while let Some(&Reverse((due, arrival))) = self.arrivals.peek() {
            if due > block {
                break;
            }
            self.arrivals.pop();
            if let Arrival::Message = arrival {
                if due >= self.message_due {
                    self.message_due = u64::MAX;
                }
                self.deliver_messages(on, block);
                continue;
            }
            if let Arrival::Deposit(id) = arrival {
                if on.is_shut_to(id) {
                    self.arrivals.push(Reverse((block + on.model.observe_blocks, arrival)));
                } else {
                    on.deposit_by_hand(id);
                }
                continue;
            }
            let (request, later) = self.population.arrive(arrival, on.books.seconds, on.books, on.market_view);
            if let (true, Arrival::Integrator(id)) = (O::WANTS_REASONS, arrival) {
                on.tell(&self.population, (id, Cause::Appointment), request);
            }
            if let Some((seconds, arrival)) = later {
                let due = self.block_of(seconds).max(block + 1);
                self.arrivals.push(Reverse((due, arrival)));
            }
            self.ask(on, request);
        }
        while self.next_review <= block {
            let looked = self.population.review(on.books, on.market_view);
            if let (true, Some((id, request))) = (O::WANTS_REASONS, looked) {
                on.tell(&self.population, (id, Cause::Review), request);
            }
            self.ask(on, looked.and_then(|(_, request)| request));
            let due = self.population.next_review();
            self.population.schedule_review(due);
            self.next_review = self.block_of(self.population.next_review());
        }
    }

    fn ask(&mut self, on: &mut Settling<'_, impl Observer>, request: Option<MoveRequest>) {
        let Some(request) = request else { return };
        let provider = on.books.providers.list[request.provider as usize];
        let Some(step) = step_between(provider.place, request.to) else { return };
        if !provider.is_waiting {
            let (chain, gas) = on.books.first_transaction(provider.place, request.to, step);
            on.books.providers.list[request.provider as usize].is_waiting = true;
            self.send(request, chain, gas);
        }
    }

    fn include(&mut self, on: &mut Settling<'_, impl Observer>, chain: Chain, block: u64) {
        let price = on.books.chain(chain).price_gwei();
        loop {
            let room = on.books.chain(chain).room();
            let Some(sent) = self.queue(chain).include(price, room) else { break };
            let MoveRequest { provider, to, .. } = sent.request;
            let from = on.books.providers.list[provider as usize].place;
            on.books.providers.list[provider as usize].is_waiting = false;
            on.books.chain_mut(chain).take_room(sent.gas);
            let event = self.carry_out(on, provider, (from, to), block);
            match event {
                MoveEvent::Done { gas_usd, slippage_usd } => {
                    // A range that follows the price changes no place.
                    on.books.providers.moves += u64::from(step_between(from, to) != Some(Step::Recentre));
                    on.touch_entry(provider);
                    on.observer.moved(&Movement { provider, from, to, gas_usd, slippage_usd }, on.books);
                }
                MoveEvent::Withdrawn { gas_usd } => {
                    let to = on.books.providers.list[provider as usize].place;
                    on.touch_entry(provider);
                    on.observer.moved(&Movement { provider, from, to, gas_usd, slippage_usd: 0.0 }, on.books);
                }
                MoveEvent::Refused if on.plan_execution.is_some() && on.is_passive(provider) => {
                    let due = block + (TRIES_AGAIN_SECONDS / on.model.block_seconds()) as u64;
                    self.arrivals.push(Reverse((due, Arrival::Again(provider))));
                }
                MoveEvent::Refused => {}
            }
        }
    }

    /// Carries out a request that has been included in this block.
    fn carry_out(
        &mut self,
        on: &mut Settling<'_, impl Observer>,
        id: u32,
        direction: (Place, Place),
        block: u64,
    ) -> MoveEvent {
        let (from, to) = direction;
        let is_stuck = from.pool().is_some_and(|venue| on.books.venues[venue].is_halted()) && !on.is_claim(from, to);
        let can_go = !is_stuck && on.accepts(to) && !on.exceeds_cap(id, to);
        let Some(step) = step_between(from, to).filter(|_| can_go) else { return MoveEvent::Refused };
        let holder = Holder::Class(on.books.providers.list[id as usize].class).index();
        let (chain, units) = on.books.first_transaction(from, to, step);
        if let (Some(_), Place::Pool(venue)) = (on.books.crosses_to(from, to), to) {
            return self.send_across(on, id, venue, block, (chain, units));
        }
        let rule = &on.model.rebalancing;
        match (step, to) {
            (Step::Migrate, Place::Pool(venue)) => {
                let provider = on.books.providers.list[id as usize];
                let delay = rule.delay_seconds(f64::from(provider.propensity), f64::from(provider.pace));
                let Some(delay) = delay else { return on.books.migrate_at_once(id, venue, units) };
                let gas_usd = on.books.pay_gas(chain, holder, on.books.chain(chain).units.withdraw);
                on.books.withdraw(id, Place::InFlight(venue));
                self.arrive_at(on.books.seconds + delay, block + 1, Arrival::Deposit(id));
                MoveEvent::Withdrawn { gas_usd }
            }
            (Step::Pledge, _) => {
                let gas_usd = on.books.pay_gas(chain, holder, units);
                on.books.set_pledge(id, to);
                MoveEvent::Done { gas_usd, slippage_usd: 0.0 }
            }
            (Step::Withdraw | Step::UnpledgeAndWithdraw, _) => {
                let gas_usd = on.books.pay_gas(chain, holder, units);
                on.books.withdraw(id, Place::Outside);
                MoveEvent::Done { gas_usd, slippage_usd: 0.0 }
            }
            (Step::Deposit | Step::DepositAndPledge, _) => {
                let Some(venue) = to.pool() else { return MoveEvent::Refused };
                let gas_usd = on.books.pay_gas(chain, holder, units);
                let (swap_gas_usd, slippage_usd) = on.books.deposit(id, venue, to, 0.0);
                MoveEvent::Done { gas_usd: gas_usd + swap_gas_usd, slippage_usd }
            }
            (Step::Recentre, _) => on.books.recentre(id, units),
            (Step::Migrate, _) => MoveEvent::Refused,
        }
    }

    /// At an observation: the news spreads, and those send their requests who flee, whose time has come, or who follow.
    pub(super) fn observe<O: Observer>(&mut self, on: &mut Settling<'_, O>, seconds: f64, elapsed: f64) {
        self.population.awareness.advance(elapsed);
        on.market_view.informed = self.informed();
        self.population.watch_run_on_pool(on.books);
        while let Some(request) = self.population.next_leaving(on.books, on.market_view) {
            if O::WANTS_REASONS {
                on.tell(&self.population, (request.provider, Cause::RunOnPool), Some(request));
            }
            self.ask(on, Some(request));
        }
        if on.model.has_two_sides() && elapsed > 0.0 {
            let calendar = &on.model.calendar;
            let gap = on.market_view.yield_gap(on.books);
            let felt =
                calendar.deadline.is_some_and(|deadline| seconds >= deadline - DEADLINE_FELT_DAYS * SECONDS_PER_DAY);
            let total = on.books.total_value_usd();
            let moved = if total > 0.0 { on.books.value_of_usd(Role::New) / total } else { 0.0 };
            let covariates = self.population.covariates(gap, moved, felt);
            if let Some(opens) = on.opened().filter(|_| on.new_takes_liquidity()) {
                self.population.advance_passive(seconds - elapsed, seconds, opens, covariates);
            }
            while let Some(request) = self.next_passive(on) {
                if O::WANTS_REASONS {
                    let who = (request.provider, Cause::Clock);
                    on.tell(&self.population, who, Some(request));
                }
                self.ask(on, Some(request));
            }
            while let Some(request) = self.population.next_follower(on.books, on.market_view) {
                if O::WANTS_REASONS {
                    on.tell(&self.population, (request.provider, Cause::Herding), Some(request));
                }
                self.ask(on, Some(request));
            }
        }
    }

    /// The next of the passive whose time has come.
    fn next_passive(&mut self, on: &mut Settling<'_, impl Observer>) -> Option<MoveRequest> {
        on.new_takes_liquidity().then(|| self.population.next_passive(on.books, on.market_view)).flatten()
    }
}

impl<O: Observer> Settling<'_, O> {
    /// Tells an observer why a provider asks for what it asks, or for nothing.
    fn tell(&mut self, population: &Population, (provider, cause): (u32, Cause), request: Option<MoveRequest>) {
        let weighed = match cause {
            Cause::Clock | Cause::Herding | Cause::RunOnPool => Some(Vec::new()),
            Cause::Review | Cause::Appointment => population.reasons(provider, self.books, self.market_view),
        };
        if let Some(weighed) = weighed {
            let to = request.map(|request| request.to);
            self.observer.asked(&Asked { provider, cause, to, weighed: &weighed }, self.books);
        }
    }

    /// Whether a place takes liquidity now: the world may have changed since the provider asked.
    pub(super) fn accepts(&self, to: Place) -> bool {
        match to {
            Place::Outside => true,
            Place::Pool(venue) => self.market_view.venues[usize::from(venue)].takes_deposits,
            Place::Pledged { to, .. } => self.market_view.venues[usize::from(to)].takes_pledges,
            Place::InFlight(_) => false,
        }
    }

    /// Whether it is a claim with a proof against the snapshot of the old version, which stands still.
    fn is_claim(&self, from: Place, to: Place) -> bool {
        let role = |place: Place| place.pool().map(|venue| self.books.venues[venue].terms.role);
        let takes_claims = self.model.plan.as_ref().is_some_and(Plan::takes_claims);
        takes_claims && self.opened().is_some() && (role(from), role(to)) == (Some(Role::Old), Some(Role::New))
    }

    fn is_passive(&self, id: u32) -> bool {
        self.books.providers.list[id as usize].class == LpClass::Passive
    }

    /// Whether the position of a provider would lift the new version above the cap of its stage.
    fn exceeds_cap(&self, id: u32, to: Place) -> bool {
        let (Some(plan_execution), Some(plan)) = (&self.plan_execution, &self.model.plan) else { return false };
        let (Place::Pool(venue) | Place::InFlight(venue)) = to else { return false };
        let enters = |venue: Option<usize>| venue.is_some_and(|at| self.books.venues[at].terms.role == Role::New);
        if !enters(Some(usize::from(venue))) || enters(self.books.providers.list[id as usize].place.pool()) {
            return false;
        }
        let value_usd = self.market_view.value_usd(id, self.books).0;
        let cap_usd = plan_execution.cap_usd(plan, self.books);
        cap_usd.is_some_and(|cap| self.books.value_of_usd(Role::New) + value_usd > cap)
    }

    /// Whether the pool to which a provider is on its way takes nothing now: it stands still, or is full.
    pub(super) fn is_shut_to(&self, id: u32) -> bool {
        let Place::InFlight(venue) = self.books.providers.list[id as usize].place else { return false };
        let is_halted = self.books.venues[usize::from(venue)].is_halted();
        let is_operated = self.model.plan.as_ref().is_some_and(Plan::is_operated);
        let is_full = !is_operated && self.exceeds_cap(id, Place::InFlight(venue));
        self.plan_execution.is_some() && (is_halted || is_full)
    }

    /// The second transaction of a move by hand: it is sent at the price of the day, whatever that is.
    fn deposit_by_hand(&mut self, id: u32) {
        let provider = self.books.providers.list[id as usize];
        let Place::InFlight(venue) = provider.place else { return };
        let mut to = Place::Pool(venue);
        let home = self.plan_execution.as_ref().and_then(|plan_execution| plan_execution.way_home(id));
        if let Some(home) =
            home.filter(|home| *home != to && self.books.venues[usize::from(venue)].terms.role == Role::New)
        {
            to = home;
        }
        let Some(venue) = to.pool() else {
            self.books.keep_outside(id, self.books.chain_of(to));
            self.observer.moved(
                &Movement { provider: id, from: provider.place, to, gas_usd: 0.0, slippage_usd: 0.0 },
                self.books,
            );
            return;
        };
        let chain = self.books.chain_of(to);
        let units = self.books.chain(chain).units.deposit;
        let gas_usd = self.books.pay_gas(chain, Holder::Class(provider.class).index(), units);
        self.books.chain_mut(chain).rush_gas += units;
        let (swap_gas_usd, slippage_usd) = self.books.deposit(id, venue, to, 0.0);
        let gas_usd = gas_usd + swap_gas_usd;
        self.books.providers.moves += 1;
        self.touch_entry(id);
        self.observer.moved(&Movement { provider: id, from: provider.place, to, gas_usd, slippage_usd }, self.books);
    }

    /// The operator's batch: everything pledged goes at once; where the new version is not in force by then, pledges are taken back.
    pub(super) fn migrate_batch(&mut self) {
        let pledged: Vec<(u32, Place)> = self
            .books
            .providers
            .list
            .iter()
            .enumerate()
            .filter(|(_, provider)| matches!(provider.place, Place::Pledged { .. }))
            .map(|(id, provider)| (id as u32, provider.place))
            .collect();
        open_venues(self.model, self.books, self.market_view, self.plan_execution.as_deref());
        if !self.new_stands_open() {
            for &(id, from) in &pledged {
                if let Some(here) = from.pool() {
                    self.books.set_pledge(id, Place::Pool(here as u8));
                }
            }
        } else if self.books.migrate_pledged() > 0.0 {
            self.books.chain_mut(Chain::Home).rush_gas += self.books.chain(Chain::Home).units.batch;
        }
        for (provider, from) in pledged {
            let to = self.books.providers.list[provider as usize].place;
            self.observer.moved(&Movement { provider, from, to, gas_usd: 0.0, slippage_usd: 0.0 }, self.books);
        }
    }

    /// Whether the new version is in force and nothing in it stands still; plans that only have dates ask nobody.
    fn new_stands_open(&self) -> bool {
        let mut new = self.books.venues.iter().filter(|venue| venue.terms.role == Role::New);
        self.plan_execution
            .as_ref()
            .is_none_or(|plan_execution| plan_execution.is_in_force() && !new.any(crate::world::Venue::is_halted))
    }

    /// When the new version takes or took effect, seconds; `None` while the run has not decided it.
    fn opened(&self) -> Option<f64> {
        opened(self.model, self.plan_execution.as_deref())
    }

    /// A provider's entry has changed: the copy of the state, while one is made, has to follow.
    fn touch_entry(&mut self, id: u32) {
        if let Some(plan_execution) = &mut self.plan_execution {
            plan_execution.touch_entry(id, self.books);
        }
    }

    /// Whether any new pool takes deposits or pledges; plans that only have dates ask nobody.
    fn new_takes_liquidity(&self) -> bool {
        let takes = |index: usize| {
            self.market_view.venues[index].takes_deposits || self.market_view.venues[index].takes_pledges
        };
        let mut new = (0..self.model.venues.len()).filter(|index| self.model.venues[*index].terms.role == Role::New);
        self.plan_execution.is_none() || new.any(takes)
    }
}
