//! The verdict: what the runs say, in sentences with numbers and 95 % confidence intervals.

mod cost;
mod risk;

use super::balance::balance;
use super::evidence::{Evidence, share_text};
use super::loss::Loss;
use super::wording::{Measure, quantity};

/// One paragraph of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Finding {
    /// What it is about.
    pub(super) topic: &'static str,
    /// What was found.
    pub(super) text: String,
}

/// What is known about splitting a pool (MODEL section 7), said wherever a pool is split and somebody trades.
pub(super) const SPLITTING: &str = "With optimal routing, equal fees and no gas, splitting a pool costs traders nothing: an order of size q costs q\u{b2} over the sum of the reserves either way. Cost comes from gas, fee differences, stale pools and imperfect routing; and providers pay, because every pool needs arbitrage trades of its own and their gas comes out of what the pools lose.";

/// Every paragraph that the scenario has something to say in, in the order of the report.
pub(super) fn findings(evidence: &Evidence<'_>, losses: &[Loss]) -> Vec<Finding> {
    let all = [
        ("How much moves", moved(evidence)),
        ("By when", by_when(evidence)),
        ("What traders pay", cost::traders(evidence)),
        ("What providers end with", cost::providers(evidence)),
        ("What the programme pays", cost::programme(evidence)),
        ("What arbitrage takes", cost::arbitrage(evidence)),
        ("Who pays", vec![balance(evidence).reading()]),
        ("What can go wrong", risk::risks(evidence, losses)),
        ("How sure this is", risk::certainty(evidence, losses)),
    ];
    let stated = all.into_iter().map(|(topic, sentences)| {
        let sentences: Vec<String> = sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect();
        Finding { topic, text: sentences.join(" ") }
    });
    stated.filter(|finding| !finding.text.is_empty()).collect()
}

/// The answer in one sentence.
pub(super) fn headline(evidence: &Evidence<'_>) -> String {
    let days = Measure::Days.scale(100.0).quantity(evidence.window_days());
    let scope = evidence.scope;
    let share = |name: &str| evidence.estimate(name).map(|share| share.scale().quantity(share.mean.mean));
    let moved = share("migrated_value_share").zip(share("migrated_address_share")).filter(|_| scope.has_migration());
    let cost = evidence.estimate("cost_bps").map(|cost| cost.scale().quantity(cost.mean.mean));
    let cost = cost.filter(|_| scope.has_traders).map(|cost| format!("traders pay {cost} of volume"));
    match (moved, cost) {
        (Some((value, address)), cost) => {
            let cost = cost.map_or_else(String::new, |cost| format!("; {cost}"));
            format!("After {days}, {value} of the value and {address} of the addresses have moved on average{cost}.")
        }
        (None, Some(cost)) => format!("Over {days}, {cost} on average."),
        (None, None) => {
            let result = evidence.estimate("providers_against_holding_usd");
            result.map_or_else(String::new, |result| {
                format!("Over {days}, liquidity ends {} against holding on average.", result.scale().quantity(result.mean.mean))
            })
        }
    }
}

fn moved(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_migration() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let value = evidence.estimate("migrated_value_share");
    let address = evidence.estimate("migrated_address_share");
    if let (Some(value), Some(address)) = (&value, &address) {
        sentences.push(format!(
            "By value {} of the old pool stands in the new one at the end, by address {}.",
            value.mean_text(),
            address.mean_text()
        ));
        sentences.push(format!(
            "In 90 % of runs it is {} by value and {} by address.",
            value.spread_text(),
            address.spread_text()
        ));
    }
    // Below one in two thousand there is nothing to tell.
    if let Some(left) = evidence.estimate("left_value_share").filter(|left| left.mean.mean >= 5e-4) {
        sentences.push(format!("{} leaves the market altogether.", left.mean_text()));
    }
    if let Some(share) = evidence.estimate("new_liquidity_share") {
        sentences.push(format!("The new pool then holds {} of all liquidity.", share.mean_text()));
    }
    sentences
}

fn by_when(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_migration() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    for (kind, what) in [("value", "of the value"), ("address", "of the addresses")] {
        let mut parts = Vec::new();
        for percent in [50, 90] {
            let name = format!("days_to_{percent}_{kind}");
            let Some(share) = evidence.share_of_runs(&name, f64::is_finite) else { continue };
            let Some(days) = evidence.estimate(&name) else {
                parts.push(format!("{percent} % in no run"));
                continue;
            };
            let median = days.quantile_text(1);
            let reached = if share.hits == share.count {
                "every run gets there".to_owned()
            } else {
                format!("reached in {} of runs", share_text(&share))
            };
            parts.push(format!("{percent} % after {median}; {reached}"));
        }
        if !parts.is_empty() {
            sentences.push(format!("{}: {}.", capital(what), parts.join("; ")));
        }
    }
    if !sentences.is_empty() {
        let days = quantity(Measure::Days, evidence.window_days());
        sentences.insert(0, format!("Medians over the runs that get there within {days}."));
    }
    sentences
}

/// "of the value" as the beginning of a sentence: "By value".
fn capital(what: &str) -> &'static str {
    if what.ends_with("value") { "By value" } else { "By address" }
}
