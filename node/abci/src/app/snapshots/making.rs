//! Making snapshots beside the blocks, and keeping the newest.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use nexus_store::snapshot::{Folder, Metadata, SnapshotError, make};
use nexus_store::{Backend, Store};

use super::{Policy, SnapshotEvent};
use crate::app::Observer;

/// What a node with a policy needs to follow it.
pub(super) struct Making {
    pub(super) policy: Policy,
    pub(super) shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread that makes snapshots has in common with whoever serves them.
pub(super) struct Shared {
    pub(super) folder: Folder,
    /// Newest last.
    whole: Mutex<Vec<Metadata>>,
    stop: AtomicBool,
}
impl Making {
    pub(super) fn open(policy: Policy) -> Result<Self, SnapshotError> {
        let folder = Folder::open(&policy.folder)?;
        let whole = folder.list()?.into_iter().map(|stored| stored.metadata);
        let shared = Shared {
            whole: Mutex::new(whole.collect()),
            folder,
            stop: AtomicBool::new(false),
        };
        Ok(Self {
            policy,
            shared: Arc::new(shared),
            worker: Mutex::default(),
        })
    }

    pub(super) fn begin(&self, store: &Store, height: u64, observer: &Arc<dyn Observer>) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.as_ref().is_some_and(|worker| !worker.is_finished()) {
            tracing::warn!(
                height,
                "no snapshot of this height: the one before is still being made"
            );
            observer.snapshot(SnapshotEvent::Skipped { height });
            return;
        }
        let begun = Instant::now();
        let spawned = self.checkpoint(store, height).and_then(|(checkpoint, place)| {
            let (shared, observer, keep) =
                (Arc::clone(&self.shared), Arc::clone(observer), self.policy.keep.max(1));
            let work = move || {
                let made = shared.make(checkpoint, keep);
                // The checkpoint's links keep files on disk that the store has long replaced.
                if let Err(error) = std::fs::remove_dir_all(&place)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    tracing::warn!(height, %error, "the checkpoint could not be deleted; the next start does");
                }
                tell(&made, height, begun, &observer);
            };
            let thread = std::thread::Builder::new().name("nexus-snapshot".to_owned());
            thread.spawn(work).map_err(|source| SnapshotError::File {
                doing: "starting a thread for",
                path: self.policy.folder.clone(),
                source,
            })
        });
        match spawned {
            Ok(thread) => *worker = Some(thread),
            Err(error) => {
                tracing::error!(height, %error, "no snapshot of this height");
                observer.snapshot(SnapshotEvent::Failed { height });
            }
        }
    }

    fn checkpoint(
        &self,
        store: &Store,
        height: u64,
    ) -> Result<(Box<dyn Backend>, PathBuf), SnapshotError> {
        let place = self.shared.folder.checkpoint(height)?;
        Ok((store.checkpoint(&place)?, place))
    }

    /// Asks the thread to give up.
    pub(super) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn wait(&self) {
        let worker = self
            .worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(worker) = worker
            && worker.join().is_err()
        {
            tracing::error!("the thread that makes snapshots ended in a panic");
        }
    }
}

impl Shared {
    pub(super) fn whole(&self) -> MutexGuard<'_, Vec<Metadata>> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, checkpoint: Box<dyn Backend>, keep: usize) -> Result<u64, SnapshotError> {
        let metadata = make(checkpoint.as_ref(), &self.folder, &self.stop)?;
        self.folder.keep_newest(keep)?;
        let stored = self.folder.list()?;
        let size = stored
            .iter()
            .find(|stored| stored.metadata == metadata)
            .map_or(0, |stored| stored.bytes);
        *self.whole() = stored.into_iter().map(|stored| stored.metadata).collect();
        Ok(size)
    }
}

fn tell(
    made: &Result<u64, SnapshotError>,
    height: u64,
    begun: Instant,
    observer: &Arc<dyn Observer>,
) {
    match made {
        Ok(bytes) => {
            let took = begun.elapsed();
            tracing::info!(height, bytes, ?took, "snapshot made");
            observer.snapshot(SnapshotEvent::Made {
                height,
                bytes: *bytes,
                took,
            });
        }
        Err(SnapshotError::Cancelled) => {}
        Err(error) => {
            tracing::error!(height, %error, "no snapshot of this height");
            observer.snapshot(SnapshotEvent::Failed { height });
        }
    }
}
