//! What a liquidity provider sees: figures of the last confirmed state, posted once an observation.

use super::crossing_terms::CrossingTerms;
use super::reward_quotes::RewardQuote;
use crate::world::{Books, RangeWidth, Venue};
use portage_base::actions::Place;
use portage_base::units::{DAYS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_YEAR};
use portage_chain::Chain;
use portage_incentives::PROGRAMMES_MAX;
use portage_migration::{STEPS, Step};
use portage_pools::{Role, VENUES_MAX, range_efficiency, time_in_range};

/// Weight of the pair's mean fee yield in the belief about one pool, as a share of the pair's liquidity: a pool much
/// thinner than this is judged by the pair, not by its own few trades.
pub const PRIOR_WEIGHT: f64 = 0.01;

/// Time over which a provider thinks ahead of whether the price will stay in a range, days: the life of a position that is looked
/// after now and then.
pub const RANGE_OUTLOOK_DAYS: f64 = 30.0;

/// Weight of what was seen lately in the variance that is expected ahead: shocks to volatility fade by 3 % a day, and over the two
/// months of a provider's horizon half of one is left on average (GARCH(1,1) of daily returns; judgement).
pub const OBSERVED_WEIGHT: f64 = 0.5;

/// What a provider that has heard of it expects to lose per year by staying in an old version whose support ends: trading venues,
/// governance and development go, and with them the use and the price of what stays. A hazard of 0.5 a year at a loss of 0.6; anything
/// well above inertia (0-10 % a year) moves all whose position is worth the cost (judgement).
pub const UNSUPPORTED_LOSS: f64 = 0.3;

/// Time over which observed fee yields and variances fade to 1/e: dashboards show some days, not one hour.
pub const MEMORY_SECONDS: f64 = 3.0 * SECONDS_PER_DAY;

/// What is known of one pool.
///
/// Yields are per value at work: the value of a constant product with the pool's liquidity about the price. Of a pool of
/// shares that is its value, times its convexity for the LVR; of a range it is the range's value times its efficiency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VenueView {
    /// Whether it takes deposits now.
    pub takes_deposits: bool,
    /// Whether it can be entered by a pledge now.
    pub(crate) takes_pledges: bool,
    /// Whether liquidity can leave it for the new pools.
    pub(crate) is_old: bool,
    /// Whether providers' liquidity can stand there: it trades the pair.
    pub is_of_pair: bool,
    /// Whether one token is held there: the yield is known and the same for everybody, and nothing is lost to rebalancing.
    pub is_holding: bool,
    /// Whether it is another protocol's: known without news of the migration.
    pub is_rival: bool,
    /// Of an old pool, the new one whose fee is nearest; of a new one, itself.
    pub same_fee: Option<u8>,
    /// Value of its reserves, USD.
    pub value_usd: f64,
    /// Value at work, USD.
    pub at_work_usd: f64,
    /// Value of one share, USD; 0 in a pool of ranges.
    pub(crate) value_per_share: f64,
    /// Value at work per value of a position freshly opened about the price, by width of its range.
    pub efficiency: [f64; 3],
    /// Share of the time ahead that such a range is expected to hold the price.
    pub(crate) time_in_range: [f64; 3],
    /// LVR per value at work and unit of variance: 1/8 for a constant product.
    pub(crate) lvr_per_variance: f64,
    /// Expected fee yield, per year.
    pub fee_apr: f64,
    /// What the rewards yield to the liquidity that is paid now, per year and value at work; terms of a programme that only
    /// concern some addresses are left out.
    pub(crate) reward_yield: f64,
    /// Expected loss from failure, per year.
    pub(crate) failure_loss: f64,
    /// ln(1 + number of providers there).
    pub(crate) log_heads: f64,
    fee_ewma: f64,
    /// Fees after the protocol's share up to the last posting, USD: a changed share re-states it.
    pub fees_seen_usd: f64,
}

/// The board.
#[derive(Debug, Clone, Default)]
pub struct MarketView {
    /// Expected loss from failure of each pool per year, as providers see it now.
    pub perceived_loss: [f64; VENUES_MAX],
    /// One entry a pool.
    pub venues: [VenueView; VENUES_MAX],
    /// Number of pools.
    pub count: usize,
    /// What each programme offers; the first `offered` are there.
    pub offers: [RewardQuote; PROGRAMMES_MAX],
    /// Number of programmes.
    pub offered: usize,
    /// Whether everybody knows the hazards of the pools: they are news only where a migration is.
    pub(crate) hazards_are_known: bool,
    /// Whether leaving or moving can cost a penalty.
    pub(crate) has_penalties: bool,
    /// The first old pool: positions are pledged from there.
    pub old: usize,
    /// Variance of the log price that is expected ahead, per year: half of what was seen lately, half of what is usual.
    pub variance: f64,
    seen_variance: f64,
    usual_variance: f64,
    /// Share of providers that know of the migration.
    pub informed: f64,
    /// Value at work that a belief about one pool borrows from the pair, USD.
    pub(crate) prior_usd: f64,
    /// Largest value at work per value that a position can have, by width of its range, time outside it deducted; at least 1.
    pub(crate) yield_scale: [f64; 3],
    /// Share of providers that move only into the new pool with the fee that they know.
    pub keeps_tier_share: f64,
    /// Whether a token is converted that yields nothing wherever it is held.
    pub is_conversion: bool,
    /// What providers expect to lose by staying in an old version that its makers no longer support, per year; 0 while they do.
    pub unsupported_loss: f64,
    /// Gas of each step, USD: migrate, withdraw, deposit, pledge, deposit and pledge, unpledge and withdraw, re-centre.
    pub(super) gas_usd: [f64; STEPS],
    /// What moving between two chains costs, where there are two.
    pub(super) crossing: Option<Box<CrossingTerms>>,
    log_price: f64,
    seconds: f64,
}

impl MarketView {
    /// A board that expects `variance` per year until it has seen better.
    #[must_use]
    pub fn new(books: &Books, old: usize, variance: f64) -> Self {
        let log_price = libm::log(books.pair().price);
        Self {
            count: books.venues.len(),
            old,
            variance,
            seen_variance: variance,
            usual_variance: variance,
            yield_scale: [1.0; 3],
            is_conversion: books.venues.iter().all(|venue| venue.pool.yield_rate() == Some(0.0)),
            has_penalties: books.late_penalty.is_some()
                || books.programmes.iter().any(|programme| programme.terms.spec.lock.is_some()),
            crossing: CrossingTerms::read(books).map(Box::new),
            log_price,
            ..Self::default()
        }
    }

    /// Lets providers expect `apr` of fees per year on the value of the pools until they have seen better: the same per value
    /// at work in every pool.
    pub(crate) fn expect_fees(&mut self, apr: f64, books: &Books) {
        let (mut value, mut at_work, variance) = (0.0, 0.0, self.variance);
        for (entry, venue) in
            self.venues.iter_mut().zip(&books.venues).filter(|(_, venue)| venue.terms.role.is_of_pair())
        {
            entry.observe_pool(books, venue, variance);
            (value, at_work) = (value + entry.value_usd, at_work + entry.at_work_usd);
        }
        for entry in &mut self.venues {
            entry.fee_ewma = if at_work > 0.0 { apr * value / at_work } else { apr };
        }
    }

    /// Seconds since the start at the last posting.
    #[must_use]
    pub(crate) const fn posted_seconds(&self) -> f64 {
        self.seconds
    }

    /// Gas of `step` at the posted price, USD.
    #[inline]
    #[must_use]
    pub const fn gas_usd(&self, step: Step) -> f64 {
        self.gas_usd[step as usize]
    }

    /// Posts the state of the world.
    pub(crate) fn post(&mut self, books: &Books) {
        let elapsed = books.seconds - self.seconds;
        if elapsed > 0.0 {
            self.observe_variance(books, elapsed);
        }
        self.observe_fees(books, elapsed);
        for (venue, entry) in self.venues.iter_mut().enumerate().take(self.count) {
            entry.failure_loss = self.perceived_loss[venue] + if entry.is_old { self.unsupported_loss } else { 0.0 };
            entry.log_heads = libm::log1p(f64::from(books.providers.heads[venue]));
            entry.reward_yield = 0.0;
        }
        self.offered = books.programmes.len();
        for (index, programme) in books.programmes.iter().enumerate() {
            let entry = &mut self.venues[programme.terms.venue];
            let offer = RewardQuote::read(books, index, entry.fee_apr, (entry.value_usd, entry.at_work_usd));
            entry.reward_yield += offer.usd_per_year / offer.shared_by_usd;
            self.offers[index] = offer;
        }
        for step in Step::ALL {
            self.gas_usd[step as usize] = books.gas_cost_usd(Chain::Home, step.gas(&books.chain(Chain::Home).units));
        }
        if let Some(crossing) = &mut self.crossing {
            if let Some(terms) = CrossingTerms::read(books) {
                **crossing = terms;
            }
            self.gas_usd[Step::Migrate as usize] = crossing.there_usd();
        }
        self.seconds = books.seconds;
    }

    /// Gas of a move at posted prices, USD: of all its transactions, and of the first one.
    #[inline]
    #[must_use]
    pub(crate) fn gas_of(&self, from: Place, to: Place, step: Step) -> (f64, f64) {
        let crossing = self.crossing.as_ref();
        crossing.map_or((self.gas_usd(step), self.gas_usd(step)), |crossing| {
            (crossing.gas_usd(from, to, step), crossing.first_gas_usd(from, to, step))
        })
    }

    fn observe_variance(&mut self, books: &Books, elapsed: f64) {
        let log_price = libm::log(books.pair().price);
        let sample = (log_price - self.log_price) * (log_price - self.log_price) * SECONDS_PER_YEAR / elapsed;
        self.log_price = log_price;
        let keep = libm::exp(-elapsed / MEMORY_SECONDS);
        self.seen_variance = self.seen_variance * keep + sample * (1.0 - keep);
        self.variance = OBSERVED_WEIGHT * self.seen_variance + (1.0 - OBSERVED_WEIGHT) * self.usual_variance;
    }

    fn observe_fees(&mut self, books: &Books, elapsed: f64) {
        let keep = libm::exp(-elapsed / MEMORY_SECONDS);
        let weight = 1.0 - keep;
        let (mut fees, mut at_work, variance) = (0.0, 0.0, self.variance);
        for (entry, venue) in self.venues.iter_mut().zip(&books.venues) {
            let before = entry.at_work_usd;
            entry.observe_pool(books, venue, variance);
            let so_far = venue.fees_so_far_usd() * (1.0 - venue.terms.protocol_share);
            let between = 0.5 * (before + entry.at_work_usd);
            if elapsed > 0.0 && between > 0.0 {
                let yearly = (so_far - entry.fees_seen_usd) / between * SECONDS_PER_YEAR / elapsed;
                entry.fee_ewma += (yearly - entry.fee_ewma) * weight;
            }
            entry.fees_seen_usd = so_far;
            if venue.terms.role.is_of_pair() {
                fees += entry.fee_ewma * entry.at_work_usd;
                at_work += entry.at_work_usd;
            }
        }
        let mean = if at_work > 0.0 { fees / at_work } else { 0.0 };
        let prior = PRIOR_WEIGHT * at_work;
        self.prior_usd = prior;
        self.yield_scale = [1.0; 3];
        for entry in self.venues.iter().take(self.count).filter(|entry| entry.is_of_pair) {
            for (width, scale) in self.yield_scale.iter_mut().enumerate() {
                *scale = scale.max(entry.efficiency[width] * entry.time_in_range[width]);
            }
        }
        for (entry, venue) in self.venues.iter_mut().zip(&books.venues) {
            if let Some(yield_rate) = venue.pool.yield_rate() {
                entry.fee_apr = yield_rate;
                continue;
            }
            let weight = entry.at_work_usd + prior;
            entry.fee_apr =
                if weight > 0.0 { (entry.fee_ewma * entry.at_work_usd + mean * prior) / weight } else { 0.0 };
        }
    }

    /// Expected loss from failure of the pool in which liquidity at `place` stands, per year.
    #[must_use]
    pub(crate) fn failure_loss_at(&self, place: Place) -> f64 {
        place.pool().map_or(0.0, |venue| self.venues[venue].failure_loss)
    }

    /// Value of a provider's liquidity at posted figures, USD, and the value at work in it.
    #[inline]
    #[must_use]
    pub fn value_usd(&self, id: u32, books: &Books) -> (f64, f64) {
        let provider = &books.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else {
            let carried = books.providers.carried(id);
            return (books.coins.value_usd(&carried, &books.prices_usd), 0.0);
        };
        let entry = &self.venues[venue];
        let Some(curve) = books.venues[venue].pool.ranges() else {
            let value = provider.shares * entry.value_per_share;
            return (value, value);
        };
        let position = provider.shared_range as usize;
        if provider.shares <= 0.0 {
            return (0.0, 0.0);
        }
        let held = curve.held(position);
        let part = provider.shares / curve.liquidity_of(position);
        let pair = books.pairs[books.venues[venue].terms.pair];
        let value = part * pair.value_usd(held);
        let at_work =
            if curve.is_in_range(position) { 2.0 * provider.shares * curve.root() * pair.quote_usd } else { 0.0 };
        (value, at_work)
    }

    /// How much more the best new pool yields than the best old one, to a wide range or a share, per year.
    #[must_use]
    pub fn yield_gap(&self, books: &Books) -> f64 {
        let best = |role: Role| {
            let venues = books.venues.iter().enumerate().filter(|(_, venue)| venue.terms.role == role);
            venues.map(|(index, _)| self.net_yield(index, RangeWidth::Wide)).fold(f64::NEG_INFINITY, f64::max)
        };
        best(Role::New) - best(Role::Old)
    }

    /// Expected yield of a position in a pool with ranges of `width`, per year: fees and rewards less LVR.
    #[must_use]
    pub(crate) fn net_yield(&self, venue: usize, width: RangeWidth) -> f64 {
        let entry = &self.venues[venue];
        entry.efficiency[width as usize]
            * entry.time_in_range[width as usize]
            * (entry.fee_apr + entry.reward_yield - self.variance * entry.lvr_per_variance)
    }

    /// The new pool that a provider with ranges of `width` in pool `from` would rather be in: the one with the fee that it
    /// knows when it keeps to it, else the one with the best yield; `None` without a new pool that takes liquidity.
    #[must_use]
    pub(crate) fn best_new(&self, from: Option<usize>, width: RangeWidth, keeps_fee: bool) -> Option<usize> {
        if let Some(same) = from.and_then(|from| self.venues[from].same_fee).filter(|_| keeps_fee) {
            return Some(usize::from(same));
        }
        let takes = |entry: &VenueView| entry.is_new() && (entry.takes_deposits || entry.takes_pledges);
        let new = (0..self.count).filter(|venue| takes(&self.venues[*venue]));
        new.max_by(|a, b| self.net_yield(*a, width).total_cmp(&self.net_yield(*b, width)))
    }
}

impl VenueView {
    /// Whether it belongs to the new version.
    #[inline]
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_of_pair && !self.is_old && !self.is_rival
    }

    /// Reads what a pool holds, how much of it is at work, and how strongly.
    fn observe_pool(&mut self, books: &Books, venue: &Venue, variance: f64) {
        let pair = books.pairs[venue.terms.pair];
        self.value_usd = books.venue_value_usd(venue);
        self.value_per_share = if venue.shares > 0.0 { self.value_usd / venue.shares } else { 0.0 };
        (self.efficiency, self.time_in_range) = ([1.0; 3], [1.0; 3]);
        self.at_work_usd = self.value_usd;
        self.is_holding = venue.is_holding();
        if self.is_holding {
            self.lvr_per_variance = 0.0;
            return;
        }
        if let Some(curve) = venue.pool.ranges() {
            self.at_work_usd = 2.0 * curve.liquidity() * curve.root() * pair.quote_usd;
            let half = |width: RangeWidth| books.ranges.half_width(width, curve.tick(), curve.tick_spacing());
            let years = RANGE_OUTLOOK_DAYS / DAYS_PER_YEAR;
            self.efficiency = RangeWidth::ALL.map(|width| range_efficiency(half(width)));
            self.time_in_range = RangeWidth::ALL.map(|width| time_in_range(half(width), variance, years));
        }
        self.lvr_per_variance = venue.pool.lvr_per_variance(self.at_work_usd, pair.quote_usd);
    }
}
