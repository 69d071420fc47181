//! Tables of the incentive programmes: what they bought, and who received the rewards.

use super::super::evidence::{Estimate, Evidence};
use super::super::programmes::{Cost, DATES, Date, compared_runs, cost, missing, others_share};
use super::super::wording::{Measure, quantity, whole};
use super::{Table, heads};
use portage_engine::world::Holder;
use portage_results::metrics::Range;
use portage_results::metrics::id::{self, Fate, HolderLine, Owner};

/// A number that nobody knows.
const UNKNOWN: &str = "\u{2013}";

/// What stands where because of the programmes, and what would have anyway, date by date.
pub(super) fn bought(evidence: &Evidence<'_>) -> Option<Table> {
    const PARTS: [(Fate, &str); 6] = [
        (Fate::Bought, "Bought from outside"),
        (Fate::Moved, "Moved"),
        (Fate::Anyway, "Would have moved anyway"),
        (Fate::Deterred, "Deterred"),
        (Fate::LostToRivals, "Lost to rivals"),
        (Fate::LeftMarket, "Left the market"),
    ];
    let scope = evidence.scope;
    if !scope.has_programmes || !scope.has_providers {
        return None;
    }
    let cell = |estimate: Option<Estimate>| estimate.map_or_else(|| UNKNOWN.to_owned(), |part| part.mean_text());
    let row = |(fate, title): (Fate, &str)| {
        let title = if fate == Fate::Anyway && !scope.has_migration() { "Would stand there anyway" } else { title };
        let estimates = DATES.map(|date| evidence.estimate(id::fate(fate, date.place)));
        let is_known = estimates.iter().any(Option::is_some);
        is_known.then(|| std::iter::once(title.to_owned()).chain(estimates.map(cell)).collect::<Vec<String>>())
    };
    let mut rows: Vec<Vec<String>> = PARTS.into_iter().filter_map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let runs = compared_runs(evidence);
    if runs > 0 {
        let cost_text = |date: Date| cost(evidence, date).as_ref().map_or_else(|| UNKNOWN.to_owned(), Cost::text);
        rows.push(std::iter::once("Cost of each USD brought".to_owned()).chain(DATES.map(cost_text)).collect());
    }
    Some(Table {
        title: "What the programmes bought",
        note: note(evidence, runs),
        heads: heads(&["Opening value", "At their end", "30 days later", "90 days later"]),
        rows,
    })
}

fn note(evidence: &Evidence<'_>, runs: usize) -> String {
    let mut sentences = Vec::new();
    if runs > 0 {
        sentences.push(format!(
            "Means over {} runs that were simulated once more, with the same random numbers, without the protocol\u{2019}s own programmes. Bought and moved: stands in the paid version and would not without them; deterred: would and does not. Cost: rewards earned, of all these runs together, for each USD bought and moved less what was deterred; the mean of the runs\u{2019} own ratios is in the table of every metric.",
            whole(runs as u64)
        ));
    } else {
        sentences.push("Means over runs. None was repeated without the programmes.".to_owned());
    }
    if evidence.scope.can_lose() {
        sentences.push("Lost and left are counted over all runs, whatever the reason.".to_owned());
    }
    let until = DATES.into_iter().filter_map(|date| missing(evidence, date)).next_back();
    if let Some(until) = until {
        sentences
            .push(format!("A dash: the window ends before that date; for all columns it would have to reach {until}."));
    }
    sentences.join(" ")
}

/// Share of the rewards beside share of the opening value, class by class; then by address.
pub(super) fn receivers(evidence: &Evidence<'_>) -> Option<Table> {
    if !evidence.scope.has_programmes || !evidence.scope.has_providers {
        return None;
    }
    let text = |estimate: &Estimate| estimate.scale().bare_estimate(estimate.mean.mean, &estimate.mean.interval);
    let row = |(owner, title): (Owner, &str)| {
        let Owner::Holder(Holder::Class(class)) = owner else { return None };
        let rewards = evidence.estimate(id::rewards_to(class))?;
        // What rivals opened with belongs to nobody who could be paid to move.
        let openings =
            [owner, Owner::Providers, Owner::Holder(Holder::Rest)].map(|owner| owner.line(HolderLine::Opening));
        let held = evidence.derived_estimate(openings, (Measure::Share, Range::Part), |[class, all, others]| {
            if all > others { class / (all - others) } else { f64::NAN }
        });
        let held = held.map_or_else(String::new, |held| text(&held));
        Some(vec![title.to_owned(), text(&rewards), held])
    };
    let mut rows: Vec<Vec<String>> = evidence.holders().into_iter().filter_map(row).collect();
    if rows.is_empty() {
        return None;
    }
    if let Some(others) = others_share(evidence).filter(|others| others.mean.mean > 0.0) {
        rows.push(vec!["Others".to_owned(), text(&others), String::new()]);
    }
    if let Some(top) = evidence.estimate(id::REWARDS_TOP_1_SHARE) {
        rows.push(vec!["Top 1 % of those paid".to_owned(), text(&top), String::new()]);
    }
    let addresses = evidence.estimate(id::REWARDS_ADDRESSES);
    let addresses = addresses.map_or_else(String::new, |addresses| {
        format!(" {} addresses receive any on average.", quantity(Measure::Count, addresses.mean.mean))
    });
    Some(Table {
        title: "Who received the rewards",
        note: format!(
            "Means over runs, in per cent of the rewards earned and of opening value, capital that waits outside included.{addresses}"
        ),
        heads: heads(&["Class", "Rewards, %", "Opening value, %"]),
        rows,
    })
}
