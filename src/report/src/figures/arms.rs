//! Figures that set arms side by side: series over time, and distributions of losses.

use super::axis::{Across, PANEL_WIDTH};
use super::canvas::{Anchor, Canvas, Drawn, Ink, Type, text_width};
use super::lines::LineChart;
use super::{Figure, Panel, band, canvas, fan, line_panel, plain};
use crate::comparison::ArmLoss;
use crate::wording::Measure;
use portage_base::stats::{Sample, TailEstimate, tail_estimate};
use portage_base::units::Instant;
use portage_results::records::{SeriesBands, TimelineTable};

/// Inks of the arms, the baseline first; as many as there can be arms.
const INKS: [Ink; 8] = [Ink::Blue, Ink::Orange, Ink::Green, Ink::Purple, Ink::Red, Ink::Grey, Ink::Text, Ink::Muted];

/// Longest name of an arm in a drawing, letters.
const NAME_LETTERS: usize = 18;

/// One arm over time.
pub(crate) struct ArmView<'r> {
    /// Its name.
    pub(crate) label: &'r str,
    /// First instant of its window.
    pub(crate) start: Instant,
    /// Its bands.
    pub(crate) timeline: &'r TimelineTable,
}

/// A series that is shown by arm.
struct Shown {
    name: &'static str,
    file: &'static str,
    heading: &'static str,
    title: &'static str,
    note: &'static str,
    measure: Measure,
    range: Option<(f64, f64)>,
    /// The quantile over runs by which arms are set side by side: one in the tail for what few runs have.
    level: f64,
}

const SHOWN: [Shown; 11] = [
    Shown {
        name: "migrated_value_share",
        file: "arms-migrated",
        heading: "How much has moved, by arm",
        title: "Moved, by value",
        note: "of what stood in the old version",
        measure: Measure::Share,
        range: Some((0.0, 1.0)),
        level: 0.5,
    },
    Shown {
        name: "at_risk_usd",
        file: "arms-at-risk",
        heading: "Capital at risk, by arm",
        title: "Exposed to a failure of the path",
        note: "in the new version or on its way",
        measure: Measure::Usd,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "in_flight_usd",
        file: "arms-in-flight",
        heading: "Value on its way, by arm",
        title: "In flight",
        note: "between pools",
        measure: Measure::Usd,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "frozen_usd",
        file: "arms-frozen",
        heading: "Frozen value, by arm",
        title: "In halted pools",
        note: "",
        measure: Measure::Usd,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "failure_loss_usd",
        file: "arms-failure-loss",
        heading: "Loss from failures so far, by arm",
        title: "Lost to failures",
        note: "less what was given back",
        measure: Measure::Usd,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "gas_price_gwei",
        file: "arms-gas-price",
        heading: "Gas price, by arm",
        title: "Gas price",
        note: "with the tip",
        measure: Measure::Gwei,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "lending_bad_debt_usd",
        file: "arms-bad-debt",
        heading: "Bad debt of lending markets so far, by arm",
        title: "Bad debt so far",
        note: "of lending markets",
        measure: Measure::Usd,
        range: None,
        level: 0.95,
    },
    Shown {
        name: "oracle_attacks",
        file: "arms-attacks",
        heading: "Attacks on oracles begun so far, by arm",
        title: "Attacks on oracles",
        note: "begun so far, in a run",
        measure: Measure::Count,
        range: None,
        level: 0.95,
    },
    Shown {
        name: "lending_overdue_usd_days",
        file: "arms-overdue",
        heading: "Loans that ought to be liquidated and are not, by arm",
        title: "Overdue loans so far",
        note: "debt x time",
        measure: Measure::UsdDays,
        range: None,
        level: 0.95,
    },
    Shown {
        name: "stressed_loss_share",
        file: "arms-stressed-loss",
        heading: "Loss of the network under stress, by arm",
        title: "Loss under stress",
        note: "of the equity of all nodes",
        measure: Measure::Share,
        range: None,
        level: 0.5,
    },
    Shown {
        name: "perp_frozen_usd",
        file: "arms-perp-frozen",
        heading: "Perpetual positions that stand still, by arm",
        title: "Frozen perpetual positions",
        note: "at mark prices",
        measure: Measure::Usd,
        range: None,
        level: 0.95,
    },
];

/// Every figure in which some arm has something to show.
///
/// # Errors
/// What could not be drawn.
pub(crate) fn arms(views: &[ArmView<'_>], losses: &[ArmLoss<'_>]) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    for shown in &SHOWN {
        figures.extend(over_time(views, shown)?);
    }
    figures.extend(distributions(views, losses)?);
    Ok(figures)
}

fn short(label: &str) -> String {
    if label.chars().count() <= NAME_LETTERS {
        return label.to_owned();
    }
    label.chars().take(NAME_LETTERS - 1).chain(['\u{2026}']).collect()
}

fn ink(arm: usize) -> Ink {
    INKS[arm % INKS.len()]
}

/// One quantile of all arms on one panel, where their times are the same, and a panel with bands for each arm.
fn over_time(views: &[ArmView<'_>], shown: &Shown) -> Result<Option<Figure>, String> {
    let series: Vec<Option<&SeriesBands>> = views.iter().map(|view| view.timeline.series(shown.name)).collect();
    let matters =
        |series: &&SeriesBands| series.quantiles.iter().flatten().any(|value| value.is_finite() && *value != 0.0);
    let present: Vec<(usize, &SeriesBands)> =
        series.iter().enumerate().filter_map(|(arm, series)| Some((arm, (*series).filter(matters)?))).collect();
    let Some((first, _)) = present.first().copied() else { return Ok(None) };
    let ends = |probability: f64| {
        let values = present.iter().flat_map(move |(_, series)| band(series, probability).iter().copied());
        values.filter(|value| value.is_finite())
    };
    let range = shown.range.unwrap_or_else(|| (ends(0.05).fold(0.0, f64::min), ends(0.95).fold(0.0, f64::max)));
    let mut panels = Vec::new();
    let is_same_axis = present.iter().all(|(arm, _)| {
        views[*arm].start == views[first].start && views[*arm].timeline.days == views[first].timeline.days
    });
    if is_same_axis && present.len() > 1 {
        let is_tail = shown.level > 0.5;
        let title = if is_tail { format!("{}: 95 % quantile", shown.title) } else { shown.title.to_owned() };
        let mut all = empty(&views[first], shown, &title);
        all.range = shown.range;
        for (arm, series) in &present {
            all.curves.push(plain(band(series, shown.level), &short(views[*arm].label), ink(*arm), 1.6));
        }
        let (file, description) = if is_tail {
            ("tails", "95 % quantiles over runs of every arm.")
        } else {
            ("medians", "Medians over runs of every arm.")
        };
        panels.push(line_panel(&format!("{}-{file}", shown.file), &all, description)?);
    }
    // Where no arm differs from the first, one fan says it all.
    let is_common = is_same_axis && present.len() == views.len() && is_one_band(&present);
    if is_common {
        panels.clear();
    }
    for (arm, series) in present.iter().take(if is_common { 1 } else { present.len() }) {
        let title = if is_common { "All arms".to_owned() } else { short(views[*arm].label) };
        let title = format!("{title}: {}", shown.title.to_lowercase());
        let mut own = empty(&views[*arm], shown, &title);
        own.range = Some(range);
        own.curves.push(fan(series, "", ink(*arm)));
        panels.push(line_panel(&format!("{}-{arm}", shown.file), &own, "Median and bands of runs of one arm.")?);
    }
    let absent: Vec<&str> = views
        .iter()
        .enumerate()
        .filter(|(arm, _)| !present.iter().any(|(known, _)| known == arm))
        .map(|(_, view)| view.label)
        .collect();
    let reading = match (is_common && views.len() > 1, absent.is_empty()) {
        (true, _) => "The same in every arm.".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!("Nothing of it in {}.", absent.join(", ")),
    };
    let note = if is_common {
        "Line: median over runs; bands: half of the runs (dark) and 90 % (light)."
    } else if shown.level > 0.5 {
        "What 95 % of the runs stay below, of every arm at each date (few runs have any of it, so that the median would hide it); then each arm by itself on one scale: the median, half of the runs (dark) and 90 % (light)."
    } else {
        "Median over runs of every arm at each date; then each arm by itself on one scale: the median, half of the runs (dark) and 90 % (light)."
    };
    Ok(Some(Figure { heading: shown.heading, panels, reading, note: note.to_owned() }))
}

/// Whether the bands of all arms are the same, bit for bit.
fn is_one_band(present: &[(usize, &SeriesBands)]) -> bool {
    let bits = |series: &SeriesBands| -> Vec<u64> { series.quantiles.iter().flatten().map(|q| q.to_bits()).collect() };
    present.windows(2).all(|pair| bits(pair[0].1) == bits(pair[1].1))
}

/// A chart on the axis of an arm, without curves.
fn empty<'c>(view: &'c ArmView<'_>, shown: &'c Shown, title: &'c str) -> LineChart<'c> {
    LineChart {
        title,
        note: shown.note,
        measure: shown.measure,
        x: &view.timeline.days,
        across: Across::DaysSince(view.start),
        curves: Vec::new(),
        stack: Vec::new(),
        floor: Some(0.0),
        range: None,
        events: Vec::new(),
        observed: Vec::new(),
    }
}

/// Height of an arm's row, points.
const ROW: f64 = 30.0;
/// Height above the first row, points.
const HEAD: f64 = 44.0;

/// One loss by arm: boxes of the middle half, whiskers to 5 and 95 %, mean and expected shortfall.
fn distributions(views: &[ArmView<'_>], losses: &[ArmLoss<'_>]) -> Result<Option<Figure>, String> {
    let mut panels = Vec::new();
    for loss in losses {
        let samples: Vec<Sample> = loss.values.iter().map(|values| Sample::of(values)).collect();
        let height = HEAD + ROW * views.len() as f64 + 6.0;
        let description = format!("{} by arm: quantiles over runs, mean and expected shortfall.", loss.title);
        let svg = canvas::draw((PANEL_WIDTH, height), (loss.title, &description), |canvas| {
            draw_boxes(canvas, views, loss, &samples)
        })?;
        panels.push(Panel { file: format!("arms-{}.svg", loss.key), svg });
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let note = "Box: the middle half of the runs; line: 5 to 95 %; dark stroke: median; small square: mean; diamond: expected shortfall, the mean of the worst 5 %, also in figures at the right. A negative loss is a gain.";
    Ok(Some(Figure {
        heading: "How losses and costs are distributed, by arm",
        panels,
        reading: String::new(),
        note: note.to_owned(),
    }))
}

fn draw_boxes(canvas: &Canvas<'_>, views: &[ArmView<'_>], loss: &ArmLoss<'_>, samples: &[Sample]) -> Drawn {
    let tails: Vec<Option<TailEstimate>> = samples.iter().map(|sample| tail_estimate(sample, 0.95)).collect();
    let reach = samples.iter().zip(&tails).flat_map(|(sample, tail)| {
        let shortfall = tail.map(|tail| tail.expected_shortfall);
        [sample.quantile(0.05), sample.quantile(0.95), shortfall].into_iter().flatten()
    });
    let (low, high) = reach.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let scale = loss.measure.scale(low.abs().max(high.abs()));
    let numbers: Vec<String> = tails
        .iter()
        .map(|tail| tail.map_or_else(|| "\u{2013}".to_owned(), |tail| scale.number(tail.expected_shortfall)))
        .collect();
    let widest = numbers.iter().map(|number| text_width(number, Type::LABEL)).fold(30.0, f64::max);
    let (left, right) = (4.0, PANEL_WIDTH - 10.0 - widest);
    let at = |value: f64| left + (value - low) / (high - low).max(f64::MIN_POSITIVE) * (right - left);
    canvas.text((0.0, 9.0), loss.title, Type::TITLE, Anchor::Start)?;
    canvas.text((0.0, 25.0), scale.unit, Type::NOTE, Anchor::Start)?;
    canvas.text((PANEL_WIDTH, 25.0), "worst 5 %", Type::NOTE, Anchor::End)?;
    let foot = HEAD + ROW * views.len() as f64;
    canvas.line(&[(at(0.0), HEAD - 8.0), (at(0.0), foot)], Ink::Grid, 1.0)?;
    for (arm, ((view, sample), tail)) in views.iter().zip(samples).zip(&tails).enumerate() {
        let top = HEAD + ROW * arm as f64;
        let middle = top + 16.0;
        canvas.text((left, top), &short(view.label), Type::LABEL.with(ink(arm)), Anchor::Start)?;
        canvas.text((PANEL_WIDTH, middle), &numbers[arm], Type::LABEL, Anchor::End)?;
        let Some(tail) = tail else { continue };
        let quantile = |probability: f64| sample.quantile(probability).map_or(0.0, at);
        canvas.line(&[(quantile(0.05), middle), (quantile(0.95), middle)], ink(arm), 1.2)?;
        canvas.rectangle((quantile(0.25), middle - 5.0), (quantile(0.75), middle + 5.0), ink(arm), 0.45)?;
        canvas.line(&[(quantile(0.5), middle - 5.0), (quantile(0.5), middle + 5.0)], Ink::Text, 1.4)?;
        let mean = at(sample.sorted().iter().sum::<f64>() / sample.count() as f64);
        canvas.rectangle((mean - 2.0, middle - 2.0), (mean + 2.0, middle + 2.0), Ink::Text, 1.0)?;
        let (x, size) = (at(tail.expected_shortfall), 4.5);
        let diamond = [(x - size, middle), (x, middle - size), (x + size, middle), (x, middle + size)];
        canvas.polygon(&diamond, ink(arm), 1.0)?;
    }
    Ok(())
}
