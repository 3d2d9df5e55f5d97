//! Governance against a clerk of the assembly who knows the rules of docs/governance.md and nothing of the law's code: who
//! proposes, who votes, when a vote is decided, time-locks, periods, the queue of seats, registers and their versions.

mod acting;
mod effect;
mod speaker;
mod wishes;

use super::agree;
use acting::Acting;
use nexus_types::ActionKind;

#[test]
fn any_votes_come_to_what_the_speaker_says() {
    agree::<Acting>(
        6,
        &[
            ActionKind::SubmitGovernance,
            ActionKind::CastBallot,
            ActionKind::WithdrawGovernance,
        ],
        &[
            "executed",
            "rejected",
            "unvoted",
            "moved",
            "withdrawn",
            "refused",
            "queued",
        ],
    );
}
