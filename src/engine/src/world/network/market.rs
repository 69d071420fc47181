//! The pools as a market in which many sell at once.

use super::super::Books;
use portage_chain::Chain;
use portage_contagion::Market;
use portage_pools::router::{Leg, Split, VenueQuote, best_split};
use portage_pools::{Amounts, Booking, FlowLine, Pool, Side, VENUES_MAX};

/// Most of a pool that is redeemed: an empty one has no curve.
const REDEEMED_MAX: f64 = 0.999_999;

/// What a price after a sale is measured on, as a share of all base tokens that nodes could sell: well above the rounding of proceeds.
const STEP_SHARE: f64 = 1e-3;

/// Halvings in the search for the most that pools can take, where they cannot take everything: a millionth of a millionth.
const HALVINGS: u32 = 40;

/// The pools at home as they stand, or as arbitrage leaves them after a fall of the price. Asset 0 is the base of the pair, the others are
/// shares of pools: those that are sold are redeemed first, so that there is less to sell into. A halted pool is taken as it would go on: what
/// cannot be reached because of it is frozen at its owners, and a channel of its own.
#[derive(Debug, Clone)]
pub(super) struct PoolMarket {
    pools: Vec<Pool>,
    legs: Vec<Leg>,
    is_home: Vec<bool>,
    /// Pools whose shares are assets 1, 2, ...
    redeemed: Vec<Shares>,
    quote_usd: f64,
    nothing: Pool,
    /// Base tokens on which the price after a sale is measured.
    step: f64,
}

/// The shares of one pool.
#[derive(Debug, Clone)]
struct Shares {
    venue: usize,
    supply: f64,
    /// Base tokens in a share that can be sold at home.
    base: f64,
    /// What else is in a share, at reference prices, USD.
    other_usd: f64,
}

impl PoolMarket {
    /// The market now, or after the base has fallen by the share `price_drop`; `venues` are the pools whose shares nodes hold. Also returned are
    /// reference prices of all assets, USD a unit.
    pub(super) fn open(books: &Books, venues: &[usize], price_drop: f64) -> (Self, Vec<f64>) {
        let (base, _) = books.pair_tokens();
        let mut prices_usd = books.prices_usd.clone();
        for (token, price) in prices_usd.iter_mut().enumerate() {
            if books.home_token(portage_base::ledger::Token::new(token)) == base {
                *price *= 1.0 - price_drop;
            }
        }
        let pair = books.pair();
        let mut pools: Vec<Pool> = books.venues.iter().map(|venue| venue.pool.clone()).collect();
        let is_home = |venue: &super::super::Venue| venue.terms.chain == Chain::Home;
        if price_drop > 0.0 {
            for (pool, venue) in pools.iter_mut().zip(&books.venues).filter(|(_, venue)| is_home(venue)) {
                if venue.terms.pair < 2 {
                    let root = (books.pairs[venue.terms.pair].price * (1.0 - price_drop)).sqrt();
                    arbitrage(pool, root, venue.share_apart());
                }
            }
        }
        let leg = |venue: &super::super::Venue| match venue.terms.pair {
            0 => Leg::Direct,
            1 => Leg::First,
            _ => Leg::Second,
        };
        let mut reference = vec![prices_usd[base.index()]];
        let mut redeemed = Vec::with_capacity(venues.len());
        for &index in venues {
            let venue = &books.venues[index];
            let supply = venue.shares.max(f64::MIN_POSITIVE);
            let (mut in_base, mut other_usd) = (0.0, 0.0);
            for (token, amount) in venue.terms.coins.list().iter().zip(pools[index].balances()) {
                if *token == base {
                    in_base += amount / supply;
                } else {
                    other_usd += amount / supply * prices_usd[token.index()];
                }
            }
            reference.push(in_base * reference[0] + other_usd);
            redeemed.push(Shares { venue: index, supply, base: in_base, other_usd });
        }
        let market = Self {
            legs: books.venues.iter().map(leg).collect(),
            is_home: books.venues.iter().map(is_home).collect(),
            pools,
            redeemed,
            quote_usd: pair.quote_usd,
            nothing: books.nothing.clone(),
            step: 0.0,
        };
        (market, reference)
    }

    /// Tells the market how much nodes hold of each asset.
    pub(super) fn expect(&mut self, holdings: &[f64]) {
        self.step = STEP_SHARE * self.base_in(holdings);
    }

    /// Base tokens in what is sold.
    fn base_in(&self, sold: &[f64]) -> f64 {
        sold[0] + self.redeemed.iter().zip(&sold[1..]).map(|(shares, sold)| shares.base * sold).sum::<f64>()
    }

    /// What the base in `sold`, and `more` of it, bring after the shares in `sold` were redeemed, USD.
    fn proceeds_usd(&self, sold: &[f64], more: f64) -> f64 {
        let base = self.base_in(sold) + more;
        if base <= 0.0 {
            return 0.0;
        }
        let mut thinner: [Option<Pool>; VENUES_MAX] = [const { None }; VENUES_MAX];
        for (shares, sold) in self.redeemed.iter().zip(&sold[1..]).filter(|(_, sold)| **sold > 0.0) {
            let part = (sold / shares.supply).min(REDEEMED_MAX);
            let mut pool = self.pools[shares.venue].clone();
            let taken: Amounts = pool.balances().map(|balance| balance * part);
            pool.take(&taken);
            thinner[shares.venue] = Some(pool);
        }
        let offers: Vec<VenueQuote<'_>> = self
            .pools
            .iter()
            .enumerate()
            .map(|(index, pool)| {
                let pool = if self.is_home[index] { thinner[index].as_ref().unwrap_or(pool) } else { &self.nothing };
                let leg = if self.is_home[index] { self.legs[index] } else { Leg::Direct };
                VenueQuote { pool, direction: Side::SellBase.direction(), leg, gas: 0.0 }
            })
            .collect();
        sold_into(&offers, base).map_or(0.0, |split| split.amount_out * self.quote_usd)
    }

    /// Writes prices of all assets from that of the base.
    fn write(&self, base_usd: f64, prices: &mut [f64]) {
        prices[0] = base_usd;
        for (price, shares) in prices[1..].iter_mut().zip(&self.redeemed) {
            *price = shares.base * base_usd + shares.other_usd;
        }
    }
}

/// The split of as much of `amount` as the pools can take.
fn sold_into(offers: &[VenueQuote<'_>], amount: f64) -> Option<Split> {
    if let Some(split) = best_split(offers, amount) {
        return Some(split);
    }
    let (mut low, mut high, mut found) = (0.0, amount, None);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        match best_split(offers, middle) {
            Some(split) => (low, found) = (middle, Some(split)),
            None => high = middle,
        }
    }
    found
}

/// Brings a pool to a lower reference price as arbitrage does, as far as it pays.
fn arbitrage(pool: &mut Pool, root: f64, apart: f64) {
    if let Some(swap) = pool.to_boundary(Side::SellBase, root) {
        let booking = Booking { usd_in: 0.0, usd_out: 0.0, line: FlowLine::Arbitrage };
        pool.fill(Side::SellBase.direction(), &swap, apart, booking);
    }
}

impl Market for PoolMarket {
    fn assets(&self) -> usize {
        1 + self.redeemed.len()
    }

    fn average_usd(&self, sold: &[f64], prices: &mut [f64]) {
        let base = self.base_in(sold);
        if base > 0.0 {
            self.write(self.proceeds_usd(sold, 0.0) / base, prices);
        } else {
            self.marginal_usd(sold, prices);
        }
    }

    fn marginal_usd(&self, sold: &[f64], prices: &mut [f64]) {
        let base_usd = if self.step > 0.0 {
            (self.proceeds_usd(sold, self.step) - self.proceeds_usd(sold, 0.0)).max(0.0) / self.step
        } else {
            0.0
        };
        self.write(base_usd, prices);
    }
}
