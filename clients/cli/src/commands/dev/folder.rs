//! A host's folder: the keys of its agents and meters, and what they hand to each other.
//!
//! It is apart from the key files of people, because programs open it unattended; only the passphrase is the same.

use super::spool::Spool;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::{DEVELOPMENT_WORK_FACTOR, Keyring};
use nexus_sdk::keys::{KeyFile, SecretKey, Signer};
use nexus_types::HostId;
use nexus_types::host::AgentKind;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folder, and the passphrase of its keys.
pub(super) struct Folder {
    path: PathBuf,
    keyring: Keyring,
}

/// Whose key it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    Agent(AgentKind),
    Meter(AgentKind),
}

impl Holder {
    /// The key file's name.
    pub(super) fn name(self) -> String {
        match self {
            Self::Agent(kind) => format!("agent-{kind}"),
            Self::Meter(kind) => format!("meter-{kind}"),
        }
    }
}

impl Folder {
    /// The folder that was named, else one of the host's name among the key files.
    pub(super) fn new(ctx: &Context, host: &HostId, named: Option<&Path>) -> Self {
        let keyring = ctx.keyring();
        let beside = || keyring.dir().join(host.0.as_str());
        Self {
            path: named.map_or_else(beside, Path::to_owned),
            keyring,
        }
    }

    /// What opens its keys.
    pub(super) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it, for its owner alone.
    pub(super) fn make(&self) -> Result<(), CliError> {
        private(&self.path)
    }

    /// Opens a key.
    pub(super) fn open(&self, holder: Holder) -> Result<Signer, CliError> {
        let file = KeyFile::new(&self.path, &holder.name())?;
        if !file.path().exists() {
            return Err(CliError::usage(
                format!(
                    "there is no key {} in {}",
                    holder.name(),
                    self.path.display()
                ),
                "Set the host up first: nexus dev host; or name its folder: --folder DIR.",
            ));
        }
        Ok(file.open(self.keyring.passphrase()?)?)
    }

    /// Opens a key, or makes it. It is on disk before the ledger hears of it, so that nothing is registered whose key is
    /// lost.
    pub(super) fn open_or_make(&self, holder: Holder) -> Result<Signer, CliError> {
        let file = KeyFile::new(&self.path, &holder.name())?;
        if file.path().exists() {
            return self.open(holder);
        }
        let signer = Signer::new(holder.name(), SecretKey::generate());
        // These keys guard nothing, whatever network they are for: it is one for development.
        file.create(&signer, self.keyring.passphrase()?, DEVELOPMENT_WORK_FACTOR)?;
        Ok(signer)
    }

    /// The records on their way from the meter of a kind to its agent.
    pub(super) fn spool(&self, kind: AgentKind) -> Result<Spool, CliError> {
        let above = self.path.join("spool");
        private(&above)?;
        let path = above.join(kind.name());
        private(&path)?;
        Ok(Spool::new(path))
    }

    /// Keeps a second process from doing the same work; the kernel forgets the lock when this one ends, however it does.
    pub(super) fn lock(&self, holder: Holder) -> Result<File, CliError> {
        let path = self.path.join(format!("{}.lock", holder.name()));
        let failed = |source| CliError::File {
            action: "lock",
            path: path.clone(),
            source,
        };
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = opened.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(failed(error)),
            Err(TryLockError::WouldBlock) => Err(CliError::usage(
                format!("another process works as {} already", holder.name()),
                format!("One is enough; {} is its lock.", path.display()),
            )),
        }
    }
}

fn private(path: &Path) -> Result<(), CliError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| CliError::File {
            action: "make",
            path: path.to_owned(),
            source,
        })
}
