//! The table of runs and the table of bands, as Parquet.

use super::files::write_with;
use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};
use portage_results::metrics::{dictionary, series};
use portage_results::montecarlo::{BAND_PROBABILITIES, Ensemble};
use std::path::Path;

/// One row a run: the columns are the metrics of the dictionary.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable {
    /// Index of each run.
    pub runs: Vec<u64>,
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

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

/// Writes a frame as Parquet with zstd.
pub(super) fn write_frame(path: &Path, mut frame: DataFrame) -> Result<(), String> {
    write_with(path, |file| {
        let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Zstd(None));
        writer.finish(&mut frame).map(|_bytes| ()).map_err(|why| why.to_string())
    })
}

pub(super) fn read_frame(path: &Path) -> Result<DataFrame, String> {
    let named = |why: String| format!("cannot read {}: {why}", path.display());
    let file = std::fs::File::open(path).map_err(|why| named(why.to_string()))?;
    ParquetReader::new(file).finish().map_err(|why| named(why.to_string()))
}

fn floats(frame: &DataFrame, name: &str) -> Result<Vec<f64>, String> {
    let column = frame.column(name).and_then(|column| column.f64().cloned()).map_err(|why| why.to_string())?;
    Ok(column.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

impl RunTable {
    /// The table of an ensemble.
    #[must_use]
    pub fn of(ensemble: &Ensemble) -> Self {
        let names = dictionary().iter().map(|metric| metric.name.clone()).collect();
        let columns = (0..dictionary().len()).map(|index| ensemble.column(index)).collect();
        Self { runs: ensemble.runs.clone(), names, columns }
    }

    /// Names of the metrics, in the order of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of a metric over all runs; `None` when there is no such column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.names.iter().position(|known| known == name).map(|index| self.columns[index].as_slice())
    }

    /// Writes the table as Parquet: a column `run`, then the metrics; NaN becomes null.
    ///
    /// # Errors
    /// A sentence that names the path and why it could not be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let mut columns = vec![Column::new("run".into(), self.runs.clone())];
        columns.extend(self.names.iter().zip(&self.columns).map(|(name, values)| nullable(name, values)));
        write_frame(path, DataFrame::new(self.runs.len(), columns).map_err(|why| why.to_string())?)
    }

    /// Reads a table that [`Self::write`] has written.
    ///
    /// # Errors
    /// A sentence that names the path and why it could not be read.
    pub fn read(path: &Path) -> Result<Self, String> {
        let frame = read_frame(path)?;
        let named = |why: String| format!("{} is not a table of runs: {why}", path.display());
        let runs =
            frame.column("run").and_then(|column| column.u64().cloned()).map_err(|why| named(why.to_string()))?;
        let names: Vec<String> = frame
            .get_column_names()
            .iter()
            .filter(|name| name.as_str() != "run")
            .map(|name| name.to_string())
            .collect();
        let columns: Result<Vec<Vec<f64>>, String> = names.iter().map(|name| floats(&frame, name)).collect();
        let runs: Option<Vec<u64>> = runs.iter().collect();
        let runs = runs.ok_or_else(|| named("a run has no index".to_owned()))?;
        Ok(Self { runs, names, columns: columns.map_err(named)? })
    }
}

/// A column in which NaN stands as null.
pub(super) fn nullable(name: &str, values: &[f64]) -> Column {
    let values: Vec<Option<f64>> = values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
    Column::new(name.into(), values)
}

impl TimelineTable {
    /// The bands of an ensemble, with the timeline of the median run (one row a point) if there is one.
    #[must_use]
    pub fn of(ensemble: &Ensemble, median: Option<(u64, &[f64])>) -> Self {
        let bands = &ensemble.bands;
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

    /// Writes the table as Parquet, one row a point: `day`, then `SERIES_p05` ... `SERIES_p95` and `SERIES_median_run`.
    ///
    /// # Errors
    /// A sentence that names the path and why it could not be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let mut columns = vec![Column::new("day".into(), self.days.clone())];
        for series in &self.series {
            for (probability, values) in BAND_PROBABILITIES.iter().zip(&series.quantiles) {
                columns.push(nullable(&band_name(&series.name, *probability), values));
            }
            if !series.median_path.is_empty() {
                columns.push(nullable(&format!("{}_median_run", series.name), &series.median_path));
            }
        }
        write_frame(path, DataFrame::new(self.days.len(), columns).map_err(|why| why.to_string())?)
    }

    /// Reads a table that [`Self::write`] has written.
    ///
    /// # Errors
    /// A sentence that names the path and why it could not be read.
    pub fn read(path: &Path, median_run: Option<u64>) -> Result<Self, String> {
        let frame = read_frame(path)?;
        let named = |why: String| format!("{} is not a timeline: {why}", path.display());
        let read = |entry: &portage_results::metrics::Series| {
            let quantiles: Result<Vec<Vec<f64>>, String> =
                BAND_PROBABILITIES.iter().map(|p| floats(&frame, &band_name(entry.name, *p))).collect();
            let path = match median_run {
                Some(_) => floats(&frame, &format!("{}_median_run", entry.name))?,
                None => Vec::new(),
            };
            Ok(SeriesBands { name: entry.name.to_owned(), quantiles: quantiles?, median_path: path })
        };
        let series: Result<Vec<SeriesBands>, String> = series().iter().map(read).collect();
        Ok(Self { days: floats(&frame, "day").map_err(named)?, median_run, series: series.map_err(named)? })
    }
}

fn band_name(series: &str, probability: f64) -> String {
    format!("{series}_p{:02}", (probability * 100.0).round())
}
