//! What becomes of perpetual positions: bad debt and who bears it, liquidations, and what freezing does.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, listed, quantity};
use super::{NOTICED_USD, mean_usd};
use portage_results::metrics::id::{self, Stakeholder, StakeholderLine};

/// Bad debt in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let debt = mean_usd(evidence, id::PERP_BAD_DEBT_USD).filter(|_| evidence.has("/perps"))?;
    Some(format!("perpetual accounts are left owing {debt} beyond their collateral"))
}

/// Accounts that freezing had liquidated, in a clause of the headline.
pub(super) fn frozen(evidence: &Evidence<'_>) -> Option<String> {
    let is_told = evidence.has("/perps") && evidence.matters(id::PERP_FROZEN_USD_DAYS);
    let caused = evidence.estimate(id::PERP_LIQUIDATIONS_CAUSED).filter(|_| is_told)?;
    let caused = caused.scale().quantity(caused.mean.mean);
    Some(format!("{caused} perpetual accounts are liquidated only because of the freeze"))
}

/// Bad debt first.
pub(super) fn perps(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.has("/perps") {
        return Vec::new();
    }
    let mut sentences = bad_debt(evidence);
    sentences.extend(freezing(evidence));
    sentences.extend(liquidated(evidence));
    sentences.extend(insurance(evidence));
    if let Some(discount) = evidence.estimate(id::PERP_EXIT_DISCOUNT_MAX) {
        sentences.push(format!(
            "At the worst time closing every position at once through the order books would bring {} less than its value at mark prices, on average over runs.",
            discount.mean_text()
        ));
    }
    sentences
}

fn bad_debt(evidence: &Evidence<'_>) -> Vec<String> {
    let left = evidence.share_of_runs(id::PERP_BAD_DEBT_USD, |debt| debt > NOTICED_USD);
    let Some((left, debt)) = left.zip(evidence.estimate(id::PERP_BAD_DEBT_USD)) else { return Vec::new() };
    if left.hits == 0 {
        return vec![format!("Accounts are left owing more than their collateral in {} of runs.", share_text(&left))];
    }
    let mut sentences = vec![format!(
        "Liquidated accounts owe more than their collateral in {} of runs: {} on average over all runs.",
        share_text(&left),
        debt.mean_text()
    )];
    let bearers =
        [(id::PERP_INSURED_USD, "insurance funds"), (id::PERP_SOCIALISED_USD, "accounts that are deleveraged")];
    let borne: Vec<String> =
        bearers.into_iter().filter_map(|(name, who)| Some(format!("{who} {}", mean_usd(evidence, name)?))).collect();
    if !borne.is_empty() {
        sentences.push(format!("Who bears it, on average: {}.", listed(&borne)));
    }
    sentences
}

fn liquidated(evidence: &Evidence<'_>) -> Option<String> {
    let count = evidence.estimate(id::PERP_LIQUIDATED)?;
    let usd = evidence.estimate(id::PERP_LIQUIDATED_USD)?;
    let anyway = evidence.estimate(id::PERP_LIQUIDATED_ANYWAY).filter(|_| evidence.matters(id::PERP_FROZEN_USD_DAYS));
    let anyway = anyway.map_or_else(String::new, |anyway| {
        format!("; had nothing ever stood still, {} would be", anyway.scale().number(anyway.mean.mean))
    });
    Some(format!("{} accounts a run are liquidated, with positions of {}{anyway}.", count.mean_text(), usd.mean_text()))
}

/// What standing still and being under way does.
fn freezing(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.matters(id::PERP_FROZEN_USD_DAYS) {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    if let Some(caused) = evidence.estimate(id::PERP_LIQUIDATIONS_CAUSED) {
        let spared = evidence.estimate(id::PERP_LIQUIDATIONS_SPARED).map_or_else(String::new, |spared| {
            format!("; {} are spared by it", spared.scale().number(spared.mean.mean))
        });
        let late = evidence.estimate(id::PERP_LIQUIDATED_ON_RESUME).map_or_else(String::new, |late| {
            format!(" {} are liquidated at the first reading after it.", late.scale().number(late.mean.mean))
        });
        sentences.push(format!(
            "{} accounts a run are liquidated only because an exchange stood still or their collateral was under way{spared}.{late}",
            caused.mean_text()
        ));
    }
    let parties = [
        (id::PERP_HOLDERS_CAUSED_LOSS_USD, "account holders"),
        (id::PERP_INSURANCE_CAUSED_LOSS_USD, "insurance funds"),
        (id::PERP_MAKERS_CAUSED_LOSS_USD, "makers"),
        (id::PERP_FEES_CAUSED_LOSS_USD, "exchanges"),
    ];
    let cost: Vec<String> = parties
        .into_iter()
        .filter_map(|(name, who)| {
            let loss = evidence.estimate(name).filter(|_| evidence.matters(name))?;
            Some(format!("{who} {}", loss.mean_text()))
        })
        .collect();
    if !cost.is_empty() {
        sentences.push(format!(
            "What freezing costs on average: {}. What one loses another has; a negative cost is a gain.",
            listed(&cost)
        ));
    }
    if let Some(most) = evidence.estimate(id::PERP_FROZEN_MAX_USD) {
        sentences.push(format!(
            "At most {} of positions stands still at once, on average.",
            most.scale().quantity(most.mean.mean)
        ));
    }
    sentences
}

/// How far insurance funds reach, and what happens beyond.
fn insurance(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(least) = evidence.estimate(id::PERP_INSURANCE_MIN_USD) {
        let opening = evidence
            .estimate(id::stakeholder(Stakeholder::PerpInsurance, StakeholderLine::Opening))
            .map_or_else(String::new, |opening| {
                format!(", of {} at the opening", opening.scale().quantity(opening.mean.mean))
            });
        let worst = if evidence.has_twentieths() {
            match least.quantiles[0].value {
                low if low < NOTICED_USD => "; in one run of twenty nothing is left".to_owned(),
                low => format!("; in one run of twenty less than {}", quantity(Measure::Usd, low)),
            }
        } else {
            String::new()
        };
        sentences.push(format!(
            "Insurance funds hold {} when they hold least{opening}{worst}.",
            least.scale().quantity(least.mean.mean)
        ));
    }
    let forced = evidence.share_of_runs(id::PERP_DELEVERAGINGS, |times| times > 0.0);
    if let Some(forced) = forced {
        let usd = mean_usd(evidence, id::PERP_DELEVERAGED_USD).filter(|_| forced.hits > 0);
        let usd = usd.map_or_else(String::new, |usd| format!(", of {usd} on average over all runs"));
        sentences.push(format!(
            "Accounts that stand on the right side are closed by force (auto-deleveraging) in {} of runs{usd}.",
            share_text(&forced)
        ));
    }
    sentences
}
