//! People and pools at the borders: what happens at dates, in emptied pools, and with nobody there.

use crate::support::{column, ensemble, mean, model};

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

#[test]
fn a_programme_that_began_earlier_pays_only_what_falls_into_the_window() {
    let patches =
        ["programmes.rewards.from=2024-02-15", "assets.GOV.price={ constant = { usd = 2.0 } }", "correlations=[]"];
    let runs =
        ensemble(&model(QUICK, &[patches[0], patches[1], patches[2], "programmes.rewards.schedule=constant"]), 5);
    // 31 days from 15 February to 17 March, of which 14 lie after the new pool opens on 3 March; it is empty only briefly.
    let law = 150_000.0 * 2.0 * 14.0 / 31.0;
    for paid in column(&runs, "incentives_usd") {
        assert!(paid <= law * (1.0 + 1e-9) && paid > 0.95 * law, "{paid} against {law}");
    }
}

#[test]
fn news_spreads_from_an_announcement_that_reaches_nobody_at_first() {
    let patches = ["providers.awareness.at_announcement=0", "migration.campaigns=[]"];
    let (moved, _) = mean(&column(&ensemble(&model(QUICK, &patches), 10), "migrated_value_share"));
    let silent = ["providers.awareness={ at_announcement = 0, outside = 0, others = 0.2 }", "migration.campaigns=[]"];
    let (nobody, _) = mean(&column(&ensemble(&model(QUICK, &silent), 10), "migrated_value_share"));
    assert!(moved > 0.5, "{moved}");
    assert_eq!(nobody, 0.0, "whoever never hears of the new pool never moves");
}

#[test]
fn without_a_migration_nobody_enters_an_unannounced_pool() {
    let start = QUICK.find("[migration]").unwrap();
    let end = QUICK.find("[monte_carlo]").unwrap();
    let text = QUICK[..start].to_owned() + &QUICK[end..];
    let runs = ensemble(&model(&text, &[]), 4);
    assert!(column(&runs, "migrated_value_share").iter().all(|share| *share == 0.0));
    assert!(column(&runs, "new_liquidity_share").iter().all(|share| *share == 0.0));
}

#[test]
fn a_batch_moves_everything_that_was_pledged_at_its_date() {
    let patches = [
        "programmes.rewards.pays_pledged=true",
        "programmes.rewards.from=2024-03-01",
        "migration.opens=2024-03-06",
        "migration.batch=2024-03-06",
        "providers.awareness.at_announcement=1",
    ];
    let model = model(QUICK, &patches);
    let runs = ensemble(&model, 8);
    let bands = &runs.bands;
    let series =
        portage::results::metrics::series().iter().position(|series| series.name == "migrated_value_share").unwrap();
    let point = |days: f64| (days / bands.spacing_days).round() as usize;
    assert_eq!(bands.quantile(point(4.9), series, 0.95), 0.0, "somebody migrated before the batch");
    assert!(
        bands.quantile(point(5.2), series, 0.5) > 0.3,
        "the batch moved {}",
        bands.quantile(point(5.2), series, 0.5)
    );
}

#[test]
fn an_old_pool_that_everybody_leaves_is_closed_and_takes_no_orders_with_it() {
    // Everybody active, aware, and paid well: the last one out closes the pool, and direct orders find the other one.
    let patches = [
        "providers.classes={ active = { value_share = 1.0, head_share = 1.0, reviews_per_day = 8.0, motives = { noise = 0.002, inertia = 0.0, social_proof = 0.0 } } }",
        "providers.count=20",
        "providers.size_sd=0.5",
        "providers.awareness.at_announcement=1",
        "programmes.rewards.budget=1000000",
        "programmes.rewards.until=2024-03-22",
        "programmes.rewards.schedule=constant",
        "chain.gas_price={ constant = { gwei = 0.0 } }",
        "traders.front_end_switch=2024-03-20",
    ];
    let runs = ensemble(&model(QUICK, &patches), 6);
    let (left, _) = mean(&column(&runs, "new_liquidity_share"));
    assert!(left > 0.999, "{left} of the liquidity is in the new pool");
    for (lost, volume) in column(&runs, "lost_volume_usd").iter().zip(column(&runs, "volume_usd")) {
        assert!(*lost < 0.15 * volume, "{lost} of {volume} was lost");
    }
    assert!(column(&runs, "effective_venues_mean").iter().all(|venues| venues.is_finite()));
}

#[test]
fn one_provider_owns_everything_even_over_two_funded_pools() {
    let patches = [
        "pools.new.tvl_usd=1e6",
        "pools.new.curve.constant_product.fees=apart",
        "providers.count=1",
        "providers.classes={ active = { value_share = 1.0, head_share = 1.0 } }",
    ];
    let runs = ensemble(&model(QUICK, &patches), 3);
    for opening in column(&runs, "providers_opening_usd") {
        assert!((opening / 21e6 - 1.0).abs() < 1e-9, "{opening} of 21 million USD are owned");
    }
}

#[test]
fn the_end_of_the_window_is_measured_to_the_last_block() {
    // An observation a day over 47 hours: rates must not depend on what is left after the first day.
    let rate = |horizon: &str| {
        let patches =
            ["observation=24h", horizon, "migration={ }", "programmes={}", "traders.front_end_switch=2024-03-02"];
        mean(&column(&ensemble(&model(QUICK, &patches), 40), "pool_fees_rate")).0
    };
    let (short, whole) = (rate("horizon=47h"), rate("horizon=48h"));
    assert!((short / whole - 1.0).abs() < 0.05, "{short} against {whole}");
}

#[test]
fn a_little_more_pay_changes_little() {
    // Common random numbers: budgets one percent apart differ by far less than two independent ensembles would (sd 0.1).
    let share = |budget: &str| {
        column(&ensemble(&model(QUICK, &[&format!("programmes.rewards.budget={budget}")]), 40), "migrated_value_share")
    };
    let differences: Vec<f64> = share("150000").iter().zip(share("151500")).map(|(a, b)| (a - b).powi(2)).collect();
    let spread = (differences.iter().sum::<f64>() / 40.0).sqrt();
    assert!(spread < 0.01, "paired differences have a standard deviation of {spread}");
}
