//! What oracles read.

use super::World;

impl World {
    /// What the oracle at place `oracle` of the scenario's list reads now: USD per token of its asset.
    #[must_use]
    pub fn oracle_usd(&self, oracle: usize) -> f64 {
        let _every_oracle_reads_the_true_price = oracle;
        self.pair().base_usd
    }

    /// Increases whenever any reading has changed.
    #[must_use]
    pub fn oracle_version(&self) -> u64 {
        0
    }
}
