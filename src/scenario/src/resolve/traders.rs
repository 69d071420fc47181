//! Rules across the values of traders.

use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::agents::TradersSpec;
use portage_engine::world::TRADER_CLASSES_MAX;
use portage_pools::Role;

/// Longest observation interval at which the course of a day is seen, seconds: rates change once an interval, and four a day
/// leave 0.9 of the amplitude (sin(pi/4) / (pi/4)).
const INTERVAL_OF_DAY_MAX_SECONDS: f64 = SECONDS_PER_DAY / 4.0;

impl Names<'_> {
    /// Checks providers and traders.
    pub(super) fn agents(&mut self, scenario: &Scenario) {
        self.people(scenario);
        self.traders(scenario);
    }

    /// Checks the traders, if there are any.
    fn traders(&mut self, scenario: &Scenario) {
        let Some(traders) = &scenario.traders else { return };
        self.trader_classes(traders);
        let interval = scenario.observation;
        rule!(self.rules, if traders.intraday.is_some() && interval.seconds() > INTERVAL_OF_DAY_MAX_SECONDS =>
            "traders.intraday", "rates change once an observation, and {interval} do not show the course of a day",
            "an `observation` of at most 6h", "shorten `observation`, or leave `intraday` out");
        let has = |role: Role| scenario.pools.values().any(|pool| pool.role == role);
        let is_delayed = traders.aggregators_list_new_after.seconds() > 0.0;
        rule!(self.rules, if is_delayed && !(has(Role::Old) && has(Role::New)) =>
            "traders.aggregators_list_new_after",
            "aggregators can wait with new pools only where there are old ones beside them",
            "0s, or pools of both roles, \"old\" and \"new\"");
    }

    fn trader_classes(&mut self, traders: &TradersSpec) {
        let classes = &traders.classes;
        if classes.is_empty() {
            return;
        }
        rule!(self.rules, if classes.len() > TRADER_CLASSES_MAX => "traders.classes",
            ("{} classes of traders are too many", classes.len()), "at most {TRADER_CLASSES_MAX} classes");
        let sums = [
            ("share_of_orders", classes.values().map(|class| class.share_of_orders).sum::<f64>()),
            ("share_of_volume", classes.values().map(|class| class.share_of_volume).sum::<f64>()),
        ];
        for (field, sum) in sums {
            rule!(self.rules, if (sum - 1.0).abs() > 1e-6 => "traders.classes",
                "`{field}` of the classes of traders sums to {sum}", "`{field}` of all classes to sum to 1");
        }
    }
}
