//! Figures of lending markets, perpetual exchanges and vaults over time.

use super::{Figure, Ink, Panel, Plot, band, fan, line_panel, median, plain, ribbon};
use crate::wording::{Measure, quantity};
use portage_results::metrics::id;

const BANDS: &str =
    "Lines: medians over runs; bands: 90 % of the runs. What is rarer than one run of twenty lies outside the bands.";

/// Beyond this many times the critical liquidity a spiral is far away, and the axis ends.
const MARGIN_SHOWN: f64 = 10.0;

/// Day by day: what waits to be liquidated, what was, what is lost, and how near a spiral is.
pub(super) fn liquidations(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    if !evidence.has("/lending") {
        return Ok(None);
    }
    let mut seized = plot.time_chart("Liquidated so far", "collateral at true prices", Measure::Usd);
    seized.curves.extend(plot.series("lending_liquidated_usd").map(|series| fan(series, "liquidated", Ink::Blue)));
    seized.events = plot.events();
    let mut chart = plot.time_chart("Waiting, and lost", "debt", Measure::Usd);
    let curves = [("lending_waiting_usd", "waiting", Ink::Orange), ("lending_bad_debt_usd", "bad debt", Ink::Red)];
    for (name, label, ink) in curves {
        chart.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
    }
    chart.events = plot.events();
    let mut panels = vec![
        line_panel("lending-liquidated", &seized, "Median and bands of runs.")?,
        line_panel("lending-by-day", &chart, "Median and 90 % of runs.")?,
    ];
    panels.extend(spiral(plot)?);
    let mut reading = String::new();
    if let Some(most) = evidence.estimate(id::LENDING_WAITING_USD_MAX) {
        reading = format!(
            "At most {} of debt waits at once on average, though it could be liquidated",
            quantity(Measure::Usd, most.mean.mean)
        );
        if evidence.has_twentieths() {
            reading += &format!("; in one run of twenty more than {}", quantity(Measure::Usd, most.quantiles[2].value));
        }
        reading.push('.');
    }
    let note = format!(
        "{BANDS} Bad debt: written off so far, and what borrowers owe beyond their collateral. Spiral margin: liquidity of the pools over 4 \u{3c1}/c, where \u{3c1} USD of collateral come to be sold by force for each unit of fall of the logarithm of the price, in pools c times as deep as a constant product; below 1 each fall forces sales that cause a larger one. Nothing is drawn where it is beyond {MARGIN_SHOWN}: hardly anybody would have to sell."
    );
    Ok(Some(Figure { heading: "What waits to be liquidated, and what is lost", panels, reading, note }))
}

/// The spiral margin with the line at which sales feed on themselves.
fn spiral(plot: &Plot<'_>) -> Result<Option<Panel>, String> {
    let Some(margin) = plot.series("spiral_margin") else { return Ok(None) };
    let below = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|value| if *value < MARGIN_SHOWN { *value } else { f64::NAN }).collect()
    };
    let (middle, worst) = (below(median(margin)), below(band(margin, 0.05)));
    let shown = middle.iter().chain(&worst).copied().filter(|value| value.is_finite()).fold(2.0, f64::max);
    let mut chart = plot.time_chart("Spiral margin", "liquidity as a multiple of the critical one", Measure::Plain);
    let mut curve = fan(margin, "median", Ink::Blue);
    curve.values = middle;
    chart.curves.push(curve);
    chart.curves.push(plain(&worst, "1 in 20", Ink::Orange, 1.2));
    chart.curves.push(plain(&vec![1.0; plot.days.len()], "critical", Ink::Red, 1.2));
    chart.range = Some((0.0, shown));
    chart.events = plot.events();
    line_panel("spiral-margin", &chart, "Median and bands of runs, and the line at 1.").map(Some)
}

/// What is supplied and borrowed, and how much of it is lent.
pub(super) fn lent(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let used = plot.series("lending_utilisation").filter(|_| evidence.has("/lending"));
    let Some(used) = used else { return Ok(None) };
    let mut chart = plot.time_chart("Supplied and borrowed", "5 to 95 % of runs", Measure::Usd);
    for (name, label, ink) in
        [("lending_supplied_usd", "supplied", Ink::Blue), ("lending_borrowed_usd", "borrowed", Ink::Orange)]
    {
        chart.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
    }
    chart.events = plot.events();
    let mut utilisation = plot.time_chart("Utilisation", "of the reserve of which most is lent", Measure::Share);
    utilisation.curves.push(fan(used, "lent", Ink::Purple));
    utilisation.range = Some((0.0, 1.0));
    utilisation.events = plot.events();
    let panels = vec![
        line_panel("lending-supplied", &chart, "Median and 90 % of runs.")?,
        line_panel("lending-utilisation", &utilisation, "Median and bands of runs.")?,
    ];
    let reading = evidence.highest_median("lending_utilisation").map_or_else(String::new, |(day, most)| {
        format!(
            "Most of a reserve is lent around {}: {} in the median. At 100 % nobody can withdraw from it.",
            evidence.date(day),
            quantity(Measure::Share, most)
        )
    });
    Ok(Some(Figure { heading: "What is lent", panels, reading, note: BANDS.to_owned() }))
}

/// Open interest of the old and the new exchange, what is frozen, and what insurance funds hold.
pub(super) fn perpetuals(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    if !evidence.has("/perps") {
        return Ok(None);
    }
    let mut chart = plot.time_chart("Perpetual positions", "long and short ones added", Measure::Usd);
    let frozen = ("perp_frozen_usd", "frozen", Ink::Purple);
    let moves = evidence.matters(id::PERP_MOVED_SHARE);
    let old = ("perp_open_interest_old_usd", if moves { "old" } else { "open" }, Ink::Orange);
    let new = moves.then_some(("perp_open_interest_new_usd", "new", Ink::Blue));
    let frozen = evidence.matters(id::PERP_FROZEN_USD_DAYS).then_some(frozen);
    for (name, label, ink) in std::iter::once(old).chain(new).chain(frozen) {
        chart.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
    }
    let mut funds = plot.time_chart("Insurance funds and bad debt", "bad debt: so far", Measure::Usd);
    for (name, label, ink) in
        [("perp_insurance_usd", "insurance", Ink::Green), ("perp_bad_debt_usd", "bad debt", Ink::Red)]
    {
        funds.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
    }
    let panels = vec![
        line_panel("perpetual-positions", &chart, "Median and 90 % of runs.")?,
        line_panel("perpetual-insurance", &funds, "Median and 90 % of runs.")?,
    ];
    let moved = evidence.estimate(id::PERP_MOVED_SHARE).filter(|_| moves);
    let mut seen: Vec<String> = Vec::new();
    seen.extend(moved.map(|moved| {
        format!("{} of the accounts, by opening value, arrive on another exchange on average.", moved.mean_text())
    }));
    seen.extend(
        evidence
            .last_median("perp_insurance_usd")
            .map(|last| format!("At the end insurance funds hold {} in the median run.", quantity(Measure::Usd, last))),
    );
    let note = format!(
        "{BANDS} Frozen: the exchange stands still, or the collateral is under way, so that nothing can be added, closed or liquidated."
    );
    Ok(Some(Figure { heading: "Perpetual positions on the move", panels, reading: seen.join(" "), note }))
}

/// What vaults are worth by the model, and what leaving them at once would bring.
pub(super) fn vaults(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let model = plot.series("vault_model_usd").filter(|_| evidence.has("/vaults"));
    let Some((model, exit)) = model.zip(plot.series("vault_exit_usd")) else { return Ok(None) };
    let mut chart = plot.time_chart("Vaults of options", "by the model and on leaving at once", Measure::Usd);
    chart.floor = None;
    chart.curves.push(ribbon(model, "model", Ink::Blue));
    chart.curves.push(ribbon(exit, "exit", Ink::Orange));
    chart.events = plot.events();
    let mut panels = vec![line_panel("vaults-model-and-exit", &chart, "Median and 90 % of runs.")?];
    if let Some(off) = plot.series("hedge_off_usd").filter(|_| evidence.matters(id::HEDGE_OFF_MAX)) {
        let mut hedges =
            plot.time_chart("How far hedges are off", "value of the tokens that are missing", Measure::Usd);
        hedges.curves.push(ribbon(off, "off", Ink::Purple));
        hedges.events = plot.events();
        panels.push(line_panel("hedges-off", &hedges, "Median and 90 % of runs.")?);
    }
    let reading = evidence.estimate(id::VAULT_EXIT_GAP_MAX_USD).map_or_else(String::new, |gap| {
        format!(
            "At the worst time leaving at once brings {} less than the model says, on average over runs.",
            quantity(Measure::Usd, gap.mean.mean)
        )
    });
    let note =
        format!("{BANDS} Exit: options bought back, tokens sold through the pools as they stand, each vault alone.");
    Ok(Some(Figure { heading: "Mark to model against mark to exit", panels, reading, note }))
}
