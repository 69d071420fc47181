//! What became of loans, perpetual accounts and those who owe one another in the run: its outcome, not its causes.

use super::{Narrative, Paragraph};
use crate::wording::{Measure, listed, quantity};
use portage_base::units::SECONDS_PER_DAY;
use portage_results::metrics::{Closing, Id, id};

/// Less than this is rounding, USD.
const NOTICED_USD: f64 = 1.0;

/// The value of a metric in the run; `None` where it has none.
fn value(account: &Narrative<'_>, name: Id) -> Option<f64> {
    let (model, world, recorder) = (account.model, account.world, &account.decision_trace.recorder);
    let closing = Closing { model, world, recorder, without: None };
    name.metric().map(|metric| metric.read(&closing)).filter(|value| value.is_finite())
}

fn usd(account: &Narrative<'_>, name: Id) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Usd, if value.abs() < NOTICED_USD { 0.0 } else { value }))
}

fn number(account: &Narrative<'_>, name: Id) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Count, value))
}

fn share(account: &Narrative<'_>, name: Id) -> Option<String> {
    value(account, name).map(|value| quantity(Measure::Share, value))
}

/// Who else moves but is not explained here, in one sentence; `None` where only liquidity providers could.
pub(super) fn unexplained(account: &Narrative<'_>) -> Option<String> {
    let movers = [
        (id::LENDING_MOVED_SUPPLY_SHARE, "users of lending markets"),
        (id::PERP_MOVED_SHARE, "accounts of perpetual exchanges"),
    ];
    let movers: Vec<String> =
        movers.into_iter().filter(|(name, _)| value(account, *name).is_some()).map(|(_, who)| who.to_owned()).collect();
    (!movers.is_empty()).then(|| {
        format!("Explained here are liquidity providers alone; what {} do stands in the report.", listed(&movers))
    })
}

/// What became of credit in the run, in one paragraph.
pub(super) fn claims(account: &Narrative<'_>) -> Vec<Paragraph> {
    let parts = [lending(account), perps(account), oracles(account), network(account)];
    let sentences: Vec<String> = parts.into_iter().flatten().collect();
    if sentences.is_empty() {
        return Vec::new();
    }
    vec![Paragraph::Heading("What became of credit"), Paragraph::Text(sentences.join(" "))]
}

fn lending(account: &Narrative<'_>) -> Option<String> {
    if account.model.lending.is_empty() {
        return None;
    }
    let debt = usd(account, id::LENDING_BAD_DEBT_USD)?;
    let moved = share(account, id::LENDING_MOVED_SUPPLY_SHARE).zip(share(account, id::LENDING_MOVED_DEBT_SHARE));
    let moved = moved.map_or_else(String::new, |(supply, debt)| {
        format!(" {supply} of what is supplied and {debt} of what is owed stand in the new market.")
    });
    let liquidated = number(account, id::LENDING_LIQUIDATIONS).zip(usd(account, id::LENDING_LIQUIDATED_USD));
    let liquidated = liquidated.map_or_else(String::new, |(count, usd)| {
        let unpaid = number(account, id::LENDING_UNPAID_LIQUIDATIONS);
        let unpaid = unpaid.map_or_else(String::new, |unpaid| format!("; liquidations that did not pay: {unpaid}"));
        format!(" Liquidations: {count}, of collateral of {usd}{unpaid}.")
    });
    Some(format!("Lending markets are left with bad debt of {debt}.{moved}{liquidated}"))
}

fn perps(account: &Narrative<'_>) -> Option<String> {
    account.model.perps.as_ref()?;
    let (liquidated, debt) = number(account, id::PERP_LIQUIDATED).zip(usd(account, id::PERP_BAD_DEBT_USD))?;
    let caused = number(account, id::PERP_LIQUIDATIONS_CAUSED).map_or_else(String::new, |caused| {
        format!(", of them only because an exchange stood still or their collateral was under way: {caused}")
    });
    Some(format!("Perpetual accounts liquidated: {liquidated}{caused}; bad debt beyond their collateral: {debt}."))
}

fn oracles(account: &Narrative<'_>) -> Option<String> {
    let attacks = value(account, id::ORACLE_ATTACKS).filter(|attacks| *attacks > 0.0)?;
    let loss = usd(account, id::ORACLE_LOSS_USD).map_or_else(String::new, |loss| format!("; they cost others {loss}"));
    Some(format!("Attacks on oracles begun: {}{loss}.", quantity(Measure::Count, attacks)))
}

fn network(account: &Narrative<'_>) -> Option<String> {
    account.model.network.as_ref()?;
    let lost = usd(account, id::NETWORK_LOSS_USD)?;
    let weakest = value(account, id::NETWORK_WEAKEST_DAY).zip(usd(account, id::NETWORK_TOTAL_LOSS_USD));
    let weakest = weakest.map_or_else(String::new, |(day, loss)| {
        format!(
            "; on its weakest day, {}, the loss that is measured there comes to {loss}",
            account.date(day * SECONDS_PER_DAY)
        )
    });
    Some(format!("Nodes of the network have lost {lost} since the opening{weakest}."))
}
