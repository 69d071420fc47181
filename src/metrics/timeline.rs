//! The timeline: series that are sampled at up to 200 points of every run.

use super::recorder::{DEPTH_BAND, Recorder};
use crate::engine::Scene;
use crate::units::{BPS, SECONDS_PER_DAY};
use crate::world::Venue;

/// One series of the timeline.
#[derive(Debug)]
pub struct Series {
    /// Its name in tables.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Its meaning in one sentence.
    pub meaning: &'static str,
    read: fn(&Scene<'_>, &Recorder) -> f64,
}

impl Series {
    /// The value of the series now; NaN where it has none.
    #[must_use]
    pub fn read(&self, scene: &Scene<'_>, recorder: &Recorder) -> f64 {
        (self.read)(scene, recorder)
    }
}

/// Every series, in the order of columns.
#[must_use]
pub const fn series() -> &'static [Series] {
    &SERIES
}

const fn entry(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    read: fn(&Scene<'_>, &Recorder) -> f64,
) -> Series {
    Series { name, unit, meaning, read }
}

fn depth(scene: &Scene<'_>, venue: &Venue) -> f64 {
    let reserves = venue.reserves(&scene.world.ledger);
    if venue.is_open() { venue.curve.depth(reserves, DEPTH_BAND) * scene.world.pair.quote_usd } else { 0.0 }
}

fn depth_of(scene: &Scene<'_>, venue: usize) -> f64 {
    depth(scene, &scene.world.venues[venue])
}

/// Liquidity of the new pool, USD; 0 when the scenario has one pool only.
fn new_value(scene: &Scene<'_>) -> f64 {
    if scene.model.new == scene.model.old {
        0.0
    } else {
        scene.world.venue_value_usd(&scene.world.venues[scene.model.new])
    }
}

/// A part of the traders' cost since the last point, in bps of volume.
fn recent_bps(scene: &Scene<'_>, recorder: &Recorder, part: fn(&crate::world::TraderBook) -> f64) -> f64 {
    let (now, before) = (&scene.world.traders, &recorder.traders_before);
    let volume = now.volume_usd - before.volume_usd;
    if volume > 0.0 { (part(now) - part(before)) / volume * BPS } else { f64::NAN }
}

/// Mean cost of execution of one routing since the last point, in bps of its volume.
fn routed_bps(recorder: &Recorder, routing: usize) -> f64 {
    let (volume_before, cost_before) = recorder.routed_before[routing];
    let volume = recorder.volume_usd[routing] - volume_before;
    if volume > 0.0 { (recorder.cost_usd[routing] - cost_before) / volume * BPS } else { f64::NAN }
}

fn per_day(recorder: &Recorder, amount: f64) -> f64 {
    if recorder.interval_seconds > 0.0 { amount / recorder.interval_seconds * SECONDS_PER_DAY } else { f64::NAN }
}

/// Below this liquidity a reward yield means nothing, USD: the pool has just opened.
const LEAST_SHARED_USD: f64 = 1_000.0;

/// Expected fee yield of a pool, per year; NaN while it is empty.
fn fee_apr(scene: &Scene<'_>, venue: usize) -> f64 {
    if scene.world.venues[venue].is_open() { scene.board.venues[venue].fee_apr } else { f64::NAN }
}

fn rewards_apr(scene: &Scene<'_>, venue: usize) -> f64 {
    let entry = &scene.board.venues[venue];
    let is_shared = entry.reward_yield <= 0.0 || entry.rewards_usd / entry.reward_yield > LEAST_SHARED_USD;
    if is_shared { entry.reward_yield } else { f64::NAN }
}

static SERIES: [Series; 39] = [
    entry("price", "quote per base", "reference price of the pair", |scene, _| scene.world.pair.price),
    entry(
        "migrated_value_share",
        "share of opening value",
        "opening value of the old pool's providers that stands in the new pool",
        |scene, _| scene.world.providers.migrated_value_share(),
    ),
    entry(
        "migrated_address_share",
        "share of addresses",
        "old pool's providers that stand in the new pool, by head",
        |scene, _| scene.world.providers.migrated_address_share(),
    ),
    entry("new_liquidity_share", "share of liquidity", "new pool's share of all liquidity in the pools", |scene, _| {
        let total = scene.world.total_value_usd();
        if total > 0.0 { new_value(scene) / total } else { f64::NAN }
    }),
    entry("liquidity_old_usd", "USD", "value of the old pool's reserves", |scene, _| {
        scene.world.venue_value_usd(&scene.world.venues[scene.model.old])
    }),
    entry("liquidity_new_usd", "USD", "value of the new pool's reserves", |scene, _| new_value(scene)),
    entry("depth_old_usd", "USD", "what trades within 2 % of the old pool's price, both sides", |scene, _| {
        depth_of(scene, scene.model.old)
    }),
    entry("depth_new_usd", "USD", "what trades within 2 % of the new pool's price, both sides", |scene, _| {
        if scene.model.new == scene.model.old { 0.0 } else { depth_of(scene, scene.model.new) }
    }),
    entry("depth_unified_usd", "USD", "depth that one pool with all the liquidity would have", |scene, _| {
        // Depth of a constant-product pool is proportional to its reserves: one pool has the sum.
        scene.world.venues.iter().map(|venue| depth(scene, venue)).sum()
    }),
    entry(
        "hhi",
        "1",
        "Herfindahl-Hirschman index of liquidity over the pools: 1 is one pool, 0.5 two equal ones",
        |scene, _| scene.world.venue_shares().iter().map(|share| share * share).sum(),
    ),
    entry("fee_bps", "bps of volume", "pool fees that traders paid since the last point", |scene, recorder| {
        recent_bps(scene, recorder, |book| book.fees_usd)
    }),
    entry("impact_bps", "bps of volume", "price impact that traders paid since the last point", |scene, recorder| {
        recent_bps(scene, recorder, |book| book.impact_usd)
    }),
    entry("gas_bps", "bps of volume", "gas that traders paid since the last point", |scene, recorder| {
        recent_bps(scene, recorder, |book| book.gas_usd)
    }),
    entry(
        "fragmentation_bps",
        "bps of volume",
        "of the cost: what one pool with all the liquidity would have saved",
        |scene, recorder| recent_bps(scene, recorder, |book| book.fragmentation_usd),
    ),
    entry(
        "routing_loss_bps",
        "bps of volume",
        "of the cost: what the best routing would have saved",
        |scene, recorder| recent_bps(scene, recorder, |book| book.routing_loss_usd),
    ),
    entry(
        "cost_p50_bps",
        "bps",
        "cost of execution that 50 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][0],
    ),
    entry(
        "cost_p95_bps",
        "bps",
        "cost of execution that 95 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][1],
    ),
    entry(
        "cost_p99_bps",
        "bps",
        "cost of execution that 99 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][2],
    ),
    entry(
        "aggregated_cost_bps",
        "bps of volume",
        "mean cost of execution of aggregated orders since the last point",
        |_, recorder| routed_bps(recorder, 0),
    ),
    entry(
        "aggregated_cost_p50_bps",
        "bps",
        "cost that 50 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][0],
    ),
    entry(
        "aggregated_cost_p95_bps",
        "bps",
        "cost that 95 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][1],
    ),
    entry(
        "aggregated_cost_p99_bps",
        "bps",
        "cost that 99 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][2],
    ),
    entry(
        "direct_old_cost_bps",
        "bps of volume",
        "mean cost of execution of direct_old orders since the last point",
        |_, recorder| routed_bps(recorder, 1),
    ),
    entry(
        "direct_old_cost_p50_bps",
        "bps",
        "cost that 50 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][0],
    ),
    entry(
        "direct_old_cost_p95_bps",
        "bps",
        "cost that 95 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][1],
    ),
    entry(
        "direct_old_cost_p99_bps",
        "bps",
        "cost that 99 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][2],
    ),
    entry(
        "direct_new_cost_bps",
        "bps of volume",
        "mean cost of execution of direct_new orders since the last point",
        |_, recorder| routed_bps(recorder, 2),
    ),
    entry(
        "direct_new_cost_p50_bps",
        "bps",
        "cost that 50 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][0],
    ),
    entry(
        "direct_new_cost_p95_bps",
        "bps",
        "cost that 95 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][1],
    ),
    entry(
        "direct_new_cost_p99_bps",
        "bps",
        "cost that 99 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][2],
    ),
    entry("volume_usd_per_day", "USD per day", "value of traders' orders since the last point", |scene, recorder| {
        per_day(recorder, scene.world.traders.volume_usd - recorder.traders_before.volume_usd)
    }),
    entry(
        "lost_volume_share",
        "share of volume",
        "value of orders since the last point that exceeded the tolerance",
        |scene, recorder| {
            let (now, before) = (&scene.world.traders, &recorder.traders_before);
            let lost = now.lost_volume_usd - before.lost_volume_usd;
            let wanted = lost + now.volume_usd - before.volume_usd;
            if wanted > 0.0 { lost / wanted } else { f64::NAN }
        },
    ),
    entry("fee_apr_old", "per year", "fee yield that providers expect in the old pool", |scene, _| {
        fee_apr(scene, scene.model.old)
    }),
    entry("fee_apr_new", "per year", "fee yield that providers expect in the new pool", |scene, _| {
        fee_apr(scene, scene.model.new)
    }),
    entry("incentive_apr_old", "per year", "reward yield of the old pool", |scene, _| {
        rewards_apr(scene, scene.model.old)
    }),
    entry("incentive_apr_new", "per year", "reward yield of the new pool", |scene, _| {
        rewards_apr(scene, scene.model.new)
    }),
    entry(
        "arbitrage_usd_per_day",
        "USD per day",
        "gross profit of arbitrage since the last point",
        |scene, recorder| per_day(recorder, scene.world.searchers.gross_usd - recorder.searchers_before.gross_usd),
    ),
    entry("gas_price_gwei", "gwei", "gas price with the tip", |scene, _| {
        scene.world.gas.as_ref().map_or(0.0, crate::chain::GasState::price_gwei)
    }),
    entry("backlog", "transactions", "migration transactions that wait for room or for a lower price", |scene, _| {
        scene.backlog as f64
    }),
];
