//! Perpetual exchanges in whole runs: first passage in closed form, no harm without a freeze, nothing else changes, and refusals.

use crate::support::{Silent, column, ensemble, mean, model, portage};
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Plan, simulate};

/// A token of 100 USD under GBM of 80 % a year without drift, and one long position of ten times its collateral in a deep book.
const ONE: &str = r#"
title = "one perpetual position"
start = "2024-01-01"
horizon = "240h"
observation = "1h"
[clock]
block_time = "30m"
[assets.ETH]
price.gbm = { initial_usd = 100.0, volatility = 0.8 }
[pools.spot]
role = "old"
base = "ETH"
tvl_usd = 20_000.0
curve.constant_product = { fee_bps = 30 }
[perps.x]
insurance_usd = 0.0
markets.ETH = { depth_usd = 1e12 }
premium = { sd = 0.0, of_imbalance = 0.0 }
funding.interest = 0.0
accounts = { count = 1, open_interest_usd = 1e5, long_share = 1.0, leverage = { median = 10.0, sd = 0.0 }, margin_calls = { attentive_share = 0.0, stop_share = 0.0 } }
"#;

const RUNS: u64 = 4_000;

fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Probability that a GBM without drift that starts at 100 and is read once an hour reaches `price` within 240 hours.
///
/// Reflection with drift -sigma^2/2 of the log; readings move the barrier away by 0.5826 sigma sqrt(dt) (Broadie, Glasserman and Kou
/// 1997), to an error of order dt that is far below the standard error of the runs.
fn plan_record(price: f64) -> f64 {
    let spread = |hours: f64| 0.8 * (hours / 8_760.0).sqrt();
    let log = (price / 100.0_f64).ln();
    let (sd, barrier) = (spread(240.0), log + 0.5826 * spread(1.0) * log.signum());
    // By symmetry a barrier above is one below of the process with the opposite drift.
    let (barrier, drift) = (-barrier.abs(), 0.5 * sd * sd * log.signum());
    phi((barrier - drift) / sd) + (2.0 * drift * barrier / (sd * sd)).exp() * phi((barrier + drift) / sd)
}

#[test]
fn liquidation_is_the_first_passage_of_the_price() {
    // Thresholds: (100 - 10) / 0.97 for the long position, (100 + 10) / 1.03 for the short one.
    for (long_share, threshold) in [("1.0", 90.0 / 0.97), ("0.0", 110.0 / 1.03)] {
        let runs = ensemble(&model(ONE, &[&format!("perps.x.accounts.long_share={long_share}")]), RUNS);
        let (measured, error) = mean(&column(&runs, "perp_liquidated"));
        let expected = plan_record(threshold);
        // Four standard errors: error probability 6e-5.
        assert!((measured - expected).abs() < 4.0 * error, "{measured} +- {error} for {expected}");
        // Driftless: what holders gain on average is nothing but what the penalty takes; gross of it the price is a martingale.
        assert!(column(&runs, "perp_liquidations_caused").iter().all(|caused| *caused == 0.0));
    }
}

const MOVE: &str = include_str!("../../scenarios/perps-chain-move.toml");
const SHORT: [&str; 3] =
    ["horizon=25d", "perps.v3.accounts.count=400", "perps.v3.moves.leave={ accounts_per_day = 40 }"];
const AT_ONCE: [&str; 2] = ["perps.v3.moves.transit=0s", "perps.v3.moves.downtime=0s"];

fn moving(patches: &[&str]) -> portage::engine::model::Model {
    model(MOVE, &[&SHORT[..], patches].concat())
}

#[test]
fn what_would_have_happened_is_the_move_without_freezing_bit_for_bit() {
    for positions in ["operator", "reopening"] {
        let carried = format!("perps.v3.moves.positions={positions}");
        let split = ensemble(&moving(&[&carried]), 12);
        let whole = ensemble(&moving(&[&carried, AT_ONCE[0], AT_ONCE[1]]), 12);
        assert_eq!(column(&split, "perp_liquidated_anyway"), column(&whole, "perp_liquidated"));
        let harm = dictionary().iter().filter(|metric| {
            let name = metric.name.as_str();
            name.starts_with("perp_") && (name.contains("caused") || name.contains("spared") || name.contains("frozen"))
        });
        let mut seen = 0;
        for metric in harm {
            seen += 1;
            assert!(column(&whole, &metric.name).iter().all(|value| *value == 0.0), "{}", metric.name);
        }
        assert_eq!(seen, 10);
        for name in ["perp_insurance_usd", "perp_bad_debt_usd", "perp_deleveraged_usd"] {
            assert!(column(&split, name).iter().all(|value| value.is_finite() && *value >= 0.0), "{name}");
        }
        // What one loses by the freeze another gains.
        let parties = ["holders", "insurance", "makers", "fees"];
        let losses = parties.map(|party| column(&split, &format!("perp_{party}_caused_loss_usd")));
        for run in 0..12 {
            let (sum, scale) =
                losses.iter().fold((0.0, 1.0_f64), |(sum, scale), loss| (sum + loss[run], scale.max(loss[run].abs())));
            assert!(sum.abs() < 1e-6 * scale, "run {run}: {sum} of {scale}");
        }
        assert!(column(&split, "perp_liquidations_caused").iter().sum::<f64>() > 0.0, "{positions}");
    }
}

#[test]
fn exchanges_change_nothing_else() {
    let plan = Plan { seed: 5, runs: 4 };
    let (with, own) = (moving(&[]), "perp_");
    let mut without = with.clone();
    without.perps = None;
    let [without, with] = [without, with].map(|model| simulate(&model, plan, &Silent));
    let audits = ["identity_residual", "ledger_residual"];
    for metric in dictionary().iter().filter(|metric| !audits.contains(&metric.name.as_str())) {
        let (before, after) = (column(&without, &metric.name), column(&with, &metric.name));
        if metric.name.starts_with(own) {
            assert!(
                before.iter().all(|value| value.is_nan()) && after.iter().all(|value| !value.is_nan()),
                "{}",
                metric.name
            );
        } else {
            assert!(before.iter().zip(&after).all(|(one, other)| one.to_bits() == other.to_bits()), "{}", metric.name);
        }
    }
}

#[test]
fn a_halt_is_felt_at_its_end() {
    // A fall by 30 % in the middle of a halt of two days: nobody is liquidated in it, and everybody who has to be when it ends.
    let shock = "shocks=[{ price = { at = \"2024-01-04\", asset = \"ETH\", change = -0.3, over = \"0s\" } }]";
    let halt = "perps.x.halts=[{ from = \"2024-01-03\", lasting = \"2d\" }]";
    let many = "perps.x.accounts={ count = 200, open_interest_usd = 1e6 }";
    let funded = "perps.x.insurance_usd=1e6";
    let calm = "assets.ETH.price.gbm.volatility=0.05";
    let runs = ensemble(&model(ONE, &[shock, halt, many, funded, calm]), 20);
    let open = ensemble(&model(ONE, &[shock, many, funded, calm]), 20);
    let sum = |runs, name: &str| column(runs, name).iter().sum::<f64>();
    assert!(sum(&runs, "perp_liquidated_on_resume") > 0.5 * sum(&runs, "perp_liquidated"));
    assert_eq!(sum(&open, "perp_liquidated_on_resume"), 0.0);
    assert_eq!(column(&open, "perp_liquidated"), column(&runs, "perp_liquidated_anyway"));
    // Open interest of a million stands still for two days.
    let (days, error) = mean(&column(&runs, "perp_frozen_usd_days"));
    assert!(days > 1.5e6 && days < 2.1e6, "{days} +- {error}");
}

/// Patches, and what the one message must say.
const REFUSED: [(&str, &[&str]); 13] = [
    ("perps.v3.markets.ETH.maintenance_margin=0.05", &["0.05 is not below the initial margin", "below 0.05"]),
    ("perps.v3.accounts.leverage={ most = 25.0 }", &["leverage of 25", "initial margin of 0.05", "at most 20"]),
    ("perps.v3.accounts.leverage={ median = 30.0 }", &["median 30", "between 1 and 20"]),
    ("perps.v3.accounts.margin_calls={ restores_to = 1.2 }", &["restored to 1.2", "above 1.33"]),
    ("perps.v3.accounts.margin_calls={ attentive_share = 0.75, stop_share = 0.5 }", &["sum to 1.25", "at most 0.25"]),
    ("perps.v4.markets.DOGE={ depth_usd = 1e6 }", &["no asset \"DOGE\"", "one of USD"]),
    ("perps.v4.markets.USD={ depth_usd = 1e6 }", &["numeraire", "an asset"]),
    ("perps.v3.markets.ETH.oracle=feed", &["no oracle \"feed\"", "there are none"]),
    ("perps.v3.moves.to=v5", &["no exchange \"v5\"", "one of v4"]),
    ("perps.v3.moves.to=v3", &["cannot move to itself", "another exchange"]),
    ("perps.v3.insurance_usd=-1.0", &["-1", "perps.v3.insurance_usd", "USD"]),
    ("perps.v3.moves.from=2030-01-01", &["2030-01-01", "outside the simulation"]),
    ("perps.v3.funding.every=10m", &["funding every 10m", "at least 3600 s"]),
];

#[test]
fn exchanges_that_cannot_be_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("with.toml"), MOVE).unwrap();
    for (patch, says) in REFUSED {
        let check = portage().current_dir(folder.path()).args(["check", "with.toml", "--set", patch]).output().unwrap();
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

#[test]
fn an_exchange_sees_only_what_its_oracle_says() {
    // A feed that publishes nothing in ten days: nobody is liquidated, while at the reference price about every third is.
    let slow = ["oracles.slow.feed={ deviation = 1.0, heartbeat = \"1y\" }", "perps.x.markets.ETH.oracle=slow"];
    let liquidated =
        |patches: &[&str]| column(&ensemble(&model(ONE, patches), 60), "perp_liquidated").iter().sum::<f64>();
    assert_eq!(liquidated(&slow), 0.0);
    assert!(liquidated(&[]) > 10.0);
}
