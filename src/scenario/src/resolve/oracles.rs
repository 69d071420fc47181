//! Rules across the values of oracles, and the oracles with their names resolved.

use super::calendar::check_date;
use super::oracle_sources::{Sources, mean_of};
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::ledger::Token;
use portage_engine::agents::{ORACLES_MAX, OracleSpec, OracleSwitch, OracleTerms};
use portage_engine::world::{ExploitableLiquidity, SourceTerms};
use portage_market::Grid;

/// The oracles of a scenario; broken rules are noted in `rules`.
pub(super) fn oracles(scenario: &Scenario, grid: Grid, rules: &mut Rules) -> Vec<OracleTerms> {
    rule!(rules, if scenario.oracles.len() > ORACLES_MAX => "oracles", ("{} oracles", scenario.oracles.len()),
        "at most {ORACLES_MAX} oracles");
    let mut sources = Sources { scenario, grid, rules };
    scenario.oracles.iter().filter_map(|(name, spec)| oracle(&mut sources, name, spec)).collect()
}

fn oracle(sources: &mut Sources<'_>, name: &str, spec: &OracleSpec) -> Option<OracleTerms> {
    let path = format!("oracles.{name}");
    let found = sources.source(&path, spec);
    rule!(sources.rules, if spec.attackers.is_some() && !is_relied_on(sources.scenario, name, spec) =>
        "{path}.attackers", "nobody relies on it: there is nothing to be taken",
        "a table `relies`, a reserve of a lending market that it values, or no attackers");
    let (source, asset) = found?;
    let switch = match &spec.switch {
        Some(switch) => Some(switched(sources, &path, spec, switch, asset)?),
        None => None,
    };
    let exploitable = spec.relies.map(|relies| ExploitableLiquidity {
        borrowable_usd: relies.borrowable_usd,
        loan_to_value: relies.loan_to_value,
        collateral_usd: relies.collateral_usd_max.unwrap_or(f64::INFINITY),
    });
    Some(OracleTerms {
        name: name.to_owned(),
        asset,
        source,
        switch,
        exploitable,
        relies: spec.relies,
        attackers: spec.attackers,
    })
}

/// Whether somebody lends by an oracle.
fn is_relied_on(scenario: &Scenario, name: &str, spec: &OracleSpec) -> bool {
    let mut reserves = scenario.lending.values().flat_map(|market| market.reserves.values());
    // A name that no oracle has is reported at its place: it may be meant for this one.
    let is_meant = |oracle: &String| oracle == name || !scenario.oracles.contains_key(oracle);
    spec.relies.is_some()
        || reserves.any(|reserve| reserve.pool.is_none() && reserve.oracle.as_ref().is_some_and(is_meant))
}

/// The block of a switch, and the source from then on.
fn switched(
    sources: &mut Sources<'_>,
    path: &str,
    spec: &OracleSpec,
    switch: &OracleSwitch,
    asset: Token,
) -> Option<(u64, SourceTerms)> {
    check_date(sources.scenario, &format!("{path}.switch.at"), switch.at, sources.rules);
    let block = sources.blocks(switch.at.seconds_since(sources.scenario.start));
    let (Some(reads), Some(average)) = (&spec.reads, spec.average) else {
        rule!(sources.rules => "{path}.switch", "only an oracle that reads a pool can be moved",
            "no switch, or a pool that it `reads` before");
        return None;
    };
    let to = match (&switch.to, &switch.to_feed) {
        (Some(pool), None) => {
            rule!(sources.rules, if pool == reads => "{path}.switch.to", "\"{reads}\" is what it reads already",
                "another pool of the pair");
            SourceTerms::Pool(sources.venue(&format!("{path}.switch.to"), pool)?, mean_of(average))
        }
        (None, Some(feed)) => {
            let (source, published) = sources.feed(&format!("{path}.switch.to_feed"), feed)?;
            rule!(sources.rules, if published != asset => "{path}.switch.to_feed.asset",
                "those who rely on the oracle would read the price of another asset",
                "the base of the pool that it reads before");
            source
        }
        (None, None) | (Some(_), Some(_)) => {
            rule!(sources.rules => "{path}.switch", "it says not exactly one place where the price comes from then",
                "either `to` (a pool) or `to_feed`");
            return None;
        }
    };
    Some((block, to))
}
