//! At what cost: to traders, to providers, and to arbitrage.

use super::super::evidence::{Estimate, Evidence};
use super::super::wording::{Measure, listed, quantity};
use portage_base::stats::Interval;
use portage_base::units::BPS;

/// What is known about splitting a pool, said wherever liquidity really was split and somebody trades.
const SPLITTING: &str = "With optimal routing, equal fees and no gas, splitting a pool costs traders nothing: cost comes from gas, fee differences, stale pools and imperfect routing";

/// Its other half, where arbitrage pays gas.
const SPLITTING_ARBITRAGE: &str =
    "; and providers pay through the gas of arbitrage, since every pool needs trades of its own";

/// Why the price impact can be a gain.
const NEGATIVE_IMPACT: &str = "The price impact is negative: without arbitrage the pools\u{2019} prices run behind the reference market, and orders in the right direction gain.";

/// What traders pay, in parts.
pub(super) fn traders(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(cost) = evidence.estimate("cost_bps").filter(|_| evidence.scope.has_traders) else { return Vec::new() };
    let mean = |name: &str| evidence.mean(name);
    let bps = |value: f64| quantity(Measure::Bps, value);
    let mut parts =
        vec![format!("{} pool fees", bps(mean("fee_bps"))), format!("{} price impact", bps(mean("impact_bps")))];
    if mean("gas_bps") > 0.0 {
        parts.push(format!("{} gas", bps(mean("gas_bps"))));
    }
    let total =
        evidence.estimate("cost_usd").map_or_else(String::new, |total| format!(", {} in all", total.mean_text()));
    let mut sentences =
        vec![format!("Execution costs {} of volume on average{total}: {}.", cost.mean_text(), listed(&parts))];
    let scope = evidence.scope;
    if mean("impact_bps") < 0.0 && !scope.has_arbitrage {
        sentences.push(NEGATIVE_IMPACT.to_owned());
    }
    if scope.is_divided() {
        sentences.extend(avoidable(evidence));
    }
    if scope.has_two_pools && mean("fragmented_days") > 0.0 {
        let arbitrage = if scope.has_chain && scope.has_arbitrage { SPLITTING_ARBITRAGE } else { "" };
        sentences.push(format!("{SPLITTING}{arbitrage}."));
    }
    let lost = evidence.derived_estimate(["lost_volume_usd", "volume_usd"], Measure::Share, |[lost, volume]| {
        if lost + volume > 0.0 { lost / (lost + volume) } else { f64::NAN }
    });
    if let Some(lost) = lost.filter(|lost| lost.mean.mean > 0.0) {
        sentences.push(format!(
            "Orders worth {} of what was wanted are not filled because they exceed the tolerance.",
            lost.mean_text()
        ));
    }
    sentences
}

/// What splitting and routing add to the cost.
fn avoidable(evidence: &Evidence<'_>) -> Vec<String> {
    let of_volume = |name: &str| {
        evidence.derived_estimate([name, "volume_usd"], Measure::Bps, |[amount, volume]| {
            if volume > 0.0 { amount / volume * BPS } else { f64::NAN }
        })
    };
    let mut sentences = Vec::new();
    if let Some(splitting) = of_volume("fragmentation_usd").filter(|splitting| splitting.mean.mean != 0.0) {
        sentences.push(if splitting.mean.mean > 0.0 {
            format!("Of it, one pool with all the liquidity, of the best kind among those there, would have saved {}.", splitting.mean_text())
        } else {
            let gain = mirrored(&splitting.mean.interval);
            let text = splitting.scale().estimate(-splitting.mean.mean, &gain);
            format!("One pool with all the liquidity, of the best kind among those there, would not have saved anything: it would have cost {text} more.")
        });
    }
    if let Some(routing) = of_volume("routing_loss_usd").filter(|routing| routing.mean.mean != 0.0) {
        sentences
            .push(format!("The best routing over the pools as they were would have saved {}.", routing.mean_text()));
    }
    sentences
}

/// The interval of the negative.
fn mirrored(interval: &Interval) -> Interval {
    Interval { low: interval.high.map(|end| -end), high: interval.low.map(|end| -end) }
}

/// What providers end with.
pub(super) fn providers(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.matters("providers_against_holding_usd") {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let share = |holder: &str, line: &str| {
        let names = [format!("{holder}_{line}"), format!("{holder}_opening_usd")];
        evidence.derived_estimate([&names[0], &names[1]], Measure::Share, |[line, opening]| {
            if opening > 0.0 { line / opening } else { f64::NAN }
        })
    };
    if let (Some(usd), Some(result)) =
        (evidence.estimate("providers_against_holding_usd"), share("providers", "against_holding_usd"))
    {
        let is_behind = usd.mean.mean < 0.0;
        let text = |estimate: &Estimate| {
            let (mean, interval) = (estimate.mean.mean, estimate.mean.interval);
            let interval = if is_behind { mirrored(&interval) } else { interval };
            estimate.scale().estimate(mean.abs(), &interval)
        };
        /// A share that would print as zero.
        const NOTHING: f64 = 5e-5;
        let shown = result.quantiles.iter().any(|quantile| quantile.value.abs() >= NOTHING);
        let share = match (shown, evidence.has_twentieths()) {
            (false, _) => "less than 0.01\u{a0}% of opening value".to_owned(),
            (true, false) => format!("{} of opening value", text(&result)),
            (true, true) => {
                format!("{} of opening value (90 % of runs: {})", text(&result), result.spread_text())
            }
        };
        sentences.push(format!(
            "Together they end {} {} just holding their opening tokens, {share}.",
            text(&usd),
            if is_behind { "behind" } else { "ahead of" },
        ));
    }
    let classes: Vec<String> = evidence
        .holders()
        .into_iter()
        .filter(|(holder, _)| !matches!(*holder, "treasury" | "unmodelled"))
        .filter_map(|(holder, name)| Some((name, share(holder, "against_holding_usd")?)))
        .map(|(name, result)| format!("{} {}", name.to_lowercase(), result.mean_text()))
        .collect();
    if classes.len() > 1 {
        sentences.push(format!("By class, of opening value: {}.", classes.join(", ")));
    }
    sentences.extend(rebalancing(evidence));
    if evidence.scope.has_providers {
        let paid = |line: &str| evidence.estimate(&format!("providers_{line}")).filter(|paid| paid.mean.mean > 0.0);
        if let Some(gas) = paid("gas_usd") {
            let slippage = paid("slippage_usd");
            let slippage = slippage.map_or_else(String::new, |paid| format!(" and {} in slippage", paid.mean_text()));
            let what = if evidence.scope.has_migration() { "Moving itself" } else { "Changing place" };
            sentences.push(format!("{what} costs them {} in gas{slippage}.", gas.mean_text()));
        }
    }
    sentences
}

/// What providers lose to arbitrage and receive from order flow.
fn rebalancing(evidence: &Evidence<'_>) -> Option<String> {
    let loss = evidence.estimate("providers_arbitrage_loss_usd").filter(|loss| loss.mean.mean > 0.0)?;
    let flow = evidence.estimate("providers_order_flow_usd").filter(|flow| flow.mean.mean > 0.0);
    let flow = flow
        .map_or_else(String::new, |flow| format!(", and the price impact of traders gives them {}", flow.mean_text()));
    let rate = evidence.estimate("lvr_rate");
    let rate = rate.map_or_else(String::new, |rate| {
        format!("; together a loss versus rebalancing of {} of the pools\u{2019} value", rate.mean_text())
    });
    Some(format!("Arbitrage costs them {} before the fees that it pays{flow}{rate}.", loss.mean_text()))
}

/// What arbitrage takes.
pub(super) fn arbitrage(evidence: &Evidence<'_>) -> Vec<String> {
    let gross = evidence.estimate("arbitrage_gross_usd").filter(|gross| gross.mean.mean > 0.0);
    let Some(gross) = gross.filter(|_| evidence.scope.has_arbitrage) else { return Vec::new() };
    let mut sentences = vec![format!("Gross profit is {}.", gross.mean_text())];
    let kept =
        evidence.derived_estimate(["arbitrage_net_usd", "arbitrage_gross_usd"], Measure::Share, |[net, gross]| {
            if gross > 0.0 { net / gross } else { f64::NAN }
        });
    let others: Vec<String> = [("proposers", "proposers"), ("gas", "gas"), ("exchange", "hedging")]
        .into_iter()
        .filter(|(name, _)| evidence.mean(&format!("arbitrage_{name}_usd")) > 0.0)
        .map(|(_, word)| word.to_owned())
        .collect();
    match kept {
        Some(_) if others.is_empty() => sentences.push("Searchers keep all of it.".to_owned()),
        Some(kept) => {
            sentences.push(format!("Searchers keep {} of it; the rest goes to {}.", kept.mean_text(), listed(&others)))
        }
        None => {}
    }
    if let Some(paid) = evidence.estimate("arbitrage_paid_share") {
        sentences.push(format!("{} of the opportunities pay for their costs.", paid.mean_text()));
    }
    sentences
}
