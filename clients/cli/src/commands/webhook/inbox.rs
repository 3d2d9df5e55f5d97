//! Events on their way from the provider to the ledger: a folder of files, one an event.
//!
//! `pending/SEQUENCE-ID.json` was taken and is not settled; `done/ID.json` is on the ledger; `failed/ID.json` was refused, and
//! says why; `disputes/NAME.json` has the ledger's id of a dispute. A file that has its name is whole and on disk: it is
//! written beside, synced and renamed. An event is settled first and leaves `pending` afterwards, so that a kill in between
//! leaves it in both, and never in neither.

use super::event::{Event, Name};
use crate::whole;
use nexus_sdk::api::WireHash;
use nexus_types::Hash;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Events that may wait: about three hours of one a second. Beyond that the provider is told to come again.
const MAX_PENDING: usize = 10_000;

/// Digits of a sequence, so that names sort by it.
const SEQUENCE_DIGITS: usize = 20;

/// A transaction that was signed for an event and may be on the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// What its signer signed.
    pub(crate) id: WireHash,
    /// The hash nodes file it under.
    pub(crate) hash: WireHash,
    /// Last time of a block it can come into, milliseconds.
    pub(crate) expires_ms: u64,
}

/// What became of an event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
pub(crate) enum Outcome {
    /// It is on the ledger.
    #[serde(rename_all = "camelCase")]
    Applied {
        /// In which transaction; none if somebody else booked the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<WireHash>,
        /// In which block.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<u64>,
    },
    /// It is not, and will not be by itself.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The law's code, such as NX2006.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// What happened.
        error: String,
        /// What to do next.
        help: String,
        /// Everything the ledger said of it.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        detail: Value,
    },
}

/// An event with what is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// When it was taken, milliseconds since 1970.
    pub(crate) received_ms: u64,
    /// What was delivered.
    pub(crate) event: Event,
    /// What was signed for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attempts: Vec<Attempt>,
    /// What became of it; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Outcome>,
}

/// What became of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// It is on disk.
    New,
    /// It was, before.
    Waits,
    /// It is on the ledger.
    Applied,
    /// The ledger refused it.
    Refused,
    /// Another event of the same id is known.
    Other,
    /// Too many wait.
    Full,
}

/// The ledger's id of a dispute.
#[derive(Serialize, Deserialize)]
struct Opened {
    dispute: WireHash,
}

/// The folder.
#[derive(Debug)]
pub(crate) struct Inbox {
    path: PathBuf,
    /// What waits, in the order it came.
    pending: BTreeMap<u64, Name>,
    /// The kernel forgets the lock when this process ends, however it does.
    _lock: File,
}

impl Inbox {
    /// Opens the folder, or makes it, and tidies up what a kill left behind.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        for part in ["pending", "done", "failed", "disputes"] {
            let mut private = DirBuilder::new();
            private.recursive(true).mode(0o700);
            private.create(path.join(part))?;
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => {
                io::Error::other("another process works on this inbox already")
            }
        })?;
        let mut inbox = Self {
            path: path.to_owned(),
            pending: BTreeMap::new(),
            _lock: lock,
        };
        inbox.tidy()?;
        Ok(inbox)
    }

    fn tidy(&mut self) -> io::Result<()> {
        let mut seen = BTreeSet::new();
        let files = fs::read_dir(self.path.join("pending"))?;
        let mut files: Vec<PathBuf> = files
            .map(|file| file.map(|file| file.path()))
            .collect::<io::Result<_>>()?;
        files.sort();
        for path in files {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some((sequence, id)) = name.and_then(named) else {
                // Half of an event whose delivery was never answered.
                if path.extension().is_some_and(|end| end == "new") {
                    fs::remove_file(&path)?;
                }
                continue;
            };
            if self.settled(&id)?.is_some() || !seen.insert(id.clone()) {
                fs::remove_file(&path)?;
                continue;
            }
            // It is read now, so that nothing unreadable is found when nobody looks.
            let _: Record = read(&path)?.ok_or_else(|| io::Error::other("it is gone"))?;
            self.pending.insert(sequence, id);
        }
        whole::sync(&self.path.join("pending"))
    }

    /// Takes an event. Unless the answer is [`Taken::Full`] or [`Taken::Other`], it is on disk, and will be settled.
    pub(crate) fn take(&mut self, event: &Event, now_ms: u64) -> io::Result<Taken> {
        let known = self.find(event.id())?;
        if let Some(known) = known {
            return Ok(match known.outcome {
                _ if known.event != *event => Taken::Other,
                None => Taken::Waits,
                Some(Outcome::Applied { .. }) => Taken::Applied,
                Some(Outcome::Refused { .. }) => Taken::Refused,
            });
        }
        if self.pending.len() >= MAX_PENDING {
            return Ok(Taken::Full);
        }
        let last = self.pending.last_key_value().map_or(0, |(last, _)| *last);
        let sequence = now_ms.max(last.saturating_add(1));
        let record = Record {
            received_ms: now_ms,
            event: event.clone(),
            attempts: Vec::new(),
            outcome: None,
        };
        let path = self.waiting(sequence, event.id());
        if let Err(error) = write(&path, &record) {
            // It may have its name all the same, and the provider will deliver it again.
            remove(&path)?;
            return Err(error);
        }
        self.pending.insert(sequence, event.id().clone());
        Ok(Taken::New)
    }

    /// What waits, in the order it came.
    pub(crate) fn pending(&self) -> Vec<(u64, Name)> {
        let each = self.pending.iter();
        each.map(|(sequence, id)| (*sequence, id.clone())).collect()
    }

    /// One that waits; none if it waits no more.
    pub(crate) fn get(&self, sequence: u64) -> io::Result<Option<Record>> {
        match self.pending.get(&sequence) {
            Some(id) => read(&self.waiting(sequence, id)),
            None => Ok(None),
        }
    }

    /// Writes down what is about to be sent for one that waits.
    pub(crate) fn note(&self, sequence: u64, record: &Record) -> io::Result<()> {
        write(&self.waiting(sequence, record.event.id()), record)
    }

    /// Settles one that waited.
    pub(crate) fn settle(
        &mut self,
        sequence: u64,
        mut record: Record,
        outcome: Outcome,
    ) -> io::Result<()> {
        let part = match outcome {
            Outcome::Applied { .. } => "done",
            Outcome::Refused { .. } => "failed",
        };
        record.outcome = Some(outcome);
        let id = record.event.id();
        write(&self.of(part, id), &record)?;
        remove(&self.waiting(sequence, id))?;
        self.pending.remove(&sequence);
        whole::sync(&self.path.join("pending"))
    }

    /// Remembers which dispute of the ledger a provider's is.
    pub(crate) fn opened(&self, name: &Name, dispute: Hash) -> io::Result<()> {
        let dispute = dispute.into();
        write(&self.of("disputes", name), &Opened { dispute })
    }

    /// The ledger's id of a provider's dispute.
    pub(crate) fn dispute(&self, name: &Name) -> io::Result<Option<Hash>> {
        let known: Option<Opened> = read(&self.of("disputes", name))?;
        Ok(known.map(|known| known.dispute.0))
    }

    fn find(&self, id: &Name) -> io::Result<Option<Record>> {
        let mut each = self.pending.iter();
        match each.find(|(_, waits)| *waits == id) {
            Some((sequence, _)) => self.get(*sequence),
            None => self.settled(id),
        }
    }

    fn settled(&self, id: &Name) -> io::Result<Option<Record>> {
        match read(&self.of("done", id))? {
            Some(done) => Ok(Some(done)),
            None => read(&self.of("failed", id)),
        }
    }

    fn waiting(&self, sequence: u64, id: &Name) -> PathBuf {
        self.path
            .join("pending")
            .join(format!("{sequence:0SEQUENCE_DIGITS$}-{id}.json"))
    }

    fn of(&self, part: &str, name: &Name) -> PathBuf {
        self.path.join(part).join(format!("{name}.json"))
    }
}

/// The sequence and the id in a file's name.
fn named(name: &str) -> Option<(u64, Name)> {
    let (sequence, id) = name
        .strip_suffix(".json")?
        .split_at_checked(SEQUENCE_DIGITS)?;
    let id = id.strip_prefix('-')?.to_owned();
    Some((sequence.parse().ok()?, Name::try_from(id).ok()?))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    whole::write(path, &text)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            io::Error::other(format!("{} holds no event: {error}", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
