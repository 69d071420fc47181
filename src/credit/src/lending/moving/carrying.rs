//! One position carried from a market to another: debt repaid and collateral withdrawn in the one, both opened in the other.

use crate::lending::market::Market;
use crate::lending::{RESERVES_MAX, ReserveAmounts, ReservePrices};

/// By how much of itself an amount may exceed what is there: what is left after everybody else has gone is known to rounding only.
const ROUNDING: f64 = 1e-9;

/// What did not let a position be carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// What is pledged is lent, so that it cannot be withdrawn.
    OldCash,
    /// The new market takes no more of the collateral.
    SupplyCap,
    /// The new market has not enough to lend, or lends no more.
    NewCash,
    /// The new market lends less on this collateral.
    LoanToValue,
}

/// What was carried over, tokens by reserve of the old market.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Carried {
    pub(super) collateral: ReserveAmounts,
    pub(super) debt: ReserveAmounts,
}

/// Carries the position `id` of `old` whole over to the position `into` of `new`, whose reserves are `map` of the old one's.
///
/// # Errors
/// The first obstacle, and nothing happens. Collateral must be there as cash before the debt is repaid.
pub(super) fn carry(
    (old, new): (&mut Market, &mut Market),
    (id, into): (u32, u32),
    map: &[usize; RESERVES_MAX],
    new_oracle_usd: &ReservePrices,
) -> Result<Carried, Obstacle> {
    let carried = Carried { collateral: old.pledged_by(id), debt: old.owed_by(id) };
    let (mut limit_usd, mut debt_usd) = (0.0, 0.0);
    for (r, from) in old.reserves().iter().enumerate() {
        let (collateral, debt) = (carried.collateral[r], carried.debt[r]);
        let to = &new.reserves()[map[r]];
        let collateral_least = collateral * (1.0 - ROUNDING);
        if collateral_least > from.cash() {
            return Err(Obstacle::OldCash);
        }
        if collateral > to.supply_room() && collateral > 0.0 {
            return Err(Obstacle::SupplyCap);
        }
        if debt > to.borrow_room() && debt > 0.0 {
            return Err(Obstacle::NewCash);
        }
        limit_usd += collateral * to.loan_to_value * new_oracle_usd[map[r]];
        debt_usd += debt * new_oracle_usd[map[r]];
    }
    if debt_usd > limit_usd {
        return Err(Obstacle::LoanToValue);
    }
    let reserves = old.reserves().len();
    for (r, &to) in map.iter().enumerate().take(reserves) {
        old.release(id, r);
        new.open_position(into, to, (carried.collateral[r], carried.debt[r]));
    }
    Ok(carried)
}

impl Market {
    /// Ends what a position has and owes in one reserve: repaid and withdrawn.
    fn release(&mut self, id: u32, reserve: usize) {
        let place = id as usize;
        let collateral = std::mem::take(&mut self.borrowers.collateral[place][reserve]);
        let debt = std::mem::take(&mut self.borrowers.debt[place][reserve]);
        let of_reserve = &mut self.reserves[reserve];
        of_reserve.collateral_scaled = (of_reserve.collateral_scaled - collateral).max(0.0);
        of_reserve.borrowed_scaled = (of_reserve.borrowed_scaled - debt).max(0.0);
        self.touch(id);
    }

    /// Pledges and borrows tokens of one reserve.
    fn open_position(&mut self, id: u32, reserve: usize, (collateral, debt): (f64, f64)) {
        let of_reserve = &mut self.reserves[reserve];
        let (pledged, owed) = (collateral / of_reserve.supply_index, debt / of_reserve.borrow_index);
        of_reserve.collateral_scaled += pledged;
        of_reserve.borrowed_scaled += owed;
        self.borrowers.collateral[id as usize][reserve] += pledged;
        self.borrowers.debt[id as usize][reserve] += owed;
        self.touch(id);
    }

    /// Keeps empty positions for all borrowers of `from`, at the opening. Returns the id of the first: the borrower `id` of `from` will
    /// stand here as first + id, attentive as there.
    pub(super) fn keep_room_for(&mut self, from: &Self) -> u32 {
        let first = self.positions();
        let classes = self.upkeep.len() as u32;
        self.upkeep.extend_from_slice(&from.upkeep);
        for id in 0..from.drawn() {
            let class = classes + from.borrowers.class[id];
            self.borrowers.push([0.0; RESERVES_MAX], [0.0; RESERVES_MAX], class, from.borrowers.is_attentive[id]);
        }
        self.expect_positions();
        first as u32
    }
}
