//! The StableSwap curve (Curve): nearly a constant sum around balance, a constant product far from it.

mod invariant;
mod liquidity;
#[cfg(test)]
mod tests;

use super::error::fee_share;
use super::{Amounts, COINS_MAX, Direction, PoolError, Swap};
use invariant::{Pair, invariant};
use portage_base::units::SECONDS_PER_YEAR;

/// Smallest and largest amplification, Curve's A (`MAX_A` of the pool template is 10^6).
const AMPLIFICATION_MIN: f64 = 1.0;
const AMPLIFICATION_MAX: f64 = 1e6;
/// Steps of A in one: the contract keeps A in hundredths (`A_PRECISION`) and rounds its ramp down to whole ones.
const AMPLIFICATION_STEPS: f64 = 100.0;

/// The amplification over time: linear from `initial` to `future` between two instants, constant outside.
///
/// Law: A(t) = A_0 +- floor(|A_1 - A_0| (t - t_0) / (t_1 - t_0)) in hundredths, as the contract rounds it.
///
/// Both are Curve's A, which is the whitepaper's A times n^(n-1): the contract's `Ann` is Curve's A times n.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmplificationRamp {
    /// Curve's A until the ramp begins, in [1, 10^6].
    pub initial: f64,
    /// Curve's A once the ramp has ended, in [1, 10^6].
    pub future: f64,
    /// When the ramp begins, seconds on the pool's clock.
    pub from_seconds: f64,
    /// When the ramp has ended, seconds on the pool's clock.
    pub until_seconds: f64,
}

impl AmplificationRamp {
    /// No ramp: `amplification` (Curve's A) at all times.
    #[must_use]
    pub const fn fixed(amplification: f64) -> Self {
        Self { initial: amplification, future: amplification, from_seconds: 0.0, until_seconds: 0.0 }
    }

    /// Curve's A at `seconds` on the pool's clock.
    #[must_use]
    pub fn at(&self, seconds: f64) -> f64 {
        let first = libm::round(self.initial * AMPLIFICATION_STEPS);
        let last = libm::round(self.future * AMPLIFICATION_STEPS);
        let steps = if seconds >= self.until_seconds {
            last
        } else if seconds <= self.from_seconds {
            first
        } else {
            let direction =
                (last - first).abs() * (seconds - self.from_seconds) / (self.until_seconds - self.from_seconds);
            if last > first { first + direction.floor() } else { first - direction.floor() }
        };
        steps / AMPLIFICATION_STEPS
    }
}

/// What one coin is worth in the curve's eyes: its balance is multiplied by this rate before the invariant sees it.
///
/// Law: rate(t) = initial exp(per_year t), compounding continuously, t in years of 365 days. (A yield-bearing coin's
/// contract compounds per update; per_year = ln(1 + APY).)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The rate at second 0 of the pool's clock, positive.
    pub initial: f64,
    /// Continuously compounded growth, per year.
    pub per_year: f64,
}

impl Rate {
    /// A coin at par that stays there.
    pub const PAR: Self = Self { initial: 1.0, per_year: 0.0 };

    fn at(self, seconds: f64) -> f64 {
        if self.per_year == 0.0 {
            self.initial
        } else {
            self.initial * libm::exp(self.per_year * seconds / SECONDS_PER_YEAR)
        }
    }
}

/// A StableSwap pool of two to eight coins with its balances, whole tokens.
///
/// Law: A n S + D = A n D + D^(n+1) / (n^n prod x_i), where x_i = balance_i rate_i, S their sum and A Curve's A
/// (the whitepaper's A times n^(n-1)). The fee is taken from the output.
///
/// Along the curve the pair (x, y) that is traded keeps x + y - g = N and g x y = K, with the product term
/// g = D^(n+1) / (n^n prod x_i A n), so that a trade is the root of a quadratic and needs no iteration; only D is
/// found by Newton's method.
///
/// Source: Egorov (2019), "StableSwap"; curve-contract, `SwapTemplateBase.vy`, in real numbers.
#[derive(Debug, Clone)]
pub struct StableSwapPool {
    count: usize,
    ramp: AmplificationRamp,
    growth: [Rate; COINS_MAX],
    fee: f64,
    amplification: f64,
    rates: [f64; COINS_MAX],
    balances: Amounts,
    /// Balances times rates.
    scaled: Amounts,
    invariant: f64,
    product_term: f64,
}

impl StableSwapPool {
    /// A pool of `count` coins (2 to 8) without liquidity, at second 0 of its clock.
    ///
    /// `ramp`: Curve's A, in [1, 10^6] at both ends, ending no earlier than it begins; `rates`: positive and finite for
    /// the first `count` coins; `fee`: share of the output, in [0, 1).
    pub fn new(count: usize, ramp: AmplificationRamp, rates: [Rate; COINS_MAX], fee: f64) -> Result<Self, PoolError> {
        if !(2..=COINS_MAX).contains(&count) {
            return Err(PoolError::Coins(count));
        }
        for amplification in [ramp.initial, ramp.future] {
            if !(AMPLIFICATION_MIN..=AMPLIFICATION_MAX).contains(&amplification) {
                return Err(PoolError::Amplification(amplification));
            }
        }
        if ramp.from_seconds > ramp.until_seconds {
            return Err(PoolError::Backwards { from: ramp.from_seconds, until: ramp.until_seconds });
        }
        for rate in &rates[..count] {
            if !(rate.initial > 0.0 && rate.initial.is_finite() && rate.per_year.is_finite()) {
                return Err(PoolError::Rate(rate.initial));
            }
        }
        let mut pool = Self {
            count,
            ramp,
            growth: rates,
            fee: fee_share(fee)?,
            amplification: ramp.at(0.0),
            rates: [0.0; COINS_MAX],
            balances: [0.0; COINS_MAX],
            scaled: [0.0; COINS_MAX],
            invariant: 0.0,
            product_term: 0.0,
        };
        for (now, rate) in pool.rates.iter_mut().zip(&rates[..count]) {
            *now = rate.at(0.0);
        }
        Ok(pool)
    }

    /// Sets the fee, a share of the output in [0, 1).
    pub fn set_fee(&mut self, fee: f64) {
        assert!((0.0..1.0).contains(&fee), "a fee share lies in [0, 1): {fee}");
        self.fee = fee;
    }

    /// Moves the pool's clock to `seconds`: A follows its ramp, rates their growth, and D both, when they change.
    pub fn set_time(&mut self, seconds: f64) {
        let amplification = self.ramp.at(seconds);
        let mut changed = amplification != self.amplification;
        for (now, rate) in self.rates.iter_mut().zip(&self.growth[..self.count]) {
            if rate.per_year != 0.0 {
                let next = rate.at(seconds);
                changed |= next != *now;
                *now = next;
            }
        }
        if changed {
            self.amplification = amplification;
            self.refresh();
        }
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

    /// The invariant D, in units of coin 1 at par: the sum of scaled balances that a balanced pool of this size has.
    /// D over the number of shares is Curve's virtual price. 0 when a coin is missing.
    #[must_use]
    pub const fn invariant(&self) -> f64 {
        self.invariant
    }

    /// Curve's A at the pool's clock.
    #[must_use]
    pub const fn amplification(&self) -> f64 {
        self.amplification
    }

    /// The rate of coin `coin` at the pool's clock.
    #[must_use]
    pub const fn rate(&self, coin: usize) -> f64 {
        self.rates[coin]
    }

    /// Rates of all coins at the pool's clock, units per token.
    #[must_use]
    pub const fn rates(&self) -> &Amounts {
        &self.rates
    }

    /// What `amount_in` buys, whole tokens; `None` when the pool is empty or would run dry.
    ///
    /// Law: with x' = x + d, the output w is the smaller root of w^2 - (y + g + d) w + d y (1 + g/x') = 0, written so that
    /// no digits cancel; the trader receives (1 - fee) w.
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, direction: Direction, amount_in: f64) -> Option<Swap> {
        let pair = self.pair(direction)?;
        let curve_out = pair.output(amount_in * self.rates[direction.coin_in]);
        (curve_out < pair.y).then(|| {
            let gross = curve_out / self.rates[direction.coin_out];
            let fee_out = gross * self.fee;
            Swap { amount_in, amount_out: gross - fee_out, fee_in: 0.0, fee_out }
        })
    }

    /// What must be paid to receive `amount_out`, whole tokens; `None` when the pool cannot give that much.
    #[inline]
    #[must_use]
    pub fn swap_exact_out(&self, direction: Direction, amount_out: f64) -> Option<Swap> {
        let pair = self.pair(direction)?;
        let gross = amount_out / (1.0 - self.fee);
        let curve_out = gross * self.rates[direction.coin_out];
        let amount_in = pair.input(curve_out) / self.rates[direction.coin_in];
        let filled = curve_out < pair.y && amount_in.is_finite();
        filled.then_some(Swap { amount_in, amount_out, fee_in: 0.0, fee_out: gross - amount_out })
    }

    /// Coins received per coin paid, after fee, for an infinitesimal trade; 0 when the pool is empty.
    #[inline]
    #[must_use]
    pub fn marginal(&self, direction: Direction) -> f64 {
        self.pair(direction).map_or(0.0, |pair| pair.slope() * self.par(direction))
    }

    /// Coins received per coin paid, before fee, for an infinitesimal trade; 0 when the pool is empty.
    ///
    /// Law: -dy/dx = (1 + g/x) / (1 + g/y), times the rates.
    #[inline]
    #[must_use]
    pub fn spot(&self, direction: Direction) -> f64 {
        self.pair(direction)
            .map_or(0.0, |pair| pair.slope() * self.rates[direction.coin_in] / self.rates[direction.coin_out])
    }

    /// The amount to pay after which the marginal out-per-in, after fee, has fallen to `rate`; 0 when it is there already.
    ///
    /// A rate below 10^-60 of par is taken as that.
    #[inline]
    #[must_use]
    pub fn input_to_marginal(&self, direction: Direction, rate: f64) -> f64 {
        let par = self.par(direction);
        self.pair(direction)
            .filter(|pair| rate < pair.slope() * par)
            .map_or(0.0, |pair| pair.input_to_slope(rate / par) / self.rates[direction.coin_in])
    }

    /// Carries out `swap`, which was quoted from the present state; the share `apart` of its fee leaves the reserves
    /// (Curve's admin fee).
    #[inline]
    pub fn fill(&mut self, direction: Direction, swap: &Swap, apart: f64) {
        self.balances[direction.coin_in] += swap.amount_in - swap.fee_in * apart;
        self.balances[direction.coin_out] -= swap.amount_out + swap.fee_out * apart;
        self.refresh();
    }

    /// Marginal value of each coin in coin 1, before fee: the gradient of D, rate_i (1 + g/x_i), over that of coin 1.
    /// All 0 when the pool is empty.
    #[must_use]
    pub fn values(&self) -> Amounts {
        let mut values = [0.0; COINS_MAX];
        if self.invariant > 0.0 {
            let gradient = |coin: usize| self.rates[coin] * (1.0 + self.product_term / self.scaled[coin]);
            let unit = gradient(1);
            for (coin, value) in values.iter_mut().enumerate().take(self.count) {
                *value = gradient(coin) / unit;
            }
        }
        values
    }

    /// Amounts of base that can be bought before the spot price has risen by the share `band`, and sold before it has
    /// fallen by it, before fee. `way` pays base and gets quote; `band` in (0, 1).
    #[must_use]
    pub fn depth(&self, direction: Direction, band: f64) -> (f64, f64) {
        self.pair(direction).map_or((0.0, 0.0), |pair| {
            let slope = pair.slope();
            let buying = pair.turned();
            let bought = buying.output(buying.input_to_slope(buying.slope() / (1.0 + band)));
            let sold = pair.input_to_slope(slope * (1.0 - band));
            (bought / self.rates[direction.coin_in], sold / self.rates[direction.coin_in])
        })
    }

    /// P^2 |d base / d P| at spot for the pair of coin 0 (base) and coin 1 (quote), in quote: the loss-versus-rebalancing
    /// rate is sigma^2/2 times it. A constant product of liquidity L has L sqrt(P)/2.
    ///
    /// Law: y (x + g)^2 (y + g) / (2 g (x^2 - x y + y^2 + g (x + y) + g^2)) at rate 1 of the quote.
    ///
    /// Source: Milionis, Moallemi, Roughgarden and Zhang (2022), section 4, for the rate; the form is derived.
    #[must_use]
    pub fn convexity(&self) -> f64 {
        self.pair(Direction { coin_in: 0, coin_out: 1 }).map_or(0.0, |pair| pair.convexity() / self.rates[1])
    }

    /// The two coins of a trade as the curve sees them; `None` when the pool is empty or the way leads nowhere.
    #[inline]
    fn pair(&self, direction: Direction) -> Option<Pair> {
        let trades = self.invariant > 0.0
            && direction.coin_in != direction.coin_out
            && direction.coin_in.max(direction.coin_out) < self.count;
        trades.then(|| Pair {
            x: self.scaled[direction.coin_in],
            y: self.scaled[direction.coin_out],
            g: self.product_term,
        })
    }

    /// Coins received per coin paid, after fee, where the curve is at par.
    #[inline]
    fn par(&self, direction: Direction) -> f64 {
        (1.0 - self.fee) * self.rates[direction.coin_in] / self.rates[direction.coin_out]
    }

    /// Coefficient A n of the invariant, the contract's `Ann`.
    fn ann(&self) -> f64 {
        self.amplification * self.count as f64
    }

    /// Brings scaled balances, D and the product term up to date with balances, rates and A.
    #[inline]
    fn refresh(&mut self) {
        for coin in 0..self.count {
            self.scaled[coin] = self.balances[coin] * self.rates[coin];
        }
        (self.invariant, self.product_term) = invariant(&self.scaled[..self.count], self.ann(), self.invariant);
    }
}
