//! Rules across the observed values: how many there are, and when they were observed.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_engine::model::OBSERVED_MAX;

/// Checks that observed values lie in the window and that their dates are in order.
pub(super) fn check_observed(scenario: &Scenario, rules: &mut Rules) {
    let count = scenario.observed.len();
    rule!(rules, if count > OBSERVED_MAX => "observed", "{count} observed values are more than have a metric",
        "at most {OBSERVED_MAX}");
    let (start, end) = (scenario.start, scenario.start.plus_seconds(scenario.horizon.seconds()));
    for (name, observed) in &scenario.observed {
        let path = format!("observed.{name}.measure.{}", observed.measure.name());
        let dates = observed.measure.dates();
        for (key, date) in &dates {
            rule!(rules, if *date < start || *date > end => "{path}.{key}", "{date} is outside the simulation",
                "a date from {start} to {end}", "move the date, or change `start` and `horizon`");
        }
        if let [(_, from), (key, to)] = dates[..]
            && to <= from
        {
            rule!(rules => "{path}.{key}", "{to} does not come after {from}, where it begins", "a date after {from}");
        }
    }
}
