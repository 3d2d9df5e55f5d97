//! Words that parameters take, back in the law's own.

use crate::api::hosting_action::{AgentKind, HostStatus};
use crate::api::scalar::{Spelled, Wire};
use nexus_types::host;
use nexus_types::meter::Resource;

/// A metered resource: `cpu`, `memory`, `io`, `dns`, `mail`, `network` or `mailStorage`.
pub type WireResource = Wire<Resource>;

impl Spelled for Resource {
    const NAME: &'static str = "Resource";
    const PATTERN: &'static str = "^(cpu|memory|io|dns|mail|network|mailStorage)$";
    const EXPECTED: &'static str = "cpu, memory, io, dns, mail, network or mailStorage";

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == text)
    }

    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl From<HostStatus> for host::HostStatus {
    fn from(status: HostStatus) -> Self {
        match status {
            HostStatus::Open => Self::Open,
            HostStatus::Closed => Self::Closed,
            HostStatus::Draining => Self::Draining,
            HostStatus::Lost => Self::Lost,
        }
    }
}

impl AgentKind {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        host::AgentKind::from(self).name()
    }
}

impl HostStatus {
    /// The word in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Draining => "draining",
            Self::Lost => "lost",
        }
    }
}
