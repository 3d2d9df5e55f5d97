//! Looking for secrets in other people's files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes by which a pattern is recognised before it is compared in full.
const PREFIX: usize = 4;

/// Bytes read at once: files of a node can be larger than memory should be.
const CHUNK: usize = 8 << 20;

/// A set of secrets in every spelling they might lie around in.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    patterns: HashMap<[u8; PREFIX], Vec<Pattern>>,
    longest: usize,
}

#[derive(Clone, Debug)]
struct Pattern {
    bytes: Vec<u8>,
    name: String,
}

impl Secrets {
    /// Adds 32 secret bytes: raw, hexadecimal in both cases, and base64 wherever in a longer text they begin.
    pub fn seed(&mut self, whose: &str, seed: &[u8; 32]) {
        self.bytes(&format!("{whose}, raw"), seed);
        let hex = hex::encode(seed);
        self.bytes(&format!("{whose}, hex"), hex.as_bytes());
        self.bytes(
            &format!("{whose}, HEX"),
            hex.to_ascii_uppercase().as_bytes(),
        );
        for before in 0..3 {
            // The characters that depend on the neighbouring bytes are left out at both ends.
            let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(*seed).collect();
            let text = STANDARD_NO_PAD.encode(&padded);
            let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            let inner = text.get(first..last).unwrap_or_default();
            self.bytes(
                &format!("{whose}, base64 behind {before} bytes"),
                inner.as_bytes(),
            );
        }
    }

    /// Adds bytes to look for as they are.
    ///
    /// # Panics
    /// If they are too few to mean anything.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 16, "{name} is too short to be looked for");
        let mut prefix = [0; PREFIX];
        prefix.copy_from_slice(&bytes[..PREFIX]);
        self.longest = self.longest.max(bytes.len());
        self.patterns.entry(prefix).or_default().push(Pattern {
            bytes: bytes.to_vec(),
            name: name.to_owned(),
        });
    }

    /// The secrets that stand in these bytes.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        // Most places are ruled out by their first two bytes.
        let mut starts = vec![false; 1 << 16];
        for prefix in self.patterns.keys() {
            starts[usize::from(u16::from_be_bytes([prefix[0], prefix[1]]))] = true;
        }
        for (at, window) in bytes.windows(PREFIX).enumerate() {
            if !starts[usize::from(window[0]) << 8 | usize::from(window[1])] {
                continue;
            }
            let here = self.patterns.get(window).into_iter().flatten();
            let here = here.filter(|pattern| bytes[at..].starts_with(&pattern.bytes));
            found.extend(here.map(|pattern| pattern.name.clone()));
        }
        found
    }

    /// The secrets that stand in a file.
    ///
    /// # Panics
    /// If the file cannot be read.
    #[must_use]
    pub fn found_in_file(&self, path: &Path) -> Vec<String> {
        let failed = |error: std::io::Error| -> ! { panic!("{}: {error}", path.display()) };
        let mut file = fs::File::open(path).unwrap_or_else(|error| failed(error));
        let mut found = Vec::new();
        let mut window: Vec<u8> = Vec::new();
        loop {
            let mut chunk = Vec::new();
            let read = Read::by_ref(&mut file)
                .take(CHUNK as u64)
                .read_to_end(&mut chunk);
            if read.unwrap_or_else(|error| failed(error)) == 0 {
                return found;
            }
            window.extend(chunk);
            for name in self.found_in(&window) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            // What could begin here and end in the next part is looked at again.
            window.drain(..window.len().saturating_sub(self.longest));
        }
    }
}

/// Every regular file below a folder.
///
/// # Panics
/// If a folder cannot be read, unless it has just gone.
#[must_use]
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            assert!(!folder.exists(), "{} cannot be listed", folder.display());
            continue;
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    fn seed() -> [u8; 32] {
        std::array::from_fn(|place| (place * 37 + 11) as u8)
    }

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.seed("alice", &seed());
        secrets
    }

    #[test]
    fn a_seed_is_found_in_every_spelling_and_place() {
        let secrets = secrets();
        let long = |before: usize| -> Vec<u8> {
            let mut bytes = vec![7; before];
            bytes.extend(seed());
            bytes.extend([9; 32]);
            bytes
        };
        assert_eq!(secrets.found_in(&long(5)), ["alice, raw"]);
        let hex = format!("x{}x", hex::encode(seed()));
        assert_eq!(secrets.found_in(hex.as_bytes()), ["alice, hex"]);
        assert_eq!(
            secrets.found_in(hex.to_ascii_uppercase().as_bytes()),
            ["alice, HEX"]
        );
        for before in 0..7 {
            let text = format!("\"{}\"", STANDARD.encode(long(before)));
            assert_eq!(secrets.found_in(text.as_bytes()).len(), 1, "{before}");
        }
        let mut other = seed();
        other[31] ^= 1;
        assert!(secrets.found_in(&other).is_empty());
    }

    #[test]
    fn a_seed_across_two_reads_of_a_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        fs::create_dir(folder.path().join("deep")).unwrap();
        let mut bytes = vec![0; CHUNK - 10];
        bytes.extend(seed());
        bytes.extend([0; 100]);
        fs::write(&path, bytes).unwrap();
        assert_eq!(files_below(folder.path()), std::slice::from_ref(&path));
        assert_eq!(secrets().found_in_file(&path), ["alice, raw"]);
    }
}
