//! Proofs against a state root, and their verifier.

use alloc::vec::Vec;
use core::fmt;

use borsh::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};

use super::rules::{self, EMPTY_ROOT, MAX_DEPTH, bit, internal_hash, leaf_hash};
use crate::Hash;
use crate::sha::Hex;

/// Largest encoded proof in bytes: the tag, another leaf, the count, a bit for each of 256 siblings, the siblings.
pub const MAX_STATE_PROOF_BYTES: usize = 1 + 64 + 2 + MAX_DEPTH / 8 + 32 * MAX_DEPTH;

/// What stands where the path of the key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Terminal {
    /// The key's own leaf (tag 0). Its hashes are not sent: the verifier computes them from the key and the value.
    Present,
    /// Nothing (tag 1): the key is absent.
    Empty,
    /// The leaf of another key (tag 2), alone in the subtree where this key would be: the key is absent.
    OtherLeaf {
        /// SHA-256 of the other key.
        key_hash: Hash,
        /// SHA-256 of its value.
        value_hash: Hash,
    },
}

/// Proof that a key has a value, or has none, under a state root.
///
/// # Encoding
///
/// borsh: one byte tag of [`Terminal`] (for tag 2 followed by the other leaf's key hash and value hash, 32 bytes each);
/// the number n of siblings as u16 little-endian, at most 256; ⌈n / 8⌉ bytes that say which siblings are empty: sibling
/// j is if bit j mod 8 (0 is the least significant) of byte ⌊j / 8⌋ is 1, and bits from n on are 0; the siblings that are
/// not empty, 32 bytes each, **from the deepest to the root's child**. Nothing may follow. An empty sibling stands for the
/// 32 bytes of [`EMPTY_ROOT`], and none that is sent may have these bytes, so that each proof has one encoding. Random keys
/// meet one empty sibling on average.
///
/// # Verifying
///
/// Given a trusted `root`, the bytes of `key`, and either the bytes of a `value` (claim: present) or none (claim:
/// absent). ‖ is concatenation, H is SHA-256, texts are ASCII.
///
/// 1. `k = H(key)`. Bit i of k (i = 0 … 255) is bit 7 − (i mod 8) of byte ⌊i / 8⌋: bit 0 is the most significant bit of
///    byte 0. Let n be the number of siblings; refuse if n > 256.
/// 2. The hash to start from:
///    - tag 0: refuse unless a value is claimed; `h = H("JMT::LeafNode" ‖ k ‖ H(value))`;
///    - tag 1: refuse if a value is claimed; `h = "SPARSE_MERKLE_PLACEHOLDER_HASH__"`, these 32 bytes themselves;
///    - tag 2 with (k′, v′): refuse if a value is claimed; refuse if k′ = k; refuse unless bits 0 … n − 1 of k′ equal
///      those of k; `h = H("JMT::LeafNode" ‖ k′ ‖ v′)`.
/// 3. For j = 0 … n − 1 with sibling s\[j\]: if bit n − 1 − j of k is 0, `h = H("JMT::IntrnalNode" ‖ h ‖ s[j])`, else
///    `h = H("JMT::IntrnalNode" ‖ s[j] ‖ h)`. (The tag has 16 bytes; the vowel is missing on purpose.)
/// 4. Accept if and only if `h = root`.
///
/// The same in Python:
///
/// ```python
/// from hashlib import sha256
/// def verify_state(root, key, value, proof):           # value None claims absence
///     k, tag, at, other = sha256(key).digest(), proof[0], 1, None
///     if tag > 2 or (tag == 0) != (value is not None): return False
///     if tag == 2: other, at = (proof[1:33], proof[33:65]), 65
///     empty_root = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
///     n = int.from_bytes(proof[at:at + 2], "little")
///     sent = at + 2 + (n + 7) // 8
///     empties = int.from_bytes(proof[at + 2:sent], "little")
///     if n > 256 or empties >> n: return False
///     if len(proof) != sent + 32 * (n - bin(empties).count("1")): return False
///     bit = lambda h, i: h[i // 8] >> (7 - i % 8) & 1
///     if tag == 0: h = sha256(b"JMT::LeafNode" + k + sha256(value).digest()).digest()
///     elif tag == 1: h = empty_root
///     else:
///         if other[0] == k or any(bit(other[0], i) != bit(k, i) for i in range(n)): return False
///         h = sha256(b"JMT::LeafNode" + other[0] + other[1]).digest()
///     for j in range(n):
///         s = empty_root
///         if not empties >> j & 1:
///             s, sent = proof[sent:sent + 32], sent + 32
///             if s == empty_root: return False
///         l, r = (s, h) if bit(k, n - 1 - j) else (h, s)
///         h = sha256(b"JMT::IntrnalNode" + l + r).digest()
///     return h == root
/// ```
///
/// # Why it is sound
///
/// Leaves, inner nodes and the empty subtree hash in disjoint domains, so under the root each position on the key's
/// path has one possible content. At the position where the proof ends there is the key's leaf, or nothing, or one
/// leaf that is alone in its subtree, which holds every key with that prefix. The three exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    terminal: Terminal,
    siblings: Vec<Hash>,
}

/// Why a state proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// A value is claimed, but the proof shows that the key is absent.
    ShowsAbsence,
    /// Absence is claimed, but the proof shows that the key has a value.
    ShowsPresence,
    /// Absence is claimed by the very leaf of the key.
    OwnLeaf,
    /// Absence is claimed by a leaf that does not stand on the key's path.
    LeafOffPath {
        /// Leading bits that the two key hashes would have to share.
        needed: usize,
    },
    /// The proof leads to another root: another state, key or value, or altered bytes.
    RootMismatch {
        /// The root it should lead to.
        expected: Hash,
        /// The root it leads to.
        computed: Hash,
    },
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShowsAbsence => f.write_str(
                "state proof refused: it shows that the key is absent, but a value is claimed",
            ),
            Self::ShowsPresence => f.write_str(
                "state proof refused: it shows that the key has a value, but absence is claimed",
            ),
            Self::OwnLeaf => {
                f.write_str("state proof refused: absence is claimed by the leaf of the key itself")
            }
            Self::LeafOffPath { needed } => write!(
                f,
                "state proof refused: absence is claimed by a leaf that does not share the key's first {needed} bits"
            ),
            Self::RootMismatch { expected, computed } => write!(
                f,
                "state proof refused: it leads to root {} instead of {}; fetch the proof again for the height of the trusted header",
                Hex(computed),
                Hex(expected)
            ),
        }
    }
}

impl core::error::Error for ProofError {}

impl StateProof {
    /// A proof from its parts; `None` with more than 256 siblings. `siblings` run from the deepest to the root's child.
    #[must_use]
    pub fn new(terminal: Terminal, siblings: Vec<Hash>) -> Option<Self> {
        (siblings.len() <= MAX_DEPTH).then_some(Self { terminal, siblings })
    }

    /// What stands where the key's path ends.
    #[must_use]
    pub const fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// The neighbours of the path, from the deepest to the root's child.
    #[must_use]
    pub fn siblings(&self) -> &[Hash] {
        &self.siblings
    }

    /// Accepts if under `root` the key has exactly this value (`Some`) or none (`None`). An empty value is a value.
    ///
    /// # Errors
    /// A [`ProofError`] that names the check that failed.
    pub fn verify(&self, root: &Hash, key: &[u8], value: Option<&[u8]>) -> Result<(), ProofError> {
        self.verify_hashes(
            root,
            &rules::key_hash(key),
            value.map(rules::value_hash).as_ref(),
        )
    }

    /// [`Self::verify`] for a caller that has the hashes of the key and the value.
    ///
    /// # Errors
    /// A [`ProofError`] that names the check that failed.
    pub fn verify_hashes(
        &self,
        root: &Hash,
        key_hash: &Hash,
        value_hash: Option<&Hash>,
    ) -> Result<(), ProofError> {
        let mut hash = self.terminal_hash(key_hash, value_hash)?;
        let depths = (0..self.siblings.len()).rev();
        for (sibling, depth) in self.siblings.iter().zip(depths) {
            hash = if bit(key_hash, depth) {
                internal_hash(sibling, &hash)
            } else {
                internal_hash(&hash, sibling)
            };
        }
        if hash == *root {
            Ok(())
        } else {
            Err(ProofError::RootMismatch {
                expected: *root,
                computed: hash,
            })
        }
    }

    fn terminal_hash(&self, key: &Hash, value: Option<&Hash>) -> Result<Hash, ProofError> {
        match (&self.terminal, value) {
            (Terminal::Present, Some(value)) => Ok(leaf_hash(key, value)),
            (Terminal::Present, None) => Err(ProofError::ShowsPresence),
            (_, Some(_)) => Err(ProofError::ShowsAbsence),
            (Terminal::Empty, None) => Ok(EMPTY_ROOT),
            (
                Terminal::OtherLeaf {
                    key_hash,
                    value_hash,
                },
                None,
            ) => {
                let needed = self.siblings.len();
                if key_hash == key {
                    return Err(ProofError::OwnLeaf);
                }
                if (0..needed).any(|depth| bit(key_hash, depth) != bit(key, depth)) {
                    return Err(ProofError::LeafOffPath { needed });
                }
                Ok(leaf_hash(key_hash, value_hash))
            }
        }
    }
}

/// Siblings that one byte describes.
const PER_BYTE: usize = 8;

fn invalid(why: &'static str) -> IoError {
    IoError::new(ErrorKind::InvalidData, why)
}

impl BorshSerialize for StateProof {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.terminal.serialize(writer)?;
        let count = u16::try_from(self.siblings.len());
        count
            .map_err(|_| invalid("too many siblings in a state proof"))?
            .serialize(writer)?;
        for eight in self.siblings.chunks(PER_BYTE) {
            let bits = eight.iter().rev().fold(0_u8, |bits, sibling| {
                bits.wrapping_shl(1) | u8::from(*sibling == EMPTY_ROOT)
            });
            bits.serialize(writer)?;
        }
        let mut sent = self.siblings.iter().filter(|hash| **hash != EMPTY_ROOT);
        sent.try_for_each(|hash| writer.write_all(hash))
    }
}

impl BorshDeserialize for StateProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let terminal = Terminal::deserialize_reader(reader)?;
        let count = usize::from(u16::deserialize_reader(reader)?);
        if count > MAX_DEPTH {
            return Err(invalid("too many siblings in a state proof"));
        }
        let mut empties = Vec::with_capacity(count.div_ceil(PER_BYTE));
        for _ in 0..count.div_ceil(PER_BYTE) {
            empties.push(u8::deserialize_reader(reader)?);
        }
        let mut siblings = Vec::with_capacity(count);
        for byte in empties {
            let mut bits = byte;
            for _ in 0..PER_BYTE.min(count.saturating_sub(siblings.len())) {
                siblings.push(sibling(bits & 1 == 1, reader)?);
                bits = bits.wrapping_shr(1);
            }
            if bits != 0 {
                return Err(invalid("a state proof says more of siblings than it has"));
            }
        }
        Ok(Self { terminal, siblings })
    }
}

fn sibling<R: Read>(empty: bool, reader: &mut R) -> IoResult<Hash> {
    if empty {
        return Ok(EMPTY_ROOT);
    }
    let hash = Hash::deserialize_reader(reader)?;
    if hash == EMPTY_ROOT {
        return Err(invalid("a state proof sends an empty sibling"));
    }
    Ok(hash)
}
