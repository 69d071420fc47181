//! The state of one run, and the door through which requests become events.

mod door;
mod holders;
mod programme;
mod providers;
mod statement;
mod venue;

pub use holders::{HOLDERS, Holder, HolderBook, LpClass};
pub use programme::Programme;
pub use providers::{Provider, Providers};
pub use statement::{SearcherBook, Statement, TraderBook};
pub use venue::{Venue, VenueFlows};

use crate::actions::{Taker, VENUES_MAX};
use crate::chain::{GasState, GasUnits};
use crate::ledger::{Account, Ledger, Token};
use crate::pools::{Side, Swap};
use crate::stats::worst;
use crate::units::GWEI_PER_ETH;

/// Accounts that are not a pool's or a provider class's.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// The rest of the market, which takes the other side at reference prices.
    pub market: Account,
    /// Mints reward tokens.
    pub issuer: Account,
    /// Receives gas: base fees burnt and tips.
    pub gas: Account,
    /// All traders.
    pub traders: Account,
    /// All arbitrageurs.
    pub searchers: Account,
    /// Block proposers, who are paid by arbitrageurs.
    pub proposers: Account,
}

/// Reference prices of one block as the hot loop needs them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairPrice {
    /// USD per base token.
    pub base_usd: f64,
    /// USD per quote token.
    pub quote_usd: f64,
    /// Quote per base.
    pub price: f64,
    /// Square root of `price`.
    pub root: f64,
}

/// The state of one run.
#[derive(Debug)]
pub struct World {
    /// Every token amount.
    pub ledger: Ledger,
    /// Named accounts.
    pub accounts: Accounts,
    /// The pair's base token.
    pub base: Token,
    /// The pair's quote token.
    pub quote: Token,
    /// The pools, in the order of the scenario.
    pub venues: Vec<Venue>,
    /// Owners of pool shares, by class.
    pub holders: [HolderBook; HOLDERS],
    /// The liquidity providers.
    pub providers: Providers,
    /// Incentive programmes.
    pub programmes: Vec<Programme>,
    /// What traders paid.
    pub traders: TraderBook,
    /// What arbitrageurs earned and paid.
    pub searchers: SearcherBook,
    /// The gas market, if the scenario has a chain.
    pub gas: Option<GasState>,
    /// Gas units by action.
    pub gas_units: GasUnits,
    /// The token in which gas is paid.
    pub gas_token: Token,
    /// Reference price of each token in USD, as of the last block in which something sparse happened.
    pub prices_usd: Vec<f64>,
    /// The pair's reference price, as of the current block.
    pub pair: PairPrice,
    /// Gas that migration transactions used in the current block.
    pub rush_gas: u64,
    /// Seconds since the start at the current block; as fresh as `prices_usd`.
    pub seconds: f64,
}

impl World {
    /// What `units` of gas cost now, USD; 0 without a chain.
    #[inline]
    #[must_use]
    pub fn gas_cost_usd(&self, units: u64) -> f64 {
        self.gas
            .as_ref()
            .map_or(0.0, |gas| units as f64 * gas.price_gwei() / GWEI_PER_ETH * self.prices_usd[self.gas_token.index()])
    }

    /// Settles one trade: tokens move, the pool's flows are booked, its bounds follow.
    ///
    /// The taker's tokens come from and go to the rest of the market at reference prices; what the taker gains or
    /// loses by that is returned, USD, and stands on no account yet.
    #[inline]
    pub fn trade(&mut self, venue: usize, side: Side, swap: Swap, taker: Taker) -> f64 {
        let pool = &mut self.venues[venue];
        let pair = self.pair;
        pool.mark(&self.ledger, pair.base_usd, pair.quote_usd);
        let (token_in, token_out, usd_in, usd_out) = match side {
            Side::BuyBase => (self.quote, self.base, pair.quote_usd, pair.base_usd),
            Side::SellBase => (self.base, self.quote, pair.base_usd, pair.quote_usd),
        };
        let to_purse = if pool.keeps_fees_apart() { swap.fee } else { 0.0 };
        self.ledger.transfer(self.accounts.market, pool.reserve, token_in, swap.amount_in - to_purse);
        if to_purse > 0.0 {
            self.ledger.transfer(self.accounts.market, pool.purse, token_in, to_purse);
        }
        self.ledger.transfer(pool.reserve, self.accounts.market, token_out, swap.amount_out);
        let fee_usd = swap.fee * usd_in;
        let gain_usd = swap.amount_in * usd_in - swap.amount_out * usd_out;
        pool.book(fee_usd, gain_usd, taker);
        pool.refresh(&self.ledger);
        -gain_usd
    }

    /// Value of all pools at reference prices, USD.
    #[must_use]
    pub fn total_value_usd(&self) -> f64 {
        self.venues.iter().map(|venue| self.venue_value_usd(venue)).sum()
    }

    /// Value of one pool's reserves at the current reference prices, USD.
    #[inline]
    #[must_use]
    pub fn venue_value_usd(&self, venue: &Venue) -> f64 {
        let reserves = venue.reserves(&self.ledger);
        reserves.base * self.pair.base_usd + reserves.quote * self.pair.quote_usd
    }

    /// Largest difference between a pool's shares and what its holders own together, relative; also what is pledged beyond
    /// what is owned.
    #[must_use]
    pub fn share_residual(&self) -> f64 {
        let of_venue = |(venue, pool): (usize, &Venue)| {
            let owned: f64 = self.holders.iter().map(|book| book.shares[venue]).sum();
            let over: f64 = self.holders.iter().map(|book| (book.pledged[venue] - book.shares[venue]).max(0.0)).sum();
            if pool.shares == 0.0 && owned == 0.0 { over } else { ((owned - pool.shares).abs() + over) / pool.shares }
        };
        self.venues.iter().enumerate().map(of_venue).fold(0.0, worst)
    }

    /// Share of the liquidity that stands in each pool, by value.
    #[must_use]
    pub fn venue_shares(&self) -> [f64; VENUES_MAX] {
        let total = self.total_value_usd();
        let mut shares = [0.0; VENUES_MAX];
        for (share, venue) in shares.iter_mut().zip(&self.venues) {
            *share = if total > 0.0 { self.venue_value_usd(venue) / total } else { 0.0 };
        }
        shares
    }
}
