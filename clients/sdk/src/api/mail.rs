//! An IMVU's mail: its addresses, credentials, routes and keys, and the epochs that agents committed to.

use super::hosting::LeafProof;
use super::list::At;
use super::object::CollectionView;
use super::scalar::{
    Base64, WireHash, WireHost, WireIdentity, WireImvu, WireJurisdiction, WireName, WireU64,
};
use nexus_types::mail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one address may do at most.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressLimitsView {
    /// Messages submitted a day.
    pub messages_day: WireU64,
    /// Recipients of them a day.
    pub recipients_day: WireU64,
    /// Bytes kept in its mailbox.
    pub storage_bytes: WireU64,
}

impl From<&mail::AddressLimits> for AddressLimitsView {
    fn from(limits: &mail::AddressLimits) -> Self {
        Self {
            messages_day: limits.messages_day.into(),
            recipients_day: limits.recipients_day.into(),
            storage_bytes: limits.storage_bytes.into(),
        }
    }
}

/// Where a domain's mail goes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum MailRouteView {
    /// To the mail agent of the host the IMVU is on.
    Kept,
    /// To another exchange.
    Exchange {
        /// Its host name.
        host: WireName,
    },
}

impl From<&mail::MailRoute> for MailRouteView {
    fn from(route: &mail::MailRoute) -> Self {
        match route {
            mail::MailRoute::Kept => Self::Kept,
            mail::MailRoute::Exchange(host) => Self::Exchange {
                host: host.clone().into(),
            },
        }
    }
}

/// A public key that verifies mail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DkimPublicKeyView {
    /// `rsa` or `ed25519`, as in the record's `k=` tag.
    pub algorithm: String,
    /// What the record's `p=` tag says: a `SubjectPublicKeyInfo`, or the 32 bytes of the key.
    pub public: Base64,
}

impl From<&mail::DkimPublicKey> for DkimPublicKeyView {
    fn from(key: &mail::DkimPublicKey) -> Self {
        Self {
            algorithm: key.algorithm().to_owned(),
            public: Base64::new(key.as_slice()),
        }
    }
}

/// An address granted to an identity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressView {
    /// The address: SHA-256(`nexus/mail-address/v1` ‖ 0 ‖ 32-byte salt ‖ `local part@domain`).
    pub local: WireHash,
    /// The domain.
    pub domain: WireName,
    /// Who sends and receives under it.
    pub holder: WireIdentity,
    /// What it may do.
    pub limits: AddressLimitsView,
    /// Where the mailbox may be.
    pub jurisdiction: WireJurisdiction,
    /// The height it was granted at.
    pub granted: WireU64,
}

impl From<&mail::Address> for AddressView {
    fn from(address: &mail::Address) -> Self {
        Self {
            local: address.local.into(),
            domain: address.domain.clone().into(),
            holder: address.holder.into(),
            limits: (&address.limits).into(),
            jurisdiction: address.jurisdiction.clone().into(),
            granted: address.granted.into(),
        }
    }
}

/// A secret that an identity submits mail with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailCredentialView {
    /// Its id.
    pub id: WireHash,
    /// Who sends with it.
    pub holder: WireIdentity,
    /// From which addresses.
    pub addresses: Vec<WireHash>,
    /// SHA-256(`nexus/mail-secret/v1` ‖ 0 ‖ secret).
    pub secret: WireHash,
    /// Law time up to which, milliseconds.
    pub expires: WireU64,
    /// Messages a day at most.
    pub messages_day: WireU64,
    /// The height it was set at.
    pub set: WireU64,
}

impl From<&mail::Credential> for MailCredentialView {
    fn from(credential: &mail::Credential) -> Self {
        let addresses = credential.addresses.as_slice().iter();
        Self {
            id: credential.id.into(),
            holder: credential.holder.into(),
            addresses: addresses.map(|one| (*one).into()).collect(),
            secret: credential.secret.into(),
            expires: credential.expires.0.into(),
            messages_day: credential.messages_day.into(),
            set: credential.set.into(),
        }
    }
}

/// Where a domain's mail goes, and how often that was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailRouteRecordView {
    /// The domain.
    pub domain: WireName,
    /// Where to; absent: the domain takes no mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<MailRouteView>,
    /// How often it was set or removed.
    pub version: WireU64,
}

impl From<&mail::MailRouteRecord> for MailRouteRecordView {
    fn from(record: &mail::MailRouteRecord) -> Self {
        Self {
            domain: record.domain.clone().into(),
            route: record.route.as_ref().map(Into::into),
            version: record.version.into(),
        }
    }
}

/// A DKIM key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DkimKeyView {
    /// The domain.
    pub domain: WireName,
    /// Its selector.
    pub selector: String,
    /// The public key.
    pub key: DkimPublicKeyView,
    /// Who registered it: the owner, or a mail agent.
    pub by: WireIdentity,
    /// The height it was registered at.
    pub registered: WireU64,
    /// The height it was revoked at, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<WireU64>,
}

impl From<&mail::DkimKey> for DkimKeyView {
    fn from(key: &mail::DkimKey) -> Self {
        Self {
            domain: key.domain.clone().into(),
            selector: key.selector.to_string(),
            key: (&key.key).into(),
            by: key.by.into(),
            registered: key.registered.into(),
            revoked: key.revoked.map(Into::into),
        }
    }
}

/// The value of `nexus_getMail`: an IMVU's book of mail and all it has. The root commits to all objects.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailView {
    /// Whose.
    pub imvu: WireImvu,
    /// How often anything in it changed.
    pub version: WireU64,
    /// RFC 6962 root over all objects, sorted.
    pub root: WireHash,
    /// Tokens of an earlier epoch are void.
    pub token_epoch: WireU64,
    /// The addresses.
    pub addresses: Vec<AddressView>,
    /// The credentials.
    pub credentials: Vec<MailCredentialView>,
    /// The domains whose mail was ever routed.
    pub routes: Vec<MailRouteRecordView>,
    /// The DKIM keys, the revoked ones as well.
    pub keys: Vec<DkimKeyView>,
}

impl MailView {
    /// A book with these objects.
    pub fn new(book: &mail::MailBook, objects: &[mail::MailObject]) -> Self {
        let mut view = Self {
            imvu: book.imvu.clone().into(),
            version: book.version.into(),
            root: book.root.into(),
            token_epoch: book.token_epoch.into(),
            addresses: Vec::new(),
            credentials: Vec::new(),
            routes: Vec::new(),
            keys: Vec::new(),
        };
        for object in objects {
            match object {
                mail::MailObject::Address(address) => view.addresses.push(address.into()),
                mail::MailObject::Credential(credential) => {
                    view.credentials.push(credential.into());
                }
                mail::MailObject::Route(record) => view.routes.push(record.into()),
                mail::MailObject::DkimKey(key) => view.keys.push(key.into()),
            }
        }
        view
    }
}

/// One epoch of an agent's mail for an IMVU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailEpochView {
    /// Its place in the IMVU's collection of epochs.
    pub sequence: WireU64,
    /// The audit entry that recorded it.
    pub audit: WireU64,
    /// The height it was recorded at.
    pub recorded: WireU64,
    /// Block time then, milliseconds.
    pub time: WireU64,
    /// Whose mail.
    pub imvu: WireImvu,
    /// By which agent.
    pub agent: WireIdentity,
    /// Of which host.
    pub host: WireHost,
    /// The IMVU's slot there.
    pub slot: u32,
    /// 1 for the agent's first of this IMVU, one more at each.
    pub epoch: WireU64,
    /// The first sequence in it.
    pub first_seq: WireU64,
    /// The last sequence in it.
    pub last_seq: WireU64,
    /// RFC 6962 root over one leaf for each sequence, in order.
    pub root: WireHash,
    /// Messages accepted.
    pub messages: WireU64,
    /// Recipients of them in all.
    pub recipients: WireU64,
    /// Bytes of them in all.
    pub bytes: WireU64,
}

impl From<&mail::MailEpoch> for MailEpochView {
    fn from(epoch: &mail::MailEpoch) -> Self {
        Self {
            sequence: epoch.sequence.into(),
            audit: epoch.audit.into(),
            recorded: epoch.height.into(),
            time: epoch.time.0.into(),
            imvu: epoch.imvu.clone().into(),
            agent: epoch.agent.into(),
            host: epoch.host.clone().into(),
            slot: epoch.slot,
            epoch: epoch.epoch.into(),
            first_seq: epoch.first_seq.into(),
            last_seq: epoch.last_seq.into(),
            root: epoch.root.into(),
            messages: epoch.messages.into(),
            recipients: epoch.recipients.into(),
            bytes: epoch.bytes.into(),
        }
    }
}

/// An epoch, with the proof that it is in the IMVU's collection if it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailEpochLeafView {
    /// The epoch.
    #[serde(flatten)]
    pub epoch: MailEpochView,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// The value of `nexus_listMailEpochs`: a page of an IMVU's epochs, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailEpochsView {
    /// Whose.
    pub imvu: WireImvu,
    /// Size and root of the collection; absent while there is no epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionView>,
    /// The epochs of this page.
    pub items: Vec<MailEpochLeafView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Present on a node that began at a snapshot: it has no epoch from before this sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}

/// Parameters of `nexus_getMail`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetMailParams {
    /// Whose.
    pub imvu: WireImvu,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listMailEpochs`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListMailEpochsParams {
    /// Whose.
    pub imvu: WireImvu,
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Whether to send the proof; then a page has at most 64 items.
    #[serde(default)]
    pub proof: bool,
}
