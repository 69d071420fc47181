//! Why something could not be kept or read back.

use std::path::{Path, PathBuf};

/// What stood behind an error: of the file system, of Parquet or of JSON.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file could not be written or read. Its text is a sentence for the user that names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Cause,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Cause,
    },
    /// A file is not what it should be.
    #[error("{} is not {expected}: {source}", path.display())]
    Misfit {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: String,
        /// Why it is not.
        source: Cause,
    },
}

impl Error {
    pub(crate) fn write<C: Into<Cause>>(path: &Path) -> impl Fn(C) -> Self {
        move |why| Self::Write { path: path.to_path_buf(), source: why.into() }
    }

    pub(crate) fn read<C: Into<Cause>>(path: &Path) -> impl Fn(C) -> Self {
        move |why| Self::Read { path: path.to_path_buf(), source: why.into() }
    }

    pub(crate) fn misfit<C: Into<Cause>>(path: &Path, expected: &str) -> impl Fn(C) -> Self {
        move |why| Self::Misfit { path: path.to_path_buf(), expected: expected.to_owned(), source: why.into() }
    }
}
