//! What became of each transaction, counted while the load runs.

use nexus_sdk::api::codes::InterfaceCode;
use nexus_types::Code;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What handing a transaction in came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It was taken.
    Accepted,
    /// It was refused, with that code or in those words.
    Refused(String),
    /// Nobody knows.
    Lost(String),
}

impl Fate {
    /// Whether the same bytes may be taken in a moment: a rate, or room for what waits.
    pub(super) fn is_for_now(&self) -> bool {
        let passing = [
            InterfaceCode::RateLimited.number(),
            InterfaceCode::MempoolFull.number(),
            Code::PendingLimit.number(),
        ];
        match self {
            Self::Refused(why) => passing.iter().any(|code| *why == format!("NX{code:04}")),
            Self::Accepted | Self::Lost(_) => false,
        }
    }
}

/// A block that was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SeenBlock {
    pub(super) height: u64,
    /// The time in its header, microseconds since 1970.
    pub(super) time_us: u64,
    /// Transactions in it, all of them.
    pub(super) transactions: u64,
    /// Since the load began; none for blocks before it.
    pub(super) seen: Option<Duration>,
}

/// Counters shared by lanes and watcher.
#[derive(Clone)]
pub(super) struct Tally {
    inner: Arc<Mutex<Counts>>,
}

/// The counters.
pub(super) struct Counts {
    /// Hashes of transactions that are waited for, by their place in the schedule.
    waiting: HashMap<[u8; 32], usize>,
    pub(super) began: Option<Instant>,
    pub(super) sent: u64,
    pub(super) accepted: u64,
    pub(super) refused: BTreeMap<String, u64>,
    /// Refusals for the moment, after which the same bytes were handed in again.
    pub(super) pushed_back: BTreeMap<String, u64>,
    pub(super) lost: BTreeMap<String, u64>,
    /// By place in the schedule: when its block was seen, since the load began.
    pub(super) committed: Vec<Option<Duration>>,
    pub(super) committed_count: u64,
    pub(super) blocks: Vec<SeenBlock>,
    /// How late the generator itself woke up.
    pub(super) timer_lag: Vec<Duration>,
    /// How long transactions waited for a free connection, beyond the generator's own lag.
    pub(super) queueing: Duration,
}

impl Tally {
    /// Waits for these hashes.
    pub(super) fn new(hashes: impl Iterator<Item = [u8; 32]>) -> Self {
        let waiting: HashMap<_, _> = hashes
            .enumerate()
            .map(|(place, hash)| (hash, place))
            .collect();
        let counts = Counts {
            committed: vec![None; waiting.len()],
            waiting,
            began: None,
            sent: 0,
            accepted: 0,
            refused: BTreeMap::new(),
            pushed_back: BTreeMap::new(),
            lost: BTreeMap::new(),
            committed_count: 0,
            blocks: Vec::new(),
            timer_lag: Vec::new(),
            queueing: Duration::ZERO,
        };
        Self {
            inner: Arc::new(Mutex::new(counts)),
        }
    }

    /// The counters; they are plain numbers, so that a panic elsewhere leaves them usable.
    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The load begins now.
    pub(super) fn begin(&self) -> Instant {
        let now = Instant::now();
        self.counts().began = Some(now);
        now
    }

    /// What handing in came to.
    pub(super) fn told(&self, fates: Vec<Fate>) {
        let mut counts = self.counts();
        for fate in fates {
            counts.sent = counts.sent.saturating_add(1);
            match fate {
                Fate::Accepted => counts.accepted = counts.accepted.saturating_add(1),
                Fate::Refused(why) => count(&mut counts.refused, why),
                Fate::Lost(why) => count(&mut counts.lost, why),
            }
        }
    }

    /// Bytes that were refused for the moment, and will be handed in again.
    pub(super) fn pushed_back(&self, fate: Fate) {
        if let Fate::Refused(why) = fate {
            count(&mut self.counts().pushed_back, why);
        }
    }

    /// A block that was just seen, with its transactions.
    pub(super) fn block(&self, mut block: SeenBlock, hashes: impl Iterator<Item = [u8; 32]>) {
        let mut counts = self.counts();
        let seen = counts.began.map(|began| began.elapsed());
        block.seen = seen;
        for hash in hashes {
            let place = counts.waiting.remove(&hash);
            if let Some(slot) = place.and_then(|place| counts.committed.get_mut(place)) {
                *slot = Some(seen.unwrap_or_default());
                counts.committed_count = counts.committed_count.saturating_add(1);
            }
        }
        counts.blocks.push(block);
    }

    /// Whether everything that may still come has come.
    pub(super) fn is_settled(&self) -> bool {
        let counts = self.counts();
        let lost: u64 = counts.lost.values().sum();
        counts.committed_count >= counts.accepted.saturating_add(lost)
    }
}

fn count(by: &mut BTreeMap<String, u64>, why: String) {
    let one = by.entry(why).or_default();
    *one = one.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transaction_is_committed_once_and_strangers_are_only_counted_in_the_block() {
        let tally = Tally::new([[1; 32], [2; 32]].into_iter());
        tally.begin();
        tally.told(vec![Fate::Accepted, Fate::Refused(String::from("NX4002"))]);
        assert!(!tally.is_settled());
        let full = Fate::Refused(String::from("NX4004"));
        assert!(full.is_for_now() && !Fate::Accepted.is_for_now());
        assert!(!Fate::Refused(String::from("NX1041")).is_for_now());
        tally.pushed_back(full);
        let block = SeenBlock {
            height: 7,
            time_us: 1,
            transactions: 3,
            seen: None,
        };
        tally.block(block, [[1; 32], [9; 32], [1; 32]].into_iter());
        assert!(tally.is_settled());
        let counts = tally.counts();
        assert_eq!(
            (counts.sent, counts.accepted, counts.committed_count),
            (2, 1, 1)
        );
        assert_eq!(counts.refused["NX4002"], 1);
        assert_eq!(counts.pushed_back["NX4004"], 1);
        assert!(counts.committed[0].is_some() && counts.committed[1].is_none());
        assert!(counts.blocks[0].seen.is_some());
    }
}
