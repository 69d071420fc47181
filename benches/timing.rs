//! Building workloads, and timing.

use portage::engine::model::Model;
use portage::scenario::{Scenario, document::Document, grammar, resolve};
use std::hint::black_box;
use std::time::Instant;

/// Blocks of the 30 days of every workload.
pub const BLOCKS: u64 = 216_000;

pub fn model(text: &str) -> Model {
    let document = Document::parse("workload", text).expect("a workload is TOML");
    let scenario: Scenario = grammar::read(&document).expect("a workload breaks no rule");
    resolve::build(&scenario, &resolve::Library::default()).expect("a workload breaks no cross rule")
}

/// Seconds of one call, with what it returns looked at and dropped.
pub fn seconds<R>(call: impl FnOnce() -> R) -> f64 {
    let begun = Instant::now();
    drop(black_box(call()));
    begun.elapsed().as_secs_f64()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
