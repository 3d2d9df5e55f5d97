//! Cutting a checkpoint into chunks, one of them in memory at a time.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use nexus_tree::Hash;

use super::folder::{Folder, Part};
use super::format::{Entry, HEADER_BYTES, Metadata};
use super::{CHUNK_BYTES, FORMAT, MAX_CHUNKS, SnapshotError, sha256};
use crate::backend::{Backend, Family};
use crate::error::StoreError;
use crate::history::collect;
use crate::start::read_tip;
use crate::{MAX_PAGE, layout, logs, seal};

/// Makes the snapshot of what a checkpoint holds. Looks at `cancelled` between two entries.
///
/// # Errors
/// [`SnapshotError::Store`] when the checkpoint has no block or cannot be read, [`SnapshotError::File`],
/// [`SnapshotError::TooLarge`], [`SnapshotError::Cancelled`]. The folder is then as before.
pub fn make(
    checkpoint: &dyn Backend,
    folder: &Folder,
    cancelled: &AtomicBool,
) -> Result<Metadata, SnapshotError> {
    let tip = read_tip(checkpoint)?
        .ok_or_else(|| layout::corrupt("the checkpoint holds no block".to_owned()))?;
    let mut cutter = Cutter {
        part: folder.begin(tip.height)?,
        bytes: Vec::new(),
        entries: 0,
        hashes: Vec::new(),
        cancelled,
    };
    let keys = put_state(checkpoint, &mut cutter)?;
    let logs = put_logs(checkpoint, &mut cutter)?;
    if cutter.entries > 0 || cutter.hashes.is_empty() {
        cutter.cut()?;
    }
    let metadata = Metadata {
        format: FORMAT,
        height: tip.height,
        time_ms: tip.time_ms,
        preimage: tip.preimage,
        keys,
        logs,
        chunks: cutter.hashes,
    };
    cutter.part.complete(&metadata)?;
    Ok(metadata)
}

fn put_state(checkpoint: &dyn Backend, cutter: &mut Cutter<'_>) -> Result<u64, SnapshotError> {
    let (mut keys, mut failure) = (0, None);
    let mut visit = |key: &[u8], value: &[u8]| {
        keys += 1;
        match cutter.put(&Entry::State(key.to_vec(), value.to_vec())) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let family = Family::State;
    let scanned = checkpoint.scan(family, &[], None, &mut visit);
    scanned.map_err(|source| StoreError::Io {
        operation: "scanning",
        place: family.name(),
        source,
    })?;
    failure.map_or(Ok(keys), Err)
}

/// Page by page, because each log's peaks are read while its head is at hand.
fn put_logs(checkpoint: &dyn Backend, cutter: &mut Cutter<'_>) -> Result<u64, SnapshotError> {
    let end = layout::prefix_end(layout::META_LOG);
    let (mut from, mut count) = (layout::META_LOG.to_vec(), 0);
    loop {
        let heads = collect(checkpoint, Family::Meta, &from, end.as_deref(), MAX_PAGE)?;
        let Some((last, _)) = heads.last() else {
            return Ok(count);
        };
        from = layout::successor(last);
        for (key, head) in &heads {
            let id = key.get(layout::META_LOG.len()..).unwrap_or_default();
            let head = layout::decode_head(seal::check(Family::Meta, key, head)?)?;
            let frontier = logs::at_head(checkpoint, id, &head)?;
            if frontier.size() > 0 {
                cutter.put(&Entry::Log(id.to_vec(), frontier))?;
                count += 1;
            }
        }
    }
}

/// Fills a chunk until the next entry would make it too large.
struct Cutter<'a> {
    part: Part,
    /// The chunk so far, its header included; empty before its first entry.
    bytes: Vec<u8>,
    entries: u32,
    hashes: Vec<Hash>,
    cancelled: &'a AtomicBool,
}

impl Cutter<'_> {
    fn put(&mut self, entry: &Entry) -> Result<(), SnapshotError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(SnapshotError::Cancelled);
        }
        let encoded = borsh::to_vec(entry).map_err(|error| {
            SnapshotError::Store(layout::corrupt(format!("an entry is too long: {error}")))
        })?;
        if self.entries > 0 && self.bytes.len() + encoded.len() > CHUNK_BYTES {
            self.cut()?;
        }
        if self.bytes.is_empty() {
            self.bytes.resize(HEADER_BYTES, 0);
        }
        self.bytes.extend(encoded);
        self.entries += 1;
        Ok(())
    }

    fn cut(&mut self) -> Result<(), SnapshotError> {
        if self.hashes.len() >= MAX_CHUNKS {
            return Err(SnapshotError::TooLarge);
        }
        let index = u32::try_from(self.hashes.len()).unwrap_or(u32::MAX);
        let header = [FORMAT, index, self.entries].map(u32::to_le_bytes);
        self.bytes.resize(self.bytes.len().max(HEADER_BYTES), 0);
        for (to, from) in self.bytes.iter_mut().zip(header.as_flattened()) {
            *to = *from;
        }
        self.part.write_chunk(index, &self.bytes)?;
        self.hashes.push(sha256(&self.bytes));
        self.bytes.clear();
        self.entries = 0;
        Ok(())
    }
}
