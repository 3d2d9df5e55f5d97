//! Everything on disk against everything else, without opening the store: names the first thing that is wrong in each part.
//!
//! It works where [`crate::Store::open`] refuses, writes nothing, and streams: its memory is bounded by what the node itself
//! needs to run. No [`crate::Store`] may write to the backend meanwhile.
//!
//! | part | what is compared |
//! |---|---|
//! | [`Part::Meta`] | schema, seals; the tip's app hash with its preimage |
//! | [`Part::Undo`] | each height of the window: all entries that were written, each with its seal |
//! | [`Part::Logs`] | each record with its leaf, each leaf and node with the head, the heads with the app hash |
//! | [`Part::Blocks`] | one record for each height, its app hash with the window's, its transactions with their hashes |
//! | [`Part::Transactions`] | the index of transactions with the blocks |
//! | [`Part::State`] | the root of the state; each key with what the blocks' changes since genesis give |
//!
//! A store that began at a snapshot keeps no blocks and no records up to it: there, logs begin with what the earlier records
//! add up to, and the state with its root.

mod blocks;
mod logs;
mod state;

use std::fmt;
use std::ops::ControlFlow;

use nexus_tree::Hash;

use crate::backend::{Backend, Family};
use crate::block::{BlockInfo, Change};
use crate::error::StoreError;
use crate::history::{check_info, decode_info};
use crate::layout::{self, Undo};
use crate::start::{read_base, read_tip, read_undo_from, stored_info};
use crate::{seal, undo};

/// A part of the store that is checked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Schema, tip, window.
    Meta,
    /// Old values and descriptions of heights.
    Undo,
    /// Records, nodes and heads of the logs.
    Logs,
    /// Encoded blocks.
    Blocks,
    /// Where each transaction is.
    Transactions,
    /// The flat state.
    State,
}

impl Part {
    /// All parts in the order in which they are checked.
    pub const ALL: [Self; 6] = [
        Self::Meta,
        Self::Undo,
        Self::Logs,
        Self::Blocks,
        Self::Transactions,
        Self::State,
    ];

    /// The part's name for people and for JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Undo => "undo",
            Self::Logs => "logs",
            Self::Blocks => "blocks",
            Self::Transactions => "transactions",
            Self::State => "state",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The first thing that is wrong in one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub part: Part,
    /// What, with the key and both values.
    pub what: String,
}

/// What a caller reads out of an encoded block, which is opaque here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedBlock {
    /// Its height.
    pub height: u64,
    /// Its time in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Its own hash.
    pub block_hash: Hash,
    /// The app hash after it.
    pub app_hash: Hash,
    /// For each transaction the hash it is filed under, and SHA-256 of its bytes.
    pub txs: Vec<(Hash, Hash)>,
    /// State keys it wrote, with their new values.
    pub changes: Vec<Change>,
}

/// Reads an encoded block, or says why it cannot.
pub type DecodeBlock<'a> = dyn Fn(&[u8]) -> Result<DecodedBlock, String> + 'a;

/// Told how far a part has come: the part, what is done, what there is to do.
pub type Progress<'a> = dyn FnMut(Part, u64, u64) + 'a;

/// What was checked, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The committed tip; none in a store without a block, or one whose tip cannot be read.
    pub tip: Option<BlockInfo>,
    /// Keys in the state.
    pub keys: u64,
    /// Root of the state on disk.
    pub state_root: Hash,
    /// Whether the state was also computed from the blocks, key by key: only where they reach back to genesis.
    pub replayed: bool,
    /// Logs with at least one record.
    pub logs: u64,
    /// Records in all logs.
    pub records: u64,
    /// The first height with an encoded block.
    pub first_block: Option<u64>,
    /// Encoded blocks.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// At most one for each part, in the order of the parts.
    pub findings: Vec<Finding>,
}

/// Whatever a part works on.
struct Check<'a> {
    backend: &'a dyn Backend,
    decode: &'a DecodeBlock<'a>,
    tip: BlockInfo,
    /// The oldest height described in `undo`; none when that cannot be read.
    undo_from: Option<u64>,
    genesis_height: u64,
    /// The height a snapshot was restored at; 0 when every block was executed here.
    base: u64,
}

/// How a part ends before its end.
enum Stop {
    /// Something is wrong.
    Wrong(String),
    /// The storage failed.
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { .. } => Self::Failed(error),
            StoreError::Corrupt { what } => Self::Wrong(what),
            other => Self::Wrong(other.to_string()),
        }
    }
}

fn wrong<T>(what: String) -> Result<T, Stop> {
    Err(Stop::Wrong(what))
}

/// Checks a backend. `genesis_height` is the height that genesis stands at: blocks that begin there give the whole state.
///
/// # Errors
/// [`StoreError::Io`], [`StoreError::Schema`]. That something is wrong is no error but a [`Finding`].
pub fn check(
    backend: &dyn Backend,
    genesis_height: u64,
    decode: &DecodeBlock<'_>,
    progress: &mut Progress<'_>,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let meta = meta(backend);
    let tip = match meta {
        Ok(tip) => tip,
        Err(Stop::Failed(error)) => return Err(error),
        Err(Stop::Wrong(what)) => {
            let part = Part::Meta;
            report.findings.push(Finding { part, what });
            newest_described(backend)?
        }
    };
    let Some(tip) = tip else { return Ok(report) };
    report.tip = Some(tip.clone());
    let undo_from = read_undo_from(backend, Some(&tip)).ok();
    let check = Check {
        backend,
        decode,
        tip,
        undo_from,
        genesis_height,
        // One that cannot be read is a finding of the part that needs it.
        base: read_base(backend).unwrap_or(0),
    };
    let mut run =
        |part: Part,
         work: &dyn Fn(&Check<'_>, &mut Report, &mut Progress<'_>) -> Result<(), Stop>|
         -> Result<(), StoreError> {
            match work(&check, &mut report, progress) {
                Ok(()) => Ok(()),
                Err(Stop::Failed(error)) => Err(error),
                Err(Stop::Wrong(what)) => {
                    report.findings.push(Finding { part, what });
                    Ok(())
                }
            }
        };
    run(Part::Undo, &undo_window)?;
    run(Part::Logs, &logs::run)?;
    run(Part::Blocks, &blocks::run)?;
    run(Part::Transactions, &blocks::transactions)?;
    run(Part::State, &state::run)?;
    Ok(report)
}

fn meta(backend: &dyn Backend) -> Result<Option<BlockInfo>, Stop> {
    let schema = crate::store::read(backend, Family::Meta, layout::META_SCHEMA)?;
    let schema = schema.map(|bytes| bytes.try_into().map(u32::from_be_bytes).ok());
    match schema {
        Some(Some(found)) if found == layout::SCHEMA => {}
        Some(Some(found)) => {
            let expected = layout::SCHEMA;
            return Err(Stop::Failed(StoreError::Schema { found, expected }));
        }
        Some(None) => return wrong("the schema is not 4 bytes long".to_owned()),
        None if read_tip(backend)?.is_some() => {
            return wrong("there is a tip but no schema".to_owned());
        }
        None => {}
    }
    let tip = read_tip(backend)?;
    read_undo_from(backend, tip.as_ref())?;
    read_base(backend)?;
    if let Some(tip) = &tip
        && stored_info(backend, tip.height)? != *tip
    {
        return wrong(format!(
            "`undo` describes height {} otherwise than the tip",
            tip.height
        ));
    }
    Ok(tip)
}

/// The highest height that `undo` describes wholly: what stands in for a tip that cannot be read.
fn newest_described(backend: &dyn Backend) -> Result<Option<BlockInfo>, StoreError> {
    let mut newest = None;
    let mut visit = |key: &[u8], value: &[u8]| {
        if let Some((height, [kind])) = key.split_first_chunk::<8>()
            && *kind == Undo::Info as u8
            && let Ok(bytes) = seal::check(Family::Undo, key, value)
            && let Ok(info) = decode_info(u64::from_be_bytes(*height), Some(bytes))
        {
            newest = Some(info);
        }
        ControlFlow::Continue(())
    };
    scan(backend, Family::Undo, &[], None, &mut visit)?;
    Ok(newest)
}

fn undo_window(check: &Check<'_>, _: &mut Report, progress: &mut Progress<'_>) -> Result<(), Stop> {
    let Some(from) = check.undo_from else {
        return wrong(
            "where the window begins cannot be read, so that it was not checked".to_owned(),
        );
    };
    let tip = check.tip.height;
    for height in from..=tip {
        undo::of_height(check.backend, height)?;
        check_info(&stored_info(check.backend, height)?)?;
        progress(Part::Undo, height - from + 1, tip - from + 1);
    }
    Ok(())
}

fn scan(
    backend: &dyn Backend,
    family: Family,
    from: &[u8],
    to: Option<&[u8]>,
    visit: &mut crate::backend::Visit<'_>,
) -> Result<(), StoreError> {
    let scanned = backend.scan(family, from, to, visit);
    scanned.map_err(|source| StoreError::Io {
        operation: "scanning",
        place: family.name(),
        source,
    })
}

/// Visits a range until something is wrong.
fn walk(
    backend: &dyn Backend,
    family: Family,
    from: &[u8],
    to: Option<&[u8]>,
    mut work: impl FnMut(&[u8], &[u8]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut ended = Ok(());
    let mut visit = |key: &[u8], value: &[u8]| match work(key, value) {
        Ok(()) => ControlFlow::Continue(()),
        Err(stop) => {
            ended = Err(stop);
            ControlFlow::Break(())
        }
    };
    scan(backend, family, from, to, &mut visit)?;
    ended
}
