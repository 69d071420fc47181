//! What people cost: runs with a thousand to a million liquidity providers, their memory, and what an event takes.
//!
//! Blocks, traders and the rate of reviews of the whole population are the same in every row, so that what grows with the number of
//! providers is the opening alone; in a second table reviews grow with them.

#[path = "timing.rs"]
mod timing;

use portage::engine::model::Model;
use portage::engine::run::{Engine, Movement, Observer, Unwatched};
use portage::engine::world::Books;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use timing::{BLOCKS, median, model, seconds};

/// Runs of which the tables take the median.
const ROUNDS: u64 = 5;

const CROWD: &str = include_str!("workloads/crowd.toml");

/// Bytes that are allocated, and the most that were.
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Weighing;

fn grow(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call is handed on to the system's allocator unchanged; counting touches two atomics that need no allocation.
unsafe impl GlobalAlloc for Weighing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        grow(size);
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Weighing = Weighing;

/// Counts moves.
#[derive(Default)]
struct Moves(u64);

impl Observer for Moves {
    fn moved(&mut self, _movement: &Movement, _books: &Books) {
        self.0 += 1;
    }
}

fn main() {
    let sizes = [1_000_u32, 10_000, 100_000, 1_000_000];
    println!("{BLOCKS} blocks a run, two pools, two programmes; medians of {ROUNDS} on one thread\n");
    println!("The same 1,000 reviews a day, whoever makes them:");
    table(&sizes.map(|count| (count, 1_000.0 / f64::from(count))));
    println!("A review a month by each:");
    table(&sizes.map(|count| (count, 1.0 / 30.0)));
}

fn table(rows: &[(u32, f64)]) {
    println!(
        "providers    opening ms   run ms, opening apart   ns/block   reviews   moves   peak bytes/provider   whole run, times the first"
    );
    let mut first = None;
    for &(count, reviews_per_day) in rows {
        let text = CROWD.replace("COUNT", &count.to_string()).replace("REVIEWS", &format!("{reviews_per_day:e}"));
        let model = model(&text);
        let (whole, opening): (Vec<f64>, Vec<f64>) = (0..ROUNDS).map(|run| times(&model, run)).unzip();
        let (whole, opening) = (median(whole), median(opening));
        let before = HELD.load(Ordering::Relaxed);
        PEAK.store(before, Ordering::Relaxed);
        let mut moves = Moves::default();
        drop(Engine::new(&model).run(&model, 1, 0, &mut moves));
        let bytes = (PEAK.load(Ordering::Relaxed) - before) as f64 / f64::from(count);
        let rest = whole - opening;
        println!(
            "{count:9}    {:10.1}   {:21.1}   {:8.1}   {:7.0}   {:5}   {bytes:19.0}   {:26.2}",
            opening * 1e3,
            rest * 1e3,
            rest / BLOCKS as f64 * 1e9,
            f64::from(count) * reviews_per_day * 30.0,
            moves.0,
            whole / *first.get_or_insert(whole)
        );
    }
    println!();
}

/// Seconds of a whole run and of its opening.
fn times(model: &Model, run: u64) -> (f64, f64) {
    let mut engine = Engine::new(model);
    let whole = seconds(|| engine.run(model, 1, run, &mut Unwatched));
    (whole, seconds(|| model.genesis(1, run)))
}
