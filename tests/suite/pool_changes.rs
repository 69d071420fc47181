//! Dated changes of pools in whole runs: what the protocol takes, and what people believe of a contract.

use crate::support::{column, ensemble, mean, model};

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

/// Without migration, programmes and people who decide: the same trades whatever the protocol takes.
const STILL: &str = r#"
title = "one pool"
start = "2024-03-01"
horizon = "10d"
[clock]
step = 10
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.8 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 20e6
curve.constant_product = { fee_bps = 30, fees = "apart" }
[providers]
count = 50
[providers.classes]
locked = { value_share = 1.0, head_share = 1.0, freed_after = "90d" }
[traders]
orders_per_day = 1000
volume.usd_per_day = 5e6
[arbitrage]
"#;

/// Every kind of curve with its own rule for the fee: what is given up to the protocol, and the books.
#[test]
fn a_raised_share_takes_from_that_date_on_and_the_books_balance() {
    let curves = [
        ("{ constant_product = { fee_bps = 30, protocol_share = SHARE } }", 0.03),
        ("{ constant_product = { fee_bps = 30, fees = \"apart\", protocol_share = SHARE } }", 0.01),
        ("{ concentrated = { fee_bps = 30, protocol_share = SHARE } }", 0.01),
        ("{ weighted = { fee_bps = 30, protocol_share = SHARE, weights = { ETH = 0.5, USD = 0.5 } } }", 0.01),
    ];
    for (curve, tolerance) in curves {
        let taken = |share: &str, change: &str| {
            let curve = format!("pools.a.curve={}", curve.replace("SHARE", share));
            let runs = ensemble(&model(STILL, &[&curve, change]), 4);
            for name in ["identity_residual", "ledger_residual", "mirror_residual"] {
                let worst = column(&runs, name).into_iter().fold(0.0, f64::max);
                assert!(worst <= 1e-9, "{name} {worst:e}: {curve} {change}");
            }
            let fees = mean(&column(&runs, "providers_fees_usd")).0;
            mean(&column(&runs, "providers_protocol_fees_usd")).0 / fees
        };
        let none = "pool_changes=[]";
        // Half of the fees from the middle on: a quarter of all of them; trades come at an even rate, over four runs.
        let raised = taken("0", "pool_changes=[{ at = \"2024-03-06\", pool = \"a\", protocol_share = 0.5 }]");
        assert!((raised - 0.25).abs() < 0.25 * 0.1, "{raised} of the fees with {curve}");
        // Lowered to nothing at the same date: what is left is the first half.
        let lowered = taken("0.5", "pool_changes=[{ at = \"2024-03-06\", pool = \"a\", protocol_share = 0 }]");
        let whole = taken("0.5", none);
        assert!((whole - 0.5).abs() < tolerance, "{whole} of the fees with {curve}");
        assert!((raised + lowered - whole).abs() < tolerance, "{raised} + {lowered} against {whole} with {curve}");
        assert_eq!(taken("0", none), 0.0);
    }
}

#[test]
fn providers_see_the_lower_yield_and_no_cut_into_the_past() {
    use portage::engine::run::{Engine, Observer, Scene};
    struct Yield(Vec<(f64, f64)>);
    impl Observer for Yield {
        fn observe(&mut self, scene: &Scene<'_>) {
            self.0.push((scene.seconds / 86_400.0, scene.market_view.venues[0].fee_apr));
        }
    }
    let seen = |change: &str| {
        let model = model(STILL, &[change]);
        let mut seen = Yield(Vec::new());
        Engine::new(&model).run(&model, 1, 0, &mut seen);
        seen.0
    };
    let (before, after) =
        (seen("pool_changes=[]"), seen("pool_changes=[{ at = \"2024-03-06\", pool = \"a\", protocol_share = 0.5 }]"));
    for ((days, plain), (_, cut)) in before.iter().zip(&after) {
        let ratio = cut / plain;
        // Fees are the same in both: what is seen lies between all of them and half of them, and comes to half in time.
        assert!(*days > 5.0 || ratio == 1.0, "{ratio} on day {days}");
        assert!((0.499..=1.001).contains(&ratio), "{ratio} on day {days}");
    }
    let (_, last) = before.iter().zip(&after).map(|(plain, cut)| (plain.0, cut.1 / plain.1)).next_back().unwrap();
    assert!(last < 0.75, "{last} of the yield at the end");
}

#[test]
fn a_hazard_that_is_seen_makes_people_leave() {
    // More than the fees are thought to be lost in the new pool: few move, until one of the two pools is seen otherwise.
    let outcome = |change: &str, name: &str| {
        let patches =
            ["programmes={}", "providers.awareness.at_announcement=1", "pools.new.perceived_hazard=2.0", change];
        column(&ensemble(&model(QUICK, &patches), 20), name)
    };
    let audited = "pool_changes=[{ at = \"2024-03-08\", pool = \"new\", perceived_hazard = 0.0 }]";
    let alarmed = "pool_changes=[{ at = \"2024-03-08\", pool = \"old\", perceived_hazard = 4.0 }]";
    for (change, name) in [(audited, "migrated_value_share"), (alarmed, "left_value_share")] {
        let pairs = outcome(change, name).into_iter().zip(outcome("pool_changes=[]", name));
        let (more, error) = mean(&pairs.map(|(changed, doubted)| changed - doubted).collect::<Vec<f64>>());
        // Paired over the same random numbers: five standard errors, an error probability below 1e-4 with 19 degrees of freedom.
        assert!(more > 0.2 && more > 5.0 * error, "{name}: {more} +- {error}");
    }
}

#[test]
fn owners_of_ranges_have_their_gains_and_losses_where_the_protocol_takes_every_fee() {
    let curve = "pools.a.curve={ concentrated = { fee_bps = 30 } }";
    let all = "pool_changes=[{ at = \"2024-03-01\", pool = \"a\", protocol_share = 1.0 }]";
    let runs = ensemble(&model(STILL, &[curve, all]), 2);
    // Fees are counted at the price of their trade, what is given up at the price when it is shared out.
    let given_up = column(&runs, "providers_protocol_fees_usd");
    for (fees, given_up) in column(&runs, "providers_fees_usd").iter().zip(given_up) {
        assert!(*fees > 0.0 && (given_up / fees - 1.0).abs() < 0.05, "{given_up} of {fees}");
    }
}
