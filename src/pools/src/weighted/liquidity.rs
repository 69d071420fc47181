//! Joining and leaving a weighted pool: what is out of proportion pays the swap fee.

use super::super::{Burn, Exit, Join};
use super::{Amounts, COINS_MAX, WeightedPool};

impl WeightedPool {
    /// What a deposit of `amounts` (any mixture) gives; `None` when it adds nothing, or a coin is missing at first.
    ///
    /// Law: with r_i = a_i/B_i and r = sum w_i r_i, each coin pays the swap fee on a_i - B_i r where that is positive;
    /// growth = prod (1 + (a_i - fee_i)/B_i)^(w_i) - 1 = minted shares / existing shares. A first deposit pays no fee and
    /// has growth = prod a_i^(w_i) (Balancer V2 mints the number of coins times that, V1 100 shares).
    ///
    /// Source: Balancer V2, `WeightedMath.sol`, `_calcBptOutGivenExactTokensIn`. For one coin it is V1's
    /// `calcPoolOutGivenSingleIn`: there r = w a/B, so that the fee falls on (1 - w) a in both.
    #[must_use]
    pub fn join(&self, amounts: &Amounts) -> Option<Join> {
        let mut fees = [0.0; COINS_MAX];
        if self.balances.iter().all(|balance| *balance == 0.0) {
            let mut opened = self.clone();
            opened.put(amounts, &fees, 0.0);
            let growth = opened.invariant();
            return (growth > 0.0 && growth.is_finite()).then_some(Join { growth, fees });
        }
        if !self.holds_all() {
            return None;
        }
        let mean = self.logarithm(|coin| amounts[coin] / self.balances[coin]);
        for coin in 0..self.count {
            fees[coin] = self.fee * (amounts[coin] - self.balances[coin] * mean).max(0.0);
        }
        let growth =
            libm::expm1(self.logarithm(|coin| libm::log1p((amounts[coin] - fees[coin]) / self.balances[coin])));
        (growth > 0.0 && growth.is_finite()).then_some(Join { growth, fees })
    }

    /// Puts `amounts` into the reserves; the share `apart` of `fees` leaves them.
    pub fn put(&mut self, amounts: &Amounts, fees: &Amounts, apart: f64) {
        for coin in 0..self.count {
            self.balances[coin] += amounts[coin] - fees[coin] * apart;
        }
    }

    /// The amounts that the share `share` of the pool, in [0, 1], is: pro rata, without fee.
    #[must_use]
    pub fn exit(&self, share: f64) -> Amounts {
        self.balances.map(|balance| balance * share)
    }

    /// What the share `share` of the pool, in [0, 1), is worth in coin `coin` alone; `None` when the pool cannot give it.
    ///
    /// Law: gross = B (1 - (1 - share)^(1/w)); the fee falls on the part (1 - w) of it. The limit of V2 (share at most
    /// 0.3) is not applied.
    ///
    /// Source: Balancer V2, `WeightedMath.sol`, `_calcTokenOutGivenExactBptIn`; V1's `calcSingleOutGivenPoolIn` is the same.
    #[must_use]
    pub fn exit_one(&self, share: f64, coin: usize) -> Option<Exit> {
        if !self.holds_all() || coin >= self.count || !(0.0..1.0).contains(&share) {
            return None;
        }
        let weight = self.weights[coin];
        let gross = -self.balances[coin] * libm::expm1(libm::log1p(-share) / weight);
        let fee = gross * (1.0 - weight) * self.fee;
        (gross < self.balances[coin]).then_some(Exit { amount: gross - fee, fee })
    }

    /// What share of the pool must be burnt to take `amounts` (any mixture); `None` when the pool cannot give them.
    ///
    /// Law: with r_i = a_i/B_i and r = sum w_i r_i, the part a_i - B_i r of each coin, where positive, is divided by
    /// 1 - fee; share = 1 - prod (1 - (a_i + fee_i)/B_i)^(w_i).
    ///
    /// Source: Balancer V2, `WeightedMath.sol`, `_calcBptInGivenExactTokensOut`.
    #[must_use]
    pub fn exit_imbalanced(&self, amounts: &Amounts) -> Option<Burn> {
        if !self.holds_all() {
            return None;
        }
        let mean = self.logarithm(|coin| amounts[coin] / self.balances[coin]);
        let mut fees = [0.0; COINS_MAX];
        for coin in 0..self.count {
            fees[coin] = (amounts[coin] - self.balances[coin] * mean).max(0.0) * self.fee / (1.0 - self.fee);
            let gone = amounts[coin] + fees[coin];
            if gone.is_nan() || gone >= self.balances[coin] {
                return None;
            }
        }
        let share =
            -libm::expm1(self.logarithm(|coin| libm::log1p(-(amounts[coin] + fees[coin]) / self.balances[coin])));
        (0.0..1.0).contains(&share).then_some(Burn { share, fees })
    }

    /// Takes `amounts` out of the reserves; a part of the fees that leaves them too is to be added by the caller. What is
    /// below zero by rounding becomes zero.
    pub fn take(&mut self, amounts: &Amounts) {
        for (balance, amount) in self.balances.iter_mut().zip(amounts).take(self.count) {
            *balance = (*balance - amount).max(0.0);
        }
    }
}
