//! Addresses: whose they are, and what they are promised (gates 5, 7 and 9).

use super::{ask, refused, said};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::limits::ADDRESSES_PER_IMVU;
use nexus_types::mail::GrantAddress;
use nexus_types::{Hash, Reason, Subject, state_key};

/// What a grant comes to that differs in one thing from one that applies.
fn granted(change: impl FnOnce(&World, &mut GrantAddress)) -> (u32, Option<Reason>) {
    let mut world = World::new();
    let alice = world.alice.clone();
    let mut grant = grant_address("ann", alice.id);
    change(&world, &mut grant);
    ask(&mut world, &alice, Action::GrantAddress(grant))
}

#[test]
fn an_address_is_granted_under_a_domain_of_ones_own() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let outcome = world.submit(
        std::slice::from_ref(&alice),
        Action::GrantAddress(grant_address("ann", bob.id)),
    );
    assert_eq!(said(&outcome), (0, None));
    let address = world.mailbox("ann").unwrap();
    assert_eq!((address.holder, address.limits), (bob.id, LIMITS));
    assert_eq!(
        outcome.verdict.unwrap().subject,
        Subject::Mailbox(address_of("ann"))
    );
    let book = world.book();
    assert_eq!((book.version, book.addresses), (1, 1));
    let again = Action::GrantAddress(grant_address("ann", alice.id));
    assert_eq!(
        ask(&mut world, &alice, again),
        refused(2102, Reason::AlreadyExists)
    );
}

#[test]
fn a_grant_under_anothers_domain_is_refused_by_gate_5() {
    let bobs = granted(|world, grant| grant.domain = world.name("bob.demo.example"));
    assert_eq!(bobs, refused(2005, Reason::DomainNotBound));
    let nobodys = granted(|world, grant| grant.domain = world.name("none.demo.example"));
    assert_eq!(nobodys, refused(2005, Reason::DomainNotBound));
    let below = granted(|world, grant| grant.domain = world.name("x.alice.demo.example"));
    assert_eq!(below, refused(2005, Reason::DomainNotBound));
    // As its own IMVU's owner, so that only the domain is another's.
    let mut world = World::new();
    let bob = world.bob.clone();
    let mut grant = grant_address("ann", bob.id);
    grant.imvu = imvu("IMVU-B");
    assert_eq!(
        ask(&mut world, &bob, Action::GrantAddress(grant)),
        refused(2005, Reason::DomainNotBound)
    );
}

#[test]
fn an_address_is_held_by_a_verified_identity() {
    let nobody = granted(|_, grant| grant.holder = Person::new(70).id);
    assert_eq!(nobody, refused(2005, Reason::HolderNotVerified));
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&bob, Action::RevokeIdentity);
    let grant = Action::GrantAddress(grant_address("ann", bob.id));
    assert_eq!(
        ask(&mut world, &alice, grant),
        refused(2005, Reason::HolderNotVerified)
    );
}

#[test]
fn an_address_is_promised_no_more_than_its_imvu_has() {
    let day = QUOTA.mail_messages * 24;
    let limits = |messages, recipients, storage| {
        granted(|_, grant| {
            grant.limits.messages_day = messages;
            grant.limits.recipients_day = recipients;
            grant.limits.storage_bytes = storage;
        })
    };
    let over = refused(2007, Reason::OverMailQuota);
    assert_eq!(limits(day, day, QUOTA.mail_bytes), (0, None));
    assert_eq!(limits(1, 1, 1), (0, None));
    assert_eq!(limits(day + 1, day + 1, 1), over);
    assert_eq!(limits(1, day + 1, 1), over);
    assert_eq!(limits(2, 1, 1), over, "each message has a recipient");
    assert_eq!(limits(0, 1, 1), over);
    assert_eq!(limits(1, 1, 0), over);
    assert_eq!(limits(1, 1, QUOTA.mail_bytes + 1), over);
}

#[test]
fn a_mailbox_is_where_its_imvu_may_be() {
    let elsewhere = granted(|_, grant| grant.jurisdiction = tag("US-CCPA"));
    assert_eq!(elsewhere, refused(2009, Reason::MailboxOutsideJurisdiction));
    let mut world = World::new();
    world.add_mail();
    let alice = world.alice.clone();
    let move_tag = || Action::SetJurisdiction {
        imvu: imvu(ID),
        jurisdiction: tag("US-CCPA"),
    };
    assert_eq!(
        ask(&mut world, &alice, move_tag()),
        refused(2103, Reason::WrongState)
    );
    world.must(&alice, revoke_address("ann"));
    world.must(&alice, move_tag());
}

#[test]
fn addresses_are_bounded_and_each_is_a_state_key() {
    let mut world = World::new();
    world.add_mail();
    let alice = world.alice.clone();
    let before: nexus_types::state::Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    world.must(&alice, Action::GrantAddress(grant_address("bea", alice.id)));
    let after: nexus_types::state::Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    assert_eq!(after.state_keys, before.state_keys + 1);
    // The rest by hand: a block for each would take a while.
    let mut writes = crate::view::Writes::new();
    let mut book = crate::law::mail::book::Book::open(&world.memory, after, &mut writes);
    for number in 2..ADDRESSES_PER_IMVU {
        let mut address = world.mailbox("ann").unwrap();
        address.local = Hash::of(&number.to_le_bytes());
        book.put(&nexus_types::mail::MailObject::Address(address))
            .unwrap();
    }
    book.close().unwrap();
    for (key, value) in writes {
        world.memory.state.insert(key, value.unwrap());
    }
    let one_more = Action::GrantAddress(grant_address("eve", alice.id));
    assert_eq!(
        ask(&mut world, &alice, one_more),
        refused(2104, Reason::LimitReached)
    );
}

#[test]
fn an_address_that_is_taken_back_leaves_the_credentials_that_name_it() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.add_mail();
    world.must(&alice, Action::GrantAddress(grant_address("bea", alice.id)));
    let both = credential(&world, alice.id, &[address_of("ann"), address_of("bea")]);
    world.must(&alice, Action::SetMailCredential(both));
    world.must(&alice, revoke_address("ann"));
    assert_eq!(world.mailbox("ann"), None);
    let left = world.credential().unwrap().addresses;
    assert_eq!(left.as_slice(), [address_of("bea")]);
    world.must(&alice, revoke_address("bea"));
    assert_eq!(world.credential(), None, "of no address, it is none");
    assert_eq!(world.book().addresses + world.book().credentials, 0);
    assert_eq!(
        ask(&mut world, &alice, revoke_address("bea")),
        refused(2101, Reason::NotFound)
    );
}
