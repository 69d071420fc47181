//! The table of runs: what every run came to.

use crate::metrics::{Id, Metric};
use portage_engine::model::Model;
use std::borrow::Cow;

/// One row a run, one column a metric that runs of the model have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunTable {
    /// Index of each run.
    pub runs: Vec<u64>,
    ids: Vec<Id>,
    columns: Vec<Vec<f64>>,
}

impl RunTable {
    /// An empty table of the metrics that runs of `model` have, with room for `runs`.
    #[must_use]
    pub fn new(model: &Model, runs: usize) -> Self {
        let ids: Vec<Id> = Metric::of_model(model).map(|metric| metric.id).collect();
        let columns = ids.iter().map(|_| Vec::with_capacity(runs)).collect();
        Self { runs: Vec::with_capacity(runs), ids, columns }
    }

    /// The table of given columns, each with one value a run, sorted as in the dictionary.
    #[must_use]
    pub fn of(runs: Vec<u64>, mut columns: Vec<(Id, Vec<f64>)>) -> Self {
        columns.sort_by_key(|(id, _)| id.place());
        let (ids, columns) = columns.into_iter().unzip();
        Self { runs, ids, columns }
    }

    /// Adds the outcome of a run: a value for each metric of the table, in its order.
    pub fn push(&mut self, run: u64, outcome: &[f64]) {
        self.runs.push(run);
        for (column, value) in self.columns.iter_mut().zip(outcome) {
            column.push(*value);
        }
    }

    /// Number of runs.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether no run has finished.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The metrics of the table, in the order of the dictionary.
    #[must_use]
    pub fn ids(&self) -> &[Id] {
        &self.ids
    }

    /// The values of a metric over all runs; `None` when these runs do not have it.
    #[must_use]
    pub fn column(&self, id: Id) -> Option<&[f64]> {
        let place = self.ids.iter().position(|known| *known == id)?;
        self.columns.get(place).map(Vec::as_slice)
    }

    /// The values of a metric over all runs, also of one that these runs do not have: then it is what it is without its part.
    #[must_use]
    pub fn values(&self, id: Id) -> Cow<'_, [f64]> {
        self.column(id).map_or_else(|| Cow::Owned(vec![absent(id); self.len()]), Cow::Borrowed)
    }

    /// The place of a run among the rows.
    #[must_use]
    pub fn row_of(&self, run: u64) -> Option<usize> {
        self.runs.binary_search(&run).ok()
    }

    /// The outcome of the run at `row`: a value for each metric of the table.
    #[must_use]
    pub fn outcome(&self, row: usize) -> Option<Vec<f64>> {
        self.columns.iter().map(|column| column.get(row).copied()).collect()
    }
}

/// What a metric is where its part is absent.
fn absent(id: Id) -> f64 {
    id.metric().map_or(f64::NAN, |metric| metric.absent)
}
