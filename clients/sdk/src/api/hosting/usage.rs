//! What was used, and what somebody changed.

use crate::api::object::CollectionView;
use crate::api::proof::ProofFault;
use crate::api::report::DriftEntryView;
use crate::api::scalar::{Hex, WireHost, WireIdentity, WireImvu, WireMeter, WireU64, WireU128};
use crate::api::usage::{UsageHourView, UsageLineView};
use nexus_tree::log::InclusionProof;
use nexus_types::ImvuId;
use nexus_types::encoding::decode;
use nexus_types::meter::{Cursor, Metering, OpenHour, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// How far what was billed ran ahead of the quota, at most a second of it, in the same order and in parts of the
    /// resources' units (thousandths; of a message 1/3,600,000, of network traffic 1/8,000, of memory 1/1,048,576,000).
    pub ahead: Vec<WireU128>,
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
            ahead: cursor
                .ahead
                .as_slice()
                .iter()
                .copied()
                .map(Into::into)
                .collect(),
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
    /// Of what, such as `cpu`.
    pub resource: String,
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
    /// The newest stay of which a reading was forgotten for want of room; 0 if none was.
    pub forgotten: WireU64,
    /// Hours not sealed yet, ascending by hour and placement.
    pub hours: Vec<OpenHourView>,
    /// What was sealed so far, of every resource.
    pub billed: Vec<BilledView>,
}

impl From<&Metering> for MeteringView {
    fn from(metering: &Metering) -> Self {
        let billed = Resource::ALL.into_iter().zip(metering.billed);
        let billed = billed.map(|(resource, quantity)| BilledView {
            resource: resource.name().to_owned(),
            unit: resource.unit().to_owned(),
            quantity: quantity.into(),
        });
        Self {
            cursors: metering.cursors.iter().map(Into::into).collect(),
            forgotten: metering.forgotten.into(),
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

/// A drift in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftItemView {
    /// The agent's host; absent on a node that began at a snapshot, if it has forgotten the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// The drift.
    #[serde(flatten)]
    pub entry: DriftEntryView,
}
