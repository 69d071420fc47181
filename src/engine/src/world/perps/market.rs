//! One market of one exchange: prices, funding, who is long and short of how much.

use super::terms::{ExchangeTerms, MarketTerms};
use portage_credit::perps::{MarkPrice, OrderBook, funding_rate, premium_after, premium_seconds};

/// Least premium: a book that was emptied still has a price above 0.
const PREMIUM_LEAST: f64 = -0.99;

/// A market as it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Market {
    pub(super) terms: MarketTerms,
    /// USD per base token.
    pub(super) index: f64,
    pub(super) middle: f64,
    pub(super) mark: f64,
    premium: f64,
    /// Premium x seconds since the last funding payment.
    premium_seconds: f64,
    /// What a long position has paid in funding since the opening, USD per base token.
    pub(super) funding: f64,
    /// Base tokens that trade per 1 % of price.
    depth: f64,
    /// Base tokens of accounts' long and short positions, and how many these are.
    pub(super) long: f64,
    pub(super) short: f64,
    sides: [u32; 2],
    /// Base tokens of market makers; negative when they are short.
    pub(super) maker: f64,
    /// Of the open interest, base tokens whose collateral is under way.
    pub(super) split: f64,
}

impl Market {
    /// A market without positions whose book stands at the index.
    pub(super) const fn open(terms: MarketTerms, index: f64, depth_share: f64) -> Self {
        Self {
            terms,
            index,
            middle: index,
            mark: index,
            premium: 0.0,
            premium_seconds: 0.0,
            funding: 0.0,
            depth: terms.depth_usd * depth_share / index,
            long: 0.0,
            short: 0.0,
            sides: [0; 2],
            maker: 0.0,
            split: 0.0,
        }
    }

    /// `elapsed` seconds pass: the premium moves by its law; `normal` is a standard normal draw.
    pub(super) fn pass(&mut self, exchange: &ExchangeTerms, elapsed: f64, normal: f64) {
        let both = self.long + self.short;
        let imbalance = if both > 0.0 { (self.long - self.short) / both } else { 0.0 };
        let law = &exchange.premium;
        let noise = (law.sd, law.half_life.seconds());
        let target = law.of_imbalance * imbalance;
        self.premium_seconds += premium_seconds(self.premium, target, noise.1, elapsed);
        self.premium = premium_after(self.premium, target, noise, elapsed, normal).max(PREMIUM_LEAST);
    }

    /// The index is read, and the book refilled about its middle; returns by how much the mark price moves.
    pub(super) fn read(&mut self, exchange: &ExchangeTerms, index: f64, depth_share: f64) -> f64 {
        self.index = index;
        self.middle = index * (1.0 + self.premium);
        self.depth = self.terms.depth_usd * depth_share / self.middle;
        self.mark_anew(exchange.mark)
    }

    /// A trade has left the book at `middle`; returns by how much the mark price moves.
    pub(super) fn push(&mut self, mark: MarkPrice, middle: f64) -> f64 {
        self.premium = (middle / self.index - 1.0).max(PREMIUM_LEAST);
        self.middle = self.index * (1.0 + self.premium);
        self.mark_anew(mark)
    }

    fn mark_anew(&mut self, mark: MarkPrice) -> f64 {
        let before = self.mark;
        self.mark = match mark {
            MarkPrice::Index => self.index,
            MarkPrice::Book => self.middle,
        };
        self.mark - before
    }

    /// Funding for `seconds` is due; returns what a long position pays, USD per base token.
    pub(super) fn fund(&mut self, exchange: &ExchangeTerms, seconds: f64) -> f64 {
        let law = &exchange.funding;
        let bound = law.clamp * (self.terms.initial - self.terms.maintenance);
        let rate = funding_rate(self.premium_seconds / seconds, law.interest, bound, seconds);
        self.premium_seconds = 0.0;
        self.funding += rate * self.index;
        rate * self.index
    }

    /// What passes while the exchange stands still is not part of the mean premium.
    pub(super) const fn forget_premium(&mut self) {
        self.premium_seconds = 0.0;
    }

    /// The order book as it stands.
    pub(super) const fn book(&self) -> OrderBook {
        OrderBook { middle: self.middle, depth_usd: self.depth * self.middle }
    }

    /// What accounts hold net, base tokens.
    pub(super) const fn net(&self) -> f64 {
        self.long - self.short
    }

    /// Value of accounts' positions, long and short ones added, USD.
    pub(super) const fn open_interest_usd(&self) -> f64 {
        (self.long + self.short) * self.mark
    }

    /// A position changes from `before` to `after`; a side on which nobody is left is empty to the last bit.
    pub(super) fn count(&mut self, before: f64, after: f64) {
        self.long += after.max(0.0) - before.max(0.0);
        self.short += (-after).max(0.0) - (-before).max(0.0);
        let of_side = [before > 0.0, before < 0.0].into_iter().zip([after > 0.0, after < 0.0]);
        for (side, (was, is)) in of_side.enumerate() {
            self.sides[side] = self.sides[side] + u32::from(is) - u32::from(was);
        }
        self.long = if self.sides[0] == 0 { 0.0 } else { self.long };
        self.short = if self.sides[1] == 0 { 0.0 } else { self.short };
    }

    /// The scalar that alone moves the margin of a position on a side: its equity less `multiple` maintenance margins is
    /// cash + |base| x this.
    pub(super) fn cover(&self, is_long: bool, multiple: f64) -> f64 {
        let margin = multiple * self.terms.maintenance * self.mark;
        let price = self.mark - self.funding;
        if is_long { price - margin } else { -price - margin }
    }

    /// Value that closing every position through the book as it is would not bring, USD: long ones sold, short ones bought back, the
    /// discount of each side on its value at the mark.
    pub(super) fn exit_shortfall_usd(&self) -> f64 {
        let book = self.book();
        let side = |base: f64| base.abs() * self.mark * book.exit_discount(base, self.mark);
        side(self.long) + side(-self.short)
    }
}
