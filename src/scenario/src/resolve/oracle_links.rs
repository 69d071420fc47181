//! The oracle that something relies on, by its name.

use super::broken::BrokenRule;
use crate::Scenario;
use crate::grammar::nearest;
use portage_pools::Role;

/// The place of oracle `name` in the scenario, by which the value at `path` relies on the price of `asset`.
pub(super) fn oracle_of(
    scenario: &Scenario,
    path: &str,
    name: &str,
    asset: &str,
    broken: &mut Vec<BrokenRule>,
) -> Option<usize> {
    let Some(place) = scenario.oracles.keys().position(|oracle| oracle == name) else {
        let known: Vec<&str> = scenario.oracles.keys().map(String::as_str).collect();
        let expected = if known.is_empty() {
            format!("no oracle, as there are none, or a table [oracles.{name}]")
        } else {
            format!("one of {}", known.join(", "))
        };
        let mut rule = BrokenRule::new(path, format!("there is no oracle \"{name}\"")).expected(expected);
        if let Some(near) = nearest(name, known) {
            rule = rule.hint(format!("did you mean \"{near}\"?"));
        }
        broken.push(rule);
        return None;
    };
    let read = asset_of(scenario, name);
    if let Some(read) = read.filter(|read| *read != asset) {
        broken.push(
            BrokenRule::new(path, format!("the oracle \"{name}\" reads the price of {read}, not of {asset}"))
                .expected(format!("an oracle of {asset}")),
        );
    }
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
