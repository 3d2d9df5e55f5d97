//! Governance against a clerk of the assembly who knows the rules of docs/governance.md and nothing of the law's code: who
//! proposes, who votes, when a vote is decided, time-locks, periods, the queue of seats, registers and their versions.

mod acting;
mod effect;
mod speaker;
mod wishes;

use super::{Histogram, rounds};
use acting::Acting;
use nexus_types::ActionKind;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use speaker::{Op, Speaker};

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Speaker;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Speaker> {
        Just(acting::speaker()).boxed()
    }

    fn transitions(state: &Speaker) -> BoxedStrategy<Op> {
        wishes::wish(state)
    }

    fn apply(mut state: Speaker, op: &Op) -> Speaker {
        state.act(op);
        state
    }

    fn preconditions(state: &Speaker, op: &Op) -> bool {
        // Shrinking may have taken what it is about.
        match op {
            Op::Vote { proposal, .. } | Op::Withdraw { proposal, .. } => {
                *proposal < state.proposals.len()
            }
            _ => true,
        }
    }
}

#[test]
fn any_votes_come_to_what_the_speaker_says() {
    let ends = std::cell::RefCell::new(std::collections::BTreeMap::<&str, u64>::new());
    let histogram: Histogram = rounds::<Reference>(6, |start, ops| {
        let mut acting = Acting::new(start);
        for op in ops {
            acting.act(&op)?;
        }
        for end in acting.ends() {
            *ends.borrow_mut().entry(end).or_default() += 1;
        }
        Ok(acting.histogram)
    });
    for kind in [
        ActionKind::SubmitGovernance,
        ActionKind::CastBallot,
        ActionKind::WithdrawGovernance,
    ] {
        super::both_ways(&histogram, kind);
    }
    let ends = ends.into_inner();
    println!("{ends:?}");
    for end in [
        "executed",
        "rejected",
        "unvoted",
        "moved",
        "withdrawn",
        "refused",
        "queued",
    ] {
        assert!(ends.contains_key(end), "no proposal was {end}: {ends:?}");
    }
}
