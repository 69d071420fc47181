//! What a block costs: W1, W2 and W3 through the whole engine, with ledger, metrics and recording on, beside the leanest
//! loop that one can write for W1 and W2, and on one thread against all of them; then W2 and W3 with every pair of curves.
//!
//! Read the ratios: absolute times depend on the machine and on who else is on it. What is compared is therefore timed in turn.

#[path = "kernels.rs"]
mod kernels;
#[path = "timing.rs"]
mod timing;
#[path = "workloads.rs"]
mod workloads;

use divan::Bencher;
use divan::counter::ItemsCount;
use portage::engine::model::Model;
use portage::engine::run::Engine;
use portage::results::montecarlo::{Plan, Progress, simulate, simulate_one};
use std::cell::Cell;
use timing::{BLOCKS, median, model, seconds};
use workloads::{W1, W2, W3, between_dollars, per_block, run_ns, with_curves};

/// Runs of which the table of targets takes the median, and those of the table of curves.
const ROUNDS: u64 = 15;
const ROUNDS_OF_CURVES: u64 = 5;

/// Nanoseconds per block that the workloads may take on the machine on which they were set.
const TARGETS_NS: [f64; 3] = [15.0, 80.0, 90.0];

type Kernel = fn(u64, u64) -> f64;

fn main() {
    compare();
    compare_curves();
    divan::main();
}

fn named() -> [(&'static str, Model, Kernel); 3] {
    [
        ("W1", model(W1), kernels::one_pool),
        ("W2", model(W2), kernels::two_pools),
        // W3 has no kernel of its own: beside that of W2, what is left is its 1,000 providers.
        ("W3", model(W3), kernels::two_pools),
    ]
}

struct Silent;

impl Progress for Silent {
    fn finished(&self) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The table of targets: ns per block, the bare kernel and the median of the ratios to it, runs per second.
fn compare() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = |count: usize| rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("a thread pool");
    let (one, all) = (pool(1), pool(threads));
    println!("{BLOCKS} blocks a run; medians of {ROUNDS}; {threads} threads; W3 beside the kernel of W2\n");
    println!("       ns/block   target   bare kernel   ratio   runs/s on 1   runs/s on {threads}   speed-up");
    for ((name, model, kernel), target) in named().into_iter().zip(TARGETS_NS) {
        let mut engine = Engine::new(&model);
        let rounds = (0..ROUNDS).map(|run| {
            let bare = per_block(seconds(|| kernel(run, BLOCKS)));
            (run_ns(&model, &mut engine, run), bare)
        });
        let (whole, bare): (Vec<f64>, Vec<f64>) = rounds.unzip();
        let ratio = median(whole.iter().zip(&bare).map(|(whole, bare)| whole / bare).collect());
        // Alone and together in turn, so that both meet the same noise; the speed-up is the median of the pairs' ratios.
        let runs = 128;
        let time =
            |pool: &rayon::ThreadPool| seconds(|| pool.install(|| simulate(&model, Plan { seed: 1, runs }, &Silent)));
        let mut pairs: Vec<[f64; 2]> = (0..5).map(|_| [time(&one), time(&all)]).collect();
        pairs.sort_by(|a, b| (a[0] / a[1]).total_cmp(&(b[0] / b[1])));
        let (alone, together) = (runs as f64 / pairs[2][0], runs as f64 / pairs[2][1]);
        println!(
            "{name}     {:8.1}   {target:6.0}      {:8.1} {ratio:7.2}      {alone:8.1}      {together:8.1}      {:5.2}",
            median(whole),
            median(bare),
            together / alone
        );
    }
    println!();
}

const PRODUCT: (&str, &str) = ("constant product", "constant_product = { fee_bps = 30 }");
const CONCENTRATED: (&str, &str) = ("concentrated", "concentrated = { fee_bps = 30 }");
const EVEN: (&str, &str) = ("weighted 50/50", "weighted = { fee_bps = 30, weights = { ETH = 0.5, USD = 0.5 } }");
const UNEVEN: (&str, &str) = ("weighted 80/20", "weighted = { fee_bps = 30, weights = { ETH = 0.8, USD = 0.2 } }");
const STABLE: (&str, &str) = ("StableSwap", "stable_swap = { fee_bps = 4, amplification = 200 }");
const STABLE_PRODUCT: (&str, &str) = ("constant product", "constant_product = { fee_bps = 4 }");
const STABLE_CONCENTRATED: (&str, &str) = ("concentrated", "concentrated = { fee_bps = 5 }");

/// W2 and W3 with every pair of curves: ns per block, and the median ratio to two constant products timed in turn with them.
fn compare_curves() {
    let curves = [PRODUCT, CONCENTRATED, EVEN, UNEVEN];
    let volatile = (0..curves.len()).flat_map(|a| (a..curves.len()).map(move |b| (a, b)));
    let mut pairs: Vec<_> = volatile.map(|(a, b)| (curves[a], curves[b], false)).collect();
    let dollars = [STABLE_PRODUCT, STABLE_CONCENTRATED, STABLE].map(|other| (STABLE, other, true));
    pairs.extend(dollars);
    println!(
        "Medians of {ROUNDS_OF_CURVES}; the ratio is to two constant products of ETH, timed in turn; StableSwap trades two dollars\n"
    );
    println!("first pool         second pool           W2 ns/block    ratio    W3 ns/block    ratio");
    let texts = [W2, W3];
    let products = texts.map(model);
    for (first, second, is_dollars) in pairs {
        let cells = [0, 1].map(|which| {
            let text = if is_dollars { between_dollars(texts[which]) } else { texts[which].to_owned() };
            let model = model(&with_curves(&text, [first.1, second.1]));
            let (mut engine, mut product) = (Engine::new(&model), Engine::new(&products[which]));
            let rounds = (0..ROUNDS_OF_CURVES).map(|run| {
                let own = run_ns(&model, &mut engine, run);
                (own, own / run_ns(&products[which], &mut product, run))
            });
            let (own, ratio): (Vec<f64>, Vec<f64>) = rounds.unzip();
            (median(own), median(ratio))
        });
        println!(
            "{:17}  {:17}     {:11.1}  {:7.2}    {:11.1}  {:7.2}",
            first.0, second.0, cells[0].0, cells[0].1, cells[1].0, cells[1].1
        );
    }
    println!();
}

#[divan::bench(args = ["W1", "W2", "W3"], sample_count = 30)]
fn run(bencher: Bencher<'_, '_>, name: &str) {
    let model = named().into_iter().find(|(known, ..)| *known == name).expect("a known workload").1;
    let (mut engine, seed) = (Engine::new(&model), Cell::new(0));
    bencher.counter(ItemsCount::new(BLOCKS)).bench_local(|| {
        seed.set(seed.get() + 1);
        simulate_one(&model, None, &mut engine, (1, seed.get()))
    });
}

#[divan::bench(args = ["W1", "W2"], sample_count = 30)]
fn bare_kernel(bencher: Bencher<'_, '_>, name: &str) {
    let kernel = named().into_iter().find(|(known, ..)| *known == name).expect("a known workload").2;
    let seed = Cell::new(0);
    bencher.counter(ItemsCount::new(BLOCKS)).bench_local(|| {
        seed.set(seed.get() + 1);
        kernel(seed.get(), BLOCKS)
    });
}
