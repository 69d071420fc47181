//! What can go wrong, and how sure the numbers are.

use super::super::evidence::{Evidence, share_text};
use super::super::loss::Loss;
use super::super::wording::{Measure, counted, quantity, whole};
use portage_base::stats::{TAIL_RUNS_MIN, share_estimate};
use portage_results::metrics::Range;
use portage_results::metrics::id::{self, HolderLine};

/// Failures and partial plans first, then tails.
pub(super) fn risks(evidence: &Evidence<'_>, losses: &[Loss]) -> Vec<String> {
    let mut sentences = Vec::new();
    let half = evidence.share_of_runs(id::MIGRATED_VALUE_SHARE, |share| share < 0.5);
    if let Some(half) = half.filter(|_| evidence.scope.has_migration()) {
        sentences.push(format!(
            "At the end less than half of the value stands in the new version in {} of runs.",
            share_text(&half)
        ));
    }
    sentences.extend(losses.iter().map(tail_sentence));
    let losing = evidence.share_of_runs(id::providers(HolderLine::AgainstHolding), |result| result < 0.0);
    if let Some(losing) = losing.filter(|_| evidence.matters(id::providers(HolderLine::AgainstHolding))) {
        let what = if evidence.scope.is_conversion { "What is held" } else { "Liquidity" };
        let than = if evidence.scope.is_conversion { "just holding the opening tokens" } else { "holding" };
        sentences.push(format!("{what} ends below {than} in {} of runs.", share_text(&losing)));
        sentences.extend(losing_classes(evidence));
    }
    if evidence.has_twentieths() {
        sentences.extend(one_in_twenty(evidence));
    }
    sentences
}

/// What happens in one run of twenty.
fn one_in_twenty(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let backlog = evidence.estimate(id::BACKLOG_MAX).filter(|backlog| backlog.quantiles[2].value >= 1.0);
    if let Some(backlog) = backlog.filter(|_| evidence.scope.has_providers && evidence.scope.has_chain) {
        let most = backlog.quantiles[2].value.round() as u64;
        let waiting = counted(most, "move or more waits", "moves or more wait");
        sentences.push(format!("In one run of twenty {} {waiting} for room at one time.", whole(most)));
    }
    if evidence.scope.has_traders {
        let lost = evidence.derived_estimate(
            [id::LOST_VOLUME_USD, id::VOLUME_USD],
            (Measure::Share, Range::Part),
            |[lost, volume]| {
                if lost + volume > 0.0 { lost / (lost + volume) } else { f64::NAN }
            },
        );
        if let Some(lost) = lost.filter(|lost| lost.quantiles[2].value > 0.0) {
            sentences.push(format!(
                "In one run of twenty more than {} of the wanted volume is not filled.",
                quantity(Measure::Share, lost.quantiles[2].value)
            ));
        }
    }
    sentences
}

fn tail_sentence(loss: &Loss) -> String {
    let tail = &loss.tails[0];
    let (at_risk, shortfall) = (&tail.value_at_risk, tail.expected_shortfall);
    let scale = loss.measure.scale(at_risk.value);
    let sign = if at_risk.value < 0.0 { " (negative: a gain)" } else { "" };
    format!(
        "{}: 95 % VaR {}, expected shortfall {}{sign}.",
        loss.title,
        scale.estimate(at_risk.value, &at_risk.interval),
        scale.estimate(shortfall, &tail.shortfall_interval)
    )
}

/// Classes that end below holding more often than the others.
fn losing_classes(evidence: &Evidence<'_>) -> Option<String> {
    let classes = evidence.holders().into_iter().filter(|(owner, _)| owner.is_class());
    let shares = classes.filter_map(|(owner, name)| {
        let share = evidence.share_of_runs(owner.line(HolderLine::AgainstHolding), |result| result < 0.0)?;
        Some((name, share))
    });
    let (name, worst) = shares.max_by(|a, b| a.1.share.total_cmp(&b.1.share)).filter(|(_, worst)| worst.hits > 0)?;
    let name = name.to_lowercase();
    Some(format!("By class that happens most often to \u{201c}{name}\u{201d}: in {} of runs.", share_text(&worst)))
}

/// How many runs there were, and which quantiles they do not suffice for.
pub(super) fn certainty(evidence: &Evidence<'_>, losses: &[Loss]) -> Vec<String> {
    let counts = evidence.results.manifest.counts;
    let plan = counted(counts.planned, "run", "runs");
    let mut sentences = vec![format!(
        "{} of {} planned {plan} finished. Brackets are 95 % confidence intervals: they tell the Monte Carlo error, not the doubt about the assumptions.",
        whole(counts.finished),
        whole(counts.planned)
    )];
    if counts.failed > 0 {
        let share = share_estimate(counts.failed as usize, (counts.failed + counts.finished) as usize);
        let share = share.map_or_else(String::new, |share| format!(" ({})", share_text(&share)));
        sentences.push(format!("{} failed{share} and are not in any number.", whole(counts.failed)));
    }
    let scarce = losses.iter().flat_map(|loss| &loss.tails).filter(|tail| !tail.value_at_risk.is_sufficient());
    let mut levels: Vec<(u64, u64, u64)> = scarce
        .map(|tail| {
            let quantile = &tail.value_at_risk;
            ((tail.level * 100.0).round() as u64, quantile.tail_runs, quantile.runs_needed)
        })
        .collect();
    levels.sort_unstable();
    levels.dedup_by_key(|level| level.0);
    for (percent, tail_runs, needed) in levels {
        sentences.push(format!(
            "The runs do not suffice for the {percent} % tail: {tail_runs} {} beyond it, at least {TAIL_RUNS_MIN} should, which takes {} runs.",
            counted(tail_runs, "lies", "lie"),
            whole(needed)
        ));
    }
    sentences
}
