//! Resource envelopes: nine guaranteed quantities of an IMVU, each with a version of its own.

use crate::encoding::not_canonical;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

/// One field of a quota.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum QuotaField {
    /// Thousandths of a CPU.
    CpuMillis,
    /// Bytes of memory.
    MemoryBytes,
    /// Bytes of storage.
    StorageBytes,
    /// Bits per second of network bandwidth.
    BandwidthBits,
    /// Processes and threads.
    Pids,
    /// Bytes per second of storage IO.
    IoBytes,
    /// DNS answers per second.
    DnsAnswers,
    /// Mail messages per hour.
    MailMessages,
    /// Bytes of stored mail.
    MailBytes,
}

impl QuotaField {
    /// Every field, in encoding order.
    pub const ALL: [Self; 9] = [
        Self::CpuMillis,
        Self::MemoryBytes,
        Self::StorageBytes,
        Self::BandwidthBits,
        Self::Pids,
        Self::IoBytes,
        Self::DnsAnswers,
        Self::MailMessages,
        Self::MailBytes,
    ];

    /// The field's name with its unit.
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuMillis => "cpu_millis",
            Self::MemoryBytes => "memory_bytes",
            Self::StorageBytes => "storage_bytes",
            Self::BandwidthBits => "bandwidth_bits_per_second",
            Self::Pids => "pids",
            Self::IoBytes => "io_bytes_per_second",
            Self::DnsAnswers => "dns_answers_per_second",
            Self::MailMessages => "mail_messages_per_hour",
            Self::MailBytes => "mail_bytes",
        }
    }
}

/// A whole envelope: each field's unit is in [`QuotaField`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Quota {
    /// Thousandths of a CPU.
    pub cpu_millis: u64,
    /// Bytes.
    pub memory_bytes: u64,
    /// Bytes.
    pub storage_bytes: u64,
    /// Bits per second.
    pub bandwidth_bits: u64,
    /// Count.
    pub pids: u64,
    /// Bytes per second.
    pub io_bytes: u64,
    /// DNS answers per second.
    pub dns_answers: u64,
    /// Mail messages per hour.
    pub mail_messages: u64,
    /// Bytes of stored mail.
    pub mail_bytes: u64,
}

impl Quota {
    /// The greater of both, field by field.
    #[must_use]
    pub fn max(&self, other: &Self) -> Self {
        self.zip(other, u64::max)
    }

    /// The sum, field by field; a sum beyond `u64` stays at its end, which no capacity reaches.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.zip(other, u64::saturating_add)
    }

    /// The difference, field by field, zero where it would be negative.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.zip(other, u64::saturating_sub)
    }

    /// Whether every field is at most the other's.
    pub fn fits(&self, other: &Self) -> bool {
        QuotaField::ALL
            .into_iter()
            .all(|field| self.get(field) <= other.get(field))
    }

    fn zip(&self, other: &Self, each: fn(u64, u64) -> u64) -> Self {
        let mut joined = Self::default();
        for field in QuotaField::ALL {
            joined.set(field, each(self.get(field), other.get(field)));
        }
        joined
    }

    /// One field's value.
    pub fn get(&self, field: QuotaField) -> u64 {
        match field {
            QuotaField::CpuMillis => self.cpu_millis,
            QuotaField::MemoryBytes => self.memory_bytes,
            QuotaField::StorageBytes => self.storage_bytes,
            QuotaField::BandwidthBits => self.bandwidth_bits,
            QuotaField::Pids => self.pids,
            QuotaField::IoBytes => self.io_bytes,
            QuotaField::DnsAnswers => self.dns_answers,
            QuotaField::MailMessages => self.mail_messages,
            QuotaField::MailBytes => self.mail_bytes,
        }
    }

    /// Sets one field's value.
    pub fn set(&mut self, field: QuotaField, value: u64) {
        match field {
            QuotaField::CpuMillis => self.cpu_millis = value,
            QuotaField::MemoryBytes => self.memory_bytes = value,
            QuotaField::StorageBytes => self.storage_bytes = value,
            QuotaField::BandwidthBits => self.bandwidth_bits = value,
            QuotaField::Pids => self.pids = value,
            QuotaField::IoBytes => self.io_bytes = value,
            QuotaField::DnsAnswers => self.dns_answers = value,
            QuotaField::MailMessages => self.mail_messages = value,
            QuotaField::MailBytes => self.mail_bytes = value,
        }
    }
}

/// New values for some fields: at least one; a field left out stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize)]
pub struct QuotaChange {
    /// Thousandths of a CPU.
    pub cpu_millis: Option<u64>,
    /// Bytes.
    pub memory_bytes: Option<u64>,
    /// Bytes.
    pub storage_bytes: Option<u64>,
    /// Bits per second.
    pub bandwidth_bits: Option<u64>,
    /// Count.
    pub pids: Option<u64>,
    /// Bytes per second.
    pub io_bytes: Option<u64>,
    /// DNS answers per second.
    pub dns_answers: Option<u64>,
    /// Mail messages per hour.
    pub mail_messages: Option<u64>,
    /// Bytes of stored mail.
    pub mail_bytes: Option<u64>,
}

impl QuotaChange {
    /// A change of nothing, to be filled by [`Self::set`]. Not encodable as an action while empty.
    pub const EMPTY: Self = Self {
        cpu_millis: None,
        memory_bytes: None,
        storage_bytes: None,
        bandwidth_bits: None,
        pids: None,
        io_bytes: None,
        dns_answers: None,
        mail_messages: None,
        mail_bytes: None,
    };

    /// The new value of one field, if the change names it.
    pub fn get(&self, field: QuotaField) -> Option<u64> {
        match field {
            QuotaField::CpuMillis => self.cpu_millis,
            QuotaField::MemoryBytes => self.memory_bytes,
            QuotaField::StorageBytes => self.storage_bytes,
            QuotaField::BandwidthBits => self.bandwidth_bits,
            QuotaField::Pids => self.pids,
            QuotaField::IoBytes => self.io_bytes,
            QuotaField::DnsAnswers => self.dns_answers,
            QuotaField::MailMessages => self.mail_messages,
            QuotaField::MailBytes => self.mail_bytes,
        }
    }

    /// Names one field's new value.
    pub fn set(&mut self, field: QuotaField, value: u64) {
        let slot = match field {
            QuotaField::CpuMillis => &mut self.cpu_millis,
            QuotaField::MemoryBytes => &mut self.memory_bytes,
            QuotaField::StorageBytes => &mut self.storage_bytes,
            QuotaField::BandwidthBits => &mut self.bandwidth_bits,
            QuotaField::Pids => &mut self.pids,
            QuotaField::IoBytes => &mut self.io_bytes,
            QuotaField::DnsAnswers => &mut self.dns_answers,
            QuotaField::MailMessages => &mut self.mail_messages,
            QuotaField::MailBytes => &mut self.mail_bytes,
        };
        *slot = Some(value);
    }

    /// The fields named, in encoding order.
    pub fn fields(&self) -> impl Iterator<Item = QuotaField> + '_ {
        QuotaField::ALL
            .into_iter()
            .filter(|field| self.get(*field).is_some())
    }
}

impl BorshDeserialize for QuotaChange {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let mut change = Self::EMPTY;
        for field in QuotaField::ALL {
            if let Some(value) = Option::<u64>::deserialize_reader(reader)? {
                change.set(field, value);
            }
        }
        if change == Self::EMPTY {
            Err(not_canonical("a quota change names no field"))
        } else {
            Ok(change)
        }
    }
}
