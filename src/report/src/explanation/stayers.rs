//! Who did not move, and why.

use super::{Narrative, Paragraph, Side, words};
use crate::wording::{Measure, quantity, whole};
use portage_base::actions::Place;
use portage_engine::world::LpClass;

/// Gas above this share of the position holds it back: at the default effect of cost it halves the hazard of the passive.
const DEAR_GAS_SHARE: f64 = 0.02;

/// Why an old version's provider does not stand in the new one at the end, in the order in which they are asked.
const WHY: [&str; 11] = [
    "left the market",
    "moved and came back",
    "locked to the end",
    "never heard of it",
    "never act",
    "gas above 2 % of the position",
    "on the way, pledged or waiting for a block",
    "passive, their time had not come",
    "looked and stayed by choice",
    "passive, found no pool to go to",
    "never looked",
];

/// The old version's providers that do not stand in the new one at the end, by reason.
pub(super) fn stayers(account: &Narrative<'_>) -> Vec<Paragraph> {
    if !account.model.has_two_sides() || account.world.books.providers.origin_count == 0 {
        return Vec::new();
    }
    let gas_usd = account.decision_trace.mean_gas_usd();
    let mut sums = [(0.0, 0_u64); WHY.len()];
    let mut ever_new = vec![false; account.world.books.providers.list.len()];
    for step in account.decision_trace.moves.iter().filter(|step| account.side(step.to) == Side::New) {
        ever_new[step.provider as usize] = true;
    }
    for (id, provider) in account.world.books.providers.list.iter().enumerate() {
        if !provider.started_old || provider.has_migrated {
            continue;
        }
        let bystander = &account.decision_trace.bystanders[id];
        let is_under_way = provider.is_waiting || matches!(provider.place, Place::InFlight(_) | Place::Pledged { .. });
        let holds = [
            provider.place == Place::Outside,
            ever_new[id],
            bystander.is_locked,
            f64::from(provider.awareness) > account.decision_trace.informed,
            bystander.never_acts,
            gas_usd > DEAR_GAS_SHARE * provider.opening_usd,
            is_under_way,
            bystander.still_waits,
            bystander.stayed > 0,
            provider.class == LpClass::Passive,
        ];
        let why = holds.iter().position(|holds| *holds).unwrap_or(WHY.len() - 1);
        sums[why].0 += provider.opening_usd;
        sums[why].1 += 1;
    }
    let heading = Paragraph::Heading("Who does not stand in the new version at the end, and why");
    let found: Vec<(&str, (f64, u64))> = WHY.into_iter().zip(sums).filter(|(_, (_, count))| *count > 0).collect();
    if found.is_empty() {
        return vec![heading, Paragraph::Text("Everybody does.".to_owned())];
    }
    let row = |(why, (usd, count)): &(&str, (f64, u64))| {
        vec![(*why).to_owned(), quantity(Measure::Usd, *usd), account.share(*usd), whole(*count)]
    };
    let rows = found.iter().map(row).collect();
    vec![
        heading,
        Paragraph::Table { heads: words(&["Why", "Value", "Share", "Addresses"]), rows, names: 1 },
        Paragraph::Text(format!(
            "Each counts once, by the first reason in this order that holds. {} of the people had heard of the migration by the \
             end; the gas of a move cost {} on average over time.",
            quantity(Measure::Share, account.decision_trace.informed),
            quantity(Measure::Usd, gas_usd)
        )),
    ]
}
