//! What the pools offer to one order, and what it would cost in one pool that holds everything.

use crate::pools::router::{Leg, Offer, Split, best_split};
use crate::pools::{Pool, Role, Side, Swap, Way};
use crate::world::{Venue, World};

/// The pools that an order can pass, with their gas; at most `N`, so that the few pools of most scenarios take little memory to
/// fill and copy.
pub(super) struct Offers<'w, const N: usize> {
    world: &'w World,
    list: [Offer<'w>; N],
    /// Index of each offer's venue.
    venues: [usize; N],
    count: usize,
    side: Side,
    usd_out: f64,
}

/// An order as the pools would fill it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled<const N: usize> {
    /// By venue: the way and the swap.
    pub legs: [Option<(Way, Swap)>; N],
    /// Received, whole tokens.
    pub out: f64,
    /// Pool fees, USD.
    pub fee_usd: f64,
    /// Gas of the venues used, USD.
    pub gas_usd: f64,
}

impl<'w, const N: usize> Offers<'w, N> {
    /// The open pools of a world for an order on `side`, whose output is worth `usd_out` a token.
    #[inline]
    pub(super) fn open(world: &'w World, side: Side, usd_out: f64) -> Self {
        let first = &world.venues[0];
        let nothing = Offer { pool: &first.pool, way: side.way(), leg: Leg::Direct, gas: 0.0 };
        let mut offers = Self { world, list: [nothing; N], venues: [0; N], count: 0, side, usd_out };
        let per_gas = world.gas_cost_usd(1) / usd_out;
        for (index, venue) in world.venues.iter().enumerate().filter(|(_, venue)| venue.is_open()) {
            let leg = match (venue.terms.pair, side) {
                (0, _) => Leg::Direct,
                // Pair 1 is base against the intermediate token, pair 2 the intermediate token against quote.
                (1, Side::SellBase) | (2, Side::BuyBase) => Leg::First,
                _ => Leg::Second,
            };
            let gas = venue.terms.swap_gas as f64 * per_gas;
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
    pub(super) fn filled(&self, split: &Split) -> Option<Filled<N>> {
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
    pub(super) fn direct(
        &self,
        amount: f64,
        roles: [Role; 2],
        within: impl Fn(&Filled<N>) -> bool,
    ) -> Option<Filled<N>> {
        roles.into_iter().find_map(|role| {
            let of_role = (0..self.count).filter(|at| self.world.venues[self.venues[*at]].terms.role == role);
            let filled = of_role.filter_map(|at| self.alone(at, amount)).filter(&within);
            filled.max_by(|a, b| (a.out * self.usd_out - a.gas_usd).total_cmp(&(b.out * self.usd_out - b.gas_usd)))
        })
    }

    fn alone(&self, at: usize, amount: f64) -> Option<Filled<N>> {
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
        self.whole_of_constant_products(amount).or_else(|| self.whole_of_any(amount))
    }

    /// Constant products are one another's scaled copies: their reserves are added up, with the best of their fees.
    #[inline]
    fn whole_of_constant_products(&self, amount: f64) -> Option<f64> {
        let (mut reserve_in, mut reserve_out, mut keep, mut gas) = (0.0, 0.0, 0.0_f64, f64::INFINITY);
        for offer in self.list() {
            let Pool::ConstantProduct(pool) = offer.pool else { return None };
            if offer.leg != Leg::Direct {
                return None;
            }
            let segment = pool.segment();
            let (own_in, own_out) = segment.in_out(self.side);
            (reserve_in, reserve_out) = (reserve_in + own_in, reserve_out + own_out);
            (keep, gas) = (keep.max(segment.keep), gas.min(offer.gas));
        }
        let kept = keep * amount;
        Some((reserve_out * kept / (reserve_in + kept) - gas) * self.usd_out)
    }

    fn whole_of_any(&self, amount: f64) -> Option<f64> {
        let way = self.side.way();
        let (mut values, mut spots, mut total, mut sum) = ([0.0; N], [0.0; N], 0.0, 0.0);
        for (at, offer) in self.list().iter().enumerate().filter(|(_, offer)| offer.leg == Leg::Direct) {
            values[at] = self.world.venue_value_usd(&self.world.venues[self.venues[at]]);
            spots[at] = offer.pool.spot(way);
            (total, sum) = (total + values[at], sum + values[at] * spots[at]);
        }
        let (share, mut best) = (1.0 / total, None);
        for (at, offer) in self.list().iter().enumerate().filter(|(_, offer)| offer.leg == Leg::Direct) {
            let part = amount * values[at] * share;
            let out = match offer.pool.segment() {
                // A constant product scaled up and moved: out / spot = R_in k d / (R_in + k d / s).
                Some(segment) if segment.in_out(self.side).0 + segment.keep * part <= segment.end(self.side) => {
                    let reserve = segment.in_out(self.side).0;
                    reserve * segment.keep * amount / (reserve + segment.keep * part)
                }
                _ => match offer.pool.swap_exact_in(way, part) {
                    Some(swap) => swap.amount_out / (values[at] * share * spots[at]),
                    None => continue,
                },
            };
            let net = (out * sum * share - offer.gas) * self.usd_out;
            best = Some(best.map_or(net, |best: f64| best.max(net)));
        }
        best
    }
}

impl<const N: usize> Filled<N> {
    const fn nothing() -> Self {
        Self { legs: [None; N], out: 0.0, fee_usd: 0.0, gas_usd: 0.0 }
    }

    #[inline]
    fn add(&mut self, index: usize, venue: &Venue, world: &World, leg: (Way, Swap)) {
        let (way, swap) = leg;
        let usd = |coin: usize| world.prices_usd[venue.terms.coins.token(coin).index()];
        self.fee_usd += swap.fee_in * usd(way.pay) + swap.fee_out * usd(way.get);
        self.legs[index] = Some(leg);
    }
}
