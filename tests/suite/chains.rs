//! Migrations to another chain: messages, two chains, wrapped tokens, and what is conserved.

use crate::support::{column, ensemble, model};
use portage::engine::{Engine, Unwatched};
use portage::model::Model;
use portage::world::World;
use proptest::prelude::*;

const ACROSS: &str = r#"
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
        let bridge = &world.crossing.as_ref().unwrap().bridge;
        assert!(bridge.book.sent >= bridge.book.delivered && bridge.book.delivered > 20, "{:?}", bridge.book);
        let fees = |venue: usize| world.venues[venue].fees_so_far_usd();
        assert!(fees(1) > 0.02 * fees(0), "{} against {}", fees(1), fees(0));
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
