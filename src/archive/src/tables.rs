//! The table of runs and the table of bands, as Parquet.

use super::error::{Cause, Error};
use super::files::write_with;
use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};
use portage_results::metrics::{Family, Id, series};
use portage_results::montecarlo::{BAND_PROBABILITIES, RunTable};
use portage_results::records::{SeriesBands, TimelineTable};
use std::path::Path;

/// Name of the table of runs.
pub const RUNS: &str = "runs.parquet";

/// Writes a frame as Parquet with zstd.
pub(super) fn write_frame(path: &Path, mut frame: DataFrame) -> Result<(), Error> {
    write_with(path, |file| {
        let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Zstd(None));
        writer.finish(&mut frame)?;
        Ok(())
    })
}

pub(super) fn read_frame(path: &Path) -> Result<DataFrame, Error> {
    let file = std::fs::File::open(path).map_err(Error::read(path))?;
    ParquetReader::new(file).finish().map_err(Error::read(path))
}

fn floats(frame: &DataFrame, name: &str) -> Result<Vec<f64>, Cause> {
    let column = frame.column(name).and_then(|column| column.f64().cloned())?;
    Ok(column.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A column in which NaN stands as null.
pub(super) fn nullable(name: &str, values: &[f64]) -> Column {
    let values = values.iter().map(|value| (!value.is_nan()).then_some(*value));
    Float64Chunked::from_iter_options(name.into(), values).into_column()
}

/// The name of the table of a family of metrics.
fn file_of(family: Family) -> String {
    format!("{}.parquet", family.name())
}

/// Writes the table of runs into `directory`: [`RUNS`] with a column `run` and one for each metric, and for every family that there
/// is a table of its own, `pools.parquet` for one, with a row for each thing and run: columns `of` (which thing), `run` and the
/// figures. NaN becomes null.
///
/// # Errors
/// If a file could not be written.
pub fn write_runs(directory: &Path, table: &RunTable) -> Result<(), Error> {
    let path = directory.join(RUNS);
    let single = table.ids().iter().filter(|id| id.family().is_none());
    let mut columns = vec![Column::new("run".into(), &table.runs)];
    columns.extend(single.filter_map(|id| Some(nullable(&id.to_string(), table.column(*id)?))));
    write_frame(&path, DataFrame::new(table.len(), columns).map_err(Error::write(&path))?)?;
    Family::ALL.into_iter().try_for_each(|family| write_family(&directory.join(file_of(family)), table, family))
}

/// One row a thing of the family and run, all runs of a thing one after another.
fn write_family(path: &Path, table: &RunTable, family: Family) -> Result<(), Error> {
    let ids: Vec<Id> = table.ids().iter().copied().filter(|id| id.family() == Some(family)).collect();
    let (mut things, mut figures): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for id in &ids {
        if !things.contains(&id.thing()) {
            things.push(id.thing());
        }
        if !figures.contains(&id.figure()) {
            figures.push(id.figure());
        }
    }
    if things.is_empty() {
        return Ok(());
    }
    let height = things.len() * table.len();
    let each = || things.iter().flat_map(|thing| table.runs.iter().map(move |run| (thing, run)));
    let mut columns = vec![
        Column::new("of".into(), each().map(|(thing, _)| thing.as_str()).collect::<Vec<&str>>()),
        Column::new("run".into(), each().map(|(_, run)| *run).collect::<Vec<u64>>()),
    ];
    for figure in figures {
        let column = |thing: &String| {
            let id = ids.iter().find(|id| id.figure() == figure && id.thing() == *thing);
            let values = id.and_then(|id| table.column(*id)).unwrap_or_default();
            (0..table.len()).map(|row| values.get(row).copied().filter(|value| !value.is_nan()))
        };
        let values = things.iter().flat_map(column);
        columns.push(Float64Chunked::from_iter_options(figure.into(), values).into_column());
    }
    write_frame(path, DataFrame::new(height, columns).map_err(Error::write(path))?)
}

/// Reads what [`write_runs`] has written, its families too.
///
/// # Errors
/// If a file could not be read, or is no such table.
pub fn read_runs(directory: &Path) -> Result<RunTable, Error> {
    let path = directory.join(RUNS);
    let frame = read_frame(&path)?;
    let named = Error::misfit::<Cause>(&path, "a table of runs");
    let runs = frame.column("run").and_then(|column| column.u64().cloned()).map_err(|why| named(why.into()))?;
    let runs: Option<Vec<u64>> = runs.iter().collect();
    let runs = runs.ok_or_else(|| named("a run has no index".into()))?;
    let mut columns = Vec::new();
    for name in frame.get_column_names() {
        if let Some(id) = Id::parse(name) {
            columns.push((id, floats(&frame, name).map_err(&named)?));
        }
    }
    for family in Family::ALL {
        let path = directory.join(file_of(family));
        if path.is_file() {
            let expected = format!("a table of {}", family.name());
            let read = read_family(&read_frame(&path)?, runs.len());
            columns.extend(read.map_err(Error::misfit(&path, &expected))?);
        }
    }
    Ok(RunTable::of(runs, columns))
}

fn read_family(frame: &DataFrame, runs: usize) -> Result<Vec<(Id, Vec<f64>)>, Cause> {
    let things = frame.column("of").and_then(|column| column.str().cloned())?;
    let firsts: Vec<(usize, String)> =
        things.iter().flatten().map(str::to_owned).enumerate().step_by(runs.max(1)).collect();
    let mut columns = Vec::new();
    for figure in frame.get_column_names().into_iter().filter(|name| !matches!(name.as_str(), "of" | "run")) {
        let values = floats(frame, figure)?;
        for (first, thing) in &firsts {
            let name = if figure.as_str() == "value" { thing.clone() } else { format!("{thing}_{figure}") };
            let of_thing = values.get(*first..*first + runs).ok_or("a run is missing")?;
            columns.extend(Id::parse(&name).map(|id| (id, of_thing.to_vec())));
        }
    }
    Ok(columns)
}

/// Writes the bands as Parquet, one row a point: `day`, then `SERIES_p05` ... `SERIES_p95` and `SERIES_median_run`.
///
/// # Errors
/// If a file could not be written.
pub fn write_timeline(path: &Path, table: &TimelineTable) -> Result<(), Error> {
    let mut columns = vec![Column::new("day".into(), &table.days)];
    for series in &table.series {
        for (probability, values) in BAND_PROBABILITIES.iter().zip(&series.quantiles) {
            columns.push(nullable(&band_name(&series.name, *probability), values));
        }
        if !series.median_path.is_empty() {
            columns.push(nullable(&format!("{}_median_run", series.name), &series.median_path));
        }
    }
    write_frame(path, DataFrame::new(table.days.len(), columns).map_err(Error::write(path))?)
}

/// Reads a table that [`write_timeline`] has written.
///
/// # Errors
/// If a file could not be read, or is no such table.
pub fn read_timeline(path: &Path, median_run: Option<u64>) -> Result<TimelineTable, Error> {
    let frame = read_frame(path)?;
    let named = Error::misfit::<Cause>(path, "a timeline");
    let read = |entry: &portage_results::metrics::Series| {
        let quantiles: Result<Vec<Vec<f64>>, Cause> =
            BAND_PROBABILITIES.iter().map(|p| floats(&frame, &band_name(entry.name, *p))).collect();
        let path = match median_run {
            Some(_) => floats(&frame, &format!("{}_median_run", entry.name))?,
            None => Vec::new(),
        };
        Ok(SeriesBands { name: entry.name.to_owned(), quantiles: quantiles?, median_path: path })
    };
    let series: Result<Vec<SeriesBands>, Cause> = series().iter().map(read).collect();
    Ok(TimelineTable { days: floats(&frame, "day").map_err(&named)?, median_run, series: series.map_err(named)? })
}

fn band_name(series: &str, probability: f64) -> String {
    format!("{series}_p{:02}", (probability * 100.0).round())
}
