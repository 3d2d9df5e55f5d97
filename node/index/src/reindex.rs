//! Rebuilds the index from the blocks: beside the old file, then in its place.

use crate::error::Error;
use crate::feed::{BlockSource, batch};
use crate::index::Index;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Builds a new index from the source's first block, or its oldest state, to its latest block and puts it in the place of the one
/// at `path`, which need not exist or be readable. `progress` hears (heights done, latest height).
/// Returns the number of blocks.
///
/// No other process may have the index open: nexusd calls this while it holds the store, which only
/// one process can. Interrupted at any point, it leaves the old index, the new one, or none (which the
/// feeder fills); run it again.
///
/// # Errors
/// [`Error::File`], and what [`Index::open`] and [`Index::apply_batch`] report; the old index stays then.
pub async fn reindex(
    path: impl AsRef<Path>,
    source: &dyn BlockSource,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, Error> {
    let path = path.as_ref();
    let new = beside(path, ".new");
    remove_database(&new)?;
    let index = Index::open(&new, false).await?;
    let begun = index.begin(source, &|| false).await?;
    let held = index.extent().await?;
    // The block after a state is written with it.
    let mut blocks = u64::from(held.latest.is_some());
    let mut next = if begun { held.next() } else { u64::MAX };
    while let Some(latest) = source.latest().filter(|latest| next <= *latest) {
        let batch = batch(source, next, latest)?;
        let applied = index.apply_batch(&batch).await?;
        blocks = blocks.saturating_add(u64::try_from(applied).unwrap_or_default());
        let Some(last) = batch.last() else { break };
        next = last.height.saturating_add(1);
        progress(last.height, latest);
    }
    index.close().await?;
    replace(path, &new)?;
    Ok(blocks)
}

/// Puts `new` in the place of `path`. The old file leaves first: its write-ahead log, were it to stay
/// beside the new file even for a moment, would be replayed into it.
fn replace(path: &Path, new: &Path) -> Result<(), Error> {
    let old = beside(path, ".old");
    remove_database(&old)?;
    if path.exists() {
        rename(path, &old)?;
    }
    remove_logs(path)?;
    rename(new, path)?;
    sync_folder(path)?;
    remove_database(&old)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove_database(path: &Path) -> Result<(), Error> {
    remove(path)?;
    remove_logs(path)
}

fn remove_logs(path: &Path) -> Result<(), Error> {
    remove(&beside(path, "-wal"))?;
    remove(&beside(path, "-shm"))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::File {
            doing: "removing",
            path: path.into(),
            source,
        }),
        _ => Ok(()),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|source| Error::File {
        doing: "renaming",
        path: from.into(),
        source,
    })
}

/// Makes the renames survive a power cut.
fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| Error::File {
            doing: "syncing the folder of",
            path: path.into(),
            source,
        })
}
