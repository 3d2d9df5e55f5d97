//! A recovery (law §9) committed to a stopped node's ledger: a height of its own, without a block of CometBFT.

use nexus_machine::{BlockContext, RecoveryFault, SingleVerify, View, recover};
use nexus_store::{Store, StoreError};
use nexus_types::block::BlockRecord;
use nexus_types::constants::APP_VERSION;
use nexus_types::recovery::Recovery;
use nexus_types::state::Seat;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, KeyBytes, decode};
use prost::Message;
use tendermint_proto::v0_38::abci::RequestInitChain;
use thiserror::Error;

use super::{AnotherLaw, StateView, stage, wire};

/// A ledger on which the new epoch begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recovered {
    /// The recovery's height; the first block is the next.
    pub height: u64,
    /// The app hash after it, which the new chain's genesis names.
    pub app_hash: Hash,
    /// Whether it stood there already.
    pub before: bool,
    /// The validators of the new epoch with their power, which the new chain's genesis names.
    pub validators: Vec<(KeyBytes, u64)>,
}

/// Why a recovery is not applied; nothing is changed.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// The store cannot say what it holds.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was made under another law.
    #[error(transparent)]
    AnotherLaw(#[from] AnotherLaw),
    /// It is not this state's.
    #[error("{0}")]
    Fault(RecoveryFault),
    /// There is no state.
    #[error("the ledger is empty")]
    Empty,
    /// Another program made it.
    #[error(
        "the ledger's state machine has version {0}, this program's {APP_VERSION}: apply the recovery with the program that \
         made the ledger"
    )]
    Version(u64),
}

/// Applies a recovery to a ledger, or finds it there.
///
/// # Errors
/// [`RecoverError`].
pub fn apply_recovery(store: &Store, recovery: &Recovery) -> Result<Recovered, RecoverError> {
    let view = store.view()?.ok_or(RecoverError::Empty)?;
    AnotherLaw::check(view.height(), view.preimage())?;
    let committed = store.committed()?.ok_or(RecoverError::Empty)?;
    let app_hash = Hash(committed.app_hash);
    let (body, view) = (&recovery.body, StateView::new(view));
    let chain = view.chain();
    if chain.network == body.next_network()
        && committed.height == body.recovered_height()
        && view.store().block_hash_at(committed.height)? == body.digest().0
    {
        return Ok(Recovered {
            height: committed.height,
            app_hash,
            before: true,
            validators: validators(&view),
        });
    }
    // A plan for another version does not count: the recovery calls it off.
    if chain.app_version != APP_VERSION {
        return Err(RecoverError::Version(chain.app_version));
    }
    let executed =
        recover(&view, app_hash, recovery, &SingleVerify).map_err(RecoverError::Fault)?;
    let context = BlockContext {
        height: body.recovered_height(),
        time: body.time,
    };
    let write = stage(store, context, body.digest(), [0; 20], &[], executed);
    let app_hash = Hash(write.app_hash);
    store.commit(write)?;
    let view = store.view()?.ok_or(RecoverError::Empty)?;
    Ok(Recovered {
        height: context.height,
        app_hash,
        before: false,
        validators: validators(&StateView::new(view)),
    })
}

/// The seats that have power.
fn validators(view: &StateView) -> Vec<(KeyBytes, u64)> {
    let (mut from, to) = state_key::range_of(KeyKind::Seat);
    let mut found = Vec::new();
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        let seat: Option<Seat> = decode(&bytes).ok();
        found.extend(
            seat.filter(|seat| seat.power > 0)
                .map(|seat| (seat.key, seat.power)),
        );
        let mut next = key.into_bytes();
        next.push(0);
        from = StateKey::from_bytes(next);
    }
    found
}

/// Whether the state's height is a recovery's: in a later epoch than the first, and without a proposer.
pub(super) fn is_at_tip(view: &StateView) -> Result<bool, StoreError> {
    if view.chain().network.recovery_epoch == 0 {
        return Ok(false);
    }
    let bytes = view.store().block_record(view.store().height())?;
    let record: Option<BlockRecord> = bytes.and_then(|bytes| decode(&bytes).ok());
    Ok(record.is_some_and(|record| record.proposer == [0; 20]))
}

/// Compares what CometBFT begins a recovery's chain with to the recovered state; the app hash that the chain begins on.
pub(super) fn begin_chain(view: &StateView, request: &RequestInitChain) -> Result<Hash, String> {
    let height = view.store().height();
    let differs = |what: &str| {
        Err(format!(
            "CometBFT's genesis has {what} than the ledger, whose last height, {height}, is a recovery. Apply the recovery \
             anew (`nexusd recovery apply`): it writes the genesis"
        ))
    };
    if request.chain_id != view.chain().network.chain_id.as_str() {
        return differs("another chain id");
    }
    if request.initial_height != i64::try_from(height.saturating_add(1)).unwrap_or(i64::MAX) {
        return differs("another first height");
    }
    let mut theirs = request.validators.clone();
    let mut ours = wire::validator_updates(&validators(view));
    for all in [&mut theirs, &mut ours] {
        all.sort_by_key(Message::encode_to_vec);
    }
    if theirs != ours {
        return differs("other validators");
    }
    Ok(Hash(view.store().preimage().hash()))
}
