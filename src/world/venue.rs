//! One pool of a run: accounts, shares, cached bounds, and the flows that wait to be shared out.

use crate::actions::Taker;
use crate::ledger::{Account, Ledger, Token};
use crate::pools::router::Quote;
use crate::pools::{ConstantProduct, FeeDestination, Reserves, Role};

/// A pool of the run.
#[derive(Debug, Clone)]
pub struct Venue {
    /// On which side of the migration it stands.
    pub role: Role,
    /// Its curve.
    pub curve: ConstantProduct,
    /// Share of the fee that the protocol takes.
    pub protocol_share: f64,
    fees: FeeDestination,
    /// Account of the reserves.
    pub reserve: Account,
    /// Account of fees that are kept apart.
    pub purse: Account,
    base: Token,
    quote: Token,
    /// Shares of the pool that exist.
    pub shares: f64,
    /// sqrt(k) when the protocol last took its part.
    pub settled_root_k: f64,
    liquidity: f64,
    ceiling: f64,
    floor: f64,
    mark_base_usd: f64,
    mark_quote_usd: f64,
    /// Flows since the last settlement with the holders.
    pub flows: VenueFlows,
    /// Flows of the whole run.
    pub totals: VenueFlows,
}

/// What changed the value of a pool, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VenueFlows {
    /// Change of reference prices on what the pool held.
    pub market_move: f64,
    /// Fees, all takers.
    pub fees: f64,
    /// Lost to arbitrageurs at reference prices, fees apart.
    pub arbitrage_loss: f64,
    /// Gained from traders at reference prices, fees apart: price impact received.
    pub order_flow: f64,
}

impl VenueFlows {
    /// Loss versus rebalancing (LVR): what all trades together cost the pool at reference prices, fees apart.
    ///
    /// Arbitrageurs take it, and win back on the way what traders' orders had pushed the price by: the sum of both is what
    /// a portfolio that rebalances at reference prices would not have lost. Source: Milionis and others 2022.
    #[must_use]
    pub const fn lvr(&self) -> f64 {
        self.arbitrage_loss - self.order_flow
    }
}

impl Venue {
    /// A pool without liquidity.
    #[must_use]
    pub fn new(
        role: Role,
        curve: ConstantProduct,
        fee_rule: (f64, FeeDestination),
        accounts: (Account, Account),
        pair: (Token, Token),
    ) -> Self {
        Self {
            role,
            curve,
            protocol_share: fee_rule.0,
            fees: fee_rule.1,
            reserve: accounts.0,
            purse: accounts.1,
            base: pair.0,
            quote: pair.1,
            shares: 0.0,
            settled_root_k: 0.0,
            liquidity: 0.0,
            ceiling: f64::INFINITY,
            floor: 0.0,
            mark_base_usd: 0.0,
            mark_quote_usd: 0.0,
            flows: VenueFlows::default(),
            totals: VenueFlows::default(),
        }
    }

    /// Whether fees are kept beside the reserves.
    #[inline]
    #[must_use]
    pub fn keeps_fees_apart(&self) -> bool {
        self.fees == FeeDestination::Apart
    }

    /// Its reserves, whole tokens.
    #[inline]
    #[must_use]
    pub fn reserves(&self, ledger: &Ledger) -> Reserves {
        Reserves { base: ledger.balance(self.reserve, self.base), quote: ledger.balance(self.reserve, self.quote) }
    }

    /// sqrt(base x quote), whole tokens.
    #[inline]
    #[must_use]
    pub const fn liquidity(&self) -> f64 {
        self.liquidity
    }

    /// Whether the pool takes trades.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.liquidity > 0.0
    }

    /// Whether a reference price with this square root lies outside the fee band about the pool's spot price.
    #[inline]
    #[must_use]
    pub fn is_outside_band(&self, root_price: f64) -> bool {
        root_price > self.ceiling || root_price < self.floor
    }

    /// Whether the pool sells base below a reference price with this square root, fee included.
    #[inline]
    #[must_use]
    pub fn is_below(&self, root_price: f64) -> bool {
        root_price > self.ceiling
    }

    /// Whether base bought here can be sold in `other` at a profit before gas; false while either is empty.
    #[inline]
    #[must_use]
    pub fn is_cheaper_than(&self, other: &Self) -> bool {
        self.ceiling < other.floor
    }

    /// The pool as the router sees it.
    #[inline]
    #[must_use]
    pub fn quote(&self, ledger: &Ledger) -> Quote {
        Quote { curve: self.curve, reserves: self.reserves(ledger), liquidity: self.liquidity }
    }

    /// Recomputes liquidity and bounds after the reserves have changed.
    #[inline]
    pub fn refresh(&mut self, ledger: &Ledger) {
        let reserves = self.reserves(ledger);
        self.liquidity = (reserves.base * reserves.quote).sqrt();
        if self.liquidity > 0.0 {
            let root_spot = reserves.quote / self.liquidity;
            self.floor = root_spot * self.curve.root_keep();
            self.ceiling = root_spot * self.curve.inverse_root_keep();
        } else {
            (self.floor, self.ceiling) = (0.0, f64::INFINITY);
        }
    }

    /// Books the change of reference prices since the last mark on everything that the pool holds, then marks anew.
    #[inline]
    pub fn mark(&mut self, ledger: &Ledger, base_usd: f64, quote_usd: f64) {
        let mut held = self.reserves(ledger);
        if self.keeps_fees_apart() {
            held.base += ledger.balance(self.purse, self.base);
            held.quote += ledger.balance(self.purse, self.quote);
        }
        self.flows.market_move +=
            held.base * (base_usd - self.mark_base_usd) + held.quote * (quote_usd - self.mark_quote_usd);
        (self.mark_base_usd, self.mark_quote_usd) = (base_usd, quote_usd);
    }

    /// Books one trade: the fee, and the pool's whole gain at reference prices, USD.
    #[inline]
    pub fn book(&mut self, fee_usd: f64, gain_usd: f64, taker: Taker) {
        self.flows.fees += fee_usd;
        match taker {
            Taker::Arbitrageur => self.flows.arbitrage_loss += fee_usd - gain_usd,
            Taker::Trader => self.flows.order_flow += gain_usd - fee_usd,
        }
    }

    /// Takes the flows that wait, and adds them to the totals.
    pub fn take_flows(&mut self) -> VenueFlows {
        let flows = std::mem::take(&mut self.flows);
        self.totals.market_move += flows.market_move;
        self.totals.fees += flows.fees;
        self.totals.arbitrage_loss += flows.arbitrage_loss;
        self.totals.order_flow += flows.order_flow;
        flows
    }

    /// Fees of the whole run so far, USD.
    #[must_use]
    pub fn fees_so_far_usd(&self) -> f64 {
        self.totals.fees + self.flows.fees
    }

    /// Loss versus rebalancing of the whole run so far, USD.
    #[must_use]
    pub fn lvr_so_far_usd(&self) -> f64 {
        self.totals.lvr() + self.flows.lvr()
    }
}
