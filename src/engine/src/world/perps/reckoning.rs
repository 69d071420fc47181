//! What the books of the exchanges come to: claims, statements, and whether positions cancel.

use super::exchange_engine::Book;
use crate::world::margin::{MarginBook, Status, Tally, Triggers};
use crate::world::stakeholder::{Line, StakeholderStatement};
use portage_base::stats::worst;

impl Book {
    /// What the vault of an exchange owes to accounts and makers together, USD: positions cancel, so it is their cash.
    pub(super) fn claims(&self, place: usize) -> f64 {
        let own = self.traders.iter().filter(|trader| trader.place == place);
        own.map(|trader| trader.cash).sum::<f64>() + self.exchanges[place].maker_cash
    }

    /// Largest sum of all positions in a market, makers' included, and difference of it from what the market has counted, USD.
    pub(super) fn imbalance_usd(&self) -> f64 {
        let of_market = |at: usize| {
            let Some(market) = &self.markets[at] else { return 0.0 };
            let (place, asset) = (at / self.assets, at % self.assets);
            let own = self.traders.iter().zip(self.bases.iter().skip(asset).step_by(self.assets));
            let net: f64 = own.filter(|(trader, _)| trader.place == place).map(|(_, base)| base).sum();
            worst((net + market.maker).abs(), (net - market.net()).abs()) * market.mark
        };
        (0..self.markets.len()).map(of_market).fold(0.0, worst)
    }

    /// Statements of account holders, makers, insurance funds and exchanges, closed at the marks of the last reading.
    pub(super) fn closed_statements(&self) -> [(&'static str, StakeholderStatement); 4] {
        let own = &self.statements;
        let equity = |account: usize| self.margin(account).0 + self.traders[account].sent;
        let traders = (0..self.traders.len()).map(equity).sum();
        let makers = (0..self.exchanges.len()).map(|place| self.maker_equity(place)).sum();
        let insurance = self.exchanges.iter().map(|exchange| exchange.insurance).sum();
        let fees = self.exchanges.iter().map(|exchange| exchange.fees).sum();
        [
            ("perpetual accounts", closed(own.traders, traders)),
            ("perpetual makers", closed(own.makers, makers)),
            ("insurance funds", closed(own.insurance, insurance)),
            ("perpetual exchanges", closed(own.fees, fees)),
        ]
    }

    /// The same books, of which nothing is ever frozen, with room of their own for everything that a run adds.
    pub(super) fn never_frozen(&self) -> Self {
        let mut twin = Self { is_frozen_at_times: false, ..self.clone() };
        let count = twin.traders.len();
        twin.queue = Vec::with_capacity(count);
        twin.triggers = twin.triggers.iter().map(|_| Triggers::with_room(count)).collect();
        (0..count).for_each(|account| twin.wait(account));
        twin
    }
}

impl MarginBook for Book {
    type Prices = ();

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn outcomes(&self) -> impl Iterator<Item = (Status, u32)> {
        self.traders.iter().map(|trader| (trader.status, trader.top_ups))
    }

    fn bad_debt(&self) -> f64 {
        self.sums.bad_debt_usd()
    }

    fn deleveraged(&self) -> f64 {
        self.sums.deleveraged_usd
    }

    fn gains(&self, (): ()) -> [f64; 4] {
        let [holders, makers, insurance, exchanges] = self.closed_statements().map(|(_, statement)| gain(&statement));
        [holders, insurance, makers, exchanges]
    }
}

/// What a party gained: its closing value less its opening value and what was brought in.
pub(super) fn gain(statement: &StakeholderStatement) -> f64 {
    statement.closing - statement.opening - statement.line(Line::Brought)
}

/// A statement that closes with `usd`.
const fn closed(mut statement: StakeholderStatement, usd: f64) -> StakeholderStatement {
    statement.closing = usd;
    statement
}
