//! One book of margined positions: sorted by the price at which each of them needs to be looked at.

use crate::world::margin::{Answer, MarginBook, MarginPropensity, Status, Tally, Triggers};
use std::ops::Range;

/// The rules of margin, shares of a position's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MarginTerms {
    /// Price at the opening, quote per base: what gains are counted from.
    pub(super) entry: f64,
    pub(super) maintenance: f64,
    pub(super) penalty: f64,
    pub(super) acts_below: f64,
    pub(super) restores_to: f64,
}

/// A margined position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Position {
    /// Base tokens; negative for a short position.
    pub(super) base: f64,
    /// Margin paid in, quote tokens.
    pub(super) margin: f64,
    pub(super) propensity: MarginPropensity,
    pub(super) status: Status,
    /// Times that margin was added.
    pub(super) top_ups: u32,
    is_queued: bool,
}

impl Position {
    /// An open position.
    pub(super) const fn new(base: f64, margin: f64, propensity: MarginPropensity) -> Self {
        Self { base, margin, propensity, status: Status::Open, top_ups: 0, is_queued: false }
    }

    /// Margin and gains at `price`, quote tokens.
    pub(super) fn equity(&self, entry: f64, price: f64) -> f64 {
        self.margin + self.base * (price - entry)
    }

    /// The price at which the equity is the share `ratio` of the position's value, quote per base.
    ///
    /// Law, c = margin per base token: (entry - c) / (1 - ratio) for a long position, which is below it at lower prices;
    /// (entry + c) / (1 + ratio) for a short one, which is below it at higher prices.
    pub(super) fn threshold(&self, entry: f64, ratio: f64) -> f64 {
        let cover = self.margin / self.base.abs();
        if self.is_long() { (entry - cover) / (1.0 - ratio) } else { (entry + cover) / (1.0 + ratio) }
    }

    fn is_long(&self) -> bool {
        self.base > 0.0
    }

    /// Whether the equity at `price` is below the share `ratio` of the value.
    fn is_below(&self, entry: f64, ratio: f64, price: f64) -> bool {
        let threshold = self.threshold(entry, ratio);
        if self.is_long() { price < threshold } else { price > threshold }
    }
}

/// What was paid at one reading, quote tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Flows {
    /// Margin that holders paid in.
    pub(super) added: f64,
    /// Gains of positions that ended, less losses up to their margins.
    pub(super) gained: f64,
    /// Equity that left with positions that ended, penalties included.
    pub(super) paid: f64,
    /// Losses beyond the margins.
    pub(super) bad_debt: f64,
    /// Size of positions that ended, base tokens.
    pub(super) base: f64,
}

/// What cannot be touched at a reading, and what could not until now.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) frozen: Range<usize>,
    pub(super) resumed: Range<usize>,
}

impl Hold {
    /// Everything can be touched, and always could.
    pub(super) const NONE: Self = Self { frozen: 0..0, resumed: 0..0 };
}

/// A book of margined positions.
///
/// A reading costs only the positions whose triggers the price has crossed. Each open position that can be touched stands in one of two
/// heaps, in which memory for all of them is reserved; one that is frozen falls out of it when its trigger is met, and comes back when
/// it is released.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) list: Vec<Position>,
    pub(super) tally: Tally,
    /// Losses beyond the margins, quote tokens.
    pub(super) bad_debt: f64,
    /// What holders got out less what they paid in since the start, quote tokens.
    paid_out: f64,
    terms: MarginTerms,
    longs: Triggers,
    shorts: Triggers,
}

impl Book {
    /// A book of open positions.
    pub(super) fn new(list: Vec<Position>, terms: MarginTerms) -> Self {
        let count = list.len();
        let mut book = Self {
            list,
            tally: Tally::default(),
            bad_debt: 0.0,
            paid_out: 0.0,
            terms,
            longs: Triggers::with_room(count),
            shorts: Triggers::with_room(count),
        };
        (0..count).for_each(|index| book.queue(index));
        book
    }

    /// Looks at every position whose trigger lies before `price`; adds margin, closes and liquidates.
    pub(super) fn read(&mut self, price: f64, hold: &Hold) -> Flows {
        let mut flows = Flows::default();
        while let Some((index, _)) = self.longs.pop(price).or_else(|| self.shorts.pop(-price)) {
            self.list[index].is_queued = false;
            if self.list[index].status != Status::Open || hold.frozen.contains(&index) {
                continue;
            }
            self.act(index, price, hold.resumed.contains(&index), &mut flows);
        }
        flows
    }

    /// A position can be touched again.
    pub(super) fn release(&mut self, index: usize) {
        if self.list[index].status == Status::Open && !self.list[index].is_queued {
            self.queue(index);
        }
    }

    /// Price at the opening, quote per base.
    pub(super) const fn entry(&self) -> f64 {
        self.terms.entry
    }

    /// Margin of all open positions, quote tokens.
    pub(super) fn margin(&self) -> f64 {
        self.list.iter().filter(|position| position.status == Status::Open).map(|position| position.margin).sum()
    }

    fn queue(&mut self, index: usize) {
        let (terms, position) = (&self.terms, &mut self.list[index]);
        let ratio = if position.propensity == MarginPropensity::Absent { terms.maintenance } else { terms.acts_below };
        let threshold = position.threshold(terms.entry, ratio);
        position.is_queued = true;
        // A position waits at most once: no trigger is ever void.
        if position.is_long() {
            self.longs.push(threshold, index, |_| 0);
        } else {
            self.shorts.push(-threshold, index, |_| 0);
        }
    }

    /// The price has crossed the trigger of a position that can be touched.
    fn act(&mut self, index: usize, price: f64, has_resumed: bool, flows: &mut Flows) {
        let terms = self.terms;
        let position = &mut self.list[index];
        match position.propensity.answer(position.is_below(terms.entry, terms.maintenance, price), true) {
            Answer::Liquidate => {
                self.tally.liquidate(has_resumed);
                self.end(index, price, Status::Liquidated, flows);
            }
            Answer::TopUp => {
                let wanted = terms.restores_to * position.base.abs() * price;
                let added = wanted - position.equity(terms.entry, price);
                position.margin += added;
                position.top_ups += 1;
                flows.added += added;
                self.tally.top_ups += 1;
                self.paid_out -= added;
                self.queue(index);
            }
            Answer::Close => {
                self.tally.closed += 1;
                self.end(index, price, Status::Closed, flows);
            }
            Answer::Wait => self.queue(index),
        }
    }

    /// Settles a position at `price`; a liquidation takes its penalty out of what is left.
    fn end(&mut self, index: usize, price: f64, status: Status, flows: &mut Flows) {
        let position = &mut self.list[index];
        let equity = position.equity(self.terms.entry, price);
        let left = equity.max(0.0);
        let value = position.base.abs() * price;
        let penalty = if status == Status::Liquidated { (self.terms.penalty * value).min(left) } else { 0.0 };
        flows.gained += left - position.margin;
        flows.paid += left;
        flows.bad_debt += left - equity;
        flows.base += position.base.abs();
        self.bad_debt += left - equity;
        self.paid_out += left - penalty;
        position.status = status;
        position.margin = 0.0;
    }
}

impl MarginBook for Book {
    /// Quote per base.
    type Prices = f64;

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn outcomes(&self) -> impl Iterator<Item = (Status, u32)> {
        self.list.iter().map(|position| (position.status, position.top_ups))
    }

    fn bad_debt(&self) -> f64 {
        self.bad_debt
    }

    /// Holders alone: what they got out less what they paid in, and what their open positions are worth; nobody owes more than the margin.
    fn gains(&self, price: f64) -> [f64; 4] {
        let open = self.list.iter().filter(|position| position.status == Status::Open);
        let worth = open.map(|position| position.equity(self.terms.entry, price).max(0.0)).sum::<f64>();
        [self.paid_out + worth, 0.0, 0.0, 0.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: MarginTerms =
        MarginTerms { entry: 100.0, maintenance: 0.03, penalty: 0.01, acts_below: 0.04, restores_to: 0.08 };

    fn book(positions: &[(f64, f64, MarginPropensity)]) -> Book {
        let list =
            positions.iter().map(|&(base, margin, propensity)| Position::new(base, margin, propensity)).collect();
        Book::new(list, TERMS)
    }

    #[test]
    fn at_its_threshold_the_equity_is_that_share_of_the_value() {
        for base in [2.5, -2.5] {
            for leverage in [1.5, 5.0, 20.0] {
                let position = Position::new(base, 250.0 / leverage, MarginPropensity::Absent);
                for ratio in [0.0, 0.03, 0.04] {
                    let price = position.threshold(100.0, ratio);
                    let share = position.equity(100.0, price) / (2.5 * price);
                    assert!((share - ratio).abs() < 1e-12, "{base} {leverage} {ratio}: {share}");
                    assert!(
                        !position.is_below(100.0, ratio, 100.0)
                            && position.is_below(100.0, ratio, price * (1.0 - 1e-9 * base))
                    );
                }
            }
        }
    }

    #[test]
    fn only_what_the_price_has_crossed_is_liquidated_in_any_order() {
        // Leverage 10, 5 and 2 on both sides: longs go at 90/0.97, 80/0.97 and 50/0.97, shorts at 110/1.03, 120/1.03 and 150/1.03.
        let margins = [50.0, 10.0, 20.0];
        let sides =
            [1.0, -1.0].into_iter().flat_map(|base| margins.map(|margin| (base, margin, MarginPropensity::Absent)));
        let mut book = book(&sides.collect::<Vec<_>>());
        for (price, liquidated) in
            [(93.0, 0), (92.7, 1), (106.0, 1), (106.8, 2), (82.4, 3), (51.0, 4), (150.0, 6), (1e3, 6)]
        {
            book.read(price, &Hold::NONE);
            assert_eq!(book.tally.liquidated, liquidated, "at {price}");
        }
        assert_eq!(book.tally.liquidated_on_resume, 0);
    }

    #[test]
    fn what_happens_to_the_money_of_a_long_of_ten_times() {
        // One token at 100 with 10 of margin. At 92 the equity is 2, below 2.76; the penalty takes 0.92 of it. At 85 it is -5.
        let mut orderly = book(&[(1.0, 10.0, MarginPropensity::Absent)]);
        assert_eq!(
            orderly.read(92.0, &Hold::NONE),
            Flows { added: 0.0, gained: -8.0, paid: 2.0, bad_debt: 0.0, base: 1.0 }
        );
        assert!((orderly.paid_out - 1.08).abs() < 1e-12);
        let mut late = book(&[(1.0, 10.0, MarginPropensity::Absent)]);
        assert_eq!(
            late.read(85.0, &Hold::NONE),
            Flows { added: 0.0, gained: -10.0, paid: 0.0, bad_debt: 5.0, base: 1.0 }
        );
        assert_eq!((late.paid_out, late.bad_debt), (0.0, 5.0));
        // At 93.5 the equity is 3.5, below 4 % of 93.5 = 3.74: 3.98 restores 8 %, or the rest is taken out.
        let mut kept = book(&[(1.0, 10.0, MarginPropensity::Attentive)]);
        let flows = kept.read(93.5, &Hold::NONE);
        assert!((flows.added - (0.08 * 93.5 - 3.5)).abs() < 1e-12 && flows.paid == 0.0);
        assert!((kept.list[0].equity(100.0, 93.5) - 7.48).abs() < 1e-12);
        let mut stopped = book(&[(1.0, 10.0, MarginPropensity::Stops)]);
        assert_eq!(
            stopped.read(93.5, &Hold::NONE),
            Flows { added: 0.0, gained: -6.5, paid: 3.5, bad_debt: 0.0, base: 1.0 }
        );
        assert_eq!((stopped.tally.closed, stopped.tally.liquidated, stopped.paid_out), (1, 0, 3.5));
    }

    #[test]
    fn what_is_frozen_is_not_touched_and_is_seen_at_its_release() {
        let mut crossed = book(&[
            (1.0, 10.0, MarginPropensity::Absent),
            (1.0, 10.0, MarginPropensity::Attentive),
            (1.0, 20.0, MarginPropensity::Absent),
        ]);
        let hold = Hold { frozen: 0..2, resumed: 0..0 };
        for price in [93.5, 85.0, 70.0, 91.0] {
            crossed.read(price, &hold);
        }
        // The third was liquidated at 70; the other two missed everything, and 91 is below their threshold of 92.78.
        assert_eq!((crossed.tally.liquidated, crossed.tally.top_ups), (1, 0));
        (0..2).for_each(|index| crossed.release(index));
        crossed.read(91.0, &Hold { frozen: 2..2, resumed: 0..2 });
        assert_eq!((crossed.tally.liquidated, crossed.tally.liquidated_on_resume, crossed.tally.top_ups), (3, 2, 0));
        // Released when the price has come back, they are as they were.
        let mut spared = book(&[(1.0, 10.0, MarginPropensity::Absent), (-1.0, 10.0, MarginPropensity::Attentive)]);
        let hold = Hold { frozen: 0..2, resumed: 0..0 };
        for price in [85.0, 115.0] {
            assert_eq!(spared.read(price, &hold), Flows::default());
        }
        (0..2).for_each(|index| spared.release(index));
        assert_eq!(spared.read(100.0, &Hold { frozen: 2..2, resumed: 0..2 }), Flows::default());
        assert_eq!(spared.tally, Tally::default());
        assert!(spared.longs.pop(0.0).is_some() && spared.shorts.pop(f64::NEG_INFINITY).is_some());
    }
}
