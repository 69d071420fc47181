//! A programme's payments on the run's clock.

use super::{ProgrammeSpec, Schedule};
use crate::units::Instant;

/// A programme's payments on the run's clock: cumulative tokens as a function of time.
///
/// Law: constant S(t) = B u, linear decay S(t) = B u (2 - u), with u the share of the programme's time that has
/// passed; cliff S(t) = r (min(t, c) + then max(t - c, 0)) with r such that S(end) = B.
#[derive(Debug, Clone, PartialEq)]
pub struct Emission {
    budget: f64,
    from_seconds: f64,
    until_seconds: f64,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Constant,
    LinearDecay,
    Cliff { at_seconds: f64, then: f64 },
}

impl Emission {
    /// The payments of the share `weight` of `programme`, seconds counted from `start`; `until` is after `from`.
    #[must_use]
    pub fn new(programme: &ProgrammeSpec, weight: f64, start: Instant) -> Self {
        let shape = match &programme.schedule {
            Schedule::Constant => Shape::Constant,
            Schedule::LinearDecay => Shape::LinearDecay,
            Schedule::Cliff(cliff) => Shape::Cliff { at_seconds: cliff.at.seconds_since(start), then: cliff.then },
        };
        Self {
            budget: programme.budget * weight,
            from_seconds: programme.from.seconds_since(start),
            until_seconds: programme.until.seconds_since(start),
            shape,
        }
    }

    /// Tokens paid up to `seconds` on the run's clock.
    #[must_use]
    pub fn paid_by(&self, seconds: f64) -> f64 {
        let now = seconds.clamp(self.from_seconds, self.until_seconds);
        let length = self.until_seconds - self.from_seconds;
        let share = (now - self.from_seconds) / length;
        match self.shape {
            Shape::Constant => self.budget * share,
            Shape::LinearDecay => self.budget * share * (2.0 - share),
            Shape::Cliff { at_seconds, then } => {
                let weight =
                    |until: f64| (until.min(at_seconds) - self.from_seconds) + then * (until - at_seconds).max(0.0);
                self.budget * weight(now) / weight(self.until_seconds)
            }
        }
    }

    /// Tokens paid per second at `seconds` on the run's clock, zero outside the programme.
    #[must_use]
    pub fn rate_per_second(&self, seconds: f64) -> f64 {
        if !(self.from_seconds..self.until_seconds).contains(&seconds) {
            return 0.0;
        }
        let length = self.until_seconds - self.from_seconds;
        match self.shape {
            Shape::Constant => self.budget / length,
            Shape::LinearDecay => 2.0 * self.budget * (self.until_seconds - seconds) / (length * length),
            Shape::Cliff { at_seconds, then } => {
                let weight = (at_seconds - self.from_seconds) + then * (self.until_seconds - at_seconds);
                self.budget / weight * if seconds < at_seconds { 1.0 } else { then }
            }
        }
    }

    /// First and last second of payment on the run's clock.
    #[must_use]
    pub const fn window(&self) -> (f64, f64) {
        (self.from_seconds, self.until_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incentives::Cliff;

    fn emission(schedule: Schedule) -> Emission {
        let start = Instant::from_unix(0);
        let programme = ProgrammeSpec {
            token: "SUSHI".into(),
            venue: Some("new".into()),
            venues: std::collections::BTreeMap::new(),
            pays_pledged: false,
            budget: 1_000.0,
            from: start.plus_seconds(100.0),
            until: start.plus_seconds(1_100.0),
            schedule,
            stopped: None,
            only_migrated: false,
            cap_usd: None,
            boost: None,
            matches_fees: None,
            vesting: None,
            lock: None,
            retention_bonus: None,
            sold_share: 1.0,
            sold_later: None,
        };
        Emission::new(&programme, 1.0, start)
    }

    #[test]
    fn every_schedule_pays_its_budget_and_its_rate_is_the_slope() {
        let cliff = Schedule::Cliff(Cliff { at: Instant::from_unix(300), then: 0.1 });
        for schedule in [Schedule::Constant, Schedule::LinearDecay, cliff] {
            let emission = emission(schedule);
            assert_eq!(emission.paid_by(0.0), 0.0);
            assert!((emission.paid_by(2_000.0) - 1_000.0).abs() < 1e-9);
            for seconds in [150.0, 299.0, 301.0, 700.0, 1_050.0] {
                let slope = (emission.paid_by(seconds + 0.5) - emission.paid_by(seconds - 0.5)) / 1.0;
                assert!((slope - emission.rate_per_second(seconds)).abs() < 1e-9, "at {seconds}");
            }
            assert_eq!(emission.rate_per_second(99.0) + emission.rate_per_second(1_100.0), 0.0);
        }
    }
}
