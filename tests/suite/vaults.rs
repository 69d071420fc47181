//! Vaults of options in whole runs: closed forms of premiums, payouts and hedging errors, and what frictions add.

use crate::support::{Silent, column, ensemble, mean, model, portage};
use portage::credit::options::{European, Right};
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Ensemble, Plan, simulate};

/// A token of 100 USD under GBM of 80 % a year, and a vault whose one epoch ends with the window.
const WEEK: &str = r#"
title = "one epoch of options"
start = "2024-01-01"
horizon = "7d"
observation = "4h"
[clock]
block_time = "4h"
[assets.ETH]
price.gbm = { initial_usd = 100.0, volatility = 0.8 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 1e12
curve.constant_product = { fee_bps = 0 }
[arbitrage]
exchange_cost_bps = 0
[vaults.one]
deposits_usd = 1e6
tenor = "7d"
implied.level = 0.8
"#;

const CALLS: &str = "vaults.one.strategy={ covered_call = { strike = { moneyness = 1.05 } } }";
const PUTS: &str = "vaults.one.strategy={ put_selling = { strike = { moneyness = 0.95 } } }";
const BOOK: &str = "vaults.one.strategy={ delta_hedged = { notional_usd = 5e5, rehedge = { band = 0.0 } } }";

const DAY_YEARS: f64 = 1.0 / 365.0;

fn week(strategy: &str, patches: &[&str]) -> portage::engine::model::Model {
    let (path, value) = strategy.split_once('=').unwrap();
    let text = format!("{WEEK}{} = {value}\n", path.rsplit('.').next().unwrap());
    model(&text, patches)
}

fn price(right: Right, strike: f64, days: f64) -> f64 {
    European { right, strike, years: days * DAY_YEARS, rate: 0.0 }.price(100.0, 0.8)
}

/// Mean of a metric, its standard error, and what it should be: four standard errors, error probability 6e-5.
fn is_about(runs: &Ensemble, name: &str, expected: f64) {
    let (measured, error) = mean(&column(runs, name));
    assert!((measured - expected).abs() < 4.0 * error, "{name}: {measured} +- {error} for {expected}");
}

#[test]
fn options_sold_at_the_volatility_that_comes_are_paid_out_as_they_were_sold() {
    for (strategy, right, strike, count) in [(CALLS, Right::Call, 105.0, 1e4), (PUTS, Right::Put, 95.0, 1e6 / 95.0)] {
        let runs = ensemble(&week(strategy, &[]), 4_000);
        let fair = count * price(right, strike, 7.0);
        let premiums = column(&runs, "vault_premiums_usd");
        // At the end of the window the next epoch is sold as well: what was received for the first one is the least.
        assert!(premiums.iter().all(|premium| *premium > fair * 0.999));
        is_about(&runs, "vault_payouts_usd", fair);
        assert!(column(&runs, "vault_settlements").iter().all(|settled| *settled == 1.0));
        assert!(column(&runs, "vault_harm_usd").iter().all(|harm| harm.abs() < 1e-6));
        assert!(column(&runs, "hedge_harm_usd").iter().all(|harm| harm.is_nan()));
        // A vault of calls also holds the token; one of puts only its premium and what it pays.
        is_about(&runs, "vault_result_usd", 0.0);
    }
}

#[test]
fn what_waits_a_day_for_its_settlement_pays_the_option_that_is_a_day_longer() {
    let moves = "vaults.one.moves={ at = \"2024-01-07\", gap = \"2d\" }";
    let runs = ensemble(&week(PUTS, &["horizon=8d", moves]), 4_000);
    // Under way from day 6 to day 8: settled at the end of day 8, though it expired on day 7.
    is_about(&runs, "vault_payouts_usd", 1e6 / 95.0 * price(Right::Put, 95.0, 8.0));
    let exactly = |name: &str, expected: f64| {
        assert!(column(&runs, name).iter().all(|value| (value - expected).abs() < 1e-9), "{name}");
    };
    exactly("vault_late_settlements", 1.0);
    exactly("vault_late_hours_max", 24.0);
    // Seen frozen from the observation at day 6 to that at day 8, which it is free at.
    exactly("vault_frozen_days", 2.0);
}

#[test]
fn an_oracle_that_stands_still_settles_at_the_price_of_its_last_day() {
    // The feed publishes nothing from day 5 on. Puts pay what the price of that day says: an option of five days; and so do calls,
    // whose base tokens are expected to be worth as much two days later.
    let feed = "oracles={ feed = { feed = { deviation = 1e-9, delay = \"0s\", down = [{ from = \"2024-01-06\", lasting = \"9d\" }] } } }";
    let settles = "vaults.one.oracle=feed";
    for (strategy, right, strike, count) in [(CALLS, Right::Call, 105.0, 1e4), (PUTS, Right::Put, 95.0, 1e6 / 95.0)] {
        let runs = ensemble(&week(strategy, &[feed, settles]), 4_000);
        is_about(&runs, "vault_payouts_usd", count * price(right, strike, 5.0));
        is_about(&runs, "vault_oracle_cost_usd", count * (price(right, strike, 5.0) - price(right, strike, 7.0)));
        let [cost, harm] = ["vault_oracle_cost_usd", "vault_harm_usd"].map(|name| column(&runs, name));
        for (cost, harm) in cost.iter().zip(harm) {
            assert!((cost - harm).abs() < 1e-6, "{cost} {harm}");
        }
    }
}

/// Variance of what a call sold at the money for `days` gains when it is hedged at `n` even dates at its true volatility.
///
/// The result is a sum of martingale differences e_i = C(t_i+1, S_i+1) - C(t_i, S_i) - delta_i (S_i+1 - S_i), whose variances add up; each
/// is integrated over both normal draws by the trapezoidal rule: to rounding, but for the kink of the last one, to 1e-3.
fn hedging_variance(days: f64, n: usize) -> f64 {
    const STEP: f64 = 0.1;
    let call = |left: f64| European { right: Right::Call, strike: 100.0, years: left * DAY_YEARS, rate: 0.0 };
    let (step_days, sd) = (days / n as f64, 0.8 * (days / n as f64 * DAY_YEARS).sqrt());
    let nodes = || (-60..=60).map(|node| f64::from(node) * STEP);
    let weight = |z: f64| STEP * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let mut variance = 0.0;
    for i in 0..n {
        let done = i as f64 * step_days;
        let spread = 0.8 * (done * DAY_YEARS).sqrt();
        let (now, later) = (call(days - done), call((days - done - step_days).max(0.0)));
        for z in nodes() {
            let spot = 100.0 * (spread * z - 0.5 * spread * spread).exp();
            let (value, delta) = (now.price(spot, 0.8), now.delta(spot, 0.8));
            let squares: f64 = nodes()
                .map(|y| {
                    let next = spot * (sd * y - 0.5 * sd * sd).exp();
                    let error = later.price(next, 0.8) - value - delta * (next - spot);
                    weight(y) * error * error
                })
                .sum();
            variance += if i == 0 { squares / 121.0 } else { weight(z) * squares };
        }
    }
    variance
}

#[test]
fn a_hedge_at_dates_errs_as_the_law_of_discrete_hedging_says() {
    let runs = ensemble(&week(BOOK, &[]), 10_000);
    // 42 dates, 5,000 calls.
    let exact = 5_000.0 * hedging_variance(7.0, 42).sqrt();
    let results = column(&runs, "hedge_result_unhindered_usd");
    let squares: Vec<f64> = results.iter().map(|result| result * result).collect();
    let (variance, error) = mean(&squares);
    assert!((variance - exact * exact).abs() < 4.0 * error, "{} for {exact}", variance.sqrt());
    is_about(&runs, "hedge_result_unhindered_usd", 0.0);
    // Derman and Kamal (1999), the leading order in 1/n: sqrt(pi/4) vega s / sqrt(n); the next order is a few per cent at 42 dates.
    let call = European { right: Right::Call, strike: 100.0, years: 7.0 * DAY_YEARS, rate: 0.0 };
    let leading = 5_000.0 * (std::f64::consts::PI / 4.0).sqrt() * call.vega(100.0, 0.8) * 0.8 / 42.0_f64.sqrt();
    assert!((exact / leading - 1.0).abs() < 0.1, "{exact} for {leading}");
    // Through a pool without fee that is 2 million times as large, the result is the same but for gas that there is none of.
    let worst = column(&runs, "hedge_harm_usd").iter().fold(0.0_f64, |worst, harm| worst.max(harm.abs()));
    assert!(worst < 1.0, "{worst}");
}

#[test]
fn a_hedge_through_a_pool_costs_what_the_pool_takes() {
    // A fee of 30 bps of every trade, no impact to speak of, and no gas.
    let runs = ensemble(&week(BOOK, &["pools.a.curve={ constant_product = { fee_bps = 30 } }"]), 200);
    let [harm, volume, slippage] =
        ["hedge_harm_usd", "hedge_volume_usd", "hedge_slippage_usd"].map(|name| column(&runs, name));
    let bps = column(&runs, "hedge_cost_bps");
    for run in 0..200 {
        assert!(volume[run] > 2.5e5 && (slippage[run] / volume[run] * 1e4 - bps[run]).abs() < 1e-9);
        // Inside the band of the fee the pool's price is off by up to the fee on either side: a trade costs up to twice as much.
        assert!((-1.0..61.0).contains(&bps[run]), "{}", bps[run]);
        assert!((harm[run] - slippage[run]).abs() < 0.03 * slippage[run].max(1e3), "{} {}", harm[run], slippage[run]);
    }
    // The same through a pool of no more than twice the notional: impact comes on top, and some trades must wait.
    let thin = ensemble(&week(BOOK, &["pools.a.tvl_usd=1e6"]), 200);
    assert!(mean(&column(&thin, "hedge_cost_bps")).0 > 10.0);
    assert!(mean(&column(&thin, "hedge_trades_cut")).0 > 1.0 && mean(&column(&thin, "hedge_off_max")).0 > 0.1);
    assert!(mean(&column(&thin, "hedge_tracking_error_usd")).0 > 100.0);
}

#[test]
fn leaving_at_once_brings_what_the_pool_pays() {
    // Calls far out of the money at no volatility are worth nothing; 1e4 tokens go into 5e4 with a fee of 30 bps.
    let calls = CALLS.replace("1.05", "9.0");
    let runs = ensemble(
        &week(
            &calls,
            &[
                "vaults.one.implied={ level = 0.0 }",
                "assets.ETH.price={ constant = { usd = 100.0 } }",
                "pools.a.tvl_usd=1e7",
                "pools.a.curve={ constant_product = { fee_bps = 30 } }",
            ],
        ),
        1,
    );
    let paid = 1e4 * 0.997;
    let gap = 1e6 - 5e6 * paid / (5e4 + paid);
    let measured = column(&runs, "vault_exit_gap_max_usd")[0];
    assert!((measured / gap - 1.0).abs() < 1e-9, "{measured} for {gap}");
    // Options are bought back dearer by the spread, too.
    let spread = |share: &str| {
        let patch = format!("vaults.one.exit_spread={share}");
        column(&ensemble(&week(CALLS, &[&patch, "pools.a.tvl_usd=1e12"]), 1), "vault_exit_gap_max_usd")[0]
    };
    assert!((spread("0.4") - 2.0 * spread("0.2")).abs() < 0.02 * spread("0.4") && spread("0.2") > 1e3);
}

#[test]
fn books_balance_when_a_vault_cannot_pay() {
    // 800 % a year against options sold at 80 %, and nobody hedges from day 1 to day 8: a run that broke a law would have failed.
    let wild = [
        "assets.ETH.price={ gbm = { initial_usd = 100.0, volatility = 8.0 } }",
        "horizon=8d",
        "vaults.one.moves={ at = \"2024-01-02\", gap = \"7d\" }",
        "vaults.one.deposits_usd=500000",
        "pools.a.tvl_usd=2e6",
    ];
    let runs = ensemble(&week(BOOK, &wild), 300);
    let unpaid = column(&runs, "vault_unpaid_usd");
    assert!(unpaid.iter().filter(|unpaid| **unpaid > 0.0).count() > 5 && unpaid.iter().all(|unpaid| *unpaid >= 0.0));
    // Once settled, no more is lost than there was; what the pool is too thin to sell for still waits.
    let [results, settled] = ["vault_result_usd", "vault_settlements"].map(|name| column(&runs, name));
    assert!(results.iter().zip(&settled).all(|(result, settled)| *settled == 0.0 || *result > -500_001.0));
    assert!(settled.iter().sum::<f64>() > 100.0);
}

/// The quickstart with vaults.
const QUICK: &str = include_str!("../../scenarios/quickstart.toml");
const SHORT: [&str; 4] =
    ["horizon=9d", "migration.deadline=2024-03-08", "programmes.rewards.until=2024-03-08", "providers.count=300"];
const SELLS: &str = "vaults={ calls = { deposits_usd = 5e6, tenor = \"2d\", strategy = { covered_call = { strike = { delta = 0.25 } } } }, puts = { deposits_usd = 5e6, tenor = \"3d\", strategy = { put_selling = { strike = { delta = 0.25 } } } } }";
const HEDGES: &str =
    "vaults={ book = { deposits_usd = 5e6, tenor = \"2d\", strategy = { delta_hedged = { notional_usd = 3e6 } } } }";

fn quick(patches: &[&str]) -> portage::engine::model::Model {
    model(QUICK, &[&SHORT[..], patches].concat())
}

fn is_own(name: &str) -> bool {
    ["vault_", "hedge_", "covered_call_", "put_selling_"].iter().any(|prefix| name.starts_with(prefix))
}

#[test]
fn vaults_that_do_not_trade_change_nothing_else_and_hedges_move_no_draw() {
    let plan = Plan { seed: 5, runs: 6 };
    let [without, sells, hedges] =
        [&[][..], &[SELLS], &[HEDGES]].map(|patches| simulate(&quick(patches), plan, &Silent));
    for metric in dictionary() {
        let (before, after) = (column(&without, &metric.name), column(&sells, &metric.name));
        if is_own(&metric.name) {
            assert!(before.iter().all(|value| value.is_nan()), "{}", metric.name);
            let hedges_only = metric.name.starts_with("hedge_");
            assert!(after.iter().all(|value| value.is_nan() == hedges_only), "{}", metric.name);
        } else if metric.name == "ledger_residual" {
            // There is more on the ledger that is audited.
            assert!(after.iter().all(|residual| *residual < 1e-12));
        } else {
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&before), bits(&after), "{}", metric.name);
        }
    }
    for name in ["price_return", "realised_volatility"] {
        assert_eq!(column(&without, name), column(&hedges, name), "{name}");
    }
    assert!(column(&hedges, "hedge_volume_usd").iter().all(|volume| *volume > 1e6));
    assert!(column(&hedges, "hedge_gas_usd").iter().all(|gas| *gas > 0.0));
    assert_ne!(column(&without, "arbitrage_gross_usd"), column(&hedges, "arbitrage_gross_usd"));
}

#[test]
fn downtime_freezes_vaults_and_lets_their_hedges_drift() {
    // The upgrade has a fault for certain, which freezes everything at once and is repaired a day after it was noticed.
    let none = "{ weight = 0.0, theft_share = 0.0 }";
    let faults = format!(
        "{{ logic = {{ weight = 1.0, theft_share = 0.0 }}, wrong_constant = {none}, storage_collision = {none}, open_initialiser = {none} }}"
    );
    let failure = format!("migration.failure={{ probability = 1.0, faults = {faults} }}");
    let text = QUICK.replace("mechanism.rebalancing = { migrator_share = 0.9 }", "mechanism.proxy_upgrade = {}");
    let text = text.replace("deadline = \"2024-03-20\"\n", "");
    let daily = HEDGES.replace("2d", "1d").replace("3e6", "3e5");
    let runs = ensemble(&model(&text, &["horizon=9d", SHORT[2], SHORT[3], &failure, &daily]), 20);
    for (run, downtime) in column(&runs, "downtime_hours").into_iter().enumerate() {
        let hours = column(&runs, "vault_frozen_days")[run] * 24.0;
        assert!(downtime > 24.0 && (hours - downtime).abs() <= 2.0, "{hours} h of {downtime} h");
        // A day's options expire meanwhile.
        assert!(column(&runs, "vault_late_settlements")[run] >= 1.0);
    }
    let whole = ensemble(&model(QUICK, &["horizon=9d", SHORT[1], SHORT[2], SHORT[3], &daily]), 20);
    let off = |runs: &Ensemble| mean(&column(runs, "hedge_tracking_error_usd")).0;
    assert!(off(&runs) > 1.5 * off(&whole), "{} {}", off(&runs), off(&whole));
    assert!(column(&whole, "vault_late_settlements").iter().sum::<f64>() == 0.0);
}

/// Patches of `[vaults.book]`, and what the one message must say.
const REFUSED: [(&str, &[&str]); 9] = [
    ("tenor=\"30d\"", &["30d", "window of 21d", "lengthen `horizon`"]),
    ("tenor=\"10m\"", &["10m", "at least 3600 s"]),
    ("strategy.delta_hedged.notional_usd=6e6", &["5000000", "6000000", "at most 5000000 USD"]),
    ("strategy.delta_hedged.rehedge={ every = \"10m\" }", &["every 10m", "at least 3600 s"]),
    ("strategy.delta_hedged.rehedge={ band = 1.0 }", &["band", "1"]),
    ("strategy.delta_hedged.strike={ moneyness = 0.0 }", &["moneyness", "0"]),
    ("oracle=\"feed\"", &["no oracle \"feed\"", "there are none"]),
    ("moves={ at = \"2025-01-01\", gap = \"1d\" }", &["outside the simulation"]),
    ("moves={ at = \"2024-03-05\", gap = \"10m\" }", &["gap of 10m", "at least 3600 s"]),
];

#[test]
fn vaults_that_cannot_be_are_refused_with_a_reason() {
    let good = QUICK.replace(
        "\n[migration]\n",
        "\n[vaults.book]\ndeposits_usd = 5e6\nstrategy.delta_hedged = { notional_usd = 3e6 }\n\n[migration]\n",
    );
    assert_ne!(good, QUICK);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("with.toml"), good).unwrap();
    for (patch, says) in REFUSED {
        let patch = format!("vaults.book.{patch}");
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
