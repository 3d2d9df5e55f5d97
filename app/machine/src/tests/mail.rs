//! Mail: whose addresses, routes, keys and credentials are, and what agents commit to (gates 4, 5, 7, 9, 14, 16, 17).

use super::hosting::*;
use super::mailing::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::host::{AckOutcome, AgentKind, MailSpec, Spec};
use nexus_types::limits::ADDRESSES_PER_IMVU;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::mail::{
    DkimPublicKey, GrantAddress, MailBook, MailCursor, MailEpoch, MailRoute, MailRouteChange,
    RecordMailEpoch, RegisterDkimKey, RevokeMailCredential, RevokeMailTokens, SetMailCredential,
};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, Route, RouteChange};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{Proposal, ProposalStatus};
use nexus_types::{Code, Hash, KeyBytes, Reason, Set, Subject, Time, decode, state_key};

/// The code, and the reason behind it.
fn said(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let reason = outcome.verdict.as_ref().and_then(|one| one.reason());
    (outcome.code.number(), reason)
}

fn refused(code: u32, reason: Reason) -> (u32, Option<Reason>) {
    (code, Some(reason))
}

fn ask(world: &mut World, signer: &Person, action: Action) -> (u32, Option<Reason>) {
    said(&world.submit(std::slice::from_ref(signer), action))
}

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

fn try_route(
    world: &mut World,
    change: &MailRouteChange,
    approvals: Vec<Approval>,
) -> (u32, Option<Reason>) {
    let officers = world.officers[..3].to_vec();
    said(&world.submit_with(&officers, change_mail(change.clone()), approvals))
}

#[test]
fn the_platform_reroutes_mail_only_with_the_creators_approval() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let change = exchange("mx.elsewhere.test");
    assert_eq!(
        try_route(&mut world, &change, Vec::new()),
        refused(2014, Reason::ApprovalMissing)
    );
    assert_eq!(world.mail_route(), None);
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    let other = exchange("mx.other.test");
    assert_eq!(
        try_route(&mut world, &other, vec![approval.clone()]),
        refused(2014, Reason::ApprovalOtherChange)
    );
    assert_eq!(
        try_route(&mut world, &change, vec![approval.clone()]),
        (0, None)
    );
    let route = world.mail_route().unwrap();
    assert_eq!((route.route, route.version), (change.route.clone(), 1));
    // Back, and once more with the same approval.
    let back = MailRouteChange {
        route: None,
        ..change.clone()
    };
    world.must(&alice, change_mail(back));
    assert_eq!(
        try_route(&mut world, &change, vec![approval]),
        refused(2014, Reason::ApprovalUsed)
    );
}

#[test]
fn an_approval_of_a_mail_route_is_void_once_the_route_moved() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let change = exchange("mx.elsewhere.test");
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    world.must(&alice, change_mail(exchange("mx.mine.test")));
    let back = MailRouteChange {
        route: None,
        ..change.clone()
    };
    world.must(&alice, change_mail(back));
    assert_eq!(
        try_route(&mut world, &change, vec![approval]),
        refused(2014, Reason::ApprovalVersionMoved)
    );
}

#[test]
fn below_the_threshold_an_approved_mail_route_is_refused_by_gate_17() {
    let mut world = World::new();
    let change = exchange("mx.elsewhere.test");
    let approval = world.approve(&world.alice, ID, Change::MailRoute(change.clone()));
    let two = world.officers[..2].to_vec();
    let outcome = world.submit_with(&two, change_mail(change), vec![approval]);
    assert_eq!(said(&outcome), refused(2017, Reason::BelowThreshold));
}

#[test]
fn a_proposed_mail_route_applies_when_its_creator_signs() {
    let mut world = World::new();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let change = exchange("mx.elsewhere.test");
    let propose = propose_mail(&world, change.clone());
    let opened = world.submit(&officers, propose);
    assert_eq!(said(&opened), (0, None));
    let proposal = opened.verdict.unwrap().tx;
    assert_eq!(world.mail_route(), None);
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    world.must(&alice, Action::SignApproval { proposal, approval });
    assert_eq!(world.mail_route().unwrap().route, change.route);
    let record: Proposal = world.memory.read(&state_key::proposal(&proposal)).unwrap();
    assert!(matches!(record.status, ProposalStatus::Applied(_)));
}

#[test]
fn a_proposal_for_a_domain_that_was_given_up_can_no_longer_be_signed() {
    let mut world = World::new();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let change = exchange("mx.elsewhere.test");
    let propose = propose_mail(&world, change.clone());
    let proposal = world.submit(&officers, propose).verdict.unwrap().tx;
    let approval = world.approve(&alice, ID, Change::MailRoute(change));
    world.must(&alice, Action::ReleaseDomain { name: text(DOMAIN) });
    assert_eq!(
        ask(
            &mut world,
            &alice,
            Action::SignApproval { proposal, approval }
        ),
        refused(2005, Reason::DomainNotBound)
    );
}

#[test]
fn a_route_of_mail_is_for_a_domain_of_ones_own_and_to_a_host() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let bobs = MailRouteChange {
        domain: world.name("bob.demo.example"),
        route: Some(MailRoute::Kept),
    };
    assert_eq!(
        ask(&mut world, &alice, change_mail(bobs)),
        refused(2005, Reason::DomainNotBound)
    );
    let no_host = change_mail(exchange("_mx.elsewhere.test"));
    assert_eq!(ask(&mut world, &alice, no_host).0, 2103);
    let kept = MailRouteChange {
        domain: domain(DOMAIN),
        route: Some(MailRoute::Kept),
    };
    world.must(&alice, change_mail(kept.clone()));
    assert_eq!(
        ask(&mut world, &alice, change_mail(kept)),
        refused(2105, Reason::NoChange)
    );
}

fn published(world: &World, under: &str) -> Option<RRset> {
    let zone = domain(DOMAIN);
    let owner = selector(under).owner(&zone).unwrap();
    let key = state_key::rrset(&zone, &owner, RecordType::Txt);
    world.memory.read(&key)
}

fn text_of(rrset: &RRset) -> String {
    let [RData::Txt(strings)] = rrset.records.as_slice() else {
        panic!("{rrset:?}");
    };
    let strings = strings.as_slice().iter();
    let bytes: Vec<u8> = strings.flat_map(|one| one.as_slice().to_vec()).collect();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_dkim_key_is_published_in_its_zone_and_revoked_with_an_empty_p() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let zone_key = state_key::zone(&domain(DOMAIN));
    let root = |world: &World| -> Hash {
        let zone: nexus_types::state::Zone = world.memory.read(&zone_key).unwrap();
        zone.root
    };
    let empty = root(&world);
    world.must(&alice, register_dkim("nx1", dkim(80)));
    let text = text_of(&published(&world, "nx1").unwrap());
    assert!(text.starts_with("v=DKIM1; k=ed25519; p="), "{text}");
    assert_ne!(text, "v=DKIM1; k=ed25519; p=");
    let with_key = root(&world);
    assert_ne!(with_key, empty);
    world.must(&alice, revoke_dkim("nx1"));
    assert_eq!(
        text_of(&published(&world, "nx1").unwrap()),
        "v=DKIM1; k=ed25519; p="
    );
    assert!(root(&world) != with_key && root(&world) != empty);
    assert!(world.dkim_key("nx1").unwrap().revoked.is_some());
    assert_eq!(
        ask(&mut world, &alice, revoke_dkim("nx1")),
        refused(2105, Reason::NoChange)
    );
}

#[test]
fn a_selector_is_never_another_keys() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    assert_eq!(
        ask(&mut world, &alice, register_dkim("nx1", dkim(81))),
        refused(2102, Reason::SelectorTaken)
    );
    assert_eq!(
        ask(&mut world, &alice, register_dkim("nx1", dkim(80))),
        refused(2105, Reason::NoChange)
    );
    world.must(&alice, revoke_dkim("nx1"));
    for key in [dkim(80), dkim(81)] {
        assert_eq!(
            ask(&mut world, &alice, register_dkim("nx1", key)),
            refused(2103, Reason::SelectorRevoked)
        );
    }
}

#[test]
fn a_record_that_publishes_a_dkim_key_changes_only_with_the_key() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    let zone = text(DOMAIN);
    let owner = text("nx1._domainkey.alice.demo.example");
    let rrset = dkim(81).rrset(false).unwrap();
    let set = Action::SetRecords {
        zone: zone.clone(),
        owner: owner.clone(),
        rrset: rrset.clone(),
    };
    assert_eq!(
        ask(&mut world, &alice, set),
        refused(2004, Reason::RecordOfDkim)
    );
    let remove = Action::RemoveRecords {
        zone: zone.clone(),
        owner,
        rtype: RecordType::Txt,
    };
    assert_eq!(
        ask(&mut world, &alice, remove),
        refused(2004, Reason::RecordOfDkim)
    );
    // The creator's own record under another selector is hers, and no key takes its place.
    let own = Action::SetRecords {
        zone,
        owner: text("own._domainkey.alice.demo.example"),
        rrset,
    };
    world.must(&alice, own);
    assert_eq!(
        ask(&mut world, &alice, register_dkim("own", dkim(82))),
        refused(2102, Reason::AlreadyExists)
    );
}

#[test]
fn a_dkim_key_is_for_a_domain_of_ones_own() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let bobs = Action::RegisterDkimKey(RegisterDkimKey {
        imvu: imvu(ID),
        domain: world.name("bob.demo.example"),
        selector: selector("nx1"),
        key: dkim(80),
    });
    assert_eq!(
        ask(&mut world, &alice, bobs),
        refused(2005, Reason::DomainNotBound)
    );
}

#[test]
fn a_dkim_key_of_small_order_is_never_proposed() {
    let mut world = World::new();
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = DkimPublicKey::Ed25519(KeyBytes(identity));
    let outcome = world.submit(&[world.alice.clone()], register_dkim("nx1", weak));
    assert_eq!(outcome.code, Code::KeySmallOrder);
}

#[test]
fn nobody_but_the_creator_changes_a_dkim_key() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    for action in [register_dkim("nx2", dkim(81)), revoke_dkim("nx1")] {
        assert_eq!(
            ask(&mut world, &bob, action.clone()),
            refused(2014, Reason::NotOwner)
        );
        let platform = world.submit(&officers, action);
        assert_eq!(said(&platform), refused(2014, Reason::ApprovalMissing));
    }
    assert_eq!(world.dkim_key("nx2"), None);
}

#[test]
fn a_mail_agent_rolls_keys_over_only_where_it_serves_and_while_that_is_consented_to() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "EU-GDPR");
    let (alice, agent) = (world.alice.clone(), postman("host-1"));
    let roll = |under: &str| register_dkim(under, dkim(80));
    assert_eq!(
        ask(&mut world, &agent, roll("nx1")),
        refused(2014, Reason::NotOwner),
        "the IMVU is nowhere"
    );
    world.run("host-1");
    assert_eq!(
        ask(&mut world, &agent, roll("nx1")),
        refused(2014, Reason::RolloverNotConsented)
    );
    world.must(&alice, consent_to_rollover(true));
    for stranger in [
        postman("host-2"),
        agent_of("host-1", AgentKind::Compute),
        world.operator_of("host-1"),
    ] {
        assert_eq!(
            ask(&mut world, &stranger, roll("nx1")),
            refused(2014, Reason::NotOwner)
        );
    }
    assert_eq!(ask(&mut world, &agent, roll("nx1")), (0, None));
    assert_eq!(world.dkim_key("nx1").unwrap().by, agent.id);
    assert_eq!(
        ask(&mut world, &agent, revoke_dkim("nx1")),
        refused(2014, Reason::NotOwner),
        "the agent adds keys and takes none"
    );
    world.must(&alice, revoke_dkim("nx1"));
    // Revoked with notice: in force until the notice is over.
    world.must(&alice, consent_to_rollover(false));
    assert_eq!(ask(&mut world, &agent, roll("nx2")), (0, None));
    world.pass(START + 40 * DAY);
    assert_eq!(
        ask(&mut world, &agent, roll("nx3")),
        refused(2014, Reason::RolloverNotConsented)
    );
}

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

fn spec(world: &World, host_id: &str) -> MailSpec {
    match world.assignment(host_id, AgentKind::Mail, ID).spec {
        Spec::Mail(spec) => spec,
        other => panic!("{other:?}"),
    }
}

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

/// A world whose IMVU-042 runs on host-1.
fn served() -> World {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world
}

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

fn reroute(prefix: &str, hop: [u8; 4]) -> Action {
    Action::ChangeRoute {
        imvu: imvu(ID),
        change: RouteChange::Set(Route {
            prefix: prefix.parse().unwrap(),
            next_hop: Address::V4(hop),
        }),
    }
}

#[test]
fn no_route_leads_into_another_imvus_subnet() {
    let mut world = served();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-B"),
        host: Some(host("host-1")),
    };
    world.must(&bob, activate);
    // Alice has slot 0, 10.0.0.0/30, Bob slot 1, 10.0.0.4/30.
    let leak = refused(2016, Reason::NotItsSubnet);
    for action in [
        reroute("203.0.113.0/24", [10, 0, 0, 4]),
        reroute("203.0.113.0/24", [10, 0, 0, 7]),
        reroute("10.0.0.4/30", [192, 0, 2, 1]),
        reroute("10.0.0.6/32", [192, 0, 2, 1]),
    ] {
        assert_eq!(ask(&mut world, &alice, action), leak);
    }
    for action in [
        reroute("203.0.113.0/24", [10, 0, 0, 3]),
        reroute("203.0.114.0/24", [10, 0, 0, 8]),
        reroute("10.0.0.0/30", [192, 0, 2, 1]),
        reroute("10.0.0.0/8", [192, 0, 2, 1]),
    ] {
        world.must(&alice, action);
    }
    let officers = world.officers[..3].to_vec();
    let Action::ChangeRoute { imvu, change } = reroute("203.0.115.0/24", [10, 0, 0, 5]) else {
        unreachable!()
    };
    let expires = world.now.time.plus_ms(HOUR);
    let propose = Action::ProposeRoute {
        imvu,
        change,
        expires,
    };
    let proposed = world.submit(&officers, propose);
    assert_eq!(said(&proposed), leak);
}

#[test]
fn a_proposed_route_is_judged_again_when_it_is_signed() {
    let mut world = served();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    let Action::ChangeRoute { imvu: id, change } = reroute("203.0.115.0/24", [10, 0, 0, 5]) else {
        unreachable!()
    };
    let expires = world.now.time.plus_ms(HOUR);
    let propose = Action::ProposeRoute {
        imvu: id,
        change,
        expires,
    };
    let proposal = world.submit(&officers, propose).verdict.unwrap().tx;
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-B"),
        host: Some(host("host-1")),
    };
    world.must(&bob, activate);
    let approval = world.approve(&alice, ID, Change::Route(change));
    assert_eq!(
        ask(
            &mut world,
            &alice,
            Action::SignApproval { proposal, approval }
        ),
        refused(2016, Reason::NotItsSubnet)
    );
    // Once Bob has left, nothing of his is there.
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-B"),
        accept_loss: true,
    };
    world.must(&bob, stop);
    let approval = world.approve(&alice, ID, Change::Route(change));
    world.must(&alice, Action::SignApproval { proposal, approval });
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
