//! Figures of what moves: shares over time, and where liquidity and depth are.

use super::{Figure, Ink, Panel, Plot, fan, line_panel, plain, ribbon, rivals};
use crate::evidence::Evidence;
use crate::wording::{Measure, quantity};
use portage_results::metrics::id;

/// What diamonds are.
const DIAMONDS: &str = " Diamonds: what was observed.";

/// Migrated share by value and by address, with the median run's path.
pub(super) fn share(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    if !plot.evidence.scope.has_migration() {
        return Ok(None);
    }
    let entries = [
        ("migrated_value_share", id::MIGRATED_VALUE_SHARE, "Moved, by value", "migrated-share-value", Ink::Blue),
        (
            "migrated_address_share",
            id::MIGRATED_ADDRESS_SHARE,
            "Moved, by address",
            "migrated-share-address",
            Ink::Green,
        ),
    ];
    let is_conversion = plot.evidence.scope.is_conversion;
    let mut panels: Vec<Panel> = Vec::new();
    let (mut seen, mut has_observed) = (Vec::new(), false);
    for (name, metric, title, file, ink) in entries {
        let (Some(series), Some(estimate)) = (plot.series(name), plot.evidence.estimate(metric)) else { continue };
        let mut chart = plot.time_chart(
            title,
            match (is_conversion, metric == id::MIGRATED_VALUE_SHARE) {
                (false, _) => "of what stood in the old version",
                (true, true) => "of the old version\u{2019}s tokens",
                (true, false) => "of the old version\u{2019}s holders",
            },
            Measure::Share,
        );
        chart.range = Some((0.0, 1.0));
        chart.curves.push(fan(series, "median", ink));
        if !series.median_path.is_empty() {
            chart.curves.insert(0, plain(&series.median_path, "", Ink::Text, 0.9));
        }
        chart.events = plot.events();
        chart.observed = plot.observed(name);
        has_observed |= !chart.observed.is_empty();
        let spread = estimate.spread_text();
        let has_spread = plot.evidence.has_twentieths();
        let description = if has_spread {
            format!("At the end {spread} in 90 % of runs.")
        } else {
            "Share moved over time.".to_owned()
        };
        panels.push(line_panel(file, &chart, &description)?);
        let median = quantity(Measure::Share, estimate.quantiles[1].value);
        let whose = match (metric == id::MIGRATED_VALUE_SHARE, is_conversion) {
            (true, false) => "of the value",
            (true, true) => "of the tokens",
            (false, false) => "of the addresses",
            (false, true) => "of the holders",
        };
        let bracket = if has_spread { format!(" (5 to 95 % of runs: {spread})") } else { String::new() };
        seen.push(format!("{median} {whose}{bracket}"));
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let mut reading = format!("At the end of the window the median run has moved {}.", seen.join(" and "));
    if let Some(peak) = peak_text(plot.evidence) {
        reading = format!("{reading} {peak}");
    }
    let run = plot.evidence.results.timeline.median_run;
    let path = run.map_or_else(String::new, |run| format!(" Thin line: run {run}, the median one."));
    let diamonds = if has_observed { DIAMONDS } else { "" };
    let note =
        format!("Line: median over runs at each date; dark band: half of the runs; light band: 90 %.{path}{diamonds}");
    Ok(Some(Figure { heading: "How much has moved, and when", panels, reading, note }))
}

/// Where the moved value stood at its highest, if a good part of it went back.
pub(crate) fn peak_text(evidence: &Evidence<'_>) -> Option<String> {
    const SERIES: &str = "migrated_value_share";
    /// A fall of the median that is worth a sentence, share.
    const FALL: f64 = 0.05;
    let ((day, highest), last) = evidence.highest_median(SERIES).zip(evidence.last_median(SERIES))?;
    (highest - last > FALL).then(|| {
        let (highest, date) = (quantity(Measure::Share, highest), evidence.date(day));
        format!(
            "It had been more: the median by value stood at {highest} around {date}, and part of it went back or left."
        )
    })
}

/// Depth of the old, new and unified pool, and how concentrated liquidity is.
pub(super) fn liquidity(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let has_two_pools = plot.evidence.scope.has_two_pools;
    // Beside what rivals hold where there are rivals.
    let has_sides = has_two_pools && !plot.evidence.scope.can_lose();
    if plot.evidence.scope.is_conversion {
        return if has_sides { held(plot) } else { Ok(None) };
    }
    let unified = plot.series("depth_unified_usd");
    let Some(unified) = unified else { return Ok(None) };
    let (mut panels, mut diamonds) = (Vec::new(), "");
    let mut depth = plot.time_chart("Depth within 2 % of the price", "both sides", Measure::Usd);
    if has_two_pools {
        depth.curves.push(plain(super::median(unified), "unified", Ink::Grey, 1.2));
        for (name, label, ink) in [("depth_old_usd", "old", Ink::Orange), ("depth_new_usd", "new", Ink::Blue)] {
            depth.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
        }
    } else {
        depth.curves.push(fan(unified, "pool", Ink::Blue));
    }
    panels.push(line_panel("depth", &depth, "Median and 90 % of runs.")?);
    let mut reading = plot.evidence.last_median("depth_unified_usd").map_or_else(String::new, |last| {
        let first = super::median(unified).iter().copied().find(|value| value.is_finite()).unwrap_or(last);
        let (first, last) = (quantity(Measure::Usd, first), quantity(Measure::Usd, last));
        let who = if has_two_pools { "All pools together" } else { "The pool" };
        format!("{who} can trade {first} within 2 % of the price at the start and {last} at the end (medians).")
    });
    if has_two_pools {
        let mut spread =
            plot.time_chart("New version's share of liquidity", "and concentration over pools", Measure::Share);
        spread.curves.extend(plot.series("new_liquidity_share").map(|series| fan(series, "new version", Ink::Blue)));
        let hhi = plot.series("hhi").map(|series| plain(super::median(series), "HHI", Ink::Purple, 1.4));
        spread.curves.extend(hhi);
        spread.range = Some((0.0, 1.0));
        spread.observed = plot.observed("new_liquidity_share");
        diamonds = if spread.observed.is_empty() { "" } else { DIAMONDS };
        panels.push(line_panel("fragmentation", &spread, "Median and bands of runs.")?);
        if has_sides {
            panels.extend(rivals::by_side(plot)?);
        }
        if let Some(days) = plot.evidence.estimate(id::FRAGMENTED_DAYS) {
            reading += &format!(
                " Each version holds at least a tenth of the liquidity for {} on average.",
                days.scale().quantity(days.mean.mean)
            );
        }
    }
    let note = if has_two_pools {
        "Unified: all pools together. HHI, the Herfindahl-Hirschman index: 100 % is one pool, 50 % two equal ones. Medians; bands: 90 % and half of the runs."
    } else {
        "Line: median over runs; bands: 90 % and half of the runs."
    };
    Ok(Some(Figure { heading: "Where the liquidity is", panels, reading, note: format!("{note}{diamonds}") }))
}

/// Where tokens are that are only held: nothing of it has depth.
fn held(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let panels: Vec<Panel> = rivals::by_side(plot)?.into_iter().collect();
    let last = |name: &str| plot.evidence.last_median(name);
    let reading = last("liquidity_old_usd").zip(last("liquidity_new_usd")).map_or_else(String::new, |(old, new)| {
        format!(
            "At the end the old version holds {} and the new one {} (medians).",
            quantity(Measure::Usd, old),
            quantity(Measure::Usd, new)
        )
    });
    let note = "Line: median over runs; band: 90 % of runs.".to_owned();
    Ok(Some(Figure { heading: "Where the tokens are", panels, reading, note }))
}
