//! Attacks on oracles in the books: what attackers pay and take, and who lends to them.

use super::{ExploitableLiquidity, Instruments, World};
use portage_base::actions::Taker;
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_pools::{Direction, Swap};

impl World {
    /// A manipulator's trade: the pool's gain is price impact received, as from any trader.
    pub fn manipulate(&mut self, venue: usize, direction: Direction, swap: Swap) {
        let Self { books, instruments } = self;
        let gained_usd = books.trade(venue, direction, swap, Taker::Trader);
        books.ledger.transfer(books.accounts.market, books.accounts.manipulators, Token::USD, gained_usd);
        if let Some(book) = &mut instruments.oracles {
            book.pushes_usd -= gained_usd;
        }
    }

    /// A manipulator pays for `units` of gas on a chain.
    pub(crate) fn pay_manipulators_gas(&mut self, chain: Chain, units: u64) {
        let Self { books, instruments } = self;
        let gas_usd = books.gas_cost_usd(chain, units);
        books.ledger.transfer(books.accounts.manipulators, books.accounts.gas, Token::USD, gas_usd);
        if let Some(book) = &mut instruments.oracles {
            book.gas_usd += gas_usd;
        }
    }

    /// What can be taken now from those who rely on an oracle: a lender outside, or the lending markets of the run; none where nobody
    /// lends by it.
    #[must_use]
    pub(crate) fn exploitable_of(&self, oracle: usize) -> Option<ExploitableLiquidity> {
        let Instruments { readings, lending, .. } = &self.instruments;
        readings
            .exploitable(oracle)
            .or_else(|| lending.as_ref()?.exploitable(oracle).map(|(_, exploitable)| exploitable))
    }

    /// Those who rely on `oracle` lend to a manipulator who will not repay, against tokens of true value `collateral_usd` that are bought
    /// elsewhere and left behind: the lender outside, who takes the oracle's asset, or a lending market.
    pub(crate) fn lend_for_good(&mut self, oracle: usize, borrowed_usd: f64, collateral_usd: f64) {
        let Self { books, instruments: Instruments { readings, lending, oracles, .. } } = self;
        let (taken_usd, left_usd) = if readings.exploitable(oracle).is_some() {
            let accounts = books.accounts;
            let asset = readings.asset(oracle, books);
            let amount = collateral_usd / books.prices_usd[asset.index()];
            books.ledger.transfer(accounts.manipulators, accounts.market, Token::USD, collateral_usd);
            books.ledger.transfer(accounts.market, accounts.relying, asset, amount);
            books.ledger.transfer(accounts.relying, accounts.manipulators, Token::USD, borrowed_usd);
            readings.borrow_max(oracle, borrowed_usd, collateral_usd);
            (borrowed_usd, collateral_usd)
        } else {
            let lent = lending
                .as_mut()
                .and_then(|lending| lending.lend_for_good(oracle, (borrowed_usd, collateral_usd), books, readings));
            let Some(lent) = lent else { return };
            lent
        };
        if let Some(book) = oracles {
            book.borrowed_usd += taken_usd;
            book.collateral_usd += left_usd;
        }
    }
}
