//! Statements of parties of derivatives, line by line: what each opened with, what changed it, and what it closed with.

use super::Closing;
use super::dictionary::Metric;
use portage_engine::world::{Line, PartyStatement, Vault};

const IDENTITY: &str = "closing = opening + the sum of the lines";

/// Whose statement it is.
struct Side {
    /// The beginning of the metrics' names.
    name: &'static str,
    /// Who that is in words.
    who: &'static str,
    /// What can change its value.
    lines: &'static [Line],
    /// Its statements in a run, to be added up; empty without the party.
    read: fn(&Closing<'_>) -> Vec<PartyStatement>,
}

const OF_PERPS: [Line; 7] =
    [Line::Brought, Line::MarketMove, Line::Funding, Line::Liquidation, Line::Fees, Line::Slippage, Line::Losses];

const OF_VAULTS: [Line; 6] = [Line::MarketMove, Line::Premiums, Line::Options, Line::Slippage, Line::Gas, Line::Losses];

const OF_BUYERS: [Line; 4] = [Line::MarketMove, Line::Premiums, Line::Options, Line::Losses];

const SIDES: [Side; 6] = [
    Side {
        name: "perp_accounts",
        who: "account holders of perpetual exchanges",
        lines: &OF_PERPS,
        read: |closing| of_perps(closing, 0),
    },
    Side {
        name: "perp_makers",
        who: "market makers of perpetual exchanges",
        lines: &OF_PERPS,
        read: |closing| of_perps(closing, 1),
    },
    Side {
        name: "perp_insurance",
        who: "insurance funds of perpetual exchanges",
        lines: &OF_PERPS,
        read: |closing| of_perps(closing, 2),
    },
    Side { name: "perp_exchanges", who: "perpetual exchanges", lines: &OF_PERPS, read: |closing| of_perps(closing, 3) },
    Side {
        name: "vault_depositors",
        who: "depositors of vaults of options",
        lines: &OF_VAULTS,
        read: |closing| of_vaults(closing, Vault::depositors),
    },
    Side {
        name: "vault_buyers",
        who: "those who stand against vaults of options",
        lines: &OF_BUYERS,
        read: |closing| of_vaults(closing, Vault::buyers),
    },
];

/// The statement of the party at `place` among those to perpetual exchanges.
fn of_perps(closing: &Closing<'_>, place: usize) -> Vec<PartyStatement> {
    closing.world.instruments.perps.iter().map(|perps| perps.statements()[place].1).collect()
}

/// Statements of one party to every vault.
fn of_vaults(closing: &Closing<'_>, read: fn(&Vault) -> &PartyStatement) -> Vec<PartyStatement> {
    closing.world.instruments.vaults.iter().flat_map(|vaults| vaults.iter().map(|vault| *read(vault))).collect()
}

/// Sum of a figure over the statements of a party; NaN without one.
fn sum(statements: &[PartyStatement], figure: impl Fn(&PartyStatement) -> f64) -> f64 {
    if statements.is_empty() { f64::NAN } else { statements.iter().map(figure).sum() }
}

/// Statements of all parties.
pub(super) fn metrics() -> Vec<Metric> {
    SIDES.iter().flat_map(of_side).collect()
}

/// Opening, lines and closing of a party.
fn of_side(side: &'static Side) -> impl Iterator<Item = Metric> {
    let read = side.read;
    let opening = Metric::new(
        format!("{}_opening_usd", side.name),
        "USD",
        format!("value of {} at the opening", side.who),
        IDENTITY,
        move |closing: &Closing<'_>| sum(&read(closing), |statement| statement.opening),
    );
    let lines = side.lines.iter().map(move |&line| {
        let (name, words) = (line.name(), line.name().replace('_', " "));
        Metric::new(
            format!("{}_{name}_usd", side.name),
            "USD",
            format!("{words} of {}: a gain is positive", side.who),
            IDENTITY,
            move |closing: &Closing<'_>| sum(&read(closing), |statement| statement.line(line)),
        )
    });
    let closing = Metric::new(
        format!("{}_closing_usd", side.name),
        "USD",
        format!("value of {} at the end", side.who),
        IDENTITY,
        move |closing: &Closing<'_>| sum(&read(closing), |statement| statement.closing),
    );
    std::iter::once(opening).chain(lines).chain(std::iter::once(closing))
}
