//! Joining and leaving a StableSwap pool, with Curve's fee on imbalance.
//!
//! All changes of D are solved for as shares of D, so that a deposit of 10^-12 of the pool keeps its digits.

use super::super::{Burn, Exit, Join};
use super::invariant::LAST_STEP;
use super::{Amounts, COINS_MAX, StableSwapPool};

/// Most rounds of Newton's method, as in the contract.
const ROUNDS_MAX: u32 = 255;
/// A step below this leaves an error of its square, far below the last bit of the amounts at stake.
const STEP_ZERO: f64 = 1e-17;

impl StableSwapPool {
    /// What a deposit of `amounts` (any mixture) gives; `None` when it adds nothing, or a coin is missing at first.
    ///
    /// Law: D_1 from the balances with the deposit; each coin pays fee n/(4 (n - 1)) on its distance from D_1/D_0 times
    /// its old balance; D_2 from the balances less these fees; growth = (D_2 - D_0)/D_0 = minted shares / existing shares.
    /// A first deposit pays no fee and has growth = D: the contract mints D shares of 10^18 base units each.
    ///
    /// Source: curve-contract, `SwapTemplateBase.vy`, `add_liquidity`.
    #[must_use]
    pub fn join(&self, amounts: &Amounts) -> Option<Join> {
        if self.invariant == 0.0 {
            let empty = self.balances.iter().all(|balance| *balance == 0.0);
            let mut opened = self.clone();
            opened.put(amounts, &[0.0; COINS_MAX], 0.0);
            return (empty && opened.invariant > 0.0)
                .then_some(Join { growth: opened.invariant, fees: [0.0; COINS_MAX] });
        }
        let fees = self.imbalance_fees(amounts)?;
        let growth = self.growth(&less(amounts, &fees))?;
        (growth > 0.0).then_some(Join { growth, fees })
    }

    /// Puts `amounts` into the reserves; the share `apart` of `fees` leaves them.
    pub fn put(&mut self, amounts: &Amounts, fees: &Amounts, apart: f64) {
        for coin in 0..self.count {
            self.balances[coin] += amounts[coin] - fees[coin] * apart;
        }
        self.refresh();
    }

    /// The amounts that the share `share` of the pool, in [0, 1], is: pro rata, without fee, even when D is not defined.
    ///
    /// Source: curve-contract, `SwapTemplateBase.vy`, `remove_liquidity`.
    #[must_use]
    pub fn exit(&self, share: f64) -> Amounts {
        self.balances.map(|balance| balance * share)
    }

    /// What the share `share` of the pool, in [0, 1), is worth in coin `coin` alone; `None` when the pool cannot give it.
    ///
    /// Law: D falls to D_1 = (1 - share) D; the coin's drop at unchanged other balances tells how far each coin is from
    /// pro rata; each pays fee n/(4 (n - 1)) on that; the drop is solved for again at the balances less these fees.
    ///
    /// Source: curve-contract, `SwapTemplateBase.vy`, `_calc_withdraw_one_coin`.
    #[must_use]
    pub fn exit_one(&self, share: f64, coin: usize) -> Option<Exit> {
        if self.invariant == 0.0 || coin >= self.count || !(0.0..1.0).contains(&share) {
            return None;
        }
        let fee_share = self.imbalance_fee();
        let without_fee = self.drop(share, coin, 0.0)?;
        let excess = (without_fee - share * self.scaled[coin]).max(0.0);
        let with_fee = self.drop(share, coin, fee_share * share)? - fee_share * excess;
        let amount = with_fee / self.rates[coin];
        (amount >= 0.0 && amount < self.balances[coin])
            .then(|| Exit { amount, fee: (without_fee - with_fee) / self.rates[coin] })
    }

    /// What share of the pool must be burnt to take `amounts` (any mixture); `None` when the pool cannot give them.
    ///
    /// Law: as [`Self::join`] with the amounts leaving: share = (D_0 - D_2)/D_0.
    ///
    /// Source: curve-contract, `SwapTemplateBase.vy`, `remove_liquidity_imbalance` (which adds one base unit).
    #[must_use]
    pub fn exit_imbalanced(&self, amounts: &Amounts) -> Option<Burn> {
        if self.invariant == 0.0 {
            return None;
        }
        let taken = amounts.map(|amount| -amount);
        let fees = self.imbalance_fees(&taken)?;
        let share = -self.growth(&less(&taken, &fees))?;
        (0.0..1.0).contains(&share).then_some(Burn { share, fees })
    }

    /// Takes `amounts` out of the reserves; a part of the fees that leaves them too is to be added by the caller. What is
    /// below zero by rounding becomes zero.
    pub fn take(&mut self, amounts: &Amounts) {
        for (balance, amount) in self.balances.iter_mut().zip(amounts).take(self.count) {
            *balance = (*balance - amount).max(0.0);
        }
        self.refresh();
    }

    /// Fee share on what is out of proportion, fee n/(4 (n - 1)).
    fn imbalance_fee(&self) -> f64 {
        let n = self.count as f64;
        self.fee * n / (4.0 * (n - 1.0))
    }

    /// The fees, whole tokens by coin, of a deposit (or, negative, withdrawal) of `change`.
    fn imbalance_fees(&self, change: &Amounts) -> Option<Amounts> {
        let growth = self.growth(change)?;
        let fee = self.imbalance_fee();
        let mut fees = [0.0; COINS_MAX];
        for coin in 0..self.count {
            fees[coin] = fee * (growth * self.balances[coin] - change[coin]).abs();
        }
        Some(fees)
    }

    /// The share of itself by which D grows when the balances change by `change`; `None` when a coin would run out.
    ///
    /// Law: with eta the share, r_i the relative changes and rho = prod (1 + r_i) - 1:
    /// g ((1 + eta)^(n+1) - 1 - rho)/(1 + rho) + (1 - 1/(A n)) D eta = sum of scaled changes. The left side is convex and
    /// increasing in eta, so that Newton's method from 0 arrives from above; S bounds D.
    fn growth(&self, change: &Amounts) -> Option<f64> {
        let (mut rho, mut added, mut sum) = (0.0, 0.0, 0.0);
        for (coin, moved) in change.iter().enumerate().take(self.count) {
            let ratio = moved / self.balances[coin];
            if !(ratio > -1.0 && ratio.is_finite()) {
                return None;
            }
            rho += ratio * (1.0 + rho);
            added += moved * self.rates[coin];
            sum += self.scaled[coin];
        }
        let linear = (1.0 - 1.0 / self.ann()) * self.invariant;
        let term = self.product_term / (1.0 + rho);
        let ceiling = (sum + added) / self.invariant - 1.0;
        let mut growth = 0.0_f64;
        for _ in 0..ROUNDS_MAX {
            let rise = (0..=self.count).fold(0.0, |rise, _| rise + growth * (1.0 + rise));
            let gap = term * (rise - rho) + (linear * growth - added);
            let slope = term * (self.count as f64 + 1.0) * (1.0 + rise) / (1.0 + growth) + linear;
            let next = (growth - gap / slope).min(ceiling.max(STEP_ZERO));
            let step = (next - growth).abs();
            if !next.is_finite() {
                return None;
            }
            growth = next;
            if step <= LAST_STEP * growth.abs() + STEP_ZERO {
                return (growth > -1.0).then_some(growth);
            }
        }
        None
    }

    /// By how much the scaled balance of `coin` must drop for D to fall by `share` when every other balance is less by
    /// the share `less`.
    ///
    /// Law: with z the drop as a share of x_i, q = (1 - share)^(n+1)/(1 - less)^(n-1) - 1 and
    /// e = (1 - 1/(A n)) D share - less (S - x_i): x_i z^2 - (g + x_i + e) z + e - g q = 0.
    fn drop(&self, share: f64, coin: usize, less: f64) -> Option<f64> {
        let x = self.scaled[coin];
        let fall = (0..=self.count).fold(0.0, |fall, _| fall - share * (1.0 + fall));
        let shrink = (1..self.count).fold(0.0, |shrink, _| shrink - less * (1.0 + shrink));
        let q = (fall - shrink) / (1.0 + shrink);
        let others = self.scaled.iter().sum::<f64>() - x;
        let excess = (1.0 - 1.0 / self.ann()) * self.invariant * share - less * others;
        let linear = self.product_term + x + excess;
        let constant = excess - self.product_term * q;
        let root = (linear * linear - 4.0 * x * constant).max(0.0).sqrt();
        let part = 2.0 * constant / (linear + root);
        (0.0..1.0).contains(&part).then_some(part * x)
    }
}

/// `amounts` less `fees`.
fn less(amounts: &Amounts, fees: &Amounts) -> Amounts {
    std::array::from_fn(|coin| amounts[coin] - fees[coin])
}
