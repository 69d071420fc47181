//! What the programmes bought: against the same runs without them, at their end and after it.

use super::super::evidence::{Estimate, Evidence};
use super::super::programmes::{Cost, DATES, Date, compared_runs, cost, missing, runs_without_effect, when};
use super::super::wording::{counted, listed, whole};
use portage_results::metrics::id::{self, Fate};

/// What stands in the paid version because of the programmes, what it cost, and how much of it stays.
pub(super) fn bought(evidence: &Evidence<'_>) -> Vec<String> {
    let scope = evidence.scope;
    let is_paid = evidence.mean(id::REWARDS_EARNED_OWN_USD) > 0.0;
    if !scope.has_programmes || !scope.has_providers || !is_paid {
        return Vec::new();
    }
    let runs = compared_runs(evidence);
    let mut sentences = Vec::new();
    if runs == 0 {
        sentences.push("No run was repeated without the programmes: what they bought is not known.".to_owned());
    } else {
        sentences.extend(at_end(evidence));
        sentences.extend(cost_at_end(evidence));
        sentences.extend(retained(evidence));
    }
    sentences.extend(gone(evidence));
    if runs > 0 {
        sentences.push(format!(
            "This rests on {} {} simulated once more, with the same random numbers, without the protocol\u{2019}s own programmes.",
            whole(runs as u64),
            counted(runs as u64, "run", "runs")
        ));
    }
    sentences
}

/// Mean of a part at a date, if it is something.
fn part(evidence: &Evidence<'_>, fate: Fate, date: Date) -> Option<Estimate> {
    evidence.estimate(id::fate(fate, date.place)).filter(|part| part.mean.mean > 0.0)
}

/// Where the programmes want liquidity to be.
fn paid_version(evidence: &Evidence<'_>) -> &'static str {
    match (evidence.scope.has_two_pools, evidence.scope.is_conversion) {
        (true, _) => "the new version",
        (false, true) => "the place",
        (false, false) => "the pool",
    }
}

fn at_end(evidence: &Evidence<'_>) -> Vec<String> {
    let date = DATES[0];
    let own =
        if evidence.scope.is_conversion { "the holders\u{2019} own" } else { "the protocol\u{2019}s own liquidity" };
    let brought = [(Fate::Bought, "capital from outside"), (Fate::Moved, own)];
    let brought: Vec<String> = brought
        .into_iter()
        .filter_map(|(name, what)| Some(format!("{} of {what}", part(evidence, name, date)?.mean_text())))
        .collect();
    let (when, place) = (when(evidence, date), paid_version(evidence));
    let mut sentences = Vec::new();
    sentences.push(if brought.is_empty() {
        format!("Nothing stands in {place} because of them {when}.")
    } else {
        format!("{} stands in {place} because of them {when}.", listed(&brought))
    });
    if let Some(anyway) = part(evidence, Fate::Anyway, date) {
        sentences.push(format!("{} stands there and would have without them.", anyway.mean_text()));
    }
    if let Some(deterred) = part(evidence, Fate::Deterred, date) {
        sentences.push(format!("{} would have stood there without them and does not.", deterred.mean_text()));
    }
    sentences
}

fn cost_at_end(evidence: &Evidence<'_>) -> Vec<String> {
    let cost = cost(evidence, DATES[0]);
    let mut sentences: Vec<String> = cost
        .iter()
        .map(|cost| match cost {
            Cost::Each(_) => format!("Each USD that they bought and moved, net, cost {}.", cost.text()),
            Cost::Unsure(_) => format!(
                "Each USD that they bought and moved, net, cost {}; the runs do not suffice to tell what was moved from nothing, so that there is no interval.",
                cost.text()
            ),
            Cost::Nothing => {
                "On balance they bought and moved nothing: a cost for each USD moved has no value.".to_owned()
            }
        })
        .collect();
    let without = runs_without_effect(evidence, DATES[0]) as u64;
    if without > 0 && !matches!(cost, Some(Cost::Nothing)) {
        sentences.push(format!(
            "In {} of {} runs they brought nothing on balance.",
            whole(without),
            whole(compared_runs(evidence) as u64)
        ));
    }
    sentences
}

/// What is left of it some time after the end.
fn retained(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut unknown: Vec<(String, String)> = Vec::new();
    for date in DATES.into_iter().skip(1) {
        match cost(evidence, date) {
            Some(Cost::Nothing) => sentences.push(format!(
                "{} nothing that they brought is left on balance, so that a cost for each USD retained has no value.",
                when(evidence, date)
            )),
            Some(each) => sentences.push(format!("{} each USD retained cost {}.", when(evidence, date), each.text())),
            None => unknown.extend(missing(evidence, date).map(|until| (whole(date.days_after as u64), until))),
        }
    }
    if !unknown.is_empty() {
        let (days, until): (Vec<String>, Vec<String>) = unknown.into_iter().unzip();
        sentences.push(format!(
            "What stays {} days after the end is not known: the window would have to reach {}.",
            listed(&days),
            listed(&until)
        ));
    }
    sentences
}

/// What the protocol has lost meanwhile.
fn gone(evidence: &Evidence<'_>) -> Option<String> {
    let date = DATES[0];
    let places = [(Fate::LostToRivals, "with rivals"), (Fate::LeftMarket, "outside the market")];
    let gone: Vec<String> = places
        .into_iter()
        .filter_map(|(name, place)| Some(format!("{} stands {place}", part(evidence, name, date)?.mean_text())))
        .collect();
    let whose = if evidence.scope.is_conversion { "what holders had" } else { "the protocol\u{2019}s own liquidity" };
    (!gone.is_empty()).then(|| format!("Of {whose} {} {}.", listed(&gone), when(evidence, date)))
}
