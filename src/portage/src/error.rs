//! What can go wrong at the front door.

use portage_scenario::fault::{Fault, Look, render_all};
use portage_scenario::resolve::BrokenRule;
use std::io;
use std::path::PathBuf;

/// Why the library could not do what it was asked for. Its text is a sentence for the user; sources are what stood behind it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a file nor an embedded scenario has this name.
    #[error("there is no file and no embedded scenario \"{name}\"; {hint}")]
    NoScenario {
        /// The name that was asked for.
        name: String,
        /// The name that may have been meant, or all that there are.
        hint: String,
    },
    /// A folder was named where a scenario was expected.
    #[error("{0} is a directory; expected a scenario file or the name of an embedded scenario")]
    IsDirectory(String),
    /// A file or a stream could not be read.
    #[error("cannot read {name}: {source}")]
    Read {
        /// What was read.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// A scenario file is no text.
    #[error("{name} is not a text in UTF-8: byte {at} begins no character; expected a TOML file")]
    NoText {
        /// The file.
        name: String,
        /// The first byte that begins no character.
        at: usize,
    },
    /// A value cannot be written as a scenario.
    #[error("the value is no scenario: {0}")]
    NoTable(String),
    /// The scenario breaks rules: every one of them.
    #[error("{}", render_all(.0, Look { colour: false, unicode: true }).trim_end())]
    Refused(Vec<Fault>),
    /// A run broke a law or met a numerical failure.
    #[error("run {run} failed: {message}")]
    Run {
        /// Its index.
        run: u64,
        /// What happened.
        message: String,
    },
    /// A directory holds results that nobody asked to overwrite.
    #[error("{} holds earlier results", .0.display())]
    HoldsResults(PathBuf),
    /// A directory cannot be written to.
    #[error("cannot write to the directory {}: {source}", directory.display())]
    Unwritable {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A directory cannot be made.
    #[error("cannot make {}: {source}", directory.display())]
    Make {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What an earlier arm has left cannot be removed.
    #[error("cannot write to {}: {source}", folder.display())]
    Unclear {
        /// The folder of the arm.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file or folder is there that nobody asked to overwrite.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// A value cannot be written as JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// No such run was planned.
    #[error("there is no run {run}; expected 0 to {last}")]
    NoRun {
        /// The index that was asked for.
        run: u64,
        /// The last one.
        last: u64,
    },
    /// A run has no outcome, or not the one that is needed.
    #[error("run {run} {why}")]
    NoOutcome {
        /// Its index.
        run: u64,
        /// Why not.
        why: &'static str,
    },
    /// A run ends differently from what was recorded.
    #[error(
        "run {run} ends differently from what was recorded (first in `{metric}`): another version of the program, or another series{note}"
    )]
    Differs {
        /// Its index.
        run: u64,
        /// The first metric that differs.
        metric: &'static str,
        /// Where the trace is, if one was written.
        note: String,
    },
    /// No run has finished, so that none can be explained.
    #[error("no run has finished: there is nothing to explain")]
    NothingToExplain,
    /// A manifest's scenario is not the one that was run.
    #[error("the scenario in the manifest is not the one that was run: its SHA-256 differs; run it again")]
    OtherScenario,
    /// A manifest's scenario is written in the language of another version.
    #[error("the manifest's scenario does not fit this version of the program: {0}")]
    OtherVersion(#[source] serde_json::Error),
    /// A manifest's scenario breaks rules of this version: every one of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Rules(Vec<BrokenRule>),
    /// A time lies outside the simulation.
    #[error("{asked} lies outside the simulation; expected {expected}")]
    OutsideWindow {
        /// The time that was asked for.
        asked: String,
        /// What was expected.
        expected: String,
    },
    /// A table, a trace or a manifest could not be read or written.
    #[cfg(feature = "archive")]
    #[error(transparent)]
    Archive(#[from] portage_archive::Error),
    /// A report could not be made.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Report(#[from] portage_report::Error),
    /// A state could not be taken or written as a tree.
    #[error("{0}")]
    Snapshot(String),
}
