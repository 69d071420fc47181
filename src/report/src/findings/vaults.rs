//! What options, frictions and exits come to for vaults of options.

use super::super::evidence::{Evidence, share_text};
use super::{NOTICED_USD, mean_usd};
use portage_results::metrics::id;

/// What frictions cost in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let harm = mean_usd(evidence, id::VAULT_HARM_USD).filter(|_| evidence.has("/vaults"))?;
    Some(format!("frictions cost vaults of options {harm}"))
}

/// What vaults fell behind, what their options and hedges came to, and the worst time to leave.
pub(super) fn vaults(evidence: &Evidence<'_>) -> Vec<String> {
    let harm = evidence.estimate(id::VAULT_HARM_USD).filter(|_| evidence.has("/vaults"));
    let Some(harm) = harm else { return Vec::new() };
    let mut sentences = vec![format!(
        "Vaults of options end {} behind what they would have made at reference prices, never frozen.",
        harm.mean_text()
    )];
    sentences.extend(unpaid(evidence));
    if let Some(gap) =
        evidence.estimate(id::VAULT_EXIT_GAP_MAX_USD).filter(|_| evidence.matters(id::VAULT_EXIT_GAP_MAX_USD))
    {
        sentences.push(format!(
            "At worst, about day {:.0}, leaving at once brings {} less than the model says they are worth.",
            evidence.mean(id::VAULT_EXIT_GAP_MAX_DAY),
            gap.mean_text()
        ));
    }
    if let Some((slippage, cost)) = evidence
        .estimate(id::HEDGE_SLIPPAGE_USD)
        .zip(evidence.estimate(id::HEDGE_COST_BPS))
        .filter(|_| evidence.matters(id::HEDGE_SLIPPAGE_USD))
    {
        sentences.push(format!(
            "Their hedges pay {} of fees and price impact; with gas {} of what they trade.",
            slippage.mean_text(),
            cost.mean_text()
        ));
    }
    if evidence.mean(id::VAULT_LATE_SETTLEMENTS) > 0.0
        && let Some(hours) = evidence.estimate(id::VAULT_LATE_HOURS_MAX)
    {
        sentences.push(format!(
            "{:.2} settlements a run are late, the latest by {} on average.",
            evidence.mean(id::VAULT_LATE_SETTLEMENTS),
            hours.mean_text()
        ));
    }
    sentences.extend(options(evidence));
    sentences
}

/// What a vault owed and had nothing left to pay with.
fn unpaid(evidence: &Evidence<'_>) -> Option<String> {
    let short = evidence.share_of_runs(id::VAULT_UNPAID_USD, |unpaid| unpaid > NOTICED_USD)?;
    let lost = mean_usd(evidence, id::VAULT_UNPAID_USD).filter(|_| short.hits > 0)?;
    Some(format!(
        "In {} of runs a vault cannot pay what it owes; buyers of its options lose {lost} on average over all runs.",
        share_text(&short)
    ))
}

/// Premiums and payouts: before frictions, the business itself.
fn options(evidence: &Evidence<'_>) -> Option<String> {
    let premiums = evidence.estimate(id::VAULT_PREMIUMS_USD).filter(|_| evidence.matters(id::VAULT_PREMIUMS_USD))?;
    let payouts = evidence.estimate(id::VAULT_PAYOUTS_USD)?;
    let result = evidence.estimate(id::VAULT_RESULT_USD).map_or_else(String::new, |result| {
        format!("; depositors gain {}, price moves of what they hold included", result.mean_text())
    });
    Some(format!(
        "Vaults receive {} of premiums and owe {} at expiries on average{result}.",
        premiums.scale().quantity(premiums.mean.mean),
        payouts.scale().quantity(payouts.mean.mean)
    ))
}
