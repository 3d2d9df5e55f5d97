//! The logs against RFC 6962: Certificate Transparency's published test data, the RFC's own example, and a naive
//! implementation written from its text.

use std::collections::BTreeMap;

use nexus_tree::Hash;
use nexus_tree::log::{
    Frontier, LogError, LogHead, NodeReader, empty_root, leaf_hash, node_hash, prove_consistency,
    prove_inclusion, root_at, root_of, root_of_sorted_set, verify_inclusion,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// Certificate Transparency's eight test records and the roots of their first 0 … 8.
const RECORDS: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Its published node hashes by level, the root's aside.
const NODES: [&[&str]; 3] = [
    &[
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    ],
    &[
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    ],
    &[
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
];

struct Log {
    nodes: BTreeMap<(u8, u64), Hash>,
    heads: Vec<LogHead>,
    leaves: Vec<Hash>,
}

fn log_of(records: impl IntoIterator<Item = Vec<u8>>) -> Log {
    let mut frontier = Frontier::new();
    let mut log = Log {
        nodes: BTreeMap::new(),
        heads: vec![frontier.head()],
        leaves: vec![],
    };
    for record in records {
        let leaf = leaf_hash(&record);
        for node in frontier.append(leaf).unwrap() {
            assert!(
                log.nodes
                    .insert((node.level, node.index), node.hash)
                    .is_none(),
                "completed twice"
            );
        }
        log.leaves.push(leaf);
        log.heads.push(frontier.head());
    }
    log
}

fn published() -> Log {
    log_of(RECORDS.map(|record| hex::decode(record).unwrap()))
}

/// RFC 6962 §2.1, §2.1.1, §2.1.2 as written, over records.
mod rfc {
    use super::*;

    pub(super) fn split(n: usize) -> usize {
        let mut k = 1;
        while k * 2 < n {
            k *= 2;
        }
        k
    }

    pub(super) fn mth(d: &[Vec<u8>]) -> Hash {
        match d {
            [] => Sha256::digest(b"").into(),
            [one] => Sha256::digest([&[0x00], one.as_slice()].concat()).into(),
            _ => {
                let k = split(d.len());
                Sha256::digest([&[0x01], &mth(&d[..k])[..], &mth(&d[k..])[..]].concat()).into()
            }
        }
    }

    pub(super) fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
        if d.len() == 1 {
            return vec![];
        }
        let k = split(d.len());
        let (mut path, last) = if m < k {
            (path(m, &d[..k]), mth(&d[k..]))
        } else {
            (path(m - k, &d[k..]), mth(&d[..k]))
        };
        path.push(last);
        path
    }

    pub(super) fn proof(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
        subproof(m, d, true)
    }

    fn subproof(m: usize, d: &[Vec<u8>], complete: bool) -> Vec<Hash> {
        if m == d.len() {
            return if complete { vec![] } else { vec![mth(d)] };
        }
        let k = split(d.len());
        let (mut proof, last) = if m <= k {
            (subproof(m, &d[..k], complete), mth(&d[k..]))
        } else {
            (subproof(m - k, &d[k..], false), mth(&d[..k]))
        };
        proof.push(last);
        proof
    }
}

#[test]
fn roots_and_nodes_are_those_published_by_certificate_transparency() {
    let log = published();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(
            hex::encode(log.heads[size].root),
            *root,
            "root at size {size}"
        );
        assert_eq!(hex::encode(root_of(&log.leaves[..size])), *root);
        assert_eq!(
            hex::encode(root_at(&log.nodes, size as u64).unwrap()),
            *root
        );
    }
    for (level, nodes) in (0..).zip(NODES) {
        for (index, node) in (0..).zip(nodes) {
            assert_eq!(
                log.nodes.node(level, index).map(hex::encode).as_deref(),
                Some(*node)
            );
        }
    }
    assert_eq!(log.nodes.len(), 15);
    assert_eq!(LogHead::empty(), log.heads[0]);
}

#[test]
fn proofs_are_those_of_the_example_in_rfc_6962_section_2_1_3() {
    // Seven leaves d0 … d6 with nodes a b c d e f j (leaves), g h i (pairs), k (first four), l (the rest).
    let log = published();
    let node = |level: usize, index: usize| NODES[level][index].to_owned();
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| node(0, index));
    let [e, f, j] = [4, 5, 6].map(|index| node(0, index));
    let [g, h, i] = [0, 1, 2].map(|index| node(1, index));
    let k = node(2, 0);
    let l = hex::encode(node_hash(&log.nodes[&(1, 2)], &log.nodes[&(0, 6)]));
    let path = |index| {
        prove_inclusion(&log.nodes, index, 7)
            .unwrap()
            .path()
            .iter()
            .map(hex::encode)
            .collect::<Vec<_>>()
    };
    assert_eq!(path(0), [b, h.clone(), l.clone()]);
    assert_eq!(path(3), [c.clone(), g.clone(), l.clone()]);
    assert_eq!(path(4), [f, j.clone(), k.clone()]);
    assert_eq!(path(6), [i.clone(), k.clone()]);
    let proof = |old| {
        prove_consistency(&log.nodes, old, 7)
            .unwrap()
            .path()
            .iter()
            .map(hex::encode)
            .collect::<Vec<_>>()
    };
    assert_eq!(proof(3), [c, d, g, l.clone()]);
    assert_eq!(proof(4), [l]);
    assert_eq!(proof(6), [i, j, k]);
    assert_ne!(a, e);
}

#[test]
fn every_proof_up_to_70_leaves_is_the_rfcs_and_verifies() {
    let records: Vec<Vec<u8>> = (0..70_u8).map(|i| vec![i; usize::from(i % 5)]).collect();
    let log = log_of(records.clone());
    for size in 1..=records.len() {
        let head = log.heads[size];
        assert_eq!(
            head,
            LogHead {
                size: size as u64,
                root: rfc::mth(&records[..size])
            }
        );
        for index in 0..size {
            let proof = prove_inclusion(&log.nodes, index as u64, size as u64).unwrap();
            assert_eq!(proof.path(), rfc::path(index, &records[..size]));
            proof
                .verify(&log.leaves[index], index as u64, &head)
                .unwrap();
        }
        for old in 1..=size {
            let proof = prove_consistency(&log.nodes, old as u64, size as u64).unwrap();
            assert_eq!(proof.path(), rfc::proof(old, &records[..size]));
            proof.verify(&log.heads[old], &head).unwrap();
        }
        let from_nothing = prove_consistency(&log.nodes, 0, size as u64).unwrap();
        from_nothing.verify(&log.heads[0], &head).unwrap();
    }
}

/// A log of equal leaves: any node is known from its level, so that logs of any size can be tested.
struct Uniform([Hash; 64]);

impl Uniform {
    fn new() -> Self {
        let mut levels = [leaf_hash(b"same"); 64];
        for level in 1..64 {
            levels[level] = node_hash(&levels[level - 1], &levels[level - 1]);
        }
        Self(levels)
    }
}

impl NodeReader for Uniform {
    fn node(&self, level: u8, _index: u64) -> Option<Hash> {
        self.0.get(usize::from(level)).copied()
    }
}

/// Any number of bits, not only many.
fn any_size() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64_u32).prop_map(|(wide, shift)| (wide >> shift).max(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn logs_of_random_records_agree_with_the_rfc(
        records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..70),
        at in any::<prop::sample::Index>(),
        earlier in any::<prop::sample::Index>(),
    ) {
        let log = log_of(records.clone());
        let size = earlier.index(records.len()) + 1;
        let index = at.index(size);
        let (old, head) = (log.heads[at.index(size) + 1], log.heads[size]);
        prop_assert_eq!(head.root, rfc::mth(&records[..size]));
        let inclusion = prove_inclusion(&log.nodes, index as u64, size as u64).unwrap();
        prop_assert_eq!(inclusion.path(), rfc::path(index, &records[..size]));
        prop_assert_eq!(inclusion.verify(&log.leaves[index], index as u64, &head), Ok(()));
        let consistency = prove_consistency(&log.nodes, old.size, head.size).unwrap();
        prop_assert_eq!(consistency.verify(&old, &head), Ok(()));
        // A rewritten history is caught.
        let mut rewritten = records.clone();
        rewritten[index].push(1);
        let forked = LogHead { root: rfc::mth(&rewritten[..size]), ..head };
        prop_assert!(consistency.verify(&old, &forked).is_err());
    }

    #[test]
    fn proofs_hold_at_any_size_of_64_bits(size in any_size(), index in any::<u64>(), old in any::<u64>()) {
        let log = Uniform::new();
        let (index, old) = (index % size, old % size + 1);
        let head = |size| LogHead { size, root: root_at(&log, size).unwrap() };
        let inclusion = prove_inclusion(&log, index, size).unwrap();
        prop_assert_eq!(inclusion.verify(&leaf_hash(b"same"), index, &head(size)), Ok(()));
        prop_assert!(inclusion.verify(&leaf_hash(b"other"), index, &head(size)).is_err());
        let consistency = prove_consistency(&log, old, size).unwrap();
        prop_assert_eq!(consistency.verify(&head(old), &head(size)), Ok(()));
        let longer = [inclusion.path(), &[[0; 32]]].concat();
        let verdict = verify_inclusion(&leaf_hash(b"same"), index, size, &longer, &head(size).root);
        prop_assert_eq!(verdict, Err(LogError::PathLength { given: longer.len() }));
        if let Some((_, shorter)) = inclusion.path().split_last() {
            let verdict = verify_inclusion(&leaf_hash(b"same"), index, size, shorter, &head(size).root);
            prop_assert_eq!(verdict, Err(LogError::PathLength { given: shorter.len() }));
        }
    }

    #[test]
    fn verifiers_survive_any_input(
        index in any::<u64>(), size in any_size(), old in any::<u64>(),
        path in proptest::collection::vec(any::<Hash>(), 0..70), root in any::<Hash>(),
    ) {
        prop_assert!(verify_inclusion(&root, index, size, &path, &root).is_err() || (size == 1 && path.is_empty()));
        let (old, new) = (LogHead { size: old, root }, LogHead { size, root: [0; 32] });
        prop_assert!(nexus_tree::log::verify_consistency(&old, &new, &path).is_err());
    }
}

#[test]
fn a_full_log_refuses_another_record() {
    let peaks: Vec<Hash> = Uniform::new().0.into_iter().rev().collect();
    let mut frontier = Frontier::from_parts(u64::MAX, peaks).unwrap();
    let before = frontier.clone();
    assert_eq!(frontier.append(leaf_hash(b"same")), Err(LogError::Full));
    assert_eq!(frontier, before);
    assert_eq!(frontier.root(), root_at(&Uniform::new(), u64::MAX).unwrap());
}

#[test]
fn a_frontier_resumes_from_its_bytes() {
    let mut whole = Frontier::new();
    for i in 0..50_u8 {
        let bytes = borsh::to_vec(&whole).unwrap();
        let mut resumed: Frontier = borsh::from_slice(&bytes).unwrap();
        assert_eq!(
            resumed.append(leaf_hash(&[i])),
            whole.append(leaf_hash(&[i]))
        );
        assert_eq!(resumed, whole);
    }
}

#[test]
fn requests_beyond_the_log_are_refused() {
    let log = published();
    assert_eq!(
        prove_inclusion(&log.nodes, 7, 7),
        Err(LogError::IndexBeyondSize { index: 7, size: 7 })
    );
    assert_eq!(
        prove_inclusion(&log.nodes, 0, 9),
        Err(LogError::MissingNode { level: 0, index: 8 })
    );
    assert_eq!(
        prove_consistency(&log.nodes, 8, 7),
        Err(LogError::SizesReversed { old: 8, new: 7 })
    );
}

#[test]
fn a_set_has_one_root_and_must_be_sorted() {
    let items = ["alpha", "beta", "gamma"];
    let leaves = items.map(|item| leaf_hash(item.as_bytes()));
    assert_eq!(root_of_sorted_set(&items), Ok(root_of(&leaves)));
    assert_eq!(root_of_sorted_set::<&str>(&[]), Ok(empty_root()));
    assert_eq!(
        root_of_sorted_set(&["b", "a"]),
        Err(LogError::NotSorted { position: 1 })
    );
    assert_eq!(
        root_of_sorted_set(&["a", "b", "b"]),
        Err(LogError::NotSorted { position: 2 })
    );
}
