//! Statements of the parties to lending markets, perpetual exchanges and vaults.

use super::super::evidence::{Estimate, Evidence};
use super::super::wording::Measure;
use super::Table;
use portage_engine::world::{Lender, Line};
use portage_results::metrics::id::{self, Party, PartyLine};

/// A party and its name in print.
type Entry = (Party, &'static str);

const LENDING: [Entry; 5] = [
    (Party::Lender(Lender::Suppliers), "Suppliers"),
    (Party::Lender(Lender::Borrowers), "Borrowers"),
    (Party::Lender(Lender::Liquidators), "Liquidators"),
    (Party::Lender(Lender::Reserve), "Reserves"),
    (Party::Lender(Lender::Backstop), "Backstops"),
];

const PERPS: [Entry; 4] = [
    (Party::PerpAccounts, "Accounts"),
    (Party::PerpMakers, "Makers"),
    (Party::PerpInsurance, "Insurance funds"),
    (Party::PerpExchanges, "Exchanges"),
];

const VAULTS: [Entry; 2] = [(Party::VaultDepositors, "Depositors"), (Party::VaultBuyers, "Other side of the options")];

/// Lines of the statements, in the order of print.
const LINES: [(PartyLine, &str); 13] = [
    (PartyLine::Opening, "Opening value"),
    (PartyLine::Change(Line::Brought), "Brought in, less taken out"),
    (PartyLine::Change(Line::MarketMove), "Price moves"),
    (PartyLine::Change(Line::Interest), "Interest"),
    (PartyLine::Change(Line::Funding), "Funding"),
    (PartyLine::Change(Line::Premiums), "Premiums"),
    (PartyLine::Change(Line::Options), "Options: payouts, change of value"),
    (PartyLine::Change(Line::Liquidation), "Liquidations"),
    (PartyLine::Change(Line::Fees), "Fees"),
    (PartyLine::Change(Line::Slippage), "Slippage"),
    (PartyLine::Change(Line::Gas), "Gas"),
    (PartyLine::Change(Line::Losses), "Losses borne"),
    (PartyLine::Closing, "Closing value"),
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
    let estimates = |line| -> Vec<Option<Estimate>> {
        parties.iter().map(|(party, _)| evidence.estimate(id::party(*party, line))).collect()
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
