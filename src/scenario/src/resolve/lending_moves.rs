//! Lending markets whose users move to another one: the rules across the two, and their names resolved.

use super::broken::BrokenRule;
use super::calendar::last_date;
use crate::Scenario;
use crate::grammar::nearest;
use portage_credit::lending::{LendingSpec, MovesSpec, MovesTerms, RESERVES_MAX};
use portage_engine::world::{LendingTerms, MovesLink};

/// Resolves the moves of every market among `markets`; broken rules are added to `broken`.
pub(super) fn moves(scenario: &Scenario, markets: &mut [LendingTerms], broken: &mut Vec<BrokenRule>) {
    for (from, (name, spec)) in scenario.lending.iter().enumerate() {
        if let Some(moves) = &spec.moves {
            let path = format!("lending.{name}.moves");
            check_dates(scenario, &path, moves, broken);
            let link = target(scenario, (name, &path), moves, broken)
                .and_then(|to| link(scenario, markets, (from, to), (&path, spec, moves), broken));
            markets[from].moves = link;
        }
    }
}

/// The market to which users move, by its place.
fn target(
    scenario: &Scenario,
    (name, path): (&str, &str),
    moves: &MovesSpec,
    broken: &mut Vec<BrokenRule>,
) -> Option<usize> {
    let others = || scenario.lending.keys().filter(|other| *other != name).map(String::as_str);
    let Some(to) = scenario.lending.keys().position(|market| *market == moves.to && market != name) else {
        let known: Vec<&str> = others().collect();
        let expected = if known.is_empty() { "a second table [lending.NAME]".to_owned() } else { known.join(", ") };
        let mut rule = BrokenRule::new(format!("{path}.to"), format!("there is no other market \"{}\"", moves.to))
            .expected(format!("one of: {expected}"));
        if let Some(near) = nearest(&moves.to, others()) {
            rule = rule.hint(format!("did you mean \"{near}\"?"));
        }
        broken.push(rule);
        return None;
    };
    if scenario.lending[&moves.to].moves.is_some() {
        broken.push(
            BrokenRule::new(format!("{path}.to"), format!("users of \"{}\" move on to another market", moves.to))
                .expected("a market in which they stay"),
        );
    }
    Some(to)
}

fn check_dates(scenario: &Scenario, path: &str, moves: &MovesSpec, broken: &mut Vec<BrokenRule>) {
    let (start, end) = (scenario.start, last_date(scenario));
    if moves.opens < start || moves.opens > end {
        broken.push(
            BrokenRule::new(format!("{path}.opens"), format!("{} is outside the simulation", moves.opens))
                .expected(format!("a date from {start} to {end}")),
        );
    }
    if let Some(until) = moves.reward_until.filter(|until| *until <= moves.opens) {
        broken.push(
            BrokenRule::new(
                format!("{path}.reward_until"),
                format!("rewards end on {until}, before anybody has moved"),
            )
            .expected(format!("a date after {} (opens)", moves.opens)),
        );
    }
}

/// Every reserve of the old market with its twin in the new one.
fn link(
    scenario: &Scenario,
    markets: &[LendingTerms],
    (from, to): (usize, usize),
    (path, spec, moves): (&str, &LendingSpec, &MovesSpec),
    broken: &mut Vec<BrokenRule>,
) -> Option<MovesLink> {
    let mut map = [0; RESERVES_MAX];
    let (old, new, before) = (&markets[from], &markets[to], broken.len());
    let other = &scenario.lending[&moves.to];
    for (at, (name, reserve)) in spec.reserves.iter().take(RESERVES_MAX).enumerate() {
        let mut refuse = |place: &str, message: String, expected: String| {
            broken.push(
                BrokenRule::new(format!("lending.{}.reserves.{name}{place}", old.name), message).expected(expected),
            );
        };
        if reserve.pool.is_some() {
            refuse(
                ".pool",
                "pledged shares of a pool cannot move".to_owned(),
                format!("reserves of assets only, as users move ({path})"),
            );
            continue;
        }
        let Some(twin) = other.reserves.keys().take(RESERVES_MAX).position(|twin| twin == name) else {
            refuse(
                "",
                format!("there is no \"{name}\" in \"{}\", to which users move", moves.to),
                format!("a table lending.{}.reserves.{name}", moves.to),
            );
            continue;
        };
        if old.reserves[at].asset != new.reserves[twin].asset {
            refuse(
                "",
                format!("\"{name}\" is another asset in \"{}\", to which users move", moves.to),
                "the same asset in both".to_owned(),
            );
        }
        let is_owed = spec.borrowers.values().any(|class| class.debt.contains_key(name));
        if is_owed && !other.reserves[name].is_borrowable {
            refuse(
                "",
                format!("it is owed here and not lent in \"{}\", to which users move", moves.to),
                "a reserve that both lend".to_owned(),
            );
        }
        map[at] = twin;
    }
    let until = moves.reward_until.map_or(f64::INFINITY, |until| until.seconds_since(scenario.start));
    (broken.len() == before).then(|| MovesLink {
        to,
        terms: MovesTerms {
            name: old.name.clone(),
            map,
            opens_seconds: moves.opens.seconds_since(scenario.start),
            reward_until_seconds: until,
            spec: moves.clone(),
        },
    })
}
