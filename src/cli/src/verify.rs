//! `portage verify`: whether a snapshot and its proofs are what they say.

use super::FAILED;
use super::terminal::{Terminal, print};
use clap::Args;
use portage::results::snapshot::{
    Dump, Hash, Proofs, detection, hex, read_hex, sampled, verify as verify_all, verify_entry, verify_proofs,
};
use std::path::{Path, PathBuf};

/// Error rates for which the chance of a sample to show one is printed.
const ERROR_RATES: [f64; 3] = [0.001, 0.01, 0.1];

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A snapshot, of `portage snapshot` or a dump of OpenZeppelin's StandardMerkleTree.
    file: PathBuf,
    /// Its proofs, as `portage snapshot` writes them: they are verified too.
    #[arg(long, value_name = "FILE")]
    proofs: Option<PathBuf>,
    /// The root that it must have, as a contract holds it.
    #[arg(long, value_name = "0x...", value_parser = read_hex::<32>)]
    root: Option<Hash>,
    /// Verify this entry only, counted from 0.
    #[arg(long, value_name = "I", conflicts_with = "sample")]
    entry: Option<usize>,
    /// Verify so many entries at random only.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Seed of the sample; whoever made the file should not know it beforehand.
    #[arg(long, value_name = "S", default_value_t = 1, requires = "sample")]
    seed: u64,
}

pub(super) fn verify(arguments: &VerifyArguments, terminal: Terminal) -> u8 {
    match verdict(arguments) {
        Ok(text) if print(&text) => 0,
        Ok(_) => FAILED,
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
}

fn verdict(arguments: &VerifyArguments) -> Result<String, String> {
    let in_file = |path: &Path, why: String| format!("{}: {why}", path.display());
    let of_snapshot = |why: String| in_file(&arguments.file, why);
    let dump = Dump::read(&text(&arguments.file)?).map_err(of_snapshot)?;
    let (count, root) = (dump.values.len(), dump.tree.root());
    if let Some(wanted) = arguments.root.filter(|wanted| *wanted != root) {
        return Err(of_snapshot(format!("root: {}, not {} as asked for", hex(&root), hex(&wanted))));
    }
    let entries = match (arguments.entry, arguments.sample) {
        (Some(entry), _) => vec![entry],
        (None, Some(sample)) => sampled(count, sample as usize, arguments.seed),
        (None, None) => (0..count).collect(),
    };
    if entries.len() == count && arguments.entry.is_none() {
        verify_all(&dump).map_err(of_snapshot)?;
    } else {
        entries.iter().try_for_each(|entry| verify_entry(&dump, *entry)).map_err(of_snapshot)?;
    }
    let checked = entries.len();
    if let Some(path) = &arguments.proofs {
        let of_proofs = |why: String| in_file(path, why);
        let proofs = Proofs::read(&text(path)?).map_err(of_proofs)?;
        verify_proofs(&dump, &proofs, entries.into_iter()).map_err(of_proofs)?;
    }
    let proofs = if arguments.proofs.is_some() { ", and so are their proofs" } else { "" };
    let what = match (arguments.entry, arguments.sample) {
        (Some(entry), _) => format!("entry {entry} of {count} is right{proofs}"),
        (None, Some(_)) if checked < count => {
            let chances = ERROR_RATES
                .map(|rate| format!("  if {} % were wrong: {:.1} %\n", rate * 100.0, detection(rate, checked) * 100.0));
            format!(
                "{checked} of {count} entries at random (seed {}) are right{proofs}\nProbability that this sample would have shown an error, at least:\n{}",
                arguments.seed,
                chances.concat().trim_end()
            )
        }
        _ => format!("{count} entries, every node and the root are right{proofs}"),
    };
    Ok(format!("Root: {}\n{what}\n", hex(&root)))
}

fn text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|why| format!("cannot read {}: {why}", path.display()))?;
    String::from_utf8(bytes).map_err(|why| {
        let at = why.utf8_error().valid_up_to();
        format!("{} is not a text in UTF-8: byte {at} begins no character", path.display())
    })
}
