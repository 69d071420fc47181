//! Figures of risk: distributions of losses with their tails, and how estimates settle.

use super::axis::{Across, PANEL_HEIGHT, PANEL_WIDTH};
use super::histogram::{self, Histogram};
use super::lines::{Curve, LineChart};
use super::{Figure, Ink, Panel, canvas, line_panel};
use crate::domain::hold;
use crate::loss::Loss;
use crate::wording::{Measure, counted, whole};
use portage_base::stats::{Interval, Running, running};

/// Points of a convergence curve.
const POINTS: usize = 60;

/// Distribution of every loss with VaR and ES.
pub(super) fn distributions(losses: &[Loss]) -> Result<Option<Figure>, String> {
    let mut panels = Vec::new();
    for loss in losses {
        let (least, most) = (loss.sample.sorted().first(), loss.sample.sorted().last());
        let largest = least.into_iter().chain(most).fold(0.0_f64, |largest, loss| largest.max(loss.abs()));
        let unit = loss.measure.scale(largest).unit;
        let note = format!("of runs; across: loss in {unit}");
        let chart = Histogram {
            title: loss.title,
            note: &note,
            measure: loss.measure,
            losses: &loss.sample,
            tails: &loss.tails,
        };
        let description = format!("Histogram of runs by {}, in {unit}.", loss.title.to_lowercase());
        let size = (PANEL_WIDTH, PANEL_HEIGHT + histogram::EXTRA_HEIGHT);
        let svg = canvas::draw(size, (loss.title, &description), |canvas| chart.draw(canvas))?;
        panels.push(Panel { file: format!("tail-{}.svg", loss.key), svg });
    }
    let Some(first) = losses.first() else { return Ok(None) };
    let tail = &first.tails[0];
    let text = |value: f64, interval: &Interval| first.measure.scale(value).estimate(value, interval);
    let sign = if tail.value_at_risk.value < 0.0 { " (negative: a gain)" } else { "" };
    let reading = format!(
        "{} does not exceed {} in 95 % of runs; in the worst 5 % it is {} on average{sign}.",
        first.title,
        text(tail.value_at_risk.value, &tail.value_at_risk.interval),
        text(tail.expected_shortfall, &tail.shortfall_interval),
    );
    let note = "Share of runs by size of the loss; red: the worst 5 %. VaR: the loss that is not exceeded with that probability. ES, expected shortfall: the mean of the losses beyond it. A negative loss is a gain.";
    Ok(Some(Figure { heading: "How bad it can get", panels, reading, note: note.to_owned() }))
}

/// Running mean and 95 % quantile of the first two losses.
pub(super) fn convergence(losses: &[Loss]) -> Result<Option<Figure>, String> {
    let mut panels = Vec::new();
    let mut runs = 0;
    for loss in losses.iter().take(2) {
        let path = running(&loss.values, 0.95, POINTS);
        if path.len() < 2 {
            continue;
        }
        runs = loss.values.len();
        let x: Vec<f64> = path.iter().map(|point| point.runs as f64).collect();
        let held = |interval| hold(loss.range, interval);
        let mean = settling("mean", Ink::Blue, &path, |point| (point.mean.mean, held(point.mean.interval)));
        let tail = settling("VaR 95 %", Ink::Red, &path, |point| (point.quantile.value, held(point.quantile.interval)));
        let chart = LineChart {
            title: loss.title,
            note: "estimate from the first n runs",
            measure: loss.measure,
            x: &x,
            across: Across::Runs,
            curves: vec![mean, tail],
            stack: Vec::new(),
            floor: None,
            range: None,
            events: Vec::new(),
            observed: Vec::new(),
        };
        panels.push(line_panel(&format!("convergence-{}", loss.key), &chart, "Running mean and 95 % quantile.")?);
    }
    let Some(loss) = losses.first().filter(|_| !panels.is_empty()) else { return Ok(None) };
    let half = losses.first().and_then(|loss| {
        let (low, high) = loss.tails[0].value_at_risk.interval.ends()?;
        let half_width = 0.5 * (high - low);
        let scale = loss.measure.scale(half_width);
        let unit = if loss.measure == Measure::Share { "percentage points" } else { scale.unit };
        Some(format!("{} {unit}", scale.number(half_width)))
    });
    let reading = half.map_or_else(
        || {
            format!(
                "{} {} no two-sided interval for the 95 % quantile of {}.",
                whole(runs as u64),
                counted(runs as u64, "run gives", "runs give"),
                loss.title.to_lowercase()
            )
        },
        |half| {
            format!(
                "With all {} runs the 95 % quantile of {} is known to about \u{b1}{half}.",
                whole(runs as u64),
                loss.title.to_lowercase()
            )
        },
    );
    let note = "Band: 95 % confidence interval of the estimate at that number of runs. A curve that still drifts out of its band calls for more runs.";
    Ok(Some(Figure { heading: "Do the runs suffice?", panels, reading, note: note.to_owned() }))
}

fn settling(label: &str, ink: Ink, path: &[Running], read: impl Fn(&Running) -> (f64, Interval)) -> Curve {
    let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
    let estimates: Vec<(f64, Interval)> = path.iter().map(read).collect();
    Curve {
        label: label.to_owned(),
        ink,
        width: 1.6,
        values: estimates.iter().map(|(value, _)| *value).collect(),
        bands: vec![(
            estimates.iter().map(|(_, interval)| end(interval.low)).collect(),
            estimates.iter().map(|(_, interval)| end(interval.high)).collect(),
        )],
    }
}
