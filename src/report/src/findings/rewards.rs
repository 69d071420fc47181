//! What the programmes pay, to whom, and what becomes of it.

use super::super::evidence::Evidence;
use super::super::programmes::{compared_runs, others_share, per_usd_text};
use super::super::wording::{Measure, counted, listed, quantity, whole};
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_engine::world::Holder;
use portage_incentives::{Emission, ProgrammeSpec};
use portage_results::metrics::Range;
use portage_results::metrics::id::{self, Owner};
use serde::Deserialize;

/// Rewards that are not yet paid, or that others pay, are worth a sentence above this share.
const LEAST_SHARE: f64 = 1e-3;

/// What is paid, sold and received.
pub(super) fn rewards(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.scope.has_programmes {
        return Vec::new();
    }
    let paid = evidence.estimate(id::INCENTIVES_USD).filter(|paid| paid.mean.mean > 0.0);
    let Some(paid) = paid else { return forfeited(evidence).into_iter().collect() };
    let mut sentences = vec![format!("Rewards are worth {} when they are paid.", paid.mean_text())];
    let earned = evidence.estimate(id::REWARDS_EARNED_USD);
    if let Some(earned) = earned.filter(|earned| earned.mean.mean > (1.0 + LEAST_SHARE) * paid.mean.mean) {
        sentences.push(format!("Earned are {}: the rest has not vested at the end.", earned.mean_text()));
    }
    let own = evidence.estimate(id::REWARDS_EARNED_OWN_USD);
    if let Some(own) = own.filter(|own| own.mean.mean < (1.0 - LEAST_SHARE) * evidence.mean(id::REWARDS_EARNED_USD)) {
        sentences.push(format!(
            "The protocol\u{2019}s own programmes account for {} of what is earned, other venues\u{2019} for the rest.",
            own.mean_text()
        ));
    }
    let each = evidence.estimate(id::INCENTIVE_PER_MIGRATED_USD).filter(|each| each.mean.mean > 0.0);
    // What would have moved anyway is in it: the comparison says more where there is one.
    if let Some(each) = each.filter(|_| evidence.scope.has_migration() && compared_runs(evidence) == 0) {
        let price = per_usd_text(each.mean.mean, &each.mean.interval);
        sentences
            .push(format!("That is {price} for each USD of opening value that stands in the new version at the end."));
    }
    sentences.extend(sold(evidence));
    if evidence.scope.has_providers {
        sentences.extend(receivers(evidence));
    }
    sentences.extend(forfeited(evidence));
    sentences
}

/// What receivers sell, and what that does to the token's price.
fn sold(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let sold = evidence.derived_estimate(
        [id::REWARDS_SOLD_USD, id::INCENTIVES_USD],
        (Measure::Share, Range::Amount),
        |[sold, paid]| {
            if paid > 0.0 { sold / paid } else { f64::NAN }
        },
    );
    if let Some(sold) = sold.filter(|sold| sold.mean.mean > 0.0) {
        sentences.push(format!("{} of them is sold within the window.", sold.scale().quantity(sold.mean.mean)));
    }
    let price = evidence.estimate(id::REWARD_PRICE_EFFECT_WORST).zip(evidence.estimate(id::REWARD_PRICE_EFFECT_END));
    let Some((worst, end)) = price else { return sentences };
    let share = |value: f64| quantity(Measure::Share, value.abs());
    sentences.push(if worst.mean.mean < 0.0 {
        let side = if end.mean.mean > 0.0 { "above" } else { "below" };
        format!(
            "Sales, and the protocol\u{2019}s own size where the price follows it, take the token\u{2019}s price down to {} below its reference price, and at the end it stands {} {side} it (means).",
            share(worst.mean.mean),
            share(end.mean.mean)
        )
    } else {
        "They leave the token\u{2019}s price where it is.".to_owned()
    });
    let cost = evidence.estimate(id::REWARD_SALE_COST_USD).filter(|cost| cost.mean.mean > 0.0);
    sentences.extend(cost.map(|cost| format!("Those who sell lose {} to the price impact.", cost.mean_text())));
    sentences
}

/// Who receives them: classes, the largest addresses.
fn receivers(evidence: &Evidence<'_>) -> Vec<String> {
    let shares = evidence.holders().into_iter().filter_map(|(owner, title)| {
        let Owner::Holder(Holder::Class(class)) = owner else { return None };
        let share = evidence.estimate(id::rewards_to(class)).filter(|share| share.mean.mean > 0.0)?;
        Some(format!("{} {}", title.to_lowercase(), share.scale().quantity(share.mean.mean)))
    });
    let rest = others_share(evidence).filter(|rest| rest.mean.mean > LEAST_SHARE);
    let rest = rest.map(|rest| format!("others {}", rest.scale().quantity(rest.mean.mean)));
    let shares: Vec<String> = shares.chain(rest).collect();
    let mut sentences = Vec::new();
    if shares.len() > 1 {
        sentences.push(format!("By class they go to: {}.", listed(&shares)));
    }
    if let Some((top, addresses)) =
        evidence.estimate(id::REWARDS_TOP_1_SHARE).zip(evidence.estimate(id::REWARDS_ADDRESSES))
    {
        let count = addresses.mean.mean.round() as u64;
        let top_count = count.div_ceil(100);
        sentences.push(format!(
            "The top 1 % of the {} {} that receive any ({} {}) get {} of them.",
            whole(count),
            counted(count, "address", "addresses"),
            whole(top_count),
            counted(top_count, "address", "addresses"),
            top.mean_text()
        ));
    }
    sentences
}

/// Rewards that nobody was there to receive, if they are more than one in a thousand of what falls due in the window.
fn forfeited(evidence: &Evidence<'_>) -> Option<String> {
    const LEAST: f64 = 1e-3;
    let end_seconds = evidence.window_days() * SECONDS_PER_DAY;
    let due = due_tokens(&evidence.results.manifest.scenario, evidence.start(), end_seconds);
    let lost = evidence.estimate(id::REWARDS_FORFEITED_TOKENS)?;
    (lost.mean.mean > LEAST * due).then(|| {
        let scale = Measure::Tokens.scale(lost.mean.mean);
        format!(
            "{} fell due while nobody was there to receive them.",
            scale.estimate(lost.mean.mean, &lost.mean.interval)
        )
    })
}

/// What all programmes of a scenario are to pay between `start` and `end_seconds` after it, tokens.
fn due_tokens(scenario: &serde_json::Value, start: Instant, end_seconds: f64) -> f64 {
    let programmes = scenario.get("programmes").and_then(serde_json::Value::as_object);
    let due = |programme: &serde_json::Value| {
        let programme = ProgrammeSpec::deserialize(programme).ok()?;
        let emission = Emission::new(&programme, 1.0, start);
        Some(emission.paid_by(end_seconds) - emission.paid_by(0.0))
    };
    programmes.into_iter().flat_map(|programmes| programmes.values()).filter_map(due).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a constant programme of ten days that began two days before the window pays 8/10 of its budget in a window
    /// of twenty days; one of forty days from the opening pays half.
    #[test]
    fn only_what_falls_due_in_the_window_is_due() {
        let programme = |budget: f64, from: &str, until: &str| serde_json::json!({ "token": "GOV", "venue": "new", "budget": budget, "from": from, "until": until });
        let scenario = serde_json::json!({ "programmes": {
            "early": programme(1_000.0, "2024-02-28", "2024-03-09"),
            "long": programme(400.0, "2024-03-01", "2024-04-10"),
        } });
        let start: Instant = "2024-03-01".parse().unwrap();
        let due = due_tokens(&scenario, start, 20.0 * SECONDS_PER_DAY);
        assert!((due - 1_000.0).abs() < 1e-9, "{due}");
        assert_eq!(due_tokens(&serde_json::json!({}), start, 1.0), 0.0);
    }
}
