//! Lending markets whose users move to another one, in whole runs: the books hold, nothing else changes, and what blocks them is seen.

use crate::support::{build, column, ensemble, model};

/// Two markets; 400,000 USD are owed on ether in the first one.
const TWO: &str = r#"
title = "two lending markets"
start = "2024-01-01"
horizon = "60d"
observation = "6h"
[clock]
block_time = "30m"
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.8 }
[assets.BTC]
price.gbm = { initial_usd = 40000.0, volatility = 0.6 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 5e7
curve.constant_product = { fee_bps = 30 }
[arbitrage]
[chain]
gas_price.eip1559 = { anchor_gwei = 20.0 }
[lending.one.reserves.ETH]
supplied_usd = 3e5
[lending.one.reserves.USD]
supplied_usd = 6e5
loan_to_value = 0.75
threshold = 0.78
[lending.one.borrowers.long]
count = 200
debt_usd = 4e5
collateral = { ETH = 1.0 }
debt = { USD = 1.0 }
health = { median = 1.5, sd = 0.5 }
[lending.one.moves]
to = "two"
opens = "2024-01-03"
benefit_per_year = 0.5
suppliers = { count_per_reserve = 80, size_sd = 1.0, gas = 1000.0, decides = { active_share = 1.0, reviews_per_day = 1.0 } }
borrowers = { gas = 1000.0, decides = { active_share = 1.0, reviews_per_day = 1.0 } }
[lending.two.reserves.ETH]
[lending.two.reserves.USD]
loan_to_value = 0.75
threshold = 0.78
"#;

const NOBODY: [&str; 2] = [
    "lending.one.moves.suppliers.decides={active_share=0.0,never_share=1.0}",
    "lending.one.moves.borrowers.decides={active_share=0.0,never_share=1.0}",
];

/// The scenario without the table of moves.
fn staying() -> String {
    let (before, rest) = TWO.split_once("[lending.one.moves]").unwrap();
    format!("{before}{}", &rest[rest.find("[lending.two").unwrap()..])
}

#[test]
fn everybody_who_would_gain_moves_and_the_books_hold() {
    // A run whose accounts, vaults or statements disagree by more than 1e-9 fails, and with it the ensemble. With ether steady nobody comes
    // near the loan to value; with debts alike nobody owes more than the new market can lend at once; and 58 days at a review a day leave one of 360 people out with a probability of 2e-23 a run.
    let steady = [
        "assets.ETH.price.gbm.volatility=0.01",
        "lending.one.borrowers.long.health.min=1.2",
        "lending.one.borrowers.long.size_sd=0.5",
        "lending.one.moves.benefit_per_year=1.0",
    ];
    let runs = ensemble(&model(TWO, &steady), 20);
    for name in [
        "lending_moved_supply_share",
        "lending_moved_suppliers_share",
        "lending_moved_debt_share",
        "lending_moved_borrowers_share",
    ] {
        assert!(
            column(&runs, name).iter().all(|share| (share - 1.0).abs() < 1e-9),
            "{name}: {:?}",
            column(&runs, name)
        );
    }
    let runs = ensemble(&model(TWO, &[]), 20);
    // What is left is owed by those whose terms forbid it.
    assert!(column(&runs, "lending_moved_debt_share").iter().all(|share| *share > 0.9));
    let fees = column(&runs, "lending_moves_flash_loans_usd");
    assert!(fees.iter().all(|fee| *fee > 0.0 && *fee <= 4e5 * 1.1 * 5e-4), "five basis points of what is owed at most");
    assert!(column(&runs, "lending_moves_suppliers_gas_usd").iter().all(|gas| *gas > 0.0));
}

#[test]
fn where_nobody_moves_nothing_changes() {
    let (with, without) = (ensemble(&model(TWO, &NOBODY), 10), ensemble(&model(&staying(), &[]), 10));
    for name in [
        "lending_liquidations",
        "lending_repaid_usd",
        "lending_suppliers_interest_usd",
        "lending_borrowers_closing_usd",
        "lending_borrowers_market_move_usd",
    ] {
        let bits = |runs| -> Vec<u64> { column(runs, name).into_iter().map(f64::to_bits).collect() };
        assert_eq!(bits(&with), bits(&without), "{name}");
    }
    assert!(column(&with, "lending_moved_supply_share").iter().all(|share| *share == 0.0));
    assert!(column(&without, "lending_moved_supply_share").iter().all(|share| share.is_nan()));
}

#[test]
fn borrowers_who_stay_keep_suppliers_in() {
    let leave = "lending.one.moves.suppliers.decides={active_share=0.0,never_share=0.0,passive_after=\"5d\",passive_shape=1.0,cost_share_max=1.0}";
    let runs = ensemble(&model(TWO, &[leave, NOBODY[1], "assets.ETH.price.gbm.volatility=0.01"]), 10);
    // Ether can leave, all of it but what nobody owes. Of 600,000 USD 400,000 are lent: with ether steady, 500,000 of 900,000 move; of
    // the rest interest of up to 80 % a year makes a little more.
    for share in column(&runs, "lending_moved_supply_share") {
        assert!((0.49..0.556).contains(&share), "{share}");
    }
    assert!(column(&runs, "lending_moves_blocked_days").iter().all(|days| *days > 30.0));
    assert!(column(&runs, "lending_moves_cash_wait_usd_hours").iter().all(|waited| *waited > 30.0 * 24.0 * 3e5));
    assert!(column(&runs, "lending_dry_hours").iter().all(|hours| *hours > 30.0 * 24.0));
}

#[test]
fn a_falling_threshold_liquidates_those_whom_the_price_would_not() {
    let steps = "lending.one.reserves.ETH.steps=[{at=2024-02-01,loan_to_value=0.6,threshold=0.7}]";
    let [with, without] =
        [&[steps, NOBODY[0], NOBODY[1]][..], &NOBODY[..]].map(|patches| ensemble(&model(TWO, patches), 10));
    assert!(column(&with, "lending_liquidations_by_steps").iter().sum::<f64>() > 10.0);
    assert!(column(&without, "lending_liquidations_by_steps").iter().all(|count| *count == 0.0));
    for (all, by_steps) in
        column(&with, "lending_liquidations").iter().zip(column(&with, "lending_liquidations_by_steps"))
    {
        assert!(by_steps <= *all);
    }
}

#[test]
fn moves_that_cannot_be_are_refused() {
    for (patches, path, said) in [
        (vec!["lending.one.moves.to=\"too\""], "lending.one.moves.to", "there is no other market \"too\""),
        (vec!["lending.one.moves.to=\"one\""], "lending.one.moves.to", "there is no other market \"one\""),
        (
            vec!["lending.two.moves={to=\"one\",opens=2024-01-03}"],
            "lending.one.moves.to",
            "users of \"two\" move on to another market",
        ),
        (vec!["lending.one.moves.opens=2025-01-03"], "lending.one.moves.opens", "outside the simulation"),
        (
            vec!["lending.one.moves.reward_until=2024-01-02"],
            "lending.one.moves.reward_until",
            "before anybody has moved",
        ),
        (vec!["lending.one.reserves.BTC={}"], "lending.one.reserves.BTC", "there is no \"BTC\" in \"two\""),
        (
            vec!["lending.two.reserves.ETH.asset=\"BTC\""],
            "lending.one.reserves.ETH",
            "\"ETH\" is another asset in \"two\"",
        ),
        (
            vec!["lending.two.reserves.USD.is_borrowable=false"],
            "lending.one.reserves.USD",
            "it is owed here and not lent in \"two\"",
        ),
        (
            vec!["lending.one.reserves.shares={pool=\"a\"}"],
            "lending.one.reserves.shares.pool",
            "pledged shares of a pool cannot move",
        ),
    ] {
        let broken = build(TWO, &patches).err().unwrap_or_default();
        let found = broken.iter().any(|rule| rule.path == path && rule.message.contains(said));
        assert!(found, "{patches:?} are refused by {broken:?}");
    }
}
