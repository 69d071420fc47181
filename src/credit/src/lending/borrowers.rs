//! The borrowers of a market: what each has pledged and owes.

use super::health::Valuation;
use super::reserve::Reserve;
use super::terms::{BorrowersTerms, MarketTerms};
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};
use portage_base::random::Stream;
use rand_distr::{Distribution, StandardNormal};

/// Positions kept for loans that nobody means to repay; later ones join the last of them.
pub(super) const ATTACKERS_MAX: usize = 16;

/// All positions of a market, by id; balances are scaled.
#[derive(Debug, Clone)]
pub(super) struct Borrowers {
    pub(super) collateral: Vec<ReserveAmounts>,
    pub(super) debt: Vec<ReserveAmounts>,
    /// Class of each.
    pub(super) class: Vec<u32>,
    /// Whether each looks after its position.
    pub(super) is_attentive: Vec<bool>,
    /// Positions that were drawn; those kept for attackers follow, then those kept for borrowers of another market.
    pub(super) drawn: usize,
    /// Loans for good that were opened.
    pub(super) attackers: usize,
}

impl Borrowers {
    /// Draws all classes at the opening, when indices are one, and keeps empty positions for attackers.
    ///
    /// Debts are lognormal and scaled so that together they are the class's. Collateral follows from debt and health: debt x health /
    /// threshold of the collateral. Each borrower draws debt, health and attention from a stream of its own, whatever the parameters are.
    pub(super) fn draw(terms: &MarketTerms, tokens_per_usd: &ReserveAmounts, (seed, run): (u64, u64)) -> Self {
        let count = terms.borrowers.iter().map(|class| class.spec.count as usize).sum::<usize>() + ATTACKERS_MAX;
        let mut drawn = Self {
            collateral: Vec::with_capacity(count),
            debt: Vec::with_capacity(count),
            class: Vec::with_capacity(count),
            is_attentive: Vec::with_capacity(count),
            drawn: count - ATTACKERS_MAX,
            attackers: 0,
        };
        for (index, class) in terms.borrowers.iter().enumerate() {
            drawn.draw_class(terms, (index, class), tokens_per_usd, (seed, run));
        }
        for _ in 0..ATTACKERS_MAX {
            drawn.push([0.0; RESERVES_MAX], [0.0; RESERVES_MAX], 0, false);
        }
        drawn
    }

    fn draw_class(
        &mut self,
        terms: &MarketTerms,
        (index, class): (usize, &BorrowersTerms),
        tokens_per_usd: &ReserveAmounts,
        (seed, run): (u64, u64),
    ) {
        let stream = |part: &str| Stream::open(seed, run, &format!("lending/{}/{}/{part}", terms.name, class.name));
        let [mut sizes, mut healths, mut attention] = ["sizes", "health", "attention"].map(stream);
        let normal = |stream: &mut Stream| -> f64 { StandardNormal.sample(stream) };
        let weights: Vec<f64> =
            (0..class.spec.count).map(|_| libm::exp(class.spec.size_sd * normal(&mut sizes))).collect();
        let usd_per_weight = class.spec.debt_usd / weights.iter().sum::<f64>();
        let threshold = class.weighted(&terms.reserves, |reserve| reserve.threshold);
        for weight in weights {
            let debt_usd = weight * usd_per_weight;
            let collateral_usd = debt_usd * class.spec.health.health(normal(&mut healths)) / threshold;
            let in_tokens = |shares: &ReserveAmounts, usd: f64| {
                std::array::from_fn(|reserve| shares[reserve] * usd * tokens_per_usd[reserve])
            };
            let is_attentive = attention.uniform() < class.spec.upkeep.attentive_share;
            let (collateral, debt) = (in_tokens(&class.collateral, collateral_usd), in_tokens(&class.debt, debt_usd));
            self.push(collateral, debt, index as u32, is_attentive);
        }
    }

    pub(super) fn push(&mut self, collateral: ReserveAmounts, debt: ReserveAmounts, class: u32, is_attentive: bool) {
        self.collateral.push(collateral);
        self.debt.push(debt);
        self.class.push(class);
        self.is_attentive.push(is_attentive);
    }

    pub(super) const fn count(&self) -> usize {
        self.debt.len()
    }

    /// What a position is worth at `prices`.
    pub(super) fn valuation(&self, id: u32, reserves: &[Reserve], prices: &ReservePrices) -> Valuation {
        let (collateral, debt) = (&self.collateral[id as usize], &self.debt[id as usize]);
        let mut value = Valuation::default();
        for (r, reserve) in reserves.iter().enumerate() {
            let pledged_usd = collateral[r] * reserve.supply_index * prices[r];
            value.collateral_usd += pledged_usd;
            value.at_thresholds_usd += pledged_usd * reserve.threshold;
            value.at_loan_to_value_usd += pledged_usd * reserve.loan_to_value;
            value.debt_usd += debt[r] * reserve.borrow_index * prices[r];
        }
        value
    }

    /// Health of a position at `prices`: the same number as [`Valuation::health`], and nothing else.
    pub(super) fn health(&self, id: u32, reserves: &[Reserve], prices: &ReservePrices) -> f64 {
        let (collateral, debt) = (&self.collateral[id as usize], &self.debt[id as usize]);
        let (mut at_thresholds_usd, mut debt_usd) = (0.0, 0.0);
        for (r, reserve) in reserves.iter().enumerate() {
            at_thresholds_usd += collateral[r] * reserve.supply_index * prices[r] * reserve.threshold;
            debt_usd += debt[r] * reserve.borrow_index * prices[r];
        }
        if debt_usd > 0.0 { at_thresholds_usd / debt_usd } else { f64::INFINITY }
    }

    /// Health of a position where a scaled unit of collateral and of debt is worth `collateral_usd` and `debt_usd`, by reserve.
    pub(super) fn health_at(
        &self,
        id: u32,
        reserves: &[Reserve],
        (collateral_usd, debt_usd): (&ReserveAmounts, &ReserveAmounts),
    ) -> f64 {
        let (collateral, debt) = (&self.collateral[id as usize], &self.debt[id as usize]);
        let (mut at_thresholds_usd, mut owed_usd) = (0.0, 0.0);
        for (r, reserve) in reserves.iter().enumerate() {
            at_thresholds_usd += collateral[r] * collateral_usd[r] * reserve.threshold;
            owed_usd += debt[r] * debt_usd[r];
        }
        if owed_usd > 0.0 { at_thresholds_usd / owed_usd } else { f64::INFINITY }
    }

    /// The reserve of the largest of `values`, with its value; `None` where all are zero. Of equals, the first.
    pub(super) fn largest(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
        let larger = |best: Option<(usize, f64)>, (reserve, value): (usize, f64)| {
            if value > best.map_or(0.0, |(_, best)| best) { Some((reserve, value)) } else { best }
        };
        values.enumerate().fold(None, larger)
    }
}
