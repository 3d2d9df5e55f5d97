//! Mail as the vectors spell it.

use super::number;
use nexus_types::host::MailSpec;
use nexus_types::mail::{AddressLimits, DkimPublicKey, MailRoute, MailRouteChange};
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
