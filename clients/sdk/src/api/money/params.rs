//! The parameters of the methods about money.

use super::words::{WireExternal, WireProcessor};
use crate::api::list::At;
use crate::api::scalar::{WireHash, WireIdentity, WireImvu};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of `nexus_getPrices`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetPricesParams {
    /// Which period; that of the read's block by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u64>,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listAccounts`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListAccountsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<WireIdentity>,
    /// Only those of this IMVU's creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
}

/// Parameters of `nexus_getBilling` and `nexus_getStatement`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetPeriodParams {
    /// Whose.
    pub imvu: WireImvu,
    /// Which period.
    pub period: u64,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listMoney`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListMoneyParams {
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

/// Parameters of `nexus_listStatements`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListStatementsParams {
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
}

/// Parameters of `nexus_getEnforcement`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetEnforcementParams {
    /// Which.
    pub imvu: WireImvu,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getProcessor`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetProcessorParams {
    /// Which.
    pub processor: WireProcessor,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getPayment`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetPaymentParams {
    /// At which processor.
    pub processor: WireProcessor,
    /// The payment's name there.
    pub external: WireExternal,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getDispute`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetDisputeParams {
    /// Which.
    pub dispute: WireHash,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getPayout`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetPayoutParams {
    /// Which.
    pub payout: WireHash,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listPayouts`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListPayoutsParams {
    /// Whose.
    pub identity: WireIdentity,
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
