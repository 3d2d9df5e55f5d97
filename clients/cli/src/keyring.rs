//! Key files and what opens them.

use crate::args::Global;
use crate::context::note;
use crate::error::CliError;
use crate::localnet::Localnet;
use crate::terminal;
use nexus_sdk::keys::{DEFAULT_WORK_FACTOR, KeyFile, Passphrase, Signer};
use nexus_types::IdentityId;
use std::cell::OnceCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// log₂ of scrypt's cost for keys beside a local network's: they guard nothing, and its passphrase lies next to them.
pub(crate) const DEVELOPMENT_WORK_FACTOR: u8 = 10;

/// Bytes of a passphrase.
const MAX_PASSPHRASE_BYTES: u64 = 4 * 1024;

/// Who acts when no key is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// Somebody who owns something.
    Creator,
    /// Officers, as many as the platform's threshold.
    Officers(u8),
    /// A registered attester.
    Attester,
    /// An organisation that holds a seat and runs hosts.
    Operator,
    /// Two thirds of the organisations that hold seats.
    TwoThirds,
    /// So many organisations that hold seats; on a local network the platform is the last of them.
    Operators(usize),
    /// A payment processor: no network has one from the start.
    Processor,
}

/// The directory of key files, and the passphrase once it was needed.
pub(crate) struct Keyring {
    dir: PathBuf,
    development: bool,
    passphrase_file: Option<PathBuf>,
    passphrase_fd: Option<u32>,
    names: Vec<String>,
    defaults: Option<Localnet>,
    passphrase: OnceCell<Passphrase>,
}

impl Keyring {
    pub(crate) fn new(global: &Global, localnet: Option<&Localnet>) -> Self {
        let beside = localnet.filter(|_| global.keys.is_none());
        let dir = global.keys.clone();
        let dir = dir
            .or_else(|| beside.map(Localnet::keys))
            .unwrap_or_else(home);
        let asked_for_none = global.passphrase_file.is_none() && global.passphrase_fd.is_none();
        let shared = beside.filter(|_| asked_for_none).map(Localnet::passphrase);
        Self {
            dir,
            development: beside.is_some(),
            passphrase_file: global.passphrase_file.clone().or(shared),
            passphrase_fd: global.passphrase_fd,
            names: global.key.clone(),
            defaults: beside.cloned(),
            passphrase: OnceCell::new(),
        }
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &PathBuf {
        &self.dir
    }

    /// log₂ of scrypt's cost for new files.
    pub(crate) fn work_factor(&self) -> u8 {
        if self.development {
            DEVELOPMENT_WORK_FACTOR
        } else {
            DEFAULT_WORK_FACTOR
        }
    }

    /// The file of a key.
    pub(crate) fn file(&self, name: &str) -> Result<KeyFile, CliError> {
        Ok(KeyFile::new(&self.dir, name)?)
    }

    /// Every key file.
    pub(crate) fn list(&self) -> Result<Vec<KeyFile>, CliError> {
        Ok(KeyFile::list(&self.dir)?)
    }

    /// Opens one key.
    pub(crate) fn open(&self, name: &str) -> Result<Signer, CliError> {
        let file = self.file(name)?;
        if !file.path().exists() {
            // Before anybody is asked for a passphrase.
            return Err(nexus_sdk::keys::KeyError::Missing {
                name: name.to_owned(),
                dir: self.dir.clone(),
            }
            .into());
        }
        Ok(file.open(self.passphrase()?)?)
    }

    /// Opens the keys that were named, else those of the role on a local network, else the only one there is.
    pub(crate) fn signers(&self, role: Role) -> Result<Vec<Signer>, CliError> {
        let names = if self.names.is_empty() {
            self.default_names(role)?
        } else {
            self.names.clone()
        };
        names.iter().map(|name| self.open(name)).collect()
    }

    /// The keys of a role on a local network, for who co-signs where one key alone was named.
    pub(crate) fn cosigners(&self, role: Role) -> Result<Vec<Signer>, CliError> {
        if self.defaults.is_none() || self.names.len() != 1 {
            return Ok(Vec::new());
        }
        let mut names = self.localnet_names(role);
        names.retain(|name| !self.names.contains(name));
        if !names.is_empty() {
            note(&format!("co-signing as {}, too", names.join(", ")));
        }
        names.iter().map(|name| self.open(name)).collect()
    }

    /// Whether the caller left it open who signs.
    pub(crate) fn names_nobody(&self) -> bool {
        self.names.is_empty()
    }

    /// The key of an identity, if it lies beside a local network, whose keys share one passphrase. Elsewhere nobody's
    /// keys are tried one after the other.
    pub(crate) fn development_key_of(&self, identity: IdentityId, role: &str) -> Option<Signer> {
        self.defaults.as_ref()?;
        let files = self.list().ok()?;
        let passphrase = self.passphrase().ok()?;
        let opened = files.iter().filter_map(|file| file.open(passphrase).ok());
        let found = opened
            .into_iter()
            .find(|signer| signer.identity == identity)?;
        note(&format!("no --key: signing as {}, the {role}", found.name));
        Some(found)
    }

    /// Opens the one key that was named, or is meant.
    pub(crate) fn signer(&self, role: Role) -> Result<Signer, CliError> {
        let mut signers = self.signers(role)?;
        match (signers.pop(), signers.is_empty()) {
            (Some(signer), true) => Ok(signer),
            _ => Err(CliError::usage(
                "this takes exactly one key",
                "Name one: --key NAME.",
            )),
        }
    }

    /// The keys of a local network that a role means.
    fn localnet_names(&self, role: Role) -> Vec<String> {
        let Some(localnet) = &self.defaults else {
            return Vec::new();
        };
        match role {
            Role::Creator => localnet.creator().into_iter().collect(),
            Role::Attester => localnet.attester().into_iter().collect(),
            Role::Operator => localnet.operator().into_iter().collect(),
            Role::TwoThirds => {
                let mut all = localnet.operators();
                all.truncate((all.len() * 2).div_ceil(3));
                all
            }
            Role::Operators(count) => {
                let mut all = localnet.operators();
                all.truncate(count);
                all
            }
            Role::Processor => Vec::new(),
            Role::Officers(threshold) => {
                let officers = localnet.officers().into_iter();
                officers.take(threshold.into()).collect()
            }
        }
    }

    fn default_names(&self, role: Role) -> Result<Vec<String>, CliError> {
        let names = self.localnet_names(role);
        if !names.is_empty() {
            note(&format!("no --key: signing as {}", names.join(", ")));
            return Ok(names);
        }
        let files = self.list()?;
        match files.as_slice() {
            [only] => Ok(vec![only.name().to_owned()]),
            _ => Err(CliError::usage(
                format!(
                    "{} keys in {}: which one signs?",
                    files.len(),
                    self.dir.display()
                ),
                "Name it: --key NAME; nexus key list shows them, nexus key new makes one.",
            )),
        }
    }

    /// The passphrase: from where the arguments say, else asked for once.
    pub(crate) fn passphrase(&self) -> Result<&Passphrase, CliError> {
        if let Some(known) = self.passphrase.get() {
            return Ok(known);
        }
        let read = self.read_passphrase("Passphrase")?;
        Ok(self.passphrase.get_or_init(|| read))
    }

    /// The passphrase for a new file: asked for twice if it is asked for at all.
    pub(crate) fn new_passphrase(&self) -> Result<Passphrase, CliError> {
        if self.passphrase_file.is_some() || self.passphrase_fd.is_some() {
            return self.passphrase().cloned();
        }
        let first = self.read_passphrase("New passphrase")?;
        let again = self.read_passphrase("Once more")?;
        if first.is_same(&again) {
            Ok(first)
        } else {
            Err(CliError::Passphrase {
                what: String::from("the two passphrases differ"),
            })
        }
    }

    fn read_passphrase(&self, question: &str) -> Result<Passphrase, CliError> {
        let from = self.passphrase_file.clone();
        // Linux shows a process's open descriptors as files, so no unsafe code is needed to read one.
        let from = from.or_else(|| {
            self.passphrase_fd
                .map(|fd| format!("/proc/self/fd/{fd}").into())
        });
        let passphrase = match from {
            Some(path) => first_line(&path)?,
            None => terminal::ask(question).map_err(|error| CliError::Passphrase {
                what: format!(
                    "the keys need a passphrase, and there is no terminal to ask on ({error})"
                ),
            })?,
        };
        if passphrase.is_empty() {
            return Err(CliError::Passphrase {
                what: String::from("the passphrase is empty"),
            });
        }
        Ok(passphrase)
    }

    /// Says that a new key will lie among the local network's, under the passphrase they share.
    pub(crate) fn say_where_new_keys_go(&self) {
        let shared = self.defaults.as_ref().map(Localnet::passphrase);
        if shared == self.passphrase_file && shared.is_some() {
            note(&format!(
                "using the local network's keys and passphrase in {}",
                self.dir.display()
            ));
        }
    }
}

fn first_line(path: &PathBuf) -> Result<Passphrase, CliError> {
    let failed = |error: std::io::Error| CliError::Passphrase {
        what: format!(
            "the passphrase cannot be read from {}: {error}",
            path.display()
        ),
    };
    let file = File::open(path).map_err(failed)?;
    let mut line = String::new();
    BufReader::new(file.take(MAX_PASSPHRASE_BYTES))
        .read_line(&mut line)
        .map_err(failed)?;
    Ok(Passphrase::new(line))
}

fn home() -> PathBuf {
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config =
        config.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    config
        .unwrap_or_else(|| PathBuf::from("."))
        .join("nexus/keys")
}
