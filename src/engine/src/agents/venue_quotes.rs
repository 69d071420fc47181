//! What the pools offer to one order, and what it would cost in one pool that holds everything.

use crate::world::{Books, Venue};
use portage_chain::Chain;
use portage_pools::router::{Leg, VenueQuote, best_pair, best_split};
use portage_pools::{Role, Side, Swap, VENUES_MAX};

/// The pools that an order can pass, with their gas: of at most `N` venues, so that the few pools of most scenarios take little
/// memory to fill and copy.
pub(super) struct VenueQuotes<'w, const N: usize> {
    books: &'w Books,
    /// By venue; a pool with nothing to give is among them and takes no part.
    list: [VenueQuote<'w>; N],
    count: usize,
    side: Side,
    /// USD per input token and per output token.
    usd_in: f64,
    usd_out: f64,
}

/// An order as the pools would fill it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled<const N: usize> {
    /// By venue; nothing where it is not used.
    pub swaps: [Swap; N],
    /// Received, whole tokens.
    pub out: f64,
    /// Pool fees, USD.
    pub fee_usd: f64,
    /// Gas of the venues used, USD.
    pub gas_usd: f64,
}

impl<'w, const N: usize> VenueQuotes<'w, N> {
    /// The pools of a world for an order on `side`, whose tokens are worth `usd_in` and `usd_out`.
    #[inline(always)]
    pub(super) fn open(books: &'w Books, side: Side, (usd_in, usd_out): (f64, f64)) -> Self {
        let per_gas =
            if books.chain(Chain::Home).gas.is_some() { books.gas_cost_usd(Chain::Home, 1) / usd_out } else { 0.0 };
        let list = std::array::from_fn(|index| {
            // Places beyond the last venue repeat the first one and are not counted.
            let venue = books.venues.get(index).unwrap_or(&books.venues[0]);
            let leg = match (venue.terms.pair, side) {
                (0, _) => Leg::Direct,
                // Pair 1 is base against the intermediate token, pair 2 the intermediate token against quote.
                (1, Side::SellBase) | (2, Side::BuyBase) => Leg::First,
                _ => Leg::Second,
            };
            let pool = if venue.is_halted() { &books.nothing } else { &venue.pool };
            VenueQuote { pool, direction: side.direction(), leg, gas: venue.terms.swap_gas as f64 * per_gas }
        });
        Self { books, list, count: books.venues.len(), side, usd_in, usd_out }
    }

    /// The pools of two chains, each with the gas of its own.
    #[inline(never)]
    pub(super) fn open_on_chains(books: &'w Books, side: Side, usd: (f64, f64)) -> Self {
        let mut offers = Self::open(books, side, usd);
        let far = books.venues.iter().enumerate().filter(|(_, venue)| venue.terms.chain == Chain::Destination);
        for (at, venue) in far {
            offers.list[at].leg = Leg::Direct;
            offers.list[at].gas = books.gas_cost_usd(Chain::Destination, venue.terms.swap_gas) / usd.1;
        }
        offers
    }

    #[inline]
    fn list(&self) -> &[VenueQuote<'w>] {
        &self.list[..self.count]
    }

    /// The best division over two pools in closed form; `None` where there is none.
    #[inline(always)]
    pub(super) fn best_of_two(&self, amount: f64) -> Option<Filled<N>> {
        let [first, second] = self.list() else { return None };
        let pair = best_pair(first, second, amount)?;
        let mut filled = Filled::nothing();
        (filled.swaps[0], filled.swaps[1]) = (pair.swaps[0], pair.swaps[1]);
        filled.out = pair.amount_out;
        filled.fee_usd = (pair.swaps[0].fee_in + pair.swaps[1].fee_in) * self.usd_in;
        filled.gas_usd = pair.gas * self.usd_out;
        Some(filled)
    }

    /// The best division over everything; `None` when the pools cannot fill it.
    pub(super) fn best(&self, amount: f64) -> Option<Filled<N>> {
        if let Some(filled) = self.best_of_two(amount) {
            return Some(filled);
        }
        self.divided(&best_split(self.list(), amount)?.inputs)
    }

    /// The best division over everything but the new pools; `None` when the others cannot fill it.
    #[inline(never)]
    pub(super) fn best_without_new(&self, amount: f64) -> Option<Filled<N>> {
        self.best_among(amount, |venue| venue.terms.role != Role::New)
    }

    /// The best division over the pools of one chain; `None` when they cannot fill it.
    #[inline(never)]
    pub(super) fn best_on(&self, amount: f64, chain: Chain) -> Option<Filled<N>> {
        self.best_among(amount, |venue| venue.terms.chain == chain)
    }

    #[inline(always)]
    fn best_among(&self, amount: f64, takes_part: impl Fn(&Venue) -> bool) -> Option<Filled<N>> {
        let (mut known, mut places, mut count) = (self.list, [0; N], 0);
        for (at, offer) in self.list().iter().enumerate() {
            if takes_part(&self.books.venues[at]) {
                (known[count], places[count]) = (*offer, at);
                count += 1;
            }
        }
        let split = best_split(&known[..count], amount)?;
        let mut inputs = [0.0; VENUES_MAX];
        for (at, input) in places[..count].iter().zip(split.inputs) {
            inputs[*at] = input;
        }
        self.divided(&inputs)
    }

    /// The order with these inputs by venue.
    fn divided(&self, inputs: &[f64; VENUES_MAX]) -> Option<Filled<N>> {
        let mut filled = Filled::nothing();
        for (at, offer) in self.list().iter().enumerate() {
            if inputs[at] > 0.0 {
                let swap = offer.pool.swap_exact_in(offer.direction, inputs[at])?;
                self.add(&mut filled, at, swap);
                filled.out += if offer.leg == Leg::First { 0.0 } else { swap.amount_out };
            }
        }
        Some(filled)
    }

    #[inline]
    fn add(&self, filled: &mut Filled<N>, at: usize, swap: Swap) {
        let (books, direction) = (self.books, self.list[at].direction);
        let usd = |coin: usize| books.prices_usd[books.venues[at].terms.coins.token(coin).index()];
        filled.fee_usd += swap.fee_in * usd(direction.coin_in) + swap.fee_out * usd(direction.coin_out);
        filled.gas_usd += self.list[at].gas * self.usd_out;
        filled.swaps[at] = swap;
    }

    /// The whole order in one pool, the one that gives most net of gas among those of the first role that fill it within
    /// the limit; where there is none, among those of the second, and so on.
    pub(super) fn direct(
        &self,
        amount: f64,
        roles: [Role; 3],
        within: impl Fn(&Filled<N>) -> bool,
    ) -> Option<Filled<N>> {
        roles.into_iter().find_map(|role| {
            let of_role = (0..self.count).filter(|at| self.books.venues[*at].terms.role == role);
            let filled = of_role.filter_map(|at| self.alone(at, amount)).filter(&within);
            filled.max_by(|a, b| (a.out * self.usd_out - a.gas_usd).total_cmp(&(b.out * self.usd_out - b.gas_usd)))
        })
    }

    fn alone(&self, at: usize, amount: f64) -> Option<Filled<N>> {
        let swap = self.list[at].pool.swap_exact_in(self.list[at].direction, amount)?;
        let mut filled = Filled { out: swap.amount_out, ..Filled::nothing() };
        self.add(&mut filled, at, swap);
        Some(filled)
    }

    /// What the order would bring, gas deducted, if all the liquidity stood in one pool, USD.
    ///
    /// Law: every curve is homogeneous in its balances, so that a pool scaled up by s gives s x out(amount / s). Each pool is
    /// scaled up to hold all the value and moved to the value-weighted mean price; the best of them is the measure. `None` where
    /// only hops lead from token to token.
    #[inline(always)]
    pub(super) fn whole_net_usd(&self, amount: f64) -> Option<f64> {
        self.whole_of_constant_products(amount).or_else(|| self.whole_of_any(amount))
    }

    /// Constant products are one another's scaled copies: their reserves are added up, with the best of their fees.
    #[inline(always)]
    fn whole_of_constant_products(&self, amount: f64) -> Option<f64> {
        let (mut reserve_in, mut reserve_out, mut keep, mut gas) = (0.0, 0.0, 0.0_f64, f64::INFINITY);
        for offer in self.list() {
            let segment = offer.pool.whole_segment()?;
            if offer.leg != Leg::Direct {
                return None;
            }
            if segment.liquidity <= 0.0 {
                continue;
            }
            let (own_in, own_out) = segment.in_out(self.side);
            (reserve_in, reserve_out) = (reserve_in + own_in, reserve_out + own_out);
            (keep, gas) = (keep.max(segment.keep), gas.min(offer.gas));
        }
        if reserve_in <= 0.0 {
            return None;
        }
        let kept = keep * amount;
        Some((reserve_out * kept / (reserve_in + kept) - gas) * self.usd_out)
    }

    #[inline(never)]
    fn whole_of_any(&self, amount: f64) -> Option<f64> {
        let direction = self.side.direction();
        let (mut values, mut spots) = ([0.0; N], [0.0; N]);
        let (mut total, mut live, mut sum) = (0.0, 0.0, 0.0);
        for (at, offer) in self.list().iter().enumerate().filter(|(_, offer)| offer.leg == Leg::Direct) {
            values[at] = self.books.venue_value_usd(&self.books.venues[at]);
            total += values[at];
            // A pool that has nothing to give has a price that nobody trades at.
            if values[at] > 0.0 && offer.pool.marginal(direction) > 0.0 {
                spots[at] = offer.pool.spot(direction);
                (live, sum) = (live + values[at], sum + values[at] * spots[at]);
            }
        }
        let (share, mean, mut best) = (1.0 / total, sum / live, None);
        for (at, offer) in self.list().iter().enumerate().filter(|(_, offer)| offer.leg == Leg::Direct) {
            if spots[at] <= 0.0 {
                continue;
            }
            let part = amount * values[at] * share;
            let out = match offer.pool.segment() {
                // A constant product scaled up and moved: out / spot = R_in k d / (R_in + k d / s).
                Some(segment) if segment.in_out(self.side).0 + segment.keep * part <= segment.end(self.side) => {
                    let reserve = segment.in_out(self.side).0;
                    reserve * segment.keep * amount / (reserve + segment.keep * part)
                }
                _ => match offer.pool.swap_exact_in(direction, part) {
                    Some(swap) => swap.amount_out / (values[at] * share * spots[at]),
                    None => continue,
                },
            };
            let net = (out * mean - offer.gas) * self.usd_out;
            best = Some(best.map_or(net, |best: f64| best.max(net)));
        }
        best
    }
}

impl<const N: usize> Filled<N> {
    const fn nothing() -> Self {
        Self { swaps: [Swap::NOTHING; N], out: 0.0, fee_usd: 0.0, gas_usd: 0.0 }
    }
}
