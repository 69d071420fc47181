//! The table of a loss by channel on the weakest day of a network.

use super::super::evidence::Evidence;
use super::super::wording::Measure;
use super::{Table, heads};

/// Channels in the order in which they are added: name in metrics, name in print.
const CHANNELS: [(&str, &str); 4] = [
    ("counterparty", "Claims on nodes that default"),
    ("fire_sale", "What assets fetch less than their reference price"),
    ("oracle", "Wrong readings of oracles"),
    ("liveness", "What is frozen"),
];

/// What of the loss goes through which channel, and by how much it is smaller without that channel alone.
pub(super) fn channels(evidence: &Evidence<'_>) -> Option<Table> {
    let total = evidence.estimate("network_total_loss_usd").filter(|_| evidence.has("/network"))?;
    let scale = Measure::Usd.scale(total.mean.mean);
    let cell = |name: &str| {
        let estimate = evidence.estimate(name);
        estimate.map_or_else(String::new, |part| scale.bare_estimate(part.mean.mean, &part.mean.interval))
    };
    let mut rows = vec![vec!["Directly".to_owned(), cell("network_initial_loss_usd"), String::new()]];
    for (name, title) in CHANNELS {
        let (part, removed) = (format!("network_part_{name}_usd"), format!("network_removed_{name}_usd"));
        if evidence.matters(&part) || evidence.matters(&removed) {
            rows.push(vec![title.to_owned(), cell(&part), cell(&removed)]);
        }
    }
    rows.push(vec!["Together".to_owned(), cell("network_total_loss_usd"), String::new()]);
    Some(Table {
        title: "Loss of the network by channel",
        note: "Means over runs, on the weakest day of each. The parts are what each channel adds when they are switched on one after the other in this order; with the direct loss they add up. The last column: by how much the loss is smaller without that channel alone. Channels feed each other, so these need not add up.".to_owned(),
        heads: heads(&["Channel", &format!("Part, {}", scale.unit), "Less without it alone"]),
        rows,
    })
}
