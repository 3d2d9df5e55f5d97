//! The feeder catches up, follows, survives failures and death.

use crate::chain::{block, chain, dump, indexed};
use nexus_index::{BlockSource, BoxError, FeedStatus, Feeder, Index, Objects};
use nexus_types::Hash;
use nexus_types::block::BlockRecord;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// State keys with their values.
type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store in memory.
#[derive(Default)]
pub(crate) struct Blocks {
    blocks: Mutex<BTreeMap<u64, BlockRecord>>,
    /// Reads that still fail.
    failing: AtomicU64,
    /// Reading this height ends the process.
    pub(crate) fatal: Option<u64>,
    /// The state of one height, for who asks where the blocks do not reach back.
    base: Option<(u64, State)>,
    /// Pages of that state that can be read before the process ends.
    pub(crate) fatal_pages: Option<AtomicU64>,
}

/// Objects in one page of [`Blocks::state`].
const PAGE: usize = 7;

impl Blocks {
    pub(crate) fn new(blocks: Vec<BlockRecord>) -> Self {
        let source = Self::default();
        for block in blocks {
            source.add(block);
        }
        source
    }

    /// What a node has that was restored from the snapshot of a height: the state then, and the blocks after it.
    pub(crate) fn restored(base: u64, last: u64) -> Self {
        let mut state = BTreeMap::new();
        for block in chain(base) {
            for (key, value) in Arc::unwrap_or_clone(block.changes) {
                match value {
                    Some(value) => state.insert(key, value),
                    None => state.remove(&key),
                };
            }
        }
        let blocks = chain(last).into_iter().filter(|block| block.height > base);
        Self {
            base: Some((base, state)),
            ..Self::new(blocks.collect())
        }
    }

    pub(crate) fn add(&self, block: BlockRecord) {
        self.blocks.lock().unwrap().insert(block.height, block);
    }
}

impl BlockSource for Blocks {
    fn latest(&self) -> Option<u64> {
        let blocks = self.blocks.lock().unwrap();
        blocks.last_key_value().map(|(height, _)| *height)
    }

    fn earliest(&self) -> u64 {
        let blocks = self.blocks.lock().unwrap();
        blocks.first_key_value().map_or(0, |(height, _)| *height)
    }

    fn block(&self, height: u64) -> Result<Option<BlockRecord>, BoxError> {
        if self.fatal == Some(height) {
            std::process::abort();
        }
        let failing = self.failing.load(Ordering::Relaxed);
        if failing > 0 {
            self.failing.store(failing - 1, Ordering::Relaxed);
            return Err("the disk is on fire".into());
        }
        Ok(self.blocks.lock().unwrap().get(&height).cloned())
    }

    fn oldest_state(&self) -> Result<Option<u64>, BoxError> {
        Ok(self.base.as_ref().map(|(height, _)| *height))
    }

    fn state(&self, height: u64, after: Option<&[u8]>) -> Result<Objects, BoxError> {
        let (base, state) = self.base.as_ref().ok_or("no state is kept")?;
        if height != *base {
            return Err(format!("the state of {height} is gone").into());
        }
        if let Some(pages) = &self.fatal_pages
            && pages.fetch_sub(1, Ordering::Relaxed) == 0
        {
            std::process::abort();
        }
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.to_vec()));
        let page = state.range((from, Bound::Unbounded)).take(PAGE);
        Ok(page
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }
}

pub(crate) async fn status_when(
    feeder: &Feeder,
    reached: impl FnMut(&FeedStatus) -> bool,
) -> FeedStatus {
    let mut status = feeder.status();
    status.wait_for(reached).await.unwrap().clone()
}

#[tokio::test]
async fn it_catches_up_then_follows_and_stops() {
    let (_folder, index) = indexed(&chain(2)).await;
    let index = Arc::new(index);
    let source = Arc::new(Blocks::new(chain(130)));
    let (committed, watching) = watch::channel(130);
    let feeder = Feeder::start(index.clone(), source.clone(), watching).unwrap();
    let status = status_when(&feeder, |status| status.indexed == Some(130)).await;
    assert_eq!((status.committed, status.failures), (130, 0));
    for height in 131..134 {
        source.add(block(height));
        committed.send_replace(height);
        status_when(&feeder, |status| status.indexed == Some(height)).await;
    }
    feeder.stop().await;
    source.add(block(134));
    committed.send_replace(134);
    assert_eq!(index.extent().await.unwrap().latest, Some(133));
    let (_folder, expected) = indexed(&chain(133)).await;
    assert_eq!(dump(index.path()).await, dump(expected.path()).await);
}

#[tokio::test]
async fn a_failing_store_shows_in_the_status_and_heals() {
    let (_folder, index) = indexed(&[]).await;
    let source = Blocks::new(chain(5));
    source.failing.store(2, Ordering::Relaxed);
    let (_committed, watching) = watch::channel(5);
    let feeder = Feeder::start(Arc::new(index), Arc::new(source), watching).unwrap();
    let status = status_when(&feeder, |status| status.failures == 2).await;
    let error = status.last_error.unwrap();
    assert!(error.contains("block 0 cannot be read"), "{error}");
    assert!(error.contains("the disk is on fire"), "{error}");
    let status = status_when(&feeder, |status| status.last_error.is_none()).await;
    assert_eq!((status.indexed, status.failures), (Some(5), 0));
    feeder.stop().await;
}

#[tokio::test]
async fn a_missing_block_and_another_history_are_reported() {
    let (_folder, index) = indexed(&chain(3)).await;
    let mut blocks = chain(6);
    blocks.remove(5);
    let (_committed, watching) = watch::channel(6);
    let source = Arc::new(Blocks::new(blocks));
    let feeder = Feeder::start(Arc::new(index), source, watching).unwrap();
    let status = status_when(&feeder, |status| status.failures > 0).await;
    let error = status.last_error.unwrap();
    assert!(error.contains("no record of block 5"), "{error}");
    feeder.stop().await;

    let (_folder, index) = indexed(&chain(3)).await;
    let mut blocks = chain(6);
    blocks[3].hash = Hash::of(b"another block");
    let (_committed, watching) = watch::channel(6);
    let source = Arc::new(Blocks::new(blocks));
    let feeder = Feeder::start(Arc::new(index), source, watching).unwrap();
    let status = status_when(&feeder, |status| status.failures > 0).await;
    let error = status.last_error.unwrap();
    assert!(error.contains("another history"), "{error}");
    feeder.stop().await;
}

#[tokio::test]
async fn an_index_ahead_of_a_store_rolled_back_waits_for_the_same_blocks() {
    let (_folder, index) = indexed(&chain(9)).await;
    let index = Arc::new(index);
    let before = dump(index.path()).await;
    let source = Arc::new(Blocks::new(chain(6)));
    let (committed, watching) = watch::channel(6);
    let feeder = Feeder::start(index.clone(), source.clone(), watching).unwrap();
    let status = status_when(&feeder, |status| status.indexed == Some(9)).await;
    assert_eq!((status.committed, status.failures), (6, 0));
    for height in 7..=9 {
        source.add(block(height));
        committed.send_replace(height);
        let status = status_when(&feeder, |status| status.committed == height).await;
        assert_eq!((status.indexed, status.failures), (Some(9), 0));
    }
    assert_eq!(dump(index.path()).await, before, "no row twice");
    source.add(block(10));
    committed.send_replace(10);
    status_when(&feeder, |status| status.indexed == Some(10)).await;
    feeder.stop().await;
}

#[tokio::test]
async fn an_index_ahead_of_a_store_that_makes_other_blocks_says_so() {
    let (_folder, index) = indexed(&chain(9)).await;
    let source = Arc::new(Blocks::new(chain(6)));
    let (committed, watching) = watch::channel(6);
    let feeder = Feeder::start(Arc::new(index), source.clone(), watching).unwrap();
    status_when(&feeder, |status| status.committed == 6).await;
    let mut other = block(7);
    other.app_hash = Hash::of(b"another program");
    source.add(other);
    committed.send_replace(7);
    let status = status_when(&feeder, |status| status.failures > 0).await;
    let error = status.last_error.unwrap();
    assert!(error.contains("another history"), "{error}");
    feeder.stop().await;
}

#[tokio::test]
async fn it_begins_where_a_restored_store_begins() {
    let (_folder, index) = indexed(&[]).await;
    let index = Arc::new(index);
    let source = Arc::new(Blocks::new(chain(9).split_off(6)));
    let (_committed, watching) = watch::channel(9);
    let feeder = Feeder::start(index.clone(), source, watching).unwrap();
    status_when(&feeder, |status| status.indexed == Some(9)).await;
    feeder.stop().await;
    let extent = index.extent().await.unwrap();
    assert_eq!((extent.first, extent.latest), (6, Some(9)));
}

/// Set for that process: the database it fills until it dies.
const CHILD: &str = "NEXUS_INDEX_TEST_DATABASE";

#[tokio::test]
async fn a_killed_process_resumes_at_its_cursor() {
    if let Ok(path) = std::env::var(CHILD) {
        be_killed(path).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "feed::a_killed_process_resumes_at_its_cursor"])
        .env(CHILD, &path)
        .output()
        .unwrap();
    assert!(!child.status.success(), "{child:?}");
    let index = Arc::new(Index::open(&path, false).await.unwrap());
    let held = index.extent().await.unwrap().latest;
    assert_eq!(held, Some(127), "two batches of 64 blocks were committed");
    let (_committed, watching) = watch::channel(150);
    let source = Arc::new(Blocks::new(chain(150)));
    let feeder = Feeder::start(index.clone(), source, watching).unwrap();
    status_when(&feeder, |status| status.indexed == Some(150)).await;
    feeder.stop().await;
    let (_folder, expected) = indexed(&chain(150)).await;
    assert_eq!(dump(index.path()).await, dump(expected.path()).await);
}

/// What the test does in the process of its own that it starts.
async fn be_killed(path: String) {
    let index = Index::open(path, false).await.unwrap();
    let mut source = Blocks::new(chain(150));
    source.fatal = Some(140);
    let (_committed, watching) = watch::channel(150);
    let feeder = Feeder::start(Arc::new(index), Arc::new(source), watching).unwrap();
    status_when(&feeder, |status| status.indexed == Some(150)).await;
}
