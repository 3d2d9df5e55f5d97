//! What a liar may try: altered bytes, false absence, false presence, wrong lengths, length bombs.

use std::collections::BTreeMap;

use nexus_tree::Hash;
use nexus_tree::log::{
    ConsistencyProof, Frontier, InclusionProof, LogError, LogHead, leaf_hash, prove_consistency,
    prove_inclusion, verify_consistency,
};
use nexus_tree::smt::{
    EMPTY_ROOT, MAX_STATE_PROOF_BYTES, ProofError, SparseMerkleTree, StateProof, Terminal,
    key_hash, value_hash,
};
use proptest::prelude::*;

/// A tree over `present` keys of one byte, each with its own byte twice as value.
fn tree(present: &[u8]) -> SparseMerkleTree {
    let leaves = present
        .iter()
        .map(|key| (key_hash(&[*key]), value_hash(&[*key, *key])));
    SparseMerkleTree::from_leaves(1, leaves).unwrap()
}

/// Keys in the tree, and one that is not.
fn keys() -> impl Strategy<Value = (Vec<u8>, u8)> {
    (
        proptest::collection::btree_set(any::<u8>(), 2..40),
        any::<u8>(),
    )
        .prop_filter_map("the absent key must be absent", |(present, absent)| {
            (!present.contains(&absent)).then(|| (present.into_iter().collect(), absent))
        })
}

fn refused(bytes: &[u8], accepts: impl Fn(&StateProof) -> bool) -> bool {
    borsh::from_slice::<StateProof>(bytes).map_or(true, |proof| !accepts(&proof))
}

/// Each byte altered by the mask, and by its lowest bits, which turn one tag or count into a neighbouring one.
fn flips(bytes: &[u8], mask: u8) -> impl Iterator<Item = Vec<u8>> + '_ {
    let places = (0..bytes.len()).flat_map(move |at| [(at, mask), (at, 1), (at, 2)]);
    places.map(move |(at, mask)| {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= mask;
        flipped
    })
}

fn log_of(size: u64) -> (BTreeMap<(u8, u64), Hash>, Vec<LogHead>) {
    let (mut frontier, mut store) = (Frontier::new(), BTreeMap::new());
    let mut heads = vec![frontier.head()];
    for index in 0..size {
        for node in frontier.append(leaf_hash(&index.to_le_bytes())).unwrap() {
            store.insert((node.level, node.index), node.hash);
        }
        heads.push(frontier.head());
    }
    (store, heads)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_byte_of_a_state_proof_is_refused((present, absent) in keys(), mask in 1..=255_u8) {
        let tree = tree(&present);
        let root = tree.root();
        let (key, value) = ([present[0]], [present[0]; 2]);
        for (key, value) in [(key, Some(&value[..])), ([absent], None)] {
            let proof = tree.prove(1, &key_hash(&key)).unwrap();
            prop_assert_eq!(proof.verify(&root, &key, value), Ok(()));
            let bytes = borsh::to_vec(&proof).unwrap();
            prop_assert!(bytes.len() <= MAX_STATE_PROOF_BYTES);
            for bad in flips(&bytes, mask) {
                prop_assert!(refused(&bad, |proof| proof.verify(&root, &key, value).is_ok()));
            }
            for bad in flips(&root, mask) {
                prop_assert!(proof.verify(&bad.try_into().unwrap(), &key, value).is_err());
            }
            for bad in value.into_iter().flat_map(|value| flips(value, mask)) {
                prop_assert!(proof.verify(&root, &key, Some(&bad)).is_err());
            }
            prop_assert!(proof.verify(&root, &[key[0] ^ mask], value).is_err()
                || (value.is_none() && !present.contains(&(key[0] ^ mask))));
            for cut in 0..bytes.len() {
                prop_assert!(borsh::from_slice::<StateProof>(&bytes[..cut]).is_err());
            }
            prop_assert!(borsh::from_slice::<StateProof>(&[&bytes[..], &[0]].concat()).is_err());
        }
    }

    #[test]
    fn a_present_key_cannot_be_shown_absent((present, _) in keys()) {
        let tree = tree(&present);
        let root = tree.root();
        let (key, own) = ([present[0]], key_hash(&[present[0]]));
        let honest = tree.prove(1, &own).unwrap();
        for kept in 0..=honest.siblings().len() {
            // Cut the path short at any height, and end it in nothing or in any leaf of the tree.
            let siblings = honest.siblings()[honest.siblings().len() - kept..].to_vec();
            let forged = StateProof::new(Terminal::Empty, siblings.clone()).unwrap();
            prop_assert!(forged.verify(&root, &key, None).is_err());
            for other in &present {
                let (key_hash, value_hash) = (key_hash(&[*other]), value_hash(&[*other, *other]));
                let terminal = Terminal::OtherLeaf { key_hash, value_hash };
                let forged = StateProof::new(terminal, siblings.clone()).unwrap();
                prop_assert!(forged.verify(&root, &key, None).is_err());
                // Another leaf with its own true path.
                let path = tree.prove(1, &key_hash).unwrap().siblings().to_vec();
                let forged = StateProof::new(terminal, path).unwrap();
                prop_assert!(forged.verify(&root, &key, None).is_err());
            }
        }
    }

    #[test]
    fn an_absent_key_cannot_be_shown_present((present, absent) in keys(), value in any::<[u8; 2]>()) {
        let tree = tree(&present);
        let root = tree.root();
        for source in present.iter().chain([&absent]) {
            let siblings = tree.prove(1, &key_hash(&[*source])).unwrap().siblings().to_vec();
            let forged = StateProof::new(Terminal::Present, siblings).unwrap();
            let verdict = forged.verify(&root, &[absent], Some(&value));
            prop_assert!(matches!(verdict, Err(ProofError::RootMismatch { .. })), "{verdict:?}");
            prop_assert!(forged.verify(&root, &[absent], None).is_err());
        }
    }

    #[test]
    fn any_flipped_byte_of_a_log_proof_is_refused(size in 1_u64..40, at in any::<prop::sample::Index>(), mask in 1..=255_u8) {
        let (store, heads) = log_of(size);
        let index = at.index(usize::try_from(size).unwrap());
        let (head, old, index) = (heads[heads.len() - 1], heads[index], index as u64);
        let leaf = leaf_hash(&index.to_le_bytes());

        let inclusion = prove_inclusion(&store, index, size).unwrap();
        prop_assert_eq!(inclusion.verify(&leaf, index, &head), Ok(()));
        for bad in flips(&borsh::to_vec(&inclusion).unwrap(), mask) {
            let decoded = borsh::from_slice::<InclusionProof>(&bad);
            prop_assert!(decoded.map_or(true, |proof| proof.verify(&leaf, index, &head).is_err()));
        }
        for bad in flips(&leaf, mask) {
            prop_assert!(inclusion.verify(&bad.try_into().unwrap(), index, &head).is_err());
        }
        for other in (0..size + 2).filter(|other| *other != index) {
            prop_assert!(inclusion.verify(&leaf, other, &head).is_err(), "proved at {other} too");
        }

        let consistency = prove_consistency(&store, old.size, size).unwrap();
        prop_assert_eq!(consistency.verify(&old, &head), Ok(()));
        for bad in flips(&borsh::to_vec(&consistency).unwrap(), mask) {
            let decoded = borsh::from_slice::<ConsistencyProof>(&bad);
            prop_assert!(decoded.map_or(true, |proof| proof.verify(&old, &head).is_err()));
        }
        for bad in flips(&old.root, mask) {
            let bad = LogHead { root: bad.try_into().unwrap(), ..old };
            prop_assert!(consistency.verify(&bad, &head).is_err());
        }
        if old.size != 0 {
            for bad in flips(&head.root, mask) {
                let bad = LogHead { root: bad.try_into().unwrap(), ..head };
                prop_assert!(inclusion.verify(&leaf, index, &bad).is_err());
                prop_assert!(consistency.verify(&old, &bad).is_err());
            }
        }
    }
}

#[test]
fn equal_and_empty_logs_allow_no_path() {
    let (_, heads) = log_of(5);
    let refused = Err(LogError::PathLength { given: 1 });
    assert_eq!(
        verify_consistency(&heads[5], &heads[5], &[[0; 32]]),
        refused
    );
    assert_eq!(
        verify_consistency(&heads[0], &heads[5], &[heads[5].root]),
        refused
    );
    assert!(
        verify_consistency(
            &LogHead {
                size: 0,
                root: [0; 32]
            },
            &heads[5],
            &[]
        )
        .is_err()
    );
    assert!(
        verify_consistency(
            &LogHead {
                size: 5,
                root: [0; 32]
            },
            &heads[5],
            &[]
        )
        .is_err()
    );
}

#[test]
fn a_length_bomb_is_refused_before_memory_is_reserved() {
    let bomb = u32::MAX.to_le_bytes();
    assert!(borsh::from_slice::<StateProof>(&[&[1], &bomb[..]].concat()).is_err());
    assert!(borsh::from_slice::<InclusionProof>(&bomb).is_err());
    assert!(borsh::from_slice::<ConsistencyProof>(&bomb).is_err());
    assert!(borsh::from_slice::<Frontier>(&[&1_u64.to_le_bytes()[..], &bomb].concat()).is_err());
    // One sibling too many, all of them there.
    let mut long = vec![1];
    long.extend(257_u16.to_le_bytes());
    long.extend([0; 33 + 257 * 32]);
    let error = borsh::from_slice::<StateProof>(&long).unwrap_err();
    assert!(error.to_string().contains("too many siblings"), "{error}");
    assert!(StateProof::new(Terminal::Empty, vec![[0; 32]; 257]).is_none());
}

#[test]
fn a_state_proof_has_one_encoding() {
    let siblings = |number: u8| -> Vec<Hash> {
        let empty = |at: u8| at.is_multiple_of(3) || at == 8;
        let hash = |at| if empty(at) { EMPTY_ROOT } else { [at; 32] };
        (0..number).map(hash).collect()
    };
    for number in [0, 1, 7, 8, 9, 16, 21, 255] {
        let siblings = siblings(number);
        let empties = siblings.iter().filter(|hash| **hash == EMPTY_ROOT).count();
        let proof = StateProof::new(Terminal::Present, siblings.clone()).unwrap();
        let bytes = borsh::to_vec(&proof).unwrap();
        let bits = siblings.len().div_ceil(8);
        assert_eq!(bytes.len(), 3 + bits + 32 * (siblings.len() - empties));
        assert_eq!(borsh::from_slice::<StateProof>(&bytes).unwrap(), proof);
        if siblings.len() % 8 > 0 {
            let mut beyond = bytes.clone();
            beyond[2 + bits] |= 0x80;
            let error = borsh::from_slice::<StateProof>(&beyond).unwrap_err();
            assert!(error.to_string().contains("more of siblings"), "{error}");
        }
    }
    let mut sent = vec![0, 1, 0, 0];
    sent.extend(EMPTY_ROOT);
    let error = borsh::from_slice::<StateProof>(&sent).unwrap_err();
    assert!(error.to_string().contains("sends an empty"), "{error}");
}

#[test]
fn a_frontier_with_the_wrong_number_of_peaks_is_refused() {
    for (size, peaks) in [(0_u64, 1_u32), (1, 0), (3, 1), (4, 3), (u64::MAX, 63)] {
        let mut bytes = size.to_le_bytes().to_vec();
        bytes.extend(peaks.to_le_bytes());
        bytes.extend(vec![0; 32 * peaks as usize]);
        assert!(
            borsh::from_slice::<Frontier>(&bytes).is_err(),
            "size {size}, {peaks} peaks"
        );
    }
}
