//! What goes to other protocols: the share lost over time, and who holds how much.

use super::{Figure, Ink, Plot, fan, line_panel, ribbon};
use crate::report::wording::{Measure, quantity};

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
    let mut held = plot.time_chart("Liquidity by side", "reserves at reference prices", Measure::Usd);
    for (name, label, ink) in [
        ("liquidity_old_usd", "old", Ink::Orange),
        ("liquidity_new_usd", "new", Ink::Blue),
        ("rival_liquidity_usd", "rivals", Ink::Purple),
    ] {
        let is_there =
            plot.evidence.scope.has_two_pools || plot.evidence.highest_median(name).is_some_and(|(_, most)| most > 0.0);
        held.curves.extend(plot.series(name).filter(|_| is_there).map(|series| ribbon(series, label, ink)));
    }
    panels.push(line_panel("rival-liquidity", &held, "Median and 90 % of runs.")?);
    let last = plot.evidence.last_median("rival_value_share").unwrap_or(0.0);
    let reading = format!(
        "At the end {} of the opening value of the protocol\u{2019}s providers stands in {} (median).",
        quantity(Measure::Share, last),
        plot.evidence.rivals_text()
    );
    let note = "Line: median over runs; bands: 90 % of the runs, dark: half of them. The liquidity of rivals includes what they opened with.";
    Ok(Some(Figure { heading: "What goes to other protocols", panels, reading, note: note.to_owned() }))
}
