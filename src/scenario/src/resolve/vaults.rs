//! Vaults of options: the rules across their values, their terms, and their opening.

use super::broken::BrokenRule;
use super::calendar::last_date;
use super::oracle_links::{base_of, oracle_of};
use crate::Scenario;
use portage_base::units::BPS;
use portage_credit::options::{DeltaHedged, VaultSpec};
use portage_engine::world::VaultTerms;

/// Most vaults of a scenario: each asks the router what its tokens would bring at every observation.
const VAULTS_MAX: usize = 8;

/// The vaults of a scenario; broken rules are added to `broken`.
pub(super) fn vaults(scenario: &Scenario, observation_seconds: f64, broken: &mut Vec<BrokenRule>) -> Vec<VaultTerms> {
    if scenario.vaults.len() > VAULTS_MAX {
        broken.push(
            BrokenRule::new("vaults", format!("{} vaults", scenario.vaults.len()))
                .expected(format!("at most {VAULTS_MAX} vaults")),
        );
    }
    let terms = |(name, spec): (&String, &VaultSpec)| {
        let path = format!("vaults.{name}");
        check_times(scenario, &path, spec, observation_seconds, broken);
        if let Some(hedged) = spec.strategy.hedge() {
            check_hedge(
                scenario,
                &format!("{path}.strategy.delta_hedged"),
                (spec, hedged),
                observation_seconds,
                broken,
            );
        }
        let moves = spec.moves.map(|moves| (moves.at.seconds_since(scenario.start), moves.gap.seconds()));
        VaultTerms {
            name: name.clone(),
            strategy: spec.strategy,
            deposits_usd: spec.deposits_usd,
            tenor_seconds: spec.tenor.seconds(),
            implied: spec.implied,
            exit_spread: spec.exit_spread,
            oracle: spec.oracle.as_ref().and_then(|oracle| {
                oracle_of(scenario, &format!("{path}.oracle"), oracle, base_of(scenario).unwrap_or_default(), broken)
            }),
            under_way: moves.map(|(from, gap)| (from, from + gap)),
            cost_max: spec.strategy.hedge().map_or(0.0, |hedged| hedged.rehedge.cost_max_bps / BPS),
            observation_seconds,
        }
    };
    scenario.vaults.iter().map(terms).collect()
}

/// Epochs fit into the window, and nothing happens between two observations.
fn check_times(
    scenario: &Scenario,
    path: &str,
    spec: &VaultSpec,
    observation_seconds: f64,
    broken: &mut Vec<BrokenRule>,
) {
    let (tenor, horizon) = (spec.tenor, scenario.horizon);
    if tenor > horizon {
        broken.push(
            BrokenRule::new(
                format!("{path}.tenor"),
                format!("options of {tenor} do not expire in a window of {horizon}"),
            )
            .expected(format!("at most {horizon}"))
            .hint("shorten `tenor`, or lengthen `horizon`"),
        );
    }
    if tenor.seconds() < observation_seconds {
        broken.push(
            BrokenRule::new(
                format!("{path}.tenor"),
                format!("nobody would settle options of {tenor} in time: vaults act every {observation_seconds} s"),
            )
            .expected(format!("at least {observation_seconds} s"))
            .hint("shorten `observation`, or lengthen `tenor`"),
        );
    }
    let Some(moves) = spec.moves else { return };
    let (start, end) = (scenario.start, last_date(scenario));
    if moves.at < start || moves.at > end {
        broken.push(
            BrokenRule::new(format!("{path}.moves.at"), format!("{} lies outside the simulation", moves.at))
                .expected(format!("a date from {start} to {end}"))
                .hint("move the date, or change `start` and `horizon`"),
        );
    }
    if moves.gap.seconds() < observation_seconds {
        broken.push(
            BrokenRule::new(
                format!("{path}.moves.gap"),
                format!("nobody would see the gap of {}: vaults act every {observation_seconds} s", moves.gap),
            )
            .expected(format!("at least {observation_seconds} s"))
            .hint("shorten `observation`, or leave out `moves`"),
        );
    }
}

/// A hedge can be paid, looked at and traded.
fn check_hedge(
    scenario: &Scenario,
    path: &str,
    (spec, hedged): (&VaultSpec, &DeltaHedged),
    observation_seconds: f64,
    broken: &mut Vec<BrokenRule>,
) {
    if hedged.notional_usd > spec.deposits_usd {
        broken.push(
            BrokenRule::new(
                format!("{path}.notional_usd"),
                format!("deposits of {} USD cannot pay for a hedge of {} USD", spec.deposits_usd, hedged.notional_usd),
            )
            .expected(format!("at most {} USD, the vault's deposits", spec.deposits_usd))
            .hint("options that end in the money are hedged one to one"),
        );
    }
    if let Some(every) = hedged.rehedge.every.filter(|every| every.seconds() < observation_seconds) {
        broken.push(
            BrokenRule::new(
                format!("{path}.rehedge.every"),
                format!("a hedge cannot be looked at every {every}: vaults act every {observation_seconds} s"),
            )
            .expected(format!("at least {observation_seconds} s"))
            .hint("shorten `observation`"),
        );
    }
    if scenario.pools.values().all(|pool| pool.curve.is_holding()) {
        broken.push(
            BrokenRule::new(path, "no pool trades the pair through which it would hedge")
                .expected("a pool with a curve that trades"),
        );
    }
}
