//! What can go wrong, and the exit code that says so to scripts and service managers.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A bug, or an operating system that refuses something ordinary.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, to what.
        doing: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The command makes no sense as given.
    #[error("{0}")]
    Usage(String),
    /// The node's home or its configuration cannot be used.
    #[error("{}: {reason}", path.display())]
    Home {
        /// The file or folder at fault.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// The genesis breaks a rule.
    #[error("{}: {source}", path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// The field and the rule.
        source: nexus_genesis::GenesisError,
    },
    /// Something recomputed differs from what was stored or agreed.
    #[error("{0}")]
    Verification(String),
    /// What was named does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A process that should answer does not.
    #[error("{0}")]
    Unreachable(String),
    /// CometBFT is missing, of another version, or keeps failing.
    #[error("{0}")]
    Comet(String),
    /// A home, socket or port is in use.
    #[error("{0}")]
    Taken(String),
    /// What this node computed is not what the network agreed on.
    #[error("{0}")]
    Diverged(String),
    /// The network goes on without this node.
    #[error("{0}")]
    Frozen(String),
    /// This machine's clock is not the others'.
    #[error("{0}")]
    Clock(String),
    /// From the next block on a later program decides.
    #[error("{0}")]
    UpgradeDue(String),
    /// This program is not the one that the next block's seats voted for, or its time has not come.
    #[error("{0}")]
    WrongProgram(String),
}

/// The exit codes of nexusd, with what each means: shown by `nexusd --help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0   success; for `start`: stopped by SIGTERM or SIGINT
  1   internal error, or the operating system refused something
  2   wrong usage
  3   the home or its configuration cannot be used
  4   verification failed: a bad genesis, or a store that differs from what was committed
  5   not found: no such home, no such local network
  6   unreachable: the node does not answer
  10  CometBFT is missing, is another version, or keeps failing
  11  a home, socket or port is in use
  12  the ledger here is not the network's: this node halts until somebody has looked (docs/operations.md)
  13  this node stood still while the network went on; starting it again may help
  14  this machine's clock differs from the other nodes' by too much
  15  an upgrade's height has come: a later program decides from here on; install it (docs/operations.md)
  16  this is not the program that decides the next block: another SHA-256 than was voted for, or too early a start";

impl Error {
    /// The exit code of a node that must not start again before its program is another.
    pub(crate) const UPGRADE_DUE: u8 = 15;
    /// The exit code of a program that must not run on this ledger now.
    pub(crate) const WRONG_PROGRAM: u8 = 16;

    /// For `map_err`: what was being done when the system refused.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    pub(crate) fn home(path: &Path, reason: impl Into<String>) -> Self {
        Self::Home {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The exit code as a number.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Io { .. } => 1,
            Self::Usage(_) => 2,
            Self::Home { .. } => 3,
            Self::Genesis { .. } | Self::Verification(_) => 4,
            Self::NotFound(_) => 5,
            Self::Unreachable(_) => 6,
            Self::Comet(_) => 10,
            Self::Taken(_) => 11,
            Self::Diverged(_) => 12,
            Self::Frozen(_) => 13,
            Self::Clock(_) => 14,
            Self::UpgradeDue(_) => Self::UPGRADE_DUE,
            Self::WrongProgram(_) => Self::WRONG_PROGRAM,
        }
    }
}
