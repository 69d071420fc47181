//! Decision blocs: single moves, and moves of one class in one block, that are large by themselves.

use super::{Narrative, Paragraph, words};
use crate::wording::{Measure, counted, quantity, whole};
use portage_base::actions::Place;
use portage_engine::world::LpClass;

/// Least share of the opening value that is a lump.
const LUMP_SHARE: f64 = 0.01;

/// Decision blocs that are listed, the largest.
const LISTED_MAX: usize = 25;

/// Moves that are carried out together.
struct Lump {
    seconds: f64,
    class: LpClass,
    direction: (Place, Place),
    providers: Vec<u32>,
    value_usd: f64,
    cost_usd: f64,
}

/// Every lump, in order of time.
pub(super) fn lumps(account: &Narrative<'_>) -> Vec<Paragraph> {
    let base = account.base_usd();
    let mut lumps = gathered(account);
    lumps.retain(|lump| lump.value_usd >= LUMP_SHARE * base);
    let heading = Paragraph::Heading("Lumps: moves of at least 1\u{a0}% of the opening value");
    if lumps.is_empty() {
        return vec![heading, Paragraph::Text("There was none: what moved, moved in small parts.".to_owned())];
    }
    let (found, total): (usize, f64) = (lumps.len(), lumps.iter().map(|lump| lump.value_usd).sum());
    lumps.sort_by(|a, b| b.value_usd.total_cmp(&a.value_usd));
    lumps.truncate(LISTED_MAX);
    lumps.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let rest = if found > LISTED_MAX { format!(" The {LISTED_MAX} largest are listed.") } else { String::new() };
    let row = |lump: &Lump| {
        vec![
            account.date(lump.seconds),
            name(account, lump),
            quantity(Measure::Usd, lump.value_usd),
            account.share(lump.value_usd),
            account.place(lump.direction.0),
            account.place(lump.direction.1),
            quantity(Measure::Usd, lump.cost_usd),
        ]
    };
    vec![
        heading,
        Paragraph::Text(format!(
            "{} {} of {} in all; what moved more than once counts each time. Cost: gas and slippage.{rest}",
            whole(found as u64),
            counted(found as u64, "lump", "lumps"),
            account.share(total)
        )),
        Paragraph::Table {
            heads: words(&["When", "Who", "Value", "Share", "From", "To", "Cost"]),
            rows: lumps.iter().map(row).collect(),
            names: 2,
        },
    ]
}

/// Moves by themselves, but integrators that go the same way in the same block, and the operator's batch, together.
fn gathered(account: &Narrative<'_>) -> Vec<Lump> {
    let mut lumps: Vec<Lump> = Vec::new();
    for step in account.decision_trace.moves.iter().filter(|step| step.from != step.to) {
        let provider = &account.world.books.providers.list[step.provider as usize];
        let direction = (step.from, step.to);
        // Moves stand in order: those of the same block are the last ones.
        let companions = lumps.iter_mut().rev().take_while(|lump| lump.seconds == step.seconds).find(|lump| {
            let are_integrators = provider.class == LpClass::Integrator && lump.class == provider.class;
            lump.direction == direction && (is_batch(direction) || are_integrators)
        });
        match companions {
            Some(lump) => {
                lump.providers.push(step.provider);
                lump.value_usd += provider.opening_usd;
                lump.cost_usd += step.cost_usd;
            }
            None => lumps.push(Lump {
                seconds: step.seconds,
                class: provider.class,
                direction,
                providers: vec![step.provider],
                value_usd: provider.opening_usd,
                cost_usd: step.cost_usd,
            }),
        }
    }
    lumps
}

/// Whether the operator has moved what was pledged.
const fn is_batch((from, to): (Place, Place)) -> bool {
    matches!((from, to), (Place::Pledged { here, .. }, Place::Pool(venue)) if here != venue)
}

fn name(account: &Narrative<'_>, lump: &Lump) -> String {
    let count = whole(lump.providers.len() as u64);
    match lump.providers[..] {
        _ if is_batch(lump.direction) => format!("operator's batch ({count})"),
        [one] => account.who(one),
        _ => format!("{count} {}s together", lump.class.name()),
    }
}
