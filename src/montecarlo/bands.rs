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

/// Quantile bands of every series at every point of the timeline, relative accuracy 0.2 %.
///
/// Counts are integers, so that the order in which runs arrive cannot matter. Source: Masson, Rim and Lee (2019),
/// "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees".
pub struct Bands {
    sketches: Vec<DDSketch>,
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
        Self { sketches, points, spacing_days }
    }

    /// Adds timelines, one a run, each of points x series values; NaN is no value and is not counted.
    pub fn add(&mut self, timelines: &[&[f64]]) {
        self.sketches.par_iter_mut().enumerate().for_each(|(cell, sketch)| {
            for value in timelines.iter().filter_map(|timeline| timeline.get(cell)).filter(|value| value.is_finite()) {
                sketch.add(*value);
            }
        });
    }

    /// The quantile of a series at a point over all runs that have a value there; NaN when none has.
    #[must_use]
    pub fn quantile(&self, point: usize, column: usize, probability: f64) -> f64 {
        let sketch = &self.sketches[point * series().len() + column];
        sketch.quantile(probability).ok().flatten().unwrap_or(f64::NAN)
    }
}
