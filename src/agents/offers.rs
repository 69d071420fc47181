//! What the pools offer to one order, and what it would cost in one pool that holds everything.

use crate::pools::router::{Leg, Offer, Split, best_split};
use crate::pools::{Role, Side, Swap, VENUES_MAX, Way};
use crate::world::{Venue, World};

/// The pools that an order can pass, with their gas.
pub(super) struct Offers<'w> {
    world: &'w World,
    list: [Offer<'w>; VENUES_MAX],
    /// Index of each offer's venue.
    venues: [usize; VENUES_MAX],
    count: usize,
    side: Side,
    usd_out: f64,
}

/// An order as the pools would fill it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    /// By venue: the way and the swap.
    pub legs: [Option<(Way, Swap)>; VENUES_MAX],
    /// Received, whole tokens.
    pub out: f64,
    /// Pool fees, USD.
    pub fee_usd: f64,
    /// Gas of the venues used, USD.
    pub gas_usd: f64,
}

impl<'w> Offers<'w> {
    /// The open pools of a world for an order on `side`, whose output is worth `usd_out` a token.
    #[inline]
    pub(super) fn open(world: &'w World, side: Side, usd_out: f64) -> Self {
        let first = &world.venues[0];
        let nothing = Offer { pool: &first.pool, way: side.way(), leg: Leg::Direct, gas: 0.0 };
        let mut offers = Self { world, list: [nothing; VENUES_MAX], venues: [0; VENUES_MAX], count: 0, side, usd_out };
        for (index, venue) in world.venues.iter().enumerate().filter(|(_, venue)| venue.is_open()) {
            let leg = match (venue.terms.pair, side) {
                (0, _) => Leg::Direct,
                // Pair 1 is base against the intermediate token, pair 2 the intermediate token against quote.
                (1, Side::SellBase) | (2, Side::BuyBase) => Leg::First,
                _ => Leg::Second,
            };
            let gas = world.gas_cost_usd(venue.terms.swap_gas) / usd_out;
            offers.list[offers.count] = Offer { pool: &venue.pool, way: side.way(), leg, gas };
            offers.venues[offers.count] = index;
            offers.count += 1;
        }
        offers
    }

    fn list(&self) -> &[Offer<'w>] {
        &self.list[..self.count]
    }

    /// The best division over everything.
    #[inline]
    pub(super) fn best(&self, amount: f64) -> Option<Split> {
        best_split(self.list(), amount)
    }

    /// The swaps of a division; `None` when a pool does not take its part.
    #[inline]
    pub(super) fn filled(&self, split: &Split) -> Option<Filled> {
        let mut filled = Filled::nothing();
        for (at, offer) in self.list().iter().enumerate() {
            let amount = split.inputs[at];
            if amount > 0.0 {
                let venue = &self.world.venues[self.venues[at]];
                let swap = offer.pool.swap_exact_in(offer.way, amount)?;
                filled.add(self.venues[at], venue, self.world, (offer.way, swap));
                filled.out += if offer.leg == Leg::First { 0.0 } else { swap.amount_out };
                filled.gas_usd += offer.gas * self.usd_out;
            }
        }
        Some(filled)
    }

    /// The whole order in one pool, the one that gives most net of gas among those of the first role that fill it within
    /// the limit; where there is none, among those of the second.
    pub(super) fn direct(&self, amount: f64, roles: [Role; 2], within: impl Fn(&Filled) -> bool) -> Option<Filled> {
        roles.into_iter().find_map(|role| {
            let of_role = (0..self.count).filter(|at| self.world.venues[self.venues[*at]].terms.role == role);
            let filled = of_role.filter_map(|at| self.alone(at, amount)).filter(&within);
            filled.max_by(|a, b| (a.out * self.usd_out - a.gas_usd).total_cmp(&(b.out * self.usd_out - b.gas_usd)))
        })
    }

    fn alone(&self, at: usize, amount: f64) -> Option<Filled> {
        let (offer, index) = (&self.list[at], self.venues[at]);
        let swap = offer.pool.swap_exact_in(offer.way, amount)?;
        let mut filled = Filled::nothing();
        filled.add(index, &self.world.venues[index], self.world, (offer.way, swap));
        (filled.out, filled.gas_usd) = (swap.amount_out, offer.gas * self.usd_out);
        Some(filled)
    }

    /// What the order would bring, gas deducted, if all the liquidity stood in one pool, USD.
    ///
    /// Law: every curve is homogeneous in its balances, so that a pool scaled up by s gives s x out(amount / s). Each pool is
    /// scaled up to hold all the value and moved to the value-weighted mean price; the best of them is the measure. `None` where
    /// only hops lead from token to token.
    #[inline]
    pub(super) fn whole_net_usd(&self, amount: f64) -> Option<f64> {
        let direct = || (0..self.count).filter(|at| self.list[*at].leg == Leg::Direct);
        let value = |at: usize| self.world.venue_value_usd(&self.world.venues[self.venues[at]]);
        let total: f64 = direct().map(value).sum();
        let way = self.side.way();
        let mean: f64 = direct().map(|at| value(at) * self.list[at].pool.spot(way)).sum::<f64>() / total;
        let best = direct().filter_map(|at| {
            let offer = &self.list[at];
            let scale = total / value(at);
            let swap = offer.pool.swap_exact_in(way, amount / scale)?;
            Some((swap.amount_out * scale * mean / offer.pool.spot(way) - offer.gas) * self.usd_out)
        });
        best.reduce(f64::max)
    }
}

impl Filled {
    const fn nothing() -> Self {
        Self { legs: [None; VENUES_MAX], out: 0.0, fee_usd: 0.0, gas_usd: 0.0 }
    }

    #[inline]
    fn add(&mut self, index: usize, venue: &Venue, world: &World, leg: (Way, Swap)) {
        let (way, swap) = leg;
        let usd = |coin: usize| world.prices_usd[venue.terms.coins.token(coin).index()];
        self.fee_usd += swap.fee_in * usd(way.pay) + swap.fee_out * usd(way.get);
        self.legs[index] = Some(leg);
    }
}
