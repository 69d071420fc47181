//! Margined positions in whole runs: closed forms of the gap, no harm without one, and nothing else changes.

use crate::support::{Silent, column, ensemble, mean, model, portage};
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Plan, simulate};

/// A token of 100 USD under GBM of 80 % a year, and one long position of ten times its margin that is split for ten days.
const SPLIT: &str = r#"
title = "one position between its legs"
start = "2024-01-01"
horizon = "251h"
observation = "1h"
[clock]
block_time = "30m"
[assets.ETH]
price.gbm = { initial_usd = 100.0, volatility = 0.8 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 20_000.0
curve.constant_product = { fee_bps = 30 }
[pools.b]
role = "new"
base = "ETH"
curve.constant_product = { fee_bps = 30 }
[migration]
[migration.positions]
count = 1
notional_usd = 1e6
short_share = 0.0
leverage = { median = 10.0, sd = 0.0, most = 20.0 }
upkeep = { attentive_share = 0.0, stop_share = 0.0 }
moves.split = { positions_per_day = 1e6, gap = "10d" }
"#;

const RUNS: u64 = 4_000;

fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Standard deviation of the log price over the first `hours` hours.
fn spread(hours: f64) -> f64 {
    0.8 * (hours / 8_760.0).sqrt()
}

#[test]
fn at_the_end_of_a_gap_liquidation_and_bad_debt_are_those_of_the_lognormal_price() {
    // The first leg leaves at the observation of hour 1 and the second one arrives at that of hour 241; in the first hour the price
    // would have to move by 8 standard deviations. The window then goes on for ten hours.
    let runs = ensemble(&model(SPLIT, &[]), RUNS);
    let sd = spread(241.0);
    let below = |price: f64| phi(((price / 100.0_f64).ln() + 0.5 * sd * sd) / sd);
    // Long: threshold (100 - 10)/(1 - 0.03); bad debt is a put at 90, in base tokens for 1e6 USD.
    let expected = below(90.0 / 0.97);
    let on_resume = column(&runs, "positions_liquidated_on_resume");
    let (measured, error) = mean(&on_resume);
    // Four standard errors: error probability 6e-5; so for each check below.
    assert!((measured - expected).abs() < 4.0 * error, "{measured} +- {error} for {expected}");
    let d1 = ((100.0_f64 / 90.0).ln() + 0.5 * sd * sd) / sd;
    let put = 1e4 * (90.0 * phi(sd - d1) - 100.0 * phi(-d1));
    // What happens in the ten hours after it adds nothing where the position was liquidated, and is no bad debt of hundreds of USD elsewhere:
    // an hour's move of 3 % beyond the threshold is four standard deviations.
    let (measured, error) = mean(&column(&runs, "positions_bad_debt_usd"));
    assert!((measured - put).abs() < 4.0 * error + 1.0, "{measured} +- {error} for {put}");
    assert!(column(&runs, "liquidations_caused").iter().all(|caused| *caused == 0.0));
    for (frozen, moved) in
        column(&runs, "positions_frozen_notional_usd_days").iter().zip(column(&runs, "positions_moved_share"))
    {
        assert!(*frozen > 0.0 && moved == 1.0);
    }
    let (measured, error) = mean(&column(&runs, "positions_frozen_notional_usd_days"));
    assert!((measured - 1e7).abs() < 4.0 * error, "{measured} +- {error}: a price without drift is worth what it was");
}

#[test]
fn what_happens_anyway_is_the_first_passage_of_the_same_price() {
    // Reflection with drift -sigma^2/2, read once an hour: the barrier is further away by 0.5826 sigma sqrt(dt)
    // (Broadie, Glasserman and Kou 1997), to an error of order dt that is far below the standard error of the runs.
    let runs = ensemble(&model(SPLIT, &[]), RUNS);
    let sd = spread(251.0);
    let barrier = (90.0_f64 / 97.0).ln() - 0.5826 * spread(1.0);
    let drift = -0.5 * sd * sd;
    let expected =
        phi((barrier - drift) / sd) + (2.0 * drift * barrier / (sd * sd)).exp() * phi((barrier + drift) / sd);
    let (measured, error) = mean(&column(&runs, "positions_liquidated_anyway"));
    assert!((measured - expected).abs() < 4.0 * error, "{measured} +- {error} for {expected}");
}

/// The quickstart with positions.
const QUICK: &str = include_str!("../../scenarios/quickstart.toml");
const SHORT: [&str; 3] = ["horizon=9d", "migration.deadline=2024-03-08", "programmes.rewards.until=2024-03-08"];
const MANY: &str = "migration.positions={ count = 300, notional_usd = 5e7, moves = { split = { positions_per_day = 100, gap = \"12h\" } } }";
const WHOLE: &str =
    "migration.positions={ count = 300, notional_usd = 5e7, moves = { together = { positions_per_day = 100 } } }";

fn quick(patches: &[&str]) -> portage::engine::model::Model {
    model(QUICK, &[&SHORT[..], patches].concat())
}

#[test]
fn together_does_no_harm_and_prices_decide_the_rest() {
    let [split, whole] = [MANY, WHOLE].map(|positions| ensemble(&quick(&[positions]), 20));
    for name in [
        "liquidations_caused",
        "liquidations_spared",
        "positions_bad_debt_caused_usd",
        "positions_caused_loss_usd",
        "positions_frozen_notional_usd_days",
    ] {
        assert!(column(&whole, name).iter().all(|value| *value == 0.0), "{name}");
    }
    // The book without freezing is the other scenario, run by run.
    assert_eq!(column(&split, "positions_liquidated_anyway"), column(&whole, "positions_liquidated"));
    assert!(column(&split, "liquidations_caused").iter().sum::<f64>() > 0.0);
    let sum = |name: &str| column(&split, name);
    for (run, caused) in sum("liquidations_caused").into_iter().enumerate() {
        assert_eq!(
            sum("positions_liquidated")[run] - sum("positions_liquidated_anyway")[run],
            caused - sum("liquidations_spared")[run]
        );
    }
    // A longer gap freezes more.
    let longer = ensemble(&quick(&[&MANY.replace("12h", "2d")]), 20);
    let frozen = |runs| column(runs, "positions_frozen_notional_usd_days").iter().sum::<f64>();
    assert!(frozen(&longer) > 2.0 * frozen(&split));
}

#[test]
fn positions_change_nothing_else() {
    let plan = Plan { seed: 5, runs: 6 };
    let [without, with] = [&[][..], &[MANY]].map(|patches| simulate(&quick(patches), plan, &Silent));
    let own = ["positions_", "liquidations_"];
    for metric in dictionary() {
        let (before, after) = (column(&without, &metric.name), column(&with, &metric.name));
        if own.iter().any(|prefix| metric.name.starts_with(prefix)) {
            assert!(
                before.iter().all(|value| value.is_nan()) && after.iter().all(|value| !value.is_nan()),
                "{}",
                metric.name
            );
        } else if metric.name == "ledger_residual" {
            // There is more on the ledger that is audited.
            assert!(after.iter().all(|residual| *residual < 1e-12));
        } else {
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&before), bits(&after), "{}", metric.name);
        }
    }
}

#[test]
fn downtime_of_the_new_version_freezes_positions_that_move_together() {
    // The upgrade has a fault for certain, which freezes everything at once and is repaired a day after it was noticed.
    let none = "{ weight = 0.0, theft_share = 0.0 }";
    let faults = format!(
        "{{ logic = {{ weight = 1.0, theft_share = 0.0 }}, wrong_constant = {none}, storage_collision = {none}, open_initialiser = {none} }}"
    );
    let failure = format!("migration.failure={{ probability = 1.0, faults = {faults} }}");
    let text = QUICK.replace("mechanism.rebalancing = { migrator_share = 0.9 }", "mechanism.proxy_upgrade = {}");
    let text = text.replace("deadline = \"2024-03-20\"\n", "");
    let runs = ensemble(&model(&text, &["horizon=9d", SHORT[2], &failure, WHOLE]), 20);
    for (run, downtime) in column(&runs, "downtime_hours").into_iter().enumerate() {
        assert!(downtime > 24.0, "{downtime}");
        // 5e7 USD, less what was liquidated before or is worth less by then.
        let days = column(&runs, "positions_frozen_notional_usd_days")[run] / 5e7;
        assert!(days > 0.4 * downtime / 24.0 && days < 1.4 * (downtime + 1.0) / 24.0, "{days} for {downtime} h");
    }
    assert!(column(&runs, "liquidations_caused").iter().sum::<f64>() > 0.0);
    assert!(column(&runs, "positions_liquidated_on_resume").iter().sum::<f64>() > 0.0);
}

/// Patches of `[migration.positions]`, and what the one message must say.
const REFUSED: [(&str, &[&str]); 7] = [
    ("leverage={ median = 5.0, least = 6.0 }", &["the median 5", "between 6 and 20"]),
    ("leverage={ most = 50.0 }", &["leverage 50", "0.0200", "less than 33.3"]),
    ("leverage={ most = 28.0 }", &["leverage 28", "act at once", "below 0.0357"]),
    ("upkeep={ acts_below = 0.03 }", &["liquidated at 0.03", "above 0.03"]),
    ("upkeep={ restores_to = 0.04 }", &["restored to 0.04", "above 0.04"]),
    ("upkeep={ attentive_share = 0.75, stop_share = 0.5 }", &["sum to 1.25", "at most 0.25"]),
    (
        "moves={ split = { positions_per_day = 100, gap = \"10m\" } }",
        &["gap of 10m", "at least 3600 s", "move together"],
    ),
];

#[test]
fn positions_that_cannot_be_are_refused_with_a_reason() {
    let good = &QUICK.replace("[migration]\n", "[migration]\npositions = { count = 10, notional_usd = 1e6, moves = { together = { positions_per_day = 5 } } }\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("with.toml"), good).unwrap();
    for (patch, says) in REFUSED {
        let patch = format!("migration.positions.{patch}");
        let check =
            portage().current_dir(folder.path()).args(["check", "with.toml", "--set", &patch]).output().unwrap();
        let message = String::from_utf8(check.stderr).unwrap();
        println!("--- {patch}\n{message}");
        assert_eq!(check.status.code(), Some(1), "{patch}");
        let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(message.contains("1 error") && !message.contains("panicked"), "{message}");
        for part in says {
            assert!(message.contains(part), "{patch}: no {part:?} in\n{message}");
        }
    }
}
