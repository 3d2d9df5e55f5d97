//! Gate × role × action: every cell of the table, allowed or refused, generated from `ActionKind::ALL`.

use super::consents::*;
use super::council::*;
use super::hosting::*;
use super::mailing::*;
use super::market::*;
use super::snapshots::*;
use super::world::*;
use super::{guardians, team};
use nexus_types::action::{Action, ActionKind, Parameter, SuspendReason};
use nexus_types::approval::Change;
use nexus_types::governance::{AppealRestriction, RestrictionScope};
use nexus_types::guardian::ImvuRole;
use nexus_types::host::{AgentKind, HostChange, HostStatus};
use nexus_types::mail::{RevokeMailCredential, RevokeMailTokens};
use nexus_types::meter::{MeterScope, Resource};
use nexus_types::payment::StandingConsent;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Route, RouteChange};
use nexus_types::rrset::RecordType;
use nexus_types::{Micros, Outcome, Set, Text};

/// Who acts on Alice's IMVU-042 and alice.demo.example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Unregistered,
    Revoked,
    Stranger,
    Owner,
    Attester,
    Officer,
    Threshold,
    /// Of the organisation that runs host-1.
    Operator,
    /// The agent of host-1 whose work it is: the mail agent for mail, else the compute agent.
    Agent,
    /// Two thirds of the seats' operators.
    Seats,
    /// The payment processor.
    Processor,
    /// Two of Alice's three guardians.
    Guardians,
    /// An operator in IMVU-042's team.
    Member,
}

const ROLES: [Role; 13] = [
    Role::Unregistered,
    Role::Revoked,
    Role::Stranger,
    Role::Owner,
    Role::Attester,
    Role::Officer,
    Role::Threshold,
    Role::Operator,
    Role::Agent,
    Role::Seats,
    Role::Processor,
    Role::Guardians,
    Role::Member,
];

/// For each action and role in the order of `ROLES`: the code, then the gates that refuse.
const EXPECTED: &str = include_str!("matrix.txt");

fn quota_cut() -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 2_000);
    change
}

fn route() -> RouteChange {
    RouteChange::Set(Route {
        prefix: "203.0.113.0/24".parse().unwrap(),
        next_hop: Address::V4([10, 0, 0, 99]),
    })
}

fn policy() -> PathPolicy {
    PathPolicy {
        egress_open: true,
        ..PathPolicy::default()
    }
}

/// A valid action of the kind, aimed at what is Alice's.
pub(super) fn sample(kind: ActionKind, world: &mut World, person: &Person) -> Action {
    let id = imvu("IMVU-042");
    let expires = world.now.time.plus_ms(HOUR);
    let zone = text("alice.demo.example");
    match kind {
        ActionKind::RegisterIdentity => Action::RegisterIdentity {
            key: person.public(),
            attestation: None,
        },
        ActionKind::RotateKey => world.rotation(person, 1, &Person::new(99)),
        ActionKind::RevokeIdentity => Action::RevokeIdentity,
        ActionKind::CreateImvu => Action::CreateImvu {
            imvu: imvu("IMVU-NEW"),
            jurisdiction: Some(tag("US-CCPA")),
            quota: QUOTA,
        },
        ActionKind::ActivateImvu => Action::ActivateImvu {
            imvu: id,
            host: None,
        },
        ActionKind::StopImvu => {
            world.run("host-1");
            Action::StopImvu {
                imvu: id,
                accept_loss: false,
            }
        }
        ActionKind::MoveImvu => {
            world.run("host-1");
            world.add_host("host-2", "EU-GDPR");
            world.snapshot("host-1");
            Action::MoveImvu {
                imvu: id,
                host: None,
                accept_loss: false,
            }
        }
        ActionKind::RegisterHost => register_host("host-9", "EU-GDPR"),
        ActionKind::ChangeHost => Action::ChangeHost {
            host: host("host-1"),
            change: HostChange::Status(HostStatus::Closed),
        },
        ActionKind::RegisterAgent => Action::RegisterAgent {
            host: host("host-1"),
            kind: AgentKind::Dns,
            key: Person::new(97).public(),
        },
        ActionKind::RegisterMeter => {
            let (replaces, _) = meter_of("host-1", AgentKind::Compute);
            Action::RegisterMeter {
                meter: meter("meter-new"),
                host: host("host-1"),
                kind: AgentKind::Compute,
                scope: MeterScope::Host,
                keys: Set::new(vec![Person::new(98).public()]).unwrap(),
                threshold: 1,
                test: false,
                replaces: Some(replaces),
            }
        }
        ActionKind::Report => Action::Report(world.next_report("host-1", AgentKind::Compute)),
        ActionKind::DescribeImvu => Action::DescribeImvu {
            imvu: id,
            description: Text::new("a shop").unwrap(),
        },
        ActionKind::SetJurisdiction => Action::SetJurisdiction {
            imvu: id,
            jurisdiction: tag("US-CCPA"),
        },
        ActionKind::ProposeQuota => Action::ProposeQuota {
            imvu: id,
            change: quota_cut(),
            expires,
        },
        ActionKind::ProposeRoute => Action::ProposeRoute {
            imvu: id,
            change: route(),
            expires,
        },
        ActionKind::ProposePathPolicy => Action::ProposePathPolicy {
            imvu: id,
            policy: policy(),
            expires,
        },
        ActionKind::ChangeQuota => Action::ChangeQuota {
            imvu: id,
            change: quota_cut(),
        },
        ActionKind::ChangeRoute => Action::ChangeRoute {
            imvu: id,
            change: route(),
        },
        ActionKind::ChangePathPolicy => Action::ChangePathPolicy {
            imvu: id,
            policy: policy(),
        },
        ActionKind::SignApproval => {
            let officers = world.officers[..3].to_vec();
            let opened = world.submit(
                &officers,
                Action::ProposeQuota {
                    imvu: id,
                    change: quota_cut(),
                    expires,
                },
            );
            let proposal = opened.verdict.unwrap().tx;
            let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(quota_cut()));
            Action::SignApproval { proposal, approval }
        }
        ActionKind::RevokeApproval => Action::RevokeApproval {
            imvu: id,
            approval: nexus_types::Hash([1; 32]),
        },
        ActionKind::ClaimDomain => Action::ClaimDomain {
            name: text("shop.demo.example"),
            imvu: id,
        },
        ActionKind::ReleaseDomain => Action::ReleaseDomain { name: zone },
        ActionKind::SetRecords => Action::SetRecords {
            zone,
            owner: text("www.alice.demo.example"),
            rrset: address(7),
        },
        ActionKind::RemoveRecords => {
            let owner = text("old.alice.demo.example");
            let alice = world.alice.clone();
            let set = Action::SetRecords {
                zone: zone.clone(),
                owner: owner.clone(),
                rrset: address(8),
            };
            world.must(&alice, set);
            Action::RemoveRecords {
                zone,
                owner,
                rtype: RecordType::A,
            }
        }
        ActionKind::SetSplit => Action::SetSplit {
            imvu: id,
            creator_percent: 40,
            platform_percent: 60,
        },
        ActionKind::ProposeParameter => Action::ProposeParameter {
            parameter: Parameter::Split {
                creator_percent: 40,
                platform_percent: 60,
            },
        },
        ActionKind::SelfReportUsage => Action::SelfReportUsage {
            imvu: id,
            resource: Resource::Network,
            quantity: 1 << 30,
        },
        ActionKind::DeleteAuditEntry => Action::DeleteAuditEntry { sequence: 0 },
        ActionKind::PublishPrices => Action::PublishPrices {
            from: month(START + 70 * DAY),
            prices: PRICES,
        },
        ActionKind::SetTaxRate => Action::SetTaxRate {
            region: tag("EU-GDPR"),
            millionths: 190_000,
            from: month(START + 70 * DAY),
        },
        ActionKind::RegisterProcessor => Action::RegisterProcessor {
            processor: processor("other"),
        },
        ActionKind::LinkProcessor => link(false),
        ActionKind::RecordDeposit => deposit("d-1", person, 1_000),
        ActionKind::RecordSale => sale("s-1", 1_000),
        ActionKind::RecordRefund => {
            world.pay(sale("s-1", 1_000));
            refund("r-1", "s-1", 400)
        }
        ActionKind::GrantRefund => {
            world.pay(sale("s-1", 1_000));
            world.pass(START + 40 * DAY);
            grant("s-1", 400)
        }
        ActionKind::OpenDispute => {
            world.pay(sale("s-1", 1_000));
            dispute("s-1", 400)
        }
        ActionKind::ResolveDispute => {
            world.pay(sale("s-1", 1_000));
            let opened = world.try_as(&cashier(), dispute("s-1", 400));
            Action::ResolveDispute {
                dispute: opened.verdict.unwrap().tx,
                won: false,
            }
        }
        ActionKind::RequestPayout => {
            world.pay(sale("s-1", 1_000));
            world.pass(START + 40 * DAY);
            payout(500)
        }
        ActionKind::SettlePayout => {
            world.pay(sale("s-1", 1_000));
            world.pass(START + 40 * DAY);
            let alice = world.alice.clone();
            let asked = world.try_as(&alice, payout(500));
            Action::SettlePayout {
                payout: asked.verdict.unwrap().tx,
                settled: true,
            }
        }
        ActionKind::Reconcile => Action::Reconcile {
            processor: processor("pay"),
            taken_in: Micros(0),
            paid_out: Micros(0),
            statement: nexus_types::Hash([7; 32]),
        },
        ActionKind::SignMandate => mandate(world, person, 1_000),
        ActionKind::RevokeMandate => {
            let (alice, bob) = (world.alice.clone(), world.bob.clone());
            let sign = mandate(world, &bob, 1_000);
            let signed = world.submit(&[bob, alice], sign);
            assert_eq!(signed.code.number(), 0, "{}", signed.log);
            Action::RevokeMandate { imvu: id }
        }
        ActionKind::CorrectCharge => Action::CorrectCharge {
            imvu: id,
            period: month(START),
            payer: world.alice.id,
            amount: Micros(1),
        },
        ActionKind::Contain => Action::Contain {
            imvu: id,
            evidence: nexus_types::Hash([6; 32]),
            span_ms: HOUR,
        },
        ActionKind::SetStandingConsent => Action::SetStandingConsent {
            imvu: id,
            consent: StandingConsent::DebtLadder,
            given: true,
        },
        ActionKind::SetGuardians => guardians::choose(&guardians::friends()[1..], 2),
        ActionKind::FreezeIdentity => guardians::freeze(world),
        ActionKind::ThawIdentity => {
            let frozen = guardians::freeze(world);
            assert_eq!(
                world
                    .submit(&guardians::friends()[..2], frozen)
                    .code
                    .number(),
                0
            );
            guardians::thaw(world)
        }
        ActionKind::ProposeRecovery => guardians::recovery(world, None),
        ActionKind::VetoPending => {
            let asked = guardians::recovery(world, None);
            assert_eq!(
                world
                    .submit(&guardians::friends()[..2], asked)
                    .code
                    .number(),
                0
            );
            guardians::veto(world)
        }
        ActionKind::SetMember => {
            let bob = world.bob.clone();
            team::member(&bob, Some(ImvuRole::Viewer))
        }
        ActionKind::GrantAddress => Action::GrantAddress(grant_address("ann", world.bob.id)),
        ActionKind::RevokeAddress => {
            world.add_mail();
            revoke_address("ann")
        }
        ActionKind::ProposeMailRoute => propose_mail(world, exchange("mx.elsewhere.test")),
        ActionKind::ChangeMailRoute => change_mail(exchange("mx.elsewhere.test")),
        ActionKind::RegisterDkimKey => {
            let alice = world.alice.clone();
            world.run("host-1");
            world.must(&alice, consent_to_rollover(true));
            register_dkim("nx1", dkim(80))
        }
        ActionKind::RevokeDkimKey => {
            let alice = world.alice.clone();
            world.must(&alice, register_dkim("nx1", dkim(80)));
            revoke_dkim("nx1")
        }
        ActionKind::SetMailCredential => {
            let alice = world.alice.clone();
            world.must(&alice, Action::GrantAddress(grant_address("ann", alice.id)));
            Action::SetMailCredential(credential(world, alice.id, &[address_of("ann")]))
        }
        ActionKind::RevokeMailCredential => {
            world.add_mail();
            Action::RevokeMailCredential(RevokeMailCredential {
                imvu: id,
                credential: nexus_types::Hash([5; 32]),
            })
        }
        ActionKind::RevokeMailTokens => Action::RevokeMailTokens(RevokeMailTokens { imvu: id }),
        ActionKind::RecordMailEpoch => {
            world.run("host-1");
            Action::RecordMailEpoch(epoch(1))
        }
        ActionKind::SubmitGovernance => submit(add_jurisdiction("CA-LAW")),
        ActionKind::CastBallot => {
            let operator = world.operators[3].clone();
            let proposal = world.propose(&operator, add_jurisdiction("CA-LAW"));
            ballot(&proposal, true)
        }
        ActionKind::WithdrawGovernance => {
            let operator = world.operator_of("host-1");
            let proposal = world.propose(&operator, add_jurisdiction("CA-LAW"));
            withdraw(&proposal)
        }
        ActionKind::RestrictLegally => restrict(world, RestrictionScope::Serving, 1),
        ActionKind::AppealRestriction => {
            let order = restrict(world, RestrictionScope::Mail, 1);
            let court = world.court();
            let ordered = world.submit(&court, order);
            assert_eq!(ordered.code.number(), 0, "{}", ordered.log);
            Action::AppealRestriction(AppealRestriction {
                imvu: id,
                grounds: nexus_types::Hash([4; 32]),
            })
        }
        ActionKind::PlatformSuspend => Action::PlatformSuspend {
            imvu: id,
            reason: SuspendReason::Unstated,
        },
        ActionKind::RecordConsent => consent(0),
        ActionKind::RevokeConsent => {
            world.must_as_alice(consent(0));
            revocation(1, 0)
        }
        ActionKind::EraseConsent => {
            world.must_as_alice(consent(0));
            erasure(1, 0)
        }
        ActionKind::RecordDeletion => {
            world.run("host-1");
            world.must_as_alice(consent(0));
            world.must_as_alice(erasure(1, 0));
            deletion(1)
        }
        ActionKind::RewriteConsent => {
            world.must_as_alice(consent(0));
            rewriting(0)
        }
        ActionKind::RequestSnapshot => {
            world.run("host-1");
            request()
        }
        ActionKind::RecordSnapshot => {
            world.run("host-1");
            world.must_as_alice(request());
            taken(world, 1)
        }
        ActionKind::RewriteSnapshot => {
            world.run("host-1");
            world.snapshot("host-1");
            rewrite(1)
        }
        ActionKind::DropSnapshot => {
            world.run("host-1");
            world.snapshot("host-1");
            drop_it(1)
        }
        ActionKind::RestoreSnapshot => {
            world.run("host-1");
            world.snapshot("host-1");
            restore("IMVU-042", 1)
        }
    }
}

fn cell(kind: ActionKind, role: Role) -> String {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_processor();
    guardians::guard(&mut world);
    let (alice, operator) = (world.alice.clone(), Person::new(163));
    world.register(&operator);
    world.must(&alice, team::member(&operator, Some(ImvuRole::Operator)));
    let carol = Person::new(40);
    if role == Role::Revoked {
        world.register(&carol);
        world.must(&carol, Action::RevokeIdentity);
    }
    let signers = match role {
        Role::Unregistered | Role::Revoked => vec![carol],
        Role::Stranger => vec![world.bob.clone()],
        Role::Owner => vec![world.alice.clone()],
        Role::Attester => vec![world.attester.clone()],
        Role::Officer => vec![world.officers[0].clone()],
        Role::Threshold => world.officers[..3].to_vec(),
        Role::Operator => vec![world.operator_of("host-1")],
        Role::Agent => match kind {
            ActionKind::RegisterDkimKey | ActionKind::RecordMailEpoch => vec![postman("host-1")],
            _ => vec![agent_of("host-1", AgentKind::Compute)],
        },
        Role::Seats => world.seats(),
        Role::Processor => vec![cashier()],
        Role::Guardians => guardians::friends()[..2].to_vec(),
        Role::Member => vec![operator],
    };
    let action = sample(kind, &mut world, &signers[0]);
    let outcome = world.submit(&signers, action);
    let Some(verdict) = &outcome.verdict else {
        return outcome.code.number().to_string();
    };
    let evaluated: Vec<_> = verdict.gates.iter().map(|entry| entry.gate).collect();
    assert_eq!(
        evaluated,
        kind.gates(),
        "{kind} by {role:?}: every gate of the table is in the verdict"
    );
    let refused: Vec<String> = verdict
        .gates
        .iter()
        .filter(|entry| entry.outcome != Outcome::Passed)
        .map(|entry| entry.gate.number().to_string())
        .collect();
    if refused.is_empty() {
        outcome.code.number().to_string()
    } else {
        format!("{}:{}", outcome.code.number(), refused.join(","))
    }
}

#[test]
fn every_gate_role_and_action_is_allowed_or_refused_as_the_table_says() {
    let mut actual = String::from(
        "# action Unregistered Revoked Stranger Owner Attester Officer Threshold Operator Agent Seats Processor Guardians Member\n",
    );
    for kind in ActionKind::ALL {
        let cells: Vec<String> = ROLES.iter().map(|role| cell(kind, *role)).collect();
        actual.push_str(&format!("{kind} {}\n", cells.join(" ")));
    }
    // After a change of the law: write the table again, and read each cell that changed.
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/matrix.txt");
        std::fs::write(path, &actual).unwrap();
    }
    assert_eq!(actual, EXPECTED, "\n{actual}");
}
