//! The people an owner lets act for it on one IMVU.

use super::hosting::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::guardian::{ImvuRole, SetMember, Team};
use nexus_types::limits::TEAM_MEMBERS;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::{Code, Text, state_key};

pub(super) fn member(person: &Person, role: Option<ImvuRole>) -> Action {
    Action::SetMember(SetMember {
        imvu: imvu(ID),
        member: person.id,
        role,
    })
}

fn records(last: u8) -> Action {
    Action::SetRecords {
        zone: text("alice.demo.example"),
        owner: text("www.alice.demo.example"),
        rrset: address(last),
    }
}

fn describe() -> Action {
    Action::DescribeImvu {
        imvu: imvu(ID),
        description: Text::new("a shop").unwrap(),
    }
}

#[test]
fn an_operator_runs_the_imvu_and_owns_nothing_of_it() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, member(&bob, Some(ImvuRole::Operator)));
    world.must(&bob, records(3));
    world.must(&bob, describe());
    world.must(
        &bob,
        Action::ActivateImvu {
            imvu: imvu(ID),
            host: None,
        },
    );
    // What only an owner may do stays the owner's: names, quotas, approvals, the team itself.
    let mut cut = QuotaChange::EMPTY;
    cut.set(QuotaField::CpuMillis, 1_000);
    let refused = [
        (
            Action::ReleaseDomain {
                name: text("alice.demo.example"),
            },
            2003,
        ),
        (
            Action::ClaimDomain {
                name: text("more.demo.example"),
                imvu: imvu(ID),
            },
            2001,
        ),
        (
            Action::ChangeQuota {
                imvu: imvu(ID),
                change: cut,
            },
            2001,
        ),
        (
            member(&world.attester.clone(), Some(ImvuRole::Viewer)),
            2001,
        ),
        (
            Action::RevokeApproval {
                imvu: imvu(ID),
                approval: nexus_types::Hash([1; 32]),
            },
            2001,
        ),
    ];
    for (action, code) in refused {
        let kind = action.kind();
        let outcome = world.submit(std::slice::from_ref(&bob), action);
        assert_eq!(outcome.code.number(), code, "{kind}");
    }
    // Nor does an approval by anybody but the owner count.
    let approval = world.approve(&bob, ID, Change::Quota(cut));
    let officers = world.officers[..3].to_vec();
    let change = Action::ChangeQuota {
        imvu: imvu(ID),
        change: cut,
    };
    let outcome = world.submit_with(&officers, change, vec![approval]);
    assert_eq!(outcome.code.number(), 2015);
}

#[test]
fn a_member_who_went_acts_no_more_and_goes_when_it_wants_to() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, member(&bob, Some(ImvuRole::Operator)));
    world.must(&bob, member(&bob, None));
    assert_eq!(
        world
            .submit(std::slice::from_ref(&bob), records(4))
            .code
            .number(),
        2004
    );
    assert_eq!(world.memory.read::<Team>(&state_key::team(&imvu(ID))), None);
    // Nobody makes itself a member, or another role.
    let joins = world.submit(
        std::slice::from_ref(&bob),
        member(&bob, Some(ImvuRole::Viewer)),
    );
    assert_eq!(joins.code.number(), 2001);
    assert_eq!(
        world.submit(&[alice], member(&bob, None)).code,
        Code::NoChange
    );
}

#[test]
fn billing_and_viewers_change_nothing_that_runs() {
    for role in [ImvuRole::Billing, ImvuRole::Viewer] {
        let mut world = World::new();
        let (alice, bob) = (world.alice.clone(), world.bob.clone());
        world.must(&alice, member(&bob, Some(role)));
        assert_eq!(
            world
                .submit(std::slice::from_ref(&bob), records(4))
                .code
                .number(),
            2004
        );
        assert_eq!(world.submit(&[bob], describe()).code.number(), 2001);
    }
}

#[test]
fn billing_links_a_processor_and_its_refund_is_the_creators() {
    use super::market::*;
    let mut world = World::new();
    world.add_processor();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, member(&bob, Some(ImvuRole::Billing)));
    world.must(&bob, link(false));
    world.must(&bob, link(true));
    world.pay(sale("s-1", 1_000));
    world.pass(START + 40 * DAY);
    let matured = |world: &World, of: &Person| {
        let id = nexus_types::money::AccountId::Matured(of.id);
        let account = world
            .memory
            .read::<nexus_types::money::Account>(&state_key::account(&id));
        account.map_or(0, |account| account.balance(&id).0)
    };
    let before = matured(&world, &alice);
    world.must(&bob, grant("s-1", 400));
    assert!(matured(&world, &alice) < before);
    assert_eq!(matured(&world, &bob), 0);
}

#[test]
fn a_members_work_is_on_record_and_told_to_nobody_as_if_it_were_foreign() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, member(&bob, Some(ImvuRole::Operator)));
    let of = |kind| LogId::Collection(kind, Some(imvu(ID)));
    let count = |world: &World, kind| world.memory.logs.get(&of(kind)).map_or(0, Vec::len);
    let (audit, notices) = (
        count(&world, CollectionKind::Audit),
        count(&world, CollectionKind::Notices),
    );
    world.must(&bob, records(5));
    assert_eq!(count(&world, CollectionKind::Audit), audit + 1);
    assert_eq!(count(&world, CollectionKind::Notices), notices);
}

#[test]
fn an_officer_who_is_a_member_acts_for_the_owner_only_where_a_member_may() {
    let mut world = World::new();
    let (alice, officer) = (world.alice.clone(), world.officers[0].clone());
    world.must(&alice, member(&officer, Some(ImvuRole::Operator)));
    world.must(&officer, records(6));
    let mut cut = QuotaChange::EMPTY;
    cut.set(QuotaField::CpuMillis, 1_000);
    let change = Action::ChangeQuota {
        imvu: imvu(ID),
        change: cut,
    };
    let officers = world.officers[..3].to_vec();
    assert_eq!(world.submit(&officers, change).code.number(), 2015);
}

#[test]
fn a_team_has_room_for_thirty_two_who_are_somebody_and_not_the_owner() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let viewer = Some(ImvuRole::Viewer);
    let outcome = world.submit(std::slice::from_ref(&alice), member(&alice, viewer));
    assert_eq!(outcome.code, Code::WrongState);
    let nobody = world.submit(
        std::slice::from_ref(&alice),
        member(&Person::new(999), viewer),
    );
    assert_eq!(nobody.code, Code::WrongState);
    let people: Vec<Person> = (0..=TEAM_MEMBERS as u16)
        .map(|one| Person::new(300 + one))
        .collect();
    for (nth, one) in people.iter().enumerate() {
        world.register(one);
        let outcome = world.submit(std::slice::from_ref(&alice), member(one, viewer));
        let full = nth == TEAM_MEMBERS;
        assert_eq!(outcome.code == Code::LimitReached, full, "{}", outcome.log);
    }
}
