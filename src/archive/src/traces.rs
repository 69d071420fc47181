//! The trace of one run as Parquet: blocks and moves.

use super::error::Error;
use super::tables::{nullable, write_frame};
use polars::prelude::*;
use portage_engine::model::Model;
use portage_results::metrics::{BlockRow, Trace, place_name};
use std::path::{Path, PathBuf};

/// Writes `blocks.parquet` and `moves.parquet` of a trace into `directory`; returns their paths.
///
/// # Errors
/// If one could not be written.
pub fn write_trace(directory: &Path, trace: &Trace, model: &Model) -> Result<Vec<PathBuf>, Error> {
    let (blocks, moves) = (directory.join("blocks.parquet"), directory.join("moves.parquet"));
    write_frame(&blocks, block_frame(trace, model).map_err(Error::write(&blocks))?)?;
    write_frame(&moves, move_frame(trace, model).map_err(Error::write(&moves))?)?;
    Ok(vec![blocks, moves])
}

fn block_frame(trace: &Trace, model: &Model) -> Result<DataFrame, PolarsError> {
    let rows = &trace.blocks;
    let column =
        |name: &str, read: &dyn Fn(&BlockRow) -> f64| nullable(name, &rows.iter().map(read).collect::<Vec<_>>());
    let seconds = model.block_seconds();
    let mut columns = vec![
        Column::new("block".into(), rows.iter().map(|row| row.block).collect::<Vec<_>>()),
        column("seconds", &|row| (row.block + 1) as f64 * seconds),
        column("price", &|row| row.price),
    ];
    for (index, venue) in model.venues.iter().enumerate() {
        columns.push(column(&format!("{}_spot", venue.name), &|row| row.spot[index]));
        columns.push(column(&format!("{}_liquidity_usd", venue.name), &|row| row.liquidity_usd[index]));
    }
    columns.push(column("volume_usd", &|row| row.volume_usd));
    columns.push(column("fees_usd", &|row| row.fees_usd));
    columns.push(column("arbitrage_usd", &|row| row.arbitrage_usd));
    columns.push(column("gas_gwei", &|row| row.gas_gwei));
    DataFrame::new(rows.len(), columns)
}

fn move_frame(trace: &Trace, model: &Model) -> Result<DataFrame, PolarsError> {
    let rows = &trace.moves;
    let number = |name: &str, values: Vec<f64>| Column::new(name.into(), values);
    let columns = vec![
        number("seconds", rows.iter().map(|row| row.seconds).collect()),
        Column::new("provider".into(), rows.iter().map(|row| row.movement.provider).collect::<Vec<_>>()),
        Column::new("class".into(), rows.iter().map(|row| row.class).collect::<Vec<_>>()),
        Column::new("from".into(), rows.iter().map(|row| place_name(row.movement.from, model)).collect::<Vec<_>>()),
        Column::new("to".into(), rows.iter().map(|row| place_name(row.movement.to, model)).collect::<Vec<_>>()),
        number("opening_usd", rows.iter().map(|row| row.opening_usd).collect()),
        number("gas_usd", rows.iter().map(|row| row.movement.gas_usd).collect()),
        number("slippage_usd", rows.iter().map(|row| row.movement.slippage_usd).collect()),
    ];
    DataFrame::new(rows.len(), columns)
}
