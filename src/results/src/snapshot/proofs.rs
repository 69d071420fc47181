//! The file of proofs: for every entry its values and the nodes that lead from its leaf to the root.

use super::dump::{Dump, read_json};
use super::hex::{HashText, hex};
use super::tree::Hash;
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, Write};

/// Name of the format.
pub const PROOFS_FORMAT: &str = "portage-proofs-v1";

/// The proofs of a snapshot as a file holds them.
#[derive(Debug, Clone, PartialEq)]
pub struct Proofs {
    /// The root that they lead to.
    pub root: Hash,
    /// Names of the types of an entry's values.
    pub types: Vec<String>,
    /// One an entry, in the order of the snapshot.
    pub claims: Vec<Claim>,
}

/// What is claimed of one entry, and the proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its values.
    pub value: Vec<Value>,
    /// Siblings on the way to the root, the lowest first.
    pub proof: Vec<Hash>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    root: HashText,
    #[serde(rename = "leafEncoding")]
    leaf_encoding: Vec<String>,
    proofs: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    value: Vec<Value>,
    proof: Vec<HashText>,
}

impl Proofs {
    /// Reads the text of a file, and verifies nothing.
    ///
    /// # Errors
    /// A sentence with the place.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = read_json(text)?;
        if file.format != PROOFS_FORMAT {
            return Err(format!("format: \"{}\" is unknown; expected \"{PROOFS_FORMAT}\"", file.format));
        }
        let claim = |line: Line| Claim { value: line.value, proof: line.proof.iter().map(|node| node.0).collect() };
        let claims = file.proofs.into_iter().map(claim).collect();
        Ok(Self { root: file.root.0, types: file.leaf_encoding, claims })
    }

    /// Writes the proofs of every entry of a snapshot, one a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(dump: &Dump, out: &mut impl Write) -> io::Result<()> {
        let types = serde_json::to_string(dump.encoding.names())?;
        let root = hex(&dump.tree.root());
        writeln!(
            out,
            "{{\"format\":\"{PROOFS_FORMAT}\",\n\"root\":\"{root}\",\n\"leafEncoding\":{types},\n\"proofs\":["
        )?;
        for (entry, value) in dump.values.iter().enumerate() {
            write!(out, "{{\"value\":{},\"proof\":[", serde_json::to_string(value)?)?;
            for (step, node) in dump.tree.proof(entry).iter().enumerate() {
                write!(out, "{}\"{}\"", if step > 0 { "," } else { "" }, hex(node))?;
            }
            writeln!(out, "]}}{}", if entry + 1 < dump.values.len() { "," } else { "" })?;
        }
        writeln!(out, "]}}")
    }
}
