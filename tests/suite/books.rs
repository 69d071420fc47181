//! The books balance: profit-and-loss identity, conservation of tokens, budgets, over scenarios drawn at random.

use crate::support::{Silent, column, ensemble, model};
use portage::results::montecarlo::{Plan, simulate};
use proptest::prelude::*;

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");
const SHORT: [&str; 3] = ["horizon=9d", "migration.deadline=2024-03-08", "programmes.rewards.until=2024-03-08"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Every account class explains its closing value to 1e-9 of its opening, and no token is minted or lost.
    #[test]
    fn the_identity_holds_whatever_the_scenario(
        fee in 0.0..300.0_f64, other_fee in 0.0..300.0_f64, protocol in 0.0..0.5_f64, apart: bool, by_hand in 0.0..1.0_f64,
        mercenary in 0.0..50e6_f64, sold in 0.0..1.0_f64, pledged: bool, tolerance in 5.0..500.0_f64, gwei in 0.5..900.0_f64,
    ) {
        let fees = if apart { "apart" } else { "compounded" };
        let mut patches = vec![
            format!("pools.old.curve.constant_product={{ fee_bps = {fee}, protocol_share = {protocol}, fees = \"{fees}\" }}"),
            format!("pools.new.curve.constant_product={{ fee_bps = {other_fee}, protocol_share = {protocol}, fees = \"{fees}\" }}"),
            format!("migration.mechanism.rebalancing={{ migrator_share = {by_hand} }}"),
            format!("providers.classes.mercenary.capital_usd={mercenary}"),
            format!("programmes.rewards.sold_share={sold}"),
            format!("programmes.rewards.pays_pledged={pledged}"),
            format!("traders.tolerance_bps={tolerance}"),
            format!("chain.gas_price.eip1559.anchor_gwei={gwei}"),
        ];
        patches.extend(SHORT.map(str::to_owned));
        if pledged {
            patches.push("migration.batch=2024-03-05".to_owned());
        }
        let patches: Vec<&str> = patches.iter().map(String::as_str).collect();
        let runs = ensemble(&model(QUICK, &patches), 3);
        prop_assert!(column(&runs, "identity_residual").iter().all(|residual| *residual <= 1e-9));
        prop_assert!(column(&runs, "ledger_residual").iter().all(|residual| *residual <= 1e-9));
    }
}

#[test]
fn a_statement_that_does_not_add_up_is_seen() {
    use portage::engine::world::Statement;
    let statement = Statement { opening: 100.0, fees: 3.0, gas: 1.0, closing: 102.0, ..Statement::default() };
    assert_eq!(statement.residual(), 0.0);
    assert_eq!(Statement { arbitrage_loss: 2.0, ..statement }.residual(), 2.0);
}

#[test]
fn every_reward_reaches_somebody_and_the_budget_is_what_is_paid() {
    let runs = ensemble(
        &model(
            QUICK,
            &[SHORT[0], SHORT[1], SHORT[2], "assets.GOV.price={ constant = { usd = 2.0 } }", "correlations=[]"],
        ),
        10,
    );
    let received = column(&runs, "providers_incentives_usd");
    for (paid, received) in column(&runs, "incentives_usd").iter().zip(received) {
        // Until the new pool holds anything, what is emitted reaches nobody and stays unpaid.
        assert!(*paid > 0.8 * 300_000.0 && *paid <= 300_000.0 * (1.0 + 1e-12), "paid {paid}");
        assert!((paid / received - 1.0).abs() < 1e-9);
    }
}

#[test]
fn what_traders_lose_providers_and_arbitrageurs_gain() {
    // Over all accounts: fees and impact of traders are fees, order flow; arbitrage gross is arbitrage loss less its fees.
    // Nobody deposits from outside or by hand, so that nobody swaps to balance a deposit.
    let settled = [
        "providers.classes.mercenary.capital_usd=0",
        "migration.mechanism.rebalancing.migrator_share=1",
        "providers.outside_yield=0",
    ];
    let runs = ensemble(&model(QUICK, &[&SHORT[..], &settled[..]].concat()), 10);
    let value = |name: &str| column(&runs, name);
    let (fees, cost_bps, volume) = (value("pool_fees_usd"), value("fee_bps"), value("volume_usd"));
    let (arbitrage_volume, gross, lvr) =
        (value("arbitrage_volume_usd"), value("arbitrage_gross_usd"), value("lvr_usd"));
    let impact = value("impact_bps");
    for run in 0..10 {
        let trader_fees = cost_bps[run] * volume[run] / 1e4;
        let arbitrage_fees = arbitrage_volume[run] * 0.003;
        let slippage_trades = fees[run] - trader_fees - arbitrage_fees;
        assert!(slippage_trades.abs() < 1e-9 * fees[run], "fees of nobody: {slippage_trades}");
        let explained = gross[run] + arbitrage_fees - impact[run] * volume[run] / 1e4;
        assert!((lvr[run] - explained).abs() < 1e-9 * fees[run], "{} against {explained}", lvr[run]);
    }
}

#[test]
fn a_broken_run_is_reported_with_its_index_and_the_others_are_kept() {
    let mut model = model(QUICK, &SHORT);
    // A model that no scenario can describe: the pool of a programme does not exist, so that accruing panics in every run.
    model.programmes[0].venue = 9;
    let ensemble = simulate(&model, Plan { seed: 1, runs: 3 }, &Silent);
    assert_eq!(ensemble.failures.iter().map(|failure| failure.run).collect::<Vec<u64>>(), [0, 1, 2]);
    assert!(ensemble.runs.is_empty() && !ensemble.is_partial);
}
