//! The table of a loss by channel on the weakest day of a network.

use super::super::evidence::Evidence;
use super::super::wording::Measure;
use super::{Table, heads};
use portage_results::metrics::{Id, id};

/// Channels in the order in which they are added: what each adds, by how much the loss is smaller without it, name in print.
const CHANNELS: [(Id, Id, &str); 4] = [
    (id::NETWORK_PART_COUNTERPARTY_USD, id::NETWORK_REMOVED_COUNTERPARTY_USD, "Claims on nodes that default"),
    (
        id::NETWORK_PART_FIRE_SALE_USD,
        id::NETWORK_REMOVED_FIRE_SALE_USD,
        "What assets fetch less than their reference price",
    ),
    (id::NETWORK_PART_ORACLE_USD, id::NETWORK_REMOVED_ORACLE_USD, "Wrong readings of oracles"),
    (id::NETWORK_PART_LIVENESS_USD, id::NETWORK_REMOVED_LIVENESS_USD, "What is frozen"),
];

/// What of the loss goes through which channel, and by how much it is smaller without that channel alone.
pub(super) fn channels(evidence: &Evidence<'_>) -> Option<Table> {
    let total = evidence.estimate(id::NETWORK_TOTAL_LOSS_USD).filter(|_| evidence.has("/network"))?;
    let scale = Measure::Usd.scale(total.mean.mean);
    let cell = |name: Id| {
        let estimate = evidence.estimate(name);
        estimate.map_or_else(String::new, |part| scale.bare_estimate(part.mean.mean, &part.mean.interval))
    };
    let mut rows = vec![vec!["Directly".to_owned(), cell(id::NETWORK_INITIAL_LOSS_USD), String::new()]];
    for (part, removed, title) in CHANNELS {
        if evidence.matters(part) || evidence.matters(removed) {
            rows.push(vec![title.to_owned(), cell(part), cell(removed)]);
        }
    }
    rows.push(vec!["Together".to_owned(), cell(id::NETWORK_TOTAL_LOSS_USD), String::new()]);
    Some(Table {
        title: "Loss of the network by channel",
        note: "Means over runs, on the weakest day of each. The parts are what each channel adds when they are switched on one after the other in this order; with the direct loss they add up. The last column: by how much the loss is smaller without that channel alone. Channels feed each other, so these need not add up.".to_owned(),
        heads: heads(&["Channel", &format!("Part, {}", scale.unit), "Less without it alone"]),
        rows,
    })
}
