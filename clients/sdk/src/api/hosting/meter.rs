//! Meters.

use crate::api::hosting_action::{AgentKind, MeterScope};
use crate::api::scalar::{Hex, WireHash, WireHost, WireKey, WireMeter, WireU64};
use nexus_types::meter::Meter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A registered meter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeterView {
    /// Its name.
    pub id: WireMeter,
    /// Its host.
    pub host: WireHost,
    /// What it counts.
    pub kind: AgentKind,
    /// Whose usage: that of its host's IMVUs, or of any that is placed.
    pub scope: MeterScope,
    /// The keys that sign its records.
    pub keys: Vec<WireKey>,
    /// How many of them sign each record.
    pub threshold: u8,
    /// Whether it measures nothing and feeds a development network. Show it in red.
    pub test: bool,
    /// The height it was registered at.
    pub registered: WireU64,
    /// The block time of its registration, milliseconds: its first window starts no earlier.
    pub since: WireU64,
    /// First law time at which it counts, milliseconds.
    pub usable_from: WireU64,
    /// Whether it has been replaced: its records count no more.
    pub retired: bool,
    /// The meter whose place it took, where it took one's: where that one's readings stand, its own go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<WireMeter>,
    /// The sequence of its last record; 0 before the first.
    pub sequence: WireU64,
    /// The id of its last record; zero before the first.
    pub last: WireHash,
    /// Where its last window ended, milliseconds; 0 before the first.
    pub window_end: WireU64,
    /// What it called this run of its host.
    pub boot: Hex,
    /// How many runs of its host it has seen.
    pub boots: u32,
    /// Windows it said it has missed, milliseconds.
    pub gap_ms: WireU64,
    /// Where the last of them ended, milliseconds; absent if it missed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_end: Option<WireU64>,
    /// The law time of its last record, milliseconds.
    pub last_time: WireU64,
    /// Whether it has been called silent since.
    pub silent: bool,
}

impl From<&Meter> for MeterView {
    fn from(meter: &Meter) -> Self {
        let keys = meter.keys.as_slice().iter().copied();
        Self {
            id: meter.id.clone().into(),
            host: meter.host.clone().into(),
            kind: meter.kind.into(),
            scope: meter.scope.into(),
            keys: keys.map(Into::into).collect(),
            threshold: meter.threshold,
            test: meter.test,
            registered: meter.registered.into(),
            since: meter.since.0.into(),
            usable_from: meter.usable_from.0.into(),
            retired: meter.retired,
            replaces: meter.replaces.clone().map(Into::into),
            sequence: meter.sequence.into(),
            last: meter.last.into(),
            window_end: meter.window_end.0.into(),
            boot: Hex::new(meter.boot),
            boots: meter.boots,
            gap_ms: meter.gap_ms.into(),
            gap_end: (meter.gap_end.0 > 0).then(|| meter.gap_end.0.into()),
            last_time: meter.last_time.0.into(),
            silent: meter.silent,
        }
    }
}
