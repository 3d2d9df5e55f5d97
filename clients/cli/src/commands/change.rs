//! Arguments that describe a change: quota fields, routes, path policies. Shared by who makes, proposes and approves it.

use crate::error::CliError;
use crate::units;
use clap::{Args, ValueEnum};
use nexus_types::encoding::Set;
use nexus_types::ids::HostId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::{Quota, QuotaChange};
use nexus_types::route::{Address, PathPolicy, Prefix, Route, RouteChange};
use nexus_types::{ImvuId, Name};
use std::net::IpAddr;

/// Reads an IMVU's id.
pub(crate) fn imvu_id(text: &str) -> Result<ImvuId, String> {
    ImvuId::new(text).map_err(|_| {
        String::from("an IMVU's id has 3–32 of A–Z, 0–9 and hyphen and starts with a letter, such as IMVU-042")
    })
}

/// Reads a host's name.
pub(crate) fn host_id(text: &str) -> Result<HostId, String> {
    HostId::new(text).map_err(|_| {
        String::from("a host's name has 3–32 of a–z, 0–9 and hyphen and starts with a letter, such as host-1")
    })
}

/// Reads a jurisdiction tag.
pub(crate) fn jurisdiction(text: &str) -> Result<Jurisdiction, String> {
    Jurisdiction::new(text).map_err(|_| {
        String::from("a jurisdiction has 2–16 of A–Z, 0–9 and hyphen, such as EU-GDPR")
    })
}

/// Reads a name for a question; what goes into an action is left as typed, for the law to read.
pub(crate) fn name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|fault| format!("the name has {fault}"))
}

/// A whole envelope.
#[derive(Args, Clone, Debug)]
pub(crate) struct QuotaArgs {
    /// CPUs, such as 4, 0.5 or 250m
    #[arg(long, value_parser = units::cpu_millis)]
    cpu: u64,
    /// Memory, such as 8GiB
    #[arg(long, value_parser = units::bytes)]
    memory: u64,
    /// Storage, such as 100GiB
    #[arg(long, value_parser = units::bytes)]
    storage: u64,
    /// Network bandwidth, such as 50Mbit
    #[arg(long, value_parser = units::bits_per_second)]
    bandwidth: u64,
    /// Processes and threads
    #[arg(long)]
    pids: u64,
    /// Storage IO a second, such as 20MiB
    #[arg(long, value_parser = units::bytes_per_second)]
    io: u64,
    /// DNS answers a second, such as 100
    #[arg(long, default_value = "100", value_parser = units::answers_per_second)]
    dns_answers: u64,
    /// Mail messages an hour, such as 1000
    #[arg(long, default_value = "1000", value_parser = units::messages_per_hour)]
    mail_messages: u64,
    /// Stored mail, such as 1GiB
    #[arg(long, default_value = "1GiB", value_parser = units::bytes)]
    mail_storage: u64,
}

impl QuotaArgs {
    /// The envelope.
    pub(crate) fn quota(&self) -> Quota {
        Quota {
            cpu_millis: self.cpu,
            memory_bytes: self.memory,
            storage_bytes: self.storage,
            bandwidth_bits: self.bandwidth,
            pids: self.pids,
            io_bytes: self.io,
            dns_answers: self.dns_answers,
            mail_messages: self.mail_messages,
            mail_bytes: self.mail_storage,
        }
    }
}

/// New values for some fields.
#[derive(Args, Clone, Debug)]
pub(crate) struct QuotaChangeArgs {
    /// CPUs, such as 4, 0.5 or 250m
    #[arg(long, value_parser = units::cpu_millis)]
    cpu: Option<u64>,
    /// Memory, such as 8GiB
    #[arg(long, value_parser = units::bytes)]
    memory: Option<u64>,
    /// Storage, such as 100GiB
    #[arg(long, value_parser = units::bytes)]
    storage: Option<u64>,
    /// Network bandwidth, such as 50Mbit
    #[arg(long, value_parser = units::bits_per_second)]
    bandwidth: Option<u64>,
    /// Processes and threads
    #[arg(long)]
    pids: Option<u64>,
    /// Storage IO a second, such as 20MiB
    #[arg(long, value_parser = units::bytes_per_second)]
    io: Option<u64>,
    /// DNS answers a second, such as 100
    #[arg(long, value_parser = units::answers_per_second)]
    dns_answers: Option<u64>,
    /// Mail messages an hour, such as 1000
    #[arg(long, value_parser = units::messages_per_hour)]
    mail_messages: Option<u64>,
    /// Stored mail, such as 1GiB
    #[arg(long, value_parser = units::bytes)]
    mail_storage: Option<u64>,
}

impl QuotaChangeArgs {
    /// The change.
    pub(crate) fn change(&self) -> Result<QuotaChange, CliError> {
        let change = QuotaChange {
            cpu_millis: self.cpu,
            memory_bytes: self.memory,
            storage_bytes: self.storage,
            bandwidth_bits: self.bandwidth,
            pids: self.pids,
            io_bytes: self.io,
            dns_answers: self.dns_answers,
            mail_messages: self.mail_messages,
            mail_bytes: self.mail_storage,
        };
        if change == QuotaChange::EMPTY {
            return Err(CliError::usage(
                "the change names no field",
                "Give at least one of --cpu --memory --storage --bandwidth --pids --io --dns-answers --mail-messages --mail-storage.",
            ));
        }
        Ok(change)
    }
}

/// A route to set.
#[derive(Args, Clone, Debug)]
pub(crate) struct RouteArgs {
    /// What is routed, such as 203.0.113.0/24
    prefix: Prefix,
    /// Where it goes next
    next_hop: IpAddr,
}

impl RouteArgs {
    /// The change.
    pub(crate) fn change(&self) -> RouteChange {
        RouteChange::Set(Route {
            prefix: self.prefix,
            next_hop: Address::from(self.next_hop),
        })
    }
}

/// Whether outbound flows need a rule of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Egress {
    /// Allowed without a rule
    Open,
    /// Each needs a rule
    Closed,
}

/// A whole path policy.
#[derive(Args, Clone, Debug)]
pub(crate) struct PolicyArgs {
    /// A prefix next hops may lie in; repeatable
    #[arg(long = "next-hop", value_name = "PREFIX")]
    next_hops: Vec<Prefix>,
    /// A jurisdiction traffic may transit; repeatable [default: the IMVU's own]
    #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
    transit: Vec<Jurisdiction>,
    /// Whether new outbound flows are allowed without a rule
    #[arg(long, value_enum, default_value = "closed")]
    egress: Egress,
}

impl PolicyArgs {
    /// The policy.
    pub(crate) fn policy(&self) -> Result<PathPolicy, CliError> {
        let too_many = |_| {
            CliError::usage(
                "a path policy names at most 32 next hops and 16 jurisdictions",
                "Use shorter prefixes.",
            )
        };
        Ok(PathPolicy {
            next_hops: Set::new(self.next_hops.clone()).map_err(too_many)?,
            transit: Set::new(self.transit.clone()).map_err(too_many)?,
            egress_open: self.egress == Egress::Open,
        })
    }
}
