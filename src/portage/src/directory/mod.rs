//! Directories of results: made, written, read back, and simulated again run by run.

mod again;
mod comparing;
mod explaining;
mod manifest;
mod replaying;
mod snapshotting;
mod writing;

pub use comparing::{SideBySide, Unpaired, clear_arm};
pub use explaining::{Explained, explain};
pub use manifest::{replay_command, shell_word};
pub use replaying::{Replayed, replay};
pub use snapshotting::{Snapshot, When, is_snapshot_file, snapshot};
pub use writing::{read_results, rewrite_report};

use crate::Error;
use portage_archive::{COMPARISON, FIGURES, MANIFEST};
use std::io;
use std::path::{Path, PathBuf};

/// Chooses a directory for the results of a study and makes it, before anything is simulated: `out`, or else
/// `portage-out/STEM`, with a number where that holds results already. Where results are to be overwritten, what they would leave
/// behind is removed.
///
/// # Errors
/// If `out` holds earlier results and `overwrites` is false, or if the directory cannot be written to.
///
/// ```
/// let parent = tempfile::tempdir().unwrap();
/// let out = parent.path().join("first");
/// assert_eq!(portage::open_directory(Some(&out), "quickstart", false)?, out);
/// # Ok::<(), portage::Error>(())
/// ```
pub fn open_directory(out: Option<&Path>, stem: &str, overwrites: bool) -> Result<PathBuf, Error> {
    open(out, stem, MANIFEST, overwrites)
}

/// As [`open_directory`], for the comparison of several arms.
///
/// # Errors
/// As there.
pub fn open_comparison(out: Option<&Path>, stem: &str, overwrites: bool) -> Result<PathBuf, Error> {
    open(out, stem, COMPARISON, overwrites)
}

/// A directory that holds `marker` holds earlier results.
fn open(out: Option<&Path>, stem: &str, marker: &str, overwrites: bool) -> Result<PathBuf, Error> {
    let directory = match out {
        Some(out) if out.join(marker).exists() && !overwrites => return Err(Error::HoldsResults(out.to_path_buf())),
        Some(out) => out.to_path_buf(),
        None => free_directory(Path::new("portage-out"), stem, marker, overwrites),
    };
    let named = |source: io::Error| Error::Unwritable { directory: directory.clone(), source };
    let existed = directory.exists();
    std::fs::create_dir_all(&directory).map_err(named)?;
    if overwrites && marker == MANIFEST {
        remove_stale(&directory).map_err(named)?;
    }
    if let Err(why) = tempfile::tempfile_in(&directory) {
        if !existed {
            let _it_was_empty = std::fs::remove_dir(&directory);
        }
        return Err(named(why));
    }
    Ok(directory)
}

/// Removes figures, traces and snapshots of earlier results, which the new ones would not overwrite.
fn remove_stale(directory: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let (is_folder, is_file) = (entry.file_type()?.is_dir(), entry.file_type()?.is_file());
        if !directory.join(MANIFEST).is_file() {
            continue;
        }
        if is_folder && (name == FIGURES || name.starts_with("replay-")) {
            std::fs::remove_dir_all(entry.path())?;
        } else if is_file && is_snapshot_file(&name) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// `parent/name`, or the first of `parent/name-2`, `parent/name-3` ... that holds no results yet.
fn free_directory(parent: &Path, name: &str, marker: &str, overwrites: bool) -> PathBuf {
    let first = parent.join(name);
    if overwrites || !first.join(marker).exists() {
        return first;
    }
    let mut number = 2_u32;
    loop {
        let next = parent.join(format!("{name}-{number}"));
        if !next.join(marker).exists() {
            return next;
        }
        number += 1;
    }
}
