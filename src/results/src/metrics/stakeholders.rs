//! Statements of the parties to lending markets and derivatives, line by line: what each opened with, what changed it, and what it
//! closed with.

use super::Closing;
use super::metric::{DEFINITION, Family, Id, Metric, Range, Unit};
use super::part::Part;
use portage_engine::world::{Lender, Line, StakeholderStatement, Vault};

const IDENTITY: &str = "closing = opening + the sum of the lines";

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stakeholder {
    /// A party to lending markets.
    Lender(Lender),
    /// Account holders of perpetual exchanges.
    PerpAccounts,
    /// Market makers of perpetual exchanges.
    PerpMakers,
    /// Insurance funds of perpetual exchanges.
    PerpInsurance,
    /// Perpetual exchanges.
    PerpExchanges,
    /// Depositors of vaults of options.
    VaultDepositors,
    /// Those who stand against vaults of options.
    VaultBuyers,
}

/// A line of a party's statement, USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StakeholderLine {
    /// Value at the opening.
    Opening,
    /// What changed it; a gain is positive.
    Change(Line),
    /// Value at the end.
    Closing,
}

const OF_LENDING: [Line; 8] = [
    Line::Brought,
    Line::MarketMove,
    Line::Interest,
    Line::Liquidation,
    Line::Fees,
    Line::Slippage,
    Line::Gas,
    Line::Losses,
];

const OF_PERPS: [Line; 7] =
    [Line::Brought, Line::MarketMove, Line::Funding, Line::Liquidation, Line::Fees, Line::Slippage, Line::Losses];

const OF_VAULTS: [Line; 6] = [Line::MarketMove, Line::Premiums, Line::Options, Line::Slippage, Line::Gas, Line::Losses];

const OF_BUYERS: [Line; 4] = [Line::MarketMove, Line::Premiums, Line::Options, Line::Losses];

const OF_DERIVATIVES: [Stakeholder; 6] = [
    Stakeholder::PerpAccounts,
    Stakeholder::PerpMakers,
    Stakeholder::PerpInsurance,
    Stakeholder::PerpExchanges,
    Stakeholder::VaultDepositors,
    Stakeholder::VaultBuyers,
];

impl Stakeholder {
    /// The beginning of its metrics' names, and who that is in words.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Lender(Lender::Suppliers) => ("lending_suppliers", "the lending markets' suppliers"),
            Self::Lender(Lender::Borrowers) => ("lending_borrowers", "the lending markets' borrowers"),
            Self::Lender(Lender::Liquidators) => ("lending_liquidators", "the lending markets' liquidators"),
            Self::Lender(Lender::Reserve) => ("lending_reserve", "the lending markets' reserve"),
            Self::Lender(Lender::Backstop) => ("lending_backstop", "the lending markets' backstop"),
            Self::PerpAccounts => ("perp_accounts", "account holders of perpetual exchanges"),
            Self::PerpMakers => ("perp_makers", "market makers of perpetual exchanges"),
            Self::PerpInsurance => ("perp_insurance", "insurance funds of perpetual exchanges"),
            Self::PerpExchanges => ("perp_exchanges", "perpetual exchanges"),
            Self::VaultDepositors => ("vault_depositors", "depositors of vaults of options"),
            Self::VaultBuyers => ("vault_buyers", "those who stand against vaults of options"),
        }
    }

    /// What can change its value, and the part of the model that it belongs to.
    const fn lines(self) -> (&'static [Line], Part) {
        match self {
            Self::Lender(_) => (&OF_LENDING, Part::Lending),
            Self::PerpAccounts | Self::PerpMakers | Self::PerpInsurance | Self::PerpExchanges => {
                (&OF_PERPS, Part::Perps)
            }
            Self::VaultDepositors => (&OF_VAULTS, Part::Vaults),
            Self::VaultBuyers => (&OF_BUYERS, Part::Vaults),
        }
    }

    /// Its statements in a run, to be added up.
    fn statements(self, closing: &Closing<'_>) -> Vec<StakeholderStatement> {
        let instruments = &closing.world.instruments;
        let of_perps = |place: usize| instruments.perps.iter().map(|perps| perps.statements()[place].1).collect();
        let vaults = || instruments.vaults.iter().flat_map(|vaults| vaults.iter());
        match self {
            Self::Lender(lender) => {
                let markets = instruments.lending.iter().flat_map(|lending| &lending.markets);
                markets.map(|one| one.stakeholder(lender).statement).collect()
            }
            Self::PerpAccounts => of_perps(0),
            Self::PerpMakers => of_perps(1),
            Self::PerpInsurance => of_perps(2),
            Self::PerpExchanges => of_perps(3),
            Self::VaultDepositors => vaults().map(|vault: &Vault| *vault.depositors()).collect(),
            Self::VaultBuyers => vaults().map(|vault: &Vault| *vault.buyers()).collect(),
        }
    }
}

/// A line of the statement of `party`.
#[must_use]
pub const fn stakeholder(stakeholder: Stakeholder, line: StakeholderLine) -> Id {
    Id::of(
        stakeholder.names().0,
        0,
        match line {
            StakeholderLine::Opening => "opening_usd",
            StakeholderLine::Closing => "closing_usd",
            StakeholderLine::Change(line) => match line {
                Line::Brought => "brought_usd",
                Line::MarketMove => "market_move_usd",
                Line::Interest => "interest_usd",
                Line::Funding => "funding_usd",
                Line::Premiums => "premiums_usd",
                Line::Options => "options_usd",
                Line::Liquidation => "liquidation_usd",
                Line::Fees => "fees_usd",
                Line::Slippage => "slippage_usd",
                Line::Gas => "gas_usd",
                Line::Losses => "losses_usd",
            },
        },
    )
}

/// Statements of the parties to lending markets: what each opened and closed with, then the lines.
pub(super) fn of_lending() -> impl Iterator<Item = Metric> {
    let ends = |lender| {
        [StakeholderLine::Opening, StakeholderLine::Closing].map(|line| metric(Stakeholder::Lender(lender), line))
    };
    let lines = |lender| OF_LENDING.map(|line| metric(Stakeholder::Lender(lender), StakeholderLine::Change(line)));
    Lender::ALL.into_iter().flat_map(ends).chain(Lender::ALL.into_iter().flat_map(lines))
}

/// Statements of the parties to derivatives.
pub(super) fn of_derivatives() -> impl Iterator<Item = Metric> {
    OF_DERIVATIVES.into_iter().flat_map(|stakeholder| {
        let lines = stakeholder.lines().0.iter().map(|line| StakeholderLine::Change(*line));
        let all =
            std::iter::once(StakeholderLine::Opening).chain(lines).chain(std::iter::once(StakeholderLine::Closing));
        all.map(move |line| metric(stakeholder, line))
    })
}

fn metric(of: Stakeholder, line: StakeholderLine) -> Metric {
    let who = of.names().1;
    let meaning = match line {
        StakeholderLine::Opening => format!("value of {who} at the opening"),
        StakeholderLine::Closing => format!("value of {who} at the end"),
        StakeholderLine::Change(line) => format!("{} of {who}: a gain is positive", line.name().replace('_', " ")),
    };
    let source = if matches!(of, Stakeholder::Lender(_)) { DEFINITION } else { IDENTITY };
    let range = (Unit::Usd, Range::Signed);
    let metric = Metric::new((stakeholder(of, line), of.lines().1), range, meaning, source, move |closing| {
        let statements = of.statements(closing);
        let figure = |statement: &StakeholderStatement| match line {
            StakeholderLine::Opening => statement.opening,
            StakeholderLine::Closing => statement.closing,
            StakeholderLine::Change(line) => statement.line(line),
        };
        // Without a party there is no value; the sum of nothing would be one.
        if statements.is_empty() { f64::NAN } else { statements.iter().map(figure).sum() }
    });
    metric.of(Family::Parties)
}
