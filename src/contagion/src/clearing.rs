//! Clearing vectors: what everybody pays when everybody pays what it can.

use super::claims::{Claims, ClaimsFault};
use super::solve::pass_on;
use ndarray::Array2;

/// Share of its debts by which a node may miss them and still be solvent: above the rounding of sums over 500 nodes, far below a cent
/// of a million.
const SOLVENT_TOLERANCE: f64 = 1e-12;

/// What a bankruptcy leaves of a node's assets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Share of external assets that creditors get (alpha), in [0, 1].
    pub external: f64,
    /// Share of what other nodes pay that creditors get (beta), in [0, 1].
    pub interbank: f64,
}

impl Recovery {
    /// A bankruptcy that costs nothing.
    pub const FULL: Self = Self { external: 1.0, interbank: 1.0 };
}

/// Who pays what, and who defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Clearing {
    /// What each node pays in all, USD.
    pub payments: Vec<f64>,
    /// What each node receives from the others, USD.
    pub received: Vec<f64>,
    /// What is left to each node's owners, USD; 0 of one that defaults.
    pub equities: Vec<f64>,
    /// The round in which each node defaulted, from 1: those of round 1 default though all others pay; `None` of one that pays in full.
    pub defaulted_in: Vec<Option<u32>>,
    /// Linear systems solved.
    pub iterations: u32,
}

impl Clearing {
    /// Nodes that default.
    #[must_use]
    pub fn defaults(&self) -> usize {
        self.defaulted_in.iter().flatten().count()
    }

    /// Rounds in which somebody defaulted: 0 without a default, 1 where no default causes another.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.defaulted_in.iter().flatten().copied().max().unwrap_or(0)
    }
}

/// The greatest clearing vector p = min(due, external + received(p)).
///
/// By the fictitious default algorithm of Eisenberg and Noe, Systemic Risk in Financial Systems, Management Science 47 (2001): at most one
/// linear system a node.
///
/// # Parameters
/// `external`: assets of each node that are no claim on another one, at least 0, USD.
///
/// # Errors
/// Where `external` is negative, not finite, or not one a node.
pub fn eisenberg_noe(claims: &Claims, external: &[f64]) -> Result<Clearing, ClaimsFault> {
    rogers_veraart(claims, external, Recovery::FULL)
}

/// The greatest clearing vector with bankruptcy costs: a node whose assets fall short of what it owes pays
/// alpha x external + beta x received, any other one in full.
///
/// By rounds from above: Rogers and Veraart, Failure and Rescue in an Interbank Network, Management Science 59 (2013). With full recovery
/// it is [`eisenberg_noe`].
///
/// # Errors
/// Where `external` is negative, not finite, or not one a node.
pub fn rogers_veraart(claims: &Claims, external: &[f64], recovery: Recovery) -> Result<Clearing, ClaimsFault> {
    claims.check_assets(external)?;
    let mut payments = claims.due().to_vec();
    let mut defaulted_in = vec![None; claims.nodes()];
    let mut members: Vec<usize> = Vec::new();
    for round in 1.. {
        let received = claims.received(&payments);
        let known = members.len();
        for (node, round_of) in defaulted_in.iter_mut().enumerate() {
            if round_of.is_none() && falls_short(external[node] + received[node], claims.due()[node]) {
                *round_of = Some(round);
                members.push(node);
            }
        }
        if members.len() == known {
            let equities = (0..claims.nodes())
                .map(|node| match defaulted_in[node] {
                    Some(_) => 0.0,
                    None => (external[node] + received[node] - payments[node]).max(0.0),
                })
                .collect();
            return Ok(Clearing { payments, received, equities, defaulted_in, iterations: round - 1 });
        }
        for (&node, paid) in members.iter().zip(estates(claims, external, recovery, &members)) {
            payments[node] = paid.min(payments[node]);
        }
    }
    unreachable!("there are at most as many rounds as nodes")
}

/// Whether assets do not suffice for what is due.
pub(super) fn falls_short(assets: f64, due: f64) -> bool {
    assets < due * (1.0 - SOLVENT_TOLERANCE)
}

/// What the nodes `members` pay when they default and all others pay in full.
fn estates(claims: &Claims, external: &[f64], recovery: Recovery, members: &[usize]) -> Vec<f64> {
    let Recovery { external: alpha, interbank: beta } = recovery;
    let mut is_member = vec![false; claims.nodes()];
    for &node in members {
        is_member[node] = true;
    }
    let count = members.len();
    let mut passed = Array2::zeros((count, count));
    let mut left = vec![0.0; count];
    for (row, &node) in members.iter().enumerate() {
        let due = claims.due()[node];
        left[row] = claims.outside()[node] / due;
        for other in (0..claims.nodes()).filter(|other| !is_member[*other]) {
            left[row] += claims.owed(node, other) / due;
        }
        for (column, &other) in members.iter().enumerate() {
            let share = claims.owed(node, other) / due;
            passed[(row, column)] = beta * share;
            left[row] += (1.0 - beta) * share;
        }
    }
    let comes_in = |&node: &usize| {
        let solvent = (0..claims.nodes()).filter(|other| !is_member[*other]);
        alpha * external[node] + beta * solvent.map(|other| claims.owed(other, node)).sum::<f64>()
    };
    pass_on(passed, left, members.iter().map(comes_in).collect())
}

/// The clearing map applied again and again to payments `from`, until no payment changes by more than `tolerance_usd` or `rounds_max` are
/// over; returns payments and rounds. From what is due it falls to the greatest clearing vector, from nothing it rises to the least one.
///
/// # Errors
/// Where `external` or `from` is negative, not finite, or not one a node.
pub fn iterate(
    claims: &Claims,
    external: &[f64],
    recovery: Recovery,
    from: &[f64],
    (tolerance_usd, rounds_max): (f64, u32),
) -> Result<(Vec<f64>, u32), ClaimsFault> {
    claims.check_assets(external)?;
    claims.check_assets(from)?;
    let mut payments = from.to_vec();
    for round in 1..=rounds_max {
        let received = claims.received(&payments);
        let mut moved_usd = 0.0_f64;
        for (node, payment) in payments.iter_mut().enumerate() {
            let due = claims.due()[node];
            let paid = if falls_short(external[node] + received[node], due) {
                (recovery.external * external[node] + recovery.interbank * received[node]).min(due)
            } else {
                due
            };
            moved_usd = moved_usd.max((paid - *payment).abs());
            *payment = paid;
        }
        if moved_usd <= tolerance_usd {
            return Ok((payments, round));
        }
    }
    Ok((payments, rounds_max))
}

#[cfg(test)]
mod tests;
