//! A liquidity provider with a rule of its own: once a day it asks which pool has paid more fees for its value since yesterday, and
//! moves there if a week of the difference is worth the gas.
//!
//! `cargo run --release -p portage --example provider_with_a_rule`

use portage::agent::{Agent, Event, Request, Turn, View, Wake};
use portage::base::stats::mean_estimate;
use portage::{Draft, Error};

/// How a figure is read from what became of an agent in one run.
type Reading = fn(&portage::agent::AgentResult) -> f64;

/// Blocks of a day: the quickstart simulates one a minute.
const DAY: u64 = 1_440;
/// Days ahead for which it expects yesterday's difference to last.
const OUTLOOK_DAYS: f64 = 7.0;
/// What it keeps on its account for gas, USD.
const FOR_GAS_USD: f64 = 500.0;

/// The provider, and what it remembers.
struct Chaser {
    /// The pool in which it wants to stand; the old one at the opening.
    target: Option<usize>,
    /// Fees of each pool when it last looked, USD.
    fees_seen_usd: Vec<f64>,
}

impl Chaser {
    /// Fees since it last looked for each USD of a pool.
    fn yields(&mut self, view: &View<'_>) -> Vec<f64> {
        let pools: Vec<_> = (0..view.pools()).filter_map(|pool| view.pool(pool)).collect();
        let now: Vec<f64> = pools.iter().map(|pool| pool.fees_usd).collect();
        let before = std::mem::replace(&mut self.fees_seen_usd, now);
        let since = |(index, pool): (usize, &portage::agent::PoolView<'_>)| {
            let earned_usd = pool.fees_usd - before.get(index).copied().unwrap_or(0.0);
            if pool.value_usd > 0.0 && pool.takes_deposits { earned_usd / pool.value_usd } else { 0.0 }
        };
        pools.iter().enumerate().map(since).collect()
    }
}

impl Agent for Chaser {
    fn name(&self) -> &str {
        "chaser"
    }

    fn endowment(&self) -> Vec<(String, f64)> {
        vec![("ETH".to_owned(), 30.0), ("USD".to_owned(), 90_000.0 + FOR_GAS_USD)]
    }

    fn act(&mut self, view: &View<'_>, turn: &mut Turn<'_>) -> Wake {
        let (Some(eth), Some(usd)) = (view.token("ETH"), view.token("USD")) else { return Wake::Never };
        let Some(position) = view.positions().first().copied() else {
            // On the way, or at the opening: into the pool that it has chosen.
            let Some(pool) = self.target.or_else(|| view.pool_named("old")) else { return Wake::Never };
            let amounts = vec![(eth, view.balance(eth)), (usd, (view.balance(usd) - FOR_GAS_USD).max(0.0))];
            turn.ask(Request::Deposit { pool, amounts, range: None });
            return Wake::After(DAY);
        };
        let yields = self.yields(view);
        let best = (0..yields.len()).max_by(|a, b| yields[*a].total_cmp(&yields[*b])).unwrap_or(position.pool);
        let gain_usd = (yields[best] - yields[position.pool]) * OUTLOOK_DAYS * position.value_usd;
        let withdrawal = Request::Withdraw { pool: position.pool, share: 1.0 };
        if gain_usd > 2.0 * view.gas_usd(&withdrawal) {
            self.target = Some(best);
            turn.ask(withdrawal);
            return Wake::After(1);
        }
        Wake::After(DAY)
    }

    fn notified(&mut self, event: &Event) {
        if let (Request::Deposit { .. }, Err(refusal)) = (&event.request, event.result.as_ref()) {
            println!("block {}: the deposit was refused: {refusal:?}", event.block);
        }
    }
}

/// Simulates the provider and prints what came of it.
pub fn main() -> Result<(), Error> {
    let study = Draft::open("quickstart")?.set("monte_carlo.runs=12").check()?;
    let crew = |_run| -> Vec<Box<dyn Agent>> { vec![Box::new(Chaser { target: None, fees_seen_usd: Vec::new() })] };
    let outcomes = study.simulation().agents(&crew).finish();
    let runs: Vec<_> = outcomes.ensemble.agents.iter().flatten().collect();
    println!("{} runs of \"{}\"; the provider brings 180,000 USD", runs.len(), study.scenario.title);
    let lines: [(&str, Reading); 6] = [
        ("value gained", |agent| agent.pnl_usd()),
        ("of it by prices", |agent| agent.statement.market_move),
        ("of it fees", |agent| agent.statement.fees - agent.statement.protocol_fees),
        ("of it LVR", |agent| -agent.statement.lvr()),
        ("of it gas", |agent| -agent.statement.gas),
        ("deposits and withdrawals", |agent| agent.book.done as f64),
    ];
    for (name, read) in lines {
        let values: Vec<f64> = runs.iter().map(|agent| read(agent)).collect();
        let Some(estimate) = mean_estimate(&values) else { continue };
        let (low, high) = estimate.interval.ends().unwrap_or((f64::NAN, f64::NAN));
        println!("{name:>26}: {:>9.1}  [{low:.1}, {high:.1}]", estimate.mean);
    }
    Ok(())
}
