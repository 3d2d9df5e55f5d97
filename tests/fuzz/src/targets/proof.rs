//! Proofs against a tree and a log whose truth is known: what verifies is true, and is the proof that an honest node
//! gives.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use nexus_tree::Hash;
use nexus_tree::log::{
    ConsistencyProof, Frontier, InclusionProof, LogHead, leaf_hash, prove_consistency,
    prove_inclusion,
};
use nexus_tree::smt::{SparseMerkleTree, StateProof, key_hash, value_hash};

use super::Target;
use crate::mutate::{self, Bytes, Random};

pub(super) const TARGET: Target = Target {
    name: "proof",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 1024,
};

/// Records of the log; sizes 0 to this are tried.
const RECORDS: u8 = 40;

/// Bytes in front of the proof: kind, then what is claimed.
const CLAIM_BYTES: usize = 7;

/// What an input claims. Its last part is the proof.
#[derive(Clone, Copy)]
struct Claim {
    kind: u8,
    /// Which of 32 keys the tree has.
    present: u32,
    /// The key, the record's index, or the old size.
    at: u8,
    /// The value: none for 0. For a log, what is added to the true record or head.
    value: u8,
}

impl Claim {
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (claim, proof) = bytes.split_at_checked(CLAIM_BYTES)?;
        let [kind, a, b, c, d, at, value] = claim.try_into().ok()?;
        let claim = Self {
            kind,
            present: u32::from_le_bytes([a, b, c, d]),
            at,
            value,
        };
        Some((claim, proof))
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.kind];
        bytes.extend(self.present.to_le_bytes());
        bytes.extend([self.at, self.value]);
        bytes
    }

    /// The size of the log.
    fn size(self) -> u8 {
        self.present.to_le_bytes()[0] % (RECORDS + 1)
    }

    /// The proof that an honest node gives for this, as bytes.
    fn honest(self) -> Vec<u8> {
        let (nodes, _) = log();
        let size = u64::from(self.size());
        let proof = match self.kind % 4 {
            0 => borsh::to_vec(&tree(self.present).prove(1, &key_hash(&[self.at]))),
            1 => prove_inclusion(nodes, self.at.into(), size)
                .map_or(Ok(Vec::new()), |it| borsh::to_vec(&it)),
            2 => prove_consistency(nodes, self.at.into(), size)
                .map_or(Ok(Vec::new()), |it| borsh::to_vec(&it)),
            _ => borsh::to_vec(&frontier(self.size())),
        };
        let proof = proof.expect("memory");
        // borsh's option: one byte in front.
        if self.kind.is_multiple_of(4) {
            proof[1..].to_vec()
        } else {
            proof
        }
    }
}

fn run(bytes: &[u8]) {
    let Some((claim, proof)) = Claim::read(bytes) else {
        return;
    };
    match claim.kind % 4 {
        0 => state(claim, proof),
        1 => inclusion(claim, proof),
        2 => consistency(claim, proof),
        _ => peaks(proof),
    }
}

fn state(claim: Claim, bytes: &[u8]) {
    let Ok(proof) = borsh::from_slice::<StateProof>(bytes) else {
        return;
    };
    assert_eq!(borsh::to_vec(&proof).expect("memory"), bytes);
    let tree = tree(claim.present);
    let value = [claim.value; 2];
    let value = (claim.value != 0).then_some(&value[..]);
    if proof.verify(&tree.root(), &[claim.at], value).is_err() {
        return;
    }
    let present = claim.at < 32 && claim.present >> claim.at & 1 == 1;
    let truth = present.then(|| claim.at + 1);
    assert_eq!(value.map(|value| value[0]), truth, "a false claim verifies");
    assert_eq!(bytes, claim.honest(), "a second proof of one claim");
}

fn inclusion(claim: Claim, bytes: &[u8]) {
    let Ok(proof) = borsh::from_slice::<InclusionProof>(bytes) else {
        return;
    };
    assert_eq!(borsh::to_vec(&proof).expect("memory"), bytes);
    let (_, heads) = log();
    let head = heads[usize::from(claim.size())];
    let leaf = leaf_hash(&[claim.at.wrapping_add(claim.value)]);
    if proof.verify(&leaf, claim.at.into(), &head).is_err() {
        return;
    }
    assert!(
        claim.at < claim.size() && claim.value == 0,
        "a false claim verifies"
    );
    assert_eq!(bytes, claim.honest(), "a second proof of one claim");
}

fn consistency(claim: Claim, bytes: &[u8]) {
    let Ok(proof) = borsh::from_slice::<ConsistencyProof>(bytes) else {
        return;
    };
    assert_eq!(borsh::to_vec(&proof).expect("memory"), bytes);
    let (_, heads) = log();
    let new = heads[usize::from(claim.size())];
    let mut old = heads[usize::from(claim.at % (RECORDS + 1))];
    old.root[0] ^= claim.value;
    if proof.verify(&old, &new).is_err() {
        return;
    }
    assert!(
        claim.value == 0 && old.size <= new.size,
        "a false claim verifies"
    );
    let claim = Claim {
        at: claim.at % (RECORDS + 1),
        ..claim
    };
    assert_eq!(bytes, claim.honest(), "a second proof of one claim");
}

fn peaks(bytes: &[u8]) {
    let Ok(mut peaks) = borsh::from_slice::<Frontier>(bytes) else {
        return;
    };
    assert_eq!(borsh::to_vec(&peaks).expect("memory"), bytes);
    let before = peaks.size();
    if peaks.append([1; 32]).is_ok() {
        assert_eq!(peaks.size(), before + 1);
    }
}

/// Key i is the byte i, its value the byte i + 1 twice.
fn tree(present: u32) -> SparseMerkleTree {
    let keys = (0..32_u8).filter(|key| present >> key & 1 == 1);
    let leaves = keys.map(|key| (key_hash(&[key]), value_hash(&[key + 1; 2])));
    SparseMerkleTree::from_leaves(1, leaves).expect("different keys")
}

type Nodes = BTreeMap<(u8, u64), Hash>;

/// Record i is the byte i. Its nodes, and its heads at each size.
fn log() -> &'static (Nodes, Vec<LogHead>) {
    static LOG: OnceLock<(Nodes, Vec<LogHead>)> = OnceLock::new();
    LOG.get_or_init(|| {
        let (mut peaks, mut nodes) = (Frontier::new(), Nodes::new());
        let mut heads = vec![peaks.head()];
        for record in 0..RECORDS {
            for node in peaks.append(leaf_hash(&[record])).expect("a short log") {
                nodes.insert((node.level, node.index), node.hash);
            }
            heads.push(peaks.head());
        }
        (nodes, heads)
    })
}

fn frontier(size: u8) -> Frontier {
    let mut peaks = Frontier::new();
    for record in 0..size {
        peaks.append(leaf_hash(&[record])).expect("a short log");
    }
    peaks
}

fn seeds() -> Vec<Vec<u8>> {
    let claims = (0..4).flat_map(|kind| {
        let claim = move |present: u32, at: u8, value: u8| Claim {
            kind,
            present,
            at,
            value,
        };
        [
            claim(0x0000_0001, 0, 1),
            claim(0x8000_0005, 2, 3),
            claim(0xffff_ff07, 7, 0),
            claim(0xffff_ff28, 9, 10),
            claim(0x0f0f_0f28, 31, 0),
            claim(0x0000_0009, 8, 0),
        ]
    });
    claims
        .map(|claim| [claim.bytes(), claim.honest()].concat())
        .collect()
}

/// Half of the time an honest proof for another claim, else one byte of the proof, or a whole hash that goes or comes
/// twice with its count.
fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let Some((mut claim, proof)) = Claim::read(&data[..size]) else {
        return bytes(data, size, max);
    };
    let mut proof = proof.to_vec();
    match random.below(6) {
        0 => return bytes(data, size, max),
        1 | 2 => {
            claim.present ^= 1 << random.below(32);
            claim.at = random.below(42) as u8;
            claim.value = [0, claim.at.wrapping_add(1), 1][random.below(3)];
            proof = claim.honest();
        }
        3 => claim.value = [0, claim.at.wrapping_add(1), 1][random.below(3)],
        4 => mutate::bytes(&mut proof, 0, bytes),
        _ => another_length(&mut proof, random),
    }
    mutate::put(data, size, max, &[claim.bytes(), proof].concat())
}

/// Removes or repeats one hash at the end, where the proof's list is, and sets the count before it right.
fn another_length(proof: &mut Vec<u8>, random: &mut Random) {
    let hashes = proof.len() / 32;
    let Some(at) = proof.len().checked_sub(hashes * 32 + 4) else {
        return;
    };
    let count = if random.once_in(2) && hashes > 0 {
        proof.truncate(proof.len() - 32);
        hashes - 1
    } else {
        let last: Vec<u8> = proof.iter().rev().take(32).rev().copied().collect();
        if last.len() < 32 {
            return;
        }
        proof.extend(last);
        hashes + 1
    };
    proof[at..at + 4].copy_from_slice(&(count as u32).to_le_bytes());
}
