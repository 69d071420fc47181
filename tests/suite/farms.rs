//! Farms in whole runs: what pay brings and what leaves with it, what a yield alone does not move, and a reward token that farmers
//! sell.

use crate::support::{column, ensemble, mean, model};

const MERCENARY: &str = include_str!("../../scenarios/mercenary-farm.toml");
const COMPOUND: &str = include_str!("../../scenarios/compound-v2-to-v3.toml");
const REFLEXIVE: &str = include_str!("../../scenarios/reflexive-reward-token.toml");

/// The scenario without what was observed, with readings of this test's own: (name, measure), read as `observed1` and so on in the
/// order of their names.
fn reading(text: &str, measures: &[(&str, &str)]) -> String {
    let kept = text.split("\n[observed.").next().unwrap();
    let own = measures.iter().map(|(name, measure)| format!("\n[observed.{name}]\nmeasure.{measure}\nvalue = 0.0\n"));
    format!("{kept}\n{}", own.collect::<String>())
}

fn level(series: &str, at: &str) -> String {
    format!("level = {{ series = \"{series}\", at = \"{at}\" }}")
}

fn change(series: &str, from: &str, to: &str) -> String {
    format!("change = {{ series = \"{series}\", from = \"{from}\", to = \"{to}\" }}")
}

fn average(text: &str, patches: &[&str], runs: u64, metrics: &[&str]) -> Vec<f64> {
    let runs = ensemble(&model(text, patches), runs);
    metrics.iter().map(|name| mean(&column(&runs, name)).0).collect()
}

/// Fewer people and longer blocks than the scenario's: the shares stay.
const SMALL: [&str; 2] = ["clock.step=50", "providers.count=1000"];

#[test]
fn what_a_farm_bought_leaves_on_the_day_it_ends() {
    let liquidity = "liquidity_new_usd";
    let (before, after) =
        (change(liquidity, "2024-04-14", "2024-04-15"), change(liquidity, "2024-04-15", "2024-04-16"));
    let text = reading(MERCENARY, &[("a", &before), ("b", &after)]);
    let patches = [&SMALL[..], &["horizon=60d", "monte_carlo.counterfactual_runs=0"]].concat();
    let runs = ensemble(&model(&text, &patches), 24);
    let (before, after) = (mean(&column(&runs, "observed1")).0, mean(&column(&runs, "observed2")).0);
    // 0.415 left within a day when the UNI rewards ended; over farms the range is 0.3 to 0.6.
    assert!((0.25..=0.6).contains(&-after), "{after} on the day after the end");
    assert!(before.abs() < 0.05, "{before} on the day before");
    // The same day without an end: nothing happens.
    let goes_on = [&patches[..], &["programmes.farm.until=2024-06-30"]].concat();
    let stays = average(&text, &goes_on, 24, &["observed2"])[0];
    assert!(stays.abs() < 0.08 && -stays < 0.3 * -after, "{stays} where the farm goes on");
}

#[test]
fn some_never_move_and_the_top_addresses_receive_most() {
    let patches = [&SMALL[..], &["horizon=60d", "monte_carlo.counterfactual_runs=0"]].concat();
    let runs = ensemble(&model(&reading(MERCENARY, &[]), &patches), 12);
    for (address, value) in column(&runs, "migrated_address_share").iter().zip(column(&runs, "never_moved_value_share"))
    {
        assert!(*address < 0.6 && value > 0.0, "{address} of addresses moved, {value} of the value never did");
    }
    // Sizes whose top 1 % hold 0.77, of whom some are in the farm.
    let (top, _) = mean(&column(&runs, "rewards_top_1_share"));
    assert!((0.3..0.9).contains(&top), "{top} of the rewards go to the top 1 %");
}

#[test]
fn without_rewards_nobody_comes_for_them() {
    let patches = [&SMALL[..], &["horizon=60d", "monte_carlo.counterfactual_runs=8"]].concat();
    let text = reading(MERCENARY, &[]);
    let unpaid = ensemble(&model(&text, &[&patches[..], &["programmes.farm.budget=0"]].concat()), 8);
    for part in ["bought_end_usd", "moved_end_usd", "deterred_end_usd"] {
        assert!(column(&unpaid, part).iter().all(|usd| *usd == 0.0), "{part}: {:?}", column(&unpaid, part));
    }
    // Capital of 15 million USD waits outside, and 30 million stand in the old pool.
    let paid = average(&text, &patches, 8, &["bought_end_usd", "moved_end_usd", "anyway_end_usd"]);
    assert!(paid[0] > 5e6 && paid[1] > 3e6 && paid[2] > 0.0, "{paid:?}");
}

#[test]
fn a_better_yield_alone_does_not_move_large_borrowers() {
    let (text, five_days) = (reading(COMPOUND, &[]), ["horizon=5d"]);
    let moved = average(&text, &five_days, 200, &["migrated_value_share"])[0];
    assert!(moved < 0.05, "{moved} moved within five days");
    let free =
        [five_days[0], "providers.classes.integrator.motives.inertia=0", "providers.classes.active.motives.inertia=0"];
    let moved = average(&text, &free, 200, &["migrated_value_share"])[0];
    assert!(moved > 0.5, "{moved} moved where nothing holds them");
}

#[test]
fn yield_and_price_of_a_reward_token_fall_together() {
    let (yields, pool) = ("incentive_apr_old", "liquidity_old_usd");
    let measures = [
        level(yields, "2024-03-08"),
        level(yields, "2024-05-10"),
        level(pool, "2024-03-20"),
        level(pool, "2024-05-10"),
    ];
    let named: Vec<(&str, &str)> = ["a", "b", "c", "d"].into_iter().zip(measures.iter().map(String::as_str)).collect();
    let text = reading(REFLEXIVE, &named);
    let quick = ["clock.step=50", "monte_carlo.counterfactual_runs=0"];
    let metrics = ["observed1", "observed2", "observed3", "observed4", "reward_price_effect_end"];
    let shallow = average(&text, &quick, 16, &metrics);
    assert!(shallow[1] < 0.6 * shallow[0], "yields: {shallow:?}");
    assert!(shallow[3] < 0.9 * shallow[2], "liquidity: {shallow:?}");
    assert!(shallow[4] < -0.3, "price: {shallow:?}");
    let deep = [&quick[..], &["reward_markets.GOV.depth_usd=4e8"]].concat();
    let deep = average(&text, &deep, 16, &metrics);
    assert!(deep[3] > 1.2 * shallow[3] && deep[1] > 1.5 * shallow[1], "deep {deep:?}, shallow {shallow:?}");
    assert!(deep[4] > shallow[4], "deep {deep:?}, shallow {shallow:?}");
}
