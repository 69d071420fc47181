//! What a block costs: W1, W2 and W3 through the whole engine, with ledger, metrics and recording on, beside the leanest
//! loop that one can write for W1 and W2, and on one thread against all of them.
//!
//! Read the ratios: absolute times depend on the machine and on who else is on it.

#[path = "kernels.rs"]
mod kernels;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use portage::engine::Engine;
use portage::model::{Library, Model};
use portage::montecarlo::{Plan, Progress, simulate, simulate_one};
use portage::scenario::{Scenario, document::Document, grammar};
use std::cell::Cell;
use std::time::Instant;

/// Blocks of the 30 days of every workload.
const BLOCKS: u64 = 216_000;

fn main() {
    compare();
    divan::main();
}

fn model(text: &str) -> Model {
    let document = Document::parse("workload", text).expect("a workload is TOML");
    let scenario: Scenario = grammar::read(&document).expect("a workload breaks no rule");
    Model::build(&scenario, &Library::default()).expect("a workload breaks no cross rule")
}

fn workloads() -> [(&'static str, Model); 3] {
    [
        ("W1", model(include_str!("workloads/w1.toml"))),
        ("W2", model(include_str!("workloads/w2.toml"))),
        ("W3", model(include_str!("workloads/w3.toml"))),
    ]
}

struct Silent;

impl Progress for Silent {
    fn finished(&self) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Median seconds of `rounds` calls after one that is not counted.
fn median_seconds(rounds: usize, mut call: impl FnMut(u64)) -> f64 {
    call(0);
    let mut seconds: Vec<f64> = (1..=rounds as u64)
        .map(|round| {
            let begun = Instant::now();
            call(round);
            begun.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[rounds / 2]
}

/// The table of targets: ns per block, the ratio to the bare kernel, runs per second on one thread and on all.
fn compare() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = |count: usize| rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("a thread pool");
    let (one, all) = (pool(1), pool(threads));
    println!("{BLOCKS} blocks a run; medians of 9; {threads} threads\n");
    println!("       ns/block    bare kernel    ratio    runs/s on 1    runs/s on {threads}    speed-up");
    for (name, model) in workloads() {
        let mut engine = Engine::new(&model);
        let engine_ns = median_seconds(9, |run| {
            black_box(simulate_one(&model, &mut engine, 1, run));
        }) / BLOCKS as f64
            * 1e9;
        let bare: Option<fn(u64, u64) -> f64> = match name {
            "W1" => Some(kernels::one_pool),
            "W2" => Some(kernels::two_pools),
            _ => None,
        };
        let bare_ns = bare.map(|kernel| {
            median_seconds(9, |run| {
                black_box(kernel(run, BLOCKS));
            }) / BLOCKS as f64
                * 1e9
        });
        // Alone and together in turn, so that both meet the same noise; the speed-up is the median of the pairs' ratios.
        let runs = 128;
        let seconds = |pool: &rayon::ThreadPool| {
            let begun = Instant::now();
            drop(black_box(pool.install(|| simulate(&model, Plan { seed: 1, runs }, &Silent))));
            begun.elapsed().as_secs_f64()
        };
        let mut pairs: Vec<[f64; 2]> = (0..5).map(|_| [seconds(&one), seconds(&all)]).collect();
        pairs.sort_by(|a, b| (a[0] / a[1]).total_cmp(&(b[0] / b[1])));
        let (alone, together) = (runs as f64 / pairs[2][0], runs as f64 / pairs[2][1]);
        let kernel = bare_ns.map_or("        -".to_owned(), |ns| format!("{ns:9.1}"));
        let ratio = bare_ns.map_or("      -".to_owned(), |ns| format!("{:7.2}", engine_ns / ns));
        println!(
            "{name}     {engine_ns:8.1}      {kernel}  {ratio}       {alone:8.1}       {together:8.1}       {:5.2}",
            together / alone
        );
    }
    println!();
}

#[divan::bench(args = ["W1", "W2", "W3"])]
fn run(bencher: Bencher<'_, '_>, name: &str) {
    let [first, second, third] = workloads();
    let model = [first, second, third].into_iter().find(|(known, _)| *known == name).expect("a known workload").1;
    let (mut engine, seed) = (Engine::new(&model), Cell::new(0));
    bencher.counter(ItemsCount::new(BLOCKS)).bench_local(|| {
        seed.set(seed.get() + 1);
        simulate_one(&model, &mut engine, 1, seed.get())
    });
}

#[divan::bench(args = ["W1", "W2"])]
fn bare_kernel(bencher: Bencher<'_, '_>, name: &str) {
    let kernel = if name == "W1" { kernels::one_pool } else { kernels::two_pools };
    let seed = Cell::new(0);
    bencher.counter(ItemsCount::new(BLOCKS)).bench_local(|| {
        seed.set(seed.get() + 1);
        kernel(seed.get(), BLOCKS)
    });
}
