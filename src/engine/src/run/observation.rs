//! The end of an observation interval: everything that is read, paid and decided then, in this order.

use super::crossing::observe_crossing;
use super::entry::{open_venues, opened};
use super::liquidity::Settling;
use super::order_rates::adapt_orders;
use super::plan_execution::Setting;
use super::state::{Simulation, next_act, next_task};
use super::{Observer, Scene};
use crate::world::Observation;

/// Rewards are paid, figures are posted, the plan is watched, instruments are read, the news spreads, the passive act, rates adapt.
pub(super) fn observe(run: &mut Simulation<'_>, seconds: f64, observer: &mut impl Observer) {
    let Simulation { model, world, market_view, people, plan_execution, agents, due, observed_cost, .. } = run;
    let elapsed = seconds - market_view.posted_seconds();
    world.books.accrue();
    world.books.book_plan_record(seconds);
    world.books.advance_rewards(elapsed);
    observe_crossing(model, &mut world.books, agents.traders.as_mut(), (seconds, elapsed));
    market_view.post(&world.books);
    if let (Some(plan_execution), Some(plan)) = (plan_execution.as_deref_mut(), &model.plan) {
        let (books, people) = (&mut world.books, people.as_deref_mut());
        plan_execution.watch(&mut Setting { model, plan, books, market_view, people, observer });
    }
    let now = Observation {
        seconds,
        volatility: market_view.variance.sqrt(),
        opened: opened(model, plan_execution.as_deref()),
    };
    world.instruments.observe(&mut world.books, now);
    if let Some(liquidators) = &mut agents.liquidators {
        liquidators.stir();
    }
    open_venues(model, &world.books, market_view, plan_execution.as_deref());
    if let Some(people) = people.as_deref_mut() {
        let (books, plan_execution) = (&mut world.books, plan_execution.as_deref_mut());
        people.observe(&mut Settling { model, books, market_view, plan_execution, observer }, seconds, elapsed);
    }
    if let Some(traders) = &mut agents.traders {
        adapt_orders(model, &world.books, traders, observed_cost, (seconds, elapsed));
    }
    (due.people, due.plan_execution) = (next_act(people.as_deref()), next_task(model, plan_execution.as_deref()));
    if let Some(manipulators) = &mut agents.manipulators {
        manipulators.observe(seconds, world);
    }
    world.instruments.observe_network(&mut world.books, now);
    let backlog = people.as_ref().map_or(0, |people| people.backlog());
    observer.observe(&Scene { model, world, market_view, backlog, seconds });
}
