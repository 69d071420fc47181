//! How far users of a lending market have moved to another one, and what kept them.

use super::super::evidence::Evidence;
use portage_results::metrics::{Id, id};

/// Supply and debt that have moved, in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let mean = |name: Id| {
        let estimate = evidence.estimate(name).filter(|_| evidence.has("/lending"))?;
        Some(estimate.scale().quantity(estimate.mean.mean))
    };
    let supply = mean(id::LENDING_MOVED_SUPPLY_SHARE)?;
    let debt = mean(id::LENDING_MOVED_DEBT_SHARE).map_or_else(String::new, |debt| format!(" and {debt} of the debt"));
    Some(format!("{supply} of the supply{debt} have moved to the new lending market"))
}

/// What moved, who waited for what, and what winding the old market down cost.
pub(super) fn lending_moves(evidence: &Evidence<'_>) -> Vec<String> {
    let shares =
        evidence.estimate(id::LENDING_MOVED_SUPPLY_SHARE).zip(evidence.estimate(id::LENDING_MOVED_SUPPLIERS_SHARE));
    let Some((supply, suppliers)) = shares else { return Vec::new() };
    let mut sentences = vec![format!(
        "{} of what is supplied stands in the new lending market at the end, moved by {} of the suppliers.",
        supply.mean_text(),
        suppliers.mean_text()
    )];
    if let Some((debt, borrowers)) =
        evidence.estimate(id::LENDING_MOVED_DEBT_SHARE).zip(evidence.estimate(id::LENDING_MOVED_BORROWERS_SHARE))
    {
        sentences.push(format!(
            "{} of what is owed has moved, with {} of the borrowers.",
            debt.mean_text(),
            borrowers.mean_text()
        ));
    }
    let waits = [
        (id::LENDING_MOVES_ROOM_WAIT_USD_HOURS, "the new market took no more"),
        (id::LENDING_MOVES_CASH_WAIT_USD_HOURS, "the old one had nothing left to pay out"),
    ];
    for (name, reason) in waits {
        if let Some(waited) = evidence.estimate(name).filter(|_| evidence.matters(name)) {
            sentences.push(format!("Suppliers wait {} because {reason}.", waited.mean_text()));
        }
    }
    if let Some(most) = evidence
        .estimate(id::LENDING_MOVES_WAITING_USD_MAX)
        .filter(|_| evidence.matters(id::LENDING_MOVES_WAITING_USD_MAX))
    {
        sentences.push(format!("At most {} wait at one time.", most.mean_text()));
    }
    if let Some(repaid) =
        evidence.estimate(id::LENDING_BY_STEPS_USD).filter(|_| evidence.matters(id::LENDING_BY_STEPS_USD))
    {
        sentences.push(format!(
            "Lower thresholds bring about {:.0} liquidations a run, of {} of debt.",
            evidence.mean(id::LENDING_LIQUIDATIONS_BY_STEPS),
            repaid.mean_text()
        ));
    }
    sentences
}
