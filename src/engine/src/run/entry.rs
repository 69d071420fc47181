//! What the new version takes and since when: of the calendar where a plan only has dates, of its course otherwise.

use super::plan_execution::PlanExecution;
use crate::agents::MarketView;
use crate::model::Model;
use crate::world::Books;
use portage_pools::Role;

/// When the new version takes or took effect, seconds; `None` while the run has not decided it.
pub(super) fn opened(model: &Model, plan_execution: Option<&PlanExecution>) -> Option<f64> {
    plan_execution.map_or(Some(model.calendar.opens), PlanExecution::opened)
}

/// Which pools take deposits or pledges from now on.
pub(super) fn open_venues(
    model: &Model,
    books: &Books,
    market_view: &mut MarketView,
    plan_execution: Option<&PlanExecution>,
) {
    let calendar = &model.calendar;
    for (venue, setup) in model.venues.iter().enumerate() {
        let entry = &mut market_view.venues[venue];
        let (is_old, is_new) = (setup.terms.role == Role::Old, setup.terms.role == Role::New);
        let is_there = books.seconds >= calendar.opens && (calendar.has_plan || setup.tvl_usd > 0.0);
        let (takes_old, takes_new) =
            plan_execution.map_or((true, is_there), |plan_execution| plan_execution.takes_deposits(model, books));
        let takes = is_old && takes_old || setup.terms.role.is_rival() || is_new && takes_new;
        entry.takes_deposits = takes && !books.venues[venue].is_halted();
        entry.takes_pledges = is_new && calendar.batch.is_some_and(|batch| books.seconds < batch);
    }
}
