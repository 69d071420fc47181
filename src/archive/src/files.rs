//! Files that are never seen half-written.

use super::error::{Cause, Error};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path` under a temporary name in the same folder, syncs, and moves it in place.
///
/// # Errors
/// If it could not be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |file| Ok(file.write_all(bytes)?))
}

/// As [`write_atomically`], with the content written by `fill`.
///
/// # Errors
/// If it could not be written.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut File) -> Result<(), Cause>) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.prefix(".portage-").suffix(".tmp").tempfile_in(folder).map_err(Error::write(path))?;
    fill(file.as_file_mut()).map_err(Error::write(path))?;
    file.as_file().sync_all().map_err(Error::write(path))?;
    file.persist(path).map_err(Error::write(path))?;
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::write(path))?;
    Ok(())
}
