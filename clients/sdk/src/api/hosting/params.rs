//! The parameters of the methods about hosts, meters and usage.

use super::words::WireResource;
use crate::api::hosting_action::{AgentKind, HostStatus};
use crate::api::list::At;
use crate::api::scalar::{WireHost, WireIdentity, WireImvu, WireJurisdiction, WireMeter, WireU64};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of `nexus_getHost`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetHostParams {
    /// Which.
    pub host: WireHost,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listHosts`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListHostsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<WireIdentity>,
    /// Only those that stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<WireJurisdiction>,
    /// Only those that stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<HostStatus>,
}

/// Parameters of `nexus_getAgent`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetAgentParams {
    /// Which: its identity.
    pub agent: WireIdentity,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listAgents`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListAgentsParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// Only this hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AgentKind>,
    /// Only those that have been called silent, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
}

/// Parameters of `nexus_getMeter`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetMeterParams {
    /// Which.
    pub meter: WireMeter,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listMeters`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListMetersParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only those of this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// Only those that count this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AgentKind>,
    /// Only those that have been called silent, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
}

/// Parameters of `nexus_listAssignments`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListAssignmentsParams {
    /// Of which host's agent.
    pub host: WireHost,
    /// Which hand.
    pub kind: AgentKind,
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to read at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Whether to send the proof; then a page has at most 64 items.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_getUsage`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetUsageParams {
    /// Whose.
    pub imvu: WireImvu,
    /// The first hour, counted from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_hour: Option<WireU64>,
    /// The hour before which it ends, counted from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_hour: Option<WireU64>,
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to read at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Whether to send the proof; then a page has at most 64 items.
    #[serde(default)]
    pub proof: bool,
}

/// Parameters of `nexus_listUsage`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListUsageParams {
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The height to list at; the last by default. Without a cursor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Only that of this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<WireResource>,
    /// The first hour, counted from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_hour: Option<WireU64>,
    /// The hour before which it ends, counted from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_hour: Option<WireU64>,
}

/// Parameters of `nexus_listDrifts`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListDriftsParams {
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
    /// Only those on this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
}
