//! What those pay who migrate late.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A penalty on migrating late, as a scenario names it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatePenaltySpec {
    /// From when on moving is late. Default: the deadline.
    #[serde(default)]
    pub after: Option<Instant>,
    /// Share of the value moved that goes to the treasury at first.
    #[serde(default = "one_per_cent")]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of the value moved", "x-source" = "1 % (cryptopolitan.com, 2025-09-19)"))]
    pub first: f64,
    /// What is added to it after every interval.
    #[serde(default = "one_per_cent")]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of the value moved", "x-source" = "one point per quarter (cryptopolitan.com, 2025-09-19)"))]
    pub then: f64,
    /// The interval.
    #[serde(default = "quarter")]
    #[schemars(extend("minimum" = 60.0, "x-source" = "a quarter (cryptopolitan.com, 2025-09-19)"))]
    pub every: Span,
    /// The penalty rises no further.
    #[serde(default = "five_per_cent")]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "share of the value moved", "x-source" = "penalties of migrations lie within 0 to 5 %"))]
    pub most: f64,
}

const fn one_per_cent() -> f64 {
    0.01
}

const fn five_per_cent() -> f64 {
    0.05
}

fn quarter() -> Span {
    Span::from_seconds(91.0 * portage_base::units::SECONDS_PER_DAY).unwrap_or_default()
}

/// A penalty on migrating late, on the run's clock.
///
/// Law: nothing before `after`, then min(most, first + then floor((t - after)/every)), as a share of the value moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatePenalty {
    after_seconds: f64,
    every_seconds: f64,
    first: f64,
    then: f64,
    most: f64,
}

impl LatePenalty {
    /// The penalty of `spec` from `after` on, seconds counted from `start`.
    #[must_use]
    pub fn new(spec: &LatePenaltySpec, after: Instant, start: Instant) -> Self {
        Self {
            after_seconds: after.seconds_since(start),
            every_seconds: spec.every.seconds(),
            first: spec.first,
            then: spec.then,
            most: spec.most,
        }
    }

    /// Share of the value moved at `seconds` on the run's clock that goes to the treasury.
    #[must_use]
    pub fn rate(&self, seconds: f64) -> f64 {
        let late = seconds - self.after_seconds;
        if late < 0.0 {
            return 0.0;
        }
        (self.first + self.then * (late / self.every_seconds).floor()).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_base::units::SECONDS_PER_DAY;

    #[test]
    fn one_per_cent_and_a_point_more_each_quarter() {
        let spec: LatePenaltySpec = serde_json::from_value(serde_json::json!({})).unwrap();
        let start = Instant::from_unix(0);
        let penalty = LatePenalty::new(&spec, start.plus_seconds(10.0 * SECONDS_PER_DAY), start);
        let cases =
            [(0.0, 0.0), (9.999, 0.0), (10.0, 0.01), (100.9, 0.01), (101.0, 0.02), (192.0, 0.03), (373.9, 0.04)];
        for (days, rate) in cases.into_iter().chain([(374.0, 0.05), (465.0, 0.05), (1e6, 0.05)]) {
            assert!((penalty.rate(days * SECONDS_PER_DAY) - rate).abs() < 1e-15, "day {days}");
        }
        assert!(spec.after.is_none());
    }
}
