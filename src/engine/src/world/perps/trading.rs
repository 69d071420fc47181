//! What changes hands: trades against the book, liquidations, the insurance fund, and auto-deleveraging.

use super::exchange_engine::Book;
use super::terms::PerpTerms;
use crate::world::margin::Status;
use crate::world::stakeholder::Line;
use portage_credit::perps::{bankruptcy_price, deleveraging_rank};

/// Halvings of an interval: as fine as a float.
const HALVINGS: u32 = 60;

/// The largest part of a whole that is possible; 0 where none is. What is possible in part is possible in a smaller part.
pub(super) fn largest_part(is_possible: impl Fn(f64) -> bool) -> f64 {
    if is_possible(1.0) {
        return 1.0;
    }
    let (mut least, mut most) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let part = 0.5 * (least + most);
        if is_possible(part) {
            least = part;
        } else {
            most = part;
        }
    }
    least
}

impl Book {
    /// The account takes `base` tokens (gives them up where negative) and pays `usd`. The other side is booked by the caller.
    fn take(&mut self, account: usize, asset: usize, base: f64, usd: f64) {
        let at = self.traders[account].place * self.assets + asset;
        let Some(market) = &mut self.markets[at] else { return };
        let own = account * self.assets + asset;
        let (before, after) = (self.bases[own], self.bases[own] + base);
        market.count(before, after);
        self.bases[own] = after;
        if before == 0.0 {
            self.entries[own] = usd / base;
        }
        self.traders[account].cash += base * market.funding - usd;
    }

    /// The makers of an exchange take `base` tokens and pay `usd`.
    fn make(&mut self, place: usize, asset: usize, base: f64, usd: f64) {
        if let Some(market) = &mut self.markets[place * self.assets + asset] {
            market.maker += base;
            self.exchanges[place].maker_cash += base * market.funding - usd;
        }
    }

    /// The account trades `base` tokens (buys where positive) with the makers at `usd`; what it pays beyond the mark stands on `line`.
    fn trade(&mut self, account: usize, asset: usize, base: f64, usd: f64, line: Line) {
        if base == 0.0 {
            return;
        }
        let place = self.traders[account].place;
        let mark = self.markets[place * self.assets + asset].as_ref().map_or(0.0, |market| market.mark);
        self.take(account, asset, base, usd);
        self.make(place, asset, -base, -usd);
        self.statements.traders.book(line, base * mark - usd);
        self.statements.makers.book(line, usd - base * mark);
    }

    /// The account buys `base` tokens through the book (sells where negative); returns the value traded, USD.
    pub(super) fn trade_through_book(&mut self, terms: &PerpTerms, account: usize, asset: usize, base: f64) -> f64 {
        let place = self.traders[account].place;
        let at = place * self.assets + asset;
        let Some(market) = &self.markets[at] else { return 0.0 };
        let filled = market.book().close(-base);
        self.trade(account, asset, base, -filled.usd, Line::Slippage);
        if let Some(market) = &mut self.markets[at] {
            let moved = market.push(terms.exchanges[place].mark, filled.middle);
            let (net, maker) = (market.net(), market.maker);
            self.statements.traders.book(Line::MarketMove, net * moved);
            self.statements.makers.book(Line::MarketMove, maker * moved);
        }
        filled.usd.abs()
    }

    /// Passes positions from makers to the account at the mark price, or back: nobody gains or loses by it.
    pub(super) fn pass_at_mark(&mut self, account: usize, asset: usize, base: f64) {
        let place = self.traders[account].place;
        let mark = self.markets[place * self.assets + asset].as_ref().map_or(0.0, |market| market.mark);
        self.trade(account, asset, base, base * mark, Line::Slippage);
    }

    /// What trading `part` of `bases` (by asset; buys where positive) through the books of an exchange costs beyond the mark, USD.
    pub(super) fn cost_of(&self, place: usize, bases: &[f64], part: f64) -> f64 {
        let markets = self.markets[place * self.assets..][..self.assets].iter().zip(bases);
        let cost = |(market, base): (&Option<super::market::Market>, &f64)| {
            let market = market.as_ref().filter(|_| *base != 0.0)?;
            Some(-market.book().close(-part * base).usd - part * base * market.mark)
        };
        markets.filter_map(cost).sum()
    }

    /// The account pays a fee for `value` traded, USD.
    pub(super) fn charge(&mut self, terms: &PerpTerms, account: usize, value: f64) {
        let place = self.traders[account].place;
        let fee = terms.exchanges[place].taker_fee * value;
        self.traders[account].cash -= fee;
        self.exchanges[place].fees += fee;
        self.exchanges[place].flows.fees += fee;
        self.statements.traders.book(Line::Fees, -fee);
        self.statements.fees.book(Line::Fees, fee);
    }

    /// Closes all positions of an account through the book as its holder's order; false, and nothing done, where it could not pay for
    /// that.
    pub(super) fn close_whole(&mut self, terms: &PerpTerms, account: usize) -> bool {
        let place = self.traders[account].place;
        let (equity, _) = self.margin(account);
        let cost = self.cost_of_closing(account, 1.0);
        // What is received is less than the value by the cost; the fee is on what is received or paid.
        let fee = terms.exchanges[place].taker_fee * (self.value(account) + cost.abs());
        if equity - cost - fee < 0.0 {
            return false;
        }
        let value = self.close_part(terms, account, 1.0);
        self.charge(terms, account, value);
        true
    }

    fn cost_of_closing(&self, account: usize, part: f64) -> f64 {
        let bases = &self.bases[account * self.assets..][..self.assets];
        self.cost_of(self.traders[account].place, bases, -part)
    }

    /// Closes `part` of each position through the book; returns the value traded, USD.
    fn close_part(&mut self, terms: &PerpTerms, account: usize, part: f64) -> f64 {
        let mut value = 0.0;
        for asset in 0..self.assets {
            let base = self.bases[account * self.assets + asset];
            if base != 0.0 && part > 0.0 {
                value += self.trade_through_book(terms, account, asset, -part * base);
            }
        }
        value
    }

    /// An account is below its maintenance margin: it is closed whole.
    ///
    /// As much as the account and the insurance fund can pay for goes through the book. What is left, if anything, is closed against
    /// others at the price at which the account has nothing (auto-deleveraging).
    pub(super) fn liquidate(&mut self, terms: &PerpTerms, account: usize) {
        let trader = self.traders[account];
        let (place, value) = (trader.place, self.value(account));
        let is_on_resume = trader.released == self.number || self.exchanges[place].resumed == self.number;
        self.tally.liquidate(is_on_resume);
        self.sums.liquidated_usd += value;
        self.sums.liquidated_on_resume_usd += if is_on_resume { value } else { 0.0 };
        let part = self.affordable(account, self.exchanges[place].insurance);
        self.close_part(terms, account, part);
        let (equity, _) = self.margin(account);
        if equity > 0.0 && part == 1.0 {
            let penalty = (terms.exchanges[place].penalty * value).min(equity);
            self.insure(account, -penalty, Line::Liquidation);
        } else if equity < 0.0 {
            let paid = (-equity).min(self.exchanges[place].insurance);
            self.insure(account, paid, Line::Losses);
            self.sums.insured += paid;
        }
        if part < 1.0 {
            self.deleverage(account);
        }
        self.end(account, Status::Liquidated);
    }

    /// The largest part of an account that can be closed through the book so that what it then owes is at most `fund`.
    fn affordable(&self, account: usize, fund: f64) -> f64 {
        let (equity, _) = self.margin(account);
        largest_part(|part| equity - self.cost_of_closing(account, part) >= -fund)
    }

    /// The insurance fund pays `usd` to an account; takes it where it is negative.
    fn insure(&mut self, account: usize, usd: f64, line: Line) {
        let exchange = &mut self.exchanges[self.traders[account].place];
        self.traders[account].cash += usd;
        exchange.insurance -= usd;
        exchange.flows.insured += usd;
        self.statements.traders.book(line, usd);
        self.statements.insurance.book(line, -usd);
    }

    /// Closes an account against opposing ones at its bankruptcy prices, the highest rank first; makers take what then is left.
    fn deleverage(&mut self, account: usize) {
        let (place, (equity, _), value) = (self.traders[account].place, self.margin(account), self.value(account));
        self.sums.socialised += (-equity).max(0.0);
        for asset in 0..self.assets {
            let base = self.bases[account * self.assets + asset];
            let Some(mark) = self.markets[place * self.assets + asset].as_ref().map(|market| market.mark) else {
                continue;
            };
            if base == 0.0 {
                continue;
            }
            let price = bankruptcy_price(base, mark, equity, value);
            self.rank(account, asset);
            for place_in_queue in 0..self.queue.len() {
                let left = self.bases[account * self.assets + asset];
                if left == 0.0 {
                    break;
                }
                let other = self.queue[place_in_queue].1 as usize;
                let passed = left.abs().min(self.bases[other * self.assets + asset].abs()) * left.signum();
                self.take(account, asset, -passed, -passed * price);
                self.take(other, asset, passed, passed * price);
                self.sums.deleveraged_usd += passed.abs() * mark;
                self.sums.deleveragings += 1;
                if self.held(other).next().is_none() {
                    self.end(other, Status::Deleveraged);
                } else {
                    self.wait(other);
                }
            }
            let left = self.bases[account * self.assets + asset];
            if left != 0.0 {
                self.trade(account, asset, -left, -left * price, Line::Losses);
                self.sums.deleveraged_usd += left.abs() * mark;
            }
        }
    }

    /// Fills the queue with the accounts that stand against the position of `account`, the highest rank first.
    fn rank(&mut self, account: usize, asset: usize) {
        let place = self.traders[account].place;
        let side = self.bases[account * self.assets + asset].signum();
        self.queue.clear();
        let Some(mark) = self.markets[place * self.assets + asset].as_ref().map(|market| market.mark) else { return };
        for (other, trader) in self.traders.iter().enumerate() {
            let own = other * self.assets + asset;
            let base = self.bases[own];
            if base * side >= 0.0 || !trader.is_free() || trader.place != place {
                continue;
            }
            let (equity, _) = self.margin(other);
            if equity > 0.0 {
                let leverage = self.value(other) / equity;
                self.queue.push((deleveraging_rank(base, self.entries[own], mark, leverage), other as u32));
            }
        }
        self.queue.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    }
}
