//! Building models from TOML and simulating them, for the tests.

use portage::archive::{read_gas, read_prices};
use portage::engine::model::Model;
use portage::results::metrics::{Id, dictionary};
use portage::results::montecarlo::{Ensemble, Plan, Progress, simulate};
use portage::scenario::{Scenario, document::Document, grammar, resolve};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

pub struct Silent;

impl Progress for Silent {
    fn finished(&self) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The program that is tested.
pub fn portage() -> Command {
    Command::new(env!("CARGO_BIN_EXE_portage"))
}

/// Runs a command that must succeed.
pub fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The model of a scenario text, patched by `path=value` assignments.
pub fn model(text: &str, patches: &[&str]) -> Model {
    build(text, patches).unwrap_or_else(|rules| panic!("{rules:?}"))
}

/// The model of a scenario text, patched by `path=value` assignments, or the rules that it breaks.
pub fn build(text: &str, patches: &[&str]) -> Result<Model, Vec<resolve::BrokenRule>> {
    let mut document = Document::parse("test.toml", text).expect("TOML");
    for patch in patches {
        document.set(patch).unwrap_or_else(|fault| panic!("{patch}: {fault}"));
    }
    let scenario: Scenario = grammar::read(&document).unwrap_or_else(|faults| panic!("{faults:?}"));
    let (prices, gas) = resolve::Library::wanted(&scenario);
    let mut library = resolve::Library::default();
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    for name in prices {
        let series = read_prices(&name, here).map(Arc::new).map_err(resolve::Unread);
        library.prices.insert(name, series);
    }
    for name in gas {
        let series = read_gas(&name, here).map(Arc::new).map_err(resolve::Unread);
        library.gas.insert(name, series);
    }
    resolve::build(&scenario, &library)
}

/// The model of a scenario text, or why it is refused.
pub fn try_model(text: &str) -> Result<Model, String> {
    let document = Document::parse("test.toml", text).map_err(|fault| format!("{fault:?}"))?;
    let scenario: Scenario = grammar::read(&document).map_err(|faults| format!("{faults:?}"))?;
    resolve::build(&scenario, &resolve::Library::default()).map_err(|rules| format!("{rules:?}"))
}

/// `runs` runs of a model under seed 1; a failed run fails the test.
pub fn ensemble(model: &Model, runs: u64) -> Ensemble {
    let ensemble = simulate(model, Plan { seed: 1, runs }, &Silent);
    assert_eq!(ensemble.failures, [], "runs failed");
    ensemble
}

/// A metric over all runs.
pub fn column(ensemble: &Ensemble, name: &str) -> Vec<f64> {
    ensemble.column(Id::parse(name).unwrap_or_else(|| panic!("no metric {name} among {}", dictionary().len())))
}

/// Mean and standard error of the mean.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// A pool of 100 ETH and 10,000 USD under GBM of 5 % per sqrt(day), 12 s blocks, and arbitrage; 10,000 blocks.
pub const ONE_POOL: &str = r#"
title = "one pool"
start = "2024-01-01"
horizon = "120000s"
observation = "1h"
[assets.ETH]
price.gbm = { initial_usd = 100.0, volatility = 0.955248658727 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 20_000.0
curve.constant_product = { fee_bps = 30, fees = "apart" }
[arbitrage]
"#;
