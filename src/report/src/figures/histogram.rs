//! The distribution of a loss, with value at risk and expected shortfall marked.

use super::axis::{Across, Frame, Ticks};
use super::canvas::{Anchor, Canvas, Drawn, Ink, Type, text_width};
use crate::wording::Measure;
use portage_base::stats::{Sample, TailEstimate};

/// Bins of the histogram: enough to see a shape, few enough to be smooth at a few hundred runs.
const BINS: usize = 36;
/// Height of the name of a mark, points.
const MARK_ROW: f64 = 12.0;
/// Height beyond that of other panels, for the names of the marks, points.
pub(super) const EXTRA_HEIGHT: f64 = 36.0;

/// A histogram of runs.
pub(super) struct Histogram<'c> {
    /// Title.
    pub(super) title: &'c str,
    /// What is counted.
    pub(super) note: &'c str,
    /// What the loss is measured in.
    pub(super) measure: Measure,
    /// The losses.
    pub(super) losses: &'c Sample,
    /// Tails to mark.
    pub(super) tails: &'c [TailEstimate],
}

impl Histogram<'_> {
    /// Draws the histogram; it needs at least one value.
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let sorted = self.losses.sorted();
        let (Some(least), Some(most)) = (sorted.first().copied(), sorted.last().copied()) else {
            return Err("a histogram without values".to_owned());
        };
        let marks = self.marks();
        let most = marks.iter().map(|(value, ..)| *value).fold(most, f64::max);
        let width = if most > least { (most - least) / BINS as f64 } else { least.abs().max(1.0) / BINS as f64 };
        let mut counts = [0_u32; BINS];
        for loss in sorted {
            counts[(((loss - least) / width) as usize).min(BINS - 1)] += 1;
        }
        let highest = counts.iter().copied().max().unwrap_or(0);
        let ticks = Ticks::around(0.0, f64::from(highest) / sorted.len() as f64, Measure::Share);
        let mut frame = Frame::of_panel((least, least + width * BINS as f64), &ticks, 6.0);
        // Room for the names of the marks.
        frame.top += MARK_ROW * marks.len() as f64;
        frame.bottom += EXTRA_HEIGHT;
        frame.draw(canvas, self.title, self.note, &ticks, Across::Of(self.measure))?;
        let first_tail = self.tails.first().map_or(f64::INFINITY, |tail| tail.value_at_risk.value);
        for (bin, count) in counts.iter().enumerate() {
            let from = least + width * bin as f64;
            let ink = if from + 0.5 * width > first_tail { Ink::Red } else { Ink::Blue };
            let share = f64::from(*count) / sorted.len() as f64;
            let (left, right) = (frame.at(from, 0.0), frame.at(from + width, share));
            canvas.rectangle((left.0 + 0.4, left.1), (right.0 - 0.4, right.1), ink, 0.75)?;
        }
        draw_marks(canvas, &frame, &marks)
    }

    /// Value, name and colour of each mark, ascending.
    fn marks(&self) -> Vec<(f64, String, Ink)> {
        let mut marks = Vec::new();
        for tail in self.tails {
            let percent = (tail.level * 100.0).round();
            let named =
                |name: &str, value: f64| format!("{name} {percent} %: {}", self.measure.scale(value).quantity(value));
            let (at_risk, shortfall) = (tail.value_at_risk.value, tail.expected_shortfall);
            marks.push((at_risk, named("VaR", at_risk), Ink::Text));
            marks.push((shortfall, named("ES", shortfall), Ink::Red));
        }
        marks.sort_by(|a, b| a.0.total_cmp(&b.0));
        marks
    }
}

fn draw_marks(canvas: &Canvas<'_>, frame: &Frame, marks: &[(f64, String, Ink)]) -> Drawn {
    // The largest stands highest, so that no line crosses a name to its right.
    for (row, (value, name, ink)) in marks.iter().enumerate() {
        let (x, _) = frame.at(*value, 0.0);
        let y = frame.top - MARK_ROW * (row as f64 + 0.5);
        canvas.line(&[(x, y - 4.0), (x, frame.bottom)], *ink, 0.9)?;
        let fits_left = x - text_width(name, Type::LABEL) > 6.0;
        let (at, anchor) = if fits_left { (x - 4.0, Anchor::End) } else { (x + 4.0, Anchor::Start) };
        canvas.text((at, y), name, Type::LABEL.with(*ink), anchor)?;
    }
    Ok(())
}
