//! Who may not take an action, by gate 1's own reason: no other gate has to notice.

use super::council::{refusal, restrict};
use super::hosting::*;
use super::market::*;
use super::world::*;
use nexus_types::action::{Action, Parameter, SuspendReason};
use nexus_types::governance::RestrictionScope;
use nexus_types::guardian::{ImvuRole, SetMember};
use nexus_types::host::{Agent, AgentKind, HostChange, HostStatus};
use nexus_types::meter::Resource;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::{Micros, Reason, Time, state_key};

const NOT_OFFICER: (u32, Option<Reason>) = (2001, Some(Reason::NotOfficer));
const NOT_OPERATOR: (u32, Option<Reason>) = (2001, Some(Reason::NotOperator));

fn propose_cut(world: &World) -> Action {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 2_000);
    Action::ProposeQuota {
        imvu: imvu(ID),
        change,
        expires: world.now.time.plus_ms(HOUR),
    }
}

#[test]
fn an_officers_action_is_signed_first_by_an_officer_however_many_co_sign() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let propose = propose_cut(&world);
    let mut fronted = vec![bob.clone()];
    fronted.extend_from_slice(&world.officers[..3]);
    for signers in [vec![bob], vec![alice.clone()], fronted] {
        assert_eq!(
            refusal(&world.submit(&signers, propose.clone())),
            NOT_OFFICER
        );
    }
    let correct = Action::CorrectCharge {
        imvu: imvu(ID),
        period: month(START),
        payer: alice.id,
        amount: Micros(1),
    };
    assert_eq!(refusal(&world.submit(&[alice], correct)), NOT_OFFICER);
    let officers = world.officers[..3].to_vec();
    assert_eq!(refusal(&world.submit(&officers, propose)), (0, None));
}

#[test]
fn only_an_organisation_has_hosts_or_restricts_and_each_only_its_own_hosts() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let bob = world.bob.clone();
    let (owner, other) = (world.operator_of("host-1"), world.operator_of("host-2"));
    let close = Action::ChangeHost {
        host: host("host-1"),
        change: HostChange::Status(HostStatus::Closed),
    };
    let found = register_host("host-9", "EU-GDPR");
    let order = restrict(&world, RestrictionScope::Mail, 1);
    for (who, action) in [
        (&bob, &found),
        (&bob, &close),
        (&bob, &order),
        (&other, &close),
    ] {
        assert_eq!(
            refusal(&world.try_as(who, action.clone())),
            NOT_OPERATOR,
            "{}",
            action.kind()
        );
    }
    // A name that somebody has is the action's own matter.
    let taken = refusal(&world.try_as(&other, register_host("host-1", "EU-GDPR")));
    assert_eq!(taken.1, Some(Reason::AlreadyExists));
    assert_eq!(refusal(&world.try_as(&owner, close)), (0, None));
    assert_eq!(refusal(&world.try_as(&other, found)), (0, None));
}

#[test]
fn an_agent_speaks_from_the_moment_on_from_which_it_may_be_used() {
    let mut world = World::new();
    world.alter_chain(|chain| chain.delays.registration_ms = HOUR);
    let operator = world.operator_of("host-1");
    world.must(&operator, register_host("host-1", "EU-GDPR"));
    let register = Action::RegisterAgent {
        host: host("host-1"),
        kind: AgentKind::Compute,
        key: agent_of("host-1", AgentKind::Compute).public(),
    };
    world.must(&operator, register);
    let agent = agent_of("host-1", AgentKind::Compute);
    let known: Agent = world.memory.read(&state_key::agent(&agent.id)).unwrap();
    let from = known.usable_from;
    assert!(from > world.now.time);
    for (time, answer) in [
        (from.0 - 1, (2001, Some(Reason::NotYetUsable))),
        (from.0, (0, None)),
    ] {
        let mut world = world.clone();
        world.set_clocks(time);
        let mut report = world.next_report("host-1", AgentKind::Compute);
        report.capabilities = Some(capabilities().hash());
        let outcome = world.try_as(&agent, Action::Report(report));
        assert_eq!(refusal(&outcome), answer);
    }
}

#[test]
fn a_dispute_is_given_up_by_the_processor_or_the_creator_alone() {
    let mut world = World::new();
    world.add_processor();
    world.pay(sale("s-1", 1_000));
    let opened = world.try_as(&cashier(), dispute("s-1", 400));
    let dispute = opened.verdict.unwrap().tx;
    let give_up = |won| Action::ResolveDispute { dispute, won };
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let refused = (2001, Some(Reason::NotProcessor));
    assert_eq!(refusal(&world.try_as(&bob, give_up(false))), refused);
    assert_eq!(refusal(&world.try_as(&alice, give_up(true))), refused);
    assert_eq!(refusal(&world.try_as(&alice, give_up(false))), (0, None));
}

#[test]
fn of_an_imvu_that_does_not_exist_nobody_is_told_that_it_is_anothers() {
    let mut world = World::new();
    let bob = world.bob.clone();
    let nowhere = imvu("IMVU-NOWHERE");
    for action in [
        Action::SetMember(SetMember {
            imvu: nowhere.clone(),
            member: world.alice.id,
            role: Some(ImvuRole::Viewer),
        }),
        Action::ActivateImvu {
            imvu: nowhere.clone(),
            host: None,
        },
    ] {
        let kind = action.kind();
        let outcome = world.try_as(&bob, action);
        assert_eq!(
            refusal(&outcome).1,
            Some(Reason::NotFound),
            "{kind}: {}",
            outcome.log
        );
    }
}

#[test]
fn an_attestation_counts_up_to_the_last_instant_it_names() {
    let world = World::new();
    let carol = Person::new(40);
    let now = world.now.time;
    for (expires, answer) in [
        (now, (0, None)),
        (Time(now.0 - 1), (2001, Some(Reason::AttestationExpired))),
    ] {
        let mut world = world.clone();
        let mut attestation = world.attest(&carol);
        attestation.body.expires = expires;
        attestation.signature = world.attester.sign(nexus_types::crypto::signing_digest(
            nexus_types::crypto::SigningKind::Attestation,
            &attestation.body,
        ));
        let action = Action::RegisterIdentity {
            key: carol.public(),
            attestation: Some(attestation),
        };
        assert_eq!(refusal(&world.try_as(&carol, action)), answer);
    }
}

#[test]
fn what_exists_only_to_be_refused_is_refused_to_whoever_may_ask() {
    let mut world = World::new();
    let (alice, officers) = (vec![world.alice.clone()], world.officers[..3].to_vec());
    let split = Parameter::Split {
        creator_percent: 40,
        platform_percent: 60,
    };
    for (signers, action, code) in [
        (
            &alice,
            Action::SelfReportUsage {
                imvu: imvu(ID),
                resource: Resource::Network,
                quantity: 1,
            },
            2006,
        ),
        (&alice, Action::DeleteAuditEntry { sequence: 0 }, 2011),
        (
            &officers,
            Action::PlatformSuspend {
                imvu: imvu(ID),
                reason: SuspendReason::Abuse,
            },
            2015,
        ),
        (
            &officers,
            Action::ProposeParameter { parameter: split },
            2055,
        ),
        (
            &officers,
            Action::SetSplit {
                imvu: imvu(ID),
                creator_percent: 40,
                platform_percent: 60,
            },
            2055,
        ),
    ] {
        let kind = action.kind();
        let outcome = world.submit(signers, action);
        assert_eq!(outcome.code.number(), code, "{kind}: {}", outcome.log);
    }
}

#[test]
fn a_new_imvu_asks_for_something_of_each_resource_and_no_more_than_there_is_to_have() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let most = nexus_types::quota::Quota {
        pids: 32_768,
        ..QUOTA
    };
    for (quota, answer) in [
        (
            nexus_types::quota::Quota { pids: 0, ..QUOTA },
            (2007, Some(Reason::ZeroQuota)),
        ),
        (
            nexus_types::quota::Quota {
                pids: most.pids + 1,
                ..QUOTA
            },
            (2007, Some(Reason::OverEnvelope)),
        ),
        (most, (0, None)),
    ] {
        let create = Action::CreateImvu {
            imvu: imvu("IMVU-NEW"),
            jurisdiction: None,
            quota,
        };
        assert_eq!(refusal(&world.try_as(&alice, create)), answer);
    }
}
