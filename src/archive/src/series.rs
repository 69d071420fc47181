//! Price and gas series from CSV or Parquet.

use super::tables::read_frame;
use polars::prelude::*;
use polars_io::csv::read::{CsvReadOptions, CsvReader};
use polars_io::parquet::read::ParquetReader;
use polars_io::prelude::SerReader;
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_market::Series;
use portage_scenario::grammar::nearest;
use portage_scenario::resolve::DailyGas;
use std::io::Cursor;
use std::path::Path;

/// Longest gap that is filled with the last close, intervals: the embedded series has gaps of up to five hours.
const GAP_INTERVALS_MAX: i64 = 6;

/// Unix seconds beyond this (the year 5138) are milliseconds.
const LATEST_UNIX_SECONDS: i64 = 100_000_000_000;

/// Series that are part of the program: name and Parquet bytes.
const PRICES: [(&str, &[u8]); 1] =
    [("eth_usd_hourly", include_bytes!("../../../scenarios/series/eth_usd_hourly.parquet"))];
const GAS: [(&str, &[u8]); 1] =
    [("ethereum_gas_daily", include_bytes!("../../../scenarios/series/ethereum_gas_daily.parquet"))];

/// Reads a price series: an embedded name, or the path of a CSV or Parquet file with the columns `time` (UTC) and `close_usd`.
///
/// Times must be regular; an interval that is missing is filled with the last close before it, as an hour without a trade.
///
/// # Errors
/// A sentence that says what is missing or wrong, and what is there.
pub fn read_prices(name: &str, folder: &Path) -> Result<Series, String> {
    let frame = open(name, folder, &PRICES)?;
    let times = times(&frame, name, "time")?;
    let closes = floats(&frame, name, "close_usd")?;
    let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let step = steps.min().ok_or_else(|| format!("the series \"{name}\" has fewer than two rows"))?;
    if step <= 0 {
        let row = times.windows(2).position(|pair| pair[1] <= pair[0]).unwrap_or(0) + 2;
        return Err(format!("row {row} of the series \"{name}\" is not later than the row before it"));
    }
    let mut values = Vec::with_capacity(closes.len());
    for (index, (&time, &close)) in times.iter().zip(&closes).enumerate() {
        if !(close.is_finite() && close > 0.0) {
            return Err(format!(
                "row {} of the series \"{name}\": close_usd is {close}, expected above 0 USD",
                index + 1
            ));
        }
        let due = (time - times[0]) / step;
        if (time - times[0]) % step != 0 {
            return Err(format!("row {} of the series \"{name}\" stands off the grid of {step} s", index + 1));
        }
        if due - values.len() as i64 > GAP_INTERVALS_MAX {
            return Err(format!(
                "{} intervals of {step} s are missing before row {} of the series \"{name}\"; at most {GAP_INTERVALS_MAX} are filled",
                due - values.len() as i64,
                index + 1
            ));
        }
        let last = values.last().copied().unwrap_or(close);
        let due = usize::try_from(due).ok().filter(|due| *due >= values.len());
        let due = due
            .ok_or_else(|| format!("row {} of the series \"{name}\" is not later than the row before it", index + 1))?;
        values.resize(due, last);
        values.push(close);
    }
    // A row is labelled by the beginning of its interval, and its close belongs to the end.
    let start = Instant::from_unix(times[0] + step);
    Ok(Series { name: name.to_owned(), start, step_seconds: step as f64, values })
}

/// Reads a daily gas series: an embedded name, or the path of a CSV or Parquet file with the columns `date` and
/// `mean_gas_price_gwei`, and perhaps `outlier_flag`: days with flag 1 are replaced by the geometric mean of their neighbours.
///
/// # Errors
/// A sentence that says what is missing or wrong, and what is there.
pub fn read_gas(name: &str, folder: &Path) -> Result<DailyGas, String> {
    let frame = open(name, folder, &GAS)?;
    let days = times(&frame, name, "date")?;
    let mut gwei = floats(&frame, name, "mean_gas_price_gwei")?;
    let flags = if frame.column("outlier_flag").is_ok() { floats(&frame, name, "outlier_flag")? } else { Vec::new() };
    for (index, pair) in days.windows(2).enumerate() {
        if (pair[1] - pair[0]) as f64 != SECONDS_PER_DAY {
            return Err(format!("row {} of the series \"{name}\" is not the day after the row before it", index + 2));
        }
    }
    for index in 0..gwei.len() {
        if flags.get(index) == Some(&1.0) && index > 0 && index + 1 < gwei.len() {
            gwei[index] = (gwei[index - 1] * gwei[index + 1]).sqrt();
        }
        if !(gwei[index].is_finite() && gwei[index] > 0.0) {
            return Err(format!("row {} of the series \"{name}\" has no positive gas price", index + 1));
        }
    }
    let start = days.first().copied().map(Instant::from_unix);
    start.map(|start| DailyGas { start, mean_gwei: gwei }).ok_or_else(|| format!("the series \"{name}\" is empty"))
}

fn open(name: &str, folder: &Path, embedded: &[(&str, &'static [u8])]) -> Result<DataFrame, String> {
    if let Some((_, bytes)) = embedded.iter().find(|(known, _)| *known == name) {
        let reader = ParquetReader::new(Cursor::new(*bytes));
        return reader.finish().map_err(|why| format!("the embedded series \"{name}\" cannot be read: {why}"));
    }
    let path = folder.join(name);
    if !path.is_file() {
        let known: Vec<&str> = embedded.iter().map(|(known, _)| *known).collect();
        let meant = nearest(name, known.iter().copied()).map(|near| format!("; did you mean \"{near}\"?"));
        return Err(format!(
            "there is no series \"{name}\": no such file in {}, and embedded is {}{}",
            folder.display(),
            known.join(", "),
            meant.unwrap_or_default()
        ));
    }
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
        return read_frame(&path).map_err(|why| why.to_string());
    }
    let file = std::fs::File::open(&path).map_err(|why| format!("cannot read {}: {why}", path.display()))?;
    let reader = CsvReader::new(file).with_options(CsvReadOptions::default().with_has_header(true));
    reader.finish().map_err(|why| format!("cannot read {}: {why}", path.display()))
}

fn column<'f>(frame: &'f DataFrame, name: &str, wanted: &str) -> Result<&'f Column, String> {
    frame.column(wanted).map_err(|_| {
        let known: Vec<&str> = frame.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
        format!("the series \"{name}\" has no column `{wanted}`; it has {}", known.join(", "))
    })
}

fn floats(frame: &DataFrame, name: &str, wanted: &str) -> Result<Vec<f64>, String> {
    let cast = column(frame, name, wanted)?.cast(&DataType::Float64);
    let values = cast.and_then(|column| column.f64().cloned());
    let values = values.map_err(|why| format!("column `{wanted}` of the series \"{name}\" is not numeric: {why}"))?;
    Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// Times in unix seconds, from integers (unix seconds) or from text.
fn times(frame: &DataFrame, name: &str, wanted: &str) -> Result<Vec<i64>, String> {
    let column = column(frame, name, wanted)?;
    // Parquet knows dates and times of its own.
    match column.dtype() {
        DataType::Date => return whole_seconds(column, name, wanted, |days| days.checked_mul(86_400)),
        DataType::Datetime(unit, _) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1_000_000_000,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            };
            return whole_seconds(column, name, wanted, |ticks| Some(ticks.div_euclid(per_second)));
        }
        _ => {}
    }
    if let Ok(texts) = column.str() {
        let parsed = texts.iter().enumerate().map(|(row, text)| {
            let parsed = text.unwrap_or_default().trim_end_matches(" UTC").parse::<Instant>();
            parsed.map(Instant::unix).map_err(|why| format!("row {} of the series \"{name}\": {why}", row + 1))
        });
        return parsed.collect();
    }
    let seconds = whole_seconds(column, name, wanted, Some)?;
    if seconds.first().is_some_and(|first| *first > LATEST_UNIX_SECONDS) {
        return Err(format!(
            "column `{wanted}` of the series \"{name}\" looks like milliseconds; expected unix seconds"
        ));
    }
    Ok(seconds)
}

/// A column of whole numbers, each turned into unix seconds.
fn whole_seconds(
    column: &Column,
    name: &str,
    wanted: &str,
    seconds: impl Fn(i64) -> Option<i64>,
) -> Result<Vec<i64>, String> {
    let numbers = column.cast(&DataType::Int64).and_then(|column| column.i64().cloned());
    let numbers = numbers.map_err(|why| format!("column `{wanted}` of the series \"{name}\" holds no times: {why}"))?;
    let read = |(row, number): (usize, Option<i64>)| {
        number.and_then(&seconds).ok_or_else(|| format!("row {} of the series \"{name}\" has no time", row + 1))
    };
    numbers.iter().enumerate().map(read).collect()
}
