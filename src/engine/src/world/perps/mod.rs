//! The perpetual exchanges of a run: their books, their accounts of the ledger, and what would have become of them without any freeze.
//!
//! # How an exchange works
//!
//! `[perps.NAME]` (laws in `portage_credit::perps`) are exchanges with cross-margin over several assets, read at
//! observations. An account's equity is cash + base x (mark - funding so far) over its positions, so that funding
//! touches nobody's entry; positions of accounts and makers cancel in each market, and what stands in an exchange's
//! vault is the sum of the cash. Makers hold what does not cancel, and settle at every reading. The order of a reading:
//! premiums, marks and funding; collateral that arrives; margins, until no trigger is crossed; accounts that leave. A
//! trigger is a level of one scalar of a market and side, which moves the margin at a given multiple of maintenance; it
//! is exact for one position, and for several each market gets the relative move that would use the margin up if all
//! made it. A liquidation goes through the order book as far as the account and the insurance fund can pay, and the
//! rest is closed against opposing accounts by rank at the bankruptcy price. An account that moves has its position
//! here and its collateral under way: until both meet on the other exchange it is not touched. A second set of books
//! has the same prices and premiums' noise, but no halt, no downtime and no transit; the differences of the four
//! parties' gains sum to zero.

mod drawing;
mod exchange_engine;
mod market;
mod moving;
mod reckoning;
mod terms;
mod trading;

pub use exchange_engine::PerpSums;
pub use terms::{ExchangeTerms, MarketTerms, MoveTerms, PerpTerms};

use super::Books;
use super::margin::{MarginFigures, MarginHarm, Twins};
use super::stakeholder::StakeholderStatement;
use crate::world::instrument::{Instrument, Opening, View};
use exchange_engine::{Book, ExchangeFlows, Reading};
use portage_base::ledger::{Account, Ledger, Token};
use portage_base::random::Stream;
use portage_base::stats::worst;
use portage_base::units::SECONDS_PER_DAY;
use rand_distr::{Distribution, StandardNormal};
use reckoning::gain;

/// Where the money of an exchange stands.
#[derive(Debug, Clone, Copy)]
struct ExchangeAccounts {
    /// Collateral of accounts, and what is owed between them and makers.
    vault: Account,
    insurance: Account,
    fees: Account,
}

/// Largest and smallest figures over readings.
#[derive(Debug, Clone, Copy)]
struct Extremes {
    insurance_min_usd: f64,
    exit_discount_max: f64,
}

/// The perpetual exchanges of a run.
///
/// Readings are made at observations. A second set of books sees the same index prices and the same noise of premiums, but neither
/// halts nor downtime nor transit: what differs is the harm of freezing.
#[derive(Debug)]
pub struct Perps {
    terms: PerpTerms,
    twins: Twins<Book>,
    accounts: Vec<ExchangeAccounts>,
    /// The rest of the market: holders' and makers' own money.
    market: Account,
    transit: Account,
    premiums: Vec<Stream>,
    /// Of the reading at hand, by exchange and asset.
    index: Vec<f64>,
    normals: Vec<f64>,
    opening_open_interest_usd: f64,
    extremes: Extremes,
}

impl Perps {
    /// Opens the exchanges of a run at index prices `index` (by exchange and asset, USD) and pays collateral and insurance in from the
    /// account `market`.
    #[must_use]
    pub fn open(
        terms: &PerpTerms,
        index: Vec<f64>,
        (seed, run): (u64, u64),
        market: Account,
        ledger: &mut Ledger,
    ) -> Self {
        let book = Book::draw(terms, &index, (seed, run));
        let accounts: Vec<ExchangeAccounts> = terms
            .exchanges
            .iter()
            .map(|_| ExchangeAccounts {
                vault: ledger.open_account(),
                insurance: ledger.open_account(),
                fees: ledger.open_account(),
            })
            .collect();
        for (place, own) in accounts.iter().enumerate() {
            let traders = (0..book.traders.len()).filter(|account| book.traders[*account].place == place);
            let paid_in: f64 = traders.map(|account| book.margin(account).0).sum();
            ledger.transfer(market, own.vault, Token::USD, paid_in);
            ledger.transfer(market, own.insurance, Token::USD, book.exchanges[place].insurance);
        }
        let premium = |exchange: &ExchangeTerms, asset: usize| {
            Stream::open(seed, run, &format!("perps/{}/premium/{asset}", exchange.name))
        };
        let assets = terms.assets.len();
        let premiums =
            terms.exchanges.iter().flat_map(|exchange| (0..assets).map(move |asset| premium(exchange, asset)));
        let unfrozen = book.never_frozen();
        let mut perps = Self {
            premiums: premiums.collect(),
            normals: vec![0.0; index.len()],
            index,
            accounts,
            market,
            transit: ledger.open_account(),
            opening_open_interest_usd: 0.0,
            extremes: Extremes { insurance_min_usd: book.statements.insurance.opening, exit_discount_max: 0.0 },
            twins: Twins::new(book, unfrozen),
            terms: terms.clone(),
        };
        perps.opening_open_interest_usd = perps.open_interest_usd(false) + perps.open_interest_usd(true);
        perps
    }

    /// Reads the index of every market: `index_usd` says what it is for an asset and, where the market has one, an oracle.
    pub(crate) fn read_index(&mut self, index_usd: impl Fn(Token, Option<usize>) -> f64) {
        let assets = self.terms.assets.len();
        for (at, index) in self.index.iter_mut().enumerate() {
            if let Some(market) = &self.terms.exchanges[at / assets].markets[at % assets] {
                *index = index_usd(self.terms.assets[at % assets], market.oracle);
            }
        }
    }

    /// Brings the exchanges to a reading at `seconds`, at the index prices that were read.
    pub fn read(&mut self, seconds: f64, ledger: &mut Ledger) {
        for (normal, stream) in self.normals.iter_mut().zip(&mut self.premiums) {
            *normal = StandardNormal.sample(stream);
        }
        let days = (seconds - self.twins.book.seconds) / SECONDS_PER_DAY;
        self.twins.pass(self.frozen_usd(), days);
        let reading = Reading { seconds, index: &self.index, normals: &self.normals };
        self.twins.book.read(&self.terms, &reading);
        self.twins.unfrozen.read(&self.terms, &reading);
        for place in 0..self.accounts.len() {
            self.settle(place, ledger);
        }
        let extremes = &mut self.extremes;
        let insurance: f64 = self.twins.book.exchanges.iter().map(|exchange| exchange.insurance).sum();
        extremes.insurance_min_usd = extremes.insurance_min_usd.min(insurance);
        self.twins.see(self.frozen_usd());
        self.extremes.exit_discount_max = self.extremes.exit_discount_max.max(self.exit_discount());
    }

    /// What moved at a reading moves in the ledger.
    fn settle(&mut self, place: usize, ledger: &mut Ledger) {
        let flows = std::mem::take(&mut self.twins.book.exchanges[place].flows);
        self.twins.unfrozen.exchanges[place].flows = ExchangeFlows::default();
        let own = self.accounts[place];
        ledger.transfer(self.market, own.vault, Token::USD, flows.brought);
        ledger.transfer(own.insurance, own.vault, Token::USD, flows.insured);
        ledger.transfer(own.vault, own.fees, Token::USD, flows.fees);
        ledger.transfer(own.vault, self.transit, Token::USD, flows.sent);
        ledger.transfer(self.transit, own.vault, Token::USD, flows.received);
    }

    /// Value of accounts' positions, long and short ones added, USD: on the exchanges to which others move, or on all others.
    #[must_use]
    pub fn open_interest_usd(&self, on_new: bool) -> f64 {
        let is_new =
            |place: usize| self.terms.exchanges.iter().any(|from| from.moves.is_some_and(|moves| moves.to == place));
        let assets = self.terms.assets.len();
        let markets = self.twins.book.markets.iter().enumerate().filter(|(at, _)| is_new(at / assets) == on_new);
        markets.filter_map(|(_, market)| market.as_ref()).map(market::Market::open_interest_usd).sum()
    }

    /// Value of the positions with which nothing can be done: on exchanges that stand still, or waiting for their collateral, USD.
    #[must_use]
    pub fn frozen_usd(&self) -> f64 {
        let assets = self.terms.assets.len();
        let frozen = |(at, market): (usize, &Option<market::Market>)| {
            let market = market.as_ref()?;
            let is_down = self.twins.book.exchanges[at / assets].is_down;
            Some(if is_down { market.open_interest_usd() } else { market.split * market.mark })
        };
        self.twins.book.markets.iter().enumerate().filter_map(frozen).sum()
    }

    /// Share of the value of all positions at mark prices that closing them through the books as they are would not bring: long ones
    /// sold, short ones bought back; 0 where there are none.
    #[must_use]
    pub fn exit_discount(&self) -> f64 {
        let markets = || self.twins.book.markets.iter().flatten();
        let value: f64 = markets().map(market::Market::open_interest_usd).sum();
        let lost: f64 = markets().map(market::Market::exit_shortfall_usd).sum();
        if value > 0.0 { lost / value } else { 0.0 }
    }

    /// Insurance funds now and at their least, together, USD.
    #[must_use]
    pub fn insurance_usd(&self) -> (f64, f64) {
        (self.twins.book.exchanges.iter().map(|exchange| exchange.insurance).sum(), self.extremes.insurance_min_usd)
    }

    /// Largest discount of an exit over readings, share of value.
    #[must_use]
    pub const fn exit_discount_max(&self) -> f64 {
        self.extremes.exit_discount_max
    }

    /// What became of accounts.
    #[must_use]
    pub fn figures(&self) -> MarginFigures {
        self.twins.figures()
    }

    /// What was seen beside them.
    #[must_use]
    pub const fn sums(&self) -> &PerpSums {
        &self.twins.book.sums
    }

    /// Opening value of the accounts that have arrived on another exchange, share of that of all that are to move; NaN where none is.
    #[must_use]
    pub fn moved_share(&self) -> f64 {
        let moves = |trader: &&exchange_engine::Trader| self.terms.exchanges[trader.home].moves.is_some();
        let whole: f64 = self.twins.book.traders.iter().filter(moves).map(|trader| trader.opening_usd).sum();
        if whole > 0.0 { self.twins.book.sums.moved_usd / whole } else { f64::NAN }
    }

    /// The statements of account holders, makers, insurance funds and exchanges, with the name of each, as of the last reading.
    #[must_use]
    pub fn statements(&self) -> [(&'static str, StakeholderStatement); 4] {
        self.twins.book.closed_statements()
    }

    /// The harm that freezing has done, USD.
    #[must_use]
    pub fn harm(&self) -> MarginHarm {
        self.twins.harm(())
    }

    /// Largest breach of the laws of the exchanges, relative to what was at stake: accounts of the ledger agree with the claims on them,
    /// long and short positions and makers' cancel in each market, every statement adds up, and what one party gains others lose.
    #[must_use]
    pub fn residual(&self, ledger: &Ledger) -> f64 {
        let statements = self.statements();
        let largest =
            statements.iter().map(|(_, statement)| statement.largest()).fold(self.opening_open_interest_usd, worst);
        let sums = statements.iter().map(|(_, statement)| statement.residual().abs()).fold(0.0, worst);
        let zero = statements.iter().map(|(_, statement)| gain(statement)).sum::<f64>().abs();
        let held = |account: Account| ledger.balance(account, Token::USD);
        let of_exchange = |(place, own): (usize, &ExchangeAccounts)| {
            let exchange = &self.twins.book.exchanges[place];
            let vault = (held(own.vault) - self.twins.book.claims(place)).abs();
            let funds = worst((held(own.insurance) - exchange.insurance).abs(), (held(own.fees) - exchange.fees).abs());
            worst(vault, funds)
        };
        let accounts = self.accounts.iter().enumerate().map(of_exchange).fold(0.0, worst);
        let sent: f64 = self.twins.book.traders.iter().map(|trader| trader.sent).sum();
        let transit = (held(self.transit) - sent).abs();
        [sums, zero, accounts, transit, self.twins.book.imbalance_usd()].into_iter().fold(0.0, worst) / largest
    }
}

impl Instrument for Perps {
    type Terms = PerpTerms;

    const LAW: &'static str = "the accounts of perpetual exchanges";

    fn open(terms: &PerpTerms, books: &mut Books, opening: &Opening<'_>) -> Self {
        let index = terms.exchanges.iter().flat_map(|exchange| {
            let markets = exchange.markets.iter().zip(&terms.assets);
            markets.map(|(market, asset)| {
                opening.readings.index_usd(*asset, market.as_ref().and_then(|market| market.oracle), books)
            })
        });
        let index: Vec<f64> = index.collect();
        Self::open(terms, index, opening.address, books.accounts.market, &mut books.ledger)
    }

    fn observe(&mut self, books: &mut Books, view: &View<'_>) {
        self.read_index(|asset, oracle| view.readings.index_usd(asset, oracle, books));
        self.read(view.seconds, &mut books.ledger);
    }

    fn residual(&self, books: &Books) -> f64 {
        self.residual(&books.ledger)
    }
}

#[cfg(test)]
mod tests;
