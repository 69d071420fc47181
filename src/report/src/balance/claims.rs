//! Who receives and who pays where there are lending markets, derivatives, or prices that are manipulated.

use super::super::evidence::Evidence;
use portage_results::metrics::IDENTITY_TOLERANCE;

/// Parties to lending markets, perpetual exchanges and vaults: name in metrics, name in print.
const PARTIES: [(&str, &str, &str); 11] = [
    ("/lending", "lending_suppliers", "Suppliers of loans"),
    ("/lending", "lending_borrowers", "Borrowers"),
    ("/lending", "lending_liquidators", "Liquidators"),
    ("/lending", "lending_reserve", "Lending reserves"),
    ("/lending", "lending_backstop", "Backstops"),
    ("/perps", "perp_accounts", "Perpetual accounts"),
    ("/perps", "perp_makers", "Perpetual makers"),
    ("/perps", "perp_insurance", "Insurance funds"),
    ("/perps", "perp_exchanges", "Perpetual exchanges"),
    ("/vaults", "vault_depositors", "Vault depositors"),
    ("/vaults", "vault_buyers", "Options\u{2019} other side"),
];

/// A number that counts for nothing where a run has none.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Gas of lending, hedges and manipulations, USD by run.
pub(super) fn gas_usd(evidence: &Evidence<'_>) -> Vec<f64> {
    let lending = ["suppliers", "borrowers", "liquidators"].map(|party| format!("lending_{party}_gas_usd"));
    let names = [lending[0].as_str(), &lending[1], &lending[2], "vault_depositors_gas_usd", "oracle_attacks_gas_usd"];
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
        entries.push(("Other markets", evidence.column("lending_sale_elsewhere_usd").to_vec()));
        // Borrowers who move repay their old loans with flash loans of somebody outside.
        let lent = evidence.derived(["lending_borrowers_fees_usd"], |[fees]| -known(fees));
        entries.push(("Flash lenders", lent));
    }
    if evidence.has("/oracles") {
        entries.push(("Manipulators", evidence.column("oracle_attacker_profit_usd").to_vec()));
        // What they borrow from a lending market of the scenario is a loss of those who bear its bad debt.
        let outside = evidence.derived(["oracle_loss_usd", "lending_attacked_usd"], |[lost, inside]| {
            let outside = lost - known(inside);
            if outside.abs() < IDENTITY_TOLERANCE * lost.abs() { 0.0 } else { -outside }
        });
        entries.push(("Lenders outside", outside));
    }
    entries
}

/// closing - opening - market move - brought of a party; of borrowers, without what manipulators among them took.
fn net_usd(evidence: &Evidence<'_>, party: &str) -> Vec<f64> {
    let names = ["closing_usd", "opening_usd", "market_move_usd", "brought_usd"].map(|line| format!("{party}_{line}"));
    let net = evidence.derived([&names[0], &names[1], &names[2], &names[3]], |[closing, opening, moved, brought]| {
        let net = closing - opening - moved - known(brought);
        if net.abs() < IDENTITY_TOLERANCE * opening.abs().max(closing.abs()) { 0.0 } else { net }
    });
    if party != "lending_borrowers" {
        return net;
    }
    let taken = evidence.column("lending_attacked_usd").iter();
    net.iter().zip(taken).map(|(net, taken)| net - known(*taken)).collect()
}
