//! The backend of a node: RocksDB.

use std::ops::ControlFlow;
use std::path::Path;

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Options,
    ReadOptions, WriteBatch, WriteOptions,
};

use super::{Backend, BackendError, Batch, Family, Op, Visit};

/// Bytes of uncompressed blocks kept in RAM for all families together: the hot part of a million keys of 130 bytes.
const BLOCK_CACHE_BYTES: usize = 64 << 20;

/// The same for a checkpoint, which is read once from end to end.
const CHECKPOINT_CACHE_BYTES: usize = 4 << 20;

/// Bytes of the write-ahead log after which RocksDB flushes the families that still depend on it: bounds what a restart
/// reads again.
const WAL_BYTES: u64 = 128 << 20;

/// Bytes written to one family before it is flushed to a file. With six families it bounds their RAM to about 200 MB.
const WRITE_BUFFER_BYTES: usize = 16 << 20;

/// Files kept open: far below the usual limit of 1,024 descriptors, which sockets need too.
const OPEN_FILES: i32 = 256;

/// Files of RocksDB's own diary, and the bytes of each.
const DIARY_FILES: usize = 4;
const DIARY_BYTES: usize = 4 << 20;

/// Bytes that RocksDB puts around each change of a batch, at most: kind, family, two lengths.
const OP_BYTES: usize = 16;

/// Bits of the Bloom filter for each key: one false read in a hundred.
const BLOOM_BITS: f64 = 10.0;

/// A RocksDB database with one column family for each [`Family`]. One process may have it open at a time.
pub struct RocksBackend {
    db: DB,
}

impl RocksBackend {
    /// Opens the database in a folder; makes both when they do not exist.
    ///
    /// # Errors
    /// The folder cannot be written, another process holds it, its files are corrupt, or it holds families this version
    /// does not know.
    pub fn open(path: &Path) -> Result<Self, BackendError> {
        let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
        let families = Family::ALL
            .map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(&cache)));
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_total_wal_size(WAL_BYTES);
        options.set_max_open_files(OPEN_FILES);
        options.set_keep_log_file_num(DIARY_FILES);
        options.set_max_log_file_size(DIARY_BYTES);
        Ok(Self {
            db: DB::open_cf_descriptors(&options, path, families)?,
        })
    }

    /// Opens a folder that [`Backend::checkpoint`] made. It refuses writes.
    fn open_checkpoint(path: &Path) -> Result<Self, BackendError> {
        let cache = Cache::new_lru_cache(CHECKPOINT_CACHE_BYTES);
        let families = Family::ALL
            .map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(&cache)));
        let mut options = Options::default();
        options.set_max_open_files(OPEN_FILES);
        Ok(Self {
            db: DB::open_cf_descriptors_read_only(&options, path, families, false)?,
        })
    }

    fn family(&self, family: Family) -> Result<&ColumnFamily, BackendError> {
        let handle = self.db.cf_handle(family.name());
        handle.ok_or_else(|| format!("column family `{}` is not open", family.name()).into())
    }
}

fn family_options(cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(BLOOM_BITS, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options
}

impl Backend for RocksBackend {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.db.get_cf(self.family(family)?, key)?)
    }

    fn get_ascending(
        &self,
        family: Family,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        let found = self
            .db
            .batched_multi_get_cf(self.family(family)?, keys.iter().copied(), true);
        found
            .into_iter()
            .map(|value| Ok(value?.map(|value| value.to_vec())))
            .collect()
    }

    fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), BackendError> {
        let mut options = ReadOptions::default();
        if let Some(to) = to {
            if to <= from {
                return Ok(());
            }
            options.set_iterate_upper_bound(to);
        }
        // The raw iterator lends keys and values; the other one copies each.
        let mut entries = self.db.raw_iterator_cf_opt(self.family(family)?, options);
        entries.seek(from);
        while let Some((key, value)) = entries.item() {
            if let ControlFlow::Break(()) = visit(key, value) {
                return Ok(());
            }
            entries.next();
        }
        entries.status()?;
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        let overhead = batch.ops().len().saturating_mul(OP_BYTES);
        let bytes = batch.bytes().saturating_add(overhead);
        let mut write = WriteBatch::with_capacity_bytes(bytes);
        let mut handles = Vec::with_capacity(Family::ALL.len());
        for family in Family::ALL {
            handles.push(self.family(family)?);
        }
        for op in batch.ops() {
            match op {
                Op::Put(family, key, value) => write.put_cf(handles[*family as usize], key, value),
                Op::Delete(family, key) => write.delete_cf(handles[*family as usize], key),
                Op::DeleteRange(family, from, to) => {
                    write.delete_range_cf(handles[*family as usize], from, to);
                }
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        Ok(self.db.write_opt(write, &options)?)
    }

    fn checkpoint(&self, folder: &Path) -> Result<Box<dyn Backend>, BackendError> {
        Checkpoint::new(&self.db)?.create_checkpoint(folder)?;
        Ok(Box::new(Self::open_checkpoint(folder)?))
    }
}
