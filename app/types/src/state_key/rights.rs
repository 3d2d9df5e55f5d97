//! Keys of consents and snapshots.

use super::{KeyKind, StateKey};
use crate::encoding::encode;
use crate::hash::Hash;
use crate::ids::{HostId, ImvuId};

/// [`crate::consent::Consents`]: borsh(IMVU id) ‖ the subject's 32-byte pseudonym.
pub fn consents(id: &ImvuId, subject: &Hash) -> StateKey {
    KeyKind::Consents.key(&encode(&(id, subject)))
}

/// The range of all subjects' consents in one IMVU: from the first, to before the second.
pub fn consents_of(id: &ImvuId) -> (StateKey, StateKey) {
    let mut bytes = encode(id);
    let from = KeyKind::Consents.key(&bytes);
    // An IMVU's id ends in a letter or digit, far below this.
    if let Some(last) = bytes.last_mut() {
        *last = last.saturating_add(1);
    }
    (from, KeyKind::Consents.key(&bytes))
}

/// [`crate::consent::Erasure`]: borsh(IMVU id) ‖ the subject's 32-byte pseudonym ‖ sequence, big-endian.
pub fn erasure(id: &ImvuId, subject: &Hash, sequence: u64) -> StateKey {
    let mut bytes = encode(&(id, subject));
    bytes.extend_from_slice(&sequence.to_be_bytes());
    KeyKind::Erasure.key(&bytes)
}

/// The range of all erasures of one subject in one IMVU: from the first, to behind the second.
pub fn erasures_of(id: &ImvuId, subject: &Hash) -> (StateKey, StateKey) {
    (erasure(id, subject, 0), erasure(id, subject, u64::MAX))
}

/// `()`: borsh(IMVU id) ‖ borsh(host), where that IMVU is or was on that host.
pub fn stay(id: &ImvuId, host: &HostId) -> StateKey {
    KeyKind::Stay.key(&encode(&(id, host)))
}

/// [`crate::snapshot::Snapshots`]: the IMVU id's text.
pub fn snapshots(id: &ImvuId) -> StateKey {
    KeyKind::Snapshots.key(id.as_str().as_bytes())
}

/// [`crate::snapshot::Snapshot`]: the IMVU id's text ‖ zero byte ‖ number, big-endian, so that an IMVU's keys sort by it.
pub fn snapshot(id: &ImvuId, number: u64) -> StateKey {
    let mut bytes = id.as_str().as_bytes().to_vec();
    bytes.push(0);
    bytes.extend_from_slice(&number.to_be_bytes());
    KeyKind::Snapshot.key(&bytes)
}

/// The range of all snapshots of one IMVU: from the first, to before the second.
pub fn snapshots_of(id: &ImvuId) -> (StateKey, StateKey) {
    let mut bytes = id.as_str().as_bytes().to_vec();
    bytes.push(0);
    let from = KeyKind::Snapshot.key(&bytes);
    if let Some(last) = bytes.last_mut() {
        *last = 1;
    }
    (from, KeyKind::Snapshot.key(&bytes))
}
