//! What creators, officers and mail agents ask for of mail.

use super::mail::{AddressLimitsView, DkimPublicKeyView, MailRouteView};
use super::scalar::{WireHash, WireIdentity, WireImvu, WireJurisdiction, WireName, WireU64};
use nexus_types::mail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An address for an identity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantAddressView {
    /// Whose mailbox.
    pub imvu: WireImvu,
    /// The domain, bound to that IMVU.
    pub domain: WireName,
    /// The address: SHA-256(`nexus/mail-address/v1` ‖ 0 ‖ 32-byte salt ‖ `local part@domain`).
    pub local: WireHash,
    /// Who sends and receives under it.
    pub holder: WireIdentity,
    /// Within the IMVU's mail quota.
    pub limits: AddressLimitsView,
    /// Where the mailbox may be: the IMVU's own tag.
    pub jurisdiction: WireJurisdiction,
}

impl From<&mail::GrantAddress> for GrantAddressView {
    fn from(asked: &mail::GrantAddress) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            domain: asked.domain.clone().into(),
            local: asked.local.into(),
            holder: asked.holder.into(),
            limits: (&asked.limits).into(),
            jurisdiction: asked.jurisdiction.clone().into(),
        }
    }
}

/// An address taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokeAddressView {
    /// Whose mailbox.
    pub imvu: WireImvu,
    /// The address, as it was granted.
    pub local: WireHash,
}

impl From<&mail::RevokeAddress> for RevokeAddressView {
    fn from(asked: &mail::RevokeAddress) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            local: asked.local.into(),
        }
    }
}

/// Another route for a domain's mail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailRouteChangeView {
    /// Of which domain.
    pub domain: WireName,
    /// Where to; absent: the domain takes no mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<MailRouteView>,
}

impl From<&mail::MailRouteChange> for MailRouteChangeView {
    fn from(change: &mail::MailRouteChange) -> Self {
        Self {
            domain: change.domain.clone().into(),
            route: change.route.as_ref().map(Into::into),
        }
    }
}

/// A route of mail that the platform proposes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposeMailRouteView {
    /// Whose domain.
    pub imvu: WireImvu,
    /// What.
    pub change: MailRouteChangeView,
    /// Last law time at which it can be approved, milliseconds.
    pub expires: WireU64,
}

impl From<&mail::ProposeMailRoute> for ProposeMailRouteView {
    fn from(asked: &mail::ProposeMailRoute) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            change: (&asked.change).into(),
            expires: asked.expires.0.into(),
        }
    }
}

/// A route of mail set or removed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeMailRouteView {
    /// Whose domain.
    pub imvu: WireImvu,
    /// What.
    pub change: MailRouteChangeView,
}

impl From<&mail::ChangeMailRoute> for ChangeMailRouteView {
    fn from(asked: &mail::ChangeMailRoute) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            change: (&asked.change).into(),
        }
    }
}

/// A DKIM key to publish.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterDkimKeyView {
    /// Whose domain.
    pub imvu: WireImvu,
    /// The domain.
    pub domain: WireName,
    /// Under which selector.
    pub selector: String,
    /// The public key.
    pub key: DkimPublicKeyView,
}

impl From<&mail::RegisterDkimKey> for RegisterDkimKeyView {
    fn from(asked: &mail::RegisterDkimKey) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            domain: asked.domain.clone().into(),
            selector: asked.selector.to_string(),
            key: (&asked.key).into(),
        }
    }
}

/// A DKIM key to publish as revoked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokeDkimKeyView {
    /// Whose domain.
    pub imvu: WireImvu,
    /// The domain.
    pub domain: WireName,
    /// Which.
    pub selector: String,
}

impl From<&mail::RevokeDkimKey> for RevokeDkimKeyView {
    fn from(asked: &mail::RevokeDkimKey) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            domain: asked.domain.clone().into(),
            selector: asked.selector.to_string(),
        }
    }
}

/// A secret to submit mail with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetMailCredentialView {
    /// Whose mailboxes.
    pub imvu: WireImvu,
    /// Its id.
    pub credential: WireHash,
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
}

impl From<&mail::SetMailCredential> for SetMailCredentialView {
    fn from(asked: &mail::SetMailCredential) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            credential: asked.credential.into(),
            holder: asked.holder.into(),
            addresses: asked
                .addresses
                .as_slice()
                .iter()
                .map(|one| (*one).into())
                .collect(),
            secret: asked.secret.into(),
            expires: asked.expires.0.into(),
            messages_day: asked.messages_day.into(),
        }
    }
}

/// A credential ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokeMailCredentialView {
    /// Whose mailboxes.
    pub imvu: WireImvu,
    /// Which.
    pub credential: WireHash,
}

impl From<&mail::RevokeMailCredential> for RevokeMailCredentialView {
    fn from(asked: &mail::RevokeMailCredential) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            credential: asked.credential.into(),
        }
    }
}

/// Every token voided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokeMailTokensView {
    /// Whose.
    pub imvu: WireImvu,
}

impl From<&mail::RevokeMailTokens> for RevokeMailTokensView {
    fn from(asked: &mail::RevokeMailTokens) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
        }
    }
}

/// An epoch of mail that an agent commits to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordMailEpochView {
    /// Whose mail.
    pub imvu: WireImvu,
    /// The IMVU's slot on the agent's host.
    pub slot: u32,
    /// The next of this agent and IMVU, from 1 on.
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

impl From<&mail::RecordMailEpoch> for RecordMailEpochView {
    fn from(asked: &mail::RecordMailEpoch) -> Self {
        Self {
            imvu: asked.imvu.clone().into(),
            slot: asked.slot,
            epoch: asked.epoch.into(),
            first_seq: asked.first_seq.into(),
            last_seq: asked.last_seq.into(),
            root: asked.root.into(),
            messages: asked.messages.into(),
            recipients: asked.recipients.into(),
            bytes: asked.bytes.into(),
        }
    }
}
