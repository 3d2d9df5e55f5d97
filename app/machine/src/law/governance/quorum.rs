//! Who votes, and when a vote is decided (law §9): one organisation, one seat, one vote.

use crate::law::seats;
use crate::view::View;
use alloc::vec::Vec;
use nexus_types::governance::{GovernanceChange, GovernanceKind, GovernanceProposal, Register};
use nexus_types::state::{DelayProfile, Seat};

/// The votes on a proposal, of seats that have one now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Count {
    pub(super) all: usize,
    pub(super) yes: usize,
    pub(super) no: usize,
}

/// What a count comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decision {
    Undecided,
    Passed,
    /// It could not pass even if every other seat were for it.
    Rejected,
}

impl Count {
    /// Two thirds of the seats, rounded up.
    fn needed(self) -> usize {
        self.all.saturating_mul(2).div_ceil(3)
    }

    pub(super) fn decision(self) -> Decision {
        if self.all > 0 && self.yes >= self.needed() {
            Decision::Passed
        } else if self.all.saturating_sub(self.no) < self.needed() {
            Decision::Rejected
        } else {
            Decision::Undecided
        }
    }

    /// Whether five sixths of the seats are for it.
    fn is_overwhelming(self) -> bool {
        self.yes.saturating_mul(6) >= self.all.saturating_mul(5)
    }
}

/// The seats that vote on a change: those with power, but for the one that it changes, unless there is no other.
pub(super) fn electorate(view: &dyn View, change: &GovernanceChange) -> Vec<Seat> {
    let (own, others): (Vec<Seat>, Vec<Seat>) = seats::all(view)
        .into_iter()
        .filter(|seat| seat.power > 0)
        .partition(|seat| change.seat() == Some(&seat.key));
    if others.is_empty() { own } else { others }
}

/// Counts votes by organisation, whatever key spoke for it and whatever key its validator has.
pub(super) fn count(view: &dyn View, proposal: &GovernanceProposal) -> Count {
    let mut count = Count {
        all: 0,
        yes: 0,
        no: 0,
    };
    for seat in electorate(view, &proposal.change) {
        count.all = count.all.saturating_add(1);
        match proposal.vote_of(&seat.operator) {
            Some(true) => count.yes = count.yes.saturating_add(1),
            Some(false) => count.no = count.no.saturating_add(1),
            None => {}
        }
    }
    count
}

/// The time-lock of a proposal that has passed by this count, milliseconds of law time. What protects a creator, or stops an
/// upgrade, has none.
pub(super) fn delay_ms(proposal: &GovernanceProposal, count: Count, delays: &DelayProfile) -> u64 {
    let kind = proposal.change.kind();
    match kind.register() {
        Register::Officers | Register::Attesters | Register::Observers | Register::Seats => {
            delays.register_ms
        }
        Register::Jurisdictions | Register::Denied => delays.governance_ms,
        Register::Enforcement => 0,
        Register::Upgrade if kind == GovernanceKind::CancelUpgrade => 0,
        Register::Upgrade if count.is_overwhelming() => delays.upgrade_fast_ms,
        Register::Upgrade => delays.governance_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thirds_of_the_seats_are_rounded_up() {
        let needed = [1, 2, 3, 4, 5, 6, 7, 64].map(|all| Count { all, yes: 0, no: 0 }.needed());
        assert_eq!(needed, [1, 2, 2, 3, 4, 4, 5, 43]);
    }

    #[test]
    fn it_passes_with_the_last_vote_it_needs_and_is_rejected_with_the_first_that_makes_that_impossible()
     {
        for all in [4, 5, 6, 7] {
            let needed = Count { all, yes: 0, no: 0 }.needed();
            let decision = |yes, no| Count { all, yes, no }.decision();
            assert_eq!(decision(needed - 1, 0), Decision::Undecided, "{all}");
            assert_eq!(decision(needed, 0), Decision::Passed, "{all}");
            assert_eq!(decision(0, all - needed), Decision::Undecided, "{all}");
            assert_eq!(decision(0, all - needed + 1), Decision::Rejected, "{all}");
        }
    }

    #[test]
    fn where_nobody_votes_nothing_is_decided() {
        let nobody = Count {
            all: 0,
            yes: 0,
            no: 0,
        };
        assert_eq!(nobody.decision(), Decision::Undecided);
    }

    #[test]
    fn five_sixths_are_five_of_six() {
        let overwhelming = |yes, all| Count { all, yes, no: 0 }.is_overwhelming();
        assert!(overwhelming(5, 6) && overwhelming(6, 7) && overwhelming(4, 4));
        assert!(!overwhelming(4, 6) && !overwhelming(5, 7) && !overwhelming(3, 4));
    }
}
