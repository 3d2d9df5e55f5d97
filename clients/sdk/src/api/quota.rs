//! Quotas and changes of them.

use super::scalar::{WireImvu, WireU64};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::state;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole envelope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaView {
    /// Thousandths of a CPU.
    pub cpu_millis: WireU64,
    /// Bytes of memory.
    pub memory_bytes: WireU64,
    /// Bytes of storage.
    pub storage_bytes: WireU64,
    /// Bits per second of bandwidth.
    pub bandwidth_bits: WireU64,
    /// Processes and threads.
    pub pids: WireU64,
    /// Bytes per second of storage IO.
    pub io_bytes: WireU64,
    /// DNS answers per second.
    pub dns_answers: WireU64,
    /// Mail messages per hour.
    pub mail_messages: WireU64,
    /// Bytes of stored mail.
    pub mail_bytes: WireU64,
}

impl From<&Quota> for QuotaView {
    fn from(quota: &Quota) -> Self {
        Self {
            cpu_millis: quota.cpu_millis.into(),
            memory_bytes: quota.memory_bytes.into(),
            storage_bytes: quota.storage_bytes.into(),
            bandwidth_bits: quota.bandwidth_bits.into(),
            pids: quota.pids.into(),
            io_bytes: quota.io_bytes.into(),
            dns_answers: quota.dns_answers.into(),
            mail_messages: quota.mail_messages.into(),
            mail_bytes: quota.mail_bytes.into(),
        }
    }
}

/// New values for some quota fields; an absent field stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaChangeView {
    /// Thousandths of a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<WireU64>,
    /// Bytes of memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<WireU64>,
    /// Bytes of storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_bytes: Option<WireU64>,
    /// Bits per second of bandwidth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth_bits: Option<WireU64>,
    /// Processes and threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<WireU64>,
    /// Bytes per second of storage IO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_bytes: Option<WireU64>,
    /// DNS answers per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_answers: Option<WireU64>,
    /// Mail messages per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_messages: Option<WireU64>,
    /// Bytes of stored mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_bytes: Option<WireU64>,
}

impl From<&QuotaChange> for QuotaChangeView {
    fn from(change: &QuotaChange) -> Self {
        Self {
            cpu_millis: change.cpu_millis.map(Into::into),
            memory_bytes: change.memory_bytes.map(Into::into),
            storage_bytes: change.storage_bytes.map(Into::into),
            bandwidth_bits: change.bandwidth_bits.map(Into::into),
            pids: change.pids.map(Into::into),
            io_bytes: change.io_bytes.map(Into::into),
            dns_answers: change.dns_answers.map(Into::into),
            mail_messages: change.mail_messages.map(Into::into),
            mail_bytes: change.mail_bytes.map(Into::into),
        }
    }
}

/// The quota of an IMVU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaRead {
    /// Whose.
    pub imvu: WireImvu,
    /// The committed values.
    pub quota: QuotaView,
    /// How often each field was set.
    pub versions: QuotaView,
}

impl From<&state::Imvu> for QuotaRead {
    fn from(imvu: &state::Imvu) -> Self {
        Self {
            imvu: imvu.id.clone().into(),
            quota: (&imvu.quota).into(),
            versions: quota_versions(imvu),
        }
    }
}

/// How often each field was set.
pub(super) fn quota_versions(imvu: &state::Imvu) -> QuotaView {
    let version = |field| imvu.quota_version(field).into();
    QuotaView {
        cpu_millis: version(QuotaField::CpuMillis),
        memory_bytes: version(QuotaField::MemoryBytes),
        storage_bytes: version(QuotaField::StorageBytes),
        bandwidth_bits: version(QuotaField::BandwidthBits),
        pids: version(QuotaField::Pids),
        io_bytes: version(QuotaField::IoBytes),
        dns_answers: version(QuotaField::DnsAnswers),
        mail_messages: version(QuotaField::MailMessages),
        mail_bytes: version(QuotaField::MailBytes),
    }
}
