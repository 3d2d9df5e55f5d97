//! The state tree against the `jmt` crate: the same roots at every version, and proofs that both sides accept.

use std::collections::BTreeMap;

use jmt::mock::MockTreeStore;
use jmt::{KeyHash, RootHash, Sha256Jmt};
use nexus_tree::Hash;
use nexus_tree::smt::{
    Change, EMPTY_ROOT, ProofError, SparseMerkleTree, Terminal, key_hash, value_hash,
};
use proptest::prelude::*;

/// Keys by ordinary hash.
const PLAIN_KEYS: u8 = 40;

/// Bits in which the crafted key hashes leave their common prefix: nibble and byte borders, and the very last bits.
const CRAFTED_BITS: [usize; 16] = [0, 1, 3, 4, 5, 7, 8, 9, 63, 64, 127, 200, 251, 252, 254, 255];

const KEYS: u8 = PLAIN_KEYS + CRAFTED_BITS.len() as u8;

fn place(key: u8) -> Hash {
    if key < PLAIN_KEYS {
        return key_hash(&[key]);
    }
    let bit = CRAFTED_BITS[usize::from(key - PLAIN_KEYS)];
    let mut hash = [0xa5; 32];
    hash[bit / 8] ^= 0x80 >> (bit % 8);
    hash
}

type Batch = BTreeMap<u8, Option<Vec<u8>>>;

fn batch() -> impl Strategy<Value = Batch> {
    let value = prop_oneof![
        1 => Just(None),
        2 => proptest::collection::vec(any::<u8>(), 0..4).prop_map(Some),
    ];
    proptest::collection::btree_map(0..KEYS, value, 0..=usize::from(KEYS))
}

fn changes(batch: &Batch) -> Vec<Change> {
    batch
        .iter()
        .map(|(key, value)| (place(*key), value.as_deref().map(value_hash)))
        .collect()
}

/// Our tree, jmt's and a plain map, fed the same batches.
struct Trio {
    ours: SparseMerkleTree,
    theirs: MockTreeStore,
    model: BTreeMap<u8, Vec<u8>>,
}

impl Trio {
    fn apply(&mut self, version: u64, batch: &Batch) {
        let root = self.ours.apply(version, &changes(batch)).unwrap();
        let sets = batch
            .iter()
            .map(|(key, value)| (KeyHash(place(*key)), value.clone()));
        // jmt counts from 0, where ours has the empty tree.
        let (oracle, update) = Sha256Jmt::new(&self.theirs)
            .put_value_set(sets, version - 1)
            .unwrap();
        self.theirs.write_tree_update_batch(update).unwrap();
        assert_eq!(root, oracle.0, "root of version {version}");
        for (key, value) in batch {
            match value {
                Some(value) => self.model.insert(*key, value.clone()),
                None => self.model.remove(key),
            };
        }
    }

    fn check_key(&self, version: u64, key: u8, model: &BTreeMap<u8, Vec<u8>>) {
        let (root, at) = (self.ours.root_at(version).unwrap(), place(key));
        let value = model.get(&key);
        let proof = self.ours.prove(version, &at).unwrap();
        proof
            .verify_hashes(&root, &at, value.map(|value| value_hash(value)).as_ref())
            .unwrap();
        let opposite = if value.is_some() {
            None
        } else {
            Some(value_hash(b"forged"))
        };
        assert!(proof.verify_hashes(&root, &at, opposite.as_ref()).is_err());
        if root != EMPTY_ROOT {
            let (told, theirs) = Sha256Jmt::new(&self.theirs)
                .get_with_proof(KeyHash(at), version - 1)
                .unwrap();
            assert_eq!(told.as_ref(), value);
            theirs.verify(RootHash(root), KeyHash(at), value).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roots_and_proofs_equal_those_of_jmt(batches in proptest::collection::vec(batch(), 1..20)) {
        let mut trio = Trio {
            ours: SparseMerkleTree::new(),
            theirs: MockTreeStore::default(),
            model: BTreeMap::new(),
        };
        let mut models = vec![trio.model.clone()];
        for (version, batch) in (1..).zip(&batches) {
            trio.apply(version, batch);
            models.push(trio.model.clone());
            for key in batch.keys() {
                trio.check_key(version, *key, &trio.model);
            }
        }
        let leaves = trio.model.iter().map(|(key, value)| (place(*key), value_hash(value)));
        let rebuilt = SparseMerkleTree::from_leaves(7, leaves).unwrap();
        prop_assert_eq!(rebuilt.root(), trio.ours.root(), "bulk build and history agree");
        // Older versions answer as they did when they were new.
        for (version, model) in (0..).zip(&models).skip(1).step_by(5) {
            for key in (0..KEYS).step_by(3) {
                trio.check_key(version, key, model);
            }
        }
        // Deleting all gives the empty tree.
        let all: Batch = (0..KEYS).map(|key| (key, None)).collect();
        trio.apply(batches.len() as u64 + 1, &all);
        prop_assert_eq!(trio.ours.root(), EMPTY_ROOT);
    }

    #[test]
    fn a_large_bulk_build_equals_jmt(seed in any::<u64>(), count in 1_usize..600) {
        let leaf = |i: usize| (key_hash(&[&seed.to_le_bytes()[..], &i.to_le_bytes()].concat()), i.to_le_bytes());
        let leaves = (0..count).map(|i| (leaf(i).0, value_hash(&leaf(i).1)));
        let ours = SparseMerkleTree::from_leaves(1, leaves).unwrap();
        let store = MockTreeStore::default();
        let sets = (0..count).map(|i| (KeyHash(leaf(i).0), Some(leaf(i).1.to_vec())));
        let (oracle, _) = Sha256Jmt::new(&store).put_value_set(sets, 0).unwrap();
        prop_assert_eq!(ours.root(), oracle.0);
    }
}

#[test]
fn keys_that_differ_in_the_last_bit_stand_256_levels_deep() {
    let (a, b) = ([7; 32], {
        let mut b = [7; 32];
        b[31] ^= 1;
        b
    });
    let value = value_hash(b"v");
    let mut tree = SparseMerkleTree::new();
    tree.apply(1, &[(b, Some(value)), (a, Some(value))])
        .unwrap();
    let proof = tree.prove(1, &a).unwrap();
    assert_eq!(proof.siblings().len(), 256);
    assert_eq!(proof.terminal(), &Terminal::Present);
    proof.verify_hashes(&tree.root(), &a, Some(&value)).unwrap();
    assert_eq!(
        proof.verify_hashes(&tree.root(), &a, None),
        Err(ProofError::ShowsPresence)
    );
    tree.apply(2, &[(b, None)]).unwrap();
    let proof = tree.prove(2, &b).unwrap();
    assert!(
        proof.siblings().is_empty(),
        "the remaining leaf rose to the root"
    );
    proof.verify_hashes(&tree.root(), &b, None).unwrap();
}

#[test]
fn the_root_of_five_keys_is_the_one_python_computes() {
    // Made with Python 3 hashlib by a naive recursion over these five pairs, from the hash rules alone:
    //   root([]) = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"; root([(k, v)]) = sha256(b"JMT::LeafNode" + k + v)
    //   root(l) = sha256(b"JMT::IntrnalNode" + root(those with bit 0 at this depth) + root(those with bit 1))
    let leaves = (0..5).map(|i| {
        (
            key_hash(format!("key/{i}").as_bytes()),
            value_hash(format!("value {i}").as_bytes()),
        )
    });
    let tree = SparseMerkleTree::from_leaves(0, leaves).unwrap();
    assert_eq!(
        hex::encode(tree.root()),
        "8d1c46cd68a0f9e4f761c619e0f37e53aea61db8044d26417cf97d40bc4147d9"
    );
}
