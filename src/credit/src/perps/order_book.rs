//! What an order takes out of an order book, and where it leaves the price.

/// An order book about a middle price: each per cent by which the log of the price moves trades the same number of base tokens.
///
/// Law: with D the depth (USD per 1 % at the middle p) and v = q p / (100 D) for q base tokens, selling leaves the price at p e^-v and
/// brings 100 D (1 - e^-v); buying leaves it at p e^v and costs 100 D (e^v - 1). To first order the mean price is p (1 -+ v/2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderBook {
    /// Middle price, USD per base token; above 0.
    pub middle: f64,
    /// USD that trade per 1 % of price on either side; above 0.
    pub depth_usd: f64,
}

/// What closing a position comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closing {
    /// USD received; negative where a short position is bought back.
    pub usd: f64,
    /// Middle price of the book afterwards.
    pub middle: f64,
}

impl OrderBook {
    /// Closes `base` tokens at once: sells a long position, buys a short one (negative) back. The cost of buying back is infinite where
    /// the book cannot serve it in floats.
    #[must_use]
    pub fn close(&self, base: f64) -> Closing {
        let whole_usd = 100.0 * self.depth_usd;
        let v = base * self.middle / whole_usd;
        Closing { usd: -whole_usd * libm::expm1(-v), middle: self.middle * libm::exp(-v) }
    }

    /// Share of the value at the mark that closing `base` tokens at once does not bring: for a long position 1 - received / value, for
    /// a short one 1 - value / paid. Negative where the middle lies on the better side of `mark`.
    #[must_use]
    pub fn exit_discount(&self, base: f64, mark: f64) -> f64 {
        let (value, usd) = (base.abs() * mark, self.close(base).usd);
        if base > 0.0 {
            1.0 - usd / value
        } else if base < 0.0 {
            1.0 - value / -usd
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: OrderBook = OrderBook { middle: 2_000.0, depth_usd: 1e6 };

    #[test]
    fn a_per_cent_of_the_log_price_trades_the_depth() {
        // 500 tokens are a million USD at the middle: the price moves by 1 % of its log, and half of that is paid on average.
        let sold = BOOK.close(500.0);
        assert!((sold.middle / 2_000.0 - (-0.01_f64).exp()).abs() < 1e-14);
        assert!((sold.usd / 1e6 - (1.0 - 0.005)).abs() < 2e-5);
        let bought = BOOK.close(-500.0);
        assert!((bought.middle / 2_000.0 - 0.01_f64.exp()).abs() < 1e-14);
        assert!((-bought.usd / 1e6 - (1.0 + 0.005)).abs() < 2e-5);
    }

    #[test]
    fn in_pieces_it_costs_what_it_costs_at_once() {
        for sign in [1.0, -1.0] {
            let whole = BOOK.close(sign * 3_000.0);
            let (mut book, mut usd) = (BOOK, 0.0);
            for _ in 0..30 {
                // The book has lost its nearest orders: the same tokens stand in each per cent of a lower price.
                let piece = book.close(sign * 100.0);
                usd += piece.usd;
                book = OrderBook { middle: piece.middle, depth_usd: book.depth_usd * piece.middle / book.middle };
            }
            assert!((usd / whole.usd - 1.0).abs() < 1e-12 && (book.middle / whole.middle - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn discounts_are_shares_of_value_on_both_sides() {
        assert_eq!(BOOK.exit_discount(0.0, 2_000.0), 0.0);
        for base in [1e2_f64, 1e4, 1e6, 1e9] {
            let v = base * 2_000.0 / 1e8;
            let long = BOOK.exit_discount(base, 2_000.0);
            assert!((long - (1.0 - (1.0 - (-v).exp()) / v)).abs() < 1e-9 && (0.0..1.0).contains(&long));
            let short = BOOK.exit_discount(-base, 2_000.0);
            assert!((short - (1.0 - v / v.exp_m1())).abs() < 1e-9 && (0.0..=1.0).contains(&short));
        }
        assert!(BOOK.exit_discount(1.0, 1_990.0) < 0.0 && BOOK.exit_discount(-1.0, 1_990.0) > 0.0);
    }
}
