//! Figures of who gains and who pays: results by class, and the balance of everybody.

use super::bars::{BarChart, Row};
use super::{Figure, Ink, Panel, Plot, bar_panel};
use crate::balance::{self, Stakeholder};
use crate::evidence::Estimate;
use crate::wording::{Measure, listed, quantity};
use portage_results::metrics::Range;
use portage_results::metrics::id::{self, HolderLine, Owner};

/// Lines of the statement in the waterfall: which one, name in print, sign, colour.
const STEPS: [(HolderLine, &str, f64, Ink); 7] = [
    (HolderLine::Fees, "Fees", 1.0, Ink::Green),
    (HolderLine::ArbitrageLoss, "Arbitrage", -1.0, Ink::Red),
    (HolderLine::OrderFlow, "Order flow", 1.0, Ink::Blue),
    (HolderLine::Incentives, "Rewards", 1.0, Ink::Purple),
    (HolderLine::Gas, "Gas", -1.0, Ink::Orange),
    (HolderLine::Slippage, "Slippage", -1.0, Ink::Orange),
    (HolderLine::ProtocolFees, "Protocol fees", -1.0, Ink::Grey),
];

/// The result of every class apart from price moves, as a waterfall in shares of its opening value.
pub(super) fn results(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let evidence = plot.evidence;
    let mut panels = Vec::new();
    let mut seen = Vec::new();
    let is_conversion = evidence.scope.is_conversion;
    let earned = if is_conversion { "Yield" } else { "Fees" };
    for (class, title) in evidence.holders() {
        let line = |line| evidence.of_opening(class, line);
        let steps =
            STEPS.map(|(name, label, sign, ink)| (name, if label == "Fees" { earned } else { label }, sign, ink));
        let Some(net) = net_of_prices(plot, class).filter(|net| net.mean.mean != 0.0) else { continue };
        let mut rows = Vec::new();
        for (name, label, sign, ink) in steps {
            let mean = line(name).map_or(0.0, |estimate| sign * estimate.mean.mean);
            if mean != 0.0 {
                rows.push(Row { label: label.to_owned(), value: mean, ink, whisker: None, is_total: false });
            }
        }
        rows.push(Row {
            label: "Net".to_owned(),
            value: net.mean.mean,
            ink: Ink::Grey,
            whisker: Some((net.quantiles[0].value, net.quantiles[2].value)),
            is_total: true,
        });
        let foot = line(HolderLine::MarketMove).map(|moves| {
            let mean = quantity(Measure::Share, moves.mean.mean);
            let spread = if evidence.has_twentieths() {
                format!(" (90 % of runs: {})", moves.spread_text())
            } else {
                String::new()
            };
            format!("Price moves, not drawn: {mean}{spread}")
        });
        let note = "of opening value, mean of runs";
        let chart = BarChart { title, note, measure: Measure::Share, rows, foot: foot.into_iter().collect() };
        panels.push(bar_panel(
            &format!("result-{}", class.name()),
            &chart,
            if is_conversion {
                "Yield, rewards and costs."
            } else {
                "Fees, loss to arbitrage, order flow, rewards and costs."
            },
        )?);
        seen.push(format!("{} {}", title.to_lowercase(), net.scale().quantity(net.mean.mean)));
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let reading =
        format!("Apart from price moves, and as a share of opening value, the mean result is: {}.", listed(&seen));
    let heading = if is_conversion { "What holders end with" } else { "What liquidity providers end with" };
    if is_conversion {
        let note = "Whisker: 90 % of runs. Price moves are as large for those who just hold, and would hide the rest.";
        return Ok(Some(Figure { heading, panels, reading, note: note.to_owned() }));
    }
    let note = "Arbitrage: lost to arbitrageurs at reference prices; order flow: price impact received from traders. The two together are the loss versus rebalancing, LVR. Whisker: 90 % of runs. Price moves are as large for those who just hold, and would hide the rest.";
    Ok(Some(Figure { heading, panels, reading, note: note.to_owned() }))
}

/// A class's result apart from price moves, as a share of its opening value.
fn net_of_prices(plot: &Plot<'_>, class: Owner) -> Option<Estimate> {
    let lines = [HolderLine::Closing, HolderLine::Opening, HolderLine::MarketMove, HolderLine::HandedOver];
    let lines = lines.map(|line| class.line(line));
    let is_pledged = plot.evidence.has("/lending");
    plot.evidence.derived_estimate(lines, (Measure::Share, Range::Signed), |[closing, opening, moves, redeemed]| {
        let net = closing - opening - moves + if is_pledged { redeemed } else { 0.0 };
        let is_rounding = net.abs() < portage_results::metrics::IDENTITY_TOLERANCE * opening;
        if opening > 0.0 { if is_rounding { 0.0 } else { net / opening } } else { f64::NAN }
    })
}

/// One row a party.
fn balance_rows(parties: &[Stakeholder]) -> Vec<Row> {
    let row = |party: &Stakeholder| Row {
        label: party.name.to_owned(),
        value: party.estimate.mean.mean,
        ink: if party.estimate.mean.mean < 0.0 { Ink::Red } else { Ink::Blue },
        whisker: Some((party.estimate.quantiles[0].value, party.estimate.quantiles[2].value)),
        is_total: true,
    };
    parties.iter().map(row).collect()
}

/// The balance of everybody apart from price moves.
pub(super) fn balance(plot: &Plot<'_>) -> Result<Option<Figure>, String> {
    let balance = balance::balance(plot.evidence);
    if balance.parties.len() < 2 {
        return Ok(None);
    }
    let chart = BarChart {
        title: "Who pays, who receives",
        note: "a run, mean; whiskers: 90 % of runs",
        measure: Measure::Usd,
        rows: balance_rows(&balance.parties),
        foot: Vec::new(),
    };
    let panel = bar_panel("who-pays", &chart, "Result of every party apart from price moves.")?;
    let sum = if balance.is_closed() {
        "the rows sum to zero".to_owned()
    } else {
        format!("the rows sum to {}", quantity(Measure::Usd, balance.remainder_usd))
    };
    let day = if plot.evidence.matters(id::STOLEN_USD) || plot.evidence.matters(id::DESTROYED_USD) {
        " What is stolen, given back or lost for ever counts at the prices of its day."
    } else {
        ""
    };
    let note = format!(
        "Left: apart from price moves; what one pays another receives, and {sum}.{day} Gas is burnt or goes to proposers as tips. Right: closing value less that of just holding the opening tokens."
    );
    let panels = [Some(panel), against_holding(plot)?].into_iter().flatten().collect();
    Ok(Some(Figure { heading: "Who pays, and who receives", panels, reading: balance.reading(), note }))
}

/// Result against holding by class, as a share of opening value.
fn against_holding(plot: &Plot<'_>) -> Result<Option<Panel>, String> {
    let row = |(class, title): (Owner, &str)| {
        let result = plot.evidence.of_opening(class, HolderLine::AgainstHolding)?;
        Some(Row {
            label: title.to_owned(),
            value: result.mean.mean,
            ink: if result.mean.mean < 0.0 { Ink::Red } else { Ink::Blue },
            whisker: Some((result.quantiles[0].value, result.quantiles[2].value)),
            is_total: true,
        })
    };
    let rows: Vec<Row> = plot.evidence.holders().into_iter().filter_map(row).collect();
    if rows.iter().all(|row| row.value == 0.0) {
        return Ok(None);
    }
    let note = "of opening value, mean; whiskers: 90 % of runs";
    let chart = BarChart { title: "Against just holding", note, measure: Measure::Share, rows, foot: Vec::new() };
    bar_panel("against-holding", &chart, "Result of every class against holding.").map(Some)
}
