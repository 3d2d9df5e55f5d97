//! Files that are there whole or not at all, whenever the process or the machine ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file, for its owner alone, beside its place, syncs it, moves it there, and syncs the folder.
///
/// # Errors
/// The system's; then the file is as it was.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// Syncs a folder: what was moved into it, or out of it, stays so.
///
/// # Errors
/// The system's.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
