//! From the curve that a scenario names to an empty pool, and what others ask of such a curve.

use super::error::{RAMP_DAYS_MIN, RAMP_FACTOR_MAX};
use super::spec::{ConcentratedSpec, HoldingSpec, StableSwapSpec, Weight, WeightedSpec};
use super::{
    Amounts, AmplificationRamp, COINS_MAX, ConcentratedPool, CurveSpec, FeeDestination, Pool, PoolError, Rate,
    StableSwapPool, SwapLimits, TokenHolding, WeightRamp, WeightedPool,
};
use portage_base::units::{Instant, SECONDS_PER_DAY};
use std::collections::BTreeMap;

/// How far the weights of a pool may sum from one: what is written with a few decimals.
const WEIGHTS_OFF_MAX: f64 = 1e-6;

/// Least weight of a coin. Source: Balancer V2, WeightedMath.
const WEIGHT_LEAST: f64 = 0.01;

/// What becomes of the fee of a swap, and of the protocol's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeRule {
    /// All of it enters the reserves; the protocol's part is minted to it as shares when holders change (Uniswap V2).
    Minted,
    /// All of it goes into a purse, from which holders and the protocol are paid (Uniswap V3).
    Apart,
    /// The protocol's part goes into a purse, the rest enters the reserves (Curve, Balancer).
    Cut,
}

/// Gas of one swap through a router, by curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwapGas {
    /// In a constant-product pool.
    pub constant_product: u64,
    /// In a pool of concentrated liquidity with few ticks crossed.
    pub concentrated: u64,
    /// In a StableSwap pool.
    pub stable_swap: u64,
    /// In a weighted pool.
    pub weighted: u64,
}

/// An empty pool that was made from its curve.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The pool, at second 0 of its clock.
    pub pool: Pool,
    /// Whether its parameters change with time.
    pub has_schedule: bool,
}

/// What is wrong with a curve, and where in it.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveFault {
    /// The field below the curve, with dots.
    pub field: String,
    /// What is wrong.
    pub error: PoolError,
}

impl CurveSpec {
    /// Returns true where liquidity stands in ranges of the price, which are positions of their own and no shares.
    #[must_use]
    pub const fn is_range_based(&self) -> bool {
        match self {
            Self::Concentrated(_) => true,
            Self::ConstantProduct(_) | Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => false,
        }
    }

    /// Token holding: how many of the venue's own tokens one base token is; `None` for a curve that trades.
    #[must_use]
    pub const fn units_per_base(&self) -> Option<f64> {
        match self {
            Self::Holding(curve) => Some(curve.units_per_base),
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::StableSwap(_) | Self::Weighted(_) => None,
        }
    }

    /// Returns true where one token is held and nothing trades.
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        self.units_per_base().is_some()
    }

    /// The field below the curve that names coins beside base and quote.
    #[must_use]
    pub const fn coins_field(&self) -> &'static str {
        match self {
            Self::StableSwap(_) => "stable_swap.further_coins",
            Self::Weighted(_) | Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Holding(_) => {
                "weighted.weights"
            }
        }
    }

    /// Where its fees stand until they are shared out.
    #[must_use]
    pub const fn fee_rule(&self) -> FeeRule {
        match self {
            Self::ConstantProduct(curve) => match curve.fees {
                FeeDestination::Compounded => FeeRule::Minted,
                FeeDestination::Apart => FeeRule::Apart,
            },
            Self::Concentrated(_) => FeeRule::Apart,
            Self::StableSwap(_) | Self::Weighted(_) => FeeRule::Cut,
            Self::Holding(_) => FeeRule::Minted,
        }
    }

    /// Gas of one swap in it.
    #[must_use]
    pub const fn swap_gas(&self, gas: &SwapGas) -> u64 {
        match self {
            Self::ConstantProduct(_) => gas.constant_product,
            Self::Concentrated(_) => gas.concentrated,
            Self::StableSwap(_) => gas.stable_swap,
            Self::Weighted(_) => gas.weighted,
            Self::Holding(_) => 0,
        }
    }

    /// An empty pool of this curve over `coins` (base, quote, then further ones), whose clock begins at `start`; or everything that is
    /// wrong with the curve.
    pub fn open(&self, coins: &[&str], start: Instant) -> Result<Opened, Vec<CurveFault>> {
        let mut opening = Opening { coins, start, faults: Vec::new() };
        let fee = self.fee();
        let made = match self {
            Self::ConstantProduct(_) => Pool::constant_product(fee).map(|pool| (pool, false)),
            Self::Concentrated(curve) => curve.pool(fee),
            Self::StableSwap(curve) => opening.stable_swap(curve, fee),
            Self::Weighted(curve) => opening.weighted(curve, fee),
            Self::Holding(curve) => curve.pool(),
        };
        match made {
            Ok((pool, has_schedule)) if opening.faults.is_empty() => Ok(Opened { pool, has_schedule }),
            Ok(_) => Err(opening.faults),
            Err(error) if opening.faults.is_empty() => Err(vec![CurveFault { field: self.name().to_owned(), error }]),
            Err(_) => Err(opening.faults),
        }
    }

    /// Its name in a scenario.
    const fn name(&self) -> &'static str {
        match self {
            Self::ConstantProduct(_) => "constant_product",
            Self::Concentrated(_) => "concentrated",
            Self::StableSwap(_) => "stable_swap",
            Self::Weighted(_) => "weighted",
            Self::Holding(_) => "holding",
        }
    }
}

impl ConcentratedSpec {
    fn pool(&self, fee: f64) -> Result<(Pool, bool), PoolError> {
        ConcentratedPool::new(self.spacing(), fee, 1).map(|pool| (Pool::Concentrated(Box::new(pool)), false))
    }
}

impl HoldingSpec {
    fn pool(&self) -> Result<(Pool, bool), PoolError> {
        TokenHolding::new(self.yield_rate, self.units_per_base).map(|pool| (Pool::Holding(pool), false))
    }
}

/// A curve whose names and dates are being resolved, and what was wrong so far.
struct Opening<'a> {
    coins: &'a [&'a str],
    start: Instant,
    faults: Vec<CurveFault>,
}

impl Opening<'_> {
    fn fault(&mut self, field: impl Into<String>, error: PoolError) {
        self.faults.push(CurveFault { field: field.into(), error });
    }

    fn stable_swap(&mut self, curve: &StableSwapSpec, fee: f64) -> Result<(Pool, bool), PoolError> {
        let mut ramp = AmplificationRamp::fixed(curve.amplification);
        if let Some(change) = &curve.ramp {
            (ramp.from_seconds, ramp.until_seconds) = self.dates("stable_swap.ramp", change.from, change.until);
            let days = change.until.seconds_since(change.from) / SECONDS_PER_DAY;
            let factor = (change.to / curve.amplification).max(curve.amplification / change.to);
            if days < RAMP_DAYS_MIN || factor > RAMP_FACTOR_MAX {
                self.fault("stable_swap.ramp", PoolError::RampSpeed { factor, days });
            }
            ramp.future = change.to;
        }
        let mut rates = [Rate::PAR; COINS_MAX];
        for (name, rate) in &curve.rates {
            match self.coins.iter().position(|coin| coin == name) {
                Some(at) => rates[at] = Rate { initial: rate.initial, per_year: rate.per_year },
                None => self.fault(format!("stable_swap.rates.{name}"), self.unknown(name)),
            }
        }
        let has_schedule = curve.ramp.is_some() || curve.rates.values().any(|rate| rate.per_year != 0.0);
        let pool = StableSwapPool::new(self.coins.len(), ramp, rates, fee)?;
        Ok((Pool::StableSwap(Box::new(pool)), has_schedule))
    }

    fn weighted(&mut self, curve: &WeightedSpec, fee: f64) -> Result<(Pool, bool), PoolError> {
        let mut ramp = WeightRamp::fixed(self.weights("weighted.weights", &curve.weights));
        if let Some(change) = &curve.change {
            (ramp.from_seconds, ramp.until_seconds) = self.dates("weighted.change", change.from, change.until);
            ramp.future = self.weights("weighted.change.to", &change.to);
        }
        // Runs trade by what is paid; the limit on what is received holds for the other way of asking.
        let limits = curve.swap_limit.map(|share| SwapLimits { in_share: share, out_share: share });
        let pool = WeightedPool::new(self.coins.len(), ramp, fee, limits)?;
        Ok((Pool::Weighted(Box::new(pool)), curve.change.is_some()))
    }

    fn weights(&mut self, field: &str, weights: &BTreeMap<String, Weight>) -> Amounts {
        let mut by_coin = [0.0; COINS_MAX];
        for (share, coin) in by_coin.iter_mut().zip(self.coins) {
            match weights.get(*coin) {
                Some(weight) => *share = weight.0,
                None => self
                    .faults
                    .push(CurveFault { field: field.to_owned(), error: PoolError::Unweighted((*coin).to_owned()) }),
            }
        }
        if let Some(stranger) = weights.keys().find(|name| !self.coins.contains(&name.as_str())) {
            self.fault(field, self.unknown(stranger));
        }
        let sum: f64 = by_coin.iter().sum();
        if (sum - 1.0).abs() > WEIGHTS_OFF_MAX {
            self.fault(field, PoolError::WeightSum(sum));
        }
        // Dividing must not push the least weight below its bound.
        by_coin.map(|weight| if weight > 0.0 { (weight / sum).max(WEIGHT_LEAST) } else { 0.0 })
    }

    /// Two dates in their order, seconds on the pool's clock.
    fn dates(&mut self, field: &str, from: Instant, until: Instant) -> (f64, f64) {
        if until <= from {
            self.fault(format!("{field}.until"), PoolError::Dates { from, until });
        }
        (from.seconds_since(self.start), until.seconds_since(self.start))
    }

    fn unknown(&self, coin: &str) -> PoolError {
        PoolError::UnknownCoin { coin: coin.to_owned(), known: self.coins.join(", ") }
    }
}
