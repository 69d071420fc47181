//! Migrations to another chain: messages, two chains, wrapped tokens, and what is conserved.

use crate::support::{column, ensemble, model, portage};
use portage::engine::model::Model;
use portage::engine::run::{Engine, Observer, Scene, Unwatched};
use portage::engine::world::{Stage, World};
use proptest::prelude::*;

pub const ACROSS: &str = r#"
title = "to another chain"
start = "2024-03-01"
horizon = "6d"
[clock]
block_time = "12s"
step = 5
[assets.ETH]
price.gbm = { initial_usd = 3000.0, volatility = 0.6 }
[chain]
gas_price.constant = { gwei = 20.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 20_000_000.0
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
curve.constant_product = { fee_bps = 30 }
[providers]
count = 400
size_sd = 2.0
outside_yield = 0.02
[providers.classes.integrator]
value_share = 0.3
count = 2
[providers.classes.active]
value_share = 0.4
head_share = 0.3
[providers.classes.passive]
value_share = 0.3
head_share = 0.7
[traders]
orders_per_day = 2000
volume.share_of_liquidity_per_day = 0.3
[arbitrage]
searchers = 3
[programmes.rewards]
venue = "new"
token = "USD"
budget = 900_000.0
from = "2024-03-02"
until = "2024-03-06"
[migration]
opens = "2024-03-02"
[migration.mechanism.cross_chain]
route = { latency = "780s", finality = "768s" }
destination = { block_time = "2s", gas_price = { constant = { gwei = 0.05 } } }
"#;

fn last_world(model: &Model, run: u64) -> World {
    Engine::new(model).run(model, 1, run, &mut Unwatched)
}

/// Pools stand in the order of their names.
const NEW: usize = 0;
const OLD: usize = 1;

const CROSS: &str = "migration.mechanism.cross_chain";

fn across(patches: &[&str]) -> Model {
    let patches: Vec<String> = patches.iter().map(|patch| patch.replace("CROSS", CROSS)).collect();
    model(ACROSS, &patches.iter().map(String::as_str).collect::<Vec<&str>>())
}

const WRAPPED: [&str; 2] =
    ["CROSS.form=lock_mint", "CROSS.wrapped_discount={ level = 0.01, sd = 0.5, half_life = \"6h\" }"];

#[test]
fn liquidity_gets_there_and_orders_with_it() {
    for patches in [&[][..], &WRAPPED] {
        let model = across(patches);
        let runs = ensemble(&model, 4);
        let moved = column(&runs, "migrated_value_share");
        assert!(moved.iter().all(|share| *share > 0.05), "{moved:?}");
        let world = last_world(&model, 0);
        let bridge = &world.books.crossing.as_ref().unwrap().bridge;
        assert!(bridge.book.sent >= bridge.book.delivered && bridge.book.delivered > 20, "{:?}", bridge.book);
        let fees = |venue: usize| world.books.venues[venue].fees_so_far_usd();
        assert!(fees(NEW) > 0.02 * fees(OLD), "{} against {}", fees(NEW), fees(OLD));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever the plan, the books of every class balance, no token is minted or lost over both chains and the bridge, and what
    /// is locked backs what was minted: the audit of every run holds.
    #[test]
    fn nothing_is_minted_or_lost_across_chains(
        wraps: bool, level in 0.0..0.1_f64, latency in 1..200_000_u32, failure in 0.0..0.9_f64, fee in 0.0..100.0_f64,
        limit in 1e4..1e7_f64, block in 0.2..90.0_f64, old in 0..4_usize, new in 0..4_usize, opening in 0.0..5e6_f64,
        stock in 1e3..1e6_f64, by_hand in 0.0..1e6_f64,
    ) {
        let curves = [
            "{ constant_product = { fee_bps = 30, protocol_share = 0.2 } }",
            "{ concentrated = { fee_bps = 30 } }",
            "{ weighted = { fee_bps = 30, weights = { ETH = 0.7, USD = 0.3 } } }",
            "{ constant_product = { fee_bps = 5, fees = \"apart\", protocol_share = 0.1 } }",
        ];
        let form = if wraps { "lock_mint" } else { "burn_mint" };
        let mut patches = vec![
            format!("CROSS.form={form}"),
            format!("CROSS.route={{ latency = \"{latency}s\", failure = {failure}, fee_bps = {fee}, rate_limit_usd_per_hour = {limit} }}"),
            "CROSS.route_back={ latency = \"600s\", fee_bps = 3 }".to_owned(),
            format!("CROSS.destination.block_time={block}s"),
            format!("CROSS.inventory={{ usd = {stock}, rebalance = \"2h\" }}"),
            format!("pools.old.curve={}", curves[old]),
            format!("pools.new.curve={}", curves[new]),
            format!("pools.new.tvl_usd={}", if opening < 1.0 { 0.0 } else { opening }),
            format!("providers.classes.mercenary={{ capital_usd = {by_hand}, count = 20 }}"),
        ];
        if wraps {
            patches.push(format!("CROSS.wrapped_discount={{ level = {level} }}"));
        }
        let model = across(&patches.iter().map(String::as_str).collect::<Vec<&str>>());
        let runs = ensemble(&model, 2);
        prop_assert!(column(&runs, "ledger_residual").iter().all(|residual| *residual <= 1e-9));
    }
}

/// Reference prices at observations.
#[derive(Default)]
struct Prices(Vec<u64>);

impl Observer for Prices {
    fn observe(&mut self, scene: &Scene<'_>) {
        self.0.push(scene.world.books.pair().price.to_bits());
    }
}

#[test]
fn no_bridge_moves_a_price_and_no_setting_of_it_anybody_s_draws() {
    let prices = |model: &Model| {
        let mut seen = Prices::default();
        Engine::new(model).run(model, 1, 3, &mut seen);
        seen.0
    };
    let plain = prices(&across(&[]));
    let slow = ["CROSS.route={ latency = \"7d\", fee_bps = 50 }", "CROSS.destination.block_time=30s"];
    assert_eq!(plain, prices(&across(&slow)));
    assert_eq!(plain, prices(&across(&WRAPPED)));
    let at_home = ACROSS.split("[migration.mechanism").next().unwrap();
    assert_eq!(plain, prices(&model(at_home, &[])));
}

#[test]
fn a_message_takes_finality_and_latency_and_waits_for_a_block() {
    let certain = "CROSS.route={ latency = \"780s\", latency_sd = 0.0, finality = \"768s\" }";
    let runs = ensemble(&across(&[certain, "CROSS.destination.block_time=2s"]), 3);
    for (delay, sent) in column(&runs, "message_delay_mean_hours").iter().zip(column(&runs, "messages_sent")) {
        // Messages are looked at once a simulated block, of 60 s.
        assert!(sent > 20.0 && *delay >= 1_548.0 / 3_600.0 && *delay < 1_608.0 / 3_600.0, "{delay} h over {sent}");
    }
    // Half of all deliveries fail, each costing an hour: mean 1 h more. About 400 messages with an sd of 1.4 h: 4.5 standard errors.
    let patches = ["CROSS.route={ latency = \"780s\", latency_sd = 0.0, finality = \"768s\", failure = 0.5 }"];
    let runs = ensemble(&across(&patches), 16);
    let (sent, delays) = (column(&runs, "messages_delivered"), column(&runs, "message_delay_mean_hours"));
    let count: f64 = sent.iter().sum();
    let mean = sent.iter().zip(delays).map(|(sent, delay)| sent * delay).sum::<f64>() / count;
    let law = (1_548.0 + 30.0 + 3_600.0) / 3_600.0;
    assert!((mean - law).abs() < 4.5 * 1.42 / count.sqrt() + 0.01, "{mean} h against {law} h over {count}");
}

#[test]
fn the_rate_limit_lets_through_what_it_says() {
    // Everybody wants to go: what has arrived after t hours of a busy queue is r t, to the message at its head.
    let limited =
        "CROSS.route={ latency = \"60s\", latency_sd = 0.0, finality = \"0s\", rate_limit_usd_per_hour = 5000.0 }";
    for run in 0..3 {
        let model = across(&[limited, "programmes.rewards.budget=5e6"]);
        let world = last_world(&model, run);
        let bridge = &world.books.crossing.as_ref().unwrap().bridge;
        let waiting: Vec<_> = bridge.messages().filter(|message| message.stage == Stage::Queued).collect();
        assert!(!waiting.is_empty(), "nobody waits for the limit");
        let first = waiting.iter().map(|message| message.sent).fold(f64::INFINITY, f64::min);
        let busy_hours = (world.books.seconds - 86_400.0) / 3_600.0;
        assert!(first > 86_400.0 && bridge.book.delivered_usd <= 5_000.0 * busy_hours, "{:?}", bridge.book);
        assert!(bridge.book.waiting_usd.1 > 5_000.0);
    }
}

#[test]
fn a_small_inventory_leaves_a_gap_between_the_chains() {
    let mean = |patches: &[&str], name: &str| {
        let values = column(&ensemble(&across(patches), 4), name);
        values.iter().sum::<f64>() / values.len() as f64
    };
    let funded = "pools.new.tvl_usd=5e6";
    let short = "CROSS.inventory={ usd = 2000.0, rebalance = \"1d\" }";
    let (ample, scarce) = (mean(&[funded], "chain_gap_mean_bps"), mean(&[funded, short], "chain_gap_mean_bps"));
    assert!(scarce > 1.5 * ample, "{scarce} bps against {ample} bps");
    assert!(mean(&[funded, short], "inventory_exhausted_hours") > 1.0);
}

#[test]
fn a_robbed_bridge_takes_from_flights_and_from_what_backs_the_tokens() {
    for form in [&[][..], &WRAPPED] {
        let slow = [&["CROSS.route={ latency = \"1d\" }", "pools.new.tvl_usd=4e6"], form].concat();
        let mut world = last_world(&across(&slow), 1);
        let in_flight =
            |world: &World| world.books.crossing.as_ref().unwrap().bridge.in_flight_usd(&world.books.prices_usd);
        let (before, pool_before) = (in_flight(&world), world.books.venue_value_usd(&world.books.venues[NEW]));
        assert!(before > 1_000.0, "nothing is in flight");
        let stolen = world.books.exploit_bridge(0.4);
        assert!((in_flight(&world) / before - 0.6).abs() < 1e-12);
        let pool_after = world.books.venue_value_usd(&world.books.venues[NEW]);
        if form.is_empty() {
            assert!((stolen / (0.4 * before) - 1.0).abs() < 1e-12 && pool_after == pool_before);
        } else {
            // Less by 0.4 of the backing, and by the tenth that the market takes off besides.
            let ratio = pool_after / pool_before;
            assert!(stolen > 0.4 * before + 0.3 * pool_before, "{stolen} of {before} and {pool_before}");
            assert!(ratio < 0.6 * 0.93 && ratio > 0.6 * 0.87, "{ratio}");
        }
        world.close();
        let lost: f64 = world.books.holders.iter().map(|book| book.statement.losses).sum();
        assert!(lost > 0.39 * before, "{lost}");
        for book in &world.books.holders {
            let scale = book.statement.largest_line().max(1.0);
            assert!((book.statement.residual() / scale).abs() < 1e-9, "{:?}", book.statement);
        }
        assert!(
            world.books.ledger.audit() < 1e-9
                && world.books.backing_residual() < 1e-9
                && world.books.mirror_residual() < 1e-9
        );
    }
}

#[test]
fn what_cannot_be_across_chains_is_refused_with_a_reason() {
    let refusals: [(&str, &str, &[&str]); 6] = [
        ("opens = \"2024-03-02\"", "opens = \"2024-03-02\"\nbatch = \"2024-03-04\"", &["batch", "another chain"]),
        ("route = {", "wrapped_discount = { level = 0.01 }\nroute = {", &["no discount", "lock_mint"]),
        ("[arbitrage]\nsearchers = 3", "", &["no arbitrageurs", "[arbitrage]"]),
        (
            "route = {",
            "route_back = { latency = \"1h\", rate_limit_burst_usd = 5.0 }\nroute = {",
            &["without a rate limit", "rate_limit_usd_per_hour"],
        ),
        ("block_time = \"2s\",", "block_time = \"2s\", gas_token = \"OP\",", &["there is no asset \"OP\""]),
        (
            "block_time = \"2s\",",
            "block_time = \"2s\", block_gas_limit = 1_000_000, rush_share = 0.001,",
            &["room for", "migration transactions"],
        ),
    ];
    let folder = std::env::temp_dir().join(format!("portage-chains-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let good = format!("{ACROSS}inventory = {{ usd = 1e5, rebalance = \"1h\" }}\n");
    let check = |text: &str| {
        let file = folder.join("scenario.toml");
        std::fs::write(&file, text).unwrap();
        let output = portage().args(["check"]).arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).replace(['\n', '│', '|'], " "))
    };
    assert!(check(&good).0, "{}", check(&good).1);
    for (from, to, says) in refusals {
        let spoilt = good.replacen(from, to, 1);
        assert_ne!(spoilt, good, "{from}");
        let (passes, message) = check(&spoilt);
        assert!(!passes, "{to} passes");
        for part in says {
            assert!(message.contains(part), "\"{part}\" is not in: {message}");
        }
    }
    let holdings = good
        .replace("{ constant_product = { fee_bps = 30 } }", "{ holding = {} }")
        .replace("curve.constant_product = { fee_bps = 30 }", "curve.holding = {}");
    let (passes, message) = check(&holdings);
    assert!(!passes && message.contains("a holding stands on one chain"), "{message}");
    std::fs::remove_dir_all(&folder).unwrap();
}
