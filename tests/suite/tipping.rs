//! The loop of fees, volume and depth tips to the new venue from one start, and back to the old one from another.

use crate::support::{column, ensemble, mean, model};

/// Two pools of equal fee. Gas makes it pay to use one venue for most orders, the deeper one; so fees per unit of liquidity are
/// higher there, providers follow fees, and depth follows providers.
const TWO: &str = r#"
title = "two venues"
start = "2024-01-01"
horizon = "40d"
[clock]
step = 10
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.5 }
[chain]
gas_price.constant = { gwei = 30.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[providers]
count = 200
size_sd = 1.0
[providers.classes.active]
value_share = 1.0
head_share = 1.0
motives = { noise = 0.02, inertia = 0.01, social_proof = 0.0, horizon = "90d" }
[traders]
orders_per_day = 1500
volume.usd_per_day = 6e6
aggregator_share = 1.0
[arbitrage]
[migration]
"#;

fn final_share(old: f64, new: f64) -> (f64, f64) {
    let patches = [format!("pools.old.tvl_usd={old}"), format!("pools.new.tvl_usd={new}")];
    mean(&column(&ensemble(&model(TWO, &[&patches[0], &patches[1]]), 24), "new_liquidity_share"))
}

#[test]
fn it_tips_both_ways() {
    let (towards, _) = final_share(8e6, 12e6);
    let (back, _) = final_share(12e6, 8e6);
    println!("from 60 % new: {towards}; from 40 % new: {back}");
    assert!(towards > 0.8, "from 60 % in the new pool it ends at {towards}");
    assert!(back < 0.2, "from 40 % in the new pool it ends at {back}");
}
