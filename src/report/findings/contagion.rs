//! What happens to those who owe one another.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, quantity};

/// How a loss spreads, in the order in which channels are added: metric and words.
const CHANNELS: [(&str, &str); 4] = [
    ("network_part_counterparty_usd", "claims on nodes that default"),
    ("network_part_fire_sale_usd", "what assets fetch less in the pools"),
    ("network_part_oracle_usd", "wrong readings of oracles"),
    ("network_part_liveness_usd", "what is frozen"),
];

/// What a stress would cost, in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let share = evidence.estimate("network_weakest_share").filter(|_| evidence.has("/network/stress"))?;
    let share = share.scale().quantity(share.mean.mean);
    Some(format!("on the weakest day the stress would cost the network {share} of its equity"))
}

/// Defaults and systemic events, the weakest day, and through what its loss spreads.
pub(super) fn network(evidence: &Evidence<'_>) -> Vec<String> {
    let scenario = &evidence.results.manifest.scenario;
    let Some(spec) = scenario.pointer("/network").filter(|spec| !spec.is_null()) else { return Vec::new() };
    let is_stressed = spec.get("stress").is_some_and(|stress| !stress.is_null());
    let mut sentences = Vec::new();
    let share = |name: &str| evidence.share_of_runs(name, |hits| hits > 0.0);
    if let Some((defaults, systemic)) = share("network_defaults_max").zip(share("network_systemic")) {
        sentences.push(format!(
            "Some node cannot pay at some time in {} of runs, and it comes to a systemic event in {}.",
            share_text(&defaults),
            share_text(&systemic)
        ));
    }
    let mean = |name: &str| evidence.estimate(name).map(|estimate| estimate.mean.mean);
    let (Some(direct), Some(total)) =
        (evidence.estimate("network_initial_loss_usd"), evidence.estimate("network_total_loss_usd"))
    else {
        return sentences;
    };
    let day = mean("network_weakest_day").unwrap_or_default();
    let what = if is_stressed { "the stress of the scenario would cost" } else { "losses since the opening come to" };
    sentences.push(format!(
        "On the weakest day, day {day:.0} on average, {what} nodes {}, of which {} directly.",
        total.mean_text(),
        direct.mean_text()
    ));
    let parts = CHANNELS.iter().filter(|(name, _)| evidence.matters(name));
    let parts: Vec<String> =
        parts.filter_map(|(name, words)| Some(format!("{words} {}", quantity(Measure::Usd, mean(name)?)))).collect();
    if !parts.is_empty() {
        sentences.push(format!("The rest spreads: {}.", parts.join(", ")));
    }
    sentences.extend(amplified(evidence));
    if let Some((systemic, outside)) =
        share("network_stressed_systemic").zip(mean("network_stressed_outside_loss_usd")).filter(|_| is_stressed)
    {
        sentences.push(format!(
            "It would be a systemic event in {} of runs, and creditors outside would miss {} on average.",
            share_text(&systemic),
            quantity(Measure::Usd, outside)
        ));
    }
    sentences
}

/// How much contagion makes of a loss, and how far it goes.
fn amplified(evidence: &Evidence<'_>) -> Option<String> {
    let factor = evidence.estimate("network_amplification")?;
    let depth = evidence.estimate("network_cascade_depth").filter(|depth| depth.mean.mean > 0.0);
    let depth = depth.map_or_else(String::new, |depth| {
        format!(
            "; {:.1} nodes default in {:.1} rounds on average",
            evidence.mean("network_stressed_defaults"),
            depth.mean.mean
        )
    });
    let rank = evidence.estimate("network_linear_debt_rank").map_or_else(String::new, |rank| {
        format!(" DebtRank (linear) of the direct loss: {} of equity.", rank.mean_text())
    });
    Some(format!("Contagion multiplies the direct loss by {}{depth}.{rank}", factor.mean_text()))
}
