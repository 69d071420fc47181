//! Metrics pool by pool, in the order of the scenario's names.

use super::Closing;
use super::metric::{DEFINITION, Family, Id, Metric, Range, Unit, ratio};
use super::part::Part;
use portage_engine::world::Venue;
use portage_pools::VENUES_MAX;

/// A figure of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolFigure {
    /// Value of the reserves at the end, USD.
    LiquidityEnd,
    /// Value of the reserves, mean over time, USD.
    LiquidityMean,
    /// Fees, USD.
    Fees,
    /// Fees as a share of the value, per year.
    FeesRate,
    /// Loss versus rebalancing as a share of the value, per year.
    LvrRate,
}

/// A figure: which one, name, unit and range, meaning, and how it is read.
type Figure = (PoolFigure, &'static str, (Unit, Range), [&'static str; 2], fn(&Closing<'_>, &Venue, f64) -> f64);

const FIGURES: [Figure; 5] = [
    (
        PoolFigure::LiquidityEnd,
        "liquidity_end_usd",
        (Unit::Usd, Range::Amount),
        ["value of the reserves of pool ", " at the end"],
        |closing, venue, _| closing.world.books.venue_value_usd(venue),
    ),
    (
        PoolFigure::LiquidityMean,
        "liquidity_mean_usd",
        (Unit::Usd, Range::Amount),
        ["value of the reserves of pool ", ", mean over time"],
        |closing, _, value_years| ratio(value_years, closing.recorder.years()),
    ),
    (PoolFigure::Fees, "fees_usd", (Unit::Usd, Range::Amount), ["fees that pool ", " took"], |_, venue, _| {
        venue.fees_so_far_usd()
    }),
    (
        PoolFigure::FeesRate,
        "fees_rate",
        (Unit::PerYear, Range::Amount),
        ["fees of pool ", " as a share of its value"],
        |_, venue, value_years| ratio(venue.fees_so_far_usd(), value_years),
    ),
    (
        PoolFigure::LvrRate,
        "lvr_rate",
        (Unit::PerYear, Range::Signed),
        ["loss versus rebalancing of pool ", " as a share of its value"],
        |_, venue, value_years| ratio(venue.lvr_so_far_usd(), value_years),
    ),
];

/// A figure of the pool at `pool` in the order of the scenario's names.
#[must_use]
pub const fn pool(pool: usize, figure: PoolFigure) -> Id {
    Id::of("pool", pool + 1, FIGURES[figure as usize].1)
}

/// Liquidity, fees and LVR of each pool.
pub(super) fn of_each() -> impl Iterator<Item = Metric> {
    (0..VENUES_MAX).flat_map(|place| {
        FIGURES.into_iter().map(move |(figure, _, kind, [before, after], read)| {
            let meaning = format!("{before}{}{after}", place + 1);
            let is_lvr = figure == PoolFigure::LvrRate;
            let source = if is_lvr { "Milionis, Moallemi, Roughgarden and Zhang 2022" } else { DEFINITION };
            let metric = Metric::new((pool(place, figure), Part::Pool(place)), kind, meaning, source, move |closing| {
                let value_years = closing.recorder.value_years[place];
                closing.world.books.venues.get(place).map_or(f64::NAN, |venue| read(closing, venue, value_years))
            });
            metric.of(Family::Pools)
        })
    })
}
