//! Statements of the parties to lending markets, perpetual exchanges and vaults.

use super::super::evidence::{Estimate, Evidence};
use super::super::wording::Measure;
use super::Table;

/// Parties: part of the scenario, name in metrics, name in print.
type Entry = (&'static str, &'static str);

const LENDING: [Entry; 5] = [
    ("lending_suppliers", "Suppliers"),
    ("lending_borrowers", "Borrowers"),
    ("lending_liquidators", "Liquidators"),
    ("lending_reserve", "Reserves"),
    ("lending_backstop", "Backstops"),
];

const PERPS: [Entry; 4] = [
    ("perp_accounts", "Accounts"),
    ("perp_makers", "Makers"),
    ("perp_insurance", "Insurance funds"),
    ("perp_exchanges", "Exchanges"),
];

const VAULTS: [Entry; 2] = [("vault_depositors", "Depositors"), ("vault_buyers", "Other side of the options")];

/// Lines of the statements, in the order of print.
const LINES: [Entry; 13] = [
    ("opening", "Opening value"),
    ("brought", "Brought in, less taken out"),
    ("market_move", "Price moves"),
    ("interest", "Interest"),
    ("funding", "Funding"),
    ("premiums", "Premiums"),
    ("options", "Options: payouts, change of value"),
    ("liquidation", "Liquidations"),
    ("fees", "Fees"),
    ("slippage", "Slippage"),
    ("gas", "Gas"),
    ("losses", "Losses borne"),
    ("closing", "Closing value"),
];

/// One table a kind that the scenario has.
pub(super) fn statements(evidence: &Evidence<'_>) -> Vec<Table> {
    let kinds: [(&str, &'static str, &[Entry]); 3] = [
        ("/lending", "Lending markets, party by party", &LENDING),
        ("/perps", "Perpetual exchanges, party by party", &PERPS),
        ("/vaults", "Vaults of options, party by party", &VAULTS),
    ];
    let kinds = kinds.into_iter().filter(|(place, ..)| evidence.has(place));
    kinds.filter_map(|(_, title, parties)| statement(evidence, title, parties)).collect()
}

fn statement(evidence: &Evidence<'_>, title: &'static str, parties: &[Entry]) -> Option<Table> {
    let estimates = |line: &str| -> Vec<Option<Estimate>> {
        parties.iter().map(|(party, _)| evidence.estimate(&format!("{party}_{line}_usd"))).collect()
    };
    let mut rows = Vec::new();
    // Thousands, as in the statements of liquidity holders.
    let scale = Measure::Usd.scale(1e5);
    for (line, name) in LINES {
        let estimates = estimates(line);
        if estimates.iter().flatten().all(|estimate| estimate.mean.mean.abs() < super::super::findings::NOTICED_USD) {
            continue;
        }
        let cell = |estimate: &Option<Estimate>| {
            estimate.as_ref().map_or_else(String::new, |estimate| scale.number(estimate.mean.mean))
        };
        rows.push(std::iter::once(name.to_owned()).chain(estimates.iter().map(cell)).collect());
    }
    let heads = std::iter::once("Thousand USD").chain(parties.iter().map(|(_, name)| *name));
    (!rows.is_empty()).then(|| Table {
        title,
        note: "Means over runs; a gain is positive. Opening value and all lines sum to the closing value.".to_owned(),
        heads: heads.map(str::to_owned).collect(),
        rows,
    })
}
