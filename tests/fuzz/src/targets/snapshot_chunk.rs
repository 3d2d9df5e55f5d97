//! Snapshots from strangers: metadata, and chunks whose hashes the stranger chose as well.

use std::sync::OnceLock;

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_store::snapshot::{FORMAT, Metadata};
use nexus_store::{MemoryBackend, Store};
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};
use nexus_types::Hash;

use super::Target;
use crate::mutate::{self, Bytes, Random};

pub(super) const TARGET: Target = Target {
    name: "snapshot_chunk",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 2048,
};

/// A chunk as its format says: spelled once more here, so that another encoding in the store would be noticed.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
struct Chunk {
    format: u32,
    index: u32,
    entries: Vec<Entry>,
}

#[derive(Clone, BorshSerialize, BorshDeserialize)]
enum Entry {
    State(Vec<u8>, Vec<u8>),
    Log(Vec<u8>, Frontier),
}

/// A ledger of three keys and one log of five records.
struct Honest {
    metadata: Metadata,
    chunk: Vec<u8>,
}

fn honest() -> &'static Honest {
    static HONEST: OnceLock<Honest> = OnceLock::new();
    HONEST.get_or_init(|| {
        let pairs = [("a", "one"), ("b", ""), ("key", "three")];
        let hashes =
            pairs.map(|(key, value)| (key_hash(key.as_bytes()), value_hash(value.as_bytes())));
        let tree = SparseMerkleTree::from_leaves(1, hashes).expect("different keys");
        let mut audit = Frontier::new();
        for record in 0..5_u8 {
            audit.append(leaf_hash(&[record])).expect("a short log");
        }
        let mut logs = [Frontier::new().head(); 5];
        logs[LogId::Audit as usize] = audit.head();
        let mut entries: Vec<Entry> = pairs
            .iter()
            .map(|(key, value)| Entry::State(key.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect();
        entries.push(Entry::Log(vec![LogId::Audit as u8], audit));
        let chunk = Chunk {
            format: FORMAT,
            index: 0,
            entries,
        };
        let chunk = borsh::to_vec(&chunk).expect("memory");
        let metadata = Metadata {
            format: FORMAT,
            height: 7,
            time_ms: 1_767_225_607_000,
            preimage: AppHashPreimage {
                constants: [1; 32],
                delay_profile: [2; 32],
                state_root: tree.root(),
                logs,
            },
            keys: 3,
            logs: 1,
            chunks: vec![Hash::of(&chunk).0],
        };
        Honest { metadata, chunk }
    })
}

/// The first byte says whether the rest is metadata or a chunk.
fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((kind, rest)) if kind % 2 == 0 => metadata(rest),
        Some((_, rest)) => chunk(rest),
        None => {}
    }
}

fn metadata(bytes: &[u8]) {
    let Ok(read) = Metadata::decode(bytes) else {
        return;
    };
    assert_eq!(read.encode(), bytes, "two encodings of one snapshot");
    assert_eq!(read.hash(), Hash::of(bytes).0);
    assert_eq!(usize::try_from(read.count()), Ok(read.chunks.len()));
    let _ = read.app_hash();
}

/// A stranger lists the hash of whatever they send; the app hash is what they cannot choose.
fn chunk(bytes: &[u8]) {
    let honest = honest();
    let store = Store::open(MemoryBackend::default()).expect("an empty store");
    let listed = Metadata {
        chunks: vec![Hash::of(bytes).0],
        ..honest.metadata.clone()
    };
    let mut restorer = store
        .restore(listed)
        .expect("an empty store takes a snapshot");
    if let Err(error) = restorer.apply(0, bytes) {
        assert!(error.is_the_snapshots(), "{error}");
        assert!(
            restorer.finish(&|_| Ok(None)).is_err(),
            "finished without its chunk"
        );
        return;
    }
    match restorer.finish(&|_| Ok(None)) {
        Ok(()) => {
            assert_eq!(bytes, honest.chunk, "another ledger under this app hash");
            let tip = store.committed().expect("committed").expect("a height");
            assert_eq!(tip.height, honest.metadata.height);
        }
        Err(error) => {
            assert!(error.is_the_snapshots(), "{error}");
            assert!(
                store.committed().expect("readable").is_none(),
                "kept what it refused"
            );
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let honest = honest();
    let mut seeds = vec![
        [&[0], honest.metadata.encode().as_slice()].concat(),
        [&[1], honest.chunk.as_slice()].concat(),
    ];
    let whole: Chunk = borsh::from_slice(&honest.chunk).expect("a chunk");
    for left_out in 0..whole.entries.len() {
        let mut other = whole.clone();
        other.entries.remove(left_out);
        seeds.push([&[1], borsh::to_vec(&other).expect("memory").as_slice()].concat());
    }
    let longer = Metadata {
        chunks: vec![[3; 32]; 9],
        ..honest.metadata.clone()
    };
    seeds.push([&[0], longer.encode().as_slice()].concat());
    seeds
}

/// Mostly a chunk that can be read: an entry altered, moved, doubled or left out.
fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let read = data[..size].split_first().and_then(|(kind, rest)| {
        let chunk = borsh::from_slice::<Chunk>(rest).ok()?;
        (kind % 2 == 1).then_some(chunk)
    });
    let Some(mut chunk) = read.filter(|_| !random.once_in(4)) else {
        return bytes(data, size, max);
    };
    let count = chunk.entries.len();
    let (one, other) = (random.below(count), random.below(count));
    match random.below(4) {
        _ if count == 0 => return bytes(data, size, max),
        0 => chunk.entries.swap(one, other),
        1 => drop(chunk.entries.remove(one)),
        2 => {
            let copy = chunk.entries[one].clone();
            chunk.entries.insert(other, copy);
        }
        _ => alter(&mut chunk.entries[one], random, bytes),
    }
    let spelled = borsh::to_vec(&chunk).expect("memory");
    mutate::put(data, size, max, &[&[1], spelled.as_slice()].concat())
}

fn alter(entry: &mut Entry, random: &mut Random, bytes: Bytes<'_>) {
    match entry {
        Entry::State(key, value) => {
            let part = if random.once_in(2) { key } else { value };
            mutate::bytes(part, 8, bytes);
        }
        Entry::Log(id, frontier) => {
            if random.once_in(2) {
                mutate::bytes(id, 4, bytes);
            } else {
                // A full log has no next record; then it stays.
                let _ = frontier.append([random.number() as u8; 32]);
            }
        }
    }
}
