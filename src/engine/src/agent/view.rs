//! What an agent sees: the public state that the last block has confirmed, and what it has itself.

use super::{Position, Request};
use crate::agents::MarketView;
use crate::model::Model;
use crate::world::{Books, DEPTH_BAND, Venue};
use portage_base::ledger::{Account, Token};
use portage_base::units::Instant;
use portage_chain::Chain;
use portage_pools::{Role, Side};

/// The public state after the last confirmed block.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub(crate) model: &'a Model,
    pub(crate) books: &'a Books,
    pub(crate) market_view: &'a MarketView,
    /// The row of the agent among the holders.
    pub(crate) row: usize,
    /// Blocks that have been confirmed.
    pub(crate) blocks: u64,
}

/// One pool as everybody can see it.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolView<'a> {
    /// Its name in the scenario.
    pub name: &'a str,
    /// On which side of the migration it stands.
    pub role: Role,
    /// Whether nothing can happen in it now.
    pub is_halted: bool,
    /// Whether it takes deposits now.
    pub takes_deposits: bool,
    /// Its price, before fee, quote per base; 0 while it has none.
    pub spot: f64,
    /// What its reserves hold, whole tokens.
    pub reserves: Vec<(Token, f64)>,
    /// Value of its reserves at reference prices, USD.
    pub value_usd: f64,
    /// Value that a trade moves the price by 2 % for, both sides together, USD.
    pub depth_usd: f64,
    /// Price for a buyer of base less that for a seller, as a share of the spot price: twice the fee; 0 while nothing trades.
    pub spread: f64,
    /// Fees of the run so far, USD.
    pub fees_usd: f64,
}

impl<'a> View<'a> {
    /// Number of blocks that have been confirmed: 0 at the opening.
    #[must_use]
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Seconds since the start.
    #[must_use]
    pub const fn seconds(&self) -> f64 {
        self.books.seconds
    }

    /// The date (UTC).
    #[must_use]
    pub fn date(&self) -> Instant {
        self.model.grid.start.plus_seconds(self.books.seconds)
    }

    /// When the new version opens as planned, seconds since the start; the start itself without a migration.
    #[must_use]
    pub const fn opens(&self) -> f64 {
        self.model.calendar.opens
    }

    /// The announced deadline of the migration, seconds since the start.
    #[must_use]
    pub const fn deadline(&self) -> Option<f64> {
        self.model.calendar.deadline
    }

    /// The token of a name.
    #[must_use]
    pub fn token(&self, name: &str) -> Option<Token> {
        self.model.tokens.iter().position(|known| known == name).map(Token::new)
    }

    /// The reference price of a token, USD.
    #[must_use]
    pub fn price_usd(&self, token: Token) -> Option<f64> {
        self.books.prices_usd.get(token.index()).copied()
    }

    /// The gas price, gwei; 0 without a chain.
    #[must_use]
    pub fn gas_gwei(&self) -> f64 {
        self.books.chain(portage_chain::Chain::Home).price_gwei()
    }

    /// What a request would cost in gas at this price, USD; 0 for a pool that there is not.
    #[must_use]
    pub fn gas_usd(&self, request: &Request) -> f64 {
        self.books.venues.get(request.pool()).map_or(0.0, |venue| {
            self.books.gas_cost_usd(portage_chain::Chain::Home, gas_of(self.books, venue, request))
        })
    }

    /// Number of pools.
    #[must_use]
    pub const fn pools(&self) -> usize {
        self.books.venues.len()
    }

    /// The pool of a name.
    #[must_use]
    pub fn pool_named(&self, name: &str) -> Option<usize> {
        self.model.venues.iter().position(|venue| venue.name == name)
    }

    /// A pool.
    #[must_use]
    pub fn pool(&self, pool: usize) -> Option<PoolView<'a>> {
        let (venue, setup) = (self.books.venues.get(pool)?, self.model.venues.get(pool)?);
        let coins = venue.terms.coins;
        let (bid, ask) =
            (venue.pool.marginal(Side::SellBase.direction()), venue.pool.marginal(Side::BuyBase.direction()));
        let spot = venue.pool.spot(Side::SellBase.direction());
        Some(PoolView {
            name: &setup.name,
            role: venue.terms.role,
            is_halted: venue.is_halted(),
            takes_deposits: takes_deposits(self.market_view, venue, pool),
            spot,
            reserves: coins.list().iter().copied().zip(venue.reserves(&self.books.ledger)).collect(),
            value_usd: self.books.venue_value_usd(venue),
            depth_usd: venue.pool.depth(DEPTH_BAND) * self.books.pairs[venue.terms.pair].quote_usd,
            spread: if bid > 0.0 && ask > 0.0 { (1.0 / ask - bid) / spot } else { 0.0 },
            fees_usd: venue.fees_so_far_usd(),
        })
    }

    /// What a swap would bring in this state, whole tokens; `None` where the pool cannot fill it.
    #[must_use]
    pub fn quote(&self, pool: usize, pay: Token, get: Token, amount_in: f64) -> Option<f64> {
        let venue = self.books.venues.get(pool).filter(|venue| !venue.is_halted())?;
        let direction = venue.way_of(pay, get).filter(|_| amount_in.is_finite() && amount_in > 0.0)?;
        venue.pool.swap_exact_in(direction, amount_in).map(|swap| swap.amount_out)
    }

    /// The swap after which the pool's price, fee included, would be `price` (quote per base): what arbitrage against that price asks
    /// for, its minimum what it would bring in this state. `None` while the price stands between bid and ask of the pool.
    #[must_use]
    pub fn to_price(&self, pool: usize, price: f64) -> Option<Request> {
        let venue = self.books.venues.get(pool).filter(|venue| !venue.is_halted())?;
        let root = Some(price).filter(|price| price.is_finite() && *price > 0.0)?.sqrt();
        let side = if venue.is_below(root) {
            Side::BuyBase
        } else if venue.is_outside_band(root) {
            Side::SellBase
        } else {
            return None;
        };
        let (swap, direction) = (venue.pool.to_boundary(side, root)?, side.direction());
        let (pay, get) = (venue.terms.coins.token(direction.coin_in), venue.terms.coins.token(direction.coin_out));
        Some(Request::Swap { pool, pay, get, amount_in: swap.amount_in, min_out: swap.amount_out })
    }

    /// What the agent has on its account, whole tokens.
    #[must_use]
    pub fn balance(&self, token: Token) -> f64 {
        if token.index() < self.books.prices_usd.len() { self.books.ledger.balance(self.account(), token) } else { 0.0 }
    }

    /// Value of what the agent has on its account, at reference prices, USD.
    #[must_use]
    pub fn wallet_usd(&self) -> f64 {
        self.books.holders[self.row].wallet_usd(&self.books.ledger, &self.books.prices_usd)
    }

    /// The agent's liquidity.
    #[must_use]
    pub fn positions(&self) -> Vec<Position> {
        self.books.positions_of(self.row)
    }

    fn account(&self) -> Account {
        self.books.holders[self.row].wallet
    }
}

/// Gas units of a request.
pub(crate) fn gas_of(books: &Books, venue: &Venue, request: &Request) -> u64 {
    match request {
        Request::Swap { .. } => venue.terms.swap_gas,
        Request::Deposit { .. } => books.chain(portage_chain::Chain::Home).units.deposit,
        Request::Withdraw { .. } => books.chain(portage_chain::Chain::Home).units.withdraw,
    }
}

/// Whether a pool takes deposits of agents now: as it takes those of providers, where these can stand in it at all.
pub(crate) fn takes_deposits(market_view: &MarketView, venue: &Venue, pool: usize) -> bool {
    venue.terms.chain == Chain::Home
        && !venue.is_halted()
        && (!venue.terms.role.is_of_pair() || market_view.venues[pool].takes_deposits)
}
