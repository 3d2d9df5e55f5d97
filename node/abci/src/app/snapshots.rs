//! State sync: snapshots made at commits and served to peers, and a new node's store filled from theirs.
//!
//! CometBFT asks its peers' applications what they have ([`Snapshots::list`]), learns the app hash of such a height from
//! headers it verified itself, and offers the best one here ([`App::offer`]). Then come the chunks, each from some peer
//! ([`App::apply`]). Nothing a peer says is believed: a chunk must have its hash in the metadata, and all of them together
//! must give the app hash. Whoever sent what does not is refused, and the sync goes on from others.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use borsh::{BorshDeserialize, BorshSerialize};
use bytes::Bytes;
use nexus_store::snapshot::{FORMAT, Folder, Metadata, Restored, Restorer, SnapshotError, make};
use nexus_store::{Backend, Store, StoreError};
use nexus_types::Hash;
use nexus_types::constants::{APP_VERSION, constants_hash};
use nexus_types::decode;
use nexus_types::log::{ChainLog, LogId};
use nexus_types::state::{ChainRecord, Clock, Collection};
use nexus_types::state_key::{self, KeyKind, StateKey};
use tendermint_proto::v0_38::abci::response_apply_snapshot_chunk::Result as Applied;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestLoadSnapshotChunk, RequestOfferSnapshot,
    ResponseApplySnapshotChunk, ResponseListSnapshots, ResponseLoadSnapshotChunk,
    ResponseOfferSnapshot, Snapshot,
};

use super::{App, Observer, log_bytes};

/// Peers whose chunks are remembered, to refuse them all when the whole turns out untrue: more than a network has seats.
const MAX_SENDERS: usize = 256;

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

struct Making {
    policy: Policy,
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread that makes snapshots has in common with whoever serves them.
struct Shared {
    folder: Folder,
    /// Newest last.
    whole: Mutex<Vec<Metadata>>,
    stop: AtomicBool,
}

struct Restoring {
    restorer: Restorer,
    /// Who sent the chunks so far.
    senders: Vec<String>,
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
            making.shared.stop.store(true, Ordering::Relaxed);
            making.wait();
        }
    }
}

impl Making {
    fn open(policy: Policy) -> Result<Self, SnapshotError> {
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

    fn begin(&self, store: &Store, height: u64, observer: &Arc<dyn Observer>) {
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

    fn wait(&self) {
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
    fn whole(&self) -> MutexGuard<'_, Vec<Metadata>> {
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

impl App {
    /// Whether a snapshot is worth fetching. What is wrong by itself is the fault of whoever sends it.
    pub(super) fn offer(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        let result = match self.begin_restore(request) {
            Ok(()) => Offered::Accept,
            Err(refusal) => refusal,
        };
        ResponseOfferSnapshot {
            result: result.into(),
        }
    }

    fn begin_restore(&self, request: RequestOfferSnapshot) -> Result<(), Offered> {
        let offered = request.snapshot.ok_or(Offered::Reject)?;
        if offered.format != FORMAT {
            tracing::warn!(
                height = offered.height,
                format = offered.format,
                "snapshot refused: this program reads format {FORMAT}"
            );
            return Err(Offered::RejectFormat);
        }
        let metadata = believable(&offered, &request.app_hash).map_err(|why| {
            tracing::warn!(
                height = offered.height,
                why,
                "snapshot refused, and all others of its senders"
            );
            Offered::RejectSender
        })?;
        if metadata.preimage.constants != constants_hash().0 {
            tracing::error!(
                "this chain has another law than this program: no snapshot of it can be restored"
            );
            return Err(Offered::Abort);
        }
        let mut restoring = self.inner.snapshots.restoring();
        *restoring = None;
        let restorer = self.inner.store.restore(metadata).map_err(|error| {
            tracing::error!(%error, "state sync cannot begin");
            Offered::Abort
        })?;
        let metadata = restorer.metadata();
        tracing::info!(
            height = metadata.height,
            chunks = metadata.count(),
            keys = metadata.keys,
            "restoring a snapshot"
        );
        *restoring = Some(Restoring {
            restorer,
            senders: Vec::new(),
        });
        Ok(())
    }

    /// Takes one chunk; with the last one the height becomes this node's.
    pub(super) fn apply(&self, request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk {
        let mut restoring = self.inner.snapshots.restoring();
        let Some(current) = restoring.as_mut() else {
            tracing::error!("a chunk came, but no snapshot is being restored");
            return answer(Applied::Abort);
        };
        let RequestApplySnapshotChunk {
            index,
            chunk,
            sender,
        } = request;
        match current.restorer.apply(index, &chunk) {
            Ok(()) => current.remember(sender),
            Err(SnapshotError::Altered { index }) => {
                tracing::warn!(
                    chunk = index,
                    sender,
                    "altered chunk: its sender is refused, another is asked"
                );
                return ResponseApplySnapshotChunk {
                    refetch_chunks: vec![index],
                    reject_senders: vec![sender],
                    ..answer(Applied::Retry)
                };
            }
            Err(SnapshotError::OutOfTurn { expected, got }) => {
                tracing::warn!(
                    expected,
                    got,
                    "a chunk out of turn: the snapshot begins anew"
                );
                return answer(Applied::RetrySnapshot);
            }
            Err(error) => {
                current.remember(sender);
                let answer = self.refuse(current, &error);
                *restoring = None;
                return answer;
            }
        }
        if !current.restorer.is_complete() {
            return answer(Applied::Accept);
        }
        let Some(complete) = restoring.take() else {
            return answer(Applied::Abort);
        };
        self.finish(complete)
    }

    fn finish(&self, complete: Restoring) -> ResponseApplySnapshotChunk {
        let Restoring { restorer, senders } = complete;
        let height = restorer.metadata().height;
        let genesis = self.inner.genesis;
        if let Err(error) = restorer.finish(&|restored| untrue(restored, genesis)) {
            return self.refused(&error, senders);
        }
        self.work().folds.clear();
        self.work().finalized = None;
        self.pending().clear();
        tracing::info!(
            height,
            "snapshot restored: its content has the app hash of the header"
        );
        self.inner.heights.send_replace(height);
        answer(Applied::Accept)
    }

    fn refuse(&self, current: &mut Restoring, error: &SnapshotError) -> ResponseApplySnapshotChunk {
        self.refused(error, std::mem::take(&mut current.senders))
    }

    /// Everybody who served a snapshot that is untrue as a whole had listed it as theirs.
    fn refused(&self, error: &SnapshotError, senders: Vec<String>) -> ResponseApplySnapshotChunk {
        if let Err(error) = self.inner.store.give_up_restore() {
            tracing::error!(%error, "what was restored so far could not be deleted; the next start does");
        }
        if error.is_the_snapshots() {
            tracing::warn!(%error, "snapshot refused, and its senders");
            return ResponseApplySnapshotChunk {
                reject_senders: senders,
                ..answer(Applied::RejectSnapshot)
            };
        }
        tracing::error!(%error, "state sync cannot go on");
        answer(Applied::Abort)
    }
}

impl Restoring {
    fn remember(&mut self, sender: String) {
        if self.senders.len() < MAX_SENDERS && !self.senders.contains(&sender) {
            self.senders.push(sender);
        }
    }
}

fn answer(result: Applied) -> ResponseApplySnapshotChunk {
    ResponseApplySnapshotChunk {
        result: result.into(),
        ..ResponseApplySnapshotChunk::default()
    }
}

/// The metadata of an offer, if it fits itself and the app hash that CometBFT learnt from headers.
fn believable(offered: &Snapshot, app_hash: &[u8]) -> Result<Metadata, String> {
    let metadata = Metadata::decode(&offered.metadata).map_err(|error| error.to_string())?;
    if (metadata.height, metadata.count()) != (offered.height, offered.chunks) {
        return Err("its metadata is of another height or number of chunks".to_owned());
    }
    if offered.hash != metadata.hash().as_slice() {
        return Err("its hash is not that of its metadata".to_owned());
    }
    if app_hash != metadata.app_hash().as_slice() {
        return Err("its app hash is not that of the verified header".to_owned());
    }
    Ok(metadata)
}

/// What in a restored ledger is not as its state says, whose root is the committed one: height and time; the chain; the
/// collections, whose sizes and roots stand in the state.
fn untrue(restored: &Restored<'_>, genesis: Option<Hash>) -> Result<Option<String>, StoreError> {
    let metadata = restored.metadata();
    let clock: Option<Clock> = object(restored, &state_key::clock())?;
    if !clock
        .is_some_and(|clock| (clock.height, clock.time.0) == (metadata.height, metadata.time_ms))
    {
        return Ok(Some(
            "its height or time is not that of the state's clock".to_owned(),
        ));
    }
    let Some(chain) = object::<ChainRecord>(restored, &state_key::chain())? else {
        return Ok(Some("its state has no chain record".to_owned()));
    };
    let stored = chain.network.genesis_hash;
    if let Some(ours) = genesis.filter(|ours| *ours != stored) {
        return Ok(Some(format!(
            "it is of the chain with genesis {stored}; this node's genesis is {ours}"
        )));
    }
    if chain.app_version != APP_VERSION {
        return Ok(Some(format!(
            "it needs version {} of the law's program; this one is version {APP_VERSION}",
            chain.app_version
        )));
    }
    collections(restored)
}

/// Every log beside the chain's own is a collection in the state, and the other way round.
fn collections(restored: &Restored<'_>) -> Result<Option<String>, StoreError> {
    let chain_logs = ChainLog::ALL.map(|log| log_bytes(&LogId::Chain(log)));
    let (mut found, mut failure) = (0_u64, None);
    restored.logs(|id, head| {
        if chain_logs.iter().any(|log| log == id) {
            return ControlFlow::Continue(());
        }
        let Ok(LogId::Collection(kind, imvu)) = decode(id) else {
            failure = Some(Ok(Some(format!(
                "a log with the id {id:02x?} is none of the ledger's"
            ))));
            return ControlFlow::Break(());
        };
        let key = state_key::collection(kind, imvu.as_ref());
        let known = object::<Collection>(restored, &key).map(|known| {
            known.is_some_and(|known| (known.size, known.root.0) == (head.size, head.root))
        });
        match known {
            Ok(true) => {
                found += 1;
                ControlFlow::Continue(())
            }
            Ok(false) => {
                failure = Some(Ok(Some(format!(
                    "the collection {key:?} is not as the state says"
                ))));
                ControlFlow::Break(())
            }
            Err(error) => {
                failure = Some(Err(error));
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(failure) = failure {
        return failure;
    }
    let mut stand = 0_u64;
    restored.under(&[KeyKind::Collection.byte()], &mut |_, _| {
        stand += 1;
        ControlFlow::Continue(())
    })?;
    let missing = stand != found;
    Ok(missing.then(|| format!("{stand} collections stand in its state, it has {found}")))
}

fn object<T: BorshDeserialize + BorshSerialize>(
    restored: &Restored<'_>,
    key: &StateKey,
) -> Result<Option<T>, StoreError> {
    let bytes = restored.get(key.as_bytes())?;
    Ok(bytes.and_then(|bytes| decode(&bytes).ok()))
}
