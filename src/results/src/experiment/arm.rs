//! One arm: a scenario and the outcomes of its runs.

use crate::metrics::{Id, id};
use crate::montecarlo::{Ensemble, RunTable};
use serde_json::Value;
use std::sync::Arc;

/// Tables of a scenario that make its market: equal ones give equal prices run by run.
const MARKET: [&str; 6] = ["start", "horizon", "clock", "assets", "correlations", "shocks"];

/// Tables of a scenario that change no outcome of a run.
const IRRELEVANT: [&str; 5] = ["title", "question", "observed", "monte_carlo", "sources"];

/// The outcomes of one scenario.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Its name in the comparison.
    pub label: String,
    /// The scenario as resolved.
    scenario: Value,
    /// The pair that is migrated, by the names of its tokens.
    pair: (String, String),
    /// Runs that finished, ascending.
    pub(super) table: Arc<RunTable>,
}

/// What two arms have in common, and so how they can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// Everything: they are the same scenario.
    SameScenario,
    /// The market, run by run.
    SameMarket,
    /// Not the market: what is different, each in a few words.
    Apart(Vec<String>),
}

impl Ground {
    /// Whether runs of equal index belong together.
    #[must_use]
    pub const fn is_paired(&self) -> bool {
        !matches!(self, Self::Apart(_))
    }
}

impl Arm {
    /// The arm `label`: `scenario` as resolved, the names of its migrated `pair`, and the outcomes of its runs.
    #[must_use]
    pub fn of(label: String, scenario: Value, pair: (String, String), ensemble: &Ensemble) -> Self {
        Self { label, scenario, pair, table: Arc::clone(&ensemble.runs) }
    }

    /// The values of a metric in `runs`, which have all finished.
    pub(super) fn values(&self, id: Id, runs: &[u64]) -> Vec<f64> {
        let column = self.table.values(id);
        let at = |run: &u64| self.table.row_of(*run).map_or(f64::NAN, |row| column[row]);
        runs.iter().map(at).collect()
    }

    /// What this arm has in common with another.
    ///
    /// The tables of the market are compared, and then the prices themselves: in every run that finished in both the
    /// change of the price must be the same bit for bit.
    #[must_use]
    pub fn ground_with(&self, other: &Self) -> Ground {
        let table = |arm: &Self, key: &str| arm.scenario.get(key).cloned().unwrap_or(Value::Null);
        let mut apart: Vec<String> = MARKET
            .into_iter()
            .filter(|key| table(self, key) != table(other, key))
            .map(|key| format!("`{key}` differs"))
            .collect();
        if self.pair != other.pair {
            let name = |(base, quote): &(String, String)| format!("{base}/{quote}");
            apart.push(format!("{} is migrated, not {}", name(&other.pair), name(&self.pair)));
        }
        if apart.is_empty() {
            apart.extend(self.first_other_price(other).map(|run| format!("prices differ, first in run {run}")));
        }
        if !apart.is_empty() {
            return Ground::Apart(apart);
        }
        let relevant = |arm: &Self| {
            let mut scenario = arm.scenario.clone();
            if let Some(tables) = scenario.as_object_mut() {
                tables.retain(|key, _| !IRRELEVANT.contains(&key.as_str()));
            }
            scenario
        };
        if relevant(self) == relevant(other) { Ground::SameScenario } else { Ground::SameMarket }
    }

    /// The first run that finished in both and in which the price changed differently.
    fn first_other_price(&self, other: &Self) -> Option<u64> {
        let both: Vec<u64> = self.table.runs.iter().copied().filter(|run| other.table.row_of(*run).is_some()).collect();
        let prices = self.values(id::PRICE_RETURN, &both).into_iter().zip(other.values(id::PRICE_RETURN, &both));
        let differs = |(a, b): (f64, f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
        both.iter().copied().zip(prices).find(|(_, pair)| differs(*pair)).map(|(run, _)| run)
    }
}
