//! Restoring a snapshot: offers and chunks, each from some peer.

use nexus_store::snapshot::{FORMAT, Metadata, Restorer, SnapshotError};
use tendermint_proto::v0_38::abci::response_apply_snapshot_chunk::Result as Applied;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestOfferSnapshot, ResponseApplySnapshotChunk,
    ResponseOfferSnapshot, Snapshot,
};

use super::truth::untrue;
use crate::app::{AnotherLaw, App};

/// Peers whose chunks are remembered, to refuse them all when the whole turns out untrue: more than a network has seats.
const MAX_SENDERS: usize = 256;

/// A snapshot of which chunks come.
pub(super) struct Restoring {
    restorer: Restorer,
    /// Who sent the chunks so far.
    senders: Vec<String>,
}
impl App {
    /// Whether a snapshot is worth fetching. What is wrong by itself is the fault of whoever sends it.
    pub(in crate::app) fn offer(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
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
        AnotherLaw::check(metadata.height, &metadata.preimage).map_err(|error| {
            tracing::error!(%error, "no snapshot of this chain can be restored");
            Offered::Abort
        })?;
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
    pub(in crate::app) fn apply(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> ResponseApplySnapshotChunk {
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
