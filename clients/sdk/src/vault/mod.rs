//! Records of consents, off the chain: a folder on one machine, encrypted, from which a subject can be erased for good.
//!
//! The chain holds commitments (law: `nexus_types::consent::commitment`). What they commit to, the record and a salt of 32
//! random bytes, lies here alone. Each subject has a random key of its own; records and salts are sealed to it, and it is
//! sealed to the vault's key, which a passphrase locks. All files are age files (<https://age-encryption.org/v1>).
//!
//! ```text
//! <vault>/vault.age                         the vault's key, under the passphrase
//! <vault>/<IMVU>/<subject>/key.age          the subject's key, sealed to the vault's
//! <vault>/<IMVU>/<subject>/<sequence>-<commitment>.age    a record and its salt, sealed to the subject's
//! <vault>/<IMVU>/<subject>/erased           the last sequence that was erased
//! ```
//!
//! # Invariants
//! - Folders have mode 0700, files 0600; a file that others may read is not opened.
//! - A file appears whole or not at all: written beside, synced, renamed.
//! - Erasure writes down what it erases before it destroys anything, so that one that was cut off is finished by the next
//!   look, and what was erased is refused even if its files come back from a copy.
//!
//! # Never
//! It knows no node and decides nothing. It can't reach copies that somebody else made of its files: of those the holders'
//! receipts tell. On disks that write elsewhere than where they are told, overwriting destroys nothing by itself; then it
//! rests on the subject's key, which is gone from the folder, and on nobody having copied it while it lay there.

mod disk;

use crate::api::WireHash;
use crate::keys::Passphrase;
use age::secrecy::ExposeSecret as _;
use age::x25519;
use nexus_types::consent::commitment;
use nexus_types::{Hash, ImvuId};
use rand::RngCore as _;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::iter;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a record: some pages of text, or a scanned signature.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// Bytes of a sealed file: a record in hexadecimal, and what age puts around it.
const MAX_FILE_BYTES: usize = 2 * MAX_RECORD_BYTES + 16 * 1024;

/// log₂ of the greatest scrypt cost that is paid to open a vault.
const MAX_WORK_FACTOR: u8 = 20;

const VAULT_FILE: &str = "vault.age";
const KEY_FILE: &str = "key.age";
const ERASED_FILE: &str = "erased";

/// What went wrong with a vault.
#[derive(Debug, Error)]
pub enum VaultError {
    /// There is no vault.
    #[error("there is no vault in {}; nexus consent record makes one", .0.display())]
    Missing(PathBuf),
    /// A record of that commitment lies there already.
    #[error("{} exists already: a record is kept once", .0.display())]
    Exists(PathBuf),
    /// Others than its owner may read or write the file.
    #[error(
        "{} may be read or written by others (mode {mode:o}); run: chmod {} {}",
        .path.display(), if .path.is_dir() { 700 } else { 600 }, .path.display()
    )]
    Permissions {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key does not open the file, or the file was altered.
    #[error("{} cannot be opened: {reason}", .path.display())]
    Locked {
        /// Which.
        path: PathBuf,
        /// What the decryption says.
        reason: String,
    },
    /// It opens, but holds something else.
    #[error("{} opens, but holds something else: {reason}", .path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The record was erased.
    #[error("consent {sequence} of {subject} in {imvu} is erased: its record is gone for good")]
    Erased {
        /// In which IMVU.
        imvu: ImvuId,
        /// Whose.
        subject: Hash,
        /// Which.
        sequence: u64,
    },
    /// The record is too large.
    #[error("a record has at most {MAX_RECORD_BYTES} bytes, this one has {0}")]
    TooLarge(usize),
    /// Something could not be encrypted.
    #[error("it could not be encrypted: {0}")]
    Encrypt(String),
    /// The file system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A record that is kept, with the salt that its commitment needs. Wiped when dropped; it shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// The subject's sequence that it was made for.
    pub sequence: u64,
    /// 32 random bytes.
    pub salt: Zeroizing<[u8; 32]>,
    /// The record, as it was given.
    pub record: Zeroizing<Vec<u8>>,
}

impl Kept {
    /// A record with a fresh salt.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`].
    pub fn new(sequence: u64, record: Zeroizing<Vec<u8>>) -> Result<Self, VaultError> {
        if record.len() > MAX_RECORD_BYTES {
            return Err(VaultError::TooLarge(record.len()));
        }
        let mut salt = Zeroizing::new([0; 32]);
        rand::rngs::OsRng.fill_bytes(salt.as_mut());
        Ok(Self {
            sequence,
            salt,
            record,
        })
    }

    /// What the chain holds of it.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        commitment(&self.salt, &self.record)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, {})", self.sequence, self.commitment())
    }
}

/// What stands inside a record's file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Content {
    imvu: String,
    subject: WireHash,
    sequence: u64,
    /// 64 hexadecimal digits.
    salt: Zeroizing<String>,
    /// Hexadecimal digits.
    record: Zeroizing<String>,
}

/// An open vault.
pub struct Vault {
    dir: PathBuf,
    key: x25519::Identity,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.dir.display())
    }
}

impl Vault {
    /// Whether a folder holds a vault.
    #[must_use]
    pub fn is_there(dir: &Path) -> bool {
        dir.join(VAULT_FILE).exists()
    }

    /// Makes a vault with a key of its own. `work_factor` is log₂ of scrypt's cost, as for key files.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::Encrypt`] or [`VaultError::Io`].
    pub fn create(
        dir: &Path,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<Self, VaultError> {
        let path = dir.join(VAULT_FILE);
        if path.exists() {
            return Err(VaultError::Exists(path));
        }
        let key = x25519::Identity::generate();
        let mut recipient = age::scrypt::Recipient::new(passphrase.secret().clone());
        recipient.set_work_factor(work_factor.clamp(1, MAX_WORK_FACTOR));
        let sealed = seal(&recipient, key.to_string().expose_secret().as_bytes())?;
        disk::make_dir(dir)?;
        disk::write(dir, VAULT_FILE, &sealed)?;
        Ok(Self {
            dir: dir.to_owned(),
            key,
        })
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// [`VaultError::Missing`], [`VaultError::Permissions`], [`VaultError::Locked`], [`VaultError::Content`] or
    /// [`VaultError::Io`].
    pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<Self, VaultError> {
        let path = dir.join(VAULT_FILE);
        disk::check_dir(dir)?;
        let sealed = disk::read(&path)?.ok_or_else(|| VaultError::Missing(dir.to_owned()))?;
        let mut lock = age::scrypt::Identity::new(passphrase.secret().clone());
        lock.set_max_work_factor(MAX_WORK_FACTOR);
        let plain = open(&path, &sealed, &lock)?;
        Ok(Self {
            key: identity(&path, &plain)?,
            dir: dir.to_owned(),
        })
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps a record, before its commitment is handed to the chain: what is on the chain and lies nowhere can never be
    /// shown again.
    ///
    /// # Errors
    /// [`VaultError::Exists`] for the same record and salt, [`VaultError::Erased`] for a sequence that is erased,
    /// else as [`Self::open`] and [`VaultError::Encrypt`].
    pub fn keep(&self, imvu: &ImvuId, subject: Hash, kept: &Kept) -> Result<(), VaultError> {
        self.refuse_erased(imvu, subject, kept.sequence)?;
        let dir = self.subject_dir(imvu, subject);
        let name = file_name(kept);
        if dir.join(&name).exists() {
            return Err(VaultError::Exists(dir.join(&name)));
        }
        let content = Content {
            imvu: imvu.to_string(),
            subject: subject.into(),
            sequence: kept.sequence,
            salt: Zeroizing::new(hex::encode(kept.salt.as_slice())),
            record: Zeroizing::new(hex::encode(kept.record.as_slice())),
        };
        let plain = Zeroizing::new(
            serde_json::to_vec(&content).map_err(|error| VaultError::Encrypt(error.to_string()))?,
        );
        disk::make_dir(&self.dir.join(imvu.as_str()))?;
        disk::make_dir(&dir)?;
        let key = match self.subject_key(&dir)? {
            Some(key) => key,
            None => self.make_subject_key(&dir)?,
        };
        let sealed = seal(&key.to_public(), &plain)?;
        disk::write(&dir, &name, &sealed)
    }

    /// Destroys one record that is on no ledger.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn discard(&self, imvu: &ImvuId, subject: Hash, kept: &Kept) -> Result<(), VaultError> {
        let dir = self.subject_dir(imvu, subject);
        disk::destroy(&dir.join(file_name(kept)))?;
        disk::sync_dir(&dir)
    }

    /// All records that are kept of a subject, ascending by sequence. One sequence has several if it was handed to the chain
    /// more than once; at most one of them is there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn records(&self, imvu: &ImvuId, subject: Hash) -> Result<Vec<Kept>, VaultError> {
        let dir = self.subject_dir(imvu, subject);
        self.finish_erasure(imvu, subject)?;
        let Some(key) = self.subject_key(&dir)? else {
            return Ok(Vec::new());
        };
        let mut records = Vec::new();
        for (sequence, path) in record_files(&dir)? {
            self.refuse_erased(imvu, subject, sequence)?;
            let Some(sealed) = disk::read(&path)? else {
                continue;
            };
            let plain = open(&path, &sealed, &key)?;
            records.push(content(&path, &plain, (imvu, subject, sequence))?);
        }
        records.sort_by_key(|kept| kept.sequence);
        Ok(records)
    }

    /// The subjects of an IMVU that have anything here, or had.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn subjects(&self, imvu: &ImvuId) -> Result<Vec<Hash>, VaultError> {
        let names = disk::names(&self.dir.join(imvu.as_str()))?;
        let mut subjects: Vec<Hash> = names
            .iter()
            .filter_map(|name| name.parse::<Hash>().ok())
            .collect();
        subjects.sort_unstable();
        Ok(subjects)
    }

    /// The last sequence of a subject that was erased here.
    ///
    /// # Errors
    /// [`VaultError::Content`] or [`VaultError::Io`].
    pub fn erased(&self, imvu: &ImvuId, subject: Hash) -> Result<Option<u64>, VaultError> {
        let path = self.subject_dir(imvu, subject).join(ERASED_FILE);
        let Some(bytes) = disk::read(&path)? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&bytes);
        let through = text.trim().parse().map_err(|_| VaultError::Content {
            path,
            reason: String::from("it names no sequence"),
        })?;
        Ok(Some(through))
    }

    /// Destroys everything of a subject: its key, and every record and salt under it. Repeating it is safe, also after a
    /// crash in between.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Content`]; whatever is left then is destroyed by the next look.
    pub fn erase(&self, imvu: &ImvuId, subject: Hash, through: u64) -> Result<(), VaultError> {
        let dir = self.subject_dir(imvu, subject);
        disk::make_dir(&self.dir.join(imvu.as_str()))?;
        disk::make_dir(&dir)?;
        let before = self.erased(imvu, subject)?;
        if before.is_none_or(|before| before < through) {
            disk::write(&dir, ERASED_FILE, format!("{through}\n").as_bytes())?;
        }
        destroy_all(&dir)
    }

    /// Ends an erasure that was cut off: records that it covers are still there.
    fn finish_erasure(&self, imvu: &ImvuId, subject: Hash) -> Result<(), VaultError> {
        let Some(through) = self.erased(imvu, subject)? else {
            return Ok(());
        };
        let dir = self.subject_dir(imvu, subject);
        let files = record_files(&dir)?;
        if files.iter().any(|(sequence, _)| *sequence <= through) {
            destroy_all(&dir)?;
        }
        Ok(())
    }

    fn refuse_erased(&self, imvu: &ImvuId, subject: Hash, sequence: u64) -> Result<(), VaultError> {
        match self.erased(imvu, subject)? {
            Some(through) if sequence <= through => Err(VaultError::Erased {
                imvu: imvu.clone(),
                subject,
                sequence,
            }),
            _ => Ok(()),
        }
    }

    fn subject_dir(&self, imvu: &ImvuId, subject: Hash) -> PathBuf {
        self.dir.join(imvu.as_str()).join(subject.to_string())
    }

    fn subject_key(&self, dir: &Path) -> Result<Option<x25519::Identity>, VaultError> {
        let path = dir.join(KEY_FILE);
        let Some(sealed) = disk::read(&path)? else {
            return Ok(None);
        };
        let plain = open(&path, &sealed, &self.key)?;
        identity(&path, &plain).map(Some)
    }

    fn make_subject_key(&self, dir: &Path) -> Result<x25519::Identity, VaultError> {
        let key = x25519::Identity::generate();
        let plain = key.to_string();
        let sealed = seal(&self.key.to_public(), plain.expose_secret().as_bytes())?;
        disk::write(dir, KEY_FILE, &sealed)?;
        Ok(key)
    }
}

/// The key first: without it the records are noise.
fn destroy_all(dir: &Path) -> Result<(), VaultError> {
    disk::destroy(&dir.join(KEY_FILE))?;
    for (_, path) in record_files(dir)? {
        disk::destroy(&path)?;
    }
    disk::sync_dir(dir)
}

fn file_name(kept: &Kept) -> String {
    let commitment = kept.commitment().to_string();
    let start: String = commitment.chars().take(16).collect();
    format!("{:020}-{start}.age", kept.sequence)
}

/// The files of a subject's records, with their sequences.
fn record_files(dir: &Path) -> Result<Vec<(u64, PathBuf)>, VaultError> {
    let mut files = Vec::new();
    for name in disk::names(dir)? {
        let sequence = name
            .strip_suffix(".age")
            .and_then(|name| name.split_once('-'))
            .and_then(|(sequence, _)| sequence.parse().ok());
        files.extend(sequence.map(|sequence| (sequence, dir.join(&name))));
    }
    Ok(files)
}

fn seal(to: &dyn age::Recipient, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let failed = |error: &dyn fmt::Display| VaultError::Encrypt(error.to_string());
    let encryptor =
        age::Encryptor::with_recipients(iter::once(to)).map_err(|error| failed(&error))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(|error| failed(&error))?;
    writer.write_all(plain).map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(sealed)
}

fn open(
    path: &Path,
    sealed: &[u8],
    key: &dyn age::Identity,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let locked = |reason: String| VaultError::Locked {
        path: path.to_owned(),
        reason,
    };
    let decryptor = age::Decryptor::new(sealed).map_err(|error| locked(error.to_string()))?;
    let mut reader = decryptor.decrypt(iter::once(key)).map_err(|error| {
        locked(match error {
            age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => {
                String::from("it was locked with another key or passphrase")
            }
            other => other.to_string(),
        })
    })?;
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader
        .read_to_end(&mut plain)
        .map_err(|error| locked(error.to_string()))?;
    Ok(plain)
}

fn identity(path: &Path, plain: &[u8]) -> Result<x25519::Identity, VaultError> {
    let text = std::str::from_utf8(plain).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| VaultError::Content {
            path: path.to_owned(),
            reason: String::from("it is no age identity"),
        })
}

fn content(
    path: &Path,
    plain: &[u8],
    (imvu, subject, sequence): (&ImvuId, Hash, u64),
) -> Result<Kept, VaultError> {
    let wrong = |reason: String| VaultError::Content {
        path: path.to_owned(),
        reason,
    };
    let content: Content =
        serde_json::from_slice(plain).map_err(|error| wrong(error.to_string()))?;
    let about = (content.imvu.as_str(), content.subject.0, content.sequence);
    if about != (imvu.as_str(), subject, sequence) {
        return Err(wrong(String::from("it is of another consent")));
    }
    let mut salt = Zeroizing::new([0; 32]);
    hex::decode_to_slice(content.salt.as_bytes(), salt.as_mut())
        .map_err(|_| wrong(String::from("the salt is not 64 hexadecimal digits")))?;
    let record = hex::decode(content.record.as_bytes())
        .map_err(|_| wrong(String::from("the record is not hexadecimal")))?;
    Ok(Kept {
        sequence,
        salt,
        record: Zeroizing::new(record),
    })
}

#[cfg(test)]
mod tests;
