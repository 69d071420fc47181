//! What oracles read, block by block, and what relies on it.
//!
//! # What an oracle reads
//!
//! An oracle follows the reference market (a feed: deviation, heartbeat, delay, outages, bounds), reads a pool (its
//! price, or a mean over its blocks), or is a peg that nobody updates. What it reads is a state of the run: a pool that
//! is pushed, lags, is halted or empty moves or stops it. `oracle_version` rises when any reading has changed, so that
//! lenders look only then. Means roll over memory of their own, with sums to twice the precision of a float; a pool is
//! taken to have stood at its price before its first block there.
//!
//! What there is to be taken from those who rely on an oracle is its exploitable liquidity. What the best attack costs
//! and brings is worked out from the pool as it stands (`portage_pools::Push`) at every observation, as soon as the
//! pool's balance crosses the level below which it pays, and when the reading moves against the true price: a reading
//! that is too high anyway is used as it is, a spot price is pushed and swapped back in one transaction, a mean over
//! blocks is pushed at the ends of one block or of several (`agents::manipulators`) and arbitraged back by the
//! searchers. Manipulators and lenders have accounts of their own; providers earn the fees.

mod book;
mod feed;
mod mean;
#[cfg(test)]
mod tests;

pub use book::GapBook;
pub use feed::FeedTerms;
pub use mean::MeanTerms;

use super::{Books, Venue};
use feed::Feed;
use mean::RollingMean;
use portage_base::ledger::Token;
use portage_pools::Side;

/// From where an oracle has its price.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceTerms {
    /// A pool, by its place in the scenario, and what is made of its prices.
    Pool(usize, MeanTerms),
    /// The reference market.
    Feed(FeedTerms),
    /// Nothing: a price in USD that nobody updates.
    Pegged(f64),
}

/// What can be taken from those who rely on an oracle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExploitableLiquidity {
    /// There to be borrowed, USD.
    pub borrowable_usd: f64,
    /// What may be borrowed on collateral, as a share of its value by the oracle, in (0, 1).
    pub loan_to_value: f64,
    /// Collateral that is still taken in at its true price, USD; infinite without a limit.
    pub collateral_usd: f64,
}

/// A price at its source.
#[derive(Debug)]
enum Source {
    Pool(PoolSource),
    Feed(Box<Feed>),
    Pegged(f64),
}

#[derive(Debug)]
struct PoolSource {
    venue: usize,
    terms: MeanTerms,
    mean: RollingMean,
    /// What somebody says the price of an empty pool is, in this block.
    said: Option<f64>,
}

/// One oracle of a run.
#[derive(Debug)]
pub struct Oracle {
    asset: Token,
    source: Source,
    /// The block from which on it has its price elsewhere.
    switch_block: u64,
    switch_to: Option<Source>,
    /// What it reads, USD.
    usd: f64,
    /// What can be taken by it from a lender outside.
    exploitable: Option<ExploitableLiquidity>,
    /// How far it was from the true price.
    gaps: GapBook,
}

/// The oracles of one run.
#[derive(Debug, Default)]
pub struct Readings {
    list: Vec<Oracle>,
    version: u64,
}

impl PoolSource {
    /// The price with which a block closes now. An empty pool keeps its last price, unless somebody says another.
    fn price(&self, venues: &[Venue]) -> f64 {
        let venue = &venues[self.venue];
        let stands = if venue.is_funded() { venue.pool.spot(Side::SellBase.direction()) } else { f64::NAN };
        if stands > 0.0 && stands.is_finite() { stands } else { self.said.unwrap_or_else(|| self.mean.last()) }
    }
}

impl Source {
    /// Reserves all memory that it will need. A pool's mean begins at the price of its pair.
    fn open(terms: &SourceTerms, opening_usd: f64, books: &Books) -> Self {
        match terms {
            SourceTerms::Pool(venue, terms) => {
                let (venue, terms) = (*venue, *terms);
                let price = books.pairs[books.venues[venue].terms.pair].price;
                let mut source = PoolSource { venue, terms, mean: RollingMean::open(terms, price), said: None };
                let stands = source.price(&books.venues);
                source.mean.restart(stands);
                Self::Pool(source)
            }
            SourceTerms::Feed(terms) => Self::Feed(Box::new(Feed::open(terms, opening_usd))),
            SourceTerms::Pegged(usd) => Self::Pegged(*usd),
        }
    }
}

impl Readings {
    /// Adds an oracle of `asset` before the first block; `switch`: from which block on it has its price elsewhere.
    pub fn add(
        &mut self,
        books: &Books,
        asset: Token,
        (source, switch): (&SourceTerms, Option<&(u64, SourceTerms)>),
        exploitable: Option<ExploitableLiquidity>,
    ) {
        let opening_usd = books.prices_usd[asset.index()];
        let source = Source::open(source, opening_usd, books);
        let mut oracle = Oracle {
            asset,
            source,
            switch_block: switch.map_or(u64::MAX, |(block, _)| *block),
            switch_to: switch.map(|(_, to)| Source::open(to, opening_usd, books)),
            usd: f64::NAN,
            exploitable,
            gaps: GapBook::default(),
        };
        oracle.usd = oracle.reads(books);
        self.list.push(oracle);
    }
}

impl Oracle {
    /// What the source says now, USD.
    fn reads(&self, books: &Books) -> f64 {
        match &self.source {
            Source::Pool(pool) => pool.mean.value() * quote_usd(books, pool.venue),
            Source::Feed(feed) => feed.usd(),
            Source::Pegged(usd) => *usd,
        }
    }

    /// The true price of what it reads the price of, USD.
    fn true_usd(&self, books: &Books) -> f64 {
        match &self.source {
            Source::Pool(pool) => books.pairs[books.venues[pool.venue].terms.pair].base_usd,
            Source::Feed(_) | Source::Pegged(_) => books.prices_usd[self.asset.index()],
        }
    }

    /// Turns to another source. A pool's mean begins with the price as it stands there; a pool that is empty with what was read before.
    fn turn(&mut self, mut source: Source, block: u64, books: &Books) {
        match &mut source {
            Source::Pool(pool) => {
                let before = self.usd / quote_usd(books, pool.venue);
                pool.mean.restart(before);
                let stands = pool.price(&books.venues);
                pool.mean.restart(stands);
            }
            Source::Feed(feed) => feed.begin(block, books.prices_usd[self.asset.index()]),
            Source::Pegged(_) => {}
        }
        (self.source, self.switch_block) = (source, u64::MAX);
    }

    /// Brings the reading up to date in `block`; returns whether it has changed.
    #[inline]
    fn step(&mut self, block: u64, books: &Books) -> bool {
        if block >= self.switch_block
            && let Some(source) = self.switch_to.take()
        {
            self.turn(source, block, books);
        }
        if let Source::Feed(feed) = &mut self.source {
            feed.step(block, books.prices_usd[self.asset.index()]);
        }
        let usd = self.reads(books);
        let has_changed = usd.to_bits() != self.usd.to_bits();
        self.usd = usd;
        self.gaps.note(usd / self.true_usd(books) - 1.0);
        has_changed
    }
}

fn quote_usd(books: &Books, venue: usize) -> f64 {
    books.pairs[books.venues[venue].terms.pair].quote_usd
}

impl Readings {
    /// What the oracle at place `oracle` of the scenario's list reads in this block: USD per token of its asset.
    ///
    /// A pool's price is that with which the blocks before this one closed. A block of the simulation that stands for several of the
    /// chain (`clock.step`) closes once.
    #[inline]
    #[must_use]
    pub fn usd(&self, oracle: usize) -> f64 {
        self.oracle(oracle).usd
    }

    /// The price of an asset by an oracle, or the true one without it, USD.
    pub(super) fn index_usd(&self, asset: Token, oracle: Option<usize>, books: &Books) -> f64 {
        oracle.map_or(books.prices_usd[asset.index()], |oracle| self.usd(oracle))
    }

    /// A number that rises whenever any oracle's reading has changed.
    #[inline]
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The token whose price an oracle reads.
    #[must_use]
    pub fn asset(&self, oracle: usize, books: &Books) -> Token {
        match &self.oracle(oracle).source {
            Source::Pool(pool) => books.venues[pool.venue].terms.coins.token(0),
            Source::Feed(_) | Source::Pegged(_) => self.oracle(oracle).asset,
        }
    }

    /// The true price of an oracle's asset, USD.
    #[must_use]
    pub fn true_usd(&self, oracle: usize, books: &Books) -> f64 {
        self.oracle(oracle).true_usd(books)
    }

    /// The pool that an oracle reads now, and what it makes of its prices.
    #[inline]
    #[must_use]
    pub fn pool(&self, oracle: usize) -> Option<(usize, MeanTerms)> {
        match &self.oracle(oracle).source {
            Source::Pool(pool) => Some((pool.venue, pool.terms)),
            Source::Feed(_) | Source::Pegged(_) => None,
        }
    }

    /// What an oracle will read if the block closes with its pool as it stands, USD; as it reads now if it reads no pool.
    #[must_use]
    pub(crate) fn usd_at_close(&self, oracle: usize, books: &Books) -> f64 {
        match &self.oracle(oracle).source {
            Source::Pool(pool) => pool.mean.with(pool.price(&books.venues)) * quote_usd(books, pool.venue),
            Source::Feed(_) | Source::Pegged(_) => self.usd(oracle),
        }
    }

    /// What stays of an oracle's mean after `blocks` more blocks: the sum of the prices that it still covers then, or of their
    /// natural logs, quote per base, over all blocks that it covers; 0 of one that reads no pool.
    #[must_use]
    pub(crate) fn remainder(&self, oracle: usize, blocks: u32) -> f64 {
        match &self.oracle(oracle).source {
            Source::Pool(pool) => pool.mean.remainder(blocks),
            Source::Feed(_) | Source::Pegged(_) => 0.0,
        }
    }

    /// Updates that the oracle's feed has published; 0 of one that reads a pool.
    #[must_use]
    pub fn updates(&self, oracle: usize) -> u64 {
        match &self.oracle(oracle).source {
            Source::Feed(feed) => feed.updates(),
            Source::Pool(_) | Source::Pegged(_) => 0,
        }
    }

    /// How far an oracle was from the true price so far.
    #[must_use]
    pub fn gaps(&self, oracle: usize) -> GapBook {
        self.oracle(oracle).gaps
    }

    /// Number of oracles.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.list.len()
    }

    /// What can be taken now from the lender outside that relies on an oracle; none where there is none.
    pub(super) fn exploitable(&self, oracle: usize) -> Option<ExploitableLiquidity> {
        self.oracle(oracle).exploitable
    }

    /// The lender outside has lent, and has taken collateral: there is so much less to be had.
    pub(super) fn borrow_max(&mut self, oracle: usize, borrowed_usd: f64, collateral_usd: f64) {
        if let Some(exploitable) = self.list.get_mut(oracle).and_then(|oracle| oracle.exploitable.as_mut()) {
            exploitable.borrowable_usd -= borrowed_usd;
            exploitable.collateral_usd -= collateral_usd;
        }
    }

    /// Somebody sets the price of the empty pool that an oracle reads, for this block, quote per base.
    pub(crate) fn say_price(&mut self, oracle: usize, price: f64) {
        if let Source::Pool(pool) = &mut self.list[oracle].source {
            pool.said = Some(price);
        }
    }

    /// Brings every reading up to date at the beginning of `block`, once its reference prices are known.
    pub fn read(&mut self, block: u64, books: &Books) {
        let mut has_changed = false;
        for oracle in &mut self.list {
            has_changed |= oracle.step(block, books);
        }
        self.version += u64::from(has_changed);
    }

    /// The end of a block: pools that oracles read close at their prices.
    pub(crate) fn note_closes(&mut self, venues: &[Venue]) {
        for oracle in &mut self.list {
            if let Source::Pool(pool) = &mut oracle.source {
                let price = pool.price(venues);
                pool.mean.note(price);
                pool.said = None;
            }
        }
    }

    fn oracle(&self, oracle: usize) -> &Oracle {
        &self.list[oracle]
    }
}
