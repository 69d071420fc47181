//! Figures of costs: execution, arbitrage, and the market around them.

use super::bars::{BarChart, Row};
use super::{Figure, Ink, Plot, bar_panel, fan, line_panel, median, plain, ribbon};
use crate::wording::{Measure, listed, quantity};
use portage_results::metrics::{Id, Range, id};

/// Cost of execution by day in its parts, and what splitting and routing add.
pub(super) fn execution(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let Some(cost) = plot.evidence.estimate(id::COST_BPS).filter(|_| plot.evidence.scope.has_traders) else {
        return Ok(None);
    };
    let mut parts = plot.time_chart("Cost of execution, in parts", "medians, stacked", Measure::Bps);
    for (name, label, ink) in
        [("fee_bps", "fee", Ink::Green), ("impact_bps", "impact", Ink::Blue), ("gas_bps", "gas", Ink::Orange)]
    {
        let series =
            plot.series(name).filter(|series| median(series).iter().any(|value| value.is_finite() && *value != 0.0));
        parts.stack.extend(series.map(|series| (label.to_owned(), ink, median(series).to_vec())));
    }
    let mut panels = vec![line_panel("cost-of-execution", &parts, "Fee, price impact and gas over time.")?];
    let mut reading = format!("Over the window an average run costs traders {} of volume.", cost.mean_text());
    if plot.evidence.scope.has_two_pools {
        let mut loss = plot.time_chart("Of it: splitting and routing", "median, 90 % of runs", Measure::Bps);
        for (name, label, ink) in
            [("fragmentation_bps", "splitting", Ink::Red), ("routing_loss_bps", "routing", Ink::Purple)]
        {
            loss.curves.extend(plot.series(name).map(|series| ribbon(series, label, ink)));
        }
        panels.push(line_panel("splitting-and-routing", &loss, "Avoidable parts of the cost over time.")?);
        if let Some((day, highest)) = plot.evidence.highest_median("routing_loss_bps") {
            reading += &format!(
                " What the best routing would have saved is largest around {}, at {} in the median run.",
                plot.evidence.date(day),
                quantity(Measure::Bps, highest)
            );
        }
    } else if let Some(series) = plot.series("cost_p95_bps") {
        let mut dear = plot.time_chart("The dearest orders", "cost that 5 % of orders exceed", Measure::Bps);
        dear.curves.push(fan(series, "median", Ink::Blue));
        panels.push(line_panel("dearest-orders", &dear, "95 % quantile of the cost of single orders.")?);
    }
    let note = "A sum of medians is close to, but not the same as, the median of the sum. Splitting: against one pool with all the liquidity, of the best kind among those there; routing: against the best route over the pools as they were. A negative number is a saving. Without gas and at equal fees, an order of size q in constant products costs q\u{b2} over the sum of their reserves, however many they are, if it is routed best.";
    Ok(Some(Figure { heading: "What trading costs", panels, reading, note: note.to_owned() }))
}

/// The split of arbitrage profit, and its rate over time.
pub(super) fn arbitrage(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let gross = evidence.estimate(id::ARBITRAGE_GROSS_USD).filter(|gross| gross.mean.mean > 0.0);
    let Some(gross) = gross.filter(|_| evidence.scope.has_arbitrage) else { return Ok(None) };
    let total = |label: &str, name: Id, ink| {
        evidence.estimate(name).map(|estimate| Row {
            label: label.to_owned(),
            value: estimate.mean.mean,
            ink,
            whisker: Some((estimate.quantiles[0].value, estimate.quantiles[2].value)),
            is_total: true,
        })
    };
    let mut rows: Vec<Row> = total("Gross profit", id::ARBITRAGE_GROSS_USD, Ink::Grey).into_iter().collect();
    let costs = [
        ("Gas", id::ARBITRAGE_GAS_USD, Ink::Orange),
        ("Exchange", id::ARBITRAGE_EXCHANGE_USD, Ink::Purple),
        ("Proposers", id::ARBITRAGE_PROPOSERS_USD, Ink::Red),
    ];
    for (label, name, ink) in costs {
        let mean = evidence.estimate(name).map_or(0.0, |estimate| estimate.mean.mean);
        if mean != 0.0 {
            rows.push(Row { label: label.to_owned(), value: -mean, ink, whisker: None, is_total: false });
        }
    }
    rows.extend(total("Kept", id::ARBITRAGE_NET_USD, Ink::Blue));
    let split = BarChart {
        title: "Where arbitrage profit goes",
        note: "a run, mean; whiskers: 90 % of runs",
        measure: Measure::Usd,
        rows,
        foot: Vec::new(),
    };
    let mut panels = vec![bar_panel("arbitrage-split", &split, "Gross profit less gas, exchange cost and proposers.")?];
    if let Some(series) = plot.series("arbitrage_usd_per_day") {
        let mut rate = plot.time_chart("Arbitrage over time", "gross, before costs", Measure::UsdPerDay);
        rate.curves.push(fan(series, "median", Ink::Blue));
        panels.push(line_panel("arbitrage-over-time", &rate, "Gross profit per day.")?);
    }
    // The mean over runs of each run's own split, as in the verdict.
    let part = |name: Id| {
        let split = |[part, gross]: [f64; 2]| if gross > 0.0 { part / gross } else { f64::NAN };
        let estimate =
            evidence.derived_estimate([name, id::ARBITRAGE_GROSS_USD], (Measure::Share, Range::Signed), split);
        estimate.map_or(0.0, |estimate| estimate.mean.mean)
    };
    let spent: Vec<String> = [
        (id::ARBITRAGE_GAS_USD, "gas"),
        (id::ARBITRAGE_EXCHANGE_USD, "hedging"),
        (id::ARBITRAGE_PROPOSERS_USD, "block proposers"),
    ]
    .into_iter()
    .map(|(name, word)| (part(name), word))
    .filter(|(share, _)| *share > 0.0)
    .map(|(share, word)| format!("{} to {word}", quantity(Measure::Share, share)))
    .collect();
    let split = if spent.is_empty() {
        "they keep all of it".to_owned()
    } else {
        let kept = quantity(Measure::Share, part(id::ARBITRAGE_NET_USD));
        format!("of it they pay {}, and keep {kept}", listed(&spent))
    };
    let reading = format!("Arbitrageurs take {} gross on average; {split}.", gross.mean_text());
    let note = "Gross profit at reference prices, pool fees paid, before gas, the cost of hedging on an exchange, and what competing searchers bid to proposers.";
    Ok(Some(Figure { heading: "What arbitrage takes, and who gets it", panels, reading, note: note.to_owned() }))
}

/// Price, gas, backlog and lost volume: the world around the migration.
pub(super) fn market(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let scope = plot.evidence.scope;
    let mut panels = Vec::new();
    let mut sentences = Vec::new();
    if let Some(series) = plot.series("price") {
        let mut price = plot.time_chart(
            if plot.evidence.scope.is_conversion { "Price of the token" } else { "Price of the pair" },
            "quote per base",
            Measure::Plain,
        );
        price.floor = None;
        price.curves.push(fan(series, "median", Ink::Blue));
        if !series.median_path.is_empty() {
            price.curves.insert(0, plain(&series.median_path, "", Ink::Text, 0.9));
        }
        panels.push(line_panel("price", &price, "Reference price over time.")?);
        if let Some(change) = plot.evidence.estimate(id::PRICE_RETURN).filter(|_| plot.evidence.has_twentieths()) {
            sentences.push(format!("The price changes by {} in 90 % of runs.", change.spread_text()));
        }
    }
    if scope.has_chain {
        if let Some(series) = plot.series("gas_price_gwei") {
            let mut gas = plot.time_chart("Gas price", "with the tip", Measure::Gwei);
            gas.curves.push(fan(series, "median", Ink::Orange));
            panels.push(line_panel("gas-price", &gas, "Gas price over time.")?);
        }
        let waits = |series: &&_| super::band(series, 0.95).iter().any(|value| *value > 0.0);
        if let Some(series) = plot.series("backlog").filter(waits).filter(|_| scope.has_providers) {
            let mut backlog = plot.time_chart("Moves that wait for room", "transactions", Measure::Count);
            backlog.curves.push(ribbon(series, "median", Ink::Purple));
            panels.push(line_panel("backlog", &backlog, "Backlog of migration transactions over time.")?);
        }
        if let Some(peak) = plot.evidence.estimate(id::GAS_PRICE_MAX_GWEI).filter(|_| plot.evidence.has_twentieths()) {
            let at = quantity(Measure::Gwei, peak.quantiles[2].value);
            sentences.push(format!("In one run of twenty gas peaks above {at}."));
        }
    }
    if scope.has_traders {
        let is_lost = |series: &&_| super::band(series, 0.95).iter().any(|value| *value > 0.0);
        if let Some(series) = plot.series("lost_volume_share").filter(is_lost) {
            let mut lost = plot.time_chart("Orders not filled", "of the value wanted", Measure::Share);
            lost.curves.push(ribbon(series, "median", Ink::Red));
            panels.push(line_panel("lost-volume", &lost, "Share of volume beyond traders' tolerance over time.")?);
        }
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let note = "Line: median over runs; bands: 90 % and half of the runs; thin line: the median run.";
    Ok(Some(Figure {
        heading: "The market and the chain around it",
        panels,
        reading: sentences.join(" "),
        note: note.to_owned(),
    }))
}
