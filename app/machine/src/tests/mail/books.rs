//! The book of an IMVU's mail, and what its agent is told of it.

use super::spec;
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::host::{AckOutcome, AgentKind, Spec};
use nexus_types::mail::{MailBook, RevokeMailTokens};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::{Hash, Set, state_key};

#[test]
fn the_mail_agent_is_told_whenever_the_book_changes() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let alice = world.alice.clone();
    let told = state_key::assignment(
        &host("host-1"),
        AgentKind::Mail,
        &nexus_types::host::Item::Imvu(imvu(ID)),
    );
    assert!(!world.memory.state.contains_key(&told), "it has no mail");
    world.add_mail();
    let first = spec(&world, "host-1");
    assert_eq!((first.root, first.version), (world.book().root, 2));
    assert_eq!(first.messages_hour, QUOTA.mail_messages);
    world.must(&alice, register_dkim("nx1", dkim(80)));
    assert_ne!(spec(&world, "host-1").root, first.root);
    world.must(
        &alice,
        Action::RevokeMailTokens(RevokeMailTokens { imvu: imvu(ID) }),
    );
    assert_eq!(spec(&world, "host-1").token_epoch, 1);
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::MailMessages, 5_000);
    world.must(
        &alice,
        Action::ChangeQuota {
            imvu: imvu(ID),
            change,
        },
    );
    assert_eq!(spec(&world, "host-1").messages_hour, 5_000);
    // While it is stopped its queue drains, and what is revoked is revoked.
    let stop = Action::StopImvu {
        imvu: imvu(ID),
        accept_loss: false,
    };
    world.must(&alice, stop);
    world.must(&alice, revoke_address("ann"));
    assert_eq!(spec(&world, "host-1").root, world.book().root);
    world.acknowledge("host-1", AgentKind::Compute, ID, AckOutcome::Stopped);
    let told = world.assignment("host-1", AgentKind::Mail, ID);
    assert_eq!(told.spec, Spec::Absent);
}

#[test]
fn a_mail_agent_acknowledges_its_assignment_as_others_do() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world.add_mail();
    let said = world.acknowledge("host-1", AgentKind::Mail, ID, AckOutcome::Applied);
    assert_eq!(said.code.number(), 0, "{}", said.log);
    let told = world.assignment("host-1", AgentKind::Mail, ID);
    assert_eq!(told.acknowledged.unwrap().observed, told.spec.hash());
}

#[test]
fn a_released_domain_takes_its_mail_with_it() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let shop = Action::ClaimDomain {
        name: text("shop.demo.example"),
        imvu: imvu(ID),
    };
    world.must(&alice, shop);
    world.add_mail();
    let mut other = grant_address("eve", alice.id);
    other.domain = world.name("shop.demo.example");
    world.must(&alice, Action::GrantAddress(other));
    let both = credential(&world, alice.id, &[address_of("ann"), address_of("eve")]);
    world.must(&alice, Action::SetMailCredential(both));
    world.must(&alice, change_mail(exchange("mx.elsewhere.test")));
    world.must(&alice, register_dkim("nx1", dkim(80)));
    world.must(&alice, Action::ReleaseDomain { name: text(DOMAIN) });
    let gone = (
        world.mailbox("ann"),
        world.mail_route(),
        world.dkim_key("nx1"),
    );
    assert_eq!(gone, (None, None, None));
    let book = world.book();
    let kept = (book.addresses, book.credentials, book.routes, book.keys);
    assert_eq!(kept, (1, 1, 0, 0));
    let left = world.credential().unwrap().addresses;
    assert_eq!(left.as_slice(), [address_of("eve")]);
}

#[test]
fn a_book_says_the_same_however_it_came_about() {
    let root = |locals: &[&str]| -> (MailBook, Set<Hash, 8>) {
        let mut world = World::new();
        let alice = world.alice.clone();
        for local in locals {
            let mut grant = grant_address(local, alice.id);
            grant.limits.messages_day = 7;
            world.must(&alice, Action::GrantAddress(grant));
        }
        let all = locals.iter().map(|local| address_of(local)).collect();
        (world.book(), Set::new(all).unwrap())
    };
    let ((one, all), (other, same)) = (root(&["ann", "bea"]), root(&["bea", "ann"]));
    assert_eq!(all, same);
    // The heights of the grants differ, so the roots do: the book has what stands there, not only its names.
    assert_ne!(one.root, other.root);
    assert_eq!(
        (one.addresses, one.version),
        (other.addresses, other.version)
    );
}
