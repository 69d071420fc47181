//! What an attacker can take out of a lending market by an oracle that reads too much.

use super::{Lending, ReserveAsset};
use crate::world::{Books, Prey, Readings};
use portage_base::ledger::Token;

/// What is left of a room when it is filled, so that rounding does not exceed it.
const JUST_BELOW: f64 = 1.0 - 1e-12;

/// Where in the lending markets something can be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::world) struct Place {
    market: usize,
    collateral: usize,
    debt: usize,
}

impl Lending {
    /// The reserve of any lending market that values its collateral by `oracle`, with the reserve of which most can be borrowed against
    /// it, by value; none where no market does.
    pub(in crate::world) fn prey(&self, oracle: usize) -> Option<(Place, Prey)> {
        let mut best: Option<(Place, Prey)> = None;
        for (market, one) in self.markets.iter().enumerate() {
            let reserves = one.market.reserves();
            for (collateral, link) in one.links.iter().enumerate() {
                let is_by_it = link.oracle == Some(oracle) && matches!(link.asset, ReserveAsset::Token(_));
                if !is_by_it || reserves[collateral].loan_to_value <= 0.0 {
                    continue;
                }
                for debt in (0..reserves.len()).filter(|debt| *debt != collateral) {
                    let prey = Prey {
                        borrowable_usd: reserves[debt].borrow_room() * one.true_usd[debt] * JUST_BELOW,
                        // Debt counts by its own oracle.
                        loan_to_value: reserves[collateral].loan_to_value * one.true_usd[debt] / one.oracle_usd[debt],
                        collateral_usd: reserves[collateral].supply_room() * one.true_usd[collateral] * JUST_BELOW,
                    };
                    if best.is_none_or(|(_, other)| prey.borrowable_usd > other.borrowable_usd) {
                        best = Some((Place { market, collateral, debt }, prey));
                    }
                }
            }
        }
        best
    }

    /// A lending market lends to a manipulator who will not repay, against tokens bought elsewhere; what was borrowed is sold elsewhere.
    /// Returns what was lent and left, USD at true prices; `None` where nothing was.
    pub(in crate::world) fn lend_for_good(
        &mut self,
        oracle: usize,
        (borrowed_usd, collateral_usd): (f64, f64),
        books: &mut Books,
        readings: &Readings,
    ) -> Option<(f64, f64)> {
        let (place, _) = self.prey(oracle)?;
        let one = &mut self.markets[place.market];
        one.settle(books, readings, books.seconds);
        let (manipulators, market) = (books.accounts.manipulators, books.accounts.market);
        let given = one.token(place.collateral)?;
        let collateral = collateral_usd / one.true_usd[place.collateral];
        let debt = borrowed_usd / one.true_usd[place.debt];
        books.ledger.transfer(manipulators, market, Token::USD, collateral_usd);
        books.ledger.transfer(market, manipulators, given, collateral);
        let lent = one.lend_to_attacker((place.collateral, collateral), (place.debt, debt), books);
        books.change_into_usd(manipulators);
        lent
    }
}
