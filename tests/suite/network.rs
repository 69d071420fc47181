//! The network in whole runs: a case by hand, attribution, laws, and nothing else changes.

use crate::support::{Silent, build, column, ensemble, model, try_model};
use portage::engine::run::{Engine, Unwatched};
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Ensemble, Plan, simulate};

/// A token of 100 USD that never moves, a pool of 10,000 of it without a fee, and two nodes: `a` owes `b`, which owes depositors.
const STILL: &str = r#"
title = "two nodes and a pool that stands still"
start = "2024-01-01"
horizon = "48h"
[clock]
block_time = "30m"
[assets.ETH]
price.constant = { usd = 100.0 }
[pools.only]
role = "old"
base = "ETH"
tvl_usd = 2e6
curve.constant_product = { fee_bps = 0 }
[network.nodes.a]
holdings = { ETH = 100_000.0 }
owes = { b = 90_000.0 }
[network.nodes.b]
holdings = { USD = 20_000.0 }
outside_debt_usd = 100_000.0
"#;

fn one(runs: &Ensemble, name: &str) -> f64 {
    column(runs, name)[0]
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{value} for {expected}");
}

#[test]
fn two_nodes_and_a_pool_are_as_by_hand() {
    // 1,000 tokens into 10,000 and a million: 1e6 x 1,000/11,000 = 90,909.09, which is above the debt of 90,000.
    let calm = ensemble(&model(STILL, &[]), 1);
    near(one(&calm, "network_equity_usd"), 20_000.0);
    near(one(&calm, "network_loss_usd"), 100_000.0 - 1e6 / 11.0);
    near(one(&calm, "network_initial_loss_usd"), 0.0);
    near(one(&calm, "network_part_fire_sale_usd"), 100_000.0 - 1e6 / 11.0);
    assert_eq!(one(&calm, "network_defaults_max"), 0.0);
    // 30 % lower, arbitrage has left sqrt(1e10/70) tokens in the pool. The sale brings less than 90,000, nine tenths of which go to b; with
    // its 20,000 it owes 100,000 outside, and its creditors get nine tenths of what it has.
    let stressed =
        ensemble(&model(STILL, &["network.stress={ price_drop = 0.3 }", "network.systemic={ loss_share = 0.5 }"]), 1);
    let base = (1e10_f64 / 70.0).sqrt();
    let sale = 1e10 / base * 1_000.0 / (base + 1_000.0);
    near(one(&stressed, "network_initial_loss_usd"), 10_000.0);
    near(one(&stressed, "network_total_loss_usd"), 20_000.0);
    near(one(&stressed, "network_amplification"), 2.0);
    near(one(&stressed, "network_part_counterparty_usd"), 10_000.0);
    near(one(&stressed, "network_price_impact_usd"), 70_000.0 - sale);
    near(one(&stressed, "network_stressed_outside_loss_usd"), 100_000.0 - 0.9 * (20_000.0 + 0.9 * sale));
    near(one(&stressed, "network_bankruptcy_usd"), 0.1 * sale + 0.1 * (20_000.0 + 0.9 * sale));
    assert_eq!((one(&stressed, "network_stressed_defaults"), one(&stressed, "network_cascade_depth")), (2.0, 2.0));
    // b has lent nine times its equity to a: whoever loses a, loses b. By name a is the first.
    assert_eq!(one(&stressed, "network_most_dangerous"), 1.0);
    near(one(&stressed, "network_most_dangerous_debt_rank"), 0.5);
    near(one(&stressed, "network_debt_rank"), 0.5);
    assert_eq!((one(&stressed, "network_systemic"), one(&stressed, "network_stressed_systemic")), (0.0, 1.0));
    // A node that fails by itself: nobody sells anything.
    let failed = ensemble(&model(STILL, &["network.stress={ fails = [\"a\"] }"]), 1);
    near(one(&failed, "network_total_loss_usd"), 20_000.0);
    near(one(&failed, "network_stressed_outside_loss_usd"), 100_000.0 - 18_000.0);
    near(one(&failed, "network_price_impact_usd"), 0.0);
}

#[test]
fn who_infects_whom_is_read_from_a_run_that_is_made_again() {
    let model = model(STILL, &[]);
    let world = Engine::new(&model).run(&model, 1, 0, &mut Unwatched);
    let network = world.instruments.network.as_ref().unwrap();
    assert_eq!(network.names(), ["a", "b"]);
    let lost = network.infections().unwrap();
    // a has 909 left after the sale, b 10,000 until a fails; b owes a nothing.
    near(lost[(0, 0)], 1e6 / 11.0 - 90_000.0);
    near(lost[(0, 1)], 10_000.0);
    near(lost[(1, 1)], 10_000.0);
    near(lost[(1, 0)], 0.0);
}

#[test]
fn shares_of_a_pool_are_worth_what_they_redeem_for_in_a_pool_that_is_left_smaller() {
    // Half of the pool: 5,000 tokens and half a million. The tokens go into what is left, 5,000 and half a million: they bring 250,000.
    let patch = "network.nodes={ v = { holdings = { \"pool:only\" = 1e6 } } }";
    let runs = ensemble(&model(STILL, &[patch]), 1);
    near(one(&runs, "network_equity_usd"), 1e6);
    near(one(&runs, "network_loss_usd"), 250_000.0);
    // The pool is as large as the scenario says, nodes included.
    let (world, ..) = model(STILL, &[patch]).genesis(1, 0);
    near(world.books.total_value_usd(), 2e6);
}

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");
const SHORT: [&str; 3] = ["horizon=9d", "migration.deadline=2024-03-08", "programmes.rewards.until=2024-03-08"];

/// A network over the quickstart in which every channel has something to do: an oracle of the old pool is attacked for its lenders, and
/// a leveraged node must sell.
const NODES: &str = r#"network={ nodes = {
    fund = { holdings = { ETH = 3e6, USD = 1e5 }, outside_debt_usd = 1.2e6, owes = { bank = 1.2e6 }, leverage_max = 5.0 },
    bank = { holdings = { USD = 3e6, ETH = 5e5 }, claims = { oracle_lenders = 1.5e6 }, outside_debt_usd = 5.9e6 },
    vault = { holdings = { "pool:old" = 4e6 }, owes = { bank = 1e6 }, outside_debt_usd = 2.6e6 },
}, stress = { price_drop = 0.2 } }"#;
const ORACLE: &str = r#"oracles={ spot = { reads = "old", average = { spot = {} }, relies = { borrowable_usd = 2e6 }, attackers = { presence = { watching = { probability = 1.0 } }, capital_usd = 1e6 } } }"#;

fn patched(patches: &[&str]) -> portage::engine::model::Model {
    let nodes = NODES.replace('\n', " ").replace("}, }", "} }").replace(", },", " },");
    let oracle = ORACLE.replace("{ spot = {} }", "\"spot\"");
    model(QUICK, &[&SHORT[..], &[nodes.as_str(), oracle.as_str()], patches].concat())
}

const CHANNELS: [&str; 4] = ["counterparty", "fire_sale", "oracle", "liveness"];

#[test]
fn a_channel_that_is_switched_off_changes_the_loss_by_what_was_said() {
    let runs = 8;
    let whole = ensemble(&patched(&[]), runs);
    let total = column(&whole, "network_total_loss_usd");
    let mut parts = column(&whole, "network_initial_loss_usd");
    let mut active = 0;
    for channel in CHANNELS {
        let part = column(&whole, &format!("network_part_{channel}_usd"));
        parts.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
        let removed = column(&whole, &format!("network_removed_{channel}_usd"));
        active += usize::from(removed.iter().any(|usd| *usd > 1_000.0));
        let without = ensemble(&patched(&[&format!("network.channels={{ {channel} = false }}")]), runs);
        assert_eq!(column(&without, "network_weakest_day"), column(&whole, "network_weakest_day"));
        for (run, total_without) in column(&without, "network_total_loss_usd").into_iter().enumerate() {
            assert_eq!(total[run] - total_without, removed[run], "{channel}");
        }
    }
    for (sum, total) in parts.iter().zip(&total) {
        assert!((sum - total).abs() < 1e-9 * total.abs(), "{sum} {total}");
    }
    assert!(active >= 3, "only {active} channels have anything to do");
    assert!(column(&whole, "network_residual").iter().all(|residual| *residual < 1e-9));
}

#[test]
fn halted_pools_cannot_pay() {
    // The upgrade has a fault for certain, which halts everything: the vault's liquidity, moved whole with the pool, is frozen.
    let none = "{ weight = 0.0, theft_share = 0.0 }";
    let faults = format!(
        "{{ logic = {{ weight = 1.0, theft_share = 0.0 }}, wrong_constant = {none}, storage_collision = {none}, open_initialiser = {none} }}"
    );
    let failure = format!("migration.failure={{ probability = 1.0, faults = {faults} }}");
    let text = QUICK.replace("mechanism.rebalancing = { migrator_share = 0.9 }", "mechanism.proxy_upgrade = {}");
    let text = text.replace("deadline = \"2024-03-20\"\n", "");
    let nodes = "network={ nodes = { vault = { holdings = { \"pool:old\" = 4e6 }, outside_debt_usd = 2e6 } } }";
    let patches = ["horizon=9d", SHORT[2], &failure, nodes];
    let runs = ensemble(&model(&text, &patches), 10);
    assert!(column(&runs, "network_defaults_max").iter().all(|defaults| *defaults == 1.0));
    assert!(column(&runs, "network_part_liveness_usd").iter().all(|usd| *usd > 1e5));
    let without = ensemble(&model(&text, &[&patches[..], &["network.channels={ liveness = false }"]].concat()), 10);
    assert!(column(&without, "network_defaults_max").iter().all(|defaults| *defaults == 0.0));
}

#[test]
fn a_network_without_liquidity_changes_nothing_else() {
    let plan = Plan { seed: 5, runs: 4 };
    let with = "network={ nodes = { fund = { holdings = { ETH = 1e6 }, outside_debt_usd = 5e5 } } }";
    let [without, with] =
        [&SHORT[..], &[&SHORT[..], &[with]].concat()].map(|patches| simulate(&model(QUICK, patches), plan, &Silent));
    for metric in dictionary() {
        let (before, after) = (column(&without, &metric.name), column(&with, &metric.name));
        if metric.name.starts_with("network_") {
            assert!(before.iter().all(|value| value.is_nan()), "{}", metric.name);
        } else {
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&before), bits(&after), "{}", metric.name);
        }
    }
}

#[test]
fn a_pool_that_is_left_makes_the_stress_dearer() {
    let text = include_str!("../../scenarios/contagion-network.toml");
    let runs = ensemble(&model(text, &["clock.step=100"]), 6);
    let (days, shares) = (column(&runs, "network_weakest_day"), column(&runs, "network_weakest_share"));
    assert!(days.iter().all(|day| *day > 4.0), "{days:?}");
    assert!(shares.iter().all(|share| *share > 0.0 && *share <= 1.0), "{shares:?}");
}

#[test]
fn a_lending_market_is_a_node_with_what_its_suppliers_have_in_it() {
    let text = include_str!("../../scenarios/lending-on-a-draining-pool.toml");
    let nodes = "network={ nodes = { fund = { holdings = { USD = 1e6 }, claims = { \"lending:main\" = 2e7 }, outside_debt_usd = 2e7 } }, recovery = { external = 1.0, interbank = 1.0 } }";
    let runs = ensemble(&model(text, &["clock.step=100", nodes]), 4);
    // What stands behind the suppliers besides their own money is small: the market opens with next to no equity, the fund with a million.
    assert!(column(&runs, "network_equity_usd").iter().all(|equity| *equity >= 1e6 && *equity < 1e8));
    assert!(column(&runs, "network_residual").iter().all(|residual| *residual < 1e-9));
    let rules = build(text, &[&nodes.replace("2e7 }", "2e9 }")]).unwrap_err();
    assert!(rules.iter().any(|rule| rule.message.contains("on \"lending:main\", which owes")), "{rules:?}");
}

/// Networks that cannot be, and what the one message must say.
const REFUSED: [(&str, &[&str]); 13] = [
    ("nodes.a.leverage_max=9.0", &["opens with a leverage of 10.00", "at least 10.00"]),
    ("nodes.a.owes={ b = 9e4, c = 1e3 }", &["no node \\\"c\\\"", "one of a, b"]),
    ("nodes.a.owes={ b = 9e4, a = 1e3 }", &["owes to itself"]),
    ("nodes.a.holdings={ ETHH = 1e6 }", &["no asset \\\"ETHH\\\"", "did you mean \\\"ETH\\\""]),
    ("nodes.a.holdings={ \"pool:onyl\" = 1e6 }", &["no pool \\\"onyl\\\"", "did you mean \\\"only\\\""]),
    ("nodes.a.holdings={ ETH = 8e4 }", &["\\\"a\\\" owes 90000 USD and has 80000 USD", "assets above debts"]),
    ("nodes.b.outside_debt_usd=2e5", &["no equity at the opening"]),
    ("nodes.b.claims={ a = 1e4 }", &["stated twice"]),
    ("nodes.a.claims={ a = 1e4 }", &["claim on itself"]),
    ("nodes.a.claims={ b = 1e4 }", &["is a node of this table", "owes.a"]),
    ("nodes.a.claims={ bridge = 1e4 }", &["no part of this run", "nothing: there is none"]),
    ("nodes.a.holdings={ \"pool:only\" = 3e6 }", &["hold 3000000 USD of the 2000000 USD", "tvl_usd"]),
    ("stress={ fails = [\"c\"] }", &["no node \\\"c\\\""]),
];

#[test]
fn networks_that_cannot_be_are_refused_with_a_reason() {
    for (patch, says) in REFUSED {
        let rules = build(STILL, &[&format!("network.{patch}")]).unwrap_err();
        assert_eq!(rules.len(), 1, "{patch}: {rules:?}");
        let message = format!("{rules:?}");
        for part in says {
            assert!(message.contains(part), "{patch}: no {part} in {message}");
        }
    }
    let nothing = build(STILL, &["network.stress={ price_drop = 0.0 }"]).unwrap_err();
    assert!(format!("{nothing:?}").contains("nothing happens"));
    let many: String =
        (0..41).map(|index| format!("[network.nodes.n{index}]\nholdings = {{ USD = 10.0 }}\n")).collect();
    let fault = try_model(&format!("{STILL}{many}")).unwrap_err();
    assert!(fault.contains("43 nodes") && fault.contains("1 to 40"), "{fault}");
    let ranges = STILL.replace("constant_product = { fee_bps = 0 }", "concentrated = { fee_bps = 30 }");
    let fault = build(&ranges, &["network.nodes.a.holdings={ ETH = 1e5, \"pool:only\" = 1e3 }"]).unwrap_err();
    assert!(fault[0].message.contains("pool of ranges"), "{fault:?}");
}
