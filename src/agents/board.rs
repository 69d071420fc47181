//! What a liquidity provider sees: figures of the last confirmed state, posted once an observation.

use crate::actions::VENUES_MAX;
use crate::migration::Step;
use crate::units::{SECONDS_PER_DAY, SECONDS_PER_YEAR};
use crate::world::{Provider, World};

/// Weight of the pair's mean fee yield in the belief about one pool, as a share of the pair's liquidity: a pool much
/// thinner than this is judged by the pair, not by its own few trades.
pub const PRIOR_WEIGHT: f64 = 0.01;

/// Liquidity that rewards are taken to be shared by at least, USD: nobody expects more than the whole of a programme.
const LEAST_REWARDED_USD: f64 = 1.0;

/// Time over which observed fee yields and variances fade to 1/e: dashboards show some days, not one hour.
pub const MEMORY_SECONDS: f64 = 3.0 * SECONDS_PER_DAY;

/// What is known of one pool.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VenueBoard {
    /// Whether it takes deposits now.
    pub takes_deposits: bool,
    /// Whether it can be entered by a pledge now.
    pub takes_pledges: bool,
    /// Value of its reserves, USD.
    pub value_usd: f64,
    /// Value of one share, USD.
    pub value_per_share: f64,
    /// Expected fee yield, per year.
    pub fee_apr: f64,
    /// Rewards paid to its liquidity, USD per year.
    pub rewards_usd: f64,
    /// Of these, what pledged positions take part in, USD per year.
    pub pledge_rewards_usd: f64,
    /// What the rewards yield to those who hold liquidity now, per year.
    pub reward_yield: f64,
    /// What the rewards yield to those who have pledged, per year.
    pub pledge_yield: f64,
    /// Expected loss from failure, per year.
    pub failure_loss: f64,
    /// ln(1 + number of providers there).
    pub log_heads: f64,
    fee_ewma: f64,
    fees_seen_usd: f64,
}

/// The board.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// One entry a pool.
    pub venues: [VenueBoard; VENUES_MAX],
    /// Number of pools.
    pub count: usize,
    /// The first old pool: positions are pledged from there.
    pub old: usize,
    /// Observed variance of the log price, per year.
    pub variance: f64,
    /// USD per base token.
    pub base_usd: f64,
    /// USD per quote token.
    pub quote_usd: f64,
    /// Share of providers that know of the migration.
    pub informed: f64,
    /// Gas of each step, USD: migrate, withdraw, deposit, pledge, deposit and pledge, unpledge and withdraw.
    pub(super) gas_usd: [f64; 6],
    log_price: f64,
    seconds: f64,
}

impl Board {
    /// A board that expects `variance` per year until it has seen better.
    #[must_use]
    pub fn new(world: &World, old: usize, variance: f64) -> Self {
        let log_price = libm::log(world.pair.price);
        Self { count: world.venues.len(), old, variance, log_price, ..Self::default() }
    }

    /// Lets providers expect `apr` of fees per year in every pool until they have seen better.
    pub fn expect_fees(&mut self, apr: f64) {
        for entry in &mut self.venues {
            entry.fee_ewma = apr;
        }
    }

    /// Seconds since the start at the last posting.
    #[must_use]
    pub const fn posted_seconds(&self) -> f64 {
        self.seconds
    }

    /// Gas of `step` at the posted price, USD.
    #[inline]
    #[must_use]
    pub const fn gas_usd(&self, step: Step) -> f64 {
        self.gas_usd[step as usize]
    }

    /// Posts the state of the world. `perceived` is the expected loss from failure per year of each pool.
    pub fn post(&mut self, world: &World, perceived: &[f64; VENUES_MAX]) {
        let elapsed = world.seconds - self.seconds;
        (self.base_usd, self.quote_usd) = (world.pair.base_usd, world.pair.quote_usd);
        if elapsed > 0.0 {
            self.observe_variance(world, elapsed);
        }
        self.observe_fees(world, elapsed);
        for (venue, entry) in self.venues.iter_mut().enumerate().take(self.count) {
            entry.failure_loss = perceived[venue];
            entry.log_heads = libm::log1p(f64::from(world.providers.heads[venue]));
            (entry.rewards_usd, entry.pledge_rewards_usd) = (0.0, 0.0);
            (entry.reward_yield, entry.pledge_yield) = (0.0, 0.0);
        }
        for (index, programme) in world.programmes.iter().enumerate() {
            let rate = programme.emission.rate_per_second(world.seconds) * SECONDS_PER_YEAR;
            let entry = &mut self.venues[programme.venue];
            let usd = rate * world.prices_usd[programme.token.index()];
            let shared_yield = usd / world.eligible_usd(index).iter().sum::<f64>().max(LEAST_REWARDED_USD);
            entry.rewards_usd += usd;
            entry.reward_yield += shared_yield;
            if programme.pays_pledged {
                entry.pledge_rewards_usd += usd;
                entry.pledge_yield += shared_yield;
            }
        }
        let steps = [
            Step::Migrate,
            Step::Withdraw,
            Step::Deposit,
            Step::Pledge,
            Step::DepositAndPledge,
            Step::UnpledgeAndWithdraw,
        ];
        for step in steps {
            self.gas_usd[step as usize] = world.gas_cost_usd(step.gas(&world.gas_units));
        }
        self.seconds = world.seconds;
    }

    fn observe_variance(&mut self, world: &World, elapsed: f64) {
        let log_price = libm::log(world.pair.price);
        let sample = (log_price - self.log_price) * (log_price - self.log_price) * SECONDS_PER_YEAR / elapsed;
        self.log_price = log_price;
        let keep = libm::exp(-elapsed / MEMORY_SECONDS);
        self.variance = self.variance * keep + sample * (1.0 - keep);
    }

    fn observe_fees(&mut self, world: &World, elapsed: f64) {
        let keep = libm::exp(-elapsed / MEMORY_SECONDS);
        let weight = 1.0 - keep;
        let (mut fees, mut value) = (0.0, 0.0);
        for (entry, venue) in self.venues.iter_mut().zip(&world.venues) {
            let value_before = entry.value_usd;
            entry.value_usd = world.venue_value_usd(venue);
            entry.value_per_share = if venue.shares > 0.0 { entry.value_usd / venue.shares } else { 0.0 };
            let so_far = venue.fees_so_far_usd() * (1.0 - venue.protocol_share);
            let value_between = 0.5 * (value_before + entry.value_usd);
            if elapsed > 0.0 && value_between > 0.0 {
                let yearly = (so_far - entry.fees_seen_usd) / value_between * SECONDS_PER_YEAR / elapsed;
                entry.fee_ewma += (yearly - entry.fee_ewma) * weight;
            }
            entry.fees_seen_usd = so_far;
            fees += entry.fee_ewma * entry.value_usd;
            value += entry.value_usd;
        }
        let mean = if value > 0.0 { fees / value } else { 0.0 };
        let prior = PRIOR_WEIGHT * value;
        for entry in self.venues.iter_mut().take(self.count) {
            let weight = entry.value_usd + prior;
            entry.fee_apr = if weight > 0.0 { (entry.fee_ewma * entry.value_usd + mean * prior) / weight } else { 0.0 };
        }
    }

    /// Value of a provider's liquidity at posted figures, USD.
    #[inline]
    #[must_use]
    pub fn value_usd(&self, provider: &Provider) -> f64 {
        match provider.place.pool() {
            Some(venue) => provider.first * self.venues[venue].value_per_share,
            None => provider.first * self.base_usd + provider.second * self.quote_usd,
        }
    }

    /// Expected yield of a position in a pool, per year: fees and rewards less LVR.
    #[must_use]
    pub fn net_yield(&self, venue: usize) -> f64 {
        let entry = &self.venues[venue];
        entry.fee_apr + entry.reward_yield - self.variance / 8.0
    }
}
