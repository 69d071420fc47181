//! How far a position stands from liquidation, and on which side of the frontier a liquidation makes it better or worse.

/// What a position is worth at given prices, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Valuation {
    /// Its collateral.
    pub collateral_usd: f64,
    /// Its collateral, each token counted at its threshold of liquidation.
    pub at_thresholds_usd: f64,
    /// Its collateral, each token counted at its loan to value: what it may owe after borrowing.
    pub at_loan_to_value_usd: f64,
    /// Its debt.
    pub debt_usd: f64,
}

impl Valuation {
    /// Health factor: collateral at thresholds over debt; infinite without debt.
    #[must_use]
    pub fn health(&self) -> f64 {
        if self.debt_usd > 0.0 { self.at_thresholds_usd / self.debt_usd } else { f64::INFINITY }
    }

    /// Debt over collateral; infinite when there is debt and no collateral, zero without debt.
    #[must_use]
    pub fn ltv(&self) -> f64 {
        if self.debt_usd > 0.0 { self.debt_usd / self.collateral_usd } else { 0.0 }
    }

    /// Debt that collateral no longer covers, USD.
    #[must_use]
    pub const fn uncovered_usd(&self) -> f64 {
        (self.debt_usd - self.collateral_usd).max(0.0)
    }
}

/// Whether liquidating a part of a position at `ltv` with a bonus (share of the debt repaid) leaves it with a higher LTV than before.
///
/// Law: LTV > 1 / (1 + bonus), as each USD repaid takes 1 + bonus USD of collateral away.
/// Source: Warmuz, Chaudhary and Pinna 2022, Toxic liquidation spirals.
#[must_use]
pub fn raises_ltv(ltv: f64, bonus: f64) -> bool {
    ltv > 1.0 / (1.0 + bonus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_and_ltv_by_hand() {
        // 10 ETH at 2,000 with threshold 83 % against 15,000 USDC.
        let value = Valuation {
            collateral_usd: 20_000.0,
            at_thresholds_usd: 16_600.0,
            at_loan_to_value_usd: 16_100.0,
            debt_usd: 15_000.0,
        };
        assert!((value.health() - 1.106_666_666_666_666_7).abs() < 1e-15 && (value.ltv() - 0.75).abs() < 1e-15);
        assert!(value.uncovered_usd() == 0.0);
        assert!(Valuation { debt_usd: 0.0, ..value }.health().is_infinite());
        assert!((Valuation { debt_usd: 21_000.0, ..value }.uncovered_usd() - 1_000.0).abs() < 1e-9);
    }
}
