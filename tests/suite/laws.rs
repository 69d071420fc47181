//! Every price law, from its TOML to the price at the end.

use crate::support::{column, ensemble, mean, model};

const MARKET: &str = r#"
title = "a market"
start = "2022-01-01"
horizon = "20d"
[clock]
step = 50
[assets.X]
price.gbm = { initial_usd = 100.0, volatility = 0.5 }
[pools.a]
role = "old"
base = "X"
tvl_usd = 1e6
curve.constant_product = { fee_bps = 30 }
[arbitrage]
"#;

/// Law, and the volatility per sqrt(year) that it should have between hourly observations, with a relative margin.
const LAWS: [(&str, f64, f64); 9] = [
    ("{ constant = { usd = 100.0 } }", 0.0, 0.0),
    ("{ gbm = { initial_usd = 100.0, volatility = 0.5 } }", 0.5, 0.03),
    // sqrt(0.5^2 + 33 (0.013^2 + 0.057^2)) with the defaults.
    ("{ merton = { initial_usd = 100.0, volatility = 0.5 } }", 0.604, 0.15),
    ("{ kou = { initial_usd = 100.0, volatility = 0.5 } }", 0.604, 0.2),
    ("{ heston = { initial_usd = 100.0, volatility = 0.5 } }", 0.5, 0.15),
    ("{ regime_switching = { initial_usd = 100.0, calm_volatility = 0.5, stress_volatility = 0.5 } }", 0.5, 0.03),
    ("{ garch = { initial_usd = 100.0, volatility = 0.5 } }", 0.5, 0.15),
    ("{ historical = { series = \"eth_usd_hourly\" } }", 0.7, 0.4),
    ("{ bootstrap = { series = \"eth_usd_hourly\" } }", 0.92, 0.2),
];

#[test]
fn every_law_can_be_named_and_has_its_volatility() {
    for (law, volatility, margin) in LAWS {
        let runs = ensemble(&model(MARKET, &[&format!("assets.X.price={law}")]), 60);
        let seen = column(&runs, "realised_volatility").iter().map(|value| value * value).collect::<Vec<f64>>();
        let seen = mean(&seen).0.sqrt();
        assert!((seen - volatility).abs() <= margin * volatility, "{law}: {seen} against {volatility}");
    }
}

#[test]
fn a_peg_returns_and_a_shock_strikes_on_its_date() {
    let peg = "assets.X.price={ peg = { peg_usd = 1.0, volatility = 0.02 } }";
    let runs = ensemble(&model(MARKET, &[peg]), 40);
    assert!(column(&runs, "price_return").iter().all(|change| change.abs() < 0.05));
    let crash = [
        "assets.X.price={ constant = { usd = 100.0 } }",
        "shocks=[{ price = { at = \"2022-01-05\", asset = \"X\", change = -0.4, over = \"1h\" } }]",
    ];
    for change in column(&ensemble(&model(MARKET, &crash), 2), "price_return") {
        assert!((change + 0.4).abs() < 1e-9, "{change}");
    }
}

#[test]
fn a_pair_quoted_in_an_asset_of_its_own_balances_too() {
    let patches = [
        "assets.Q.price={ gbm = { initial_usd = 2.0, volatility = 0.8 } }",
        "pools.a.quote=Q",
        "correlations=[{ between = [\"X\", \"Q\"], value = 0.5 }]",
        "traders={ orders_per_day = 500, volume = { usd_per_day = 1e5 } }",
    ];
    let runs = ensemble(&model(MARKET, &patches), 20);
    // The variance of the ratio: 0.25 + 0.64 - 2 x 0.5 x 0.5 x 0.8 = 0.49.
    let seen = mean(&column(&runs, "realised_volatility")).0;
    assert!((seen - 0.7).abs() < 0.03, "{seen}");
    for (loss, change) in column(&runs, "impermanent_loss").iter().zip(column(&runs, "price_return")) {
        assert!(loss.is_finite() && change.is_finite());
    }
}
