//! What a host has and what it can do, as arguments and in words.

use crate::error::CliError;
use crate::units;
use clap::{Args, ValueEnum};
use nexus_sdk::api;
use nexus_types::encoding::Set;
use nexus_types::host::{Capabilities, EnforcementGrade, Isolation};
use nexus_types::quota::Quota;

/// What a host has: every field, since nothing is placed beyond it.
#[derive(Args, Clone, Debug)]
pub(crate) struct CapacityArgs {
    /// CPUs, such as 64
    #[arg(long, value_parser = units::cpu_millis)]
    cpu: u64,
    /// Memory, such as 256GiB
    #[arg(long, value_parser = units::bytes)]
    memory: u64,
    /// Storage, such as 4TiB
    #[arg(long, value_parser = units::bytes)]
    storage: u64,
    /// Network bandwidth, such as 10Gbit
    #[arg(long, value_parser = units::bits_per_second)]
    bandwidth: u64,
    /// Processes and threads
    #[arg(long)]
    pids: u64,
    /// Storage IO a second, such as 1GiB
    #[arg(long, value_parser = units::bytes_per_second)]
    io: u64,
    /// DNS answers a second, such as 10000
    #[arg(long, value_parser = units::answers_per_second)]
    dns_answers: u64,
    /// Mail messages an hour, such as 100000
    #[arg(long, value_parser = units::messages_per_hour)]
    mail_messages: u64,
    /// Stored mail, such as 1TiB
    #[arg(long, value_parser = units::bytes)]
    mail_storage: u64,
}

impl CapacityArgs {
    /// The capacity.
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

/// What a kernel does about a limit or a route that somebody else changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kept {
    /// Limits cannot be set at all: no IMVU is placed there
    None,
    /// A foreign change is found and reverted
    Detection,
    /// A foreign change is refused
    Prevention,
}

/// What a host can do.
#[derive(Args, Clone, Debug)]
pub(crate) struct CapabilityArgs {
    /// How its kernel keeps limits and rules
    #[arg(long, value_enum)]
    enforcement: Kept,
    /// What keeps IMVUs apart there, such as userNamespace,seccomp; all of it is needed to hold any
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',', value_parser = isolation, default_value = "all")]
    isolation: Vec<Isolations>,
    /// The kernel's counters can be set back, as with cgroup v1
    #[arg(long)]
    counters_can_be_reset: bool,
}

/// One thing that keeps IMVUs apart, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Isolations(Vec<Isolation>);

fn isolation(text: &str) -> Result<Isolations, String> {
    if text == "all" {
        return Ok(Isolations(Isolation::ALL.to_vec()));
    }
    let found = Isolation::ALL.into_iter().find(|one| one.name() == text);
    found.map(|one| Isolations(vec![one])).ok_or_else(|| {
        let names = Isolation::ALL.map(Isolation::name).join(", ");
        format!("known are all, {names}")
    })
}

impl CapabilityArgs {
    /// The capabilities.
    pub(crate) fn capabilities(&self) -> Result<Capabilities, CliError> {
        let mut isolation: Vec<Isolation> = self
            .isolation
            .iter()
            .flat_map(|some| some.0.iter().copied())
            .collect();
        isolation.sort_unstable();
        isolation.dedup();
        Ok(Capabilities {
            enforcement: match self.enforcement {
                Kept::None => EnforcementGrade::None,
                Kept::Detection => EnforcementGrade::Detection,
                Kept::Prevention => EnforcementGrade::Prevention,
            },
            isolation: Set::new(isolation)
                .map_err(|error| CliError::usage(error.to_string(), "Name each once."))?,
            counters_cannot_be_reset: !self.counters_can_be_reset,
        })
    }
}

/// How limits are kept, in words.
pub(crate) fn enforcement(enforcement: api::EnforcementGrade) -> &'static str {
    match enforcement {
        api::EnforcementGrade::None => "no limits",
        api::EnforcementGrade::Detection => "foreign changes are found and reverted",
        api::EnforcementGrade::Prevention => "foreign changes are refused",
    }
}

/// How making an assignment so went, in words.
pub(crate) fn outcome(outcome: api::AckOutcome) -> &'static str {
    match outcome {
        api::AckOutcome::Applied => "applied",
        api::AckOutcome::Stopped => "stopped",
        api::AckOutcome::NoResources => "no resources",
        api::AckOutcome::Refused => "refused by the host",
        api::AckOutcome::NoContent => "no content",
    }
}
