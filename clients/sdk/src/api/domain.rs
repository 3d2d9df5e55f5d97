//! External names, grants below a name, delegations and transfer codes.

use super::list::At;
use super::scalar::{WireHash, WireIdentity, WireImvu, WireKey, WireName, WireU64};
use nexus_types::domain::{
    ChildGrant, Delegation, DelegationRecord, Ds, ExternalClaim, ExternalEntry, ExternalName,
    ExternalStep, NameVote, NameVotes, TransferKey, challenge_owner,
};
use nexus_types::ids::ChainId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name's own name servers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DelegationView {
    /// Their host names.
    pub servers: Vec<WireName>,
    /// Digests of its keys, each `KEY-TAG ALGORITHM DIGEST-TYPE DIGEST` (RFC 4034 §5.3).
    pub ds: Vec<String>,
    /// Seconds.
    pub ttl: u32,
}

impl From<&Delegation> for DelegationView {
    fn from(delegation: &Delegation) -> Self {
        let servers = delegation.servers.as_slice().iter();
        Self {
            servers: servers.map(|one| one.clone().into()).collect(),
            ds: delegation.ds.as_slice().iter().map(present_ds).collect(),
            ttl: delegation.ttl,
        }
    }
}

/// A digest in presentation form.
pub fn present_ds(ds: &Ds) -> String {
    let digest: String = ds
        .digest
        .as_slice()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{} {} {} {digest}",
        ds.key_tag, ds.algorithm, ds.digest_type
    )
}

/// What one observer said in a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NameVoteView {
    /// Which organisation, by its identity.
    pub observer: WireIdentity,
    /// Whether it saw the challenge.
    pub seen: bool,
    /// SHA-256 of what it keeps of its look.
    pub evidence: WireHash,
    /// The height it said so at.
    pub at: WireU64,
}

impl From<&NameVote> for NameVoteView {
    fn from(vote: &NameVote) -> Self {
        Self {
            observer: vote.observer.into(),
            seen: vote.seen,
            evidence: vote.evidence.into(),
            at: vote.at.into(),
        }
    }
}

fn votes(votes: &NameVotes) -> Vec<NameVoteView> {
    votes.as_slice().iter().map(Into::into).collect()
}

/// A record that proves control of a name: one TXT string.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeView {
    /// Where it is published.
    pub owner: String,
    /// The string.
    pub text: WireHash,
    /// Of it, with the chain's id, the IMVU, the name and the expiry.
    pub nonce: WireHash,
    /// Part of it, law time in milliseconds.
    pub expires: WireU64,
}

/// A claim of an external name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalClaimView {
    /// The name.
    pub name: WireName,
    /// Who claims it.
    pub imvu: WireImvu,
    /// What it has to publish.
    pub challenge: ChallengeView,
    /// The height it was claimed at.
    pub since: WireU64,
    /// What observers said.
    pub votes: Vec<NameVoteView>,
    /// Proven while others hold the name or names below it: law time in milliseconds at which that is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<WireU64>,
}

impl ExternalClaimView {
    /// As it stands on a chain.
    pub fn new(chain: &ChainId, claim: &ExternalClaim) -> Self {
        Self {
            name: claim.name.clone().into(),
            imvu: claim.imvu.clone().into(),
            challenge: ChallengeView {
                owner: challenge_owner(&claim.name),
                text: claim.challenge(chain).into(),
                nonce: claim.nonce.into(),
                expires: claim.expires.0.into(),
            },
            since: claim.since.into(),
            votes: votes(&claim.votes),
            settles: claim.settles.map(|time| time.0.into()),
        }
    }
}

/// What keeps an external name bound.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalNameView {
    /// The name.
    pub name: WireName,
    /// Who holds it.
    pub imvu: WireImvu,
    /// What it keeps published, or in a re-proof has to publish.
    pub challenge: ChallengeView,
    /// The height the round began at.
    pub since: WireU64,
    /// What observers said in it.
    pub votes: Vec<NameVoteView>,
    /// Law time in milliseconds at which the round ends.
    pub due: WireU64,
    /// Whether the holder loses the name unless the challenge is seen by then.
    pub reproof: bool,
}

impl ExternalNameView {
    /// As it stands on a chain.
    pub fn new(chain: &ChainId, it: &ExternalName) -> Self {
        Self {
            name: it.name.clone().into(),
            imvu: it.imvu.clone().into(),
            challenge: ChallengeView {
                owner: challenge_owner(&it.name),
                text: it.challenge(chain).into(),
                nonce: it.nonce.into(),
                expires: it.expires.0.into(),
            },
            since: it.since.into(),
            votes: votes(&it.votes),
            due: it.due.0.into(),
            reproof: it.reproof,
        }
    }
}

/// That an IMVU may claim, or has claimed, a name below another's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChildGrantView {
    /// The name above whose owner granted it.
    pub parent: WireName,
    /// Who held that name then.
    pub by: WireImvu,
    /// Who may claim it, or has.
    pub imvu: WireImvu,
    /// Last law time in milliseconds at which it can be claimed; absent once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<WireU64>,
}

impl From<&ChildGrant> for ChildGrantView {
    fn from(grant: &ChildGrant) -> Self {
        Self {
            parent: grant.parent.clone().into(),
            by: grant.by.clone().into(),
            imvu: grant.imvu.clone().into(),
            expires: grant.expires.map(|time| time.0.into()),
        }
    }
}

/// A name that is served elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DelegatedView {
    /// Who holds it; absent once it was freed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// To whom.
    pub delegation: DelegationView,
    /// The height it was set at.
    pub since: WireU64,
}

impl From<&DelegationRecord> for DelegatedView {
    fn from(record: &DelegationRecord) -> Self {
        Self {
            imvu: record.imvu.clone().map(Into::into),
            delegation: (&record.delegation).into(),
            since: record.since.into(),
        }
    }
}

/// The code on a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferCodeView {
    /// Its public key.
    pub key: WireKey,
    /// Last law time in milliseconds at which it can be redeemed.
    pub expires: WireU64,
    /// The height it was set at.
    pub since: WireU64,
}

impl From<&TransferKey> for TransferCodeView {
    fn from(record: &TransferKey) -> Self {
        Self {
            key: record.code.key.into(),
            expires: record.code.expires.0.into(),
            since: record.since.into(),
        }
    }
}

/// The value of `nexus_getName`: all that stands in state of a name beside its zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NameView {
    /// The canonical name.
    pub name: WireName,
    /// The law's clock, milliseconds.
    pub law_time: WireU64,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Of an external name, what keeps it bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalNameView>,
    /// Claims of it.
    pub claims: Vec<ExternalClaimView>,
    /// Whether it was granted by the owner of a name above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<ChildGrantView>,
    /// Where it is served, if not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated: Option<DelegatedView>,
    /// The code that is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferCodeView>,
    /// Observers that are registered; two thirds of them, rounded up, decide.
    pub observers: u32,
}

/// Parameters of `nexus_getName`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetNameParams {
    /// The name, in any spelling the law's canonicaliser takes.
    pub name: WireName,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// The value of `nexus_listChallenges`: what observers have to look for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChallengesView {
    /// The law's clock, milliseconds.
    pub law_time: WireU64,
    /// Claims that wait for their proof, or for its settlement.
    pub claims: Vec<ExternalClaimView>,
    /// External names that are bound.
    pub names: Vec<ExternalNameView>,
}

/// What happened to an external name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExternalStepView {
    /// Bound to the IMVU.
    Bound,
    /// The IMVU's proof was seen, but others hold the name or names below it.
    Proven,
    /// The IMVU has to prove it again.
    Reproof,
    /// The IMVU has proven it again.
    Reproved,
    /// The IMVU lost it.
    Lost,
    /// The IMVU's claim ended without it.
    ClaimEnded,
}

/// Something happened to an external name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalEntryView {
    /// Which name.
    pub name: WireName,
    /// Whose claim or binding.
    pub imvu: WireImvu,
    /// What.
    pub step: ExternalStepView,
    /// Law time in milliseconds by which the next step comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<WireU64>,
}

impl From<&ExternalEntry> for ExternalEntryView {
    fn from(entry: &ExternalEntry) -> Self {
        let (step, until) = match entry.step {
            ExternalStep::Bound => (ExternalStepView::Bound, None),
            ExternalStep::Proven(time) => (ExternalStepView::Proven, Some(time)),
            ExternalStep::Reproof(time) => (ExternalStepView::Reproof, Some(time)),
            ExternalStep::Reproved => (ExternalStepView::Reproved, None),
            ExternalStep::Lost => (ExternalStepView::Lost, None),
            ExternalStep::ClaimEnded => (ExternalStepView::ClaimEnded, None),
        };
        Self {
            name: entry.name.clone().into(),
            imvu: entry.imvu.clone().into(),
            step,
            until: until.map(|time| time.0.into()),
        }
    }
}
