//! State sync, which this version does not offer: it lists no snapshot and refuses every one it is
//! offered, so a new node replays from genesis.

use tendermint_proto::v0_38::abci::{
    ResponseApplySnapshotChunk, ResponseListSnapshots, ResponseLoadSnapshotChunk,
    ResponseOfferSnapshot, response_apply_snapshot_chunk, response_offer_snapshot,
};

pub(super) fn list() -> ResponseListSnapshots {
    ResponseListSnapshots::default()
}

pub(super) fn offer() -> ResponseOfferSnapshot {
    ResponseOfferSnapshot {
        result: response_offer_snapshot::Result::Reject as i32,
    }
}

pub(super) fn load() -> ResponseLoadSnapshotChunk {
    ResponseLoadSnapshotChunk::default()
}

pub(super) fn apply() -> ResponseApplySnapshotChunk {
    ResponseApplySnapshotChunk {
        result: response_apply_snapshot_chunk::Result::Abort as i32,
        ..ResponseApplySnapshotChunk::default()
    }
}
