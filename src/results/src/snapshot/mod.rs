//! Snapshots: the state that a migration moves, as a Merkle tree that contracts and the npm package understand, and its verification.
//!
//! `tree`, `hex` and `encoding` know bytes only; `state` reads a run; `dump` and `proofs` are the two files; `verification` holds
//! a file against itself.

mod dump;
mod encoding;
mod hex;
mod identity;
mod proofs;
mod state;
mod tree;
mod units;
mod verification;

pub use dump::{Dump, ENTRY_TYPES, FORMAT, Origin, PoolOrigin, Source};
pub use encoding::{Encoding, Misfit};
pub use hex::{ADDRESS_BYTES, Address, hex, read_address, read_hex};
pub use identity::{holder_address, pool_address};
pub use proofs::{Claim, PROOFS_FORMAT, Proofs};
pub use state::{Capture, Entry, Moment, PoolState, State, last_observation};
pub use tree::{Hash, Tree, keccak256, leaf_of};
pub use units::{DECIMALS, whole_units};
pub use verification::{detection, sampled, verify, verify_entry, verify_proofs};
