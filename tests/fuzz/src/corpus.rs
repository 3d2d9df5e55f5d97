//! Inputs on disk: what was worth keeping, and what once broke a promise.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Target;

/// Inputs that libFuzzer found to take ways no other takes; committed.
#[must_use]
pub fn kept(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    read(&folder("corpus", target))
}

/// Inputs that broke a promise once. None is ever removed.
#[must_use]
pub fn findings(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    read(&folder("findings", target))
}

/// Writes a target's seeds into a folder, one file each.
///
/// # Errors
/// The file system's.
pub fn write_seeds(target: &Target, into: &Path) -> io::Result<usize> {
    fs::create_dir_all(into)?;
    let seeds = (target.seeds)();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(into.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(seeds.len())
}

fn folder(kind: &str, target: &Target) -> PathBuf {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    top.join(kind).join(target.name)
}

/// The files of a folder, ascending by name; none if there is no such folder.
fn read(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    let inputs = paths.into_iter().map(|path| {
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, bytes)
    });
    inputs.collect()
}
