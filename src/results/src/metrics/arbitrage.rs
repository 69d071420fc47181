//! Metrics of arbitrage and of what it costs the pools.

use super::Closing;
use super::metric::{DEFINITION, metrics, ratio};
use portage_engine::world::{SearcherBook, Venue};
use portage_pools::Role;

const LVR: &str = "Milionis, Moallemi, Roughgarden and Zhang 2022";

metrics! {
    of_searchers: Arbitrage, DEFINITION, |closing, read: fn(&SearcherBook) -> f64| read(&closing.world.books.searchers);
    ARBITRAGE_GROSS_USD: Usd, Amount, "arbitrage profit before gas, exchange cost and proposers" or 0.0 =>
        |book| book.gross_usd;
    ARBITRAGE_GAS_USD: Usd, Amount, "gas that arbitrageurs paid" or 0.0 => |book| book.gas_usd;
    ARBITRAGE_EXCHANGE_USD: Usd, Amount, "cost of hedging on the reference market" or 0.0 => |book| book.exchange_usd;
    ARBITRAGE_PROPOSERS_USD: Usd, Amount, "what arbitrageurs paid to block proposers" or 0.0 =>
        |book| book.proposers_usd;
    ARBITRAGE_NET_USD: Usd, Signed, "what arbitrageurs kept" or 0.0 => SearcherBook::net_usd;
    ARBITRAGE_VOLUME_USD: Usd, Amount, "value that arbitrageurs traded" or 0.0 => |book| book.volume_usd;
    ARBITRAGE_TRADES: Count("trades"), Amount, "arbitrage trades against the reference market" or 0.0 =>
        |book| book.reference_trades as f64;
    ARBITRAGE_CROSS_TRADES: Count("trades"), Amount, "atomic arbitrage trades between pools" or 0.0 =>
        |book| book.cross_trades as f64;
    ARBITRAGE_PAID_SHARE: ShareOf("opportunities"), Part, "prices outside the fee band that paid their costs" => |book| {
        let done = (book.reference_trades + book.cross_trades) as f64;
        ratio(done, done + book.unpaid_opportunities as f64)
    };
    ARBITRAGE_CAPITAL_USD: Usd, Amount, "largest single arbitrage trade: the capital that was needed" or 0.0 =>
        |book| book.capital_usd;
}

metrics! {
    of_pools: Everything, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    LVR_USD: Usd, Signed,
        "loss versus rebalancing of the pools that migrate: what all trades cost them at reference prices, fees apart"
        from LVR => |closing| migrated(closing).map(Venue::lvr_so_far_usd).sum();
    LVR_RATE: PerYear, Signed, "loss versus rebalancing as a share of the pools' value" from LVR => |closing| {
        let lvr: f64 = migrated(closing).map(Venue::lvr_so_far_usd).sum();
        ratio(lvr, value_years(closing))
    };
    IMPERMANENT_LOSS: ShareOf("value"), Signed,
        "old version's value without fees against holding its opening tokens (a loss is negative)"
        from "2 sqrt(r)/(1 + r) - 1 for a constant product, prod r_i^(w_i) / sum w_i r_i - 1 for weights w_i" =>
        impermanent_loss;
    POOL_FEES_USD: Usd, Amount, "fees that the pools that migrate took" =>
        |closing| migrated(closing).map(Venue::fees_so_far_usd).sum();
    POOL_FEES_RATE: PerYear, Amount, "fees as a share of the pools' value" => |closing| {
        let fees: f64 = migrated(closing).map(Venue::fees_so_far_usd).sum();
        ratio(fees, value_years(closing))
    };
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
    if world.books.providers.moves > world.books.plan_record.moved_whole
        || world.books.recentred > 0
        || old().next().is_none()
    {
        return f64::NAN;
    }
    let (mut value, mut held) = (0.0, 0.0);
    for (setup, venue) in old() {
        let moved = venue.totals.market_move - venue.totals.fee_vault_move;
        value += setup.tvl_usd + moved - venue.totals.lvr();
        let coins = venue.terms.coins;
        held += coins.value_usd(&venue.opening, &world.books.prices_usd);
    }
    // Liquidity that was moved whole goes on in the pool that takes its place.
    for (_, new) in model.plan.iter().flat_map(|plan| &plan.successors) {
        let totals = &world.books.venues[*new].totals;
        value += totals.market_move - totals.fee_vault_move - totals.lvr();
    }
    value / held - 1.0
}
