//! The verdict: what the runs say, in sentences with numbers and 95 % confidence intervals.

mod bought;
mod contagion;
mod cost;
mod dependents;
mod lending;
mod lending_moves;
mod moved;
mod perps;
mod plan;
mod rewards;
mod risk;
mod vaults;

use super::balance::balance;
use super::evidence::Evidence;
use super::loss::Loss;
use super::programmes;
use super::wording::{days, listed};
use portage_results::metrics::Id;
use portage_results::metrics::id::{self, HolderLine};

/// What was found about one question.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Finding {
    /// What it is about.
    pub(super) topic: &'static str,
    /// What was found.
    pub(super) sentences: Vec<String>,
}

impl Finding {
    /// Everything in one line.
    pub(super) fn line(&self) -> String {
        format!("{}: {}", self.topic, self.sentences.join(" "))
    }
}

/// Every finding that the scenario has something to say about, in the order of the report.
pub(super) fn findings(evidence: &Evidence<'_>, losses: &[Loss]) -> Vec<Finding> {
    let all = [
        (if evidence.scope.has_migration() { "How much moves" } else { "Moves and exits" }, moved::how_much(evidence)),
        ("By when", moved::by_when(evidence)),
        ("Cost to traders", cost::traders(evidence)),
        (if evidence.scope.is_conversion { "Cost to holders" } else { "Cost to providers" }, cost::providers(evidence)),
        ("What was paid", rewards::rewards(evidence)),
        ("What it bought", bought::bought(evidence)),
        ("Arbitrage", cost::arbitrage(evidence)),
        ("Who pays", vec![balance(evidence).reading()]),
        ("The plan", plan::course(evidence)),
        ("Under way", dependents::bridge(evidence)),
        ("What fails", plan::failures(evidence)),
        ("Margined positions", dependents::positions(evidence)),
        ("Lending", lending::lending(evidence)),
        ("Perpetuals", perps::perps(evidence)),
        ("Structured products", vaults::vaults(evidence)),
        ("Loans that move", lending_moves::lending_moves(evidence)),
        ("Prices that are read", dependents::oracles(evidence)),
        ("Contagion", contagion::network(evidence)),
        ("What can go wrong", risk::risks(evidence, losses)),
        ("How sure this is", risk::certainty(evidence, losses)),
    ];
    let stated = all.into_iter().map(|(topic, mut sentences)| {
        sentences.retain(|sentence| !sentence.is_empty());
        Finding { topic, sentences }
    });
    stated.filter(|finding| !finding.sentences.is_empty()).collect()
}

/// Less than this is rounding, not a loss: no sentence counts it, USD.
pub(super) const NOTICED_USD: f64 = 1.0;

/// The mean of a metric in words, without its interval; `None` where it is nothing.
fn mean_usd(evidence: &Evidence<'_>, name: Id) -> Option<String> {
    let estimate = evidence.estimate(name).filter(|estimate| estimate.mean.mean.abs() >= NOTICED_USD)?;
    Some(estimate.scale().quantity(estimate.mean.mean))
}

/// The answer in one sentence.
pub(super) fn headline(evidence: &Evidence<'_>) -> String {
    let window = days(evidence.window_days());
    let scope = evidence.scope;
    let mean = |name: Id| evidence.estimate(name).map(|estimate| estimate.scale().quantity(estimate.mean.mean));
    let moved = mean(id::MIGRATED_VALUE_SHARE).zip(mean(id::MIGRATED_ADDRESS_SHARE)).filter(|_| scope.has_migration());
    let cost = mean(id::COST_BPS).filter(|_| scope.has_traders).map(|cost| format!("traders pay {cost} of volume"));
    let claims = [
        lending::headline(evidence),
        perps::headline(evidence),
        vaults::headline(evidence),
        contagion::headline(evidence),
    ];
    let topics: Vec<String> =
        [lending_moves::headline(evidence), perps::frozen(evidence)].into_iter().flatten().collect();
    let costs = cost.into_iter().chain(programmes::headline(evidence)).chain(plan::headline(evidence));
    let costs: Vec<String> = costs.chain(claims.into_iter().flatten()).collect();
    // Without a plan to move there may still be providers that leave, or that change between funded pools.
    let exits = evidence.mean(id::LEFT_VALUE_SHARE) > 0.0;
    let exits = mean(id::LEFT_VALUE_SHARE).filter(|_| exits).map(|left| format!("{left} of the value leaves"));
    let loses = scope.can_lose() && evidence.mean(id::RIVAL_VALUE_SHARE) > 0.0;
    let lost = mean(id::RIVAL_VALUE_SHARE).filter(|_| loses);
    let lost = lost.map(|lost| format!("{lost} of the value goes to {}", evidence.rivals_text()));
    let changes = evidence.mean(id::MOVES) > 0.0;
    let changes =
        mean(id::MOVES).filter(|_| changes).map(|moves| format!("{} change place {moves} times", evidence.people()));
    let gone: Vec<String> = lost.clone().into_iter().chain(exits).collect();
    let stirs = if gone.is_empty() { changes.into_iter().collect() } else { gone };
    if let Some((value, address)) = moved {
        let more: String = lost.into_iter().chain(topics).chain(costs).map(|clause| format!("; {clause}")).collect();
        let moved = if scope.is_conversion {
            let verb = if scope.has_yield { "moved" } else { "converted" };
            format!("{value} of the tokens and {address} of the holders have {verb}")
        } else {
            format!("{value} of the value and {address} of the addresses have moved")
        };
        return format!("After {window}, {moved} on average{more}.");
    }
    let clauses: Vec<String> = topics.into_iter().chain(stirs).chain(costs).collect();
    if !clauses.is_empty() {
        return format!("Over {window}, {} on average.", listed(&clauses));
    }
    if evidence.matters(id::providers(HolderLine::AgainstHolding)) {
        let result = mean(id::providers(HolderLine::AgainstHolding)).unwrap_or_default();
        let what = if scope.is_conversion { "everything" } else { "liquidity" };
        return format!("Over {window}, {what} ends {result} against holding on average.");
    }
    let who = if scope.is_conversion { "nobody moves" } else { "nobody trades and nobody moves" };
    format!("Over {window}, {who}: only the price changes.")
}
