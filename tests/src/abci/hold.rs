//! Stopping one frame at a chosen moment.

use super::call::Kind;
use crate::wait::PATIENCE;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// On which side of the application's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// CometBFT has asked; the application does not know yet.
    Before,
    /// The application has answered; CometBFT does not know yet.
    After,
}

/// One side of one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// On which side.
    pub side: Side,
    /// Of which call.
    pub kind: Kind,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{side} {}", self.kind)
    }
}

/// What becomes of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It goes on its way.
    Pass,
    /// It goes nowhere, and its connection ends with it: one end of it is dead.
    Drop,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Armed,
    Caught(Option<u64>),
    Decided(Fate),
}

/// At most one moment is waited for at a time.
#[derive(Debug, Default)]
pub(super) struct Trap {
    set: Mutex<Option<(Moment, Stage)>>,
    changed: Condvar,
}

impl Trap {
    fn set(&self) -> MutexGuard<'_, Option<(Moment, Stage)>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next frame of this kind would be held.
    pub(super) fn waits_for(&self, moment: Moment) -> bool {
        *self.set() == Some((moment, Stage::Armed))
    }

    /// A frame comes by. Returns when it is known what becomes of it.
    pub(super) fn pass(&self, moment: Moment, height: Option<u64>) -> Fate {
        let mut set = self.set();
        if *set != Some((moment, Stage::Armed)) {
            return Fate::Pass;
        }
        *set = Some((moment, Stage::Caught(height)));
        self.changed.notify_all();
        let held = |set: &mut Option<_>| matches!(set, Some((_, Stage::Caught(_))));
        let mut set = self
            .changed
            .wait_while(set, held)
            .unwrap_or_else(PoisonError::into_inner);
        let decided = set.take();
        self.changed.notify_all();
        match decided {
            Some((_, Stage::Decided(fate))) => fate,
            _ => Fate::Drop,
        }
    }

    pub(super) fn arm(self: &Arc<Self>, moment: Moment) -> Hold {
        let mut set = self.set();
        assert!(set.is_none(), "{moment}: another moment is waited for");
        *set = Some((moment, Stage::Armed));
        drop(set);
        Hold {
            trap: Arc::clone(self),
            moment,
        }
    }
}

/// One moment that is waited for. When it goes, so does a frame that it holds, and its connection.
#[derive(Debug)]
pub struct Hold {
    trap: Arc<Trap>,
    moment: Moment,
}

impl Hold {
    /// Waits until a frame is held; returns the height it is about, if it says one.
    ///
    /// # Panics
    /// If none ever comes.
    #[must_use]
    pub fn caught(&self) -> Option<u64> {
        let armed = |set: &mut Option<_>| matches!(set, Some((_, Stage::Armed)));
        let waited = self
            .trap
            .changed
            .wait_timeout_while(self.trap.set(), PATIENCE, armed);
        let (set, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match *set {
            Some((_, Stage::Caught(height))) => height,
            _ => panic!("{}: it never came", self.moment),
        }
    }

    /// Whether a frame is held by now.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        matches!(*self.trap.set(), Some((_, Stage::Caught(_))))
    }

    /// Lets the frame go on its way.
    pub fn release(self) {
        self.decide(Fate::Pass);
    }

    fn decide(&self, fate: Fate) {
        let mut set = self.trap.set();
        match *set {
            Some((moment, Stage::Caught(_))) => *set = Some((moment, Stage::Decided(fate))),
            Some((_, Stage::Armed)) => *set = None,
            Some((_, Stage::Decided(_))) | None => {}
        }
        self.trap.changed.notify_all();
        // The trap is free again once the frame's thread has taken note.
        let decided = |set: &mut Option<_>| matches!(set, Some((_, Stage::Decided(_))));
        let waited = self.trap.changed.wait_while(set, decided);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.decide(Fate::Drop);
    }
}
