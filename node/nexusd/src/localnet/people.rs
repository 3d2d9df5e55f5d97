//! The keys of the network's people: encrypted files in a folder of their own, outside every node's home.

use std::path::{Path, PathBuf};

use nexus_genesis::dev::{Keys, NamedKey, OFFICERS};
use nexus_sdk::keys::{KeyFile, Passphrase, SecretKey, Signer};
use serde::Serialize;

use crate::commands::init;
use crate::error::Error;
use crate::files::{self, Access};

/// The folder, within the network's.
pub(crate) const FOLDER: &str = "keys";

/// The file with the passphrase that opens all of them, within the folder.
const PASSPHRASE: &str = "passphrase";

/// Bytes of the passphrase file.
const MAX_PASSPHRASE_BYTES: u64 = 1024;

/// log₂ of scrypt's cost: a development key guards nothing, and a tour opens several at each command.
const WORK_FACTOR: u8 = 10;

/// The demo creator's name.
pub(crate) const CREATOR: &str = "demo";

const ATTESTER: &str = "attester";

/// Where the files are, relative to the network's folder.
#[derive(Serialize)]
pub(crate) struct KeyFiles {
    pub(crate) creator: String,
    officers: Vec<String>,
    attester: String,
    /// In the order of the validators.
    operators: Vec<String>,
    passphrase: String,
}

impl KeyFiles {
    /// Those of a network of so many validators.
    pub(crate) fn new(validators: usize) -> Self {
        let file = |name: &str| format!("{FOLDER}/{name}.age");
        Self {
            creator: file(CREATOR),
            officers: (1..=OFFICERS)
                .map(|number| file(&format!("officer-{number}")))
                .collect(),
            attester: file(ATTESTER),
            operators: (1..=validators)
                .map(|number| file(&format!("operator-{number}")))
                .collect(),
            passphrase: format!("{FOLDER}/{PASSPHRASE}"),
        }
    }
}

/// The folder of a network's keys.
pub(crate) fn folder(dir: &Path) -> PathBuf {
    dir.join(FOLDER)
}

/// Opens the keys of the demo creator and of the attester.
pub(crate) fn creator_and_attester(dir: &Path) -> Result<(Signer, Signer), Error> {
    let folder = folder(dir);
    let passphrase = Passphrase::new(files::read_text(
        &folder.join(PASSPHRASE),
        MAX_PASSPHRASE_BYTES,
    )?);
    let open = |name: &str| {
        KeyFile::new(&folder, name)
            .and_then(|file| file.open(&passphrase))
            .map_err(|error| Error::home(&folder, error.to_string()))
    };
    Ok((open(CREATOR)?, open(ATTESTER)?))
}

/// Encrypts everybody's key with a new random passphrase.
pub(crate) fn write(dir: &Path, keys: &Keys) -> Result<(), Error> {
    let folder = folder(dir);
    files::private_folder(&folder)?;
    let text = hex::encode(&init::random_seed()[..16]);
    files::write(
        &folder.join(PASSPHRASE),
        format!("{text}\n").as_bytes(),
        Access::Secret,
    )?;
    let passphrase = Passphrase::new(text);
    let creator = NamedKey {
        name: CREATOR.to_owned(),
        seed: init::random_seed(),
    };
    let people = keys.officers.iter().chain(&keys.operators);
    for key in people.chain([&keys.attester, &creator]) {
        let signer = Signer::new(key.name.as_str(), SecretKey::from_seed(key.seed.clone()));
        KeyFile::new(&folder, &key.name)
            .and_then(|file| file.create(&signer, &passphrase, WORK_FACTOR))
            .map_err(|error| Error::home(&folder, error.to_string()))?;
    }
    Ok(())
}
