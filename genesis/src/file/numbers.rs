//! The numbers of `app_state`: delays, allowances, the largest quota, the calendar, prices.

use nexus_types::money::{Price, Prices};
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::state::{Allowances, DelayProfile};
use serde::{Deserialize, Serialize};

use super::decimal;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileDelays {
    #[serde(with = "decimal")]
    pub(crate) approval_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) name_lock_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) registration_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) silence_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) late_window_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) price_notice_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) maturity_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) dispute_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) consent_notice_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) debt_notice_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) debt_frozen_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) debt_dormant_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) guardian_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) freeze_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) snapshot_retention_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) voting_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) register_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) governance_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) upgrade_fast_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) trusting_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) exit_overdue_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) exit_protection_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) exit_after_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) exit_interval_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) observation_ms: u64,
    #[serde(with = "decimal")]
    pub(crate) reproof_ms: u64,
}

impl FileDelays {
    pub(super) fn from_delays(delays: &DelayProfile) -> Self {
        Self {
            approval_ms: delays.approval_ms,
            name_lock_ms: delays.name_lock_ms,
            registration_ms: delays.registration_ms,
            silence_ms: delays.silence_ms,
            late_window_ms: delays.late_window_ms,
            price_notice_ms: delays.price_notice_ms,
            maturity_ms: delays.maturity_ms,
            dispute_ms: delays.dispute_ms,
            consent_notice_ms: delays.consent_notice_ms,
            debt_notice_ms: delays.debt_notice_ms,
            debt_frozen_ms: delays.debt_frozen_ms,
            debt_dormant_ms: delays.debt_dormant_ms,
            guardian_ms: delays.guardian_ms,
            freeze_ms: delays.freeze_ms,
            snapshot_retention_ms: delays.snapshot_retention_ms,
            voting_ms: delays.voting_ms,
            register_ms: delays.register_ms,
            governance_ms: delays.governance_ms,
            upgrade_fast_ms: delays.upgrade_fast_ms,
            trusting_ms: delays.trusting_ms,
            exit_overdue_ms: delays.exit_overdue_ms,
            exit_protection_ms: delays.exit_protection_ms,
            exit_after_ms: delays.exit_after_ms,
            exit_interval_ms: delays.exit_interval_ms,
            observation_ms: delays.observation_ms,
            reproof_ms: delays.reproof_ms,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileAllowances {
    pub(crate) per_block: u32,
    pub(crate) per_day: u32,
    pub(crate) rights_per_block: u32,
    pub(crate) rights_per_day: u32,
    pub(crate) unattested_per_block: u32,
    pub(crate) unattested_per_day: u32,
}

impl FileAllowances {
    pub(super) fn from_allowances(allowances: &Allowances) -> Self {
        Self {
            per_block: allowances.per_block,
            per_day: allowances.per_day,
            rights_per_block: allowances.rights_per_block,
            rights_per_day: allowances.rights_per_day,
            unattested_per_block: allowances.unattested_per_block,
            unattested_per_day: allowances.unattested_per_day,
        }
    }
}

/// Field names are those of `QuotaField::name`, each with its unit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileQuota {
    #[serde(with = "decimal")]
    pub(crate) cpu_millis: u64,
    #[serde(with = "decimal")]
    pub(crate) memory_bytes: u64,
    #[serde(with = "decimal")]
    pub(crate) storage_bytes: u64,
    #[serde(with = "decimal")]
    pub(crate) bandwidth_bits_per_second: u64,
    #[serde(with = "decimal")]
    pub(crate) pids: u64,
    #[serde(with = "decimal")]
    pub(crate) io_bytes_per_second: u64,
    #[serde(with = "decimal")]
    pub(crate) dns_answers_per_second: u64,
    #[serde(with = "decimal")]
    pub(crate) mail_messages_per_hour: u64,
    #[serde(with = "decimal")]
    pub(crate) mail_bytes: u64,
}

impl FileQuota {
    pub(super) fn from_quota(quota: &Quota) -> Self {
        Self {
            cpu_millis: quota.cpu_millis,
            memory_bytes: quota.memory_bytes,
            storage_bytes: quota.storage_bytes,
            bandwidth_bits_per_second: quota.bandwidth_bits,
            pids: quota.pids,
            io_bytes_per_second: quota.io_bytes,
            dns_answers_per_second: quota.dns_answers,
            mail_messages_per_hour: quota.mail_messages,
            mail_bytes: quota.mail_bytes,
        }
    }

    pub(crate) fn to_quota(&self) -> Quota {
        Quota {
            cpu_millis: self.cpu_millis,
            memory_bytes: self.memory_bytes,
            storage_bytes: self.storage_bytes,
            bandwidth_bits: self.bandwidth_bits_per_second,
            pids: self.pids,
            io_bytes: self.io_bytes_per_second,
            dns_answers: self.dns_answers_per_second,
            mail_messages: self.mail_messages_per_hour,
            mail_bytes: self.mail_bytes,
        }
    }
}

/// `"months"`, or `{"hours": 1}` for spans of so many hours.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileCalendar {
    Months,
    Hours(u32),
}

impl FileCalendar {
    pub(super) fn from_calendar(calendar: Calendar) -> Self {
        match calendar {
            Calendar::Months => Self::Months,
            Calendar::Hours(hours) => Self::Hours(hours),
        }
    }
}

/// Micro-credits for so many of the resource's unit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilePrice {
    #[serde(with = "decimal")]
    pub(crate) micros: u64,
    #[serde(with = "decimal")]
    pub(crate) per: u64,
}

impl FilePrice {
    fn from_price(price: Price) -> Self {
        Self {
            micros: price.micros,
            per: price.per,
        }
    }
}

/// One price each; the fields are in the order of `Resource::ALL`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilePrices {
    pub(crate) cpu: FilePrice,
    pub(crate) memory: FilePrice,
    pub(crate) io: FilePrice,
    pub(crate) dns: FilePrice,
    pub(crate) mail: FilePrice,
    pub(crate) network: FilePrice,
    pub(crate) mail_storage: FilePrice,
}

impl FilePrices {
    pub(super) fn from_prices(prices: &Prices) -> Self {
        let [cpu, memory, io, dns, mail, network, mail_storage] = prices.map(FilePrice::from_price);
        Self {
            cpu,
            memory,
            io,
            dns,
            mail,
            network,
            mail_storage,
        }
    }

    /// With the name each has in the file.
    pub(crate) fn named(&self) -> [(&'static str, &FilePrice); 7] {
        [
            ("cpu", &self.cpu),
            ("memory", &self.memory),
            ("io", &self.io),
            ("dns", &self.dns),
            ("mail", &self.mail),
            ("network", &self.network),
            ("mail_storage", &self.mail_storage),
        ]
    }
}
