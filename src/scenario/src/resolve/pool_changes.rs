//! Rules across the values of dated changes of pools, and the changes as events.

use super::broken::BrokenRule;
use crate::Scenario;
use crate::grammar::nearest;
use portage_base::units::Instant;
use portage_engine::model::Dated;
use portage_pools::{PoolChange, Role};

/// The dated changes of pools, none later than `end`; broken rules are added to `broken`.
pub(super) fn pool_changes(scenario: &Scenario, end: Instant, broken: &mut Vec<BrokenRule>) -> Vec<(Instant, Dated)> {
    let mut events = Vec::new();
    for (index, change) in scenario.pool_changes.iter().enumerate() {
        let path = format!("pool_changes.{index}");
        if change.at < scenario.start || change.at > end {
            broken.push(
                BrokenRule::new(format!("{path}.at"), format!("{} lies outside the simulation", change.at))
                    .expected(format!("a date from {} to {end}", scenario.start)),
            );
        }
        if change.protocol_share.is_none() && change.perceived_hazard.is_none() {
            broken.push(
                BrokenRule::new(path.clone(), "nothing changes")
                    .expected("at least one of `protocol_share` and `perceived_hazard`"),
            );
        }
        let Some(venue) = venue_of(&path, change, scenario, broken) else { continue };
        events.extend(change.protocol_share.map(|value| (change.at, Dated::ProtocolShare { venue, value })));
        let lost = scenario.pools[&change.pool].perceived_loss;
        let seen = change.perceived_hazard.map(|hazard| Dated::PerceivedHazard { venue, loss_per_year: hazard * lost });
        events.extend(seen.map(|event| (change.at, event)));
    }
    events
}

/// The pool that changes, by its place in the scenario.
fn venue_of(path: &str, change: &PoolChange, scenario: &Scenario, broken: &mut Vec<BrokenRule>) -> Option<usize> {
    let Some(venue) = scenario.pools.keys().position(|name| *name == change.pool) else {
        let known: Vec<&str> = scenario.pools.keys().map(String::as_str).collect();
        let mut rule = BrokenRule::new(format!("{path}.pool"), format!("there is no pool \"{}\"", change.pool))
            .expected(format!("one of {}", known.join(", ")));
        if let Some(near) = nearest(&change.pool, known) {
            rule = rule.hint(format!("did you mean \"{near}\"?"));
        }
        broken.push(rule);
        return None;
    };
    if change.perceived_hazard.is_some() && scenario.pools[&change.pool].role == Role::Route {
        broken.push(
            BrokenRule::new(
                format!("{path}.perceived_hazard"),
                format!("\"{}\" is a leg of a route: nobody who is simulated stands there", change.pool),
            )
            .expected("a pool that is old or new"),
        );
    }
    Some(venue)
}
