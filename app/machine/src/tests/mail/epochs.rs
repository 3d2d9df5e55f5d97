//! What mail agents commit to (gate 5).

use super::{ask, refused, served};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::mail::{MailCursor, MailEpoch, RecordMailEpoch};
use nexus_types::{Code, Reason, decode, state_key};

fn try_epoch(world: &mut World, epoch: RecordMailEpoch) -> (u32, Option<Reason>) {
    ask(world, &postman("host-1"), Action::RecordMailEpoch(epoch))
}

#[test]
fn epochs_follow_each_other_without_a_gap() {
    let mut world = served();
    let apart = refused(2005, Reason::EpochSequence);
    assert_eq!(try_epoch(&mut world, epoch(2)), apart, "the first is 1");
    assert_eq!(try_epoch(&mut world, epoch(1)), (0, None));
    assert_eq!(try_epoch(&mut world, epoch(1)), apart, "never twice");
    assert_eq!(try_epoch(&mut world, epoch(3)), apart, "none is left out");
    let gap = RecordMailEpoch {
        first_seq: 12,
        ..epoch(2)
    };
    assert_eq!(try_epoch(&mut world, gap), apart, "no sequence is left out");
    assert_eq!(try_epoch(&mut world, epoch(2)), (0, None));
    let key = state_key::mail_cursor(&imvu(ID), &postman("host-1").id);
    let cursor: MailCursor = world.memory.read(&key).unwrap();
    assert_eq!((cursor.epoch, cursor.last_seq), (2, 20));
    assert_eq!((cursor.messages, cursor.recipients), (18, 24));
    let log = LogId::Collection(CollectionKind::MailEpochs, Some(imvu(ID)));
    let entries: Vec<MailEpoch> = world.memory.logs[&log]
        .iter()
        .map(|leaf| decode(leaf).unwrap())
        .collect();
    let numbers: Vec<(u64, u64)> = entries
        .iter()
        .map(|one| (one.sequence, one.epoch))
        .collect();
    assert_eq!(numbers, [(0, 1), (1, 2)]);
    assert_eq!(entries[1].agent, postman("host-1").id);
}

#[test]
fn an_epoch_is_an_event_and_no_notice() {
    let world = served();
    let agent = postman("host-1");
    let body = world.body(&agent, Action::RecordMailEpoch(epoch(1)));
    let tx = world.seal(&agent, &[], body);
    let events = world.execute(&[encode(&tx)]).events;
    let recorded = events
        .iter()
        .any(|event| matches!(event, Event::MailEpoch(one) if one.epoch == 1));
    let noticed = events.iter().any(|event| matches!(event, Event::Notice(_)));
    assert_eq!((recorded, noticed), (true, false));
}

#[test]
fn an_epochs_counts_are_plausible() {
    let counts = |last_seq, messages, recipients, bytes| {
        let asked = RecordMailEpoch {
            last_seq,
            messages,
            recipients,
            bytes,
            ..epoch(1)
        };
        try_epoch(&mut served(), asked)
    };
    let wrong = refused(2005, Reason::EpochCounts);
    assert_eq!(counts(10, 10, 10, 0), (0, None));
    assert_eq!(counts(3, 0, 0, 0), (0, None), "all of them void");
    assert_eq!(counts(0, 0, 0, 0), wrong, "an empty epoch");
    assert_eq!(counts(10, 11, 11, 0), wrong);
    assert_eq!(counts(10, 2, 1, 0), wrong);
    assert_eq!(counts(10, 0, 1, 0), wrong);
    assert_eq!(counts(10, 0, 0, 1), wrong);
    assert_eq!(counts(u64::MAX, 1, 1, 1), (0, None));
}

#[test]
fn an_epoch_is_the_assigned_mail_agents() {
    let mut world = served();
    world.add_host("host-2", "EU-GDPR");
    let one = || Action::RecordMailEpoch(epoch(1));
    let compute = agent_of("host-1", AgentKind::Compute);
    assert_eq!(
        ask(&mut world, &compute, one()),
        refused(2005, Reason::MailAgentForeign)
    );
    assert_eq!(
        ask(&mut world, &postman("host-2"), one()),
        refused(2005, Reason::StayForeign)
    );
    let other_slot = RecordMailEpoch {
        slot: 1,
        ..epoch(1)
    };
    assert_eq!(
        try_epoch(&mut world, other_slot),
        refused(2005, Reason::StayForeign)
    );
    let bobs = RecordMailEpoch {
        imvu: imvu("IMVU-B"),
        ..epoch(1)
    };
    assert_eq!(
        try_epoch(&mut world, bobs),
        refused(2005, Reason::StayForeign)
    );
    let alice = world.alice.clone();
    let outcome = world.submit(&[alice], one());
    assert_eq!(
        outcome.code,
        Code::NotAnAgent,
        "its room is kept for agents"
    );
}

#[test]
fn a_former_stays_queue_is_committed_to_while_late_use_may_be_told() {
    let mut world = served();
    leave(&mut world);
    assert_eq!(try_epoch(&mut world, epoch(1)), (0, None));
    world.pass(START + 80 * HOUR);
    assert_eq!(
        try_epoch(&mut world, epoch(2)),
        refused(2005, Reason::StayForeign)
    );
}
