//! Metrics of oracles that read a pool: how long and by how much an attack pays, and what attacks took.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use super::timeline::{Series, entry};
use crate::engine::Scene;
use crate::units::SECONDS_PER_DAY;
use crate::world::OracleBook;

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

const COST: &str = "constant product, factor a, fees apart: y (sqrt(a) + 1/sqrt(a) - 2) arbitraged back, f/(1 - f) y (sqrt(a) - 1/sqrt(a)) swapped back at once";

/// A figure of the book; NaN where no oracle reads a pool.
fn book(read: fn(&OracleBook) -> f64) -> impl Fn(&Closing<'_>) -> f64 {
    move |closing| closing.world.oracles.as_ref().map_or(f64::NAN, read)
}

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric::new(
            "attackable_hours",
            "hours",
            "time during which it would have paid to manipulate an oracle",
            DEFINITION,
            book(|book| book.attackable_seconds / SECONDS_PER_HOUR),
        ),
        Metric::new(
            "attackable_usd_max",
            "USD",
            "largest net gain that was to be had from manipulating oracles, all of them together",
            DEFINITION,
            book(|book| book.net_gain_usd_max),
        ),
        Metric::new(
            "attackable_usd_hours",
            "USD x hours",
            "net gain that was to be had from manipulating oracles, added up over time",
            DEFINITION,
            book(|book| book.net_gain_usd_seconds / SECONDS_PER_HOUR),
        ),
        Metric::new(
            "attack_cost_usd_min",
            "USD",
            "least that it cost at any time to make an oracle read twice the price, gas apart",
            COST,
            book(|book| book.cost_usd_min),
        ),
        Metric::new(
            "oracle_attacks",
            "attacks",
            "manipulations of oracles that were begun",
            DEFINITION,
            book(|book| book.attacks as f64),
        ),
        Metric::new(
            "oracle_attacks_failed",
            "attacks",
            "of them, those that took nothing in the end: the price or the oracle had moved on",
            DEFINITION,
            book(|book| book.failed_attacks as f64),
        ),
        Metric::new(
            "oracle_loss_usd",
            "USD",
            "lost by those who rely on the oracles: lent and not repaid, less the collateral at its true price",
            DEFINITION,
            book(OracleBook::loss_usd),
        ),
        Metric::new(
            "oracle_attacker_profit_usd",
            "USD",
            "what manipulators kept after the cost of their pushes and gas",
            DEFINITION,
            book(OracleBook::profit_usd),
        ),
        Metric::new(
            "oracle_attacks_gas_usd",
            "USD",
            "gas that manipulators paid",
            DEFINITION,
            book(|book| book.gas_usd),
        ),
    ]
}

/// What attacks would bring now, USD.
pub(super) fn net_gain_usd(scene: &Scene<'_>) -> f64 {
    scene.world.oracles.map_or(f64::NAN, |book| book.net_gain_usd)
}

/// What the cheapest oracle costs now to be made to read twice the price, USD.
pub(super) fn cost_usd(scene: &Scene<'_>) -> f64 {
    scene.world.oracles.map_or(f64::NAN, |book| book.cost_usd)
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 2] = [
    entry(
        "attack_net_gain_usd",
        "USD",
        "what it would bring now to manipulate the oracles that read a pool",
        |scene, _| net_gain_usd(scene),
    ),
    entry(
        "attack_cost_usd",
        "USD",
        "what it costs now to make an oracle that reads a pool read twice the price, gas apart; of several, the least",
        |scene, _| cost_usd(scene),
    ),
];
