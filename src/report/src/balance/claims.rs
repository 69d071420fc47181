//! Who receives and who pays where there are lending markets, derivatives, or prices that are manipulated.

use super::super::evidence::Evidence;
use portage_engine::world::{Lender, Line};
use portage_results::metrics::IDENTITY_TOLERANCE;
use portage_results::metrics::id::{self, Stakeholder, StakeholderLine};

/// Parties to lending markets, perpetual exchanges and vaults: part of the scenario, which one, name in print.
const PARTIES: [(&str, Stakeholder, &str); 11] = [
    ("/lending", Stakeholder::Lender(Lender::Suppliers), "Suppliers of loans"),
    ("/lending", Stakeholder::Lender(Lender::Borrowers), "Borrowers"),
    ("/lending", Stakeholder::Lender(Lender::Liquidators), "Liquidators"),
    ("/lending", Stakeholder::Lender(Lender::Reserve), "Lending reserves"),
    ("/lending", Stakeholder::Lender(Lender::Backstop), "Backstops"),
    ("/perps", Stakeholder::PerpAccounts, "Perpetual accounts"),
    ("/perps", Stakeholder::PerpMakers, "Perpetual makers"),
    ("/perps", Stakeholder::PerpInsurance, "Insurance funds"),
    ("/perps", Stakeholder::PerpExchanges, "Perpetual exchanges"),
    ("/vaults", Stakeholder::VaultDepositors, "Vault depositors"),
    ("/vaults", Stakeholder::VaultBuyers, "Options\u{2019} other side"),
];

/// A number that counts for nothing where a run has none.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Gas of lending, hedges and manipulations, USD by run.
pub(super) fn gas_usd(evidence: &Evidence<'_>) -> Vec<f64> {
    let gas = |party| id::stakeholder(party, StakeholderLine::Change(Line::Gas));
    let names = [
        gas(Stakeholder::Lender(Lender::Suppliers)),
        gas(Stakeholder::Lender(Lender::Borrowers)),
        gas(Stakeholder::Lender(Lender::Liquidators)),
        gas(Stakeholder::VaultDepositors),
        id::ORACLE_ATTACKS_GAS_USD,
    ];
    evidence.derived(names, |[suppliers, borrowers, liquidators, hedges, manipulators]| {
        // In statements a cost is negative.
        known(manipulators) - [suppliers, borrowers, liquidators, hedges].map(known).iter().sum::<f64>()
    })
}

/// What each party has of others, apart from price moves and from what it brought itself, USD by run.
pub(super) fn parties(evidence: &Evidence<'_>) -> Vec<(&'static str, Vec<f64>)> {
    let mut entries = Vec::new();
    for (part, name, title) in PARTIES {
        if evidence.has(part) {
            entries.push((title, net_usd(evidence, name)));
        }
    }
    if evidence.has("/lending") {
        entries.push(("Other markets", evidence.column(id::LENDING_SALE_ELSEWHERE_USD).to_vec()));
        // Borrowers who move repay their old loans with flash loans of somebody outside.
        let lent = evidence.derived(
            [id::stakeholder(Stakeholder::Lender(Lender::Borrowers), StakeholderLine::Change(Line::Fees))],
            |[fees]| -known(fees),
        );
        entries.push(("Flash lenders", lent));
    }
    if evidence.has("/oracles") {
        entries.push(("Manipulators", evidence.column(id::ORACLE_ATTACKER_PROFIT_USD).to_vec()));
        // What they borrow from a lending market of the scenario is a loss of those who bear its bad debt.
        let outside = evidence.derived([id::ORACLE_LOSS_USD, id::LENDING_ATTACKED_USD], |[lost, inside]| {
            let outside = lost - known(inside);
            if outside.abs() < IDENTITY_TOLERANCE * lost.abs() { 0.0 } else { -outside }
        });
        entries.push(("Lenders outside", outside));
    }
    entries
}

/// closing - opening - market move - brought of a party; of borrowers, without what manipulators among them took.
fn net_usd(evidence: &Evidence<'_>, party: Stakeholder) -> Vec<f64> {
    let lines = [
        StakeholderLine::Closing,
        StakeholderLine::Opening,
        StakeholderLine::Change(Line::MarketMove),
        StakeholderLine::Change(Line::Brought),
    ];
    let net = evidence.derived(lines.map(|line| id::stakeholder(party, line)), |[closing, opening, moved, brought]| {
        let net = closing - opening - moved - known(brought);
        if net.abs() < IDENTITY_TOLERANCE * opening.abs().max(closing.abs()) { 0.0 } else { net }
    });
    if party != Stakeholder::Lender(Lender::Borrowers) {
        return net;
    }
    let taken = evidence.column(id::LENDING_ATTACKED_USD);
    net.iter().zip(taken.iter()).map(|(net, taken)| net - known(*taken)).collect()
}
