//! The application CometBFT talks to: the machine behind `tendermint_abci::Application`.
//!
//! - [`App::open`] reads the store, and refuses one that was made under another law (2055); `Info` reports what is on disk, so that a restart at any point
//!   between two calls replays to the same app hash.
//! - `InitChain` writes genesis as height 0, once; asked again (CometBFT asks until block 1 is
//!   committed) it checks that it is the same genesis.
//! - `CheckTx` is admission at the last committed time over an overlay of what waits.
//! - `PrepareProposal`, `ProcessProposal` and `FinalizeBlock` share one bounded cache of folds.
//! - `FinalizeBlock` computes and stages; `Commit` is the only other write.
//! - An upgrade (law §9): the block before its first tells CometBFT the new version; from there on this program proposes
//!   nothing, accepts nothing, decides nothing, and [`App::another_version`] says so to whoever has to end the process.
//!
//! - Snapshots are made in the background after some commits, served, and restored into an empty store
//!   (state sync).
//!
//! An error of the store inside consensus is a bug or a broken disk: the application panics rather
//! than answer, and the process stops (`nexusd` aborts on a panic).

mod application;
mod fold;
mod law;
mod observer;
mod options;
mod pending;
mod recovery;
mod room;
mod snapshots;
mod state;
mod version;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use nexus_machine::{BlockContext, Decider, Executed, genesis};
use nexus_store::{BlockWrite, LogAppend, ReadView, Store, StoreError, Views, app_log};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::constants::APP_VERSION;
use nexus_types::encoding::encode;
use nexus_types::genesis::GenesisDocument;
use nexus_types::log::{ChainLog, LogId};
use nexus_types::{Hash, Time};
use tendermint_proto::v0_38::abci::ResponseFinalizeBlock;
use tokio::sync::watch;

use crate::sigs::{CachedSigs, SigCache};
use fold::Folds;
pub use law::{AnotherLaw, OpenError};
pub use observer::{CommittedBlock, NoObserver, Observer};
pub use options::Options;
use pending::Pending;
pub use recovery::{RecoverError, Recovered, apply_recovery};
pub use room::{MEMPOOL_BYTES, MEMPOOL_TXS};
use snapshots::Snapshots;
pub use snapshots::{Policy, SnapshotEvent};
pub use state::StateView;
pub use version::AnotherVersion;

/// The application. Clones share everything.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    sigs: CachedSigs,
    pending: Mutex<Pending>,
    work: Mutex<Work>,
    heights: watch::Sender<u64>,
    another_version: watch::Sender<Option<AnotherVersion>>,
    observer: Arc<dyn Observer>,
    genesis: Option<Hash>,
    snapshots: Snapshots,
}

/// What lives between two consensus calls.
struct Work {
    folds: Folds,
    finalized: Option<Finalized>,
}

struct Finalized {
    write: BlockWrite,
    codes: Vec<u32>,
    took: Duration,
}

impl App {
    /// The application on an open store.
    ///
    /// # Errors
    /// [`OpenError`] if the store cannot say what it holds, was made under another law, its next block is another version's
    /// to decide, or the folder of snapshots cannot be used.
    pub fn open(
        store: Store,
        options: Options,
        observer: impl Observer + 'static,
    ) -> Result<Self, OpenError> {
        let height = law::committed_under_ours(&store)?;
        if let Some(view) = store.view()? {
            AnotherVersion::check(&Decider::next(&StateView::new(view)))?;
        }
        let snapshots = Snapshots::open(options.snapshots).map_err(|error| StoreError::Io {
            operation: "opening",
            place: "the folder of snapshots",
            source: error.into(),
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                sigs: CachedSigs::with_threads(SigCache::new(options.signatures), options.threads),
                pending: Mutex::default(),
                work: Mutex::new(Work {
                    folds: Folds::new(options.folds),
                    finalized: None,
                }),
                heights: watch::channel(height).0,
                another_version: watch::channel(None).0,
                observer: Arc::new(observer),
                genesis: options.genesis,
                snapshots,
            }),
        })
    }

    /// Waits until no snapshot is being made.
    pub fn wait_for_snapshot(&self) {
        self.inner.snapshots.wait();
    }

    /// Reads of the committed state.
    pub fn views(&self) -> Views {
        self.inner.store.views()
    }

    /// The committed height, and a notice of each new one.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.inner.heights.subscribe()
    }

    /// That the next block is another program's to decide, once it is.
    pub fn another_version(&self) -> watch::Receiver<Option<AnotherVersion>> {
        self.inner.another_version.subscribe()
    }

    /// Whether the next block, on the committed state, is this program's to decide.
    fn decides(&self) -> Result<(), AnotherVersion> {
        match self.latest() {
            Some(view) => AnotherVersion::check(&Decider::next(&StateView::new(view))),
            // Before genesis: InitChain judges it.
            None => Ok(()),
        }
    }

    /// Checks signatures, and remembers the good ones.
    pub fn sigs(&self) -> CachedSigs {
        self.inner.sigs.clone()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.inner
            .work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.inner
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The committed state; none before InitChain.
    fn latest(&self) -> Option<ReadView> {
        self.inner
            .store
            .view()
            .unwrap_or_else(|error| fatal("reading the committed state", &error))
    }

    /// The committed state inside consensus, where there must be one.
    fn state(&self) -> StateView {
        match self.latest() {
            Some(view) => StateView::new(view),
            None => fatal(
                "executing a block",
                &"no genesis was ever committed; CometBFT must send InitChain first",
            ),
        }
    }

    /// Commits genesis as the height before the first, or finds the same one there.
    fn begin_chain(&self, document: &GenesisDocument) -> Hash {
        let height = document.initial_height.saturating_sub(1);
        if let Some(committed) = self.committed() {
            let chain = self.state().chain();
            if committed.height == height && chain.network.genesis_hash == document.hash() {
                return Hash(committed.app_hash);
            }
            fatal(
                "InitChain",
                &"the store already holds another chain; give this node an empty data folder, or its own genesis",
            );
        }
        if document.app_version != APP_VERSION {
            fatal(
                "InitChain",
                &format_args!(
                    "the chain begins with version {} of the law's program; this one is version {APP_VERSION}",
                    document.app_version
                ),
            );
        }
        // State sync may have failed in this very process; its remains are no chain.
        self.inner
            .store
            .give_up_restore()
            .unwrap_or_else(|error| fatal("deleting an unfinished snapshot", &error));
        let executed = genesis(document);
        let context = BlockContext {
            height,
            time: document.time,
        };
        let write = stage(
            &self.inner.store,
            context,
            Hash::default(),
            [0; 20],
            &[],
            executed,
        );
        let app_hash = write.app_hash;
        self.inner
            .store
            .commit(write)
            .unwrap_or_else(|error| fatal("committing genesis", &error));
        self.inner.heights.send_replace(height);
        Hash(app_hash)
    }

    /// The committed state, where its height is a recovery's: no block of CometBFT has it.
    fn recovered_at_tip(&self) -> Option<StateView> {
        let view = StateView::new(self.latest()?);
        recovery::is_at_tip(&view)
            .unwrap_or_else(|error| fatal("reading the committed block", &error))
            .then_some(view)
    }

    fn committed(&self) -> Option<nexus_store::Committed> {
        self.inner
            .store
            .committed()
            .unwrap_or_else(|error| fatal("reading the committed height", &error))
    }

    /// Executes a decided block, without writing.
    fn finalize(&self, decided: &Decided<'_>) -> ResponseFinalizeBlock {
        let started = Instant::now();
        let view = self.state();
        let mut work = self.work();
        let block = match work.folds.take(&decided.key()) {
            Some(block) => block,
            None => fold::all(&view, decided, &self.inner.sigs),
        };
        let executed = block.finish(&view, decided.hash);
        let codes = executed
            .txs
            .iter()
            .map(|outcome| outcome.code.number())
            .collect();
        let tx_results = wire::results(&executed);
        let validator_updates = wire::validator_updates(&executed.validator_updates);
        let consensus_param_updates = executed.app_version.map(wire::app_version);
        let write = stage(
            &self.inner.store,
            decided.context,
            decided.hash,
            decided.proposer,
            decided.txs,
            executed,
        );
        let app_hash = Bytes::copy_from_slice(&write.app_hash);
        work.finalized = Some(Finalized {
            write,
            codes,
            took: started.elapsed(),
        });
        ResponseFinalizeBlock {
            tx_results,
            validator_updates,
            consensus_param_updates,
            app_hash,
            ..ResponseFinalizeBlock::default()
        }
    }

    /// Writes what was finalized: one synced batch.
    fn persist(&self) {
        let Some(finalized) = self.work().finalized.take() else {
            fatal("Commit", &"no block was finalized before it");
        };
        let (height, time_ms) = (finalized.write.height, finalized.write.time_ms);
        let started = Instant::now();
        self.inner
            .store
            .commit(finalized.write)
            .unwrap_or_else(|error| fatal("committing a block", &error));
        let commit = started.elapsed();
        self.work().folds.clear();
        self.pending().clear();
        self.inner.observer.committed(&CommittedBlock {
            height,
            time_ms,
            codes: finalized.codes,
            finalize: finalized.took,
            commit,
        });
        self.inner.heights.send_replace(height);
        let inner = &self.inner;
        inner
            .snapshots
            .committed(&inner.store, height, &inner.observer);
        if let Err(another) = self.decides() {
            tracing::warn!(%another, "this program's last block is committed");
            inner.another_version.send_replace(Some(another));
        }
    }

    /// The block that a transaction arriving now would be judged in.
    fn next_context(view: &ReadView) -> BlockContext {
        BlockContext {
            height: view.height().saturating_add(1),
            time: Time(view.time_ms()),
        }
    }
}

/// Stages the state in RAM and builds the one batch that `Commit` will write.
fn stage(
    store: &Store,
    context: BlockContext,
    block_hash: Hash,
    proposer: [u8; 20],
    txs: &[Bytes],
    mut executed: Executed,
) -> BlockWrite {
    let changes: Vec<_> = std::mem::take(&mut executed.changes)
        .into_iter()
        .map(|(key, value)| (key.into_bytes(), value))
        .collect();
    let staged = store
        .stage(changes)
        .unwrap_or_else(|error| fatal("computing the state root", &error));
    let preimage = executed.preimage(Hash(staged.state_root));
    let app_hash = Hash(preimage.hash());
    let records: Vec<TxRecord> = txs
        .iter()
        .zip(executed.txs)
        .map(|(bytes, outcome)| TxRecord {
            hash: Hash::of(bytes),
            bytes: bytes.to_vec(),
            code: outcome.code,
            verdict: outcome.verdict,
        })
        .collect();
    let hashes = records.iter().map(|record| record.hash.0).collect();
    let record = BlockRecord {
        height: context.height,
        time: context.time,
        hash: block_hash,
        app_hash,
        proposer,
        txs: records,
        events: executed.events,
        changes: staged.changes,
    };
    BlockWrite {
        height: context.height,
        time_ms: context.time.0,
        block_hash: block_hash.0,
        app_hash: app_hash.0,
        preimage,
        logs: executed
            .appends
            .into_iter()
            .map(|(log, record)| LogAppend {
                log: log_bytes(&log),
                record,
            })
            .collect(),
        txs: hashes,
        block: encode(&record),
    }
}

/// A block that consensus decided, or proposes.
struct Decided<'a> {
    context: BlockContext,
    misbehaviour: Vec<nexus_machine::Misbehaviour>,
    txs: &'a [Bytes],
    hash: Hash,
    proposer: [u8; 20],
}

impl Decided<'_> {
    /// What a fold depends on: not the block's own hash, which is known only at the end.
    fn key(&self) -> fold::Key {
        fold::key(
            self.context,
            &self.misbehaviour,
            self.txs.iter().map(|tx| Hash::of(tx)),
        )
    }
}

/// The name under which the store keeps a log.
fn log_bytes(log: &LogId) -> Vec<u8> {
    match log {
        LogId::Chain(chain) => app_log(app_log_id(*chain)),
        LogId::Collection(..) => log.to_bytes(),
    }
}

/// The store's name of a chain log.
pub(crate) fn app_log_id(log: ChainLog) -> AppLog {
    match log {
        ChainLog::Audit => AppLog::Audit,
        ChainLog::Platform => AppLog::Platform,
        ChainLog::Consent => AppLog::Consent,
        ChainLog::Usage => AppLog::Usage,
        ChainLog::Headers => AppLog::Headers,
    }
}

#[expect(
    clippy::panic,
    reason = "inside consensus an internal error is a bug or a broken disk: stop, never guess"
)]
pub(crate) fn fatal(operation: &str, error: &dyn std::fmt::Display) -> ! {
    tracing::error!(%operation, %error, "the application cannot go on");
    panic!(
        "{operation}: {error}. This node stops so that it never signs a state it did not compute"
    )
}

#[cfg(test)]
mod tests;
