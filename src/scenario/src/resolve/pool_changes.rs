//! Rules across the values of dated changes of pools, and the changes as events.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::units::Instant;
use portage_engine::model::Dated;
use portage_pools::{PoolChange, Role};

/// The dated changes of pools, none later than `end`; broken rules are noted in `rules`.
pub(super) fn pool_changes(scenario: &Scenario, end: Instant, rules: &mut Rules) -> Vec<(Instant, Dated)> {
    let mut events = Vec::new();
    for (index, change) in scenario.pool_changes.iter().enumerate() {
        let path = format!("pool_changes.{index}");
        rule!(rules, if change.at < scenario.start || change.at > end => "{path}.at",
            ("{} lies outside the simulation", change.at), ("a date from {} to {end}", scenario.start));
        rule!(rules, if change.protocol_share.is_none() && change.perceived_hazard.is_none() => path, "nothing changes",
            "at least one of `protocol_share` and `perceived_hazard`");
        let Some(venue) = venue_of(&path, change, scenario, rules) else { continue };
        events.extend(change.protocol_share.map(|value| (change.at, Dated::ProtocolShare { venue, value })));
        let lost = scenario.pools[&change.pool].perceived_loss;
        let seen = change.perceived_hazard.map(|hazard| Dated::PerceivedHazard { venue, loss_per_year: hazard * lost });
        events.extend(seen.map(|event| (change.at, event)));
    }
    events
}

/// The pool that changes, by its place in the scenario.
fn venue_of(path: &str, change: &PoolChange, scenario: &Scenario, rules: &mut Rules) -> Option<usize> {
    let Some(venue) = scenario.pools.keys().position(|name| *name == change.pool) else {
        let known = scenario.pools.keys().map(String::as_str);
        rules.unknown(&format!("{path}.pool"), ("pool", &change.pool), known, "a table [pools.NAME]");
        return None;
    };
    rule!(rules, if change.perceived_hazard.is_some() && scenario.pools[&change.pool].role == Role::Route =>
        "{path}.perceived_hazard", ("\"{}\" is a leg of a route: nobody who is simulated stands there", change.pool),
        "a pool that is old or new");
    Some(venue)
}
