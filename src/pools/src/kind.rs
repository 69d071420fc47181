//! What others ask of the kind of a pool. Every answer names every kind, so that the compiler asks a new one.

use super::concentrated::Booking;
use super::{
    Amounts, Band, COINS_MAX, ConcentratedPool, ConstantProductPool, Direction, Pool, PoolError, Segment, Swap,
    TokenHolding,
};

impl Pool {
    /// An empty constant-product pool with fee share `fee` of the input, in [0, 1).
    pub fn constant_product(fee: f64) -> Result<Self, PoolError> {
        ConstantProductPool::new(fee).map(Self::ConstantProduct)
    }

    /// A constant-product pool that holds `base` and `quote`, whole tokens above 0, with fee share `fee` of the input, in [0, 1).
    pub fn with_reserves(base: f64, quote: f64, fee: f64) -> Result<Self, PoolError> {
        let mut pool = ConstantProductPool::new(fee)?;
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (base, quote);
        let is_possible = [base, quote].iter().all(|reserve| *reserve > 0.0 && reserve.is_finite());
        let deposit = pool.deposit(&amounts).filter(|_| is_possible).ok_or(PoolError::Reserves(base.min(quote)))?;
        pool.put(&deposit.used);
        Ok(Self::ConstantProduct(pool))
    }

    /// A pool of the same terms without liquidity; one of ranges has memory for `room` positions, others stay as they are.
    #[must_use]
    pub fn fresh(&self, room: usize) -> Self {
        match self {
            Self::Concentrated(pool) => Self::Concentrated(Box::new(pool.fresh(room))),
            Self::ConstantProduct(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => self.clone(),
        }
    }

    /// The price ranges of a pool whose liquidity stands in positions; `None` for a pool of shares.
    #[inline]
    #[must_use]
    pub fn ranges(&self) -> Option<&ConcentratedPool> {
        match self {
            Self::Concentrated(pool) => Some(pool),
            Self::ConstantProduct(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => None,
        }
    }

    /// The price ranges, to be changed; `None` for a pool of shares.
    #[inline]
    #[must_use]
    pub fn ranges_mut(&mut self) -> Option<&mut ConcentratedPool> {
        match self {
            Self::Concentrated(pool) => Some(pool),
            Self::ConstantProduct(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => None,
        }
    }

    /// Returns true where liquidity stands in ranges of the price, which are positions of their own and no shares.
    #[inline]
    #[must_use]
    pub fn is_range_based(&self) -> bool {
        self.ranges().is_some()
    }

    /// Token holding: the pool as a place where one token is held and nothing trades; `None` for a pool with a curve.
    #[inline]
    #[must_use]
    pub const fn holding(&self) -> Option<&TokenHolding> {
        match self {
            Self::Holding(pool) => Some(pool),
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::StableSwap(_) | Self::Weighted(_) => None,
        }
    }

    /// Returns true where one token is held and nothing trades.
    #[inline]
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        self.holding().is_some()
    }

    /// What a holding yields, per year, continuously compounded; `None` for a pool with a curve.
    #[inline]
    #[must_use]
    pub fn yield_rate(&self) -> Option<f64> {
        self.holding().map(TokenHolding::yield_rate)
    }

    /// Lets a holding grow to `seconds` on the run's clock; returns the base tokens added (negative: taken), 0 with a curve.
    pub fn accrue(&mut self, seconds: f64) -> f64 {
        match self {
            Self::Holding(pool) => pool.accrue(seconds),
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::StableSwap(_) | Self::Weighted(_) => 0.0,
        }
    }

    /// The curve where it is one constant product at all prices; such curves are one another's scaled copies.
    #[inline]
    #[must_use]
    pub const fn whole_segment(&self) -> Option<&Segment> {
        match self {
            Self::ConstantProduct(pool) => Some(pool.segment()),
            Self::Concentrated(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => None,
        }
    }

    /// sqrt(base x quote) of a constant product, whole tokens; 0 for other curves.
    #[inline]
    #[must_use]
    pub const fn root_k(&self) -> f64 {
        match self {
            Self::ConstantProduct(pool) => pool.liquidity(),
            Self::Concentrated(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => 0.0,
        }
    }

    /// Rates at which the coins stand one for one, units per token; `None` for curves that hold no par.
    #[must_use]
    pub fn par_rates(&self) -> Option<&Amounts> {
        match self {
            Self::StableSwap(pool) => Some(pool.rates()),
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Weighted(_) | Self::Holding(_) => None,
        }
    }

    /// Returns true where a deposit may have any proportion: what a deposit offers is taken whole.
    #[inline]
    #[must_use]
    pub const fn takes_any_amounts(&self) -> bool {
        match self {
            Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => true,
            Self::ConstantProduct(_) | Self::Concentrated(_) => false,
        }
    }

    /// Returns true where a deposit out of proportion is taken and pays for what is out of it.
    #[inline]
    #[must_use]
    pub const fn charges_imbalance(&self) -> bool {
        match self {
            Self::StableSwap(_) | Self::Weighted(_) => true,
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Holding(_) => false,
        }
    }

    /// Returns true where the first deposit may have any proportion, without a fee.
    #[must_use]
    pub const fn opens_at_any_proportion(&self) -> bool {
        match self {
            Self::StableSwap(_) | Self::Holding(_) => true,
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Weighted(_) => false,
        }
    }

    /// Shares of value by coin in which a pool of `count` coins opens; they sum to one.
    #[must_use]
    pub fn opening_weights(&self, count: usize) -> Amounts {
        let mut weights = [0.0; COINS_MAX];
        match self {
            Self::Weighted(pool) => return *pool.weights(),
            Self::Holding(_) => weights[0] = 1.0,
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::StableSwap(_) => {
                weights[..count].fill(1.0 / count as f64);
            }
        }
        weights
    }

    /// Returns true where the liquidity of `old` can stand in this pool as it is: the same kind of curve and the same ticks.
    #[must_use]
    pub fn can_succeed(&self, old: &Self) -> bool {
        match (old.ranges(), self.ranges()) {
            (Some(old), Some(new)) => old.tick_spacing() == new.tick_spacing(),
            _ => std::mem::discriminant(old) == std::mem::discriminant(self),
        }
    }

    /// Takes everything that stands in `old` over into this pool, which is empty, and leaves `old` empty; each pool keeps its fee.
    /// One token there is `tokens_each` here. Returns false, and changes nothing, where that is impossible.
    pub fn succeed(&mut self, old: &mut Self, tokens_each: f64) -> bool {
        match (&mut *self, &mut *old) {
            (Self::Concentrated(new), Self::Concentrated(old)) => tokens_each == 1.0 && new.succeed(old),
            (Self::Concentrated(_), _) | (_, Self::Concentrated(_)) => false,
            _ => {
                let balances = old.balances();
                let Some(deposit) = self.deposit(&balances.map(|balance| balance * tokens_each)) else { return false };
                self.put(&deposit, 0.0);
                old.take(&balances);
                true
            }
        }
    }

    /// Carries out a swap as [`Self::fill`] does and writes the new band; a constant product does both in place.
    // Both arms write the band themselves: a value that they shared would pass through memory in the hot one.
    #[inline(always)]
    pub fn fill_and_band(&mut self, direction: Direction, swap: &Swap, apart: f64, booking: &Booking, band: &mut Band) {
        if let Self::ConstantProduct(pool) = self {
            pool.fill(direction, swap, apart);
            *band = pool.band();
        } else {
            self.fill_any_and_band(direction, swap, apart, booking, band);
        }
    }

    #[inline(never)]
    fn fill_any_and_band(&mut self, direction: Direction, swap: &Swap, apart: f64, booking: &Booking, band: &mut Band) {
        self.fill(direction, swap, apart, *booking);
        *band = self.band();
    }
}
