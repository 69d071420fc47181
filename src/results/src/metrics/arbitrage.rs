//! Metrics of arbitrage and of what it costs the pools.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use portage_engine::world::{SearcherBook, Venue};
use portage_pools::Role;

const LVR: &str = "Milionis, Moallemi, Roughgarden and Zhang 2022";

pub(super) fn metrics() -> Vec<Metric> {
    let book = |read: fn(&SearcherBook) -> f64| move |closing: &Closing<'_>| read(&closing.world.books.searchers);
    vec![
        Metric::new(
            "arbitrage_gross_usd",
            "USD",
            "arbitrage profit before gas, exchange cost and proposers",
            DEFINITION,
            book(|book| book.gross_usd),
        ),
        Metric::new("arbitrage_gas_usd", "USD", "gas that arbitrageurs paid", DEFINITION, book(|book| book.gas_usd)),
        Metric::new(
            "arbitrage_exchange_usd",
            "USD",
            "cost of hedging on the reference market",
            DEFINITION,
            book(|book| book.exchange_usd),
        ),
        Metric::new(
            "arbitrage_proposers_usd",
            "USD",
            "what arbitrageurs paid to block proposers",
            DEFINITION,
            book(|book| book.proposers_usd),
        ),
        Metric::new("arbitrage_net_usd", "USD", "what arbitrageurs kept", DEFINITION, book(SearcherBook::net_usd)),
        Metric::new(
            "arbitrage_volume_usd",
            "USD",
            "value that arbitrageurs traded",
            DEFINITION,
            book(|book| book.volume_usd),
        ),
        Metric::new(
            "arbitrage_trades",
            "trades",
            "arbitrage trades against the reference market",
            DEFINITION,
            book(|book| book.reference_trades as f64),
        ),
        Metric::new(
            "arbitrage_cross_trades",
            "trades",
            "atomic arbitrage trades between pools",
            DEFINITION,
            book(|book| book.cross_trades as f64),
        ),
        Metric::new(
            "arbitrage_paid_share",
            "share of opportunities",
            "prices outside the fee band that paid their costs",
            DEFINITION,
            book(|book| {
                let done = (book.reference_trades + book.cross_trades) as f64;
                ratio(done, done + book.unpaid_opportunities as f64)
            }),
        ),
        Metric::new(
            "arbitrage_capital_usd",
            "USD",
            "largest single arbitrage trade: the capital that was needed",
            DEFINITION,
            book(|book| book.capital_usd),
        ),
    ]
}

/// The pools between which liquidity migrates; routes are somebody else's.
fn migrated<'c>(closing: &Closing<'c>) -> impl Iterator<Item = &'c Venue> + use<'c> {
    closing.world.books.venues.iter().filter(|venue| venue.is_migrated())
}

/// Their value over time, USD x years.
fn value_years(closing: &Closing<'_>) -> f64 {
    let years = closing.world.books.venues.iter().zip(closing.recorder.value_years);
    years.filter(|(venue, _)| venue.is_migrated()).map(|(_, years)| years).sum()
}

/// Metrics of the pools themselves.
pub(super) fn of_pools() -> Vec<Metric> {
    vec![
        Metric::new(
            "lvr_usd",
            "USD",
            "loss versus rebalancing of the pools that migrate: what all trades cost them at reference prices, fees apart",
            LVR,
            |closing| migrated(closing).map(Venue::lvr_so_far_usd).sum(),
        ),
        Metric::new("lvr_rate", "per year", "loss versus rebalancing as a share of the pools' value", LVR, |closing| {
            let lvr: f64 = migrated(closing).map(Venue::lvr_so_far_usd).sum();
            ratio(lvr, value_years(closing))
        }),
        Metric::new(
            "impermanent_loss",
            "share of value",
            "old version's value without fees against holding its opening tokens (a loss is negative)",
            "2 sqrt(r)/(1 + r) - 1 for a constant product, prod r_i^(w_i) / sum w_i r_i - 1 for weights w_i",
            impermanent_loss,
        ),
        Metric::new("pool_fees_usd", "USD", "fees that the pools that migrate took", DEFINITION, |closing| {
            migrated(closing).map(Venue::fees_so_far_usd).sum()
        }),
        Metric::new("pool_fees_rate", "per year", "fees as a share of the pools' value", DEFINITION, |closing| {
            let fees: f64 = migrated(closing).map(Venue::fees_so_far_usd).sum();
            ratio(fees, value_years(closing))
        }),
    ]
}

/// Value of what the old version held without its fees, against holding its opening tokens.
///
/// It is read from what happened: the flows of the pools, not a closed form. Only where nobody added or withdrew liquidity are
/// they flows of the opening liquidity; elsewhere the metric has no value. Closed forms of it: 2 sqrt(r)/(1 + r) - 1 for a
/// constant product, prod r_i^(w_i) / sum w_i r_i - 1 for a weighted pool.
fn impermanent_loss(closing: &Closing<'_>) -> f64 {
    let (model, world) = (closing.model, closing.world);
    let old = || {
        let role = if model.first_of(Role::Old).is_some() { Role::Old } else { Role::New };
        let venues = model.venues.iter().zip(&world.books.venues);
        venues.filter(move |(setup, _)| setup.terms.role == role && setup.tvl_usd > 0.0)
    };
    if world.books.providers.moves > world.books.passage.moved_whole
        || world.books.recentred > 0
        || old().next().is_none()
    {
        return f64::NAN;
    }
    let (mut value, mut held) = (0.0, 0.0);
    for (setup, venue) in old() {
        let moved = venue.totals.market_move - venue.totals.purse_move;
        value += setup.tvl_usd + moved - venue.totals.lvr();
        let coins = venue.terms.coins;
        held += coins.value_usd(&venue.opening, &world.books.prices_usd);
    }
    // Liquidity that was moved whole goes on in the pool that takes its place.
    for (_, new) in model.plan.iter().flat_map(|plan| &plan.successors) {
        let totals = &world.books.venues[*new].totals;
        value += totals.market_move - totals.purse_move - totals.lvr();
    }
    value / held - 1.0
}
