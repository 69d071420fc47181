//! The file of a snapshot: what `StandardMerkleTree.load` of the npm package reads, and beside it where it came from.

use super::encoding::{Encoding, Misfit};
use super::hex::{HashText, hex};
use super::identity::{holder_address, pool_address};
use super::state::State;
use super::tree::{Hash, Tree, leaf_of};
use portage_base::units::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Name of the format of the original.
pub const FORMAT: &str = "standard-v1";

/// Types of an entry of a run: owner, pool, lower and upper tick (both 0 in a pool of shares), amount in units of 1e-18.
pub const ENTRY_TYPES: [&str; 5] = ["address", "address", "int24", "int24", "uint256"];

/// Where a snapshot came from. The original ignores it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the scenario, as in the manifest.
    pub scenario: String,
    /// SHA-256 of the scenario as resolved.
    pub scenario_sha256: String,
    /// Seed of every stream.
    pub seed: u64,
    /// The run.
    pub run: u64,
    /// When the state was taken.
    pub at: Instant,
    /// The same in seconds since the start.
    pub seconds: f64,
    /// The pools of the old version.
    pub pools: Vec<PoolOrigin>,
    /// Holder of each entry: a provider's number, `treasury` or `unmodelled`.
    pub holders: Vec<String>,
}

/// A pool of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolOrigin {
    /// Its name in the scenario.
    pub name: String,
    /// Its address in the entries.
    pub address: String,
    /// What is counted: `shares` or `liquidity`.
    pub counted: String,
    /// What there is of it, in units of 1e-18.
    pub total: String,
    /// What the entries own of it together, in units of 1e-18; rounding apart, the same.
    pub owned: String,
}

/// A snapshot as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dump {
    /// Types of an entry's values.
    pub encoding: Encoding,
    /// The values of every entry.
    pub values: Vec<Vec<Value>>,
    /// The tree as it stands in the file; nothing has been recomputed.
    pub tree: Tree,
    /// The root as the file states it beside the tree.
    pub root: Option<Hash>,
    /// Where it came from.
    pub origin: Option<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(rename = "leafEncoding")]
    leaf_encoding: Vec<String>,
    root: Option<HashText>,
    portage: Option<Origin>,
    tree: Vec<HashText>,
    values: Vec<Valued>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Valued {
    value: Vec<Value>,
    #[serde(rename = "treeIndex")]
    tree_index: usize,
}

/// The run of which a snapshot is taken.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Name of the scenario, as in the manifest.
    pub scenario: &'a str,
    /// SHA-256 of the scenario as resolved.
    pub scenario_sha256: &'a str,
    /// First instant of the window.
    pub start: Instant,
    /// Seed of every stream.
    pub seed: u64,
    /// The run.
    pub run: u64,
}

impl Dump {
    /// The snapshot of a state.
    ///
    /// # Errors
    /// Where a value does not fit its type; a state that was read from a run always fits.
    pub fn of(state: &State, source: Source<'_>) -> Result<Self, String> {
        let counted = |has_ranges: bool| if has_ranges { "liquidity" } else { "shares" };
        let pools: Vec<PoolOrigin> = state
            .pools
            .iter()
            .map(|pool| PoolOrigin {
                name: pool.name.clone(),
                address: hex(&pool_address(&pool.name)),
                counted: counted(pool.has_ranges).to_owned(),
                total: pool.total.to_string(),
                owned: pool.owned.to_string(),
            })
            .collect();
        let values: Vec<Vec<Value>> = state
            .entries
            .iter()
            .map(|entry| {
                let owner = hex(&holder_address(source.seed, source.run, &entry.holder));
                let (lower, upper) = entry.ticks;
                vec![
                    json!(owner),
                    json!(pools[entry.pool].address),
                    json!(lower.to_string()),
                    json!(upper.to_string()),
                    json!(entry.amount.to_string()),
                ]
            })
            .collect();
        let origin = Origin {
            scenario: source.scenario.to_owned(),
            scenario_sha256: source.scenario_sha256.to_owned(),
            seed: source.seed,
            run: source.run,
            at: source.start.plus_seconds(state.seconds),
            seconds: state.seconds,
            pools,
            holders: state.entries.iter().map(|entry| entry.holder.clone()).collect(),
        };
        Self::over(&ENTRY_TYPES.map(str::to_owned), values, Some(origin))
    }

    /// A snapshot of any values.
    ///
    /// # Errors
    /// Where a type or a value is refused, or where there are no entries.
    pub fn over(types: &[String], values: Vec<Vec<Value>>, origin: Option<Origin>) -> Result<Self, String> {
        let encoding = Encoding::read(types).map_err(type_misfit)?;
        let leaf = |(index, value): (usize, &Vec<Value>)| {
            encoding.encode(value).map(|bytes| leaf_of(&bytes)).map_err(|misfit| value_misfit(index, misfit))
        };
        let leaves: Result<Vec<Hash>, String> = values.iter().enumerate().map(leaf).collect();
        let tree = Tree::over(&leaves?).ok_or("there are no entries")?;
        Ok(Self { encoding, values, root: Some(tree.root()), tree, origin })
    }

    /// Reads the text of a file, and recomputes nothing.
    ///
    /// # Errors
    /// A sentence with the place: what is no JSON, what is missing, unknown or of the wrong kind, what is no tree.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = read_json(text)?;
        if file.format != FORMAT {
            return Err(format!("format: \"{}\" is unknown; expected \"{FORMAT}\"", file.format));
        }
        let encoding = Encoding::read(&file.leaf_encoding).map_err(type_misfit)?;
        let places = file.values.iter().map(|valued| valued.tree_index).collect();
        let tree = Tree::restore(file.tree.iter().map(|node| node.0).collect(), places)?;
        let values = file.values.into_iter().map(|valued| valued.value).collect();
        Ok(Self { encoding, values, tree, root: file.root.map(|root| root.0), origin: file.portage })
    }

    /// Writes the file: one node and one entry a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let types = serde_json::to_string(self.encoding.names())?;
        writeln!(out, "{{\"format\":\"{FORMAT}\",\n\"leafEncoding\":{types},")?;
        if let Some(root) = &self.root {
            writeln!(out, "\"root\":\"{}\",", hex(root))?;
        }
        if let Some(origin) = &self.origin {
            writeln!(out, "\"portage\":{},", serde_json::to_string(origin)?)?;
        }
        let comma = |index: usize, count: usize| if index + 1 < count { "," } else { "" };
        writeln!(out, "\"tree\":[")?;
        for (index, node) in self.tree.nodes().iter().enumerate() {
            writeln!(out, "\"{}\"{}", hex(node), comma(index, self.tree.nodes().len()))?;
        }
        writeln!(out, "],\n\"values\":[")?;
        for (index, value) in self.values.iter().enumerate() {
            let value = serde_json::to_string(value)?;
            let place = self.tree.place(index);
            writeln!(out, "{{\"value\":{value},\"treeIndex\":{place}}}{}", comma(index, self.values.len()))?;
        }
        writeln!(out, "]}}")
    }

    /// An entry for a message: its number and its values.
    pub(super) fn named(&self, entry: usize) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("entry {entry} ({})", self.values[entry].iter().map(text).collect::<Vec<_>>().join(", "))
    }
}

/// JSON as a type, with the place of what does not fit.
pub(super) fn read_json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read: T = serde_path_to_error::deserialize(&mut reader).map_err(|why| {
        let path = why.path().to_string();
        if path == "." { why.inner().to_string() } else { format!("{path}: {}", why.inner()) }
    })?;
    reader.end().map_err(|why| why.to_string())?;
    Ok(read)
}

fn type_misfit(misfit: Misfit) -> String {
    format!("leafEncoding[{}]: {}", misfit.index, misfit.message)
}

/// What is wrong with a value of an entry.
pub(super) fn value_misfit(entry: usize, misfit: Misfit) -> String {
    format!("entry {entry}, values[{entry}].value[{}]: {}", misfit.index, misfit.message)
}
