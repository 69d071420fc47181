//! Lending markets in whole runs against arithmetic by hand: one borrower, a price that moves on one date only, and pools that nothing
//! else touches, so that every figure follows from Aave's and Compound's rules and from x y = k.

use crate::support::{column, ensemble, model};
use portage::base::units::SECONDS_PER_YEAR;
use portage::engine::run::{Engine, Unwatched};
use portage::pools::Side;

/// One loan of 100,000 USD on ether of 2,000 USD at a health of 1.1, beside a pool of 5,000 ether and 10 million USD; no interest, no gas.
const ONE: &str = r#"
title = "one loan"
start = "2024-01-01"
horizon = "4d"
observation = "1h"
[clock]
block_time = "10m"
[assets.ETH]
price.constant = { usd = 2000.0 }
[pools.spot]
role = "old"
base = "ETH"
tvl_usd = 2e7
curve.constant_product = { fee_bps = 30 }
[lending.one]
backstop_usd = 5_000.0
liquidators = { gas = 0.0 }
[lending.one.reserves.ETH]
[lending.one.reserves.USD]
supplied_usd = 1e6
reserve_usd = 3_000.0
rate = { slope1 = 0.0, slope2 = 0.0 }
[lending.one.borrowers.long]
count = 1
debt_usd = 1e5
size_sd = 0.0
collateral = { ETH = 1.0 }
debt = { USD = 1.0 }
health = { median = 1.1, sd = 0.0 }
upkeep.attentive_share = 0.0
"#;

/// The ether pledged: 100,000 x 1.1 / 0.83 USD at 2,000.
const PLEDGED: f64 = 1e5 * 1.1 / 0.83 / 2_000.0;
const COMPOUND: &str = "lending.one.rules={ compound = {} }";

/// The price changes by `change` on the second day.
fn shock(change: f64) -> String {
    format!("shocks=[{{ price = {{ at = \"2024-01-02\", asset = \"ETH\", change = {change}, over = \"0s\" }} }}]")
}

/// The threshold falls to `threshold` on the second day, and nothing else moves.
fn step(threshold: f64) -> String {
    format!("lending.one.reserves.ETH.steps=[{{ at = 2024-01-02, loan_to_value = 0.5, threshold = {threshold} }}]")
}

/// Figures of the one run of a scenario.
struct Told(portage::results::montecarlo::Ensemble);

impl Told {
    fn of(text: &str, patches: &[&str]) -> Self {
        Self(ensemble(&model(text, patches), 1))
    }

    fn of_one(patches: &[&str]) -> Self {
        Self::of(ONE, patches)
    }

    fn figure(&self, name: &str) -> f64 {
        column(&self.0, name)[0]
    }

    #[track_caller]
    fn is(&self, name: &str, expected: f64) {
        let told = self.figure(name);
        assert!((told - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{name}: {told} for {expected}");
    }
}

/// What selling `base` ether brings in a pool of 5,000 ether and 10 million USD from which `sold` net of fees have been sold before.
fn brings(base: f64, sold: f64) -> f64 {
    let (x, net) = (5_000.0 + sold, 0.997 * base);
    let y = 5_000.0 * 1e7 / x;
    y * net / (x + net)
}

#[test]
fn a_liquidation_on_aave_by_hand() {
    // At 1,760 USD the health is 0.968: half of the debt is repaid, and 50,000 / 1,760 x 1.05 ether are seized.
    let told = Told::of_one(&[&shock(-0.12)]);
    let seized = 5e4 / 1_760.0 * 1.05;
    told.is("lending_liquidations", 1.0);
    told.is("lending_toxic_liquidations", 0.0);
    told.is("lending_repaid_usd", 5e4);
    told.is("lending_liquidated_usd", 5e4 * 1.05);
    // Nobody has brought the pool to the new price: it still pays about 2,000 USD.
    told.is("lending_liquidators_usd", brings(seized, 0.0) - 5e4);
    told.is("lending_sale_cost_usd", seized * 1_760.0 - brings(seized, 0.0));
    told.is("lending_bad_debt_usd", 0.0);
    told.is("lending_borrowers_closing_usd", (PLEDGED - seized) * 1_760.0 - 5e4);
    told.is("lending_borrowers_liquidation_usd", -0.05 * 5e4);
    told.is("lending_suppliers_closing_usd", 1e6);
}

#[test]
fn gas_is_what_is_left_of_the_bonus() {
    let gas = [
        "chain.gas_price={ constant = { gwei = 40.0 } }",
        "lending.one.liquidators.gas=600000",
        "pools.spot.swap_gas=100000",
    ];
    let told = Told::of_one(&[&shock(-0.12), gas[0], gas[1], gas[2]]);
    let gas_usd = 700_000.0 * 40e-9 * 1_760.0;
    told.is("lending_liquidators_gas_usd", -gas_usd);
    told.is("lending_liquidators_usd", brings(5e4 / 1_760.0 * 1.05, 0.0) - 5e4 - gas_usd);
}

#[test]
fn a_gap_leaves_a_debt_that_is_borne_in_order() {
    // At 1,400 USD the collateral is worth 92,771 USD: on Aave all of it is taken at once for what a bonus of 5 % leaves of it.
    let repaid = PLEDGED * 1_400.0 / 1.05;
    let bad = 1e5 - repaid;
    for (patches, liquidations) in [(vec![], 1.0), (vec![COMPOUND], 4.0)] {
        let shocked = shock(-0.3);
        let told = Told::of_one(&[&[shocked.as_str()][..], &patches].concat());
        // Compound's half of what is left: 50,000, 25,000, 12,500, and then what is left of the collateral. The rate is the same.
        told.is("lending_liquidations", liquidations);
        told.is("lending_toxic_liquidations", liquidations);
        told.is("lending_repaid_usd", repaid);
        told.is("lending_written_off_usd", bad);
        told.is("bad_debt_on_reserve_usd", 3_000.0);
        told.is("bad_debt_on_backstop_usd", 5_000.0);
        told.is("bad_debt_on_suppliers_usd", bad - 8_000.0);
        told.is("lending_reserve_closing_usd", 0.0);
        told.is("lending_backstop_closing_usd", 0.0);
        told.is("lending_suppliers_closing_usd", 1e6 - (bad - 8_000.0));
        told.is("lending_borrowers_closing_usd", 0.0);
    }
    let rich = Told::of_one(&[&shock(-0.3), "lending.one.reserves.USD.reserve_usd=1e5"]);
    rich.is("bad_debt_on_reserve_usd", bad);
    rich.is("bad_debt_on_backstop_usd", 0.0);
    rich.is("bad_debt_on_suppliers_usd", 0.0);
}

#[test]
fn beyond_the_frontier_a_covered_debt_becomes_a_bad_one() {
    // At 1,600 USD the debt is 0.943 of the collateral: below 1 / 1.05 and beyond 1 / 1.1.
    let [small, large] = [0.05, 0.1]
        .map(|bonus| Told::of_one(&[&shock(-0.2), COMPOUND, &format!("lending.one.reserves.ETH.bonus={bonus}")]));
    assert!(small.figure("lending_liquidations") > 1.0);
    small.is("lending_toxic_liquidations", 0.0);
    // Each one took the same from debt and collateral but for the bonus, so that what was covered stays covered.
    small.is("lending_bad_debt_usd", 0.0);
    assert!(large.figure("lending_toxic_liquidations") > 1.0);
    large.is("lending_toxic_liquidations", large.figure("lending_liquidations"));
    large.is("lending_bad_debt_usd", 1e5 - PLEDGED * 1_600.0 / 1.1);
    // And a single one of them raises the loan to value: a block has room for one, and the run ends in it.
    for (bonus, rises) in [(0.05, false), (0.1, true)] {
        let patches = [
            shock(-0.2),
            COMPOUND.to_owned(),
            format!("lending.one.reserves.ETH.bonus={bonus}"),
            "lending.one.liquidators.attempts_per_block=1".to_owned(),
            "horizon=87600s".to_owned(),
        ];
        let model = model(ONE, &patches.each_ref().map(String::as_str));
        let world = Engine::new(&model).run(&model, 1, 0, &mut Unwatched);
        let one = &world.instruments.lending.as_ref().unwrap().markets[0];
        let before = 1e5 / (PLEDGED * 1_600.0);
        let after = one.market.ltv(0, &one.true_usd);
        assert!(one.book.liquidations > 0 && (after > before) == rises, "{before} to {after} at a bonus of {bonus}");
    }
}

#[test]
fn a_falling_threshold_liquidates_on_its_date_and_not_before() {
    let deprecated = step(0.75);
    let told = Told::of_one(&[&deprecated]);
    let seized = 5e4 / 2_000.0 * 1.05;
    told.is("lending_liquidations_by_steps", 1.0);
    told.is("lending_by_steps_usd", 5e4);
    told.is("lending_liquidators_usd", brings(seized, 0.0) - 5e4);
    let at_the_end = deprecated.replace("01-02", "01-01T23:30");
    let before = Told::of_one(&[&at_the_end, "horizon=24h"]);
    before.is("lending_liquidations", 0.0);
    let by_price = Told::of_one(&[&shock(-0.12)]);
    by_price.is("lending_liquidations_by_steps", 0.0);
}

#[test]
fn a_thin_pool_takes_what_pays_and_gas_forbids_even_that() {
    // 2.5 ether and 5,000 USD: the best part sells net amounts up to where the pool's price has fallen to 2,000 / 1.05.
    let thin = ["pools.spot.tvl_usd=1e4", &step(0.75)].map(str::to_owned);
    let thin = thin.each_ref().map(String::as_str);
    let told = Told::of_one(&thin);
    let (rate, x) = (1.05 / 2_000.0, 2.5);
    let net = f64::sqrt(5_000.0 * 0.997 * x * rate) - x;
    let (repaid, brought) = (net / 0.997 / rate, 5_000.0 * net / (x + net));
    let kept = told.figure("lending_liquidators_usd");
    // The golden section stops within 3.3 USD of the best amount, of 110: the profit is flat there, to about (3.3 / 110)^2 of its curvature.
    assert!((kept - (brought - repaid)).abs() < 0.02 * (brought - repaid), "{kept} for {}", brought - repaid);
    assert!((told.figure("lending_repaid_usd") - repaid).abs() < 5.0);
    assert!(told.figure("lending_waiting_usd_max") > 99_000.0);
    // Gas of 40 USD: nothing is done, and the debt waits from the step on, which is seen at its observation.
    let gas = ["chain.gas_price={ constant = { gwei = 40.0 } }", "lending.one.liquidators.gas=500000"];
    let idle = Told::of_one(&[&thin[..], &gas].concat());
    idle.is("lending_liquidations", 0.0);
    idle.is("lending_unpaid_liquidations", 1.0);
    idle.is("lending_waiting_usd_max", 1e5);
    let hours = idle.figure("lending_waiting_usd_hours") / 1e5;
    assert!((71.0..=72.0).contains(&hours), "three of four days: {hours} hours");
    // A gap that no liquidator takes: what is not covered is a loss of those who would bear it, in the same order.
    let gap = Told::of_one(&["pools.spot.tvl_usd=1e4", "lending.one.liquidators.margin_usd=1e6", &shock(-0.3)]);
    let uncovered = 1e5 - PLEDGED * 1_400.0;
    gap.is("lending_liquidations", 0.0);
    gap.is("lending_written_off_usd", 0.0);
    gap.is("lending_bad_debt_usd", uncovered);
    gap.is("lending_uncovered_usd_max", uncovered);
    gap.is("bad_debt_on_reserve_usd", 3_000.0);
    gap.is("bad_debt_on_backstop_usd", uncovered - 3_000.0);
    gap.is("bad_debt_on_suppliers_usd", 0.0);
}

#[test]
fn attentive_borrowers_keep_their_positions() {
    // At 1,900 USD the health is 1.045; what restores 1.3: (1.3 x 100,000 - 104,500) / 1.3 repaid, or / 0.83 pledged.
    let missing = 1.3e5 - 1e5 * 1.1 * 0.95;
    let upkeep = |by: &str| {
        format!(
            "lending.one.borrowers.long.upkeep={{ attentive_share = 1.0, acts_below = 1.08, restores_to = 1.3, by = \"{by}\" }}"
        )
    };
    for (by, more, brought) in [
        ("repay", "horizon=4d", missing / 1.3),
        ("add_collateral", "horizon=4d", missing / 0.83),
        // A reserve at its cap, or frozen, takes no more: debt is repaid instead.
        ("add_collateral", "lending.one.reserves.ETH.supply_cap_usd=133000.0", missing / 1.3),
        ("add_collateral", "lending.one.reserves.ETH.steps=[{ at = 2024-01-01, is_frozen = true }]", missing / 1.3),
    ] {
        let told = Told::of_one(&[&shock(-0.05), &upkeep(by), more]);
        told.is("lending_borrowers_brought_usd", brought);
        told.is("lending_liquidations", 0.0);
    }
    let careless = Told::of_one(&[&shock(-0.05)]);
    careless.is("lending_borrowers_brought_usd", 0.0);
}

/// A loan on shares of the pool.
const SHARES: &str = r#"
[lending.one.reserves.lp]
pool = "spot"
loan_to_value = 0.6
threshold = 0.65
bonus = 0.1
"#;
const ON_SHARES: [&str; 1] = ["lending.one.borrowers.long.collateral={ lp = 1.0 }"];

#[test]
fn pledged_shares_are_redeemed_from_the_pool_and_sold_in_it() {
    let text = format!("{ONE}{SHARES}");
    let step = "lending.one.reserves.lp.steps=[{ at = 2024-01-02, loan_to_value = 0.3, threshold = 0.59 }]";
    let told = Told::of(&text, &[ON_SHARES[0], step]);
    // Health 1.1 x 0.59 / 0.65 = 0.998: half of the debt. The pool is in balance, so that a share redeems for its fair value.
    told.is("lending_repaid_usd", 5e4);
    told.is("lending_liquidated_usd", 5.5e4);
    // The pledged shares came on top of the pool's 20 million; half of what is redeemed is ether, sold in what is left.
    let pledged_usd = 1e5 * 1.1 / 0.65;
    let (x, base) = ((2e7 + pledged_usd - 5.5e4) / 4_000.0, 2.75e4 / 2_000.0);
    let brought = 2_000.0 * x * 0.997 * base / (x + 0.997 * base);
    told.is("lending_liquidators_usd", brought + 2.75e4 - 5e4);
}

#[test]
fn a_swap_does_not_move_the_fair_value_of_shares() {
    let text = format!("{ONE}{SHARES}");
    let stable = "pools.spot.curve={ stable_swap = { fee_bps = 0, amplification = 200 } }";
    let weighted = "pools.spot.curve={ weighted = { fee_bps = 0, weights = { ETH = 0.8, USD = 0.2 } } }";
    let product = "pools.spot.curve={ constant_product = { fee_bps = 0 } }";
    for (curve, usd) in [(product, "2000.0"), (weighted, "2000.0"), (stable, "1.0")] {
        let price = format!("assets.ETH.price.constant.usd={usd}");
        let model = model(&text, &[ON_SHARES[0], curve, &price]);
        let (mut world, _, _) = model.genesis(1, 0);
        let link = world.instruments.lending.as_ref().unwrap().markets[0].links[2];
        let (fair, redeems) = link.price(&world.books, &world.instruments.readings);
        assert!((fair / redeems - 1.0).abs() < 1e-9, "in balance both agree: {fair} and {redeems}");
        let tenth = 1e6 / world.books.pair().base_usd;
        let execution = world.books.quote(Side::SellBase, tenth).unwrap();
        let from = world.books.accounts.market;
        let _cost = world.books.execute(from, &execution);
        let (pushed, redeemed) = link.price(&world.books, &world.instruments.readings);
        assert!((pushed / fair - 1.0).abs() < 1e-9, "{curve}: {fair} to {pushed}");
        // Whoever pushed the pool away from the price has left something in it.
        assert!(redeemed > redeems * (1.0 + 1e-6), "{curve}: {redeems} to {redeemed}");
        // The pool's own price has moved, by which it would have been another value.
        let spot = world.books.venues[0].pool.spot(Side::SellBase.direction()) * world.books.pair().quote_usd;
        assert!(spot < 0.999 * world.books.pair().base_usd, "{curve}: {spot}");
    }
}

#[test]
fn interest_compounds_at_observations_and_is_conserved() {
    let rates = "lending.one.reserves.USD.rate={ base = 0.12, slope1 = 0.0, slope2 = 0.0 }";
    let told = Told::of_one(&[rates, COMPOUND, "lending.one.reserves.USD.reserve_factor=0.2", "horizon=200h"]);
    // 12 % a year, simple within each hour; on Compound the market's own funds earn nothing.
    let paid = 1e5 * ((1.0 + 0.12 * 3_600.0 / SECONDS_PER_YEAR).powi(200) - 1.0);
    told.is("lending_borrowers_interest_usd", -paid);
    told.is("lending_suppliers_interest_usd", 0.8 * paid);
    told.is("lending_reserve_interest_usd", 0.2 * paid);
    told.is("lending_suppliers_closing_usd", 1e6 + 0.8 * paid);
    // On Aave they are lent too: 3,000 of 1,003,000 USD at first, and their interest is theirs.
    let aave = Told::of_one(&[rates, "lending.one.reserves.USD.reserve_factor=0.0", "horizon=200h"]);
    aave.is("lending_suppliers_interest_usd", paid * 1e6 / 1.003e6);
    aave.is("lending_reserve_interest_usd", paid * 3e3 / 1.003e6);
}
