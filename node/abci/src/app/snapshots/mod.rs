//! State sync: snapshots made at commits and served to peers, and a new node's store filled from theirs.
//!
//! CometBFT asks its peers' applications what they have ([`Snapshots::list`]), learns the app hash of such a height from
//! headers it verified itself, and offers the best one here ([`App::offer`]). Then come the chunks, each from some peer
//! ([`App::apply`]). Nothing a peer says is believed: a chunk must have its hash in the metadata, and all of them together
//! must give the app hash. Whoever sent what does not is refused, and the sync goes on from others.

mod making;
mod restoring;
mod truth;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use nexus_store::Store;
use nexus_store::snapshot::{Metadata, SnapshotError};
use tendermint_proto::v0_38::abci::{
    RequestLoadSnapshotChunk, ResponseListSnapshots, ResponseLoadSnapshotChunk, Snapshot,
};

use super::Observer;
use making::Making;
use restoring::Restoring;

/// Which snapshots a node makes and keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A snapshot is made of each height that this number divides; at least 1.
    pub interval: u64,
    /// How many are kept, the newest; at least 1. Two, so that the one a peer is fetching does not go when the next comes.
    pub keep: usize,
    /// Where, on the disk of the store: what a snapshot is made from are hard links.
    pub folder: PathBuf,
}

/// What became of a snapshot that was to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotEvent {
    /// It is there.
    Made {
        /// Its height.
        height: u64,
        /// Bytes of its chunks.
        bytes: u64,
        /// From the checkpoint to the last byte on disk.
        took: Duration,
    },
    /// It was left out, because the one before is not finished yet.
    Skipped {
        /// Its height.
        height: u64,
    },
    /// It could not be made; the log says why.
    Failed {
        /// Its height.
        height: u64,
    },
}

/// A node's snapshots: what it serves, what it makes, what it restores.
pub(super) struct Snapshots {
    making: Option<Making>,
    restoring: Mutex<Option<Restoring>>,
}
impl Snapshots {
    pub(super) fn open(policy: Option<Policy>) -> Result<Self, SnapshotError> {
        let making = policy.map(Making::open).transpose()?;
        Ok(Self {
            making,
            restoring: Mutex::default(),
        })
    }

    /// Begins to make the snapshot of a height that was just committed, if it is its turn. Costs the block a checkpoint;
    /// everything else happens in a thread of its own, and nothing that fails there concerns the block.
    pub(super) fn committed(&self, store: &Store, height: u64, observer: &Arc<dyn Observer>) {
        if let Some(making) = &self.making
            && height > 0
            && height.is_multiple_of(making.policy.interval.max(1))
        {
            making.begin(store, height, observer);
        }
    }

    /// Waits until no snapshot is being made.
    pub(super) fn wait(&self) {
        if let Some(making) = &self.making {
            making.wait();
        }
    }

    pub(super) fn list(&self) -> ResponseListSnapshots {
        let whole = self
            .making
            .as_ref()
            .map(|making| making.shared.whole().clone());
        let snapshots = whole
            .unwrap_or_default()
            .into_iter()
            .map(|metadata| Snapshot {
                height: metadata.height,
                format: metadata.format,
                chunks: metadata.count(),
                hash: Bytes::copy_from_slice(&metadata.hash()),
                metadata: metadata.encode().into(),
            });
        ResponseListSnapshots {
            snapshots: snapshots.collect(),
        }
    }

    /// A chunk; empty, which CometBFT takes for "missing", if it is not here or no longer what it was.
    pub(super) fn load(&self, request: &RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        let found = self.making.as_ref().and_then(|making| {
            let wanted = |one: &&Metadata| (one.height, one.format) == (request.height, request.format);
            let metadata = making.shared.whole().iter().find(wanted).cloned()?;
            match making.shared.folder.chunk(&metadata, request.chunk) {
                Ok(bytes) => Some(bytes),
                Err(error) => {
                    tracing::warn!(height = request.height, chunk = request.chunk, %error, "a chunk could not be served");
                    None
                }
            }
        });
        ResponseLoadSnapshotChunk {
            chunk: found.unwrap_or_default().into(),
        }
    }

    fn restoring(&self) -> MutexGuard<'_, Option<Restoring>> {
        self.restoring
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        if let Some(making) = &self.making {
            making.stop();
            making.wait();
        }
    }
}
