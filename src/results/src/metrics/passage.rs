//! Metrics of the plan itself: how long it took, what failed, what was lost and given back, what stood still.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::world::Passage;

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

/// A line of the plan's book: name, unit, meaning, and how it is read.
type Line = (&'static str, &'static str, &'static str, fn(&Passage) -> f64);

const LINES: [Line; 24] = [
    (
        "approved_days",
        "days",
        "time from the start to the approval of the plan; no value where none was needed",
        |book| book.approved / SECONDS_PER_DAY,
    ),
    (
        "opened_days",
        "days",
        "time from the start until the new version took effect; no value where it never did",
        |book| book.opened / SECONDS_PER_DAY,
    ),
    ("released_days", "days", "time from the start until the last stage began, without a cap", |book| {
        book.released / SECONDS_PER_DAY
    }),
    ("votes", "votes", "votes that were held on the plan", |book| f64::from(book.votes)),
    ("took_effect", "1 or 0", "the new version took effect within the window", |book| {
        f64::from(u8::from(!book.opened.is_nan()))
    }),
    ("captured", "1 or 0", "somebody bought the vote and passed an upgrade of his own", |book| {
        f64::from(u8::from(book.is_captured))
    }),
    ("trigger_gamed", "1 or 0", "somebody pushed what the trigger watched", |book| f64::from(u8::from(book.is_gamed))),
    (
        "trigger_gaming_cost_min_usd",
        "USD",
        "least that it would have cost at an observation to push what the trigger watched",
        |book| if book.gaming_cost_min_usd.is_finite() { book.gaming_cost_min_usd } else { f64::NAN },
    ),
    (
        "entries_found",
        "entries",
        "entries of the copied state that were found wrong while they were compared",
        |book| book.entries_found,
    ),
    (
        "divergence_share",
        "share of the state",
        "difference between the state that took effect and the one that was meant",
        |book| book.divergence_share,
    ),
    ("miscredited_usd", "USD", "credited by wrong entries to others than its owners", |book| book.miscredited_usd),
    (
        "faulty",
        "1 or 0",
        "the new version as it was made had a fault, whether or not it took effect or ever came to light",
        |book| f64::from(u8::from(book.is_faulty)),
    ),
    ("caught", "1 or 0", "a verification caught a fault or wrong entries before they took effect", |book| {
        f64::from(u8::from(book.is_caught))
    }),
    ("failed", "1 or 0", "a failure of the path came to light within the window", |book| {
        f64::from(u8::from(!book.failed.is_nan()))
    }),
    ("failed_days", "days", "time from the start until it did", |book| book.failed / SECONDS_PER_DAY),
    ("gates_tripped", "times", "times that a gate stopped the rollout", |book| f64::from(book.gates_tripped)),
    ("rolled_back", "1 or 0", "what had moved was moved back", |book| f64::from(u8::from(book.rollbacks > 0))),
    ("paused_hours", "hours", "time during which the team had halted the new version", |book| {
        book.paused_seconds / SECONDS_PER_HOUR
    }),
    ("downtime_hours", "hours", "time during which more than half of the liquidity stood in halted pools", |book| {
        book.downtime_seconds / SECONDS_PER_HOUR
    }),
    (
        "frozen_usd_days",
        "USD x days",
        "value that stood in halted pools, over time: liveness loss, apart from theft",
        |book| book.frozen_usd_days,
    ),
    (
        "at_risk_usd_days",
        "USD x days",
        "value exposed to a failure of the path over time: what stands in the new version or is on its way there",
        |book| book.at_risk_usd_days,
    ),
    ("at_risk_max_usd", "USD", "most value exposed at once", |book| book.at_risk_max_usd),
    ("operator_gas_usd", "USD", "gas of the operator's own transactions", |book| book.operator_gas_usd),
    ("verification_usd", "USD", "what verification cost, gas apart", |book| book.verification_usd),
];

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for (name, unit, meaning, read) in LINES {
        metrics.push(Metric::new(name, unit, meaning, DEFINITION, move |closing| read(&closing.world.books.passage)));
    }
    metrics.push(Metric::new(
        "completed",
        "1 or 0",
        "at some time the new version held at least 99 % of the liquidity of both",
        DEFINITION,
        |closing| f64::from(u8::from(!closing.recorder.completion_days.is_nan())),
    ));
    metrics.push(Metric::new(
        "completion_days",
        "days",
        "time from the start until the new version held 99 % of the liquidity of both",
        DEFINITION,
        |closing| closing.recorder.completion_days,
    ));
    metrics.push(Metric::new(
        "operator_gas_price_sd_gwei",
        "gwei",
        "standard deviation of the gas price over the operator's transactions",
        DEFINITION,
        |closing| operator_gas_sd(&closing.world.books.passage),
    ));
    metrics.push(Metric::new(
        "unclaimed_value_share",
        "share of opening value",
        "what nobody had claimed when claims ended, or at the end of the window; no value without claims",
        DEFINITION,
        |closing| {
            let claims = closing.model.plan.as_ref().is_some_and(portage_engine::model::Plan::takes_claims);
            let (ended, now) = (closing.world.books.passage.unclaimed_share, closing.world.books.left_in_old_share());
            // After a rollback there is nothing to claim.
            match (claims && closing.world.books.passage.rollbacks == 0, ended.is_nan()) {
                (false, _) => f64::NAN,
                (true, true) => now,
                (true, false) => ended,
            }
        },
    ));
    metrics.extend(losses());
    metrics
}

fn losses() -> Vec<Metric> {
    vec![
        Metric::new("stolen_usd", "USD", "taken by attackers, at the prices of the day", DEFINITION, |closing| {
            closing.world.books.thefts.stolen_usd
        }),
        Metric::new("destroyed_usd", "USD", "stuck for ever, at the prices of the day", DEFINITION, |closing| {
            closing.world.books.thefts.destroyed_usd
        }),
        Metric::new(
            "returned_usd",
            "USD",
            "given back by attackers, at the prices of the day",
            DEFINITION,
            |closing| closing.world.books.thefts.returned_usd,
        ),
        Metric::new(
            "failure_loss_usd",
            "USD",
            "stolen, destroyed or credited to somebody else, less what was given back: all providers together",
            DEFINITION,
            |closing| closing.world.books.failure_loss_usd(),
        ),
        Metric::new(
            "failure_loss_share",
            "share of opening value",
            "the same, relative to what providers opened with",
            DEFINITION,
            |closing| closing.failure_loss_share(),
        ),
    ]
}

/// Standard deviation of the gas price over the operator's transactions, gwei; NaN for less than two.
fn operator_gas_sd(book: &Passage) -> f64 {
    let (calls, sum, squares) = book.operator_calls;
    if calls < 2.0 {
        return f64::NAN;
    }
    ((squares - sum * sum / calls).max(0.0) / (calls - 1.0)).sqrt()
}

impl Closing<'_> {
    fn failure_loss_share(&self) -> f64 {
        let opening: f64 = self.world.books.modelled().iter().map(|book| book.statement.opening).sum();
        super::dictionary::ratio(self.world.books.failure_loss_usd(), opening)
    }
}
