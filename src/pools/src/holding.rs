//! A holding: a place where one token is held, without a curve.

use super::{Amounts, COINS_MAX, Deposit, PoolError};
use portage_base::units::SECONDS_PER_YEAR;

/// A place where base tokens are held: a token that is converted at a fixed ratio, or the supply side of a lending market. It quotes no
/// price and takes no trade; a share is a part of the tokens, which grow at a yield.
///
/// Law: tokens(t) = tokens(s) exp(y (t - s)), y the yield per year.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenHolding {
    base: f64,
    yield_rate: f64,
    units_per_base: f64,
    accrued_seconds: f64,
}

impl TokenHolding {
    /// An empty holding with a finite yield per year (negative: a cost), whose own token is counted `units_per_base` (positive) to the
    /// base token.
    pub fn new(yield_rate: f64, units_per_base: f64) -> Result<Self, PoolError> {
        if !yield_rate.is_finite() {
            return Err(PoolError::Holding(yield_rate));
        }
        if !(units_per_base > 0.0 && units_per_base.is_finite()) {
            return Err(PoolError::Holding(units_per_base));
        }
        Ok(Self { base: 0.0, yield_rate, units_per_base, accrued_seconds: 0.0 })
    }

    /// What a token yields, per year, continuously compounded; negative where holding costs.
    #[must_use]
    pub const fn yield_rate(&self) -> f64 {
        self.yield_rate
    }

    /// How many of the place's own tokens one base token is.
    #[must_use]
    pub const fn units_per_base(&self) -> f64 {
        self.units_per_base
    }

    /// What is held, whole tokens by coin: base alone.
    #[must_use]
    pub const fn balances(&self) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        amounts[0] = self.base;
        amounts
    }

    /// Lets the tokens grow to `seconds` on the run's clock; returns what has been added, base tokens (negative: taken).
    pub fn accrue(&mut self, seconds: f64) -> f64 {
        let years = (seconds - self.accrued_seconds) / SECONDS_PER_YEAR;
        self.accrued_seconds = seconds;
        let grown = self.base * libm::expm1(self.yield_rate * years);
        self.base += grown;
        grown
    }

    /// What a deposit is: its base, whatever else is offered; `None` without any.
    pub(super) fn deposit(&self, amounts: &Amounts) -> Option<Deposit> {
        let mut used = [0.0; COINS_MAX];
        used[0] = amounts[0];
        let growth = if self.base > 0.0 { amounts[0] / self.base } else { amounts[0] };
        (growth > 0.0).then_some(Deposit { used, growth, fees: [0.0; COINS_MAX] })
    }

    /// Takes a deposit.
    pub(super) const fn put(&mut self, amounts: &Amounts) {
        self.base += amounts[0];
    }

    /// Gives a withdrawal out.
    pub(super) const fn take(&mut self, amounts: &Amounts) {
        self.base = (self.base - amounts[0]).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Band, Pool, Side};

    /// By hand: 100 tokens at 5 % a year are 100 e^0.05 after a year and 100 e^0.1 after two, in however many steps.
    #[test]
    fn tokens_grow_exponentially_whatever_the_steps() {
        let mut pool = TokenHolding::new(0.05, 1.0).unwrap();
        pool.put(&[100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let grown: f64 = (1..=8_760).map(|hour| pool.accrue(f64::from(hour) * 3_600.0)).sum();
        assert!((grown - 5.127_109_637_602_41).abs() < 1e-9, "{grown}");
        pool.accrue(2.0 * SECONDS_PER_YEAR);
        assert!((pool.balances()[0] - 110.517_091_807_564_77).abs() < 1e-9);
    }

    #[test]
    fn nothing_trades_in_a_holding() {
        let mut pool = Pool::Holding(TokenHolding::new(0.0, 100.0).unwrap());
        let mut amounts = [0.0; COINS_MAX];
        (amounts[0], amounts[1]) = (5.0, 7.0);
        let deposit = pool.deposit(&amounts).unwrap();
        assert_eq!((deposit.used[0], deposit.used[1], deposit.growth), (5.0, 0.0, 5.0));
        pool.put(&deposit, 0.0);
        for side in [Side::BuyBase, Side::SellBase] {
            assert_eq!((pool.spot(side.direction()), pool.marginal(side.direction())), (0.0, 0.0));
            assert_eq!(pool.swap_exact_in(side.direction(), 1.0), None);
            assert_eq!(pool.to_boundary(side, 1.0), None);
        }
        assert_eq!((pool.band(), pool.depth(0.02), pool.convexity()), (Band::ANY, 0.0, 0.0));
        pool.take(&amounts);
        assert_eq!(pool.balances(), [0.0; COINS_MAX]);
        assert_eq!(pool.deposit(&[0.0; COINS_MAX]), None);
    }
}
