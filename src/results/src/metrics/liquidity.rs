//! Metrics of liquidity that moves and of how it is spread over the pools.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use super::recorder::{RETENTION_DAYS, THRESHOLDS};
use portage_pools::Role;

pub(super) fn of_migration() -> Vec<Metric> {
    let mut metrics = vec![
        Metric::new(
            "migrated_value_share",
            "share of opening value",
            "opening value of the old version's providers that stands in the new version at the end",
            DEFINITION,
            |closing| closing.world.books.providers.migrated_value_share(),
        ),
        Metric::new(
            "migrated_address_share",
            "share of addresses",
            "old version's providers that stand in the new version at the end, by head",
            DEFINITION,
            |closing| closing.world.books.providers.migrated_address_share(),
        ),
        Metric::new(
            "never_moved_value_share",
            "share of opening value",
            "opening value of the old version's providers that never stood in the new version or a rival and never left the market",
            DEFINITION,
            |closing| {
                let providers = &closing.world.books.providers;
                (1.0 - ratio(providers.moved_once_usd, providers.origin_usd)).clamp(0.0, 1.0)
            },
        ),
        Metric::new(
            "left_value_share",
            "share of opening value",
            "opening value of the old version's providers that has left the market at the end",
            DEFINITION,
            |closing| ratio(closing.world.books.providers.left_usd, closing.world.books.providers.origin_usd),
        ),
        Metric::new("moves", "moves", "changes of place that were carried out", DEFINITION, |closing| {
            closing.world.books.providers.moves as f64
        }),
        Metric::new(
            "in_flight_usd_days",
            "USD x days",
            "opening value on its way between pools, over time: exposure outside the market",
            DEFINITION,
            |closing| closing.recorder.in_flight_days,
        ),
        Metric::new("backlog_max", "transactions", "most migration transactions seen waiting", DEFINITION, |closing| {
            closing.recorder.backlog_max as f64
        }),
        Metric::new(
            "migration_cost_usd",
            "USD",
            "gas and slippage that providers and the operator paid to move, re-centring of ranges apart",
            DEFINITION,
            |closing| {
                let paid =
                    closing.world.books.modelled().iter().map(|book| book.statement.gas + book.statement.slippage);
                paid.sum::<f64>() - closing.world.books.recentring_usd
            },
        ),
        Metric::new(
            "migration_gas_usd",
            "USD",
            "gas that providers and the operator paid to move, re-centring included",
            DEFINITION,
            |closing| closing.world.books.modelled().iter().map(|book| book.statement.gas).sum(),
        ),
    ];
    metrics.extend(timing());
    metrics.extend(of_rivals());
    metrics.push(Metric::new(
        "converted_tokens",
        "tokens",
        "tokens of the old version at the opening whose holders stand in the new version at the end, counted as the old version counts them; empty without holdings",
        DEFINITION,
        converted_tokens,
    ));
    metrics
}

/// Migrated opening value in base tokens of the opening, times the old holding's tokens a base token.
fn converted_tokens(closing: &Closing<'_>) -> f64 {
    let old = closing.model.venues.iter().find(|venue| venue.terms.role == Role::Old);
    old.and_then(|venue| venue.pool.holding()).map_or(f64::NAN, |holding| {
        closing.world.books.providers.migrated_usd / closing.recorder.opening_price * holding.units_per_base()
    })
}

/// What other protocols hold; without a rival there is no value.
fn of_rivals() -> Vec<Metric> {
    vec![
        Metric::new(
            "rival_value_share",
            "share of opening value",
            "opening value of the old version's providers (the new version's where there is no old) that stands in a rival at the end: lost to rivals",
            DEFINITION,
            |closing| {
                if closing.model.has_rivals() { closing.world.books.providers.rival_value_share() } else { f64::NAN }
            },
        ),
        Metric::new(
            "rival_liquidity_usd",
            "USD",
            "value of the reserves of rivals at the end, their own included; empty without a rival",
            DEFINITION,
            |closing| if closing.model.has_rivals() { closing.world.books.value_of_usd(Role::Rival) } else { f64::NAN },
        ),
    ]
}

/// How long thresholds of the migrated share take, and how much stays after pay has ended.
fn timing() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for (index, days) in RETENTION_DAYS.into_iter().enumerate() {
        metrics.push(Metric::new(
            format!("retained_{days}d"),
            "share of liquidity",
            format!("opening value of providers in the new version {days} days after the end of its programmes, relative to their end"),
            DEFINITION,
            move |closing| closing.recorder.retention.kept[index],
        ));
    }
    for (index, threshold) in THRESHOLDS.into_iter().enumerate() {
        let percent = threshold * 100.0;
        metrics.push(Metric::new(
            format!("days_to_{percent}_value"),
            "days",
            format!("time until {percent} % of the opening value had moved; empty when it never did"),
            DEFINITION,
            move |closing| closing.recorder.days_to_value[index],
        ));
        metrics.push(Metric::new(
            format!("days_to_{percent}_address"),
            "days",
            format!("time until {percent} % of the addresses had moved; empty when they never did"),
            DEFINITION,
            move |closing| closing.recorder.days_to_address[index],
        ));
    }
    metrics
}

pub(super) fn of_fragmentation() -> Vec<Metric> {
    vec![
        Metric::new(
            "new_liquidity_share",
            "share of liquidity",
            "new version's share of both versions' liquidity at the end",
            DEFINITION,
            |closing| ratio(closing.world.books.value_of_usd(Role::New), closing.world.books.total_value_usd()),
        ),
        Metric::new(
            "new_liquidity_share_mean",
            "share of liquidity",
            "new version's share of both versions' liquidity, mean over time",
            DEFINITION,
            |closing| ratio(closing.recorder.new_share_days, closing.recorder.days),
        ),
        Metric::new(
            "hhi_mean",
            "1",
            "Herfindahl-Hirschman index of liquidity over the pools that migrate, rivals apart, mean over time",
            "Hirschman 1964",
            |closing| ratio(closing.recorder.hhi_days, closing.recorder.liquid_days),
        ),
        Metric::new(
            "effective_venues_mean",
            "pools",
            "one over the Herfindahl-Hirschman index over the pools that migrate, mean over time",
            "Hirschman 1964",
            |closing| ratio(closing.recorder.venues_days, closing.recorder.liquid_days),
        ),
        Metric::new(
            "fragmented_days",
            "days",
            "time during which the pools of either version held at least 10 % of the liquidity of both",
            DEFINITION,
            |closing| closing.recorder.fragmented_days,
        ),
        Metric::new(
            "out_of_range_share",
            "share of value",
            "value of ranges that do not hold the price, of all ranges in concentrated pools that migrate, mean over time: out of the market",
            "Adams and others 2021",
            |closing| ratio(closing.recorder.idle_days, closing.recorder.ranged_days),
        ),
        Metric::new("recentred", "moves", "ranges that providers moved to the present price", DEFINITION, |closing| {
            closing.world.books.recentred as f64
        }),
        Metric::new(
            "recentring_cost_usd",
            "USD",
            "gas and slippage paid to move ranges to the present price",
            DEFINITION,
            |closing| closing.world.books.recentring_usd,
        ),
        Metric::new(
            "liquidity_end_usd",
            "USD",
            "liquidity in the pools that migrate at the end",
            DEFINITION,
            |closing| closing.world.books.total_value_usd(),
        ),
    ]
}
