//! Snapshots: the state that a migration moves, as a Merkle tree that contracts and the npm package understand, and its verification.
//!
//! `tree`, `hex` and `encoding` know bytes only; `state` reads a run; `dump` and `proofs` are the two files; `verification` holds
//! a file against itself.
//!
//! # The state as leaves
//!
//! `portage snapshot` runs one run again with [`Capture`], which takes the state of the old version's pools at one
//! observation: an entry for each provider, the treasury and holders that are not modelled (owner, pool, lower and
//! upper tick, amount in units of 1e-18, rounded down). Addresses follow from names, so that they are the same every
//! time. The entries are the leaves of a tree in OpenZeppelin's format, `standard-v1`: its npm package reads the file
//! as it is, and makes the same root and proofs. `portage verify` recomputes all of it, or a sample; what it finds
//! wrong it names by entry or node. The modules `tree`, `hex` and `encoding` know bytes only.

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
