//! Whether this program is the one that decides the next block (law §9): its version, and at an upgrade's first block the
//! very bytes that the seats voted for.

use std::fs::File;
use std::io::{self, Read};

use nexus_abci::app::{AnotherVersion, StateView};
use nexus_genesis::Genesis;
use nexus_machine::Decider;
use nexus_store::Store;
use nexus_types::Hash;
use nexus_types::constants::APP_VERSION;
use sha2::{Digest, Sha256};

use super::storage;
use crate::error::Error;
use crate::home::Home;

/// This very program's bytes, also when its file has been replaced since it started.
const THIS: &str = "/proc/self/exe";

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Refuses to run on a ledger whose next block is another program's to decide.
pub(super) fn check(
    home: &Home,
    store: &Store,
    genesis: &Genesis,
    joins_at_a_snapshot: bool,
) -> Result<(), Error> {
    let view = store
        .view()
        .map_err(|error| storage::failed(home, &error))?;
    let Some(view) = view else {
        return begins(genesis.document().app_version, joins_at_a_snapshot);
    };
    let decider = Decider::next(&StateView::new(view));
    AnotherVersion::check(&decider).map_err(|another| refused(&another))?;
    let Some(wanted) = decider.sha256 else {
        return Ok(());
    };
    let ours = sha256_of_this()?;
    if ours == wanted {
        tracing::info!(height = decider.height, sha256 = %ours, "this is the program that the seats voted for");
        return Ok(());
    }
    Err(Error::WrongProgram(format!(
        "block {} is the first of version {APP_VERSION}, and the seats voted for the program with SHA-256 {wanted}; this one has \
         {ours}. Nothing was changed. Get the program that was voted for, compare its SHA-256 (`sha256sum`), put it in this \
         one's place and start again",
        decider.height
    )))
}

/// A ledger with nothing in it replays the chain from its first block, unless it begins at a snapshot.
fn begins(first: u64, joins_at_a_snapshot: bool) -> Result<(), Error> {
    if first == APP_VERSION || joins_at_a_snapshot {
        return Ok(());
    }
    Err(Error::WrongProgram(format!(
        "this chain began with version {first} of the law's program, and this one is version {APP_VERSION}: it cannot replay \
         blocks from before its own first. Begin at a snapshot (`nexusd init --state-sync-from`), or replay with the program of \
         version {first}, which ends by itself where the next one takes over (docs/operations.md, \"Upgrades\")"
    )))
}

/// What an operator has to know and to do.
pub(super) fn refused(another: &AnotherVersion) -> Error {
    let AnotherVersion {
        height,
        theirs,
        sha256,
    } = another;
    if *theirs < APP_VERSION {
        return Error::WrongProgram(format!(
            "version {theirs} of the law's program still decides block {height}; this one is version {APP_VERSION} and decides \
             none of its blocks. Nothing was changed. Start the program that ran here before: it ends by itself, with exit code \
             {}, when this one's first block is next",
            Error::UPGRADE_DUE
        ));
    }
    let which = match sha256 {
        Some(sha256) => format!("the program with SHA-256 {sha256}"),
        None => format!(
            "the program of version {theirs}; the network upgraded before that block, and the proposal has its SHA-256"
        ),
    };
    Error::UpgradeDue(format!(
        "block {height} is decided by version {theirs} of the law's program, and this one is version {APP_VERSION}: its last block \
         is {}. Nothing is wrong with the ledger. Install {which} in this one's place and start it in the same home \
         (docs/operations.md, \"Upgrades\")",
        height.saturating_sub(1)
    ))
}

fn sha256_of_this() -> Result<Hash, Error> {
    let read = || -> io::Result<Hash> {
        let (mut file, mut sha256) = (File::open(THIS)?, Sha256::new());
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(Hash(sha256.finalize().into())),
                bytes => sha256.update(piece.get(..bytes).unwrap_or_default()),
            }
        }
    };
    read().map_err(Error::io("hash this program"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn another(theirs: u64, sha256: Option<Hash>) -> Error {
        refused(&AnotherVersion {
            height: 100,
            theirs,
            sha256,
        })
    }

    #[test]
    fn an_operator_is_told_which_program_is_missing_and_from_where_on() {
        let due = another(APP_VERSION + 1, Some(Hash([9; 32])));
        assert_eq!(due.code(), Error::UPGRADE_DUE);
        let told = due.to_string();
        for word in ["block 100", "is 99", &Hash([9; 32]).to_string()] {
            assert!(told.contains(word), "{word}: {told}");
        }
        let past = another(APP_VERSION + 1, None);
        assert_eq!(past.code(), Error::UPGRADE_DUE);
        let early = another(APP_VERSION - 1, None);
        assert_eq!(early.code(), Error::WRONG_PROGRAM);
        assert!(early.to_string().contains("ran here before"), "{early}");
    }

    #[test]
    fn an_empty_ledger_begins_with_the_first_version_or_at_a_snapshot() {
        begins(APP_VERSION, false).expect("the first version");
        begins(APP_VERSION - 1, true).expect("a snapshot");
        let refused = begins(APP_VERSION - 1, false).expect_err("blocks of another version");
        assert_eq!(refused.code(), Error::WRONG_PROGRAM);
    }

    #[test]
    fn this_program_has_the_hash_of_its_file() {
        let file = std::env::current_exe().expect("a path");
        let bytes = std::fs::read(file).expect("its bytes");
        let ours = sha256_of_this().expect("a hash");
        assert_eq!(ours, Hash(Sha256::digest(bytes).into()));
    }
}
