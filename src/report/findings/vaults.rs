//! What frictions cost vaults of options, and what leaving them would.

use super::super::evidence::Evidence;

/// What vaults fell behind, what their hedges cost, and the worst time to leave.
pub(super) fn vaults(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(harm) = evidence.estimate("vault_harm_usd") else { return Vec::new() };
    let mut sentences = vec![format!(
        "Vaults of options end {} behind what they would have made at reference prices, never frozen.",
        harm.mean_text()
    )];
    if let Some((slippage, cost)) = evidence
        .estimate("hedge_slippage_usd")
        .zip(evidence.estimate("hedge_cost_bps"))
        .filter(|_| evidence.matters("hedge_slippage_usd"))
    {
        sentences.push(format!(
            "Their hedges pay {} of fees and price impact, {} of what they trade.",
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
    if let Some(gap) =
        evidence.estimate("vault_exit_gap_max_usd").filter(|_| evidence.matters("vault_exit_gap_max_usd"))
    {
        sentences.push(format!(
            "At worst, about day {:.0}, leaving at once brings {} less than the model says they are worth.",
            evidence.mean("vault_exit_gap_max_day"),
            gap.mean_text()
        ));
    }
    sentences
}
