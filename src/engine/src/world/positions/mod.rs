//! The margined positions of a run: how they move, and what would have become of them without any gap.
//!
//! # How they move
//!
//! Margined positions (`migration.positions`) are pairs of collateral and exposure on the pair's reference price. They
//! stand apart from the pools: their margin is an account of its own, the rest of the market is the other side, and a
//! backstop bears what they owe beyond it. At every observation second legs that are due arrive, what the price has
//! crossed is settled or kept up, and first legs leave, in this order. Each open position waits in one of two heaps at
//! the price at which it must be looked at, so that an observation costs only those that the price has crossed; one
//! between its legs, or any while the protocol stands still, is not touched. A second book of the same positions is
//! never frozen: what differs between the two at the end is the harm of the split.

mod book;

use super::Books;
use super::margin::{CLOCK_ROUNDING_SECONDS, MarginFigures, MarginHarm, MarginPropensity, Status, Twins};
use crate::world::instrument::{Instrument, Opening, View};
use book::{Book, Flows, Hold, MarginTerms, Position};
use portage_base::ledger::{Account, Ledger, Token};
use portage_base::random::Stream;
use portage_base::stats::worst;
use portage_base::units::SECONDS_PER_DAY;
use portage_migration::PositionsSpec;
use rand_distr::{Distribution, StandardNormal};

/// Where the money of positions comes from and goes to.
#[derive(Debug, Clone, Copy)]
pub struct PositionAccounts {
    /// The rest of the market: holders' own money, and the other side of every position.
    pub market: Account,
    /// Margin of open positions.
    pub margin: Account,
    /// Bears what positions owe beyond their margin; it owes what it has paid.
    pub backstop: Account,
    /// The token of all margins: the quote of the pair.
    pub token: Token,
}

/// What positions are told at an observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PositionReading {
    /// Seconds on the run's clock.
    pub seconds: f64,
    /// Reference price of the pair, quote per base.
    pub price: f64,
    /// USD per base token.
    pub base_usd: f64,
    /// When the new version took effect, seconds; `None` while it has not.
    pub opened: Option<f64>,
    /// Whether the whole protocol stands still.
    pub(crate) is_down: bool,
    /// Whether the migration was rolled back: both legs of every position stand in the old version again.
    pub(crate) is_rolled_back: bool,
}

/// The margined positions of a run.
///
/// Readings are made at observations. The first leg of a position moves in the order of the list, at a constant rate while the protocol
/// does not stand still; its second leg follows after the gap. In between, and while the protocol stands still, nothing can be
/// done with a position. A second book sees the same prices and is never frozen: what differs is the harm of freezing.
#[derive(Debug)]
pub struct Positions {
    twins: Twins<Book>,
    accounts: PositionAccounts,
    per_day: f64,
    /// Time between the legs, seconds; `None` where they move together.
    gap_seconds: Option<f64>,
    /// When the second leg of each position follows, seconds; NaN before its first.
    second_legs: Vec<f64>,
    /// Positions whose first leg has moved, and of them those whose second leg has.
    begun: usize,
    arrived: usize,
    /// Positions that could have begun by now, a fraction included.
    scheduled: f64,
    read_seconds: f64,
    is_down: bool,
    is_rolled_back: bool,
    /// Base tokens of open positions between their legs, of all open ones, at the opening, and of those that have moved whole.
    split_base: f64,
    open_base: f64,
    opening_base: f64,
    moved_base: f64,
}

impl Positions {
    /// Draws the positions of a run at the opening `price` (quote per base) and pays their margins in.
    ///
    /// Sizes are lognormal and scaled so that together they are `notional_usd`. Each draws size, leverage, side and habit from a stream
    /// of its own, whatever the parameters are.
    #[must_use]
    pub fn open(
        spec: &PositionsSpec,
        (price, base_usd): (f64, f64),
        (seed, run): (u64, u64),
        accounts: PositionAccounts,
        ledger: &mut Ledger,
    ) -> Self {
        let stream = |name: &str| Stream::open(seed, run, &format!("positions/{name}"));
        let [mut sizes, mut leverages, mut sides, mut habits] = ["sizes", "leverage", "sides", "habits"].map(stream);
        let normal = |stream: &mut Stream| -> f64 { StandardNormal.sample(stream) };
        let weights: Vec<f64> = (0..spec.count).map(|_| libm::exp(spec.size_sd * normal(&mut sizes))).collect();
        let scale = spec.notional_usd / base_usd / weights.iter().sum::<f64>();
        let of_weight = |weight: &f64| {
            let base = weight * scale;
            let margin = base * price / spec.leverage.leverage(normal(&mut leverages));
            let is_short = sides.uniform() < spec.short_share;
            let propensity =
                MarginPropensity::drawn(habits.uniform(), spec.upkeep.attentive_share, spec.upkeep.stop_share);
            Position::new(if is_short { -base } else { base }, margin, propensity)
        };
        let list: Vec<Position> = weights.iter().map(of_weight).collect();
        let terms = MarginTerms {
            entry: price,
            maintenance: spec.maintenance_margin,
            penalty: spec.liquidation_penalty,
            acts_below: spec.upkeep.acts_below,
            restores_to: spec.upkeep.restores_to,
        };
        let opening_base = list.iter().map(|position| position.base.abs()).sum();
        let book = Book::new(list, terms);
        ledger.transfer(accounts.market, accounts.margin, accounts.token, book.margin());
        Self {
            accounts,
            per_day: spec.moves.positions_per_day(),
            gap_seconds: spec.moves.gap().map(portage_base::units::Span::seconds),
            second_legs: vec![f64::NAN; book.list.len()],
            twins: Twins::new(book.clone(), book),
            begun: 0,
            arrived: 0,
            scheduled: 0.0,
            read_seconds: 0.0,
            is_down: false,
            is_rolled_back: false,
            split_base: 0.0,
            open_base: opening_base,
            opening_base,
            moved_base: 0.0,
        }
    }

    /// Brings the positions to an observation: second legs that are due arrive, what the price has crossed is settled, first legs leave.
    pub fn read(&mut self, reading: &PositionReading, ledger: &mut Ledger) {
        let days = (reading.seconds - self.read_seconds).max(0.0) / SECONDS_PER_DAY;
        self.twins.pass(self.frozen_usd(reading.base_usd), days);
        let was_down = self.is_down;
        self.is_down = reading.is_down;
        let arrived_before = self.arrived;
        if reading.is_rolled_back && !self.is_rolled_back {
            self.roll_back();
        } else {
            self.take_second_legs(reading.seconds);
        }
        if !self.is_down {
            let resumed = if was_down { 0..self.twins.book.list.len() } else { arrived_before..self.arrived };
            let flows = self.twins.book.read(reading.price, &Hold { frozen: self.arrived..self.begun, resumed });
            self.open_base = (self.open_base - flows.base).max(0.0);
            self.settle(flows, ledger);
        }
        self.twins.unfrozen.read(reading.price, &Hold::NONE);
        if let (Some(opened), false, false) = (reading.opened, was_down, self.is_rolled_back) {
            self.take_first_legs(reading.seconds, reading.seconds - self.read_seconds.max(opened));
        }
        self.read_seconds = reading.seconds;
        self.twins.see(self.frozen_usd(reading.base_usd));
    }

    /// Value of the open positions with which nothing can be done, at `base_usd` USD per base token.
    #[must_use]
    pub fn frozen_usd(&self, base_usd: f64) -> f64 {
        base_usd * if self.is_down { self.open_base } else { self.split_base }
    }

    /// Share of all positions, by their size, that have moved whole while they were open.
    #[must_use]
    pub fn moved_share(&self) -> f64 {
        self.moved_base / self.opening_base
    }

    /// What became of them.
    #[must_use]
    pub fn figures(&self) -> MarginFigures {
        self.twins.figures()
    }

    /// What positions that were settled owed beyond their margin, quote tokens.
    #[must_use]
    pub const fn bad_debt(&self) -> f64 {
        self.twins.book.bad_debt
    }

    /// The harm that freezing has done, in quote tokens, open positions valued at `price` (quote per base).
    #[must_use]
    pub fn harm(&self, price: f64) -> MarginHarm {
        self.twins.harm(price)
    }

    /// Largest difference between what open positions have as margin and what the ledger says, and between bad debt and what the
    /// backstop has paid, relative to the larger of it and of all that was ever at stake.
    #[must_use]
    pub fn residual(&self, ledger: &Ledger) -> f64 {
        let accounts = &self.accounts;
        let margin = ledger.balance(accounts.margin, accounts.token) - self.twins.book.margin();
        let backstop = ledger.balance(accounts.backstop, accounts.token) + self.twins.book.bad_debt;
        let scale = self.opening_base * self.twins.book.entry();
        worst(margin.abs(), backstop.abs()) / scale.max(self.twins.book.bad_debt)
    }

    fn settle(&self, flows: Flows, ledger: &mut Ledger) {
        let PositionAccounts { market, margin, backstop, token } = self.accounts;
        ledger.transfer(market, margin, token, flows.added + flows.gained);
        ledger.transfer(margin, market, token, flows.paid);
        ledger.transfer(backstop, market, token, flows.bad_debt);
    }

    /// First legs that were due in the last `elapsed` seconds leave; both legs of those that move together arrive at once.
    fn take_first_legs(&mut self, seconds: f64, elapsed: f64) {
        self.scheduled += self.per_day * elapsed.max(0.0) / SECONDS_PER_DAY;
        let count = self.twins.book.list.len();
        let due = libm::floor(self.scheduled + CLOCK_ROUNDING_SECONDS * self.per_day / SECONDS_PER_DAY);
        let due = if due < count as f64 { due as usize } else { count };
        while self.begun < due {
            let index = self.begun;
            self.begun += 1;
            let ago = (self.scheduled - self.begun as f64) / self.per_day * SECONDS_PER_DAY;
            let base = self.open_size(index);
            match self.gap_seconds {
                Some(gap) => {
                    self.second_legs[index] = seconds - ago.max(0.0) + gap;
                    self.split_base += base;
                }
                None => {
                    self.arrived = self.begun;
                    self.moved_base += base;
                }
            }
        }
    }

    /// Second legs whose time has come arrive.
    fn take_second_legs(&mut self, seconds: f64) {
        while self.arrived < self.begun && self.second_legs[self.arrived] <= seconds + CLOCK_ROUNDING_SECONDS {
            let base = self.open_size(self.arrived);
            self.split_base -= base;
            self.moved_base += base;
            self.twins.book.release(self.arrived);
            self.arrived += 1;
        }
        if self.arrived == self.begun {
            self.split_base = 0.0;
        }
    }

    /// Everything stands in the old version again, both legs of it.
    fn roll_back(&mut self) {
        self.is_rolled_back = true;
        while self.arrived < self.begun {
            self.twins.book.release(self.arrived);
            self.arrived += 1;
        }
        (self.split_base, self.moved_base) = (0.0, 0.0);
    }

    /// Base tokens of a position that is open; 0 of one that is not.
    fn open_size(&self, index: usize) -> f64 {
        let position = &self.twins.book.list[index];
        if position.status == Status::Open { position.base.abs() } else { 0.0 }
    }
}

impl Instrument for Positions {
    type Terms = PositionsSpec;

    const LAW: &'static str = "the accounts of margined positions";

    fn open(spec: &PositionsSpec, books: &mut Books, opening: &Opening<'_>) -> Self {
        let accounts = PositionAccounts {
            market: books.accounts.market,
            margin: books.ledger.open_account(),
            backstop: books.ledger.open_account(),
            token: books.pair_tokens().1,
        };
        let pair = books.pair();
        Self::open(spec, (pair.price, pair.base_usd), opening.address, accounts, &mut books.ledger)
    }

    /// Tells the positions the price and where the migration stands.
    fn observe(&mut self, books: &mut Books, view: &View<'_>) {
        let pair = books.pair();
        let reading = PositionReading {
            seconds: view.seconds,
            price: pair.price,
            base_usd: pair.base_usd,
            opened: view.opened.filter(|opened| *opened <= view.seconds),
            is_down: books.is_down(),
            is_rolled_back: books.plan_record.rollbacks > 0,
        };
        self.read(&reading, &mut books.ledger);
    }

    fn residual(&self, books: &Books) -> f64 {
        self.residual(&books.ledger)
    }
}

#[cfg(test)]
mod tests;
