//! `nexusd reindex`: the SQL index of a stopped node, built anew from its blocks.

use nexus_abci::app::StateView;

use crate::cli::HomeArg;
use crate::error::Error;
use crate::home::Home;
use crate::node::blocks::Blocks;
use crate::node::storage;

/// Blocks between two lines of progress.
const PROGRESS_EVERY: u64 = 1_000;

pub(crate) fn run(args: &HomeArg) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let genesis = super::genesis::read(&home.genesis_file())?;
    let store = storage::open(&home)?;
    let Some(view) = store
        .view()
        .map_err(|error| storage::failed(&home, &error))?
    else {
        println!("the store is empty: there is nothing to index yet");
        return Ok(());
    };
    let stored = StateView::new(view).chain().network.genesis_hash;
    if stored != genesis.hash() {
        return Err(Error::home(
            &home.store(),
            format!(
                "holds the chain with genesis {stored}, not that of {}",
                home.genesis_file().display()
            ),
        ));
    }
    let blocks = Blocks::new(store.views(), genesis.document().initial_height);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("start the runtime"))?;
    let mut shown = 0;
    let progress = |done: u64, latest: u64| {
        if done >= shown + PROGRESS_EVERY || done == latest {
            shown = done;
            eprintln!("reindex: block {done} of {latest}");
        }
    };
    let count = runtime
        .block_on(nexus_index::reindex(home.index(), &blocks, progress))
        .map_err(|error| Error::home(&home.index(), error.to_string()))?;
    println!("indexed {count} blocks into {}", home.index().display());
    Ok(())
}
