//! Tables of the report, ready for print.

mod contagion;
mod parties;
mod programmes;

use super::evidence::{Estimate, Evidence, share_text};
use super::loss::Loss;
use super::wording::{Measure, Scale, quantity, whole};
use portage_base::stats::QuantileEstimate;
use portage_results::metrics::{IDENTITY_TOLERANCE, dictionary};
use serde::Serialize;

/// A table: the first column holds names, the others numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Table {
    /// Title.
    pub(super) title: &'static str,
    /// How to read it.
    pub(super) note: String,
    /// Heads of the columns.
    pub(super) heads: Vec<String>,
    /// Rows.
    pub(super) rows: Vec<Vec<String>>,
}

/// Every table of results that the scenario has something to say in.
pub(super) fn tables(evidence: &Evidence<'_>, losses: &[Loss]) -> Vec<Table> {
    let all = [
        traders(evidence),
        traders_by_class(evidence),
        pools(evidence),
        programmes::bought(evidence),
        programmes::receivers(evidence),
        holders(evidence),
        against_holding(evidence),
    ];
    let last = [contagion::channels(evidence), tails(losses)];
    all.into_iter().flatten().chain(parties::statements(evidence)).chain(last.into_iter().flatten()).collect()
}

fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn traders(evidence: &Evidence<'_>) -> Option<Table> {
    const ROUTINGS: [(&str, &str); 3] = [
        ("aggregated", "Aggregator, best route"),
        ("direct_old", "Direct to the old version"),
        ("direct_new", "Direct to the new version"),
    ];
    if !evidence.scope.has_traders {
        return None;
    }
    let rows = ROUTINGS.into_iter().filter_map(|(name, title)| {
        let volume = evidence.estimate(&format!("{name}_volume_usd")).filter(|volume| volume.mean.mean > 0.0)?;
        let title = if evidence.scope.is_divided() { title } else { title.split(',').next().unwrap_or(title) };
        let cost = evidence.estimate(&format!("{name}_cost_bps"))?;
        let of_orders = |percent: u32| {
            let quantile = evidence.estimate(&format!("{name}_cost_p{percent}_bps"));
            quantile.map_or_else(String::new, |quantile| quantile.scale().number(quantile.mean.mean))
        };
        let scale = cost.scale();
        Some(vec![
            title.to_owned(),
            quantity(Measure::Usd, volume.mean.mean),
            scale.bare_estimate(cost.mean.mean, &cost.mean.interval),
            of_orders(50),
            of_orders(95),
            of_orders(99),
        ])
    });
    let rows: Vec<Vec<String>> = rows.collect();
    (!rows.is_empty()).then(|| Table {
        title: "Traders\u{2019} cost by routing",
        note: "Means over runs. Cost in bps of volume, weighted by value; P50, P95 and P99 count every order alike, in bps.".to_owned(),
        heads: heads(&["Routing", "Volume", "Cost, bps", "P50", "P95", "P99"]),
        rows,
    })
}

/// Volume, what was lost of it and cost by class of traders, where the scenario names classes.
fn traders_by_class(evidence: &Evidence<'_>) -> Option<Table> {
    let classes = evidence.results.manifest.scenario.get("traders")?.get("classes")?.as_object()?;
    let row = |(index, name): (usize, &String)| {
        let number = index + 1;
        let cell = |metric: &str| {
            let estimate = evidence.estimate(&format!("class{number}_{metric}"));
            estimate.map_or_else(String::new, |estimate| estimate.scale().quantity(estimate.mean.mean))
        };
        let names = ["lost_volume_usd", "volume_usd"].map(|metric| format!("class{number}_{metric}"));
        let lost = evidence.derived_estimate([&names[0], &names[1]], Measure::Share, |[lost, volume]| {
            if lost + volume > 0.0 { lost / (lost + volume) } else { f64::NAN }
        });
        let lost = lost.map_or_else(String::new, |lost| lost.scale().quantity(lost.mean.mean));
        let cost = evidence.estimate(&format!("class{number}_cost_bps"));
        let cost =
            cost.map_or_else(String::new, |cost| cost.scale().bare_estimate(cost.mean.mean, &cost.mean.interval));
        vec![name.clone(), cell("orders"), cell("volume_usd"), lost, cost]
    };
    (!classes.is_empty()).then(|| Table {
        title: "Traders\u{2019} cost by class",
        note: "Means over runs. Cost in bps of the class\u{2019}s volume, weighted by value; lost is the share of the value wanted whose orders exceeded the tolerance.".to_owned(),
        heads: heads(&["Class", "Orders", "Volume", "Lost", "Cost, bps"]),
        rows: classes.keys().enumerate().map(row).collect(),
    })
}

/// Liquidity, fees and LVR pool by pool, where there is more than one.
fn pools(evidence: &Evidence<'_>) -> Option<Table> {
    let listed = evidence.results.manifest.scenario.get("pools")?.as_object()?;
    if listed.len() < 2 {
        return None;
    }
    let is_conversion = evidence.scope.is_conversion;
    let row = |(index, (name, spec)): (usize, (&String, &serde_json::Value))| {
        let number = index + 1;
        let cell = |metric: &str| {
            let estimate = evidence.estimate(&format!("pool{number}_{metric}"));
            estimate.map_or_else(String::new, |estimate| estimate.scale().quantity(estimate.mean.mean))
        };
        let mut cells = vec![cell("liquidity_mean_usd"), cell("liquidity_end_usd"), cell("fees_rate")];
        if !is_conversion {
            cells.push(cell("lvr_rate"));
        }
        let curve = spec.get("curve").and_then(serde_json::Value::as_object).and_then(|curve| curve.keys().next());
        let role = spec.get("role").and_then(serde_json::Value::as_str).unwrap_or_default();
        let kind = format!("{role}, {}", curve.map_or_else(String::new, |curve| curve.replace('_', " ")));
        [name.clone(), kind].into_iter().chain(cells).collect()
    };
    if is_conversion {
        return Some(Table {
            title: "Place by place",
            note: "Means over runs; their confidence intervals are in the table of every metric. Yield per year of the value that is held; what a rival opens with belongs to nobody who moves.".to_owned(),
            heads: heads(&["Place", "Side and kind", "Held, mean", "Held, end", "Yield"]),
            rows: listed.iter().enumerate().map(row).collect(),
        });
    }
    Some(Table {
        title: "Pool by pool",
        note: "Means over runs; their confidence intervals are in the table of every metric. Fees and LVR, loss versus rebalancing, per year of the pool\u{2019}s value; a route\u{2019}s liquidity belongs to nobody who migrates, nor does what a rival opens with.".to_owned(),
        heads: heads(&["Pool", "Side and curve", "Liquidity, mean", "Liquidity, end", "Fees", "LVR"]),
        rows: listed.iter().enumerate().map(row).collect(),
    })
}

/// All classes together.
const fn all_title(evidence: &Evidence<'_>) -> &'static str {
    if evidence.scope.is_conversion { "All holders" } else { "All providers" }
}

fn holders(evidence: &Evidence<'_>) -> Option<Table> {
    const LINES: [(&str, &str, f64); 15] = [
        ("opening_usd", "Opening value", 1.0),
        ("market_move_usd", "Price moves", 1.0),
        ("fees_usd", "Fees", 1.0),
        ("lvr_usd", "LVR", -1.0),
        ("arbitrage_loss_usd", "\u{2003}of it arbitrage", -1.0),
        ("order_flow_usd", "\u{2003}of it order flow", 1.0),
        ("incentives_usd", "Rewards", 1.0),
        ("gas_usd", "Gas", -1.0),
        ("slippage_usd", "Slippage", -1.0),
        ("protocol_fees_usd", "Protocol fees", -1.0),
        ("penalties_usd", "Penalties", -1.0),
        ("losses_usd", "Losses to failures", -1.0),
        ("handed_over_usd", "Redeemed by liquidators", -1.0),
        ("closing_usd", "Closing value", 1.0),
        ("against_holding_usd", "Against holding", 1.0),
    ];
    let mut holders = evidence.holders();
    if holders.is_empty() {
        return None;
    }
    let classes = holders.iter().filter(|(name, _)| *name != "treasury").count();
    if classes > 1 {
        holders.push(("providers", all_title(evidence)));
    }
    // One scale for the whole table: thousands, as the smallest costs are hundreds of USD; whole ones for large pools.
    let largest = evidence.estimate("providers_opening_usd").map_or(0.0, |opening| opening.mean.mean);
    let scale = Measure::Usd.scale(if largest < 1e8 { 1e4 } else { 1e5 });
    let estimates = |line: &str| -> Vec<Option<Estimate>> {
        holders.iter().map(|(holder, _)| evidence.estimate(&format!("{holder}_{line}"))).collect()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (line, title, sign) in LINES {
        let title = if evidence.scope.is_conversion && line == "fees_usd" { "Yield" } else { title };
        let estimates = estimates(line);
        if estimates.iter().flatten().all(|estimate| estimate.mean.mean == 0.0) {
            continue;
        }
        let cell = |estimate: &Option<Estimate>| {
            estimate.as_ref().map_or_else(String::new, |estimate| scale.number(sign * estimate.mean.mean))
        };
        rows.push(std::iter::once(title.to_owned()).chain(estimates.iter().map(cell)).collect());
    }
    let heads = std::iter::once("Thousand USD".to_owned());
    Some(Table {
        title: "Result by class",
        note: if evidence.scope.is_conversion {
            "Means over runs; costs are negative. Opening value, price moves, yield, rewards and costs sum to the closing value.".to_owned()
        } else {
            "Means over runs; costs are negative. Opening value, price moves, fees, LVR, rewards and costs sum to the closing value. LVR, loss versus rebalancing: lost to arbitrageurs at reference prices, less the price impact received from order flow.".to_owned()
        },
        heads: heads.chain(holders.iter().map(|(_, name)| (*name).to_owned())).collect(),
        rows,
    })
}

/// Result against holding, with its error and spread.
fn against_holding(evidence: &Evidence<'_>) -> Option<Table> {
    if !evidence.matters("providers_against_holding_usd") {
        return None;
    }
    let mut holders = evidence.holders();
    holders.retain(|(name, _)| *name != "treasury");
    if holders.len() > 1 {
        holders.push(("providers", all_title(evidence)));
    }
    let row = |(holder, title): (&str, &str)| {
        let name = format!("{holder}_against_holding_usd");
        let usd = evidence.estimate(&name)?;
        let names = [name.clone(), format!("{holder}_opening_usd")];
        let share = evidence.derived_estimate([&names[0], &names[1]], Measure::Share, |[result, opening]| {
            if opening > 0.0 { result / opening } else { f64::NAN }
        })?;
        let behind = evidence.share_of_runs(&name, |result| result < 0.0)?;
        let scale = Measure::Share.scale(share.quantiles[0].value.abs().max(share.quantiles[2].value.abs()));
        Some(vec![
            title.to_owned(),
            usd.mean_text(),
            share.scale().bare_estimate(share.mean.mean, &share.mean.interval),
            format!("{} to {}", scale.number(share.quantiles[0].value), scale.number(share.quantiles[2].value)),
            share_text(&behind),
        ])
    };
    let rows: Vec<Vec<String>> = holders.into_iter().filter_map(row).collect();
    (!rows.is_empty()).then(|| Table {
        title: "Against just holding",
        note: if evidence.scope.is_conversion {
            "Closing value less that of just holding the opening tokens: yield, rewards and costs together.".to_owned()
        } else {
            "Closing value less that of just holding the opening tokens: impermanent loss, fees, rewards and costs together.".to_owned()
        },
        heads: heads(&["Class", "Mean", "% of opening value", "90 % of runs, %", "Runs behind holding"]),
        rows,
    })
}

fn tails(losses: &[Loss]) -> Option<Table> {
    let mut rows = Vec::new();
    for loss in losses {
        for tail in &loss.tails {
            let scale = loss.measure.scale(tail.value_at_risk.value);
            let at_risk: &QuantileEstimate = &tail.value_at_risk;
            let beyond = whole(at_risk.tail_runs);
            let beyond = if at_risk.is_sufficient() {
                beyond
            } else {
                format!("{beyond}: needs {}", whole(at_risk.runs_needed))
            };
            rows.push(vec![
                loss.title.to_owned(),
                format!("{} %", (tail.level * 100.0).round()),
                scale.estimate(at_risk.value, &at_risk.interval),
                scale.estimate(tail.expected_shortfall, &tail.shortfall_interval),
                beyond,
            ]);
        }
    }
    let meanings: Vec<String> = losses.iter().map(|loss| format!("{}: {}.", loss.title, loss.meaning)).collect();
    (!rows.is_empty()).then(|| Table {
        title: "Tails",
        note: format!(
            "VaR is the order statistic of rank \u{2308}np\u{2309} with the binomial interval; expected shortfall the mean of the losses beyond it, with the interval of Manistre and Hancock (2005). At least ten runs should lie beyond a level, and where they do not the table says how many runs that needs; a question mark is an end that the runs cannot give. {}",
            meanings.join(" ")
        ),
        heads: heads(&["Loss", "Level", "VaR", "Expected shortfall", "Runs beyond"]),
        rows,
    })
}

/// Every metric that varies or is not zero, lines of the statement apart: they are in the table of classes.
pub(super) fn metrics(evidence: &Evidence<'_>) -> Table {
    let is_line = |name: &str| {
        // Observed values have a table of their own, with their names and units.
        name.starts_with("observed") || name.starts_with("providers_") || {
            const HOLDERS: [&str; 7] =
                ["integrator_", "active_", "passive_", "mercenary_", "locked_", "treasury_", "unmodelled_"];
            HOLDERS.iter().any(|holder| name.starts_with(holder))
        }
    };
    let scope = evidence.scope;
    let is_absent = |name: &str| {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        (!scope.has_migration() && starts(&["migrated", "never_moved", "days_to"]))
            || (!scope.has_providers && starts(&["migration", "left_value", "moves", "in_flight", "backlog"]))
            || (!scope.has_two_pools && starts(&["new_liquidity", "hhi", "effective", "fragmented", "direct_new"]))
            || (!scope.is_divided() && starts(&["fragment", "routing"]))
            || (!scope.has_traders
                && starts(&[
                    "volume",
                    "orders",
                    "lost_volume",
                    "cost",
                    "fee_bps",
                    "impact_bps",
                    "gas_bps",
                    "fragmentation_usd",
                    "routing_loss",
                    "aggregated",
                    "direct",
                ]))
            || (!scope.has_arbitrage && starts(&["arbitrage"]))
            || (!scope.has_programmes
                && starts(&["incentive", "rewards", "reward_", "budget_residual", "lost_to_rivals", "left_market"]))
            || (scope.pools < 2 && starts(&["pool1"]))
            || (scope.is_conversion
                && (starts(&["impermanent", "lvr", "pool_fees", "hhi", "effective", "fragment", "routing"])
                    || name.ends_with("lvr_rate")))
            || (!scope.has_ranges && starts(&["out_of_range", "recentr"]))
            || (!scope.has_chain && starts(&["gas_", "migration_gas"]))
    };
    let rows =
        dictionary().iter().filter(|metric| !is_line(&metric.name) && !is_absent(&metric.name)).filter_map(|metric| {
            let estimate = evidence.estimate(&metric.name)?;
            let scale: Scale = estimate.scale();
            let runs = evidence.column(&metric.name).len();
            let counted = if estimate.mean.count == runs {
                String::new()
            } else {
                format!("; {} of {} runs have a value", whole(estimate.mean.count as u64), whole(runs as u64))
            };
            let source = if metric.source == "definition" { String::new() } else { format!(" ({})", metric.source) };
            // A residual of rounding is told by its size alone.
            let is_rounding = estimate.mean.mean != 0.0 && estimate.mean.mean.abs() < IDENTITY_TOLERANCE;
            let unit = if scale.unit.is_empty() || is_rounding { metric.unit } else { scale.unit };
            let number = |value: f64| if is_rounding { format!("{value:.0e}") } else { scale.number(value) };
            Some(vec![
                metric.name.clone(),
                if is_rounding {
                    number(estimate.mean.mean)
                } else {
                    scale.bare_estimate(estimate.mean.mean, &estimate.mean.interval)
                },
                number(estimate.quantiles[0].value),
                number(estimate.quantiles[1].value),
                number(estimate.quantiles[2].value),
                unit.to_owned(),
                format!("{}{source}{counted}", metric.meaning),
            ])
        });
    Table {
        title: "Every metric",
        note: "Mean with its 95 % confidence interval, and quantiles over runs.".to_owned(),
        heads: heads(&["Metric", "Mean", "P05", "P50", "P95", "Unit", "Meaning"]),
        rows: rows.collect(),
    }
}
