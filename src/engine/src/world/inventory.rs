//! What arbitrageurs hold on the destination: it limits what they trade there until a transfer has restored it.

use portage_migration::Inventory;
use portage_pools::{Amounts, COINS_MAX, Direction, Swap};

/// Share of its part below which a token's stock sets a transfer off (judgement: half, so that transfers are rare).
const REFILL_SHARE: f64 = 0.5;

/// Share of its part below which a token's stock counts as exhausted: less is not worth a trade.
const EXHAUSTED_SHARE: f64 = 0.01;

/// The stock of arbitrageurs on the destination.
///
/// The ledger knows nothing of it: arbitrage is settled at reference prices, and the stock says only how much of it can be done.
#[derive(Debug, Clone)]
pub struct TokenInventory {
    rebalance: f64,
    coins: usize,
    /// Value of each token's part, USD.
    part_usd: f64,
    amounts: Amounts,
    restored_at: f64,
    /// Time during which a token was exhausted, seconds.
    pub exhausted_seconds: f64,
}

impl TokenInventory {
    /// A stock in equal parts at `prices_usd` by coin.
    #[must_use]
    pub fn open(law: Inventory, coins: usize, prices_usd: &Amounts) -> Self {
        let mut inventory = Self {
            rebalance: law.rebalance.seconds(),
            coins,
            part_usd: law.usd / coins as f64,
            amounts: [0.0; COINS_MAX],
            restored_at: f64::INFINITY,
            exhausted_seconds: 0.0,
        };
        inventory.restore(prices_usd);
        inventory
    }

    fn restore(&mut self, prices_usd: &Amounts) {
        for (amount, price) in self.amounts.iter_mut().zip(prices_usd).take(self.coins) {
            *amount = self.part_usd / price;
        }
    }

    /// Lets a simulated block of `elapsed` seconds begin at `seconds`.
    pub(crate) fn advance(&mut self, seconds: f64, elapsed: f64, prices_usd: &Amounts) {
        if self.restored_at <= seconds {
            // What was held is what is held, in equal parts again.
            let held: f64 =
                self.amounts.iter().zip(prices_usd).take(self.coins).map(|(held, price)| held * price).sum();
            self.part_usd = held / self.coins as f64;
            self.restore(prices_usd);
            self.restored_at = f64::INFINITY;
        }
        let stocks = self.amounts.iter().zip(prices_usd).take(self.coins).map(|(held, price)| held * price);
        let least = stocks.fold(f64::INFINITY, f64::min);
        if least < EXHAUSTED_SHARE * self.part_usd {
            self.exhausted_seconds += elapsed;
        }
        if least < REFILL_SHARE * self.part_usd && self.restored_at.is_infinite() {
            self.restored_at = seconds + self.rebalance;
        }
    }

    /// What can be paid of a coin, whole tokens.
    #[must_use]
    pub const fn of(&self, coin: usize) -> f64 {
        self.amounts[coin]
    }

    /// Books a trade.
    pub fn trade(&mut self, direction: Direction, swap: &Swap) {
        self.amounts[direction.coin_in] = (self.amounts[direction.coin_in] - swap.amount_in).max(0.0);
        self.amounts[direction.coin_out] += swap.amount_out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_base::units::Span;
    use portage_pools::Side;

    #[test]
    fn a_stock_is_spent_and_restored() {
        let law = Inventory { usd: 200.0, rebalance: Span::from_seconds(60.0).unwrap() };
        let mut prices = [0.0; COINS_MAX];
        (prices[0], prices[1]) = (10.0, 1.0);
        let mut inventory = TokenInventory::open(law, 2, &prices);
        assert_eq!((inventory.of(0), inventory.of(1)), (10.0, 100.0));
        let bought = Swap { amount_in: 99.5, amount_out: 9.0, ..Swap::NOTHING };
        inventory.trade(Side::BuyBase.direction(), &bought);
        for second in 0..61 {
            assert!((inventory.of(1) - 0.5).abs() < 1e-12 && inventory.of(0) == 19.0);
            inventory.advance(f64::from(second), 1.0, &prices);
        }
        // 190.5 USD in equal parts, sixty seconds after the transfer was sent; until then a token was exhausted.
        assert!((inventory.of(1) - 95.25).abs() < 1e-12 && (inventory.of(0) - 9.525).abs() < 1e-12);
        assert_eq!(inventory.exhausted_seconds, 60.0);
    }
}
