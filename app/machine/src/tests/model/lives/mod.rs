//! The life of identities against a registrar who knows the rules of docs/identities.md and nothing of the law's code: guardians,
//! freezes, recoveries, vetoes, rotations, the end; delays on a clock that a halted chain does not move.

mod acting;
mod registrar;
mod wishes;

use super::rounds;
use acting::Acting;
use nexus_types::ActionKind;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use registrar::{Op, Registrar};

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Registrar;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Registrar> {
        Just(acting::registrar()).boxed()
    }

    fn transitions(state: &Registrar) -> BoxedStrategy<Op> {
        wishes::wish(state)
    }

    fn apply(mut state: Registrar, op: &Op) -> Registrar {
        state.act(op);
        state
    }
}

#[test]
fn any_life_comes_to_what_the_registrar_says() {
    let histogram = rounds::<Reference>(6, |start, ops| {
        let mut acting = Acting::new(start);
        for op in ops {
            acting.act(&op)?;
        }
        Ok(acting.histogram)
    });
    for kind in [
        ActionKind::SetGuardians,
        ActionKind::FreezeIdentity,
        ActionKind::ThawIdentity,
        ActionKind::ProposeRecovery,
        ActionKind::VetoPending,
        ActionKind::RotateKey,
        ActionKind::RevokeIdentity,
    ] {
        super::both_ways(&histogram, kind);
    }
}
