//! What happens to those who owe one another.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, quantity};
use portage_results::metrics::{Id, id};

/// How a loss spreads, in the order in which channels are added: name in metrics and words.
const CHANNELS: [(Id, Id, &str); 4] = [
    (id::NETWORK_PART_COUNTERPARTY_USD, id::NETWORK_REMOVED_COUNTERPARTY_USD, "claims on nodes that default"),
    (id::NETWORK_PART_FIRE_SALE_USD, id::NETWORK_REMOVED_FIRE_SALE_USD, "what assets fetch less in the pools"),
    (id::NETWORK_PART_ORACLE_USD, id::NETWORK_REMOVED_ORACLE_USD, "wrong readings of oracles"),
    (id::NETWORK_PART_LIVENESS_USD, id::NETWORK_REMOVED_LIVENESS_USD, "what is frozen"),
];

/// What a stress would cost, in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let share = evidence.estimate(id::NETWORK_WEAKEST_SHARE).filter(|_| evidence.has("/network/stress"))?;
    let share = share.scale().quantity(share.mean.mean);
    Some(format!(
        "on the weakest day the stress would cost the network {share} of the equity that its nodes have that day before it"
    ))
}

/// Defaults and systemic events, the weakest day, and through what its loss spreads.
pub(super) fn network(evidence: &Evidence<'_>) -> Vec<String> {
    let scenario = &evidence.results.manifest.scenario;
    let Some(spec) = scenario.pointer("/network").filter(|spec| !spec.is_null()) else { return Vec::new() };
    let is_stressed = spec.get("stress").is_some_and(|stress| !stress.is_null());
    let mut sentences = Vec::new();
    let share = |name: Id| evidence.share_of_runs(name, |hits| hits > 0.0);
    if let Some((defaults, systemic)) = share(id::NETWORK_DEFAULTS_MAX).zip(share(id::NETWORK_SYSTEMIC)) {
        sentences.push(format!(
            "Some node cannot pay at some time in {} of runs, and it comes to a systemic event in {}.",
            share_text(&defaults),
            share_text(&systemic)
        ));
    }
    let mean = |name: Id| evidence.estimate(name).map(|estimate| estimate.mean.mean);
    let (Some(direct), Some(total)) =
        (evidence.estimate(id::NETWORK_INITIAL_LOSS_USD), evidence.estimate(id::NETWORK_TOTAL_LOSS_USD))
    else {
        return sentences;
    };
    let day = mean(id::NETWORK_WEAKEST_DAY).unwrap_or_default();
    let what = if is_stressed { "the stress of the scenario would cost" } else { "losses since the opening come to" };
    sentences.push(format!(
        "On the weakest day, day {day:.0} on average, {what} nodes {}, of which {} directly.",
        total.mean_text(),
        direct.mean_text()
    ));
    sentences.extend(spread(evidence));
    sentences.extend(amplified(evidence));
    if let Some((systemic, outside)) =
        share(id::NETWORK_STRESSED_SYSTEMIC).zip(mean(id::NETWORK_STRESSED_OUTSIDE_LOSS_USD)).filter(|_| is_stressed)
    {
        sentences.push(format!(
            "It would be a systemic event in {} of runs, and creditors outside would miss {} on average.",
            share_text(&systemic),
            quantity(Measure::Usd, outside)
        ));
    }
    sentences
}

/// Through what the rest of the loss spreads: the part of each channel, and what there would be without that channel alone.
fn spread(evidence: &Evidence<'_>) -> Option<String> {
    let mean = |name: Id| evidence.estimate(name).map(|estimate| estimate.mean.mean);
    let told = |part: Id, removed: Id, words: &str| {
        if !evidence.matters(part) && !evidence.matters(removed) {
            return None;
        }
        let without = mean(removed).map_or_else(String::new, |by| {
            let change = if by < 0.0 { "larger" } else { "smaller" };
            format!(" (without it alone the loss would be {} {change})", quantity(Measure::Usd, by.abs()))
        });
        Some(format!("{words} {}{without}", quantity(Measure::Usd, mean(part)?)))
    };
    let parts: Vec<String> =
        CHANNELS.iter().filter_map(|(part, removed, words)| told(*part, *removed, words)).collect();
    (!parts.is_empty()).then(|| {
        format!(
            "The rest spreads, by what each channel adds to those named before it: {}. Channels strengthen one another, so that the two numbers of a channel differ.",
            parts.join(", ")
        )
    })
}

/// How much contagion makes of a loss, and how far it goes.
fn amplified(evidence: &Evidence<'_>) -> Option<String> {
    let factor = evidence.estimate(id::NETWORK_AMPLIFICATION)?;
    let depth = evidence.estimate(id::NETWORK_CASCADE_DEPTH).filter(|depth| depth.mean.mean > 0.0);
    let depth = depth.map_or_else(String::new, |depth| {
        format!(
            "; {:.1} nodes default in {:.1} rounds on average",
            evidence.mean(id::NETWORK_STRESSED_DEFAULTS),
            depth.mean.mean
        )
    });
    let rank = evidence.estimate(id::NETWORK_LINEAR_DEBT_RANK).map_or_else(String::new, |rank| {
        format!(" DebtRank (linear) of the direct loss: {} of the equity of the nodes.", rank.mean_text())
    });
    Some(format!("Contagion multiplies the direct loss by {}{depth}.{rank}", factor.mean_text()))
}
