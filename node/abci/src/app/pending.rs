//! What waits in the mempool, per identity: one transaction a nonce, contiguous, bounded (law §1).
//! Cleared at each commit and rebuilt by CometBFT's recheck.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nexus_machine::{Admitted, BlockContext, Inadmissible, SigCheck, View, admit_tx};
use nexus_tree::log::Frontier;
use nexus_types::encoding::encode;
use nexus_types::log::ChainLog;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Code, Hash, IdentityId, Tx};

use super::fold::has_reserved_room;
use super::room::Ordinary;

/// Transactions of one identity that may wait (law §1).
const MAX_PENDING: usize = 32;
/// Bytes of one identity's transactions that may wait (law §1): 256 KiB.
const MAX_PENDING_BYTES: usize = 256 * 1024;

/// One lane of one identity.
type Lane = (IdentityId, u8);

/// What waits.
#[derive(Default)]
pub(super) struct Pending {
    lanes: BTreeMap<Lane, BTreeMap<u64, Waiting>>,
    ordinary: Ordinary,
}

struct Waiting {
    id: Hash,
    size: usize,
}

impl Pending {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the transaction would be looked at: nothing waits with its nonce, and the mempool has room for its bytes.
    pub(super) fn has_room_for(&self, tx: &Tx, bytes: &[u8]) -> bool {
        let lane = self.lanes.get(&(tx.body.signer, tx.body.lane));
        let taken = lane.is_some_and(|waiting| waiting.contains_key(&tx.body.nonce));
        !taken && !self.crowds(bytes)
    }

    fn crowds(&self, bytes: &[u8]) -> bool {
        !has_reserved_room(bytes) && self.ordinary.would_crowd(bytes.len())
    }

    /// Admits a transaction behind what already waits, and lets it wait.
    ///
    /// # Errors
    /// [`Inadmissible`].
    pub(super) fn admit(
        &mut self,
        tx: Tx,
        bytes: &[u8],
        view: &dyn View,
        now: BlockContext,
        sigs: &dyn SigCheck,
    ) -> Result<Admitted, Inadmissible> {
        let nonce = tx.body.nonce;
        let lane = (tx.body.signer, tx.body.lane);
        let waiting = self.lanes.get(&lane);
        if let Some(same) = waiting.and_then(|waiting| waiting.get(&nonce)) {
            return Err(taken(same.id == tx.body.id()));
        }
        if self.crowds(bytes) {
            return Err(Inadmissible {
                code: Code::PendingLimit,
                detail: "ordinary transactions fill their part of this node's mempool; the rest is kept for rights"
                    .to_owned(),
            });
        }
        let last = waiting
            .and_then(|waiting| waiting.last_key_value())
            .map(|(nonce, _)| *nonce);
        let behind = Behind { view, lane, last };
        let admitted = admit_tx(tx, bytes.len(), &behind, now, sigs)?;
        let waiting = self.lanes.entry(lane).or_default();
        let size: usize = waiting.values().map(|one| one.size).sum();
        if waiting.len() >= MAX_PENDING || size + admitted.size() > MAX_PENDING_BYTES {
            return Err(Inadmissible {
                code: Code::PendingLimit,
                detail: format!(
                    "{} transactions with {size} bytes wait already",
                    waiting.len()
                ),
            });
        }
        if !has_reserved_room(bytes) {
            self.ordinary.add(admitted.size());
        }
        waiting.insert(
            nonce,
            Waiting {
                id: admitted.id(),
                size: admitted.size(),
            },
        );
        Ok(admitted)
    }
}

fn taken(same_body: bool) -> Inadmissible {
    let (code, detail) = if same_body {
        (
            Code::SecondSignature,
            "the same body waits under another signature",
        )
    } else {
        (
            Code::NoncePending,
            "another transaction waits with this nonce",
        )
    };
    Inadmissible {
        code,
        detail: detail.to_owned(),
    }
}

/// The committed state, except that the lane's last nonce is that of what waits.
struct Behind<'a> {
    view: &'a dyn View,
    lane: Lane,
    last: Option<u64>,
}

impl View for Behind<'_> {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        match self.last {
            Some(last) if *key == state_key::nonce(&self.lane.0, self.lane.1) => {
                Some(Cow::Owned(encode(&last)))
            }
            _ => self.view.get(key),
        }
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        self.view.first_in(from, to)
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.view.frontier(log)
    }
}
