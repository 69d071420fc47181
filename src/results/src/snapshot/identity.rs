//! Addresses that nobody has a key of: a provider's and a pool's follow from their names.

use super::hex::{ADDRESS_BYTES, Address};
use super::tree::keccak256;

/// The last 20 bytes of keccak256 of a text.
fn named(text: &str) -> Address {
    let hash = keccak256(text.as_bytes());
    let mut address = [0; ADDRESS_BYTES];
    address.copy_from_slice(&hash[hash.len() - ADDRESS_BYTES..]);
    address
}

/// The address of a holder in one run: the last 20 bytes of keccak256 of `portage/holder/SEED/RUN/NAME`, where the name is a
/// provider's number (as in `moves.parquet`), `treasury` or `unmodelled`.
#[must_use]
pub fn holder_address(seed: u64, run: u64, name: &str) -> Address {
    named(&format!("portage/holder/{seed}/{run}/{name}"))
}

/// The address of a pool: the last 20 bytes of keccak256 of `portage/pool/NAME`, with its name in the scenario.
#[must_use]
pub fn pool_address(name: &str) -> Address {
    named(&format!("portage/pool/{name}"))
}
