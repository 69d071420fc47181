//! Figures of what is exposed, what stands still, and what was lost to failures.

use super::{Figure, Ink, Plot, fan, line_panel, ribbon};
use crate::plan::plan_of;
use crate::wording::{Measure, quantity};
use portage_results::metrics::id;

/// Value at risk of the path, on its way, halted, and lost, over time.
pub(super) fn exposure(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let has_execution = plan_of(evidence).is_some_and(|plan| plan.has_execution());
    let Some(exposed) = plot.series("at_risk_usd").filter(|_| has_execution) else { return Ok(None) };
    let mut chart = plot.time_chart("Capital at risk", "in the new version or on its way", Measure::Usd);
    chart.curves.push(fan(exposed, "at risk", Ink::Blue));
    if evidence.matters(id::IN_FLIGHT_USD_DAYS) {
        chart.curves.extend(plot.series("in_flight_usd").map(|series| ribbon(series, "on its way", Ink::Purple)));
    }
    chart.events = plot.events();
    let mut panels = vec![line_panel("capital-at-risk", &chart, "Median and bands of runs.")?];
    if evidence.matters(id::FAILURE_LOSS_USD) || evidence.matters(id::FROZEN_USD_DAYS) {
        let mut lost = plot.time_chart("Lost and halted", "5 to 95 % of runs", Measure::Usd);
        lost.curves.extend(plot.series("failure_loss_usd").map(|series| ribbon(series, "lost so far", Ink::Orange)));
        lost.curves.extend(plot.series("frozen_usd").map(|series| ribbon(series, "halted", Ink::Green)));
        lost.events = plot.events();
        panels.push(line_panel("lost-and-halted", &lost, "Median and 90 % of runs.")?);
    }
    let most = evidence.estimate(id::AT_RISK_MAX_USD).map_or(0.0, |most| most.mean.mean);
    let reading = format!("At most {} is exposed at once, on average over runs.", quantity(Measure::Usd, most));
    let note = "Lines: medians over runs; bands: 90 % of the runs, dark: half of them. A failure that is rare lies outside the bands.".to_owned();
    Ok(Some(Figure { heading: "What is exposed to a failure", panels, reading, note }))
}
