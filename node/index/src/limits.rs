//! Every bound of the index, with its unit and its reason.

/// Rows of one page; a client pages on with the cursor.
pub const PAGE_ROWS: u32 = 200;
/// Events that a search without an index looks at before it says how far it came: some milliseconds' worth.
pub const SCAN_EVENTS: u32 = 10_000;
/// Rows a total is counted to; beyond, counting costs more than the figure is worth.
pub const TOTAL_ROWS: u64 = 100_000;
/// Rows of one ad-hoc query.
pub const SELECT_ROWS: u32 = 1_000;
/// Bytes of one cell of an ad-hoc query; the rest is cut off and marked. 64 KiB holds any transaction as text.
pub const CELL_BYTES: usize = 64 * 1024;
/// Bytes of all cells of one ad-hoc query: what one answer may take of the process's memory.
pub const RESULT_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of an ad-hoc statement: no person writes a longer one.
pub const STATEMENT_BYTES: usize = 16 * 1024;
/// Seconds a read may take; a scan of a few million rows fits.
pub const READ_SECONDS: u64 = 5;
/// Virtual-machine steps between two looks at the clock: well under a millisecond.
pub(crate) const STEPS_PER_CHECK: i32 = 10_000;
/// Read connections for the typed queries; each is a thread with a page cache of about 2 MiB.
pub(crate) const READERS: u32 = 4;
/// Read connections for ad-hoc SQL, apart, so that it never starves the typed queries.
pub(crate) const AD_HOC_READERS: u32 = 1;
/// Seconds to wait for a free read connection before saying that all are busy.
pub(crate) const ACQUIRE_SECONDS: u64 = 5;
/// Seconds to wait for another process's write lock.
pub(crate) const BUSY_SECONDS: u64 = 5;
/// Mebibytes of memory SQLite may hold in the whole process: caches take about 20; the rest is a
/// ceiling for ad-hoc SQL that builds huge values. A block that meets it is retried by the feeder.
pub(crate) const HEAP_MEBIBYTES: u64 = 256;
/// Blocks of one transaction while catching up: one commit for many small blocks.
pub(crate) const BATCH_BLOCKS: usize = 64;
/// Bytes of transactions and changes of one batch: bounds the memory of catching up (a block has at most 1 MiB).
pub(crate) const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Milliseconds before the first retry of a failed feed; it doubles up to [`RETRY_MAX_MS`].
pub(crate) const RETRY_MIN_MS: u64 = 100;
/// Milliseconds between retries at most.
pub(crate) const RETRY_MAX_MS: u64 = 30_000;
/// Rows of one INSERT at most; the rest goes in powers of two. SQLite takes 32,766 parameters, and the widest table has 37
/// columns; beyond some dozen rows, handing a statement over costs little beside the rows.
pub(crate) const INSERT_ROWS: usize = 64;
/// Statements that the writer keeps prepared: each table in each power of two.
pub(crate) const WRITER_STATEMENTS: usize = 384;
/// Kibibytes of pages the writer keeps: a block touches a page of each index for every object.
pub(crate) const WRITER_CACHE_KIBIBYTES: i64 = 32 * 1024;
/// Bytes of a page of a new file: each page that a block touches costs four system calls, whatever its size.
pub(crate) const PAGE_BYTES: u32 = 16 * 1024;
/// Pages the log grows to before they are written back into the file, 128 MiB. A page that many blocks touch is then written
/// back once.
pub(crate) const CHECKPOINT_PAGES: i64 = 8_000;
/// Refusals of one identity that make a burst: a person who errs stops sooner, and a program that errs does not.
pub const DENIALS: i64 = 10;
/// Milliseconds of block time in which they are counted: a minute.
pub const DENIAL_MS: i64 = 60_000;
/// Hours that an hour of use is compared with: a day and its rhythm.
pub const JUMP_HOURS: i64 = 24;
/// How many of them there must be: of a beginner nothing is known yet.
pub const JUMP_HISTORY: usize = 6;
/// How many times the highest of them makes a jump.
pub const JUMP_FACTOR: u128 = 4;
/// A jump to less than this part (one in so many) of what the quota allows is nobody's concern.
pub const JUMP_FLOOR: u128 = 20;
/// How many times a price may go up, or down, from one list to the next.
pub const PRICE_FACTOR: u128 = 2;
/// Blocks behind the latest one up to which an anomaly is news: an index that reads history raises no alarm.
pub(crate) const NEWS_BLOCKS: u64 = 100;
