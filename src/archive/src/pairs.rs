//! The table of paired runs, as Parquet.

use super::error::Error;
use super::tables::{nullable, write_frame};
use polars::prelude::*;
use portage_results::metrics::dictionary;
use portage_results::montecarlo::RunTable;
use std::path::Path;

/// Writes `runs` of every arm as Parquet: columns `run` and `arm`, then every metric that some arm has; one row a run and arm, the
/// arms of a run one after another. NaN becomes null.
///
/// # Errors
/// If it could not be written.
pub fn write_pairs(path: &Path, arms: &[(&str, &RunTable)], runs: &[u64]) -> Result<(), Error> {
    let height = runs.len() * arms.len();
    let each = || runs.iter().flat_map(|run| arms.iter().map(move |arm| (*run, arm)));
    let mut columns = vec![
        Column::new("run".into(), each().map(|(run, _)| run).collect::<Vec<u64>>()),
        Column::new("arm".into(), each().map(|(_, (label, _))| *label).collect::<Vec<&str>>()),
    ];
    for metric in dictionary().iter().filter(|metric| arms.iter().any(|(_, table)| table.column(metric.id).is_some())) {
        let of_arms: Vec<_> = arms.iter().map(|(_, table)| (table, table.values(metric.id))).collect();
        let values = runs.iter().flat_map(|run| {
            let value = move |(table, column): &(&&RunTable, _)| -> f64 {
                let column: &std::borrow::Cow<'_, [f64]> = column;
                table.row_of(*run).and_then(|row| column.get(row).copied()).unwrap_or(f64::NAN)
            };
            of_arms.iter().map(value)
        });
        columns.push(nullable(&metric.name, &values.collect::<Vec<f64>>()));
    }
    write_frame(path, DataFrame::new(height, columns).map_err(Error::write(path))?)
}
