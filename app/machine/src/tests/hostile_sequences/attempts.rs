//! What an attacker tries, of every kind: the matrix's lawful example aimed at Alice, or something worse.

use super::ID;
use crate::tests::consents::*;
use crate::tests::council::*;
use crate::tests::guardians::{self, choose};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::market::*;
use crate::tests::matrix::sample;
use crate::tests::snapshots::*;
use crate::tests::team;
use crate::tests::world::*;
use nexus_types::action::{Action, NameText};
use nexus_types::approval::{Approval, Change};
use nexus_types::governance::{GovernanceChange, GovernanceProposal};
use nexus_types::guardian::ImvuRole;
use nexus_types::host::{AgentKind, Capabilities, EnforcementGrade, HostChange, HostStatus};
use nexus_types::mail::{GrantAddress, MailRouteChange, RevokeAddress};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Route, RouteChange};
use nexus_types::rrset::RecordType;
use nexus_types::state::{Imvu, Proposal, ProposalStatus};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{ActionKind, Role, decode};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The matrix's example of every kind.
pub(super) fn templates() -> &'static BTreeMap<ActionKind, Action> {
    static TEMPLATES: OnceLock<BTreeMap<ActionKind, Action>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let mut base = World::new();
        base.add_host("host-1", "EU-GDPR");
        base.add_processor();
        guardians::guard(&mut base);
        let each = ActionKind::ALL.map(|kind| {
            let mut world = base.clone();
            let bob = world.bob.clone();
            (kind, sample(kind, &mut world, &bob))
        });
        each.into()
    })
}

/// An attacker who has the role that the action asks for, or comes near it.
pub(super) fn asked(kind: ActionKind, world: &World) -> Person {
    match kind.role() {
        Role::Officer | Role::OwnerOrOfficer | Role::OfficerAndOwner => world.officers[0].clone(),
        Role::Operator
        | Role::HostOperator
        | Role::Seats
        | Role::Submitter
        | Role::Proposer
        | Role::OperatorOrOfficer => world.operator_of("host-1"),
        Role::Agent if kind == ActionKind::RecordMailEpoch => postman("host-1"),
        Role::Agent | Role::CopyHolder | Role::SnapshotAgent => {
            agent_of("host-1", AgentKind::Compute)
        }
        Role::Processor | Role::ProcessorOrLoser => cashier(),
        Role::Guardians | Role::HolderOrGuardians => guardians::friends()[0].clone(),
        // Nobody yet: registered or not, it is nobody's.
        Role::Attested => Person::new(7_000),
        Role::Verified
        | Role::Owner
        | Role::Claimant
        | Role::Payer
        | Role::PayerOrOwner
        | Role::OwnerOrMember => world.bob.clone(),
    }
}

/// One of several, by the dice.
fn one_of<T: Clone>(dice: u32, all: &[T]) -> T {
    all[dice as usize % all.len()].clone()
}

fn quota(dice: u32, world: &World) -> QuotaChange {
    let record: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    let mut change = QuotaChange::EMPTY;
    // A cut, alone or among increases; or increases alone.
    for (number, field) in QuotaField::ALL.into_iter().enumerate() {
        let now = record.quota.get(field);
        match dice >> number & 1 {
            1 if dice.is_multiple_of(3) => change.set(field, now + 1),
            1 if dice % 9 == number as u32 => change.set(field, now / 2),
            1 => change.set(field, now + 1),
            _ => {}
        }
    }
    if change == QuotaChange::EMPTY {
        change.set(one_of(dice, &QuotaField::ALL), 1);
    }
    change
}

fn route(dice: u32) -> RouteChange {
    let prefix = one_of(dice, &["10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0"]);
    let prefix = prefix.parse().unwrap();
    let hops = [[10, 0, 0, 99], [192, 0, 2, 1], [198, 51, 100, 7]];
    if dice.is_multiple_of(5) {
        RouteChange::Remove(prefix)
    } else {
        RouteChange::Set(Route {
            prefix,
            next_hop: Address::V4(one_of(dice >> 8, &hops)),
        })
    }
}

fn policy(dice: u32) -> PathPolicy {
    PathPolicy {
        egress_open: dice & 1 == 1,
        ..PathPolicy::default()
    }
}

fn owner(dice: u32) -> NameText {
    text(one_of(
        dice >> 4,
        &[
            "www.alice.demo.example",
            "alice.demo.example",
            "nx1._domainkey.alice.demo.example",
            "new.alice.demo.example",
        ],
    ))
}

fn zone(dice: u32) -> NameText {
    text(one_of(
        dice,
        &[
            "alice.demo.example",
            "ALICE.demo.example.",
            "shop.alice.demo.example",
        ],
    ))
}

/// Hers, or that of the attacker.
fn whose(dice: u32) -> nexus_types::ImvuId {
    imvu(one_of(dice >> 2, &[ID, ID, "IMVU-B"]))
}

fn mail_route(dice: u32) -> MailRouteChange {
    match dice % 3 {
        0 => MailRouteChange {
            route: None,
            ..exchange("mx.elsewhere.test")
        },
        _ => exchange(one_of(dice, &["mx.attacker.test", "mx.bob.demo.example"])),
    }
}

/// Something open that officers proposed to Alice.
fn proposed(world: &World) -> Option<Proposal> {
    let (from, to) = state_key::range_of(KeyKind::Proposal);
    let mut all = world.memory.state.range(from..to);
    all.find_map(|(_, value)| {
        decode::<Proposal>(value)
            .ok()
            .filter(|one| one.status == ProposalStatus::Open)
    })
}

fn governed(world: &World, dice: u32) -> Option<GovernanceProposal> {
    let (from, to) = state_key::range_of(KeyKind::Governance);
    let all: Vec<GovernanceProposal> = world
        .memory
        .state
        .range(from..to)
        .map(|(_, value)| decode(value).unwrap())
        .collect();
    (!all.is_empty()).then(|| one_of(dice, &all))
}

/// Exactly what one of the approvals names, where it is of that kind.
pub(super) fn approved(kind: ActionKind, approvals: &[Approval]) -> Option<Action> {
    let id = imvu(ID);
    approvals
        .iter()
        .find_map(|one| match (kind, one.body.change.clone()) {
            (ActionKind::ChangeQuota, Change::Quota(change)) => Some(Action::ChangeQuota {
                imvu: id.clone(),
                change,
            }),
            (ActionKind::ChangeRoute, Change::Route(change)) => Some(Action::ChangeRoute {
                imvu: id.clone(),
                change,
            }),
            (ActionKind::ChangePathPolicy, Change::PathPolicy(policy)) => {
                Some(Action::ChangePathPolicy {
                    imvu: id.clone(),
                    policy,
                })
            }
            _ => None,
        })
}

/// An action of the kind. A new kind comes here and says what an attacker would make of it; where the matrix's example is
/// the worst, it joins the last arm.
pub(super) fn attempt(kind: ActionKind, dice: u32, world: &World, signers: &[Person]) -> Action {
    let id = imvu(ID);
    let template = templates()[&kind].clone();
    let expires = world.now.time.plus_ms(HOUR);
    let signer = &signers[0];
    if dice == 0 {
        return template;
    }
    match kind {
        ActionKind::RegisterIdentity => {
            let person = Person::new(7_000);
            Action::RegisterIdentity {
                key: person.public(),
                attestation: (dice & 1 == 1).then(|| world.attest(&person)),
            }
        }
        ActionKind::RotateKey => world.rotation(signer, 1, &Person::new(99)),
        ActionKind::CreateImvu => Action::CreateImvu {
            imvu: whose(dice),
            jurisdiction: Some(tag("EU-GDPR")),
            quota: QUOTA,
        },
        ActionKind::StopImvu => Action::StopImvu {
            imvu: id,
            accept_loss: dice & 1 == 1,
        },
        ActionKind::MoveImvu => Action::MoveImvu {
            imvu: id,
            host: (dice & 2 == 2).then(|| host("host-1")),
            accept_loss: dice & 1 == 1,
        },
        ActionKind::SetJurisdiction => Action::SetJurisdiction {
            imvu: whose(dice),
            jurisdiction: tag(one_of(dice, &["US-CCPA", "EU-GDPR"])),
        },
        ActionKind::ProposeQuota => Action::ProposeQuota {
            imvu: id,
            change: quota(dice, world),
            expires,
        },
        ActionKind::ProposeRoute => Action::ProposeRoute {
            imvu: id,
            change: route(dice),
            expires,
        },
        ActionKind::ProposePathPolicy => Action::ProposePathPolicy {
            imvu: id,
            policy: policy(dice),
            expires,
        },
        ActionKind::ChangeQuota => Action::ChangeQuota {
            imvu: id,
            change: quota(dice, world),
        },
        ActionKind::ChangeRoute => Action::ChangeRoute {
            imvu: id,
            change: route(dice),
        },
        ActionKind::ChangePathPolicy => Action::ChangePathPolicy {
            imvu: id,
            policy: policy(dice),
        },
        ActionKind::SignApproval => match proposed(world) {
            // In her place: as what was proposed, by whoever signs, in his own name or in hers.
            Some(open) => {
                let mut approval = world.approve(signer, ID, open.change);
                if dice & 1 == 1 {
                    approval.body.approver = world.alice.id;
                    approval = world.resign(signer, approval.body);
                }
                Action::SignApproval {
                    proposal: open.id,
                    approval,
                }
            }
            None => Action::SignApproval {
                proposal: nexus_types::Hash([1; 32]),
                approval: world.approve(signer, ID, Change::Quota(quota(dice, world))),
            },
        },
        ActionKind::ClaimDomain => Action::ClaimDomain {
            name: text(one_of(
                dice,
                &[
                    "alice.demo.example",
                    "shop.alice.demo.example",
                    "x.alice.demo.example",
                    "gone.demo.example",
                    "free.demo.example",
                ],
            )),
            imvu: whose(dice),
        },
        ActionKind::ReleaseDomain => Action::ReleaseDomain { name: zone(dice) },
        ActionKind::SetRecords => Action::SetRecords {
            zone: zone(dice),
            owner: owner(dice),
            rrset: address(dice as u8),
        },
        ActionKind::RemoveRecords => Action::RemoveRecords {
            zone: zone(dice),
            owner: owner(dice),
            rtype: one_of(dice, &[RecordType::A, RecordType::Txt]),
        },
        ActionKind::DeleteAuditEntry => Action::DeleteAuditEntry {
            sequence: dice.into(),
        },
        ActionKind::ChangeHost => Action::ChangeHost {
            host: host("host-1"),
            change: match dice % 6 {
                0 => HostChange::Status(HostStatus::Closed),
                1 => HostChange::Status(HostStatus::Open),
                2 => HostChange::Capacity(QUOTA),
                3 => HostChange::Jurisdiction(tag("US-CCPA")),
                4 => HostChange::Capabilities(capabilities()),
                _ => HostChange::Capabilities(Capabilities {
                    enforcement: EnforcementGrade::Prevention,
                    isolation: Default::default(),
                    counters_cannot_be_reset: false,
                }),
            },
        },
        ActionKind::Report => {
            let kinds = AgentKind::ALL.map(|kind| (agent_of("host-1", kind).id, kind));
            let own = kinds.iter().find(|(agent, _)| *agent == signer.id);
            let kind = own.map_or(AgentKind::Compute, |(_, kind)| *kind);
            let mut report = world.next_report("host-1", kind);
            // Of the registered capabilities, or of others.
            report.capabilities = (dice & 1 == 1).then(|| capabilities().hash());
            Action::Report(report)
        }
        ActionKind::RecordDeposit => deposit(
            &format!("d-{dice}"),
            &one_of(dice, &[world.alice.clone(), world.bob.clone()]),
            1_000,
        ),
        ActionKind::RecordSale => sale(&format!("s-{dice}"), u128::from(dice % 5_000)),
        ActionKind::RecordRefund => refund(
            &format!("r-{dice}"),
            one_of(dice, &["s-1", "s-2"]),
            u128::from(dice % 500),
        ),
        ActionKind::GrantRefund => grant(one_of(dice, &["s-1", "s-2"]), u128::from(dice % 500)),
        ActionKind::OpenDispute => dispute(one_of(dice, &["s-1", "s-2"]), u128::from(dice % 500)),
        ActionKind::RequestPayout => payout(u128::from(dice % 500)),
        ActionKind::SetGuardians => {
            let [first, second, third] = guardians::friends();
            choose(&[first, second, third], 2)
        }
        ActionKind::FreezeIdentity => guardians::freeze(world),
        ActionKind::ThawIdentity => guardians::thaw(world),
        ActionKind::ProposeRecovery => guardians::recovery(world, None),
        ActionKind::VetoPending => guardians::veto(world),
        ActionKind::SetMember => team::member(signer, Some(one_of(dice, &ImvuRole::ALL))),
        ActionKind::RecordConsent => consent(u64::from(dice % 6)),
        ActionKind::RevokeConsent => revocation(4, u64::from(dice % 4)),
        ActionKind::EraseConsent => erasure(4, u64::from(dice % 4)),
        ActionKind::RecordDeletion => deletion(3),
        ActionKind::RewriteConsent => rewriting(u64::from(dice % 5)),
        ActionKind::RecordSnapshot => taken(world, u64::from(1 + dice % 4)),
        ActionKind::RewriteSnapshot => rewrite(u64::from(1 + dice % 4)),
        ActionKind::DropSnapshot => drop_it(u64::from(1 + dice % 4)),
        ActionKind::RestoreSnapshot => {
            restore(one_of(dice, &[ID, "IMVU-B"]), u64::from(1 + dice % 3))
        }
        ActionKind::GrantAddress => Action::GrantAddress(GrantAddress {
            imvu: whose(dice),
            ..grant_address(one_of(dice, &["ann", "eve"]), signer.id)
        }),
        ActionKind::RevokeAddress => Action::RevokeAddress(RevokeAddress {
            imvu: whose(dice),
            local: address_of("ann"),
        }),
        ActionKind::ProposeMailRoute => propose_mail(world, mail_route(dice)),
        ActionKind::ChangeMailRoute => change_mail(mail_route(dice)),
        ActionKind::RegisterDkimKey => register_dkim(one_of(dice, &["nx1", "nx2"]), dkim(81)),
        ActionKind::RevokeDkimKey => revoke_dkim("nx1"),
        ActionKind::SetMailCredential => {
            let mut credential = credential(world, signer.id, &[address_of("ann")]);
            credential.imvu = whose(dice);
            Action::SetMailCredential(credential)
        }
        ActionKind::RecordMailEpoch => Action::RecordMailEpoch(epoch(u64::from(1 + dice % 4))),
        ActionKind::SubmitGovernance => submit(match dice % 4 {
            0 => add_jurisdiction("CA-LAW"),
            1 => GovernanceChange::RemoveJurisdiction {
                tag: tag("EU-GDPR"),
            },
            2 => GovernanceChange::DenyName {
                name: world.name("alice.demo.example"),
                below: true,
            },
            _ => GovernanceChange::ExtendContainment {
                imvu: id,
                span_ms: HOUR,
            },
        }),
        ActionKind::CastBallot | ActionKind::WithdrawGovernance => match governed(world, dice) {
            Some(proposal) if kind == ActionKind::CastBallot => ballot(&proposal, dice & 1 == 1),
            Some(proposal) => withdraw(&proposal),
            None => template,
        },
        // The example is the worst there is.
        ActionKind::RevokeIdentity
        | ActionKind::ActivateImvu
        | ActionKind::DescribeImvu
        | ActionKind::RevokeApproval
        | ActionKind::SetSplit
        | ActionKind::ProposeParameter
        | ActionKind::SelfReportUsage
        | ActionKind::PlatformSuspend
        | ActionKind::RegisterHost
        | ActionKind::RegisterAgent
        | ActionKind::RegisterMeter
        | ActionKind::PublishPrices
        | ActionKind::SetTaxRate
        | ActionKind::RegisterProcessor
        | ActionKind::LinkProcessor
        | ActionKind::ResolveDispute
        | ActionKind::SettlePayout
        | ActionKind::Reconcile
        | ActionKind::SignMandate
        | ActionKind::RevokeMandate
        | ActionKind::CorrectCharge
        | ActionKind::Contain
        | ActionKind::SetStandingConsent
        | ActionKind::RequestSnapshot
        | ActionKind::RevokeMailCredential
        | ActionKind::RevokeMailTokens
        | ActionKind::RestrictLegally
        | ActionKind::AppealRestriction => template,
    }
}
