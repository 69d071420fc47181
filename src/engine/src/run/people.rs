//! Phase 6: liquidity that moves. Requests of earlier blocks meet the chain, and reviews that are due make new ones.

use super::simulation::Simulation;
use super::{Asked, Cause, Movement, Observer};
use crate::agents::{Arrival, Population, step_between};
use crate::model::{Dated, Model, Plan};
use crate::world::{Holder, LpClass, RangeWidth};
use portage_base::actions::{MoveEvent, MoveRequest, Place};
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::{Chain, GasState, PendingQueue};
use portage_migration::Step;
use portage_pools::Role;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Days before the deadline from which on the passive feel it.
pub const DEADLINE_FELT_DAYS: f64 = 7.0;

/// Time after which somebody tries again whom the new version had no room for, seconds: the next day (judgement).
pub const TRIES_AGAIN_SECONDS: f64 = SECONDS_PER_DAY;

/// The people of a run and what they wait for.
pub(super) struct People {
    population: Population,
    arrivals: BinaryHeap<Reverse<(u64, Arrival)>>,
    waiting: PendingQueue,
    /// What waits for a block of the destination, where there is one.
    waiting_there: PendingQueue,
    /// The block in which it is looked next at what comes through the bridge.
    message_due: u64,
    next_review: u64,
    block_seconds: f64,
}

impl People {
    pub(super) fn new(model: &Model, population: Population, arrivals: Vec<(f64, Arrival)>) -> Self {
        let block_seconds = model.block_seconds();
        let block = |seconds: f64| libm::ceil(seconds / block_seconds) as u64;
        let providers = model.providers.as_ref().map_or(0, |spec| spec.heads_max() as usize);
        // Room for every provider at once, so that no block allocates: each has at most one arrival and one request.
        let mut heap = BinaryHeap::with_capacity(2 * providers);
        heap.extend(arrivals.into_iter().map(|(seconds, arrival)| Reverse((block(seconds), arrival))));
        let next_review = block(population.next_review());
        Self {
            population,
            arrivals: heap,
            waiting: PendingQueue::with_room(providers),
            waiting_there: PendingQueue::with_room(if model.crossing.is_some() { providers } else { 0 }),
            message_due: u64::MAX,
            next_review,
            block_seconds,
        }
    }

    /// The share of providers that knows of the migration.
    pub(super) fn informed(&self) -> f64 {
        self.population.awareness.informed()
    }

    pub(super) const fn population(&self) -> &Population {
        &self.population
    }

    pub(super) fn backlog(&self) -> usize {
        self.waiting.len() + self.waiting_there.len()
    }

    /// The next block in which somebody acts: at once while anybody waits for a block.
    pub(super) fn due(&self) -> u64 {
        if !(self.waiting.is_empty() && self.waiting_there.is_empty()) {
            return 0;
        }
        let arrival = self.arrivals.peek().map_or(u64::MAX, |Reverse((due, _))| *due);
        self.next_review.min(arrival)
    }

    /// A dated event reaches the population.
    pub(super) fn hear(&mut self, event: Dated, seconds: f64) {
        match event {
            Dated::Announced => self.population.announce(),
            Dated::Campaign { informs, review_factor } => {
                self.population.awareness.inform(informs);
                self.population.review_factor *= review_factor;
                self.reschedule(seconds);
            }
            Dated::CampaignEnds { review_factor } => {
                self.population.review_factor /= review_factor;
                self.reschedule(seconds);
            }
            Dated::Opens
            | Dated::Batch
            | Dated::FrontEndSwitch
            | Dated::AggregatorsList
            | Dated::ProtocolShare { .. }
            | Dated::PerceivedHazard { .. } => {}
        }
    }

    fn reschedule(&mut self, seconds: f64) {
        self.population.schedule_review(seconds);
        self.next_review = self.block_of(self.population.next_review());
    }

    fn block_of(&self, seconds: f64) -> u64 {
        libm::ceil(seconds / self.block_seconds) as u64
    }

    fn send(&mut self, request: MoveRequest, chain: Chain, gas: u64) {
        self.queue(chain).send(request, gas);
    }

    const fn queue(&mut self, chain: Chain) -> &mut PendingQueue {
        match chain {
            Chain::Home => &mut self.waiting,
            Chain::Destination => &mut self.waiting_there,
        }
    }

    /// Lets messages be looked at at `seconds`, in block `earliest` or later, unless that happens sooner anyway.
    pub(super) fn wake_for_messages(&mut self, seconds: f64, earliest: u64) {
        let due = self.block_of(seconds).max(earliest);
        if due < self.message_due {
            self.message_due = due;
            self.arrivals.push(Reverse((due, Arrival::Message)));
        }
    }

    /// Lets something happen at `seconds`, in block `earliest` or later.
    pub(super) fn arrive_at(&mut self, seconds: f64, earliest: u64, arrival: Arrival) {
        let due = self.block_of(seconds).max(earliest);
        self.arrivals.push(Reverse((due, arrival)));
    }
}

impl Simulation<'_> {
    /// Includes waiting requests as far as price and room allow, then lets those decide whose time has come.
    pub(super) fn move_liquidity<O: Observer>(&mut self, block: u64, observer: &mut O) {
        let Some(mut people) = self.people.take() else { return };
        self.include(&mut people, Chain::Home, block, observer);
        if self.world.books.crossing.as_ref().is_some_and(|crossing| crossing.destination.has_block) {
            self.include(&mut people, Chain::Destination, block, observer);
        }
        while let Some(&Reverse((due, arrival))) = people.arrivals.peek() {
            if due > block {
                break;
            }
            people.arrivals.pop();
            if let Arrival::Message = arrival {
                if due >= people.message_due {
                    people.message_due = u64::MAX;
                }
                self.deliver_messages(&mut people, block, observer);
                continue;
            }
            if let Arrival::Deposit(id) = arrival {
                if self.is_shut_to(id) {
                    people.arrivals.push(Reverse((block + self.model.observe_blocks, arrival)));
                } else {
                    self.deposit_by_hand(id, observer);
                }
                continue;
            }
            let (request, later) =
                people.population.arrive(arrival, self.world.books.seconds, &self.world.books, &self.board);
            if let (true, Arrival::Integrator(id)) = (O::WANTS_REASONS, arrival) {
                self.tell(&people.population, (id, Cause::Appointment), request, observer);
            }
            if let Some((seconds, arrival)) = later {
                let due = people.block_of(seconds).max(block + 1);
                people.arrivals.push(Reverse((due, arrival)));
            }
            self.ask(&mut people, request);
        }
        while people.next_review <= block {
            let looked = people.population.review(&self.world.books, &self.board);
            if let (true, Some((id, request))) = (O::WANTS_REASONS, looked) {
                self.tell(&people.population, (id, Cause::Review), request, observer);
            }
            self.ask(&mut people, looked.and_then(|(_, request)| request));
            let due = people.population.next_review();
            people.population.schedule_review(due);
            people.next_review = people.block_of(people.population.next_review());
        }
        self.people_due = people.due();
        self.people = Some(people);
    }

    /// Tells an observer why a provider asks for what it asks, or for nothing.
    fn tell(
        &self,
        population: &Population,
        (provider, cause): (u32, Cause),
        request: Option<MoveRequest>,
        observer: &mut impl Observer,
    ) {
        let weighed = match cause {
            Cause::Clock | Cause::Herd | Cause::Flight => Some(Vec::new()),
            Cause::Review | Cause::Appointment => population.reasons(provider, &self.world.books, &self.board),
        };
        if let Some(weighed) = weighed {
            let to = request.map(|request| request.to);
            observer.asked(&Asked { provider, cause, to, weighed: &weighed }, &self.world.books);
        }
    }

    fn ask(&mut self, people: &mut People, request: Option<MoveRequest>) {
        let Some(request) = request else { return };
        let provider = &self.world.books.providers.list[request.provider as usize];
        let Some(step) = step_between(provider.place, request.to) else { return };
        if !provider.is_waiting {
            let (chain, gas) = self.world.books.first_transaction(provider.place, request.to, step);
            self.world.books.providers.list[request.provider as usize].is_waiting = true;
            people.send(request, chain, gas);
        }
    }

    fn include(&mut self, people: &mut People, chain: Chain, block: u64, observer: &mut impl Observer) {
        let price = self.world.books.gas_on(chain).map_or(0.0, GasState::price_gwei);
        loop {
            let room = self.world.books.gas_on(chain).map_or(u64::MAX, GasState::room);
            let Some(sent) = people.queue(chain).include(price, room) else { break };
            let MoveRequest { provider, to, .. } = sent.request;
            let from = self.world.books.providers.list[provider as usize].place;
            self.world.books.providers.list[provider as usize].is_waiting = false;
            self.world.books.take_room(chain, sent.gas);
            let event = self.carry_out(people, provider, (from, to), block);
            match event {
                MoveEvent::Done { gas_usd, slippage_usd } => {
                    // A range that follows the price changes no place.
                    self.world.books.providers.moves += u64::from(step_between(from, to) != Some(Step::Recentre));
                    self.touch_entry(provider);
                    observer.moved(&Movement { provider, from, to, gas_usd, slippage_usd }, &self.world.books);
                }
                MoveEvent::Withdrawn { gas_usd } => {
                    let to = self.world.books.providers.list[provider as usize].place;
                    self.touch_entry(provider);
                    observer.moved(&Movement { provider, from, to, gas_usd, slippage_usd: 0.0 }, &self.world.books);
                }
                MoveEvent::Refused if self.course.is_some() && self.is_passive(provider) => {
                    let due = block + (TRIES_AGAIN_SECONDS / self.model.block_seconds()) as u64;
                    people.arrivals.push(Reverse((due, Arrival::Again(provider))));
                }
                MoveEvent::Refused => {}
            }
        }
    }

    /// Carries out a request that has been included in this block.
    fn carry_out(&mut self, people: &mut People, id: u32, way: (Place, Place), block: u64) -> MoveEvent {
        let (from, to) = way;
        let is_stuck =
            from.pool().is_some_and(|venue| self.world.books.venues[venue].is_halted()) && !self.is_claim(from, to);
        let can_go = !is_stuck && self.accepts(to) && !self.exceeds_cap(id, to);
        let Some(step) = step_between(from, to).filter(|_| can_go) else { return MoveEvent::Refused };
        let holder = Holder::Class(self.world.books.providers.list[id as usize].class).index();
        let (chain, units) = self.world.books.first_transaction(from, to, step);
        if let (Some(_), Place::Pool(venue)) = (self.world.books.crosses_to(from, to), to) {
            return self.send_across(people, id, venue, block, (chain, units));
        }
        let rule = &self.model.rebalancing;
        match (step, to) {
            (Step::Migrate, Place::Pool(venue)) => {
                let provider = &self.world.books.providers.list[id as usize];
                let delay = rule.delay_seconds(f64::from(provider.habit), f64::from(provider.pace));
                let Some(delay) = delay else { return self.world.books.migrate_at_once(id, venue, units) };
                let gas_usd = self.world.books.pay_gas_on(chain, holder, self.world.books.gas_units_on(chain).withdraw);
                self.world.books.withdraw(id, Place::InFlight(venue));
                people.arrive_at(self.world.books.seconds + delay, block + 1, Arrival::Deposit(id));
                MoveEvent::Withdrawn { gas_usd }
            }
            (Step::Pledge, _) => {
                let gas_usd = self.world.books.pay_gas_on(chain, holder, units);
                self.world.books.set_pledge(id, to);
                MoveEvent::Done { gas_usd, slippage_usd: 0.0 }
            }
            (Step::Withdraw | Step::UnpledgeAndWithdraw, _) => {
                let gas_usd = self.world.books.pay_gas_on(chain, holder, units);
                self.world.books.withdraw(id, Place::Outside);
                MoveEvent::Done { gas_usd, slippage_usd: 0.0 }
            }
            (Step::Deposit | Step::DepositAndPledge, _) => {
                let Some(venue) = to.pool() else { return MoveEvent::Refused };
                let gas_usd = self.world.books.pay_gas_on(chain, holder, units);
                let (swap_gas_usd, slippage_usd) = self.world.books.deposit(id, venue, to, 0.0);
                MoveEvent::Done { gas_usd: gas_usd + swap_gas_usd, slippage_usd }
            }
            (Step::Recentre, _) => self.world.books.recentre(id, units),
            (Step::Migrate, _) => MoveEvent::Refused,
        }
    }

    /// Whether a place takes liquidity now: the world may have changed since the provider asked.
    pub(super) fn accepts(&self, to: Place) -> bool {
        match to {
            Place::Outside => true,
            Place::Pool(venue) => self.board.venues[usize::from(venue)].takes_deposits,
            Place::Pledged { to, .. } => self.board.venues[usize::from(to)].takes_pledges,
            Place::InFlight(_) => false,
        }
    }

    /// Whether it is a claim with a proof against the snapshot of the old version, which stands still.
    fn is_claim(&self, from: Place, to: Place) -> bool {
        let role = |place: Place| place.pool().map(|venue| self.world.books.venues[venue].terms.role);
        let takes_claims = self.model.plan.as_ref().is_some_and(Plan::takes_claims);
        takes_claims && self.opened().is_some() && (role(from), role(to)) == (Some(Role::Old), Some(Role::New))
    }

    fn is_passive(&self, id: u32) -> bool {
        self.world.books.providers.list[id as usize].class == LpClass::Passive
    }

    /// Whether the position of a provider would lift the new version above the cap of its stage.
    fn exceeds_cap(&self, id: u32, to: Place) -> bool {
        let (Some(course), Some(plan)) = (&self.course, &self.model.plan) else { return false };
        let (Place::Pool(venue) | Place::InFlight(venue)) = to else { return false };
        let enters = |venue: Option<usize>| venue.is_some_and(|at| self.world.books.venues[at].terms.role == Role::New);
        if !enters(Some(usize::from(venue))) || enters(self.world.books.providers.list[id as usize].place.pool()) {
            return false;
        }
        let value_usd = self.board.value_usd(id, &self.world.books).0;
        let cap_usd = course.cap_usd(plan, &self.world.books);
        cap_usd.is_some_and(|cap| self.world.books.value_of_usd(Role::New) + value_usd > cap)
    }

    /// Whether the pool to which a provider is on its way takes nothing now: it stands still, or is full.
    pub(super) fn is_shut_to(&self, id: u32) -> bool {
        let Place::InFlight(venue) = self.world.books.providers.list[id as usize].place else { return false };
        let is_halted = self.world.books.venues[usize::from(venue)].is_halted();
        let is_operated = self.model.plan.as_ref().is_some_and(Plan::is_operated);
        let is_full = !is_operated && self.exceeds_cap(id, Place::InFlight(venue));
        self.course.is_some() && (is_halted || is_full)
    }

    /// The second transaction of a move by hand: it is sent at the price of the day, whatever that is.
    fn deposit_by_hand(&mut self, id: u32, observer: &mut impl Observer) {
        let provider = self.world.books.providers.list[id as usize];
        let Place::InFlight(venue) = provider.place else { return };
        let mut to = Place::Pool(venue);
        let home = self.course.as_ref().and_then(|course| course.way_home(id));
        if let Some(home) =
            home.filter(|home| *home != to && self.world.books.venues[usize::from(venue)].terms.role == Role::New)
        {
            to = home;
        }
        let Some(venue) = to.pool() else {
            self.world.books.keep_outside(id, self.world.books.chain_of(to));
            observer.moved(
                &Movement { provider: id, from: provider.place, to, gas_usd: 0.0, slippage_usd: 0.0 },
                &self.world.books,
            );
            return;
        };
        let chain = self.world.books.chain_of(to);
        let units = self.world.books.gas_units_on(chain).deposit;
        let gas_usd = self.world.books.pay_gas_on(chain, Holder::Class(provider.class).index(), units);
        self.world.books.rush(chain, units);
        let (swap_gas_usd, slippage_usd) = self.world.books.deposit(id, venue, to, 0.0);
        let gas_usd = gas_usd + swap_gas_usd;
        self.world.books.providers.moves += 1;
        self.touch_entry(id);
        observer.moved(&Movement { provider: id, from: provider.place, to, gas_usd, slippage_usd }, &self.world.books);
    }

    /// The operator's batch: everything pledged goes at once; where the new version is not in force by then, pledges are taken back.
    pub(super) fn migrate_batch(&mut self, observer: &mut impl Observer) {
        let pledged: Vec<(u32, Place)> = self
            .world
            .books
            .providers
            .list
            .iter()
            .enumerate()
            .filter(|(_, provider)| matches!(provider.place, Place::Pledged { .. }))
            .map(|(id, provider)| (id as u32, provider.place))
            .collect();
        self.open_venues(self.world.books.seconds);
        if !self.new_stands_open() {
            for &(id, from) in &pledged {
                if let Some(here) = from.pool() {
                    self.world.books.set_pledge(id, Place::Pool(here as u8));
                }
            }
        } else if self.world.books.migrate_pledged() > 0.0 {
            self.world.books.rush_gas += self.world.books.gas_units.batch;
        }
        for (provider, from) in pledged {
            let to = self.world.books.providers.list[provider as usize].place;
            observer.moved(&Movement { provider, from, to, gas_usd: 0.0, slippage_usd: 0.0 }, &self.world.books);
        }
    }

    /// Whether the new version is in force and nothing in it stands still; plans that only have dates ask nobody.
    fn new_stands_open(&self) -> bool {
        let mut new = self.world.books.venues.iter().filter(|venue| venue.terms.role == Role::New);
        self.course.as_ref().is_none_or(|course| course.is_in_force() && !new.any(crate::world::Venue::is_halted))
    }

    /// At an observation: the news spreads, and those send their requests who flee, whose time has come, or who follow.
    pub(super) fn people_observe<O: Observer>(&mut self, seconds: f64, elapsed: f64, observer: &mut O) {
        let Some(mut people) = self.people.take() else { return };
        people.population.awareness.advance(elapsed);
        self.board.informed = people.informed();
        people.population.watch_flight(&self.world.books);
        while let Some(request) = people.population.next_leaving(&self.world.books, &self.board) {
            if O::WANTS_REASONS {
                self.tell(&people.population, (request.provider, Cause::Flight), Some(request), observer);
            }
            self.ask(&mut people, Some(request));
        }
        if self.model.has_two_sides() && elapsed > 0.0 {
            let calendar = &self.model.calendar;
            let gap = self.yield_gap();
            let felt =
                calendar.deadline.is_some_and(|deadline| seconds >= deadline - DEADLINE_FELT_DAYS * SECONDS_PER_DAY);
            let total = self.world.books.total_value_usd();
            let moved = if total > 0.0 { self.world.books.value_of_usd(Role::New) / total } else { 0.0 };
            let covariates = people.population.covariates(gap, moved, felt);
            if let Some(opens) = self.opened().filter(|_| self.new_takes_liquidity()) {
                people.population.advance_passive(seconds - elapsed, seconds, opens, covariates);
            }
            while let Some(request) = self.next_passive(&mut people) {
                if O::WANTS_REASONS {
                    let who = (request.provider, Cause::Clock);
                    self.tell(&people.population, who, Some(request), observer);
                }
                self.ask(&mut people, Some(request));
            }
            while let Some(request) = people.population.next_follower(&self.world.books, &self.board) {
                if O::WANTS_REASONS {
                    self.tell(&people.population, (request.provider, Cause::Herd), Some(request), observer);
                }
                self.ask(&mut people, Some(request));
            }
        }
        self.people = Some(people);
    }

    /// When the new version takes or took effect, seconds; `None` while the run has not decided it.
    pub(super) fn opened(&self) -> Option<f64> {
        self.course.as_ref().map_or(Some(self.model.calendar.opens), |course| course.opened())
    }

    /// Whether any new pool takes deposits or pledges; plans that only have dates ask nobody.
    fn new_takes_liquidity(&self) -> bool {
        let takes = |index: usize| self.board.venues[index].takes_deposits || self.board.venues[index].takes_pledges;
        let mut new = (0..self.model.venues.len()).filter(|index| self.model.venues[*index].terms.role == Role::New);
        self.course.is_none() || new.any(takes)
    }

    /// The next of the passive whose time has come.
    fn next_passive(&self, people: &mut People) -> Option<MoveRequest> {
        self.new_takes_liquidity().then(|| people.population.next_passive(&self.world.books, &self.board)).flatten()
    }

    /// How much more the best new pool yields than the best old one, to a wide range or a share, per year.
    pub(super) fn yield_gap(&self) -> f64 {
        let best = |role: Role| {
            let venues = self.model.venues.iter().enumerate().filter(|(_, venue)| venue.terms.role == role);
            venues.map(|(index, _)| self.board.net_yield(index, RangeWidth::Wide)).fold(f64::NEG_INFINITY, f64::max)
        };
        best(Role::New) - best(Role::Old)
    }
}
