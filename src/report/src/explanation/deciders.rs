//! The providers that decided the outcome, and what they weighed.

use super::{Narrative, Paragraph, percent, words};
use crate::wording::{Measure, listed, quantity};
use portage_base::actions::Place;
use portage_engine::agents::{Reasons, Weighed};
use portage_engine::run::Cause;
use portage_results::metrics::TracedMove;
use std::collections::BTreeMap;

/// Providers that are listed.
const LISTED: usize = 10;

/// Names of the terms, in the order of [`Reasons::terms`], short for a column and long for a sentence.
const TERMS: [(&str, &str); 10] = [
    ("Fees", "fees"),
    ("Rewards", "rewards"),
    ("LVR", "loss versus rebalancing"),
    ("Failure", "the expected loss from failure"),
    ("Risk", "risk"),
    ("Outside", "the yield outside of the market"),
    ("Cost", "the cost of the move"),
    ("Penalty", "the penalty on leaving or moving"),
    ("Inertia", "inertia"),
    ("Social", "the number of others there"),
];

/// A term in which going and staying differ by less than this moved nobody, per year.
const LEAST_DIFFERENCE: f64 = 5e-4;

/// A provider with the last move that brought it to another side.
struct Decider<'a> {
    provider: u32,
    step: &'a TracedMove,
    weighed: &'a [Weighed],
    cause: Option<Cause>,
}

impl Decider<'_> {
    /// What it weighed for staying, and for where it went.
    fn stay_and_go(&self) -> Option<(&Weighed, &Weighed)> {
        let stay = self.weighed.iter().find(|weighed| weighed.step.is_none())?;
        let wanted = |weighed: &&Weighed| match (weighed.place, self.step.to) {
            // What was pledged has since been moved by the operator.
            (Place::Pledged { to, .. }, Place::Pool(venue)) => to == venue,
            (place, arrived) => place == arrived,
        };
        Some((stay, self.weighed.iter().filter(|weighed| weighed.step.is_some()).find(wanted)?))
    }
}

/// The ten that decided the outcome by their value.
pub(super) fn deciders(account: &Narrative<'_>) -> Vec<Paragraph> {
    let heading = Paragraph::Heading("The providers that decided it, by the value that they moved");
    let last: BTreeMap<u32, &TracedMove> = account.crossings().map(|step| (step.provider, step)).collect();
    if last.is_empty() {
        return vec![heading, Paragraph::Text("Nobody went to another side.".to_owned())];
    }
    let mut ranked: Vec<(u32, &TracedMove)> = last.into_iter().collect();
    let all: f64 = ranked.iter().map(|(provider, _)| account.opening_usd(*provider)).sum();
    ranked.sort_by(|a, b| account.opening_usd(b.0).total_cmp(&account.opening_usd(a.0)).then(a.0.cmp(&b.0)));
    ranked.truncate(LISTED);
    let deciders: Vec<Decider<'_>> = ranked
        .into_iter()
        .map(|(provider, step)| {
            let wish = step.wish.and_then(|wish| account.decision_trace.wishes.get(wish));
            let weighed = wish.map_or(&[][..], |wish| wish.weighed.as_slice());
            Decider { provider, step, weighed, cause: wish.map(|wish| wish.cause) }
        })
        .collect();
    let theirs: f64 = deciders.iter().map(|decider| account.opening_usd(decider.provider)).sum();
    let part = Measure::Share.scale(1.0).quantity(theirs / all);
    let text = format!(
        "These {} hold {part} of the value of all who ever went to another side. Shown is the last time that each did; the \
         probability is what the choice gave to where it went.",
        deciders.len()
    );
    let mut passages = vec![heading, Paragraph::Text(text), overview(account, &deciders)];
    passages.extend(weighing(account, &deciders));
    passages
}

fn overview(account: &Narrative<'_>, deciders: &[Decider<'_>]) -> Paragraph {
    let row = |decider: &Decider<'_>| {
        let usd = account.opening_usd(decider.provider);
        let probability = decider.stay_and_go().map(|(_, go)| percent(go.probability));
        let why = match decider.cause {
            Some(Cause::Review) => "review",
            Some(Cause::Appointment) => "its own date",
            Some(Cause::Clock) => "passive clock",
            Some(Cause::Herding) => "others moved",
            Some(Cause::RunOnPool) => "others left",
            None => "unknown",
        };
        vec![
            account.who(decider.provider),
            account.date(decider.step.seconds),
            quantity(Measure::Usd, usd),
            account.share(usd),
            account.place(decider.step.from),
            account.place(decider.step.to),
            why.to_owned(),
            probability.unwrap_or_else(|| "\u{2013}".to_owned()),
        ]
    };
    Paragraph::Table {
        heads: words(&["Who", "When", "Value", "Share", "From", "To", "Looked by", "Probability"]),
        rows: deciders.iter().map(row).collect(),
        names: 2,
    }
}

/// What those weighed who weigh: a row for staying and one for going, and what made the difference.
fn weighing(account: &Narrative<'_>, deciders: &[Decider<'_>]) -> Vec<Paragraph> {
    let pairs: Vec<(&Decider<'_>, &Weighed, &Weighed)> =
        deciders.iter().filter_map(|decider| decider.stay_and_go().map(|(stay, go)| (decider, stay, go))).collect();
    if pairs.is_empty() {
        return vec![Paragraph::Text(
            "None of them weighed one place against another: the passive go when their time has come.".to_owned(),
        )];
    }
    let number = |value: f64| Measure::PerYear.scale(1.0).with_step(0.001).number(value);
    let matters = |at: usize| {
        let of = |weighed: &Weighed| weighed.reasons.terms()[at].abs() >= 0.5 * LEAST_DIFFERENCE;
        pairs.iter().any(|(_, stay, go)| of(stay) || of(go))
    };
    let shown: Vec<usize> = (0..TERMS.len()).filter(|at| matters(*at)).collect();
    let mut rows = Vec::new();
    for (decider, stay, go) in &pairs {
        for (what, weighed) in [("stay", stay), ("go", go)] {
            let terms = weighed.reasons.terms();
            let mut row = vec![format!("{}, {what}: {}", account.who(decider.provider), account.place(weighed.place))];
            row.extend(shown.iter().map(|at| number(terms[*at])));
            row.extend([number(weighed.reasons.total), percent(weighed.probability)]);
            rows.push(row);
        }
    }
    let mut heads = words(&["% a year of the position"]);
    heads.extend(shown.iter().map(|at| TERMS[*at].0.to_owned()));
    heads.extend(words(&["Total", "Probability"]));
    vec![
        Paragraph::Text(
            "What they weighed when they looked: what the utility of staying and of going consisted of, in % a year of the \
             position's value; a minus speaks against the place. The passive weigh nothing: they go when their time has come."
                .to_owned(),
        ),
        Paragraph::Table { heads, rows, names: 1 },
        Paragraph::Text(difference(account, &pairs)),
    ]
}

/// Which terms drew them, and which held them: going less staying, weighted by value.
fn difference(account: &Narrative<'_>, pairs: &[(&Decider<'_>, &Weighed, &Weighed)]) -> String {
    let value = |decider: &Decider<'_>| account.opening_usd(decider.provider);
    let weight: f64 = pairs.iter().map(|(decider, ..)| value(decider)).sum();
    let mean = |read: &dyn Fn(&Reasons) -> f64| -> f64 {
        let part = |(decider, stay, go): &(&Decider<'_>, &Weighed, &Weighed)| {
            value(decider) * (read(&go.reasons) - read(&stay.reasons))
        };
        pairs.iter().map(part).sum::<f64>() / weight
    };
    let mut terms: Vec<(&str, f64)> =
        TERMS.iter().enumerate().map(|(at, (_, name))| (*name, mean(&|reasons| reasons.terms()[at]))).collect();
    terms.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let named = |speaks: &dyn Fn(f64) -> bool| -> Vec<String> {
        let there = terms.iter().filter(|(_, value)| value.abs() >= LEAST_DIFFERENCE && speaks(*value));
        there.map(|(name, value)| format!("{name} ({})", quantity(Measure::PerYear, *value))).collect()
    };
    let (drew, held) = (named(&|value| value > 0.0), named(&|value| value < 0.0));
    let nothing = |names: Vec<String>| if names.is_empty() { "nothing".to_owned() } else { listed(&names) };
    format!(
        "Going less staying, weighted by value: for going spoke {}; for staying spoke {}. Together {}; the rest is the noise of \
         the choice.",
        nothing(drew),
        nothing(held),
        quantity(Measure::PerYear, mean(&|reasons| reasons.total))
    )
}
