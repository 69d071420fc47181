//! Margined positions: the rules across their values, and their opening.

use super::broken::BrokenRule;
use crate::Scenario;
use portage_migration::PositionsSpec;

/// Where the terms of positions stand in a scenario.
const PLACE: &str = "migration.positions";

/// Checks the rules across the values of `[migration.positions]`; broken ones are added to `broken`.
pub(super) fn check_positions(scenario: &Scenario, observation_seconds: f64, broken: &mut Vec<BrokenRule>) {
    let Some(spec) = scenario.migration.as_ref().and_then(|plan| plan.positions.as_ref()) else { return };
    check_leverage(spec, broken);
    let (upkeep, maintenance) = (&spec.upkeep, spec.maintenance_margin);
    let mut rule = |name: &str, message: String, expected: String| {
        broken.push(BrokenRule::new(format!("{PLACE}.{name}"), message).expected(expected));
    };
    if upkeep.acts_below <= maintenance {
        rule(
            "upkeep.acts_below",
            format!("a holder who acts below {} is liquidated at {maintenance} or before", upkeep.acts_below),
            format!("a share above {maintenance}"),
        );
    }
    if upkeep.restores_to <= upkeep.acts_below {
        rule(
            "upkeep.restores_to",
            format!("margin restored to {} is not above {}, where it is added", upkeep.restores_to, upkeep.acts_below),
            format!("a share above {}", upkeep.acts_below),
        );
    }
    let active = upkeep.attentive_share + upkeep.stop_share;
    if active > 1.0 {
        rule(
            "upkeep.stop_share",
            format!("the shares of holders who add margin and who close sum to {active}"),
            format!("at most {}", 1.0 - upkeep.attentive_share),
        );
    }
    if let Some(gap) = spec.moves.gap().filter(|gap| gap.seconds() < observation_seconds) {
        broken.push(
            BrokenRule::new(
                format!("{PLACE}.moves.split.gap"),
                format!("nobody would see the gap of {gap}: margins are looked at every {observation_seconds} s"),
            )
            .expected(format!("at least {observation_seconds} s"))
            .hint("shorten `observation`, or let both legs move together"),
        );
    }
}

/// The bounds of leverage are in order, and nobody opens where the holder would have to act at once.
fn check_leverage(spec: &PositionsSpec, broken: &mut Vec<BrokenRule>) {
    let leverage = &spec.leverage;
    if leverage.least > leverage.median || leverage.median > leverage.most {
        broken.push(
            BrokenRule::new(
                format!("{PLACE}.leverage.median"),
                format!("the median {} does not lie between {} and {}", leverage.median, leverage.least, leverage.most),
            )
            .expected("least <= median <= most"),
        );
    }
    let (maintenance, acts_below) = (spec.maintenance_margin, spec.upkeep.acts_below);
    let opening = 1.0 / leverage.most;
    if opening <= maintenance {
        broken.push(
            BrokenRule::new(
                format!("{PLACE}.leverage.most"),
                format!(
                    "a position of leverage {} opens with {opening:.4} of its value, not above the maintenance margin of {maintenance}",
                    leverage.most
                ),
            )
            .expected(format!("less than {}", 1.0 / maintenance)),
        );
    } else if opening <= acts_below && acts_below > maintenance {
        broken.push(
            BrokenRule::new(
                format!("{PLACE}.upkeep.acts_below"),
                format!(
                    "a position of leverage {} opens with {opening:.4} of its value: its holder would act at once",
                    leverage.most
                ),
            )
            .expected(format!("a share below {opening:.4}"))
            .hint("lower `acts_below`, or `leverage.most`"),
        );
    }
}
