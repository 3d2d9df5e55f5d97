//! Folds: the transactions of a block executed in order on the committed state. PrepareProposal,
//! ProcessProposal and FinalizeBlock of one block fold once and share it here.

use std::collections::VecDeque;

use bytes::Bytes;
use nexus_machine::{Block, BlockContext, Misbehaviour, decode_tx, signatures};
use nexus_types::action::ActionKind;
use nexus_types::{Hash, Tx};

use super::room::{Room, framed};
use super::{Decided, StateView};
use crate::sigs::{CachedSigs, SigItem};

/// What a fold depends on: height, time, evidence, transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key(Hash);

pub(super) fn key(
    context: BlockContext,
    misbehaviour: &[Misbehaviour],
    txs: impl Iterator<Item = Hash>,
) -> Key {
    let mut bytes = context.height.to_be_bytes().to_vec();
    bytes.extend(context.time.0.to_be_bytes());
    for fault in misbehaviour {
        bytes.extend(fault.validator);
        bytes.extend(fault.height.to_be_bytes());
    }
    bytes.extend([0xff; 32]);
    txs.for_each(|hash| bytes.extend(hash.0));
    Key(Hash::of(&bytes))
}

/// The bounded cache.
pub(super) struct Folds {
    capacity: usize,
    kept: VecDeque<(Key, Block)>,
}

impl Folds {
    /// Keeps at most `capacity` folds.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            kept: VecDeque::new(),
        }
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        self.kept.iter().any(|(kept, _)| kept == key)
    }

    pub(super) fn insert(&mut self, key: Key, block: Block) {
        if self.capacity == 0 || self.contains(&key) {
            return;
        }
        if self.kept.len() >= self.capacity {
            self.kept.pop_front();
        }
        self.kept.push_back((key, block));
    }

    pub(super) fn take(&mut self, key: &Key) -> Option<Block> {
        let position = self.kept.iter().position(|(kept, _)| kept == key)?;
        self.kept.remove(position).map(|(_, block)| block)
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// Executes every transaction; total over any bytes.
pub(super) fn all(view: &StateView, decided: &Decided<'_>, sigs: &CachedSigs) -> Block {
    prewarm(view, decided.txs, sigs);
    let mut block = Block::begin(view, decided.context, &decided.misbehaviour);
    for tx in decided.txs {
        block.execute(view, tx, sigs);
    }
    block
}

/// Executes every transaction if all are admissible; otherwise says which was not, and why.
pub(super) fn strict(
    view: &StateView,
    decided: &Decided<'_>,
    sigs: &CachedSigs,
) -> Result<Block, (usize, String)> {
    prewarm(view, decided.txs, sigs);
    let mut block = Block::begin(view, decided.context, &decided.misbehaviour);
    for (position, tx) in decided.txs.iter().enumerate() {
        if let Err(refusal) = block.try_execute(view, tx, sigs) {
            return Err((position, refusal.to_string()));
        }
    }
    Ok(block)
}

/// Chooses from candidates, in order, what is admissible and fits into `max_bytes`. A quarter of the
/// block is kept for rights actions as long as some wait: a flood of others cannot delay them (law §1).
///
/// The candidates are a whole mempool: only those that may fit are looked at closely.
pub(super) fn choose(
    view: &StateView,
    context: BlockContext,
    misbehaviour: &[Misbehaviour],
    candidates: Vec<Bytes>,
    max_bytes: usize,
    sigs: &CachedSigs,
) -> (Vec<Bytes>, Block) {
    let candidates: Vec<(Bytes, bool)> = candidates
        .into_iter()
        .map(|tx| {
            let right = has_reserved_room(&tx);
            (tx, right)
        })
        .collect();
    let rights = candidates.iter().filter(|(_, right)| *right);
    let waiting = rights.map(|(tx, _)| framed(tx)).sum();
    let mut room = Room::new(max_bytes, waiting);
    let mut block = Block::begin(view, context, misbehaviour);
    let mut chosen = Vec::new();
    let mut candidates = candidates.into_iter();
    loop {
        let window = next_window(&mut candidates, room);
        if window.is_empty() {
            return (chosen, block);
        }
        prewarm(view, window.iter().map(|(tx, _)| tx), sigs);
        for (tx, right) in window {
            let size = framed(&tx);
            if room.fits(size, right) && block.try_execute(view, &tx, sigs).is_ok() {
                room.take(size, right);
                chosen.push(tx);
            }
        }
    }
}

/// The next candidates that fill the room, should all of them be admissible.
fn next_window(
    candidates: &mut impl Iterator<Item = (Bytes, bool)>,
    mut room: Room,
) -> Vec<(Bytes, bool)> {
    let mut window = Vec::new();
    while !room.is_full() {
        let Some((tx, right)) = candidates.next() else {
            break;
        };
        if room.fits(framed(&tx), right) {
            room.take(framed(&tx), right);
            window.push((tx, right));
        }
    }
    window
}

pub(super) fn has_reserved_room(tx: &[u8]) -> bool {
    Tx::kind_of(tx).is_some_and(ActionKind::has_reserved_room)
}

/// Verifies the block's signatures together before they are asked for one by one.
fn prewarm<'a>(view: &StateView, txs: impl IntoIterator<Item = &'a Bytes>, sigs: &CachedSigs) {
    let decoded = txs.into_iter().filter_map(|tx| decode_tx(tx).ok());
    let items: Vec<SigItem> = decoded.flat_map(|tx| items(view, &tx)).collect();
    sigs.prewarm(&items);
}

/// The signatures of one transaction, as the batch verifier takes them.
pub(super) fn items(view: &StateView, tx: &Tx) -> Vec<SigItem> {
    signatures(tx, view)
        .into_iter()
        .map(|item| SigItem {
            key: item.key,
            message: item.message,
            signature: item.signature,
        })
        .collect()
}
