//! The rules: when a node has stood still, and when two states differ. Values in, verdicts out; nobody is asked here.

use std::time::Duration;

use nexus_types::Hash;

/// A look later than this after the one before says that this process was paused, not that time passed for the node.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// A header that more than two thirds of the validators' power stands behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// Its height.
    pub(crate) height: u64,
    /// The app hash it carries: what the state after the block below it has.
    pub(crate) app_hash: Hash,
    /// Whether the block is decided. Prevotes alone prove what the validators computed, not that they went on.
    pub(crate) decided: bool,
    /// Who showed it.
    pub(crate) from: String,
}

/// Two states after one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    /// The block's height.
    pub(crate) height: u64,
    /// The app hash this node computed.
    pub(crate) ours: Hash,
    /// The app hash in the header above, which the validators signed.
    pub(crate) theirs: Hash,
    /// Who showed that header.
    pub(crate) from: String,
}

/// Compares a proven header with what this node computed after the block below it, if it still knows.
pub(crate) fn compare(
    proven: &Proven,
    ours: impl FnOnce(u64) -> Option<Hash>,
) -> Option<Divergence> {
    let height = proven.height.checked_sub(1)?;
    let ours = ours(height)?;
    (ours != proven.app_hash).then(|| Divergence {
        height,
        ours,
        theirs: proven.app_hash,
        from: proven.from.clone(),
    })
}

/// How this node's height relates to the network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has no block yet, or had one lately.
    Moving,
    /// No block for a while, and nobody proves that there is one: perhaps the whole network stands.
    Still,
    /// The network provably has the next block.
    Behind,
    /// It has had it for so long that this node will not get there by itself.
    Frozen,
}

/// Follows this node's height.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    frozen_after: Duration,
    height: Option<u64>,
    /// Since the height changed, pauses of this process left out.
    unchanged: Duration,
    /// Since the next block was first proven, pauses left out.
    behind: Option<Duration>,
}

impl Pace {
    pub(crate) fn new(frozen_after: Duration) -> Self {
        Self {
            frozen_after,
            height: None,
            unchanged: Duration::ZERO,
            behind: None,
        }
    }

    /// One look at this node's height, `step` after the one before. Any change is progress: forward while it catches
    /// up, backward when somebody rolled it back.
    pub(crate) fn see(&mut self, height: Option<u64>, step: Duration) {
        if height != self.height {
            self.height = height;
            self.unchanged = Duration::ZERO;
            self.behind = None;
            return;
        }
        let step = step.min(LONGEST_STEP);
        self.unchanged = self.unchanged.saturating_add(step);
        self.behind = self.behind.map(|behind| behind.saturating_add(step));
    }

    /// The network proves a decided block of that height.
    pub(crate) fn proven(&mut self, height: u64) {
        if self.height.is_some_and(|own| height > own) {
            self.behind.get_or_insert(Duration::ZERO);
        }
    }

    pub(crate) fn unchanged(&self) -> Duration {
        self.unchanged
    }

    /// `still_after` without a block is worth a word.
    pub(crate) fn standing(&self, still_after: Duration) -> Standing {
        match (self.height, self.behind) {
            (None, _) => Standing::Moving,
            (Some(_), Some(behind)) if behind >= self.frozen_after => Standing::Frozen,
            (Some(_), Some(_)) => Standing::Behind,
            (Some(_), None) if self.unchanged >= still_after => Standing::Still,
            (Some(_), None) => Standing::Moving,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const STILL: Duration = Duration::from_secs(30);

    fn pace() -> Pace {
        Pace::new(Duration::from_secs(60))
    }

    fn stand(pace: &mut Pace, height: u64, seconds: u64) {
        for _ in 0..seconds {
            pace.see(Some(height), SECOND);
        }
    }

    #[test]
    fn a_node_is_frozen_only_when_the_next_block_was_proven_long_ago() {
        let mut pace = pace();
        stand(&mut pace, 7, 20);
        assert_eq!(pace.standing(STILL), Standing::Moving);
        pace.proven(7);
        assert_eq!(
            pace.standing(STILL),
            Standing::Moving,
            "that is its own block"
        );
        pace.proven(8);
        stand(&mut pace, 7, 59);
        assert_eq!(pace.standing(STILL), Standing::Behind);
        stand(&mut pace, 7, 1);
        assert_eq!(pace.standing(STILL), Standing::Frozen);
    }

    #[test]
    fn a_network_that_stands_as_a_whole_freezes_nobody() {
        let mut pace = pace();
        stand(&mut pace, 7, 100_000);
        assert_eq!(pace.standing(STILL), Standing::Still);
    }

    #[test]
    fn catching_up_is_not_standing_still() {
        let mut pace = pace();
        for height in 1..100 {
            stand(&mut pace, height, 50);
            pace.proven(1_000);
            assert_eq!(pace.standing(STILL), Standing::Behind);
        }
    }

    #[test]
    fn a_node_without_a_block_waits_for_ever() {
        let mut pace = pace();
        for _ in 0..1_000 {
            pace.see(None, SECOND);
            pace.proven(1_000);
        }
        assert_eq!(pace.standing(STILL), Standing::Moving);
    }

    #[test]
    fn a_pause_of_this_process_is_not_time_of_the_node() {
        let mut pace = pace();
        pace.see(Some(7), SECOND);
        pace.proven(8);
        pace.see(Some(7), Duration::from_secs(3_600));
        assert_eq!(pace.standing(STILL), Standing::Behind);
    }

    #[test]
    fn a_header_is_compared_with_the_state_below_it() {
        let proven = |app_hash| Proven {
            height: 8,
            app_hash,
            decided: true,
            from: "http://a.example:26700".to_owned(),
        };
        let ours = |height| {
            assert_eq!(height, 7);
            Some(Hash([1; 32]))
        };
        assert_eq!(compare(&proven(Hash([1; 32])), ours), None);
        let found = compare(&proven(Hash([2; 32])), ours).expect("they differ");
        assert_eq!((found.height, found.theirs), (7, Hash([2; 32])));
        let forgotten = compare(&proven(Hash([2; 32])), |_| None);
        assert_eq!(forgotten, None, "what is not known is not judged");
    }
}
