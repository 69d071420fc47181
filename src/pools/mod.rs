//! Pools: curves with their balances, and the router over them.
//!
//! A pool holds its own balances, as the contracts do; the run's ledger mirrors every transfer and audits them. Coin 0 is the
//! base of the pair that is traded, coin 1 its quote, further coins follow. A price of the pair is quote per base.

mod concentrated;
mod constant_product;
mod dynamic_fee;
mod pool;
pub mod router;
mod spec;
mod stable_swap;
mod weighted;

pub use concentrated::{
    ARBITRAGE_LOSS_USD, Amounts2, Booking, ConcentratedPool, FEE_BASE, FEE_QUOTE, FEE_USD, FlowLine, Inside, REWARDS,
    TICK_MAX, TRADER_GAIN_USD, full_range, root_at, spaced_ceil, spaced_floor, tick_of_root_floor,
};
pub use constant_product::ConstantProductPool;
pub use dynamic_fee::{DynamicFee, DynamicFeeSpec};
pub use pool::{Deposit, Pool};
pub use spec::{
    AmplificationChange, ConcentratedSpec, ConstantProductSpec, CurveSpec, FeeDestination, PoolSpec, RateSpec, Role,
    StableSwapSpec, SwapLimitSpec, Weight, WeightChange, WeightedSpec,
};
pub use stable_swap::{AmplificationRamp, Rate, StableSwapPool};
pub use weighted::{SwapLimits, WeightRamp, WeightedPool};

/// Most coins of a pool.
pub const COINS_MAX: usize = 8;

/// Most pools that one scenario can hold.
pub const VENUES_MAX: usize = 8;

/// Amounts by coin, whole tokens; beyond the pool's number of coins they are zero.
pub type Amounts = [f64; COINS_MAX];

/// The direction of a trade of the pair, seen by the trader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pays quote, receives base.
    BuyBase,
    /// Pays base, receives quote.
    SellBase,
}

impl Side {
    /// The coins that change hands.
    #[inline]
    #[must_use]
    pub const fn way(self) -> Way {
        match self {
            Self::BuyBase => Way { pay: 1, get: 0 },
            Self::SellBase => Way { pay: 0, get: 1 },
        }
    }
}

/// The coin that a trader pays and the coin that it gets, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The coin that comes in.
    pub pay: usize,
    /// The coin that goes out.
    pub get: usize,
}

impl Way {
    /// The direction, where the two coins are those of the pair.
    #[inline]
    #[must_use]
    pub const fn side(self) -> Side {
        if self.pay == 0 { Side::SellBase } else { Side::BuyBase }
    }
}

/// One trade against one pool, whole tokens.
///
/// Fees are inside the two amounts: the curve sees `amount_in` less `fee_in`, and gave `amount_out` and `fee_out` together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swap {
    /// Paid by the trader.
    pub amount_in: f64,
    /// Received by the trader.
    pub amount_out: f64,
    /// Fee in the coin that was paid.
    pub fee_in: f64,
    /// Fee in the coin that was received.
    pub fee_out: f64,
}

/// The part of a curve about the present price on which it is a constant product: all of it for a constant product,
/// the range between two initialised ticks for concentrated liquidity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Liquidity L, the square root of the product of the two virtual reserves.
    pub liquidity: f64,
    /// Virtual reserve of base, L / sqrt(price).
    pub base: f64,
    /// Virtual reserve of quote, L sqrt(price).
    pub quote: f64,
    /// Square root of the lowest price of the part.
    pub lower: f64,
    /// Square root of the highest price of the part.
    pub upper: f64,
    /// The share of the input that is left after the fee, 1 - f.
    pub keep: f64,
    /// Its square root.
    pub root_keep: f64,
}

impl Segment {
    /// Virtual reserves of the coin that comes in and of the coin that goes out.
    #[inline]
    #[must_use]
    pub const fn in_out(&self, side: Side) -> (f64, f64) {
        match side {
            Side::BuyBase => (self.quote, self.base),
            Side::SellBase => (self.base, self.quote),
        }
    }

    /// Largest virtual reserve of the coin that comes in, at the end of the part.
    #[inline]
    #[must_use]
    pub fn end(&self, side: Side) -> f64 {
        match side {
            Side::BuyBase => self.liquidity * self.upper,
            Side::SellBase if self.lower > 0.0 => self.liquidity / self.lower,
            Side::SellBase => f64::INFINITY,
        }
    }
}

/// What a deposit of any amounts brings to its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    /// Shares minted as a multiple of those that exist; into an empty pool, the invariant: the number of shares to begin with.
    pub growth: f64,
    /// Fees on what is out of proportion, by coin.
    pub fees: Amounts,
}

/// A withdrawal in one coin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// Received.
    pub amount: f64,
    /// Fee in the same coin.
    pub fee: f64,
}

/// A withdrawal of given amounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burn {
    /// Share of the pool that is given up for them.
    pub share: f64,
    /// Fees on what is out of proportion, by coin.
    pub fees: Amounts,
}
