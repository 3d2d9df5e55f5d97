//! How soon a connection is read again.
//!
//! CometBFT sends a CheckTx as soon as it has one, so under load each would be read, checked and answered by itself: a
//! wake-up, two system calls and an unbatched signature for every transaction. A connection that carries CheckTx many
//! times a second is therefore read a little later, and what came in the meantime is checked together. A caller that sends
//! the next CheckTx only after the answer to the last gains nothing by it; as soon as one wait brought no second, waiting
//! pauses.

use std::thread;
use std::time::{Duration, Instant};

/// From one read to the next while CheckTx keep coming: 5 ms, at 2,500 a second a dozen together, and little beside the
/// second that a block takes.
const BETWEEN_READS: Duration = Duration::from_millis(5);

/// So many at once are a batch already: more would make their signatures hardly cheaper.
const ENOUGH: usize = 32;

/// Reads without waiting after a wait that brought nothing.
const PAUSE: u32 = 256;

/// The pace of one connection.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When it was last about to be read.
    last: Option<Instant>,
    /// Whether it was read later for the sake of a batch.
    waited: bool,
    pause: u32,
}

impl Pace {
    /// Called before each read with the number of CheckTx that the last one brought; returns when it is time to read.
    pub(super) fn wait(&mut self, checked: usize) {
        let now = Instant::now();
        if let Some(rest) = self.rest(checked, now) {
            thread::sleep(rest);
        }
        self.last = Some(if self.waited { Instant::now() } else { now });
    }

    /// How long to wait at `now`, if at all.
    fn rest(&mut self, checked: usize, now: Instant) -> Option<Duration> {
        if std::mem::take(&mut self.waited) && checked < 2 {
            self.pause = PAUSE;
        }
        if checked == 0 || checked >= ENOUGH {
            return None;
        }
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let since = now.saturating_duration_since(self.last?);
        let rest = BETWEEN_READS
            .checked_sub(since)
            .filter(|rest| !rest.is_zero());
        self.waited = rest.is_some();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pace that was last read just now.
    fn read_at(now: Instant) -> Pace {
        Pace {
            last: Some(now),
            ..Pace::default()
        }
    }

    #[test]
    fn a_first_read_and_one_without_check_tx_wait_for_nothing() {
        let now = Instant::now();
        assert_eq!(Pace::default().rest(1, now), None);
        assert_eq!(read_at(now).rest(0, now), None);
    }

    #[test]
    fn check_tx_close_together_are_read_together() {
        let now = Instant::now();
        let mut pace = read_at(now);
        let soon = now + Duration::from_millis(1);
        assert_eq!(pace.rest(1, soon), Some(Duration::from_millis(4)));
        pace.last = Some(soon);
        assert_eq!(pace.rest(7, soon), Some(BETWEEN_READS));
        assert_eq!(pace.rest(ENOUGH, soon), None, "a batch already");
        assert_eq!(pace.rest(7, soon + BETWEEN_READS), None, "far apart");
    }

    #[test]
    fn a_caller_that_waits_for_each_answer_is_not_held_up_for_long() {
        let now = Instant::now();
        let mut pace = read_at(now);
        assert_eq!(pace.rest(1, now), Some(BETWEEN_READS));
        for read in 0..PAUSE {
            assert_eq!(pace.rest(1, now), None, "read {read}");
        }
        assert_eq!(pace.rest(1, now), Some(BETWEEN_READS), "and tries again");
    }
}
