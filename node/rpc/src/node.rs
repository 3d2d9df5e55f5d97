//! What the methods work with: the node's parts behind one handle that can read and forward, never write.

use crate::comet::Comet;
use crate::config::{CONCURRENT_READS, RpcConfig};
use crate::figures::{Figures, OneMore};
use crate::limit::{Caller, Limits};
use crate::refusal::Refusal;
use nexus_index::{FeedStatus, Index};
use nexus_machine::SigCheck;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_store::{ReadView, Views};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore, watch};

/// How long a list waits for the index to reach the committed height before it answers from what is indexed.
const INDEX_PATIENCE: Duration = Duration::from_secs(2);

/// The parts of a node that its interface needs.
pub struct Context {
    /// Views of the committed state.
    pub views: Views,
    /// The index behind lists and events.
    pub index: Arc<Index>,
    /// How far the index has come ([`nexus_index::Feeder::status`]).
    pub indexed: watch::Receiver<FeedStatus>,
    /// The consensus process beside the node.
    pub comet: Comet,
    /// Who checks signatures of simulated transactions.
    pub sigs: Arc<dyn SigCheck + Send + Sync>,
    /// The committed height, changed after each commit.
    pub committed: watch::Receiver<u64>,
}

/// The context with what the server adds to it.
pub(crate) struct Node {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) reads: Arc<Semaphore>,
    /// The height of CometBFT's first block, once somebody has asked.
    pub(crate) first_height: OnceCell<u64>,
}

impl Node {
    pub(crate) fn new(context: Context, config: &RpcConfig) -> Self {
        Self {
            limits: Arc::new(Limits::new(config)),
            reads: Arc::new(Semaphore::new(CONCURRENT_READS)),
            first_height: OnceCell::new(),
            context,
        }
    }

    pub(crate) fn figures(&self) -> &Arc<Figures> {
        &self.limits.figures
    }

    /// A view of the last committed height.
    pub(crate) fn view(&self) -> Result<ReadView, Refusal> {
        self.context.views.latest()?.ok_or_else(|| {
            Refusal::interface(
                InterfaceCode::Syncing,
                "this node has committed no block yet",
            )
        })
    }

    /// Runs something that reads the disk on a thread that may wait for it, a few at a time.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let failed = |cause: &dyn std::fmt::Display| Refusal::internal("answering a call", cause);
        let waiting = OneMore::new(self.figures(), |figures| &figures.waiting_reads);
        let permit = Arc::clone(&self.reads).acquire_owned().await;
        drop(waiting);
        let permit = permit.map_err(|error| failed(&error))?;
        // The work holds its place itself: it goes on where its caller leaves.
        let joined = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        let joined = joined.await;
        joined.map_err(|error| failed(&error))?
    }

    /// Waits until the index holds what is committed now, so that a list after a submission shows it.
    pub(crate) async fn await_index(&self) {
        // The store may hold a block that has not been announced yet, and somebody may have been told of it.
        let stored = self.context.views.latest().ok().flatten();
        let committed = stored.map_or(0, |view| view.height());
        let mut indexed = self.context.indexed.clone();
        let reached = indexed.wait_for(|status| status.indexed.is_some_and(|at| at >= committed));
        // Late or gone: the list says at which height it is.
        let _ = tokio::time::timeout(INDEX_PATIENCE, reached).await;
    }

    /// Charges a transaction to its signer, as this caller, before anything is verified.
    pub(crate) fn charge_signer(&self, caller: Caller, bytes: &[u8]) -> Result<(), Refusal> {
        match nexus_types::decode::<nexus_types::Tx>(bytes) {
            Ok(tx) => self.limits.charge_signer(caller, tx.body.signer),
            // What does not decode is refused by the law without any costly check.
            Err(_) => Ok(()),
        }
    }
}
