//! Who receives and who pays where there are lending markets, derivatives, or prices that are manipulated.

use super::super::evidence::Evidence;
use portage_engine::world::{Lender, Line};
use portage_results::metrics::IDENTITY_TOLERANCE;
use portage_results::metrics::id::{self, Party, PartyLine};

/// Parties to lending markets, perpetual exchanges and vaults: part of the scenario, which one, name in print.
const PARTIES: [(&str, Party, &str); 11] = [
    ("/lending", Party::Lender(Lender::Suppliers), "Suppliers of loans"),
    ("/lending", Party::Lender(Lender::Borrowers), "Borrowers"),
    ("/lending", Party::Lender(Lender::Liquidators), "Liquidators"),
    ("/lending", Party::Lender(Lender::Reserve), "Lending reserves"),
    ("/lending", Party::Lender(Lender::Backstop), "Backstops"),
    ("/perps", Party::PerpAccounts, "Perpetual accounts"),
    ("/perps", Party::PerpMakers, "Perpetual makers"),
    ("/perps", Party::PerpInsurance, "Insurance funds"),
    ("/perps", Party::PerpExchanges, "Perpetual exchanges"),
    ("/vaults", Party::VaultDepositors, "Vault depositors"),
    ("/vaults", Party::VaultBuyers, "Options\u{2019} other side"),
];

/// A number that counts for nothing where a run has none.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Gas of lending, hedges and manipulations, USD by run.
pub(super) fn gas_usd(evidence: &Evidence<'_>) -> Vec<f64> {
    let gas = |party| id::party(party, PartyLine::Change(Line::Gas));
    let names = [
        gas(Party::Lender(Lender::Suppliers)),
        gas(Party::Lender(Lender::Borrowers)),
        gas(Party::Lender(Lender::Liquidators)),
        gas(Party::VaultDepositors),
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
        let lent = evidence
            .derived([id::party(Party::Lender(Lender::Borrowers), PartyLine::Change(Line::Fees))], |[fees]| {
                -known(fees)
            });
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
fn net_usd(evidence: &Evidence<'_>, party: Party) -> Vec<f64> {
    let lines =
        [PartyLine::Closing, PartyLine::Opening, PartyLine::Change(Line::MarketMove), PartyLine::Change(Line::Brought)];
    let net = evidence.derived(lines.map(|line| id::party(party, line)), |[closing, opening, moved, brought]| {
        let net = closing - opening - moved - known(brought);
        if net.abs() < IDENTITY_TOLERANCE * opening.abs().max(closing.abs()) { 0.0 } else { net }
    });
    if party != Party::Lender(Lender::Borrowers) {
        return net;
    }
    let taken = evidence.column(id::LENDING_ATTACKED_USD);
    net.iter().zip(taken.iter()).map(|(net, taken)| net - known(*taken)).collect()
}
