//! At what cost: to traders, to providers, and to arbitrage.

use super::super::evidence::{Estimate, Evidence};
use super::super::wording::{Measure, listed, quantity};
use portage_base::stats::Interval;
use portage_base::units::BPS;
use portage_results::metrics::id::{self, HolderLine, Owner};
use portage_results::metrics::{Id, Range};

/// What is known about splitting a pool, said wherever liquidity really was split and somebody trades.
const SPLITTING: &str = "With optimal routing, equal fees and no gas, splitting a pool costs traders nothing: cost comes from gas, fee differences, stale pools and imperfect routing";

/// Its other half, where arbitrage pays gas.
const SPLITTING_ARBITRAGE: &str =
    "; and providers pay through the gas of arbitrage, since every pool needs trades of its own";

/// Why the price impact can be a gain.
const NEGATIVE_IMPACT: &str = "The price impact is negative: without arbitrage the pools\u{2019} prices run behind the reference market, and orders in the right direction gain.";

/// What traders pay, in parts.
pub(super) fn traders(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(cost) = evidence.estimate(id::COST_BPS).filter(|_| evidence.scope.has_traders) else { return Vec::new() };
    let mean = |name: Id| evidence.mean(name);
    let bps = |value: f64| quantity(Measure::Bps, value);
    let mut parts =
        vec![format!("{} pool fees", bps(mean(id::FEE_BPS))), format!("{} price impact", bps(mean(id::IMPACT_BPS)))];
    if mean(id::GAS_BPS) > 0.0 {
        parts.push(format!("{} gas", bps(mean(id::GAS_BPS))));
    }
    let total =
        evidence.estimate(id::COST_USD).map_or_else(String::new, |total| format!(", {} in all", total.mean_text()));
    let mut sentences =
        vec![format!("Execution costs {} of volume on average{total}: {}.", cost.mean_text(), listed(&parts))];
    let scope = evidence.scope;
    if mean(id::IMPACT_BPS) < 0.0 && !scope.has_arbitrage {
        sentences.push(NEGATIVE_IMPACT.to_owned());
    }
    if scope.is_divided() {
        sentences.extend(avoidable(evidence));
    }
    if scope.has_two_pools && mean(id::FRAGMENTED_DAYS) > 0.0 {
        let arbitrage = if scope.has_chain && scope.has_arbitrage { SPLITTING_ARBITRAGE } else { "" };
        sentences.push(format!("{SPLITTING}{arbitrage}."));
    }
    let lost = evidence.derived_estimate(
        [id::LOST_VOLUME_USD, id::VOLUME_USD],
        (Measure::Share, Range::Part),
        |[lost, volume]| {
            if lost + volume > 0.0 { lost / (lost + volume) } else { f64::NAN }
        },
    );
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
    let of_volume = |name: Id| {
        evidence.derived_estimate([name, id::VOLUME_USD], (Measure::Bps, Range::Signed), |[amount, volume]| {
            if volume > 0.0 { amount / volume * BPS } else { f64::NAN }
        })
    };
    let mut sentences = Vec::new();
    if let Some(splitting) = of_volume(id::FRAGMENTATION_USD).filter(|splitting| splitting.mean.mean != 0.0) {
        sentences.push(if splitting.mean.mean > 0.0 {
            format!("Of it, one pool with all the liquidity, of the best kind among those there, would have saved {}.", splitting.mean_text())
        } else {
            let gain = mirrored(&splitting.mean.interval);
            let text = splitting.scale().estimate(-splitting.mean.mean, &gain);
            format!("One pool with all the liquidity, of the best kind among those there, would not have saved anything: it would have cost {text} more.")
        });
    }
    if let Some(routing) = of_volume(id::ROUTING_LOSS_USD).filter(|routing| routing.mean.mean != 0.0) {
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
    if !evidence.matters(id::providers(HolderLine::AgainstHolding)) {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let share = |owner| evidence.of_opening(owner, HolderLine::AgainstHolding);
    if let (Some(usd), Some(result)) =
        (evidence.estimate(id::providers(HolderLine::AgainstHolding)), share(Owner::Providers))
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
        .filter(|(owner, _)| owner.is_class())
        .filter_map(|(owner, name)| Some((name, share(owner)?)))
        .map(|(name, result)| format!("{} {}", name.to_lowercase(), result.mean_text()))
        .collect();
    if classes.len() > 1 {
        sentences.push(format!("By class, of opening value: {}.", classes.join(", ")));
    }
    sentences.extend(rebalancing(evidence));
    if evidence.scope.has_providers {
        let paid = |line| evidence.estimate(id::providers(line)).filter(|paid| paid.mean.mean > 0.0);
        if let Some(gas) = paid(HolderLine::Gas) {
            let slippage = paid(HolderLine::Slippage);
            let slippage = slippage.map_or_else(String::new, |paid| format!(" and {} in slippage", paid.mean_text()));
            let what = if evidence.scope.has_migration() { "Moving itself" } else { "Changing place" };
            sentences.push(format!("{what} costs them {} in gas{slippage}.", gas.mean_text()));
        }
    }
    sentences
}

/// What providers lose to arbitrage and receive from order flow.
fn rebalancing(evidence: &Evidence<'_>) -> Option<String> {
    let loss = evidence.estimate(id::providers(HolderLine::ArbitrageLoss)).filter(|loss| loss.mean.mean > 0.0)?;
    let flow = evidence.estimate(id::providers(HolderLine::OrderFlow)).filter(|flow| flow.mean.mean > 0.0);
    let flow = flow
        .map_or_else(String::new, |flow| format!(", and the price impact of traders gives them {}", flow.mean_text()));
    let rate = evidence.estimate(id::LVR_RATE);
    let rate = rate.map_or_else(String::new, |rate| {
        format!("; together a loss versus rebalancing of {} of the pools\u{2019} value", rate.mean_text())
    });
    Some(format!("Arbitrage costs them {} before the fees that it pays{flow}{rate}.", loss.mean_text()))
}

/// What arbitrage takes.
pub(super) fn arbitrage(evidence: &Evidence<'_>) -> Vec<String> {
    let gross = evidence.estimate(id::ARBITRAGE_GROSS_USD).filter(|gross| gross.mean.mean > 0.0);
    let Some(gross) = gross.filter(|_| evidence.scope.has_arbitrage) else { return Vec::new() };
    let mut sentences = vec![format!("Gross profit is {}.", gross.mean_text())];
    let kept = evidence.derived_estimate(
        [id::ARBITRAGE_NET_USD, id::ARBITRAGE_GROSS_USD],
        (Measure::Share, Range::Signed),
        |[net, gross]| {
            if gross > 0.0 { net / gross } else { f64::NAN }
        },
    );
    let others: Vec<String> = [
        (id::ARBITRAGE_PROPOSERS_USD, "proposers"),
        (id::ARBITRAGE_GAS_USD, "gas"),
        (id::ARBITRAGE_EXCHANGE_USD, "hedging"),
    ]
    .into_iter()
    .filter(|(name, _)| evidence.mean(*name) > 0.0)
    .map(|(_, word)| word.to_owned())
    .collect();
    match kept {
        Some(_) if others.is_empty() => sentences.push("Searchers keep all of it.".to_owned()),
        Some(kept) => {
            sentences.push(format!("Searchers keep {} of it; the rest goes to {}.", kept.mean_text(), listed(&others)))
        }
        None => {}
    }
    if let Some(paid) = evidence.estimate(id::ARBITRAGE_PAID_SHARE) {
        sentences.push(format!("{} of the opportunities pay for their costs.", paid.mean_text()));
    }
    sentences
}
