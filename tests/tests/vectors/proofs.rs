//! state_proofs.json, logs.json, app_hash.json.

use crate::people::genesis;
use crate::scenario::Scenario;
use crate::spelled::number;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{
    ConsistencyProof, Frontier, InclusionProof, LogHead, leaf_hash, prove_consistency,
    prove_inclusion, root_at,
};
use nexus_tree::smt::{EMPTY_ROOT, SparseMerkleTree, StateProof, Terminal, key_hash, value_hash};
use nexus_types::constants::constants_hash;
use nexus_types::encoding::encode;
use nexus_types::log::ChainLog;
use nexus_types::{Hash, decode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) fn state(story: &Scenario) -> Value {
    let pairs: Pairs = story
        .chain
        .state
        .iter()
        .map(|(key, value)| (key.as_bytes().to_vec(), value.clone()))
        .collect();
    let mut cases = Vec::new();
    let small: Pairs = [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), Vec::new())].into();
    for (of, pairs) in [
        ("no key", Pairs::new()),
        ("two keys", small),
        ("the vectors' chain", pairs),
    ] {
        let tree = tree(&pairs);
        let root = tree.root();
        let some = pairs.iter().step_by(7).take(4);
        for (key, value) in some {
            let proof = prove(&tree, key);
            cases.push(case(
                &format!("a value of {of}"),
                &root,
                key,
                Some(value),
                &proof,
            ));
            cases.extend(tampered(of, &root, key, value, &proof));
        }
        for key in absent(&tree) {
            let proof = prove(&tree, &key);
            let how = if matches!(proof.terminal(), Terminal::Empty) {
                "nothing"
            } else {
                "another leaf"
            };
            cases.push(case(
                &format!("absence by {how} in {of}"),
                &root,
                &key,
                None,
                &proof,
            ));
            cases.push(case(
                &format!("a value claimed where {how} is in {of}"),
                &root,
                &key,
                Some(b""),
                &proof,
            ));
        }
    }
    json!({
        "about": "Proofs under a state root. `value` null claims that the key has none. `proof` is the proof's borsh form.",
        "cases": cases,
    })
}

fn tree(pairs: &Pairs) -> SparseMerkleTree {
    let leaves = pairs
        .iter()
        .map(|(key, value)| (key_hash(key), value_hash(value)));
    SparseMerkleTree::from_leaves(1, leaves).unwrap()
}

fn prove(tree: &SparseMerkleTree, key: &[u8]) -> StateProof {
    tree.prove(1, &key_hash(key)).unwrap()
}

/// Two keys that are absent, where the tree is large enough one by an empty slot and one by another leaf.
fn absent(tree: &SparseMerkleTree) -> Vec<Vec<u8>> {
    let candidates = || {
        (0u32..)
            .map(|number| format!("absent {number}").into_bytes())
            .take(64)
    };
    let ends = |empty: bool| {
        candidates().find(|key| matches!(prove(tree, key).terminal(), Terminal::Empty) == empty)
    };
    [ends(true), ends(false)].into_iter().flatten().collect()
}

fn case(
    name: &str,
    root: &[u8; 32],
    key: &[u8],
    value: Option<&[u8]>,
    proof: &StateProof,
) -> Value {
    raw(name, root, key, value, &encode(proof))
}

fn raw(name: &str, root: &[u8; 32], key: &[u8], value: Option<&[u8]>, proof: &[u8]) -> Value {
    let valid =
        decode::<StateProof>(proof).is_ok_and(|proof| proof.verify(root, key, value).is_ok());
    json!({
        "name": name,
        "root": hex::encode(root),
        "key": hex::encode(key),
        "value": value.map(hex::encode),
        "proof": hex::encode(proof),
        "valid": valid,
    })
}

/// The proof with an empty sibling's bytes in their place, and its bit cleared.
fn with_empty_sent(bytes: &[u8], empty: usize, proof: &StateProof) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[3 + empty / 8] ^= 1 << (empty % 8);
    let before = proof.siblings()[..empty].iter();
    let sent = before.filter(|hash| **hash != EMPTY_ROOT).count();
    let at = 3 + proof.siblings().len().div_ceil(8) + sent * 32;
    bytes.splice(at..at, EMPTY_ROOT);
    bytes
}

fn tampered(of: &str, root: &[u8; 32], key: &[u8], value: &[u8], proof: &StateProof) -> Vec<Value> {
    let bytes = encode(proof);
    let name = |what: &str| format!("{what}, {of}");
    let other = [value, b"!"].concat();
    let own = Terminal::OtherLeaf {
        key_hash: key_hash(key),
        value_hash: value_hash(value),
    };
    let own = StateProof::new(own, proof.siblings().to_vec()).unwrap();
    let mut all = vec![
        case(&name("another value"), root, key, Some(&other), proof),
        case(
            &name("absence claimed with the proof of a value"),
            root,
            key,
            None,
            proof,
        ),
        case(
            &name("absence claimed by the key's own leaf"),
            root,
            key,
            None,
            &own,
        ),
        raw(
            &name("a byte too many"),
            root,
            key,
            Some(value),
            &[&bytes[..], &[0]].concat(),
        ),
        raw(
            &name("a byte too few"),
            root,
            key,
            Some(value),
            &bytes[..bytes.len() - 1],
        ),
        raw(
            &name("a tag of 3"),
            root,
            key,
            Some(value),
            &[&[3][..], &bytes[1..]].concat(),
        ),
        raw(
            &name("257 siblings"),
            root,
            key,
            Some(value),
            &[&[0, 1, 1][..], &[0; 33 + 257 * 32]].concat(),
        ),
    ];
    let spare = proof.siblings().len() % 8;
    if spare > 0 {
        // The last byte of the row of bits follows the tag and the count.
        let at = 2 + proof.siblings().len().div_ceil(8);
        let mut marked = bytes.clone();
        marked[at] |= 0x80;
        all.push(raw(
            &name("an empty sibling beyond the last"),
            root,
            key,
            Some(value),
            &marked,
        ));
    }
    if let Some(empty) = proof.siblings().iter().position(|hash| *hash == EMPTY_ROOT) {
        all.push(raw(
            &name("an empty sibling sent"),
            root,
            key,
            Some(value),
            &with_empty_sent(&bytes, empty, proof),
        ));
    }
    if !proof.siblings().is_empty() {
        let mut siblings = proof.siblings().to_vec();
        siblings[0][31] ^= 1;
        let forged = StateProof::new(Terminal::Present, siblings).unwrap();
        all.push(case(
            &name("a sibling altered"),
            root,
            key,
            Some(value),
            &forged,
        ));
        let fewer = StateProof::new(Terminal::Present, proof.siblings()[1..].to_vec()).unwrap();
        all.push(case(
            &name("a sibling left out"),
            root,
            key,
            Some(value),
            &fewer,
        ));
        let off = Terminal::OtherLeaf {
            key_hash: key_hash(b"elsewhere").map(|byte| !byte),
            value_hash: [0; 32],
        };
        let off = StateProof::new(off, proof.siblings().to_vec()).unwrap();
        all.push(case(
            &name("absence claimed by a leaf that is elsewhere"),
            root,
            key,
            None,
            &off,
        ));
    }
    all
}

/// Leaves of the log vectors.
const LEAVES: u64 = 21;

pub(crate) fn logs() -> Value {
    let record = |index: u64| format!("record {index}").into_bytes();
    let (mut frontier, mut nodes) = (Frontier::new(), BTreeMap::new());
    for index in 0..LEAVES {
        for node in frontier.append(leaf_hash(&record(index))).unwrap() {
            nodes.insert((node.level, node.index), node.hash);
        }
    }
    let head = |size: u64| LogHead {
        size,
        root: root_at(&nodes, size).unwrap(),
    };
    let roots: Vec<Value> = (0..=LEAVES)
        .map(|size| json!({"size": number(size), "root": hex::encode(head(size).root)}))
        .collect();
    let mut inclusion = Vec::new();
    for (index, size) in [
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (0, 7),
        (4, 7),
        (6, 7),
        (3, 8),
        (7, 8),
        (8, 9),
        (16, 21),
        (20, 21),
    ] {
        let proof = prove_inclusion(&nodes, index, size).unwrap();
        inclusion.push(included(
            "",
            index,
            &record(index),
            &head(size),
            &encode(&proof),
        ));
        inclusion.push(included(
            "another record: ",
            index,
            b"?",
            &head(size),
            &encode(&proof),
        ));
        inclusion.push(included(
            "beyond the end: ",
            size,
            &record(index),
            &head(size),
            &encode(&proof),
        ));
        let mut paths = vec![("a hash too many: ", [proof.path(), &[[0; 32]]].concat())];
        if size > 1 {
            let mut flipped = proof.path().to_vec();
            flipped[0][0] ^= 1;
            paths.push(("a hash altered: ", flipped));
            paths.push(("a hash too few: ", proof.path()[1..].to_vec()));
        }
        for (how, path) in paths {
            inclusion.push(included(
                how,
                index,
                &record(index),
                &head(size),
                &encode(&path),
            ));
        }
    }
    let mut consistency = Vec::new();
    for (old, new) in [
        (0, 0),
        (0, 5),
        (1, 1),
        (1, 2),
        (2, 3),
        (3, 7),
        (4, 8),
        (6, 8),
        (7, 8),
        (8, 21),
        (13, 21),
        (16, 17),
        (21, 21),
    ] {
        let proof = prove_consistency(&nodes, old, new).unwrap();
        consistency.push(consistent("", &head(old), &head(new), &encode(&proof)));
        let mut wrong = head(old);
        wrong.root[9] ^= 1;
        consistency.push(consistent(
            "another earlier root: ",
            &wrong,
            &head(new),
            &encode(&proof),
        ));
        consistency.push(consistent(
            "a hash too many: ",
            &head(old),
            &head(new),
            &encode(&[proof.path(), &[[0; 32]]].concat()),
        ));
        if old < new {
            consistency.push(consistent(
                "backwards: ",
                &head(new),
                &head(old),
                &encode(&proof),
            ));
        }
    }
    json!({
        "about": "RFC 6962 logs of the records `record 0`, `record 1`, … (ASCII). `proof` is the proof's borsh form.",
        "roots": roots,
        "inclusion": inclusion,
        "consistency": consistency,
    })
}

fn included(how: &str, index: u64, record: &[u8], head: &LogHead, proof: &[u8]) -> Value {
    let valid = decode::<InclusionProof>(proof)
        .is_ok_and(|proof| proof.verify(&leaf_hash(record), index, head).is_ok());
    json!({
        "name": format!("{how}{index} of {}", head.size),
        "record": hex::encode(record),
        "index": number(index),
        "size": number(head.size),
        "root": hex::encode(head.root),
        "proof": hex::encode(proof),
        "valid": valid,
    })
}

fn consistent(how: &str, old: &LogHead, new: &LogHead, proof: &[u8]) -> Value {
    let valid = decode::<ConsistencyProof>(proof).is_ok_and(|proof| proof.verify(old, new).is_ok());
    json!({
        "name": format!("{how}{} to {}", old.size, new.size),
        "old_size": number(old.size),
        "old_root": hex::encode(old.root),
        "new_size": number(new.size),
        "new_root": hex::encode(new.root),
        "proof": hex::encode(proof),
        "valid": valid,
    })
}

pub(crate) fn app_hash(story: &Scenario) -> Value {
    let chain = &story.chain;
    let all: Vec<Value> = chain
        .preimages
        .iter()
        .enumerate()
        .filter(|(height, _)| height % 9 == 0)
        .map(|(height, preimage)| {
            json!({
                "height": number(height as u64),
                "preimage": nexus_sdk::api::PreimageView::from(preimage),
                "bytes": hex::encode(preimage.bytes()),
                "borsh": hex::encode(encode(preimage)),
                "app_hash": hex::encode(preimage.hash()),
                "next_header_app_hash": next_header(chain, height),
            })
        })
        .collect();
    let delays = genesis().state.delays;
    json!({
        "about": "Preimages of the app hash after some heights of the vectors' chain, and what goes into them.",
        "constants_hash": constants_hash().to_string(),
        "delays": {
            "approval_ms": number(delays.approval_ms),
            "name_lock_ms": number(delays.name_lock_ms),
            "registration_ms": number(delays.registration_ms),
            "silence_ms": number(delays.silence_ms),
            "bytes": hex::encode(encode(&delays)),
            "hash": Hash::tagged("nexus/delays/v1", &[&encode(&delays)]).to_string(),
        },
        "genesis": {
            "document": hex::encode(encode(&genesis())),
            "hash": genesis().hash().to_string(),
        },
        "logs": ChainLog::ALL.map(nexus_sdk::api::log_name),
        "cases": all,
    })
}

fn next_header(chain: &crate::chain::Chain, height: usize) -> Option<String> {
    let stated = chain
        .blocks
        .get(height)
        .map(|made| made.header.app_hash.as_bytes().to_vec());
    let expected = chain.preimages.get(height).map(AppHashPreimage::hash);
    if let (Some(stated), Some(expected)) = (&stated, expected) {
        assert_eq!(*stated, expected);
    }
    stated.map(hex::encode)
}
