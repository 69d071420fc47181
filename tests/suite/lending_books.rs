//! The books of lending markets, read from outside: statements recomputed from the table of runs, lines that cancel, and common random
//! numbers: who only lends or only reads a price moves nothing.

use crate::support::{Silent, ensemble, model};
use portage::archive::{read_runs, write_runs};
use portage::results::metrics::{Id, dictionary};
use portage::results::montecarlo::{Ensemble, Plan, RunTable, simulate};

/// Pools that migrate with people, orders, gas and arbitrage, beside them oracles and two lending markets with every kind of collateral.
pub const BESIDE: &str = r#"
title = "lending beside pools"
start = "2024-03-01"
horizon = "10d"
[clock]
step = 25
[assets.ETH]
price.merton = { initial_usd = 3000.0, volatility = 1.2 }
[chain]
gas_price.eip1559 = { anchor_gwei = 25.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 60e6
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
curve.weighted = { fee_bps = 30, weights = { ETH = 0.5, USD = 0.5 } }
[providers]
count = 200
[providers.classes]
active = { value_share = 0.6, head_share = 0.1 }
passive = { value_share = 0.4, head_share = 0.9 }
[traders]
orders_per_day = 1_200
volume.share_of_liquidity_per_day = 0.15
aggregator_share = 0.6
[arbitrage]
searchers = 6
exchange_cost_bps = 1
[oracles.feed]
feed = { deviation = 0.005, heartbeat = "1h" }
[oracles.mean]
reads = "old"
average.twap = { blocks = 10 }
[migration]
opens = "2024-03-03"
mechanism.rebalancing = {}
[lending.main]
backstop_usd = 1e5
reserves.ETH = { oracle = "feed", supplied_usd = 20e6, reserve_usd = 1e5 }
reserves.USD = { supplied_usd = 40e6, rate = { base = 0.1, slope1 = 0.4 } }
reserves.lp = { pool = "old", loan_to_value = 0.6, threshold = 0.65, bonus = 0.1 }
borrowers.long = { count = 600, debt_usd = 25e6, collateral = { ETH = 1.0 }, debt = { USD = 1.0 }, health = { median = 1.3 } }
borrowers.farm = { count = 200, debt_usd = 5e6, collateral = { lp = 0.8, ETH = 0.2 }, debt = { USD = 1.0 }, health = { median = 1.3 } }
borrowers.short = { count = 100, debt_usd = 3e6, collateral = { USD = 1.0 }, debt = { ETH = 1.0 }, health = { median = 1.3 } }
[lending.other]
rules = { compound = {} }
reserves.ETH = { oracle = "mean", supplied_usd = 5e6 }
reserves.USD = { supplied_usd = 5e6 }
borrowers.long = { count = 50, debt_usd = 4e6, collateral = { ETH = 1.0 }, debt = { USD = 1.0 }, health = { median = 1.2 } }
"#;

/// The lines of a statement, as the dictionary names them.
const LINES: [&str; 7] = ["brought", "market_move", "interest", "liquidation", "slippage", "gas", "losses"];
const PARTIES: [&str; 5] = ["suppliers", "borrowers", "liquidators", "reserve", "backstop"];

/// The scenario's text without the tables of lending.
fn without_lending() -> &'static str {
    BESIDE.split("[lending.main]").next().unwrap_or(BESIDE)
}

#[test]
fn statements_recomputed_from_the_table_of_runs_are_complete() {
    let runs = ensemble(&model(BESIDE, &[]), 6);
    let folder = tempfile::tempdir().unwrap();
    write_runs(folder.path(), &runs.runs).unwrap();
    let table = read_runs(folder.path()).unwrap();
    let bits = |table: &RunTable| -> Vec<Vec<u64>> {
        table.ids().iter().map(|id| table.values(*id).iter().map(|value| value.to_bits()).collect()).collect()
    };
    assert_eq!((table.ids(), bits(&table)), (runs.runs.ids(), bits(&runs.runs)), "every column reads back bit for bit");
    let column = |name: String| table.values(Id::parse(&name).unwrap_or_else(|| panic!("no column {name}"))).to_vec();
    for party in PARTIES {
        let of = |line: &str| column(format!("lending_{party}_{line}_usd"));
        let (opening, closing) = (of("opening"), of("closing"));
        let lines = LINES.map(&of);
        for run in 0..6 {
            let sum: f64 = opening[run] + lines.iter().map(|line| line[run]).sum::<f64>();
            let largest = lines.iter().map(|line| line[run].abs()).fold(opening[run].abs(), f64::max);
            assert!((closing[run] - sum).abs() <= 1e-9 * largest, "{party} of run {run}: {} for {sum}", closing[run]);
        }
    }
    // What one party pays another receives; what is lost by some is owed no more by others.
    for line in ["interest", "liquidation", "losses"] {
        let of_parties = PARTIES.map(|party| column(format!("lending_{party}_{line}_usd")));
        for run in 0..6 {
            let sum: f64 = of_parties.iter().map(|values| values[run]).sum();
            let scale = of_parties.iter().map(|values| values[run].abs()).fold(1.0, f64::max);
            assert!(sum.abs() <= 1e-9 * scale, "{line} of run {run}: {sum} of {scale}");
        }
    }
    // It is the statement of something that happened.
    let sums = |name: &str| column(name.to_owned()).iter().sum::<f64>();
    assert!(sums("lending_liquidations") > 20.0 && sums("lending_suppliers_interest_usd") > 0.0);
    // What liquidators kept is their bonus less slippage and gas, and what was seized is what was repaid and their bonus.
    for run in 0..6 {
        let at = |name: &str| column(name.to_owned())[run];
        let kept = at("lending_liquidated_usd") - at("lending_repaid_usd") - at("lending_sale_cost_usd");
        let told = at("lending_liquidators_usd") - at("lending_liquidators_gas_usd");
        assert!((kept - told).abs() <= 1e-9 * at("lending_liquidated_usd").max(1.0), "run {run}: {kept} for {told}");
        let borne: f64 =
            ["reserve", "backstop", "suppliers"].map(|who| at(&format!("bad_debt_on_{who}_usd"))).iter().sum();
        let bad = at("lending_bad_debt_usd");
        assert!((borne - bad).abs() <= 1e-9 * bad.max(1.0), "run {run}: {borne} borne of {bad}");
    }
}

/// Bits of every figure but audits of the books and what `own` says belongs to what was added.
fn bits(ensemble: &Ensemble, own: impl Fn(&str) -> bool) -> Vec<(String, Vec<u64>)> {
    let audits = ["identity_residual", "ledger_residual"];
    let others = |name: &str| !audits.contains(&name) && !own(name);
    let list = dictionary().iter().filter(|metric| others(&metric.name));
    list.map(|metric| (metric.name.clone(), ensemble.column(metric.id).into_iter().map(f64::to_bits).collect()))
        .collect()
}

/// Six runs of a scenario under one seed.
fn runs_of(text: &str, patches: &[&str]) -> Ensemble {
    let ensemble = simulate(&model(text, patches), Plan { seed: 7, runs: 6 }, &Silent);
    assert_eq!(ensemble.failures, []);
    ensemble
}

fn same(one: &[(String, Vec<u64>)], other: &[(String, Vec<u64>)]) {
    for ((name, before), (_, after)) in one.iter().zip(other) {
        assert_eq!(before, after, "{name}");
    }
    assert!(one.len() > 100);
}

#[test]
fn loans_that_nobody_liquidates_change_nothing_else() {
    let of_loans = |name: &str| ["lending_", "bad_debt_", "spiral_"].iter().any(|own| name.starts_with(own));
    let alone = runs_of(without_lending(), &[]);
    // A margin that no liquidation brings: everything is looked at, and nothing is done.
    let sold = "[lending.main]\nliquidators.margin_usd = 1e6\n";
    let idle =
        BESIDE.replace("[lending.main]\n", sold).replace("rules = { compound = {} }", "liquidators.margin_usd = 1e6");
    let tokens: String = idle.lines().filter(|line| !line.contains("lp")).flat_map(|line| [line, "\n"]).collect();
    let lent = runs_of(&tokens, &[]);
    same(&bits(&alone, of_loans), &bits(&lent, of_loans));
    let column = |name: &str| crate::support::column(&lent, name);
    assert!(column("lending_liquidations").iter().all(|count| *count == 0.0));
    assert!(column("lending_unpaid_liquidations").iter().sum::<f64>() > 10.0);
}

#[test]
fn an_oracle_that_nobody_uses_changes_nothing_else() {
    let bare = without_lending().split("[oracles.feed]").next().unwrap().to_owned()
        + "[migration]\nopens = \"2024-03-03\"\nmechanism.rebalancing = {}\n";
    let of_oracles = |name: &str| name.contains("oracle") || name.contains("attack");
    let (alone, read) = (runs_of(&bare, &[]), runs_of(without_lending(), &[]));
    same(&bits(&alone, of_oracles), &bits(&read, of_oracles));
    // And beside lending markets: a third oracle is named, and nobody values anything by it.
    let more = "oracles.more.feed={ deviation = 0.0001, heartbeat = \"10m\" }";
    let (lent, read) = (runs_of(BESIDE, &[]), runs_of(BESIDE, &[more]));
    same(&bits(&lent, of_oracles), &bits(&read, of_oracles));
}

#[test]
fn a_run_is_the_same_in_any_company() {
    let model = model(BESIDE, &[]);
    let on = |threads: usize, runs: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(&model, Plan { seed: 7, runs }, &Silent))
    };
    let (alone, together, first) = (on(1, 5), on(3, 5), on(2, 3));
    for index in 0..dictionary().len() {
        let bits = |ensemble: &Ensemble| -> Vec<u64> {
            ensemble.column(dictionary()[index].id).into_iter().map(f64::to_bits).collect()
        };
        let (one, other) = (bits(&alone), bits(&together));
        assert_eq!(one, other, "{}", dictionary()[index].name);
        assert_eq!(one[..3], bits(&first), "{}", dictionary()[index].name);
    }
}

#[test]
fn shares_are_valued_when_the_protocols_part_is_minted() {
    // A part of the fees is minted as shares when somebody redeems: what is seized is worth what those lose who had pledged it.
    let minted =
        "pools.old.curve={ constant_product = { fee_bps = 100, protocol_share = 0.5, fees = \"compounded\" } }";
    let step = "lending.main.reserves.lp.steps=[{ at = 2024-03-04, loan_to_value = 0.3, threshold = 0.5 }]";
    // A run whose books disagree by more than 1e-9 fails, and with it the ensemble.
    let runs = ensemble(&model(BESIDE, &[minted, step]), 3);
    assert!(crate::support::column(&runs, "lending_liquidations_by_steps").iter().all(|count| *count > 10.0));
}
