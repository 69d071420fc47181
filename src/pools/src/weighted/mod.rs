//! The weighted curve (Balancer): a constant product with exponents.

mod liquidity;
#[cfg(test)]
mod tests;

use super::error::fee_share;
use super::{Amounts, COINS_MAX, Direction, PoolError, Swap};

/// Smallest weight (`_MIN_WEIGHT` of Balancer V2); with two coins the other then has the largest.
const WEIGHT_MIN: f64 = 0.01;
/// How far the sum of the weights may be from 1: rounding of eight decimal numbers.
const WEIGHT_SUM_ERROR: f64 = 1e-7;
/// Smallest marginal rate that is solved for, as a share of the present one.
const RATE_SHARE_MIN: f64 = 1e-60;
/// Relative room above a limit for the rounding of an amount that was sized to meet it.
const LIMIT_ROUNDING: f64 = 1e-12;

/// The weights over time: linear between two instants, constant outside.
///
/// Law: w_i(t) = w_i(t_0) + (w_i(t_1) - w_i(t_0)) (t - t_0)/(t_1 - t_0). Both ends sum to 1, hence every instant does.
///
/// Source: Balancer V2, gradual weight change of liquidity bootstrapping and managed pools.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightRamp {
    /// Weights until the ramp begins; each in [0.01, 0.99], together 1.
    pub initial: Amounts,
    /// Weights once the ramp has ended; each in [0.01, 0.99], together 1.
    pub future: Amounts,
    /// When the ramp begins, seconds on the pool's clock.
    pub from_seconds: f64,
    /// When the ramp has ended, seconds on the pool's clock.
    pub until_seconds: f64,
}

impl WeightRamp {
    /// No ramp: `weights` at all times.
    #[must_use]
    pub const fn fixed(weights: Amounts) -> Self {
        Self { initial: weights, future: weights, from_seconds: 0.0, until_seconds: 0.0 }
    }

    /// The weights at `seconds` on the pool's clock.
    #[must_use]
    pub fn at(&self, seconds: f64) -> Amounts {
        if seconds >= self.until_seconds {
            return self.future;
        }
        let progress = ((seconds - self.from_seconds) / (self.until_seconds - self.from_seconds)).max(0.0);
        std::array::from_fn(|coin| self.initial[coin] + (self.future[coin] - self.initial[coin]) * progress)
    }
}

/// The largest single trades that a pool accepts: Balancer V2 has 0.3 and 0.3, V1 1/2 and 1/3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwapLimits {
    /// Largest input after fee of a trade with a given input, share of the pool's balance of that coin.
    pub in_share: f64,
    /// Largest output of a trade with a given output, share of the pool's balance of that coin.
    pub out_share: f64,
}

/// A weighted pool of two to eight coins with its balances, whole tokens.
///
/// Law: prod B_i^(w_i) is constant along a trade; the fee is taken from the input and stays in the reserves unless set apart.
///
/// Source: Martinelli and Mushegian (2019), "A non-custodial portfolio manager, liquidity provider, and price sensor";
/// Balancer V2, `WeightedMath.sol`, in real numbers.
#[derive(Debug, Clone)]
pub struct WeightedPool {
    count: usize,
    ramp: WeightRamp,
    fee: f64,
    limits: Option<SwapLimits>,
    weights: Amounts,
    balances: Amounts,
}

impl WeightedPool {
    /// A pool of `count` coins (2 to 8) without liquidity, at second 0 of its clock.
    ///
    /// `ramp`: weights, each at least 0.01, together 1, for the first `count` coins; `fee`: share of the input, in [0, 1);
    /// `limits`: largest single trades, each share in (0, 1); `None` for a pool without such a rule.
    pub fn new(count: usize, ramp: WeightRamp, fee: f64, limits: Option<SwapLimits>) -> Result<Self, PoolError> {
        if !(2..=COINS_MAX).contains(&count) {
            return Err(PoolError::Coins(count));
        }
        for weights in [&ramp.initial[..count], &ramp.future[..count]] {
            let sum = weights.iter().sum::<f64>();
            if (sum - 1.0).abs() > WEIGHT_SUM_ERROR || sum.is_nan() {
                return Err(PoolError::WeightSum(sum));
            }
            if let Some(weight) = weights.iter().find(|weight| **weight < WEIGHT_MIN) {
                return Err(PoolError::Weight(*weight));
            }
        }
        if ramp.from_seconds > ramp.until_seconds {
            return Err(PoolError::Backwards { from: ramp.from_seconds, until: ramp.until_seconds });
        }
        if let Some(SwapLimits { in_share, out_share }) = limits
            && !(in_share > 0.0 && out_share > 0.0 && out_share < 1.0)
        {
            return Err(PoolError::SwapLimit(in_share.min(out_share)));
        }
        let balances = [0.0; COINS_MAX];
        Ok(Self { count, ramp, fee: fee_share(fee)?, limits, weights: ramp.at(0.0), balances })
    }

    /// Sets the fee, a share of the input in [0, 1).
    pub fn set_fee(&mut self, fee: f64) {
        assert!((0.0..1.0).contains(&fee), "a fee share lies in [0, 1): {fee}");
        self.fee = fee;
    }

    /// Moves the pool's clock to `seconds`: the weights follow their ramp.
    pub fn set_time(&mut self, seconds: f64) {
        self.weights = self.ramp.at(seconds);
    }

    /// Number of coins.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// What the pool holds, whole tokens.
    #[must_use]
    pub const fn balances(&self) -> &Amounts {
        &self.balances
    }

    /// The weights at the pool's clock.
    #[must_use]
    pub const fn weights(&self) -> &Amounts {
        &self.weights
    }

    /// The invariant prod B_i^(w_i); 0 when a coin is missing.
    #[must_use]
    pub fn invariant(&self) -> f64 {
        self.holds_all().then(|| self.logarithm(|coin| libm::log(self.balances[coin]))).map_or(0.0, libm::exp)
    }

    /// What `amount_in` buys, whole tokens; `None` when the pool is empty, would run dry, or the limit is passed.
    ///
    /// Law: out = -B_out expm1(-(w_in/w_out) log1p((1 - fee) in/B_in)).
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, direction: Direction, amount_in: f64) -> Option<Swap> {
        let (balance_in, balance_out) = self.pair(direction)?;
        let fee_in = amount_in * self.fee;
        let kept = amount_in - fee_in;
        if self.limits.is_some_and(|limits| kept > balance_in * limits.in_share * (1.0 + LIMIT_ROUNDING)) {
            return None;
        }
        let exponent = self.weights[direction.coin_in] / self.weights[direction.coin_out];
        let amount_out = -balance_out * libm::expm1(-exponent * libm::log1p(kept / balance_in));
        (amount_out < balance_out).then_some(Swap { amount_in, amount_out, fee_in, fee_out: 0.0 })
    }

    /// What must be paid to receive `amount_out`, whole tokens; `None` when the pool cannot give that much.
    ///
    /// Law: in = B_in expm1(-(w_out/w_in) log1p(-out/B_out)) / (1 - fee).
    #[inline]
    #[must_use]
    pub fn swap_exact_out(&self, direction: Direction, amount_out: f64) -> Option<Swap> {
        let (balance_in, balance_out) = self.pair(direction)?;
        let most = self.limits.map_or(1.0, |limits| limits.out_share * (1.0 + LIMIT_ROUNDING));
        if !(amount_out < balance_out && amount_out <= balance_out * most) {
            return None;
        }
        let exponent = self.weights[direction.coin_out] / self.weights[direction.coin_in];
        let kept = balance_in * libm::expm1(-exponent * libm::log1p(-amount_out / balance_out));
        let amount_in = kept / (1.0 - self.fee);
        amount_in.is_finite().then_some(Swap { amount_in, amount_out, fee_in: amount_in - kept, fee_out: 0.0 })
    }

    /// Coins received per coin paid, after fee, for an infinitesimal trade; 0 when the pool is empty.
    #[inline]
    #[must_use]
    pub fn marginal(&self, direction: Direction) -> f64 {
        self.spot(direction) * (1.0 - self.fee)
    }

    /// Coins received per coin paid, before fee, for an infinitesimal trade; 0 when the pool is empty.
    ///
    /// Law: (B_out/w_out)/(B_in/w_in).
    #[inline]
    #[must_use]
    pub fn spot(&self, direction: Direction) -> f64 {
        self.pair(direction).map_or(0.0, |(balance_in, balance_out)| {
            (balance_out * self.weights[direction.coin_in]) / (balance_in * self.weights[direction.coin_out])
        })
    }

    /// The amount to pay after which the marginal out-per-in, after fee, has fallen to `rate`; 0 when it is there already,
    /// and no more than the limit of a trade.
    ///
    /// Law: in = B_in expm1(w_out/(w_in + w_out) ln(m/rate)) / (1 - fee), m the present marginal. A rate below 10^-60 of m
    /// is taken as that.
    #[inline]
    #[must_use]
    pub fn input_to_marginal(&self, direction: Direction, rate: f64) -> f64 {
        let now = self.marginal(direction);
        if rate.is_nan() || rate >= now {
            return 0.0;
        }
        let target = rate.max(now * RATE_SHARE_MIN);
        let part =
            self.weights[direction.coin_out] / (self.weights[direction.coin_in] + self.weights[direction.coin_out]);
        let growth = libm::expm1(part * libm::log1p((now - target) / target));
        let most = self.limits.map_or(f64::INFINITY, |limits| limits.in_share);
        self.balances[direction.coin_in] * growth.min(most) / (1.0 - self.fee)
    }

    /// Carries out `swap`, which was quoted from the present state; the share `apart` of its fee leaves the reserves.
    #[inline]
    pub fn fill(&mut self, direction: Direction, swap: &Swap, apart: f64) {
        self.balances[direction.coin_in] += swap.amount_in - swap.fee_in * apart;
        self.balances[direction.coin_out] -= swap.amount_out + swap.fee_out * apart;
    }

    /// Marginal value of each coin in coin 1, before fee: (w_i/B_i)/(w_1/B_1). All 0 when the pool is empty.
    #[must_use]
    pub fn values(&self) -> Amounts {
        let mut values = [0.0; COINS_MAX];
        if self.holds_all() {
            let unit = self.balances[1] / self.weights[1];
            for (coin, value) in values.iter_mut().enumerate().take(self.count) {
                *value = self.weights[coin] / self.balances[coin] * unit;
            }
        }
        values
    }

    /// Amounts of base that can be bought before the spot price has risen by the share `band`, and sold before it has
    /// fallen by it, before fee. `way` pays base and gets quote; `band` in (0, 1).
    ///
    /// Law: the base balance is proportional to P^(-w_quote/(w_base + w_quote)) along the curve.
    #[must_use]
    pub fn depth(&self, direction: Direction, band: f64) -> (f64, f64) {
        self.pair(direction).map_or((0.0, 0.0), |(base, _)| {
            let part =
                self.weights[direction.coin_out] / (self.weights[direction.coin_in] + self.weights[direction.coin_out]);
            let moved = |change: f64| base * libm::expm1(-part * libm::log1p(change));
            (-moved(band), moved(-band))
        })
    }

    /// P^2 |d base / d P| at spot for the pair of coin 0 (base) and coin 1 (quote), in quote: the loss-versus-rebalancing
    /// rate is sigma^2/2 times it.
    ///
    /// Law: B_quote w_base/(w_base + w_quote). With two coins the pool is worth V = B_quote/w_quote, hence w (1 - w) V.
    ///
    /// Source: Milionis, Moallemi, Roughgarden and Zhang (2022), section 4: w(1 - w) sigma^2/2 of value.
    #[must_use]
    pub fn convexity(&self) -> f64 {
        self.pair(Direction { coin_in: 0, coin_out: 1 })
            .map_or(0.0, |(_, quote)| quote * self.weights[0] / (self.weights[0] + self.weights[1]))
    }

    /// Balances of the two coins of a trade; `None` when one is missing or the way leads nowhere.
    #[inline]
    fn pair(&self, direction: Direction) -> Option<(f64, f64)> {
        let known = direction.coin_in != direction.coin_out && direction.coin_in.max(direction.coin_out) < self.count;
        let (balance_in, balance_out) =
            (*self.balances.get(direction.coin_in)?, *self.balances.get(direction.coin_out)?);
        (known && balance_in > 0.0 && balance_out > 0.0).then_some((balance_in, balance_out))
    }

    /// Whether every coin is there.
    fn holds_all(&self) -> bool {
        self.balances[..self.count].iter().all(|balance| *balance > 0.0)
    }

    /// The weighted sum of a logarithm taken of each coin.
    fn logarithm(&self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.count).map(|coin| self.weights[coin] * of(coin)).sum()
    }
}
