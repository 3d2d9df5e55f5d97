//! Transactions: submitted, simulated, committed.

use super::action::ActionView;
use super::approval::ApprovalView;
use super::event::EventItem;
use super::scalar::{Base64, Hex, WireHash, WireIdentity, WireImvu, WireSignature, WireU64};
use super::verdict::{CodeView, VerdictView};
use nexus_types::tx::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long `nexus_submitTransaction` waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Wait {
    /// Not at all: the bytes are handed over, nothing is known.
    None,
    /// Until this node's mempool has taken or refused it.
    #[default]
    Checked,
    /// Until it is in a committed block.
    Committed,
}

/// How far a submitted transaction has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SubmitStatus {
    /// Handed to the node.
    Sent,
    /// In this node's mempool.
    Checked,
    /// In a committed block, applied or denied.
    Committed,
}

/// The answer of `nexus_submitTransaction`. A refusal that stands on the ledger is a result, not an error.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmitResult {
    /// SHA-256 of the bytes: CometBFT's transaction hash.
    pub hash: WireHash,
    /// The transaction's id: the digest its signer signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<WireHash>,
    /// How far it has come.
    pub status: SubmitStatus,
    /// The block it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<WireU64>,
    /// Its place in the block, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The block's time, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_time: Option<WireU64>,
    /// The decision's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<CodeView>,
    /// The decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictView>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventItem>,
}

/// What a simulated transaction would do to a state key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StateChangeKind {
    /// It has no value now.
    Created,
    /// It has another value now.
    Changed,
    /// It would have none.
    Removed,
}

/// One changed state key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    /// The state key.
    pub key: Hex,
    /// The kind of object, such as `imvu` or `rRset`.
    pub kind: String,
    /// The object's id, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What would happen to it.
    pub change: StateChangeKind,
}

/// The answer of `nexus_simulateTransaction`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulateResult {
    /// The committed height the transaction was decided on.
    pub height: WireU64,
    /// The block time it was decided at, milliseconds.
    pub block_time: WireU64,
    /// The code it would get now.
    pub result: CodeView,
    /// The decision; absent if it is inadmissible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictView>,
    /// The law's own words about it.
    pub log: String,
    /// Whether signatures were checked. If not, a real submission may still fail on them.
    pub signatures_checked: bool,
    /// The state keys it would change, ascending; the chain's own clock is left out.
    pub changes: Vec<StateChange>,
}

/// A committed transaction in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionSummary {
    /// SHA-256 of the bytes.
    pub hash: WireHash,
    /// The block it is in.
    pub height: WireU64,
    /// Its place in the block, from 0.
    pub index: u32,
    /// The block's time, milliseconds.
    pub block_time: WireU64,
    /// The decision's code.
    #[serde(flatten)]
    pub code: CodeView,
    /// Its id; absent for bytes that were inadmissible in a decided block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<WireHash>,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<WireIdentity>,
    /// The kind of action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The IMVU concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
}

/// An officer's co-signature.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CosignatureView {
    /// The officer.
    pub signer: WireIdentity,
    /// By the officer's key.
    pub signature: WireSignature,
}

/// The envelope of a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvelopeView {
    /// The digest its signer signed.
    pub id: WireHash,
    /// The chain it is for.
    pub chain_id: String,
    /// Who acts.
    pub signer: WireIdentity,
    /// The signer's lane.
    pub lane: u8,
    /// The nonce in that lane.
    pub nonce: WireU64,
    /// Last block time at which it may be applied, milliseconds.
    pub expires: WireU64,
    /// What it asks for.
    pub action: ActionView,
    /// Approvals it relies on.
    pub approvals: Vec<ApprovalView>,
    /// The signer's signature.
    pub signature: WireSignature,
    /// Officers' co-signatures, ascending by signer.
    pub cosignatures: Vec<CosignatureView>,
}

impl From<&Tx> for EnvelopeView {
    fn from(tx: &Tx) -> Self {
        let body = &tx.body;
        let cosignatures = tx.cosignatures.as_slice().iter();
        Self {
            id: body.id().into(),
            chain_id: body.network.chain_id.to_string(),
            signer: body.signer.into(),
            lane: body.lane,
            nonce: body.nonce.into(),
            expires: body.expires.0.into(),
            action: (&body.action).into(),
            approvals: body.approvals.as_slice().iter().map(Into::into).collect(),
            signature: tx.signature.into(),
            cosignatures: cosignatures
                .map(|one| CosignatureView {
                    signer: one.signer.into(),
                    signature: one.signature.into(),
                })
                .collect(),
        }
    }
}

/// A committed transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: TransactionSummary,
    /// The decision; absent for bytes that were inadmissible in a decided block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictView>,
    /// The envelope; absent if the bytes are no transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<EnvelopeView>,
    /// The bytes as they stand in the block.
    pub raw: Base64,
    /// What happened.
    pub events: Vec<EventItem>,
}
