//! Metrics of arbitrage and of what it costs the pools.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use crate::ledger::Token;
use crate::world::{SearcherBook, Venue};

const LVR: &str = "Milionis, Moallemi, Roughgarden and Zhang 2022";

pub(super) fn metrics() -> Vec<Metric> {
    let book = |read: fn(&SearcherBook) -> f64| move |closing: &Closing<'_>| read(&closing.world.searchers);
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
            "atomic arbitrage trades between the two pools",
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

/// Metrics of the pools themselves.
pub(super) fn of_pools() -> Vec<Metric> {
    vec![
        Metric::new(
            "lvr_usd",
            "USD",
            "loss versus rebalancing of all pools: what all trades cost them at reference prices, fees apart",
            LVR,
            |closing| closing.world.venues.iter().map(Venue::lvr_so_far_usd).sum(),
        ),
        Metric::new("lvr_rate", "per year", "loss versus rebalancing as a share of the pools' value", LVR, |closing| {
            let lvr: f64 = closing.world.venues.iter().map(Venue::lvr_so_far_usd).sum();
            ratio(lvr, closing.recorder.value_years.iter().sum())
        }),
        Metric::new(
            "impermanent_loss",
            "share of value",
            "old pool's value without fees against holding its opening tokens (a loss is negative)",
            "2 sqrt(r)/(1 + r) - 1 for a constant product",
            impermanent_loss,
        ),
        Metric::new("pool_fees_usd", "USD", "fees that all pools took", DEFINITION, |closing| {
            closing.world.venues.iter().map(Venue::fees_so_far_usd).sum()
        }),
        Metric::new("pool_fees_rate", "per year", "fees as a share of the pools' value", DEFINITION, |closing| {
            let fees: f64 = closing.world.venues.iter().map(Venue::fees_so_far_usd).sum();
            ratio(fees, closing.recorder.value_years.iter().sum())
        }),
    ]
}

/// Value of a share of the old pool without its fees, against holding what the share held at the opening.
///
/// It is read from what happened: the flows of the pool per share, not the closed form. Only where nobody added or withdrew
/// liquidity are flows per share the flows over the opening shares; elsewhere the metric has no value.
fn impermanent_loss(closing: &Closing<'_>) -> f64 {
    let (model, world) = (closing.model, closing.world);
    let (setup, venue) = (&model.venues[model.old], &world.venues[model.old]);
    if world.providers.moves > 0 || setup.tvl_usd <= 0.0 {
        return f64::NAN;
    }
    let flows = venue.totals;
    let value = setup.tvl_usd + flows.market_move - flows.lvr();
    let initial = |token: Token| match token.index() {
        0 => 1.0,
        index => model.market.initial_price_usd(index - 1),
    };
    let growth = 0.5 * (world.pair.base_usd / initial(model.base) + world.pair.quote_usd / initial(model.quote));
    value / (setup.tvl_usd * growth) - 1.0
}
