//! Writing files so that a crash leaves the old one or the new one, and secrets for the owner alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::Error;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The owner alone: keys, passphrases.
    Secret,
    /// Everybody who may enter the folder.
    Public,
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::Secret => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// Writes beside the target, syncs, and renames over it.
pub(crate) fn write(path: &Path, bytes: &[u8], access: Access) -> Result<(), Error> {
    let doing = || format!("write {}", path.display());
    let mut staging = path.as_os_str().to_owned();
    // The process id keeps two writers apart; the last rename wins whole.
    staging.push(format!(".{}.new", std::process::id()));
    let staging = Path::new(&staging);
    match fs::remove_file(staging) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io(doing())(error));
        }
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access.mode())
        .open(staging)
        .map_err(Error::io(doing()))?;
    file.write_all(bytes).map_err(Error::io(doing()))?;
    file.sync_all().map_err(Error::io(doing()))?;
    fs::rename(staging, path).map_err(Error::io(doing()))
}

/// Reads a text of at most `limit` bytes.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Error> {
    let file = fs::File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            Error::NotFound(format!("{} does not exist", path.display()))
        }
        _ => Error::io(format!("open {}", path.display()))(source),
    })?;
    let mut text = String::new();
    let read = file
        .take(limit + 1)
        .read_to_string(&mut text)
        .map_err(Error::io(format!("read {}", path.display())))?;
    if read as u64 > limit {
        return Err(Error::home(
            path,
            format!("is larger than {limit} bytes, so it is not the file expected here"),
        ));
    }
    Ok(text)
}

/// Makes a folder (and those above it) that only its owner may enter.
pub(crate) fn private_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::io(format!("create the folder {}", path.display())))
}

/// The last `limit` bytes of a text file; empty if it cannot be read.
pub(crate) fn read_end(path: &Path, limit: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(limit)))?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}
