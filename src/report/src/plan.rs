//! The migration's plan, as the scenario states it, for those parts of the report that put its own laws beside what the runs show.

use super::evidence::Evidence;
use portage_base::units::SECONDS_PER_DAY;
use portage_migration::failure::FailureSpec;
use portage_migration::{Mechanism, MigrationSpec, MovedBy};
use serde::Deserialize;

/// The plan, if the scenario has one.
pub(super) fn plan_of(evidence: &Evidence<'_>) -> Option<MigrationSpec> {
    MigrationSpec::deserialize(evidence.results.manifest.scenario.get("migration")?).ok()
}

/// How the liquidity goes over, in words.
pub(super) const fn mechanism_text(plan: &MigrationSpec) -> &'static str {
    match &plan.mechanism {
        Mechanism::Rebalancing(_) => "owners withdraw and deposit again",
        Mechanism::ProxyUpgrade(_) => "the implementation changes, everything stays whole",
        Mechanism::StateMigration(state) => match state.moved_by {
            MovedBy::Operator(_) => "the operator copies the state, and what it stands for follows whole",
            MovedBy::Claims(_) => "owners claim their entries of a snapshot",
        },
        Mechanism::CrossChain(crossing) if crossing.state.is_some() => {
            "the operator copies the state to another chain, and what it stands for follows over a bridge"
        }
        Mechanism::CrossChain(_) => "owners move over a bridge to another chain",
    }
}

/// Expected loss of a staged plan as a share of that of the same plan without stages, by the law of discovery alone.
///
/// Law: sum over stages of cap x (F(end) - F(begin)), then 1 - F(last end) up to the horizon, over F(horizon); loss counts until
/// `horizon_days` after the new version took effect, and a theft ends the rollout. Source: the Weibull law of discovery.
pub(super) fn staging_factor(plan: &MigrationSpec, failure: &FailureSpec, horizon_days: f64) -> Option<f64> {
    let horizon = horizon_days * SECONDS_PER_DAY;
    let found = |seconds: f64| failure.discovery.found_by(seconds.min(horizon));
    let all = found(horizon);
    if plan.stages.is_empty() || all <= 0.0 {
        return None;
    }
    let (mut expected, mut begun) = (0.0, 0.0);
    for stage in &plan.stages {
        let ends = begun + stage.lasting.seconds();
        expected += stage.cap_share * (found(ends) - found(begun));
        begun = ends;
    }
    Some((expected + all - found(begun)) / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stage_is_the_canary_of_the_law() {
        let plan: MigrationSpec =
            serde_json::from_value(serde_json::json!({"stages": [{"cap_share": 0.05, "lasting": "14d"}]})).unwrap();
        let failure = FailureSpec::default();
        let canary = failure.discovery.canary_factor(14.0 * SECONDS_PER_DAY, 0.05, 90.0 * SECONDS_PER_DAY);
        assert!((staging_factor(&plan, &failure, 90.0).unwrap() - canary).abs() < 1e-14);
        let whole = MigrationSpec { stages: Vec::new(), ..plan };
        assert_eq!(staging_factor(&whole, &failure, 90.0), None);
    }
}
