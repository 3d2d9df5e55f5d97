//! Exits against a porter who knows the rules of docs/exits.md and nothing of the law's code: who takes which step, what is
//! protected meanwhile and until when, hosts that are late, what a release needs, and what comes after the end.

mod acting;
mod porter;
mod wishes;

use super::rounds;
use acting::Acting;
use nexus_types::ActionKind;
use porter::{Op, Porter};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Porter;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Porter> {
        Just(acting::porter()).boxed()
    }

    fn transitions(state: &Porter) -> BoxedStrategy<Op> {
        wishes::wish(state)
    }

    fn apply(mut state: Porter, op: &Op) -> Porter {
        state.act(op);
        state
    }
}

#[test]
fn any_exit_comes_to_what_the_porter_says() {
    let seen = std::cell::RefCell::new(porter::Seen::new());
    let histogram = rounds::<Reference>(6, |start, ops| {
        let mut acting = Acting::new(start);
        for op in ops {
            acting.act(&op)?;
        }
        for (what, times) in acting.seen() {
            *seen.borrow_mut().entry(what).or_default() += times;
        }
        Ok(acting.histogram)
    });
    for kind in [
        ActionKind::AnnounceExit,
        ActionKind::CancelExit,
        ActionKind::CommitInventory,
        ActionKind::RecordArchive,
        ActionKind::RecordSnapshot,
        ActionKind::ConfirmExport,
        ActionKind::ReleaseExit,
        ActionKind::CloseExit,
        ActionKind::FindObstruction,
        ActionKind::ChangeQuota,
        ActionKind::ChangePathPolicy,
        ActionKind::SetRecords,
        ActionKind::ClaimDomain,
        ActionKind::ReleaseDomain,
        ActionKind::FreezeIdentity,
        ActionKind::ThawIdentity,
    ] {
        super::both_ways(&histogram, kind);
    }
    let seen = seen.into_inner();
    println!("{seen:#?}");
    for what in [
        "an announcement came too soon",
        "an exit was announced again",
        "an exit was overdue",
        "a share waited",
        "an archive was not recorded twice",
        "a snapshot was not waited for",
        "an exit was released with a loss",
        "an exit was released with everything",
        "a frozen creator released nothing",
        "an exit closed by itself",
        "a name was freed after an end",
        "nothing began in what was released",
        "a creator moved its baseline",
        "a member edited the zone of a leaving creator",
        "protection began again",
        "a raise was refused for an exit",
        "a suspension was refused for an exit",
        "the platform did what a leaving creator approved",
        "the platform changed what was not protected",
    ] {
        assert!(seen.contains_key(what), "never: {what}");
    }
}
