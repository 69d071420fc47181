//! Metrics of oracles: how far they are from the true price, how long and by how much an attack pays, and what attacks took.

use super::metric::{DEFINITION, Family, Id, Metric, Range, Unit, metrics};
use super::part::Part;
use super::timeline::{Series, entry};
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_engine::agents::ORACLES_MAX;
use portage_engine::world::{GapBook, OracleBook};

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

const COST: &str = "constant product, factor a, fees apart: y (sqrt(a) + 1/sqrt(a) - 2) arbitraged back, f/(1 - f) y (sqrt(a) - 1/sqrt(a)) swapped back at once";

metrics! {
    of_attacks: Oracles, DEFINITION, |closing, read: fn(&OracleBook) -> f64| closing.world.instruments.oracles.as_ref().map_or(f64::NAN, read);
    ATTACKABLE_HOURS: Hours, Amount,
        "time during which it would have paid to manipulate an oracle"
        [Failure 24 "Time during which an oracle attack pays"] => |book| book.attackable_seconds / SECONDS_PER_HOUR;
    ATTACKABLE_USD_MAX: Usd, Amount,
        "largest net gain that was to be had from manipulating oracles, all of them together" =>
        |book| book.net_gain_usd_max;
    ATTACKABLE_USD_HOURS: UsdHours, Amount,
        "net gain that was to be had from manipulating oracles, added up over time" =>
        |book| book.net_gain_usd_seconds / SECONDS_PER_HOUR;
    ATTACK_COST_USD_MIN: Usd, Amount,
        "least that it cost at any time to make an oracle read twice the price, gas apart"
        [Failure 27 "Least cost of doubling an oracle\u{2019}s price"] from COST => |book| book.cost_usd_min;
    ORACLE_ATTACKS: Count("attacks"), Amount,
        "attacks on oracles that were begun: prices pushed, or loans by a reading that was too high anyway"
        [Failure 26 "Attacks on oracles"] => |book| book.attacks as f64;
    ORACLE_ATTACKS_FAILED: Count("attacks"), Amount,
        "of them, those that took nothing in the end: the price or the oracle had moved on" =>
        |book| book.failed_attacks as f64;
    ORACLE_LOSS_USD: Usd, Amount,
        "lost by those who rely on the oracles: lent and not repaid, less the collateral at its true price"
        [Failure 25 "Lost to oracle attacks"] => OracleBook::loss_usd;
    ORACLE_ATTACKER_PROFIT_USD: Usd, Amount, "what manipulators kept after the cost of their pushes and gas" =>
        OracleBook::profit_usd;
    ORACLE_ATTACKS_GAS_USD: Usd, Amount, "gas that manipulators paid" => |book| book.gas_usd;
}

/// What tells how good an oracle is: name, unit, meaning, and how it is read with the hours of a block.
type Gap = (&'static str, Unit, &'static str, fn(&GapBook, f64) -> f64);

const GAPS: [Gap; 4] = [
    (
        "gap_mean_bps",
        Unit::BpsOf("true price"),
        "mean distance of the reading from the true price over blocks",
        |gaps, _| gaps.mean() * BPS,
    ),
    ("gap_max_bps", Unit::BpsOf("true price"), "largest distance of the reading from the true price", |gaps, _| {
        gaps.largest * BPS
    }),
    (
        "off_1_hours",
        Unit::Hours,
        "time during which the reading was more than 1 % from the true price",
        |gaps, hours| gaps.off_blocks[0] as f64 * hours,
    ),
    (
        "off_5_hours",
        Unit::Hours,
        "time during which the reading was more than 5 % from the true price",
        |gaps, hours| gaps.off_blocks[1] as f64 * hours,
    ),
];

/// What tells how good each oracle is, in the order of the scenario's names.
pub(super) fn of_oracles() -> impl Iterator<Item = Metric> {
    (0..ORACLES_MAX).flat_map(|place| {
        GAPS.into_iter().map(move |(name, unit, meaning, read)| {
            let number = place + 1;
            let meaning = format!("{meaning}: oracle {number}, in the order of the scenario's names");
            let id = (Id::of("oracle", number, name), Part::Oracle(place));
            let metric = Metric::new(id, (unit, Range::Amount), meaning, DEFINITION, move |closing| {
                let hours = closing.model.block_seconds() / SECONDS_PER_HOUR;
                read(&closing.world.instruments.readings.gaps(place), hours)
            });
            metric.of(Family::Oracles)
        })
    })
}

/// What attacks would bring now.
const NET_GAIN_USD: Series = entry(
    "attack_net_gain_usd",
    Unit::Usd,
    "what attacks on oracles would bring now, all of them together",
    |scene, _| scene.world.instruments.oracles.map_or(f64::NAN, |book| book.net_gain_usd),
);

/// What the cheapest oracle costs now.
const COST_USD: Series = entry(
    "attack_cost_usd",
    Unit::Usd,
    "what it costs now to make an oracle that reads a pool read twice the price, gas apart; of several, the least",
    |scene, _| scene.world.instruments.oracles.map_or(f64::NAN, |book| book.cost_usd),
);

/// How far readings are from the true price.
const GAP_BPS: Series = entry(
    "oracle_gap_bps",
    Unit::BpsOf("true price"),
    "distance of the reading of an oracle from the true price; of several, the largest",
    |scene, _| {
        let gaps = (0..scene.world.instruments.readings.count())
            .map(|place| scene.world.instruments.readings.gaps(place).share.abs() * BPS);
        gaps.fold(f64::NAN, f64::max)
    },
);

/// Whether an attack pays.
const ATTACKABLE: Series =
    entry("attackable", Unit::Flag, "1 while an attack on some oracle pays, 0 while none does", |scene, _| {
        scene.world.instruments.oracles.map_or(f64::NAN, |book| f64::from(u8::from(book.net_gain_usd > 0.0)))
    });

/// Attacks so far.
const ATTACKS: Series =
    entry("oracle_attacks", Unit::Count("attacks"), "attacks on oracles that were begun so far", |scene, _| {
        scene.world.instruments.oracles.map_or(f64::NAN, |book| book.attacks as f64)
    });

/// What of it is followed over time.
pub(super) const SERIES: [Series; 5] = [NET_GAIN_USD, COST_USD, GAP_BPS, ATTACKABLE, ATTACKS];
