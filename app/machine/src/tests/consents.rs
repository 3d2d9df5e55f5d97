//! Consents (law §10, gate 10): a subject's sequence has no gap, no second revocation, and nothing that is edited.

use super::hosting::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::consent::{
    ConsentEntry, ConsentEvent, Consents, EraseConsent, Erasure, Purpose, RecordConsent,
    RecordDeletion, RevokeConsent, RewriteConsent, commitment,
};
use nexus_types::host::AgentKind;
use nexus_types::limits::{CONSENT_ENTRIES, STATE_KEYS_PER_IMVU};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::state::Imvu;
use nexus_types::{Code, Gate, Hash, Reason, Subject, decode, state_key};

/// The pseudonym of these tests' subject.
pub(super) const SUBJECT: Hash = Hash([0x5b; 32]);

pub(super) fn consent(sequence: u64) -> Action {
    Action::RecordConsent(RecordConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence,
        purpose: Purpose::Newsletter,
        commitment: commitment(&[9; 32], b"yes"),
    })
}

pub(super) fn revocation(sequence: u64, revokes: u64) -> Action {
    Action::RevokeConsent(RevokeConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence,
        revokes,
        commitment: commitment(&[8; 32], b"no longer"),
    })
}

pub(super) fn erasure(sequence: u64, through: u64) -> Action {
    Action::EraseConsent(EraseConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence,
        through,
    })
}

pub(super) fn deletion(erasure: u64) -> Action {
    Action::RecordDeletion(RecordDeletion {
        imvu: imvu(ID),
        subject: SUBJECT,
        erasure,
        receipt: Hash([7; 32]),
    })
}

pub(super) fn rewriting(sequence: u64) -> Action {
    Action::RewriteConsent(RewriteConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence,
    })
}

impl World {
    pub(super) fn must_as_alice(&mut self, action: Action) {
        let alice = self.alice.clone();
        self.must(&alice, action);
    }

    fn by_alice(&mut self, action: Action) -> TxOutcome {
        let alice = self.alice.clone();
        self.submit(&[alice], action)
    }

    fn consents(&self) -> Consents {
        let key = state_key::consents(&imvu(ID), &SUBJECT);
        self.memory.read(&key).unwrap()
    }
}

/// What gate 10 says.
fn tenth(outcome: &TxOutcome) -> Option<Reason> {
    let verdict = outcome.verdict.as_ref().unwrap();
    let mut refusals = verdict.refusals();
    let found = refusals.find(|(gate, _)| *gate == Gate::ConsentLogging);
    assert_eq!(
        outcome.code == Code::RefusedBy(Gate::ConsentLogging),
        found.is_some()
    );
    found.map(|(_, reason)| reason)
}

fn log(world: &World, id: &LogId) -> Vec<ConsentEntry> {
    let records = world.memory.logs.get(id).into_iter().flatten();
    records.map(|record| decode(record).unwrap()).collect()
}

#[test]
fn each_entry_stands_in_the_imvus_collection_and_in_the_chains_log() {
    let mut world = World::new();
    world.must_as_alice(consent(0));
    world.must_as_alice(revocation(1, 0));
    world.must_as_alice(erasure(2, 1));
    let own = log(
        &world,
        &LogId::Collection(CollectionKind::Consents, Some(imvu(ID))),
    );
    assert_eq!(own, log(&world, &LogId::Chain(ChainLog::Consent)));
    let positions: Vec<u64> = own.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, [0, 1, 2]);
    assert!(matches!(
        own[0].event,
        ConsentEvent::Recorded {
            sequence: 0,
            purpose: Purpose::Newsletter,
            ..
        }
    ));
    assert_eq!(
        own[2].event,
        ConsentEvent::Erased {
            sequence: 2,
            through: 1,
            entries: 2
        }
    );
    let consents = world.consents();
    assert_eq!((consents.next, consents.erased), (3, 2));
}

#[test]
fn a_sequence_has_no_gap_and_is_used_once() {
    let mut world = World::new();
    let skipped = world.by_alice(consent(1));
    assert_eq!(tenth(&skipped), Some(Reason::ConsentGap));
    assert_eq!(
        skipped.verdict.unwrap().subject,
        Subject::Consents(imvu(ID), SUBJECT)
    );
    world.must_as_alice(consent(0));
    let again = world.by_alice(consent(0));
    assert_eq!(tenth(&again), Some(Reason::ConsentSequenceUsed));
    let skipped = world.by_alice(revocation(2, 0));
    assert_eq!(tenth(&skipped), Some(Reason::ConsentGap));
    let again = world.by_alice(erasure(0, 0));
    assert_eq!(tenth(&again), Some(Reason::ConsentSequenceUsed));
    world.must_as_alice(consent(1));
    // Another subject begins at 0.
    let other = Action::RecordConsent(RecordConsent {
        imvu: imvu(ID),
        subject: Hash([1; 32]),
        sequence: 0,
        purpose: Purpose::Service,
        commitment: Hash([2; 32]),
    });
    world.must_as_alice(other);
}

#[test]
fn a_consent_is_revoked_once_and_only_if_it_was_recorded() {
    let mut world = World::new();
    let nothing = world.by_alice(revocation(0, 0));
    assert_eq!(tenth(&nothing), Some(Reason::ConsentNotRecorded));
    world.must_as_alice(consent(0));
    world.must_as_alice(consent(1));
    world.must_as_alice(revocation(2, 0));
    let twice = world.by_alice(revocation(3, 0));
    assert_eq!(tenth(&twice), Some(Reason::ConsentRevoked));
    // A revocation is no consent, nor is what is still to come.
    for revokes in [2, 3, u64::MAX] {
        let refused = world.by_alice(revocation(3, revokes));
        assert_eq!(tenth(&refused), Some(Reason::ConsentNotRecorded));
    }
    world.must_as_alice(erasure(3, 1));
    let erased = world.by_alice(revocation(4, 1));
    assert_eq!(tenth(&erased), Some(Reason::ConsentErased));
    let erasure_itself = world.by_alice(revocation(4, 3));
    assert_eq!(tenth(&erasure_itself), Some(Reason::ConsentNotRecorded));
}

#[test]
fn an_erasure_counts_what_lost_its_record_and_covers_something_new() {
    let mut world = World::new();
    for sequence in 0..3 {
        world.must_as_alice(consent(sequence));
    }
    let future = world.by_alice(erasure(3, 3));
    assert_eq!(tenth(&future), Some(Reason::ConsentNotRecorded));
    world.must_as_alice(erasure(3, 1));
    let again = world.by_alice(erasure(4, 1));
    assert_eq!(tenth(&again), Some(Reason::ConsentErased));
    // The rest: one consent, and the erasure before it, which had no record.
    world.must_as_alice(erasure(4, 3));
    let only_an_erasure = world.by_alice(erasure(5, 4));
    assert_eq!(tenth(&only_an_erasure), Some(Reason::ConsentErased));
    let key = state_key::erasure(&imvu(ID), &SUBJECT, 4);
    let kept: Erasure = world.memory.read(&key).unwrap();
    assert_eq!((kept.through, kept.entries), (3, 1));
    // The sequence goes on after it.
    world.must_as_alice(consent(5));
}

#[test]
fn nobody_edits_or_removes_a_commitment() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let officers = world.officers[..3].to_vec();
    world.must_as_alice(consent(0));
    let before = world.consents();
    for signers in [vec![alice], officers] {
        let refused = world.submit(&signers, rewriting(0));
        assert_eq!(refused.code.number(), 2010);
        assert_eq!(tenth(&refused), Some(Reason::ConsentImmutable));
    }
    assert_eq!(world.consents(), before);
    let violations = LogId::Collection(CollectionKind::Violations, Some(imvu(ID)));
    assert_eq!(world.memory.logs[&violations].len(), 2);
}

#[test]
fn who_kept_copies_proves_their_deletion_once() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "EU-GDPR");
    world.run("host-1");
    leave(&mut world);
    world.must_as_alice(consent(0));
    let early = world.submit(&[agent_of("host-1", AgentKind::Mail)], deletion(0));
    assert_eq!(tenth(&early), Some(Reason::ConsentNotRecorded));
    world.must_as_alice(erasure(1, 0));
    // It was on host-1, and is there no longer; it never was on host-2.
    for kind in [AgentKind::Compute, AgentKind::Mail] {
        world.must(&agent_of("host-1", kind), deletion(1));
    }
    let elsewhere = world.submit(&[agent_of("host-2", AgentKind::Compute)], deletion(1));
    assert_eq!(elsewhere.code.number(), 2001);
    let resolver = world.submit(&[agent_of("host-1", AgentKind::Dns)], deletion(1));
    assert_eq!(
        resolver.verdict.unwrap().reason(),
        Some(Reason::NotCopyHolder)
    );
    let operator = world.operators[3].clone();
    world.must(&operator, deletion(1));
    let twice = world.submit(&[operator], deletion(1));
    assert_eq!(twice.code, Code::AlreadyExists);
    let key = state_key::erasure(&imvu(ID), &SUBJECT, 1);
    let kept: Erasure = world.memory.read(&key).unwrap();
    assert_eq!(kept.holders.as_slice().len(), 3);
}

/// What becomes of an action of Alice's when IMVU-042 owns as many state keys as it may.
pub(super) fn without_room(world: &World, action: Action) -> Code {
    let mut world = world.clone();
    let key = state_key::imvu(&imvu(ID));
    let mut full: Imvu = world.memory.read(&key).unwrap();
    full.state_keys = STATE_KEYS_PER_IMVU;
    let bytes = nexus_types::encoding::encode(&full);
    world.memory.state.insert(key, bytes);
    let body = world.body(&world.alice, action);
    let tx = nexus_types::encoding::encode(&world.seal(&world.alice, &[], body));
    world.execute(&[tx]).txs[0].code
}

#[test]
fn a_right_is_not_refused_for_lack_of_room() {
    let mut world = World::new();
    world.must_as_alice(consent(0));
    let other = Action::RecordConsent(RecordConsent {
        imvu: imvu(ID),
        subject: Hash([1; 32]),
        sequence: 0,
        purpose: Purpose::Service,
        commitment: Hash([2; 32]),
    });
    assert_eq!(without_room(&world, other), Code::LimitReached);
    assert_eq!(without_room(&world, revocation(1, 0)), Code::Applied);
    assert_eq!(without_room(&world, erasure(1, 0)), Code::Applied);
}

#[test]
fn a_subject_has_room_for_so_many_consents_and_always_for_taking_them_back() {
    let mut world = World::new();
    let entries = CONSENT_ENTRIES as u64;
    for sequence in 0..entries {
        world.must_as_alice(consent(sequence));
    }
    let full = world.by_alice(consent(entries));
    assert_eq!(full.code, Code::LimitReached);
    // A day has room for a hundred rights.
    for revoked in 0..90 {
        world.must_as_alice(revocation(entries + revoked, revoked));
    }
    world.must_as_alice(erasure(entries + 90, entries + 89));
    world.must_as_alice(consent(entries + 91));
}

#[test]
fn a_commitment_tells_nothing_without_its_salt() {
    assert_ne!(commitment(&[1; 32], b"yes"), commitment(&[2; 32], b"yes"));
    assert_ne!(commitment(&[1; 32], b"yes"), commitment(&[1; 32], b"no"));
    // Frozen: SHA-256 of the tag, a zero byte, the salt and the record.
    let mut bytes = b"nexus/consent/v1\0".to_vec();
    bytes.extend([1; 32]);
    bytes.extend(b"yes");
    assert_eq!(commitment(&[1; 32], b"yes"), Hash::of(&bytes));
}

#[test]
fn purposes_have_their_codes() {
    for (code, purpose) in Purpose::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(purpose.code()), code);
        assert_eq!(nexus_types::encoding::encode(&purpose), [purpose.code()]);
    }
}
