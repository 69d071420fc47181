//! Metrics of margined derivative positions; none of them has a value in a scenario without positions.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use portage_engine::world::{MarginHarm, PairPrice, Positions};

/// A metric of positions: name, unit, meaning, and how it is read at the closing prices.
type Line = (&'static str, &'static str, &'static str, fn(&Positions, PairPrice) -> f64);

const STATE: [Line; 9] = [
    (
        "positions_moved_share",
        "share of size",
        "margined positions that moved whole while they were open, by their size at the opening",
        |positions, _| positions.moved_share(),
    ),
    (
        "positions_frozen_notional_usd_days",
        "USD x days",
        "value of positions that could not be added to, closed or liquidated, over time",
        |positions, _| positions.figures().frozen_usd_days,
    ),
    (
        "positions_frozen_notional_max_usd",
        "USD",
        "most value of positions frozen at once, at observations",
        |positions, _| positions.figures().frozen_max_usd,
    ),
    ("positions_liquidated", "positions", "positions that were liquidated", |positions, _| {
        f64::from(positions.figures().liquidated)
    }),
    (
        "positions_liquidated_on_resume",
        "positions",
        "of them, at the first observation after they had been frozen",
        |positions, _| f64::from(positions.figures().liquidated_on_resume),
    ),
    (
        "positions_liquidated_anyway",
        "positions",
        "positions that would have been liquidated on the same prices had none ever been frozen",
        |positions, _| f64::from(positions.figures().liquidated_anyway),
    ),
    ("positions_closed", "positions", "positions that their holders closed when the margin ran low", |positions, _| {
        f64::from(positions.figures().closed)
    }),
    ("positions_top_ups", "times", "times that holders added margin", |positions, _| {
        f64::from(positions.figures().top_ups)
    }),
    (
        "positions_bad_debt_usd",
        "USD",
        "what settled positions owed beyond their margin, at closing prices of the quote token: borne by the backstop",
        |positions, pair| positions.bad_debt() * pair.quote_usd,
    ),
];

/// A metric of the harm of freezing.
type HarmLine = (&'static str, &'static str, &'static str, fn(&MarginHarm, PairPrice) -> f64);

const HARM: [HarmLine; 5] = [
    (
        "liquidations_caused",
        "positions",
        "positions that were liquidated, but would not have been had they never been frozen",
        |harm, _| f64::from(harm.caused),
    ),
    (
        "liquidations_for_want_of_margin",
        "positions",
        "of them, those whose holders would have added margin in time",
        |harm, _| f64::from(harm.for_want_of_margin),
    ),
    (
        "liquidations_spared",
        "positions",
        "positions that were not liquidated because they were frozen while the price was low, or high for a short one",
        |harm, _| f64::from(harm.spared),
    ),
    (
        "positions_bad_debt_caused_usd",
        "USD",
        "bad debt beyond that without freezing, at closing prices of the quote token",
        |harm, pair| harm.bad_debt * pair.quote_usd,
    ),
    (
        "positions_caused_loss_usd",
        "USD",
        "what holders got less than had their positions never been frozen, open positions at closing prices; negative where it spared them",
        |harm, pair| harm.losses[0] * pair.quote_usd,
    ),
];

/// Every metric of margined positions.
pub(super) fn metrics() -> Vec<Metric> {
    let of_state = STATE.into_iter().map(|(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            let world = closing.world;
            world.instruments.positions.as_ref().map_or(f64::NAN, |positions| read(positions, world.books.pair()))
        })
    });
    let of_harm = HARM.into_iter().map(|(name, unit, meaning, read)| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            let world = closing.world;
            let harm = world.instruments.positions.as_ref().map(|positions| positions.harm(world.books.pair().price));
            harm.map_or(f64::NAN, |harm| read(&harm, world.books.pair()))
        })
    });
    of_state.chain(of_harm).collect()
}
