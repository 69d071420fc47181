//! Who is below one, without looking at everybody.
//!
//! Positions are sorted by their health at *marked* prices and indices. Since then no health can have fallen below marked health x bound,
//! where bound = least ratio of (price x supply index) to what it was at the mark, over reserves that are pledged, over the largest
//! ratio of (price x borrow index), over reserves that are owed. Only the front of the list with marked health x bound < 1 is looked at.
//! Who was changed since is put where its health at the mark's prices and indices stands. When looks have found too many who are well,
//! all are marked again.

use super::borrowers::Borrowers;
use super::reserve::Reserve;
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};

/// What rounding may add to a health or a bound: far above a float's last bit, far below what a price moves.
const ROUNDING: f64 = 1e-9;
/// Looking at so many who are well, for each position, costs about as much as marking all again.
const NEEDLESS_MOST: usize = 2;
/// Putting so many in their places costs about as much as marking all again.
const MOVED_MOST: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Health at the mark and id, by health.
    ranks: Vec<(f64, u32)>,
    /// Health at the mark, by id.
    marked: Vec<f64>,
    /// Tokens' values at the mark: price x index as collateral and as debt.
    collateral_mark: ReserveAmounts,
    debt_mark: ReserveAmounts,
    /// Positions changed since the mark.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    /// Whether terms changed since the mark.
    is_stale: bool,
    /// Looks since the mark at positions that were well.
    needless: usize,
    /// Who was below the limit at the last look, by id.
    found: Vec<u32>,
}

impl Watch {
    pub(super) fn new(count: usize) -> Self {
        Self {
            ranks: (0..count as u32).map(|id| (0.0, id)).collect(),
            marked: vec![0.0; count],
            collateral_mark: [0.0; RESERVES_MAX],
            debt_mark: [0.0; RESERVES_MAX],
            touched: Vec::with_capacity(count),
            is_touched: vec![false; count],
            is_stale: true,
            needless: 0,
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
        if self.is_stale || self.touched.len() > MOVED_MOST {
            self.mark(borrowers, reserves, prices);
        }
        self.rank_touched(borrowers, reserves);
        let bound = self.bound(reserves, prices);
        self.found.clear();
        for &(marked, id) in &self.ranks {
            if marked * bound >= limit + ROUNDING {
                break;
            }
            if borrowers.health(id, reserves, prices) < limit {
                self.found.push(id);
            } else {
                self.needless += 1;
            }
        }
        self.found.sort_unstable();
        if self.needless > NEEDLESS_MOST * self.ranks.len() {
            self.mark(borrowers, reserves, prices);
        }
    }

    /// Puts everybody whose position was changed where it stands by its health at the mark.
    fn rank_touched(&mut self, borrowers: &Borrowers, reserves: &[Reserve]) {
        for id in self.touched.drain(..) {
            self.is_touched[id as usize] = false;
            let place = |ranks: &[(f64, u32)], health: f64| {
                ranks.partition_point(|&(other, by)| other.total_cmp(&health).then(by.cmp(&id)).is_lt())
            };
            let health = borrowers.health_at(id, reserves, (&self.collateral_mark, &self.debt_mark));
            let from = place(&self.ranks, self.marked[id as usize]);
            let to = place(&self.ranks, health);
            if to > from {
                self.ranks[from..to].rotate_left(1);
                self.ranks[to - 1] = (health, id);
            } else {
                self.ranks[to..=from].rotate_right(1);
                self.ranks[to] = (health, id);
            }
            self.marked[id as usize] = health;
        }
    }

    /// The least that any health can be of what it is at the mark.
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
            self.marked[*id as usize] = *health;
        }
        self.ranks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (r, reserve) in reserves.iter().enumerate() {
            self.collateral_mark[r] = prices[r] * reserve.supply_index;
            self.debt_mark[r] = prices[r] * reserve.borrow_index;
        }
        for id in self.touched.drain(..) {
            self.is_touched[id as usize] = false;
        }
        (self.is_stale, self.needless) = (false, 0);
    }
}
