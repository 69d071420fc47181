//! What became of loans, perpetual accounts and those who owe one another in the run: its outcome, not its causes.

use super::{Account, Passage};
use crate::wording::{Measure, listed, quantity};
use portage_base::units::SECONDS_PER_DAY;
use portage_results::metrics::position;

/// Less than this is rounding, USD.
const NOTICED_USD: f64 = 1.0;

/// The value of a metric in the run; `None` where it has none.
fn value(account: &Account<'_>, name: &str) -> Option<f64> {
    position(name).and_then(|index| account.outcome.get(index)).copied().filter(|value| value.is_finite())
}

fn usd(account: &Account<'_>, name: &str) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Usd, if value.abs() < NOTICED_USD { 0.0 } else { value }))
}

fn number(account: &Account<'_>, name: &str) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Count, value))
}

fn share(account: &Account<'_>, name: &str) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Share, value))
}

/// Who else moves but is not explained here, in one sentence; `None` where only liquidity providers could.
pub(super) fn unexplained(account: &Account<'_>) -> Option<String> {
    let movers = [
        ("lending_moved_supply_share", "users of lending markets"),
        ("perp_moved_share", "accounts of perpetual exchanges"),
    ];
    let movers: Vec<String> =
        movers.into_iter().filter(|(name, _)| value(account, name).is_some()).map(|(_, who)| who.to_owned()).collect();
    (!movers.is_empty()).then(|| {
        format!("Explained here are liquidity providers alone; what {} do stands in the report.", listed(&movers))
    })
}

/// What became of credit in the run, in one paragraph.
pub(super) fn claims(account: &Account<'_>) -> Vec<Passage> {
    let parts = [lending(account), perps(account), oracles(account), network(account)];
    let sentences: Vec<String> = parts.into_iter().flatten().collect();
    if sentences.is_empty() {
        return Vec::new();
    }
    vec![Passage::Heading("What became of credit"), Passage::Text(sentences.join(" "))]
}

fn lending(account: &Account<'_>) -> Option<String> {
    if account.model.lending.is_empty() {
        return None;
    }
    let debt = usd(account, "lending_bad_debt_usd")?;
    let moved = share(account, "lending_moved_supply_share").zip(share(account, "lending_moved_debt_share"));
    let moved = moved.map_or_else(String::new, |(supply, debt)| {
        format!(" {supply} of what is supplied and {debt} of what is owed stand in the new market.")
    });
    let liquidated = number(account, "lending_liquidations").zip(usd(account, "lending_liquidated_usd"));
    let liquidated = liquidated.map_or_else(String::new, |(count, usd)| {
        let unpaid = number(account, "lending_unpaid_liquidations");
        let unpaid = unpaid.map_or_else(String::new, |unpaid| format!("; liquidations that did not pay: {unpaid}"));
        format!(" Liquidations: {count}, of collateral of {usd}{unpaid}.")
    });
    Some(format!("Lending markets are left with bad debt of {debt}.{moved}{liquidated}"))
}

fn perps(account: &Account<'_>) -> Option<String> {
    account.model.perps.as_ref()?;
    let (liquidated, debt) = number(account, "perp_liquidated").zip(usd(account, "perp_bad_debt_usd"))?;
    let caused = number(account, "perp_liquidations_caused").map_or_else(String::new, |caused| {
        format!(", of them only because an exchange stood still or their collateral was under way: {caused}")
    });
    Some(format!("Perpetual accounts liquidated: {liquidated}{caused}; bad debt beyond their collateral: {debt}."))
}

fn oracles(account: &Account<'_>) -> Option<String> {
    let attacks = value(account, "oracle_attacks").filter(|attacks| *attacks > 0.0)?;
    let loss = usd(account, "oracle_loss_usd").map_or_else(String::new, |loss| format!("; they cost others {loss}"));
    Some(format!("Attacks on oracles begun: {}{loss}.", quantity(Measure::Count, attacks)))
}

fn network(account: &Account<'_>) -> Option<String> {
    account.model.network.as_ref()?;
    let lost = usd(account, "network_loss_usd")?;
    let weakest = value(account, "network_weakest_day").zip(usd(account, "network_total_loss_usd"));
    let weakest = weakest.map_or_else(String::new, |(day, loss)| {
        format!(
            "; on its weakest day, {}, the loss that is measured there comes to {loss}",
            account.date(day * SECONDS_PER_DAY)
        )
    });
    Some(format!("Nodes of the network have lost {lost} since the opening{weakest}."))
}
