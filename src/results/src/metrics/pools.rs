//! Metrics pool by pool, in the order of the scenario's names; pools that a scenario lacks have none.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use portage_pools::VENUES_MAX;

/// Liquidity, fees and LVR of each pool.
pub(super) fn metrics() -> Vec<Metric> {
    (0..VENUES_MAX).flat_map(of_pool).collect()
}

fn of_pool(index: usize) -> [Metric; 5] {
    let number = index + 1;
    // What a pool that does not exist has no value of.
    let read = |value: fn(&Closing<'_>, usize) -> f64| {
        move |closing: &Closing<'_>| {
            if index < closing.world.books.venues.len() { value(closing, index) } else { f64::NAN }
        }
    };
    [
        Metric::new(
            format!("pool{number}_liquidity_end_usd"),
            "USD",
            format!("value of the reserves of pool {number} at the end"),
            DEFINITION,
            read(|closing, index| closing.world.books.venue_value_usd(&closing.world.books.venues[index])),
        ),
        Metric::new(
            format!("pool{number}_liquidity_mean_usd"),
            "USD",
            format!("value of the reserves of pool {number}, mean over time"),
            DEFINITION,
            read(|closing, index| ratio(closing.recorder.value_years[index], closing.recorder.years())),
        ),
        Metric::new(
            format!("pool{number}_fees_usd"),
            "USD",
            format!("fees that pool {number} took"),
            DEFINITION,
            read(|closing, index| closing.world.books.venues[index].fees_so_far_usd()),
        ),
        Metric::new(
            format!("pool{number}_fees_rate"),
            "per year",
            format!("fees of pool {number} as a share of its value"),
            DEFINITION,
            read(|closing, index| {
                ratio(closing.world.books.venues[index].fees_so_far_usd(), closing.recorder.value_years[index])
            }),
        ),
        Metric::new(
            format!("pool{number}_lvr_rate"),
            "per year",
            format!("loss versus rebalancing of pool {number} as a share of its value"),
            "Milionis, Moallemi, Roughgarden and Zhang 2022",
            read(|closing, index| {
                ratio(closing.world.books.venues[index].lvr_so_far_usd(), closing.recorder.value_years[index])
            }),
        ),
    ]
}
