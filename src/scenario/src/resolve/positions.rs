//! Margined positions: the rules across their values, and their opening.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_migration::PositionsSpec;

/// Where the terms of positions stand in a scenario.
const PLACE: &str = "migration.positions";

/// Checks the rules across the values of `[migration.positions]`; broken ones are noted in `rules`.
pub(super) fn check_positions(scenario: &Scenario, observation_seconds: f64, rules: &mut Rules) {
    let Some(spec) = scenario.migration.as_ref().and_then(|plan| plan.positions.as_ref()) else { return };
    check_leverage(spec, rules);
    let (upkeep, maintenance) = (&spec.upkeep, spec.maintenance_margin);
    rule!(rules, if upkeep.acts_below <= maintenance => "{PLACE}.upkeep.acts_below",
        ("a holder who acts below {} is liquidated at {maintenance} or before", upkeep.acts_below),
        "a share above {maintenance}");
    rule!(rules, if upkeep.restores_to <= upkeep.acts_below => "{PLACE}.upkeep.restores_to",
        ("margin restored to {} is not above {}, where it is added", upkeep.restores_to, upkeep.acts_below),
        ("a share above {}", upkeep.acts_below));
    let active = upkeep.attentive_share + upkeep.stop_share;
    rule!(rules, if active > 1.0 => "{PLACE}.upkeep.stop_share",
        "the shares of holders who add margin and who close sum to {active}",
        ("at most {}", 1.0 - upkeep.attentive_share));
    rule!(rules, if let Some(gap) = spec.moves.gap().filter(|gap| gap.seconds() < observation_seconds) =>
        "{PLACE}.moves.split.gap",
        "nobody would see the gap of {gap}: margins are looked at every {observation_seconds} s",
        "at least {observation_seconds} s", "shorten `observation`, or let both legs move together");
}

/// The bounds of leverage are in order, and nobody opens where the holder would have to act at once.
fn check_leverage(spec: &PositionsSpec, rules: &mut Rules) {
    let (least, median, most) = (spec.leverage.least, spec.leverage.median, spec.leverage.most);
    rule!(rules, if least > median || median > most => "{PLACE}.leverage.median",
        "the median {median} does not lie between {least} and {most}", "least <= median <= most");
    let (maintenance, acts_below) = (spec.maintenance_margin, spec.upkeep.acts_below);
    let opening = 1.0 / most;
    rule!(rules, if opening <= maintenance => "{PLACE}.leverage.most",
        "a position of leverage {most} opens with {opening:.4} of its value, not above the maintenance margin of \
         {maintenance}", ("less than {}", 1.0 / maintenance));
    rule!(rules, if maintenance < opening && maintenance < acts_below && opening <= acts_below =>
        "{PLACE}.upkeep.acts_below",
        "a position of leverage {most} opens with {opening:.4} of its value: its holder would act at once",
        "a share below {opening:.4}", "lower `acts_below`, or `leverage.most`");
}
