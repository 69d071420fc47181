//! Metrics of the plan itself: how long it took, what failed, what was lost and given back, what stood still.

use super::Closing;
use super::metric::{DEFINITION, metrics, ratio};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::world::PlanRecord;

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

metrics! {
    of_book: Everything, DEFINITION, |closing, read: fn(&PlanRecord) -> f64| read(&closing.world.books.plan_record);
    APPROVED_DAYS: Days, Amount, "time from the start to the approval of the plan; no value where none was needed" =>
        |book| book.approved / SECONDS_PER_DAY;
    OPENED_DAYS: Days, Amount, "time from the start until the new version took effect; no value where it never did" =>
        |book| book.opened / SECONDS_PER_DAY;
    RELEASED_DAYS: Days, Amount, "time from the start until the last stage began, without a cap" =>
        |book| book.released / SECONDS_PER_DAY;
    VOTES: Count("votes"), Amount, "votes that were held on the plan" => |book| f64::from(book.votes);
    TOOK_EFFECT: Flag, Part, "the new version took effect within the window" [Time 12 "Took effect in the window"] =>
        |book| f64::from(u8::from(!book.opened.is_nan()));
    CAPTURED: Flag, Part, "somebody bought the vote and passed an upgrade of his own" =>
        |book| f64::from(u8::from(book.is_captured));
    TRIGGER_GAMED: Flag, Part, "somebody pushed what the trigger watched" => |book| f64::from(u8::from(book.is_gamed));
    TRIGGER_GAMING_COST_MIN_USD: Usd, Amount,
        "least that it would have cost at an observation to push what the trigger watched" =>
        |book| if book.gaming_cost_min_usd.is_finite() { book.gaming_cost_min_usd } else { f64::NAN };
    ENTRIES_FOUND: Count("entries"), Amount,
        "entries of the copied state that were found wrong while they were compared" => |book| book.entries_found;
    DIVERGENCE_SHARE: ShareOf("the state"), Part,
        "difference between the state that took effect and the one that was meant" => |book| book.divergence_share;
    MISCREDITED_USD: Usd, Amount,
        "credited by wrong entries to others than its owners" [Failure 23 "Credited to others than its owners"] =>
        |book| book.miscredited_usd;
    FAULTY: Flag, Part,
        "the new version as it was made had a fault, whether or not it took effect or ever came to light" =>
        |book| f64::from(u8::from(book.is_faulty));
    CAUGHT: Flag, Part,
        "a verification caught a fault or wrong entries before they took effect"
        [Failure 19 "Fault caught before it took effect"] => |book| f64::from(u8::from(book.is_caught));
    FAILED: Flag, Part,
        "a failure of the path came to light within the window" [Failure 18 "Probability of failure"] =>
        |book| f64::from(u8::from(!book.failed.is_nan()));
    FAILED_DAYS: Days, Amount, "time from the start until it did" => |book| book.failed / SECONDS_PER_DAY;
    GATES_TRIPPED: Count("times"), Amount, "times that a gate stopped the rollout" [Failure 21 "Gates tripped"] =>
        |book| f64::from(book.gates_tripped);
    ROLLED_BACK: Flag, Part, "what had moved was moved back" [Failure 20 "Rolled back"] =>
        |book| f64::from(u8::from(book.rollbacks > 0));
    PAUSED_HOURS: Hours, Amount, "time during which the team had halted the new version" [Liveness 30 "Paused"] =>
        |book| book.paused_seconds / SECONDS_PER_HOUR;
    DOWNTIME_HOURS: Hours, Amount,
        "time during which more than half of the liquidity stood in halted pools" [Liveness 29 "Downtime"] =>
        |book| book.downtime_seconds / SECONDS_PER_HOUR;
    FROZEN_USD_DAYS: UsdDays, Amount,
        "value that stood in halted pools, over time: liveness loss, apart from theft"
        [Liveness 31 "Frozen value over time"] => |book| book.frozen_usd_days;
    AT_RISK_USD_DAYS: UsdDays, Amount,
        "value exposed to a failure of the path over time: what stands in the new version or is on its way there"
        [Exposure 32 "Capital at risk over time"] => |book| book.at_risk_usd_days;
    AT_RISK_MAX_USD: Usd, Amount, "most value exposed at once" [Exposure 33 "Most capital at risk at once"] =>
        |book| book.at_risk_max_usd;
    OPERATOR_GAS_USD: Usd, Amount, "gas of the operator's own transactions" [Gas 86 "Of it, the operator\u{2019}s"] =>
        |book| book.operator_gas_usd;
    VERIFICATION_USD: Usd, Amount, "what verification cost, gas apart" [Cost 5 "Verification"] =>
        |book| book.verification_usd;
}

metrics! {
    of_completion: Everything, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    COMPLETED: Flag, Part,
        "at some time the new version held at least 99 % of the liquidity of both"
        [Time 11 "Completed in the window"] =>
        |closing| f64::from(u8::from(!closing.recorder.completion_days.is_nan()));
    COMPLETION_DAYS: Days, Amount,
        "time from the start until the new version held 99 % of the liquidity of both" [Time 3 "Until complete"] =>
        |closing| closing.recorder.completion_days;
    OPERATOR_GAS_PRICE_SD_GWEI: Gwei, Amount,
        "standard deviation of the gas price over the operator's transactions"
        [Gas 89 "The same over the operator\u{2019}s calls"] =>
        |closing| operator_gas_sd(&closing.world.books.plan_record);
    UNCLAIMED_VALUE_SHARE: ShareOf("opening value"), Part,
        "what nobody had claimed when claims ended, or at the end of the window; no value without claims"
        [Failure 28 "Value never claimed"] => unclaimed_share;
    STOLEN_USD: Usd, Amount, "taken by attackers, at the prices of the day" =>
        |closing| closing.world.books.thefts.stolen_usd;
    DESTROYED_USD: Usd, Amount, "stuck for ever, at the prices of the day" =>
        |closing| closing.world.books.thefts.destroyed_usd;
    RETURNED_USD: Usd, Signed, "given back by attackers, at the prices of the day" =>
        |closing| closing.world.books.thefts.returned_usd;
    FAILURE_LOSS_USD: Usd, Amount,
        "stolen, destroyed or credited to somebody else, less what was given back: all providers together"
        [Failure 22 "Expected loss from failures"] => |closing| closing.world.books.failure_loss_usd();
    FAILURE_LOSS_SHARE: ShareOf("opening value"), Amount, "the same, relative to what providers opened with" =>
        |closing| closing.failure_loss_share();
}

/// Share of opening value that nobody claimed; NaN without claims, and after a rollback: then there is nothing to claim.
fn unclaimed_share(closing: &Closing<'_>) -> f64 {
    let books = &closing.world.books;
    let claims = closing.model.plan.as_ref().is_some_and(portage_engine::model::Plan::takes_claims);
    match (claims && books.plan_record.rollbacks == 0, books.plan_record.unclaimed_share) {
        (false, _) => f64::NAN,
        (true, ended) if ended.is_nan() => books.left_in_old_share(),
        (true, ended) => ended,
    }
}

/// Standard deviation of the gas price over the operator's transactions, gwei; NaN for less than two.
fn operator_gas_sd(book: &PlanRecord) -> f64 {
    let (calls, sum, squares) = book.operator_calls;
    if calls < 2.0 {
        return f64::NAN;
    }
    ((squares - sum * sum / calls).max(0.0) / (calls - 1.0)).sqrt()
}

impl Closing<'_> {
    fn failure_loss_share(&self) -> f64 {
        let opening: f64 = self.world.books.modelled().iter().map(|book| book.statement.opening).sum();
        ratio(self.world.books.failure_loss_usd(), opening)
    }
}
