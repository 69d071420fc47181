//! Quantile bands by time.

use crate::metrics::series;
use crate::montecarlo::{BAND_PROBABILITIES, Bands};

/// Quantile bands of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBands {
    /// Name of the series.
    pub name: String,
    /// One row a probability of [`BAND_PROBABILITIES`], one column a point; NaN where no run has a value.
    pub quantiles: Vec<Vec<f64>>,
    /// The path of the median run; empty when there is none.
    pub median_path: Vec<f64>,
}

/// Quantile bands by time.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineTable {
    /// Days since the start, one a point.
    pub days: Vec<f64>,
    /// The run whose path is the median one.
    pub median_run: Option<u64>,
    /// Every series.
    pub series: Vec<SeriesBands>,
}

impl TimelineTable {
    /// The table of `bands`, with the timeline of the median run (one row a point) if there is one.
    #[must_use]
    pub fn of(bands: &Bands, median: Option<(u64, &[f64])>) -> Self {
        let width = series().len();
        let points = 0..bands.points;
        let of_series = series().iter().enumerate().map(|(column, entry)| {
            let quantile =
                |probability: &f64| points.clone().map(|at| bands.quantile(at, column, *probability)).collect();
            let path = median.map_or(&[][..], |(_, path)| path);
            SeriesBands {
                name: entry.name.to_owned(),
                quantiles: BAND_PROBABILITIES.iter().map(quantile).collect(),
                median_path: path.iter().skip(column).step_by(width).copied().collect(),
            }
        });
        Self {
            series: of_series.collect(),
            days: points.clone().map(|point| point as f64 * bands.spacing_days).collect(),
            median_run: median.map(|(run, _)| run),
        }
    }

    /// The bands of a series; `None` when there is no such series.
    #[must_use]
    pub fn series(&self, name: &str) -> Option<&SeriesBands> {
        self.series.iter().find(|series| series.name == name)
    }
}
