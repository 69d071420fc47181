//! No block allocates: a run twice as long allocates exactly as often.

use crate::support::{ONE_POOL, model};
use portage::engine::run::{Engine, Unwatched};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator unchanged; counting touches a thread-local cell that needs no
// allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(text: &str, horizon: &str) -> u64 {
    let model = model(text, &[&format!("horizon={horizon}")]);
    let mut engine = Engine::new(&model);
    let before = ALLOCATIONS.with(Cell::get);
    let world = engine.run(&model, 1, 0, &mut Unwatched);
    let after = ALLOCATIONS.with(Cell::get);
    assert!(world.books.seconds > 0.0);
    after - before
}

/// Everything at once: chain, two pools, people who move, traders, programme.
const BUSY: &str = include_str!("../../scenarios/quickstart.toml");

#[test]
fn a_longer_run_allocates_no_more() {
    assert_eq!(allocations(ONE_POOL, "2d"), allocations(ONE_POOL, "6d"));
    let busy = BUSY.replace("2024-03-20", "2024-03-15").replace("2024-03-17", "2024-03-14");
    assert_eq!(allocations(&busy, "20d"), allocations(&busy, "60d"));
    assert_eq!(allocations(crate::chains::ACROSS, "6d"), allocations(crate::chains::ACROSS, "18d"));
    // And with oracles that are weighed and attacked.
    let lender = "[oracles.lender]\nreads = \"old\"\naverage.twap = { blocks = 5 }\nrelies = { borrowable_usd = 30e6 }\nattackers = { presence.watching = { probability = 1.0 }, capital_usd = 1e9 }\n[providers]";
    let lent = busy.replace("[providers]", lender);
    assert_ne!(lent, busy);
    assert_eq!(allocations(&lent, "20d"), allocations(&lent, "60d"));
    // And with means, a switch and a feed.
    let fed = "[oracles.mean]\nreads = \"old\"\naverage.geometric_twap = { blocks = 150 }\nswitch = { at = \"2024-03-12\", to_feed = { delay = \"10m\", heartbeat = \"20m\" } }\n[oracles.feed]\nfeed = { down = [{ from = \"2024-03-05\", lasting = \"1d\" }] }\n[providers]";
    let fed = busy.replace("[providers]", fed);
    assert_ne!(fed, busy);
    assert_eq!(allocations(&fed, "20d"), allocations(&fed, "60d"));
    // And with crowds that act: a herd, a run, and integrators in lumps.
    let crowds = "[providers]\nuncertainty = 1.0\nherding = { share = 0.5, threshold_mean = 0.2, threshold_sd = 0.1 }\nrun = { share = 0.5, threshold_mean = 0.02, threshold_sd = 0.02 }";
    let crowded = busy.replace("[providers]", crowds).replace("count = 3, ", "count = 3, lumps = 2, ");
    assert_ne!(crowded, busy);
    assert_eq!(allocations(&crowded, "20d"), allocations(&crowded, "60d"));
    // And with margined positions that are kept up, frozen, released and liquidated.
    let split = "[migration]\npositions = { count = 500, notional_usd = 1e8, moves = { split = { positions_per_day = 40, gap = \"1d\" } } }\n";
    let margined = busy.replace("[migration]\n", split);
    assert_ne!(margined, busy);
    assert_eq!(allocations(&margined, "20d"), allocations(&margined, "60d"));
    // And with perpetual exchanges, accounts of which are liquidated, deleveraged and moved.
    let perps = include_str!("../../scenarios/perps-chain-move.toml");
    let thin = perps.replace("insurance_usd = 1e6", "insurance_usd = 1e3\nmark = \"book\"").replace("2e6 }", "2e4 }");
    assert_ne!(thin, perps);
    assert_eq!(allocations(&thin, "20d"), allocations(&thin, "60d"));
    // And with vaults that sell, settle and hedge options.
    let vaults = "[vaults.calls]\ndeposits_usd = 5e6\ntenor = \"2d\"\nstrategy.covered_call = { strike.delta = 0.25 }\n[vaults.book]\ndeposits_usd = 5e6\ntenor = \"2d\"\nstrategy.delta_hedged = { notional_usd = 3e6 }\n[migration]\n";
    let sold = busy.replace("[migration]\n", vaults);
    assert_ne!(sold, busy);
    assert_eq!(allocations(&sold, "20d"), allocations(&sold, "60d"));
    // And with lending markets whose borrowers are liquidated, keep their positions and pledge shares of a pool, by oracles of every kind.
    let lending = crate::lending_books::BESIDE;
    assert_eq!(allocations(lending, "20d"), allocations(lending, "60d"));
}
