//! The database: opening it, and applying blocks to it.

use crate::anomaly::Anomaly;
use crate::apart::Apart;
use crate::cell::saturated;
use crate::error::Error;
use crate::limits::{
    ACQUIRE_SECONDS, AD_HOC_READERS, BUSY_SECONDS, CHECKPOINT_PAGES, HEAP_MEBIBYTES, PAGE_BYTES,
    READERS, WRITER_CACHE_KIBIBYTES, WRITER_STATEMENTS,
};
use crate::{schema, write};
use nexus_types::block::BlockRecord;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;

/// The index of one ledger: one writing connection, several reading ones.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    writer: Option<Mutex<SqliteConnection>>,
    pub(crate) readers: SqlitePool,
    pub(crate) ad_hoc: SqlitePool,
    pub(crate) apart: Option<Apart>,
}

/// What became of some blocks.
#[derive(Default)]
pub(crate) struct Applied {
    /// How many were new.
    pub(crate) new: usize,
    /// What the rules found in them, with its height.
    pub(crate) found: Vec<(u64, Anomaly)>,
}

/// How far the index has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// The first block held; above 0 where the node began at a snapshot. From here on, logs are complete.
    pub first: u64,
    /// The latest height held; none while the index is empty.
    pub latest: Option<u64>,
}

impl Extent {
    /// The height the next block must have.
    pub fn next(&self) -> u64 {
        self.latest
            .map_or(self.first, |latest| latest.saturating_add(1))
    }
}

impl Index {
    /// Opens the index at `path`. For writing, the file is created where it is missing; reading needs
    /// a file that exists, and may happen in another process while the writer runs.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotAnIndex`], [`Error::Schema`].
    pub async fn open(path: impl AsRef<Path>, read_only: bool) -> Result<Self, Error> {
        let path = path.as_ref();
        let refused = |source| Error::Open {
            path: path.into(),
            source,
        };
        let writer = if read_only {
            None
        } else {
            let mut connection = SqliteConnection::connect_with(&writing(path))
                .await
                .map_err(refused)?;
            schema::ensure(&mut connection, path).await?;
            Some(Mutex::new(connection))
        };
        let readers = pool(path, READERS);
        let mut connection = readers.acquire().await.map_err(refused)?;
        schema::check(&mut connection, path).await?;
        drop(connection);
        Ok(Self {
            path: path.into(),
            writer,
            readers,
            ad_hoc: pool(path, AD_HOC_READERS),
            apart: None,
        })
    }

    /// Has ad-hoc SQL answered by processes of their own, which can be stopped wherever they are.
    #[must_use]
    pub fn asked_apart(mut self, apart: Apart) -> Self {
        self.apart = Some(apart);
        self
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the log back into the file and closes every connection.
    ///
    /// # Errors
    /// [`Error::Sql`]; the connections are closed all the same.
    pub async fn close(self) -> Result<(), Error> {
        self.readers.close().await;
        self.ad_hoc.close().await;
        let Some(writer) = self.writer else {
            return Ok(());
        };
        let mut connection = writer.into_inner();
        let written = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await;
        connection
            .close()
            .await
            .and(written.map(|_| ()))
            .map_err(Error::sql("closing the index"))
    }

    /// Which heights the index holds.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Sql`].
    pub async fn extent(&self) -> Result<Extent, Error> {
        let mut connection = self.reader().await?;
        extent(&mut connection).await
    }

    /// Lets an empty index begin above genesis, without the state from before. What older blocks decided is then not in
    /// it, and objects that they made only once they change. It may begin anew elsewhere as long as it holds no block.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::AlreadyBegun`] once it holds a block, [`Error::Sql`].
    pub async fn begin_at(&self, first: u64) -> Result<(), Error> {
        let mut writer = self.writer()?.lock().await;
        let held = extent(&mut writer).await?;
        if held.latest.is_some() {
            return if held.first == first {
                Ok(())
            } else {
                Err(Error::AlreadyBegun { first: held.first })
            };
        }
        sqlx::query("UPDATE cursor SET first_height = ?1, height = ?1 - 1 WHERE one = 1")
            .bind(saturated(first))
            .execute(&mut *writer)
            .await
            .map_err(Error::sql("beginning the index at a snapshot"))?;
        Ok(())
    }

    /// Applies one committed block in one transaction. A block that is indexed already changes nothing.
    /// Returns how many blocks were new.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Gap`], [`Error::OtherHistory`], [`Error::BeforeFirst`],
    /// [`Error::BadChange`], [`Error::Sql`]; then nothing was written.
    pub async fn apply(&self, block: &BlockRecord) -> Result<usize, Error> {
        self.apply_batch(std::slice::from_ref(block)).await
    }

    /// Applies consecutive blocks in one transaction; otherwise as [`Self::apply`].
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn apply_batch(&self, blocks: &[BlockRecord]) -> Result<usize, Error> {
        Ok(self.apply_watched(blocks).await?.new)
    }

    /// The same; also what the rules found in the blocks that were new.
    pub(crate) async fn apply_watched(&self, blocks: &[BlockRecord]) -> Result<Applied, Error> {
        let mut writer = self.writer()?.lock().await;
        let mut transaction = writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::sql("locking the index for a block"))?;
        let mut applied = Applied::default();
        for block in blocks {
            if follows(&mut transaction, block).await? {
                let found = write::block(&mut transaction, block).await?;
                let found = found.into_iter().map(|anomaly| (block.height, anomaly));
                applied.found.extend(found);
                applied.new = applied.new.saturating_add(1);
            }
        }
        transaction
            .commit()
            .await
            .map_err(Error::sql("committing a block to the index"))?;
        Ok(applied)
    }

    pub(crate) fn writer(&self) -> Result<&Mutex<SqliteConnection>, Error> {
        self.writer.as_ref().ok_or(Error::ReadOnly)
    }
}

/// Whether the block is the next one; false if it is indexed already.
async fn follows(connection: &mut SqliteConnection, block: &BlockRecord) -> Result<bool, Error> {
    let held = extent(connection).await?;
    if block.height == held.next() {
        return Ok(true);
    }
    if block.height > held.next() {
        return Err(Error::Gap {
            expected: held.next(),
            given: block.height,
        });
    }
    let row = sqlx::query("SELECT hash, app_hash FROM blocks WHERE height = ?")
        .bind(saturated(block.height))
        .fetch_optional(connection)
        .await
        .map_err(Error::sql("looking up an indexed block"))?
        .ok_or(Error::BeforeFirst {
            height: block.height,
            first: held.first,
        })?;
    // Genesis has no block hash of its own, so the app hash is compared as well.
    let same = text(&row, 0)? == block.hash.to_string();
    let app_hash = text(&row, 1)?;
    if same && app_hash == block.app_hash.to_string() {
        return Ok(false);
    }
    Err(Error::OtherHistory {
        height: block.height,
        indexed: app_hash.parse().unwrap_or_default(),
        given: block.app_hash,
    })
}

fn text(row: &sqlx::sqlite::SqliteRow, column: usize) -> Result<String, Error> {
    row.try_get(column)
        .map_err(Error::sql("looking up an indexed block"))
}

/// The cursor's row.
pub(crate) async fn extent(connection: &mut SqliteConnection) -> Result<Extent, Error> {
    let (first, height): (i64, i64) =
        sqlx::query_as("SELECT first_height, height FROM cursor WHERE one = 1")
            .fetch_one(connection)
            .await
            .map_err(Error::sql("reading the cursor of the index"))?;
    let first = u64::try_from(first).unwrap_or_default();
    // The cursor of an empty index stands just before its first height.
    let latest = u64::try_from(height).ok().filter(|height| *height >= first);
    Ok(Extent { first, latest })
}

fn writing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A power cut may lose the last blocks but never tears one; the cursor goes back with them
        // and the feeder reads them again from the store.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        // With it on, INSERT OR REPLACE fires the DELETE trigger too.
        .pragma("recursive_triggers", "ON")
        .pragma("temp_store", "MEMORY")
        .page_size(PAGE_BYTES)
        .pragma("cache_size", format!("-{WRITER_CACHE_KIBIBYTES}"))
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .statement_cache_capacity(WRITER_STATEMENTS)
        .thread_name(|_| "nexus-index-write".into())
        // What is slow or fails is told by the feeder.
        .disable_statement_logging()
}

fn pool(path: &Path, connections: u32) -> SqlitePool {
    let heap = HEAP_MEBIBYTES.saturating_mul(1024 * 1024);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        .pragma("query_only", "ON")
        .pragma("trusted_schema", "OFF")
        // What a query sorts or gathers stays in memory, where the heap limit ends it: in files it would be bounded by
        // nothing, and could fill the disk that the node's own store needs.
        .pragma("temp_store", "MEMORY")
        .pragma("hard_heap_limit", heap.to_string())
        .thread_name(|_| "nexus-index-read".into());
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS))
        // A local file cannot drop the line; the question would cost as much as most queries.
        .test_before_acquire(false)
        .connect_lazy_with(options)
}
