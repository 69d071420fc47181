//! The genuine compiled Uniswap contracts as a source of truth for tests.
//!
//! [`installed`] reads the bytecode from the npm packages of its authors (`npm ci` in this folder; it is licensed by
//! them and never stored in this repository), [`Evm`] executes it, [`V2Pair`] and [`V3Pool`] speak to it in integers.
//! All amounts are base units. A failing call is `None` where the caller may expect a refusal, a panic elsewhere:
//! this package serves tests only.

mod artifacts;
mod machine;
mod payer;
mod record;
pub mod trace;
mod v2;
mod v3;

pub use artifacts::{Artifacts, PACKAGES, installed};
pub use machine::Evm;
pub use record::{record_v2, record_v3};
pub use revm::primitives::{Address, I256, U256};
pub use v2::V2Pair;
pub use v3::{Slot0, V3Pool};
