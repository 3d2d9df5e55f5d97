//! How much room there is: in the mempool, in what CometBFT hands to a proposer, and in a block.
//!
//! Rights actions and agents' reports must get in however many others wait (law §1). Three limits do it together (docs/adr/0010):
//!
//! 1. CometBFT hands a proposer the head of its mempool, as much as a block could hold. The genesis sets that to
//!    [`BLOCK_MAX_BYTES`], which is more than the whole mempool: a proposer always sees all that waits.
//! 2. CheckTx lets ordinary transactions fill three quarters of the mempool: a right always finds room in it.
//! 3. A block holds [`BLOCK_TXS_BYTES`] of transactions, of which ordinary ones leave a quarter to the rights that wait.
//!    Validators reject a proposal that holds more.

use nexus_genesis::{BLOCK_MAX_BYTES, EVIDENCE_MAX_BYTES};
use nexus_types::limits::BLOCK_TXS_BYTES;

/// Transactions in CometBFT's mempool: a few blocks full.
pub const MEMPOOL_TXS: usize = 20_000;

/// Bytes of transactions in CometBFT's mempool: seven blocks full, so that what enters is decided within about ten
/// seconds, and all of it fits into what a proposer is handed.
pub const MEMPOOL_BYTES: usize = 7 * 1024 * 1024;

/// Bytes that a block's protobuf adds to a transaction: tag and length (at most 1 + 3 below 2 MiB).
pub(super) const FRAME_BYTES: usize = 4;

/// Bytes of a block beside transactions and evidence: its header, and the commit of 64 validators (about 7 KiB).
const HEADER_AND_COMMIT_BYTES: usize = 64 * 1024;

const _: () = assert!(
    MEMPOOL_BYTES
        + MEMPOOL_TXS * FRAME_BYTES
        + EVIDENCE_MAX_BYTES as usize
        + HEADER_AND_COMMIT_BYTES
        <= BLOCK_MAX_BYTES as usize,
    "a proposer must be handed the whole mempool"
);

/// No transaction is smaller: the network it is for and one signature take more. With less room left, a block is full.
const SMALLEST: usize = 128;

/// What is left of a block.
#[derive(Clone, Copy)]
pub(super) struct Room {
    all: usize,
    ordinary: usize,
}

impl Room {
    /// A block of at most `max_bytes` (and never more than the law's), with the rights that wait taking `rights` bytes.
    pub(super) fn new(max_bytes: usize, rights: usize) -> Self {
        let all = max_bytes.min(BLOCK_TXS_BYTES);
        Self {
            all,
            ordinary: all - rights.min(all / 4),
        }
    }

    pub(super) fn fits(&self, size: usize, right: bool) -> bool {
        size <= self.all && (right || size <= self.ordinary)
    }

    /// Takes what [`Self::fits`].
    pub(super) fn take(&mut self, size: usize, right: bool) {
        self.all = self.all.saturating_sub(size);
        if !right {
            self.ordinary = self.ordinary.saturating_sub(size);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.all < SMALLEST
    }
}

/// Bytes of a transaction in a block.
pub(super) fn framed(tx: &[u8]) -> usize {
    tx.len().saturating_add(FRAME_BYTES)
}

/// Whether the transactions of a block exceed what the law gives them.
pub(super) fn is_oversized(txs: &[bytes::Bytes]) -> bool {
    let total = txs
        .iter()
        .fold(0_usize, |sum, tx| sum.saturating_add(framed(tx)));
    total > BLOCK_TXS_BYTES
}

/// How full the mempool is with ordinary transactions, as far as they passed CheckTx here.
#[derive(Clone, Copy, Default)]
pub(super) struct Ordinary {
    pub(super) txs: usize,
    pub(super) bytes: usize,
}

impl Ordinary {
    /// Whether one more would take the room that is kept for rights.
    pub(super) fn would_crowd(&self, size: usize) -> bool {
        self.txs >= MEMPOOL_TXS / 4 * 3 || self.bytes.saturating_add(size) > MEMPOOL_BYTES / 4 * 3
    }

    pub(super) fn add(&mut self, size: usize) {
        self.txs = self.txs.saturating_add(1);
        self.bytes = self.bytes.saturating_add(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_transactions_leave_a_quarter_to_the_rights_that_wait_and_no_more() {
        for (waiting, ordinary) in [(0, 1_000), (100, 900), (250, 750), (5_000, 750)] {
            let room = Room::new(1_000, waiting);
            assert!(room.fits(ordinary, false) && !room.fits(ordinary + 1, false));
            assert!(room.fits(1_000, true) && !room.fits(1_001, true));
        }
        let mut room = Room::new(1_000, 250);
        room.take(750, false);
        assert!(!room.fits(1, false) && room.fits(250, true) && !room.is_full());
        room.take(250, true);
        assert!(room.is_full() && !room.fits(1, true));
    }

    #[test]
    fn no_block_is_given_more_than_the_law_gives() {
        let room = Room::new(usize::MAX, 0);
        assert!(room.fits(BLOCK_TXS_BYTES, false) && !room.fits(BLOCK_TXS_BYTES + 1, true));
        let tx = bytes::Bytes::from(vec![0; BLOCK_TXS_BYTES / 2 - FRAME_BYTES]);
        assert!(!is_oversized(&[tx.clone(), tx.clone()]));
        assert!(is_oversized(&[tx.clone(), tx, bytes::Bytes::new()]));
    }

    #[test]
    fn ordinary_transactions_fill_three_quarters_of_either_limit() {
        let mut ordinary = Ordinary::default();
        for _ in 0..MEMPOOL_TXS / 4 * 3 {
            assert!(!ordinary.would_crowd(100));
            ordinary.add(100);
        }
        assert!(ordinary.would_crowd(0), "as many as may wait");
        let mut ordinary = Ordinary::default();
        ordinary.add(MEMPOOL_BYTES / 4 * 3 - 10);
        assert!(!ordinary.would_crowd(10) && ordinary.would_crowd(11));
    }
}
