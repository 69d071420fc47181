//! Figures of contagion: who infects whom, and what a stress would cost day by day.

use super::axis::PANEL_WIDTH;
use super::canvas::{self, Anchor, Canvas, Drawn, Ink, Type, text_width};
use super::{Figure, Panel, Plot, fan, line_panel, ribbon};
use crate::wording::{Measure, listed, quantity};
use portage_engine::world::InfectionMap;
use portage_results::metrics::id;
use std::f64::consts::PI;

/// Height of the map, points.
const HEIGHT: f64 = 330.0;
/// Middle of the circle on which nodes stand, points.
const MIDDLE: (f64, f64) = (0.5 * PANEL_WIDTH, 186.0);
/// Half axes of it: labels stand to the left and right, points.
const HALF_AXES: (f64, f64) = (68.0, 104.0);
/// Radius of the largest node, points.
const NODE: f64 = 15.0;
/// Width of the strongest arrow, points.
const ARROW: f64 = 9.0;
/// Losses below this share of the largest are not drawn.
const FAINT: f64 = 0.01;
/// How far an arrow bends aside, as a share of its length: those there and back do not cover each other.
const BEND: f64 = 0.14;
/// Of more nodes than this only the names stand beside them.
const LABELLED: usize = 14;
/// Pieces of a curve.
const PIECES: usize = 16;

type Point = (f64, f64);

/// What a stress would cost by day, and the map of the weakest day.
pub(super) fn contagion(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    if !evidence.has("/network") {
        return Ok(None);
    }
    let is_stressed = evidence.has("/network/stress");
    let mut panels = Vec::new();
    let title = if is_stressed { "Loss under stress, by day" } else { "Loss of the network" };
    let mut chart = plot.time_chart(title, "of the equity of all nodes", Measure::Share);
    if is_stressed {
        chart.curves.extend(plot.series("stressed_loss_share").map(|series| fan(series, "under stress", Ink::Red)));
    }
    chart.curves.extend(plot.series("network_loss_share").map(|series| ribbon(series, "so far", Ink::Grey)));
    chart.events = plot.events();
    if !chart.curves.is_empty() {
        panels.push(line_panel("stressed-loss-by-day", &chart, "Median and bands of runs.")?);
    }
    let mut seen = Vec::new();
    seen.extend(evidence.estimate(id::NETWORK_WEAKEST_DAY).map(|day| {
        format!(
            "The system is weakest on day {:.0} in the median run (5 to 95 % of runs: {}).",
            day.quantiles[1].value,
            day.spread_text()
        )
    }));
    let map = evidence.results.manifest.infections.as_ref();
    if let Some(map) = map.filter(|map| strongest(map) > 0.0) {
        panels.push(panel(map)?);
        seen.push(told(map));
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let supposed =
        if is_stressed { " Under stress: what the stress of the scenario would cost on that day." } else { "" };
    let run = evidence.results.manifest.median_run.map_or_else(String::new, |run| format!(" (run {run})"));
    let note = format!(
        "Medians; bands: 90 % and half of the runs.{supposed} Map: the weakest day of the median run{run}. An arrow is as wide as what the node at its head loses if the one at its tail, and nothing else, loses all it has besides claims; no stress is supposed. A disc\u{2019}s area is a node\u{2019}s assets. Less than {} of the widest is left out.",
        quantity(Measure::Share, FAINT)
    );
    Ok(Some(Figure { heading: "Contagion", panels, reading: seen.join(" "), note }))
}

/// The arrows of a map: from, to, loss.
fn arrows(map: &InfectionMap) -> Vec<(usize, usize, f64)> {
    let mut arrows = Vec::new();
    for (from, row) in map.lost_usd.iter().enumerate() {
        arrows.extend(row.iter().enumerate().filter(|(to, _)| *to != from).map(|(to, lost)| (from, to, *lost)));
    }
    arrows.sort_by(|a, b| a.2.total_cmp(&b.2));
    arrows
}

fn strongest(map: &InfectionMap) -> f64 {
    arrows(map).last().map_or(0.0, |arrow| arrow.2)
}

/// A name as one would print it.
fn printed(name: &str) -> String {
    name.replace('_', " ")
}

/// Who infects others most, and the strongest pairs.
fn told(map: &InfectionMap) -> String {
    let caused = |from: usize| -> f64 { arrows(map).iter().filter(|arrow| arrow.0 == from).map(|arrow| arrow.2).sum() };
    let worst = (0..map.names.len()).max_by(|a, b| caused(*a).total_cmp(&caused(*b))).unwrap_or(0);
    let largest = strongest(map);
    let strong = arrows(map).into_iter().rev().take(3).filter(|arrow| arrow.2 > FAINT * largest);
    let pairs: Vec<String> = strong
        .map(|(from, to, lost)| {
            format!(
                "{} \u{2192} {} {}",
                printed(&map.names[from]),
                printed(&map.names[to]),
                quantity(Measure::Usd, lost)
            )
        })
        .collect();
    format!(
        "Others lose most, {}, if {} fails. The widest arrows: {}.",
        quantity(Measure::Usd, caused(worst)),
        printed(&map.names[worst]),
        listed(&pairs)
    )
}

fn panel(map: &InfectionMap) -> Result<Panel, String> {
    let description = told(map);
    let svg = canvas::draw((PANEL_WIDTH, HEIGHT), ("Who infects whom", &description), |canvas| draw(canvas, map))?;
    Ok(Panel { file: "who-infects-whom.svg".to_owned(), svg })
}

fn draw(canvas: &Canvas<'_>, map: &InfectionMap) -> Drawn {
    canvas.text((0.0, 9.0), "Who infects whom", Type::TITLE, Anchor::Start)?;
    let unit = format!("widest arrow: {}", quantity(Measure::Usd, strongest(map)));
    canvas.text((0.0, 25.0), &unit, Type::NOTE, Anchor::Start)?;
    let most = map.assets_usd.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let radius = |node: usize| (NODE * (map.assets_usd[node].max(0.0) / most).sqrt()).max(2.5);
    let count = map.names.len();
    let at = |node: usize| place(node, count);
    let largest = strongest(map);
    for (from, to, lost) in arrows(map).into_iter().filter(|arrow| arrow.2 > FAINT * largest) {
        let width = (ARROW * lost / largest).max(0.6);
        let outline = arrow((at(from), radius(from)), (at(to), radius(to)), width);
        canvas.polygon(&outline, Ink::Red, 0.35 + 0.45 * lost / largest)?;
    }
    for node in 0..count {
        let (middle, radius) = (at(node), radius(node));
        canvas.polygon(&disc(middle, radius + 1.0), Ink::Paper, 1.0)?;
        canvas.polygon(&disc(middle, radius), Ink::Blue, 1.0)?;
        label(canvas, map, node, (middle, radius))?;
    }
    Ok(())
}

/// Where a node stands: clockwise from the top.
fn place(node: usize, count: usize) -> Point {
    let angle = 2.0 * PI * node as f64 / count.max(1) as f64;
    (MIDDLE.0 + HALF_AXES.0 * angle.sin(), MIDDLE.1 - HALF_AXES.1 * angle.cos())
}

fn label(canvas: &Canvas<'_>, map: &InfectionMap, node: usize, (middle, radius): (Point, f64)) -> Drawn {
    let name = printed(&map.names[node]);
    let aside = middle.0 - MIDDLE.0;
    let is_poled = aside.abs() < 1.0;
    let (x, anchor) = if is_poled {
        (middle.0, Anchor::Middle)
    } else {
        (middle.0 + (radius + 5.0).copysign(aside), if aside > 0.0 { Anchor::Start } else { Anchor::End })
    };
    let is_above = middle.1 < MIDDLE.1;
    let has_value = map.names.len() <= LABELLED;
    let y = match (is_poled, is_above) {
        (false, _) => middle.1 - if has_value { 6.0 } else { 0.0 },
        (true, true) => middle.1 - radius - if has_value { 20.0 } else { 8.0 },
        (true, false) => middle.1 + radius + 9.0,
    };
    let value = if has_value { quantity(Measure::Usd, map.assets_usd[node]) } else { String::new() };
    // A long name keeps to the panel, and comes to stand over its node.
    let width = text_width(&name, Type::LABEL).max(text_width(&value, Type::NOTE));
    let x = match anchor {
        Anchor::Start => x.min(PANEL_WIDTH - width),
        Anchor::Middle => x,
        Anchor::End => x.max(width),
    };
    canvas.text((x, y), &name, Type::LABEL, anchor)?;
    if has_value { canvas.text((x, y + 12.0), &value, Type::NOTE, anchor) } else { Ok(()) }
}

fn disc((x, y): Point, radius: f64) -> Vec<Point> {
    let corner = |step: u32| {
        let angle = 2.0 * PI * f64::from(step) / 36.0;
        (x + radius * angle.cos(), y + radius * angle.sin())
    };
    (0..36).map(corner).collect()
}

/// The outline of an arrow from rim to rim of two discs, bent to one side.
fn arrow((from, from_radius): (Point, f64), (to, to_radius): (Point, f64), width: f64) -> Vec<Point> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
    let bent = (from.0 + 0.5 * dx - BEND * dy, from.1 + 0.5 * dy + BEND * dx);
    let curve = |t: f64| {
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        (a * from.0 + b * bent.0 + c * to.0, a * from.1 + b * bent.1 + c * to.1)
    };
    let head = 4.0 + 1.1 * width;
    let begin = ((from_radius + 1.5) / length).min(0.4);
    let tip = 1.0 - ((to_radius + 2.0) / length).min(0.4);
    let neck = (tip - head / length).max(begin);
    // To the left of the curve, by finite differences.
    let beside = |t: f64, aside: f64| {
        let (before, after) = (curve(t - 1e-3), curve(t + 1e-3));
        let (tx, ty) = (after.0 - before.0, after.1 - before.1);
        let norm = tx.hypot(ty).max(f64::MIN_POSITIVE);
        let (x, y) = curve(t);
        (x - aside * ty / norm, y + aside * tx / norm)
    };
    let step = |piece: usize| begin + (neck - begin) * piece as f64 / PIECES as f64;
    let mut outline: Vec<Point> = (0..=PIECES).map(|piece| beside(step(piece), 0.5 * width)).collect();
    let wing = 0.5 * width + 3.0;
    outline.extend([beside(neck, wing), curve(tip), beside(neck, -wing)]);
    outline.extend((0..=PIECES).rev().map(|piece| beside(step(piece), -0.5 * width)));
    outline
}
