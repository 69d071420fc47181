//! What draws liquidity, and what does not: pay, inertia, and the yield that rational capital requires.

use crate::support::{column, ensemble, mean, model};

/// Two pools with the same fee, of which the new one is empty to begin with, whose providers all choose; no gas, no uncertainty about
/// prices.
const LURE: &str = r#"
title = "a lure"
start = "2024-03-01"
horizon = "30d"
clock = { block_time = "12s", step = 25 }
assets = { ETH = { price.constant = { usd = 3000.0 } } }

[pools.old]
role = "old"
base = "ETH"
tvl_usd = 20e6
curve.constant_product = { fee_bps = 30 }

[pools.new]
role = "new"
base = "ETH"
curve.constant_product = { fee_bps = 30 }

[providers]
count = 300
size_sd = 1.0
outside_yield = 0.0
awareness.at_announcement = 1.0

[providers.classes.active]
value_share = 1.0
head_share = 1.0
reviews_per_day = 2.0
motives = { noise = 0.01, inertia = 0.06, social_proof = 0.0 }

[traders]
orders_per_day = 1000
volume.usd_per_day = 2e6
size_sd = 0.5
aggregator_share = 1.0

[migration]

[monte_carlo]
counterfactual_runs = 0
"#;

const PAY: &str = "programmes.pay={ token = \"USD\", venue = \"new\", budget = 160_000, from = \"2024-03-01\", until = \"2024-03-31\" }";

fn moved(patches: &[&str]) -> f64 {
    mean(&column(&ensemble(&model(LURE, patches), 6), "migrated_value_share")).0
}

#[test]
fn without_pay_nobody_has_a_reason_to_move() {
    let share = moved(&[]);
    // Two reviews a day for thirty days with odds of exp(-0.06/0.01) a look, lambda 0.5: 1 - (1 - exp(-12))^60 is below 0.001 while
    // nothing is in the new pool.
    assert!(share < 0.02, "{share} moved without a reason");
}

#[test]
fn pay_moves_those_who_mind_and_not_those_who_do_not() {
    // 160,000 USD in thirty days are 10 % a year on 20 million.
    let (light, heavy) = (moved(&[PAY]), moved(&[PAY, "providers.classes.active.motives.inertia=1.0"]));
    assert!(light > 0.3, "only {light} of those who weigh 6 % a year moved");
    // Few share the pay at first: as many go as it pays 100 % a year more, 0.16 x 365 / 30 million USD on a tenth of the market.
    let law = 0.16 * 365.0 / 30.0 / 20.0;
    assert!(
        (0.5 * law..1.4 * law).contains(&heavy),
        "{heavy} moved against an inertia of 100 % a year, by the law {law}"
    );
}

#[test]
fn a_better_yield_alone_does_not_move_the_inert() {
    // Places that pay the same to all: 3 % a year in the old one, 8 % in the new.
    let (begin, end) = (LURE.find("[pools.old]").unwrap(), LURE.find("[providers]").unwrap());
    let pools = "[pools.old]\nrole = \"old\"\nbase = \"ETH\"\ntvl_usd = 20e6\ncurve.holding = { yield_rate = 0.03 }\n\
                 [pools.new]\nrole = \"new\"\nbase = \"ETH\"\ncurve.holding = { yield_rate = 0.08 }\n";
    let text = format!("{}{pools}{}", &LURE[..begin], &LURE[end..]);
    let traders = (text.find("[traders]").unwrap(), text.find("[migration]").unwrap());
    let text = format!("{}{}", &text[..traders.0], &text[traders.1..]);
    let moved = |inertia: f64| {
        let patch = format!("providers.classes.active.motives.inertia={inertia}");
        mean(&column(&ensemble(&model(&text, &[&patch]), 6), "migrated_value_share")).0
    };
    let shares = [0.0, 0.04, 0.2].map(moved);
    assert!(shares[0] > 0.95 && shares[1] > 0.95, "{shares:?}");
    assert!(shares[2] < 0.01, "{shares:?}: 5 points a year moved those who weigh 20");
}

#[test]
fn capital_comes_until_it_earns_what_it_requires() {
    // Everybody rational, aware and without cost: liquidity is T = (F + S) / (r* + l + pi), with F the fees and S the rewards of a year,
    // r* the required yield, l the loss versus rebalancing sigma^2 / 8, and pi the expected loss from failure.
    let patches = [
        "assets.ETH.price={ gbm = { initial_usd = 3000.0, volatility = 0.5 } }",
        "arbitrage={}",
        "horizon=60d",
        "providers.outside_yield=0.10",
        "providers.classes.active.reviews_per_day=4.0",
        "providers.classes.active.motives={ noise = 0.002, inertia = 0.0, social_proof = 0.0, rewards_kept = 1.0, risk_aversion = 0.0 }",
        "providers.classes.mercenary={ capital_usd = 60e6, count = 300, reviews_per_day = 4.0, motives = { noise = 0.002, inertia = 0.0, social_proof = 0.0, rewards_kept = 1.0, risk_aversion = 0.0 } }",
        "pools.old.perceived_hazard=0.05",
        "pools.old.perceived_loss=0.6",
        "programmes.pay={ token = \"USD\", venue = \"old\", budget = 300_000, from = \"2024-03-01\", until = \"2024-04-30\" }",
    ];
    let text = LURE.replace("[migration]\n", "");
    let text = {
        let (begin, end) = (text.find("[pools.new]").unwrap(), text.find("[providers]").unwrap());
        format!("{}{}", &text[..begin], &text[end..])
    };
    for (fee_bps, budget) in [(30.0, 300_000.0), (30.0, 1_000_000.0), (60.0, 300_000.0)] {
        let fee = format!("pools.old.curve.constant_product.fee_bps={fee_bps}");
        let pay = format!("programmes.pay.budget={budget}");
        let runs = ensemble(&model(&text, &[&patches[..], &[&fee, &pay]].concat()), 12);
        let years = 60.0 / 365.0;
        let ratios = (0..12).map(|run| {
            let of = |name: &str| column(&runs, name)[run];
            let law = (of("pool_fees_usd") + budget) / years / (0.10 + 0.25 / 8.0 + 0.05 * 0.6);
            of("pool1_liquidity_mean_usd") / law
        });
        // Beliefs about the variance come and go about it by a fifth, and with them T by some per cent a run; twelve runs: 5 %.
        let (ratio, _) = mean(&ratios.collect::<Vec<f64>>());
        assert!((ratio - 1.0).abs() < 0.05, "{ratio} of the law at {fee_bps} bps and {budget} USD");
    }
}

#[test]
fn liquidity_leaves_on_the_day_on_which_pay_ends() {
    let farmers = "providers.classes.mercenary={ capital_usd = 40e6, count = 200, reviews_per_day = 4.0 }";
    let patches = [farmers, "providers.outside_yield=0.12", "horizon=20d", "traders.volume.usd_per_day=5e5"];
    let end = "programmes.pay={ token = \"USD\", venue = \"old\", budget = 400_000, from = \"2024-03-01\", until = \"2024-03-15\" }";
    let model = model(LURE, &[&patches[..], &[end]].concat());
    let runs = ensemble(&model, 6);
    let bands = &runs.bands;
    let series =
        portage::results::metrics::series().iter().position(|series| series.name == "liquidity_old_usd").unwrap();
    let at = |day: f64| bands.quantile((day / bands.spacing_days).round() as usize, series, 0.5);
    let (before, last, after) = (at(13.0), at(14.0), at(15.0));
    assert!((last / before - 1.0).abs() < 0.05, "{before}, then {last} on the last day");
    assert!(after < 0.75 * last, "{last} on the last day, {after} a day after");
}
