//! Every estimate of a comparison, for machines.

use super::Compared;
use super::rows::{Difference, Level, Table};
use crate::findings::Finding;
use portage_base::stats::{CONFIDENCE, Interval};
use portage_results::experiment::{Ground, Statistic};
use portage_results::metrics::{Unit, dictionary};
use serde_json::{Map, Value, json};

/// The comparison as JSON.
pub(super) fn summary(compared: &Compared<'_>, table: &Table, findings: &[Finding]) -> Value {
    let comparison = compared.comparison;
    let arms = comparison.arms.iter().zip(compared.results).zip(compared.folders).enumerate();
    let arms: Vec<Value> = arms
        .map(|(index, ((arm, results), folder))| {
            let manifest = &results.manifest;
            json!({
                "label": arm.label,
                "folder": folder,
                "scenario": manifest.scenario_name,
                "set": manifest.set,
                "scenario_sha256": manifest.scenario_sha256,
                "counts": manifest.counts,
                "is_paired": comparison.ground(0, index).is_paired(),
                "not_paired_because": match comparison.ground(0, index) {
                    Ground::Apart(reasons) => json!(reasons),
                    _ => Value::Null,
                },
            })
        })
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "command": compared.command,
        "seed": compared.results.first().map(|results| results.manifest.seed),
        "confidence": CONFIDENCE,
        "baseline": compared.label(0),
        "arms": arms,
        "runs_compared": comparison.runs.len(),
        "runs_left_out": comparison.left_out,
        "verdict": findings,
        "intervals_in_table": table.intervals(),
        "zero_in_every_run": table.zero,
        "table": rows(compared, table),
        "metrics": metrics(compared),
    })
}

fn rows(compared: &Compared<'_>, table: &Table) -> Vec<Value> {
    let of_row = |row: &super::rows::Row| {
        let levels = row.levels.iter().map(|level| level.as_ref().map_or(Value::Null, of_level));
        let differences = (1..row.levels.len()).map(|arm| row.against_baseline(arm).map_or(Value::Null, of_difference));
        json!({
            "key": row.key.to_string(),
            "topic": row.topic.to_string(),
            "title": row.title,
            "meaning": row.meaning,
            "arms": by_label(compared, 0, levels),
            "differences": by_label(compared, 1, differences),
        })
    };
    table.rows.iter().map(of_row).collect()
}

/// Every metric of the dictionary that has a value in some arm, with its difference to the baseline.
fn metrics(compared: &Compared<'_>) -> Value {
    let comparison = compared.comparison;
    let mut metrics = Map::new();
    for metric in dictionary() {
        let values = comparison.values(metric.id);
        if !values.iter().flatten().any(|value| value.is_finite()) {
            continue;
        }
        let statistic = if metric.unit == Unit::Flag { Statistic::Share } else { Statistic::Mean };
        let level = |values: &Vec<f64>| {
            let estimate = comparison.level(values, statistic);
            estimate.map_or(Value::Null, |estimate| {
                let mut level = of_level(&Level { value: estimate.mean, interval: estimate.interval });
                level["count"] = json!(estimate.count);
                level
            })
        };
        let difference = |arm: usize| {
            let estimate = comparison.difference((0, arm), &values, statistic);
            estimate.as_ref().map_or(Value::Null, |estimate| of_difference(&Difference::of(estimate)))
        };
        let entry = json!({
            "unit": metric.unit.to_string(),
            "meaning": metric.meaning,
            "arms": by_label(compared, 0, values.iter().map(level)),
            "differences": by_label(compared, 1, (1..values.len()).map(difference)),
        });
        metrics.insert(metric.name.clone(), entry);
    }
    Value::Object(metrics)
}

fn by_label(compared: &Compared<'_>, first: usize, values: impl Iterator<Item = Value>) -> Value {
    Value::Object(compared.labels().skip(first).map(str::to_owned).zip(values).collect())
}

fn ends(interval: &Interval) -> Value {
    json!([interval.low, interval.high])
}

fn of_level(level: &Level) -> Value {
    json!({ "value": level.value, "interval": ends(&level.interval) })
}

fn of_difference(difference: &Difference) -> Value {
    json!({
        "value": difference.value,
        "interval": ends(&difference.interval),
        "is_beyond_noise": difference.is_beyond_noise(),
        "p_value": difference.p_value,
        "is_equal_in_every_run": difference.is_nothing,
        "pairs": difference.count,
        "correlation": difference.correlation,
        "variance_reduction": difference.variance_reduction,
    })
}
