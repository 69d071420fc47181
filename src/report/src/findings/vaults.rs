//! What options, frictions and exits come to for vaults of options.

use super::super::evidence::{Evidence, share_text};
use super::{NOTICED_USD, mean_usd};

/// What frictions cost in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let harm = mean_usd(evidence, "vault_harm_usd").filter(|_| evidence.has("/vaults"))?;
    Some(format!("frictions cost vaults of options {harm}"))
}

/// What vaults fell behind, what their options and hedges came to, and the worst time to leave.
pub(super) fn vaults(evidence: &Evidence<'_>) -> Vec<String> {
    let harm = evidence.estimate("vault_harm_usd").filter(|_| evidence.has("/vaults"));
    let Some(harm) = harm else { return Vec::new() };
    let mut sentences = vec![format!(
        "Vaults of options end {} behind what they would have made at reference prices, never frozen.",
        harm.mean_text()
    )];
    sentences.extend(unpaid(evidence));
    if let Some(gap) =
        evidence.estimate("vault_exit_gap_max_usd").filter(|_| evidence.matters("vault_exit_gap_max_usd"))
    {
        sentences.push(format!(
            "At worst, about day {:.0}, leaving at once brings {} less than the model says they are worth.",
            evidence.mean("vault_exit_gap_max_day"),
            gap.mean_text()
        ));
    }
    if let Some((slippage, cost)) = evidence
        .estimate("hedge_slippage_usd")
        .zip(evidence.estimate("hedge_cost_bps"))
        .filter(|_| evidence.matters("hedge_slippage_usd"))
    {
        sentences.push(format!(
            "Their hedges pay {} of fees and price impact; with gas {} of what they trade.",
            slippage.mean_text(),
            cost.mean_text()
        ));
    }
    if evidence.mean("vault_late_settlements") > 0.0
        && let Some(hours) = evidence.estimate("vault_late_hours_max")
    {
        sentences.push(format!(
            "{:.2} settlements a run are late, the latest by {} on average.",
            evidence.mean("vault_late_settlements"),
            hours.mean_text()
        ));
    }
    sentences.extend(options(evidence));
    sentences
}

/// What a vault owed and had nothing left to pay with.
fn unpaid(evidence: &Evidence<'_>) -> Option<String> {
    let short = evidence.share_of_runs("vault_unpaid_usd", |unpaid| unpaid > NOTICED_USD)?;
    let lost = mean_usd(evidence, "vault_unpaid_usd").filter(|_| short.hits > 0)?;
    Some(format!(
        "In {} of runs a vault cannot pay what it owes; buyers of its options lose {lost} on average over all runs.",
        share_text(&short)
    ))
}

/// Premiums and payouts: before frictions, the business itself.
fn options(evidence: &Evidence<'_>) -> Option<String> {
    let premiums = evidence.estimate("vault_premiums_usd").filter(|_| evidence.matters("vault_premiums_usd"))?;
    let payouts = evidence.estimate("vault_payouts_usd")?;
    let result = evidence.estimate("vault_result_usd").map_or_else(String::new, |result| {
        format!("; depositors gain {}, price moves of what they hold included", result.mean_text())
    });
    Some(format!(
        "Vaults receive {} of premiums and owe {} at expiries on average{result}.",
        premiums.scale().quantity(premiums.mean.mean),
        payouts.scale().quantity(payouts.mean.mean)
    ))
}
