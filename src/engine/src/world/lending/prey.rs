//! What an attacker can take out of a lending market by an oracle that reads too much.

use super::ReserveAsset;
use crate::world::{Prey, World};
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

impl World {
    /// The reserve of any lending market that values its collateral by `oracle`, with the reserve of which most can be borrowed against
    /// it, by value; none where no market does.
    pub(in crate::world) fn prey_among_markets(&self, oracle: usize) -> Option<(Place, Prey)> {
        let mut best: Option<(Place, Prey)> = None;
        for (market, one) in self.lending.iter().flat_map(|lending| &lending.markets).enumerate() {
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
    pub(in crate::world) fn lend_by_market(&mut self, oracle: usize, borrowed_usd: f64, collateral_usd: f64) {
        let Some((place, _)) = self.prey_among_markets(oracle) else { return };
        self.settle_loans(place.market, self.seconds);
        let Some(lending) = &self.lending else { return };
        let one = &lending.markets[place.market];
        let (manipulators, market) = (self.accounts.manipulators, self.accounts.market);
        let Some(given) = one.token(place.collateral) else { return };
        let collateral = collateral_usd / one.true_usd[place.collateral];
        let debt = borrowed_usd / one.true_usd[place.debt];
        self.ledger.transfer(manipulators, market, Token::USD, collateral_usd);
        self.ledger.transfer(market, manipulators, given, collateral);
        if let Some((taken_usd, left_usd)) =
            self.lend_to_attacker(place.market, (place.collateral, collateral), (place.debt, debt))
        {
            self.note_loan(taken_usd, left_usd);
        }
        self.change_into_usd(manipulators);
    }
}
