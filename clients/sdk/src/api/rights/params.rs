//! The parameters of the methods about consents and snapshots.

use crate::api::list::At;
use crate::api::scalar::{WireHash, WireImvu};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of `nexus_getConsents`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetConsentsParams {
    /// In which IMVU.
    pub imvu: WireImvu,
    /// The subject's pseudonym.
    pub subject: WireHash,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listConsents`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListConsentsParams {
    /// Whose.
    pub imvu: WireImvu,
    /// Only entries of this subject's; with a cursor, the same again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<WireHash>,
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

/// Parameters of `nexus_listSnapshots`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListSnapshotsParams {
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
