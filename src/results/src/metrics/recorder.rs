//! The observer that gathers what the metrics and the timeline need.

use super::bridge::BridgeRecord;
use super::incrementality::Incrementality;
use super::observed::Readings;
use super::spread::CostSpread;
use super::timeline::series;
use portage_base::units::{BPS, SECONDS_PER_DAY, SECONDS_PER_YEAR};
use portage_chain::Chain;
use portage_engine::agents::{Fill, Routing};
use portage_engine::model::Model;
use portage_engine::run::{Movement, Observer, Scene};
use portage_engine::world::{Books, SearcherBook, TraderBook};
use portage_pools::Role;

/// Liquidity counts as fragmented while the smaller of the two versions holds at least this share of it.
pub const FRAGMENTED_SHARE: f64 = 0.1;

/// A migration counts as completed when the new version holds this share of the liquidity of both.
pub const COMPLETED_SHARE: f64 = 0.99;

/// Thresholds of migrated share whose first passage is timed.
pub const THRESHOLDS: [f64; 3] = [0.5, 0.9, 0.99];

/// Days after the end of its programmes at which retention is measured.
pub const RETENTION_DAYS: [f64; 2] = [30.0, 90.0];

/// Liquidity of the new version after the end of its programmes, relative to that at their end.
#[derive(Debug, Clone)]
pub struct Retention {
    end_seconds: f64,
    at_end: f64,
    /// Opening value of providers that stand there some days after the end over that at the end: price moves do not enter; NaN
    /// where the window is too short.
    pub kept: [f64; 2],
}

impl Retention {
    fn new(model: &Model) -> Self {
        let is_new = |venue: usize| model.has_two_sides() && model.venues[venue].terms.role == Role::New;
        let ends = model.programmes.iter().filter(|programme| is_new(programme.venue));
        let end_seconds = ends.map(|programme| programme.emission.window().1).fold(f64::NAN, f64::max);
        Self { end_seconds, at_end: f64::NAN, kept: [f64::NAN; 2] }
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        let liquidity = standing_usd(scene, Role::New);
        if self.at_end.is_nan() && scene.seconds >= self.end_seconds {
            self.at_end = liquidity;
        }
        for (kept, days) in self.kept.iter_mut().zip(RETENTION_DAYS) {
            if kept.is_nan() && scene.seconds >= self.end_seconds + days * SECONDS_PER_DAY && self.at_end > 0.0 {
                *kept = liquidity / self.at_end;
            }
        }
    }
}

/// Opening value of the providers that stand in the pools on one side now, USD.
fn standing_usd(scene: &Scene<'_>, role: Role) -> f64 {
    let venues = scene.model.venues.iter().zip(scene.world.books.providers.standing_usd);
    venues.filter(|(venue, _)| venue.terms.role == role).map(|(_, standing)| standing).sum()
}

/// Value of all ranges in the migrated concentrated pools, and of those that do not hold the price, USD.
fn idle_ranges_usd(scene: &Scene<'_>) -> (f64, f64) {
    let (mut all, mut idle) = (0.0, 0.0);
    for venue in scene.world.books.venues.iter().filter(|venue| venue.is_migrated()) {
        let Some(curve) = venue.pool.ranges() else { continue };
        let pair = scene.world.books.pairs[venue.terms.pair];
        for position in curve.positions() {
            let held = curve.held(position);
            let value = pair.value_usd(held);
            all += value;
            idle += if curve.is_in_range(position) { 0.0 } else { value };
        }
    }
    (all, idle)
}

/// What is gathered over one run.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Cost of orders by routing, whole run.
    pub costs: [CostSpread; 3],
    /// Volume by routing, USD.
    pub volume_usd: [f64; 3],
    /// Cost by routing, fee and impact and gas together, USD.
    pub cost_usd: [f64; 3],
    /// Costs by routing since the last point of the timeline.
    pub recent: [CostSpread; 3],
    /// Median, 95 % and 99 % quantile of these: all orders, then by routing, bps.
    pub recent_quantiles: [[f64; 3]; 4],
    /// Volume and cost by routing at the last point of the timeline, USD.
    pub routed_before: [(f64, f64); 3],
    /// How much of the new version stays when pay has ended.
    pub retention: Retention,
    /// Who stands where the programmes want liquidity to be.
    pub incrementality: Incrementality,
    /// What passed between two chains.
    pub(super) bridge: BridgeRecord,
    /// What the run has in the place of values that were observed.
    pub(super) readings: Readings,
    /// Traders' books at the last point of the timeline.
    pub traders_before: TraderBook,
    /// Arbitrageurs' books at the last point of the timeline.
    pub searchers_before: SearcherBook,
    /// Seconds between the last two points of the timeline.
    pub interval_seconds: f64,
    /// First time at which each threshold of migrated value was reached, days; NaN when never.
    pub days_to_value: [f64; 3],
    /// The same by address.
    pub days_to_address: [f64; 3],
    /// Time integral of the value of each pool, USD x years.
    pub value_years: [f64; portage_pools::VENUES_MAX],
    /// Time integral of the Herfindahl-Hirschman index, days.
    pub hhi_days: f64,
    /// Time integral of the effective number of venues, days.
    pub venues_days: f64,
    /// Time during which there was any liquidity, days.
    pub liquid_days: f64,
    /// Time integral of the new version's share of liquidity, days.
    pub new_share_days: f64,
    /// Time during which liquidity was fragmented, days.
    pub fragmented_days: f64,
    /// Time integral of the value of ranges in concentrated pools, USD x days.
    pub ranged_days: f64,
    /// Time integral of the value of ranges that do not hold the price, USD x days.
    pub idle_days: f64,
    /// Time integral of opening value on its way between pools, USD x days.
    pub in_flight_days: f64,
    /// Largest backlog seen at an observation, transactions.
    pub backlog_max: usize,
    /// Sum and largest of the gas price at observations, gwei.
    pub gas_gwei: (f64, f64),
    /// Sum of squares of it.
    gas_gwei_squares: f64,
    /// First time at which the new version held 99 % of the liquidity of both, days; NaN when never.
    pub completion_days: f64,
    /// Sum of squared log returns between observations.
    pub squared_returns: f64,
    /// Reference price of the pair at the opening, quote per base.
    pub opening_price: f64,
    log_price: f64,
    /// Stays empty: what stands beside a routing's own orders.
    no_orders: CostSpread,
    /// Days observed.
    pub days: f64,
    /// Observations made, the opening included.
    pub observations: u64,
    sample_every: u64,
    points: usize,
    /// Points of the timeline: one row a point, one column a series.
    pub timeline: Vec<f64>,
}

impl Recorder {
    /// A recorder for one run of `model`; it allocates here, not while the run goes on.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self {
            costs: Default::default(),
            volume_usd: [0.0; 3],
            cost_usd: [0.0; 3],
            recent: Default::default(),
            recent_quantiles: [[f64::NAN; 3]; 4],
            routed_before: [(0.0, 0.0); 3],
            retention: Retention::new(model),
            incrementality: Incrementality::new(model),
            bridge: BridgeRecord::default(),
            readings: Readings::new(model),
            traders_before: TraderBook::default(),
            searchers_before: SearcherBook::default(),
            interval_seconds: 0.0,
            days_to_value: [f64::NAN; 3],
            days_to_address: [f64::NAN; 3],
            value_years: [0.0; portage_pools::VENUES_MAX],
            hhi_days: 0.0,
            venues_days: 0.0,
            liquid_days: 0.0,
            new_share_days: 0.0,
            fragmented_days: 0.0,
            ranged_days: 0.0,
            idle_days: 0.0,
            in_flight_days: 0.0,
            backlog_max: 0,
            gas_gwei: (0.0, 0.0),
            gas_gwei_squares: 0.0,
            completion_days: f64::NAN,
            squared_returns: 0.0,
            no_orders: CostSpread::default(),
            opening_price: f64::NAN,
            log_price: f64::NAN,
            days: 0.0,
            observations: 0,
            sample_every: model.sample_observations,
            points: model.timeline_points(),
            timeline: Vec::with_capacity(model.timeline_points() * series().len()),
        }
    }

    /// Standard deviation of the gas price over observations, gwei.
    #[must_use]
    pub fn gas_price_sd_gwei(&self) -> f64 {
        let count = (self.observations.saturating_sub(1)) as f64;
        if count < 2.0 {
            return f64::NAN;
        }
        ((self.gas_gwei_squares - self.gas_gwei.0 * self.gas_gwei.0 / count).max(0.0) / (count - 1.0)).sqrt()
    }

    /// Years observed.
    #[must_use]
    pub fn years(&self) -> f64 {
        self.days * SECONDS_PER_DAY / SECONDS_PER_YEAR
    }

    fn integrate(&mut self, scene: &Scene<'_>, days: f64) {
        let world = scene.world;
        let shares = world.books.venue_shares();
        let hhi: f64 = shares.iter().map(|share| share * share).sum();
        for (integral, venue) in self.value_years.iter_mut().zip(&world.books.venues) {
            *integral += world.books.venue_value_usd(venue) * days * SECONDS_PER_DAY / SECONDS_PER_YEAR;
        }
        self.hhi_days += hhi * days;
        if hhi > 0.0 {
            self.venues_days += days / hhi;
            self.liquid_days += days;
        }
        if scene.model.has_two_sides() {
            let total = world.books.total_value_usd();
            let new = if total > 0.0 { world.books.value_of_usd(Role::New) / total } else { 0.0 };
            if self.completion_days.is_nan() && new >= COMPLETED_SHARE {
                self.completion_days = scene.seconds / SECONDS_PER_DAY;
            }
            self.new_share_days += new * days;
            let smaller = new.min(1.0 - new);
            self.fragmented_days += if smaller >= FRAGMENTED_SHARE { days } else { 0.0 };
        }
        self.in_flight_days += world.books.under_way_usd() * days;
    }

    fn time_thresholds(&mut self, scene: &Scene<'_>) {
        let providers = &scene.world.books.providers;
        let reached = [
            (&mut self.days_to_value, providers.migrated_value_share()),
            (&mut self.days_to_address, providers.migrated_address_share()),
        ];
        for (days, share) in reached {
            for (day, threshold) in days.iter_mut().zip(THRESHOLDS) {
                if day.is_nan() && share >= threshold {
                    *day = scene.seconds / SECONDS_PER_DAY;
                }
            }
        }
    }

    fn take_quantiles(&mut self) {
        let [first, second, third] = &self.recent;
        let none = &self.no_orders;
        let groups = [[first, second, third], [first, none, none], [second, none, none], [third, none, none]];
        self.recent_quantiles = groups.map(|group| CostSpread::quantiles(group, [0.5, 0.95, 0.99]));
    }

    /// Reads the series whose date has come, before the interval since the last point of the timeline is closed.
    fn read_dated(&mut self, scene: &Scene<'_>) {
        let observation = self.observations;
        if self.readings.list.iter().all(|reading| reading.observation != observation) {
            return;
        }
        self.take_quantiles();
        for index in 0..self.readings.list.len() {
            let reading = self.readings.list[index];
            if let Some(entry) = reading.series.filter(|_| reading.observation == observation) {
                self.readings.list[index].value = series()[entry].read(scene, self);
            }
        }
    }

    fn sample(&mut self, scene: &Scene<'_>) {
        let (ranged, idle) = idle_ranges_usd(scene);
        self.ranged_days += ranged * self.interval_seconds / SECONDS_PER_DAY;
        self.idle_days += idle * self.interval_seconds / SECONDS_PER_DAY;
        self.take_quantiles();
        for entry in series() {
            let value = entry.read(scene, self);
            self.timeline.push(value);
        }
        self.recent.iter_mut().for_each(CostSpread::clear);
        self.routed_before = std::array::from_fn(|routing| (self.volume_usd[routing], self.cost_usd[routing]));
        self.traders_before = scene.world.books.traders;
        self.searchers_before = scene.world.books.searchers;
    }
}

impl Observer for Recorder {
    #[inline]
    fn order(&mut self, fill: &Fill) {
        let index = match fill.routing {
            Routing::Aggregated => 0,
            Routing::DirectOld => 1,
            Routing::DirectNew => 2,
        };
        let cost_usd = fill.fee_usd + fill.impact_usd + fill.gas_usd;
        self.volume_usd[index] += fill.value_usd;
        self.cost_usd[index] += cost_usd;
        let cost_bps = cost_usd / fill.value_usd * BPS;
        self.costs[index].add(cost_bps);
        self.recent[index].add(cost_bps);
    }

    #[inline]
    fn moved(&mut self, _step: &Movement, books: &Books) {
        self.bridge.moved(books);
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        let days = scene.seconds / SECONDS_PER_DAY - self.days;
        let log_price = libm::log(scene.world.books.pair().price);
        if self.observations == 0 {
            self.opening_price = scene.world.books.pair().price;
        } else {
            self.integrate(scene, days);
            self.squared_returns += (log_price - self.log_price) * (log_price - self.log_price);
            let gwei = scene.world.books.chain(Chain::Home).price_gwei();
            self.gas_gwei = (self.gas_gwei.0 + gwei, self.gas_gwei.1.max(gwei));
            self.gas_gwei_squares += gwei * gwei;
        }
        self.time_thresholds(scene);
        self.retention.observe(scene);
        self.incrementality.observe(scene);
        self.bridge.observe(scene);
        self.log_price = log_price;
        self.days += days;
        self.interval_seconds += days * SECONDS_PER_DAY;
        self.backlog_max = self.backlog_max.max(scene.backlog);
        self.read_dated(scene);
        // What is left of the window after the last whole interval is integrated, but is no point of the timeline.
        let sampled = self.timeline.len() / series().len();
        if self.observations.is_multiple_of(self.sample_every) && sampled < self.points {
            self.sample(scene);
            self.interval_seconds = 0.0;
        }
        self.observations += 1;
    }
}
