//! The figure of oracles by day: what it costs to make one read something else, what that brings, and who did it.

use super::{Figure, Ink, Panel, Plot, fan, line_panel};
use crate::wording::{Measure, quantity};
use portage_results::metrics::id;

/// Cost and gain of manipulating, and attacks begun, over time.
pub(super) fn by_day(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let Some(gap) = plot.series("oracle_gap_bps") else { return Ok(None) };
    let mut panels = Vec::new();
    if let Some(cost) = plot.series("attack_cost_usd") {
        let mut chart = plot.time_chart("Cost of doubling an oracle's price", "of the cheapest", Measure::Usd);
        chart.curves.push(fan(cost, "cost", Ink::Blue));
        chart.events = plot.events();
        panels.push(line_panel("oracle-by-day", &chart, "Cost of manipulating the cheapest oracle over time.")?);
    }
    let gain = plot.series("attack_net_gain_usd").filter(|_| evidence.matters(id::ATTACKABLE_USD_MAX));
    if let Some(gain) = gain {
        let mut chart = plot.time_chart("Net gain from attacks", "that is to be had", Measure::Usd);
        chart.curves.push(fan(gain, "gain", Ink::Orange));
        chart.events = plot.events();
        panels.push(line_panel("oracle-gain-by-day", &chart, "What attacks on oracles would bring over time.")?);
    }
    if evidence.matters(id::ORACLE_ATTACKS) {
        let mut chart = plot.time_chart("Attacks on oracles", "begun so far, in a run", Measure::Count);
        chart.curves.extend(plot.series("oracle_attacks").map(|series| fan(series, "attacks", Ink::Red)));
        chart.events = plot.events();
        panels.push(line_panel("oracle-attacks-by-day", &chart, "Attacks on oracles begun so far, over time.")?);
    } else {
        let mut chart = plot.time_chart("Distance from the true price", "largest over oracles", Measure::Bps);
        chart.curves.push(fan(gap, "distance", Ink::Purple));
        chart.events = plot.events();
        panels.push(line_panel("oracle-distance-by-day", &chart, "Distance of readings from the true price.")?);
    }
    panels.extend(loans(plot)?);
    let least =
        evidence.estimate(id::ATTACK_COST_USD_MIN).map(|least| least.mean.mean).filter(|least| least.is_finite());
    let reading = match least {
        Some(least) => format!(
            "The cheapest oracle can be made to read twice the price for {} at the least, on average over runs.",
            quantity(Measure::Usd, least)
        ),
        None => "No oracle reads a pool that somebody could push.".to_owned(),
    };
    let note = "Cost: to make the cheapest oracle that reads a pool read twice the price, gas apart. Net gain: what the best attack on each oracle would bring, gas and pushes paid. Lines: medians over runs; bands: 90 % of the runs, dark: half of them.".to_owned();
    Ok(Some(Figure { heading: "What the oracles can be made to say", panels, reading, note }))
}

/// What becomes of loans by what the oracles say: liquidations that fail, and debt that nobody repays, over time.
fn loans(plot: &Plot<'_>) -> Result<Vec<Panel>, String> {
    let mut panels = Vec::new();
    if let Some(series) = plot.series("lending_overdue_usd_days") {
        let mut chart = plot.time_chart("Liquidations that fail", "debt x time so far, in a run", Measure::UsdDays);
        chart.curves.push(fan(series, "overdue", Ink::Orange));
        chart.events = plot.events();
        let description = "Debt of positions that ought to be liquidated and are not, added up over time.";
        panels.push(line_panel("overdue-loans-by-day", &chart, description)?);
    }
    let bad = plot.series("lending_bad_debt_usd").filter(|_| plot.evidence.matters(id::LENDING_BAD_DEBT_USD));
    if let Some(series) = bad {
        let mut chart = plot.time_chart("Bad debt", "so far, in a run", Measure::Usd);
        chart.curves.push(fan(series, "bad debt", Ink::Red));
        chart.events = plot.events();
        panels.push(line_panel("bad-debt-by-day", &chart, "Debt that nobody repays so far, over time.")?);
    }
    Ok(panels)
}
