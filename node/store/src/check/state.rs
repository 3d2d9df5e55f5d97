//! The flat state: its root, and which key is the first that is not what the blocks wrote.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;
use std::iter::Peekable;

use nexus_tree::Hash;
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};

use super::blocks::read_block;
use super::{Check, Part, Progress, Report, Stop, walk, wrong};
use crate::backend::Family;
use crate::error::{Bytes, Hex};

/// Keys that one pass over the blocks follows: about 150 MB.
const KEYS_PER_PASS: u64 = 1_000_000;

/// What the blocks say of a key: the hash of its value, and the height that wrote it.
type Expected = BTreeMap<Vec<u8>, (Hash, u64)>;

pub(super) fn run(
    check: &Check<'_>,
    report: &mut Report,
    progress: &mut Progress<'_>,
) -> Result<(), Stop> {
    let mut leaves = Vec::new();
    walk(check.backend, Family::State, &[], None, |key, value| {
        leaves.push((key_hash(key), value_hash(value)));
        Ok(())
    })?;
    report.keys = leaves.len() as u64;
    let tree =
        SparseMerkleTree::from_leaves(0, leaves).map_err(|error| Stop::Wrong(error.to_string()))?;
    report.state_root = tree.root();
    let committed = check.tip.preimage.state_root;
    let root_right = report.state_root == committed;
    drop(tree);
    let roots = format!(
        "the state at height {} has root {}, but {} was committed",
        check.tip.height,
        Hex(report.state_root),
        Hex(committed)
    );
    if report.first_block != Some(check.genesis_height) {
        return if root_right {
            Ok(())
        } else {
            wrong(format!(
                "{roots}. Which key is wrong cannot be told: the blocks here do not reach back to genesis"
            ))
        };
    }
    let difference = replay(check, report.keys, progress);
    match difference {
        Err(Stop::Failed(error)) => Err(Stop::Failed(error)),
        Err(Stop::Wrong(why)) if root_right => {
            // The blocks are at fault, and their part says so.
            wrong(format!(
                "the root is right, but the state could not be computed from the blocks: {why}"
            ))
        }
        Err(Stop::Wrong(why)) => {
            wrong(format!("{roots}. Which key is wrong cannot be told: {why}"))
        }
        Ok(difference) => {
            report.replayed = true;
            match (difference, root_right) {
                (None, true) => Ok(()),
                (Some(key), false) => wrong(format!("{key}; {roots}")),
                (Some(key), true) => wrong(format!(
                    "{key}; the state has the committed root, so that the blocks' changes are wrong"
                )),
                (None, false) => wrong(format!(
                    "{roots}, although the blocks' changes give this state"
                )),
            }
        }
    }
}

/// Computes the state from the changes of all blocks, some keys at a time. Returns the first key of the first pass that
/// differs, told for people.
fn replay(
    check: &Check<'_>,
    keys: u64,
    progress: &mut Progress<'_>,
) -> Result<Option<String>, Stop> {
    let passes = keys / KEYS_PER_PASS + 1;
    for pass in 0..passes {
        let mine = |key: &[u8]| {
            let hash = key_hash(key);
            let number = hash
                .first_chunk::<8>()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes));
            number % passes == pass
        };
        let mut expected = Expected::new();
        for height in check.genesis_height..=check.tip.height {
            for (key, value) in read_block(check, height)?.changes {
                if !mine(&key) {
                    continue;
                }
                match value {
                    Some(value) => expected.insert(key, (value_hash(&value), height)),
                    None => expected.remove(&key),
                };
            }
            let blocks = check.tip.height - check.genesis_height + 1;
            let done = pass * blocks + height - check.genesis_height + 1;
            progress(Part::State, done, passes * blocks);
        }
        if let Some(difference) = first_difference(check, expected, mine)? {
            return Ok(Some(difference));
        }
    }
    Ok(None)
}

fn first_difference(
    check: &Check<'_>,
    expected: Expected,
    mine: impl Fn(&[u8]) -> bool,
) -> Result<Option<String>, Stop> {
    let mut expected = expected.into_iter().peekable();
    let walked = walk(check.backend, Family::State, &[], None, |key, value| {
        if !mine(key) {
            return Ok(());
        }
        if let Some(missing) = before(&mut expected, key) {
            return wrong(missing);
        }
        let found = value_hash(value);
        match expected.next_if(|(next, _)| next == key) {
            Some((_, (hash, _))) if hash == found => Ok(()),
            Some((_, (hash, height))) => wrong(format!(
                "state key {} has a value that hashes to {}, but block {height} wrote one that hashes to {}",
                Bytes(key),
                Hex(found),
                Hex(hash)
            )),
            None => wrong(format!(
                "state key {} has a value that hashes to {}, but no block wrote it",
                Bytes(key),
                Hex(found)
            )),
        }
    });
    match walked {
        Err(Stop::Wrong(difference)) => Ok(Some(difference)),
        Err(failed) => Err(failed),
        Ok(()) => Ok(expected.next().map(|next| missing(&next))),
    }
}

/// The next expected key, if it stands before the one that was found.
fn before(expected: &mut Peekable<IntoIter<Vec<u8>, (Hash, u64)>>, key: &[u8]) -> Option<String> {
    expected
        .next_if(|(next, _)| next.as_slice() < key)
        .map(|next| missing(&next))
}

fn missing((key, (hash, height)): &(Vec<u8>, (Hash, u64))) -> String {
    format!(
        "state key {} is missing, but block {height} wrote a value that hashes to {}",
        Bytes(key),
        Hex(*hash)
    )
}
