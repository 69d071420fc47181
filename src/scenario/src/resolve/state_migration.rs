//! Rules across the values of a state migration.

use super::broken::BrokenRule;
use super::calendar::last_date;
use crate::Scenario;
use portage_chain::GasMarket;
use portage_migration::{During, Mechanism, MigrationSpec, MovedBy, StateMigration};

/// Checks what the copying of a state says against the dates, the rest of the plan and the chain: `home` is the gas market of the scenario's
/// chain, `destination` that of the chain that the liquidity goes to, if it does.
pub(super) fn check_state_migration(
    scenario: &Scenario,
    home: Option<&GasMarket>,
    destination: Option<&GasMarket>,
    broken: &mut Vec<BrokenRule>,
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
    if matches!((&plan.mechanism, &spec.moved_by), (Mechanism::CrossChain(_), MovedBy::Claims(_))) {
        broken.push(
            BrokenRule::new(format!("{path}.moved_by.claims"), "claims against a snapshot stand on one chain")
                .expected("`operator`")
                .hint("leave out `state`: every owner then sends its own liquidity to the other chain"),
        );
    }
    check_dates(scenario, plan, (spec, path), broken);
    if plan.batch.is_some() && matches!(spec.moved_by, MovedBy::Claims(_)) {
        broken.push(
            BrokenRule::new("migration.batch", "users claim their own entries: nothing is pledged to an operator")
                .hint("leave out `batch`, or choose the mechanism `rebalancing`"),
        );
    }
    match (&spec.moved_by, spec.during) {
        (MovedBy::Claims(_), During::DualWrite(_)) => broken.push(
            BrokenRule::new(
                format!("{path}.during.dual_write"),
                "dual-write does nothing here: users claim what the snapshot says, which no later write can change",
            )
            .expected("`freeze`")
            .hint("choose `moved_by.operator` to let the old version go on"),
        ),
        (MovedBy::Operator(operator), _) => {
            let batch_gas = operator.gas(operator.batch_entries);
            // The market's room is that of a simulated block, a transaction stands in a real one.
            let room = gas.map_or(u64::MAX, |gas| gas.sure_room() / step);
            if batch_gas > room {
                let entries = operator.batch_entries;
                let message =
                    format!("a batch of {entries} entries takes {batch_gas} gas, more than a block has room for");
                broken.push(
                    BrokenRule::new(format!("{path}.moved_by.operator.batch_entries"), message)
                        .expected(format!("a batch of at most {room} gas"))
                        .hint("write fewer entries in a batch, or raise chain.rush_share or chain.block_gas_limit"),
                );
            }
        }
        (MovedBy::Claims(_), During::Freeze) => {}
    }
}

/// The snapshot lies within the simulation, and claims end after it and after the new version opens.
fn check_dates(
    scenario: &Scenario,
    plan: &MigrationSpec,
    (spec, path): (&StateMigration, &str),
    broken: &mut Vec<BrokenRule>,
) {
    let (start, end) = (scenario.start, last_date(scenario));
    let opens = plan.opens.unwrap_or(start);
    let snapshot = spec.snapshot.unwrap_or(opens);
    if spec.snapshot.is_some() && (snapshot < start || snapshot > end) {
        broken.push(
            BrokenRule::new(format!("{path}.snapshot"), format!("{snapshot} lies outside the simulation"))
                .expected(format!("a date from {start} to {end}"))
                .hint("move the date, or change `start` and `horizon`"),
        );
    }
    let MovedBy::Claims(claims) = &spec.moved_by else { return };
    let earliest = snapshot.max(opens);
    if let Some(claims_end) = claims.claims_end.filter(|claims_end| *claims_end <= earliest) {
        broken.push(
            BrokenRule::new(
                format!("{path}.moved_by.claims.claims_end"),
                format!("claims end on {claims_end}, before anything can be claimed"),
            )
            .expected(format!("a date after {earliest}")),
        );
    }
}
