//! Tables of the report, ready for print.

mod contagion;
mod parties;
mod programmes;

use super::evidence::{Estimate, Evidence, share_text};
use super::loss::Loss;
use super::wording::{Measure, Scale, quantity, whole};
use portage_base::stats::QuantileEstimate;
use portage_engine::agents::Routing;
use portage_engine::world::Holder;
use portage_results::metrics::id::{self, ClassFigure, HolderLine, Owner, PoolFigure, RoutedFigure};
use portage_results::metrics::{Family, IDENTITY_TOLERANCE, Id, Range};
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
    const ROUTINGS: [(Routing, &str); 3] = [
        (Routing::Aggregated, "Aggregator, best route"),
        (Routing::DirectOld, "Direct to the old version"),
        (Routing::DirectNew, "Direct to the new version"),
    ];
    if !evidence.scope.has_traders {
        return None;
    }
    let rows = ROUTINGS.into_iter().filter_map(|(routing, title)| {
        let figure = |figure| evidence.estimate(id::routed(routing, figure));
        let volume = figure(RoutedFigure::Volume).filter(|volume| volume.mean.mean > 0.0)?;
        let title = if evidence.scope.is_divided() { title } else { title.split(',').next().unwrap_or(title) };
        let cost = figure(RoutedFigure::Cost)?;
        let of_orders = |quantile| {
            figure(quantile).map_or_else(String::new, |quantile| quantile.scale().number(quantile.mean.mean))
        };
        let scale = cost.scale();
        Some(vec![
            title.to_owned(),
            quantity(Measure::Usd, volume.mean.mean),
            scale.bare_estimate(cost.mean.mean, &cost.mean.interval),
            of_orders(RoutedFigure::Median),
            of_orders(RoutedFigure::P95),
            of_orders(RoutedFigure::P99),
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
        let figure = |figure| id::trader_class(index, figure);
        let cell = |wanted| {
            evidence
                .estimate(figure(wanted))
                .map_or_else(String::new, |estimate| estimate.scale().quantity(estimate.mean.mean))
        };
        let volumes = [ClassFigure::LostVolume, ClassFigure::Volume].map(figure);
        let lost = evidence.derived_estimate(volumes, (Measure::Share, Range::Part), |[lost, volume]| {
            if lost + volume > 0.0 { lost / (lost + volume) } else { f64::NAN }
        });
        let lost = lost.map_or_else(String::new, |lost| lost.scale().quantity(lost.mean.mean));
        let cost = evidence.estimate(figure(ClassFigure::Cost));
        let cost =
            cost.map_or_else(String::new, |cost| cost.scale().bare_estimate(cost.mean.mean, &cost.mean.interval));
        vec![name.clone(), cell(ClassFigure::Orders), cell(ClassFigure::Volume), lost, cost]
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
        let cell = |figure| {
            let estimate = evidence.estimate(id::pool(index, figure));
            estimate.map_or_else(String::new, |estimate| estimate.scale().quantity(estimate.mean.mean))
        };
        let mut cells =
            vec![cell(PoolFigure::LiquidityMean), cell(PoolFigure::LiquidityEnd), cell(PoolFigure::FeesRate)];
        if !is_conversion {
            cells.push(cell(PoolFigure::LvrRate));
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
    const LINES: [(HolderLine, &str, f64); 15] = [
        (HolderLine::Opening, "Opening value", 1.0),
        (HolderLine::MarketMove, "Price moves", 1.0),
        (HolderLine::Fees, "Fees", 1.0),
        (HolderLine::Lvr, "LVR", -1.0),
        (HolderLine::ArbitrageLoss, "\u{2003}of it arbitrage", -1.0),
        (HolderLine::OrderFlow, "\u{2003}of it order flow", 1.0),
        (HolderLine::Incentives, "Rewards", 1.0),
        (HolderLine::Gas, "Gas", -1.0),
        (HolderLine::Slippage, "Slippage", -1.0),
        (HolderLine::ProtocolFees, "Protocol fees", -1.0),
        (HolderLine::Penalties, "Penalties", -1.0),
        (HolderLine::Losses, "Losses to failures", -1.0),
        (HolderLine::HandedOver, "Redeemed by liquidators", -1.0),
        (HolderLine::Closing, "Closing value", 1.0),
        (HolderLine::AgainstHolding, "Against holding", 1.0),
    ];
    let mut holders = evidence.holders();
    if holders.is_empty() {
        return None;
    }
    let classes = holders.iter().filter(|(owner, _)| *owner != Owner::Holder(Holder::Treasury)).count();
    if classes > 1 {
        holders.push((Owner::Providers, all_title(evidence)));
    }
    // One scale for the whole table: thousands, as the smallest costs are hundreds of USD; whole ones for large pools.
    let largest = evidence.estimate(id::providers(HolderLine::Opening)).map_or(0.0, |opening| opening.mean.mean);
    let scale = Measure::Usd.scale(if largest < 1e8 { 1e4 } else { 1e5 });
    let estimates = |line| -> Vec<Option<Estimate>> {
        holders.iter().map(|(owner, _)| evidence.estimate(owner.line(line))).collect()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (line, title, sign) in LINES {
        let title = if evidence.scope.is_conversion && line == HolderLine::Fees { "Yield" } else { title };
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
    if !evidence.matters(id::providers(HolderLine::AgainstHolding)) {
        return None;
    }
    let mut holders = evidence.holders();
    holders.retain(|(owner, _)| *owner != Owner::Holder(Holder::Treasury));
    if holders.len() > 1 {
        holders.push((Owner::Providers, all_title(evidence)));
    }
    let row = |(owner, title): (Owner, &str)| {
        let result = owner.line(HolderLine::AgainstHolding);
        let usd = evidence.estimate(result)?;
        let share = evidence.of_opening(owner, HolderLine::AgainstHolding)?;
        let behind = evidence.share_of_runs(result, |result| result < 0.0)?;
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
    /// What says nothing where there are not two versions.
    const OF_SIDES: [Id; 5] = [
        id::NEW_LIQUIDITY_SHARE,
        id::NEW_LIQUIDITY_SHARE_MEAN,
        id::HHI_MEAN,
        id::EFFECTIVE_VENUES_MEAN,
        id::FRAGMENTED_DAYS,
    ];
    /// What says nothing where tokens are held, not traded.
    const OF_CURVES: [Id; 8] = [
        id::LVR_USD,
        id::LVR_RATE,
        id::IMPERMANENT_LOSS,
        id::POOL_FEES_USD,
        id::POOL_FEES_RATE,
        id::HHI_MEAN,
        id::EFFECTIVE_VENUES_MEAN,
        id::FRAGMENTED_DAYS,
    ];
    let scope = evidence.scope;
    // Statements of holders and observed values have tables of their own; one pool alone is what the other metrics speak of.
    let is_elsewhere = |id: &Id| match id.family() {
        Some(Family::Holders | Family::Observed) => true,
        Some(Family::Pools) => scope.pools < 2 || (scope.is_conversion && id.figure() == "lvr_rate"),
        _ if [id::NEVER_MOVED_VALUE_SHARE, id::MIGRATED_VALUE_SHARE, id::MIGRATED_ADDRESS_SHARE].contains(id) => {
            !scope.has_migration()
        }
        _ if !scope.has_two_pools && OF_SIDES.contains(id) => true,
        _ if scope.is_conversion && OF_CURVES.contains(id) => true,
        _ => id.thing() == Owner::Providers.name() || *id == id::PROVIDERS_IMPERMANENT_LOSS_USD,
    };
    let told = evidence.results.runs.ids().iter().filter(|id| !is_elsewhere(id)).filter_map(|id| id.metric());
    let rows = told.filter_map(|metric| {
        let estimate = evidence.estimate(metric.id)?;
        let scale: Scale = estimate.scale();
        let runs = evidence.column(metric.id).len();
        let counted = if estimate.mean.count == runs {
            String::new()
        } else {
            format!("; {} of {} runs have a value", whole(estimate.mean.count as u64), whole(runs as u64))
        };
        let source = if metric.source == "definition" { String::new() } else { format!(" ({})", metric.source) };
        // A residual of rounding is told by its size alone.
        let is_rounding = estimate.mean.mean != 0.0 && estimate.mean.mean.abs() < IDENTITY_TOLERANCE;
        let unit = if scale.unit.is_empty() || is_rounding { metric.unit.to_string() } else { scale.unit.to_owned() };
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
            unit,
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
