//! One venue of an order: what it takes until its marginal rate has fallen, and what that buys.
//!
//! Rates are carried by s = 1 / sqrt(rate), in which the input of a constant product is a straight line.

use super::{Leg, VenueQuote};

/// A constant product as its input against s: input = slope (s - start), out = reserve_out kept / (reserve_in + kept).
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// s at which the input begins: 1 / sqrt(marginal rate).
    pub(super) start: f64,
    /// Input per unit of s, L / sqrt(1 - f).
    pub(super) slope: f64,
    /// Largest input that stays on this part of the curve.
    pub(super) most: f64,
    /// 1 - f.
    keep: f64,
    reserve_in: f64,
    reserve_out: f64,
}

impl Line {
    /// The line of an offer's segment; `None` for other curves, empty pools and prices at the end of a segment.
    #[inline]
    pub(super) fn of(offer: &VenueQuote<'_>) -> Option<Self> {
        let segment = offer.pool.segment()?;
        let side = offer.direction.side();
        let (reserve_in, reserve_out) = segment.in_out(side);
        let keep = segment.keep;
        let most = (segment.end(side) - reserve_in) / keep;
        // A price at the end of its segment goes on in the next one, which has another line.
        (segment.liquidity > 0.0 && most > 0.0).then(|| Self {
            start: reserve_in / (segment.liquidity * segment.root_keep),
            slope: segment.liquidity / segment.root_keep,
            most,
            keep,
            reserve_in,
            reserve_out,
        })
    }

    /// What `input` buys, for inputs up to `most`.
    #[inline]
    pub(super) fn output(&self, input: f64) -> f64 {
        let kept = self.keep * input;
        self.reserve_out * kept / (self.reserve_in + kept)
    }
}

/// An offer with what an order needs to know of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Venue<'p> {
    pub(super) offer: VenueQuote<'p>,
    /// The constant product about the present price, where the curve has one.
    pub(super) line: Option<Line>,
    /// s at which the input begins; infinite for a venue with nothing to give.
    pub(super) start: f64,
    /// The slope of the line, or of the constant product through the present marginal rate and the output of `share`.
    pub(super) slope: f64,
    /// The largest input that the order can bring here: the order, or the most of the intermediate token that it buys,
    /// and no more than the pool takes.
    pub(super) share: f64,
    /// Where `input` ends, infinite where it need not.
    cap: f64,
}

impl<'p> Venue<'p> {
    /// A venue that takes nothing.
    pub(super) const fn idle(offer: VenueQuote<'p>) -> Self {
        Self { offer, line: None, start: f64::INFINITY, slope: 0.0, share: 0.0, cap: 0.0 }
    }

    /// A venue to which at most `share` can come.
    pub(super) fn open(offer: VenueQuote<'p>, share: f64) -> Self {
        let top = offer.pool.marginal(offer.direction);
        if !(top > 0.0 && share > 0.0) {
            return Self::idle(offer);
        }
        let line = Line::of(&offer);
        let most = line.map_or(0.0, |line| line.most);
        let taken = if share <= most { share } else { largest_taken(&offer, share) };
        // Outputs are asked for on the way to a hop's balance, where inputs may pass the order's size.
        let is_bounded = taken < share || (offer.leg == Leg::First && most < f64::INFINITY);
        let cap = if is_bounded { taken } else { f64::INFINITY };
        let (start, slope) = line.map_or_else(|| chord(&offer, top, taken), |line| (line.start, line.slope));
        Self { offer, line, start, slope, share: taken, cap }
    }

    /// Caps the venue below `refused`, an input that the pool refuses.
    pub(super) fn limit(&mut self, refused: f64) {
        self.cap = largest_taken(&self.offer, refused);
        self.share = self.share.min(self.cap);
    }

    /// The input after which the marginal rate is 1 / s^2.
    #[inline]
    pub(super) fn input(&self, s: f64) -> f64 {
        if s <= self.start {
            return 0.0;
        }
        if let Some(line) = &self.line {
            let input = line.slope * (s - line.start);
            if input <= line.most {
                return input.min(self.cap);
            }
        }
        self.offer.pool.input_to_marginal(self.offer.direction, 1.0 / (s * s)).min(self.cap)
    }

    /// What `input` buys; `None` when the pool does not take it.
    #[inline]
    pub(super) fn quote(&self, input: f64) -> Option<f64> {
        match &self.line {
            _ if input <= 0.0 => Some(0.0),
            Some(line) if input <= line.most => Some(line.output(input)),
            _ => super::output_alone(&self.offer, input),
        }
    }

    /// What an input from [`Venue::input`] buys: those of first legs end where the pool begins to refuse.
    #[inline]
    pub(super) fn output(&self, input: f64) -> f64 {
        self.quote(input).unwrap_or(0.0)
    }

    /// Whether the pool takes `input`.
    #[inline]
    pub(super) fn takes(&self, input: f64) -> bool {
        input <= self.cap
    }

    /// The most that this venue gains when the token that comes out is worth `worth` and the one that comes in costs
    /// `cost`: max over inputs up to `share` of worth x output - cost x input, before gas. At its best the marginal rate is
    /// 1 / s^2 = cost / worth.
    #[inline]
    pub(super) fn gain(&self, worth: f64, cost: f64, s: f64) -> f64 {
        if s <= self.start {
            return 0.0;
        }
        if let Some(line) = &self.line {
            let input = line.slope * (s - line.start);
            if input <= line.most.min(self.share) {
                // The difference of the two products without its cancellation.
                let rise = (s - line.start) / s;
                return worth * line.reserve_out * rise * rise;
            }
        }
        let input = self.input(s).min(self.share);
        worth * self.output(input) - cost * input
    }
}

/// Where s begins and its slope on the constant product through the present marginal rate `top` and the output of `share`.
fn chord(offer: &VenueQuote<'_>, top: f64, share: f64) -> (f64, f64) {
    let output = super::output_alone(offer, share).unwrap_or(0.0);
    if output <= 0.0 {
        return (f64::INFINITY, 0.0);
    }
    let start = 1.0 / top.sqrt();
    // For a constant product the mean rate is the geometric mean of the marginal rates before and after.
    let end = share / (start * output);
    // A curve as flat as a constant sum has end = start up to rounding; its slope stays finite.
    (start, share / (end - start).max(f64::EPSILON * start))
}

/// The largest input up to `share` that the pool takes, by halving; 0 when it takes none.
fn largest_taken(offer: &VenueQuote<'_>, share: f64) -> f64 {
    /// Halvings: 53 for the bits of a number, as many again for pools far smaller than the order.
    const HALVINGS_MAX: u32 = 106;
    let takes = |input: f64| offer.pool.swap_exact_in(offer.direction, input).is_some();
    if takes(share) {
        return share;
    }
    let (mut taken, mut refused) = (0.0, share);
    for _ in 0..HALVINGS_MAX {
        let middle = 0.5 * (taken + refused);
        if middle <= taken || middle >= refused {
            break;
        }
        if takes(middle) { taken = middle } else { refused = middle }
    }
    taken
}
