//! `portage snapshot`: who owned what of the old version in one run, as a Merkle tree with proofs.

use super::FAILED;
use super::terminal::{Terminal, print};
use clap::Args;
use portage::base::units::{Instant, SECONDS_PER_DAY};
use portage::results::snapshot::hex;
use portage::{Error, Snapshot, When};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct SnapshotArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run.
    #[arg(long, value_name = "K")]
    run: u64,
    /// The observation nearest to this date (UTC). Default: the last one before the new version opens.
    #[arg(long, value_name = "DATE", conflicts_with = "day")]
    at: Option<Instant>,
    /// The observation nearest to so many days after the start.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    day: Option<f64>,
    /// The file to write; the proofs stand beside it. Default: DIR/snapshot-K.json and DIR/proofs-K.json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite an earlier snapshot.
    #[arg(long)]
    force: bool,
}

pub(super) fn snapshot(arguments: &SnapshotArguments, terminal: Terminal) -> u8 {
    let (when, option) = match (arguments.at, arguments.day) {
        (Some(at), _) => (When::At(at), "--at "),
        (None, Some(day)) => (When::Day(day), "--day "),
        (None, None) => (When::Planned, ""),
    };
    match portage::snapshot(&arguments.directory, arguments.run, when, arguments.out.as_deref(), arguments.force) {
        Ok(snapshot) if print(&told(&snapshot)) => 0,
        Ok(_) => FAILED,
        Err(why @ Error::OutsideWindow { .. }) => {
            terminal.complain(&format!("{option}{why}"));
            FAILED
        }
        Err(why) => terminal.fail(&why),
    }
}

fn told(snapshot: &Snapshot) -> String {
    let Snapshot { state, dump, start, file, proofs } = snapshot;
    let at = start.plus_seconds(state.seconds);
    let days = state.seconds / SECONDS_PER_DAY;
    let pools: Vec<&str> = state.pools.iter().map(|pool| pool.name.as_str()).collect();
    let (count, root) = (state.entries.len(), hex(&dump.tree.root()));
    format!(
        "Root: {root}\nEntries: {count} of {}, on {at} ({days:.3} days after the start)\nSnapshot: {}\nProofs: {}\n",
        pools.join(" + "),
        file.display(),
        proofs.display()
    )
}
