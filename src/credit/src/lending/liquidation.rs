//! The arithmetic of a liquidation.

use super::spec::RulesSpec;

/// What a liquidator may do with a position at most: repay one debt, take one collateral.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// The reserve that is taken.
    pub collateral: usize,
    /// The reserve that is repaid.
    pub debt: usize,
    /// Most that may be repaid, tokens of the debt.
    pub repay_max: f64,
    /// Tokens of the collateral that are taken for a token repaid, bonus included.
    pub seized_per_repaid: f64,
    /// The bonus in it, share of the debt repaid.
    pub bonus: f64,
}

/// What a liquidation moved.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seizure {
    /// Repaid, tokens of the debt.
    pub repaid: f64,
    /// Taken, tokens of the collateral.
    pub seized: f64,
    /// Of them the bonus, at the prices of the proposal.
    pub bonus: f64,
}

impl RulesSpec {
    /// Share of a debt that may be repaid at once when the position's health is `health`.
    #[must_use]
    pub fn close_factor(&self, health: f64) -> f64 {
        match self {
            Self::Aave(rules) if health < rules.full_below_health => 1.0,
            Self::Aave(rules) => rules.close_factor,
            Self::Compound(rules) => rules.close_factor,
        }
    }

    /// Whether the market's own funds count as supplied: they are lent, and earn as others do.
    #[must_use]
    pub const fn lends_own_funds(&self) -> bool {
        matches!(self, Self::Aave(_))
    }
}

/// Tokens of collateral taken for one token of debt repaid.
///
/// Law: price of the debt / price of the collateral x (1 + bonus), by the market's own oracle. Source: Aave V3 (liquidation
/// logic) and Compound V2 (seize tokens), which agree on it.
#[must_use]
pub fn seized_per_repaid(debt_usd: f64, collateral_usd: f64, bonus: f64) -> f64 {
    debt_usd / collateral_usd * (1.0 + bonus)
}

/// What is repaid and taken when somebody offers to repay `repay` tokens and `collateral` tokens are there.
///
/// Law: repay x rate is taken; where that is more than is there, all of it is taken, and collateral / rate is repaid.
/// Source: Aave V3, available collateral to liquidate.
#[must_use]
pub fn settle(repay: f64, seized_per_repaid: f64, collateral: f64) -> (f64, f64) {
    let wanted = repay * seized_per_repaid;
    if wanted < collateral { (repay, wanted) } else { (repay.min(collateral / seized_per_repaid), collateral) }
}

#[cfg(test)]
mod tests {
    use super::super::health::raises_ltv;
    use super::super::spec::{AaveRules, CompoundRules};
    use super::*;
    use portage_base::random::Stream;

    #[test]
    fn a_liquidation_on_aave_by_hand() {
        // 10 ETH, 15,000 USDC; ETH at 1,800: health 0.996, so half of the debt: 7,500 / 1,800 x 1.05 = 4.375 ETH.
        let rules = RulesSpec::Aave(AaveRules::default());
        let health = 10.0 * 1_800.0 * 0.83 / 15_000.0;
        assert!((health - 0.996_f64).abs() < 1e-12);
        let rate = seized_per_repaid(1.0, 1_800.0, 0.05);
        let (repaid, seized) = settle(15_000.0 * rules.close_factor(health), rate, 10.0);
        assert!((repaid - 7_500.0).abs() < 1e-9 && (seized - 4.375).abs() < 1e-12);
        // At 1,700 health is 0.9407: all of it; 15,000 / 1,700 x 1.05 = 9.2647 ETH.
        assert!(rules.close_factor(10.0 * 1_700.0 * 0.83 / 15_000.0) == 1.0);
        let (repaid, seized) = settle(15_000.0, seized_per_repaid(1.0, 1_700.0, 0.05), 10.0);
        assert!((repaid - 15_000.0).abs() < 1e-9 && (seized - 9.264_705_882_352_942).abs() < 1e-9);
        // At 1,400 the collateral is short: 10 ETH are taken for 10 x 1,400 / 1.05 = 13,333.33 USDC.
        let (repaid, seized) = settle(15_000.0, seized_per_repaid(1.0, 1_400.0, 0.05), 10.0);
        assert!((repaid - 13_333.333_333_333_334).abs() < 1e-8 && seized == 10.0);
    }

    #[test]
    fn a_liquidation_on_compound_by_hand() {
        // 1 WBTC at 30,000 against 24,000 DAI at 1.01: half of the debt, 8 % incentive: 12,000 x 1.01 / 30,000 x 1.08.
        let rules = RulesSpec::Compound(CompoundRules::default());
        assert!(rules.close_factor(0.5) == 0.5, "Compound never lets all of a debt be repaid at once");
        let (repaid, seized) = settle(12_000.0, seized_per_repaid(1.01, 30_000.0, 0.08), 1.0);
        assert!(repaid == 12_000.0 && (seized - 0.436_32).abs() < 1e-12);
    }

    #[test]
    fn the_frontier_of_toxic_liquidations() {
        let mut stream = Stream::open(11, 0, "frontier");
        for _ in 0..10_000 {
            let (ltv, bonus) = (0.7 + 0.4 * stream.uniform(), 0.15 * stream.uniform());
            let (collateral, debt) = (100.0, 100.0 * ltv);
            let (repaid, seized) = settle(debt * 0.3 * (0.1 + stream.uniform()), 1.0 + bonus, collateral);
            let after = (debt - repaid) / (collateral - seized);
            if (ltv * (1.0 + bonus) - 1.0).abs() > 1e-9 {
                assert!((after > ltv) == raises_ltv(ltv, bonus), "LTV {ltv} to {after} with a bonus of {bonus}");
            }
        }
    }
}
