//! A lending market as a run is given it: names resolved, dates in seconds.

use super::rates::RateSpec;
use super::spec::{DebtUpkeepSpec, HealthSpec, LiquidatorsSpec, RulesSpec};
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};

/// A lending market, the same in all runs.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketTerms {
    /// Its name: part of the names of its streams.
    pub name: String,
    /// Whose rules of liquidation it follows.
    pub rules: RulesSpec,
    /// At most [`RESERVES_MAX`].
    pub reserves: Vec<ReserveTerms>,
    /// Classes of borrowers.
    pub borrowers: Vec<BorrowersTerms>,
    /// Those who liquidate.
    pub liquidators: LiquidatorsSpec,
    /// Capital that bears bad debt before suppliers do, USD.
    pub backstop_usd: f64,
}

/// One asset of a lending market.
#[derive(Debug, Clone, PartialEq)]
pub struct ReserveTerms {
    pub name: String,
    /// Supplied at the opening by those who do not borrow, USD.
    pub supplied_usd: f64,
    pub loan_to_value: f64,
    pub threshold: f64,
    /// Share of the debt repaid.
    pub bonus: f64,
    /// Most that may be supplied and lent, USD at opening prices; infinite without a cap.
    pub supply_cap_usd: f64,
    pub borrow_cap_usd: f64,
    pub is_borrowable: bool,
    /// Share of interest that the market keeps.
    pub reserve_factor: f64,
    /// The market's own funds in it at the opening, USD.
    pub reserve_usd: f64,
    pub rate: RateSpec,
    /// In the order of their times.
    pub steps: Vec<StepTerms>,
}

/// A change of a reserve's terms; what is none stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepTerms {
    /// Seconds on the run's clock.
    pub seconds: f64,
    pub loan_to_value: Option<f64>,
    pub threshold: Option<f64>,
    pub is_frozen: Option<bool>,
    /// USD at opening prices.
    pub supply_cap_usd: Option<f64>,
    pub borrow_cap_usd: Option<f64>,
}

/// A class of borrowers.
#[derive(Debug, Clone, PartialEq)]
pub struct BorrowersTerms {
    /// Its name: part of the names of its streams.
    pub name: String,
    pub count: u32,
    /// What all of them owe at the opening, USD.
    pub debt_usd: f64,
    /// Standard deviation of the log of a borrower's debt.
    pub size_sd: f64,
    /// Shares of the collateral's value by reserve; they sum to one.
    pub collateral: ReserveAmounts,
    /// Shares of the debt's value by reserve; they sum to one.
    pub debt: ReserveAmounts,
    pub health: HealthSpec,
    pub upkeep: DebtUpkeepSpec,
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
    pub(super) fn weighted(&self, reserves: &[ReserveTerms], weight: impl Fn(&ReserveTerms) -> f64) -> f64 {
        reserves.iter().zip(self.collateral).map(|(reserve, share)| share * weight(reserve)).sum()
    }
}

impl MarketTerms {
    /// Reserves of which more is borrowed at the opening than is there in every draw. Values are in USD, so that prices do not matter.
    ///
    /// Law: the least collateral of a class is its debt x least health / threshold of its collateral.
    #[must_use]
    pub fn opening_excess(&self) -> Vec<OpeningExcess> {
        let of_reserve = |(reserve, terms): (usize, &ReserveTerms)| {
            let borrowed_usd: f64 = self.borrowers.iter().map(|class| class.debt_usd * class.debt[reserve]).sum();
            let pledged = |class: &BorrowersTerms| {
                let threshold = class.weighted(&self.reserves, |reserve| reserve.threshold);
                class.debt_usd * class.health.min / threshold * class.collateral[reserve]
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
            let ltv = if threshold > 0.0 { threshold / terms.health.median } else { f64::INFINITY };
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
