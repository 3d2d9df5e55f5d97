//! The parameters of every method: one object each, unknown names refused.

use super::list::{At, GateOutcomeFilter};
use super::object::{ImvuStatus, ProposalStatus};
use super::scalar::{
    Base64, Hex, WireHash, WireIdentity, WireImvu, WireJurisdiction, WireName, WireU64,
};
use super::tx::Wait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State keys, log records or consistency proofs in one `nexus_getProof`: each costs a walk through the tree.
pub const MAX_PROOF_ITEMS: usize = 64;
/// Milliseconds `nexus_submitTransaction` waits at most.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// Milliseconds `nexus_submitTransaction` waits when the caller names no time: a few blocks.
pub const DEFAULT_TIMEOUT_MS: u32 = 10_000;

/// Parameters of a method that takes none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NoParams {}

/// Parameters of `nexus_submitTransaction`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SubmitParams {
    /// The signed transaction.
    pub tx: Base64,
    /// How long to wait; `checked` by default.
    #[serde(default)]
    pub wait: Wait,
    /// Milliseconds to wait for a block, at most 30,000; 10,000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
}

/// Parameters of `nexus_simulateTransaction`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SimulateParams {
    /// The transaction.
    pub tx: Base64,
    /// Whether signatures are checked; yes by default. Without, a transaction can be tried before it is signed.
    #[serde(default = "yes")]
    pub check_signature: bool,
}

fn yes() -> bool {
    true
}

/// Parameters of `nexus_getTransaction`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetTransactionParams {
    /// SHA-256 of its bytes, or its id.
    pub hash: WireHash,
}

/// Parameters of `nexus_listTransactions`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListTransactionsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those that concern this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those of this signer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<WireIdentity>,
    /// Only actions of this kind, such as `changeQuota`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Parameters of `nexus_getNonce`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetNonceParams {
    /// Whose.
    pub identity: WireIdentity,
    /// Which lane; 0 by default, the lane of people.
    #[serde(default)]
    pub lane: u8,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getBlock` and `nexus_getLightBlock`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HeightParams {
    /// The height; the last committed one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<WireU64>,
}

/// Parameters of `nexus_listBlocks`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListBlocksParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

/// Parameters of `nexus_chainInfo`, `nexus_getValidators`, `nexus_getGovernance` and `nexus_getGates`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AtParams {
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getIdentity`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetIdentityParams {
    /// Which.
    pub identity: WireIdentity,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getImvu`, `nexus_getQuota` and `nexus_getPlacement`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetImvuParams {
    /// Which.
    pub imvu: WireImvu,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listImvus`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListImvusParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<WireIdentity>,
    /// Only those with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<WireJurisdiction>,
    /// Only those that stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ImvuStatus>,
}

/// Parameters of `nexus_resolveDomain`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResolveDomainParams {
    /// The name, in any spelling the law's canonicaliser takes.
    pub name: WireName,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listDomains`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListDomainsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
}

/// Parameters of `nexus_getZone`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetZoneParams {
    /// The apex.
    pub zone: WireName,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof: that of the zone object, whose root the record sets give.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listGateDecisions`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListGateDecisionsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only this gate, 1–17.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u8>,
    /// Only those that concern this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those that ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<GateOutcomeFilter>,
}

/// Parameters of `nexus_listViolations`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListViolationsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those that concern this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those in which this gate refused, 1–17.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u8>,
    /// Only those of this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<WireIdentity>,
}

/// Parameters of `nexus_listAudit`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListAuditParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those that concern this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those of this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<WireIdentity>,
}

/// Parameters of `nexus_listApprovals`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListApprovalsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only this proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<WireHash>,
    /// Only those about this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those that stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProposalStatus>,
}

/// A record of one of the chain's logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RecordRef {
    /// `audit`, `platform`, `consent`, `usage` or `headers`.
    pub log: LogName,
    /// Its position, from 0.
    pub index: WireU64,
}

/// An earlier size of one of the chain's logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SizeRef {
    /// `audit`, `platform`, `consent`, `usage` or `headers`.
    pub log: LogName,
    /// The earlier size.
    pub from: WireU64,
}

/// One of the chain's logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LogName {
    /// Every decision.
    Audit,
    /// Every platform action, with signatures.
    Platform,
    /// Consent commitments.
    Consent,
    /// Usage lines.
    Usage,
    /// Block hashes.
    Headers,
}

/// Parameters of `nexus_getProof`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetProofParams {
    /// State keys, at most 64.
    #[serde(default)]
    pub keys: Vec<Hex>,
    /// Log records, at most 64.
    #[serde(default)]
    pub records: Vec<RecordRef>,
    /// Earlier sizes of logs, at most 64.
    #[serde(default)]
    pub consistency: Vec<SizeRef>,
    /// The height to prove at; the last by default, whose header is the next block's.
    #[serde(default)]
    pub at: At,
}

/// What a bundle proves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BundleSubject {
    /// A committed transaction: SHA-256 of its bytes, or its id.
    Tx(WireHash),
    /// An IMVU.
    Imvu(WireImvu),
    /// A zone, by its apex.
    Zone(WireName),
    /// An identity.
    Identity(WireIdentity),
    /// An IMVU's exit, with all that its baseline covers.
    Exit(WireImvu),
}

/// Parameters of `nexus_getBundle`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetBundleParams {
    /// What to prove: one of `{"tx": …}`, `{"imvu": …}`, `{"zone": …}`, `{"identity": …}`, `{"exit": …}`.
    pub subject: BundleSubject,
    /// A height whose header the caller trusts: its anchor.
    pub trusted_height: WireU64,
}

/// Parameters of `nexus_explainCode`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExplainCodeParams {
    /// `NX2015`, `"2015"` or 2015.
    pub code: CodeRef,
}

/// A code by its name or number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CodeRef {
    /// The number.
    Number(u32),
    /// `NX2015` or `2015`.
    Name(String),
}
