//! Who is in the network and which ports they use; chosen once, when the network is made.

use std::fs::{File, OpenOptions, TryLockError};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;

/// Bytes of the plan: 16 validators take 2 KB.
const MAX_BYTES: u64 = 64 * 1024;

/// Ports of one validator; ten, so that they can be read off the number.
const PORTS_EACH: u16 = 10;

/// Where the search for free ports begins: below the range the kernel gives to outgoing connections.
const FIRST_BASE: u16 = 26_600;

/// Between two tries of the search: room for a network of ten.
const BASE_STEP: u16 = 200;

/// Tries of the search.
const BASE_TRIES: u16 = 25;

const FILE: &str = "localnet.json";

/// The network's plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) chain_id: String,
    pub(crate) validators: Vec<Member>,
}

/// One validator of the plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    /// The organisation's name, and the name of its home's folder.
    pub(crate) name: String,
    /// First of its ports.
    pub(crate) port: u16,
}

impl Member {
    fn at(&self, offset: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port + offset))
    }

    pub(crate) fn rpc(&self) -> SocketAddr {
        self.at(0)
    }

    pub(crate) fn metrics(&self) -> SocketAddr {
        self.at(1)
    }

    pub(crate) fn p2p(&self) -> SocketAddr {
        self.at(6)
    }

    pub(crate) fn comet_rpc(&self) -> SocketAddr {
        self.at(7)
    }

    pub(crate) fn addresses(&self) -> [SocketAddr; 4] {
        [self.rpc(), self.metrics(), self.p2p(), self.comet_rpc()]
    }

    pub(crate) fn home(&self, dir: &Path) -> Home {
        Home::new(dir.join(&self.name))
    }

    pub(crate) fn log(&self, dir: &Path) -> PathBuf {
        dir.join(&self.name).join("nexusd.log")
    }
}

impl Plan {
    /// Plans a network: names from the genesis, ports that are free now.
    pub(crate) fn new(
        chain_id: &str,
        names: &[String],
        base_port: Option<u16>,
    ) -> Result<Self, Error> {
        let plan = |base: u16| Self {
            chain_id: chain_id.to_owned(),
            validators: names
                .iter()
                .zip((base..=u16::MAX - PORTS_EACH).step_by(usize::from(PORTS_EACH)))
                .map(|(name, port)| Member {
                    name: name.clone(),
                    port,
                })
                .collect(),
        };
        if let Some(base) = base_port {
            let plan = plan(base);
            if plan.validators.len() < names.len() {
                return Err(Error::Usage(format!(
                    "--base-port {base}: {} validators need {PORTS_EACH} ports each, and there are none above 65535",
                    names.len()
                )));
            }
            plan.check_ports_free(&plan.validators)?;
            return Ok(plan);
        }
        let bases = (0..BASE_TRIES).map(|number| FIRST_BASE + number * BASE_STEP);
        let mut tries = bases.map(plan);
        tries
            .find(|plan| plan.check_ports_free(&plan.validators).is_ok())
            .ok_or_else(|| {
                Error::Taken(format!(
                    "no free ports found from {FIRST_BASE} on; choose where to look with --base-port"
                ))
            })
    }

    /// Whether these validators could listen.
    pub(crate) fn check_ports_free<'a>(
        &self,
        members: impl IntoIterator<Item = &'a Member>,
    ) -> Result<(), Error> {
        for member in members {
            for address in member.addresses() {
                TcpListener::bind(address).map_err(|error| {
                    Error::Taken(format!(
                        "{address}, which {} needs, cannot be used: {error}. Stop what uses the port (`ss -ltnp` \
                         shows it), or make the network anew elsewhere: `nexusd localnet clean`, then `nexusd \
                         localnet start --base-port PORT`",
                        member.name
                    ))
                })?;
            }
        }
        Ok(())
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = dir.join(FILE);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
        files::write(&path, text.as_bytes(), Access::Public)
    }

    /// The plan of a folder's network; nothing if none has been begun there.
    pub(crate) fn read_if_there(dir: &Path) -> Result<Option<Self>, Error> {
        if !dir.join(FILE).exists() {
            return Ok(None);
        }
        Self::read(dir).map(Some)
    }

    /// The plan of a folder's network.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let plan = Self::read_unfinished(dir)?;
        if super::create::is_finished(dir) {
            return Ok(plan);
        }
        Err(Error::home(
            dir,
            "the local network there was never finished. Run `nexusd localnet clean` and start again",
        ))
    }

    /// The plan of a folder whose network may be half made.
    pub(crate) fn read_unfinished(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let text = files::read_text(&path, MAX_BYTES).map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound(format!(
                "{} is no local network: it has no {FILE}. `nexusd localnet start --dir {0}` makes one",
                dir.display()
            )),
            other => other,
        })?;
        serde_json::from_str(&text)
            .map_err(|error| Error::home(&path, format!("is not a plan: {error}")))
    }
}

/// Keeps two launchers from working on one network at once.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    lock_file(&dir.join("launcher.lock"), || {
        format!(
            "another `nexusd localnet` works on {} now; wait for it",
            dir.display()
        )
    })
}

/// Takes a lock that the kernel gives back when this process ends; `taken` says what it means that another has it.
pub(crate) fn lock_file(path: &Path, taken: impl FnOnce() -> String) -> Result<File, Error> {
    let doing = format!("lock {}", path.display());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Error::io(doing.clone()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(Error::io(doing)(error)),
        Err(TryLockError::WouldBlock) => Err(Error::Taken(taken())),
    }
}
