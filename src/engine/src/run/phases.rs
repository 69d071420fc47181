//! One block as a list of phases, each a function of the parts that it touches.

use super::Observer;
use super::crossing::{arbitrage_on_chains, enter_destination};
use super::entry::open_venues;
use super::liquidity::Settling;
use super::observation::observe;
use super::people::People;
use super::plan_execution::{PlanExecution, Setting};
use super::state::{Now, Simulation, next_act, next_task};
use crate::agents::{Liquidators, MarketView, Searchers, Traders};
use crate::model::{Dated, Model};
use crate::world::{Books, Instruments, PairPrice};
use portage_base::ledger::Token;
use portage_chain::Chain;

/// One block, in the order of the model. What is sparse costs a comparison where it is not due.
#[inline]
pub(super) fn step(run: &mut Simulation<'_>, now: &Now<'_>, observer: &mut impl Observer) {
    let Simulation { model, world, market_view, people, plan_execution, agents, crew, due, .. } = run;
    // (1) Reference prices; curves and fees that change with time are brought to the block.
    read_prices(model, &mut world.books, now);
    if model.has_moving_pools {
        advance_pools(model, &mut world.books, now.block);
    }
    // (2) Gas price and room, on both chains.
    enter_gas(model, &mut world.books, now);
    if world.books.crossing.is_some() {
        enter_destination(model, &mut world.books, now);
    }
    // (3) Dated events, then what is due in the course of the plan.
    if due.dated <= now.block {
        wake(model, &mut world.books, now, now.block);
        while let Some(event) = due.next_event(model, now.block) {
            let (books, plan_execution) = (&mut world.books, plan_execution.as_deref_mut());
            let mut on = Settling { model, books, market_view, plan_execution, observer };
            carry_out(event, &mut on, people.as_deref_mut(), agents.traders.as_mut());
        }
        due.people = next_act(people.as_deref());
    }
    if due.plan_execution <= now.block {
        wake(model, &mut world.books, now, now.block);
        if let (Some(plan_execution), Some(plan)) = (plan_execution.as_deref_mut(), &model.plan) {
            let (books, people) = (&mut world.books, people.as_deref_mut());
            plan_execution.advance(&mut Setting { model, plan, books, market_view, people, observer });
            open_venues(model, &world.books, market_view, Some(plan_execution));
        }
        (due.people, due.plan_execution) = (next_act(people.as_deref()), next_task(model, plan_execution.as_deref()));
    }
    // (4) Top-of-block arbitrage.
    if let Some(searchers) = &mut agents.searchers {
        arbitrage(searchers, &mut world.books);
    }
    // (5) Oracles read.
    world.instruments.readings.read(now.block, &world.books);
    // (6) Liquidity moves, and what a user's own agents have asked for is settled.
    if due.people <= now.block {
        wake(model, &mut world.books, now, now.block);
        if let Some(people) = people {
            let (books, plan_execution) = (&mut world.books, plan_execution.as_deref_mut());
            people.move_liquidity(&mut Settling { model, books, market_view, plan_execution, observer }, now.block);
        }
        due.people = next_act(people.as_deref());
    }
    if let Some(crew) = crew.as_deref_mut().filter(|_| due.requests <= now.block) {
        wake(model, &mut world.books, now, now.block);
        let most_usd = cap_usd(model, &world.books, plan_execution.as_deref());
        crew.settle(&mut world.books, market_view, now.block, most_usd);
        due.requests = u64::MAX;
    }
    // (7) Orders.
    if let Some(traders) = &mut agents.traders {
        traders.trade(&mut world.books, |fill| observer.order(fill));
    }
    // (8) Attacks on oracles; then pools close at their prices for the oracles that read them.
    if let Some(manipulators) = &mut agents.manipulators {
        manipulators.attack(now.block, world);
        world.instruments.readings.note_closes(&world.books.venues);
    }
    // (9) Health checks.
    if let Some(liquidators) = &mut agents.liquidators {
        check_loans(model, &mut world.books, &mut world.instruments, liquidators, now);
    }
    // (10) The gas market moves on; at the end of an observation interval, everything that is read then.
    leave_gas(model, &mut world.books, now);
    observer.block(now.block, world);
    if now.block == due.observation {
        wake(model, &mut world.books, now, now.block + 1);
        due.observation += model.observe_blocks;
        observe(run, run.model.block_seconds() * (now.block + 1) as f64, observer);
    }
    // (11) A user's own agents look at the confirmed block.
    if run.due.crew <= now.block + 1 {
        wake(run.model, &mut run.world.books, now, now.block + 1);
        ask_agents(run, now.block + 1);
    }
}

/// Asks those of a user's own agents whose time has come, after `blocks` have been confirmed.
pub(super) fn ask_agents(run: &mut Simulation<'_>, blocks: u64) {
    let Some(crew) = &mut run.crew else { return };
    crew.decide(run.model, &run.world.books, &run.market_view, blocks);
    run.due.crew = crew.asked_at();
    run.due.requests = if crew.has_asked() { blocks } else { u64::MAX };
}

/// The most that the new version may hold now, USD.
fn cap_usd(model: &Model, books: &Books, plan_execution: Option<&PlanExecution>) -> f64 {
    let plan = plan_execution.zip(model.plan.as_ref());
    plan.and_then(|(plan_execution, plan)| plan_execution.cap_usd(plan, books)).unwrap_or(f64::INFINITY)
}

/// Reference prices of the tokens of pools, and of the pairs.
#[inline(always)]
fn read_prices(model: &Model, books: &mut Books, now: &Now<'_>) {
    for token in &model.pooled {
        books.prices_usd[token.index()] = now.rows[token.index() - 1].price[now.index];
    }
    for (pair, (base, quote)) in books.pairs.iter_mut().zip(&model.pairs) {
        let (base_usd, base_root) = now.price_and_root(*base);
        *pair = if *quote == Token::USD {
            PairPrice { base_usd, quote_usd: 1.0, price: base_usd, root: base_root }
        } else {
            let (quote_usd, quote_root) = now.price_and_root(*quote);
            PairPrice { base_usd, quote_usd, price: base_usd / quote_usd, root: base_root / quote_root }
        };
    }
}

/// Pools whose curve or fee changes with time are brought to the block's beginning.
fn advance_pools(model: &Model, books: &mut Books, block: u64) {
    let seconds = block as f64 * model.block_seconds();
    for venue in 0..books.venues.len() {
        let pool = &books.venues[venue];
        if pool.has_schedule || pool.dynamic_fee.is_some() {
            books.advance_venue(venue, seconds);
        }
    }
}

/// The block's gas price and room, and the price of the token in which gas is paid.
#[inline]
fn enter_gas(model: &Model, books: &mut Books, now: &Now<'_>) {
    if let (Some(state), Some(market)) = (&mut books.chain_mut(Chain::Home).gas, &model.gas) {
        state.enter(market, now.gas, now.index);
        books.prices_usd[model.gas_token.index()] = now.price_usd(model.gas_token);
    }
}

/// Gas markets take in what the block used.
#[inline]
fn leave_gas(model: &Model, books: &mut Books, now: &Now<'_>) {
    let home = books.chain_mut(Chain::Home);
    if let (Some(state), Some(market)) = (&mut home.gas, &model.gas) {
        state.leave(market, now.gas, now.index, std::mem::take(&mut home.rush_gas));
    }
    for chain in &mut books.chains[1..] {
        chain.leave();
    }
}

/// Brings the figures up to date that only sparse events read: every token's price, and the clock to the beginning of `block`.
pub(super) fn wake(model: &Model, books: &mut Books, now: &Now<'_>, block: u64) {
    for (price, row) in books.prices_usd[1..].iter_mut().zip(now.rows) {
        *price = row.price[now.index];
    }
    for (token, market) in &books.reward_markets {
        books.prices_usd[token.index()] *= market.factor();
    }
    books.price_destination();
    books.seconds = block as f64 * model.block_seconds();
}

/// A date of the calendar has come.
fn carry_out(
    event: Dated,
    on: &mut Settling<'_, impl Observer>,
    people: Option<&mut People>,
    traders: Option<&mut Traders>,
) {
    match event {
        Dated::FrontEndSwitch => {
            if let (Some(traders), Some(spec)) = (traders, &on.model.traders) {
                traders.switch_front_ends(spec.direct_to_new_after_switch);
            }
        }
        Dated::AggregatorsList => {
            if let Some(traders) = traders {
                traders.list_new();
            }
        }
        Dated::Announced | Dated::Campaign { .. } | Dated::CampaignEnds { .. } => {
            if let Some(people) = people {
                people.hear(event, on.books.seconds);
                on.market_view.informed = people.informed();
            }
        }
        Dated::Opens => open_venues(on.model, on.books, on.market_view, on.plan_execution.as_deref()),
        Dated::Batch => on.migrate_batch(),
        Dated::ProtocolShare { venue, value } => change_protocol_share(on.books, on.market_view, venue, value),
        Dated::PerceivedHazard { venue, loss_per_year } => on.market_view.perceived_loss[venue] = loss_per_year,
    }
}

/// The protocol takes another share of a pool's fees from now on; providers see their yield change from here on too.
fn change_protocol_share(books: &mut Books, market_view: &mut MarketView, venue: usize, share: f64) {
    let before = books.venues[venue].terms.protocol_share;
    books.set_protocol_share(venue, share);
    // The board compares fees after the protocol's share, cumulative: fees of the past would otherwise be cut as well.
    let so_far_usd = books.venues[venue].fees_so_far_usd();
    market_view.venues[venue].fees_seen_usd += so_far_usd * (before - share);
}

/// Each pool against the reference market, then the pools of a pair against each other.
#[inline]
fn arbitrage(searchers: &mut Searchers, books: &mut Books) {
    if books.crossing.is_some() {
        arbitrage_on_chains(searchers, books);
    } else {
        searchers.arbitrage(books);
    }
}

/// Positions that can be liquidated by what the oracles say now are, where it pays.
#[inline(never)]
fn check_loans(
    model: &Model,
    books: &mut Books,
    instruments: &mut Instruments,
    liquidators: &mut Liquidators,
    now: &Now<'_>,
) {
    let Instruments { readings, lending: Some(lending), .. } = instruments else { return };
    let has_changed = lending.seen_version != readings.version() || !lending.reads_oracles_only;
    lending.seen_version = readings.version();
    if has_changed {
        wake(model, books, now, now.block);
        for one in &mut lending.markets {
            one.watch(books, readings);
        }
        liquidators.stir();
    }
    if lending.has_unhealthy_loans() {
        wake(model, books, now, now.block);
        liquidators.act(lending, books, readings);
    }
}
