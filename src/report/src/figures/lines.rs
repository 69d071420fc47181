//! Curves with bands, and stacked areas.

use super::axis::{Across, Frame, PANEL_WIDTH, Ticks};
use super::canvas::{Anchor, Canvas, Drawn, Ink, Type, text_width};
use crate::wording::Measure;

/// Least distance between two labels at line ends, points.
const LABEL_DISTANCE: f64 = 12.5;
/// From the middle of a diamond to its corners, points.
const DIAMOND: f64 = 4.5;
/// Height of a row of words above the plot, points.
const EVENT_ROW: f64 = 11.0;

/// One curve, with translucent bands behind it.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// Its name, at its right end.
    pub(super) label: String,
    /// Its colour.
    pub(super) ink: Ink,
    /// Its stroke, points.
    pub(super) width: f64,
    /// Its values; NaN is a gap.
    pub(super) values: Vec<f64>,
    /// Lower and upper border of each band, the widest first.
    pub(super) bands: Vec<(Vec<f64>, Vec<f64>)>,
}

/// A chart of curves over time or over the number of runs.
pub(super) struct LineChart<'c> {
    /// Title.
    pub(super) title: &'c str,
    /// What the curves and bands are, after the unit.
    pub(super) note: &'c str,
    /// What the vertical axis measures.
    pub(super) measure: Measure,
    /// Positions across.
    pub(super) x: &'c [f64],
    /// What the horizontal axis counts.
    pub(super) across: Across,
    /// The curves.
    pub(super) curves: Vec<Curve>,
    /// Areas that are stacked on each other from zero, drawn behind the curves: name, colour, values.
    pub(super) stack: Vec<(String, Ink, Vec<f64>)>,
    /// Values that the vertical axis shows in any case.
    pub(super) floor: Option<f64>,
    /// Lowest and highest value of the vertical axis, where they are known beforehand.
    pub(super) range: Option<(f64, f64)>,
    /// Events: position across, and a word.
    pub(super) events: Vec<(f64, String)>,
    /// What was observed, drawn as diamonds: position across, and value.
    pub(super) observed: Vec<(f64, f64)>,
}

impl LineChart<'_> {
    /// Draws the chart.
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let (low, high) = self.range.unwrap_or_else(|| self.extent());
        let ticks = Ticks::around(low, high, self.measure);
        let names = self.curves.iter().map(|curve| &curve.label).chain(self.stack.iter().map(|(name, ..)| name));
        let widest = names.map(|name| text_width(name, Type::LABEL)).fold(0.0, f64::max);
        let ends = (self.x.first().copied().unwrap_or(0.0), self.x.last().copied().unwrap_or(1.0));
        let mut frame = Frame::of_panel(ends, &ticks, if widest > 0.0 { widest + 6.0 } else { 0.0 });
        if !self.events.is_empty() {
            frame.top += EVENT_ROW;
        }
        frame.draw(canvas, self.title, self.note, &ticks, self.across)?;
        let mut labels = self.draw_stack(canvas, &frame)?;
        self.draw_events(canvas, &frame)?;
        for curve in &self.curves {
            for (index, (lower, upper)) in curve.bands.iter().enumerate() {
                self.area(canvas, &frame, lower, upper, curve.ink, if index == 0 { 0.13 } else { 0.17 })?;
            }
        }
        for curve in &self.curves {
            for part in parts(self.x, &curve.values) {
                let points: Vec<_> = part.iter().map(|(x, y)| frame.at(*x, *y)).collect();
                canvas.line(&points, curve.ink, curve.width)?;
            }
            if let Some(last) = curve.values.iter().rev().find(|value| value.is_finite()) {
                labels.push((frame.at(ends.1, *last).1, curve.label.clone(), curve.ink));
            }
        }
        self.draw_observed(canvas, &frame)?;
        draw_labels(canvas, &frame, labels)
    }

    /// Diamonds with a border of paper, so that they stand out of curves and bands.
    fn draw_observed(&self, canvas: &Canvas<'_>, frame: &Frame) -> Drawn {
        let is_shown = |value: f64| value >= frame.y.0.min(frame.y.1) && value <= frame.y.0.max(frame.y.1);
        for (x, y) in self.observed.iter().filter(|(_, value)| is_shown(*value)) {
            let (x, y) = frame.at(*x, *y);
            for (size, ink) in [(DIAMOND + 1.5, Ink::Paper), (DIAMOND, Ink::Red)] {
                canvas.polygon(&[(x - size, y), (x, y - size), (x + size, y), (x, y + size)], ink, 1.0)?;
            }
        }
        Ok(())
    }

    fn extent(&self) -> (f64, f64) {
        let bands = self.curves.iter().flat_map(|curve| curve.bands.iter().flat_map(|(lower, upper)| [lower, upper]));
        let all = self.curves.iter().map(|curve| &curve.values).chain(bands);
        let curves = all.flatten().copied();
        let sums = (0..self.x.len()).map(|at| self.stacked(self.stack.len(), at));
        let finite = curves
            .chain(sums.filter(|_| !self.stack.is_empty()))
            .chain(self.floor)
            .chain(self.observed.iter().map(|(_, value)| *value))
            .filter(|y| y.is_finite());
        let zero = (!self.stack.is_empty()).then_some(0.0);
        let (low, high) = finite
            .chain(zero)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low <= high { (low, high) } else { (0.0, 1.0) }
    }

    /// Sum of the first `count` areas at a position.
    fn stacked(&self, count: usize, at: usize) -> f64 {
        self.stack.iter().take(count).map(|(_, _, values)| values.get(at).copied().unwrap_or(f64::NAN)).sum()
    }

    fn draw_stack(&self, canvas: &Canvas<'_>, frame: &Frame) -> Result<Vec<(f64, String, Ink)>, String> {
        let mut labels = Vec::new();
        for (index, (name, ink, _)) in self.stack.iter().enumerate() {
            let lower: Vec<f64> = (0..self.x.len()).map(|at| self.stacked(index, at)).collect();
            let upper: Vec<f64> = (0..self.x.len()).map(|at| self.stacked(index + 1, at)).collect();
            self.area(canvas, frame, &lower, &upper, *ink, 0.55)?;
            let last = lower.iter().zip(&upper).rev().find(|(lower, upper)| (*lower + *upper).is_finite());
            if let Some((lower, upper)) = last {
                labels.push((frame.at(frame.x.1, 0.5 * (lower + upper)).1, name.clone(), *ink));
            }
        }
        Ok(labels)
    }

    fn area(&self, canvas: &Canvas<'_>, frame: &Frame, lower: &[f64], upper: &[f64], ink: Ink, opacity: f64) -> Drawn {
        let is_known = |at: &usize| lower[*at].is_finite() && upper[*at].is_finite();
        let known: Vec<usize> = (0..self.x.len().min(lower.len()).min(upper.len())).collect();
        for part in known.chunk_by(|before, after| is_known(before) && is_known(after)) {
            if part.len() > 1 {
                let forth = part.iter().map(|at| frame.at(self.x[*at], upper[*at]));
                let back = part.iter().rev().map(|at| frame.at(self.x[*at], lower[*at]));
                canvas.polygon(&forth.chain(back).collect::<Vec<_>>(), ink, opacity)?;
            }
        }
        Ok(())
    }

    fn draw_events(&self, canvas: &Canvas<'_>, frame: &Frame) -> Drawn {
        // Two rows of words: one that would touch its neighbour moves up, and a third is left out.
        let mut occupied = [f64::NEG_INFINITY; 2];
        for (x, word) in &self.events {
            let (x, _) = frame.at(*x, frame.y.0);
            let width = text_width(word, Type::NOTE);
            let from = (x - 0.5 * width).max(frame.left).min(PANEL_WIDTH - width);
            let row = occupied.iter().position(|end| from > *end);
            let top = frame.top - 3.0 - EVENT_ROW * row.unwrap_or(0) as f64;
            canvas.line(&[(x, top), (x, frame.bottom)], Ink::Grey, 0.75)?;
            if let Some(row) = row {
                canvas.text((from, top - 5.0), word, Type::NOTE, Anchor::Start)?;
                occupied[row] = from + width + 6.0;
            }
        }
        Ok(())
    }
}

/// The runs of finite values.
fn parts(x: &[f64], values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let points: Vec<(f64, f64)> = x.iter().copied().zip(values.iter().copied()).collect();
    let split = points.split(|(_, y)| !y.is_finite());
    split.filter(|part| part.len() > 1).map(<[(f64, f64)]>::to_vec).collect()
}

/// Labels at the right end, moved apart where they would touch.
fn draw_labels(canvas: &Canvas<'_>, frame: &Frame, mut labels: Vec<(f64, String, Ink)>) -> Drawn {
    labels.retain(|(_, label, _)| !label.is_empty());
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = labels.len();
    for at in 1..count {
        labels[at].0 = labels[at].0.max(labels[at - 1].0 + LABEL_DISTANCE);
    }
    if let Some(last) = labels.last_mut() {
        last.0 = last.0.min(frame.bottom);
    }
    for at in (1..count).rev() {
        labels[at - 1].0 = labels[at - 1].0.min(labels[at].0 - LABEL_DISTANCE);
    }
    for (y, label, ink) in &labels {
        canvas.text((frame.right + 5.0, *y), label, Type::LABEL.with(*ink), Anchor::Start)?;
    }
    Ok(())
}
