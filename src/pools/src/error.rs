//! Why a pool cannot be made as it is asked for.

use super::COINS_MAX;
use super::concentrated::TICK_MAX;
use portage_base::units::Instant;

/// Least time of a change of the amplification, days. Source: Curve's StableSwap contracts, `MIN_RAMP_TIME`.
pub(super) const RAMP_DAYS_MIN: f64 = 1.0;

/// Largest factor of a change of the amplification. Source: Curve's StableSwap contracts, `MAX_A_CHANGE`.
pub(super) const RAMP_FACTOR_MAX: f64 = 10.0;

/// Why a pool cannot be made as it is asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A fee that is no share.
    #[error("a fee share lies in [0, 1): {0}")]
    Fee(f64),
    /// Reserves that are not above 0 or not finite.
    #[error("reserves are finite and above 0: {0}")]
    Reserves(f64),
    /// Ticks that no pool can have.
    #[error("a tick spacing lies in [1, {TICK_MAX}]: {0}")]
    TickSpacing(i32),
    /// Too few or too many coins.
    #[error("a curve has 2 to {COINS_MAX} coins: {0}")]
    Coins(usize),
    /// An amplification out of bounds.
    #[error("Curve's A lies in [1, 10^6]: {0}")]
    Amplification(f64),
    /// A rate that is not positive, or a growth of it that is not finite.
    #[error("a rate is positive and its growth finite: {0}")]
    Rate(f64),
    /// A weight that is too small.
    #[error("a weight is at least 0.01: {0}")]
    Weight(f64),
    /// Weights that are no shares of a whole.
    #[error("the weights sum to {0}")]
    WeightSum(f64),
    /// A coin without a weight.
    #[error("the coin \"{0}\" has no weight")]
    Unweighted(String),
    /// A largest trade that is no share of the pool.
    #[error("limits of a trade are shares of the pool: {0}")]
    SwapLimit(f64),
    /// A yield that is not finite, or tokens of no size.
    #[error("a holding has a finite yield and tokens of a positive size: {0}")]
    Holding(f64),
    /// A coin that the pool does not hold.
    #[error("the pool holds no coin \"{coin}\"")]
    UnknownCoin {
        /// The coin.
        coin: String,
        /// The coins that it holds, in their order.
        known: String,
    },
    /// A change that ends before it begins, seconds on the pool's clock.
    #[error("a change that begins at {from} seconds ends at {until}")]
    Backwards {
        /// When it begins.
        from: f64,
        /// When it ends.
        until: f64,
    },
    /// A dated change that takes no time.
    #[error("the change ends on {until}, not after it begins on {from}")]
    Dates {
        /// When it begins.
        from: Instant,
        /// When it ends.
        until: Instant,
    },
    /// An amplification that changes faster than the contract lets it.
    #[error("the amplification changes by a factor of {factor:.3} within {days:.3} days")]
    RampSpeed {
        /// By which factor.
        factor: f64,
        /// Within how many days.
        days: f64,
    },
}

impl PoolError {
    /// What would be accepted instead, where the message alone does not say so.
    #[must_use]
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::WeightSum(_) => Some("weights that sum to 1".to_owned()),
            Self::UnknownCoin { known, .. } => Some(known.clone()),
            Self::Dates { from, .. } => Some(format!("a date after {from}")),
            Self::RampSpeed { .. } => Some(format!(
                "at most a factor of {} and at least {} day, as the contract demands",
                RAMP_FACTOR_MAX, RAMP_DAYS_MIN
            )),
            _ => None,
        }
    }
}

/// The fee share `fee`, in [0, 1).
pub(super) fn fee_share(fee: f64) -> Result<f64, PoolError> {
    if (0.0..1.0).contains(&fee) { Ok(fee) } else { Err(PoolError::Fee(fee)) }
}
