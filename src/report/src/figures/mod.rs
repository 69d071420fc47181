//! The figures: the only place that knows plotters.

mod arms;
mod axis;
mod bars;
mod canvas;
mod claims;
mod contagion;
mod costs;
mod exposure;
mod histogram;
mod holders;
mod lines;
mod moving;
mod oracles;
mod rivals;
mod tails;
mod yields;

pub(super) use arms::{ArmView, arms};
pub(super) use canvas::Ink;
pub(super) use moving::peak_text;

use super::evidence::Evidence;
use super::loss::Loss;
use super::observed::observed_levels;
use super::wording::Measure;
use axis::{Across, PANEL_HEIGHT, PANEL_WIDTH};
use bars::BarChart;
use lines::{Curve, LineChart};
use portage_base::units::Instant;
use portage_results::montecarlo::BAND_PROBABILITIES;
use portage_results::records::SeriesBands;

/// One drawing.
pub(super) struct Panel {
    /// Its file name.
    pub(super) file: String,
    /// The drawing.
    pub(super) svg: String,
}

/// A figure: a heading, one or more panels and what is to be seen in them.
pub(super) struct Figure {
    /// Heading.
    pub(super) heading: &'static str,
    /// Panels.
    pub(super) panels: Vec<Panel>,
    /// What is seen, with numbers.
    pub(super) reading: String,
    /// How to read it.
    pub(super) note: String,
}

/// Every figure that the scenario has something to show in, in the order of the report.
///
/// # Errors
/// What could not be drawn.
pub(super) fn figures(evidence: &Evidence<'_>, losses: &[Loss]) -> Result<Vec<Figure>, String> {
    let plot = Plot::of(evidence);
    let all = [
        moving::share(&plot)?,
        rivals::lost(&plot)?,
        moving::liquidity(&plot)?,
        exposure::exposure(&plot)?,
        claims::liquidations(&plot)?,
        claims::lent(&plot)?,
        claims::perpetuals(&plot)?,
        claims::vaults(&plot)?,
        contagion::contagion(&plot)?,
        oracles::by_day(&plot)?,
        costs::execution(&plot)?,
        holders::results(&plot)?,
        holders::balance(&plot)?,
        costs::arbitrage(&plot)?,
        yields::offered(&plot)?,
        yields::reward_price(&plot)?,
        costs::market(&plot)?,
        tails::distributions(losses)?,
        tails::convergence(losses)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// Evidence on its time axis.
struct Plot<'e> {
    evidence: &'e Evidence<'e>,
    days: &'e [f64],
    start: Instant,
}

impl<'e> Plot<'e> {
    fn of(evidence: &'e Evidence<'e>) -> Self {
        Self { evidence, days: &evidence.results.timeline.days, start: evidence.start() }
    }

    /// A series that has a value somewhere.
    fn series(&self, name: &str) -> Option<&'e SeriesBands> {
        let series = self.evidence.results.timeline.series(name)?;
        median(series).iter().any(|value| value.is_finite()).then_some(series)
    }

    fn time_chart<'c>(&'c self, title: &'c str, note: &'c str, measure: Measure) -> LineChart<'c> {
        LineChart {
            title,
            note,
            measure,
            x: self.days,
            across: Across::DaysSince(self.start),
            curves: Vec::new(),
            stack: Vec::new(),
            floor: Some(0.0),
            range: None,
            events: Vec::new(),
            observed: Vec::new(),
        }
    }

    /// Levels of a series that were observed inside the window: day and value.
    fn observed(&self, name: &str) -> Vec<(f64, f64)> {
        let last = self.days.last().copied().unwrap_or(0.0);
        let seen = observed_levels(self.evidence, name).into_iter();
        let on_axis =
            seen.map(|(date, value)| (date.seconds_since(self.start) / portage_base::units::SECONDS_PER_DAY, value));
        on_axis.filter(|(day, _)| (0.0..=last).contains(day)).collect()
    }

    /// Dated events of the scenario inside the window, in order: day and word.
    fn events(&self) -> Vec<(f64, String)> {
        let scenario = &self.evidence.results.manifest.scenario;
        let mut events: Vec<(f64, String)> = Vec::new();
        let mut add = |value: Option<&serde_json::Value>, word: &str| {
            let instant = value.and_then(serde_json::Value::as_str).and_then(|text| text.parse::<Instant>().ok());
            if let Some(instant) = instant {
                events
                    .push((instant.seconds_since(self.start) / portage_base::units::SECONDS_PER_DAY, word.to_owned()));
            }
        };
        for (key, word) in [("opens", "opens"), ("batch", "batch"), ("deadline", "deadline")] {
            add(scenario.pointer(&format!("/migration/{key}")), word);
        }
        for programme in scenario.get("programmes").and_then(serde_json::Value::as_object).into_iter().flatten() {
            let stopped = programme.1.get("stopped").filter(|stopped| stopped.is_string());
            add(stopped.or_else(|| programme.1.get("until")), "rewards end");
        }
        for oracle in scenario.get("oracles").and_then(serde_json::Value::as_object).into_iter().flatten() {
            add(oracle.1.pointer("/switch/at"), "oracle moves");
        }
        let last = self.days.last().copied().unwrap_or(0.0);
        events.retain(|(day, _)| (0.0..=last).contains(day));
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        events.dedup();
        let mut dated: Vec<(f64, String)> = Vec::new();
        for (day, word) in events {
            match dated.last_mut().filter(|(last, _)| *last == day) {
                Some((_, words)) => *words += &format!(", {word}"),
                None => dated.push((day, word)),
            }
        }
        dated
    }
}

/// The row of a band's probability.
fn band(series: &SeriesBands, probability: f64) -> &[f64] {
    let at = BAND_PROBABILITIES.iter().position(|known| *known == probability);
    at.and_then(|at| series.quantiles.get(at)).map_or(&[], Vec::as_slice)
}

fn median(series: &SeriesBands) -> &[f64] {
    band(series, 0.5)
}

/// The median with the bands of 5 to 95 % and 25 to 75 % of runs.
fn fan(series: &SeriesBands, label: &str, ink: Ink) -> Curve {
    let pair = |low, high| (band(series, low).to_vec(), band(series, high).to_vec());
    Curve {
        label: label.to_owned(),
        ink,
        width: 1.8,
        values: median(series).to_vec(),
        bands: vec![pair(0.05, 0.95), pair(0.25, 0.75)],
    }
}

/// The median with the band of 5 to 95 % of runs alone.
fn ribbon(series: &SeriesBands, label: &str, ink: Ink) -> Curve {
    let mut curve = fan(series, label, ink);
    curve.bands.truncate(1);
    curve
}

/// A line without bands.
fn plain(values: &[f64], label: &str, ink: Ink, width: f64) -> Curve {
    Curve { label: label.to_owned(), ink, width, values: values.to_vec(), bands: Vec::new() }
}

fn line_panel(file: &str, chart: &LineChart<'_>, description: &str) -> Result<Panel, String> {
    let svg = canvas::draw((PANEL_WIDTH, PANEL_HEIGHT), (chart.title, description), |canvas| chart.draw(canvas))?;
    Ok(Panel { file: format!("{file}.svg"), svg })
}

fn bar_panel(file: &str, chart: &BarChart<'_>, description: &str) -> Result<Panel, String> {
    let svg = canvas::draw((PANEL_WIDTH, chart.height()), (chart.title, description), |canvas| chart.draw(canvas))?;
    Ok(Panel { file: format!("{file}.svg"), svg })
}
