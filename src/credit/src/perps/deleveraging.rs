//! Auto-deleveraging: whose position is closed against one that nobody can pay for, and at which price.

/// Rank of a position among those that may be deleveraged; the highest is the first.
///
/// Law: profit share x effective leverage where it has a profit, profit share / effective leverage where it has a loss; effective
/// leverage is the value of the account's positions over its equity. Source: BitMEX, "What is Auto-Deleveraging" (value / (value -
/// value at bankruptcy) is value over equity).
///
/// - `base`: tokens, negative for a short position.
/// - `entry`, `mark`: mean price at which it was opened, and mark price, USD.
/// - `leverage`: value of all positions of the account over its equity; above 0.
#[must_use]
pub fn deleveraging_rank(base: f64, entry: f64, mark: f64, leverage: f64) -> f64 {
    let profit = (mark - entry) / entry;
    let profit = if base < 0.0 { -profit } else { profit };
    if profit > 0.0 { profit * leverage } else { profit / leverage }
}

/// The price of one market at which an account has nothing left, USD per base token.
///
/// Law: mark - equity x (its share of the account's value) / base: what the account has, or owes, is spread over its positions by value,
/// so that closing each at its own bankruptcy price leaves exactly nothing. `value_usd` is that of all its positions at mark prices.
#[must_use]
pub fn bankruptcy_price(base: f64, mark: f64, equity_usd: f64, value_usd: f64) -> f64 {
    mark * (1.0 - equity_usd / value_usd * base.signum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profit_and_leverage_come_first() {
        // A long of 20 % profit at leverage 5, one of 5 % at 20, a short of 30 % profit at 2, and two losers.
        let ranks = [
            deleveraging_rank(1.0, 100.0, 120.0, 5.0),
            deleveraging_rank(3.0, 100.0, 105.0, 20.0),
            deleveraging_rank(-1.0, 100.0, 70.0, 2.0),
            deleveraging_rank(-1.0, 100.0, 110.0, 2.0),
            deleveraging_rank(-1.0, 100.0, 110.0, 10.0),
        ];
        for (rank, hand) in ranks.into_iter().zip([1.0, 1.0, 0.6, -0.05, -0.01]) {
            assert!((rank - hand).abs() < 1e-12, "{rank} for {hand}");
        }
    }

    #[test]
    fn at_the_bankruptcy_price_nothing_is_left() {
        // One token long at 100 with 10 of equity goes bankrupt at 90; one short at 110; one that owes 5 already at 105 and 95.
        for (base, equity, hand) in [(1.0, 10.0, 90.0), (-1.0, 10.0, 110.0), (1.0, -5.0, 105.0), (-1.0, -5.0, 95.0)] {
            assert!((bankruptcy_price(base, 100.0, equity, 100.0) - hand).abs() < 1e-12);
        }
        // Cross-margin: 2 ETH long at 3,000 and 0.1 BTC short at 60,000, 900 of equity.
        let (eth, btc) =
            (bankruptcy_price(2.0, 3_000.0, 900.0, 12_000.0), bankruptcy_price(-0.1, 60_000.0, 900.0, 12_000.0));
        assert!((2.0 * (eth - 3_000.0) - 0.1 * (btc - 60_000.0) + 900.0).abs() < 1e-9);
        assert!((eth - 2_775.0).abs() < 1e-9 && (btc - 64_500.0).abs() < 1e-9);
    }
}
