//! Rules across the observed values: how many there are, and when they were observed.

use super::broken::BrokenRule;
use crate::Scenario;
use portage_engine::model::OBSERVED_MAX;

/// Checks that observed values lie in the window and that their dates are in order.
pub(super) fn check_observed(scenario: &Scenario, broken: &mut Vec<BrokenRule>) {
    let count = scenario.observed.len();
    if count > OBSERVED_MAX {
        let message = format!("{count} observed values are more than have a metric");
        broken.push(BrokenRule::new("observed", message).expected(format!("at most {OBSERVED_MAX}")));
    }
    let (start, end) = (scenario.start, scenario.start.plus_seconds(scenario.horizon.seconds()));
    for (name, observed) in &scenario.observed {
        let path = format!("observed.{name}.measure.{}", observed.measure.name());
        let dates = observed.measure.dates();
        for (key, date) in &dates {
            if *date < start || *date > end {
                broken.push(
                    BrokenRule::new(format!("{path}.{key}"), format!("{date} is outside the simulation"))
                        .expected(format!("a date from {start} to {end}"))
                        .hint("move the date, or change `start` and `horizon`"),
                );
            }
        }
        if let [(_, from), (key, to)] = dates[..]
            && to <= from
        {
            broken.push(
                BrokenRule::new(format!("{path}.{key}"), format!("{to} does not come after {from}, where it begins"))
                    .expected(format!("a date after {from}")),
            );
        }
    }
}
