//! The end of an observation interval: everything that is read, paid and decided then, in this order.

use super::course::Setting;
use super::crossing::observe_crossing;
use super::entry::{open_venues, opened};
use super::liquidity::Settling;
use super::order_rates::adapt_orders;
use super::state::{Simulation, next_act, next_task};
use super::{Observer, Scene};
use crate::world::Observation;

/// Rewards are paid, figures are posted, the plan is watched, instruments are read, the news spreads, the passive act, rates adapt.
pub(super) fn observe(run: &mut Simulation<'_>, seconds: f64, observer: &mut impl Observer) {
    let Simulation { model, world, board, people, course, agents, due, cost_seen, .. } = run;
    let elapsed = seconds - board.posted_seconds();
    world.books.accrue();
    world.books.book_passage(seconds);
    world.books.advance_rewards(elapsed);
    observe_crossing(model, &mut world.books, agents.traders.as_mut(), (seconds, elapsed));
    board.post(&world.books);
    if let (Some(course), Some(plan)) = (course.as_deref_mut(), &model.plan) {
        let (books, people) = (&mut world.books, people.as_deref_mut());
        course.watch(&mut Setting { model, plan, books, board, people, observer });
    }
    let now = Observation { seconds, volatility: board.variance.sqrt(), opened: opened(model, course.as_deref()) };
    world.instruments.observe(&mut world.books, now);
    if let Some(liquidators) = &mut agents.liquidators {
        liquidators.stir();
    }
    open_venues(model, &world.books, board, course.as_deref());
    if let Some(people) = people.as_deref_mut() {
        let (books, course) = (&mut world.books, course.as_deref_mut());
        people.observe(&mut Settling { model, books, board, course, observer }, seconds, elapsed);
    }
    if let Some(traders) = &mut agents.traders {
        adapt_orders(model, &world.books, traders, cost_seen, (seconds, elapsed));
    }
    (due.people, due.course) = (next_act(people.as_deref()), next_task(model, course.as_deref()));
    if let Some(manipulators) = &mut agents.manipulators {
        manipulators.observe(seconds, world);
    }
    world.instruments.observe_network(&mut world.books, now);
    let backlog = people.as_ref().map_or(0, |people| people.backlog());
    observer.observe(&Scene { model, world, board, backlog, seconds });
}
