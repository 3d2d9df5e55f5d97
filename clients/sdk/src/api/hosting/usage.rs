//! What was used, and what somebody changed.

use super::words::{WireDriftKind, WireHost, WireMeter, WireResource, WireU128};
use crate::api::object::CollectionView;
use crate::api::proof::ProofFault;
use crate::api::scalar::{Hex, WireHash, WireIdentity, WireImvu, WireU64};
use nexus_tree::log::InclusionProof;
use nexus_types::ImvuId;
use nexus_types::encoding::decode;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Cursor, Metering, OpenHour, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::report::DriftEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Usage of one resource by one meter in one hour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLineView {
    /// Of what.
    pub resource: WireResource,
    /// The unit of the quantities, such as `ms` or `MiB·s`.
    pub unit: String,
    /// By which meter.
    pub meter: WireMeter,
    /// What was read.
    pub read: WireU128,
    /// What of it counts.
    pub billed: WireU128,
    /// What was dropped over the quota and is not billed.
    pub dropped: WireU128,
    /// Windows it was read in.
    pub windows: u16,
    /// What is special: `gap`, `regressed`, `capped`, `test`, `booted`.
    pub flags: Vec<String>,
}

impl From<&UsageLine> for UsageLineView {
    fn from(line: &UsageLine) -> Self {
        Self {
            resource: line.resource.into(),
            unit: line.resource.unit().to_owned(),
            meter: line.meter.clone().into(),
            read: line.read.into(),
            billed: line.billed.into(),
            dropped: line.dropped.into(),
            windows: line.windows,
            flags: usage_flags(line.flags),
        }
    }
}

/// The names of the flags that are set.
pub fn usage_flags(flags: UsageFlags) -> Vec<String> {
    let set = UsageFlags::NAMES
        .into_iter()
        .filter(|(flag, _)| flags.has(*flag));
    set.map(|(_, name)| name.to_owned()).collect()
}

/// The first millisecond of an hour.
fn start(hour: u64) -> WireU64 {
    hour.saturating_mul(HOUR_MS).into()
}

/// Usage of an IMVU in one hour, as far as it was known when the hour was sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageHourView {
    /// Whose.
    pub imvu: WireImvu,
    /// Position in the IMVU's usage collection, from 0.
    pub sequence: WireU64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: WireU64,
    /// When the hour began, milliseconds.
    pub start: WireU64,
    /// The identity responsible.
    pub owner: WireIdentity,
    /// Where it ran.
    pub host: WireHost,
    /// In which placement.
    pub placement: WireU64,
    /// The block that sealed it.
    pub height: WireU64,
    /// What was used, ascending by resource and meter.
    pub lines: Vec<UsageLineView>,
}

impl From<&UsageHour> for UsageHourView {
    fn from(hour: &UsageHour) -> Self {
        Self {
            imvu: hour.imvu.clone().into(),
            sequence: hour.sequence.into(),
            hour: hour.hour.into(),
            start: start(hour.hour),
            owner: hour.owner.into(),
            host: hour.host.clone().into(),
            placement: hour.placement.into(),
            height: hour.height.into(),
            lines: hour.lines.iter().map(Into::into).collect(),
        }
    }
}

/// Where a leaf stands in its collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeafProof {
    /// The leaf: borsh of its type.
    pub record: Hex,
    /// borsh of the inclusion proof at the size of the collection.
    pub proof: Hex,
}

impl LeafProof {
    /// The proof, to be verified against the size and root of the collection, which the read's own proof covers.
    ///
    /// # Errors
    /// [`ProofFault::Malformed`].
    pub fn inclusion(&self) -> Result<InclusionProof, ProofFault> {
        decode(self.proof.bytes()).map_err(|source| ProofFault::Malformed {
            what: "inclusion proof",
            source,
        })
    }
}

/// A sealed hour, with the proof that it is in the IMVU's usage collection if it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLeafView {
    /// The hour.
    #[serde(flatten)]
    pub hour: UsageHourView,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// An hour that is not sealed yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenHourView {
    /// Hours since 1970-01-01T00:00Z.
    pub hour: WireU64,
    /// When the hour began, milliseconds.
    pub start: WireU64,
    /// In which placement.
    pub placement: WireU64,
    /// Where.
    pub host: WireHost,
    /// What was used so far, ascending by resource and meter.
    pub lines: Vec<UsageLineView>,
}

impl From<&OpenHour> for OpenHourView {
    fn from(open: &OpenHour) -> Self {
        Self {
            hour: open.hour.into(),
            start: start(open.hour),
            placement: open.placement.into(),
            host: open.host.clone().into(),
            lines: open.lines.iter().map(Into::into).collect(),
        }
    }
}

/// Where a meter's reading of an IMVU stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CursorView {
    /// Which meter.
    pub meter: WireMeter,
    /// The placement it was read in.
    pub placement: WireU64,
    /// The counters last read, in the order of the meter's resources.
    pub counters: Vec<WireU64>,
    /// What was dropped, as last read.
    pub dropped: WireU64,
    /// The end of the window it was read in, milliseconds.
    pub at: WireU64,
    /// In which run of the host, by the meter's count.
    pub boot: u32,
}

impl From<&Cursor> for CursorView {
    fn from(cursor: &Cursor) -> Self {
        let counters = cursor.counters.as_slice().iter().copied();
        Self {
            meter: cursor.meter.clone().into(),
            placement: cursor.placement.into(),
            counters: counters.map(Into::into).collect(),
            dropped: cursor.dropped.into(),
            at: cursor.at.0.into(),
            boot: cursor.boot,
        }
    }
}

/// What was billed of one resource in all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BilledView {
    /// Of what.
    pub resource: WireResource,
    /// The unit of the quantity.
    pub unit: String,
    /// How much.
    pub quantity: WireU128,
}

/// Where the metering of an IMVU stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeteringView {
    /// How far each meter has read.
    pub cursors: Vec<CursorView>,
    /// Hours not sealed yet, ascending by hour and placement.
    pub hours: Vec<OpenHourView>,
    /// What was sealed so far, of every resource.
    pub billed: Vec<BilledView>,
}

impl From<&Metering> for MeteringView {
    fn from(metering: &Metering) -> Self {
        let billed = Resource::ALL.into_iter().zip(metering.billed);
        let billed = billed.map(|(resource, quantity)| BilledView {
            resource: resource.into(),
            unit: resource.unit().to_owned(),
            quantity: quantity.into(),
        });
        Self {
            cursors: metering.cursors.iter().map(Into::into).collect(),
            hours: metering.hours.iter().map(Into::into).collect(),
            billed: billed.collect(),
        }
    }
}

/// The value of `nexus_getUsage`: a page of an IMVU's usage collection, in the order in which hours were sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// Whose.
    pub imvu: WireImvu,
    /// Size and root of the collection; absent while nothing was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionView>,
    /// The sealed hours of this page. It can be empty and not be the last: hours are searched for in steps.
    pub items: Vec<UsageLeafView>,
    /// What is not sealed yet, and what was billed in all; on the first page only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metering: Option<MeteringView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Present on a node that began at a snapshot: it has no hour of the collection from before this sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}

impl UsageView {
    /// A page without anything on it.
    pub fn empty(imvu: ImvuId) -> Self {
        Self {
            imvu: imvu.into(),
            collection: None,
            items: Vec::new(),
            metering: None,
            next_cursor: None,
            complete_from: None,
        }
    }
}

/// One line of usage with its hour, in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageEntryView {
    /// The block that sealed the hour.
    pub height: WireU64,
    /// That block's time, milliseconds.
    pub time: WireU64,
    /// Whose.
    pub imvu: WireImvu,
    /// The hour's position in the IMVU's usage collection, from 0.
    pub sequence: WireU64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: WireU64,
    /// When the hour began, milliseconds.
    pub start: WireU64,
    /// The identity responsible.
    pub owner: WireIdentity,
    /// Where it ran.
    pub host: WireHost,
    /// In which placement.
    pub placement: WireU64,
    /// What was used.
    #[serde(flatten)]
    pub line: UsageLineView,
}

/// Something on a host that was not as committed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftView {
    /// The audit entry of the report.
    pub audit: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The agent that found it.
    pub agent: WireIdentity,
    /// The agent's host, in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// Whose, if it was one IMVU's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// What.
    pub kind: WireDriftKind,
    /// Hash of what stood there before.
    pub expected: WireHash,
    /// Hash of what was found.
    pub found: WireHash,
    /// The process that did it, as far as the kernel told; empty if it did not.
    pub process: String,
    /// Its process id; 0 if unknown.
    pub pid: u32,
    /// When it was found, by the host's clock, milliseconds.
    pub detected: WireU64,
    /// When it was undone, milliseconds; absent while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverted: Option<WireU64>,
}

impl From<&DriftEntry> for DriftView {
    fn from(entry: &DriftEntry) -> Self {
        let drift = &entry.drift;
        Self {
            audit: entry.audit.into(),
            height: entry.height.into(),
            time: entry.time.0.into(),
            agent: entry.agent.into(),
            host: None,
            imvu: drift.imvu.clone().map(Into::into),
            kind: drift.kind.into(),
            expected: drift.expected.into(),
            found: drift.found.into(),
            process: drift.process.to_string(),
            pid: drift.pid,
            detected: drift.detected.0.into(),
            reverted: drift.reverted.map(|at| at.0.into()),
        }
    }
}
