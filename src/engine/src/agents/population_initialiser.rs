//! Who owns what at the opening: the providers of one run are drawn and settled in the pools.

use super::classes::{ClassesSpec, IntegratorClass, MercenaryClass, ProvidersSpec};
use super::decision_blocs::DecisionBlocs;
use super::widths::RangeMix;
use crate::world::{Books, Holder, LpClass, Provider, RangeWidth};
use portage_base::actions::Place;
use portage_base::random::Stream;
use portage_base::units::Span;
use portage_pools::{COINS_MAX, Role, VENUES_MAX};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Least and largest rate of reviews relative to the class's mean.
pub const REVIEW_RATE_BOUNDS: (f64, f64) = (0.1, 10.0);

/// Something that a provider does on a date of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrival {
    /// An integrator decides.
    Integrator(u32),
    /// A lock ends.
    Freed(u32),
    /// A withdrawal made by hand is deposited.
    Deposit(u32),
    /// Who follows others or its own clock tries again, as the new version had no room or stood still.
    Again(u32),
    /// Something happens to what is on the way to another chain.
    Message,
}

/// What the population finds at the opening.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// When the new pools open, seconds.
    pub opens_seconds: f64,
    /// What a move costs in gas, USD: by it the passive are held back.
    pub(crate) move_cost_usd: f64,
    /// Liquidity of each pool that the population owns, USD.
    pub tvl_usd: [f64; VENUES_MAX],
    /// Time between two observations, seconds.
    pub observation_seconds: f64,
    /// Observations of the run.
    pub observations: usize,
}

/// Draws that a class needs at the opening.
pub(super) struct PopulationInitialiser<'a> {
    pub(super) seed: u64,
    pub(super) run: u64,
    pub(super) books: &'a mut Books,
    pub(super) size_sd: f64,
    /// Liquidity of each pool that the population owns, USD.
    pub(super) tvl_usd: [f64; VENUES_MAX],
}

/// What the census leaves besides the providers themselves.
pub(super) struct Settled {
    /// Dates on which somebody does something, seconds.
    pub(super) arrivals: Vec<(f64, Arrival)>,
    /// Cumulative hazard at which each of the passive acts.
    pub(super) thresholds: Vec<(f64, u32)>,
    /// Reviews of each provider that reviews, per day.
    pub(super) rates: Vec<(u32, f64)>,
    /// Which integrators act together.
    pub(super) lumps: DecisionBlocs,
    /// The first of the locked, who come last.
    pub(super) first_locked: u32,
}

/// Streams of the traits of one group of providers: groups do not move each other's draws.
struct Traits {
    awareness: Stream,
    hands: Stream,
    pace: Stream,
    loyalty: Stream,
    widths: Stream,
    centres: Stream,
    favours: Stream,
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
            favours: stream("favours"),
        }
    }

    /// A provider of value `opening_usd` at `place`, without shares.
    fn draw(&mut self, class: LpClass, mix: RangeMix, place: Place, opening_usd: f64) -> Provider {
        let pace: f64 = StandardNormal.sample(&mut self.pace);
        Provider {
            shares: 0.0,
            opening_usd,
            shared_range: 0,
            loyalty: self.loyalty.uniform() as f32,
            awareness: self.awareness.uniform() as f32,
            propensity: self.hands.uniform() as f32,
            pace: pace as f32,
            favour: self.favours.uniform() as f32,
            entered: f32::NEG_INFINITY,
            rewards_usd: 0.0,
            width: mix.width(self.widths.uniform()),
            place,
            class,
            started_old: false,
            started_outside: place == Place::Outside,
            started_home: false,
            has_migrated: false,
            has_moved: false,
            is_waiting: false,
        }
    }
}

impl PopulationInitialiser<'_> {
    /// Settles every class in the pools, and the farmers' capital outside.
    pub(super) fn settle_all_holders(&mut self, spec: &ProvidersSpec, opening: &Opening) -> Settled {
        let classes = &spec.classes;
        let (mut arrivals, mut rates) = (Vec::new(), Vec::new());
        let integrators = classes.integrator.as_ref().map_or(0, |class| class.count);
        let others = f64::from(spec.count.saturating_sub(integrators));
        let heads = |share: f64| libm::round(share * others) as u32;
        let lumps = self.settle_integrators(classes.integrator.as_ref(), opening.opens_seconds, &mut arrivals);
        if let Some(class) = &classes.active {
            let ids = self.settle(LpClass::Active, class.value_share, heads(class.head_share), class.ranges);
            self.rate(&ids, class.reviews_per_day, class.size_exponent, &mut rates);
        }
        let thresholds = self.settle_passive(classes, heads, opening.move_cost_usd + spec.effort_usd);
        if let Some(class) = &classes.mercenary {
            let ids = self.settle_farmers(class);
            // Farmers live by lists of what pays: a new pool is no news to them.
            for &id in &ids {
                self.books.providers.list[id as usize].awareness = 0.0;
            }
            self.rate(&ids, class.reviews_per_day, 0.0, &mut rates);
        }
        let first_locked = self.books.providers.list.len() as u32;
        if let Some(class) = &classes.locked {
            let mut stream = Stream::open(self.seed, self.run, "providers/locks");
            let ids = self.settle(LpClass::Locked, class.value_share, heads(class.head_share), class.ranges);
            for id in &ids {
                let wait: f64 = Exp1.sample(&mut stream);
                arrivals.push((wait * class.freed_after.seconds(), Arrival::Freed(*id)));
            }
            self.rate(&ids, class.reviews_per_day, 0.0, &mut rates);
        }
        Settled { arrivals, thresholds, rates, lumps, first_locked }
    }

    /// Integrators, and when each or each lump decides first.
    fn settle_integrators(
        &mut self,
        class: Option<&IntegratorClass>,
        opens_seconds: f64,
        arrivals: &mut Vec<(f64, Arrival)>,
    ) -> DecisionBlocs {
        let ids = class
            .map_or(Vec::new(), |class| self.settle(LpClass::Integrator, class.value_share, class.count, class.ranges));
        let lumps = DecisionBlocs::assign(class, &ids, (self.seed, self.run));
        for (class, id) in class.iter().flat_map(|class| ids.iter().map(move |id| (class, *id))) {
            let stream = match lumps.of(id) {
                Some(lump) => self.stream("integrator lumps", lump as u32),
                None => self.stream("integrators", id),
            };
            arrivals.push((opens_seconds + lognormal(stream, class.delay, class.delay_sd), Arrival::Integrator(id)));
        }
        lumps
    }

    /// The passive, and the cumulative hazard at which each of them acts.
    fn settle_passive(
        &mut self,
        classes: &ClassesSpec,
        heads: impl Fn(f64) -> u32,
        move_cost_usd: f64,
    ) -> Vec<(f64, u32)> {
        let Some(class) = &classes.passive else { return Vec::new() };
        let mut thresholds = Vec::new();
        let mut stream = Stream::open(self.seed, self.run, "providers/passive");
        for id in self.settle(LpClass::Passive, class.value_share, heads(class.head_share), class.ranges) {
            let (never, draw): (f64, f64) = (stream.uniform(), Exp1.sample(&mut stream));
            let provider = &self.books.providers.list[id as usize];
            // Those who start in the new pool have nothing left to do.
            if never >= class.never_share && provider.started_old {
                let log_factor = class.cost_effect * move_cost_usd / provider.opening_usd;
                thresholds.push((draw * libm::exp((-log_factor).min(700.0)), id));
            }
        }
        thresholds
    }

    /// Farmers: those who are in the pools already and those who wait outside, their heads divided by what they hold.
    fn settle_farmers(&mut self, class: &MercenaryClass) -> Vec<u32> {
        let farmed = class.value_share * self.tvl_usd.iter().sum::<f64>();
        if farmed <= 0.0 {
            return self.arrive(class.capital_usd, class.count, class.ranges);
        }
        let inside = libm::round(f64::from(class.count) * farmed / (farmed + class.capital_usd)).max(1.0) as u32;
        let mut ids = self.settle(LpClass::Mercenary, class.value_share, inside, class.ranges);
        if class.capital_usd > 0.0 {
            let outside = class.count.saturating_sub(inside).max(1);
            ids.extend(self.arrive(class.capital_usd, outside, class.ranges));
        }
        ids
    }

    fn stream(&self, kind: &str, id: u32) -> Stream {
        Stream::open(self.seed, self.run, &format!("providers/{kind}/{id}"))
    }

    /// Settles `count` providers of a class in the pools, in proportion to their liquidity, holding `value_share` of each.
    fn settle(&mut self, class: LpClass, value_share: f64, count: u32, mix: RangeMix) -> Vec<u32> {
        let total: f64 = self.tvl_usd.iter().sum();
        let first = self.books.providers.list.len() as u32;
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
        (first..self.books.providers.list.len() as u32).collect()
    }

    fn settle_in(&mut self, who: (LpClass, RangeMix), venue: usize, heads: u32, value_share: f64) {
        let (class, mix) = who;
        let group = format!("{}/{venue}", class.name());
        let sizes = self.sizes(heads, &group);
        let mut traits = Traits::open(self.seed, self.run, &group);
        let pool = &self.books.venues[venue];
        let pledged = self.books.holders[Holder::Rest.index()].shares[venue];
        let (shares, is_old) = ((pool.shares - pledged) * value_share, pool.terms.role == Role::Old);
        let is_home = is_old || !self.books.venues.iter().any(|venue| venue.terms.role == Role::Old);
        let has_ranges = pool.shared_ranges.is_some();
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
                let (position, units) = self.books.endow_shared_range(holder, venue, ticks, value * size);
                (provider.shared_range, provider.shares) = (position as u32, units);
            }
            self.books.providers.admit(provider);
        }
        if !has_ranges {
            self.books.holders[holder].shares[venue] += shares;
        }
    }

    /// A range that was laid about an earlier price: the present one stands anywhere in it.
    fn ticks(&self, venue: usize, width: RangeWidth, centre: f64) -> (i32, i32) {
        let Some(curve) = self.books.venues[venue].pool.ranges() else { return (0, 0) };
        let half = self.books.ranges.half_ticks(width);
        let offset = libm::round((2.0 * centre - 1.0) * f64::from(half)) as i32;
        self.books.ranges.ticks(width, curve.tick() + offset, curve.tick_spacing())
    }

    /// Lets mercenaries wait outside, with tokens in the proportion in which pools open; they come from the rest of the market.
    fn arrive(&mut self, capital_usd: f64, count: u32, mix: RangeMix) -> Vec<u32> {
        let mut traits = Traits::open(self.seed, self.run, "mercenary/outside");
        let first = self.books.providers.list.len() as u32;
        let migrated = self.books.venues.iter().find(|venue| venue.is_migrated());
        let weights = migrated.map_or([0.0; COINS_MAX], crate::world::Venue::opening_weights);
        let coins = self.books.coins;
        let mut per_usd = [0.0; COINS_MAX];
        for (coin, token) in coins.list().iter().enumerate() {
            per_usd[coin] = weights[coin] / self.books.prices_usd[token.index()];
        }
        for size in self.sizes(count, "mercenary/outside") {
            let value = capital_usd * size;
            let provider = traits.draw(LpClass::Mercenary, mix, Place::Outside, value);
            self.books.providers.admit(provider);
            let id = self.books.providers.list.len() as u32 - 1;
            self.books.providers.carry(id, &per_usd.map(|amount| amount * value));
        }
        let wallet = self.books.holders[Holder::Class(LpClass::Mercenary).index()].wallet;
        for (coin, token) in coins.list().iter().enumerate() {
            self.books.ledger.endow(wallet, *token, per_usd[coin] * capital_usd);
        }
        (first..self.books.providers.list.len() as u32).collect()
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

    fn rate(&self, ids: &[u32], per_day: f64, exponent: f64, rates: &mut Vec<(u32, f64)>) {
        let list = &self.books.providers.list;
        let mean = ids.iter().map(|&id| list[id as usize].opening_usd).sum::<f64>() / (ids.len().max(1)) as f64;
        let (least, most) = REVIEW_RATE_BOUNDS;
        rates.extend(ids.iter().map(|&id| {
            let relative = list[id as usize].opening_usd / mean;
            (id, per_day * libm::pow(relative, exponent).clamp(least, most))
        }));
    }
}

fn lognormal(mut stream: Stream, median: Span, sd: f64) -> f64 {
    let normal: f64 = StandardNormal.sample(&mut stream);
    median.seconds() * libm::exp(sd * normal)
}
