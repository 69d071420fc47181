//! The table of mechanisms in print.

use super::Compared;
use super::rows::{Difference, Key, Level, Row, Table};
use crate::wording::Scale;
use portage_base::stats::{CONFIDENCE, Interval, TAIL_RUNS_MIN};
use portage_results::metrics::id::{self, HolderLine};
use serde::Serialize;

/// Values of one row that are smaller than the largest by more than this are not what its unit is chosen for.
const UNIT_SPAN: f64 = 1e3;

/// Rows of the table on the terminal, where they are there.
const SHORT: [Key; 12] = [
    Key::Metric(id::MIGRATION_COST_USD),
    Key::Metric(id::DAYS_TO_50_VALUE),
    Key::Metric(id::COMPLETED),
    Key::Metric(id::MIGRATED_VALUE_SHARE),
    Key::Metric(id::FRAGMENTED_DAYS),
    Key::Metric(id::providers(HolderLine::AgainstHolding)),
    Key::Metric(id::FAILED),
    Key::Metric(id::FAILURE_LOSS_USD),
    Key::Tail("failure-loss", 95),
    Key::Metric(id::DOWNTIME_HOURS),
    Key::Metric(id::AT_RISK_MAX_USD),
    Key::Metric(id::MIGRATION_GAS_USD),
];

/// Rows that follow on the terminal where the arms differ in them.
const SHORT_IF_DIFFERENT: [Key; 9] = [
    Key::Metric(id::LENDING_BAD_DEBT_USD),
    Key::Metric(id::LENDING_UNPAID_LIQUIDATIONS),
    Key::Metric(id::LENDING_MOVED_SUPPLY_SHARE),
    Key::Metric(id::ORACLE_ATTACKS),
    Key::Metric(id::PERP_LIQUIDATIONS_CAUSED),
    Key::Metric(id::PERP_BAD_DEBT_USD),
    Key::Metric(id::NETWORK_TOTAL_LOSS_USD),
    Key::Metric(id::HEDGE_COST_BPS),
    Key::Metric(id::VAULT_HARM_USD),
];

/// Rows of one topic.
#[derive(Serialize)]
pub(super) struct Topic {
    name: String,
    rows: Vec<Line>,
}

/// One row in print.
#[derive(Serialize)]
struct Line {
    title: String,
    unit: &'static str,
    meaning: String,
    cells: Vec<Cell>,
}

/// One arm's part of a row.
#[derive(Serialize, Default)]
struct Cell {
    value: String,
    interval: String,
    difference: String,
    difference_interval: String,
    mark: &'static str,
    is_beyond: bool,
}

/// How the numbers of a row are printed.
pub(super) fn scale(row: &Row) -> Scale {
    let magnitudes = || row.levels.iter().flatten().map(|level| level.value.abs());
    let largest = magnitudes().fold(0.0, f64::max);
    let least = magnitudes().filter(|magnitude| *magnitude * UNIT_SPAN > largest).fold(largest, f64::min);
    row.measure.scale(least)
}

/// A level with its interval and unit.
pub(super) fn level_text(row: &Row, level: &Level) -> String {
    scale(row).estimate(level.value, &level.interval)
}

/// "+3.1": a difference with its sign, and as many decimals as tell the ends of its interval apart.
fn signed(scale: &Scale, difference: &Difference) -> String {
    let text = scale.bare_estimate(difference.value, &difference.interval);
    let number = text.split(' ').next().unwrap_or_default();
    let is_zero = number.chars().all(|c| matches!(c, '0' | '.'));
    if difference.value > 0.0 && !is_zero { format!("+{number}") } else { number.to_owned() }
}

/// How sure a difference is: nothing, `*` beyond noise by itself, `**` with all intervals of the table held together.
///
/// Law of the second: p at most (1 - confidence)/N, N the number of intervals. Source: Bonferroni 1936, Dunn 1961.
pub(super) fn mark(difference: &Difference, intervals: usize) -> &'static str {
    let limit = (1.0 - CONFIDENCE) / intervals.max(1) as f64;
    match (difference.is_beyond_noise(), difference.p_value) {
        (false, _) => "",
        (true, Some(probability)) if probability <= limit => "**",
        // The same difference in every pair has no probability.
        (true, None) if difference.interval.ends().is_some_and(|(low, high)| low == high) => "**",
        (true, _) => "*",
    }
}

/// The whole table by topic.
pub(super) fn topics(compared: &Compared<'_>, table: &Table) -> Vec<Topic> {
    let intervals = table.intervals();
    let mut topics: Vec<Topic> = Vec::new();
    for row in &table.rows {
        let line = line(compared, row, intervals);
        match topics.last_mut().filter(|topic| topic.name == row.topic.to_string()) {
            Some(topic) => topic.rows.push(line),
            None => topics.push(Topic { name: row.topic.to_string(), rows: vec![line] }),
        }
    }
    topics
}

fn line(compared: &Compared<'_>, row: &Row, intervals: usize) -> Line {
    let scale = scale(row);
    let few = row.tail_runs.filter(|runs| *runs < TAIL_RUNS_MIN);
    let few = few.map_or_else(String::new, |runs| format!("; too few runs for it: {runs} in the tail"));
    let runs = compared.comparison.runs.len();
    let cells = (0..row.levels.len()).map(|arm| {
        let Some(level) = row.levels[arm] else { return Cell { value: "\u{2013}".to_owned(), ..Cell::default() } };
        let mut cell = Cell {
            value: scale.bare_estimate(level.value, &Interval::UNKNOWN),
            interval: finely(&scale, &level.interval),
            ..Cell::default()
        };
        if let Some(difference) = row.against_baseline(arm).filter(|_| arm > 0) {
            if difference.is_nothing {
                cell.difference = "equal in every run".to_owned();
            } else {
                cell.difference = signed(&scale, difference);
                cell.difference_interval = finely(&scale, &difference.interval);
                if difference.count < runs {
                    cell.difference_interval += &format!(" of {} runs", difference.count);
                }
                cell.mark = mark(difference, intervals);
                cell.is_beyond = difference.is_beyond_noise();
            }
        }
        cell
    });
    Line {
        title: row.title.clone(),
        unit: scale.unit,
        meaning: format!("{}{few}", row.meaning),
        cells: cells.collect(),
    }
}

/// The interval with as many decimals as tell its ends apart.
fn finely(scale: &Scale, interval: &Interval) -> String {
    let Some((low, high)) = interval.ends() else { return scale.interval(interval) };
    let text = scale.bare_estimate(0.5 * (low + high), interval);
    text.split_once(' ').map_or_else(String::new, |(_, interval)| interval.to_owned())
}

/// Heads and rows of the short table on the terminal: levels, and marks of those that differ from the baseline's.
pub(super) fn short(compared: &Compared<'_>, table: &Table) -> (Vec<String>, Vec<Vec<String>>) {
    let intervals = table.intervals();
    let heads = std::iter::once("Mean over runs").chain(compared.labels()).map(str::to_owned).collect();
    let always = SHORT.into_iter().filter_map(|key| table.row(key));
    let different = SHORT_IF_DIFFERENT.into_iter().filter_map(|key| table.row(key)).filter(|row| row.differs());
    let rows = always.chain(different).map(|row| {
        let scale = scale(row);
        let title = if SHORT_IF_DIFFERENT.contains(&row.key) {
            format!("{}: {}", row.topic, row.title.to_lowercase())
        } else {
            row.title.clone()
        };
        let title = if scale.unit.is_empty() { title } else { format!("{title}, {}", scale.unit) };
        let cell = |(arm, level): (usize, &Option<Level>)| {
            let mark =
                row.against_baseline(arm).filter(|_| arm > 0).map_or("", |difference| mark(difference, intervals));
            level.map_or_else(|| "\u{2013}".to_owned(), |level| format!("{}{mark}", scale.number(level.value)))
        };
        std::iter::once(title).chain(row.levels.iter().enumerate().map(cell)).collect()
    });
    (heads, rows.collect())
}
