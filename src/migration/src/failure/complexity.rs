//! How much there is to get wrong in a migration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Complexity of one changed storage slot, in contracts.
///
/// A contract of ten changed slots counts twice: its code and its layout (judgement; 36 of 973 upgraded versions had colliding slots).
pub const SLOT_WEIGHT: f64 = 0.1;
/// Complexity of one more chain, in contracts: an endpoint on either side of one message path (judgement).
pub const CHAIN_WEIGHT: f64 = 2.0;
/// Complexity of ten times as many entries, in contracts.
///
/// One loop moves them all; what grows with their number is the kinds of special cases among them, slowly (judgement).
pub const ENTRIES_WEIGHT: f64 = 0.5;
/// Complexity of ten times as many positions with dependencies, in contracts: each kind must be moved in step with what it hangs on (judgement).
pub const POSITIONS_WEIGHT: f64 = 1.0;

/// The parts of what a migration changes.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Complexity {
    /// Contracts whose code is new.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "contracts", "x-source" = "a major upgrade: pool, factory, router, oracle, rewards (judgement)"))]
    pub contracts: u32,
    /// Storage slots whose meaning changes.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "slots", "x-source" = "two for each contract (judgement)"))]
    pub storage_slots: u32,
    /// Entries (balances, ticks, stakes) that are moved.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("x-unit" = "entries", "x-source" = "ten thousand holders (judgement)"))]
    pub entries: u32,
    /// Chains on which it happens.
    #[schemars(range(min = 1, max = 1_000), extend("x-unit" = "chains", "x-source" = "one, unless stated"))]
    pub chains: u32,
    /// Positions that hang on what is moved: collateral of a debt, a vault's holdings, an oracle's pool.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("x-unit" = "positions", "x-source" = "none, unless stated"))]
    pub positions: u32,
}

impl Complexity {
    /// One contract, no changed slot, no entry: the plainest upgrade, whose complexity is one.
    pub const PLAINEST: Self = Self { contracts: 1, storage_slots: 0, entries: 0, chains: 1, positions: 0 };

    /// The complexity C as one number, in contracts.
    ///
    /// Law: C = contracts + 0.1 slots + 2 (chains - 1) + 0.5 log10(1 + entries) + log10(1 + positions). What must be thought of one by
    /// one counts by number, what a loop goes through by order of magnitude. C = 1 for the plainest upgrade.
    #[must_use]
    pub fn value(&self) -> f64 {
        f64::from(self.contracts)
            + SLOT_WEIGHT * f64::from(self.storage_slots)
            + CHAIN_WEIGHT * (f64::from(self.chains) - 1.0)
            + ENTRIES_WEIGHT * libm::log10(1.0 + f64::from(self.entries))
            + POSITIONS_WEIGHT * libm::log10(1.0 + f64::from(self.positions))
    }
}

impl Default for Complexity {
    fn default() -> Self {
        Self { contracts: 5, storage_slots: 10, entries: 9_999, chains: 1, positions: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Complexity;

    #[test]
    fn counts_by_number_or_by_order_of_magnitude() {
        assert_eq!(Complexity::PLAINEST.value(), 1.0);
        // Five contracts, ten slots, four orders of magnitude of entries.
        assert!((Complexity::default().value() - 8.0).abs() < 1e-12);
        let whole = Complexity { contracts: 3, storage_slots: 20, entries: 999, chains: 2, positions: 99 };
        assert!((whole.value() - (3.0 + 2.0 + 2.0 + 1.5 + 2.0)).abs() < 1e-12);
    }
}
