//! The table of paired runs, as Parquet.

use super::tables::{RunTable, nullable, write_frame};
use polars::prelude::*;
use std::path::Path;

/// Writes `runs` of every arm as Parquet: columns `run` and `arm`, then the metrics; one row a run and arm, the arms of a run one
/// after another. NaN becomes null.
///
/// # Errors
/// A sentence that names the path and why it could not be written.
pub fn write_pairs(path: &Path, arms: &[(&str, &RunTable)], runs: &[u64]) -> Result<(), String> {
    let names = arms.first().map_or(&[][..], |(_, table)| table.names());
    let height = runs.len() * arms.len();
    let each = || runs.iter().flat_map(|run| arms.iter().map(move |arm| (*run, arm)));
    let mut columns = vec![
        Column::new("run".into(), each().map(|(run, _)| run).collect::<Vec<u64>>()),
        Column::new("arm".into(), each().map(|(_, (label, _))| *label).collect::<Vec<&str>>()),
    ];
    for name in names {
        let value = |(run, (_, table)): (u64, &(&str, &RunTable))| {
            let row = table.runs.binary_search(&run).ok();
            table.column(name).zip(row).and_then(|(column, row)| column.get(row).copied()).unwrap_or(f64::NAN)
        };
        columns.push(nullable(name, &each().map(value).collect::<Vec<f64>>()));
    }
    write_frame(path, DataFrame::new(height, columns).map_err(|why| why.to_string())?)
}
