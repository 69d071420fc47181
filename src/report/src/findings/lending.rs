//! What lending markets do while liquidity moves: bad debt, liquidations that wait, spirals, reserves that nobody can leave.

use super::super::evidence::{Evidence, share_text};
use super::super::wording::{Measure, counted, listed, quantity};
use super::{NOTICED_USD, mean_usd};
use portage_base::stats::Interval;
use portage_engine::world::Lender;
use portage_results::metrics::Range;
use portage_results::metrics::id::{self, Stakeholder, StakeholderLine};

/// From here on the spiral margin says that nobody would have to sell.
const NOBODY_SELLS: f64 = 100.0;

/// Less bad debt than this is not worth a clause of the headline, share of what was supplied.
const TOLD_SHARE: f64 = 1e-5;

/// Bad debt in a clause of the headline.
pub(super) fn headline(evidence: &Evidence<'_>) -> Option<String> {
    let debt = evidence.estimate(id::LENDING_BAD_DEBT_USD).filter(|_| evidence.has("/lending"))?;
    let is_told = debt.mean.mean
        >= NOTICED_USD.max(
            TOLD_SHARE
                * evidence.mean(id::stakeholder(Stakeholder::Lender(Lender::Suppliers), StakeholderLine::Opening)),
        );
    is_told.then(|| format!("lending markets are left with {} of bad debt", debt.scale().quantity(debt.mean.mean)))
}

/// Bad debt first, then what leads to it.
pub(super) fn lending(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.has("/lending") {
        return Vec::new();
    }
    let mut sentences = bad_debt(evidence);
    sentences.extend(waiting(evidence));
    sentences.extend(spiral(evidence));
    sentences.extend(liquidated(evidence));
    sentences.extend(exits(evidence));
    sentences
}

fn bad_debt(evidence: &Evidence<'_>) -> Vec<String> {
    let left = evidence.share_of_runs(id::LENDING_BAD_DEBT_USD, |debt| debt > NOTICED_USD);
    let Some((left, debt)) = left.zip(evidence.estimate(id::LENDING_BAD_DEBT_USD)) else { return Vec::new() };
    if left.hits == 0 {
        return vec![format!("Bad debt is left in {} of runs.", share_text(&left))];
    }
    let mut sentences = vec![format!(
        "Bad debt is left in {} of runs: {} on average over all runs.",
        share_text(&left),
        debt.mean_text()
    )];
    let bearers = [
        (id::BAD_DEBT_ON_RESERVE_USD, "the markets\u{2019} own funds"),
        (id::BAD_DEBT_ON_BACKSTOP_USD, "backstops"),
        (id::BAD_DEBT_ON_SUPPLIERS_USD, "those who supplied or pledged what was owed"),
    ];
    let borne: Vec<String> =
        bearers.into_iter().filter_map(|(name, who)| Some(format!("{who} {}", mean_usd(evidence, name)?))).collect();
    if !borne.is_empty() {
        sentences.push(format!("Who bears it, on average: {}.", listed(&borne)));
    }
    if let Some(taken) = mean_usd(evidence, id::LENDING_ATTACKED_USD) {
        sentences.push(format!("Manipulators of a price had taken {taken} of it."));
    }
    sentences
}

fn waiting(evidence: &Evidence<'_>) -> Vec<String> {
    let failing = evidence.share_of_runs(id::LENDING_UNPAID_LIQUIDATIONS, |times| times > 0.0);
    let Some(failing) = failing else { return Vec::new() };
    let mut sentence =
        format!("Liquidations that could be made do not pay, or cannot be done, in {} of runs", share_text(&failing));
    if failing.hits > 0
        && let Some((times, most)) =
            evidence.estimate(id::LENDING_UNPAID_LIQUIDATIONS).zip(evidence.estimate(id::LENDING_WAITING_USD_MAX))
    {
        sentence += &format!(
            ", {} times a run on average; at most {} of debt waits at once",
            times.mean_text(),
            most.mean_text()
        );
    }
    vec![format!("{sentence}.")]
}

/// How near forced sales come to feeding on themselves.
fn spiral(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(least) = evidence.estimate(id::SPIRAL_MARGIN_MIN) else { return Vec::new() };
    let below = evidence.share_of_runs(id::SPIRAL_MARGIN_MIN, |margin| margin < 1.0);
    let median = &least.quantiles[1];
    if median.value >= NOBODY_SELLS {
        return Vec::new();
    }
    let day = evidence
        .estimate(id::SPIRAL_MARGIN_MIN_DAY)
        .map_or_else(String::new, |day| format!(" (about day {:.0} in the median run)", day.quantiles[1].value));
    let known = Interval { high: median.interval.high.filter(|high| *high < NOBODY_SELLS), ..median.interval };
    let mut sentences = vec![format!(
        "Spiral margin: at the worst time{day} the pools hold {} times the liquidity below which forced sales would feed on themselves if nobody traded the pools back to the market.",
        least.measure.scale(median.value).estimate(median.value, &known)
    )];
    if let Some(below) = below {
        sentences.push(format!(
            "It falls below 1 in {} of runs: there a fall of the price would force sales that push it down as far again, and again, were the pools left alone. In a run arbitrage brings them back to the market\u{2019}s price, so that this measures the danger and does not say that it happened.",
            share_text(&below)
        ));
    }
    sentences
}

fn liquidated(evidence: &Evidence<'_>) -> Vec<String> {
    let seized = evidence.estimate(id::LENDING_LIQUIDATED_USD).filter(|_| evidence.matters(id::LENDING_LIQUIDATED_USD));
    let Some(seized) = seized else {
        return vec!["Nothing is liquidated.".to_owned()];
    };
    let share = evidence.estimate(id::LENDING_LIQUIDATED_SHARE).map_or_else(String::new, |share| {
        format!(", {} of what was pledged at the opening", share.scale().quantity(share.mean.mean))
    });
    let mut sentences = vec![format!(
        "Liquidators seize {} of collateral on average{share}, in {:.1} liquidations.",
        seized.mean_text(),
        evidence.mean(id::LENDING_LIQUIDATIONS)
    )];
    if let Some(cost) = mean_usd(evidence, id::LENDING_SALE_COST_USD) {
        let kept = evidence.estimate(id::LENDING_LIQUIDATORS_USD);
        let kept = kept.map_or_else(String::new, |kept| {
            format!("; after that and gas they keep {}", kept.scale().quantity(kept.mean.mean))
        });
        sentences.push(format!("Selling it costs them {cost} of fees and price impact{kept}."));
    }
    let toxic = evidence.share_of_runs(id::LENDING_TOXIC_LIQUIDATIONS, |count| count > 0.0);
    if let Some(toxic) = toxic.filter(|toxic| toxic.hits > 0) {
        sentences.push(format!(
            "In {} of runs a liquidation leaves its position worse than before: its loan-to-value stood beyond 1/(1 + bonus), and what is seized exceeds what the position can spare.",
            share_text(&toxic)
        ));
    }
    sentences
}

/// When what is lent out keeps suppliers from leaving.
fn exits(evidence: &Evidence<'_>) -> Option<String> {
    let blocked = evidence.share_of_runs(id::LENDING_DRY_HOURS, |hours| hours > 0.0)?;
    if blocked.hits == 0 {
        return None;
    }
    let hours = evidence.derived_estimate([id::LENDING_DRY_HOURS], (Measure::Hours, Range::Amount), |[hours]| {
        if hours > 0.0 { hours } else { f64::NAN }
    })?;
    let runs = counted(blocked.hits as u64, "that run", "those runs");
    Some(format!(
        "Everything is lent, and nobody can withdraw, in some reserve in {} of runs, for {} of {runs} on average.",
        share_text(&blocked),
        quantity(Measure::Hours, hours.mean.mean)
    ))
}
