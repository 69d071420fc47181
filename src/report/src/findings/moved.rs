//! How much moves, and by when.

use super::super::evidence::{Evidence, share_text};
use super::super::figures::peak_text;
use super::super::wording::{Measure, days, quantity};
use portage_results::metrics::id;

/// How much has moved at the end, and how much has left.
pub(super) fn how_much(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = if evidence.scope.has_migration() { migrated(evidence) } else { Vec::new() };
    // Of a whole migration less than one in two thousand is nothing to tell.
    let least = if evidence.scope.has_migration() { 5e-4 } else { f64::MIN_POSITIVE };
    let left = evidence.estimate(id::LEFT_VALUE_SHARE).filter(|_| evidence.scope.has_providers);
    if let Some(left) = left.filter(|left| left.mean.mean >= least) {
        sentences.push(format!("{} of the value leaves the market altogether.", left.mean_text()));
    }
    sentences.extend(lost_to_rivals(evidence));
    let moves = evidence.estimate(id::MOVES).filter(|moves| moves.mean.mean > 0.0);
    if let Some(moves) = moves.filter(|_| evidence.scope.has_providers && !evidence.scope.has_migration()) {
        sentences.push(format!("On average {} change place {} times.", evidence.people(), moves.mean_text()));
    }
    sentences.extend(held_by_new_pool(evidence));
    sentences
}

/// What goes to other protocols, and what they hold then.
fn lost_to_rivals(evidence: &Evidence<'_>) -> Option<String> {
    let lost = evidence.estimate(id::RIVAL_VALUE_SHARE).filter(|_| evidence.scope.can_lose())?;
    let (held, name) = (evidence.estimate(id::RIVAL_LIQUIDITY_USD)?, evidence.rivals_text());
    if lost.mean.mean <= 0.0 {
        return Some(format!("Nobody is lost to {name} in any run."));
    }
    let spread =
        if evidence.has_twentieths() { format!(" (90 % of runs: {})", lost.spread_text()) } else { String::new() };
    Some(format!(
        "{} of the value stands in {name} at the end{spread}: lost to rivals, which then hold {}.",
        lost.mean_text(),
        held.mean_text()
    ))
}

/// What the new version holds of all liquidity, at the opening too if it held something then.
fn held_by_new_pool(evidence: &Evidence<'_>) -> Option<String> {
    let share = evidence.estimate(id::NEW_LIQUIDITY_SHARE).filter(|_| evidence.scope.has_two_pools)?;
    let opening = evidence.first_median("new_liquidity_share").filter(|opening| *opening >= 5e-4);
    let scope = evidence.scope;
    let whole = match (scope.is_conversion, scope.has_rivals) {
        (true, false) => "everything that is held",
        (true, true) => "what both versions hold",
        (false, false) => "all liquidity",
        (false, true) => "the liquidity of both versions",
    };
    Some(match opening {
        Some(opening) => format!(
            "The new version opened with {} of {whole}; at the end it holds {}.",
            quantity(Measure::Share, opening),
            share.mean_text()
        ),
        None => format!("At the end the new version holds {} of {whole}.", share.mean_text()),
    })
}

/// What stands in the new version of what stood in the old one.
fn migrated(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let value = evidence.estimate(id::MIGRATED_VALUE_SHARE);
    let address = evidence.estimate(id::MIGRATED_ADDRESS_SHARE);
    if let (Some(value), Some(address)) = (&value, &address) {
        let what = if evidence.scope.is_conversion { "was held" } else { "stood" };
        let place = if evidence.scope.is_conversion { "is" } else { "stands" };
        sentences.push(format!(
            "Of what {what} in the old version, {} by value and {} by address {place} in the new one at the end.",
            value.mean_text(),
            address.mean_text()
        ));
        if evidence.has_twentieths() {
            sentences.push(format!(
                "In 90 % of runs it is {} by value and {} by address.",
                value.spread_text(),
                address.spread_text()
            ));
        }
    }
    if let Some(converted) = evidence.estimate(id::CONVERTED_TOKENS).filter(|_| evidence.scope.is_conversion) {
        let verb = if evidence.scope.has_yield { "moved" } else { "converted" };
        sentences.push(format!("That is {} of the old version {verb}.", converted.mean_text()));
    }
    sentences.extend(peak_text(evidence));
    sentences
}

/// When half and nine tenths have moved, by value and by address.
pub(super) fn by_when(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_migration() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let kinds = [
        ("value", [id::DAYS_TO_50_VALUE, id::DAYS_TO_90_VALUE]),
        ("addresses", [id::DAYS_TO_50_ADDRESS, id::DAYS_TO_90_ADDRESS]),
    ];
    for (what, times) in kinds {
        for (percent, name) in [50, 90].into_iter().zip(times) {
            let Some(share) = evidence.share_of_runs(name, f64::is_finite) else { continue };
            let amount =
                if percent == 50 { format!("Half of the {what}") } else { format!("{percent} % of the {what}") };
            let sentence = match evidence.estimate(name) {
                None => format!("{amount}: not within {} in any run.", days(evidence.window_days())),
                Some(time) if share.hits == share.count => {
                    format!("{amount}: in every run, after a median of {}.", time.quantile_text(1))
                }
                Some(time) => format!(
                    "{amount}: in {} of runs, and there after a median of {}.",
                    share_text(&share),
                    time.quantile_text(1)
                ),
            };
            sentences.push(sentence);
            if share.hits == 0 {
                // Who never gets half of it never gets nine tenths.
                break;
            }
        }
    }
    sentences
}
