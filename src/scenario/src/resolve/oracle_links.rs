//! The oracle that something relies on, by its name.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_pools::Role;

/// The place of oracle `name` in the scenario, by which the value at `path` relies on the price of `asset`.
pub(super) fn oracle_of(scenario: &Scenario, path: &str, name: &str, asset: &str, rules: &mut Rules) -> Option<usize> {
    let Some(place) = scenario.oracles.keys().position(|oracle| oracle == name) else {
        let none = format!("no oracle, as there are none, or a table [oracles.{name}]");
        rules.unknown(path, ("oracle", name), scenario.oracles.keys().map(String::as_str), &none);
        return None;
    };
    let read = asset_of(scenario, name);
    rule!(rules, if let Some(read) = read.filter(|read| *read != asset) => path,
        "the oracle \"{name}\" reads the price of {read}, not of {asset}", "an oracle of {asset}");
    Some(place)
}

/// The asset whose price an oracle reads.
fn asset_of<'s>(scenario: &'s Scenario, name: &str) -> Option<&'s str> {
    let spec = &scenario.oracles[name];
    if let Some(feed) = &spec.feed {
        return feed.asset.as_deref().or_else(|| base_of(scenario));
    }
    if let Some(pegged) = &spec.pegged {
        return Some(&pegged.asset);
    }
    let pool = spec.reads.as_ref().and_then(|pool| scenario.pools.get(pool))?;
    Some(&pool.base)
}

/// The base of the pair that is migrated.
pub(super) fn base_of(scenario: &Scenario) -> Option<&str> {
    scenario.pools.values().find(|pool| pool.role != Role::Route).map(|pool| pool.base.as_str())
}
