//! Two observed cases with one family of behaviour: LEND to AAVE, and the end of UNI rewards.

use crate::support::{column, ensemble, model};
use serde_json::Value;

const LEND: &str = include_str!("../../scenarios/lend-to-aave-2020.toml");
const UNI: &str = include_str!("../../scenarios/uni-rewards-end-2020.toml");

/// What a scenario may say of people: who they are and what they hold. Everything else is behaviour, which both have from the program.
const OF_PEOPLE: [&str; 3] = ["count", "uncertainty", "classes"];
const OF_A_CLASS: [&str; 5] = ["value_share", "head_share", "count", "lumps", "follows"];

#[test]
fn both_cases_have_their_behaviour_from_the_program() {
    for text in [LEND, UNI] {
        let scenario: Value = toml::from_str(text).unwrap();
        let people = scenario["providers"].as_object().unwrap();
        assert!(people.keys().all(|key| OF_PEOPLE.contains(&key.as_str())), "{people:?}");
        assert_eq!(people["uncertainty"], 1.0);
        for class in people["classes"].as_object().unwrap().values() {
            let class = class.as_object().unwrap();
            assert!(class.keys().all(|key| OF_A_CLASS.contains(&key.as_str())), "{class:?}");
        }
    }
}

/// P10 and P90 of `runs` runs, by the name of the observed value, beside what was observed.
fn bands(text: &str, runs: u64, patches: &[&str]) -> Vec<(String, f64, [f64; 2])> {
    let scenario: Value = toml::from_str(text).unwrap();
    let ensemble = ensemble(&model(text, patches), runs);
    let mut names: Vec<&String> = scenario["observed"].as_object().unwrap().keys().collect();
    names.sort();
    let mut bands = Vec::new();
    for (name, number) in names.into_iter().zip(1..) {
        let mut values = column(&ensemble, &format!("observed{number}"));
        values.sort_by(f64::total_cmp);
        let end = |probability: f64| values[(probability * (values.len() - 1) as f64).round() as usize];
        let observed = scenario["observed"][name]["value"].as_f64().unwrap();
        println!("{name}: {observed} in {:.4} to {:.4}", end(0.1), end(0.9));
        bands.push((name.clone(), observed, [end(0.1), end(0.9)]));
    }
    bands
}

fn inside(bands: &[(String, f64, [f64; 2])]) -> Vec<&str> {
    let inside = bands.iter().filter(|(_, observed, [low, high])| (low..=high).contains(&observed));
    inside.map(|(name, ..)| name.as_str()).collect()
}

/// A twentieth of the holders with a twentieth of the supply: the same sizes. The ends of a band of 80 runs have a standard error of
/// about 3.4 % of probability; what is asked for lies 5 % and more from them in 400 runs of the whole, except that one of the eleven
/// may be lost.
#[test]
fn lend_to_aave_by_value_lies_inside_the_band_and_most_of_it_by_address() {
    let bands = bands(LEND, 80, &["providers.count=8000", "pools.lend.tvl_usd=32.5e6"]);
    let inside = inside(&bands);
    let by = |kind: &str| inside.iter().filter(|name| name.starts_with(kind)).count();
    assert!(by("value") >= 10 && by("address") >= 6, "{inside:?}");
    for name in
        ["value_day_003", "value_day_014", "value_day_028", "value_day_182", "address_day_063", "address_day_182"]
    {
        assert!(inside.contains(&name), "{name} is not among {inside:?}");
    }
    // Value moves long before addresses do, and most addresses never.
    let middle =
        |name: &str| bands.iter().find(|band| band.0 == name).map(|band| 0.5 * (band.2[0] + band.2[1])).unwrap();
    assert!(middle("value_day_287") > 0.85 && middle("address_day_287") < 0.3);
}

#[test]
fn the_end_of_uni_rewards_lies_inside_the_band() {
    let bands = bands(UNI, 80, &["horizon=16d", "providers.count=4000", "programmes.sushi.until=2020-11-21"]);
    let inside = inside(&bands);
    for name in ["captured_one_day", "uniswap_one_day", "uniswap_three_days"] {
        assert!(inside.contains(&name), "{name} is not among {inside:?}");
    }
}

#[test]
fn without_an_end_of_support_nobody_converts_for_nothing() {
    let small = ["providers.count=2000", "pools.lend.tvl_usd=8e6", "horizon=296d"];
    let still = [&small[..], &["migration.ends_support=false", "providers.classes.integrator.follows=choice"]].concat();
    let active = |patches: &[&str]| {
        let all: [&str; 3] = [
            "providers.classes.integrator.value_share=0.0",
            "providers.classes.active.value_share=1.0",
            "providers.classes.passive.value_share=0.0",
        ];
        let ensemble = ensemble(&model(LEND, &[patches, &all[..]].concat()), 4);
        let shares = column(&ensemble, "migrated_value_share");
        shares.iter().sum::<f64>() / shares.len() as f64
    };
    let (kept, moved) = (active(&still), active(&small));
    println!("{kept} without, {moved} with");
    assert!(kept < 0.1 && moved > 0.8, "{kept} moved without a reason, {moved} with one");
}
