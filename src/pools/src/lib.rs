//! Automated market makers in real numbers: five kinds of [`Pool`], their fees, and a [`router`] over any mix of them.
//!
//! | question | answer |
//! |---|---|
//! | what does this amount buy, and what must be paid for that one | [`Pool::swap_exact_in`], [`Pool::swap_exact_out`] |
//! | how much trade brings the pool to the market's price | [`Pool::to_boundary`], [`Pool::band`], [`Pool::push`] |
//! | how is one order divided over several pools, gas counted | [`router::best_split`], [`router::best_cycle`] |
//! | how deep is the pool | [`Pool::depth`], [`Pool::convexity`] |
//! | what does its liquidity lose | [`Pool::impermanent_loss`], [`Pool::lvr_rate`], [`impermanent_loss_range`] |
//! | what is a share worth that nobody can push | [`Pool::fair_share`] |
//! | what does a curve written in a file make | [`CurveSpec::open`] |
//!
//! A pool holds its own balances, as the contracts do; who keeps books mirrors every transfer. Coin 0 is the base of the pair that is
//! traded, coin 1 its quote, further coins follow. A price of the pair is quote per base. Quotes change nothing: [`Pool::fill`] does.
//!
//! Quote a swap in a constant product of 100 ETH and 200,000 USD, fee 30 bps:
//!
//! ```
//! use portage_pools::{Pool, Side};
//!
//! let pool = Pool::with_reserves(100.0, 200_000.0, 0.003)?;
//! let swap = pool.swap_exact_in(Side::SellBase.direction(), 1.0).expect("there is liquidity");
//! assert!((swap.amount_out - 1_974.316_068_794_122_7).abs() < 1e-9);
//! # Ok::<(), portage_pools::PoolError>(())
//! ```
//!
//! Divide an order over two pools, the second of half the size and half the fee:
//!
//! ```
//! use portage_pools::router::{Leg, VenueQuote, best_split};
//! use portage_pools::{Pool, Side};
//!
//! let pools = [Pool::with_reserves(100.0, 200_000.0, 0.003)?, Pool::with_reserves(50.0, 100_000.0, 0.0015)?];
//! let offers = [0, 1].map(|i| VenueQuote { pool: &pools[i], direction: Side::SellBase.direction(), leg: Leg::Direct, gas: 0.0 });
//! let split = best_split(&offers, 10.0).expect("both are open");
//! assert!((split.inputs[0] + split.inputs[1] - 10.0).abs() < 1e-9);
//! assert!(split.amount_out > pools[0].swap_exact_in(Side::SellBase.direction(), 10.0).unwrap().amount_out);
//! # Ok::<(), portage_pools::PoolError>(())
//! ```
//!
//! Impermanent loss of a position from 1,500 to 2,500 USD that was opened at 2,000, at 2,200:
//!
//! ```
//! use portage_pools::{impermanent_loss, impermanent_loss_range};
//!
//! let loss = impermanent_loss_range((1_500.0, 2_500.0), 2_000.0, 2_200.0);
//! assert!(loss < impermanent_loss(1.1) && loss > -0.02);
//! ```
//!
//! Loss versus rebalancing at a volatility of 80 % a year: 8 % of the value of a constant product.
//!
//! ```
//! use portage_pools::Pool;
//!
//! let pool = Pool::with_reserves(100.0, 200_000.0, 0.003)?;
//! assert!((pool.lvr_rate(0.8 * 0.8) / 400_000.0 - 0.08).abs() < 1e-12);
//! # Ok::<(), portage_pools::PoolError>(())
//! ```
#![warn(missing_docs)]

mod change;
mod concentrated;
mod constant_product;
mod dynamic_fee;
mod error;
mod fair;
mod holding;
mod kind;
mod opening;
mod pool;
mod push;
mod returns;
pub mod router;
mod spec;
mod stable_swap;
mod weighted;

pub use change::PoolChange;
pub use concentrated::{
    ARBITRAGE_LOSS_USD, Amounts2, Booking, ConcentratedPool, FEE_BASE, FEE_QUOTE, FEE_USD, FlowLine, Inside, LN_TICK,
    REWARDS, TICK_MAX, TRADER_GAIN_USD, full_range, root_at, spaced_ceil, spaced_floor, tick_of_root_floor,
};
pub use constant_product::ConstantProductPool;
pub use dynamic_fee::{DynamicFee, DynamicFeeSpec};
pub use error::PoolError;
pub use fair::{fair_constant_product, fair_stable, fair_weighted};
pub use holding::TokenHolding;
pub use opening::{CurveFault, FeeRule, Opened, SwapGas};
pub use pool::Pool;
pub use push::Push;
pub use returns::{
    CONSTANT_PRODUCT_LVR, impermanent_loss, impermanent_loss_range, impermanent_loss_weighted, range_efficiency,
    time_in_range,
};
pub use spec::{
    AmplificationChange, ConcentratedSpec, ConstantProductSpec, CurveSpec, FeeDestination, HoldingSpec, PoolSpec,
    RateSpec, Role, StableSwapSpec, Weight, WeightChange, WeightedSpec,
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
    pub const fn direction(self) -> Direction {
        match self {
            Self::BuyBase => Direction { coin_in: 1, coin_out: 0 },
            Self::SellBase => Direction { coin_in: 0, coin_out: 1 },
        }
    }
}

/// The coin that a trader pays and the coin that it gets, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direction {
    /// The coin that comes in.
    pub coin_in: usize,
    /// The coin that goes out.
    pub coin_out: usize,
}

impl Direction {
    /// The direction, where the two coins are those of the pair.
    #[inline]
    #[must_use]
    pub const fn side(self) -> Side {
        if self.coin_in == 0 { Side::SellBase } else { Side::BuyBase }
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

impl Swap {
    /// No trade.
    pub const NOTHING: Self = Self { amount_in: 0.0, amount_out: 0.0, fee_in: 0.0, fee_out: 0.0 };
}

/// Between which square roots of the price arbitrage of the pair does not pay, all scaled by one factor: a constant product is
/// then compared with a price without a division.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The factor, not negative.
    pub scale: f64,
    /// The lower root, scaled; 0 where nothing can be sold to the pool.
    pub lower: f64,
    /// The upper root, scaled; infinite where nothing can be bought from the pool.
    pub upper: f64,
}

impl Band {
    /// The band of a pool with which nobody trades.
    pub const ANY: Self = Self { scale: 0.0, lower: 0.0, upper: f64::INFINITY };

    /// Whether a price with this square root lies above the band: base is cheap in the pool.
    #[inline]
    #[must_use]
    pub fn is_below(&self, root_price: f64) -> bool {
        root_price * self.scale > self.upper
    }

    /// Whether a price with this square root lies below the band: base is dear in the pool.
    #[inline]
    #[must_use]
    pub fn is_above(&self, root_price: f64) -> bool {
        root_price * self.scale < self.lower
    }

    /// Square roots of the highest price at which base can be sold to the pool and of the lowest at which it can be bought.
    #[inline]
    #[must_use]
    pub fn roots(&self) -> (f64, f64) {
        if self.scale > 0.0 { (self.lower / self.scale, self.upper / self.scale) } else { (0.0, f64::INFINITY) }
    }
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
    /// Its inverse.
    pub inverse_keep: f64,
    /// Its square root.
    pub root_keep: f64,
}

impl Segment {
    /// The whole curve of a pool that is empty and charges nothing.
    pub const EMPTY: Self = Self {
        liquidity: 0.0,
        base: 0.0,
        quote: 0.0,
        lower: 0.0,
        upper: f64::INFINITY,
        keep: 1.0,
        inverse_keep: 1.0,
        root_keep: 1.0,
    };

    /// Sets what is left of an input after a fee of the share `fee`, in [0, 1).
    pub fn set_fee(&mut self, fee: f64) {
        assert!((0.0..1.0).contains(&fee), "a fee share lies in [0, 1): {fee}");
        self.keep = 1.0 - fee;
        (self.inverse_keep, self.root_keep) = (1.0 / self.keep, self.keep.sqrt());
    }

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

/// What a deposit of any amounts is worth to a pool that takes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deposit {
    /// What enters.
    pub used: Amounts,
    /// Shares minted as a multiple of those that exist; into an empty pool, the number of shares.
    pub growth: f64,
    /// Fees for what is out of proportion, by coin; part of `used`.
    pub fees: Amounts,
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
