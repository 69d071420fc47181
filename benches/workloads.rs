//! The workloads, with any curves in their two pools, and how long a run of them takes.

use super::timing::{BLOCKS, seconds};
use portage::engine::model::Model;
use portage::engine::run::Engine;
use portage::results::montecarlo::simulate_one;

pub const W1: &str = include_str!("workloads/w1.toml");
pub const W2: &str = include_str!("workloads/w2.toml");
pub const W3: &str = include_str!("workloads/w3.toml");

/// How W2 and W3 write the curve of either pool.
const WRITTEN: &str = "curve.constant_product = { fee_bps = 30 }";

/// W2 or W3 with other curves in its two pools.
pub fn with_curves(text: &str, curves: [&str; 2]) -> String {
    curves.iter().fold(text.to_owned(), |text, curve| text.replacen(WRITTEN, &format!("curve.{curve}"), 1))
}

/// W2 or W3 between two dollars that keep near their peg.
pub fn between_dollars(text: &str) -> String {
    let begin = text.find("[assets.ETH]").expect("a workload has ETH");
    let end = text.find("[pools.a]").expect("a workload has a pool");
    let assets = "[assets.USDC]\nprice.peg = {}\n[assets.USDT]\nprice.peg = {}\n";
    let dollars = format!("{}{assets}{}", &text[..begin], &text[end..]);
    dollars.replace("base = \"ETH\"", "base = \"USDC\"\nquote = \"USDT\"")
}

/// Nanoseconds per block of one run.
pub fn run_ns(model: &Model, engine: &mut Engine, run: u64) -> f64 {
    per_block(seconds(|| simulate_one(model, None, engine, (1, run))))
}

/// Nanoseconds per block of a run that took `seconds`.
pub fn per_block(seconds: f64) -> f64 {
    seconds / BLOCKS as f64 * 1e9
}
