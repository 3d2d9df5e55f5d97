//! Names and words of hosts and meters, each with one spelling.

use crate::api::scalar::{Spelled, Wire};
use nexus_types::host::{AckOutcome, AgentKind, Enforcement, HostStatus, Isolation};
use nexus_types::meter::{MeterScope, Resource};
use nexus_types::report::DriftKind;
use nexus_types::{HostId, MeterId};

/// A host's name, such as `host-1`.
pub type WireHost = Wire<HostId>;
/// A meter's name, such as `host-1-cpu`.
pub type WireMeter = Wire<MeterId>;
/// A quantity as a decimal string.
pub type WireU128 = Wire<u128>;
/// `compute`, `network`, `dns` or `mail`.
pub type WireAgentKind = Wire<AgentKind>;
/// `open`, `closed`, `draining` or `lost`.
pub type WireHostStatus = Wire<HostStatus>;
/// `none`, `detection` or `prevention`.
pub type WireEnforcement = Wire<Enforcement>;
/// What keeps IMVUs apart, such as `userNamespace`.
pub type WireIsolation = Wire<Isolation>;
/// How making an assignment so went.
pub type WireAckOutcome = Wire<AckOutcome>;
/// `host` or `everywhere`.
pub type WireMeterScope = Wire<MeterScope>;
/// `cpu`, `memory`, `io`, `dns`, `mail`, `network` or `mailStorage`.
pub type WireResource = Wire<Resource>;
/// What drifted, such as `limit`.
pub type WireDriftKind = Wire<DriftKind>;

impl Spelled for HostId {
    const NAME: &'static str = "HostId";
    const PATTERN: &'static str = "^[a-z][a-z0-9-]{1,30}[a-z0-9]$";
    const EXPECTED: &'static str =
        "a host's name, 3–32 of a–z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for MeterId {
    const NAME: &'static str = "MeterId";
    const PATTERN: &'static str = "^[a-z][a-z0-9-]{1,30}[a-z0-9]$";
    const EXPECTED: &'static str =
        "a meter's name, 3–32 of a–z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for u128 {
    const NAME: &'static str = "Quantity";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,38})$";
    const EXPECTED: &'static str = "a whole number below 2^128 as a decimal string";

    fn parse(text: &str) -> Option<Self> {
        // The number alone would take a sign and leading zeros.
        let number: Self = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

/// The value among `all` that is spelled so.
fn of<T: Spelled>(all: impl IntoIterator<Item = T>, text: &str) -> Option<T> {
    all.into_iter().find(|each| each.spell() == text)
}

impl Spelled for AgentKind {
    const NAME: &'static str = "AgentKind";
    const PATTERN: &'static str = "^(compute|network|dns|mail)$";
    const EXPECTED: &'static str = "compute, network, dns or mail";

    fn parse(text: &str) -> Option<Self> {
        of(Self::ALL, text)
    }

    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl Spelled for Resource {
    const NAME: &'static str = "Resource";
    const PATTERN: &'static str = "^(cpu|memory|io|dns|mail|network|mailStorage)$";
    const EXPECTED: &'static str = "cpu, memory, io, dns, mail, network or mailStorage";

    fn parse(text: &str) -> Option<Self> {
        of(Self::ALL, text)
    }

    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl Spelled for Isolation {
    const NAME: &'static str = "Isolation";
    const PATTERN: &'static str =
        "^((user|pid|network|ipc|uts|cgroup|mount)Namespace|seccomp|defaultDrop)$";
    const EXPECTED: &'static str = "a namespace such as userNamespace, seccomp or defaultDrop";

    fn parse(text: &str) -> Option<Self> {
        of(Self::ALL, text)
    }

    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl Spelled for HostStatus {
    const NAME: &'static str = "HostStatus";
    const PATTERN: &'static str = "^(open|closed|draining|lost)$";
    const EXPECTED: &'static str = "open, closed, draining or lost";

    fn parse(text: &str) -> Option<Self> {
        of([Self::Open, Self::Closed, Self::Draining, Self::Lost], text)
    }

    fn spell(&self) -> String {
        let word = match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Draining => "draining",
            Self::Lost => "lost",
        };
        word.to_owned()
    }
}

impl Spelled for Enforcement {
    const NAME: &'static str = "Enforcement";
    const PATTERN: &'static str = "^(none|detection|prevention)$";
    const EXPECTED: &'static str = "none, detection or prevention";

    fn parse(text: &str) -> Option<Self> {
        of([Self::None, Self::Detection, Self::Prevention], text)
    }

    fn spell(&self) -> String {
        let word = match self {
            Self::None => "none",
            Self::Detection => "detection",
            Self::Prevention => "prevention",
        };
        word.to_owned()
    }
}

impl Spelled for AckOutcome {
    const NAME: &'static str = "AckOutcome";
    const PATTERN: &'static str = "^(applied|stopped|noResources|refused|noContent)$";
    const EXPECTED: &'static str = "applied, stopped, noResources, refused or noContent";

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Applied,
            Self::Stopped,
            Self::NoResources,
            Self::Refused,
            Self::NoContent,
        ];
        of(all, text)
    }

    fn spell(&self) -> String {
        let word = match self {
            Self::Applied => "applied",
            Self::Stopped => "stopped",
            Self::NoResources => "noResources",
            Self::Refused => "refused",
            Self::NoContent => "noContent",
        };
        word.to_owned()
    }
}

impl Spelled for MeterScope {
    const NAME: &'static str = "MeterScope";
    const PATTERN: &'static str = "^(host|everywhere)$";
    const EXPECTED: &'static str = "host or everywhere";

    fn parse(text: &str) -> Option<Self> {
        of([Self::Host, Self::Everywhere], text)
    }

    fn spell(&self) -> String {
        let word = match self {
            Self::Host => "host",
            Self::Everywhere => "everywhere",
        };
        word.to_owned()
    }
}

impl Spelled for DriftKind {
    const NAME: &'static str = "DriftKind";
    const PATTERN: &'static str = "^(limit|route|filter|shaper|zone|mail|process)$";
    const EXPECTED: &'static str = "limit, route, filter, shaper, zone, mail or process";

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Limit,
            Self::Route,
            Self::Filter,
            Self::Shaper,
            Self::Zone,
            Self::Mail,
            Self::Process,
        ];
        of(all, text)
    }

    fn spell(&self) -> String {
        let word = match self {
            Self::Limit => "limit",
            Self::Route => "route",
            Self::Filter => "filter",
            Self::Shaper => "shaper",
            Self::Zone => "zone",
            Self::Mail => "mail",
            Self::Process => "process",
        };
        word.to_owned()
    }
}
