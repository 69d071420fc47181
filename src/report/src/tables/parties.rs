//! Statements of the parties to lending markets, perpetual exchanges and vaults.

use super::super::evidence::{Estimate, Evidence};
use super::super::wording::Measure;
use super::Table;
use portage_engine::world::{Lender, Line};
use portage_results::metrics::id::{self, Stakeholder, StakeholderLine};

/// A party and its name in print.
type Entry = (Stakeholder, &'static str);

const LENDING: [Entry; 5] = [
    (Stakeholder::Lender(Lender::Suppliers), "Suppliers"),
    (Stakeholder::Lender(Lender::Borrowers), "Borrowers"),
    (Stakeholder::Lender(Lender::Liquidators), "Liquidators"),
    (Stakeholder::Lender(Lender::Reserve), "Reserves"),
    (Stakeholder::Lender(Lender::Backstop), "Backstops"),
];

const PERPS: [Entry; 4] = [
    (Stakeholder::PerpAccounts, "Accounts"),
    (Stakeholder::PerpMakers, "Makers"),
    (Stakeholder::PerpInsurance, "Insurance funds"),
    (Stakeholder::PerpExchanges, "Exchanges"),
];

const VAULTS: [Entry; 2] =
    [(Stakeholder::VaultDepositors, "Depositors"), (Stakeholder::VaultBuyers, "Other side of the options")];

/// Lines of the statements, in the order of print.
const LINES: [(StakeholderLine, &str); 13] = [
    (StakeholderLine::Opening, "Opening value"),
    (StakeholderLine::Change(Line::Brought), "Brought in, less taken out"),
    (StakeholderLine::Change(Line::MarketMove), "Price moves"),
    (StakeholderLine::Change(Line::Interest), "Interest"),
    (StakeholderLine::Change(Line::Funding), "Funding"),
    (StakeholderLine::Change(Line::Premiums), "Premiums"),
    (StakeholderLine::Change(Line::Options), "Options: payouts, change of value"),
    (StakeholderLine::Change(Line::Liquidation), "Liquidations"),
    (StakeholderLine::Change(Line::Fees), "Fees"),
    (StakeholderLine::Change(Line::Slippage), "Slippage"),
    (StakeholderLine::Change(Line::Gas), "Gas"),
    (StakeholderLine::Change(Line::Losses), "Losses borne"),
    (StakeholderLine::Closing, "Closing value"),
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
        parties.iter().map(|(party, _)| evidence.estimate(id::stakeholder(*party, line))).collect()
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
