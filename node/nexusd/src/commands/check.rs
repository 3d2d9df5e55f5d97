//! `nexusd check`: a stopped node's ledger, recomputed.

use nexus_store::StoreError;
use nexus_types::Hash;
use nexus_types::block::BlockRecord;
use nexus_types::decode;

use crate::cli::HomeArg;
use crate::error::Error;
use crate::home::Home;
use crate::node::storage;

/// Opening the store rebuilds the state's tree and compares root and log heads with what was committed; then every
/// block's record is read.
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
    let mut transactions = 0usize;
    let first = genesis_height(&home)?;
    for height in first..=view.height() {
        let bytes = view.block_record(height).map_err(failed)?;
        let record: BlockRecord = bytes
            .ok_or_else(|| Error::Verification(format!("block {height} has no record")))
            .and_then(|bytes| {
                decode(&bytes)
                    .map_err(|error| Error::Verification(format!("block {height}: {error}")))
            })?;
        if record.height != height {
            return Err(Error::Verification(format!(
                "the record of block {height} is that of block {}",
                record.height
            )));
        }
        transactions += record.txs.len();
    }
    println!(
        "blocks      {first} to {}, {transactions} transactions, every record readable",
        view.height()
    );
    Ok(())
}

fn genesis_height(home: &Home) -> Result<u64, Error> {
    let genesis = super::genesis::read(&home.genesis_file())?;
    Ok(genesis.document().initial_height.saturating_sub(1))
}
