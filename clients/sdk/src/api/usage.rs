//! Usage as it was sealed.

use super::scalar::{WireHost, WireIdentity, WireImvu, WireMeter, WireU64, WireU128};
use nexus_types::meter::{UsageFlags, UsageHour, UsageLine};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Usage of one resource by one meter in one hour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLineView {
    /// Of what, such as `cpu`.
    pub resource: String,
    /// The unit of the three quantities, such as `ms`.
    pub unit: String,
    /// By which meter.
    pub meter: WireMeter,
    /// What was read.
    pub read: WireU128,
    /// What of it counts.
    pub billed: WireU128,
    /// What was dropped over the quota.
    pub dropped: WireU128,
    /// Windows it was read in.
    pub windows: u16,
    /// What is special: `gap`, `regressed`, `capped`, `test`, `booted`.
    pub flags: Vec<String>,
}

impl From<&UsageLine> for UsageLineView {
    fn from(line: &UsageLine) -> Self {
        let flags = UsageFlags::NAMES.into_iter();
        Self {
            resource: line.resource.name().to_owned(),
            unit: line.resource.unit().to_owned(),
            meter: line.meter.clone().into(),
            read: line.read.into(),
            billed: line.billed.into(),
            dropped: line.dropped.into(),
            windows: line.windows,
            flags: flags
                .filter(|(flag, _)| line.flags.has(*flag))
                .map(|(_, name)| name.to_owned())
                .collect(),
        }
    }
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
            owner: hour.owner.into(),
            host: hour.host.clone().into(),
            placement: hour.placement.into(),
            height: hour.height.into(),
            lines: hour.lines.iter().map(Into::into).collect(),
        }
    }
}
