//! Quotas and approvals against a keeper who knows the rules of law §6 and nothing of the law's code: who changes what alone,
//! what an approval lets somebody else do, once, from when until when, and what voids it.

mod acting;
mod keeper;
mod wishes;

use super::rounds;
use acting::Acting;
use keeper::{Keeper, Op, Seen};
use nexus_types::ActionKind;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Keeper;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Keeper> {
        Just(acting::keeper()).boxed()
    }

    fn transitions(state: &Keeper) -> BoxedStrategy<Op> {
        wishes::wish(state)
    }

    fn apply(mut state: Keeper, op: &Op) -> Keeper {
        state.act(op);
        state
    }
}

#[test]
fn any_approval_lets_do_what_the_keeper_says() {
    let seen = std::cell::RefCell::new(Seen::new());
    let histogram = rounds::<Reference>(8, |start, ops| {
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
        ActionKind::ChangeQuota,
        ActionKind::ProposeQuota,
        ActionKind::SignApproval,
        ActionKind::RevokeApproval,
    ] {
        super::both_ways(&histogram, kind);
    }
    let seen = seen.into_inner();
    println!("{seen:#?}");
    for what in [
        "the creator cut",
        "the platform raised alone",
        "the platform cut what was approved",
        "the platform cut without an approval",
        "too few officers",
        "nobody's business",
        "an approval was used before",
        "an approval was revoked before",
        "an approval was not valid yet",
        "an approval had expired",
        "an approval was of another change",
        "an approval was for somebody else",
        "an approval was not the creator's",
        "what it named had moved",
        "what it did not name had moved",
        "a proposal was approved",
        "a proposal had ended",
        "a proposal was approved before",
    ] {
        assert!(seen.contains_key(what), "never: {what}");
    }
}
