//! Who owns what at the opening: the providers of one run are drawn and settled in the pools.

use super::classes::RangeMix;
use super::population::REVIEW_RATE_BOUNDS;
use crate::actions::Place;
use crate::pools::{COINS_MAX, Pool, Role, VENUES_MAX};
use crate::random::Stream;
use crate::world::{Holder, LpClass, Provider, RangeWidth, World};
use rand_distr::{Distribution, StandardNormal};

/// Draws that a class needs at the opening.
pub(super) struct Census<'a> {
    pub(super) seed: u64,
    pub(super) run: u64,
    pub(super) world: &'a mut World,
    pub(super) size_sd: f64,
    /// Liquidity of each pool that the population owns, USD.
    pub(super) tvl_usd: [f64; VENUES_MAX],
}

/// Streams of the traits of one group of providers: groups do not move each other's draws.
struct Traits {
    awareness: Stream,
    hands: Stream,
    pace: Stream,
    loyalty: Stream,
    widths: Stream,
    centres: Stream,
}

impl Traits {
    fn open(seed: u64, run: u64, group: &str) -> Self {
        let stream = |kind: &str| Stream::open(seed, run, &format!("providers/{kind}/{group}"));
        Self {
            awareness: stream("awareness"),
            hands: stream("hands"),
            pace: stream("pace"),
            loyalty: stream("loyalty"),
            widths: stream("widths"),
            centres: stream("centres"),
        }
    }

    /// A provider of value `opening_usd` at `place`, without shares.
    fn draw(&mut self, class: LpClass, mix: RangeMix, place: Place, opening_usd: f64) -> Provider {
        let pace: f64 = StandardNormal.sample(&mut self.pace);
        Provider {
            shares: 0.0,
            opening_usd,
            lot: 0,
            loyalty: self.loyalty.uniform() as f32,
            awareness: self.awareness.uniform() as f32,
            habit: self.hands.uniform() as f32,
            pace: pace as f32,
            width: mix.width(self.widths.uniform()),
            place,
            class,
            started_old: false,
            started_home: false,
            has_migrated: false,
            has_moved: false,
            is_waiting: false,
        }
    }
}

impl Census<'_> {
    pub(super) fn stream(&self, kind: &str, id: u32) -> Stream {
        Stream::open(self.seed, self.run, &format!("providers/{kind}/{id}"))
    }

    /// Settles `count` providers of a class in the pools, in proportion to their liquidity, holding `value_share` of each.
    pub(super) fn settle(&mut self, class: LpClass, value_share: f64, count: u32, mix: RangeMix) -> Vec<u32> {
        let total: f64 = self.tvl_usd.iter().sum();
        let first = self.world.providers.list.len() as u32;
        if count == 0 || value_share <= 0.0 || total <= 0.0 {
            return Vec::new();
        }
        let funded = || self.tvl_usd.into_iter().enumerate().filter(|(_, value)| *value > 0.0);
        let pools = funded().count();
        // Every funded pool has an owner: at least one provider each, even where the class should have fewer.
        let mut left = count.max(pools as u32);
        for (rank, (venue, value)) in funded().enumerate() {
            let later = (pools - rank - 1) as u32;
            let proportional = libm::round(f64::from(count) * value / total) as u32;
            let heads = if later == 0 { left } else { proportional.clamp(1, left - later) };
            left -= heads;
            self.settle_in((class, mix), venue, heads, value_share);
        }
        (first..self.world.providers.list.len() as u32).collect()
    }

    fn settle_in(&mut self, who: (LpClass, RangeMix), venue: usize, heads: u32, value_share: f64) {
        let (class, mix) = who;
        let group = format!("{}/{venue}", class.name());
        let sizes = self.sizes(heads, &group);
        let mut traits = Traits::open(self.seed, self.run, &group);
        let pool = &self.world.venues[venue];
        let (shares, is_old) = (pool.shares * value_share, pool.terms.role == Role::Old);
        let is_home = is_old || !self.world.venues.iter().any(|venue| venue.terms.role == Role::Old);
        let has_ranges = pool.lots.is_some();
        let value = self.tvl_usd[venue] * value_share;
        let holder = Holder::Class(class).index();
        for size in sizes {
            let mut provider = traits.draw(class, mix, Place::Pool(venue as u8), value * size);
            provider.started_old = is_old;
            provider.started_home = is_home;
            provider.shares = shares * size;
            let centre = traits.centres.uniform();
            if has_ranges {
                let ticks = self.ticks(venue, provider.width, centre);
                let (position, units) = self.world.endow_lot(holder, venue, ticks, value * size);
                (provider.lot, provider.shares) = (position as u32, units);
            }
            self.world.providers.admit(provider);
        }
        if !has_ranges {
            self.world.holders[holder].shares[venue] += shares;
        }
    }

    /// A range that was laid about an earlier price: the present one stands anywhere in it.
    fn ticks(&self, venue: usize, width: RangeWidth, centre: f64) -> (i32, i32) {
        let Pool::Concentrated(curve) = &self.world.venues[venue].pool else { return (0, 0) };
        let half = self.world.ranges.half_ticks(width);
        let offset = libm::round((2.0 * centre - 1.0) * f64::from(half)) as i32;
        self.world.ranges.ticks(width, curve.tick() + offset, curve.tick_spacing())
    }

    /// Lets mercenaries wait outside, with tokens in the proportion in which pools open; they come from the rest of the market.
    pub(super) fn arrive(&mut self, capital_usd: f64, count: u32, mix: RangeMix) -> Vec<u32> {
        let mut traits = Traits::open(self.seed, self.run, "mercenary/outside");
        let first = self.world.providers.list.len() as u32;
        let migrated = self.world.venues.iter().find(|venue| venue.is_migrated());
        let weights = migrated.map_or([0.0; COINS_MAX], crate::world::Venue::opening_weights);
        let coins = self.world.coins;
        let mut per_usd = [0.0; COINS_MAX];
        for (coin, token) in coins.list().iter().enumerate() {
            per_usd[coin] = weights[coin] / self.world.prices_usd[token.index()];
        }
        for size in self.sizes(count, "mercenary/outside") {
            let value = capital_usd * size;
            let provider = traits.draw(LpClass::Mercenary, mix, Place::Outside, value);
            self.world.providers.admit(provider);
            let id = self.world.providers.list.len() as u32 - 1;
            self.world.providers.carry(id, &per_usd.map(|amount| amount * value));
        }
        let wallet = self.world.holders[Holder::Class(LpClass::Mercenary).index()].wallet;
        for (coin, token) in coins.list().iter().enumerate() {
            self.world.ledger.endow(wallet, *token, per_usd[coin] * capital_usd);
        }
        (first..self.world.providers.list.len() as u32).collect()
    }

    /// Lognormal sizes that sum to one.
    fn sizes(&self, count: u32, group: &str) -> Vec<f64> {
        let mut stream = Stream::open(self.seed, self.run, &format!("providers/sizes/{group}"));
        let draws = (0..count).map(|_| {
            let normal: f64 = StandardNormal.sample(&mut stream);
            libm::exp(self.size_sd * normal)
        });
        let mut sizes: Vec<f64> = draws.collect();
        let total: f64 = sizes.iter().sum();
        for size in &mut sizes {
            *size /= total;
        }
        sizes
    }

    pub(super) fn rate(&self, ids: &[u32], per_day: f64, exponent: f64, rates: &mut Vec<(u32, f64)>) {
        let list = &self.world.providers.list;
        let mean = ids.iter().map(|&id| list[id as usize].opening_usd).sum::<f64>() / (ids.len().max(1)) as f64;
        let (least, most) = REVIEW_RATE_BOUNDS;
        rates.extend(ids.iter().map(|&id| {
            let relative = list[id as usize].opening_usd / mean;
            (id, per_day * libm::pow(relative, exponent).clamp(least, most))
        }));
    }
}
