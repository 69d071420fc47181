//! The simulation of one run, block by block.

use super::Observer;
use super::agents::Crew;
use super::course::Course;
use super::order_rates::CostSeen;
use super::people::People;
use crate::agent::Agent;
use crate::agents::{Board, Liquidators, Manipulators, Searchers, Traders, UNSUPPORTED_LOSS};
use crate::model::{Dated, Model};
use crate::world::{Books, Observation, PairPrice, TRADER_CLASSES_MAX, World};
use portage_base::ledger::Token;
use portage_chain::{GasChunk, GasState};
use portage_market::{CHUNK, MarketState, PriceRow};
use portage_pools::{Role, VENUES_MAX};

/// Runs a model. It holds scratch memory only, so that one engine serves any number of runs.
#[derive(Debug)]
pub struct Engine {
    rows: Vec<PriceRow>,
    gas: GasChunk,
}

/// What observers see at an observation.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The model.
    pub model: &'a Model,
    /// The world as it stands.
    pub world: &'a World,
    /// The figures that providers see.
    pub board: &'a Board,
    /// Transactions that wait for room or for a lower price.
    pub backlog: usize,
    /// Seconds since the start.
    pub seconds: f64,
}

/// One run under way.
pub(super) struct Simulation<'m> {
    pub(super) model: &'m Model,
    pub(super) world: World,
    pub(super) board: Board,
    /// Boxed, so that phase 6 takes it out and puts it back by its address.
    pub(super) people: Option<Box<People>>,
    prices: MarketState,
    pub(super) traders: Option<Traders>,
    pub(super) searchers: Option<Searchers>,
    manipulators: Option<Manipulators>,
    pub(super) liquidators: Option<Liquidators>,
    /// Boxed, so that it is taken out and put back by its address.
    pub(super) course: Option<Box<Course>>,
    pub(super) course_due: u64,
    next_dated: usize,
    dated_due: u64,
    pub(super) people_due: u64,
    next_observation: u64,
    /// By class of traders.
    pub(super) cost_seen: [CostSeen; TRADER_CLASSES_MAX],
    /// Expected loss from failure of each pool per year, as providers see it now.
    pub(super) perceived_loss: [f64; VENUES_MAX],
    /// A user's own agents, where there are any.
    pub(super) crew: Option<Box<Crew<'m>>>,
    /// The block in which their requests are settled.
    pub(super) requests_due: u64,
    /// The number of confirmed blocks at which one of them is asked.
    pub(super) agents_due: u64,
}

impl Engine {
    /// An engine for models with as many assets as `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self { rows: vec![PriceRow::default(); model.tokens.len() - 1], gas: GasChunk::default() }
    }

    /// Simulates run `run` under `seed` and returns the world with its books closed.
    pub fn run<O: Observer>(&mut self, model: &Model, seed: u64, run: u64, observer: &mut O) -> World {
        self.run_with(model, (seed, run), observer, &mut [])
    }

    /// As [`Self::run`], with a user's own agents in it; seed and run are its address.
    ///
    /// # Panics
    /// If there are more than [`crate::agent::AGENTS_MAX`] agents, two have one name, or one brings a token that there is not, or no
    /// amount of it.
    pub fn run_with<O: Observer>(
        &mut self,
        model: &Model,
        (seed, run): (u64, u64),
        observer: &mut O,
        agents: &mut [Box<dyn Agent>],
    ) -> World {
        let mut simulation = Simulation::open(model, seed, run, agents);
        simulation.introduce(observer);
        simulation.post(0.0, observer);
        simulation.ask_agents(0);
        let blocks = model.grid.blocks;
        let mut first = 0;
        while first < blocks {
            let len = (blocks - first).min(CHUNK as u64) as usize;
            simulation.prices.fill(&model.market, len, &mut self.rows);
            if let (Some(state), Some(market)) = (&mut simulation.world.books.gas, &model.gas) {
                state.fill(market, len, &mut self.gas);
            }
            for index in 0..len {
                simulation.step(first + index as u64, &self.rows, &self.gas, index, observer);
            }
            first += len as u64;
        }
        wake(model, &mut simulation.world.books, blocks, &self.rows, (blocks - 1) as usize % CHUNK);
        if !blocks.is_multiple_of(model.observe_blocks) {
            simulation.post(simulation.world.books.seconds, observer);
        }
        simulation.introduce(observer);
        simulation.world.close();
        simulation.world
    }
}

impl<'m> Simulation<'m> {
    fn open(model: &'m Model, seed: u64, run: u64, agents: &'m mut [Box<dyn Agent>]) -> Self {
        let (mut world, population, arrivals) = model.genesis(seed, run);
        let crew = (!agents.is_empty()).then(|| Box::new(Crew::open(agents, model, &mut world.books, (seed, run))));
        let old = model.first_of(Role::Old).unwrap_or(0);
        let mut board = Board::new(&world.books, old, model.expected_variance);
        board.expect_fees(model.expected_fee_apr(), &world.books);
        board.keeps_tier_share = model.keeps_tier_share;
        board.hazards_are_known = !model.calendar.has_plan;
        board.unsupported_loss = if model.ends_support { UNSUPPORTED_LOSS } else { 0.0 };
        for (entry, (venue, same)) in board.venues.iter_mut().zip(model.venues.iter().zip(model.same_fee)) {
            entry.is_old = venue.terms.role == Role::Old;
            entry.is_of_pair = venue.terms.role.is_of_pair();
            entry.is_rival = venue.terms.role.is_rival();
            entry.same_fee = same;
        }
        let people = population.map(|population| Box::new(People::new(model, population, arrivals)));
        let traders = model.traders.as_ref().map(|spec| Traders::open(spec, seed, run));
        let searchers = model.arbitrage.as_ref().map(|spec| Searchers::open(spec, seed, run));
        let is_read = !model.oracles.is_empty();
        let manipulators = is_read.then(|| Manipulators::open(&model.oracles, seed, run, model.block_seconds()));
        let liquidators = world.instruments.lending.as_deref().map(Liquidators::open);
        let prices = model.market.open(seed, run);
        let dated_due = model.calendar.events.first().map_or(u64::MAX, |(due, _)| *due);
        let people_due = people.as_ref().map_or(u64::MAX, |people| people.due());
        let (next_dated, next_observation) = (0, model.observe_blocks - 1);
        let cost_seen = Default::default();
        let course = Course::open(model, world.books.providers.list.len(), seed, run).map(Box::new);
        world.books.passage.is_faulty = course.as_ref().is_some_and(|course| course.is_faulty());
        let course_due = course.as_ref().map_or(u64::MAX, |course| course.due(model.block_seconds()));
        Self {
            model,
            world,
            board,
            people,
            prices,
            traders,
            searchers,
            manipulators,
            liquidators,
            course,
            course_due,
            next_dated,
            dated_due,
            people_due,
            next_observation,
            cost_seen,
            perceived_loss: model.perceived_loss,
            crew,
            requests_due: u64::MAX,
            agents_due: u64::MAX,
        }
    }

    /// Shows the people to an observer who wants reasons.
    fn introduce<O: Observer>(&self, observer: &mut O) {
        if let (true, Some(people)) = (O::WANTS_REASONS, &self.people) {
            observer.people(people.population(), &self.world.books);
        }
    }

    /// One block, in the order of the model: (1) reference prices, (2) gas, (3) dated events, (4) top-of-block arbitrage,
    /// (5) oracles, (6) liquidity that moves, and what a user's own agents ask for, (7) orders, (8) attacks on oracles, and the prices at which pools close for them,
    /// (9) health checks, (10) recording.
    #[inline]
    fn step(&mut self, block: u64, rows: &[PriceRow], gas: &GasChunk, index: usize, observer: &mut impl Observer) {
        self.read_prices(rows, index);
        if self.model.has_moving_pools {
            self.advance_venues(block);
        }
        if let (Some(state), Some(market)) = (&mut self.world.books.gas, &self.model.gas) {
            state.enter(market, gas, index);
            self.world.books.prices_usd[self.model.gas_token.index()] =
                gas_token_usd(self.model.gas_token, rows, index);
        }
        if self.world.books.crossing.is_some() {
            self.enter_destination(block, rows, index);
        }
        if self.dated_due <= block {
            wake(self.model, &mut self.world.books, block, rows, index);
            self.dated_events(block, observer);
        }
        if self.course_due <= block {
            wake(self.model, &mut self.world.books, block, rows, index);
            self.advance_course(observer);
        }
        if self.world.books.crossing.is_some() {
            self.arbitrage_on_chains();
        } else if let Some(searchers) = &mut self.searchers {
            searchers.arbitrage(&mut self.world.books);
        }
        self.world.instruments.readings.read(block, &self.world.books);
        if self.people_due <= block {
            wake(self.model, &mut self.world.books, block, rows, index);
            self.move_liquidity(block, observer);
        }
        if self.requests_due <= block {
            wake(self.model, &mut self.world.books, block, rows, index);
            self.settle_requests(block);
        }
        if let Some(traders) = &mut self.traders {
            traders.trade(&mut self.world.books, |fill| observer.order(fill));
        }
        if let Some(manipulators) = &mut self.manipulators {
            manipulators.attack(block, &mut self.world);
            self.world.instruments.readings.note_closes(&self.world.books.venues);
        }
        if self.liquidators.is_some() {
            self.check_loans(block, rows, index);
        }
        if let (Some(state), Some(market)) = (&mut self.world.books.gas, &self.model.gas) {
            state.leave(market, gas, index, std::mem::take(&mut self.world.books.rush_gas));
        }
        if let Some(crossing) = &mut self.world.books.crossing {
            crossing.destination.leave();
        }
        observer.block(block, &self.world);
        if block == self.next_observation {
            wake(self.model, &mut self.world.books, block + 1, rows, index);
            self.post(self.model.block_seconds() * (block + 1) as f64, observer);
            self.next_observation += self.model.observe_blocks;
        }
        if self.agents_due <= block + 1 {
            wake(self.model, &mut self.world.books, block + 1, rows, index);
            self.ask_agents(block + 1);
        }
    }

    #[inline(always)]
    fn read_prices(&mut self, rows: &[PriceRow], index: usize) {
        for token in &self.model.pooled {
            self.world.books.prices_usd[token.index()] = rows[token.index() - 1].price[index];
        }
        let read = |token: Token| match token.index() {
            0 => (1.0, 1.0),
            asset => (rows[asset - 1].price[index], rows[asset - 1].sqrt_price[index]),
        };
        for (pair, (base, quote)) in self.world.books.pairs.iter_mut().zip(&self.model.pairs) {
            let (base_usd, base_root) = read(*base);
            *pair = if *quote == Token::USD {
                PairPrice { base_usd, quote_usd: 1.0, price: base_usd, root: base_root }
            } else {
                let (quote_usd, quote_root) = read(*quote);
                PairPrice { base_usd, quote_usd, price: base_usd / quote_usd, root: base_root / quote_root }
            };
        }
    }

    /// Pools whose curve or fee changes with time are brought to the block's beginning.
    fn advance_venues(&mut self, block: u64) {
        let seconds = block as f64 * self.model.block_seconds();
        for venue in 0..self.world.books.venues.len() {
            let pool = &self.world.books.venues[venue];
            if pool.has_schedule || pool.dynamic_fee.is_some() {
                self.world.books.advance_venue(venue, seconds);
            }
        }
    }

    fn dated_events(&mut self, block: u64, observer: &mut impl Observer) {
        while let Some(&(due, event)) = self.model.calendar.events.get(self.next_dated) {
            if due > block {
                break;
            }
            self.next_dated += 1;
            let next = self.model.calendar.events.get(self.next_dated);
            self.dated_due = next.map_or(u64::MAX, |(due, _)| *due);
            match event {
                Dated::FrontEndSwitch => {
                    if let (Some(traders), Some(spec)) = (&mut self.traders, &self.model.traders) {
                        traders.switch_front_ends(spec.direct_to_new_after_switch);
                    }
                }
                Dated::AggregatorsList => {
                    if let Some(traders) = &mut self.traders {
                        traders.list_new();
                    }
                }
                Dated::Announced | Dated::Campaign { .. } | Dated::CampaignEnds { .. } => {
                    if let Some(people) = &mut self.people {
                        people.hear(event, self.world.books.seconds);
                        self.board.informed = people.informed();
                        self.people_due = people.due();
                    }
                }
                Dated::Opens => self.open_venues(self.world.books.seconds),
                Dated::Batch => self.migrate_batch(observer),
                Dated::ProtocolShare { venue, value } => self.change_protocol_share(venue, value),
                Dated::PerceivedHazard { venue, loss_per_year } => self.perceived_loss[venue] = loss_per_year,
            }
        }
    }

    /// The end of an observation: rewards are paid, figures are posted, the news spreads, the passive act, rates adapt.
    fn post(&mut self, seconds: f64, observer: &mut impl Observer) {
        let elapsed = seconds - self.board.posted_seconds();
        self.world.books.accrue();
        self.world.books.book_passage(seconds);
        self.world.books.advance_rewards(elapsed);
        self.observe_crossing(seconds, elapsed);
        self.board.post(&self.world.books, &self.perceived_loss);
        self.watch_course(observer);
        let now = Observation { seconds, volatility: self.board.variance.sqrt(), opened: self.opened() };
        self.world.instruments.observe(&mut self.world.books, now);
        if let Some(liquidators) = &mut self.liquidators {
            liquidators.stir();
        }
        self.open_venues(seconds);
        self.people_observe(seconds, elapsed, observer);
        self.adapt_orders(seconds, elapsed);
        self.people_due = self.people.as_ref().map_or(u64::MAX, |people| people.due());
        if let Some(manipulators) = &mut self.manipulators {
            manipulators.observe(seconds, &mut self.world);
        }
        self.world.instruments.observe_network(&mut self.world.books, now);
        let backlog = self.people.as_ref().map_or(0, |people| people.backlog());
        observer.observe(&Scene { model: self.model, world: &self.world, board: &self.board, backlog, seconds });
    }

    /// Which pools take deposits or pledges from now on.
    pub(super) fn open_venues(&mut self, seconds: f64) {
        let calendar = &self.model.calendar;
        for (venue, setup) in self.model.venues.iter().enumerate() {
            let entry = &mut self.board.venues[venue];
            let (is_old, is_new) = (setup.terms.role == Role::Old, setup.terms.role == Role::New);
            let is_there = seconds >= calendar.opens && (calendar.has_plan || setup.tvl_usd > 0.0);
            let (takes_old, takes_new) = self
                .course
                .as_ref()
                .map_or((true, is_there), |course| course.takes_deposits(self.model, &self.world.books));
            let takes = is_old && takes_old || setup.terms.role.is_rival() || is_new && takes_new;
            entry.takes_deposits = takes && !self.world.books.venues[venue].is_halted();
            entry.takes_pledges = is_new && calendar.batch.is_some_and(|batch| seconds < batch);
        }
    }
}

/// Brings the figures up to date that only sparse events read: every token's price and the clock.
pub(super) fn wake(model: &Model, books: &mut Books, block: u64, rows: &[PriceRow], index: usize) {
    for (price, row) in books.prices_usd[1..].iter_mut().zip(rows) {
        *price = row.price[index];
    }
    for (token, market) in &books.reward_markets {
        books.prices_usd[token.index()] *= market.factor();
    }
    books.price_destination();
    books.seconds = block as f64 * model.block_seconds();
}

#[inline]
pub(super) fn gas_token_usd(token: Token, rows: &[PriceRow], index: usize) -> f64 {
    match token.index() {
        0 => 1.0,
        token => rows[token - 1].price[index],
    }
}

/// Gas price of the current block, gwei; 0 without a chain.
#[must_use]
pub(super) fn gas_price(books: &Books) -> f64 {
    books.gas.as_ref().map_or(0.0, GasState::price_gwei)
}
