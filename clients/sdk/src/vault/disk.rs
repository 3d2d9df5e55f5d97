//! Files that appear whole, are nobody else's, and can be destroyed.

use super::{MAX_FILE_BYTES, VaultError};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Bytes overwritten at once.
const CHUNK: usize = 64 * 1024;

fn failed(action: &'static str, path: &Path, source: io::Error) -> VaultError {
    VaultError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Makes a folder of mode 0700 if it is missing, and those above it.
pub(super) fn make_dir(path: &Path) -> Result<(), VaultError> {
    if path.is_dir() {
        return check_dir(path);
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| failed("make", path, source))?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => Ok(()),
    }
}

/// Refuses a folder that others may use.
pub(super) fn check_dir(path: &Path) -> Result<(), VaultError> {
    match fs::metadata(path) {
        Ok(meta) => private(path, &meta.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(failed("look at", path, source)),
    }
}

fn private(path: &Path, permissions: &fs::Permissions) -> Result<(), VaultError> {
    let mode = permissions.mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(VaultError::Permissions {
        path: path.to_owned(),
        mode,
    })
}

/// What stands in a file; none if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("open", path, source)),
    };
    let meta = file
        .metadata()
        .map_err(|source| failed("look at", path, source))?;
    private(path, &meta.permissions())?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| failed("read", path, source))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(VaultError::Content {
            path: path.to_owned(),
            reason: format!("a file of a vault has at most {MAX_FILE_BYTES} bytes"),
        });
    }
    Ok(Some(bytes))
}

/// Writes a file whole or not at all.
pub(super) fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
    let (path, beside) = (dir.join(name), dir.join(format!(".{name}.new")));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(|source| failed("create", &beside, source))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|source| failed("write", &beside, source))?;
    fs::rename(&beside, &path).map_err(|source| failed("rename", &beside, source))?;
    sync_dir(dir)
}

/// Overwrites a file, syncs it and removes it; one that is gone already is fine.
pub(super) fn destroy(path: &Path) -> Result<(), VaultError> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed("open", path, source)),
    };
    overwrite(&mut file).map_err(|source| failed("overwrite", path, source))?;
    fs::remove_file(path).map_err(|source| failed("remove", path, source))
}

fn overwrite(file: &mut File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    let zeros = [0; CHUNK];
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        file.write_all(zeros.get(..now).unwrap_or_default())?;
        left = left.saturating_sub(now as u64);
    }
    file.sync_all()
}

/// Makes what was made, renamed or removed in a folder last.
pub(super) fn sync_dir(dir: &Path) -> Result<(), VaultError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| failed("sync", dir, source))
}

/// The names in a folder; none if there is no such folder.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, VaultError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed("list", dir, source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| failed("list", dir, source))?;
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}
