//! The course of the day and of the week in the number of orders.

use portage_base::units::{Instant, SECONDS_PER_DAY};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How the number of orders changes with the hour.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntradaySpec {
    /// Half the difference between the busiest and the quietest hour, relative to the mean.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the day's mean", "x-source" = "judgement: 0.2-0.5, the hours of Europe and America"))]
    pub amplitude: f64,
    /// The busiest hour, UTC.
    #[serde(default = "peak_hour")]
    #[schemars(range(min = 0.0, max = 24.0), extend("x-unit" = "hour of the day", "x-source" = "judgement: Europe and America are both awake"))]
    pub peak_hour: f64,
}

const fn peak_hour() -> f64 {
    15.0
}

/// Days of a week, and which of them (counted from Monday) is the first of the weekend.
const DAYS_PER_WEEK: f64 = 7.0;
const SATURDAY: f64 = 5.0;

/// The day of the week of 1 January 1970, a Thursday, counted from Monday.
const WEEKDAY_OF_EPOCH: f64 = 3.0;

/// The factor of the hour on the number of orders.
///
/// Law: s(t) = w(day) (1 + a cos(2 pi (hour - peak) / 24)) 7 / (5 + 2 weekend), with w = weekend on Saturdays and Sundays (UTC)
/// and 1 on other days, so that its mean over a week is 1.
#[derive(Debug, Clone, Copy)]
pub struct Seasonality {
    amplitude: f64,
    peak: f64,
    weekend: f64,
    /// Seconds since the Unix epoch at the start of the run.
    start: f64,
}

impl Seasonality {
    /// The season of a run that begins at `start`.
    pub(super) fn new(intraday: Option<IntradaySpec>, weekend: f64, start: Instant) -> Self {
        let IntradaySpec { amplitude, peak_hour } = intraday.unwrap_or(IntradaySpec { amplitude: 0.0, peak_hour: 0.0 });
        Self { amplitude, peak: peak_hour / 24.0, weekend, start: start.unix() as f64 }
    }

    /// The mean of the factor from `from` to `until`, seconds since the start of the run: exact. 1 for an empty interval.
    #[must_use]
    pub fn mean(&self, from: f64, until: f64) -> f64 {
        let is_even = self.amplitude == 0.0 && self.weekend == 1.0;
        if is_even || until <= from {
            return 1.0;
        }
        let (begin, end) = ((self.start + from) / SECONDS_PER_DAY, (self.start + until) / SECONDS_PER_DAY);
        let (mut day, mut sum) = (libm::floor(begin), 0.0);
        while day < end {
            let weekday = (day + WEEKDAY_OF_EPOCH).rem_euclid(DAYS_PER_WEEK);
            let factor = if weekday >= SATURDAY { self.weekend } else { 1.0 };
            sum += factor * (self.until((end - day).min(1.0)) - self.until((begin - day).max(0.0)));
            day += 1.0;
        }
        sum / (end - begin) * DAYS_PER_WEEK / (SATURDAY + (DAYS_PER_WEEK - SATURDAY) * self.weekend)
    }

    /// The integral of the day's course from midnight to the share `day` of the day, up to a constant, days.
    fn until(&self, day: f64) -> f64 {
        day + self.amplitude * libm::sin(TAU * (day - self.peak)) / TAU
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn season(amplitude: f64, weekend: f64, start: &str) -> Seasonality {
        let start = start.parse().expect("a date");
        Seasonality::new(Some(IntradaySpec { amplitude, peak_hour: 15.0 }), weekend, start)
    }

    #[test]
    fn a_week_has_the_mean_one_wherever_it_begins() {
        for start in ["2024-03-01", "2024-03-02T07:30", "1969-12-28"] {
            let season = season(0.4, 0.3, start);
            assert!((season.mean(1_234.0, 1_234.0 + 7.0 * SECONDS_PER_DAY) - 1.0).abs() < 1e-9, "{start}");
            let parts: f64 =
                (0..168).map(|hour| season.mean(3_600.0 * f64::from(hour), 3_600.0 * f64::from(hour + 1))).sum();
            assert!((parts / 168.0 - 1.0).abs() < 1e-9, "{start}");
        }
        assert_eq!(Seasonality::new(None, 1.0, Instant::from_unix(0)).mean(0.0, 5.0), 1.0);
    }

    #[test]
    fn the_mean_of_an_interval_is_the_mean_of_the_cosine() {
        // Friday 1 March 2024. From 9 to 21 h the cosine is positive, with the mean 2 / pi; at the peak it is one.
        let friday = season(0.4, 1.0, "2024-03-01");
        let hours = |from: f64, until: f64| friday.mean(3_600.0 * from, 3_600.0 * until);
        assert!((hours(9.0, 21.0) - (1.0 + 0.4 * 2.0 / std::f64::consts::PI)).abs() < 1e-9);
        assert!((hours(15.0 - 1e-3, 15.0 + 1e-3) - 1.4).abs() < 1e-6 && (hours(3.0, 3.001) - 0.6).abs() < 1e-6);
    }

    #[test]
    fn weekends_are_saturday_and_sunday() {
        // From Friday 1 March 2024 on, days of factor 7 / (5 + 2 x 0.5) and half of it.
        let season = season(0.0, 0.5, "2024-03-01");
        let days: Vec<f64> = (0..5)
            .map(f64::from)
            .map(|day| season.mean(day * SECONDS_PER_DAY, (day + 1.0) * SECONDS_PER_DAY))
            .collect();
        for (day, law) in days.iter().zip([1.0, 0.5, 0.5, 1.0, 1.0]) {
            assert!((day - law * 7.0 / 6.0).abs() < 1e-9, "{days:?}");
        }
        // Half of Friday and half of Saturday.
        let across = season.mean(0.5 * SECONDS_PER_DAY, 1.5 * SECONDS_PER_DAY);
        assert!((across - 0.75 * 7.0 / 6.0).abs() < 1e-9, "{across}");
    }
}
