//! Quantile bands over time in bounded memory: one sketch a series and point, whatever the number of runs.

use crate::metrics::series;
use rayon::prelude::*;
use sketches_ddsketch::{Config, DDSketch};

/// Probabilities of the bands.
pub const BAND_PROBABILITIES: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/// Relative accuracy of a band's quantiles.
const ACCURACY: f64 = 0.002;
/// Bins of a sketch before the lowest are merged: exp(2 x 0.002 x 8,192) spans 14 decades.
const BINS: u32 = 8_192;
/// Values nearer to zero than this count as zero.
const SMALLEST: f64 = 1e-9;

/// The series of the pair's price: it is kept as its change since the opening, so that a pegged price keeps its digits.
const PRICE: usize = 0;

/// Quantile bands of every series at every point of the timeline, relative accuracy 0.2 %; of the price, 0.2 % of its change since
/// the opening.
///
/// Counts are integers, so that the order in which runs arrive cannot matter. Source: Masson, Rim and Lee (2019),
/// "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees".
pub struct Bands {
    sketches: Vec<DDSketch>,
    /// The price at the opening, the same in every run.
    opening_price: Option<f64>,
    /// Points of the timeline.
    pub points: usize,
    /// Days between two points.
    pub spacing_days: f64,
}

impl std::fmt::Debug for Bands {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Bands").field("points", &self.points).finish_non_exhaustive()
    }
}

impl Bands {
    /// Empty bands over `points` points, `spacing_days` apart.
    #[must_use]
    pub fn new(points: usize, spacing_days: f64) -> Self {
        let config = Config::new(ACCURACY, BINS, SMALLEST);
        let sketches = (0..points * series().len()).map(|_| DDSketch::new(config)).collect();
        Self { sketches, opening_price: None, points, spacing_days }
    }

    /// Adds timelines, one a run, each of points x series values; NaN is no value and is not counted.
    pub fn add(&mut self, timelines: &[&[f64]]) {
        if self.opening_price.is_none() {
            self.opening_price = timelines.first().and_then(|timeline| timeline.get(PRICE).copied());
        }
        let (opening, columns) = (self.opening_price.unwrap_or(1.0), series().len());
        self.sketches.par_iter_mut().enumerate().for_each(|(cell, sketch)| {
            for value in timelines.iter().filter_map(|timeline| timeline.get(cell)).filter(|value| value.is_finite()) {
                sketch.add(if cell % columns == PRICE { value / opening - 1.0 } else { *value });
            }
        });
    }

    /// The quantile of a series at a point over all runs that have a value there; NaN when none has.
    #[must_use]
    pub fn quantile(&self, point: usize, column: usize, probability: f64) -> f64 {
        let sketch = &self.sketches[point * series().len() + column];
        let value = sketch.quantile(probability).ok().flatten().unwrap_or(f64::NAN);
        if column == PRICE { self.opening_price.unwrap_or(1.0) * (1.0 + value) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pegged_price_keeps_its_digits() {
        assert_eq!(series()[PRICE].name, "price");
        let mut bands = Bands::new(1, 1.0);
        let row = |price: f64| (0..series().len()).map(|column| if column == PRICE { price } else { 5.0 }).collect();
        let rows: Vec<Vec<f64>> = [1.0, 1.000_1, 1.000_2, 1.000_3, 1.000_4].into_iter().map(row).collect();
        bands.add(&rows.iter().map(Vec::as_slice).collect::<Vec<&[f64]>>());
        assert!((bands.quantile(0, PRICE, 0.5) - 1.000_2).abs() < 1e-6, "{}", bands.quantile(0, PRICE, 0.5));
        assert!((bands.quantile(0, 1, 0.5) - 5.0).abs() < 0.01);
    }
}
