//! What the blocks of the hand-made chain do to identities, consents, snapshots, mail and seats: one event of every kind.

use crate::chain::{creator, imvu_id};
use nexus_types::block::{BlockRecord, Event};
use nexus_types::consent::{ConsentEntry, ConsentEvent};
use nexus_types::domain::{ExternalEntry, ExternalStep};
use nexus_types::exit::{ExitEntry, ExitEvent};
use nexus_types::governance::{
    GovernanceEntry, GovernanceKind, GovernanceStatus, GovernanceStep, RestrictionScope,
    ValidatorPower,
};
use nexus_types::guardian::RecoveryEnd;
use nexus_types::mail::MailEpoch;
use nexus_types::snapshot::{SnapshotEntry, SnapshotEvent};
use nexus_types::{Hash, HostId, IdentityId, KeyBytes, Name, Time};

/// Everything of rights that the block does.
pub(crate) fn add(record: &mut BlockRecord) {
    let (height, time) = (record.height, record.time);
    let (imvu, identity) = (imvu_id(height), creator());
    let scope = RestrictionScope::Mail;
    record.events.extend([
        Event::IdentityFrozen {
            identity,
            until: Some(time),
        },
        Event::GuardiansChanged(identity),
        Event::RecoveryPending {
            identity,
            due: time,
        },
        Event::RecoveryEnded {
            identity,
            end: RecoveryEnd::Vetoed,
        },
        Event::Consent(ConsentEntry {
            position: 0,
            audit: height,
            height,
            time,
            imvu: imvu.clone(),
            subject: Hash::of(b"subject"),
            event: ConsentEvent::Erased {
                sequence: 1,
                through: 0,
                entries: 1,
            },
        }),
        Event::Snapshot(SnapshotEntry {
            position: 0,
            audit: None,
            height,
            time,
            imvu: imvu.clone(),
            number: 1,
            event: SnapshotEvent::Overdue,
        }),
        Event::MailEpoch(epoch(height, time)),
        Event::Governance(GovernanceEntry {
            proposal: Hash::of(b"proposal"),
            kind: GovernanceKind::AddJurisdiction,
            step: GovernanceStep::Became(GovernanceStatus::Rejected),
        }),
        Event::ValidatorsChanged(vec![ValidatorPower {
            key: KeyBytes([7; 32]),
            power: 0,
        }]),
        Event::Restricted {
            imvu: imvu.clone(),
            scope,
            until: None,
        },
        Event::RestrictionAppealed {
            imvu,
            scope,
            grounds: Hash::of(b"grounds"),
        },
        Event::Exit(ExitEntry {
            position: 0,
            audit: None,
            height,
            time,
            imvu: imvu_id(height),
            number: 1,
            event: ExitEvent::Overdue,
        }),
        Event::ExternalName(ExternalEntry {
            name: Name::parse("imvu042.world").unwrap(),
            imvu: imvu_id(height),
            step: ExternalStep::Bound,
        }),
    ]);
}

fn epoch(height: u64, time: Time) -> MailEpoch {
    MailEpoch {
        sequence: 0,
        audit: height,
        height,
        time,
        imvu: imvu_id(height),
        agent: IdentityId(Hash::of(b"mail agent")),
        host: HostId::new("host-9").unwrap(),
        slot: 0,
        epoch: 1,
        first_seq: 1,
        last_seq: 1,
        root: Hash::of(b"root"),
        messages: 1,
        recipients: 1,
        bytes: 1,
    }
}
