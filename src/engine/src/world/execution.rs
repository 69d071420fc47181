//! Orders that go through the pools as they stand, for whoever holds tokens on an account: liquidators, hedgers, whoever must sell.

use super::Books;
use portage_base::actions::Taker;
use portage_base::ledger::{Account, Token};
use portage_chain::Chain;
use portage_pools::router::{Leg, VenueQuote, best_split};
use portage_pools::{Side, Swap, VENUES_MAX};

/// What an order of the pair that is migrated would come to, routed over all pools at home that take trades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Execution {
    /// Whether base is bought or sold.
    pub side: Side,
    /// Paid, whole tokens.
    pub amount_in: f64,
    /// Received, whole tokens.
    pub amount_out: f64,
    /// Gas of the pools that are used, USD.
    pub gas_usd: f64,
    swaps: [Option<Swap>; VENUES_MAX],
}

impl Books {
    /// Base and quote of the pair that is migrated.
    #[must_use]
    pub(crate) fn pair_tokens(&self) -> (Token, Token) {
        (self.coins.token(0), self.coins.token(1))
    }

    /// The best execution of an order that pays `amount_in` (base when selling base, quote when buying it); `None` where the pools
    /// cannot fill it, or when it is no finite number above zero.
    #[must_use]
    pub fn quote(&self, side: Side, amount_in: f64) -> Option<Execution> {
        let pair = self.pair();
        let usd_out = if side == Side::SellBase { pair.quote_usd } else { pair.base_usd };
        let per_gas = self.gas_cost_usd(Chain::Home, 1) / usd_out;
        let offer = |index: usize| {
            // Places beyond the last venue repeat the first one and are not counted.
            let venue = self.venues.get(index).unwrap_or(&self.venues[0]);
            let leg = match (venue.terms.pair, side) {
                (0, _) => Leg::Direct,
                (1, Side::SellBase) | (2, Side::BuyBase) => Leg::First,
                _ => Leg::Second,
            };
            let is_there = !venue.is_halted() && venue.terms.chain == Chain::Home;
            let (pool, leg) = if is_there { (&venue.pool, leg) } else { (&self.nothing, Leg::Direct) };
            VenueQuote { pool, direction: side.direction(), leg, gas: venue.terms.swap_gas as f64 * per_gas }
        };
        let offers: [VenueQuote<'_>; VENUES_MAX] = std::array::from_fn(offer);
        let offers = &offers[..self.venues.len()];
        let split = best_split(offers, amount_in)?;
        let mut swaps = [None; VENUES_MAX];
        for ((swap, offer), input) in swaps.iter_mut().zip(offers).zip(split.inputs) {
            *swap = if input > 0.0 { Some(offer.pool.swap_exact_in(offer.direction, input)?) } else { None };
        }
        Some(Execution { side, amount_in, amount_out: split.amount_out, gas_usd: split.gas * usd_out, swaps })
    }

    /// Carries an execution out in the block in which it was quoted: what is paid leaves `account`, what is received enters it, gas is
    /// paid in USD. Returns what it cost at reference prices, gas apart, USD: fees and price impact.
    pub fn execute(&mut self, account: Account, execution: &Execution) -> f64 {
        let (base, quote) = self.pair_tokens();
        let (token_in, token_out) = match execution.side {
            Side::SellBase => (base, quote),
            Side::BuyBase => (quote, base),
        };
        self.ledger.transfer(account, self.accounts.market, token_in, execution.amount_in);
        for (venue, swap) in execution.swaps.iter().enumerate() {
            if let Some(swap) = swap {
                let _gain_of_the_pool = self.trade(venue, execution.side.direction(), *swap, Taker::Trader);
            }
        }
        self.ledger.transfer(self.accounts.market, account, token_out, execution.amount_out);
        self.ledger.transfer(account, self.accounts.gas, Token::USD, execution.gas_usd);
        self.cost_of(execution)
    }

    /// What an execution costs at reference prices, gas apart, USD: fees and price impact.
    #[must_use]
    pub(crate) fn cost_of(&self, execution: &Execution) -> f64 {
        let pair = self.pair();
        let (usd_in, usd_out) = match execution.side {
            Side::SellBase => (pair.base_usd, pair.quote_usd),
            Side::BuyBase => (pair.quote_usd, pair.base_usd),
        };
        execution.amount_in * usd_in - execution.amount_out * usd_out
    }

    /// What `amount` base tokens bring when they are sold at once through the pools as they stand, gas deducted, USD; 0 where that is
    /// less than nothing or nobody buys them.
    #[must_use]
    pub(crate) fn exit_usd(&self, amount: f64) -> f64 {
        let quote_usd = self.pair().quote_usd;
        let sold = self.quote(Side::SellBase, amount);
        sold.map_or(0.0, |sold| (sold.amount_out * quote_usd - sold.gas_usd).max(0.0))
    }
}
