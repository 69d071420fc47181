//! Metrics of the network; none of them has a value in a scenario without one.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use super::timeline::{Series, entry};
use portage_base::units::SECONDS_PER_DAY;
use portage_contagion::Evaluation;
use portage_engine::world::{Network, Verdict};

/// A metric of the network as it is, at its last evaluation.
type NowLine = (&'static str, &'static str, &'static str, fn(&Network, &Evaluation) -> f64);

/// A metric of the weakest day.
type DayLine = (&'static str, &'static str, &'static str, fn(&Verdict) -> f64);

/// A metric of distress on the weakest day: name, source, meaning, and how it is read.
type RankLine = (&'static str, &'static str, &'static str, fn(&Verdict) -> f64);

/// Where the definitions come from.
const CLEARING: &str = "Rogers and Veraart 2013";
const LINEAR: &str = "Bardoscia, Battiston, Caccioli and Caldarelli 2015";
const ORIGINAL: &str = "Battiston and others 2012";

const NOW: [NowLine; 8] = [
    ("network_equity_usd", "USD", "equity of all nodes of the network at the opening", |network, _| {
        network.opening_equity_usd()
    }),
    (
        "network_loss_usd",
        "USD",
        "what nodes have lost since the opening, all of them cleared at the end; a gain is negative",
        |network, _| network.loss_usd(),
    ),
    ("network_outside_loss_usd", "USD", "what creditors outside the network would not get at the end", |_, now| {
        now.unpaid_outside_usd.iter().sum()
    }),
    ("network_defaults", "nodes", "nodes that could not pay at the end", |_, now| now.defaults() as f64),
    ("network_defaults_max", "nodes", "most nodes that could not pay at one time, no stress supposed", |network, _| {
        network.defaults_max() as f64
    }),
    (
        "network_systemic",
        "1 or 0",
        "whether losses or defaults reached those of a systemic event, no stress supposed",
        |network, _| f64::from(u8::from(network.is_systemic())),
    ),
    ("network_locked_usd", "USD", "frozen in the estates of nodes that could not pay at the end", |_, now| {
        now.locked_usd
    }),
    (
        "network_residual",
        "share of equity",
        "largest difference between what nodes and their creditors lost and what explains it",
        |network, _| network.residual(),
    ),
];

const DAY: [DayLine; 20] = [
    (
        "network_weakest_day",
        "days",
        "when the stress, or without one the loss so far, weighs most through all channels, even those that are off",
        |day| day.seconds / SECONDS_PER_DAY,
    ),
    ("network_weakest_share", "share of equity", "loss on the weakest day over equity", |day| day.share),
    ("network_initial_loss_usd", "USD", "loss on the weakest day without contagion: direct", |day| {
        day.attribution.direct_usd
    }),
    ("network_total_loss_usd", "USD", "loss on the weakest day with every channel that is on", |day| {
        day.attribution.loss_usd
    }),
    ("network_amplification", "1", "total over initial loss on the weakest day", |day| {
        ratio(day.attribution.loss_usd, day.attribution.direct_usd)
    }),
    (
        "network_part_counterparty_usd",
        "USD",
        "of it: claims on nodes in default, channels added in this order",
        |day| day.attribution.parts_usd[0],
    ),
    ("network_part_fire_sale_usd", "USD", "of it: what assets fetch less than their reference price", |day| {
        day.attribution.parts_usd[1]
    }),
    ("network_part_oracle_usd", "USD", "of it: what oracles cost by wrong readings", |day| {
        day.attribution.parts_usd[2]
    }),
    ("network_part_liveness_usd", "USD", "of it: what could not pay because it was frozen", |day| {
        day.attribution.parts_usd[3]
    }),
    ("network_removed_counterparty_usd", "USD", "by how much the loss is smaller if every debtor pays", |day| {
        day.attribution.removed_usd[0]
    }),
    ("network_removed_fire_sale_usd", "USD", "by how much the loss is smaller at reference prices", |day| {
        day.attribution.removed_usd[1]
    }),
    ("network_removed_oracle_usd", "USD", "by how much the loss is smaller if oracles had read true prices", |day| {
        day.attribution.removed_usd[2]
    }),
    ("network_removed_liveness_usd", "USD", "by how much the loss is smaller if nothing is frozen", |day| {
        day.attribution.removed_usd[3]
    }),
    ("network_stressed_outside_loss_usd", "USD", "what creditors outside do not get on the weakest day", |day| {
        day.evaluation.unpaid_outside_usd.iter().sum()
    }),
    ("network_price_impact_usd", "USD", "assets at reference prices less what they fetch, weakest day", |day| {
        day.evaluation.price_impact_usd
    }),
    ("network_bankruptcy_usd", "USD", "what bankruptcies cost on the weakest day", |day| day.evaluation.bankruptcy_usd),
    ("network_stressed_defaults", "nodes", "nodes that cannot pay on the weakest day", |day| {
        day.evaluation.defaults() as f64
    }),
    ("network_cascade_depth", "rounds", "rounds of defaults on the weakest day: 1 where none causes another", |day| {
        f64::from(day.evaluation.depth())
    }),
    (
        "network_stressed_systemic",
        "1 or 0",
        "whether the weakest day reaches the losses or defaults of a systemic event",
        |day| f64::from(u8::from(day.is_systemic)),
    ),
    (
        "network_most_dangerous",
        "place in the table of nodes",
        "the node whose failure distresses the others most, counted from 1 in the order of names",
        |day| day.most_dangerous.0 as f64 + 1.0,
    ),
];

const RANKS: [RankLine; 3] = [
    (
        "network_debt_rank",
        ORIGINAL,
        "original DebtRank of the direct loss on the weakest day: distress that it passes on",
        |day| day.debt_rank.0,
    ),
    (
        "network_linear_debt_rank",
        LINEAR,
        "linear DebtRank of the direct loss on the weakest day: distress that it passes on",
        |day| day.debt_rank.1,
    ),
    ("network_most_dangerous_debt_rank", LINEAR, "linear DebtRank of the most dangerous node", |day| {
        day.most_dangerous.1
    }),
];

/// What of it is followed over time.
pub(super) const SERIES: [Series; 3] = [
    entry(
        "network_loss_share",
        "share of equity",
        "what nodes of the network have lost since the opening, all of them cleared now",
        |scene, _| scene.world.instruments.network.as_ref().map_or(f64::NAN, |network| network.loss_share()),
    ),
    entry(
        "stressed_loss_share",
        "share of equity",
        "what the stress of the scenario would cost nodes of the network now, of their equity now",
        |scene, _| scene.world.instruments.network.as_ref().map_or(f64::NAN, |network| network.stressed_share()),
    ),
    entry("network_defaults_now", "nodes", "nodes of the network that cannot pay now", |scene, _| {
        let now = scene.world.instruments.network.as_ref().and_then(|network| network.now());
        now.map_or(f64::NAN, |now| now.defaults() as f64)
    }),
];

/// Every metric of the network.
pub(super) fn metrics() -> Vec<Metric> {
    let of_now = NOW.into_iter().map(|(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            let network = closing.world.instruments.network.as_ref();
            network.and_then(|network| Some(read(network, network.now()?))).unwrap_or(f64::NAN)
        })
    });
    let day = |closing: &Closing<'_>, read: fn(&Verdict) -> f64| {
        closing.world.instruments.network.as_ref().and_then(|network| network.verdict()).map_or(f64::NAN, read)
    };
    let of_day = DAY.into_iter().map(move |(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, CLEARING, move |closing: &Closing<'_>| day(closing, read))
    });
    let ranks = RANKS.into_iter().map(move |(name, source, meaning, read)| {
        Metric::new(name, "share of equity", meaning, source, move |closing: &Closing<'_>| day(closing, read))
    });
    of_now.chain(of_day).chain(ranks).collect()
}
