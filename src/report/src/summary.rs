//! The summary for machines: every estimate, the tails and the verdict as JSON.

use super::evidence::{Estimate, Evidence};
use super::loss::Loss;
use super::observed::Comparison;
use super::page::Said;
use portage_results::metrics::Unit;
use serde_json::{Value, json};

/// The summary.
pub(super) fn summary(evidence: &Evidence<'_>, losses: &[Loss], said: &Said<'_>) -> Value {
    let manifest = &evidence.results.manifest;
    let present = evidence.results.runs.ids().iter().filter_map(|id| id.metric());
    let metrics: serde_json::Map<String, Value> = present
        .map(|metric| {
            let estimate = evidence.estimate(metric.id);
            (metric.name.clone(), metric_entry(metric.unit, &metric.meaning, estimate.as_ref()))
        })
        .collect();
    let tails: Vec<Value> =
        losses.iter().map(|loss| json!({ "loss": loss.key, "meaning": loss.meaning, "tails": loss.tails })).collect();
    json!({
        "notice": "simulated, not advice",
        "version": manifest.version,
        "scenario": manifest.scenario_name,
        "scenario_sha256": manifest.scenario_sha256,
        "seed": manifest.seed,
        "set": manifest.set,
        "command": manifest.command,
        "counts": manifest.counts,
        "failures": manifest.failures,
        "confidence": portage_base::stats::CONFIDENCE,
        "quantile_definition": "order statistic of rank ceil(n p); interval by order statistics",
        "headline": said.headline,
        "verdict": said.findings,
        "observed": said.comparison.map(Comparison::summary),
        "metrics": metrics,
        "losses": tails,
    })
}

fn metric_entry(unit: Unit, meaning: &str, estimate: Option<&Estimate>) -> Value {
    let unit = unit.to_string();
    let Some(estimate) = estimate else {
        return json!({ "unit": unit, "meaning": meaning, "runs_with_value": 0 });
    };
    let [p05, p50, p95] = &estimate.quantiles;
    json!({
        "unit": unit,
        "meaning": meaning,
        "runs_with_value": estimate.mean.count,
        "runs_without_value": estimate.missing,
        "mean": estimate.mean.mean,
        "standard_error": estimate.mean.standard_error,
        "mean_interval": estimate.mean.interval,
        "p05": p05,
        "p50": p50,
        "p95": p95,
    })
}
