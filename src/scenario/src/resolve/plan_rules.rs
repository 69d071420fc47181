//! Rules across the values of a plan that would contradict each other: what could never happen, or would do nothing.

use super::calendar::check_date;
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::units::Instant;
use portage_migration::governance::GovernanceSpec;
use portage_migration::response::Pauser;
use portage_migration::trigger::{Observable, Threshold, TriggerSpec};
use portage_migration::{GatesSpec, Mechanism, MigrationSpec, MovedBy, OnTrip, StageSpec};

/// Checks the plan of `scenario` for parts that contradict each other; broken rules are noted in `rules`.
pub(super) fn check_plan(scenario: &Scenario, spec: &MigrationSpec, rules: &mut Rules) {
    let is_held = scenario.pools.iter().any(|(_, pool)| pool.curve.is_holding());
    if let Some(trigger) = &spec.trigger {
        check_trigger_dates(scenario, spec.opens.unwrap_or(scenario.start), trigger, rules);
        check_threshold(trigger, is_held, rules);
    }
    if let Some(gates) = &spec.gates {
        check_gates(spec, gates, is_held, rules);
    }
    check_way_back(spec, rules);
    check_caps(&spec.stages, rules);
    check_decisions(spec, rules);
    check_state_dates(scenario, spec, rules);
}

/// The rule is looked at within the simulation, and before the migration starts in any case.
fn check_trigger_dates(scenario: &Scenario, opens: Instant, trigger: &TriggerSpec, rules: &mut Rules) {
    for (path, date) in
        [("migration.trigger.not_before", trigger.not_before), ("migration.trigger.latest", trigger.latest)]
    {
        if let Some(date) = date {
            check_date(scenario, path, date, rules);
        }
    }
    let Some(latest) = trigger.latest else { return };
    rule!(rules, if latest < opens => "migration.trigger.latest",
        "the migration would start by {latest}, before the new version opens on {opens}", "a date from {opens} on",
        "without a trigger the migration starts on `opens`");
    rule!(rules, if let Some(not_before) = trigger.not_before.filter(|not_before| *not_before > latest) =>
        "migration.trigger.not_before",
        "the rule looks from {not_before} on, after the migration has started in any case on {latest}",
        "a date up to {latest}", "put `latest` later; without a trigger the migration starts on `opens`");
}

/// What is watched exists, and can lie on the side of the threshold that counts.
fn check_threshold(trigger: &TriggerSpec, is_held: bool, rules: &mut Rules) {
    let name = match trigger.watches {
        Observable::OldValue => "the value in the old version",
        Observable::GasPrice => "the base fee",
        Observable::ReferencePrice => "the reference price",
        Observable::PoolPrice => "the price in the old pool",
        Observable::Volatility => "the volatility",
        Observable::YieldGap => return,
    };
    if let Threshold::Below(bound) = trigger.threshold
        && bound <= 0.0
    {
        rule!(rules => "migration.trigger.threshold.below", "{name} never lies below {bound}", "a value above 0",
            "only `yield_gap` can be negative");
    }
    rule!(rules, if is_held && trigger.watches == Observable::PoolPrice => "migration.trigger.watches",
        "a holding has no price: nothing trades in it",
        "`old_value`, `gas_price`, `reference_price`, `volatility` or `yield_gap`", "watch the reference price");
}

/// Gates watch something that is there.
fn check_gates(spec: &MigrationSpec, gates: &GatesSpec, is_held: bool, rules: &mut Rules) {
    let limits = [gates.loss_share_max, gates.slippage_bps_max, gates.price_gap_bps_max, gates.wrong_entries_share_max];
    // What a verification catches ends the migration even where nothing else is watched.
    let ends_by_verification = gates.on_trip == OnTrip::Rollback && spec.verification.is_some();
    rule!(rules, if limits.iter().all(Option::is_none) && !ends_by_verification => "migration.gates",
        "the gates have no limit: nothing ever trips them",
        "`loss_share_max`, `slippage_bps_max`, `price_gap_bps_max` or `wrong_entries_share_max`",
        "state a limit, or leave the gates out");
    rule!(rules, if gates.wrong_entries_share_max.is_some() && spec.state().is_none() =>
        "migration.gates.wrong_entries_share_max", "no state is copied, so that no entry can be found wrong", "",
        "leave it out, or choose mechanism.state_migration or mechanism.cross_chain with `state`");
    for (field, limit) in [("slippage_bps_max", gates.slippage_bps_max), ("price_gap_bps_max", gates.price_gap_bps_max)]
    {
        rule!(rules, if is_held && limit.is_some() => "migration.gates.{field}",
            "a holding has no price: nothing trades in it", "`loss_share_max` or `wrong_entries_share_max`");
    }
}

/// A plan that begins anew is one that can be rolled back.
fn check_way_back(spec: &MigrationSpec, rules: &mut Rules) {
    let by_gates = spec.gates.is_some_and(|gates| gates.on_trip == OnTrip::Rollback);
    let by_makers = spec.response.is_some_and(|response| response.rollback);
    rule!(rules, if spec.resumes_after.is_some() && !by_gates && !by_makers => "migration.resumes_after",
        "nothing rolls the migration back, so that nothing begins anew",
        "gates.on_trip = \"rollback\" or response.rollback = true beside it", "leave it out, or say what rolls back");
}

/// Caps in USD allow something, and do not fall from stage to stage.
fn check_caps(stages: &[StageSpec], rules: &mut Rules) {
    let mut most_usd: f64 = 0.0;
    for (index, cap_usd) in stages.iter().enumerate().filter_map(|(index, stage)| Some((index, stage.cap_usd?))) {
        let path = format!("migration.stages.{index}.cap_usd");
        if cap_usd <= 0.0 {
            rule!(rules => path, "a stage with a cap of 0 USD lets nothing into the new version", "more than 0 USD",
                "let the migration open later, or leave the stage out");
        } else if cap_usd < most_usd {
            rule!(rules => path, "the stage allows {cap_usd} USD, less than {most_usd} before it",
                "at least {most_usd} USD");
        }
        most_usd = most_usd.max(cap_usd);
    }
}

/// Governance is there where it is asked, and its short way is the shorter one.
fn check_decisions(spec: &MigrationSpec, rules: &mut Rules) {
    let is_asked = spec.response.is_some_and(|response| response.pause == Pauser::Governance);
    rule!(rules, if is_asked && spec.governance.is_none() => "migration.response.pause",
        "governance is to pause the contracts, and there is none",
        "a table [migration.governance], or `guardian` or `nobody`");
    let Some(GovernanceSpec::OnChain(vote)) = &spec.governance else { return };
    let whole_seconds = vote.shortest_seconds();
    rule!(rules, if let Some(delay) = vote.emergency_delay.filter(|delay| delay.seconds() > whole_seconds) =>
        "migration.governance.on_chain.emergency_delay",
        "the council takes {delay}, longer than a whole vote with its timelock, {whole_seconds} s",
        "at most {whole_seconds} s", "leave it out where there is no shorter way than a vote");
}

/// The snapshot follows the announcement, and claims end within the simulation.
fn check_state_dates(scenario: &Scenario, spec: &MigrationSpec, rules: &mut Rules) {
    let Some(state) = spec.state() else { return };
    let path = match spec.mechanism {
        Mechanism::CrossChain(_) => "migration.mechanism.cross_chain.state",
        _ => "migration.mechanism.state_migration",
    };
    let announced = spec.announced.unwrap_or(scenario.start);
    // One before the start lies outside the simulation and is refused as such.
    if let Some(snapshot) = state.snapshot.filter(|date| *date >= scenario.start && *date < announced) {
        rule!(rules => "{path}.snapshot",
            "the snapshot on {snapshot} would be taken before the announcement on {announced}",
            "a date from {announced} on", "announce first; the announcement defaults to `start`");
    }
    if let MovedBy::Claims(claims) = &state.moved_by
        && let Some(claims_end) = claims.claims_end
    {
        check_date(scenario, &format!("{path}.moved_by.claims.claims_end"), claims_end, rules);
    }
}
