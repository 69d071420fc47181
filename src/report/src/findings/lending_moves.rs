//! How far users of a lending market have moved to another one, and what kept them.

use super::super::evidence::Evidence;

/// Supply and debt that have moved, in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let mean = |name: &str| {
        let estimate = evidence.estimate(name).filter(|_| evidence.has("/lending"))?;
        Some(estimate.scale().quantity(estimate.mean.mean))
    };
    let supply = mean("lending_moved_supply_share")?;
    let debt = mean("lending_moved_debt_share").map_or_else(String::new, |debt| format!(" and {debt} of the debt"));
    Some(format!("{supply} of the supply{debt} have moved to the new lending market"))
}

/// What moved, who waited for what, and what winding the old market down cost.
pub(super) fn lending_moves(evidence: &Evidence<'_>) -> Vec<String> {
    let shares =
        evidence.estimate("lending_moved_supply_share").zip(evidence.estimate("lending_moved_suppliers_share"));
    let Some((supply, suppliers)) = shares else { return Vec::new() };
    let mut sentences = vec![format!(
        "{} of what is supplied stands in the new lending market at the end, moved by {} of the suppliers.",
        supply.mean_text(),
        suppliers.mean_text()
    )];
    if let Some((debt, borrowers)) =
        evidence.estimate("lending_moved_debt_share").zip(evidence.estimate("lending_moved_borrowers_share"))
    {
        sentences.push(format!(
            "{} of what is owed has moved, with {} of the borrowers.",
            debt.mean_text(),
            borrowers.mean_text()
        ));
    }
    let waits = [
        ("lending_moves_room_wait_usd_hours", "the new market took no more"),
        ("lending_moves_cash_wait_usd_hours", "the old one had nothing left to pay out"),
    ];
    for (name, reason) in waits {
        if let Some(waited) = evidence.estimate(name).filter(|_| evidence.matters(name)) {
            sentences.push(format!("Suppliers wait {} because {reason}.", waited.mean_text()));
        }
    }
    if let Some(most) =
        evidence.estimate("lending_moves_waiting_usd_max").filter(|_| evidence.matters("lending_moves_waiting_usd_max"))
    {
        sentences.push(format!("At most {} wait at one time.", most.mean_text()));
    }
    if let Some(repaid) = evidence.estimate("lending_by_steps_usd").filter(|_| evidence.matters("lending_by_steps_usd"))
    {
        sentences.push(format!(
            "Lower thresholds bring about {:.0} liquidations a run, of {} of debt.",
            evidence.mean("lending_liquidations_by_steps"),
            repaid.mean_text()
        ));
    }
    sentences
}
