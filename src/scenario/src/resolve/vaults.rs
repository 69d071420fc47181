//! Vaults of options: the rules across their values, their terms, and their opening.

use super::calendar::check_date;
use super::oracle_links::{base_of, oracle_of};
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_credit::options::{DeltaHedged, VaultSpec};
use portage_engine::world::VaultTerms;

/// Most vaults of a scenario: each asks the router what its tokens would bring at every observation.
const VAULTS_MAX: usize = 8;

/// The vaults of a scenario; broken rules are noted in `rules`.
pub(super) fn vaults(scenario: &Scenario, observation_seconds: f64, rules: &mut Rules) -> Vec<VaultTerms> {
    rule!(rules, if scenario.vaults.len() > VAULTS_MAX => "vaults", ("{} vaults", scenario.vaults.len()),
        "at most {VAULTS_MAX} vaults");
    let terms = |(name, spec): (&String, &VaultSpec)| {
        let path = format!("vaults.{name}");
        check_times(scenario, &path, spec, observation_seconds, rules);
        if let Some(hedged) = spec.strategy.hedge() {
            check_hedge(scenario, &format!("{path}.strategy.delta_hedged"), (spec, hedged), observation_seconds, rules);
        }
        let moves = spec.moves.map(|moves| (moves.at.seconds_since(scenario.start), moves.gap.seconds()));
        VaultTerms {
            name: name.clone(),
            spec: spec.clone(),
            oracle: spec.oracle.as_ref().and_then(|oracle| {
                oracle_of(scenario, &format!("{path}.oracle"), oracle, base_of(scenario).unwrap_or_default(), rules)
            }),
            under_way: moves.map(|(from, gap)| (from, from + gap)),
            observation_seconds,
        }
    };
    scenario.vaults.iter().map(terms).collect()
}

/// Epochs fit into the window, and nothing happens between two observations.
fn check_times(scenario: &Scenario, path: &str, spec: &VaultSpec, observation_seconds: f64, rules: &mut Rules) {
    let (tenor, horizon) = (spec.tenor, scenario.horizon);
    rule!(rules, if tenor > horizon => "{path}.tenor", "options of {tenor} do not expire in a window of {horizon}",
        "at most {horizon}", "shorten `tenor`, or lengthen `horizon`");
    rule!(rules, if tenor.seconds() < observation_seconds => "{path}.tenor",
        "nobody would settle options of {tenor} in time: vaults act every {observation_seconds} s",
        "at least {observation_seconds} s", "shorten `observation`, or lengthen `tenor`");
    let Some(moves) = spec.moves else { return };
    check_date(scenario, &format!("{path}.moves.at"), moves.at, rules);
    rule!(rules, if moves.gap.seconds() < observation_seconds => "{path}.moves.gap",
        ("nobody would see the gap of {}: vaults act every {observation_seconds} s", moves.gap),
        "at least {observation_seconds} s", "shorten `observation`, or leave out `moves`");
}

/// A hedge can be paid, looked at and traded.
fn check_hedge(
    scenario: &Scenario,
    path: &str,
    (spec, hedged): (&VaultSpec, &DeltaHedged),
    observation_seconds: f64,
    rules: &mut Rules,
) {
    rule!(rules, if hedged.notional_usd > spec.deposits_usd => "{path}.notional_usd",
        ("deposits of {} USD cannot pay for a hedge of {} USD", spec.deposits_usd, hedged.notional_usd),
        ("at most {} USD, the vault's deposits", spec.deposits_usd),
        "options that end in the money are hedged one to one");
    rule!(rules, if let Some(every) = hedged.rehedge.every.filter(|every| every.seconds() < observation_seconds) =>
        "{path}.rehedge.every", "a hedge cannot be looked at every {every}: vaults act every {observation_seconds} s",
        "at least {observation_seconds} s", "shorten `observation`");
    rule!(rules, if scenario.pools.values().all(|pool| pool.curve.is_holding()) => path,
        "no pool trades the pair through which it would hedge", "a pool with a curve that trades");
}
