//! Rows of bars: waterfalls and balances, with whiskers.

use super::axis::PANEL_WIDTH;
use super::canvas::{Anchor, Canvas, Drawn, Ink, Type, text_width};
use crate::wording::{Measure, Scale};

/// Height of a row, points.
const ROW: f64 = 17.0;
/// Height above the first row, points.
const HEAD: f64 = 40.0;

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its name.
    pub(super) label: String,
    /// Its length; in a waterfall the step it takes.
    pub(super) value: f64,
    /// Its colour.
    pub(super) ink: Ink,
    /// 5 % and 95 % of runs, for rows that begin at zero.
    pub(super) whisker: Option<(f64, f64)>,
    /// Begins at zero; otherwise where the row above ended.
    pub(super) is_total: bool,
}

/// A chart of rows.
pub(super) struct BarChart<'c> {
    /// Title.
    pub(super) title: &'c str,
    /// What is shown, after the unit.
    pub(super) note: &'c str,
    /// What is measured.
    pub(super) measure: Measure,
    /// The rows, from the top.
    pub(super) rows: Vec<Row>,
    /// Lines of text at the foot.
    pub(super) foot: Vec<String>,
}

impl BarChart<'_> {
    /// Height that the chart takes, points.
    pub(super) fn height(&self) -> f64 {
        HEAD + ROW * (self.rows.len() + self.foot.len()) as f64 + 6.0
    }

    /// Draws the chart.
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let spans = self.spans();
        let ends = spans.iter().chain(self.rows.iter().filter_map(|row| row.whisker.as_ref()));
        let (low, high) =
            ends.fold((0.0_f64, 0.0_f64), |(low, high), (a, b)| (low.min(a.min(*b)), high.max(a.max(*b))));
        let largest = self.rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
        // A tenth of the largest can be told from nothing.
        let scale = self.measure.scale(0.1 * largest);
        let names = self.rows.iter().map(|row| text_width(&row.label, Type::LABEL)).fold(0.0, f64::max);
        let numbers = self.rows.iter().map(|row| text_width(&written(row, &scale), Type::LABEL)).fold(46.0, f64::max);
        let (left, right) = (names + 10.0, PANEL_WIDTH - 6.0 - numbers);
        let at = |value: f64| left + (value - low) / (high - low).max(f64::MIN_POSITIVE) * (right - left);
        canvas.text((0.0, 9.0), self.title, Type::TITLE, Anchor::Start)?;
        canvas.text((0.0, 25.0), &format!("{} {}", scale.unit, self.note), Type::NOTE, Anchor::Start)?;
        let end = HEAD + ROW * self.rows.len() as f64;
        canvas.line(&[(at(0.0), HEAD - 2.0), (at(0.0), end)], Ink::Grey, 0.75)?;
        for (index, (row, span)) in self.rows.iter().zip(&spans).enumerate() {
            let middle = HEAD + ROW * (index as f64 + 0.5);
            let before = if row.is_total { None } else { index.checked_sub(1).map(|before| spans[before].1) };
            if let Some(before) = before {
                canvas.line(&[(at(before), middle - ROW), (at(before), middle)], Ink::Grey, 0.5)?;
            }
            draw_row(canvas, row, middle, (at(span.0), at(span.1)), &scale)?;
            if let Some((low, high)) = row.whisker {
                canvas.line(&[(at(low), middle), (at(high), middle)], Ink::Text, 1.0)?;
                for x in [at(low), at(high)] {
                    canvas.line(&[(x, middle - 2.5), (x, middle + 2.5)], Ink::Text, 1.0)?;
                }
            }
        }
        for (index, text) in self.foot.iter().enumerate() {
            canvas.text((0.0, end + ROW * (index as f64 + 0.6)), text, Type::NOTE, Anchor::Start)?;
        }
        Ok(())
    }

    /// From where to where each row reaches.
    fn spans(&self) -> Vec<(f64, f64)> {
        let mut level = 0.0;
        let step = |row: &Row| {
            let from = if row.is_total { 0.0 } else { level };
            level = from + row.value;
            (from, level)
        };
        self.rows.iter().map(step).collect()
    }
}

fn draw_row(canvas: &Canvas<'_>, row: &Row, middle: f64, (from, to): (f64, f64), scale: &Scale) -> Drawn {
    let kind = if row.is_total { Type::LABEL.bold() } else { Type::LABEL };
    canvas.text((0.0, middle), &row.label, Type::LABEL, Anchor::Start)?;
    canvas.rectangle((from, middle - 5.0), (to, middle + 5.0), row.ink, 0.8)?;
    canvas.text((PANEL_WIDTH, middle), &written(row, scale), kind, Anchor::End)
}

/// The number at the right end of a row.
fn written(row: &Row, scale: &Scale) -> String {
    let sign = if row.value > 0.0 && !row.is_total { "+" } else { "" };
    format!("{sign}{}", scale.number(row.value))
}
