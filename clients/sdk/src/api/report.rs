//! What agents report: what they made so, what their meters read, what somebody else changed.

use super::scalar::{Hex, WireHash, WireIdentity, WireImvu, WireMeter, WireSignature, WireU64};
use nexus_types::host::{self, Item};
use nexus_types::meter::{self, MeterLine, MeterRecord, Target};
use nexus_types::report::{self, Ack, Drift, DriftEntry, Report};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// One more than the agent's last report's.
    pub sequence: WireU64,
    /// The height up to which the agent has followed and verified the ledger.
    pub through: WireU64,
    /// From a compute agent: the hash of its host's capabilities as it found them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<WireHash>,
    /// What it made so.
    pub acks: Vec<AckView>,
    /// What its host's meters of its kind read.
    pub usage: Vec<MeterRecordView>,
    /// What somebody else changed.
    pub drifts: Vec<DriftView>,
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        Self {
            sequence: report.sequence.into(),
            through: report.through.into(),
            capabilities: report.capabilities.map(Into::into),
            acks: report.acks.as_slice().iter().map(Into::into).collect(),
            usage: report.usage.as_slice().iter().map(Into::into).collect(),
            drifts: report.drifts.as_slice().iter().map(Into::into).collect(),
        }
    }
}

/// How making an item so went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AckOutcome {
    /// The item is as the spec says.
    Applied,
    /// Nothing of the item is left running.
    Stopped,
    /// The host lacks what the spec asks for.
    NoResources,
    /// The kernel, or the server behind the surface, refused.
    Refused,
    /// The image or the content to serve is missing or broken.
    NoContent,
}

impl From<host::AckOutcome> for AckOutcome {
    fn from(outcome: host::AckOutcome) -> Self {
        match outcome {
            host::AckOutcome::Applied => Self::Applied,
            host::AckOutcome::Stopped => Self::Stopped,
            host::AckOutcome::NoResources => Self::NoResources,
            host::AckOutcome::Refused => Self::Refused,
            host::AckOutcome::NoContent => Self::NoContent,
        }
    }
}

/// What an agent made of one assignment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AckView {
    /// Of what.
    #[serde(flatten)]
    pub item: ItemView,
    /// Of which generation.
    pub generation: WireU64,
    /// How it went.
    pub outcome: AckOutcome,
    /// Hash of what it read back.
    pub observed: WireHash,
}

impl From<&Ack> for AckView {
    fn from(ack: &Ack) -> Self {
        Self {
            item: (&ack.item).into(),
            generation: ack.generation.into(),
            outcome: ack.outcome.into(),
            observed: ack.observed.into(),
        }
    }
}

/// What an agent is told about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ItemView {
    /// An IMVU placed on the host.
    Imvu(WireImvu),
    /// A snapshot of an IMVU that is or was placed on the host.
    Snapshot {
        /// Of which IMVU.
        imvu: WireImvu,
        /// The snapshot's number.
        number: WireU64,
    },
    /// What the volume of an IMVU placed on the host was put back to last.
    Restore(WireImvu),
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        match item {
            Item::Imvu(imvu) => Self::Imvu(imvu.clone().into()),
            Item::Snapshot(imvu, number) => Self::Snapshot {
                imvu: imvu.clone().into(),
                number: (*number).into(),
            },
            Item::Restore(imvu) => Self::Restore(imvu.clone().into()),
        }
    }
}

/// What a meter's record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RecordKind {
    /// Counters as they were read at the window's end.
    Reading,
    /// The meter did not run in this window.
    Gap,
}

impl From<meter::RecordKind> for RecordKind {
    fn from(kind: meter::RecordKind) -> Self {
        match kind {
            meter::RecordKind::Reading => Self::Reading,
            meter::RecordKind::Gap => Self::Gap,
        }
    }
}

/// What a meter read in one window, and who signed it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeterRecordView {
    /// Its id: the digest that was signed.
    pub id: WireHash,
    /// Which meter.
    pub meter: WireMeter,
    /// One more than its last record's.
    pub sequence: WireU64,
    /// The id of its last record; zero for the first.
    pub previous: WireHash,
    /// This run of its host, 16 bytes.
    pub boot: Hex,
    /// What it is.
    pub kind: RecordKind,
    /// The window's start, milliseconds.
    pub start: WireU64,
    /// The window's end, milliseconds.
    pub end: WireU64,
    /// Milliseconds of use that can be lost at most if the host dies.
    pub max_unmetered_ms: u32,
    /// The counters, ascending by slot or IMVU.
    pub lines: Vec<MeterLineView>,
    /// By the meter's keys.
    pub signatures: Vec<MeterSignatureView>,
}

impl From<&MeterRecord> for MeterRecordView {
    fn from(record: &MeterRecord) -> Self {
        let body = &record.body;
        let signatures = record.signatures.as_slice().iter();
        Self {
            id: body.id().into(),
            meter: body.meter.clone().into(),
            sequence: body.sequence.into(),
            previous: body.previous.into(),
            boot: Hex::new(body.boot),
            kind: body.kind.into(),
            start: body.start.0.into(),
            end: body.end.0.into(),
            max_unmetered_ms: body.max_unmetered_ms,
            lines: body.lines.as_slice().iter().map(Into::into).collect(),
            signatures: signatures
                .map(|one| MeterSignatureView {
                    key: one.key,
                    signature: one.signature.into(),
                })
                .collect(),
        }
    }
}

/// A signature of one of a meter's keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeterSignatureView {
    /// Which of the meter's keys, from 0 in ascending order.
    pub key: u8,
    /// Over the record's id.
    pub signature: WireSignature,
}

/// Which IMVU a line is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TargetView {
    /// By its slot on the meter's host.
    Slot(u32),
    /// By its id.
    Imvu(WireImvu),
}

impl From<&Target> for TargetView {
    fn from(target: &Target) -> Self {
        match target {
            Target::Slot(slot) => Self::Slot(*slot),
            Target::Imvu(imvu) => Self::Imvu(imvu.clone().into()),
        }
    }
}

/// The counters of one IMVU at a window's end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeterLineView {
    /// Which.
    #[serde(flatten)]
    pub target: TargetView,
    /// Cumulative, in the order of the resources that the meter's kind counts.
    pub counters: Vec<WireU64>,
    /// What was dropped over the quota and is not billed, cumulative.
    pub dropped: WireU64,
}

impl From<&MeterLine> for MeterLineView {
    fn from(line: &MeterLine) -> Self {
        let counters = line.counters.as_slice().iter();
        Self {
            target: (&line.target).into(),
            counters: counters.copied().map(Into::into).collect(),
            dropped: line.dropped.into(),
        }
    }
}

/// Which part of the host drifted from the committed state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DriftKind {
    /// A limit of a cgroup.
    Limit,
    /// A route or a rule.
    Route,
    /// A packet filter or an address translation.
    Filter,
    /// A shaper.
    Shaper,
    /// A zone that was served.
    Zone,
    /// A mail route, key or mailbox.
    Mail,
    /// A process that nobody assigned.
    Process,
}

impl From<report::DriftKind> for DriftKind {
    fn from(kind: report::DriftKind) -> Self {
        match kind {
            report::DriftKind::Limit => Self::Limit,
            report::DriftKind::Route => Self::Route,
            report::DriftKind::Filter => Self::Filter,
            report::DriftKind::Shaper => Self::Shaper,
            report::DriftKind::Zone => Self::Zone,
            report::DriftKind::Mail => Self::Mail,
            report::DriftKind::Process => Self::Process,
        }
    }
}

/// Something on a host that was not as committed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftView {
    /// Whose; absent if it was not one IMVU's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// What.
    pub kind: DriftKind,
    /// Hash of what stood there before.
    pub expected: WireHash,
    /// Hash of what was found.
    pub found: WireHash,
    /// The process that did it, as far as the kernel told; else empty.
    pub process: String,
    /// Its process id; 0 if unknown.
    pub pid: u32,
    /// When it was found, by the host's clock, milliseconds.
    pub detected: WireU64,
    /// When it was undone, milliseconds; absent while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverted: Option<WireU64>,
}

impl From<&Drift> for DriftView {
    fn from(drift: &Drift) -> Self {
        Self {
            imvu: drift.imvu.clone().map(Into::into),
            kind: drift.kind.into(),
            expected: drift.expected.into(),
            found: drift.found.into(),
            process: drift.process.to_string(),
            pid: drift.pid,
            detected: drift.detected.0.into(),
            reverted: drift.reverted.map(|time| time.0.into()),
        }
    }
}

/// A drift on the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftEntryView {
    /// The audit entry of the report.
    pub audit: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The agent.
    pub agent: WireIdentity,
    /// What it found.
    #[serde(flatten)]
    pub drift: DriftView,
}

impl From<&DriftEntry> for DriftEntryView {
    fn from(entry: &DriftEntry) -> Self {
        Self {
            audit: entry.audit.into(),
            height: entry.height.into(),
            time: entry.time.0.into(),
            agent: entry.agent.into(),
            drift: (&entry.drift).into(),
        }
    }
}
