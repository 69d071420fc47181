//! The Merkle tree itself: keccak256 in OpenZeppelin's standard format. It knows bytes, and nothing of a world.
//!
//! Law: a leaf is keccak256(keccak256(bytes)); leaves stand sorted by hash at the end of an array of 2n - 1 nodes, the smallest last;
//! node i is keccak256 of nodes 2i + 1 and 2i + 2, the smaller of the two first; node 0 is the root.
//! Source: the npm package `@openzeppelin/merkle-tree`, format `standard-v1`, whose roots and proofs the tests compare.

use sha3::{Digest, Keccak256};

/// A hash: 32 bytes.
pub type Hash = [u8; 32];

/// The hash of Ethereum.
#[must_use]
pub fn keccak256(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}

/// The leaf of an entry's bytes: hashed twice, so that no leaf can pass for an inner node.
#[must_use]
pub fn leaf_of(bytes: &[u8]) -> Hash {
    keccak256(&keccak256(bytes))
}

/// The node over two others, in either order.
fn node_over(one: &Hash, other: &Hash) -> Hash {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let mut pair = [0; 64];
    pair[..32].copy_from_slice(first);
    pair[32..].copy_from_slice(second);
    keccak256(&pair)
}

/// A Merkle tree over entries, which keep the order in which they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Hash>,
    /// Node of each entry's leaf.
    places: Vec<usize>,
}

impl Tree {
    /// The tree over the bytes of entries; `None` without entries.
    #[must_use]
    pub fn of<L: AsRef<[u8]>>(entries: &[L]) -> Option<Self> {
        Self::over(&entries.iter().map(|bytes| leaf_of(bytes.as_ref())).collect::<Vec<Hash>>())
    }

    /// The tree over leaves that are hashed already; `None` without leaves.
    #[must_use]
    pub fn over(leaves: &[Hash]) -> Option<Self> {
        let last = (2 * leaves.len()).checked_sub(2)?;
        let mut sorted: Vec<usize> = (0..leaves.len()).collect();
        // Stable: of two equal leaves the earlier one stands further back, as in the original.
        sorted.sort_by_key(|index| leaves[*index]);
        let mut nodes = vec![[0; 32]; last + 1];
        let mut places = vec![0; leaves.len()];
        for (rank, index) in sorted.into_iter().enumerate() {
            nodes[last - rank] = leaves[index];
            places[index] = last - rank;
        }
        for node in (0..leaves.len() - 1).rev() {
            nodes[node] = node_over(&nodes[2 * node + 1], &nodes[2 * node + 2]);
        }
        Some(Self { nodes, places })
    }

    /// A tree as a file holds it: every node, and the node of each entry. Its hashes are not looked at.
    ///
    /// # Errors
    /// Where these cannot be a tree over those entries: their numbers do not fit, or an entry has no leaf of its own.
    pub fn restore(nodes: Vec<Hash>, places: Vec<usize>) -> Result<Self, String> {
        let count = places.len();
        if count == 0 {
            return Err("there are no entries".to_owned());
        }
        if nodes.len() != 2 * count - 1 {
            return Err(format!(
                "{count} entries have a tree of {} nodes, this one has {}",
                2 * count - 1,
                nodes.len()
            ));
        }
        let mut owner = vec![None; nodes.len()];
        for (entry, place) in places.iter().enumerate() {
            if *place < count - 1 || *place >= nodes.len() {
                let (first, last) = (count - 1, nodes.len() - 1);
                return Err(format!("entry {entry} stands at node {place}; leaves are nodes {first} to {last}"));
            }
            if let Some(other) = owner[*place].replace(entry) {
                return Err(format!("entry {entry} stands at node {place}, as entry {other} does"));
            }
        }
        Ok(Self { nodes, places })
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.nodes[0]
    }

    /// Every node, the root first.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no entries; there always are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The node at which the leaf of an entry stands.
    #[must_use]
    pub fn place(&self, entry: usize) -> usize {
        self.places[entry]
    }

    /// The leaf of an entry, as the tree has it.
    #[must_use]
    pub fn leaf(&self, entry: usize) -> Hash {
        self.nodes[self.places[entry]]
    }

    /// The proof of an entry: the siblings on its way to the root, the lowest first.
    #[must_use]
    pub fn proof(&self, entry: usize) -> Vec<Hash> {
        self.direction(entry).map(|node| self.nodes[sibling(node)]).collect()
    }

    /// Whether `proof` leads from `leaf` to `root`.
    #[must_use]
    pub fn verify(root: &Hash, leaf: &Hash, proof: &[Hash]) -> bool {
        proof.iter().fold(*leaf, |node, sibling| node_over(&node, sibling)) == *root
    }

    /// The lowest inner node that is not the hash of the two below it, if any: the first in the order in which they are made.
    #[must_use]
    pub fn broken_node(&self) -> Option<usize> {
        (0..self.places.len() - 1).rev().find(|node| self.is_broken(*node))
    }

    /// The same among the nodes above an entry.
    #[must_use]
    pub fn broken_node_above(&self, entry: usize) -> Option<usize> {
        self.direction(entry).map(parent).find(|node| self.is_broken(*node))
    }

    /// The first entry whose leaf stands below a node, or at it.
    #[must_use]
    pub fn first_below(&self, node: usize) -> Option<usize> {
        let is_below = |place: usize| {
            std::iter::successors(Some(place), |at| (*at > node).then(|| parent(*at))).any(|at| at == node)
        };
        self.places.iter().position(|place| is_below(*place))
    }

    fn is_broken(&self, node: usize) -> bool {
        self.nodes[node] != node_over(&self.nodes[2 * node + 1], &self.nodes[2 * node + 2])
    }

    /// The nodes from an entry's leaf up, the root left out.
    fn direction(&self, entry: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(self.places[entry]), |node| Some(parent(*node))).take_while(|node| *node > 0)
    }
}

/// The node above; of the root, itself.
const fn parent(node: usize) -> usize {
    node.saturating_sub(1) / 2
}

/// The other node below the same one; `node` is not the root.
const fn sibling(node: usize) -> usize {
    if node.is_multiple_of(2) { node - 1 } else { node + 1 }
}
