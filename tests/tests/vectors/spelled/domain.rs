//! Names that are proven, granted, delegated, handed over.

use super::{number, text};
use nexus_types::Action;
use nexus_types::domain::{
    ChildGrant, Delegation, DelegationRecord, ExternalClaim, ExternalName, NameVotes, TransferBody,
    TransferCode, TransferKey,
};
use nexus_types::governance::Observers;
use serde_json::{Value, json};

pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::ClaimExternal(asked) => {
            json!({"imvu": asked.imvu.as_str(), "name": asked.name.as_str()})
        }
        Action::ObserveName(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "name": asked.name.as_str(),
            "challenge": asked.challenge.to_string(),
            "seen": asked.seen,
            "evidence": asked.evidence.to_string(),
        }),
        Action::GrantChild(asked) => json!({
            "name": asked.name.as_str(),
            "child": asked.child.as_str(),
            "imvu": text(asked.imvu.as_ref()),
        }),
        Action::DelegateName(asked) => json!({
            "name": asked.name.as_str(),
            "delegation": asked.delegation.as_ref().map(delegation),
        }),
        Action::SetTransferKey(asked) => json!({
            "name": asked.name.as_str(),
            "code": asked.code.map(code),
        }),
        Action::RedeemTransfer(asked) => json!({
            "name": asked.name.as_str(),
            "imvu": asked.imvu.as_str(),
            "signature": hex::encode(asked.signature.0),
        }),
        other => panic!("no action of names: {other:?}"),
    }
}

fn delegation(delegation: &Delegation) -> Value {
    let servers = delegation.servers.as_slice().iter();
    let ds = delegation.ds.as_slice().iter().map(|one| {
        json!({
            "key_tag": one.key_tag,
            "algorithm": one.algorithm,
            "digest_type": one.digest_type,
            "digest": hex::encode(one.digest.as_slice()),
        })
    });
    json!({
        "servers": servers.map(|one| one.as_str()).collect::<Vec<_>>(),
        "ds": ds.collect::<Vec<_>>(),
        "ttl": delegation.ttl,
    })
}

fn code(code: TransferCode) -> Value {
    json!({"key": hex::encode(code.key.0), "expires": number(code.expires.0)})
}

fn votes(votes: &NameVotes) -> Value {
    let each = votes.as_slice().iter().map(|vote| {
        json!({
            "observer": vote.observer.to_string(),
            "seen": vote.seen,
            "evidence": vote.evidence.to_string(),
            "at": number(vote.at),
        })
    });
    each.collect()
}

pub(crate) fn claim(it: &ExternalClaim) -> Value {
    json!({
        "name": it.name.as_str(),
        "imvu": it.imvu.as_str(),
        "nonce": it.nonce.to_string(),
        "expires": number(it.expires.0),
        "since": number(it.since),
        "votes": votes(&it.votes),
        "settles": it.settles.map(|time| number(time.0)),
    })
}

pub(crate) fn bound(it: &ExternalName) -> Value {
    json!({
        "name": it.name.as_str(),
        "imvu": it.imvu.as_str(),
        "nonce": it.nonce.to_string(),
        "expires": number(it.expires.0),
        "since": number(it.since),
        "votes": votes(&it.votes),
        "due": number(it.due.0),
        "reproof": it.reproof,
    })
}

pub(crate) fn observers(all: &Observers) -> Value {
    let members = all.members.as_slice().iter().map(|one| {
        json!({
            "identity": one.identity.to_string(),
            "name": one.name.as_str(),
            "platform": one.platform,
        })
    });
    json!({"members": members.collect::<Vec<_>>()})
}

/// What a transfer code signs.
pub(crate) fn transfer_body(body: &TransferBody) -> Value {
    json!({
        "network": super::network(&body.network),
        "name": body.name.as_str(),
        "imvu": body.imvu.as_str(),
    })
}

pub(crate) fn grant(it: &ChildGrant) -> Value {
    json!({
        "child": it.child.as_str(),
        "parent": it.parent.as_str(),
        "by": it.by.as_str(),
        "imvu": it.imvu.as_str(),
        "expires": it.expires.map(|time| number(time.0)),
    })
}

pub(crate) fn delegated(it: &DelegationRecord) -> Value {
    json!({
        "name": it.name.as_str(),
        "imvu": text(it.imvu.as_ref()),
        "delegation": delegation(&it.delegation),
        "since": number(it.since),
    })
}

pub(crate) fn transfer(it: &TransferKey) -> Value {
    json!({
        "name": it.name.as_str(),
        "imvu": it.imvu.as_str(),
        "code": code(it.code),
        "since": number(it.since),
    })
}
