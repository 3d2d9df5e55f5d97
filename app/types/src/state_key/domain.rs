//! Keys of external names, grants, delegations and transfers.

use super::{KeyKind, StateKey};
use crate::encoding::encode;
use crate::ids::ImvuId;
use crate::name::Name;
use alloc::vec::Vec;

/// [`crate::domain::ExternalClaim`]: borsh(name) ‖ borsh(IMVU id), so that all claims of one name stand together.
pub fn external_claim(name: &Name, id: &ImvuId) -> StateKey {
    KeyKind::ExternalClaim.key(&encode(&(name, id)))
}

/// The range of all claims of one name: from the first, to before the second.
pub fn external_claims_of(name: &Name) -> (StateKey, StateKey) {
    let bytes = encode(name);
    let mut end = bytes.clone();
    // An IMVU's id begins with its length, which is far below this.
    end.push(u8::MAX);
    (
        KeyKind::ExternalClaim.key(&bytes),
        KeyKind::ExternalClaim.key(&end),
    )
}

/// [`crate::domain::ExternalName`]: the labels from the right, joined by dots, so that all names below one stand together.
pub fn external_name(name: &Name) -> StateKey {
    KeyKind::ExternalName.key(&reversed(name))
}

/// The range of all external names below one: from the first, to before the second.
pub fn external_names_below(name: &Name) -> (StateKey, StateKey) {
    let mut bytes = reversed(name);
    bytes.push(b'.');
    let from = KeyKind::ExternalName.key(&bytes);
    if let Some(last) = bytes.last_mut() {
        *last = last.saturating_add(1);
    }
    (from, KeyKind::ExternalName.key(&bytes))
}

/// [`crate::domain::ChildGrant`]: the child's text.
pub fn child_grant(child: &Name) -> StateKey {
    KeyKind::ChildGrant.key(child.as_str().as_bytes())
}

/// [`crate::domain::DelegationRecord`]: the name's text.
pub fn delegation(name: &Name) -> StateKey {
    KeyKind::Delegation.key(name.as_str().as_bytes())
}

/// [`crate::domain::TransferKey`]: the name's text.
pub fn transfer_key(name: &Name) -> StateKey {
    KeyKind::TransferKey.key(name.as_str().as_bytes())
}

fn reversed(name: &Name) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.as_str().len());
    for label in name.labels().rev() {
        if !bytes.is_empty() {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes
}
