//! Rules across the values of an oracle's source, and the source resolved.

use super::calendar::last_date;
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::ledger::Token;
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::agents::{AverageSpec, FeedSpec, OracleSpec, PeggedSpec};
use portage_engine::world::{FeedTerms, MeanTerms, SourceTerms};
use portage_market::Grid;
use portage_pools::Role;

/// What the names of a source are resolved with.
pub(super) struct Sources<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) grid: Grid,
    pub(super) rules: &'s mut Rules,
}

impl Sources<'_> {
    /// The source of an oracle at `path` and its asset; exactly one of feed, pool and pegged price.
    pub(super) fn source(&mut self, path: &str, spec: &OracleSpec) -> Option<(SourceTerms, Token)> {
        let named = [("feed", spec.feed.is_some()), ("reads", spec.reads.is_some()), ("pegged", spec.pegged.is_some())];
        let named: Vec<&str> = named.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
        if named.len() != 1 {
            let message = match named[..] {
                [] => "it has its price from nowhere".to_owned(),
                _ => format!("it has its price from several sources: {}", named.join(", ")),
            };
            rule!(self.rules => path, message, "exactly one of feed, reads (with average), pegged");
            return None;
        }
        rule!(self.rules, if spec.average.is_some() && spec.reads.is_none() => "{path}.average",
            "only prices of a pool are averaged", "no average, or a pool that it `reads`");
        match (&spec.feed, &spec.reads, &spec.pegged) {
            (Some(feed), _, _) => self.feed(&format!("{path}.feed"), feed),
            (_, Some(pool), _) => self.first_pool(path, pool, spec.average),
            (_, _, Some(pegged)) => self.pegged(&format!("{path}.pegged"), pegged),
            (None, None, None) => None,
        }
    }

    fn first_pool(&mut self, path: &str, pool: &str, average: Option<AverageSpec>) -> Option<(SourceTerms, Token)> {
        let venue = self.venue(&format!("{path}.reads"), pool);
        rule!(self.rules, if venue.is_some() && self.scenario.pools[pool].tvl_usd <= 0.0 => "{path}.reads",
            "\"{pool}\" is empty at the opening: it has no price", "a pool with tvl_usd above 0 USD",
            "read the pool that is there, and move the oracle with `switch`");
        let Some(average) = average else {
            rule!(self.rules => path, "it reads \"{pool}\", and nothing says what it makes of its prices",
                "average = \"spot\", average.twap or average.geometric_twap = {{ blocks = ... }}");
            return None;
        };
        self.check_average(path, average);
        let base = &self.scenario.pools.get(pool)?.base;
        Some((SourceTerms::Pool(venue?, mean_of(average)), self.asset(&format!("{path}.reads"), base)?))
    }

    /// A mean over blocks fits into the window, and somebody arbitrages its pool back.
    fn check_average(&mut self, path: &str, average: AverageSpec) {
        let (name, blocks) = match average {
            AverageSpec::Spot => return,
            AverageSpec::Twap(twap) => ("twap", twap.blocks),
            AverageSpec::GeometricTwap(twap) => ("geometric_twap", twap.blocks),
        };
        rule!(self.rules, if u64::from(blocks) > self.grid.blocks => "{path}.average.{name}.blocks",
            ("a mean over {blocks} blocks in a simulation of {}", self.grid.blocks),
            ("at most {} blocks", self.grid.blocks),
            "a block is one of the scenario's clock, of `clock.step` blocks of the chain");
        rule!(self.rules, if self.scenario.arbitrage.is_none() => "{path}.average.{name}",
            "nobody would bring a price back that was pushed", "a table [arbitrage]",
            "what a mean over blocks costs to manipulate is what arbitrage takes");
    }

    /// A feed and its asset.
    pub(super) fn feed(&mut self, path: &str, spec: &FeedSpec) -> Option<(SourceTerms, Token)> {
        let of_pair = self.scenario.pools.values().find(|pool| pool.role != Role::Route).map(|pool| &pool.base);
        let name = spec.asset.as_ref().or(of_pair)?;
        let asset = self.asset(&format!("{path}.asset"), name);
        rule!(self.rules, if spec.delay.seconds() > SECONDS_PER_DAY => "{path}.delay",
            ("a value takes effect {} after it was called for", spec.delay), "at most 1 day");
        let bounds_usd = (spec.min_usd.unwrap_or(0.0), spec.max_usd.unwrap_or(f64::INFINITY));
        rule!(self.rules, if bounds_usd.0 >= bounds_usd.1 => "{path}.min_usd",
            ("the least value {} USD is not below the largest of {} USD", bounds_usd.0, bounds_usd.1),
            ("below {} USD", bounds_usd.1));
        let terms = FeedTerms {
            deviation: spec.deviation,
            heartbeat_blocks: self.blocks(spec.heartbeat.seconds()).max(1),
            delay_blocks: self.blocks(spec.delay.seconds()),
            down: self.outages(path, spec),
            bounds_usd,
        };
        Some((SourceTerms::Feed(terms), asset?))
    }

    /// The blocks in which a feed is down.
    fn outages(&mut self, path: &str, spec: &FeedSpec) -> Vec<(u64, u64)> {
        let (start, end) = (self.scenario.start, last_date(self.scenario));
        let mut down: Vec<(u64, u64)> = Vec::new();
        for (index, outage) in spec.down.iter().enumerate() {
            let place = format!("{path}.down.{index}.from");
            if outage.from < start || outage.from > end {
                rule!(self.rules => place, ("{} lies outside the simulation", outage.from),
                    "a date from {start} to {end}");
                continue;
            }
            let from = outage.from.seconds_since(start);
            let (from, until) = (self.blocks(from), self.blocks(from + outage.lasting.seconds()));
            rule!(self.rules, if down.last().is_some_and(|(_, before)| from < *before) => place,
                "it begins before the one before it has ended", "outages in order of time that do not overlap");
            down.push((from, until));
        }
        down
    }

    fn pegged(&mut self, path: &str, spec: &PeggedSpec) -> Option<(SourceTerms, Token)> {
        Some((SourceTerms::Pegged(spec.usd), self.asset(&format!("{path}.asset"), &spec.asset)?))
    }

    /// A span in whole blocks, rounded up; what rounding of the division adds is not a block.
    pub(super) fn blocks(&self, seconds: f64) -> u64 {
        libm::ceil(seconds.max(0.0) / self.grid.block_seconds - 1e-9) as u64
    }

    /// An asset whose price is the reference market's.
    fn asset(&mut self, path: &str, name: &str) -> Option<Token> {
        let known = || self.scenario.assets.keys().map(String::as_str);
        let Some(place) = known().position(|asset| asset == name) else {
            self.rules.unknown(path, ("asset", name), known(), "a table [assets.NAME]");
            return None;
        };
        rule!(self.rules, if self.scenario.reward_markets.contains_key(name) => path,
            "the price of \"{name}\" is that of its own market, which sales move",
            "an asset without a table in [reward_markets]");
        Some(Token::new(place + 1))
    }

    /// A pool that has a price of the pair, by its place in the scenario.
    pub(super) fn venue(&mut self, path: &str, name: &str) -> Option<usize> {
        let pools = &self.scenario.pools;
        let Some(venue) = pools.keys().position(|pool| pool == name) else {
            self.rules.unknown(path, ("pool", name), pools.keys().map(String::as_str), "a table [pools.NAME]");
            return None;
        };
        let pool = &pools[name];
        rule!(self.rules, if pool.role == Role::Route => path,
            "\"{name}\" is a leg of a route and does not trade the pair", "a pool that is old, new or a rival");
        rule!(self.rules, if pool.curve.is_holding() => path,
            "in \"{name}\" tokens are only held: it has no price", "a pool with a curve that trades");
        Some(venue)
    }
}

/// What an oracle makes of prices.
pub(super) const fn mean_of(average: AverageSpec) -> MeanTerms {
    match average {
        AverageSpec::Spot => MeanTerms::Spot,
        AverageSpec::Twap(twap) => MeanTerms::Arithmetic(twap.blocks),
        AverageSpec::GeometricTwap(twap) => MeanTerms::Geometric(twap.blocks),
    }
}
