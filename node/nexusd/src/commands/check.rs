//! `nexusd check`: a stopped node's ledger, recomputed.

use nexus_store::{ReadView, StoreError, app_log};
use nexus_tree::app_hash::LogId;
use nexus_tree::log::{LogHead, leaf_hash};
use nexus_types::Hash;
use nexus_types::block::BlockRecord;
use nexus_types::decode;

use crate::cli::HomeArg;
use crate::error::Error;
use crate::home::Home;
use crate::node::storage;

/// Records read at a time: some megabytes.
const RECORDS_AT_ONCE: usize = 1_000;

/// Opening the store rebuilds the state's tree and compares its root with the committed one; then each log's root is
/// computed from its records, and every block's record is read.
pub(crate) fn run(args: &HomeArg) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let store = storage::open(&home)?;
    let failed = |error: StoreError| storage::failed(&home, &error);
    let Some(view) = store.view().map_err(failed)? else {
        println!("the store is empty: no genesis was committed yet");
        return Ok(());
    };
    let startup = store.startup();
    println!("height      {}", view.height());
    println!("app hash    {}", Hash(view.app_hash()));
    println!(
        "state root  {} ({} keys, recomputed)",
        Hash(view.preimage().state_root),
        startup.keys
    );
    for log in LogId::ALL {
        let head = log_head(&view, log).map_err(failed)?;
        let committed = view.preimage().log(log);
        let name = format!("{log:?}").to_lowercase();
        if head != committed {
            return Err(Error::Verification(format!(
                "the {name} log's records give size {} and root {}, but size {} and root {} were committed",
                head.size,
                Hash(head.root),
                committed.size,
                Hash(committed.root)
            )));
        }
        println!(
            "{:<11} {} records, root {} (recomputed)",
            format!("{name} log"),
            head.size,
            Hash(head.root)
        );
    }
    let first = match view.began_at() {
        Some(height) => {
            println!(
                "snapshot    restored at height {height}; blocks and records up to it are not kept"
            );
            height + 1
        }
        None => genesis_height(&home)?,
    };
    let transactions = blocks(&view, first)?;
    println!(
        "blocks      {first} to {}, {transactions} transactions, every record readable",
        view.height()
    );
    Ok(())
}

/// The head that a log's records have.
fn log_head(view: &ReadView, log: LogId) -> Result<LogHead, StoreError> {
    let id = app_log(log);
    let size = view.log_size(&id)?;
    // On a node that began at a snapshot, the earlier records are not kept, but what they add up to is.
    let mut frontier = view.first_frontier(&id)?;
    while frontier.size() < size {
        for record in view.records(&id, frontier.size(), RECORDS_AT_ONCE)? {
            frontier
                .append(leaf_hash(&record))
                .map_err(|source| StoreError::Log {
                    log: id.clone(),
                    source,
                })?;
        }
    }
    Ok(frontier.head())
}

/// Reads every block's record; returns how many transactions they hold.
fn blocks(view: &ReadView, first: u64) -> Result<usize, Error> {
    let wrong = |height: u64, what: String| Error::Verification(format!("block {height}: {what}"));
    let mut transactions = 0;
    for height in first..=view.height() {
        let bytes = view
            .block_record(height)
            .map_err(|error| wrong(height, error.to_string()))?;
        let bytes = bytes.ok_or_else(|| wrong(height, "it has no record".to_owned()))?;
        let record: BlockRecord =
            decode(&bytes).map_err(|error| wrong(height, error.to_string()))?;
        if record.height != height {
            return Err(wrong(
                height,
                format!("its record is that of block {}", record.height),
            ));
        }
        transactions += record.txs.len();
    }
    Ok(transactions)
}

fn genesis_height(home: &Home) -> Result<u64, Error> {
    let genesis = super::genesis::read(&home.genesis_file())?;
    Ok(genesis.document().initial_height.saturating_sub(1))
}
