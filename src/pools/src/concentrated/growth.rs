//! What accrues per unit of liquidity, by V3's rule of global, outside and inside growth.

use crate::Side;
use portage_base::sum::Sum;

/// Number of flows that accrue per unit of liquidity.
pub const GROWTHS: usize = 7;
/// Fees in base tokens.
pub const FEE_BASE: usize = 0;
/// Fees in quote tokens.
pub const FEE_QUOTE: usize = 1;
/// Fees in USD at the prices at which they arose.
pub const FEE_USD: usize = 2;
/// Loss to arbitrageurs in USD, fees excluded.
pub const ARBITRAGE_LOSS_USD: usize = 3;
/// Gain from traders in USD, fees excluded.
pub const TRADER_GAIN_USD: usize = 4;
/// Reward tokens of slot 0; slot 1 follows.
pub const REWARDS: usize = 5;

/// What a position has earned and lost since it was last settled, by flow: token amounts or USD as the flow's constant
/// says.
pub type Inside = [f64; GROWTHS];

/// On which line of the providers' account a swap is booked, besides its fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowLine {
    /// Loss to arbitrageurs: out at `usd_out` less kept in at `usd_in`.
    Arbitrage,
    /// Gain from traders: kept in at `usd_in` less out at `usd_out`.
    Trader,
}

/// At which prices and on which line a swap is booked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Booking {
    /// USD per token that comes in, its fee included.
    pub usd_in: f64,
    /// USD per token that goes out.
    pub usd_out: f64,
    /// The line beside the fees.
    pub line: FlowLine,
}

/// One growth per flow, per unit of liquidity.
pub(super) type Growth = [Sum; GROWTHS];

pub(super) const NO_GROWTH: Growth = [Sum::ZERO; GROWTHS];

#[inline]
pub(super) fn difference(minuend: &Growth, subtrahend: &Growth) -> Growth {
    let mut result = *minuend;
    for (result, subtrahend) in result.iter_mut().zip(subtrahend) {
        *result = result.minus(*subtrahend);
    }
    result
}

/// A stretch of a swap within one segment, per unit of liquidity: what the curve took and what it gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) kept: f64,
    pub(super) out: f64,
}

/// Notes what a walk over the ticks passes.
pub(super) trait Log {
    /// A stretch over liquidity.
    fn leg(&mut self, leg: Leg);
    /// The crossing of the initialised tick whose growth stands in `slot`.
    fn cross(&mut self, slot: u32);
}

/// Notes nothing: for quotes.
pub(super) struct Silent;

impl Log for Silent {
    #[inline]
    fn leg(&mut self, _: Leg) {}
    #[inline]
    fn cross(&mut self, _: u32) {}
}

/// Books a swap into the growths.
pub(super) struct FeeAccount<'a> {
    growth: &'a mut Growth,
    outside: &'a mut [Growth],
    fee: usize,
    line: usize,
    fee_per_kept: f64,
    usd_per_kept_fee: f64,
    usd_in: f64,
    usd_out: f64,
}

impl<'a> FeeAccount<'a> {
    /// An account of a swap on `side` with `fee_per_kept` = f / (1 - f), at the prices of `booking`.
    #[inline]
    pub(super) fn open(
        growth: &'a mut Growth,
        outside: &'a mut [Growth],
        side: Side,
        fee_per_kept: f64,
        booking: Booking,
    ) -> Self {
        let (line, sign) = match booking.line {
            FlowLine::Arbitrage => (ARBITRAGE_LOSS_USD, 1.0),
            FlowLine::Trader => (TRADER_GAIN_USD, -1.0),
        };
        let fee = if side == Side::BuyBase { FEE_QUOTE } else { FEE_BASE };
        let usd_per_kept_fee = fee_per_kept * booking.usd_in;
        let (usd_in, usd_out) = (sign * booking.usd_in, sign * booking.usd_out);
        Self { growth, outside, fee, line, fee_per_kept, usd_per_kept_fee, usd_in, usd_out }
    }
}

impl Log for FeeAccount<'_> {
    #[inline]
    fn leg(&mut self, leg: Leg) {
        self.growth[self.fee].add(leg.kept * self.fee_per_kept);
        self.growth[FEE_USD].add(leg.kept * self.usd_per_kept_fee);
        let flow = leg.out * self.usd_out - leg.kept * self.usd_in;
        self.growth[self.line].add(flow);
    }

    #[inline]
    fn cross(&mut self, slot: u32) {
        let outside = &mut self.outside[slot as usize];
        *outside = difference(self.growth, outside);
    }
}
