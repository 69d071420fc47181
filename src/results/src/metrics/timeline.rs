//! The timeline: series that are sampled at up to 200 points of every run.

use super::bridge::gap_bps;
use super::metric::Unit;
use super::recorder::Recorder;
use super::{lending, lending_moves, network, oracles, perps, vaults};
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_chain::Chain;
use portage_engine::run::Scene;
use portage_engine::world::{DEPTH_BAND, Venue};
use portage_pools::{Role, VENUES_MAX};
use std::sync::LazyLock;

/// One series of the timeline.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    /// Its name in tables.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
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
pub fn series() -> &'static [Series] {
    static SERIES: LazyLock<Vec<Series>> = LazyLock::new(|| {
        let mut series = GENERAL.to_vec();
        series.extend(oracles::SERIES);
        series.extend(lending::SERIES);
        series.extend(lending_moves::SERIES);
        series.extend(perps::SERIES);
        series.extend(vaults::SERIES);
        series.extend(network::SERIES);
        series
    });
    &SERIES
}

pub(super) const fn entry(
    name: &'static str,
    unit: Unit,
    meaning: &'static str,
    read: fn(&Scene<'_>, &Recorder) -> f64,
) -> Series {
    Series { name, unit, meaning, read }
}

/// Depth of the pools on one side, USD.
fn depth_of(scene: &Scene<'_>, role: Role) -> f64 {
    of_role(scene, role).map(|(_, venue)| depth(scene, venue)).sum()
}

fn depth(scene: &Scene<'_>, venue: &Venue) -> f64 {
    let quote_usd = scene.world.books.pairs[venue.terms.pair].quote_usd;
    if venue.is_open() { venue.pool.depth(DEPTH_BAND) * quote_usd } else { 0.0 }
}

/// The pools on one side of the migration, with their index.
fn of_role<'s>(scene: &Scene<'s>, role: Role) -> impl Iterator<Item = (usize, &'s Venue)> {
    scene.world.books.venues.iter().enumerate().filter(move |(_, venue)| venue.terms.role == role)
}

/// The mean over the pools on one side by their value; NaN while they are empty.
fn by_value(scene: &Scene<'_>, role: Role, read: impl Fn(usize) -> f64) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (index, venue) in of_role(scene, role).filter(|(_, venue)| venue.is_open() || venue.is_holding()) {
        let value = scene.world.books.venue_value_usd(venue);
        (sum, weight) = (sum + read(index) * value, weight + value);
    }
    if weight > 0.0 { sum / weight } else { f64::NAN }
}

/// A part of the traders' cost since the last point, in bps of volume.
fn recent_bps(scene: &Scene<'_>, recorder: &Recorder, part: fn(&portage_engine::world::TraderBook) -> f64) -> f64 {
    let (now, before) = (&scene.world.books.traders, &recorder.traders_before);
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

/// Expected fee yield on the value of the pools on one side, per year; NaN while they are empty.
fn fee_apr(scene: &Scene<'_>, role: Role) -> f64 {
    by_value(scene, role, |venue| {
        let entry = &scene.market_view.venues[venue];
        if entry.value_usd > 0.0 { entry.fee_apr * entry.at_work_usd / entry.value_usd } else { f64::NAN }
    })
}

/// Rewards per year on what they are shared by, on one side; NaN while that is next to nothing. Several programmes that pay one pool
/// now pay the same liquidity, which counts once: as much as the widest of them pays.
fn rewards_apr(scene: &Scene<'_>, role: Role) -> f64 {
    let (mut rewards, mut shared) = (0.0, [0.0; VENUES_MAX]);
    for (index, programme) in scene.world.books.programmes.iter().enumerate() {
        let venue = programme.terms.venue;
        let due_usd = scene.market_view.offers[index].due_usd_per_year;
        if due_usd > 0.0 && scene.world.books.venues[venue].terms.role == role {
            rewards += due_usd;
            shared[venue] = scene.world.books.eligible_total_usd(index).max(shared[venue]);
        }
    }
    let shared = shared.iter().sum::<f64>();
    match (rewards > 0.0, shared > LEAST_SHARED_USD) {
        (false, _) => 0.0,
        (true, true) => rewards / shared,
        (true, false) => f64::NAN,
    }
}

static GENERAL: [Series; 51] = [
    entry("price", Unit::Of("quote per base"), "reference price of the pair", |scene, _| {
        scene.world.books.pair().price
    }),
    entry(
        "migrated_value_share",
        Unit::ShareOf("opening value"),
        "opening value of the old version's providers that stands in the new version",
        |scene, _| scene.world.books.providers.migrated_value_share(),
    ),
    entry(
        "migrated_address_share",
        Unit::ShareOf("addresses"),
        "old version's providers that stand in the new version, by head",
        |scene, _| scene.world.books.providers.migrated_address_share(),
    ),
    entry(
        "new_liquidity_share",
        Unit::ShareOf("liquidity"),
        "new version's share of both versions' liquidity",
        |scene, _| {
            let total = scene.world.books.total_value_usd();
            if total > 0.0 { scene.world.books.value_of_usd(Role::New) / total } else { f64::NAN }
        },
    ),
    entry("liquidity_old_usd", Unit::Usd, "value of the old version's reserves", |scene, _| {
        scene.world.books.value_of_usd(Role::Old)
    }),
    entry("liquidity_new_usd", Unit::Usd, "value of the new version's reserves", |scene, _| {
        scene.world.books.value_of_usd(Role::New)
    }),
    entry("depth_old_usd", Unit::Usd, "what trades within 2 % of the old version's price, both sides", |scene, _| {
        depth_of(scene, Role::Old)
    }),
    entry("depth_new_usd", Unit::Usd, "what trades within 2 % of the new version's price, both sides", |scene, _| {
        depth_of(scene, Role::New)
    }),
    entry("depth_unified_usd", Unit::Usd, "depth of both versions together, rivals apart", |scene, _| {
        depth_of(scene, Role::Old) + depth_of(scene, Role::New)
    }),
    entry(
        "hhi",
        Unit::Pure,
        "Herfindahl-Hirschman index of liquidity over the pools that migrate: 1 is one pool, 0.5 two equal ones",
        |scene, _| scene.world.books.venue_shares().iter().map(|share| share * share).sum(),
    ),
    entry("fee_bps", Unit::BpsOf("volume"), "pool fees that traders paid since the last point", |scene, recorder| {
        recent_bps(scene, recorder, |book| book.fees_usd)
    }),
    entry(
        "impact_bps",
        Unit::BpsOf("volume"),
        "price impact that traders paid since the last point",
        |scene, recorder| recent_bps(scene, recorder, |book| book.impact_usd),
    ),
    entry("gas_bps", Unit::BpsOf("volume"), "gas that traders paid since the last point", |scene, recorder| {
        recent_bps(scene, recorder, |book| book.gas_usd)
    }),
    entry(
        "fragmentation_bps",
        Unit::BpsOf("volume"),
        "of the cost: what one pool with all the liquidity, of the best kind among those there, would have saved",
        |scene, recorder| recent_bps(scene, recorder, |book| book.fragmentation_usd),
    ),
    entry(
        "routing_loss_bps",
        Unit::BpsOf("volume"),
        "of the cost: what the best routing would have saved",
        |scene, recorder| recent_bps(scene, recorder, |book| book.routing_loss_usd),
    ),
    entry(
        "cost_p50_bps",
        Unit::Bps,
        "cost of execution that 50 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][0],
    ),
    entry(
        "cost_p95_bps",
        Unit::Bps,
        "cost of execution that 95 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][1],
    ),
    entry(
        "cost_p99_bps",
        Unit::Bps,
        "cost of execution that 99 % of orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[0][2],
    ),
    entry(
        "aggregated_cost_bps",
        Unit::BpsOf("volume"),
        "mean cost of execution of aggregated orders since the last point",
        |_, recorder| routed_bps(recorder, 0),
    ),
    entry(
        "aggregated_cost_p50_bps",
        Unit::Bps,
        "cost that 50 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][0],
    ),
    entry(
        "aggregated_cost_p95_bps",
        Unit::Bps,
        "cost that 95 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][1],
    ),
    entry(
        "aggregated_cost_p99_bps",
        Unit::Bps,
        "cost that 99 % of aggregated orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[1][2],
    ),
    entry(
        "direct_old_cost_bps",
        Unit::BpsOf("volume"),
        "mean cost of execution of direct_old orders since the last point",
        |_, recorder| routed_bps(recorder, 1),
    ),
    entry(
        "direct_old_cost_p50_bps",
        Unit::Bps,
        "cost that 50 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][0],
    ),
    entry(
        "direct_old_cost_p95_bps",
        Unit::Bps,
        "cost that 95 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][1],
    ),
    entry(
        "direct_old_cost_p99_bps",
        Unit::Bps,
        "cost that 99 % of direct_old orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[2][2],
    ),
    entry(
        "direct_new_cost_bps",
        Unit::BpsOf("volume"),
        "mean cost of execution of direct_new orders since the last point",
        |_, recorder| routed_bps(recorder, 2),
    ),
    entry(
        "direct_new_cost_p50_bps",
        Unit::Bps,
        "cost that 50 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][0],
    ),
    entry(
        "direct_new_cost_p95_bps",
        Unit::Bps,
        "cost that 95 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][1],
    ),
    entry(
        "direct_new_cost_p99_bps",
        Unit::Bps,
        "cost that 99 % of direct_new orders since the last point did not exceed",
        |_, recorder| recorder.recent_quantiles[3][2],
    ),
    entry("volume_usd_per_day", Unit::UsdPerDay, "value of traders' orders since the last point", |scene, recorder| {
        per_day(recorder, scene.world.books.traders.volume_usd - recorder.traders_before.volume_usd)
    }),
    entry(
        "lost_volume_share",
        Unit::ShareOf("volume"),
        "value of orders since the last point that exceeded the tolerance",
        |scene, recorder| {
            let (now, before) = (&scene.world.books.traders, &recorder.traders_before);
            let lost = now.lost_volume_usd - before.lost_volume_usd;
            let wanted = lost + now.volume_usd - before.volume_usd;
            if wanted > 0.0 { lost / wanted } else { f64::NAN }
        },
    ),
    entry("fee_apr_old", Unit::PerYear, "fee yield that providers expect in the old version", |scene, _| {
        fee_apr(scene, Role::Old)
    }),
    entry("fee_apr_new", Unit::PerYear, "fee yield that providers expect in the new version", |scene, _| {
        fee_apr(scene, Role::New)
    }),
    entry("incentive_apr_old", Unit::PerYear, "reward yield of the old version", |scene, _| {
        rewards_apr(scene, Role::Old)
    }),
    entry("incentive_apr_new", Unit::PerYear, "reward yield of the new version", |scene, _| {
        rewards_apr(scene, Role::New)
    }),
    entry(
        "arbitrage_usd_per_day",
        Unit::UsdPerDay,
        "gross profit of arbitrage since the last point",
        |scene, recorder| {
            per_day(recorder, scene.world.books.searchers.gross_usd - recorder.searchers_before.gross_usd)
        },
    ),
    entry("gas_price_gwei", Unit::Gwei, "gas price with the tip", |scene, _| {
        scene.world.books.chain(Chain::Home).price_gwei()
    }),
    entry(
        "backlog",
        Unit::Count("transactions"),
        "migration transactions that wait for room or for a lower price",
        |scene, _| scene.backlog as f64,
    ),
    entry("rival_liquidity_usd", Unit::Usd, "value of the reserves of rivals, their own included", |scene, _| {
        if scene.model.has_rivals() { scene.world.books.value_of_usd(Role::Rival) } else { f64::NAN }
    }),
    entry(
        "rival_value_share",
        Unit::ShareOf("opening value"),
        "opening value of the old version's providers (the new version's where there is no old) that stands in a rival",
        |scene, _| if scene.model.has_rivals() { scene.world.books.providers.rival_value_share() } else { f64::NAN },
    ),
    entry("fee_apr_rival", Unit::PerYear, "fee yield that providers expect in rivals", |scene, _| {
        fee_apr(scene, Role::Rival)
    }),
    entry("incentive_apr_rival", Unit::PerYear, "reward yield of rivals", |scene, _| {
        if scene.model.has_rivals() { rewards_apr(scene, Role::Rival) } else { f64::NAN }
    }),
    entry(
        "at_risk_usd",
        Unit::Usd,
        "value exposed to a failure of the path: what stands in the new version or is on its way there",
        |scene, _| scene.world.books.at_risk_usd(),
    ),
    entry("frozen_usd", Unit::Usd, "value in halted pools", |scene, _| scene.world.books.frozen_usd()),
    entry(
        "frozen_notional_usd",
        Unit::Usd,
        "value of margined positions with which nothing can be done: between their legs, or in downtime",
        |scene, _| {
            let base_usd = scene.world.books.pair().base_usd;
            scene.world.instruments.positions.as_ref().map_or(f64::NAN, |positions| positions.frozen_usd(base_usd))
        },
    ),
    entry("in_flight_usd", Unit::Usd, "opening value on its way between pools", |scene, _| {
        scene.world.books.under_way_usd()
    }),
    entry(
        "failure_loss_usd",
        Unit::Usd,
        "lost by providers to failures so far, less what was given back",
        |scene, _| scene.world.books.failure_loss_usd(),
    ),
    entry(
        "reward_price_factor",
        Unit::Pure,
        "price of a reward token that has a market, as a multiple of its reference price; of several, the lowest",
        |scene, _| scene.world.books.reward_markets.iter().map(|(_, market)| market.factor()).fold(f64::NAN, f64::min),
    ),
    entry(
        "chain_gap_bps",
        Unit::Bps,
        "how far the pair's price on the destination chain lies above that on the home chain",
        |scene, _| gap_bps(scene.world),
    ),
    entry(
        "wrapped_discount",
        Unit::ShareOf("value"),
        "discount of wrapped tokens on the destination chain",
        |scene, _| scene.world.books.crossing.as_ref().map_or(f64::NAN, |crossing| crossing.bridge.discount_share()),
    ),
];
