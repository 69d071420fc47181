//! What is known about the protocol's own incentive programmes: when they end, and what they brought against the same runs without
//! them.

use super::evidence::{Estimate, Evidence};
use super::wording::{Measure, days};
use portage_base::stats::{Interval, MeanEstimate};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::world::LpClass;
use portage_incentives::{Emission, ProgrammeSpec};
use portage_results::metrics::id::{self, Fate};
use portage_results::metrics::{IDENTITY_TOLERANCE, Range};
use serde::Deserialize;
use serde_json::Value;

/// A date at which what programmes brought is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Date {
    /// Its place among the dates of metrics.
    pub(super) place: usize,
    /// Days after the programmes' end.
    pub(super) days_after: f64,
}

/// The dates, in order.
pub(super) const DATES: [Date; 3] =
    [Date { place: 0, days_after: 0.0 }, Date { place: 1, days_after: 30.0 }, Date { place: 2, days_after: 90.0 }];

/// What the protocol's own programmes cost for what they brought.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cost {
    /// USD of rewards per USD that stands there because of them, of all compared runs together.
    Each(MeanEstimate),
    /// They brought something on average, but too few runs tell it from nothing: mean alone.
    Unsure(f64),
    /// On balance they brought nothing.
    Nothing,
}

/// The day of the window on which the last of the protocol's own programmes ends; `None` where it has none.
pub(super) fn end_day(evidence: &Evidence<'_>) -> Option<f64> {
    let scenario = &evidence.results.manifest.scenario;
    let pools = scenario.get("pools").and_then(Value::as_object);
    let plays = |pool: &str, role: &str| {
        pools.and_then(|pools| pools.get(pool)?.get("role")?.as_str()).is_some_and(|known| known == role)
    };
    let has_new = pools.is_some_and(|pools| pools.keys().any(|pool| plays(pool, "new")));
    let role = if has_new { "new" } else { "old" };
    let programmes = scenario.get("programmes").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
    let ends = programmes.filter_map(|programme| {
        let spec = ProgrammeSpec::deserialize(programme).ok()?;
        let is_own = spec.venue.iter().chain(spec.venues.keys()).any(|venue| plays(venue, role));
        is_own.then(|| Emission::new(&spec, 1.0, evidence.start()).window().1 / SECONDS_PER_DAY)
    });
    ends.max_by(f64::total_cmp)
}

/// Runs that were simulated once more without the protocol's own programmes.
pub(super) fn compared_runs(evidence: &Evidence<'_>) -> usize {
    let compared = evidence
        .estimate(id::fate(Fate::Anyway, 0))
        .filter(|_| evidence.scope.has_programmes && evidence.scope.has_providers);
    compared.map_or(0, |compared| compared.mean.count)
}

/// Net value that the programmes brought by `date`, one value a run.
fn net(evidence: &Evidence<'_>, date: Date) -> Vec<f64> {
    let fates = [Fate::Bought, Fate::Moved, Fate::Deterred].map(|fate| id::fate(fate, date.place));
    evidence.derived(fates, |[bought, moved, deterred]| bought + moved - deterred)
}

/// What all compared runs together paid for each USD that they brought; `None` where the window is too short or nothing was compared.
///
/// The ratio of the sums, not the mean of the runs' ratios: a run that brought next to nothing would outweigh all others, and one
/// that brought nothing would be left out. The interval is that of the linearised ratio.
pub(super) fn cost(evidence: &Evidence<'_>, date: Date) -> Option<Cost> {
    if compared_runs(evidence) == 0 {
        return None;
    }
    let net = net(evidence, date);
    let paid = evidence.column(id::REWARDS_EARNED_OWN_USD);
    let pairs: Vec<(f64, f64)> =
        paid.iter().copied().zip(net.iter().copied()).filter(|(paid, net)| (paid + net).is_finite()).collect();
    let brought = Estimate::of(&net, Measure::Usd, Range::Signed)?;
    let (paid_sum, net_sum) = pairs.iter().fold((0.0, 0.0), |(paid, net), pair| (paid + pair.0, net + pair.1));
    if net_sum <= 0.0 || paid_sum <= 0.0 {
        return Some(Cost::Nothing);
    }
    let ratio = paid_sum / net_sum;
    let is_unsure = brought.mean.interval.low.is_some_and(|low| low <= 0.0);
    if is_unsure || !ratio.is_finite() {
        return Some(if ratio.is_finite() { Cost::Unsure(ratio) } else { Cost::Nothing });
    }
    let linearised: Vec<f64> =
        pairs.iter().map(|(paid, net)| ratio + (paid - ratio * net) / brought.mean.mean).collect();
    let estimate = Estimate::of(&linearised, Measure::Plain, Range::Amount)?;
    Some(Cost::Each(estimate.mean))
}

impl Cost {
    /// The cost in words, with its interval where that is known.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Each(cost) => per_usd_text(cost.mean, &cost.interval),
            Self::Unsure(mean) => per_usd_text(*mean, &Interval::UNKNOWN),
            Self::Nothing => "no value".to_owned(),
        }
    }
}

/// Runs that were compared and brought nothing on balance.
pub(super) fn runs_without_effect(evidence: &Evidence<'_>, date: Date) -> usize {
    net(evidence, date).iter().filter(|net| **net <= 0.0).count()
}

/// An amount for each USD: in US cents below one USD.
pub(super) fn per_usd_text(mean: f64, interval: &Interval) -> String {
    if mean < 1.0 {
        // A share of a USD in per cent is its number of cents.
        format!("{} US cents", Measure::Share.scale(mean).bare_estimate(mean, interval))
    } else {
        Measure::Usd.scale(mean).estimate(mean, interval)
    }
}

/// What the headline says of the programmes' price.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    Some(match cost(evidence, DATES[0])? {
        Cost::Nothing => "the rewards moved nothing, on balance, that would not have moved anyway".to_owned(),
        Cost::Unsure(mean) => format!(
            "each USD that the rewards moved cost about {}, too few runs to be sure",
            per_usd_text(mean, &Interval::UNKNOWN)
        ),
        Cost::Each(cost) => {
            format!("each USD that the rewards moved cost {}", per_usd_text(cost.mean, &Interval::UNKNOWN))
        }
    })
}

/// Until when the window would have to reach for `date`; `None` where it does.
pub(super) fn missing(evidence: &Evidence<'_>, date: Date) -> Option<String> {
    let day = end_day(evidence)? + date.days_after;
    (day > evidence.window_days()).then(|| evidence.date(day))
}

/// The date in words: "when the programmes end, on 17 March 2024".
pub(super) fn when(evidence: &Evidence<'_>, date: Date) -> String {
    if date.days_after > 0.0 {
        return format!("{} after their end", days(date.days_after));
    }
    match end_day(evidence) {
        Some(day) if day > evidence.window_days() => {
            "at the end of the window, while the programmes still pay".to_owned()
        }
        Some(day) => format!("when the programmes end, on {}", evidence.date(day)),
        None => "when the programmes end".to_owned(),
    }
}

/// Share of the rewards that goes to nobody who is simulated: to those who hold what rivals opened with.
pub(super) fn others_share(evidence: &Evidence<'_>) -> Option<Estimate> {
    evidence.derived_estimate(LpClass::ALL.map(id::rewards_to), (Measure::Share, Range::Part), |shares| {
        let rest = 1.0 - shares.iter().sum::<f64>();
        // What remains of rounding is nothing.
        if rest.abs() < IDENTITY_TOLERANCE { 0.0 } else { rest }
    })
}
