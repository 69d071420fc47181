//! What the report can speak of: which parts the scenario has, and every metric with its estimates.

use super::domain::hold;
use super::wording::{Measure, Scale, listed};
use portage_base::stats::{MeanEstimate, QuantileEstimate, Sample, ShareEstimate, mean_estimate, share_estimate};
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_engine::world::{Holder, LpClass};
use portage_results::metrics::id::{self, HolderLine, Owner};
use portage_results::metrics::{IDENTITY_TOLERANCE, Id, Metric, Range, Unit, dictionary};
use portage_results::montecarlo::BAND_PROBABILITIES;
use portage_results::records::Results;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Which parts the scenario has; what is absent is left out of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// There are an old and a new version.
    pub(super) has_two_pools: bool,
    /// Liquidity providers are simulated.
    pub(super) has_providers: bool,
    /// Traders are simulated.
    pub(super) has_traders: bool,
    /// Arbitrageurs are simulated.
    pub(super) has_arbitrage: bool,
    /// At least one programme pays rewards.
    pub(super) has_programmes: bool,
    /// Transactions pay gas.
    pub(super) has_chain: bool,
    /// Number of pools.
    pub(super) pools: usize,
    /// A pool has ranges.
    pub(super) has_ranges: bool,
    /// There is a plan to move.
    pub(super) has_plan: bool,
    /// There is a venue of another protocol.
    pub(super) has_rivals: bool,
    /// Tokens are held, not traded: a conversion.
    pub(super) is_conversion: bool,
    /// A place where tokens are held has a yield.
    pub(super) has_yield: bool,
}

impl Scope {
    /// Whether somebody can move from the old version to the new one.
    pub(super) const fn has_migration(&self) -> bool {
        self.has_two_pools && self.has_providers && self.has_plan
    }

    /// Whether providers can go to another protocol.
    pub(super) const fn can_lose(&self) -> bool {
        self.has_rivals && self.has_providers
    }

    /// Whether orders of the pair find more than one pool by themselves.
    pub(super) const fn is_divided(&self) -> bool {
        self.has_two_pools || self.has_rivals
    }
}

/// Estimates of one metric over all finished runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    /// What kind of number it is.
    pub(super) measure: Measure,
    /// Mean.
    pub(super) mean: MeanEstimate,
    /// Quantiles at 5, 50 and 95 %.
    pub(super) quantiles: [QuantileEstimate; 3],
    /// Runs without a value.
    pub(super) missing: usize,
}

impl Estimate {
    /// Estimates of `values`, with the interval of the mean held inside `range`; `None` when no run has a value.
    pub(super) fn of(values: &[f64], measure: Measure, range: Range) -> Option<Self> {
        let sample = Sample::of(values);
        let quantile = |probability| sample.quantile_estimate(probability);
        let quantiles = [quantile(0.05)?, quantile(0.5)?, quantile(0.95)?];
        let mean = mean_estimate(values)?;
        let mean = MeanEstimate { interval: hold(range, mean.interval), ..mean };
        Some(Self { measure, mean, quantiles, missing: sample.missing })
    }

    /// A scale on which the mean and the quantiles can all be read.
    pub(super) fn scale(&self) -> Scale {
        let largest = self.quantiles.iter().map(|quantile| quantile.value.abs()).fold(self.mean.mean.abs(), f64::max);
        self.measure.scale(if self.mean.mean == 0.0 { largest } else { self.mean.mean })
    }

    /// The mean with unit and interval.
    pub(super) fn mean_text(&self) -> String {
        self.scale().estimate(self.mean.mean, &self.mean.interval)
    }

    /// The quantile `index` (0: P05, 1: median, 2: P95) with unit and interval.
    pub(super) fn quantile_text(&self, index: usize) -> String {
        let quantile = &self.quantiles[index];
        self.measure.scale(quantile.value).estimate(quantile.value, &quantile.interval)
    }

    /// P05 to P95 with the unit, without intervals.
    pub(super) fn spread_text(&self) -> String {
        let (low, high) = (self.quantiles[0].value, self.quantiles[2].value);
        let scale = self.measure.scale(low.abs().max(high.abs()));
        format!("{} to {}", scale.number(low), scale.quantity(high))
    }
}

/// The results with their estimates.
pub(super) struct Evidence<'r> {
    /// What is reported.
    pub(super) results: &'r Results,
    estimates: BTreeMap<Id, Estimate>,
    /// Which parts the scenario has.
    pub(super) scope: Scope,
}

/// Whether a pool of the scenario has this curve.
fn has_curve(scenario: &serde_json::Value, name: &str) -> bool {
    let pools = scenario.get("pools").and_then(serde_json::Value::as_object);
    let mut pools = pools.into_iter().flat_map(serde_json::Map::values);
    pools.any(|pool| pool.get("curve").is_some_and(|curve| curve.get(name).is_some()))
}

/// Whether some holding of the scenario earns a yield.
fn has_yield(scenario: &serde_json::Value) -> bool {
    let pools = scenario.get("pools").and_then(serde_json::Value::as_object);
    let rate = |pool: &serde_json::Value| pool.pointer("/curve/holding/yield_rate")?.as_f64();
    pools.into_iter().flat_map(serde_json::Map::values).filter_map(rate).any(|rate| rate != 0.0)
}

/// Names of the pools of other protocols, in the order of the scenario.
fn rivals(scenario: &serde_json::Value) -> Vec<String> {
    let pools = scenario.get("pools").and_then(serde_json::Value::as_object);
    let pools = pools.into_iter().flatten();
    let is_rival = |pool: &serde_json::Value| pool.get("role").is_some_and(|role| role == "rival");
    pools.filter(|(_, pool)| is_rival(pool)).map(|(name, _)| name.clone()).collect()
}

impl<'r> Evidence<'r> {
    /// Evidence from `results`.
    pub(super) fn of(results: &'r Results) -> Self {
        let scenario = &results.manifest.scenario;
        let has = |part: &str| match scenario.get(part) {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Object(entries)) => !entries.is_empty(),
            Some(_) => true,
        };
        let scope = Scope {
            has_two_pools: results.manifest.old_pool != results.manifest.new_pool,
            has_providers: has("providers"),
            has_traders: has("traders"),
            has_arbitrage: has("arbitrage"),
            has_programmes: has("programmes"),
            has_chain: has("chain"),
            pools: scenario.get("pools").and_then(serde_json::Value::as_object).map_or(0, serde_json::Map::len),
            has_ranges: has_curve(scenario, "concentrated"),
            has_plan: has("migration"),
            has_rivals: !rivals(scenario).is_empty(),
            is_conversion: has_curve(scenario, "holding"),
            has_yield: has_yield(scenario),
        };
        let estimate = |metric: &Metric| {
            let values = results.runs.values(metric.id);
            Some((metric.id, Estimate::of(&values, Measure::of(metric.unit), metric.range)?))
        };
        Self { results, scope, estimates: dictionary().iter().filter_map(estimate).collect() }
    }

    /// Whether the scenario has something at this place.
    pub(super) fn has(&self, pointer: &str) -> bool {
        match self.results.manifest.scenario.pointer(pointer) {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Object(entries)) => !entries.is_empty(),
            Some(_) => true,
        }
    }

    /// The pools of other protocols in words.
    pub(super) fn rivals_text(&self) -> String {
        listed(&rivals(&self.results.manifest.scenario))
    }

    /// Values of a metric over the runs.
    pub(super) fn column(&self, id: Id) -> Cow<'r, [f64]> {
        self.results.runs.values(id)
    }

    /// Estimates of a metric; `None` when no run has a value.
    pub(super) fn estimate(&self, id: Id) -> Option<Estimate> {
        self.estimates.get(&id).cloned()
    }

    /// Whether the metric is something else than zero in some run; of USD, what the audit lets pass as rounding is nothing.
    pub(super) fn matters(&self, id: Id) -> bool {
        let opening = self.column(id::providers(HolderLine::Opening)).iter().copied().fold(0.0, f64::max);
        let is_usd = id.metric().is_some_and(|metric| metric.unit == Unit::Usd);
        let nothing = if is_usd { IDENTITY_TOLERANCE * opening } else { 0.0 };
        self.column(id).iter().any(|value| value.is_finite() && value.abs() > nothing)
    }

    /// A number per run computed from several metrics; NaN where one of them has no value.
    pub(super) fn derived<const N: usize>(&self, ids: [Id; N], law: impl Fn([f64; N]) -> f64) -> Vec<f64> {
        let columns = ids.map(|id| self.column(id));
        (0..self.results.runs.len()).map(|run| law(std::array::from_fn(|at| columns[at][run]))).collect()
    }

    /// Estimates of such a number, which lies in `range`.
    pub(super) fn derived_estimate<const N: usize>(
        &self,
        ids: [Id; N],
        (measure, range): (Measure, Range),
        law: impl Fn([f64; N]) -> f64,
    ) -> Option<Estimate> {
        Estimate::of(&self.derived(ids, law), measure, range)
    }

    /// A line of a statement as a share of the opening value.
    pub(super) fn of_opening(&self, owner: Owner, line: HolderLine) -> Option<Estimate> {
        let range = owner.line(line).metric().map_or(Range::Signed, |metric| metric.range);
        let ids = [owner.line(line), owner.line(HolderLine::Opening)];
        self.derived_estimate(
            ids,
            (Measure::Share, range),
            |[line, opening]| {
                if opening > 0.0 { line / opening } else { f64::NAN }
            },
        )
    }

    /// The share of all finished runs in which `holds` is true of the metric; runs without a value count as "no".
    pub(super) fn share_of_runs(&self, id: Id, holds: impl Fn(f64) -> bool) -> Option<ShareEstimate> {
        let column = self.column(id);
        share_estimate(column.iter().filter(|value| holds(**value)).count(), column.len())
    }

    /// Whether there are enough runs to speak of one run of twenty.
    pub(super) fn has_twentieths(&self) -> bool {
        self.results.runs.len() >= 20
    }

    /// The mean of a metric; zero when no run has a value.
    pub(super) fn mean(&self, id: Id) -> f64 {
        self.estimate(id).map_or(0.0, |estimate| estimate.mean.mean)
    }

    /// The medians of a series over time; empty when there is none.
    pub(super) fn medians(&self, series: &str) -> &[f64] {
        let middle = BAND_PROBABILITIES.iter().position(|probability| *probability == 0.5);
        let series = self.results.timeline.series(series);
        middle.and_then(|middle| series?.quantiles.get(middle)).map_or(&[], Vec::as_slice)
    }

    /// The largest median of a series: day and value.
    pub(super) fn highest_median(&self, series: &str) -> Option<(f64, f64)> {
        let days = self.results.timeline.days.iter().copied();
        let points = days.zip(self.medians(series).iter().copied()).filter(|(_, value)| value.is_finite());
        points.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The median of a series at its last point that has one.
    pub(super) fn last_median(&self, series: &str) -> Option<f64> {
        self.medians(series).iter().rev().copied().find(|value| value.is_finite())
    }

    /// The median of a series at its first point; `None` where it has no value there.
    pub(super) fn first_median(&self, series: &str) -> Option<f64> {
        self.medians(series).first().copied().filter(|value| value.is_finite())
    }

    /// First instant of the window.
    pub(super) fn start(&self) -> Instant {
        self.results.manifest.start
    }

    /// The date of a day of the window in words.
    pub(super) fn date(&self, day: f64) -> String {
        let instant = self.start().plus_seconds(day * SECONDS_PER_DAY);
        let date = chrono::DateTime::from_timestamp(instant.unix(), 0);
        date.map_or_else(String::new, |date| date.format("%-d %B %Y").to_string())
    }

    /// Length of the window, days.
    pub(super) fn window_days(&self) -> f64 {
        self.results.manifest.blocks as f64 * self.results.manifest.block_seconds / SECONDS_PER_DAY
    }

    /// What those are called who have something at stake: liquidity providers, or holders of a token.
    pub(super) const fn people(&self) -> &'static str {
        if self.scope.is_conversion { "holders" } else { "providers" }
    }

    /// Every holder that holds something at some time, in the order of reports, with its name in print.
    pub(super) fn holders(&self) -> Vec<(Owner, &'static str)> {
        // Beside simulated providers those remain who hold what rivals and routes opened with.
        let unmodelled = if self.scope.has_providers { "Others" } else { "All holders" };
        let holders = [
            (Holder::Class(LpClass::Integrator), "Integrators"),
            (Holder::Class(LpClass::Active), "Active"),
            (Holder::Class(LpClass::Passive), "Passive"),
            (Holder::Class(LpClass::Mercenary), "Mercenary"),
            (Holder::Class(LpClass::Locked), "Locked"),
            (Holder::Rest, unmodelled),
            (Holder::Treasury, "Treasury"),
        ];
        let holders = holders.map(|(holder, title)| (Owner::Holder(holder), title));
        let holds = |owner: Owner| {
            [HolderLine::Opening, HolderLine::Closing].iter().any(|line| self.matters(owner.line(*line)))
        };
        holders.into_iter().filter(|(owner, _)| holds(*owner)).collect()
    }
}

/// "6.0 % (3.5 to 10.2)"; a single run says nothing about the error.
pub(super) fn share_text(share: &ShareEstimate) -> String {
    let scale = Measure::Share.scale(if share.hits == 0 { 1.0 } else { share.share });
    if share.count < 2 {
        return scale.quantity(share.share);
    }
    scale.estimate(share.share, &share.interval)
}
