//! Rules across the values of oracles that read a pool, and the oracles with their pools resolved.

use super::broken::BrokenRule;
use super::calendar::last_date;
use crate::agents::{AverageSpec, ORACLES_MAX, OracleSpec, OracleSwitch, OracleTerms};
use crate::market::Grid;
use crate::pools::{CurveSpec, Role};
use crate::scenario::Scenario;
use crate::scenario::grammar::nearest;

/// The oracles of a scenario; broken rules are added to `broken`.
pub(super) fn oracles(scenario: &Scenario, grid: Grid, broken: &mut Vec<BrokenRule>) -> Vec<OracleTerms> {
    if scenario.oracles.len() > ORACLES_MAX {
        broken.push(
            BrokenRule::new("oracles", format!("{} oracles", scenario.oracles.len()))
                .expected(format!("at most {ORACLES_MAX} oracles")),
        );
    }
    scenario.oracles.iter().filter_map(|(name, spec)| oracle(scenario, grid, (name, spec), broken)).collect()
}

fn oracle(
    scenario: &Scenario,
    grid: Grid,
    (name, spec): (&str, &OracleSpec),
    broken: &mut Vec<BrokenRule>,
) -> Option<OracleTerms> {
    let path = format!("oracles.{name}");
    check_average(scenario, grid, &path, spec, broken);
    let venue = venue_of(&format!("{path}.reads"), &spec.reads, scenario, broken);
    if venue.is_some() && scenario.pools[&spec.reads].tvl_usd <= 0.0 {
        broken.push(
            BrokenRule::new(
                format!("{path}.reads"),
                format!("\"{}\" is empty at the opening: it has no price", spec.reads),
            )
            .expected("a pool with tvl_usd above 0 USD")
            .hint("read the pool that is there, and move the oracle with `switch`"),
        );
    }
    let switch = match &spec.switch {
        Some(switch) => Some(switched(scenario, grid, (&path, &spec.reads), switch, broken)?),
        None => None,
    };
    Some(OracleTerms {
        name: name.to_owned(),
        venue: venue?,
        switch,
        average: spec.average,
        relies: spec.relies,
        attackers: spec.attackers,
    })
}

/// A mean over blocks fits into the window, and somebody arbitrages its pool back.
fn check_average(scenario: &Scenario, grid: Grid, path: &str, spec: &OracleSpec, broken: &mut Vec<BrokenRule>) {
    let AverageSpec::Twap(twap) = spec.average else { return };
    if u64::from(twap.blocks) > grid.blocks {
        broken.push(
            BrokenRule::new(
                format!("{path}.average.twap.blocks"),
                format!("a mean over {} blocks in a simulation of {}", twap.blocks, grid.blocks),
            )
            .expected(format!("at most {} blocks", grid.blocks))
            .hint("a block is one of the scenario's clock, of `clock.step` blocks of the chain"),
        );
    }
    if scenario.arbitrage.is_none() {
        broken.push(
            BrokenRule::new(format!("{path}.average.twap"), "nobody would bring a price back that was pushed")
                .expected("a table [arbitrage]")
                .hint("what a mean over blocks costs to manipulate is what arbitrage takes"),
        );
    }
}

/// The block and the pool of a switch.
fn switched(
    scenario: &Scenario,
    grid: Grid,
    (path, reads): (&str, &str),
    switch: &OracleSwitch,
    broken: &mut Vec<BrokenRule>,
) -> Option<(u64, usize)> {
    let (start, end) = (scenario.start, last_date(scenario));
    if switch.at < start || switch.at > end {
        broken.push(
            BrokenRule::new(format!("{path}.switch.at"), format!("{} lies outside the simulation", switch.at))
                .expected(format!("a date from {start} to {end}"))
                .hint("move the date, or change `start` and `horizon`"),
        );
    }
    if switch.to == reads {
        broken.push(
            BrokenRule::new(format!("{path}.switch.to"), format!("\"{reads}\" is what it reads already"))
                .expected("another pool of the pair"),
        );
    }
    let venue = venue_of(&format!("{path}.switch.to"), &switch.to, scenario, broken)?;
    let block = libm::ceil(switch.at.seconds_since(start).max(0.0) / grid.block_seconds) as u64;
    Some((block, venue))
}

/// A pool that has a price of the pair, by its place in the scenario.
fn venue_of(path: &str, name: &str, scenario: &Scenario, broken: &mut Vec<BrokenRule>) -> Option<usize> {
    let Some(venue) = scenario.pools.keys().position(|pool| pool == name) else {
        let known: Vec<&str> = scenario.pools.keys().map(String::as_str).collect();
        let mut rule = BrokenRule::new(path, format!("there is no pool \"{name}\""))
            .expected(format!("one of {}", known.join(", ")));
        if let Some(near) = nearest(name, known) {
            rule = rule.hint(format!("did you mean \"{near}\"?"));
        }
        broken.push(rule);
        return None;
    };
    let pool = &scenario.pools[name];
    if pool.role == Role::Route {
        broken.push(
            BrokenRule::new(path, format!("\"{name}\" is a leg of a route and does not trade the pair"))
                .expected("a pool that is old, new or a rival"),
        );
    }
    if matches!(pool.curve, CurveSpec::Holding(_)) {
        broken.push(
            BrokenRule::new(path, format!("in \"{name}\" tokens are only held: it has no price"))
                .expected("a pool with a curve that trades"),
        );
    }
    Some(venue)
}
