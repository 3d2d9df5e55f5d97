//! Meter records on their way from a meter to its agent: a folder of files, one a record, named by sequence.
//!
//! A folder and not a socket, because either side may be down, or be killed, while the other goes on: a file that has its
//! name is whole and on disk (written beside, synced, renamed), stays until the ledger has the record, and is then deleted.
//! So a record is handed over at least once, and the ledger, which takes each sequence of a meter once, makes that exactly
//! once. Who may write is said by the folder's mode.

use crate::error::CliError;
use crate::whole;
use nexus_types::encoding::{decode, encode};
use nexus_types::limits::TX_BYTES;
use nexus_types::meter::MeterRecord;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Records that may wait: more than the law's 72 hours of windows of a minute, after which hours are sealed without them.
pub(super) const MAX_WAITING: usize = 5_000;

/// What a record's file is called: its sequence, so that names sort by it, and this.
const SUFFIX: &str = ".record";

/// The folder of one meter.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
}

impl Spool {
    /// The spool in a folder that exists.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Lays a record down.
    pub(super) fn put(&self, record: &MeterRecord) -> Result<(), CliError> {
        let path = self.file(record.body.sequence);
        let written = whole::write(&path, &encode(record));
        written.map_err(|source| failed("write", &path, source))
    }

    /// The sequences that wait, ascending.
    pub(super) fn waiting(&self) -> Result<Vec<u64>, CliError> {
        let listed = || -> io::Result<Vec<u64>> {
            let mut sequences = Vec::new();
            for entry in fs::read_dir(&self.path)? {
                let name = entry?.file_name();
                let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
                sequences.extend(number.and_then(|number| number.parse::<u64>().ok()));
            }
            Ok(sequences)
        };
        let mut sequences = listed().map_err(|source| failed("list", &self.path, source))?;
        sequences.sort_unstable();
        Ok(sequences)
    }

    /// The record of a sequence; none if there is none, or if the file holds none.
    pub(super) fn get(&self, sequence: u64) -> Result<Option<MeterRecord>, CliError> {
        let path = self.file(sequence);
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            // No record is larger than the transaction that carries it.
            let most = u64::try_from(TX_BYTES).unwrap_or(u64::MAX);
            File::open(&path)?.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(decode(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    /// The records from a sequence on, as far as they follow each other without a gap, at most so many.
    pub(super) fn following(&self, first: u64, most: usize) -> Result<Vec<MeterRecord>, CliError> {
        let mut records = Vec::new();
        for sequence in (first..).take(most) {
            match self.get(sequence)? {
                Some(record) => records.push(record),
                None => break,
            }
        }
        Ok(records)
    }

    /// Deletes what the ledger has: everything up to a sequence.
    pub(super) fn forget_through(&self, last: u64) -> Result<(), CliError> {
        self.forget(|sequence| sequence <= last)
    }

    /// Deletes everything from a sequence on: what can come onto the ledger no more. Returns how many records that were.
    pub(super) fn void_from(&self, first: u64) -> Result<usize, CliError> {
        let all = self.waiting()?;
        let void = all.iter().filter(|sequence| **sequence >= first).count();
        self.forget(|sequence| sequence >= first)?;
        Ok(void)
    }

    fn forget(&self, which: impl Fn(u64) -> bool) -> Result<(), CliError> {
        for sequence in self.waiting()?.into_iter().filter(|one| which(*one)) {
            let path = self.file(sequence);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("delete", &path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&self, sequence: u64) -> PathBuf {
        self.path.join(format!("{sequence:020}{SUFFIX}"))
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> CliError {
    CliError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::encoding::Text;
    use nexus_types::meter::{MeterRecordBody, RecordKind};
    use nexus_types::{Hash, List, MeterId, Network, Time};

    fn record(sequence: u64) -> MeterRecord {
        let body = MeterRecordBody {
            network: Network {
                chain_id: Text::new("test").unwrap(),
                genesis_hash: Hash::default(),
                recovery_epoch: 0,
            },
            meter: MeterId::new("dev-1-compute").unwrap(),
            sequence,
            previous: Hash::default(),
            boot: [0; 16],
            kind: RecordKind::Reading,
            start: Time(sequence),
            end: Time(sequence + 1),
            max_unmetered_ms: 1,
            lines: List::default(),
        };
        MeterRecord {
            body,
            signatures: List::default(),
        }
    }

    fn sequences(records: &[MeterRecord]) -> Vec<u64> {
        records.iter().map(|one| one.body.sequence).collect()
    }

    #[test]
    fn records_wait_in_order_until_the_ledger_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        for sequence in [10, 2, 9, 11] {
            spool.put(&record(sequence)).unwrap();
        }
        assert_eq!(spool.waiting().unwrap(), [2, 9, 10, 11]);
        assert_eq!(spool.get(9).unwrap(), Some(record(9)));
        assert_eq!(spool.get(3).unwrap(), None);
        assert_eq!(sequences(&spool.following(9, 2).unwrap()), [9, 10]);
        assert_eq!(sequences(&spool.following(2, 9).unwrap()), [2]);
        spool.forget_through(9).unwrap();
        assert_eq!(spool.waiting().unwrap(), [10, 11]);
        assert_eq!(spool.void_from(11).unwrap(), 1);
        assert_eq!(spool.waiting().unwrap(), [10]);
    }

    #[test]
    fn what_a_kill_left_half_written_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        let whole = encode(&record(1));
        let half = &whole[..whole.len() / 2];
        fs::write(folder.path().join(format!("{:020}.new", 1)), half).unwrap();
        assert_eq!(spool.waiting().unwrap(), Vec::<u64>::new());
        // Not that a name could come before its bytes; but if it did, nobody would take them for a record.
        fs::write(folder.path().join(format!("{:020}{SUFFIX}", 1)), half).unwrap();
        assert_eq!(spool.get(1).unwrap(), None);
        spool.put(&record(1)).unwrap();
        assert_eq!(spool.get(1).unwrap(), Some(record(1)));
    }
}
