//! `nexusd check`: everything a stopped node keeps, compared with what was committed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nexus_abci::app::AnotherLaw;
use nexus_machine::View;
use nexus_machine::invariants;
use nexus_store::check::{DecodedBlock, Part, Report, check};
use nexus_store::{Backend, BackendError, Family, ReadView, Store, StoreError, app_log};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_tree::log::Frontier;
use nexus_types::block::BlockRecord;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::record::HeaderEntry;
use nexus_types::state::Collection;
use nexus_types::state_key::{KeyKind, StateKey, range_of};
use nexus_types::{Hash, ImvuId, decode};
use serde::Serialize;

use crate::cli::Check;
use crate::error::Error;
use crate::home::Home;
use crate::node::storage;

/// Time between two words of progress, so that a person sees that a long check goes on.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// Keys read at a time.
const PAGE: usize = 1_000;

/// Parts of the check that the store, which knows no law, leaves to this command.
const LAW: &str = "law";

/// Compares the store with itself, then the state with the law. All parts are checked whatever is found before; each tells
/// the first thing that is wrong in it.
pub(crate) fn run(args: &Check) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let genesis = super::genesis::read(&home.genesis_file())?;
    let first = genesis.document().initial_height.saturating_sub(1);
    let backend = storage::backend(&home)?;
    let mut progress = Progress::new();
    let report = check(&backend, first, &read_block, &mut |part, done, total| {
        progress.told(part, done, total);
    })
    .map_err(|error| storage::failed(&home, &error))?;
    let mut findings: Vec<Found> = report
        .findings
        .iter()
        .map(|finding| Found::new(finding.part.name(), &finding.what))
        .collect();
    let mut invariants = 0;
    if let Some(tip) = &report.tip {
        if let Err(error) = AnotherLaw::check(tip.height, &tip.preimage) {
            findings.push(Found::new(LAW, &error.to_string()));
        }
        match law(&backend) {
            Ok(summary) => invariants = summary.invariants,
            Err(Wrong::Failed(error)) => return Err(Error::home(&home.store(), error.to_string())),
            Err(Wrong::Found(what)) => findings.push(Found::new(LAW, &what)),
        }
        // These need proved reads, and only a whole store gives them.
        if findings.is_empty() {
            let store = Store::open(backend).map_err(|error| storage::failed(&home, &error))?;
            findings.extend(
                logs_of_the_state(&store, first).map_err(|error| storage::failed(&home, &error))?,
            );
        }
    }
    show(args.json, &report, invariants, &findings);
    match findings.first() {
        None => Ok(()),
        Some(first) => Err(Error::Verification(format!(
            "{}: {} of the parts checked are wrong; first: {}: {}",
            home.store().display(),
            findings.len(),
            first.part,
            first.what
        ))),
    }
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
struct Found {
    part: &'static str,
    what: String,
}

impl Found {
    fn new(part: &'static str, what: &str) -> Self {
        Self {
            part,
            what: what.to_owned(),
        }
    }
}

fn read_block(bytes: &[u8]) -> Result<DecodedBlock, String> {
    let record: BlockRecord = decode(bytes).map_err(|error| error.to_string())?;
    Ok(DecodedBlock {
        height: record.height,
        time_ms: record.time.0,
        block_hash: record.hash.0,
        app_hash: record.app_hash.0,
        txs: record
            .txs
            .iter()
            .map(|tx| (tx.hash.0, Hash::of(&tx.bytes).0))
            .collect(),
        changes: Arc::unwrap_or_clone(record.changes),
    })
}

/// Tells on standard error how far a long check has come.
struct Progress {
    last: Instant,
}

impl Progress {
    fn new() -> Self {
        Self {
            last: Instant::now(),
        }
    }

    fn told(&mut self, part: Part, done: u64, total: u64) {
        if self.last.elapsed() < PROGRESS_EVERY {
            return;
        }
        self.last = Instant::now();
        if total == 0 {
            eprintln!("check: {part}: {done}");
        } else {
            eprintln!("check: {part}: {done} of {total}");
        }
    }
}

enum Wrong {
    Found(String),
    Failed(BackendError),
}

/// What the law keeps true between the objects of the state, which need not be whole.
fn law(backend: &dyn Backend) -> Result<invariants::Summary, Wrong> {
    let flat = Flat {
        backend,
        failure: RefCell::new(None),
    };
    let checked = invariants::check(&flat);
    match (flat.failure.into_inner(), checked) {
        (Some(failure), _) => Err(Wrong::Failed(failure)),
        (None, Err(broken)) => Err(Wrong::Found(broken.to_string())),
        (None, Ok(summary)) => Ok(summary),
    }
}

/// The flat state as it stands on the disk. The law knows no failing disk: a failure is kept.
struct Flat<'a> {
    backend: &'a dyn Backend,
    failure: RefCell<Option<BackendError>>,
}

impl Flat<'_> {
    fn failed(&self, error: BackendError) {
        self.failure.borrow_mut().get_or_insert(error);
    }
}

impl View for Flat<'_> {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        let read = self.backend.get(Family::State, key.as_bytes());
        let read = read.unwrap_or_else(|error| {
            self.failed(error);
            None
        });
        read.map(Cow::Owned)
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let mut first = None;
        let mut visit = |key: &[u8], value: &[u8]| {
            first = Some((StateKey::from_bytes(key.to_vec()), value.to_vec()));
            std::ops::ControlFlow::Break(())
        };
        let (from, to) = (from.as_bytes(), to.as_bytes());
        if let Err(error) = self.backend.scan(Family::State, from, Some(to), &mut visit) {
            self.failed(error);
        }
        first
    }

    /// No invariant is about a log.
    fn frontier(&self, _: ChainLog) -> Frontier {
        Frontier::default()
    }
}

/// Collections in the state against the logs they stand for, and the log of headers against the blocks.
fn logs_of_the_state(store: &Store, first: u64) -> Result<Vec<Found>, StoreError> {
    let Some(view) = store.view()? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    found.extend(collections(&view)?.map(|what| Found::new(LAW, &what)));
    found.extend(headers(&view, first)?.map(|what| Found::new(LAW, &what)));
    Ok(found)
}

fn collections(view: &ReadView) -> Result<Option<String>, StoreError> {
    let (from, _) = range_of(KeyKind::Collection);
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = view.iter_prefix(from.as_bytes(), after.as_deref(), PAGE)?;
        for (key, value) in &page {
            let key = StateKey::from_bytes(key.clone());
            let Ok((kind, imvu)) = decode::<(CollectionKind, Option<ImvuId>)>(key.id()) else {
                return Ok(Some(format!("the key {key:?} does not decode")));
            };
            let Ok(collection) = decode::<Collection>(value) else {
                return Ok(Some(format!("the object {key:?} does not decode")));
            };
            let head = view.log_head(&LogId::Collection(kind, imvu).to_bytes())?;
            if (head.size, Hash(head.root)) != (collection.size, collection.root) {
                return Ok(Some(format!(
                    "collection {key:?} has {} entries with root {} in the state, its log {} with root {}",
                    collection.size,
                    collection.root,
                    head.size,
                    Hash(head.root)
                )));
            }
        }
        match page.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => return Ok(None),
        }
    }
}

/// Each block but genesis has its hash in the log of headers, in order.
fn headers(view: &ReadView, first: u64) -> Result<Option<String>, StoreError> {
    let log = app_log(AppLog::Headers);
    for height in first.saturating_add(1)..=view.height() {
        let Some(bytes) = view.block_record(height)? else {
            continue;
        };
        let index = height - first - 1;
        let record = view.record(&log, index)?;
        let entry = record.as_deref().map(decode::<HeaderEntry>);
        let block = decode::<BlockRecord>(&bytes).map(|record| HeaderEntry {
            height: record.height,
            hash: record.hash,
        });
        if entry != Some(block) {
            return Ok(Some(format!(
                "record {index} of the headers log is not the hash of block {height}"
            )));
        }
    }
    Ok(None)
}

fn show(json: bool, report: &Report, invariants: u64, findings: &[Found]) {
    if json {
        let tip = report.tip.as_ref();
        let value = serde_json::json!({
            "ok": findings.is_empty(),
            "height": tip.map(|tip| tip.height.to_string()),
            "app_hash": tip.map(|tip| Hash(tip.app_hash).to_string()),
            "state_root": Hash(report.state_root).to_string(),
            "keys": report.keys.to_string(),
            "replayed": report.replayed,
            "logs": report.logs.to_string(),
            "records": report.records.to_string(),
            "first_block": report.first_block.map(|height| height.to_string()),
            "blocks": report.blocks.to_string(),
            "transactions": report.transactions.to_string(),
            "invariants": invariants.to_string(),
            "findings": findings,
        });
        println!("{value}");
        return;
    }
    let Some(tip) = &report.tip else {
        println!("the store is empty: no genesis was committed yet");
        return;
    };
    println!("height      {}", tip.height);
    println!("app hash    {}", Hash(tip.app_hash));
    println!(
        "state root  {} ({} keys, recomputed{})",
        Hash(report.state_root),
        report.keys,
        if report.replayed {
            " from the disk and from the blocks"
        } else {
            ""
        }
    );
    for log in AppLog::ALL {
        let head = tip.preimage.log(log);
        let name = format!("{:<11}", format!("{log:?} log").to_lowercase());
        println!("{name} {} records, root {}", head.size, Hash(head.root));
    }
    println!(
        "logs        {} logs with {} records",
        report.logs, report.records
    );
    println!(
        "blocks      {} to {}, {} transactions",
        report.first_block.unwrap_or(tip.height),
        tip.height,
        report.transactions
    );
    println!("law         {invariants} invariants hold");
    for found in findings {
        println!("WRONG       {}: {}", found.part, found.what);
    }
    if findings.is_empty() {
        println!("whole       everything is what was committed");
    }
}
