//! What became of the migration's plan in a run: dates, halts, losses, what the operator spent.

use super::holders::HOLDERS;

/// The book of the plan. Dates are seconds on the run's clock, NaN where nothing of the kind happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanRecord {
    /// When the plan was approved.
    pub approved: f64,
    /// When the new version took effect.
    pub opened: f64,
    /// When the last stage began.
    pub released: f64,
    /// Votes that were held.
    pub votes: u32,
    /// Whether somebody bought the vote and passed an upgrade of his own.
    pub is_captured: bool,
    /// Whether somebody pushed what the trigger watched.
    pub is_gamed: bool,
    /// Least that it would have cost at an observation to push the trigger, USD; infinite where it could not be pushed.
    pub gaming_cost_min_usd: f64,
    /// When the state was read.
    pub snapshot: f64,
    /// Entries that were written.
    pub entries: f64,
    /// Entries that were found wrong while they were compared.
    pub entries_found: f64,
    /// Difference between the state that took effect and the one that was meant, relative to it; NaN where no state is copied.
    pub divergence_share: f64,
    /// What was credited to others than its owners, USD.
    pub miscredited_usd: f64,
    /// Opening value of what nobody had claimed when claims ended, relative to that of all who could; NaN before.
    pub unclaimed_share: f64,
    /// Whether the new version had a fault.
    pub is_faulty: bool,
    /// When the fault came to light after the new version had taken effect.
    pub failed: f64,
    /// Whether a verification caught the fault first.
    pub is_caught: bool,
    /// Times that the gates tripped.
    pub gates_tripped: u32,
    /// Rollbacks.
    pub rollbacks: u32,
    /// Providers that were moved along with all of their pool: nothing was added or withdrawn.
    pub moved_whole: u64,
    /// Time during which the team had halted the new version, seconds.
    pub paused_seconds: f64,
    /// Time during which more than half of the migrated liquidity stood in halted pools, seconds.
    pub downtime_seconds: f64,
    /// Time integral of what stood in halted pools, USD x days.
    pub frozen_usd_days: f64,
    /// Time integral of what is exposed to a failure of the path: the new version's pools and what is on its way, USD x days.
    pub at_risk_usd_days: f64,
    /// Largest value exposed at once, USD.
    pub at_risk_max_usd: f64,
    /// What the operator paid for gas, USD.
    pub operator_gas_usd: f64,
    /// What verification cost, gas apart, USD.
    pub verification_usd: f64,
    /// Operator's transactions: number, and sum and sum of squares of the gas price that each paid, gwei.
    pub operator_calls: (f64, f64, f64),
    /// What had been lost to failures when the plan last began anew, USD: gates count from there.
    pub(crate) lost_before_usd: f64,
    /// What the operator has sent to another chain and has not arrived, USD.
    pub(crate) sent_usd: f64,
    /// Pools that the team has halted.
    pub(crate) is_paused: bool,
    pub(super) booked: f64,
}

impl Default for PlanRecord {
    fn default() -> Self {
        Self {
            approved: f64::NAN,
            opened: f64::NAN,
            released: f64::NAN,
            votes: 0,
            is_captured: false,
            is_gamed: false,
            gaming_cost_min_usd: f64::INFINITY,
            snapshot: f64::NAN,
            entries: f64::NAN,
            entries_found: 0.0,
            divergence_share: f64::NAN,
            miscredited_usd: 0.0,
            unclaimed_share: f64::NAN,
            is_faulty: false,
            failed: f64::NAN,
            is_caught: false,
            gates_tripped: 0,
            rollbacks: 0,
            moved_whole: 0,
            paused_seconds: 0.0,
            downtime_seconds: 0.0,
            frozen_usd_days: 0.0,
            at_risk_usd_days: 0.0,
            at_risk_max_usd: 0.0,
            operator_gas_usd: 0.0,
            verification_usd: 0.0,
            operator_calls: (0.0, 0.0, 0.0),
            lost_before_usd: 0.0,
            sent_usd: 0.0,
            is_paused: false,
            booked: 0.0,
        }
    }
}

impl PlanRecord {
    /// A failure has come to light at `seconds`; the first one counts.
    pub(crate) const fn note_failure(&mut self, seconds: f64) {
        if self.failed.is_nan() {
            self.failed = seconds;
        }
    }
}

/// What was taken and given back in a run, USD at the moment at which it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Thefts {
    /// Taken by attackers.
    pub stolen_usd: f64,
    /// Stuck for ever: nobody has it.
    pub destroyed_usd: f64,
    /// Given back by attackers.
    pub returned_usd: f64,
    /// Lost by each kind of holder and not given back.
    pub(crate) robbed_usd: [f64; HOLDERS],
}
