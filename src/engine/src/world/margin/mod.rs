//! Margin that can run out, of positions and of accounts alike: who has to be looked at when a price moves, what holders do about it, and
//! how much worse they fare for what was frozen.

mod triggers;

pub(super) use triggers::Triggers;

/// What rounding may add to a time on the run's clock, seconds: far above a float's last bit, far below a block.
pub(super) const CLOCK_ROUNDING_SECONDS: f64 = 1e-3;

/// What a holder does when the margin runs low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarginPropensity {
    /// Adds margin.
    Attentive,
    /// Closes everything.
    Stops,
    /// Nothing.
    Absent,
}

/// What becomes of a margin that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Liquidate,
    TopUp,
    Close,
    Wait,
}

impl MarginPropensity {
    /// The habit that a draw (uniform, 0 to 1) picks where these shares of holders add margin and close.
    pub(super) fn drawn(uniform: f64, attentive_share: f64, stop_share: f64) -> Self {
        if uniform < attentive_share {
            Self::Attentive
        } else if uniform < attentive_share + stop_share {
            Self::Stops
        } else {
            Self::Absent
        }
    }

    /// What happens where the equity is below the maintenance margin, or below that at which holders act.
    pub(super) const fn answer(self, is_below_maintenance: bool, is_low: bool) -> Answer {
        match self {
            _ if is_below_maintenance => Answer::Liquidate,
            Self::Attentive if is_low => Answer::TopUp,
            Self::Stops if is_low => Answer::Close,
            Self::Attentive | Self::Stops | Self::Absent => Answer::Wait,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Open,
    /// By its holder.
    Closed,
    Liquidated,
    /// Closed whole against somebody who could not pay.
    Deleveraged,
}

/// How often something was done, in one set of books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) liquidated: u32,
    /// Of them, at the first reading after a time during which nothing could be done.
    pub(super) liquidated_on_resume: u32,
    pub(super) closed: u32,
    pub(super) top_ups: u32,
}

impl Tally {
    /// Counts a liquidation.
    pub(super) fn liquidate(&mut self, is_on_resume: bool) {
        self.liquidated += 1;
        self.liquidated_on_resume += u32::from(is_on_resume);
    }
}

/// What became of margined positions or accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginFigures {
    /// Liquidated.
    pub liquidated: u32,
    /// Of them, at the first reading after they could not be touched.
    pub liquidated_on_resume: u32,
    /// Would have been liquidated had nothing ever been frozen.
    pub liquidated_anyway: u32,
    /// Closed by their holders.
    pub closed: u32,
    /// Times that margin was added.
    pub top_ups: u32,
    /// Most value with which nothing could be done, USD.
    pub frozen_max_usd: f64,
    /// Its integral over time, USD x days.
    pub frozen_usd_days: f64,
}

/// How much worse positions or accounts fared than the same ones on the same prices of which nothing was ever frozen; money is in the token
/// of the margins.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarginHarm {
    /// Liquidated here, but not without freezing.
    pub caused: u32,
    /// Of them, those whose holders would have added margin more often.
    pub for_want_of_margin: u32,
    /// Liquidated without freezing, but not here.
    pub spared: u32,
    /// What was owed beyond margins, beyond that without freezing.
    pub bad_debt: f64,
    /// Value deleveraged, beyond that without freezing.
    pub deleveraged: f64,
    /// What holders, insurance funds, makers and exchanges lost by it.
    pub losses: [f64; 4],
}

/// One set of books of margins.
pub(super) trait MarginBook {
    /// What open positions are valued at.
    type Prices: Copy;

    /// How often something was done.
    fn tally(&self) -> &Tally;
    /// What became of each margin, and how often it was added to, in one order.
    fn outcomes(&self) -> impl Iterator<Item = (Status, u32)>;
    /// What was owed beyond margins.
    fn bad_debt(&self) -> f64;
    /// Value deleveraged.
    fn deleveraged(&self) -> f64 {
        0.0
    }
    /// What holders, insurance funds, makers and exchanges have gained so far.
    fn gains(&self, prices: Self::Prices) -> [f64; 4];
}

/// A set of books, and the same books on the same prices of which nothing is ever frozen: what differs is the harm of freezing.
#[derive(Debug)]
pub(super) struct Twins<B> {
    pub(super) book: B,
    pub(super) unfrozen: B,
    frozen_max_usd: f64,
    frozen_usd_days: f64,
}

impl<B: MarginBook> Twins<B> {
    pub(super) const fn new(book: B, unfrozen: B) -> Self {
        Self { book, unfrozen, frozen_max_usd: 0.0, frozen_usd_days: 0.0 }
    }

    /// The value `frozen_usd` has been frozen for the last `days`.
    pub(super) fn pass(&mut self, frozen_usd: f64, days: f64) {
        self.frozen_usd_days += frozen_usd * days;
    }

    /// The value `frozen_usd` is frozen now.
    pub(super) fn see(&mut self, frozen_usd: f64) {
        self.frozen_max_usd = self.frozen_max_usd.max(frozen_usd);
    }

    pub(super) fn figures(&self) -> MarginFigures {
        let Tally { liquidated, liquidated_on_resume, closed, top_ups } = *self.book.tally();
        MarginFigures {
            liquidated,
            liquidated_on_resume,
            liquidated_anyway: self.unfrozen.tally().liquidated,
            closed,
            top_ups,
            frozen_max_usd: self.frozen_max_usd,
            frozen_usd_days: self.frozen_usd_days,
        }
    }

    /// The harm that freezing has done, open positions valued at `prices`.
    pub(super) fn harm(&self, prices: B::Prices) -> MarginHarm {
        let (here, there) = (self.book.gains(prices), self.unfrozen.gains(prices));
        let mut harm = MarginHarm {
            bad_debt: self.book.bad_debt() - self.unfrozen.bad_debt(),
            deleveraged: self.book.deleveraged() - self.unfrozen.deleveraged(),
            losses: std::array::from_fn(|stakeholder| there[stakeholder] - here[stakeholder]),
            ..MarginHarm::default()
        };
        for ((status, top_ups), (unfrozen, wanted)) in self.book.outcomes().zip(self.unfrozen.outcomes()) {
            let pair = (status == Status::Liquidated, unfrozen == Status::Liquidated);
            harm.caused += u32::from(pair == (true, false));
            harm.spared += u32::from(pair == (false, true));
            harm.for_want_of_margin += u32::from(pair == (true, false) && wanted > top_ups);
        }
        harm
    }
}
