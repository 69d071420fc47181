//! Frames, ticks and dates.

use super::canvas::{Anchor, Canvas, Drawn, Ink, Type, text_width};
use crate::wording::{Measure, Scale};
use chrono::{DateTime, Datelike, Months, NaiveDate};
use portage_base::units::{Instant, SECONDS_PER_DAY};

/// Width of a panel, points: two stand side by side on the page, one on a phone.
pub(super) const PANEL_WIDTH: f64 = 356.0;
/// Height of a panel with axes, points.
pub(super) const PANEL_HEIGHT: f64 = 232.0;

/// What the horizontal axis counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Across {
    /// Days since an instant.
    DaysSince(Instant),
    /// Runs.
    Runs,
    /// A quantity.
    Of(Measure),
}

/// Values beyond are drawn as if they were this large: their differences are still numbers.
const LARGEST: f64 = 1e300;

/// The rectangle of the data and its scales.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Left, right, top and bottom of the plot on the canvas.
    pub(super) left: f64,
    /// Right end.
    pub(super) right: f64,
    /// Top.
    pub(super) top: f64,
    /// Bottom.
    pub(super) bottom: f64,
    /// First and last value across.
    pub(super) x: (f64, f64),
    /// Lowest and highest value.
    pub(super) y: (f64, f64),
}

impl Frame {
    /// The frame of a panel with room for labels of `label_width` to the right of the lines.
    pub(super) fn of_panel(x: (f64, f64), ticks: &Ticks, label_width: f64) -> Self {
        let widths = ticks.values.iter().map(|value| text_width(&ticks.scale.number(*value), Type::NOTE));
        // The plot keeps half of the panel, whatever has to be written beside it.
        let left = (widths.fold(28.0, f64::max) + 8.0).min(0.5 * PANEL_WIDTH);
        let (right, bottom) = (PANEL_WIDTH - 8.0 - label_width, PANEL_HEIGHT - 22.0);
        Self { left, right, top: 46.0, bottom, x, y: ticks.range() }
    }

    /// The point of a value; one outside the frame is drawn on its border.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| {
            if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
        };
        let across = self.left + share(x, self.x) * (self.right - self.left);
        (across, self.bottom - share(y, self.y) * (self.bottom - self.top))
    }

    /// Draws title, unit, horizontal grid lines with their labels, and the labels of the horizontal axis.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, title: &str, note: &str, ticks: &Ticks, across: Across) -> Drawn {
        canvas.text((0.0, 9.0), title, Type::TITLE, Anchor::Start)?;
        let unit = ticks.scale.unit;
        let unit = if unit.is_empty() || note.is_empty() { format!("{unit}{note}") } else { format!("{unit}, {note}") };
        canvas.text((0.0, 25.0), &unit, Type::NOTE, Anchor::Start)?;
        for value in &ticks.values {
            let (_, y) = self.at(self.x.0, *value);
            let ink = if *value == 0.0 { Ink::Grey } else { Ink::Grid };
            canvas.line(&[(self.left, y), (self.right, y)], ink, 0.75)?;
            canvas.text((self.left - 6.0, y), &ticks.scale.number(*value), Type::NOTE, Anchor::End)?;
        }
        for (value, label) in self.across_ticks(across) {
            let (x, _) = self.at(value, self.y.0);
            let half = 0.5 * text_width(&label, Type::NOTE);
            // The right end of the panel prevails over the left end of the plot.
            let x = x.max(self.left - 8.0 + half.min(8.0)).min(PANEL_WIDTH - half);
            canvas.text((x, self.bottom + 13.0), &label, Type::NOTE, Anchor::Middle)?;
        }
        Ok(())
    }

    fn across_ticks(&self, across: Across) -> Vec<(f64, String)> {
        match across {
            Across::DaysSince(start) => date_ticks(start, self.x),
            Across::Runs => {
                let ticks = Ticks::within(self.x.0.max(0.0), self.x.1, Measure::Count, 4);
                ticks.values.iter().map(|runs| (*runs, ticks.scale.number(*runs))).collect()
            }
            Across::Of(measure) => {
                let ticks = Ticks::within(self.x.0, self.x.1, measure, 4);
                ticks.values.iter().map(|value| (*value, ticks.scale.number(*value))).collect()
            }
        }
    }
}

/// Round values for an axis, and the scale of their labels.
#[derive(Debug, Clone)]
pub(super) struct Ticks {
    /// The values, ascending.
    pub(super) values: Vec<f64>,
    /// How they are written.
    pub(super) scale: Scale,
}

impl Ticks {
    /// Ticks that embrace `low`..`high`: the first is not above, the last not below.
    pub(super) fn around(low: f64, high: f64, measure: Measure) -> Self {
        let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        let step = round_step((high - low) / 4.0);
        let (first, last) = ((low / step - 1e-6).ceil() as i64, (high / step + 1e-6).floor() as i64);
        let first = if (first as f64) * step > low + 1e-6 * step { first - 1 } else { first };
        let last = if (last as f64) * step < high - 1e-6 * step { last + 1 } else { last };
        Self::of_steps(first, last, step, measure)
    }

    /// About `count` ticks inside `low`..`high`.
    fn within(low: f64, high: f64, measure: Measure, count: u32) -> Self {
        let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
        let step = round_step((high - low) / f64::from(count));
        if step <= 0.0 || step.is_nan() {
            return Self { values: vec![low], scale: measure.scale(low) };
        }
        Self::of_steps((low / step - 1e-6).ceil() as i64, (high / step + 1e-6).floor() as i64, step, measure)
    }

    fn of_steps(first: i64, last: i64, step: f64, measure: Measure) -> Self {
        let values: Vec<f64> = (first..=last).map(|at| at as f64 * step).collect();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let scale = measure.scale(largest).with_step(step);
        Self { values, scale }
    }

    /// First and last tick.
    pub(super) fn range(&self) -> (f64, f64) {
        (self.values.first().copied().unwrap_or(0.0), self.values.last().copied().unwrap_or(1.0))
    }
}

/// The round number (1, 2, 2.5 or 5 times a power of ten) next above `raw`.
fn round_step(raw: f64) -> f64 {
    let power = 10.0_f64.powf(raw.log10().floor());
    let lead = raw / power;
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| *round >= lead * (1.0 - 1e-9)).unwrap_or(10.0);
    round * power
}

/// Days between date labels, up to a month.
const DAY_STEPS: [u32; 5] = [1, 2, 5, 7, 14];
/// Months between date labels beyond that.
const MONTH_STEPS: [u32; 5] = [1, 2, 3, 6, 12];
/// Most date labels that fit.
const DATES_MAX: u32 = 5;

/// Days since `start` that get a label, and the label.
fn date_ticks(start: Instant, (first, last): (f64, f64)) -> Vec<(f64, String)> {
    let Some(begin) = DateTime::from_timestamp(start.unix(), 0) else { return Vec::new() };
    let offset = start.unix().rem_euclid(86_400) as f64 / SECONDS_PER_DAY;
    let midnight = begin.date_naive();
    let days_to = |date: NaiveDate| (date - midnight).num_days() as f64 - offset;
    let length = last - first;
    let shown = |dates: Vec<NaiveDate>, format: &str| {
        let inside =
            dates.into_iter().map(|date| (days_to(date), date)).filter(|(day, _)| (first..=last).contains(day));
        inside.map(|(day, date)| (day, date.format(format).to_string())).collect()
    };
    if length < 1.5 {
        return vec![(first, begin.format("%-d %b %H:%M").to_string())];
    }
    if let Some(step) = DAY_STEPS.into_iter().find(|step| length / f64::from(*step) <= f64::from(DATES_MAX)) {
        return shown(midnight.iter_days().step_by(step as usize).take(DATES_MAX as usize + 2).collect(), "%-d %b");
    }
    let months = length / 30.4;
    let step = MONTH_STEPS.into_iter().find(|step| months / f64::from(*step) <= f64::from(DATES_MAX)).unwrap_or(24);
    let firsts = midnight.with_day(1).into_iter().flat_map(|month| {
        (0..=DATES_MAX + 2).filter_map(move |index| month.checked_add_months(Months::new(index * step)))
    });
    shown(firsts.collect(), if step < 12 { "%b %Y" } else { "%Y" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_embrace_the_data() {
        let ticks = Ticks::around(0.0, 0.93, Measure::Share);
        assert_eq!(ticks.range(), (0.0, 1.0));
        assert_eq!(
            ticks.values.iter().map(|value| ticks.scale.number(*value)).collect::<Vec<_>>().join(" "),
            "0 25 50 75 100"
        );
        let ticks = Ticks::around(-3.0, 17.0, Measure::Bps);
        assert_eq!(ticks.values, [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]);
        let flat = Ticks::around(2.0, 2.0, Measure::Plain);
        assert!(flat.range().0 <= 2.0 && flat.range().1 > 2.0);
    }

    #[test]
    fn dates_are_midnights_and_firsts_of_months() {
        let start: Instant = "2020-08-28T12:00".parse().unwrap();
        let ticks = date_ticks(start, (0.0, 21.0));
        assert_eq!(ticks[0], (4.5, "2 Sep".to_owned()));
        let months = date_ticks(start, (0.0, 120.0));
        assert_eq!(months[0], (3.5, "Sep 2020".to_owned()));
        assert!(months.len() <= 5);
    }
}
