//! One run of a migration: its state, the agents in it, the model that it follows, and the blocks that it goes through.
//!
//! # State
//! [`world::World`] is two halves that are borrowed apart. [`world::Books`] hold what every part of a run reads and moves: ledger and
//! accounts, pools and their owners, providers, prices, the chains (one, or two with a bridge between them), programmes, and the record of
//! the plan. [`world::Instruments`] stand on the books, each with a state of its own: oracles, lending markets, perpetual exchanges, vaults
//! of options, margined positions, the network of mutual claims. An instrument is handed the books and what oracles read, and knows
//! no other instrument.
//!
//! # A block
//! [`run::Engine`] draws prices and gas ahead and then goes through the blocks. A block is a list of phases (`run/phases.rs`), each a
//! function of the parts that it touches:
//!
//! 1. reference prices; curves and fees that change with time
//! 2. gas price and room of each chain
//! 3. dated events, then tasks that are due in the course of the plan (`run/plan_execution`)
//! 4. top-of-block arbitrage
//! 5. oracle readings
//! 6. liquidity: messages of the bridge, requests that waited, reviews; then requests of a user's own agents
//! 7. traders' orders
//! 8. attacks on oracles; pools close at their prices for the oracles that read them
//! 9. health checks and liquidations
//! 10. gas markets move on; at the end of an observation interval everything that is read, paid and decided then
//!     (`run/observation.rs`): rewards, the market view, the gates of the plan, instruments, providers, order rates, the network, observers
//! 11. a user's own agents look at the confirmed block
//!
//! What is sparse waits in a clock or a queue, and costs one comparison in a block in which it is not due.
//!
//! # Another instrument
//! Its laws without a run stand in a lower crate. Here it is a module of `world` with the trait `Instrument` (open, observe, close,
//! residual, and the law that a failed run names), a field of [`world::Instruments`] with a line in each of open, observe, close and laws
//! (`world/instruments.rs`), and its terms in [`model::Model`] and `model/openings.rs`.
//!
//! # Where the speed comes from
//!
//! Normals, prices, order sizes and waiting times are drawn ahead in small blocks in loops that vectorise; the market
//! loop is scalar. Pools cache sqrt(k) and, scaled by it, the square roots of the two prices at which arbitrage begins
//! to pay, so that a quiet block is two comparisons a pool and a fill needs no division for them. An aggregated order
//! over two constant products or ranges is divided in closed form on a path of its own, which hands the router's swaps
//! on instead of quoting them again. A concentrated pool steps over ticks from a cursor; pools look at one another only
//! after a block that left a gap. Review clocks of all providers are superposed into one exponential clock and an alias
//! table; awareness, the hazard of the passive, the share that a herd follows and the outflow that a run flees from are
//! thresholds crossed by processes of the whole population (`agents/crowd.rs`: sorted once, one step a provider that
//! acts). `cargo bench` prints the cost beside a bare kernel.

pub mod agent;
pub mod agents;
pub mod model;
pub mod run;
pub mod world;
