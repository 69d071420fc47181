//! How the plan went: approval, effect, what it cost the operator, what stood still; and what failed.

use super::super::evidence::{Evidence, share_text};
use super::super::plan::{mechanism_text, plan_of, staging_factor};
use super::super::wording::{Measure, quantity};
use portage_base::units::SECONDS_PER_DAY;
use portage_migration::MigrationSpec;
use portage_migration::failure::FailureSpec;
use portage_results::metrics::{Id, Range, id};

/// A canary of this length is what most plans have, days.
const CANARY_DAYS: f64 = 14.0;

/// A standstill that is shorter on average is not worth a clause of the headline, hours.
const STANDSTILL_TOLD_HOURS: f64 = 1.0;

/// What the course of the plan does to those who provide liquidity, in clauses of the headline: losses and standstill.
pub(super) fn headline(evidence: &Evidence<'_>) -> Vec<String> {
    if !plan_of(evidence).is_some_and(|plan| plan.has_execution()) {
        return Vec::new();
    }
    let loss = evidence.estimate(id::FAILURE_LOSS_USD).filter(|_| evidence.matters(id::FAILURE_LOSS_USD));
    let loss = loss.map(|loss| {
        let (who, usd) = (evidence.people(), loss.scale().quantity(loss.mean.mean.abs()));
        if loss.mean.mean < 0.0 {
            format!("{who} are given back {usd} more than was taken")
        } else {
            format!("{who} lose {usd} to failures")
        }
    });
    let down = evidence.estimate(id::DOWNTIME_HOURS).filter(|hours| hours.mean.mean > STANDSTILL_TOLD_HOURS);
    let down = down.map(|hours| format!("everything stands still for {}", hours.scale().quantity(hours.mean.mean)));
    loss.into_iter().chain(down).collect()
}

/// When it took effect, and what that took.
pub(super) fn course(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(plan) = plan_of(evidence).filter(MigrationSpec::has_execution) else {
        return Vec::new();
    };
    let mut sentences = vec![format!("Mechanism: {}.", mechanism_text(&plan))];
    if plan.governance.is_some() {
        let approved = evidence.share_of_runs(id::APPROVED_DAYS, f64::is_finite);
        let after = evidence.estimate(id::APPROVED_DAYS);
        if let Some((approved, after)) = approved.zip(after) {
            sentences.push(format!(
                "It is approved in {} of runs, on day {} on average.",
                share_text(&approved),
                after.scale().number(after.mean.mean)
            ));
        }
    }
    if let Some(share) =
        evidence.share_of_runs(id::TOOK_EFFECT, |value| value > 0.0).filter(|share| share.hits < share.count)
    {
        sentences.push(format!("The new version takes effect within the window in {} of runs.", share_text(&share)));
    }
    if let Some(opened) =
        evidence.estimate(id::OPENED_DAYS).filter(|opened| opened.quantiles[2].value > opened.quantiles[0].value)
    {
        sentences.push(format!("It does so {} after the start (5 to 95 % of those runs).", opened.spread_text()));
    }
    if let Some(done) = evidence.share_of_runs(id::COMPLETED, |value| value > 0.0) {
        let days = evidence
            .estimate(id::COMPLETION_DAYS)
            .map_or_else(String::new, |days| format!(", on day {} on average", days.scale().number(days.mean.mean)));
        sentences.push(format!(
            "The new version comes to hold 99 % of {} in {} of runs{days}.",
            held(evidence),
            share_text(&done)
        ));
    }
    sentences.extend(plan.verification.map(|check| format!("What its verification trusts: {}.", check.trust())));
    sentences.extend(costs_of_operator(evidence));
    sentences.extend(standstill(evidence));
    sentences.extend(state(evidence));
    sentences
}

/// What there is in the versions, in words.
const fn held(evidence: &Evidence<'_>) -> &'static str {
    if evidence.scope.is_conversion { "what is held" } else { "the liquidity" }
}

fn costs_of_operator(evidence: &Evidence<'_>) -> Option<String> {
    let gas = evidence.estimate(id::OPERATOR_GAS_USD).filter(|_| evidence.matters(id::OPERATOR_GAS_USD))?;
    let spread =
        if evidence.has_twentieths() { format!(" (5 to 95 % of runs: {})", gas.spread_text()) } else { String::new() };
    let proof = evidence.estimate(id::VERIFICATION_USD).filter(|_| evidence.matters(id::VERIFICATION_USD));
    let proof = proof
        .map_or_else(String::new, |proof| format!(", and verification {}", proof.scale().quantity(proof.mean.mean)));
    Some(format!("The operator pays {} for gas{spread}{proof}.", gas.scale().quantity(gas.mean.mean)))
}

fn standstill(evidence: &Evidence<'_>) -> Option<String> {
    let hours = evidence.estimate(id::DOWNTIME_HOURS).filter(|_| evidence.matters(id::DOWNTIME_HOURS))?;
    let frozen = evidence.estimate(id::FROZEN_USD_DAYS)?;
    Some(format!(
        "More than half of {} stands still for {:.1} hours on average: {} times days of value that nobody can move.",
        held(evidence),
        hours.mean.mean,
        quantity(Measure::Usd, frozen.mean.mean)
    ))
}

fn state(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    if evidence.matters(id::DIVERGENCE_SHARE) {
        let wrong = evidence.estimate(id::MISCREDITED_USD);
        let diverged = evidence.share_of_runs(id::DIVERGENCE_SHARE, |share| share > 0.0);
        if let Some((wrong, diverged)) = wrong.zip(diverged) {
            sentences.push(format!(
                "In {} of runs wrong entries take effect; on average {} is credited to others than its owners.",
                share_text(&diverged),
                wrong.scale().quantity(wrong.mean.mean)
            ));
        }
    }
    if let Some(unclaimed) = evidence.estimate(id::UNCLAIMED_VALUE_SHARE) {
        sentences.push(format!("{} of the value is never claimed.", unclaimed.mean_text()));
    }
    sentences
}

/// How likely it fails, what that costs, and what staging buys by the law of discovery.
pub(super) fn failures(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(plan) = plan_of(evidence) else { return Vec::new() };
    let Some(failure) = &plan.failure else { return Vec::new() };
    let mut sentences = vec![law(failure)];
    let count = |name: Id| evidence.share_of_runs(name, |value| value > 0.0);
    if let Some((faulty, failed)) = count(id::FAULTY).zip(count(id::FAILED)) {
        sentences.push(format!(
            "In {} of runs the new version has a fault, in {} a failure comes to light within the window.",
            share_text(&faulty),
            share_text(&failed)
        ));
    }
    if evidence.matters(id::FAILURE_LOSS_USD)
        && let Some(loss) = evidence.estimate(id::FAILURE_LOSS_USD)
    {
        let given = evidence.derived_estimate(
            [id::FAILED, id::FAILURE_LOSS_SHARE],
            (Measure::Share, Range::Amount),
            |[failed, loss]| {
                if failed > 0.0 { loss } else { f64::NAN }
            },
        );
        let given = given.map_or_else(String::new, |given| {
            format!("; given that it fails, {} of what they opened with", given.mean_text())
        });
        let back = evidence.estimate(id::RETURNED_USD).filter(|_| evidence.matters(id::RETURNED_USD));
        let back = back.map_or_else(String::new, |back| {
            format!(", given back: {} at the prices of the day of its return", back.scale().quantity(back.mean.mean))
        });
        let stolen = evidence
            .estimate(id::STOLEN_USD)
            .map_or_else(String::new, |stolen| stolen.scale().quantity(stolen.mean.mean));
        sentences.push(format!(
            "Expected loss of all {} {}{given}. Stolen on average: {stolen}{back}.",
            evidence.people(),
            loss.mean_text()
        ));
        if loss.mean.mean < 0.0 && evidence.matters(id::RETURNED_USD) {
            sentences.push(
                "The loss is negative: what is given back is worth more on the day of its return than on the day of the theft, since \
                 both are valued at the prices of their day."
                    .to_owned(),
            );
        }
    }
    sentences.extend(staging(evidence, &plan, failure));
    let times = |name: Id, what: &str| {
        let share = count(name).filter(|share| share.hits > 0)?;
        Some(format!("{what} in {} of runs.", share_text(&share)))
    };
    sentences.extend(times(id::CAUGHT, "A verification catches what is wrong before it takes effect"));
    sentences.extend(times(id::GATES_TRIPPED, "The gates stop the rollout"));
    sentences.extend(times(id::ROLLED_BACK, "The move is rolled back"));
    sentences.extend(times(id::CAPTURED, "The vote is bought"));
    sentences.extend(times(id::TRIGGER_GAMED, "The trigger is pushed by somebody who gains by it"));
    sentences
}

fn law(failure: &FailureSpec) -> String {
    let probability = quantity(Measure::Share, failure.fault_probability());
    if failure.probability.is_some() {
        return format!("That the new version has a fault is stated: probability {probability}.");
    }
    format!(
        "By the law of complexity the new version has a fault with probability {probability}: complexity {:.1}, audits and other checks see {}.",
        failure.complexity.value(),
        quantity(Measure::Share, 1.0 - (1.0 - failure.audit) * (1.0 - failure.formal) * (1.0 - failure.rehearsal))
    )
}

fn staging(evidence: &Evidence<'_>, plan: &MigrationSpec, failure: &FailureSpec) -> Vec<String> {
    if failure.faults.theft_share() <= 0.0 {
        return Vec::new();
    }
    let unseen = 1.0 - failure.discovery.found_by(CANARY_DAYS * SECONDS_PER_DAY);
    let mut sentences = vec![format!(
        "By the law of discovery {} of faults that let funds be stolen are not found within {CANARY_DAYS:.0} days.",
        quantity(Measure::Share, unseen)
    )];
    let opened = evidence.estimate(id::OPENED_DAYS).map_or(0.0, |opened| opened.quantiles[1].value);
    if let Some(factor) = staging_factor(plan, failure, evidence.window_days() - opened) {
        sentences.push(format!(
            "By the same law the stages leave {} of what a fault costs without them.",
            quantity(Measure::Share, factor)
        ));
    }
    sentences
}
