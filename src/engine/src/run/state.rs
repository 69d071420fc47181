//! The parts of a run under way, and when the next of what is sparse happens to them.

use super::Observer;
use super::agents::Crew;
use super::order_rates::ObservedCost;
use super::people::People;
use super::plan_execution::PlanExecution;
use crate::agent::Agent;
use crate::agents::{Liquidators, Manipulators, MarketView, Searchers, Traders, UNSUPPORTED_LOSS};
use crate::model::{Dated, Model};
use crate::world::{TRADER_CLASSES_MAX, World};
use portage_base::ledger::Token;
use portage_chain::GasChunk;
use portage_market::{MarketState, PriceRow};
use portage_pools::Role;

/// One run under way: its parts side by side, so that a phase borrows those that it touches.
pub(super) struct Simulation<'m> {
    pub(super) model: &'m Model,
    pub(super) world: World,
    pub(super) market_view: MarketView,
    pub(super) people: Option<Box<People>>,
    pub(super) plan_execution: Option<Box<PlanExecution>>,
    pub(super) agents: Agents,
    /// A user's own agents, where there are any.
    pub(super) crew: Option<Box<Crew<'m>>>,
    pub(super) due: Due,
    /// By class of traders.
    pub(super) observed_cost: [ObservedCost; TRADER_CLASSES_MAX],
    pub(super) prices: MarketState,
}

/// Those who trade for their own gain.
pub(super) struct Agents {
    pub(super) traders: Option<Traders>,
    pub(super) searchers: Option<Searchers>,
    pub(super) manipulators: Option<Manipulators>,
    pub(super) liquidators: Option<Liquidators>,
}

/// The blocks in which the next of what is sparse happens.
pub(super) struct Due {
    /// A date of the calendar, and its place there.
    pub(super) dated: u64,
    next_dated: usize,
    /// A task of the plan.
    pub(super) plan_execution: u64,
    /// Somebody among the people.
    pub(super) people: u64,
    /// Requests of a user's own agents.
    pub(super) requests: u64,
    /// The number of confirmed blocks at which one of these agents is asked.
    pub(super) crew: u64,
    /// An observation.
    pub(super) observation: u64,
}

impl Due {
    /// The next event of the calendar that is due in `block`.
    pub(super) fn next_event(&mut self, model: &Model, block: u64) -> Option<Dated> {
        let &(_, event) = model.calendar.events.get(self.next_dated).filter(|(due, _)| *due <= block)?;
        self.next_dated += 1;
        self.dated = model.calendar.events.get(self.next_dated).map_or(u64::MAX, |(due, _)| *due);
        Some(event)
    }
}

impl<'m> Simulation<'m> {
    pub(super) fn open(model: &'m Model, seed: u64, run: u64, agents: &'m mut [Box<dyn Agent>]) -> Self {
        let (mut world, population, arrivals) = model.genesis(seed, run);
        let old = model.first_of(Role::Old).unwrap_or(0);
        let mut market_view = MarketView::new(&world.books, old, model.expected_variance);
        market_view.expect_fees(model.expected_fee_apr(), &world.books);
        market_view.perceived_loss = model.perceived_loss;
        market_view.keeps_tier_share = model.keeps_tier_share;
        market_view.hazards_are_known = !model.calendar.has_plan;
        market_view.unsupported_loss = if model.ends_support { UNSUPPORTED_LOSS } else { 0.0 };
        for (entry, (venue, same)) in market_view.venues.iter_mut().zip(model.venues.iter().zip(model.same_fee)) {
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
        let crew = (!agents.is_empty()).then(|| Box::new(Crew::open(agents, model, &mut world.books, (seed, run))));
        let plan_execution = PlanExecution::open(model, world.books.providers.list.len(), seed, run).map(Box::new);
        world.books.plan_record.is_faulty =
            plan_execution.as_ref().is_some_and(|plan_execution| plan_execution.is_faulty());
        let due = Due {
            dated: model.calendar.events.first().map_or(u64::MAX, |(due, _)| *due),
            next_dated: 0,
            plan_execution: next_task(model, plan_execution.as_deref()),
            people: next_act(people.as_deref()),
            requests: u64::MAX,
            crew: u64::MAX,
            observation: model.observe_blocks - 1,
        };
        Self {
            model,
            world,
            market_view,
            people,
            plan_execution,
            agents: Agents { traders, searchers, manipulators, liquidators },
            crew,
            due,
            observed_cost: Default::default(),
            prices: model.market.open(seed, run),
        }
    }

    /// Shows the people to an observer who wants reasons.
    pub(super) fn introduce<O: Observer>(&self, observer: &mut O) {
        if let (true, Some(people)) = (O::WANTS_REASONS, &self.people) {
            observer.people(people.population(), &self.world.books);
        }
    }
}

/// What is drawn ahead of the present block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now<'a> {
    /// The block, counted from 0.
    pub(super) block: u64,
    /// Its place in what was drawn ahead.
    pub(super) index: usize,
    pub(super) rows: &'a [PriceRow],
    pub(super) gas: &'a GasChunk,
}

impl Now<'_> {
    /// Reference price of a token, USD.
    #[inline]
    pub(super) fn price_usd(&self, token: Token) -> f64 {
        match token.index() {
            0 => 1.0,
            asset => self.rows[asset - 1].price[self.index],
        }
    }

    /// Reference price of a token, USD, and its square root.
    #[inline(always)]
    pub(super) fn price_and_root(&self, token: Token) -> (f64, f64) {
        match token.index() {
            0 => (1.0, 1.0),
            asset => (self.rows[asset - 1].price[self.index], self.rows[asset - 1].sqrt_price[self.index]),
        }
    }
}

/// The block in which the people act next.
pub(super) fn next_act(people: Option<&People>) -> u64 {
    people.map_or(u64::MAX, People::due)
}

/// The block in which the plan's next task is due.
pub(super) fn next_task(model: &Model, plan_execution: Option<&PlanExecution>) -> u64 {
    plan_execution.map_or(u64::MAX, |plan_execution| plan_execution.due(model.block_seconds()))
}
