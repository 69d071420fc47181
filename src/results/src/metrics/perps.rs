//! Metrics of perpetual exchanges; none of them has a value in a scenario without one.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use super::timeline::{Series, entry};
use portage_engine::run::Scene;
use portage_engine::world::{MarginHarm, Perps};

/// A metric of exchanges: name, unit, meaning, and how it is read.
type Line = (&'static str, &'static str, &'static str, fn(&Perps) -> f64);

const STATE: [Line; 19] = [
    ("perp_moved_share", "share of opening value", "accounts that have arrived on another exchange", |perps| {
        perps.moved_share()
    }),
    ("perp_liquidated", "accounts", "accounts on perpetual exchanges that were liquidated", |perps| {
        f64::from(perps.figures().liquidated)
    }),
    ("perp_liquidated_usd", "USD", "value of their positions at mark prices", |perps| perps.sums().liquidated_usd),
    (
        "perp_liquidated_on_resume",
        "accounts",
        "of them, at the first reading after a halt, or at which their collateral had arrived",
        |perps| f64::from(perps.figures().liquidated_on_resume),
    ),
    ("perp_liquidated_on_resume_usd", "USD", "value of the positions of these", |perps| {
        perps.sums().liquidated_on_resume_usd
    }),
    (
        "perp_liquidated_anyway",
        "accounts",
        "accounts that would have been liquidated at the same index prices had nothing ever stood still or been under way",
        |perps| f64::from(perps.figures().liquidated_anyway),
    ),
    ("perp_closed", "accounts", "accounts that their holders closed when the margin ran low", |perps| {
        f64::from(perps.figures().closed)
    }),
    ("perp_top_ups", "times", "times that holders added collateral", |perps| f64::from(perps.figures().top_ups)),
    ("perp_bad_debt_usd", "USD", "what liquidated accounts owed beyond their collateral, whoever bore it", |perps| {
        perps.sums().bad_debt_usd()
    }),
    ("perp_insured_usd", "USD", "of it, what insurance funds paid", |perps| perps.sums().insured),
    ("perp_socialised_usd", "USD", "of it, what those bore against whom accounts were deleveraged", |perps| {
        perps.sums().socialised
    }),
    ("perp_deleveraged_usd", "USD", "value of positions closed by auto-deleveraging", |perps| {
        perps.sums().deleveraged_usd
    }),
    ("perp_deleveragings", "times", "times that an account was deleveraged", |perps| {
        f64::from(perps.sums().deleveragings)
    }),
    ("perp_insurance_usd", "USD", "insurance funds at the end", |perps| perps.insurance_usd().0),
    ("perp_insurance_min_usd", "USD", "insurance funds when they held least, at observations", |perps| {
        perps.insurance_usd().1
    }),
    ("perp_funding_usd", "USD", "funding paid by the side that pays, makers included", |perps| {
        perps.sums().funding_usd
    }),
    (
        "perp_frozen_usd_days",
        "USD x days",
        "value of perpetual positions on exchanges that stood still, or whose collateral was under way, over time",
        |perps| perps.figures().frozen_usd_days,
    ),
    ("perp_frozen_max_usd", "USD", "most value of them at once, at observations", |perps| {
        perps.figures().frozen_max_usd
    }),
    (
        "perp_exit_discount_max",
        "share of value",
        "largest share of the value of all positions at mark prices that closing them through the order books would not have brought",
        |perps| perps.exit_discount_max(),
    ),
];

/// A metric of the harm of freezing.
type HarmLine = (&'static str, &'static str, &'static str, fn(&MarginHarm) -> f64);

const HARM: [HarmLine; 9] = [
    (
        "perp_liquidations_caused",
        "accounts",
        "accounts that were liquidated, but would not have been had nothing ever stood still or been under way",
        |harm| f64::from(harm.caused),
    ),
    (
        "perp_liquidations_for_want_of_collateral",
        "accounts",
        "of them, those whose holders would have added collateral in time",
        |harm| f64::from(harm.for_want_of_margin),
    ),
    (
        "perp_liquidations_spared",
        "accounts",
        "accounts that were not liquidated because nobody could while the price stood against them",
        |harm| f64::from(harm.spared),
    ),
    ("perp_bad_debt_caused_usd", "USD", "bad debt beyond that without freezing", |harm| harm.bad_debt),
    ("perp_deleveraged_caused_usd", "USD", "value deleveraged beyond that without freezing", |harm| harm.deleveraged),
    (
        "perp_holders_caused_loss_usd",
        "USD",
        "what account holders gained less than without freezing, open positions at mark prices; negative where it spared them",
        |harm| harm.losses[0],
    ),
    ("perp_insurance_caused_loss_usd", "USD", "what insurance funds have less than without freezing", |harm| {
        harm.losses[1]
    }),
    (
        "perp_makers_caused_loss_usd",
        "USD",
        "what market makers, who hold the other side, gained less than without freezing",
        |harm| harm.losses[2],
    ),
    ("perp_fees_caused_loss_usd", "USD", "what exchanges earned less of fees than without freezing", |harm| {
        harm.losses[3]
    }),
];

/// Every metric of perpetual exchanges.
pub(super) fn metrics() -> Vec<Metric> {
    let of_state = STATE.into_iter().map(|(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            closing.world.instruments.perps.as_deref().map_or(f64::NAN, read)
        })
    });
    let of_harm = HARM.into_iter().map(|(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            closing.world.instruments.perps.as_deref().map_or(f64::NAN, |perps| read(&perps.harm()))
        })
    });
    of_state.chain(of_harm).collect()
}

/// A figure of the exchanges at a point of the timeline; NaN where there are none.
pub(super) fn now(scene: &Scene<'_>, read: impl Fn(&Perps) -> f64) -> f64 {
    scene.world.instruments.perps.as_deref().map_or(f64::NAN, read)
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 6] = [
    entry(
        "perp_open_interest_old_usd",
        "USD",
        "value of accounts' perpetual positions on exchanges to which no other moves, long and short ones added",
        |scene, _| now(scene, |perps| perps.open_interest_usd(false)),
    ),
    entry(
        "perp_open_interest_new_usd",
        "USD",
        "value of accounts' perpetual positions on exchanges to which another moves, long and short ones added",
        |scene, _| now(scene, |perps| perps.open_interest_usd(true)),
    ),
    entry(
        "perp_frozen_usd",
        "USD",
        "value of perpetual positions with which nothing can be done: the exchange stands still, or collateral is under way",
        |scene, _| now(scene, portage_engine::world::Perps::frozen_usd),
    ),
    entry("perp_insurance_usd", "USD", "insurance funds of perpetual exchanges", |scene, _| {
        now(scene, |perps| perps.insurance_usd().0)
    }),
    entry("perp_bad_debt_usd", "USD", "what liquidated accounts owed beyond their collateral so far", |scene, _| {
        now(scene, |perps| perps.sums().bad_debt_usd())
    }),
    entry(
        "perp_exit_discount",
        "share of value",
        "share of the value of all perpetual positions at mark prices that closing them through the order books would not bring",
        |scene, _| now(scene, portage_engine::world::Perps::exit_discount),
    ),
];
