//! `portage replay`: one run again, block by block.

use super::FAILED;
use super::terminal::{Terminal, print};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run to replay.
    #[arg(long, value_name = "K")]
    run: u64,
    /// Overwrite an earlier trace of the same run.
    #[arg(long)]
    force: bool,
}

pub(super) fn replay(arguments: &ReplayArguments, terminal: Terminal) -> u8 {
    let run = arguments.run;
    let replayed = match portage::replay(&arguments.directory, run, arguments.force) {
        Ok(replayed) => replayed,
        Err(why) => return terminal.fail(&why),
    };
    terminal.say(&if replayed.was_recorded {
        format!("run {run}: every metric is bit for bit what was recorded")
    } else {
        format!("run {run} was not among the finished runs; the trace stands alone")
    });
    let listed: String = replayed.files.iter().map(|path| format!("{}\n", path.display())).collect();
    if print(&listed) { 0 } else { FAILED }
}
