//! How many orders come, and how large they are: liquidity, the cost of execution and the hour.

use crate::agents::Traders;
use crate::model::Model;
use crate::world::{Books, TRADER_CLASSES_MAX, TraderBook, TraderClassBook};
use portage_base::units::SECONDS_PER_DAY;

/// Time over which the cost that traders react to fades to 1/e, seconds: they remember about a day (judgement).
pub const COST_MEMORY_SECONDS: f64 = SECONDS_PER_DAY;

/// Least and largest number of orders that the cost of execution can lead to, as multiples of the scenario's: beyond, a constant elasticity is not believed.
pub const ACTIVITY_BOUNDS: (f64, f64) = (0.1, 10.0);

/// What a class of traders knows of the cost of execution: cost and volume, both fading over about a day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ObservedCost {
    cost_usd: f64,
    volume_usd: f64,
    faded_cost: f64,
    faded_volume: f64,
    seconds: f64,
    reference: Option<f64>,
}

/// Orders per block and their size until the next observation: volume may follow liquidity, and the number of orders the
/// hour and, by class, the cost of execution.
pub(super) fn adapt_orders(
    model: &Model,
    books: &Books,
    traders: &mut Traders,
    observed_cost: &mut [ObservedCost; TRADER_CLASSES_MAX],
    (seconds, elapsed): (f64, f64),
) {
    let Some(spec) = &model.traders else { return };
    let blocks_per_day = SECONDS_PER_DAY / model.block_seconds();
    let wanted = spec.volume.usd_per_day(books.pair_value_usd());
    let mean_size_usd = if spec.orders_per_day > 0.0 { wanted / spec.orders_per_day } else { 0.0 };
    let grid = &model.grid;
    let until =
        (seconds + model.observe_blocks as f64 * grid.block_seconds).min(grid.blocks as f64 * grid.block_seconds);
    let orders_per_block = spec.orders_per_day / blocks_per_day * spec.season(grid.start).mean(seconds, until);
    let book = &books.traders;
    let (mut flows, mut seen) = (spec.flows(), observed_cost.iter_mut());
    traders.adapt(orders_per_block, mean_size_usd, |class| {
        let (Some(terms), Some(seen)) = (flows.next(), seen.next()) else { return 1.0 };
        let (cost_usd, volume_usd) =
            if terms.name.is_some() { class_totals(&book.classes[class]) } else { totals(book) };
        seen.factor(cost_usd, volume_usd, elapsed, terms.cost_elasticity)
    });
}

/// Cost of execution and volume so far, USD.
fn totals(book: &TraderBook) -> (f64, f64) {
    (book.fees_usd + book.impact_usd + book.gas_usd, book.volume_usd)
}

fn class_totals(book: &TraderClassBook) -> (f64, f64) {
    (book.cost_usd, book.volume_usd)
}

impl ObservedCost {
    /// (present cost / cost of the first day)^(-elasticity), the cost as a share of volume; 1 during the first day.
    fn factor(&mut self, cost_usd: f64, volume_usd: f64, elapsed: f64, elasticity: f64) -> f64 {
        if elasticity <= 0.0 {
            return 1.0;
        }
        let keep = libm::exp(-elapsed / COST_MEMORY_SECONDS);
        self.faded_cost = self.faded_cost * keep + (cost_usd - self.cost_usd);
        self.faded_volume = self.faded_volume * keep + (volume_usd - self.volume_usd);
        (self.cost_usd, self.volume_usd) = (cost_usd, volume_usd);
        self.seconds += elapsed;
        if self.seconds < COST_MEMORY_SECONDS || self.faded_volume <= 0.0 || self.faded_cost <= 0.0 {
            return 1.0;
        }
        let share = self.faded_cost / self.faded_volume;
        let reference = *self.reference.get_or_insert(share);
        let (least, most) = ACTIVITY_BOUNDS;
        libm::pow(share / reference, -elasticity).clamp(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_orders_is_a_power_of_the_cost() {
        let (mut seen, mut cost, mut volume, hour) = (ObservedCost::default(), 0.0, 0.0, 3_600.0);
        let mut trade = |seen: &mut ObservedCost, share: f64, hours: u32| {
            (0..hours).fold(1.0, |_, _| {
                (cost, volume) = (cost + 1e4 * share, volume + 1e4);
                seen.factor(cost, volume, hour, 0.5)
            })
        };
        assert!((trade(&mut seen, 0.003, 48) - 1.0).abs() < 1e-12, "at the cost of the first day");
        // Thirty days on the old cost has faded to exp(-30), and four times the cost halves the number.
        assert!((trade(&mut seen, 0.012, 720) - 0.5).abs() < 1e-9);
        assert!((trade(&mut seen, 0.003 / 4.0, 720) - 2.0).abs() < 1e-9);
        assert_eq!(trade(&mut seen, 0.003 * 1e4, 720), ACTIVITY_BOUNDS.0, "no fewer than the bound");
    }
}
