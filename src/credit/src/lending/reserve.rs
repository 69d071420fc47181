//! One reserve of a market: who has supplied what, and what of it is lent.

use super::rates::RateSpec;
use super::spec::{ReserveSpec, ReserveStep};
use portage_base::units::Instant;

/// Balances are scaled: tokens are scaled balance x index, and interest moves the indices only.
#[derive(Debug, Clone, PartialEq)]
pub struct Reserve {
    /// Tokens that one scaled unit of supply and of collateral has become.
    pub supply_index: f64,
    /// Tokens that one scaled unit of debt has become.
    pub borrow_index: f64,
    /// Scaled balance of those who supply and do not borrow.
    pub supplied_scaled: f64,
    /// Scaled balance of what borrowers pledge.
    pub collateral_scaled: f64,
    /// Scaled debt.
    pub borrowed_scaled: f64,
    /// The market's own funds, tokens.
    pub own: f64,
    /// Debt that was written off and that nobody has borne yet, tokens.
    pub deficit: f64,
    /// Present terms.
    pub loan_to_value: f64,
    pub threshold: f64,
    pub bonus: f64,
    /// Threshold at the opening: what is liquidated now and would not be by it, steps have brought about.
    pub(super) opening_threshold: f64,
    pub is_borrowable: bool,
    /// Whether new supply and new loans are refused.
    pub is_frozen: bool,
    pub reserve_factor: f64,
    pub rate: RateSpec,
    /// Most that may be supplied and lent, tokens.
    pub(super) supply_cap: f64,
    pub(super) borrow_cap: f64,
    lends_own: bool,
    /// Tokens a USD at the opening, in which caps are counted.
    tokens_per_usd: f64,
    /// In the order of their dates; the run begins at `start`.
    steps: Vec<ReserveStep>,
    start: Instant,
    steps_done: usize,
}

/// Interest of one reserve over one step, tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ReserveInterest {
    pub(super) paid: f64,
    pub(super) to_suppliers: f64,
    pub(super) to_collateral: f64,
}

impl Reserve {
    /// A reserve with its suppliers and no borrower.
    ///
    /// Who adds to a position of pool shares repays debt instead, as more shares would have to be bought: their cap is zero.
    pub(super) fn open(terms: &ReserveSpec, start: Instant, tokens_per_usd: f64, lends_own: bool) -> Self {
        let is_asset = terms.pool.is_none();
        let supply_cap_usd = if is_asset { terms.supply_cap_usd.unwrap_or(f64::INFINITY) } else { 0.0 };
        Self {
            supply_index: 1.0,
            borrow_index: 1.0,
            supplied_scaled: terms.supplied_usd * tokens_per_usd,
            collateral_scaled: 0.0,
            borrowed_scaled: 0.0,
            own: terms.reserve_usd * tokens_per_usd,
            deficit: 0.0,
            loan_to_value: terms.loan_to_value,
            threshold: terms.threshold,
            bonus: terms.bonus,
            opening_threshold: terms.threshold,
            is_borrowable: terms.is_borrowable && is_asset,
            is_frozen: false,
            reserve_factor: terms.reserve_factor,
            rate: terms.rate,
            supply_cap: supply_cap_usd * tokens_per_usd,
            borrow_cap: terms.borrow_cap_usd.unwrap_or(f64::INFINITY) * tokens_per_usd,
            lends_own,
            tokens_per_usd,
            steps: terms.steps.clone(),
            start,
            steps_done: 0,
        }
    }

    /// Tokens of those who supply and do not borrow.
    #[must_use]
    pub fn supplied(&self) -> f64 {
        self.supplied_scaled * self.supply_index
    }

    /// Tokens that borrowers pledge.
    #[must_use]
    pub fn collateral(&self) -> f64 {
        self.collateral_scaled * self.supply_index
    }

    /// Tokens lent, with interest.
    #[must_use]
    pub fn borrowed(&self) -> f64 {
        self.borrowed_scaled * self.borrow_index
    }

    /// Tokens on the market's account: supplied + collateral + own - borrowed - deficit; not below zero.
    #[must_use]
    pub fn cash(&self) -> f64 {
        (self.supplied() + self.collateral() + self.own - self.borrowed() - self.deficit).max(0.0)
    }

    /// Share of what earns interest that is lent, 0 to 1: with the market's own funds on Aave, without them on Compound.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let earning = self.earning();
        if earning > 0.0 { (self.borrowed() / earning).min(1.0) } else { 0.0 }
    }

    /// What borrowers pay, per year.
    #[must_use]
    pub fn borrow_rate(&self) -> f64 {
        self.rate.borrow_rate(self.utilisation())
    }

    /// What suppliers earn, per year.
    #[must_use]
    pub fn supply_rate(&self) -> f64 {
        self.rate.supply_rate(self.utilisation(), self.reserve_factor)
    }

    /// Tokens that may still be supplied and lent under the caps; nothing while frozen.
    #[must_use]
    pub fn supply_room(&self) -> f64 {
        if self.is_frozen { 0.0 } else { (self.supply_cap - self.supplied() - self.collateral()).max(0.0) }
    }

    /// Tokens that may still be lent under cap and cash; nothing while frozen.
    #[must_use]
    pub fn borrow_room(&self) -> f64 {
        let is_lent = self.is_borrowable && !self.is_frozen;
        if is_lent { (self.borrow_cap - self.borrowed()).min(self.cash()).max(0.0) } else { 0.0 }
    }

    fn earning(&self) -> f64 {
        self.supplied() + self.collateral() + if self.lends_own { self.own } else { 0.0 }
    }

    /// Interest of `years`, simple within them, so that it compounds with every call.
    ///
    /// Law: borrowed x rate x years is paid; the market keeps the reserve factor of it, and the rest goes to what earns, in proportion.
    pub(super) fn accrue(&mut self, years: f64) -> ReserveInterest {
        if self.borrowed_scaled <= 0.0 {
            return ReserveInterest::default();
        }
        let (before, supplied, collateral, earning) =
            (self.borrowed(), self.supplied(), self.collateral(), self.earning());
        self.borrow_index += self.borrow_index * self.borrow_rate() * years;
        let paid = self.borrowed() - before;
        if earning > 0.0 {
            self.supply_index += self.supply_index * paid * (1.0 - self.reserve_factor) / earning;
        }
        let (to_suppliers, to_collateral) = (self.supplied() - supplied, self.collateral() - collateral);
        self.own += paid - to_suppliers - to_collateral;
        ReserveInterest { paid, to_suppliers, to_collateral }
    }

    /// Applies the changes that are due. Returns whether the threshold changed.
    pub(super) fn step_to(&mut self, seconds: f64) -> bool {
        let before = self.threshold;
        while let Some(step) = self.steps.get(self.steps_done).filter(|_| self.next_step_seconds() <= seconds) {
            self.loan_to_value = step.loan_to_value.unwrap_or(self.loan_to_value);
            self.threshold = step.threshold.unwrap_or(self.threshold);
            self.is_frozen = step.is_frozen.unwrap_or(self.is_frozen);
            self.supply_cap = step.supply_cap_usd.map_or(self.supply_cap, |usd| usd * self.tokens_per_usd);
            self.borrow_cap = step.borrow_cap_usd.map_or(self.borrow_cap, |usd| usd * self.tokens_per_usd);
            self.steps_done += 1;
        }
        self.threshold.to_bits() != before.to_bits()
    }

    /// When the next change is due, seconds; infinite when none is.
    pub(super) fn next_step_seconds(&self) -> f64 {
        self.steps.get(self.steps_done).map_or(f64::INFINITY, |step| step.at.seconds_since(self.start))
    }
}
