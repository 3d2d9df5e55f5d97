//! Whoever counts what the application does.

use std::time::Duration;

use super::SnapshotEvent;

/// What one committed block was, for whoever counts.
#[derive(Clone, Debug)]
pub struct CommittedBlock {
    /// Its height.
    pub height: u64,
    /// Its time in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The code of each transaction, in order.
    pub codes: Vec<u32>,
    /// From the request of `FinalizeBlock` to its answer.
    pub finalize: Duration,
    /// The write of `Commit`.
    pub commit: Duration,
}

/// Told what the application does; decides nothing.
pub trait Observer: Send + Sync {
    /// A run of `CheckTx` was answered with these codes.
    fn checked(&self, codes: &[u32]);
    /// A block was committed.
    fn committed(&self, block: &CommittedBlock);
    /// A snapshot was made, left out, or failed.
    fn snapshot(&self, _: SnapshotEvent) {}
}

/// Observes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn checked(&self, _: &[u32]) {}
    fn committed(&self, _: &CommittedBlock) {}
}
