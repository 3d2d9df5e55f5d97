//! A node's home: one folder with everything one validator has, and nothing of anybody else.
//!
//! ```text
//! HOME/
//!   config.toml                      ours
//!   cometbft/config/config.toml      written from ours at every start
//!   cometbft/config/genesis.json     the chain's beginning
//!   cometbft/config/node_key.json, priv_validator_key.json      0600
//!   cometbft/data/                   CometBFT's blocks, state, write-ahead log, signing state
//!   data/store/                      the ledger (RocksDB)
//!   data/snapshots/                  what nodes that join are given: on the store's disk, as they begin as links
//!   data/state-sync/                 chunks that CometBFT fetched and has not handed over yet
//!   data/index.sqlite                the SQL index
//!   evidence/                        what the watchdog kept when it ended the node
//!   halted.json                      this node halted because its ledger was not the network's
//!   run/                             socket, lock, process ids: of the running node only
//! ```

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files;

/// The ABCI socket, relative to the home. Both programs run in the home, so that the path stays short however deep
/// the home lies: a unix socket's path has at most 107 bytes.
pub(crate) const ABCI_SOCKET: &str = "run/abci.sock";

/// Where CometBFT keeps the chunks of a snapshot that it fetches, relative to the home.
pub(crate) const STATE_SYNC_FOLDER: &str = "data/state-sync";

/// The socket on which CometBFT waits for a signer outside the node, relative to the home like [`ABCI_SOCKET`]. Its folder
/// is this user's alone.
pub(crate) const SIGNER_SOCKET: &str = "run/signer.sock";

/// The folder with a node's files.
#[derive(Clone, Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// A home that has been initialised.
    pub(crate) fn existing(path: &Path) -> Result<Self, Error> {
        let home = Self::new(path);
        if home.config_file().is_file() {
            Ok(home)
        } else {
            Err(Error::NotFound(format!(
                "{} is no node's home: it has no config.toml. Run `nexusd init --home {0}` first, or name another home",
                path.display()
            )))
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    pub(crate) fn comet(&self) -> PathBuf {
        self.0.join("cometbft")
    }

    pub(crate) fn comet_config(&self) -> PathBuf {
        self.comet().join("config")
    }

    pub(crate) fn comet_data(&self) -> PathBuf {
        self.comet().join("data")
    }

    pub(crate) fn genesis_file(&self) -> PathBuf {
        self.comet_config().join("genesis.json")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("data/store")
    }

    pub(crate) fn snapshots(&self) -> PathBuf {
        self.0.join("data/snapshots")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.0.join("data/index.sqlite")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub(crate) fn evidence(&self) -> PathBuf {
        self.0.join("evidence")
    }

    pub(crate) fn halted_file(&self) -> PathBuf {
        self.0.join("halted.json")
    }

    pub(crate) fn processes_file(&self) -> PathBuf {
        self.run().join("processes.json")
    }

    /// Makes the folders.
    pub(crate) fn create_folders(&self) -> Result<(), Error> {
        for folder in [
            self.0.clone(),
            self.comet_config(),
            self.comet_data(),
            self.0.join("data"),
            self.run(),
        ] {
            files::private_folder(&folder)?;
        }
        Ok(())
    }

    /// Takes the home for this process; the kernel gives it back when the process ends, however it ends.
    pub(crate) fn lock(&self) -> Result<HomeLock, Error> {
        let path = self.run().join("lock");
        let doing = format!("lock {}", path.display());
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::io(doing.clone()))?;
        match file.try_lock() {
            Ok(()) => Ok(HomeLock { _file: file }),
            Err(TryLockError::Error(error)) => Err(Error::io(doing)(error)),
            Err(TryLockError::WouldBlock) => Err(Error::Taken(format!(
                "{} is in use by a running node (see {}). Stop it first, or name another home",
                self.0.display(),
                self.processes_file().display()
            ))),
        }
    }
}

/// Held while a process uses a home.
#[derive(Debug)]
pub(crate) struct HomeLock {
    _file: File,
}
