//! What hangs on the way: what is under way between two chains, positions between their legs, protocols that read a price.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, quantity};

fn mean(evidence: &Evidence<'_>, name: &str) -> Option<f64> {
    evidence.estimate(name).map(|estimate| estimate.mean.mean)
}

/// What is under way between two chains, and what it costs to be there.
pub(super) fn bridge(evidence: &Evidence<'_>) -> Vec<String> {
    let usd = |name: &str| mean(evidence, name).map(|value| quantity(Measure::Usd, value));
    let sent = mean(evidence, "messages_sent").filter(|_| evidence.has("/migration/mechanism/cross_chain"));
    let Some(sent) = sent.filter(|sent| *sent > 0.0) else { return Vec::new() };
    let mut sentences = Vec::new();
    if let Some((hours, most)) = mean(evidence, "message_delay_mean_hours").zip(usd("in_flight_max_usd")) {
        sentences.push(format!(
            "{sent:.0} messages cross the bridge on average and take {hours:.1} hours each; at most {most} is under way at once."
        ));
    }
    if let Some(waiting) = usd("rate_limit_waiting_max_usd").filter(|_| evidence.matters("rate_limit_waiting_max_usd"))
    {
        sentences.push(format!("Up to {waiting} waits for the rate limit."));
    }
    if let Some(fees) = usd("bridge_fees_usd").filter(|_| evidence.matters("bridge_fees_usd")) {
        sentences.push(format!("The bridge keeps {fees} of fees."));
    }
    if let Some(discount) =
        evidence.estimate("wrapped_discount_mean").filter(|_| evidence.matters("wrapped_discount_mean"))
    {
        sentences.push(format!("Wrapped tokens trade {} below what backs them.", discount.mean_text()));
    }
    let robbed = evidence.share_of_runs("bridge_stolen_usd", |stolen| stolen > 0.0).filter(|robbed| robbed.hits > 0);
    if let Some(robbed) = robbed {
        sentences.push(format!("The bridge is robbed in {} of runs.", share_text(&robbed)));
    }
    sentences
}

/// What the gap between the two legs of a position does to its holder and to others.
pub(super) fn positions(evidence: &Evidence<'_>) -> Vec<String> {
    let caused = evidence.estimate("liquidations_caused").filter(|_| evidence.has("/migration/positions"));
    let Some(caused) = caused else { return Vec::new() };
    let mut sentences = Vec::new();
    if let Some(frozen) = mean(evidence, "positions_frozen_notional_max_usd") {
        sentences.push(format!(
            "At most {} of positions stands between its two legs, where nothing can be added, closed or liquidated.",
            quantity(Measure::Usd, frozen)
        ));
    }
    sentences.push(format!(
        "{} positions a run are liquidated only because of that, on average.",
        caused.scale().estimate(caused.mean.mean, &caused.mean.interval)
    ));
    if let Some(debt) =
        evidence.estimate("positions_bad_debt_caused_usd").filter(|_| evidence.matters("positions_bad_debt_caused_usd"))
    {
        sentences.push(format!("It leaves bad debt of {} that there would not be without it.", debt.mean_text()));
    }
    sentences
}

/// What lasts less is told in minutes, hours.
const HOURS_TOLD: f64 = 0.1;

/// How long it lasts, in words.
fn lasting(hours: f64) -> String {
    if hours > 0.0 && hours < HOURS_TOLD { format!("{:.1} minutes", hours * 60.0) } else { format!("{hours:.1} hours") }
}

/// When an attack on a price that is read from the pools pays.
pub(super) fn oracles(evidence: &Evidence<'_>) -> Vec<String> {
    let hours = evidence.estimate("attackable_hours").filter(|_| evidence.has("/oracles"));
    let Some(hours) = hours else { return Vec::new() };
    let open = evidence.share_of_runs("attackable_hours", |hours| hours > 0.0);
    let mut sentences = Vec::new();
    if let Some(open) = open {
        sentences.push(format!(
            "An attack on a price that is read from the pools pays in {} of runs, for {} on average.",
            share_text(&open),
            lasting(hours.mean.mean)
        ));
    }
    if let Some(most) = evidence.estimate("attackable_usd_max").filter(|_| evidence.matters("attackable_usd_max")) {
        sentences.push(format!("At best it brings {} net.", most.mean_text()));
    }
    let done = evidence.share_of_runs("oracle_attacks", |attacks| attacks > 0.0).filter(|done| done.hits > 0);
    if let Some((done, lost)) = done.zip(mean(evidence, "oracle_loss_usd")) {
        sentences.push(format!(
            "Somebody does it in {} of runs; those who rely on the price lose {} on average.",
            share_text(&done),
            quantity(Measure::Usd, lost)
        ));
        sentences.extend(attackers(evidence));
    }
    if let Some(cost) = evidence.estimate("attack_cost_usd_min") {
        sentences.push(format!(
            "At its cheapest it costs {} to make such a price read twice the true one, in the median run.",
            cost.quantile_text(1)
        ));
    }
    sentences
}

/// What those have of it who do it.
fn attackers(evidence: &Evidence<'_>) -> Option<String> {
    let profit = evidence.estimate("oracle_attacker_profit_usd")?;
    let failed =
        evidence.derived_estimate(["oracle_attacks_failed", "oracle_attacks"], Measure::Share, |[failed, begun]| {
            if begun > 0.0 { failed / begun } else { f64::NAN }
        });
    let failed = failed.filter(|failed| failed.mean.mean > 0.0);
    let failed = failed.map_or_else(String::new, |failed| {
        format!(", and {} of the attempts of such a run take nothing", failed.mean_text())
    });
    Some(format!("Manipulators are left with {} after the cost of pushing and gas{failed}.", profit.mean_text()))
}
