//! Credentials and tokens: with what mail is submitted (gates 5, 7 and 16).

use super::{ask, refused};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::mail::{RevokeMailCredential, RevokeMailTokens, SetMailCredential};
use nexus_types::{Hash, Reason, Time};

#[test]
fn a_credential_names_its_holders_addresses_alone() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, Action::GrantAddress(grant_address("ann", alice.id)));
    world.must(&alice, Action::GrantAddress(grant_address("bob", bob.id)));
    let mut try_for = |holder, addresses: &[&str]| {
        let named: Vec<Hash> = addresses.iter().map(|one| address_of(one)).collect();
        let set = credential(&world, holder, &named);
        ask(&mut world, &alice, Action::SetMailCredential(set))
    };
    assert_eq!(
        try_for(alice.id, &["ann", "bob"]),
        refused(2005, Reason::AddressNotHolders)
    );
    assert_eq!(
        try_for(Person::new(70).id, &["ann"]),
        refused(2005, Reason::HolderNotVerified)
    );
    assert_eq!(try_for(alice.id, &[]), refused(2103, Reason::NoAddress));
    assert_eq!(
        try_for(alice.id, &["none"]),
        refused(2101, Reason::NotFound)
    );
    assert_eq!(try_for(bob.id, &["bob"]), (0, None));
    let same = credential(&world, bob.id, &[address_of("bob")]);
    world.must(&alice, Action::SetMailCredential(same.clone()));
    assert_eq!(
        ask(&mut world, &alice, Action::SetMailCredential(same)),
        refused(2105, Reason::NoChange)
    );
}

#[test]
fn no_action_names_another_imvus_mailbox() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.add_mail();
    let foreign = SetMailCredential {
        imvu: imvu("IMVU-B"),
        ..credential(&world, bob.id, &[address_of("ann")])
    };
    assert_eq!(
        ask(&mut world, &bob, Action::SetMailCredential(foreign)),
        refused(2016, Reason::NotItsMailbox)
    );
    let Action::RevokeAddress(mut revoke) = revoke_address("ann") else {
        unreachable!()
    };
    revoke.imvu = imvu("IMVU-B");
    assert_eq!(
        ask(&mut world, &bob, Action::RevokeAddress(revoke)),
        refused(2016, Reason::NotItsMailbox)
    );
    assert_eq!(world.mailbox("ann").unwrap().holder, alice.id);
}

#[test]
fn a_credential_lives_a_year_at_most_and_sends_no_more_than_its_imvu() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.add_mail();
    let now = world.now.time;
    let with = |expires: Time, messages_day| {
        let set = SetMailCredential {
            expires,
            messages_day,
            ..credential(&world, alice.id, &[address_of("ann")])
        };
        let mut world = world.clone();
        world.now.time = now;
        ask(&mut world, &alice, Action::SetMailCredential(set))
    };
    let term = refused(2103, Reason::CredentialTerm);
    assert_eq!(with(now, 1), term);
    assert_eq!(with(now.plus_ms(1), 1), (0, None));
    assert_eq!(with(now.plus_ms(365 * DAY), 1), (0, None));
    assert_eq!(with(now.plus_ms(365 * DAY + 1), 1), term);
    let over = refused(2007, Reason::OverMailQuota);
    assert_eq!(with(now.plus_ms(1), 0), over);
    assert_eq!(with(now.plus_ms(1), 24 * QUOTA.mail_messages), (0, None));
    assert_eq!(with(now.plus_ms(1), 24 * QUOTA.mail_messages + 1), over);
}

#[test]
fn credentials_and_tokens_end_when_their_owner_says_so() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.add_mail();
    let revoke = || {
        Action::RevokeMailCredential(RevokeMailCredential {
            imvu: imvu(ID),
            credential: Hash([5; 32]),
        })
    };
    let tokens = || Action::RevokeMailTokens(RevokeMailTokens { imvu: imvu(ID) });
    for action in [revoke(), tokens()] {
        assert!(action.kind().is_right());
        assert_eq!(
            ask(&mut world, &bob, action),
            refused(2001, Reason::NotOwner)
        );
    }
    world.must(&alice, revoke());
    assert_eq!(world.credential(), None);
    assert_eq!(
        ask(&mut world, &alice, revoke()),
        refused(2101, Reason::NotFound)
    );
    world.must(&alice, tokens());
    world.must(&alice, tokens());
    assert_eq!(world.book().token_epoch, 2);
}
