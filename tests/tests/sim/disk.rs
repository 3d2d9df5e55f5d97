//! A disk that fails as disks do.
//!
//! It models what `nexus_store::Backend` rests on, RocksDB's write-ahead log on a file: a batch is one record with its
//! checksum, appended and synced. When power goes while a record is being written, any number of its bytes may have
//! reached the platter; at the next start a record that is not whole is dropped, and those before it are replayed.
//! Two faults go beyond that contract: a drive that lied about syncing loses whole records at the end, and a bit of a key
//! or value flips at rest.

use nexus_store::{Backend, BackendError, Batch, Family, MemoryBackend, Op, Visit};
use nexus_types::Hash;
use nexus_types::encoding::{decode, encode};
use nexus_types::state_key::KeyKind;
use rand::Rng;
use rand::rngs::StdRng;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

/// One change as it stands in a record: family, key, value of a put or end of a deleted range.
type Line = (u8, u8, Vec<u8>, Vec<u8>);

/// The disk. Clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Records that are whole and synced.
    records: Vec<Vec<u8>>,
    /// What the records say, replayed.
    maps: MemoryBackend,
    /// After how many thousandths of the next record power goes.
    armed: Option<u64>,
    /// The part of a record that reached the platter when power went; power is off while there is one.
    torn: Option<Vec<u8>>,
}

impl Disk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("nobody panics while holding the disk")
    }

    /// Power will go during the next write, after that many thousandths of its bytes; 1,000 is all of them, but before
    /// the writer hears of it.
    pub(crate) fn arm(&self, thousandths: u64) {
        self.inner().armed = Some(thousandths);
    }

    /// Whether power went.
    pub(crate) fn is_off(&self) -> bool {
        self.inner().torn.is_some()
    }

    /// Power is back: replays the records. Returns whether the record that was being written survived.
    pub(crate) fn restart(&self) -> bool {
        let mut inner = self.inner();
        inner.armed = None;
        let survived = match inner.torn.take() {
            Some(bytes) if batch_of(&bytes).is_some() => {
                inner.records.push(bytes);
                true
            }
            _ => false,
        };
        inner.replay();
        survived
    }

    /// The drive had lied: its last records are gone.
    pub(crate) fn lose(&self, records: usize) {
        let mut inner = self.inner();
        let left = inner.records.len().saturating_sub(records);
        inner.records.truncate(left);
        inner.replay();
    }

    /// Flips one bit of one key or value at rest, in any family; says where.
    ///
    /// Not of the keys that the law finds by their order (timers, seats, hosts, slots, routes, IMVUs, debts), unless it is noticed at the
    /// start that follows (`at_rest`): that one of them is missing shows at the next header, not before
    /// (docs/adr/0009-sealed-values.md).
    pub(crate) fn flip(&self, rng: &mut StdRng, at_rest: bool) -> Option<String> {
        let inner = self.inner();
        let family = Family::ALL[rng.gen_range(0..Family::ALL.len())];
        let mut entries = Vec::new();
        let mut visit = |key: &[u8], value: &[u8]| {
            entries.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        inner
            .maps
            .scan(family, &[], None, &mut visit)
            .expect("memory reads");
        if entries.is_empty() {
            return None;
        }
        let (mut key, mut value) = entries.swap_remove(rng.gen_range(0..entries.len()));
        let ordered = [
            KeyKind::Timed,
            KeyKind::Seat,
            KeyKind::Host,
            KeyKind::Slot,
            KeyKind::Route,
            KeyKind::Due,
            KeyKind::Imvu,
            KeyKind::Debtor,
        ];
        let ordered = ordered.map(KeyKind::byte);
        let ordered = family == Family::State && ordered.contains(&key[0]);
        let first = if ordered && !at_rest { key.len() } else { 0 };
        let at = rng.gen_range(first..key.len() + value.len());
        let bit = rng.gen_range(0..8);
        let place = format!(
            "bit {bit} of byte {at} of {} {}",
            family.name(),
            hex::encode(&key)
        );
        let mut batch = Batch::new();
        match at.checked_sub(key.len()) {
            Some(at) => value[at] ^= 1 << bit,
            None => {
                batch.delete(family, key.clone());
                key[at] ^= 1 << bit;
            }
        }
        batch.put(family, key, value);
        inner.maps.write(&batch).expect("memory writes");
        Some(place)
    }
}

impl Inner {
    fn replay(&mut self) {
        self.maps = MemoryBackend::new();
        for record in &self.records {
            let batch = batch_of(record).expect("a synced record is whole");
            self.maps.write(&batch).expect("memory writes");
        }
    }

    fn power(&self) -> Result<&MemoryBackend, BackendError> {
        match self.torn {
            None => Ok(&self.maps),
            Some(_) => Err("the simulated machine has no power".into()),
        }
    }
}

fn record_of(batch: &Batch) -> Vec<u8> {
    let line = |op: &Op| -> Line {
        match op {
            Op::Put(family, key, value) => (0, *family as u8, key.to_vec(), value.to_vec()),
            Op::Delete(family, key) => (1, *family as u8, key.to_vec(), Vec::new()),
            Op::DeleteRange(family, from, to) => (2, *family as u8, from.clone(), to.clone()),
        }
    };
    let lines: Vec<Line> = batch.ops().iter().map(line).collect();
    let body = encode(&lines);
    let mut record = Hash::of(&body).0.to_vec();
    record.extend(body);
    record
}

/// The batch in a record, if the record is whole.
fn batch_of(record: &[u8]) -> Option<Batch<'static>> {
    let (checksum, body) = record.split_at_checked(32)?;
    if Hash::of(body).0 != checksum {
        return None;
    }
    let lines: Vec<Line> = decode(body).ok()?;
    let mut batch = Batch::new();
    for (what, family, key, value) in lines {
        let family = *Family::ALL.get(usize::from(family))?;
        match what {
            0 => batch.put(family, key, value),
            1 => batch.delete(family, key),
            _ => batch.delete_range(family, key, value),
        }
    }
    Some(batch)
}

impl Backend for Disk {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.inner().power()?.get(family, key)
    }

    fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), BackendError> {
        let maps = self.inner().power()?.clone();
        maps.scan(family, from, to, visit)
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        let mut inner = self.inner();
        inner.power()?;
        let mut record = record_of(batch);
        if let Some(thousandths) = inner.armed.take() {
            let reached = u64::try_from(record.len())? * thousandths / 1_000;
            record.truncate(usize::try_from(reached)?);
            inner.torn = Some(record);
            return Err("power went during the write".into());
        }
        inner.maps.write(batch)?;
        inner.records.push(record);
        Ok(())
    }

    /// With whatever has flipped.
    fn checkpoint(&self, _: &Path) -> Result<Box<dyn Backend>, BackendError> {
        Ok(Box::new(self.inner().power()?.fork()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str) -> Batch<'static> {
        let mut batch = Batch::new();
        for family in Family::ALL {
            batch.put(family, key.as_bytes().to_vec(), b"value".to_vec());
        }
        batch
    }

    fn has(disk: &Disk, key: &str) -> [bool; 6] {
        Family::ALL.map(|family| {
            disk.get(family, key.as_bytes())
                .expect("power is on")
                .is_some()
        })
    }

    #[test]
    fn a_torn_batch_is_there_whole_or_not_at_all() {
        for thousandths in [0, 1, 500, 999, 1_000] {
            let disk = Disk::default();
            disk.write(&put("first")).expect("written");
            disk.arm(thousandths);
            disk.write(&put("second")).expect_err("power went");
            assert!(disk.is_off() && disk.get(Family::State, b"first").is_err());
            assert_eq!(disk.restart(), thousandths == 1_000);
            assert_eq!(has(&disk, "first"), [true; 6]);
            assert_eq!(has(&disk, "second"), [thousandths == 1_000; 6]);
        }
    }

    #[test]
    fn a_lying_drive_loses_the_last_batches_and_only_them() {
        let disk = Disk::default();
        for key in ["first", "second", "third"] {
            disk.write(&put(key)).expect("written");
        }
        let mut range = Batch::new();
        range.delete_range(Family::State, b"f".to_vec(), b"g".to_vec());
        range.delete(Family::Tx, b"first".to_vec());
        disk.write(&range).expect("written");
        assert_eq!(has(&disk, "first"), [true, false, true, true, true, false]);
        disk.lose(2);
        assert_eq!(has(&disk, "first"), [true; 6]);
        assert_eq!(has(&disk, "second"), [true; 6]);
        assert_eq!(has(&disk, "third"), [false; 6]);
    }
}
