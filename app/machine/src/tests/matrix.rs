//! Gate × role × action: every cell of the table, allowed or refused, generated from `ActionKind::ALL`.

use super::world::*;
use nexus_types::action::{Action, ActionKind, Parameter, Resource, SuspendReason};
use nexus_types::approval::Change;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Route, RouteChange};
use nexus_types::rrset::RecordType;
use nexus_types::{Outcome, Text};

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
}

const ROLES: [Role; 7] = [
    Role::Unregistered,
    Role::Revoked,
    Role::Stranger,
    Role::Owner,
    Role::Attester,
    Role::Officer,
    Role::Threshold,
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
fn sample(kind: ActionKind, world: &mut World, person: &Person) -> Action {
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
        ActionKind::ActivateImvu => Action::ActivateImvu { imvu: id },
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
        ActionKind::PlatformSuspend => Action::PlatformSuspend {
            imvu: id,
            reason: SuspendReason::Unstated,
        },
    }
}

fn cell(kind: ActionKind, role: Role) -> String {
    let mut world = World::new();
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
    let mut actual =
        String::from("# action Unregistered Revoked Stranger Owner Attester Officer Threshold\n");
    for kind in ActionKind::ALL {
        let cells: Vec<String> = ROLES.iter().map(|role| cell(kind, *role)).collect();
        actual.push_str(&format!("{kind} {}\n", cells.join(" ")));
    }
    assert_eq!(actual, EXPECTED, "\n{actual}");
}
