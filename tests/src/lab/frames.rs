//! Frames on their way: in the order of their arrival times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Frames that may be on their way to one port at once: 150 ms of a gigabit of full frames. More are lost, as in any
/// switch.
const CAPACITY: usize = 16_384;

/// Frames to one port, each with the moment at which it arrives.
#[derive(Debug, Default)]
pub(super) struct Frames {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Earliest first; of two that arrive at once, the one that was sent first.
    frames: BinaryHeap<Reverse<(Instant, u64, Vec<u8>)>>,
    sent: u64,
    ended: bool,
}

impl Frames {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame that arrives at this moment; false if there is no room.
    pub(super) fn send(&self, arrives: Instant, frame: Vec<u8>) -> bool {
        let mut waiting = self.lock();
        if waiting.frames.len() >= CAPACITY {
            return false;
        }
        waiting.sent += 1;
        let number = waiting.sent;
        waiting.frames.push(Reverse((arrives, number, frame)));
        self.changed.notify_one();
        true
    }

    /// The next frame that arrives, when it does; nothing once the port is closed.
    pub(super) fn receive(&self) -> Option<Vec<u8>> {
        let mut waiting = self.lock();
        loop {
            if waiting.ended {
                return None;
            }
            let now = Instant::now();
            let next = waiting.frames.peek().map(|Reverse((at, ..))| *at);
            waiting = match next {
                Some(at) if at <= now => {
                    return waiting.frames.pop().map(|Reverse((_, _, frame))| frame);
                }
                Some(at) => {
                    let waited = self.changed.wait_timeout(waiting, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.changed.wait(waiting);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Closes the port: whoever waits is told.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }
}
