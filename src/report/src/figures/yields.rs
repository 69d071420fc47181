//! Figures of what draws liquidity: the yields of each side over time, and the price of the reward token.

use super::lines::LineChart;
use super::{Figure, Ink, Panel, Plot, band, fan, line_panel, ribbon};
use crate::wording::{Measure, quantity};

/// A kind of yield: whether the scenario has it, the series without its side, title, file and note.
type Kind = (bool, &'static str, &'static str, &'static str, &'static str);

/// Yields that providers see, by side and kind.
pub(super) fn offered(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let scope = plot.evidence.scope;
    let (mut panels, mut seen) = (Vec::new(), Vec::new());
    let kinds: [Kind; 3] = [
        (scope.has_traders, "fee_apr", "Fee yield", "fee-yield", "expected from fees earned so far"),
        (scope.is_conversion, "fee_apr", "Yield", "yield", "of what is held"),
        (scope.has_programmes, "incentive_apr", "Reward yield", "reward-yield", "at the reward token's price"),
    ];
    for kind in kinds.into_iter().filter(|kind| kind.0) {
        let Some(panel) = yield_panel(plot, kind)? else { continue };
        panels.push(panel);
        seen.extend(peak(plot, kind));
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let heading = if scope.is_conversion { "What holders are offered" } else { "What providers are offered" };
    let cut = " Where an axis ends below a band, the little that opens first shares all the rewards there.";
    let base = if scope.is_conversion { "on what is held" } else { "on the pool\u{2019}s value" };
    let cut = if scope.has_programmes { cut } else { "" };
    let note = format!("Simple yearly rates {base}. Line: median over runs; band: 90 % of runs.{cut}");
    Ok(Some(Figure { heading, panels, reading: seen.join(" "), note }))
}

/// The sides of the scenario: name in series, name in print, colour.
fn sides(plot: &Plot<'_>) -> Vec<(&'static str, &'static str, Ink)> {
    let scope = plot.evidence.scope;
    let mut sides = if scope.has_two_pools {
        vec![("old", "old", Ink::Orange), ("new", "new", Ink::Blue)]
    } else {
        vec![("old", if scope.has_rivals { "own" } else { "pool" }, Ink::Blue)]
    };
    if scope.has_rivals {
        sides.push(("rival", "rivals", Ink::Purple));
    }
    sides
}

fn yield_panel(plot: &Plot<'_>, (_, name, title, file, note): Kind) -> Result<Option<Panel>, String> {
    let mut chart = plot.time_chart(title, note, Measure::PerYear);
    for (side, label, ink) in sides(plot) {
        let pays = |series: &&_| band(series, 0.95).iter().any(|value| *value > 0.0);
        let series = plot.series(&format!("{name}_{side}")).filter(pays);
        chart.curves.extend(series.map(|series| ribbon(series, label, ink)));
    }
    if chart.curves.is_empty() {
        return Ok(None);
    }
    if name == "incentive_apr" {
        chart.events = plot.events();
        chart.range = readable(&chart);
        if let Some((_, top)) = chart.range {
            cut_above(&mut chart, top);
        }
    }
    line_panel(file, &chart, "Median and 90 % of runs.").map(Some)
}

/// An axis for what most of the window is like, where the yield of the first hours would flatten all the rest.
fn readable(chart: &LineChart<'_>) -> Option<(f64, f64)> {
    /// Share of the points that the axis shows whole.
    const SHOWN: f64 = 0.9;
    /// A peak this many times higher than these points is cut.
    const CUT_FROM: f64 = 5.0;
    let bands = chart.curves.iter().flat_map(|curve| curve.bands.iter().map(|(_, upper)| upper));
    let mut values: Vec<f64> = bands.flatten().copied().filter(|value| value.is_finite() && *value > 0.0).collect();
    values.sort_by(f64::total_cmp);
    let last = values.last().copied()?;
    let most = values[((values.len() - 1) as f64 * SHOWN) as usize];
    (last > CUT_FROM * most).then_some((0.0, 1.5 * most))
}

/// Ends bands at `top`, and leaves a gap in a curve that is above it.
fn cut_above(chart: &mut LineChart<'_>, top: f64) {
    for curve in &mut chart.curves {
        curve.values.iter_mut().filter(|value| **value > top).for_each(|value| *value = f64::NAN);
        let borders = curve.bands.iter_mut().flat_map(|(lower, upper)| lower.iter_mut().chain(upper));
        // A comparison, as `min` would fill gaps.
        borders.filter(|value| **value > top).for_each(|value| *value = top);
    }
}

/// The highest yield of the newest side in words.
fn peak(plot: &Plot<'_>, (_, name, title, ..): Kind) -> Option<String> {
    let scope = plot.evidence.scope;
    let newest = if scope.has_two_pools { "new" } else { "old" };
    let (day, highest) =
        plot.evidence.highest_median(&format!("{name}_{newest}")).filter(|(_, yield_)| *yield_ > 0.0)?;
    let (at, date) = (quantity(Measure::PerYear, highest), plot.evidence.date(day));
    let pool = if scope.has_two_pools { "the new version" } else { "the pool" };
    Some(format!("The {} of {pool} peaks at {at} around {date} (median).", title.to_lowercase()))
}

/// The price of the reward token over its reference price, where it has a market.
pub(super) fn reward_price(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let Some(series) = plot.series("reward_price_factor").filter(|_| plot.evidence.scope.has_programmes) else {
        return Ok(None);
    };
    let mut chart = plot.time_chart("Price of the reward token", "of its reference price", Measure::Share);
    chart.curves.push(fan(series, "median", Ink::Purple));
    chart.events = plot.events();
    let panels = vec![line_panel("reward-price", &chart, "Median and bands of runs.")?];
    let last = plot.evidence.last_median("reward_price_factor").unwrap_or(1.0);
    let reading = format!(
        "At the end the reward token stands at {} of the price that it would have without sales of rewards and without a change of the protocol\u{2019}s size (median).",
        quantity(Measure::Share, last)
    );
    let note = "Line: median over runs; dark band: half of the runs; light band: 90 %. 100 % is the token\u{2019}s reference price of the same date. Of several tokens the one that stands lowest.";
    Ok(Some(Figure { heading: "What rewards do to their own price", panels, reading, note: note.to_owned() }))
}
