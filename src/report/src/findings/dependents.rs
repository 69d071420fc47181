//! What hangs on the way: what is under way between two chains, positions between their legs, protocols that read a price.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, quantity};
use portage_results::metrics::{Id, Range, id};

fn mean(evidence: &Evidence<'_>, name: Id) -> Option<f64> {
    evidence.estimate(name).map(|estimate| estimate.mean.mean)
}

/// What is under way between two chains, and what it costs to be there.
pub(super) fn bridge(evidence: &Evidence<'_>) -> Vec<String> {
    let usd = |name: Id| mean(evidence, name).map(|value| quantity(Measure::Usd, value));
    let sent = mean(evidence, id::MESSAGES_SENT).filter(|_| evidence.has("/migration/mechanism/cross_chain"));
    let Some(sent) = sent.filter(|sent| *sent > 0.0) else { return Vec::new() };
    let mut sentences = Vec::new();
    if let Some((hours, most)) = mean(evidence, id::MESSAGE_DELAY_MEAN_HOURS).zip(usd(id::IN_FLIGHT_MAX_USD)) {
        sentences.push(format!(
            "{sent:.0} messages cross the bridge on average and take {hours:.1} hours each; at most {most} is under way at once."
        ));
    }
    if let Some(waiting) =
        usd(id::RATE_LIMIT_WAITING_MAX_USD).filter(|_| evidence.matters(id::RATE_LIMIT_WAITING_MAX_USD))
    {
        sentences.push(format!("Up to {waiting} waits for the rate limit."));
    }
    if let Some(fees) = usd(id::BRIDGE_FEES_USD).filter(|_| evidence.matters(id::BRIDGE_FEES_USD)) {
        sentences.push(format!("The bridge keeps {fees} of fees."));
    }
    if let Some(discount) =
        evidence.estimate(id::WRAPPED_DISCOUNT_MEAN).filter(|_| evidence.matters(id::WRAPPED_DISCOUNT_MEAN))
    {
        sentences.push(format!("Wrapped tokens trade {} below what backs them.", discount.mean_text()));
    }
    let robbed = evidence.share_of_runs(id::BRIDGE_STOLEN_USD, |stolen| stolen > 0.0).filter(|robbed| robbed.hits > 0);
    if let Some(robbed) = robbed {
        sentences.push(format!("The bridge is robbed in {} of runs.", share_text(&robbed)));
    }
    sentences
}

/// What the gap between the two legs of a position does to its holder and to others.
pub(super) fn positions(evidence: &Evidence<'_>) -> Vec<String> {
    let caused = evidence.estimate(id::LIQUIDATIONS_CAUSED).filter(|_| evidence.has("/migration/positions"));
    let Some(caused) = caused else { return Vec::new() };
    let mut sentences = Vec::new();
    if let Some(frozen) = mean(evidence, id::POSITIONS_FROZEN_NOTIONAL_MAX_USD) {
        sentences.push(format!(
            "At most {} of positions stands between its two legs, where nothing can be added, closed or liquidated.",
            quantity(Measure::Usd, frozen)
        ));
    }
    sentences.push(format!(
        "{} positions a run are liquidated only because of that, on average.",
        caused.scale().estimate(caused.mean.mean, &caused.mean.interval)
    ));
    if let Some(debt) = evidence
        .estimate(id::POSITIONS_BAD_DEBT_CAUSED_USD)
        .filter(|_| evidence.matters(id::POSITIONS_BAD_DEBT_CAUSED_USD))
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
    let hours = evidence.estimate(id::ATTACKABLE_HOURS).filter(|_| evidence.has("/oracles"));
    let Some(hours) = hours else { return Vec::new() };
    let open = evidence.share_of_runs(id::ATTACKABLE_HOURS, |hours| hours > 0.0);
    let mut sentences = Vec::new();
    if let Some(open) = open {
        sentences.push(format!(
            "An attack on a price that is read from the pools pays in {} of runs, for {} on average.",
            share_text(&open),
            lasting(hours.mean.mean)
        ));
    }
    if let Some(most) = evidence.estimate(id::ATTACKABLE_USD_MAX).filter(|_| evidence.matters(id::ATTACKABLE_USD_MAX)) {
        sentences.push(format!("At best it brings {} net.", most.mean_text()));
    }
    let done = evidence.share_of_runs(id::ORACLE_ATTACKS, |attacks| attacks > 0.0).filter(|done| done.hits > 0);
    if let Some((done, lost)) = done.zip(mean(evidence, id::ORACLE_LOSS_USD)) {
        sentences.push(format!(
            "Somebody does it in {} of runs; those who rely on the price lose {} on average.",
            share_text(&done),
            quantity(Measure::Usd, lost)
        ));
        sentences.extend(attackers(evidence));
    }
    if let Some(cost) = evidence.estimate(id::ATTACK_COST_USD_MIN) {
        sentences.push(format!(
            "At its cheapest it costs {} to make such a price read twice the true one, in the median run.",
            cost.quantile_text(1)
        ));
    }
    sentences
}

/// What those have of it who do it.
fn attackers(evidence: &Evidence<'_>) -> Option<String> {
    let profit = evidence.estimate(id::ORACLE_ATTACKER_PROFIT_USD)?;
    let failed = evidence.derived_estimate(
        [id::ORACLE_ATTACKS_FAILED, id::ORACLE_ATTACKS],
        (Measure::Share, Range::Part),
        |[failed, begun]| {
            if begun > 0.0 { failed / begun } else { f64::NAN }
        },
    );
    let failed = failed.filter(|failed| failed.mean.mean > 0.0);
    let failed = failed.map_or_else(String::new, |failed| {
        format!(", and {} of the attempts of such a run take nothing", failed.mean_text())
    });
    Some(format!("Manipulators are left with {} after the cost of pushing and gas{failed}.", profit.mean_text()))
}
