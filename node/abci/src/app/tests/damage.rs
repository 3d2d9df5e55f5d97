//! A disk that lies under a running application: whatever is served afterwards proves itself against the app hash that
//! was agreed, and the next block has the right app hash or the application stops.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::consensus::{Chain, describe, register};
use bytes::Bytes;
use nexus_store::{Backend, Batch, Family, MemoryBackend, ReadView};
use nexus_tree::app_hash::LogId;
use nexus_tree::log::leaf_hash;
use nexus_types::block::BlockRecord;
use nexus_types::{Hash, decode};
use tendermint_abci::Application;

/// Flips, each on a disk of its own: every family and both of key and value come often.
const FLIPS: u64 = 300;

type Entry = (Family, Vec<u8>, Vec<u8>);

fn entries(backend: &MemoryBackend) -> Vec<Entry> {
    let mut all = Vec::new();
    for family in Family::ALL {
        let mut visit = |key: &[u8], value: &[u8]| {
            all.push((family, key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        backend.scan(family, &[], None, &mut visit).unwrap();
    }
    all
}

/// The same numbers on every run.
fn spread(seed: u64, salt: u64, below: usize) -> usize {
    let bytes = [seed.to_be_bytes(), salt.to_be_bytes()].concat();
    let hash = Hash::of(&bytes).0;
    let number = u64::from_be_bytes(hash[..8].try_into().unwrap());
    usize::try_from(number % below as u64).unwrap()
}

/// Flips one bit of one key or value.
fn flip(backend: &MemoryBackend, good: &[Entry], seed: u64) -> String {
    let family = Family::ALL[spread(seed, 0, Family::ALL.len())];
    let of_family: Vec<&Entry> = good.iter().filter(|entry| entry.0 == family).collect();
    let (_, key, value) = of_family[spread(seed, 1, of_family.len())];
    let at = spread(seed, 2, key.len() + value.len());
    let bit = 1 << spread(seed, 3, 8);
    let (mut new_key, mut new_value) = (key.clone(), value.clone());
    let mut batch = Batch::new();
    match at.checked_sub(key.len()) {
        Some(at) => new_value[at] ^= bit,
        None => {
            new_key[at] ^= bit;
            batch.delete(family, key.clone());
        }
    }
    batch.put(family, new_key, new_value);
    backend.write(&batch).unwrap();
    format!("{seed}: {} {key:02x?}, byte {at}, bit {bit}", family.name())
}

/// What was agreed: the state under the last app hash, and each block's app hash.
struct Agreed {
    app_hash: Hash,
    state: Vec<Entry>,
    blocks: Vec<Hash>,
}

impl Agreed {
    fn of(view: &ReadView, good: &[Entry]) -> Self {
        let block = |height| {
            let bytes = view.block_record(height).unwrap().unwrap();
            decode::<BlockRecord>(&bytes).unwrap().app_hash
        };
        Self {
            app_hash: Hash(view.app_hash()),
            state: good
                .iter()
                .filter(|(family, ..)| *family == Family::State)
                .cloned()
                .collect(),
            blocks: (0..=view.height()).map(block).collect(),
        }
    }

    /// Every answer is nothing, or proves itself.
    fn judge(&self, view: &ReadView, what: &str) -> bool {
        let mut silent = true;
        let preimage = view.preimage();
        assert_eq!(Hash(preimage.hash()), self.app_hash, "{what}");
        for (_, key, value) in &self.state {
            match view.prove(view.height(), key) {
                Ok((found, proof)) => {
                    assert_eq!(found.as_ref(), Some(value), "{what}");
                    let proved = proof.verify(&preimage.state_root, key, found.as_deref());
                    assert_eq!(proved, Ok(()), "{what}");
                }
                Err(_) => silent = false,
            }
        }
        for log in LogId::ALL {
            let (id, head) = (nexus_store::app_log(log), preimage.log(log));
            for index in 0..head.size {
                let record = view.record(&id, index);
                let proof = view.inclusion(&id, index, head.size);
                match (record, proof) {
                    (Ok(Some(record)), Ok(proof)) => {
                        let proved = proof.verify(&leaf_hash(&record), index, &head);
                        assert_eq!(proved, Ok(()), "{what}: {log:?} {index}");
                    }
                    (Ok(None), _) => panic!("{what}: {log:?} {index} is said not to exist"),
                    _ => silent = false,
                }
            }
        }
        for (height, app_hash) in (0..).zip(&self.blocks) {
            match view.block_record(height) {
                Ok(Some(bytes)) => {
                    let record: BlockRecord = decode(&bytes).unwrap();
                    assert_eq!(
                        (record.height, record.app_hash),
                        (height, *app_hash),
                        "{what}"
                    );
                    for tx in &record.txs {
                        assert_eq!(tx.hash, Hash::of(&tx.bytes), "{what}");
                        let found = view.tx_locations(&tx.hash.0);
                        silent &= found.is_ok_and(|places| {
                            assert!(places.iter().all(|at| at.height == height), "{what}");
                            !places.is_empty()
                        });
                    }
                }
                Ok(None) => panic!("{what}: block {height} is said not to exist"),
                Err(_) => silent = false,
            }
        }
        silent
    }
}

#[test]
fn a_flipped_bit_is_never_served_and_the_next_block_is_right_or_the_application_stops() {
    let mut chain = Chain::begun();
    let people: Vec<_> = (20..26).map(|seed| chain.person(seed)).collect();
    for (person, nonce) in people.iter().zip([2; 6]) {
        let tx = register(&chain, person);
        chain.block(vec![tx]);
        let tx = describe(&chain, person, nonce, "refused: there is no IMVU");
        chain.block(vec![tx]);
    }
    let mark = chain.mark();
    let good = chain.backend().fork();
    let all = entries(&good);
    let agreed = Agreed::of(&chain.app.latest().unwrap(), &all);
    let next: Vec<Bytes> = people
        .iter()
        .map(|person| describe(&chain, person, 3, "the next block"))
        .collect();
    let codes = chain.block(next.clone());
    let (_, right) = chain.mark();

    let (mut noticed, mut stopped) = (0, 0);
    for seed in 0..FLIPS {
        let disk = good.fork();
        chain.go_on(disk.clone(), &mark).unwrap();
        let what = flip(&disk, &all, seed);
        let silent = agreed.judge(&chain.app.latest().unwrap(), &what);
        noticed += usize::from(!silent);
        // A transaction that comes meanwhile, and the block.
        let made = catch_unwind(AssertUnwindSafe(|| {
            chain.check_all(&next);
            chain.block(next.clone())
        }));
        match made {
            Ok(made) => {
                assert_eq!(made, codes, "{what}");
                assert_eq!(chain.mark().1, right, "{what}");
                let on_disk = chain.app.info(Default::default()).last_block_app_hash;
                assert_eq!(on_disk, right, "{what}");
            }
            Err(_) => stopped += 1,
        }
        // The same lie met at a start.
        let disk = good.fork();
        flip(&disk, &all, seed);
        if chain.go_on(disk, &mark).is_ok() {
            agreed.judge(&chain.app.latest().unwrap(), &what);
        }
    }
    println!("{FLIPS} flips: {noticed} noticed by a question, {stopped} by the next block");
    assert!(noticed > 0 && stopped > 0);
}
