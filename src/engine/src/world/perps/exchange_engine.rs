//! The books of all exchanges: accounts, markets, insurance funds, and what happens to them at a reading.

use super::market::Market;
use super::terms::PerpTerms;
use crate::world::margin::{Answer, MarginPropensity, Status, Tally, Triggers};
use crate::world::stakeholder::{Line, StakeholderStatement};

/// An account. Its positions stand in [`Book::bases`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trader {
    /// USD: the equity is this + base x (mark - funding) over its positions.
    pub(super) cash: f64,
    /// Collateral under way, USD.
    pub(super) sent: f64,
    /// When it arrives, seconds; NaN when nothing is under way.
    pub(super) arrives: f64,
    pub(super) propensity: MarginPropensity,
    pub(super) status: Status,
    /// The exchange on which its positions stand, and the one on which it opened.
    pub(super) place: usize,
    pub(super) home: usize,
    /// The reading at which it could be touched again; 0 before.
    pub(super) released: u64,
    pub(super) version: u32,
    pub(super) top_ups: u32,
    /// Value of its positions at the opening, USD.
    pub(super) opening_usd: f64,
}

impl Trader {
    /// Whether something can be done with it.
    pub(super) fn is_free(&self) -> bool {
        self.status == Status::Open && self.arrives.is_nan()
    }
}

/// What stands on an exchange apart from its accounts, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Exchange {
    /// Makers' equity is this + their base x (mark - funding).
    pub(super) maker_cash: f64,
    pub(super) insurance: f64,
    pub(super) fees: f64,
    pub(super) is_down: bool,
    /// The reading at which it went on again; 0 before.
    pub(super) resumed: u64,
    /// Seconds since the last funding payment, while it was up.
    pub(super) open_seconds: f64,
    /// Of the list of those who leave, how many have left, and how many of them have arrived.
    pub(super) left: usize,
    pub(super) arrived: usize,
    pub(super) flows: ExchangeFlows,
}

/// What moved between the accounts of the ledger at one reading, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ExchangeFlows {
    /// Into the vault from outside, less what was paid out.
    pub(super) brought: f64,
    /// From the insurance fund into the vault, less penalties.
    pub(super) insured: f64,
    /// From the vault to the exchange.
    pub(super) fees: f64,
    /// From the vault onto the way, and from there into it.
    pub(super) sent: f64,
    pub(super) received: f64,
}

/// What was seen on perpetual exchanges beside counts, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PerpSums {
    /// Value of the positions liquidated, at mark prices.
    pub liquidated_usd: f64,
    /// Of it, that of accounts at the first reading at which they could be touched again.
    pub liquidated_on_resume_usd: f64,
    /// What liquidated accounts owed beyond their collateral, paid by insurance funds.
    pub insured: f64,
    /// The same, borne by those who were deleveraged.
    pub socialised: f64,
    /// Value closed by auto-deleveraging.
    pub deleveraged_usd: f64,
    /// Times that an account was deleveraged.
    pub deleveragings: u32,
    /// Funding paid by those who paid it.
    pub funding_usd: f64,
    /// Opening value of accounts that have arrived on another exchange.
    pub(super) moved_usd: f64,
}

impl PerpSums {
    /// What liquidated accounts owed beyond their collateral, whoever bore it.
    #[must_use]
    pub const fn bad_debt_usd(&self) -> f64 {
        self.insured + self.socialised
    }
}

/// Statements of the four parties.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Statements {
    pub(super) traders: StakeholderStatement,
    pub(super) makers: StakeholderStatement,
    pub(super) insurance: StakeholderStatement,
    pub(super) fees: StakeholderStatement,
}

/// What is told at a reading: index prices and standard normal draws, by exchange and market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) seconds: f64,
    pub(super) index: &'a [f64],
    pub(super) normals: &'a [f64],
}

/// One set of books.
#[derive(Debug, Clone)]
pub(super) struct Book {
    /// Whether halts, downtime and transit are felt; without them nothing is ever frozen.
    pub(super) is_frozen_at_times: bool,
    pub(super) traders: Vec<Trader>,
    /// Base tokens, entry price, and what is to be opened again on arrival, by account and market.
    pub(super) bases: Vec<f64>,
    pub(super) entries: Vec<f64>,
    pub(super) wanted: Vec<f64>,
    /// By exchange and asset.
    pub(super) markets: Vec<Option<Market>>,
    pub(super) exchanges: Vec<Exchange>,
    /// By exchange, asset, side and level: absent holders, then those of each home that act above maintenance.
    pub(super) triggers: Vec<Triggers>,
    /// Multiple of the maintenance margin at which each level is looked at.
    pub(super) multiples: Vec<f64>,
    pub(super) tally: Tally,
    pub(super) sums: PerpSums,
    pub(super) statements: Statements,
    /// Rank and account of those who may be deleveraged: memory is reserved.
    pub(super) queue: Vec<(f64, u32)>,
    /// When each account of an exchange leaves it, seconds, in the order of time.
    pub(super) leaving: Vec<Vec<(f64, u32)>>,
    pub(super) assets: usize,
    pub(super) number: u64,
    pub(super) seconds: f64,
}

impl Book {
    /// Brings the books to a reading: prices, funding, arrivals, margins, departures; then makers settle.
    pub(super) fn read(&mut self, terms: &PerpTerms, reading: &Reading<'_>) {
        self.number += 1;
        for exchange in 0..self.exchanges.len() {
            self.pass(terms, exchange, reading);
        }
        self.seconds = reading.seconds;
        self.take_arrivals(terms);
        self.keep_margins(terms);
        self.take_leavers(terms);
        self.keep_margins(terms);
        self.settle_makers();
    }

    /// Time passes on one exchange.
    fn pass(&mut self, terms: &PerpTerms, place: usize, reading: &Reading<'_>) {
        let of_exchange = &terms.exchanges[place];
        let elapsed = reading.seconds - self.seconds;
        let depth_share = of_exchange.depth_share(reading.seconds);
        let was_down = self.exchanges[place].is_down;
        let is_down = self.is_frozen_at_times && of_exchange.is_halted(reading.seconds);
        let exchange = &mut self.exchanges[place];
        exchange.is_down = is_down;
        exchange.resumed = if was_down && !is_down { self.number } else { exchange.resumed };
        exchange.open_seconds = if was_down { 0.0 } else { exchange.open_seconds + elapsed };
        let open_seconds = exchange.open_seconds;
        // A thousandth of a second is rounding of the clock.
        let is_due = !is_down && open_seconds > 0.0 && open_seconds + 1e-3 >= of_exchange.funding.every.seconds();
        for asset in 0..self.assets {
            let at = place * self.assets + asset;
            let Some(market) = &mut self.markets[at] else { continue };
            market.pass(of_exchange, elapsed, reading.normals[at]);
            if was_down {
                market.forget_premium();
            }
            let moved = market.read(of_exchange, reading.index[at], depth_share);
            let (net, maker) = (market.net(), market.maker);
            self.statements.traders.book(Line::MarketMove, net * moved);
            self.statements.makers.book(Line::MarketMove, maker * moved);
            if is_due {
                let paid = market.fund(of_exchange, open_seconds);
                let payers = if paid > 0.0 { market.long + maker.max(0.0) } else { market.short + (-maker).max(0.0) };
                self.sums.funding_usd += payers * paid.abs();
                self.statements.traders.book(Line::Funding, -net * paid);
                self.statements.makers.book(Line::Funding, -maker * paid);
            }
        }
        if is_due {
            self.exchanges[place].open_seconds = 0.0;
        }
    }

    /// Looks at every account whose trigger has been crossed, until none is left.
    fn keep_margins(&mut self, terms: &PerpTerms) {
        while let Some(account) = self.next_crossed() {
            self.look(terms, account);
        }
    }

    fn next_crossed(&mut self) -> Option<usize> {
        let levels = self.multiples.len();
        for at in (0..self.markets.len()).filter(|at| !self.exchanges[at / self.assets].is_down) {
            let Some(market) = &self.markets[at] else { continue };
            for (side, level) in (0..2).flat_map(|side| (0..levels).map(move |level| (side, level))) {
                let cover = market.cover(side == 0, self.multiples[level]);
                while let Some((account, version)) = self.triggers[(at * 2 + side) * levels + level].pop(cover) {
                    if self.traders[account].version == version && self.traders[account].is_free() {
                        return Some(account);
                    }
                }
            }
        }
        None
    }

    /// Does with an account what its margin asks for.
    pub(super) fn look(&mut self, terms: &PerpTerms, account: usize) {
        let trader = self.traders[account];
        let (equity, maintenance) = self.margin(account);
        let calls = terms.exchanges[trader.home].accounts.map_or_else(Default::default, |spec| spec.margin_calls);
        let is_low = equity < calls.acts_below * maintenance;
        match trader.propensity.answer(equity < maintenance, is_low) {
            Answer::Liquidate => self.liquidate(terms, account),
            Answer::TopUp => {
                self.bring(account, calls.restores_to * maintenance - equity);
                self.traders[account].top_ups += 1;
                self.tally.top_ups += 1;
                self.wait(account);
            }
            Answer::Close if self.close_whole(terms, account) => {
                self.tally.closed += 1;
                self.end(account, Status::Closed);
            }
            Answer::Close => self.liquidate(terms, account),
            Answer::Wait => self.wait(account),
        }
    }

    /// Equity and maintenance margin of an account, USD.
    pub(super) fn margin(&self, account: usize) -> (f64, f64) {
        let (mut equity, mut maintenance) = (self.traders[account].cash, 0.0);
        for (market, base) in self.held(account) {
            equity += base * (market.mark - market.funding);
            maintenance += base.abs() * market.mark * market.terms.maintenance;
        }
        (equity, maintenance)
    }

    /// Value of an account's positions, USD.
    pub(super) fn value(&self, account: usize) -> f64 {
        self.held(account).map(|(market, base)| base.abs() * market.mark).sum()
    }

    /// The positions of an account, with their markets.
    pub(super) fn held(&self, account: usize) -> impl Iterator<Item = (&Market, f64)> {
        let place = self.traders[account].place;
        let bases = &self.bases[account * self.assets..][..self.assets];
        let markets = &self.markets[place * self.assets..][..self.assets];
        markets.iter().zip(bases).filter_map(|(market, base)| market.as_ref().filter(|_| *base != 0.0).zip(Some(*base)))
    }

    /// Queues an account at the prices at which it needs to be looked at.
    ///
    /// With h = equity less the margin at which it is looked at, h = cash + sum of |base| x cover. With one position the trigger is exact:
    /// cover = -cash / |base|. With several, h cannot be used up before one market has lost the same share of its price as all would
    /// have to lose together: cover falls by h x mark / value there.
    pub(super) fn wait(&mut self, account: usize) {
        let trader = &mut self.traders[account];
        trader.version += 1;
        let (place, cash, levels) = (trader.place, trader.cash, self.multiples.len());
        let level = if trader.propensity == MarginPropensity::Absent { 0 } else { 1 + trader.home };
        let multiple = self.multiples[level];
        let value = self.value(account);
        let held = self.held(account);
        let (positions, left) = held.fold((0, cash), |(count, left), (market, base)| {
            (count + 1, left + base.abs() * market.cover(base > 0.0, multiple))
        });
        for asset in 0..self.assets {
            let (base, at) = (self.bases[account * self.assets + asset], place * self.assets + asset);
            let Some(market) = self.markets[at].as_ref().filter(|_| base != 0.0) else { continue };
            let key = if positions == 1 {
                -cash / base.abs()
            } else {
                market.cover(base > 0.0, multiple) - left * market.mark / value
            };
            let traders = &self.traders;
            let heap = &mut self.triggers[(at * 2 + usize::from(base < 0.0)) * levels + level];
            heap.push(key, account, |other| traders[other].version);
        }
    }

    /// A holder brings `usd` of collateral; takes it out where it is negative.
    pub(super) fn bring(&mut self, account: usize, usd: f64) {
        let trader = &mut self.traders[account];
        trader.cash += usd;
        self.exchanges[trader.place].flows.brought += usd;
        self.statements.traders.book(Line::Brought, usd);
    }

    /// An account without positions is paid out.
    pub(super) fn end(&mut self, account: usize, status: Status) {
        let cash = self.traders[account].cash;
        self.bring(account, -cash);
        let trader = &mut self.traders[account];
        trader.cash = 0.0;
        trader.status = status;
        trader.version += 1;
    }

    /// Makers take out what they have gained and bring what they have lost.
    fn settle_makers(&mut self) {
        for place in 0..self.exchanges.len() {
            let equity = self.maker_equity(place);
            let exchange = &mut self.exchanges[place];
            exchange.maker_cash -= equity;
            exchange.flows.brought -= equity;
            self.statements.makers.book(Line::Brought, -equity);
        }
    }

    /// Equity of the makers of an exchange, USD.
    pub(super) fn maker_equity(&self, place: usize) -> f64 {
        let markets = self.markets[place * self.assets..][..self.assets].iter().flatten();
        self.exchanges[place].maker_cash
            + markets.map(|market| market.maker * (market.mark - market.funding)).sum::<f64>()
    }
}
