//! Who is below one, without looking at everybody.
//!
//! Positions are sorted by their health at *marked* prices and indices. Since then no health can have fallen below marked health x bound,
//! where bound = least ratio of (price x supply index) to what it was at the mark, over reserves that are pledged, over the largest
//! ratio of (price x borrow index), over reserves that are owed. Only the front of the list with marked health x bound < 1 is looked at,
//! and those whose position was changed since. When looking finds too many who are well, all are marked again.

use super::borrowers::Borrowers;
use super::reserve::Reserve;
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};

/// What rounding may add to a health or a bound: far above a float's last bit, far below what a price moves.
const ROUNDING: f64 = 1e-9;
/// Looking at so many who are well, and this share of all, costs about as much as marking all again.
const NEEDLESS_LEAST: usize = 32;
const NEEDLESS_SHARE: usize = 32;

#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Health at the mark and id, by health.
    ranks: Vec<(f64, u32)>,
    /// Tokens' values at the mark: price x index as collateral and as debt.
    collateral_mark: ReserveAmounts,
    debt_mark: ReserveAmounts,
    /// Positions changed since the mark.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    /// Whether terms changed since the mark.
    is_stale: bool,
    /// Who was below the limit at the last look, by id.
    found: Vec<u32>,
}

impl Watch {
    pub(super) fn new(count: usize) -> Self {
        Self {
            ranks: (0..count as u32).map(|id| (0.0, id)).collect(),
            collateral_mark: [0.0; RESERVES_MAX],
            debt_mark: [0.0; RESERVES_MAX],
            touched: Vec::with_capacity(count),
            is_touched: vec![false; count],
            is_stale: true,
            found: Vec::with_capacity(count),
        }
    }

    /// Thresholds changed: no bound holds any more.
    pub(super) const fn expire(&mut self) {
        self.is_stale = true;
    }

    /// A position was changed.
    pub(super) fn touch(&mut self, id: u32) {
        if !self.is_touched[id as usize] {
            self.is_touched[id as usize] = true;
            self.touched.push(id);
        }
    }

    /// Who was below the limit at the last look.
    pub(super) fn found(&self) -> &[u32] {
        &self.found
    }

    /// Finds everybody whose health at `prices` is below `limit`.
    pub(super) fn look(&mut self, borrowers: &Borrowers, reserves: &[Reserve], prices: &ReservePrices, limit: f64) {
        let enough = NEEDLESS_LEAST + self.ranks.len() / NEEDLESS_SHARE;
        if self.is_stale || self.touched.len() > enough {
            self.mark(borrowers, reserves, prices);
        }
        let bound = self.bound(reserves, prices);
        let mut needless = 0;
        self.found.clear();
        for &(marked, id) in &self.ranks {
            if marked * bound >= limit + ROUNDING {
                break;
            }
            if self.is_touched[id as usize] {
                continue;
            }
            if borrowers.health(id, reserves, prices) < limit {
                self.found.push(id);
            } else {
                needless += 1;
            }
        }
        let changed = self.touched.iter().filter(|id| borrowers.health(**id, reserves, prices) < limit);
        self.found.extend(changed);
        self.found.sort_unstable();
        if needless > enough {
            self.mark(borrowers, reserves, prices);
        }
    }

    /// The least that any unchanged health can be of what it was at the mark.
    fn bound(&self, reserves: &[Reserve], prices: &ReservePrices) -> f64 {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for (r, reserve) in reserves.iter().enumerate() {
            if reserve.collateral_scaled > 0.0 && self.collateral_mark[r] > 0.0 {
                least = least.min(prices[r] * reserve.supply_index / self.collateral_mark[r]);
            }
            if reserve.borrowed_scaled > 0.0 && prices[r] > 0.0 {
                most = most.max(prices[r] * reserve.borrow_index / self.debt_mark[r]);
            }
        }
        if most > 0.0 { least / most } else { f64::INFINITY }
    }

    fn mark(&mut self, borrowers: &Borrowers, reserves: &[Reserve], prices: &ReservePrices) {
        for (health, id) in &mut self.ranks {
            *health = borrowers.health(*id, reserves, prices);
        }
        self.ranks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (r, reserve) in reserves.iter().enumerate() {
            self.collateral_mark[r] = prices[r] * reserve.supply_index;
            self.debt_mark[r] = prices[r] * reserve.borrow_index;
        }
        for id in self.touched.drain(..) {
            self.is_touched[id as usize] = false;
        }
        self.is_stale = false;
    }
}
