//! The atomic arbitrage between two venues of one pair: bought in one, sold in the other.

use super::super::{Direction, Pool, Segment, Swap};
use super::hop::balance;
use super::venue::Venue;
use super::{Leg, VenueQuote};

/// Buys in `cheap` and sells in `dear` the amount that gains most; `None` when nothing is gained. `sell` is the way through
/// `dear`; `cheap` is passed the other way round. The first swap is the purchase, the second the sale.
///
/// Law: the gain sold(bought(x)) - x is concave in the input x; at its maximum the marginal price in `cheap`, fee included, equals
/// that in `dear`, fee included. Between constant products with reserves of base and quote, k = 1 - f: with
/// A = k_1 k_2 R_base,1 R_quote,2, B = R_base,2 R_quote,1 and C = k_1 (R_base,2 + k_2 R_base,1),
/// x = (sqrt(A B) - B) / C.
#[inline]
#[must_use]
pub fn best_cycle(cheap: &Pool, dear: &Pool, sell: Direction) -> Option<(Swap, Swap)> {
    let buy = Direction { coin_in: sell.coin_out, coin_out: sell.coin_in };
    if let (Some(first), Some(second)) = (cheap.segment(), dear.segment()) {
        let amount_in = between_segments(first, second, buy, sell);
        if amount_in <= 0.0 {
            return None;
        }
        if amount_in < f64::INFINITY {
            return carried(cheap, dear, buy, sell, amount_in);
        }
    }
    let amount_in = between_curves(cheap, dear, buy, sell)?;
    carried(cheap, dear, buy, sell, amount_in)
}

/// The two swaps of a cycle, where they gain.
#[inline]
fn carried(cheap: &Pool, dear: &Pool, buy: Direction, sell: Direction, amount_in: f64) -> Option<(Swap, Swap)> {
    let bought = cheap.swap_exact_in(buy, amount_in)?;
    let sold = dear.swap_exact_in(sell, bought.amount_out)?;
    (sold.amount_out > bought.amount_in).then_some((bought, sold))
}

/// The best input between two constant products: not positive where nothing is gained, infinite where it leaves a segment.
#[inline]
fn between_segments(cheap: &Segment, dear: &Segment, buy: Direction, sell: Direction) -> f64 {
    let (cheap_in, cheap_out) = cheap.in_out(buy.side());
    let (dear_in, dear_out) = dear.in_out(sell.side());
    let gaining = cheap.keep * dear.keep * cheap_out * dear_out;
    let losing = dear_in * cheap_in;
    if gaining <= losing {
        return 0.0;
    }
    let amount_in = ((gaining * losing).sqrt() - losing) / (cheap.keep * (dear_in + dear.keep * cheap_out));
    let cheap_after = cheap_in + cheap.keep * amount_in;
    let bought = cheap_out * cheap.keep * amount_in / cheap_after;
    let is_inside = cheap_after <= cheap.end(buy.side()) && dear_in + dear.keep * bought <= dear.end(sell.side());
    if is_inside { amount_in } else { f64::INFINITY }
}

/// The best input between any two curves: the hop through base at the rate 1, quote for quote.
fn between_curves(cheap: &Pool, dear: &Pool, buy: Direction, sell: Direction) -> Option<f64> {
    let bid = dear.marginal(sell);
    if cheap.marginal(buy) * bid <= 1.0 {
        return None;
    }
    // Bought until the price in `cheap` is what `dear` pays for the first unit, at most.
    let most = cheap.input_to_marginal(buy, 1.0 / bid);
    let first = Venue::open(VenueQuote { pool: cheap, direction: buy, leg: Leg::First, gas: 0.0 }, most);
    let second =
        Venue::open(VenueQuote { pool: dear, direction: sell, leg: Leg::Second, gas: 0.0 }, first.output(first.share));
    let amount_in = balance(&[first, second], 0b01, 0b10, 1.0).inputs[0];
    (amount_in > 0.0).then_some(amount_in)
}
