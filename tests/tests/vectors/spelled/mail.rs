//! Mail as the vectors spell it.

use super::number;
use nexus_types::host::MailSpec;
use nexus_types::mail::{
    Address, AddressLimits, Credential, DkimKey, DkimPublicKey, MailBook, MailCursor, MailEpoch,
    MailIndex, MailItem, MailRoute, MailRouteChange, MailRouteRecord,
};
use nexus_types::{Action, Hash};
use serde_json::{Value, json};

fn limits(limits: &AddressLimits) -> Value {
    json!({
        "messages_day": number(limits.messages_day),
        "recipients_day": number(limits.recipients_day),
        "storage_bytes": number(limits.storage_bytes),
    })
}

fn route(route: &MailRoute) -> Value {
    match route {
        MailRoute::Kept => json!("kept"),
        MailRoute::Exchange(host) => json!({"exchange": host.as_str()}),
    }
}

pub(crate) fn route_change(change: &MailRouteChange) -> Value {
    json!({"domain": change.domain.as_str(), "route": change.route.as_ref().map(route)})
}

fn key(key: &DkimPublicKey) -> Value {
    json!({key.algorithm(): hex::encode(key.as_slice())})
}

fn hashes(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(ToString::to_string).collect()
}

pub(super) fn spec(spec: &MailSpec) -> Value {
    json!({
        "imvu": spec.imvu.as_str(),
        "placement": number(spec.placement),
        "slot": spec.slot,
        "version": number(spec.version),
        "root": spec.root.to_string(),
        "token_epoch": number(spec.token_epoch),
        "messages_hour": number(spec.messages_hour),
        "storage_bytes": number(spec.storage_bytes),
        "contained": spec.contained,
    })
}

/// The contents of an action of mail.
///
/// # Panics
/// For any other action.
pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::GrantAddress(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "domain": asked.domain.as_str(),
            "local": asked.local.to_string(),
            "holder": asked.holder.to_string(),
            "limits": limits(&asked.limits),
            "jurisdiction": asked.jurisdiction.as_str(),
        }),
        Action::RevokeAddress(asked) => {
            json!({"imvu": asked.imvu.as_str(), "local": asked.local.to_string()})
        }
        Action::ProposeMailRoute(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "change": route_change(&asked.change),
            "expires": number(asked.expires.0),
        }),
        Action::ChangeMailRoute(asked) => {
            json!({"imvu": asked.imvu.as_str(), "change": route_change(&asked.change)})
        }
        Action::RegisterDkimKey(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "domain": asked.domain.as_str(),
            "selector": asked.selector.as_str(),
            "key": key(&asked.key),
        }),
        Action::RevokeDkimKey(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "domain": asked.domain.as_str(),
            "selector": asked.selector.as_str(),
        }),
        Action::SetMailCredential(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "credential": asked.credential.to_string(),
            "holder": asked.holder.to_string(),
            "addresses": hashes(asked.addresses.as_slice()),
            "secret": asked.secret.to_string(),
            "expires": number(asked.expires.0),
            "messages_day": number(asked.messages_day),
        }),
        Action::RevokeMailCredential(asked) => {
            json!({"imvu": asked.imvu.as_str(), "credential": asked.credential.to_string()})
        }
        Action::RevokeMailTokens(asked) => json!({"imvu": asked.imvu.as_str()}),
        Action::RecordMailEpoch(asked) => json!({
            "imvu": asked.imvu.as_str(),
            "slot": asked.slot,
            "epoch": number(asked.epoch),
            "first_seq": number(asked.first_seq),
            "last_seq": number(asked.last_seq),
            "root": asked.root.to_string(),
            "messages": number(asked.messages),
            "recipients": number(asked.recipients),
            "bytes": number(asked.bytes),
        }),
        other => panic!("{} is no action of mail", other.kind()),
    }
}

pub(crate) fn book(book: &MailBook) -> Value {
    json!({
        "imvu": book.imvu.as_str(),
        "version": number(book.version),
        "addresses": book.addresses,
        "credentials": book.credentials,
        "routes": book.routes,
        "keys": book.keys,
        "root": book.root.to_string(),
        "token_epoch": number(book.token_epoch),
    })
}

fn item(item: &MailItem) -> Value {
    match item {
        MailItem::Address(local) => json!({"address": local.to_string()}),
        MailItem::Credential(id) => json!({"credential": id.to_string()}),
        MailItem::Route(domain) => json!({"route": domain.as_str()}),
        MailItem::DkimKey(domain, selector) => {
            json!({"dkimKey": {"domain": domain.as_str(), "selector": selector.as_str()}})
        }
    }
}

pub(crate) fn index(index: &MailIndex) -> Value {
    let entries = index.entries.iter();
    let entries: Vec<Value> = entries
        .map(|entry| json!({"item": item(&entry.item), "hash": entry.hash.to_string()}))
        .collect();
    json!({"entries": entries})
}

pub(crate) fn address(address: &Address) -> Value {
    json!({
        "local": address.local.to_string(),
        "imvu": address.imvu.as_str(),
        "domain": address.domain.as_str(),
        "holder": address.holder.to_string(),
        "limits": limits(&address.limits),
        "jurisdiction": address.jurisdiction.as_str(),
        "granted": number(address.granted),
    })
}

pub(crate) fn route_record(record: &MailRouteRecord) -> Value {
    json!({
        "imvu": record.imvu.as_str(),
        "domain": record.domain.as_str(),
        "route": record.route.as_ref().map(route),
        "version": number(record.version),
    })
}

pub(crate) fn dkim_key(known: &DkimKey) -> Value {
    json!({
        "imvu": known.imvu.as_str(),
        "domain": known.domain.as_str(),
        "selector": known.selector.as_str(),
        "key": key(&known.key),
        "by": known.by.to_string(),
        "registered": number(known.registered),
        "revoked": known.revoked.map(number),
    })
}

pub(crate) fn credential(known: &Credential) -> Value {
    json!({
        "id": known.id.to_string(),
        "imvu": known.imvu.as_str(),
        "holder": known.holder.to_string(),
        "addresses": hashes(known.addresses.as_slice()),
        "secret": known.secret.to_string(),
        "expires": number(known.expires.0),
        "messages_day": number(known.messages_day),
        "set": number(known.set),
    })
}

pub(crate) fn cursor(cursor: &MailCursor) -> Value {
    json!({
        "epoch": number(cursor.epoch),
        "last_seq": number(cursor.last_seq),
        "messages": number(cursor.messages),
        "recipients": number(cursor.recipients),
        "bytes": number(cursor.bytes),
        "at": number(cursor.at),
    })
}

pub(crate) fn epoch(epoch: &MailEpoch) -> Value {
    json!({
        "sequence": number(epoch.sequence),
        "audit": number(epoch.audit),
        "height": number(epoch.height),
        "time": number(epoch.time.0),
        "imvu": epoch.imvu.as_str(),
        "agent": epoch.agent.to_string(),
        "host": epoch.host.to_string(),
        "slot": epoch.slot,
        "epoch": number(epoch.epoch),
        "first_seq": number(epoch.first_seq),
        "last_seq": number(epoch.last_seq),
        "root": epoch.root.to_string(),
        "messages": number(epoch.messages),
        "recipients": number(epoch.recipients),
        "bytes": number(epoch.bytes),
    })
}
