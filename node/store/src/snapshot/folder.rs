//! The folder with a node's snapshots.
//!
//! ```text
//! FOLDER/<height>/metadata, chunk-00000, chunk-00001, …     whole
//! FOLDER/<height>.part/                                     being made; deleted when the folder is opened
//! FOLDER/<height>.checkpoint/                               what it is made from; likewise
//! ```

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::format::Metadata;
use super::{CHUNK_BYTES, MAX_METADATA_BYTES, SnapshotError, sha256};

const METADATA: &str = "metadata";
const PART: &str = "part";
const CHECKPOINT: &str = "checkpoint";

/// The folder of one node. One process uses it at a time.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A whole snapshot in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What its metadata says.
    pub metadata: Metadata,
    /// Bytes of all its chunks.
    pub bytes: u64,
}

impl Folder {
    /// Opens the folder, makes it if it is not there, and deletes what a process that ended left unfinished.
    ///
    /// # Errors
    /// [`SnapshotError::File`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SnapshotError> {
        let folder = Self { path: path.into() };
        fs::create_dir_all(&folder.path).map_err(file("making the folder", &folder.path))?;
        for entry in folder.entries()? {
            let unfinished = entry
                .extension()
                .is_some_and(|end| end == PART || end == CHECKPOINT);
            if unfinished {
                fs::remove_dir_all(&entry).map_err(file("deleting", &entry))?;
            }
        }
        Ok(folder)
    }

    /// Where a checkpoint of that height belongs. Whatever was there is deleted.
    ///
    /// # Errors
    /// [`SnapshotError::File`].
    pub fn checkpoint(&self, height: u64) -> Result<PathBuf, SnapshotError> {
        let path = self.path.join(format!("{height}.{CHECKPOINT}"));
        remove(&path)?;
        Ok(path)
    }

    /// The whole snapshots, oldest first. One whose metadata cannot be read is left out.
    ///
    /// # Errors
    /// [`SnapshotError::File`] when the folder itself cannot be read.
    pub fn list(&self) -> Result<Vec<Stored>, SnapshotError> {
        let heights = self.heights()?;
        let stored = heights.into_iter().filter_map(|height| {
            let path = self.of(height).join(METADATA);
            let metadata = read(&path, MAX_METADATA_BYTES).ok()?;
            let metadata = Metadata::decode(&metadata).ok()?;
            let bytes = (0..metadata.count())
                .filter_map(|index| fs::metadata(self.chunk_file(height, index)).ok())
                .map(|chunk| chunk.len())
                .sum();
            (metadata.height == height).then_some(Stored { metadata, bytes })
        });
        Ok(stored.collect())
    }

    /// One chunk of a snapshot. A file that changed since it was written is refused: whoever sent it on would be taken
    /// for a liar.
    ///
    /// # Errors
    /// [`SnapshotError::File`], [`SnapshotError::Altered`].
    pub fn chunk(&self, metadata: &Metadata, index: u32) -> Result<Vec<u8>, SnapshotError> {
        let bytes = read(&self.chunk_file(metadata.height, index), CHUNK_BYTES)?;
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        match metadata.chunks.get(place) {
            Some(hash) if *hash == sha256(&bytes) => Ok(bytes),
            _ => Err(SnapshotError::Altered { index }),
        }
    }

    /// Deletes all snapshots but the newest `keep`.
    ///
    /// # Errors
    /// [`SnapshotError::File`].
    pub fn keep_newest(&self, keep: usize) -> Result<(), SnapshotError> {
        let heights = self.heights()?;
        let old = heights.len().saturating_sub(keep);
        heights.into_iter().take(old).try_for_each(|height| {
            // Under another name first, so that no half of it is ever taken for a whole one.
            let gone = self.path.join(format!("{height}.{PART}"));
            remove(&gone)?;
            let path = self.of(height);
            fs::rename(&path, &gone).map_err(file("renaming", &path))?;
            remove(&gone)
        })
    }

    /// Begins a snapshot. Nothing of it is listed before it is complete.
    pub(super) fn begin(&self, height: u64) -> Result<Part, SnapshotError> {
        let path = self.path.join(format!("{height}.{PART}"));
        remove(&path)?;
        fs::create_dir(&path).map_err(file("making the folder", &path))?;
        Ok(Part {
            folder: self.clone(),
            height,
            path,
        })
    }

    fn of(&self, height: u64) -> PathBuf {
        self.path.join(height.to_string())
    }

    fn chunk_file(&self, height: u64, index: u32) -> PathBuf {
        self.of(height).join(chunk_name(index))
    }

    fn entries(&self) -> Result<Vec<PathBuf>, SnapshotError> {
        let listing = file("listing", &self.path);
        let entries = fs::read_dir(&self.path).and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<_>>>()
        });
        entries.map_err(listing)
    }

    /// Heights of what has a final name, ascending.
    fn heights(&self) -> Result<Vec<u64>, SnapshotError> {
        let entries = self.entries()?;
        let mut heights: Vec<u64> = entries
            .iter()
            .filter_map(|entry| entry.file_name()?.to_str()?.parse().ok())
            .collect();
        heights.sort_unstable();
        Ok(heights)
    }
}

/// A snapshot being made; deleted unless it was completed.
pub(super) struct Part {
    folder: Folder,
    height: u64,
    path: PathBuf,
}

impl Part {
    pub(super) fn write_chunk(&self, index: u32, bytes: &[u8]) -> Result<(), SnapshotError> {
        write(&self.path.join(chunk_name(index)), bytes)
    }

    /// Puts it under its final name, once all of it is on the disk.
    pub(super) fn complete(&self, metadata: &Metadata) -> Result<(), SnapshotError> {
        write(&self.path.join(METADATA), &metadata.encode())?;
        sync_folder(&self.path)?;
        let whole = self.folder.of(self.height);
        // A replay may reach the height again; what it makes is the same.
        remove(&whole)?;
        fs::rename(&self.path, &whole).map_err(file("renaming", &self.path))?;
        sync_folder(&self.folder.path)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After completion there is nothing; what stays for another reason is deleted at the next start.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn chunk_name(index: u32) -> String {
    format!("chunk-{index:05}")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(file("writing", path))
}

fn read(path: &Path, limit: usize) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let read = File::open(path).and_then(|opened| {
        // One byte more, so that a longer file does not pass for its beginning.
        opened.take(most.saturating_add(1)).read_to_end(&mut bytes)
    });
    read.map_err(file("reading", path))?;
    Ok(bytes)
}

fn remove(path: &Path) -> Result<(), SnapshotError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file("deleting", path)(error)),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), SnapshotError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(file("syncing", path))
}

fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SnapshotError + use<> {
    let path = path.to_owned();
    move |source| SnapshotError::File {
        doing,
        path,
        source,
    }
}
