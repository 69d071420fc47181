//! How much of the move the classes contributed, and what made them look.

use super::{Narrative, Paragraph, Side, words};
use crate::wording::{Measure, quantity, whole};
use portage_engine::run::Cause;
use portage_engine::world::LpClass;
use portage_results::metrics::TracedMove;
use std::collections::BTreeMap;

/// A move by provider.
type Arrivals<'a> = BTreeMap<u32, &'a TracedMove>;

/// What the classes, and the occasions on which people look, contributed to what stands in the new version.
pub(super) fn parts(account: &Narrative<'_>) -> Vec<Paragraph> {
    if !account.model.has_two_sides() {
        return Vec::new();
    }
    let arrivals = last_arrivals(account);
    vec![
        Paragraph::Heading("What the classes contributed, and on which occasion"),
        by_class(account, &arrivals),
        by_occasion(account, &arrivals),
        Paragraph::Text(
            "Moved: who stands in the new version at the end and came there by a move, farmers from outside too. Heads are \
             addresses."
                .to_owned(),
        ),
    ]
}

fn by_class(account: &Narrative<'_>, arrivals: &Arrivals<'_>) -> Paragraph {
    let mut rows = Vec::new();
    for class in LpClass::ALL {
        let members =
            || account.world.books.providers.list.iter().enumerate().filter(|(_, provider)| provider.class == class);
        if members().count() == 0 {
            continue;
        }
        let arrived = || members().filter(|(id, _)| arrivals.contains_key(&(*id as u32)));
        let moved_usd: f64 = arrived().map(|(_, provider)| provider.opening_usd).sum();
        rows.push(vec![
            class.name().to_owned(),
            quantity(Measure::Usd, members().map(|(_, provider)| provider.opening_usd).sum()),
            whole(members().count() as u64),
            quantity(Measure::Usd, moved_usd),
            whole(arrived().count() as u64),
            account.share(moved_usd),
        ]);
    }
    let heads = words(&["Class", "Opening value", "Heads", "Moved", "Heads moved", "Share"]);
    Paragraph::Table { heads, rows, names: 1 }
}

fn by_occasion(account: &Narrative<'_>, arrivals: &Arrivals<'_>) -> Paragraph {
    let occasions = [
        (Some(Cause::Review), "reviews, by choice"),
        (Some(Cause::Appointment), "integrators' own dates, by choice"),
        (Some(Cause::Clock), "the clock of the passive"),
        (Some(Cause::Herding), "because enough others had moved"),
        (Some(Cause::RunOnPool), "because too many others had left"),
        (None, "unknown"),
    ];
    let mut sums = [(0.0, 0_u64); 6];
    for (id, step) in arrivals {
        let wish = step.wish.and_then(|wish| account.decision_trace.wishes.get(wish));
        let cause = wish.map(|wish| wish.cause);
        let at = occasions.iter().position(|(known, _)| *known == cause).unwrap_or(occasions.len() - 1);
        sums[at].0 += account.opening_usd(*id);
        sums[at].1 += 1;
    }
    let found = occasions.iter().zip(sums).filter(|(_, (_, count))| *count > 0);
    let row = |((_, name), (usd, count)): (&(Option<Cause>, &str), (f64, u64))| {
        vec![(*name).to_owned(), quantity(Measure::Usd, usd), whole(count), account.share(usd)]
    };
    Paragraph::Table {
        heads: words(&["Occasion", "Moved", "Heads moved", "Share"]),
        rows: found.map(row).collect(),
        names: 1,
    }
}

/// The last move of everybody that stands in the new version at the end and came there by one.
fn last_arrivals<'a>(account: &Narrative<'a>) -> Arrivals<'a> {
    let is_there = |id: u32| account.side(account.world.books.providers.list[id as usize].place) == Side::New;
    let arrived = account
        .decision_trace
        .moves
        .iter()
        .filter(|step| account.side(step.to) == Side::New && is_there(step.provider));
    arrived.map(|step| (step.provider, step)).collect()
}
