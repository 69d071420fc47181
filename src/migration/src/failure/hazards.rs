//! Dangers that do not end with the migration: bridges, the abandoned old version, approvals left behind.

use portage_base::random::Stream;
use portage_base::units::SECONDS_PER_YEAR;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hazards that act all the time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hazards {
    /// Hazard that a bridge is robbed, while value is under way or locked in it.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "0.5 to 3 % a year: bridges are 5 % of the incidents of 2016 to 2026 and 18 % of their losses (DefiLlama)"))]
    pub bridge: f64,
    /// Hazard that the old version is robbed once nobody looks after it.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "judgement: old versions of Hegic, Balancer V1, Cozy V2 and Notional V2 were robbed years later (DefiLlama)"))]
    pub abandoned: f64,
    /// Share of movers that leave an approval on the migrator.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of movers", "x-source" = "judgement"))]
    pub approvals_left: f64,
    /// Hazard that the migrator is used to take what it is still approved for.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "judgement: a contract in use that lost its users' approved tokens was SushiSwap's RouteProcessor2 (April 2023)"))]
    pub approvals: f64,
    /// Share of what is still approved that is taken then.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is approved", "x-source" = "the mean severity of an exploit of a migration"))]
    pub approvals_taken: f64,
}

impl Default for Hazards {
    fn default() -> Self {
        Self { bridge: 0.01, abandoned: 0.002, approvals_left: 0.2, approvals: 0.005, approvals_taken: 0.6 }
    }
}

/// The uniform draws of one run that its hazards are made of, each in [0, 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HazardDraw {
    bridge: f64,
    bridge_severity: f64,
    abandoned: f64,
    abandoned_severity: f64,
    approvals: f64,
}

impl HazardDraw {
    /// Draws them; equally many whatever the hazards are.
    #[must_use]
    pub fn open(seed: u64, run: u64) -> Self {
        let mut stream = Stream::open(seed, run, "failure/hazards");
        Self {
            bridge: stream.uniform(),
            bridge_severity: stream.uniform(),
            abandoned: stream.uniform(),
            abandoned_severity: stream.uniform(),
            approvals: stream.uniform(),
        }
    }
}

/// When each hazard strikes, in seconds after it begins to act (infinite: never), and how hard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HazardTimes {
    /// The bridge is robbed, this long after value first stands in it.
    pub bridge_seconds: f64,
    /// Uniform draw in [0, 1) for the severity of that.
    pub bridge_severity: f64,
    /// The old version is robbed, this long after its support ends.
    pub abandoned_seconds: f64,
    /// Uniform draw in [0, 1) for the severity of that.
    pub abandoned_severity: f64,
    /// The migrator is robbed of what it is approved for, this long after the first approval.
    pub approvals_seconds: f64,
}

impl Hazards {
    /// When each strikes in the run of `draw`.
    #[must_use]
    pub fn times(&self, draw: &HazardDraw) -> HazardTimes {
        HazardTimes {
            bridge_seconds: exponential_seconds(self.bridge, draw.bridge),
            bridge_severity: draw.bridge_severity,
            abandoned_seconds: exponential_seconds(self.abandoned, draw.abandoned),
            abandoned_severity: draw.abandoned_severity,
            approvals_seconds: exponential_seconds(self.approvals, draw.approvals),
        }
    }
}

/// Seconds until a constant hazard strikes: -ln(1 - u)/rate of the uniform draw `u` in [0, 1); infinite without a hazard.
///
/// A higher `rate_per_year` strikes earlier in the same run, in proportion.
#[must_use]
pub fn exponential_seconds(rate_per_year: f64, u: f64) -> f64 {
    if rate_per_year > 0.0 { -libm::log1p(-u) / rate_per_year * SECONDS_PER_YEAR } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_strikes_within_a_year_with_its_probability() {
        let rate = 0.02;
        let edge = -libm::expm1(-rate);
        assert!(exponential_seconds(rate, edge - 1e-9) < SECONDS_PER_YEAR);
        assert!(exponential_seconds(rate, edge + 1e-9) > SECONDS_PER_YEAR);
        assert_eq!(exponential_seconds(0.0, 0.5), f64::INFINITY);
    }

    #[test]
    fn a_hazard_moves_no_other() {
        let draw = HazardDraw::open(1, 2);
        let (low, high) = (Hazards::default(), Hazards { bridge: 0.03, ..Hazards::default() });
        let (low, high) = (low.times(&draw), high.times(&draw));
        assert!((low.bridge_seconds / high.bridge_seconds - 3.0).abs() < 1e-12);
        assert_eq!(HazardTimes { bridge_seconds: low.bridge_seconds, ..high }, low);
    }
}
