//! Incentive programmes in whole runs: who is paid what under every rule, and that the books close to the last digit.

use crate::support::{column, ensemble, mean, model};
use portage::base::random::Stream;

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

/// One pool that is paid throughout, at constant prices and without gas, so that closed forms hold.
const PLAIN: &str = r#"
title = "paid"
start = "2024-03-01"
horizon = "20d"
clock = { block_time = "12s", step = 25 }
assets = { ETH = { price.constant = { usd = 3000.0 } }, GOV = { price.constant = { usd = 2.0 } } }

[pools.old]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }

[providers]
count = 400
size_sd = 1.5

[providers.classes]
active = { value_share = 0.6, head_share = 0.5, reviews_per_day = 0.0 }
passive = { value_share = 0.4, head_share = 0.5 }

[traders]
orders_per_day = 2000
volume.usd_per_day = 2e6
size_sd = 0.5

[programmes.rewards]
token = "GOV"
venue = "old"
budget = 100_000
from = "2024-03-01"
until = "2024-03-11"
sold_share = 0.0

[monte_carlo]
runs = 1
counterfactual_runs = 0
"#;

fn one(patches: &[&str], metric: &str) -> f64 {
    column(&ensemble(&model(PLAIN, patches), 1), metric)[0]
}

fn is_near(found: f64, law: f64, tolerance: f64) -> bool {
    (found / law - 1.0).abs() <= tolerance
}

#[test]
fn what_a_programme_paid_is_what_accounts_received() {
    let cases: [&[&str]; 9] = [
        &[],
        &["programmes.rewards.cap_usd=20000"],
        &["programmes.rewards.boost={ multiple = 2.5, share = 0.3 }"],
        &["programmes.rewards.only_migrated=true"],
        &["programmes.rewards.vesting={ over = \"5d\", at_once = 0.25 }"],
        &["programmes.rewards.matches_fees=0.5"],
        &["programmes.rewards.lock={ lasting = \"7d\", penalty = 0.02 }"],
        &["programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-18\", held_for = \"5d\" }"],
        &["programmes.rewards.sold_share=0.2", "programmes.rewards.sold_later={ share = 0.5, over = \"4d\" }"],
    ];
    for patches in cases {
        let runs = ensemble(&model(QUICK, patches), 6);
        assert_eq!(runs.failures, vec![], "{patches:?}");
        for (residual, earned) in column(&runs, "budget_residual").iter().zip(column(&runs, "rewards_earned_usd")) {
            assert!(*residual < 1e-9 && earned > 0.0, "{patches:?}: {residual} of {earned}");
        }
    }
}

#[test]
fn everything_is_paid_out_at_its_price() {
    assert!(is_near(one(&[], "incentives_usd"), 200_000.0, 1e-12));
    // Who holds 60 % of the pool receives 60 % of the pay.
    assert!(is_near(one(&[], "rewards_to_active_share"), 0.6, 1e-9));
    // A programme that is stopped half way has paid half.
    assert!(is_near(one(&["programmes.rewards.stopped=2024-03-06"], "incentives_usd"), 100_000.0, 1e-9));
}

#[test]
fn rewards_vest_by_the_line() {
    // Earned evenly over ten days, a quarter at once, the rest over twenty days each: after twenty days a part of age a is
    // released to a/20; the mean over ages 10 to 20 is 0.75.
    let patches = ["programmes.rewards.vesting={ over = \"20d\", at_once = 0.25 }"];
    assert!(is_near(one(&patches, "rewards_earned_usd"), 200_000.0, 1e-12));
    let law = 200_000.0 * (0.25 + 0.75 * 0.75);
    let paid = one(&patches, "incentives_usd");
    assert!(is_near(paid, law, 0.01), "{paid} against {law}");
}

#[test]
fn a_programme_that_matches_fees_pays_their_multiple_and_no_more() {
    let horizon = "horizon=10d";
    let fees = one(&[horizon], "pool_fees_usd");
    let half = one(&[horizon, "programmes.rewards.matches_fees=0.5"], "rewards_earned_usd");
    assert!(is_near(half, 0.5 * fees, 1e-3), "{half} on fees of {fees}");
    let capped = one(&[horizon, "programmes.rewards.matches_fees=1000"], "rewards_earned_usd");
    assert!(is_near(capped, 200_000.0, 0.01), "{capped}");
}

#[test]
fn the_reward_yield_of_a_pool_is_that_of_its_programmes_together() {
    let look = |date: &str| {
        format!(
            "observed.apr={{ measure = {{ level = {{ series = \"incentive_apr_old\", at = \"{date}\" }} }}, value = 1.0 }}"
        )
    };
    let pay = |from: &str, until: &str| {
        format!(
            "programmes.more={{ token = \"USD\", venue = \"old\", budget = 200_000, from = \"{from}\", until = \"{until}\" }}"
        )
    };
    let alone = one(&[&look("2024-03-06")], "observed1");
    // 200,000 USD over ten days of a year on ten millions, which fees have made a little more.
    assert!(is_near(alone, 0.73, 0.01), "{alone}");
    let twice = one(&[&look("2024-03-06"), &pay("2024-03-01", "2024-03-11")], "observed1");
    assert!(is_near(twice, 2.0 * alone, 1e-9), "{twice} with as much again");
    // One that does not pay yet takes nothing from the yield of the one that does.
    let later = one(&[&look("2024-03-06"), &pay("2024-03-12", "2024-03-18")], "observed1");
    assert!(is_near(later, alone, 1e-9), "{later} with another to come");
}

#[test]
fn matched_fees_are_those_of_the_liquidity_that_is_paid() {
    let horizon = "horizon=10d";
    let fees = one(&[horizon], "pool_fees_usd");
    let matched = |patches: &[&str], name: &str| {
        one(&[&[horizon, "programmes.rewards.matches_fees=0.5"], patches].concat(), name)
    };
    // A boost moves pay between addresses: a cap of which all of the pool earns a small part stays that part.
    let capped = "programmes.rewards.cap_usd=5000";
    let plain = matched(&[capped], "rewards_earned_usd");
    let boosted = matched(&[capped, "programmes.rewards.boost={ multiple = 10, share = 1.0 }"], "rewards_earned_usd");
    assert!(
        plain < 0.25 * fees && is_near(boosted, plain, 1e-9),
        "{boosted} with a boost for all, {plain} without one"
    );
    // Where the protocol takes another share of the fees from half way on, what was earned before stays as it was.
    for (share, law) in [(0.5, 0.375), (0.0, 0.5)] {
        let change = format!("pool_changes=[{{ at = \"2024-03-06\", pool = \"old\", protocol_share = {share} }}]");
        let paid = matched(&[&change], "rewards_earned_usd");
        assert!(is_near(paid, law * fees, 0.02), "{paid} on fees of {fees} with {share}");
        // 100,000 tokens of 2 USD: what is not earned is kept back, and no more.
        let kept = matched(&[&change], "rewards_unspent_tokens");
        assert!(is_near(kept + paid / 2.0, 100_000.0, 1e-9), "{kept} tokens kept back, {paid} USD paid");
    }
}

#[test]
fn how_often_somebody_looks_does_not_change_what_fees_are_matched() {
    // A hundred orders in ten days bring fees in lumps, which a schedule of ten times as much can match.
    let lumps = ["horizon=10d", "traders.orders_per_day=10", "traders.volume={ usd_per_day = 6e5 }"];
    let fees = one(&lumps, "pool_fees_usd");
    for interval in ["observation=5m", "observation=6h"] {
        let patches = [&lumps[..], &["programmes.rewards.matches_fees=1", interval]].concat();
        let paid = one(&patches, "rewards_earned_usd");
        // The first order may come before the schedule has reached what it brings: the end is what counts.
        assert!(is_near(paid, fees, 1e-6), "{paid} on fees of {fees} with {interval}");
    }
}

#[test]
fn a_boost_and_a_cap_shift_pay_between_addresses_only() {
    let top = one(&[], "rewards_top_1_share");
    let capped = one(&["programmes.rewards.cap_usd=1000"], "rewards_top_1_share");
    let all_boosted = one(&["programmes.rewards.boost={ multiple = 2.5, share = 1.0 }"], "rewards_top_1_share");
    assert!(capped < 0.05 && top > 3.0 * capped, "top 1 %: {top}, capped {capped}");
    assert!(is_near(all_boosted, top, 1e-9), "a boost for everybody is none");
    for patch in ["programmes.rewards.cap_usd=1000", "programmes.rewards.boost={ multiple = 2.5, share = 0.2 }"] {
        assert!(is_near(one(&[patch], "rewards_earned_usd"), 200_000.0, 1e-12));
    }
}

#[test]
fn a_bonus_goes_to_those_who_stayed() {
    let bonus = "programmes.rewards.retention_bonus={ share = 0.4, at = \"2024-03-16\", held_for = \"143h\" }";
    let at_opening = one(&[bonus], "incentives_usd");
    assert!(is_near(at_opening, 200_000.0, 1e-12), "everybody was there from the opening: {at_opening}");
    // Newcomers who are in for less than ten days get nothing of it.
    let farmers = "providers.classes.mercenary={ capital_usd = 10e6, count = 20, reviews_per_day = 2.0 }";
    // More is to be had elsewhere than fees bring here, so that farmers come with the pay only.
    let elsewhere = "providers.outside_yield=0.6";
    let late = ["programmes.rewards.from=2024-03-10", "programmes.rewards.until=2024-03-16", farmers, elsewhere];
    let share = |patches: &[&str]| one(patches, "rewards_to_mercenary_share");
    let (without, with) = (share(&late), share(&[&late[..], &[bonus]].concat()));
    assert!(without > 0.3 && with < 0.7 * without, "{with} with a bonus of 40 %, {without} without");
    // Those who came early enough stay for it.
    let early = ["programmes.rewards.until=2024-03-16", bonus, farmers];
    assert!(share(&early) > 0.3, "{}", share(&early));
}

#[test]
fn who_did_not_come_from_the_old_version_is_not_paid_by_a_programme_for_those_who_did() {
    let (all, _) = mean(&column(&ensemble(&model(QUICK, &[]), 8), "rewards_to_mercenary_share"));
    let runs = ensemble(&model(QUICK, &["programmes.rewards.only_migrated=true"]), 8);
    let (none, _) = mean(&column(&runs, "rewards_to_mercenary_share"));
    assert!(all > 0.05 && none == 0.0, "{all}, then {none}");
}

#[test]
fn a_lock_is_paid_to_the_treasury_by_who_leaves_soon() {
    // Farmers who look twenty times a day and hold nothing against leaving, in a programme that ends after three days.
    let patches = [
        "programmes.rewards.until=2024-03-06",
        "programmes.rewards.lock={ lasting = \"30d\", penalty = 0.0005 }",
        "providers.classes.mercenary={ capital_usd = 5e6, count = 10, reviews_per_day = 20.0 }",
        "chain.gas_price={ constant = { gwei = 1.0 } }",
    ];
    let runs = ensemble(&model(QUICK, &patches), 4);
    for (paid, received) in column(&runs, "mercenary_penalties_usd").iter().zip(column(&runs, "treasury_penalties_usd"))
    {
        assert!(*paid > 0.0 && received < 0.0, "{paid} paid, {received} received");
    }
    let total = |name: &str| column(&runs, name);
    for (providers, treasury) in total("providers_penalties_usd").iter().zip(total("treasury_penalties_usd")) {
        assert!((providers + treasury).abs() < 1e-9 * providers, "{providers} against {treasury}");
    }
    // A penalty that costs more than the farm elsewhere brings keeps them.
    let dear = model(
        QUICK,
        &[patches[0], "programmes.rewards.lock={ lasting = \"30d\", penalty = 0.2 }", patches[2], patches[3]],
    );
    let (kept, _) = mean(&column(&ensemble(&dear, 4), "mercenary_penalties_usd"));
    assert_eq!(kept, 0.0, "nobody pays a fifth to leave");
}

#[test]
fn a_reward_token_s_price_falls_with_what_is_sold() {
    let market = |depth: &str| format!("reward_markets.GOV={{ depth_usd = {depth}, permanent_share = 1.0 }}");
    let sold = "programmes.rewards.sold_share=1.0";
    let [shallow, deep] = ["2e6", "2e8"].map(|depth| one(&[sold, &market(depth)], "reward_price_effect_end"));
    // 100,000 GOV sold into a constant product with 500,000 GOV at first: the price falls by (1 + 0.2)^-2 - 1, however the sales are
    // divided over time.
    let law = 1.2_f64.powi(-2) - 1.0;
    assert!((shallow - law).abs() < 0.002, "{shallow} against {law}");
    assert!(deep < 0.0 && deep > 0.02 * shallow, "{deep}");
    assert!(one(&[sold, &market("2e6")], "reward_sale_cost_usd") > 0.0);
    // Sold later, it falls later; held, not at all.
    let held = one(&["programmes.rewards.sold_share=0", &market("2e6")], "reward_price_effect_worst");
    assert!(held.abs() < 1e-12, "{held}");
}

#[test]
fn several_venues_are_paid_by_weight() {
    let patches = ["programmes.rewards.venue=\"old\""];
    let whole = column(&ensemble(&model(QUICK, &patches), 2), "rewards_earned_usd");
    let text = QUICK.replace("venue = \"new\"\nbudget", "venues = { old = 3.0, new = 1.0 }\nbudget");
    let runs = ensemble(&model(&text, &[]), 2);
    for (all, new) in column(&runs, "rewards_earned_usd").iter().zip(column(&runs, "incentives_new_usd")) {
        assert!((new / all - 0.25).abs() < 0.02, "{new} of {all}");
    }
    assert!(whole.iter().all(|paid| *paid > 0.0));
}

/// A programme with any of its rules, drawn at random; and people who follow, flee, act in lumps, or differ from run to run.
fn at_random(stream: &mut Stream) -> Vec<String> {
    const RULES: [&str; 17] = [
        "programmes.rewards.cap_usd=30000",
        "programmes.rewards.boost={ multiple = 2.5, share = 0.4 }",
        "programmes.rewards.only_migrated=true",
        "programmes.rewards.vesting={ over = \"6d\", at_once = 0.3 }",
        "programmes.rewards.matches_fees=2.0",
        "programmes.rewards.lock={ lasting = \"4d\", penalty = 0.01 }",
        "programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-18\", held_for = \"3d\" }",
        "programmes.rewards.sold_later={ share = 0.2, over = \"3d\" }",
        "programmes.rewards.stopped=2024-03-12",
        "programmes.rewards.pays_pledged=true",
        "reward_markets.GOV={ depth_usd = 1e6, liquidity_elasticity = 0.5 }",
        "migration.late_penalty={ first = 0.02 }",
        "pool_changes=[{ at = \"2024-03-08\", pool = \"old\", protocol_share = 0.5, perceived_hazard = 0.2 }]",
        "providers.herding={ share = 0.5, threshold_mean = 0.3, threshold_sd = 0.2 }",
        "providers.run={ share = 0.6, threshold_mean = 0.25, threshold_sd = 0.1 }",
        "providers.uncertainty=1.0",
        "providers.classes.integrator.lumps=2",
    ];
    const SCHEDULES: [&str; 4] = [
        "constant",
        "{ exponential_decay = { half_life = \"2d\" } }",
        "{ steps = [{ at = \"2024-03-06\", then = 0.5 }, { at = \"2024-03-09\", then = 0.2 }] }",
        "{ front_loaded = { bonus_until = \"2024-03-05\", multiple = 4.0 } }",
    ];
    let mut patches: Vec<String> =
        RULES.iter().filter(|_| stream.uniform() < 0.35).map(|rule| (*rule).to_owned()).collect();
    // A programme that is stopped before it has paid its bonus is refused.
    if patches.iter().any(|patch| patch.contains("retention_bonus")) {
        patches.retain(|patch| !patch.contains("stopped"));
    }
    let schedule = SCHEDULES[(stream.uniform() * SCHEDULES.len() as f64) as usize];
    patches.push(format!("programmes.rewards.schedule={schedule}"));
    patches
}

#[test]
fn the_books_close_under_any_rules_together() {
    let mut stream = Stream::open(4, 0, "programmes at random");
    for _ in 0..30 {
        let drawn = at_random(&mut stream);
        let patches: Vec<&str> = drawn.iter().map(String::as_str).collect();
        // A run that breaks a law is a failed run, and `ensemble` refuses those.
        let runs = ensemble(&model(QUICK, &patches), 2);
        let (top, addresses) = (column(&runs, "rewards_top_1_share"), column(&runs, "rewards_addresses"));
        for (top, addresses) in top.iter().zip(addresses) {
            assert!(addresses == 0.0 || (0.0..=1.0 + 1e-9).contains(top), "{patches:?}: {top} of {addresses}");
        }
        for cost in column(&runs, "reward_sale_cost_usd") {
            assert!(cost.is_nan() || cost >= 0.0, "{patches:?}");
        }
    }
}

#[test]
fn what_was_bought_moved_and_would_have_come_anyway_is_what_stands_there() {
    let patches = [
        "monte_carlo.counterfactual_runs=6",
        "programmes.rewards.until=2024-03-22",
        "programmes.rewards.budget=400000",
        "programmes.rewards.schedule=constant",
        // Fees alone would draw nobody from outside.
        "providers.outside_yield=0.5",
    ];
    let runs = ensemble(&model(QUICK, &patches), 8);
    let of = |name: &str| column(&runs, name);
    let (bought, moved, anyway) = (of("bought_end_usd"), of("moved_end_usd"), of("anyway_end_usd"));
    let (paid, cost) = (of("rewards_earned_usd"), of("cost_per_moved_usd"));
    let deterred = of("deterred_end_usd");
    for run in 0..6 {
        // Programmes end with the window, so that what stands in the new version then is what the dictionary says of the old one's
        // providers, and farmers besides.
        let migrated = of("migrated_value_share")[run] * 20e6;
        let own = moved[run] + anyway[run];
        assert!(own >= migrated * (1.0 - 1e-9) && own + bought[run] <= 25e6 * (1.0 + 1e-9), "{own} of {migrated}");
        let law = paid[run] / (bought[run] + moved[run] - deterred[run]);
        assert!((cost[run] / law - 1.0).abs() < 1e-9 || law < 0.0, "{} against {law}", cost[run]);
        assert!(bought[run] > 0.0, "pay draws farmers whom fees do not");
    }
    // Over the whole time they brought more than a tenth of the market, at less than what capital would have cost twice over.
    for (mean, cost) in of("brought_mean_usd").iter().zip(of("cost_per_brought_usd_year")).take(6) {
        assert!(*mean > 2e6 && (0.1..5.0).contains(&cost), "{mean} at {cost} a year");
    }
    assert!(bought[6].is_nan() && bought[7].is_nan(), "two runs have no counterfactual");
}
