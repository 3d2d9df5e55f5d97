//! The life of identities against a registrar who knows the rules of docs/identities.md and nothing of the law's code: guardians,
//! freezes, recoveries, vetoes, rotations, the end; delays on a clock that a halted chain does not move.

mod acting;
mod registrar;
mod wishes;

use super::agree;
use acting::Acting;
use nexus_types::ActionKind;

#[test]
fn any_life_comes_to_what_the_registrar_says() {
    agree::<Acting>(
        6,
        &[
            ActionKind::SetGuardians,
            ActionKind::FreezeIdentity,
            ActionKind::ThawIdentity,
            ActionKind::ProposeRecovery,
            ActionKind::VetoPending,
            ActionKind::RotateKey,
            ActionKind::RevokeIdentity,
        ],
        &[],
    );
}
