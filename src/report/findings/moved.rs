//! How much moves, and by when.

use super::super::evidence::{Evidence, share_text};
use super::super::figures::peak_text;
use super::super::wording::days;

/// How much has moved at the end.
pub(super) fn how_much(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_migration() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    let value = evidence.estimate("migrated_value_share");
    let address = evidence.estimate("migrated_address_share");
    if let (Some(value), Some(address)) = (&value, &address) {
        sentences.push(format!(
            "Of what stood in the old pool, {} by value and {} by address stands in the new one at the end.",
            value.mean_text(),
            address.mean_text()
        ));
        sentences.push(format!(
            "In 90 % of runs it is {} by value and {} by address.",
            value.spread_text(),
            address.spread_text()
        ));
    }
    sentences.extend(peak_text(evidence));
    // Below one in two thousand there is nothing to tell.
    if let Some(left) = evidence.estimate("left_value_share").filter(|left| left.mean.mean >= 5e-4) {
        sentences.push(format!("{} of the value leaves the market altogether.", left.mean_text()));
    }
    if let Some(share) = evidence.estimate("new_liquidity_share") {
        sentences.push(format!("The new pool then holds {} of all liquidity.", share.mean_text()));
    }
    sentences
}

/// When half and nine tenths have moved, by value and by address.
pub(super) fn by_when(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_migration() {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    for (kind, what) in [("value", "value"), ("address", "addresses")] {
        for percent in [50, 90] {
            let name = format!("days_to_{percent}_{kind}");
            let Some(share) = evidence.share_of_runs(&name, f64::is_finite) else { continue };
            let amount =
                if percent == 50 { format!("Half of the {what}") } else { format!("{percent} % of the {what}") };
            let sentence = match evidence.estimate(&name) {
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
