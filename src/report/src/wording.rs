//! Numbers as a reader would write them: scaled, rounded to what can be told apart, with their interval.

use portage_base::stats::Interval;
use portage_results::metrics::Unit;

/// What kind of number a metric is: it decides scale, decimals and unit in print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// A share, printed in per cent.
    Share,
    /// A rate per year, printed in per cent.
    PerYear,
    /// US dollars.
    Usd,
    /// US dollars per day.
    UsdPerDay,
    /// Tokens.
    Tokens,
    /// Basis points.
    Bps,
    /// US dollars times days.
    UsdDays,
    /// US dollars times hours.
    UsdHours,
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// Gas price.
    Gwei,
    /// Things counted.
    Count,
    /// Anything else, as it is.
    Plain,
}

/// Numbers in print from here on have an exponent: "1.2e60" fits where sixty digits do not.
const EXPONENT_FROM: f64 = 1e9;

/// Dollars from here on are too many for billions.
const BEYOND_BILLIONS: f64 = 1e15;

/// Most decimals of a label.
const DECIMALS_MAX: i32 = 8;

/// How numbers of one magnitude are printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    factor: f64,
    decimals: usize,
    /// Too small for decimals: an exponent for everything.
    is_minute: bool,
    /// The unit in print.
    pub(super) unit: &'static str,
}

impl Measure {
    /// The kind of number that is measured in `unit`.
    pub(super) const fn of(unit: Unit) -> Self {
        match unit {
            Unit::Usd => Self::Usd,
            Unit::UsdPerDay => Self::UsdPerDay,
            Unit::UsdDays => Self::UsdDays,
            Unit::UsdHours => Self::UsdHours,
            Unit::Tokens => Self::Tokens,
            Unit::Share | Unit::ShareOf(_) | Unit::Flag => Self::Share,
            Unit::Bps | Unit::BpsOf(_) => Self::Bps,
            Unit::PerYear | Unit::PerRootYear => Self::PerYear,
            Unit::Days => Self::Days,
            Unit::Hours => Self::Hours,
            Unit::Gwei => Self::Gwei,
            Unit::Count(_) => Self::Count,
            Unit::Pure | Unit::Of(_) => Self::Plain,
        }
    }

    /// The scale for numbers of about `magnitude`: two or three significant digits.
    pub(super) fn scale(self, magnitude: f64) -> Scale {
        let magnitude = magnitude.abs();
        let thousands = |plain, thousand, million, billion| {
            if magnitude >= BEYOND_BILLIONS {
                (1.0, plain)
            } else if magnitude >= 1e9 {
                (1e-9, billion)
            } else if magnitude >= 1e6 {
                (1e-6, million)
            } else if magnitude >= 1e4 {
                (1e-3, thousand)
            } else {
                (1.0, plain)
            }
        };
        let ((factor, unit), decimals_max) = match self {
            Self::Share => ((100.0, "%"), if magnitude < 0.01 { 2 } else { 1 }),
            Self::PerYear => ((100.0, "% a year"), 1),
            Self::Usd => (thousands("USD", "thousand USD", "million USD", "billion USD"), 2),
            Self::UsdPerDay => {
                (thousands("USD a day", "thousand USD a day", "million USD a day", "billion USD a day"), 2)
            }
            Self::UsdDays => (thousands("USD days", "thousand USD days", "million USD days", "billion USD days"), 2),
            Self::UsdHours => {
                (thousands("USD hours", "thousand USD hours", "million USD hours", "billion USD hours"), 2)
            }
            Self::Tokens => (thousands("tokens", "thousand tokens", "million tokens", "billion tokens"), 2),
            Self::Bps => ((1.0, "bps"), 1),
            Self::Days => ((1.0, "days"), 1),
            Self::Hours => ((1.0, "hours"), 1),
            Self::Gwei => ((1.0, "gwei"), 1),
            Self::Count => ((1.0, ""), 1),
            Self::Plain => ((1.0, ""), 4),
        };
        let shown = magnitude * factor;
        let digits = if shown > 0.0 { 2.0 - shown.log10().floor() } else { 0.0 };
        Scale { factor, decimals: digits.clamp(0.0, decimals_max as f64) as usize, is_minute: false, unit }
    }
}

impl Scale {
    /// The same scale with the decimals that multiples of `step` need.
    pub(super) fn with_step(self, step: f64) -> Self {
        let shown = step * self.factor;
        let is_whole = |decimals: &i32| {
            let scaled = shown * 10.0_f64.powi(*decimals);
            scaled.round() >= 1.0 && (scaled - scaled.round()).abs() < 1e-6 * scaled
        };
        let decimals = (0..=DECIMALS_MAX).find(is_whole);
        // A round step that needs more decimals is minute; one beyond the exponent is written with it anyway.
        Self { decimals: decimals.unwrap_or(DECIMALS_MAX) as usize, is_minute: decimals.is_none(), ..self }
    }

    /// The number alone.
    pub(super) fn number(&self, value: f64) -> String {
        let shown = value * self.factor;
        if shown.abs() >= EXPONENT_FROM || (self.is_minute && shown != 0.0) {
            return format!("{shown:.1e}").replace('-', "\u{2212}");
        }
        let text = grouped(&format!("{shown:.*}", self.decimals));
        // A minus before nothing but zeros says nothing.
        let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.' | ','));
        if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "\u{2212}") }
    }

    /// The number with its unit.
    pub(super) fn quantity(&self, value: f64) -> String {
        let number = self.number(value);
        if self.unit.is_empty() { number } else { format!("{number}\u{a0}{}", self.unit) }
    }

    /// The interval in brackets; a question mark for an end that the runs cannot give, nothing if they can give neither.
    pub(super) fn interval(&self, interval: &Interval) -> String {
        match (interval.low, interval.high) {
            (Some(low), Some(high)) => format!("({} to {})", self.number(low), self.number(high)),
            (Some(low), None) => format!("({} to ?)", self.number(low)),
            (None, Some(high)) => format!("(? to {})", self.number(high)),
            (None, None) => String::new(),
        }
    }

    /// The number with unit and interval.
    pub(super) fn estimate(&self, value: f64, interval: &Interval) -> String {
        let fine = self.resolving(interval);
        bracketed(fine.quantity(value), &fine.interval(interval))
    }

    /// The number with interval, without the unit.
    pub(super) fn bare_estimate(&self, value: f64, interval: &Interval) -> String {
        let fine = self.resolving(interval);
        bracketed(fine.number(value), &fine.interval(interval))
    }

    /// The same scale with as many decimals as tell the ends of `interval` apart, up to four.
    fn resolving(self, interval: &Interval) -> Self {
        let Some((low, high)) = interval.ends() else { return self };
        let half_width = 0.5 * (high - low) * self.factor;
        // Ends that four decimals do not tell apart are the same.
        if half_width < 5e-5 {
            return self;
        }
        let needed = (-half_width.log10()).ceil().clamp(0.0, 4.0) as usize;
        Self { decimals: self.decimals.max(needed), ..self }
    }
}

/// The number with its interval, if there is one.
fn bracketed(number: String, interval: &str) -> String {
    if interval.is_empty() { number } else { format!("{number} {interval}") }
}

/// The number at the scale of its own magnitude, with unit.
pub(super) fn quantity(measure: Measure, value: f64) -> String {
    measure.scale(value).quantity(value)
}

/// A length of time without needless decimals.
pub(super) fn days(days: f64) -> String {
    if (days - days.round()).abs() < 0.05 {
        format!("{}\u{a0}{}", whole(days.round() as u64), if days.round() == 1.0 { "day" } else { "days" })
    } else {
        quantity(Measure::Days, days)
    }
}

/// A whole number with its digits in threes.
pub(super) fn whole(number: u64) -> String {
    grouped(&number.to_string())
}

/// The word that fits the number: one run, two runs.
pub(super) const fn counted(number: u64, one: &'static str, many: &'static str) -> &'static str {
    if number == 1 { one } else { many }
}

/// A figure with its whole part in groups of three from five digits on: 12,500 but 2500.
fn grouped(figure: &str) -> String {
    let start = usize::from(figure.starts_with('-'));
    let whole = figure[start..].find('.').map_or(figure.len(), |end| start + end);
    if whole - start < 5 {
        return figure.to_owned();
    }
    let mut out = figure[..start].to_owned();
    for (index, digit) in figure[start..whole].chars().enumerate() {
        if index > 0 && (whole - start - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &figure[whole..]
}

/// Words in a row with commas and a final "and".
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_one_would_write_them() {
        let shown = |measure, value| quantity(measure, value).replace('\u{a0}', " ");
        assert_eq!(shown(Measure::Share, 0.929_977), "93.0 %");
        assert_eq!(shown(Measure::Share, 1.0), "100 %");
        assert_eq!(shown(Measure::Usd, 1_081_319.0), "1.08 million USD");
        assert_eq!(shown(Measure::Usd, -8_836.9), "\u{2212}8837 USD");
        assert_eq!(shown(Measure::Usd, 12_340.0), "12.3 thousand USD");
        assert_eq!(shown(Measure::Bps, 81.049), "81.0 bps");
        assert_eq!(shown(Measure::Count, 31_503.9), "31,504");
        assert_eq!(shown(Measure::Usd, -0.001), "0.00 USD");
        assert_eq!(shown(Measure::Days, 0.0), "0 days");
        assert_eq!((days(21.0).as_str(), days(1.0).as_str()), ("21\u{a0}days", "1\u{a0}day"));
    }

    #[test]
    fn an_interval_is_told_apart_from_its_estimate() {
        let interval = Interval { low: Some(-0.62), high: Some(-0.58) };
        let text = Measure::Bps.scale(-0.6).estimate(-0.6, &interval);
        assert_eq!(text, "\u{2212}0.60\u{a0}bps (\u{2212}0.62 to \u{2212}0.58)");
    }

    #[test]
    fn an_unknown_end_is_said() {
        let scale = Measure::Share.scale(0.5);
        assert_eq!(scale.interval(&Interval { low: Some(0.4), high: Some(0.6) }), "(40.0 to 60.0)");
        assert_eq!(scale.interval(&Interval { low: Some(0.4), high: None }), "(40.0 to ?)");
        assert_eq!(scale.interval(&Interval::UNKNOWN), "");
        assert_eq!(scale.estimate(0.5, &Interval::UNKNOWN), "50.0\u{a0}%");
    }

    #[test]
    fn what_does_not_fit_has_an_exponent() {
        let shown = |measure, value| quantity(measure, value).replace('\u{a0}', " ");
        assert_eq!(shown(Measure::Usd, 1.24e60), "1.2e60 USD");
        assert_eq!(shown(Measure::Usd, -2e300), "\u{2212}2.0e300 USD");
        assert_eq!(shown(Measure::Bps, 3e9), "3.0e9 bps");
        assert_eq!(Measure::Plain.scale(4e-12).with_step(1e-12).number(3e-12), "3.0e\u{2212}12");
        assert_eq!((counted(1, "run", "runs"), counted(0, "run", "runs")), ("run", "runs"));
    }
}
