//! Rules across the values of a state migration.

use super::calendar::check_date;
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_chain::GasMarket;
use portage_migration::{During, Mechanism, MigrationSpec, MovedBy, StateMigration};

/// Checks what the copying of a state says against the dates, the rest of the plan and the chain: `home` is the gas market of the scenario's
/// chain, `destination` that of the chain that the liquidity goes to, if it does.
pub(super) fn check_state_migration(
    scenario: &Scenario,
    home: Option<&GasMarket>,
    destination: Option<&GasMarket>,
    rules: &mut Rules,
) {
    let Some(plan) = &scenario.migration else { return };
    let (spec, path, gas, step) = match &plan.mechanism {
        Mechanism::StateMigration(spec) => {
            (spec, "migration.mechanism.state_migration", home, u64::from(scenario.clock.step))
        }
        Mechanism::CrossChain(crossing) => match &crossing.state {
            Some(spec) => (spec, "migration.mechanism.cross_chain.state", destination, 1),
            None => return,
        },
        Mechanism::Rebalancing(_) | Mechanism::ProxyUpgrade(_) => return,
    };
    rule!(rules, if matches!((&plan.mechanism, &spec.moved_by), (Mechanism::CrossChain(_), MovedBy::Claims(_))) =>
        "{path}.moved_by.claims", "claims against a snapshot stand on one chain", "`operator`",
        "leave out `state`: every owner then sends its own liquidity to the other chain");
    check_dates(scenario, plan, (spec, path), rules);
    rule!(rules, if plan.batch.is_some() && matches!(spec.moved_by, MovedBy::Claims(_)) => "migration.batch",
        "users claim their own entries: nothing is pledged to an operator", "",
        "leave out `batch`, or choose the mechanism `rebalancing`");
    match (&spec.moved_by, spec.during) {
        (MovedBy::Claims(_), During::DualWrite(_)) => rule!(rules => "{path}.during.dual_write",
                "dual-write does nothing here: users claim what the snapshot says, which no later write can change",
                "`freeze`", "choose `moved_by.operator` to let the old version go on"),
        (MovedBy::Operator(operator), _) => {
            let batch_gas = operator.gas(operator.batch_entries);
            // The market's room is that of a simulated block, a transaction stands in a real one.
            let room = gas.map_or(u64::MAX, |gas| gas.sure_room() / step);
            if batch_gas > room {
                let entries = operator.batch_entries;
                let message =
                    format!("a batch of {entries} entries takes {batch_gas} gas, more than a block has room for");
                rule!(rules => "{path}.moved_by.operator.batch_entries", message, "a batch of at most {room} gas",
                    "write fewer entries in a batch, or raise chain.rush_share or chain.block_gas_limit");
            }
        }
        (MovedBy::Claims(_), During::Freeze) => {}
    }
}

/// The snapshot lies within the simulation, and claims end after it and after the new version opens.
fn check_dates(scenario: &Scenario, plan: &MigrationSpec, (spec, path): (&StateMigration, &str), rules: &mut Rules) {
    let opens = plan.opens.unwrap_or(scenario.start);
    let snapshot = spec.snapshot.unwrap_or(opens);
    if spec.snapshot.is_some() {
        check_date(scenario, &format!("{path}.snapshot"), snapshot, rules);
    }
    let MovedBy::Claims(claims) = &spec.moved_by else { return };
    let earliest = snapshot.max(opens);
    rule!(rules, if let Some(claims_end) = claims.claims_end.filter(|claims_end| *claims_end <= earliest) =>
        "{path}.moved_by.claims.claims_end", "claims end on {claims_end}, before anything can be claimed",
        "a date after {earliest}");
}
