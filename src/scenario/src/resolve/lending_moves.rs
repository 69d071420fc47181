//! Lending markets whose users move to another one: the rules across the two, and their names resolved.

use super::calendar::last_date;
use super::rules::{Rules, meant, rule};
use crate::Scenario;
use portage_credit::lending::{LendingSpec, MovesSpec, MovesTerms, RESERVES_MAX};
use portage_engine::world::{LendingTerms, MovesLink};

/// Resolves the moves of every market among `markets`; broken rules are noted in `rules`.
pub(super) fn moves(scenario: &Scenario, markets: &mut [LendingTerms], rules: &mut Rules) {
    for (from, (name, spec)) in scenario.lending.iter().enumerate() {
        if let Some(moves) = &spec.moves {
            let path = format!("lending.{name}.moves");
            check_dates(scenario, &path, moves, rules);
            let link = target(scenario, (name, &path), moves, rules)
                .and_then(|to| link(scenario, markets, (from, to), (&path, spec, moves), rules));
            markets[from].moves = link;
        }
    }
}

/// The market to which users move, by its place.
fn target(scenario: &Scenario, (name, path): (&str, &str), moves: &MovesSpec, rules: &mut Rules) -> Option<usize> {
    let others = || scenario.lending.keys().filter(|other| *other != name).map(String::as_str);
    let Some(to) = scenario.lending.keys().position(|market| *market == moves.to && market != name) else {
        let known: Vec<&str> = others().collect();
        let expected = if known.is_empty() { "a second table [lending.NAME]".to_owned() } else { known.join(", ") };
        rule!(rules => "{path}.to", ("there is no other market \"{}\"", moves.to), "one of: {expected}",
            { meant(&moves.to, others()) });
        return None;
    };
    rule!(rules, if scenario.lending[&moves.to].moves.is_some() => "{path}.to",
        ("users of \"{}\" move on to another market", moves.to), "a market in which they stay");
    Some(to)
}

fn check_dates(scenario: &Scenario, path: &str, moves: &MovesSpec, rules: &mut Rules) {
    let (start, end) = (scenario.start, last_date(scenario));
    rule!(rules, if moves.opens < start || moves.opens > end => "{path}.opens",
        ("{} is outside the simulation", moves.opens), "a date from {start} to {end}");
    rule!(rules, if let Some(until) = moves.reward_until.filter(|until| *until <= moves.opens) => "{path}.reward_until",
        "rewards end on {until}, before anybody has moved", ("a date after {} (opens)", moves.opens));
}

/// Every reserve of the old market with its twin in the new one.
fn link(
    scenario: &Scenario,
    markets: &[LendingTerms],
    (from, to): (usize, usize),
    (path, spec, moves): (&str, &LendingSpec, &MovesSpec),
    rules: &mut Rules,
) -> Option<MovesLink> {
    let mut map = [0; RESERVES_MAX];
    let (old, new, before) = (&markets[from], &markets[to], rules.len());
    let other = &scenario.lending[&moves.to];
    for (at, (name, reserve)) in spec.reserves.iter().take(RESERVES_MAX).enumerate() {
        let path_of = format!("lending.{}.reserves.{name}", old.name);
        if reserve.pool.is_some() {
            rule!(rules => "{path_of}.pool", "pledged shares of a pool cannot move",
                "reserves of assets only, as users move ({path})");
            continue;
        }
        let Some(twin) = other.reserves.keys().take(RESERVES_MAX).position(|twin| twin == name) else {
            rule!(rules => path_of, ("there is no \"{name}\" in \"{}\", to which users move", moves.to),
                ("a table lending.{}.reserves.{name}", moves.to));
            continue;
        };
        rule!(rules, if old.reserves[at].asset != new.reserves[twin].asset => path_of,
            ("\"{name}\" is another asset in \"{}\", to which users move", moves.to), "the same asset in both");
        let is_owed = spec.borrowers.values().any(|class| class.debt.contains_key(name));
        rule!(rules, if is_owed && !other.reserves[name].is_borrowable => path_of,
            ("it is owed here and not lent in \"{}\", to which users move", moves.to), "a reserve that both lend");
        map[at] = twin;
    }
    let until = moves.reward_until.map_or(f64::INFINITY, |until| until.seconds_since(scenario.start));
    (rules.len() == before).then(|| MovesLink {
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
