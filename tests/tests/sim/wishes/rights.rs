//! What is asked about consents and snapshots: mostly the next of a sequence, of a snapshot that is there, by who may.

use nexus_types::action::{Action, ActionKind};
use nexus_types::consent::{
    Consents, EraseConsent, Erasure, Purpose, RecordConsent, RecordDeletion, RevokeConsent,
    RewriteConsent,
};
use nexus_types::host::{AgentKind, Host};
use nexus_types::snapshot::{
    DropSnapshot, LossReason, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
    Snapshot, SnapshotOutcome, SnapshotStatus, Taken,
};
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, ImvuId, Time};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::{Wish, anybody, holder};
use crate::stream::{Now, Stream, some_imvu};

/// People whose data an IMVU keeps.
const SUBJECTS: u8 = 3;

/// A wish about a consent.
pub(super) fn about_consents(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    let all = now.imvus();
    let rng = &mut stream.rng;
    let imvu = some_imvu(rng, &all);
    let subject = Hash([rng.gen_range(0..SUBJECTS); 32]);
    let known = now.read::<Consents>(&state_key::consents(&imvu, &subject));
    let known = known.unwrap_or_else(|| Consents::none(imvu.clone(), subject));
    let sequence = near(rng, known.next);
    let earlier = rng.gen_range(0..=known.next);
    let commitment = Hash(rng.r#gen());
    let action = match kind {
        ActionKind::RecordConsent => Action::RecordConsent(RecordConsent {
            imvu: imvu.clone(),
            subject,
            sequence,
            purpose: *Purpose::ALL.choose(rng).expect("a purpose"),
            commitment,
        }),
        ActionKind::RevokeConsent => Action::RevokeConsent(RevokeConsent {
            imvu: imvu.clone(),
            subject,
            sequence,
            revokes: earlier,
            commitment,
        }),
        ActionKind::EraseConsent => Action::EraseConsent(EraseConsent {
            imvu: imvu.clone(),
            subject,
            sequence,
            through: earlier,
        }),
        ActionKind::RecordDeletion => return deletion(stream, now, &all),
        _ => Action::RewriteConsent(RewriteConsent {
            imvu: imvu.clone(),
            subject,
            sequence: earlier,
        }),
    };
    let about = all.iter().find(|one| one.id == imvu);
    (vec![holder(stream, now, about)], action, Vec::new())
}

/// Mostly the number itself, else one too few or too many.
fn near(rng: &mut StdRng, number: u64) -> u64 {
    match rng.gen_range(0..12) {
        0 => number + 1,
        1 => number.saturating_sub(1),
        _ => number,
    }
}

/// A holder of copies, or of none, says that it has deleted them.
fn deletion(stream: &mut Stream, now: &Now<'_>, all: &[Imvu]) -> Wish {
    let erasures: Vec<Erasure> = now.all(KeyKind::Erasure);
    let rng = &mut stream.rng;
    let (imvu, subject, erasure) = match erasures.choose(rng) {
        Some(one) if rng.gen_bool(0.9) => (one.imvu.clone(), one.subject, one.sequence),
        _ => (some_imvu(rng, all), Hash([0; 32]), 0),
    };
    let hosts = now.hosts();
    let agents = hosts
        .iter()
        .flat_map(|host| [AgentKind::Compute, AgentKind::Mail].map(|kind| host.agent(kind)));
    let agents: Vec<_> = agents.flatten().filter_map(|id| now.person(id)).collect();
    let action = Action::RecordDeletion(RecordDeletion {
        imvu,
        subject,
        erasure,
        receipt: Hash(rng.r#gen()),
    });
    let signer = match agents.choose(rng) {
        Some(agent) if rng.gen_bool(0.8) => agent.clone(),
        _ => anybody(stream, now),
    };
    (vec![signer], action, Vec::new())
}

/// A wish about a snapshot.
pub(super) fn about_snapshots(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    let all = now.imvus();
    let snapshots: Vec<Snapshot> = now.all(KeyKind::Snapshot);
    let waits = |one: &&Snapshot| one.status == SnapshotStatus::Requested;
    let fitting: Vec<&Snapshot> = match kind {
        ActionKind::RecordSnapshot => snapshots.iter().filter(waits).collect(),
        _ => snapshots
            .iter()
            .filter(|one| one.status.is_kept())
            .collect(),
    };
    let rng = &mut stream.rng;
    let one = match fitting.choose(rng) {
        Some(one) if rng.gen_bool(0.85) => Some(*one),
        _ => snapshots.choose(rng),
    };
    let number = one.map_or(1, |one| one.number);
    let of = one.map_or_else(|| some_imvu(rng, &all), |one| one.imvu.clone());
    let about = |imvu: &ImvuId| all.iter().find(|one| one.id == *imvu);
    let action = match kind {
        ActionKind::RequestSnapshot => {
            let placed: Vec<&Imvu> = all
                .iter()
                .filter(|imvu| imvu.status != ImvuStatus::Draft)
                .collect();
            let imvu = match placed.choose(rng) {
                Some(imvu) if rng.gen_bool(0.9) => imvu.id.clone(),
                _ => of,
            };
            let signer = holder(stream, now, about(&imvu));
            let action = Action::RequestSnapshot(RequestSnapshot { imvu });
            return (vec![signer], action, Vec::new());
        }
        ActionKind::RecordSnapshot => {
            let outcome = outcome(rng, now);
            let asked = one.and_then(|one| now.read::<Host>(&state_key::host(&one.host)));
            let agent = asked.and_then(|host| host.agent(AgentKind::Compute));
            let signer = match agent.and_then(|id| now.person(id)) {
                Some(agent) if rng.gen_bool(0.9) => agent,
                _ => anybody(stream, now),
            };
            let imvu = of;
            let action = Action::RecordSnapshot(RecordSnapshot {
                imvu,
                number,
                outcome,
            });
            return (vec![signer], action, Vec::new());
        }
        ActionKind::DropSnapshot => Action::DropSnapshot(DropSnapshot {
            imvu: of.clone(),
            number,
        }),
        ActionKind::RestoreSnapshot => Action::RestoreSnapshot(RestoreSnapshot {
            imvu: of.clone(),
            of: if rng.gen_bool(0.9) {
                of.clone()
            } else {
                some_imvu(rng, &all)
            },
            number,
        }),
        _ => Action::RewriteSnapshot(RewriteSnapshot {
            imvu: of.clone(),
            number,
            digest: Hash(rng.r#gen()),
        }),
    };
    (vec![holder(stream, now, about(&of))], action, Vec::new())
}

fn outcome(rng: &mut StdRng, now: &Now<'_>) -> SnapshotOutcome {
    if rng.gen_bool(0.15) {
        let reason = *LossReason::ALL.choose(rng).expect("a reason");
        return SnapshotOutcome::Lost(reason);
    }
    let off = match rng.gen_range(0..12) {
        0 => 60_000,
        _ => 0,
    };
    SnapshotOutcome::Taken(Taken {
        digest: Hash(rng.r#gen()),
        bytes: rng.gen_range(0..1 << 40),
        taken_at: Time(now.time + off),
    })
}
