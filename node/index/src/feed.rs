//! The feeder: follows committed blocks in a thread of its own and is never on the path of one.

use crate::anomaly::Rule;
use crate::error::{BoxError, Error};
use crate::index::{Applied, Index};
use crate::limits::{BATCH_BLOCKS, BATCH_BYTES, NEWS_BLOCKS, RETRY_MAX_MS, RETRY_MIN_MS};
use nexus_types::block::BlockRecord;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Where committed blocks come from: the node's store.
pub trait BlockSource: Send + Sync + 'static {
    /// The latest committed height; none before genesis is committed.
    fn latest(&self) -> Option<u64>;

    /// The earliest height there is a record of: above 0 on a node restored from a snapshot.
    fn earliest(&self) -> u64 {
        0
    }

    /// The record of a block; none if there is none.
    ///
    /// # Errors
    /// Whatever the store reports.
    fn block(&self, height: u64) -> Result<Option<BlockRecord>, BoxError>;

    /// The oldest height whose whole state [`Self::state`] can still give. None where the blocks begin with genesis, which
    /// makes the state from nothing, and from a source that keeps no state: then objects from before
    /// [`Self::earliest`] that did not change since are in no list.
    ///
    /// # Errors
    /// Whatever the store reports.
    fn oldest_state(&self) -> Result<Option<u64>, BoxError> {
        Ok(None)
    }

    /// Some objects of the state after the block of `height`, with their keys, ascending, from the first after `after`;
    /// nothing when there are no more.
    ///
    /// # Errors
    /// Whatever the store reports; also that the state of that height is no longer known.
    fn state(&self, height: u64, after: Option<&[u8]>) -> Result<Objects, BoxError> {
        let _ = (height, after);
        Ok(Objects::new())
    }
}

/// State keys with their values.
pub type Objects = Vec<(Vec<u8>, Vec<u8>)>;

/// How the feeder is doing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FeedStatus {
    /// The latest height indexed.
    pub indexed: Option<u64>,
    /// The latest height committed, as last seen.
    pub committed: u64,
    /// Failures since the last success; 0 is healthy.
    pub failures: u32,
    /// The last failure, until a success follows.
    pub last_error: Option<String>,
    /// How often each rule found something in a new block, since the feeder started; what it finds while it reads
    /// history is not counted.
    pub anomalies: BTreeMap<Rule, u64>,
}

/// A running feeder. Dropping it tells the thread to end; [`Self::stop`] also waits.
#[derive(Debug)]
pub struct Feeder {
    status: watch::Receiver<FeedStatus>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Starts the thread: it catches up from the index's own cursor, then follows each new value of
    /// `committed`. Failures are retried, at most 30 s apart or at the next block, and shown in the
    /// status. It ends when `committed`'s sender is dropped.
    ///
    /// # Errors
    /// [`Error::File`] if the system starts no thread.
    pub fn start(
        index: Arc<Index>,
        source: Arc<dyn BlockSource>,
        committed: watch::Receiver<u64>,
    ) -> Result<Self, Error> {
        let (stop, stopped) = watch::channel(false);
        let (report, status) = watch::channel(FeedStatus::default());
        let failed = |source| Error::File {
            doing: "starting the index thread for",
            path: index.path().into(),
            source,
        };
        // A runtime of its own: reading a block from the store blocks, and must not hold up others.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(failed)?;
        let feed = Feed {
            index: Arc::clone(&index),
            source,
            report,
            checked: false,
        };
        let thread = std::thread::Builder::new()
            .name("nexus-index".into())
            .spawn(move || runtime.block_on(feed.run(committed, stopped)))
            .map_err(failed)?;
        Ok(Self {
            status,
            stop,
            thread: Some(thread),
        })
    }

    /// The status, to read or to wait on.
    pub fn status(&self) -> watch::Receiver<FeedStatus> {
        self.status.clone()
    }

    /// Ends the thread after the batch it is in, and waits for it.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!(
                    "the index thread ended in a panic; the index is behind until restart"
                );
            }
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

struct Feed {
    index: Arc<Index>,
    source: Arc<dyn BlockSource>,
    report: watch::Sender<FeedStatus>,
    /// Whether the last indexed block was compared with the source's.
    checked: bool,
}

impl Feed {
    async fn run(
        mut self,
        mut committed: watch::Receiver<u64>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let mut retry_ms = RETRY_MIN_MS;
        loop {
            committed.borrow_and_update();
            let wait = match self.catch_up(&stopped).await {
                Ok(()) => {
                    retry_ms = RETRY_MIN_MS;
                    self.succeeded();
                    None
                }
                Err(error) => {
                    self.failed(&error);
                    let wait = Duration::from_millis(retry_ms);
                    retry_ms = retry_ms.saturating_mul(2).min(RETRY_MAX_MS);
                    Some(wait)
                }
            };
            let retry = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = committed.changed() => if changed.is_err() { return },
                () = retry => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Applies everything between the cursor and the latest committed block.
    async fn catch_up(&mut self, stopped: &watch::Receiver<bool>) -> Result<(), Error> {
        let held = self.index.extent().await?;
        match held.latest {
            None => {
                let stop = stopped.clone();
                let stopped = move || *stop.borrow();
                if !self.index.begin(&*self.source, &stopped).await? {
                    return Ok(());
                }
            }
            Some(latest) if !self.checked => {
                // After a rollback the index is ahead until the same blocks are committed again. It shows what it holds
                // meanwhile, and compares each block that comes with the one it holds.
                let committed = self.source.latest();
                let both = committed.map_or(latest, |committed| committed.min(latest));
                if both >= held.first {
                    let block = read(&*self.source, both)?;
                    self.index.apply(&block).await?;
                }
                if both < latest {
                    self.progress(latest.saturating_add(1), both);
                    return Ok(());
                }
            }
            _ => {}
        }
        self.checked = true;
        let mut next = self.index.extent().await?.next();
        while !*stopped.borrow() {
            let Some(latest) = self.source.latest() else {
                break;
            };
            self.progress(next, latest);
            if next > latest {
                break;
            }
            let batch = batch(&*self.source, next, latest)?;
            let applied = self.index.apply_watched(&batch).await?;
            self.tell(&applied, latest);
            next = batch
                .last()
                .map_or(next, |block| block.height.saturating_add(1));
        }
        Ok(())
    }

    /// Says what the rules found, unless it is history: a block far below the latest one is not news.
    fn tell(&self, applied: &Applied, latest: u64) {
        let news = applied
            .found
            .iter()
            .filter(|(height, _)| latest.saturating_sub(*height) <= NEWS_BLOCKS);
        for (height, anomaly) in news {
            let (rule, detail) = (anomaly.rule.name(), &anomaly.detail);
            tracing::warn!(rule, height, "anomaly: {detail}");
            self.report.send_modify(|status| {
                let count = status.anomalies.entry(anomaly.rule).or_default();
                *count = count.saturating_add(1);
            });
        }
    }

    fn progress(&self, next: u64, committed: u64) {
        self.report.send_modify(|status| {
            status.indexed = next.checked_sub(1);
            status.committed = committed;
        });
    }

    fn succeeded(&self) {
        self.report.send_if_modified(|status| {
            let healed = status.failures > 0;
            status.failures = 0;
            status.last_error = None;
            healed
        });
    }

    fn failed(&self, error: &Error) {
        tracing::warn!(%error, "the index is behind; it tries again");
        self.report.send_modify(|status| {
            status.failures = status.failures.saturating_add(1);
            status.last_error = Some(error.to_string());
        });
    }
}

/// Reads one block that has to be there.
pub(crate) fn read(source: &dyn BlockSource, height: u64) -> Result<BlockRecord, Error> {
    source
        .block(height)
        .map_err(|source| Error::Source { height, source })?
        .ok_or_else(|| Error::MissingBlock {
            height,
            latest: source.latest().unwrap_or_default(),
        })
}

/// Blocks from `next` on, at most to `latest`, as many as one transaction takes.
pub(crate) fn batch(
    source: &dyn BlockSource,
    next: u64,
    latest: u64,
) -> Result<Vec<BlockRecord>, Error> {
    let mut blocks = Vec::new();
    let mut bytes = 0usize;
    for height in next..=latest {
        let block = read(source, height)?;
        bytes = bytes.saturating_add(size(&block));
        blocks.push(block);
        if blocks.len() >= BATCH_BLOCKS || bytes >= BATCH_BYTES {
            break;
        }
    }
    Ok(blocks)
}

/// Bytes a block holds, roughly: what varies without a narrow bound.
fn size(block: &BlockRecord) -> usize {
    let txs = block.txs.iter().map(|tx| tx.bytes.len());
    let changes = block
        .changes
        .iter()
        .map(|(key, value)| key.len().saturating_add(value.as_ref().map_or(0, Vec::len)));
    txs.chain(changes).fold(0, usize::saturating_add)
}
