//! What stands in the reserves is worth: by the oracles, and truly.

use super::{LendingMarket, ReserveAsset, ReserveLink};
use crate::world::{Books, Readings};
use portage_credit::lending::ReservePrices;
use portage_pools::COINS_MAX;

/// By how much the price is thought to fall where the volume of forced sales is asked for, log units. Reason: enough that some borrowers are
/// reached in small populations, little enough to be a slope.
const PROBE_FALL: f64 = 0.05;

impl ReserveLink {
    /// What one unit of the reserve is worth by its oracle, and truly, USD.
    #[must_use]
    pub fn price(&self, books: &Books, readings: &Readings) -> (f64, f64) {
        match self.asset {
            ReserveAsset::Token(token) => {
                let truly = books.prices_usd[token.index()];
                (self.oracle.map_or(truly, |oracle| readings.usd(oracle)), truly)
            }
            ReserveAsset::Liquidity(opened) => {
                let venue = books.holds_shares_of(opened);
                let base_usd = self.oracle.map_or(books.pair().base_usd, |oracle| readings.usd(oracle));
                (books.fair_share_usd(venue, base_usd), books.redeemed_share_usd(venue))
            }
        }
    }
}

impl Books {
    /// The pool in which the shares of pool `opened` stand now: the version into which it was taken over as a whole, or itself.
    pub(super) fn holds_shares_of(&self, opened: usize) -> usize {
        let rest = crate::world::Holder::Rest.index();
        if self.venues[opened].shares > 0.0 || !self.venues[opened].is_migrated() {
            return opened;
        }
        (0..self.venues.len())
            .find(|&venue| self.venues[venue].is_migrated() && self.holders[rest].shares[venue] > 0.0)
            .unwrap_or(opened)
    }

    /// The fair value of a share of a pool with the base of the pair at `base_usd`: what it would be worth had arbitrage brought the pool
    /// to that price. A swap cannot move it, as it can what a share redeems for.
    fn fair_share_usd(&self, venue: usize, base_usd: f64) -> f64 {
        let pool = &self.venues[venue];
        if pool.shares <= 0.0 {
            return 0.0;
        }
        let coins = pool.terms.coins.list();
        let mut prices = [0.0; COINS_MAX];
        for (price, token) in prices.iter_mut().zip(coins) {
            *price = self.prices_usd[token.index()];
        }
        prices[0] = base_usd;
        pool.pool.fair_share(&prices[..coins.len()], pool.shares)
    }

    /// What a share of a pool redeems for, at true prices.
    fn redeemed_share_usd(&self, venue: usize) -> f64 {
        let pool = &self.venues[venue];
        if pool.shares > 0.0 { self.venue_value_usd(pool) / pool.shares } else { 0.0 }
    }
}

impl LendingMarket {
    /// How far the pools' liquidity stands above the level below which liquidations feed on themselves.
    ///
    /// Law: with rho USD force-sold per unit of -ln P and an impact of lambda per USD sold, a fall of the price is multiplied by rho
    /// lambda; TVL / TVL* = 1 / (rho lambda), which is c TVL / (4 rho) for pools c times as deep as a constant product. Infinite where
    /// nobody would have to sell; 0 where nobody buys. Source: derived.
    pub(super) fn spiral_margin(&self, books: &Books) -> f64 {
        let rate = self.forced_sales_usd(books) / PROBE_FALL;
        if rate <= 0.0 {
            return f64::INFINITY;
        }
        // What sells within the band moves the price by its lower half.
        let band = crate::world::DEPTH_BAND;
        let open = books.venues.iter().filter(|venue| venue.terms.pair == 0 && !venue.is_halted() && venue.is_open());
        let bids: f64 = open
            .map(|venue| {
                let direction = portage_pools::Side::SellBase.direction();
                let spot = venue.pool.spot(direction);
                let sold = venue.pool.input_to_marginal(direction, venue.pool.marginal(direction) * (1.0 - band));
                if sold.is_finite() { sold * spot * books.pair().quote_usd } else { 0.0 }
            })
            .sum();
        let impact = -libm::log1p(-band) / bids;
        if impact.is_finite() { 1.0 / (rate * impact) } else { 0.0 }
    }

    /// What would be seized and sold if the base of the pair fell by a twentieth (log), beyond what can be liquidated already, USD.
    fn forced_sales_usd(&self, books: &Books) -> f64 {
        let base = books.coins.token(0);
        let fallen = libm::exp(-PROBE_FALL);
        let mut prices = self.oracle_usd;
        for (price, link) in prices.iter_mut().zip(&self.links) {
            match link.asset {
                ReserveAsset::Token(token) if token == base => *price *= fallen,
                ReserveAsset::Liquidity(_) => *price *= libm::exp(-PROBE_FALL / 2.0),
                ReserveAsset::Token(_) => {}
            }
        }
        seizable_usd(self, &prices) - seizable_usd(self, &self.oracle_usd)
    }
}

/// What can be seized of all positions at `prices` by the oracles, USD. Looks at everybody.
fn seizable_usd(one: &LendingMarket, prices: &ReservePrices) -> f64 {
    let of_position = |id: u32| {
        let proposal = one.market.proposal(id, prices)?;
        Some(proposal.repay_max * proposal.seized_per_repaid * prices[proposal.collateral])
    };
    (0..one.market.positions() as u32).filter_map(of_position).sum()
}
