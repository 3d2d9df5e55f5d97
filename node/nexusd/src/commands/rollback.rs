//! `nexusd rollback`: a stopped node's ledger, taken back to an earlier height.

use nexus_store::{Store, StoreError, rollback, rollback_range};
use nexus_types::Hash;

use crate::cli::Rollback;
use crate::error::Error;
use crate::home::Home;
use crate::node::storage;

/// What happens to the others of this home, told before and after.
const WHAT_FOLLOWS: &str = "\
CometBFT  keeps its blocks, its state and its signing state. At the next start it finds the ledger below its own height and
          replays its blocks from there; each must give the app hash that the next header has, or the node stops. It must
          still have those blocks: a node that began at a snapshot has none below it.
index     keeps its rows and compares each replayed block with the one it holds. If another program makes other blocks of
          them, it stops and says so; `nexusd reindex` then builds it anew.";

pub(crate) fn run(args: &Rollback) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let failed = |error: StoreError| storage::failed(&home, &error);
    let backend = storage::backend(&home)?;
    let Some((before, oldest)) = rollback_range(&backend).map_err(failed)? else {
        return Err(Error::Usage(
            "the store is empty: there is no height to return to".to_owned(),
        ));
    };
    let to = args.to;
    if to > before.height {
        return Err(Error::Usage(format!(
            "height {to} is above the committed height {}: a rollback goes back, from {oldest} on",
            before.height
        )));
    }
    if to < oldest {
        return Err(Error::Usage(format!(
            "height {to} left the window: this ledger can go back to {oldest}, from {}. To go further, restore a snapshot \
             or let the node synchronise anew",
            before.height
        )));
    }
    println!("height    {} to {to}", before.height);
    println!("app hash  {}", Hash(before.app_hash));
    if to == before.height {
        println!("nothing to do: this is the committed height");
        return Ok(());
    }
    println!("{WHAT_FOLLOWS}");
    let after = rollback(&backend, to).map_err(failed)?;
    // Opening compares the state and the logs with what that height committed.
    let store = Store::open(backend).map_err(failed)?;
    let keys = store.startup().keys;
    println!(
        "done      height {}, app hash {}, {keys} keys, root and logs recomputed",
        after.height,
        Hash(after.app_hash)
    );
    println!("next      nexusd start --home {}", args.home.display());
    Ok(())
}
