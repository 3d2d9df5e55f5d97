//! What the state is compared with: `jmt` in one column family of RocksDB, and the same puts with no tree at all. All
//! databases have the options of the node's own.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jmt::storage::{HasPreimage, LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Version};
use nexus_store::{Backend, BackendError, Batch, Family, Op, Visit};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, Direction,
    IteratorMode, Options, ReadOptions, WriteBatch, WriteOptions,
};

/// Bytes of blocks that each database keeps in RAM, as the node's.
const CACHE_BYTES: usize = 64 << 20;
/// Bytes of a write buffer, as the node's.
const BUFFER_BYTES: usize = 16 << 20;
/// Bits of the Bloom filter for a key, as the node's.
const BLOOM_BITS: f64 = 10.0;

/// First byte of the keys of `jmt`'s nodes, and of its values.
const NODES: u8 = 0;
const VALUES: u8 = 1;

fn open(path: &Path, families: &[&str]) -> DB {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let families = families.iter().map(|name| {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&cache);
        blocks.set_bloom_filter(BLOOM_BITS, false);
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_write_buffer_size(BUFFER_BYTES);
        ColumnFamilyDescriptor::new(*name, options)
    });
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    DB::open_cf_descriptors(&options, path, families).expect("RocksDB opens")
}

fn write(db: &DB, batch: WriteBatch, sync: bool) {
    let mut options = WriteOptions::default();
    options.set_sync(sync);
    db.write_opt(batch, &options).expect("RocksDB writes");
}

/// The node's backend with a switch: whether a write waits for the disk. Clones share everything.
#[derive(Clone)]
pub(crate) struct Switched {
    db: Arc<DB>,
    sync: Arc<AtomicBool>,
}

impl Switched {
    pub(crate) fn open(path: &Path) -> Self {
        Self {
            db: Arc::new(open(path, &Family::ALL.map(Family::name))),
            sync: Arc::default(),
        }
    }

    pub(crate) fn sync(&self, on: bool) {
        self.sync.store(on, Ordering::Relaxed);
    }

    fn family(&self, family: Family) -> &rocksdb::ColumnFamily {
        self.db.cf_handle(family.name()).expect("a family")
    }
}

impl Backend for Switched {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.db.get_cf(self.family(family), key)?)
    }

    fn get_ascending(
        &self,
        family: Family,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        let keys = keys.iter().copied();
        let found = self
            .db
            .batched_multi_get_cf(self.family(family), keys, true);
        let values = found.into_iter();
        values
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
        let mode = IteratorMode::From(from, Direction::Forward);
        for entry in self.db.iterator_cf_opt(self.family(family), options, mode) {
            let (key, value) = entry?;
            if let ControlFlow::Break(()) = visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        let bytes = batch.bytes() + batch.ops().len() * 16;
        let mut out = WriteBatch::with_capacity_bytes(bytes);
        let handles = Family::ALL.map(|family| self.family(family));
        for op in batch.ops() {
            match op {
                Op::Put(family, key, value) => out.put_cf(handles[*family as usize], key, value),
                Op::Delete(family, key) => out.delete_cf(handles[*family as usize], key),
                Op::DeleteRange(family, from, to) => {
                    out.delete_range_cf(handles[*family as usize], from, to);
                }
            }
        }
        write(&self.db, out, self.sync.load(Ordering::Relaxed));
        Ok(())
    }
}

/// The floor: the puts alone.
pub(crate) struct Plain(DB);

impl Plain {
    pub(crate) fn open(path: &Path) -> Self {
        Self(open(path, &["default"]))
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).expect("RocksDB reads")
    }

    pub(crate) fn put(&self, puts: &[(Vec<u8>, Vec<u8>)], sync: bool) {
        let mut batch = WriteBatch::default();
        for (key, value) in puts {
            batch.put(key, value);
        }
        write(&self.0, batch, sync);
    }
}

/// `jmt` with its nodes and values in one column family.
pub(crate) struct Jmt(DB);

impl Jmt {
    pub(crate) fn open(path: &Path) -> Self {
        Self(open(path, &["default"]))
    }

    /// Writes an update as one batch, as its users do.
    pub(crate) fn write(&self, update: &TreeUpdateBatch, sync: bool) {
        let mut batch = WriteBatch::default();
        for (key, node) in update.node_batch.nodes() {
            let node = borsh::to_vec(node).expect("a node encodes");
            batch.put(node_key(key), node);
        }
        for ((version, key), value) in update.node_batch.values() {
            let value = borsh::to_vec(value).expect("a value encodes");
            batch.put(value_key(*key, *version), value);
        }
        write(&self.0, batch, sync);
    }

    /// Deletes what the update left behind. Not part of any measured time: not all of its users do it.
    pub(crate) fn prune(&self, update: &TreeUpdateBatch) {
        let mut batch = WriteBatch::default();
        for stale in &update.stale_node_index_batch {
            batch.delete(node_key(&stale.node_key));
        }
        write(&self.0, batch, false);
    }
}

fn node_key(key: &NodeKey) -> Vec<u8> {
    let mut bytes = vec![NODES];
    borsh::to_writer(&mut bytes, key).expect("a key encodes");
    bytes
}

fn value_key(key: KeyHash, version: Version) -> Vec<u8> {
    [&[VALUES], key.0.as_slice(), &version.to_be_bytes()].concat()
}

impl TreeReader for Jmt {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let bytes = self.0.get(node_key(key))?;
        Ok(bytes.map(|bytes| borsh::from_slice(&bytes)).transpose()?)
    }

    fn get_value_option(
        &self,
        max_version: Version,
        key_hash: KeyHash,
    ) -> anyhow::Result<Option<OwnedValue>> {
        let from = value_key(key_hash, max_version);
        let mode = IteratorMode::From(&from, Direction::Reverse);
        let Some(found) = self.0.iterator(mode).next() else {
            return Ok(None);
        };
        let (key, value) = found?;
        let own = key.starts_with(&from[..=key_hash.0.len()]);
        Ok(if own {
            borsh::from_slice(&value)?
        } else {
            None
        })
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        // Asked for when a tree is restored from chunks, which no benchmark does.
        anyhow::bail!("restoring is not measured")
    }
}

impl HasPreimage for Jmt {
    fn preimage(&self, _: KeyHash) -> anyhow::Result<Option<Vec<u8>>> {
        // Asked for by proofs of absence, which are not measured.
        Ok(None)
    }
}
