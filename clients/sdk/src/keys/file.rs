//! Key files.

use super::{SecretKey, Signer};
use crate::api::{WireIdentity, WireKey};
use age::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fmt, iter};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// log₂ of scrypt's cost: 17 takes 128 MiB and some hundred milliseconds, once a command.
pub const DEFAULT_WORK_FACTOR: u8 = 17;

/// The greatest cost this program pays to open a file: a file from elsewhere must not stall it for minutes.
const MAX_WORK_FACTOR: u8 = 20;

/// Bytes of a key file: header, nonce and some hundred bytes of JSON.
pub const MAX_KEY_FILE_BYTES: usize = 16 * 1024;

/// Old files kept beside a key: more rotations than anybody makes, and an end to the search for a free name.
const MAX_OLD_FILES: u16 = 999;

/// Bytes of a key's name: it becomes a file name.
const MAX_NAME_BYTES: usize = 64;

/// What opens a key file. Wiped when dropped; it shows nothing.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes the text over and wipes it; a final newline, as files end in, is not part of it.
    #[must_use]
    pub fn new(mut text: String) -> Self {
        let kept = text.trim_end_matches(['\n', '\r']).to_owned();
        text.zeroize();
        Self(SecretString::from(kept))
    }

    /// The text, for what else it locks.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Whether both are the same text, as when it is asked for twice.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        use age::secrecy::ExposeSecret as _;
        self.0.expose_secret() == other.0.expose_secret()
    }

    /// Whether it has no character.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        use age::secrecy::ExposeSecret as _;
        self.0.expose_secret().is_empty()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(secret)")
    }
}

/// What went wrong with a key file.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The name cannot be a file name.
    #[error(
        "a key's name has 1–64 of a–z, A–Z, 0–9, dot, hyphen and underscore, and starts with a letter or digit; {0:?} has not"
    )]
    Name(String),
    /// There is no such file.
    #[error("there is no key {name} in {}; nexus key list shows those there are", .dir.display())]
    Missing {
        /// Which.
        name: String,
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// A file of that name exists; it is never overwritten.
    #[error("{} exists already; choose another name, or move that file away", .0.display())]
    Exists(PathBuf),
    /// Others than its owner may read or write the file.
    #[error(
        "{} may be read or written by others (mode {mode:o}); run: chmod 600 {}", .path.display(), .path.display()
    )]
    Permissions {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The passphrase does not open the file, or the file was altered.
    #[error("{} cannot be opened: {reason}", .path.display())]
    Locked {
        /// Which.
        path: PathBuf,
        /// What the decryption says.
        reason: String,
    },
    /// It opens, but holds no key.
    #[error("{} opens, but holds no usable key: {reason}", .path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key could not be encrypted.
    #[error("the key could not be encrypted: {0}")]
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

/// What stands inside a key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Content {
    name: String,
    identity: WireIdentity,
    public_key: WireKey,
    /// The seed, 64 hexadecimal digits.
    seed: Zeroizing<String>,
}

/// A key file: `<directory>/<name>.age`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    name: String,
    dir: PathBuf,
}

impl KeyFile {
    /// The file of that name in that directory; it need not exist.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(dir: impl Into<PathBuf>, name: &str) -> Result<Self, KeyError> {
        let first = name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if first && plain && name.len() <= MAX_NAME_BYTES {
            Ok(Self {
                name: name.to_owned(),
                dir: dir.into(),
            })
        } else {
            Err(KeyError::Name(name.to_owned()))
        }
    }

    /// The key files of a directory, ascending by name; none if the directory does not exist.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn list(dir: &Path) -> Result<Vec<Self>, KeyError> {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(io_error("list", dir, source)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| io_error("list", dir, source))?;
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".age"));
            files.extend(name.and_then(|name| Self::new(dir, name).ok()));
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir.join(format!("{}.age", self.name))
    }

    /// Encrypts a key into a new file of mode 0600, in a directory that is made with mode 0700 if it is missing.
    /// `work_factor` is log₂ of scrypt's cost: [`DEFAULT_WORK_FACTOR`], less only for keys of development networks.
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::Encrypt`] or [`KeyError::Io`].
    pub fn create(
        &self,
        signer: &Signer,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<(), KeyError> {
        let sealed = self.seal(signer, passphrase, work_factor)?;
        self.write_new(&self.path(), &sealed)
    }

    /// Puts another key into the file. The old file stays beside it as `<name>.age.old-1`, `-2` and so on; returns where.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there are 999 older ones, [`KeyError::Encrypt`] or [`KeyError::Io`].
    pub fn replace(
        &self,
        signer: &Signer,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<PathBuf, KeyError> {
        let sealed = self.seal(signer, passphrase, work_factor)?;
        let path = self.path();
        let mut older = (1..=MAX_OLD_FILES).map(|number| self.beside(&format!("old-{number}")));
        let old = older.find(|old| !old.exists());
        let old = old.ok_or_else(|| KeyError::Exists(self.beside("old-1")))?;
        let next = self.beside("new");
        self.write_new(&next, &sealed)?;
        fs::rename(&path, &old).map_err(|source| io_error("rename", &path, source))?;
        fs::rename(&next, &path).map_err(|source| io_error("rename", &next, source))?;
        Ok(old)
    }

    /// Opens the file.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::Permissions`], [`KeyError::Locked`], [`KeyError::Content`], [`KeyError::Io`].
    pub fn open(&self, passphrase: &Passphrase) -> Result<Signer, KeyError> {
        let path = self.path();
        let sealed = self.read_sealed(&path)?;
        let locked = |reason: String| KeyError::Locked {
            path: path.clone(),
            reason,
        };
        let decryptor =
            age::Decryptor::new(sealed.as_slice()).map_err(|error| locked(error.to_string()))?;
        if !decryptor.is_scrypt() {
            return Err(locked(String::from("it is not locked with a passphrase")));
        }
        let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let reader = decryptor
            .decrypt(iter::once(&identity as &dyn age::Identity))
            .map_err(|error| locked(reason(&error)))?;
        let mut plain = Zeroizing::new(Vec::with_capacity(MAX_KEY_FILE_BYTES));
        reader
            .take(MAX_KEY_FILE_BYTES as u64)
            .read_to_end(&mut plain)
            .map_err(|error| locked(error.to_string()))?;
        self.read_content(&path, &plain)
    }

    fn read_sealed(&self, path: &Path) -> Result<Vec<u8>, KeyError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing {
                    name: self.name.clone(),
                    dir: self.dir.clone(),
                });
            }
            Err(source) => return Err(io_error("open", path, source)),
        };
        let meta = file
            .metadata()
            .map_err(|source| io_error("look at", path, source))?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Permissions {
                path: path.to_owned(),
                mode,
            });
        }
        let mut sealed = Vec::new();
        file.take(MAX_KEY_FILE_BYTES as u64 + 1)
            .read_to_end(&mut sealed)
            .map_err(|source| io_error("read", path, source))?;
        if sealed.len() > MAX_KEY_FILE_BYTES {
            return Err(KeyError::Content {
                path: path.to_owned(),
                reason: format!("a key file has at most {MAX_KEY_FILE_BYTES} bytes"),
            });
        }
        Ok(sealed)
    }

    fn read_content(&self, path: &Path, plain: &[u8]) -> Result<Signer, KeyError> {
        let wrong = |reason: String| KeyError::Content {
            path: path.to_owned(),
            reason,
        };
        let content: Content =
            serde_json::from_slice(plain).map_err(|error| wrong(error.to_string()))?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(content.seed.as_bytes(), seed.as_mut())
            .map_err(|_| wrong(String::from("the seed is not 64 hexadecimal digits")))?;
        let key = SecretKey::from_seed(seed);
        if key.public() != content.public_key.0 {
            return Err(wrong(String::from(
                "the public key is not that of the seed",
            )));
        }
        Ok(Signer {
            name: self.name.clone(),
            identity: content.identity.0,
            key,
        })
    }

    fn seal(
        &self,
        signer: &Signer,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<Vec<u8>, KeyError> {
        let content = Content {
            name: self.name.clone(),
            identity: signer.identity.into(),
            public_key: signer.key.public().into(),
            seed: Zeroizing::new(hex::encode(signer.key.seed().as_slice())),
        };
        let failed = |error: &dyn fmt::Display| KeyError::Encrypt(error.to_string());
        let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(|error| failed(&error))?);
        let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
        recipient.set_work_factor(work_factor.clamp(1, MAX_WORK_FACTOR));
        let recipients = iter::once(&recipient as &dyn age::Recipient);
        let encryptor =
            age::Encryptor::with_recipients(recipients).map_err(|error| failed(&error))?;
        let mut sealed = Vec::new();
        let mut writer = encryptor
            .wrap_output(&mut sealed)
            .map_err(|error| failed(&error))?;
        writer.write_all(&plain).map_err(|error| failed(&error))?;
        writer.finish().map_err(|error| failed(&error))?;
        Ok(sealed)
    }

    fn write_new(&self, path: &Path, sealed: &[u8]) -> Result<(), KeyError> {
        if !self.dir.exists() {
            fs::create_dir_all(&self.dir).map_err(|source| io_error("make", &self.dir, source))?;
            fs::set_permissions(&self.dir, fs::Permissions::from_mode(0o700))
                .map_err(|source| io_error("protect", &self.dir, source))?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let mut file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyError::Exists(path.to_owned()));
            }
            Err(source) => return Err(io_error("create", path, source)),
        };
        file.write_all(sealed)
            .and_then(|()| file.sync_all())
            .map_err(|source| io_error("write", path, source))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.dir.join(format!("{}.age.{suffix}", self.name))
    }
}

/// age says "decryption failed" for a wrong passphrase; that is worth saying in words.
fn reason(error: &age::DecryptError) -> String {
    match error {
        age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => {
            String::from("the passphrase is not the one it was locked with")
        }
        age::DecryptError::ExcessiveWork { required, .. } => {
            format!("its cost of 2^{required} is above the 2^{MAX_WORK_FACTOR} this program pays")
        }
        other => other.to_string(),
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}
