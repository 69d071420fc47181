//! What goes to other protocols: the share lost over time, and who holds how much.

use super::{Figure, Ink, Panel, Plot, fan, line_panel, ribbon};
use crate::wording::{Measure, quantity};

/// Share of the value that stands in rivals, and the liquidity of each side.
pub(super) fn lost(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let (Some(share), true) = (plot.series("rival_value_share"), plot.evidence.scope.can_lose()) else {
        return Ok(None);
    };
    let mut chart = plot.time_chart("Lost to rivals, by value", "of what stood with the protocol", Measure::Share);
    chart.range = Some((0.0, 1.0));
    chart.curves.push(fan(share, "median", Ink::Purple));
    chart.events = plot.events();
    let mut panels = vec![line_panel("rival-share", &chart, "Share in rivals over time.")?];
    panels.extend(by_side(plot)?);
    let last = plot.evidence.last_median("rival_value_share").unwrap_or(0.0);
    let reading = format!(
        "At the end {} of the opening value of the protocol\u{2019}s {} stands in {} (median).",
        quantity(Measure::Share, last),
        plot.evidence.people(),
        plot.evidence.rivals_text()
    );
    let note = "Line: median over runs; bands: 90 % of the runs, dark: half of them. What rivals hold includes what they opened with.";
    Ok(Some(Figure { heading: "What goes to other protocols", panels, reading, note: note.to_owned() }))
}

/// What each side holds over time.
pub(super) fn by_side(plot: &Plot<'_>) -> Result<Option<Panel>, String> {
    let scope = plot.evidence.scope;
    let title = if scope.is_conversion { "Held by side" } else { "Liquidity by side" };
    let note = if scope.is_conversion { "tokens at reference prices" } else { "reserves at reference prices" };
    let mut held = plot.time_chart(title, note, Measure::Usd);
    for (name, label, ink) in [
        ("liquidity_old_usd", "old", Ink::Orange),
        ("liquidity_new_usd", "new", Ink::Blue),
        ("rival_liquidity_usd", "rivals", Ink::Purple),
    ] {
        let is_there = scope.has_two_pools || plot.evidence.highest_median(name).is_some_and(|(_, most)| most > 0.0);
        held.curves.extend(plot.series(name).filter(|_| is_there).map(|series| ribbon(series, label, ink)));
    }
    held.events = plot.events();
    line_panel("liquidity-by-side", &held, "Median and 90 % of runs.").map(Some)
}
