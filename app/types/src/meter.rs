//! Metering: what meters sign, and what the law makes of it (law §5).

use crate::crypto::{KeyBytes, Signature, SigningKind, signing_digest};
use crate::encoding::{Few, List, Set};
use crate::hash::Hash;
use crate::host::AgentKind;
use crate::ids::{HostId, IdentityId, ImvuId, MeterId};
use crate::limits::{KEYS_PER_METER, LINES_PER_RECORD};
use crate::quota::{Quota, QuotaField};
use crate::time::{Height, Time};
use crate::tx::Network;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A metered resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Resource {
    /// CPU time, milliseconds.
    Cpu,
    /// Memory, mebibyte-seconds.
    Memory,
    /// Storage IO, bytes read and written.
    Io,
    /// DNS answers, count.
    Dns,
    /// Mail messages, count.
    Mail,
    /// Network traffic, bytes sent and received.
    Network,
    /// Stored mail, mebibyte-seconds.
    MailStorage,
}

/// Bytes of a mebibyte.
const MEBIBYTE: u64 = 1 << 20;

impl Resource {
    /// Every resource, in encoding order.
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Memory,
        Self::Io,
        Self::Dns,
        Self::Mail,
        Self::Network,
        Self::MailStorage,
    ];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Io => "io",
            Self::Dns => "dns",
            Self::Mail => "mail",
            Self::Network => "network",
            Self::MailStorage => "mailStorage",
        }
    }

    /// The unit of a quantity.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu => "ms",
            Self::Memory | Self::MailStorage => "MiB·s",
            Self::Io | Self::Network => "B",
            Self::Dns => "answers",
            Self::Mail => "messages",
        }
    }

    /// The kind of meter that counts it.
    pub fn kind(self) -> AgentKind {
        match self {
            Self::Cpu | Self::Memory | Self::Io => AgentKind::Compute,
            Self::Network => AgentKind::Network,
            Self::Dns => AgentKind::Dns,
            Self::Mail | Self::MailStorage => AgentKind::Mail,
        }
    }

    /// What `quota` lets be used of it in a millisecond, in parts of its unit, and how many parts a unit has.
    pub fn rate(self, quota: &Quota) -> (u128, u128) {
        // Rate per second × ms ÷ 1000, but for CPU (thousandths of a second per second) and mail (per hour).
        let (field, factor, parts): (_, u64, u64) = match self {
            Self::Cpu => (QuotaField::CpuMillis, 1, 1_000),
            Self::Memory => (QuotaField::MemoryBytes, 1, MEBIBYTE.saturating_mul(1_000)),
            Self::Io => (QuotaField::IoBytes, 1, 1_000),
            Self::Dns => (QuotaField::DnsAnswers, 1, 1_000),
            Self::Mail => (QuotaField::MailMessages, 1, crate::limits::HOUR_MS),
            // Both directions at the shaper's rate, eight bits a byte.
            Self::Network => (QuotaField::BandwidthBits, 2, 8_000),
            Self::MailStorage => (QuotaField::MailBytes, 1, MEBIBYTE.saturating_mul(1_000)),
        };
        let rate = u128::from(quota.get(field)).saturating_mul(u128::from(factor));
        (rate, u128::from(parts))
    }

    /// The most of it that `quota` lets be used in `ms` milliseconds, rounded up.
    pub fn most(self, quota: &Quota, ms: u64) -> u128 {
        let (rate, parts) = self.rate(quota);
        rate.saturating_mul(u128::from(ms)).div_ceil(parts)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose usage a meter may count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum MeterScope {
    /// IMVUs placed on its host, named by slot.
    Host,
    /// Any placed IMVU, named by its id: resolvers and mail servers that serve more than their own host.
    Everywhere,
}

/// A registered meter.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Meter {
    /// Its name.
    pub id: MeterId,
    /// Its host.
    pub host: HostId,
    /// What it counts.
    pub kind: AgentKind,
    /// Whose.
    pub scope: MeterScope,
    /// The keys that sign its records, no other meter's.
    pub keys: Set<KeyBytes, KEYS_PER_METER>,
    /// How many of them sign each record (n of k; 1 of 1 is one meter's word).
    pub threshold: u8,
    /// Whether it measures nothing and feeds a development network; marked in all that follows from it.
    pub test: bool,
    /// When it was registered.
    pub registered: Height,
    /// The block time of its registration: its first window starts no earlier.
    pub since: Time,
    /// First law time at which it counts.
    pub usable_from: Time,
    /// Whether it has been replaced: its records count no more.
    pub retired: bool,
    /// The meter whose place it took: where that one's readings stand, its own go on.
    pub replaces: Option<MeterId>,
    /// The sequence of its last record; 0 before the first.
    pub sequence: u64,
    /// The id of its last record; zero before the first.
    pub last: Hash,
    /// Where its last window ended; where the next must start.
    pub window_end: Time,
    /// What it called this run of its host.
    pub boot: [u8; 16],
    /// How many runs of its host it has seen.
    pub boots: u32,
    /// Windows it said it has missed, milliseconds.
    pub gap_ms: u64,
    /// Where the last of them ended; zero if it missed none.
    pub gap_end: Time,
    /// The law time of its last record.
    pub last_time: Time,
    /// Whether it has been called silent since.
    pub silent: bool,
}

/// Which IMVU a line is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Target {
    /// By its slot on the meter's host.
    Slot(u32),
    /// By its id.
    Imvu(ImvuId),
}

/// The counters of one IMVU at a window's end.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MeterLine {
    /// Which.
    pub target: Target,
    /// Cumulative since the placement or the host's last boot, in the order of [`AgentKind::resources`].
    pub counters: Few<u64, 3>,
    /// What was dropped because it was over the quota and is not billed, cumulative; queries of a DNS meter, messages of
    /// a mail meter, packets of a network meter.
    pub dropped: u64,
}

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum RecordKind {
    /// Counters as they were read at the window's end.
    Reading,
    /// The meter did not run in this window. What the kernel went on counting is in the next reading.
    Gap,
}

/// What a meter signs about one window.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MeterRecordBody {
    /// The chain it is for.
    pub network: Network,
    /// Which meter.
    pub meter: MeterId,
    /// One more than its last record's.
    pub sequence: u64,
    /// The id of its last record; zero for the first.
    pub previous: Hash,
    /// This run of its host: another value after each boot, when counters may begin again.
    pub boot: [u8; 16],
    /// What it is.
    pub kind: RecordKind,
    /// The window's start: where the last one ended.
    pub start: Time,
    /// The window's end; in the same UTC hour.
    pub end: Time,
    /// Milliseconds of use that can be lost at most if the host dies: the meter's own interval of reading.
    pub max_unmetered_ms: u32,
    /// The counters, ascending by target. An IMVU without use since its last line may be left out.
    pub lines: List<MeterLine, LINES_PER_RECORD>,
}

impl MeterRecordBody {
    /// The id: the digest that is signed.
    pub fn id(&self) -> Hash {
        signing_digest(SigningKind::MeterRecord, self)
    }
}

/// A signature of one of a meter's keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct MeterSignature {
    /// Which of the meter's keys, in their order.
    pub key: u8,
    /// Over [`MeterRecordBody::id`].
    pub signature: Signature,
}

/// A record with the signatures of its meter's keys, ascending by key.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MeterRecord {
    /// What is signed.
    pub body: MeterRecordBody,
    /// By whom.
    pub signatures: List<MeterSignature, KEYS_PER_METER>,
}

/// Where a meter's reading of an IMVU stands.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Cursor {
    /// Which meter.
    pub meter: MeterId,
    /// The placement it was read in.
    pub placement: u64,
    /// The counters last read.
    pub counters: Few<u64, 3>,
    /// How far what was billed ran ahead of the quota, in the parts of [`Resource::rate`]: a bucket that leaks at the quota's
    /// rate and holds [`BURST_MS`] of it.
    ///
    /// [`BURST_MS`]: crate::limits::BURST_MS
    pub ahead: Few<u128, 3>,
    /// What was dropped, as last read.
    pub dropped: u64,
    /// When: the end of that window.
    pub at: Time,
    /// In which run of the host, by the meter's count.
    pub boot: u32,
}

/// What is special about a usage line; several may hold at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct UsageFlags(pub u8);

impl UsageFlags {
    /// The meter missed a window before this reading.
    pub const GAP: u8 = 1;
    /// A counter ran backwards without a boot: what was read is not billed.
    pub const REGRESSED: u8 = 2;
    /// More was read than the quota permits; the excess is not billed.
    pub const CAPPED: u8 = 4;
    /// By a test meter, which measures nothing.
    pub const TEST: u8 = 8;
    /// The host had booted since the last reading.
    pub const BOOTED: u8 = 16;
    /// All of them with their names in JSON.
    pub const NAMES: [(u8, &'static str); 5] = [
        (Self::GAP, "gap"),
        (Self::REGRESSED, "regressed"),
        (Self::CAPPED, "capped"),
        (Self::TEST, "test"),
        (Self::BOOTED, "booted"),
    ];

    /// Whether all of `flags` hold.
    pub fn has(self, flags: u8) -> bool {
        self.0 & flags == flags
    }

    /// With `flags` as well.
    #[must_use]
    pub fn with(self, flags: u8) -> Self {
        Self(self.0 | flags)
    }
}

/// Usage of one resource by one meter in one hour.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct UsageLine {
    /// Of what.
    pub resource: Resource,
    /// By which meter.
    pub meter: MeterId,
    /// What was read, in the resource's unit.
    pub read: u128,
    /// What of it counts.
    pub billed: u128,
    /// What was dropped over the quota.
    pub dropped: u128,
    /// Windows it was read in.
    pub windows: u16,
    /// What is special.
    pub flags: UsageFlags,
}

/// Usage of an IMVU in one hour, as far as it was known when the hour was sealed. Leaf of the IMVU's usage collection and
/// of the chain's usage log. Windows that come later make another leaf for the same hour.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct UsageHour {
    /// Whose.
    pub imvu: ImvuId,
    /// Position in the IMVU's usage collection, from 0.
    pub sequence: u64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: u64,
    /// The identity responsible.
    pub owner: IdentityId,
    /// Where it ran.
    pub host: HostId,
    /// In which placement.
    pub placement: u64,
    /// The block that sealed it.
    pub height: Height,
    /// What was used, ascending by (resource, meter).
    pub lines: Vec<UsageLine>,
}

/// An hour that is not sealed yet.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct OpenHour {
    /// Hours since 1970-01-01T00:00Z.
    pub hour: u64,
    /// The placement it was used in.
    pub placement: u64,
    /// Where.
    pub host: HostId,
    /// What was used, ascending by (resource, meter).
    pub lines: Vec<UsageLine>,
}

/// Where the metering of an IMVU stands.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Metering {
    /// One a meter and stay, ascending by both; of a stay that is over until its meter has told of all its windows.
    pub cursors: Vec<Cursor>,
    /// The newest stay of which a reading was forgotten for want of room; 0 if none was. Of stays up to it only meters whose
    /// reading is remembered are heard, so that nothing is billed twice.
    pub forgotten: u64,
    /// Hours not sealed yet, ascending by (hour, placement).
    pub hours: Vec<OpenHour>,
    /// What was sealed so far, in the order of [`Resource::ALL`].
    pub billed: [u128; 7],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_name_and_unit() {
        let said = Resource::ALL.map(|each| (each.name(), each.unit()));
        let known = [
            ("cpu", "ms"),
            ("memory", "MiB·s"),
            ("io", "B"),
            ("dns", "answers"),
            ("mail", "messages"),
            ("network", "B"),
            ("mailStorage", "MiB·s"),
        ];
        assert_eq!(said, known);
    }

    #[test]
    fn a_flag_that_holds_holds_when_it_is_said_again() {
        let capped = UsageFlags(UsageFlags::CAPPED);
        assert_eq!(capped.with(UsageFlags::CAPPED), capped);
        assert!(!capped.has(UsageFlags::CAPPED | UsageFlags::GAP));
    }
}
