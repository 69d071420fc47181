//! The plan of the migration with its pools resolved, and the rules across its values.

use super::plan_rules::check_plan;
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_engine::model::Plan;
use portage_engine::model::VenueSetup;
use portage_migration::MigrationSpec;
use portage_pools::Role;

/// Reads the plan of a scenario over its pools; broken rules are noted in `rules`.
pub(super) fn plan(scenario: &Scenario, venues: &[VenueSetup], rules: &mut Rules) -> Option<Plan> {
    let spec = scenario.migration.as_ref()?.clone();
    check_values(&spec, rules);
    check_plan(scenario, &spec, rules);
    let announced = spec.announced.unwrap_or(scenario.start);
    let announced_seconds = announced.seconds_since(scenario.start);
    let block_gas_limit = scenario.chain.as_ref().map_or(0.0, |chain| chain.block_gas_limit as f64);
    let block_seconds = scenario.clock.block_time.seconds();
    let mut plan = Plan { spec, successors: Vec::new(), announced_seconds, block_seconds, block_gas_limit };
    if plan.is_operated() {
        plan.successors = successors(venues, rules);
        check_operated(scenario, &plan, rules);
    }
    Some(plan)
}

/// Old and new pools in pairs, in the order of their names.
fn successors(venues: &[VenueSetup], rules: &mut Rules) -> Vec<(usize, usize)> {
    let of = |role: Role| (0..venues.len()).filter(move |index| venues[*index].terms.role == role);
    let pairs: Vec<(usize, usize)> = of(Role::Old).zip(of(Role::New)).collect();
    let (old, new) = (of(Role::Old).count(), of(Role::New).count());
    rule!(rules, if old != new || old == 0 => "migration.mechanism",
        "{old} old pools cannot be followed by {new} new ones",
        "as many new pools as old ones: each takes the place of one, in the order of their names");
    for &(old, new) in &pairs {
        let (left, entered) = (&venues[old], &venues[new]);
        if !entered.pool.can_succeed(&left.pool) {
            let message = format!("\"{}\" cannot take the place of \"{}\"", entered.name, left.name);
            rule!(rules => ("pools.{}.curve", entered.name), message,
                "the same kind of curve (and tick spacing): the operator moves liquidity as it stands",
                "let providers move themselves (mechanism.rebalancing), or give both the same curve");
        }
        rule!(rules, if entered.tvl_usd > 0.0 => ("pools.{}.tvl_usd", entered.name),
            ("\"{}\" has liquidity of its own before the operator moves any", entered.name), "0 USD");
    }
    pairs
}

/// What the operator's moves exclude.
fn check_operated(scenario: &Scenario, plan: &Plan, rules: &mut Rules) {
    rule!(rules, if scenario.providers.is_none() => "migration.mechanism",
        "the operator moves what providers own, and there are none", "a table [providers]");
    for (path, is_set) in [
        ("migration.batch", plan.spec.batch.is_some()),
        ("migration.deadline", plan.spec.deadline.is_some()),
        ("migration.late_penalty", plan.spec.late_penalty.is_some()),
    ] {
        rule!(rules, if is_set => path, "the operator moves everybody: nobody has to move, or can be late", "",
            "leave it out, or use mechanism.rebalancing");
    }
}

/// Rules across values that hold for every mechanism.
fn check_values(spec: &MigrationSpec, rules: &mut Rules) {
    for (index, pair) in spec.stages.windows(2).enumerate() {
        rule!(rules, if pair[1].cap_share < pair[0].cap_share => ("migration.stages.{}.cap_share", index + 1),
            ("the stage allows {}, less than {} before it", pair[1].cap_share, pair[0].cap_share),
            ("a share from {}", pair[0].cap_share));
    }
    rule!(rules, if spec.batch.is_some() && !spec.stages.is_empty() => "migration.batch",
        "the batch moves everything pledged at once, and stages would cap it", "", "leave out `batch` or the stages");
    if let Some(failure) = &spec.failure {
        rule!(rules, if failure.faults.total() <= 0.0 => "migration.failure.faults", "every kind of fault has weight 0",
            "a weight above 0", "for a migration that cannot fail leave [migration.failure] out");
        if !failure.severity.is_ordered() {
            let severity = failure.severity;
            rule!(rules => "migration.failure.severity.mean",
                ("the mean {} does not lie between {} and {}", severity.mean, severity.least, severity.most),
                "least <= mean <= most");
        }
    }
    rule!(rules, if spec.response.is_some() && spec.failure.is_none() => "migration.response",
        "there is nothing to respond to", "", "add [migration.failure]; for gates alone no response is needed");
}
