//! Whether a snapshot is what it says: every leaf, node, sum and proof recomputed, or those of a sample of entries.

use super::dump::{Dump, ENTRY_TYPES, Origin, value_misfit};
use super::hex::{hex, shown};
use super::identity::{holder_address, pool_address};
use super::proofs::Proofs;
use super::tree::{Tree, leaf_of};
use ethnum::U256;
use portage_base::random::Stream;
use serde_json::Value;

/// Probability that a sample of entries shows an error at all, if each is wrong with a probability of `error_rate` in [0, 1].
///
/// Law: 1 - (1 - e)^n for `sample` independent draws; drawn without putting back, as here, it is at least that.
#[must_use]
pub fn detection(error_rate: f64, sample: usize) -> f64 {
    // Where every entry is wrong, ln(1 - 1) is minus infinity, and an empty sample would make it no number.
    if sample == 0 { 0.0 } else { -libm::expm1(sample as f64 * libm::log1p(-error_rate)) }
}

/// `sample` different entries of `count` at random, ascending; all of them where there are no more.
#[must_use]
pub fn sampled(count: usize, sample: usize, seed: u64) -> Vec<usize> {
    let mut stream = Stream::open(seed, 0, "verify/sample");
    let mut drawn = rand::seq::index::sample(&mut stream, count, sample.min(count)).into_vec();
    drawn.sort_unstable();
    drawn
}

/// Verifies everything: each leaf against its values, each node against those below it, the root, the sums of the pools.
///
/// # Errors
/// A sentence that names the first entry, node or pool that is wrong.
pub fn verify(dump: &Dump) -> Result<(), String> {
    for entry in 0..dump.values.len() {
        verify_leaf(dump, entry)?;
    }
    if let Some(node) = dump.tree.broken_node() {
        return Err(broken(dump, node));
    }
    verify_root(dump)?;
    verify_origin(dump)
}

/// Verifies one entry: its leaf, and the nodes from it to the root.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn verify_entry(dump: &Dump, entry: usize) -> Result<(), String> {
    if entry >= dump.values.len() {
        return Err(format!("there is no entry {entry}; expected 0 to {}", dump.values.len() - 1));
    }
    verify_leaf(dump, entry)?;
    if let Some(node) = dump.tree.broken_node_above(entry) {
        return Err(broken(dump, node));
    }
    verify_root(dump)
}

/// Verifies the proofs of `entries` against the values and the root of the snapshot, after [`verify`] or [`verify_entry`] has passed
/// these entries: a proof that is the tree's own way to the root then needs no hashing again.
///
/// # Errors
/// A sentence that names the first entry whose proof is wrong.
pub fn verify_proofs(dump: &Dump, proofs: &Proofs, entries: impl Iterator<Item = usize>) -> Result<(), String> {
    let root = dump.tree.root();
    if proofs.root != root {
        return Err(format!(
            "root: the proofs lead to {}, the root of the snapshot is {}",
            hex(&proofs.root),
            hex(&root)
        ));
    }
    if proofs.types != dump.encoding.names() {
        return Err(format!(
            "leafEncoding: the proofs are over ({}), the snapshot over ({})",
            proofs.types.join(", "),
            dump.encoding.names().join(", ")
        ));
    }
    if proofs.claims.len() != dump.values.len() {
        return Err(format!("there are {} proofs for {} entries", proofs.claims.len(), dump.values.len()));
    }
    for entry in entries {
        let claim = &proofs.claims[entry];
        if claim.value != dump.values[entry] {
            return Err(format!("proofs[{entry}].value: not the values of {}", dump.named(entry)));
        }
        if !dump.tree.proof(entry).eq(&claim.proof) && !Tree::verify(&root, &dump.tree.leaf(entry), &claim.proof) {
            return Err(format!("proofs[{entry}].proof: it does not lead from {} to the root", dump.named(entry)));
        }
    }
    Ok(())
}

fn verify_leaf(dump: &Dump, entry: usize) -> Result<(), String> {
    let bytes = dump.encoding.encode(&dump.values[entry]).map_err(|misfit| value_misfit(entry, misfit))?;
    let (leaf, stored) = (leaf_of(&bytes), dump.tree.leaf(entry));
    if leaf == stored {
        return Ok(());
    }
    let (named, place) = (dump.named(entry), dump.tree.place(entry));
    Err(format!("{named}: its leaf is {}, but tree[{place}] is {}", hex(&leaf), hex(&stored)))
}

fn verify_root(dump: &Dump) -> Result<(), String> {
    let root = dump.tree.root();
    match dump.root.filter(|stated| *stated != root) {
        Some(stated) => Err(format!("root: the file states {}, its tree has {}", hex(&stated), hex(&root))),
        None => Ok(()),
    }
}

fn broken(dump: &Dump, node: usize) -> String {
    let below = dump.tree.first_below(node).map(|entry| format!("; the first entry below it is {}", dump.named(entry)));
    format!(
        "tree[{node}] is not the hash of tree[{}] and tree[{}]{}",
        2 * node + 1,
        2 * node + 2,
        below.unwrap_or_default()
    )
}

/// The snapshot of a run: owners and pools have the addresses of their names, and the entries of each pool its sum.
fn verify_origin(dump: &Dump) -> Result<(), String> {
    let Some(origin) = &dump.origin else { return Ok(()) };
    if dump.encoding.names() != ENTRY_TYPES {
        return Err(format!("leafEncoding: a snapshot of a run is over ({})", ENTRY_TYPES.join(", ")));
    }
    if origin.holders.len() != dump.values.len() {
        return Err(format!("portage.holders: {} holders for {} entries", origin.holders.len(), dump.values.len()));
    }
    let mut sums = vec![U256::ZERO; origin.pools.len()];
    for (index, pool) in origin.pools.iter().enumerate() {
        if pool.address != hex(&pool_address(&pool.name)) {
            return Err(format!("portage.pools[{index}].address: not that of the pool {}", shown(&pool.name)));
        }
    }
    for (entry, value) in dump.values.iter().enumerate() {
        let (pool, amount) = owned(origin, entry, value).ok_or_else(|| {
            format!(
                "{}: not owned by the holder of portage.holders[{entry}], in none of the pools, or no amount",
                dump.named(entry)
            )
        })?;
        sums[pool] = sums[pool]
            .checked_add(amount)
            .ok_or_else(|| format!("{}: with it the pool is more than 256 bits hold", dump.named(entry)))?;
    }
    for (index, (pool, sum)) in origin.pools.iter().zip(sums).enumerate() {
        if pool.owned != sum.to_string() {
            return Err(format!("portage.pools[{index}].owned: {}, but its entries own {sum}", shown(&pool.owned)));
        }
    }
    Ok(())
}

/// Pool and amount of an entry, if its owner and its pool are those that the origin names.
fn owned(origin: &Origin, entry: usize, value: &[Value]) -> Option<(usize, U256)> {
    let [owner, pool, _, _, amount] = value else { return None };
    let address = hex(&holder_address(origin.seed, origin.run, &origin.holders[entry]));
    let pool = origin.pools.iter().position(|known| *pool == known.address)?;
    let amount = U256::from_str_radix(amount.as_str()?, 10).ok()?;
    (*owner == address).then_some((pool, amount))
}
