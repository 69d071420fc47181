//! Time and its conversions: instants and spans that refuse bad values, and the unit constants of the model.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use std::fmt;
use std::str::FromStr;

/// Seconds in a day.
pub const SECONDS_PER_DAY: f64 = 86_400.0;
/// Days in the model's year.
pub const DAYS_PER_YEAR: f64 = 365.0;
/// Seconds in the model's year of 365 days, to which rates and volatilities are annualised.
pub const SECONDS_PER_YEAR: f64 = DAYS_PER_YEAR * SECONDS_PER_DAY;
/// Basis points in one.
pub const BPS: f64 = 10_000.0;
/// Gwei in one ether.
pub const GWEI_PER_ETH: f64 = 1e9;
/// Wei in one gwei.
pub const WEI_PER_GWEI: f64 = 1e9;

/// A span of time in seconds; written `12s`, `13.3s`, `30m`, `6h`, `30d`, `2w` or `1y` (365 days).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Span(f64);

impl Span {
    /// A span of `seconds`, finite and not negative; `None` otherwise.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (seconds.is_finite() && seconds >= 0.0).then_some(Self(seconds))
    }

    /// The span in seconds.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        self.0
    }

    /// The span in days.
    #[must_use]
    pub fn days(self) -> f64 {
        self.0 / SECONDS_PER_DAY
    }

    /// The span in years of 365 days.
    #[must_use]
    pub fn years(self) -> f64 {
        self.0 / SECONDS_PER_YEAR
    }
}

/// Suffixes of a span with their length in seconds, longest first.
const SPAN_UNITS: [(&str, f64); 7] = [
    ("y", SECONDS_PER_YEAR),
    ("w", 7.0 * SECONDS_PER_DAY),
    ("d", SECONDS_PER_DAY),
    ("h", 3_600.0),
    ("ms", 1e-3),
    ("m", 60.0),
    ("s", 1.0),
];

impl FromStr for Span {
    type Err = String;

    /// # Errors
    /// If the text is not a plain non-negative number followed by one of the units s, m, h, d, w, y (or ms).
    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &trimmed[digits.len()..];
        let unit = SPAN_UNITS.iter().find(|(name, _)| *name == suffix).map(|(_, seconds)| *seconds);
        let number = digits.trim().parse::<f64>().ok();
        unit.zip(number).and_then(|(unit, number)| Self::from_seconds(number * unit)).ok_or_else(|| {
            format!("\"{text}\" is not a span of time; write a number and a unit: 12s, 30m, 6h, 30d, 2w, 1y")
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (suffix, unit) = SPAN_UNITS
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "y" | "w" | "ms"))
            .find(|(_, unit)| self.0 >= *unit && (self.0 / unit).fract() == 0.0)
            .unwrap_or(("s", 1.0));
        write!(out, "{}{suffix}", self.0 / unit)
    }
}

/// An instant: whole seconds since 1970-01-01T00:00:00Z.
///
/// Written `2020-08-28`, `2020-08-28T06:00`, `2020-08-28T06:00:00` or with a final `Z`; always UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i64);

impl Instant {
    /// The instant `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to this instant; negative when this instant is the earlier one.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64
    }

    /// This instant moved by `seconds`, rounded to whole seconds and held inside the range of the type.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(libm::round(seconds) as i64))
    }
}

impl FromStr for Instant {
    type Err = String;

    /// # Errors
    /// If the text is not a calendar date, or a date and time, in UTC.
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.trim().trim_end_matches('Z');
        let date = NaiveDate::parse_from_str(plain, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0));
        let moment = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|layout| NaiveDateTime::parse_from_str(plain, layout).ok());
        date.or(moment)
            .map(|moment| Self(moment.and_utc().timestamp()))
            .ok_or_else(|| format!("\"{text}\" is not a date; write 2020-08-28 or 2020-08-28T06:00 (UTC)"))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = DateTime::from_timestamp(self.0, 0).unwrap_or_default();
        let layout = if self.0.rem_euclid(86_400) == 0 { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%SZ" };
        write!(out, "{}", moment.format(layout))
    }
}

/// Both are written and read as text; their schema is text of the formats `span` and `instant`.
macro_rules! read_and_written_as_text {
    ($kind:ident, $format:literal) => {
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        schemars::schema_of_text!($kind, $format);
    };
}

read_and_written_as_text!(Span, "span");
read_and_written_as_text!(Instant, "instant");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print() {
        for (text, seconds) in [("12s", 12.0), ("13.3s", 13.3), ("30m", 1800.0), ("6h", 21_600.0), ("1y", 31_536_000.0)]
        {
            assert_eq!(text.parse::<Span>().map(Span::seconds), Ok(seconds));
        }
        assert_eq!("36h".parse::<Span>().map(|span| span.to_string()), Ok("36h".to_string()));
        assert_eq!("14d".parse::<Span>().map(|span| span.to_string()), Ok("14d".to_string()));
        for text in ["", "12", "d", "-1d", "nan s", "1 fortnight", "infd"] {
            assert!(text.parse::<Span>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn instants_read_and_print() {
        assert_eq!("2020-08-28".parse::<Instant>().map(Instant::unix), Ok(1_598_572_800));
        assert_eq!("2020-08-28T06:00".parse::<Instant>().map(Instant::unix), Ok(1_598_594_400));
        assert_eq!("2020-08-28T06:00:00Z".parse::<Instant>().map(|i| i.to_string()), Ok("2020-08-28T06:00:00Z".into()));
        for text in ["2020-13-01", "28.08.2020", "soon", "2020-02-30"] {
            assert!(text.parse::<Instant>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn both_cross_serde_as_text() {
        let written = serde_json::json!(["36h", "2020-08-28"]);
        let read: Result<(Span, Instant), _> = serde_json::from_value(written.clone());
        assert_eq!(read.as_ref().map(|(span, _)| span.seconds()).ok(), Some(129_600.0));
        assert_eq!(read.map(|pair| serde_json::json!(pair)).ok(), Some(written));
        assert!(serde_json::from_value::<Span>(serde_json::json!(12.0)).is_err());
        assert!(serde_json::from_value::<Instant>(serde_json::json!("soon")).is_err());
    }
}
