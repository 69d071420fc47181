//! Metrics of oracles: how far they are from the true price, how long and by how much an attack pays, and what attacks took.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use super::timeline::{Series, entry};
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_engine::agents::ORACLES_MAX;
use portage_engine::world::{GapBook, OracleBook};

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

const COST: &str = "constant product, factor a, fees apart: y (sqrt(a) + 1/sqrt(a) - 2) arbitraged back, f/(1 - f) y (sqrt(a) - 1/sqrt(a)) swapped back at once";

/// A figure of the book; NaN without oracles.
fn book(read: fn(&OracleBook) -> f64) -> impl Fn(&Closing<'_>) -> f64 {
    move |closing| closing.world.instruments.oracles.as_ref().map_or(f64::NAN, read)
}

/// A figure of the gaps of the oracle at `place`, and the hours of a block; NaN where there is no such oracle.
fn gaps(place: usize, read: fn(&GapBook, f64) -> f64) -> impl Fn(&Closing<'_>) -> f64 {
    move |closing| {
        let hours = closing.model.block_seconds() / SECONDS_PER_HOUR;
        let is_there = place < closing.world.instruments.readings.count();
        if is_there { read(&closing.world.instruments.readings.gaps(place), hours) } else { f64::NAN }
    }
}

/// What tells how good one oracle is.
fn of_oracle(place: usize) -> [Metric; 4] {
    let number = place + 1;
    let name = |what: &str| format!("oracle{number}_{what}");
    let which = format!("oracle {number}, in the order of the scenario's names");
    [
        Metric::new(
            name("gap_mean_bps"),
            "bps of true price",
            format!("mean distance of the reading from the true price over blocks: {which}"),
            DEFINITION,
            gaps(place, |gaps, _| gaps.mean() * BPS),
        ),
        Metric::new(
            name("gap_max_bps"),
            "bps of true price",
            format!("largest distance of the reading from the true price: {which}"),
            DEFINITION,
            gaps(place, |gaps, _| gaps.largest * BPS),
        ),
        Metric::new(
            name("off_1_hours"),
            "hours",
            format!("time during which the reading was more than 1 % from the true price: {which}"),
            DEFINITION,
            gaps(place, |gaps, hours| gaps.off_blocks[0] as f64 * hours),
        ),
        Metric::new(
            name("off_5_hours"),
            "hours",
            format!("time during which the reading was more than 5 % from the true price: {which}"),
            DEFINITION,
            gaps(place, |gaps, hours| gaps.off_blocks[1] as f64 * hours),
        ),
    ]
}

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = of_attacks();
    metrics.extend((0..ORACLES_MAX).flat_map(of_oracle));
    metrics
}

fn of_attacks() -> Vec<Metric> {
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
            "attacks on oracles that were begun: prices pushed, or loans by a reading that was too high anyway",
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

/// What attacks would bring now.
const NET_GAIN_USD: Series =
    entry("attack_net_gain_usd", "USD", "what attacks on oracles would bring now, all of them together", |scene, _| {
        scene.world.instruments.oracles.map_or(f64::NAN, |book| book.net_gain_usd)
    });

/// What the cheapest oracle costs now.
const COST_USD: Series = entry(
    "attack_cost_usd",
    "USD",
    "what it costs now to make an oracle that reads a pool read twice the price, gas apart; of several, the least",
    |scene, _| scene.world.instruments.oracles.map_or(f64::NAN, |book| book.cost_usd),
);

/// How far readings are from the true price.
const GAP_BPS: Series = entry(
    "oracle_gap_bps",
    "bps of true price",
    "distance of the reading of an oracle from the true price; of several, the largest",
    |scene, _| {
        let gaps = (0..scene.world.instruments.readings.count())
            .map(|place| scene.world.instruments.readings.gaps(place).share.abs() * BPS);
        gaps.fold(f64::NAN, f64::max)
    },
);

/// Whether an attack pays.
const ATTACKABLE: Series =
    entry("attackable", "1 or 0", "1 while an attack on some oracle pays, 0 while none does", |scene, _| {
        scene.world.instruments.oracles.map_or(f64::NAN, |book| f64::from(u8::from(book.net_gain_usd > 0.0)))
    });

/// Attacks so far.
const ATTACKS: Series = entry("oracle_attacks", "attacks", "attacks on oracles that were begun so far", |scene, _| {
    scene.world.instruments.oracles.map_or(f64::NAN, |book| book.attacks as f64)
});

/// What of it is followed over time.
pub(super) const SERIES: [Series; 5] = [NET_GAIN_USD, COST_USD, GAP_BPS, ATTACKABLE, ATTACKS];
