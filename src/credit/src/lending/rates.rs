//! What borrowers pay and suppliers earn, by utilisation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A borrow rate in two straight pieces, yearly; compounded with every accrual.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateSpec {
    /// Rate when nothing is borrowed.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "WETH on Aave V3 Ethereum: 0"))]
    pub base: f64,
    /// What the rate gains from zero to the kink.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "WETH on Aave V3 Ethereum: 2.7 % (on-chain values, March 2025)"))]
    pub slope1: f64,
    /// What it gains from the kink to full utilisation.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "per year", "x-source" = "WETH on Aave V3 Ethereum: 80 % (on-chain values, March 2025)"))]
    pub slope2: f64,
    /// Utilisation at which the rate becomes steep.
    #[schemars(range(max = 0.99), extend("x-unit" = "share of what is supplied", "exclusiveMinimum" = 0.0, "x-source" = "WETH on Aave V3 Ethereum: 90 % (on-chain values, March 2025)"))]
    pub kink: f64,
}

impl Default for RateSpec {
    fn default() -> Self {
        Self { base: 0.0, slope1: 0.027, slope2: 0.8, kink: 0.9 }
    }
}

impl RateSpec {
    /// What borrowers pay at `utilisation` (0 to 1), per year.
    ///
    /// Law: base + slope1 u / kink up to the kink, beyond it base + slope1 + slope2 (u - kink) / (1 - kink).
    /// Source: Aave V3, default interest rate strategy.
    #[must_use]
    pub fn borrow_rate(&self, utilisation: f64) -> f64 {
        if utilisation <= self.kink {
            self.base + self.slope1 * utilisation / self.kink
        } else {
            self.base + self.slope1 + self.slope2 * (utilisation - self.kink) / (1.0 - self.kink)
        }
    }

    /// What suppliers earn at `utilisation` (0 to 1) when the market keeps the share `reserve_factor` of interest, per year.
    ///
    /// Law: borrow rate x utilisation x (1 - reserve factor).
    #[must_use]
    pub fn supply_rate(&self, utilisation: f64, reserve_factor: f64) -> f64 {
        self.borrow_rate(utilisation) * utilisation * (1.0 - reserve_factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_weth_by_hand() {
        let rate = RateSpec::default();
        // 45 % is half of the kink: half of 2.7 %; 95 % is halfway from the kink: 2.7 % + 40 %.
        for (utilisation, expected) in [(0.0, 0.0), (0.45, 0.0135), (0.9, 0.027), (0.95, 0.427), (1.0, 0.827)] {
            assert!((rate.borrow_rate(utilisation) - expected).abs() < 1e-12, "at {utilisation}");
        }
        assert!((rate.supply_rate(0.45, 0.1) - 0.0135 * 0.45 * 0.9).abs() < 1e-15);
    }
}
