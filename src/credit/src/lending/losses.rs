//! Liquidations, and who bears what they leave.

use super::liquidation::{Proposal, Seizure, settle};
use super::market::Market;
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};

/// Below this share of a balance, what is left of it is rounding.
const ROUNDING: f64 = 1e-12;
/// Share of the supply index that a loss leaves at least, so that supply can still be counted in it.
const INDEX_LEAST: f64 = 1e-9;

/// Debt that was written off, tokens by reserve.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WriteOff {
    /// The debt: what the two others add up to.
    pub debt: ReserveAmounts,
    /// Borne by the market's own funds.
    pub by_own: ReserveAmounts,
    /// Not borne yet: now part of the reserve's deficit.
    pub deficit: ReserveAmounts,
}

/// A deficit that those bear who have supplied, tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SharedLoss {
    pub by_suppliers: f64,
    /// By borrowers, on what they pledge.
    pub by_collateral: f64,
}

impl Market {
    /// Repays `repay` tokens of a position's debt and takes its collateral for it, as proposed.
    ///
    /// `repay` is cut to the proposal's most; where the collateral or the cash is short, all of it is taken and less is repaid.
    /// The liquidator pays [`Seizure::repaid`] to the market's account and gets [`Seizure::seized`] from it.
    pub fn liquidate(&mut self, id: u32, proposal: &Proposal, repay: f64) -> Seizure {
        let (c, d) = (proposal.collateral, proposal.debt);
        let (owed, available) = (self.owed_by(id)[d], self.available(id)[c]);
        let offered = repay.min(proposal.repay_max).min(owed).max(0.0);
        let (repaid, seized) = settle(offered, proposal.seized_per_repaid, available);
        self.repay(id, d, repaid);
        let reserve = &mut self.reserves[c];
        let pledged = &mut self.borrowers.collateral[id as usize][c];
        let taken = without_rounding(seized / reserve.supply_index, *pledged);
        *pledged -= taken;
        reserve.collateral_scaled = (reserve.collateral_scaled - taken).max(0.0);
        self.touch(id);
        Seizure { repaid, seized, bonus: seized * proposal.bonus / (1.0 + proposal.bonus) }
    }

    /// Takes `tokens` off a position's debt.
    pub(super) fn repay(&mut self, id: u32, reserve: usize, tokens: f64) {
        let owed = &mut self.borrowers.debt[id as usize][reserve];
        let reserve = &mut self.reserves[reserve];
        let repaid = without_rounding(tokens / reserve.borrow_index, *owed);
        *owed -= repaid;
        reserve.borrowed_scaled = (reserve.borrowed_scaled - repaid).max(0.0);
    }

    /// Whether a position owes something and has no more than `worth_usd` of collateral at `prices`.
    #[must_use]
    pub fn is_exhausted(&self, id: u32, prices: &ReservePrices, worth_usd: f64) -> bool {
        let value = self.valuation(id, prices);
        value.debt_usd > 0.0 && value.collateral_usd <= worth_usd
    }

    /// Writes a position's debt off. The market's own funds in each reserve bear it first; the rest becomes the reserve's deficit, until
    /// [`Self::absorb`] and [`Self::socialise`] say who bears it. No token moves. What is left of its collateral stays its own.
    pub fn write_off(&mut self, id: u32) -> WriteOff {
        let mut loss = WriteOff { debt: self.owed_by(id), ..WriteOff::default() };
        for (r, reserve) in self.reserves.iter_mut().enumerate() {
            let scaled = std::mem::take(&mut self.borrowers.debt[id as usize][r]);
            reserve.borrowed_scaled = (reserve.borrowed_scaled - scaled).max(0.0);
            loss.by_own[r] = loss.debt[r].min(reserve.own);
            loss.deficit[r] = loss.debt[r] - loss.by_own[r];
            reserve.own -= loss.by_own[r];
            reserve.deficit += loss.deficit[r];
        }
        self.touch(id);
        loss
    }

    /// A backstop pays up to `tokens` into a reserve's account to cover its deficit. Returns what was needed of them.
    pub fn absorb(&mut self, reserve: usize, tokens: f64) -> f64 {
        let reserve = &mut self.reserves[reserve];
        let paid = tokens.min(reserve.deficit);
        reserve.deficit -= paid;
        paid
    }

    /// What is left of a reserve's deficit is borne by all who have supplied, in proportion: the supply index falls. No token moves.
    pub fn socialise(&mut self, reserve: usize) -> SharedLoss {
        let reserve = &mut self.reserves[reserve];
        let (supplied, collateral) = (reserve.supplied(), reserve.collateral());
        if reserve.deficit <= 0.0 || supplied + collateral <= 0.0 {
            return SharedLoss::default();
        }
        let share = (reserve.deficit / (supplied + collateral)).min(1.0 - INDEX_LEAST);
        let loss = SharedLoss { by_suppliers: supplied * share, by_collateral: collateral * share };
        reserve.supply_index *= 1.0 - share;
        reserve.deficit = (reserve.deficit - loss.by_suppliers - loss.by_collateral).max(0.0);
        loss
    }

    /// Deficits that nobody has borne yet, tokens by reserve.
    #[must_use]
    pub fn deficits(&self) -> ReserveAmounts {
        let mut deficits = [0.0; RESERVES_MAX];
        deficits.iter_mut().zip(&self.reserves).for_each(|(deficit, reserve)| *deficit = reserve.deficit);
        deficits
    }
}

/// `part` of `whole`, or all of it where only rounding would be left.
fn without_rounding(part: f64, whole: f64) -> f64 {
    if part >= whole * (1.0 - ROUNDING) { whole } else { part }
}
