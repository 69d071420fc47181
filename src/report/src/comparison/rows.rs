//! The rows of the table of mechanisms: what is compared, and its estimates by arm.

use super::Compared;
use crate::domain::hold;
use crate::wording::{Measure, days};
use portage_base::stats::{DifferenceEstimate, Interval, tail_runs_expected};
use portage_base::units::DAYS_PER_YEAR;
use portage_results::experiment::{Comparison, Statistic, TAIL_LEVELS};
use portage_results::metrics::id::{self, HolderLine};
use portage_results::metrics::{Id, Metric, Topic, Unit, dictionary};

/// Times that count as the shortest window of all arms where they were not reached by then (restricted means: Irwin 1949); every
/// other metric that has a row is compared by its mean.
const UNTIL: [Id; 3] = [id::DAYS_TO_50_VALUE, id::DAYS_TO_90_VALUE, id::COMPLETION_DAYS];

/// A loss that is compared by its tail: the row that it belongs to, and whether the metric is a gain.
const TAILS: [(Topic, Id, &str, &str, bool); 7] = [
    (Topic::Failure, id::FAILURE_LOSS_USD, "Loss from failures", "failure-loss", false),
    (Topic::Market, id::providers(HolderLine::AgainstHolding), "Loss against holding", "against-holding", true),
    (Topic::Cost, id::MIGRATION_COST_USD, "Cost of moving", "cost-of-moving", false),
    (Topic::Lending, id::LENDING_BAD_DEBT_USD, "Bad debt", "bad-debt", false),
    (Topic::Perpetuals, id::PERP_BAD_DEBT_USD, "Bad debt of accounts", "perpetual-bad-debt", false),
    (Topic::Vaults, id::VAULT_HARM_USD, "What frictions cost vaults", "vault-harm", false),
    (Topic::Gas, id::MIGRATION_GAS_USD, "Gas of the move", "gas", false),
];

/// The estimate of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) value: f64,
    pub(super) interval: Interval,
}

/// The difference of two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    pub(super) value: f64,
    pub(super) interval: Interval,
    pub(super) p_value: Option<f64>,
    /// Equal to the last bit in every pair (of a tail: in every resample).
    pub(super) is_nothing: bool,
    pub(super) correlation: Option<f64>,
    pub(super) variance_reduction: Option<f64>,
    /// Pairs in which both arms have a value.
    pub(super) count: usize,
}

impl Difference {
    pub(super) fn of(estimate: &DifferenceEstimate) -> Self {
        Self {
            value: estimate.mean,
            interval: estimate.interval,
            p_value: estimate.p_value,
            is_nothing: estimate.is_constant && estimate.mean == 0.0,
            correlation: estimate.correlation,
            variance_reduction: estimate.variance_reduction,
            count: estimate.count,
        }
    }

    pub(super) fn is_beyond_noise(&self) -> bool {
        self.interval.ends().is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// Which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The mean of a metric.
    Metric(Id),
    /// The expected shortfall of a loss at a level in per cent.
    Tail(&'static str, u8),
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Metric(id) => write!(out, "{id}"),
            Self::Tail(loss, level) => write!(out, "{loss}-es{level}"),
        }
    }
}

/// One row: a quantity by arm, and what it differs by between any two.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) topic: Topic,
    pub(super) title: String,
    pub(super) meaning: String,
    pub(super) measure: Measure,
    /// Runs in the tail, where the row is one.
    pub(super) tail_runs: Option<u64>,
    pub(super) levels: Vec<Option<Level>>,
    /// `differences[i][j]`: arm j less arm i.
    differences: Vec<Vec<Option<Difference>>>,
}

impl Row {
    /// Arm `arm` less the baseline.
    pub(super) fn against_baseline(&self, arm: usize) -> Option<&Difference> {
        self.between(0, arm)
    }

    /// Whether some arm has another value in some run than another arm, or none.
    pub(super) fn differs(&self) -> bool {
        let told = self.levels.iter().flatten().count();
        let differs = self.differences.iter().flatten().flatten().any(|difference| !difference.is_nothing);
        differs || (told > 0 && told < self.levels.len())
    }

    /// Arm `second` less arm `first`.
    pub(super) fn between(&self, first: usize, second: usize) -> Option<&Difference> {
        self.differences.get(first)?.get(second)?.as_ref()
    }
}

/// The values of a loss by arm, for figures.
pub(crate) struct ArmLoss<'t> {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) measure: Measure,
    pub(crate) values: &'t [Vec<f64>],
}

/// The table of mechanisms.
pub(super) struct Table {
    /// The rows, by topic.
    pub(super) rows: Vec<Row>,
    /// Titles of rows that are zero in every run of every arm.
    pub(super) zero: Vec<&'static str>,
    losses: Vec<(&'static str, &'static str, Measure, Vec<Vec<f64>>)>,
}

impl Table {
    /// Every row that some arm has something to say in.
    pub(super) fn of(compared: &Compared<'_>) -> Self {
        let comparison = compared.comparison;
        let (mut rows, mut zero) = (Vec::new(), Vec::new());
        let mut metrics: Vec<&Metric> = dictionary().iter().filter(|metric| metric.row.is_some()).collect();
        metrics.sort_by_key(|metric| metric.row.map(|row| row.place));
        for metric in metrics {
            if UNTIL.contains(&metric.id) {
                rows.extend(until(comparison, metric));
                continue;
            }
            let values = comparison.values(metric.id);
            let mut finite = values.iter().flatten().filter(|value| value.is_finite()).peekable();
            if finite.peek().is_none() {
                continue;
            }
            if finite.all(|value| *value == 0.0) {
                zero.extend(metric.row.map(|row| row.title));
            } else {
                rows.extend(mean_row(comparison, metric, metric.meaning.clone(), &values));
            }
        }
        let losses = losses(comparison);
        rows.extend(tail_rows(comparison, &losses));
        rows.sort_by_key(|row| row.topic);
        Self { rows, zero, losses }
    }

    pub(super) fn row(&self, key: Key) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Number of intervals of differences that stand in the table.
    pub(super) fn intervals(&self) -> usize {
        let of_row = |row: &Row| {
            let told = |arm: &usize| row.against_baseline(*arm).is_some_and(|difference| !difference.is_nothing);
            (1..row.levels.len()).filter(told).count()
        };
        self.rows.iter().map(of_row).sum()
    }

    pub(super) fn losses(&self) -> Vec<ArmLoss<'_>> {
        self.losses
            .iter()
            .map(|(key, title, measure, values)| ArmLoss { key, title, measure: *measure, values })
            .collect()
    }
}

/// A time that counts as the shortest window of all arms in runs in which it was not reached by then; `None` where no run of
/// any arm reached it.
fn until(comparison: &Comparison, metric: &Metric) -> Option<Row> {
    let reached = comparison.values(metric.id);
    let windows = comparison.values(id::WINDOW_YEARS);
    let years = windows.iter().flatten().copied().filter(|years| years.is_finite()).fold(f64::INFINITY, f64::min);
    let window = years * DAYS_PER_YEAR;
    let is_reached = |days: &&f64| **days < window;
    if !reached.iter().flatten().any(|days| is_reached(&days)) {
        return None;
    }
    let values = comparison.derived([metric.id], |[days]| if days < window { days } else { window });
    let share = |days: &Vec<f64>| days.iter().filter(is_reached).count() as f64 / days.len() as f64;
    let shares: Vec<String> = reached.iter().map(|days| format!("{:.0} %", 100.0 * share(days))).collect();
    let meaning = metric.meaning.split("; empty").next().unwrap_or_default();
    let meaning = format!(
        "{meaning}; {} are counted in runs that had not got there by then. {} of runs had",
        days(window),
        shares.join(", ")
    );
    mean_row(comparison, metric, meaning, &values)
}

fn mean_row(comparison: &Comparison, metric: &Metric, meaning: String, values: &[Vec<f64>]) -> Option<Row> {
    let row = metric.row?;
    let statistic = if metric.unit == Unit::Flag { Statistic::Share } else { Statistic::Mean };
    let level = |values: &Vec<f64>| {
        let estimate = comparison.level(values, statistic)?;
        Some(Level { value: estimate.mean, interval: hold(metric.range, estimate.interval) })
    };
    let count = comparison.arms.len();
    let between = |pair| comparison.difference(pair, values, statistic).as_ref().map(Difference::of);
    Some(Row {
        key: Key::Metric(metric.id),
        topic: row.topic,
        title: row.title.to_owned(),
        meaning,
        measure: Measure::of(metric.unit),
        tail_runs: None,
        levels: values.iter().map(level).collect(),
        differences: (0..count).map(|first| (0..count).map(|second| between((first, second))).collect()).collect(),
    })
}

/// The losses that some run of some arm has: key, title, measure, values by arm.
fn losses(comparison: &Comparison) -> Vec<(&'static str, &'static str, Measure, Vec<Vec<f64>>)> {
    let loss = |(_, metric, title, key, is_gain): (Topic, Id, &'static str, &'static str, bool)| {
        let values = comparison.derived([metric], |[value]| if is_gain { -value } else { value });
        let matters = values.iter().flatten().any(|value| value.is_finite() && *value != 0.0);
        matters.then_some((key, title, Measure::Usd, values))
    };
    TAILS.into_iter().filter_map(loss).collect()
}

/// Expected shortfalls at each level, of levels that at least one run lies beyond.
fn tail_rows(comparison: &Comparison, losses: &[(&'static str, &'static str, Measure, Vec<Vec<f64>>)]) -> Vec<Row> {
    let values: Vec<Vec<Vec<f64>>> = losses.iter().map(|(.., values)| values.clone()).collect();
    let tails = comparison.shortfalls(&values);
    let arms = comparison.arms.len();
    let mut rows = Vec::new();
    for ((key, title, measure, _), tails) in losses.iter().zip(&tails) {
        for (at, level) in TAIL_LEVELS.into_iter().enumerate() {
            let tail_runs = tail_runs_expected(comparison.runs.len(), level);
            if tail_runs == 0 {
                continue;
            }
            let percent = (100.0 * (1.0 - level)).round();
            let between = |first: usize, second: usize| {
                let difference = comparison.shortfall_difference((first, second), tails)?;
                Some(Difference {
                    value: difference.value[at],
                    interval: difference.interval[at],
                    p_value: None,
                    is_nothing: difference.interval[at].ends() == Some((0.0, 0.0)),
                    correlation: None,
                    variance_reduction: None,
                    count: comparison.runs.len(),
                })
            };
            let estimate = |tails: &portage_results::experiment::Tails| {
                let tail = tails.estimates[at]?;
                Some(Level { value: tail.expected_shortfall, interval: tail.shortfall_interval })
            };
            rows.push(Row {
                key: Key::Tail(key, (100.0 * level).round() as u8),
                topic: TAILS.iter().find(|tail| tail.3 == *key).map_or(Topic::Failure, |tail| tail.0),
                title: format!("{title}, worst {percent} % of runs"),
                meaning: format!("expected shortfall: mean of the worst {percent} % of runs"),
                measure: *measure,
                tail_runs: Some(tail_runs),
                levels: tails.iter().map(estimate).collect(),
                differences: (0..arms).map(|i| (0..arms).map(|j| between(i, j)).collect()).collect(),
            });
        }
    }
    rows
}
