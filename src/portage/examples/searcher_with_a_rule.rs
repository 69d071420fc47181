//! A searcher with a rule of its own: nobody else arbitrages this pool, and it trades it back to the reference price whenever that
//! pays twice its gas.
//!
//! `cargo run --release -p portage --example searcher_with_a_rule`

use portage::agent::{Agent, AgentResult, Request, Turn, View, Wake};
use portage::base::stats::mean_estimate;
use portage::{Draft, Error};

/// How a figure is read from what became of an agent in one run.
type Reading = fn(&AgentResult) -> f64;

/// One pool, its traders, and no arbitrageurs.
const SCENARIO: &str = r#"
title = "A pool that nobody arbitrages"
start = "2024-01-01"
horizon = "2d"

[assets.ETH]
price.gbm = { initial_usd = 3000.0, volatility = 0.8 }

[chain]
gas_price.eip1559 = { anchor_gwei = 25.0 }

[pools.pool]
role = "old"
base = "ETH"
tvl_usd = 20e6
curve.constant_product = { fee_bps = 30 }

[traders]
orders_per_day = 1500
volume.share_of_liquidity_per_day = 0.26

[monte_carlo]
runs = 12
seed = 1
"#;

/// How many times its gas a trade must bring.
const MARGIN: f64 = 2.0;

/// The searcher: it remembers nothing.
struct Searcher;

impl Agent for Searcher {
    fn name(&self) -> &str {
        "searcher"
    }

    fn endowment(&self) -> Vec<(String, f64)> {
        vec![("ETH".to_owned(), 500.0), ("USD".to_owned(), 1.5e6)]
    }

    fn act(&mut self, view: &View<'_>, turn: &mut Turn<'_>) -> Wake {
        let (Some(pool), Some(eth)) = (view.pool_named("pool"), view.token("ETH")) else { return Wake::Never };
        let Some(price) = view.price_usd(eth) else { return Wake::Never };
        if let Some(request) = view.to_price(pool, price) {
            let gas_usd = view.gas_usd(&request);
            if let Request::Swap { pay, get, amount_in, min_out, .. } = request {
                let usd = |token| view.price_usd(token).unwrap_or(0.0);
                let gain_usd = min_out * usd(get) - amount_in * usd(pay);
                if gain_usd > MARGIN * gas_usd && amount_in < view.balance(pay) {
                    // The pool moves until the next block: it takes less, but never what would not pay the gas.
                    let least_out = (amount_in * usd(pay) + gas_usd) / usd(get);
                    turn.ask(Request::Swap { pool, pay, get, amount_in, min_out: least_out });
                }
            }
        }
        Wake::After(1)
    }
}

/// Simulates the searcher and prints what came of it.
pub fn main() -> Result<(), Error> {
    let study = Draft::text("searcher.toml", SCENARIO).check()?;
    let crew = |_run| -> Vec<Box<dyn Agent>> { vec![Box::new(Searcher)] };
    let (with, without) = (study.simulation().agents(&crew).finish(), study.simulation().finish());
    let runs: Vec<_> = with.ensemble.agents.iter().flatten().collect();
    println!("{} runs of two days", runs.len());
    let lines: [(&str, Reading); 5] = [
        ("trading profit, USD", |agent| -agent.statement.slippage),
        ("gas, USD", |agent| -agent.statement.gas),
        ("together, USD", |agent| -agent.statement.slippage - agent.statement.gas),
        ("trades", |agent| agent.book.done as f64),
        ("failed trades", |agent| agent.book.refused as f64),
    ];
    for (name, read) in lines {
        line(name, &runs.iter().map(|agent| read(agent)).collect::<Vec<f64>>());
    }
    for (name, outcomes) in [("LVR with it, USD", &with), ("LVR without it, USD", &without)] {
        line(name, &outcomes.metric("providers_lvr_usd").unwrap_or_default());
    }
    Ok(())
}

fn line(name: &str, values: &[f64]) {
    let Some(estimate) = mean_estimate(values) else { return };
    let (low, high) = estimate.interval.ends().unwrap_or((f64::NAN, f64::NAN));
    println!("{name:>22}: {:>9.1}  [{low:.1}, {high:.1}]", estimate.mean);
}
