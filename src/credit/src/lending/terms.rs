//! A lending market as a run is given it: names resolved.

use super::spec::{BorrowersSpec, LiquidatorsSpec, ReserveSpec, RulesSpec};
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};
use portage_base::units::Instant;

/// A lending market, the same in all runs.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketTerms {
    /// Its name: part of the names of its streams.
    pub name: String,
    /// Whose rules of liquidation it follows.
    pub rules: RulesSpec,
    /// First instant of the run, from which its clock counts.
    pub start: Instant,
    /// At most [`RESERVES_MAX`], in the order of their names.
    pub reserves: Vec<ReserveSpec>,
    /// Classes of borrowers.
    pub borrowers: Vec<BorrowersTerms>,
    /// Those who liquidate.
    pub liquidators: LiquidatorsSpec,
    /// Capital that bears bad debt before suppliers do, USD.
    pub backstop_usd: f64,
}

/// A class of borrowers.
#[derive(Debug, Clone, PartialEq)]
pub struct BorrowersTerms {
    /// Its name: part of the names of its streams.
    pub name: String,
    /// What the scenario says of them.
    pub spec: BorrowersSpec,
    /// Shares of the collateral's value by reserve; they sum to one.
    pub collateral: ReserveAmounts,
    /// Shares of the debt's value by reserve; they sum to one.
    pub debt: ReserveAmounts,
}

/// A reserve of which more is borrowed at the opening than is supplied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpeningExcess {
    pub reserve: usize,
    pub borrowed_usd: f64,
    /// Supplied by those who do not borrow, the market's own funds, and the least that borrowers pledge in any draw.
    pub supplied_usd: f64,
}

/// A class of which the median borrower owes more than its collateral lets it borrow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AboveLoanToValue {
    pub class: usize,
    /// Debt over collateral at the median health; infinite where the collateral counts nothing.
    pub ltv: f64,
    /// Loan to value of its collateral.
    pub limit: f64,
}

impl BorrowersTerms {
    /// What one USD of the class's collateral counts, each reserve at `weight`.
    pub(super) fn weighted(&self, reserves: &[ReserveSpec], weight: impl Fn(&ReserveSpec) -> f64) -> f64 {
        reserves.iter().zip(self.collateral).map(|(reserve, share)| share * weight(reserve)).sum()
    }
}

impl MarketTerms {
    /// Reserves of which more is borrowed at the opening than is there in every draw. Values are in USD, so that prices do not matter.
    ///
    /// Law: the least collateral of a class is its debt x least health / threshold of its collateral.
    #[must_use]
    pub fn opening_excess(&self) -> Vec<OpeningExcess> {
        let of_reserve = |(reserve, terms): (usize, &ReserveSpec)| {
            let borrowed_usd: f64 = self.borrowers.iter().map(|class| class.spec.debt_usd * class.debt[reserve]).sum();
            let pledged = |class: &BorrowersTerms| {
                let threshold = class.weighted(&self.reserves, |reserve| reserve.threshold);
                class.spec.debt_usd * class.spec.health.min / threshold * class.collateral[reserve]
            };
            let shares = self.borrowers.iter().filter(|class| class.collateral[reserve] > 0.0);
            let supplied_usd = terms.supplied_usd + terms.reserve_usd + shares.map(pledged).sum::<f64>();
            (borrowed_usd > supplied_usd).then_some(OpeningExcess { reserve, borrowed_usd, supplied_usd })
        };
        self.reserves.iter().enumerate().filter_map(of_reserve).collect()
    }

    /// Classes of which the median borrower could not have borrowed what it owes; one whose collateral counts nothing among them.
    #[must_use]
    pub fn above_loan_to_value(&self) -> Vec<AboveLoanToValue> {
        let of_class = |(class, terms): (usize, &BorrowersTerms)| {
            let limit = terms.weighted(&self.reserves, |reserve| reserve.loan_to_value);
            let threshold = terms.weighted(&self.reserves, |reserve| reserve.threshold);
            let ltv = if threshold > 0.0 { threshold / terms.spec.health.median } else { f64::INFINITY };
            (ltv > limit).then_some(AboveLoanToValue { class, ltv, limit })
        };
        self.borrowers.iter().enumerate().filter_map(of_class).collect()
    }

    /// Prices of the reserves in tokens a USD; reserves that do not exist have none.
    pub(super) fn tokens_per_usd(&self, prices: &ReservePrices) -> ReserveAmounts {
        let mut tokens = [0.0; RESERVES_MAX];
        for (tokens, price) in tokens.iter_mut().zip(prices).take(self.reserves.len()) {
            *tokens = 1.0 / price;
        }
        tokens
    }
}
