//! Identities, teams, consents, snapshots, mail and governance, asked for with ill will.

use nexus_types::approval::RotationBody;
use nexus_types::consent::{
    Consents, EraseConsent, Erasure, Purpose, RecordConsent, RecordDeletion, RevokeConsent,
    RewriteConsent,
};
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::governance::{
    AppealRestriction, CastBallot, GovernanceChange, GovernanceProposal, RestrictLegally,
    RestrictionScope, SubmitGovernance, ValidatorKeyBody, WithdrawGovernance,
};
use nexus_types::guardian::{
    FreezeIdentity, Guardianship, ImvuRole, ProposeRecovery, SetGuardians, SetMember, ThawIdentity,
    VetoPending,
};
use nexus_types::host::AgentKind;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::mail::{
    Address, AddressLimits, ChangeMailRoute, Credential, DkimKey, DkimPublicKey, GrantAddress,
    MailRoute, MailRouteChange, ProposeMailRoute, RecordMailEpoch, RegisterDkimKey, RevokeAddress,
    RevokeDkimKey, RevokeMailCredential, RevokeMailTokens, Selector, SetMailCredential,
};
use nexus_types::snapshot::{
    DropSnapshot, LossReason, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
    Snapshot, SnapshotOutcome, Taken,
};
use nexus_types::state::{Domain, Identity, Imvu, Seat};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Action, Hash, IdentityId, ImvuId, Name, Set, Text, Time};

use super::{edge, of, one_of, read, some_imvu, some_tag};
use crate::mutate::Random;
use crate::world::{FREE, Person, World, public};

/// One of the actions about rights, who asks for it, and who signs as well.
pub(super) fn action(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let (signer, mut others, action) = match random.below(5) {
        0 => of_identities(world, random),
        1 => of_consents(world, random),
        2 => of_snapshots(world, random),
        3 => of_mail(world, random),
        _ => of_governance(world, random),
    };
    others.retain(|one| *one != signer);
    // Now and then it is somebody else who asks.
    if random.once_in(6) {
        (anybody(world, random), Vec::new(), action)
    } else {
        (signer, others, action)
    }
}

pub(super) fn anybody(world: &World, random: &mut Random) -> IdentityId {
    world.people[random.below(world.people.len())].id
}

pub(super) fn owner(world: &World, imvu: &ImvuId) -> IdentityId {
    let known = read::<Imvu>(world, &state_key::imvu(imvu));
    known.map_or(world.people[4].id, |known| known.owner)
}

/// One that is there, or the number beside it, or one at which programs go wrong.
pub(super) fn near(number: u64, random: &mut Random) -> u64 {
    match random.below(6) {
        0 => edge(random),
        1 => number.wrapping_add(1),
        2 => number.wrapping_sub(1),
        _ => number,
    }
}

fn of_identities(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let whom = anybody(world, random);
    // Mostly somebody who has guardians.
    let guarded: Vec<IdentityId> = world
        .people
        .iter()
        .map(|person| person.id)
        .filter(|id| {
            read::<Guardianship>(world, &state_key::guardianship(id))
                .is_some_and(|known| !known.guardians.as_slice().is_empty())
        })
        .collect();
    let guarded = guarded.get(random.below(guarded.len())).copied();
    let identity = if random.once_in(3) {
        whom
    } else {
        guarded.unwrap_or(whom)
    };
    let guardians = read::<Guardianship>(world, &state_key::guardianship(&identity))
        .map_or_else(Vec::new, |known| known.guardians.as_slice().to_vec());
    let first = guardians.first().copied().unwrap_or(whom);
    let rest: Vec<IdentityId> = guardians.into_iter().skip(1).collect();
    match random.below(7) {
        0 => {
            let chosen = (0..random.below(6)).map(|_| anybody(world, random));
            let mut chosen: Vec<IdentityId> = chosen.collect();
            chosen.sort_unstable();
            chosen.dedup();
            let set = SetGuardians {
                guardians: Set::new(chosen).unwrap_or_default(),
                threshold: of(&[0, 1, 2, 2, 2, 3, 9, 255], random),
            };
            (whom, Vec::new(), Action::SetGuardians(set))
        }
        1 => (
            first,
            rest,
            Action::FreezeIdentity(FreezeIdentity { identity }),
        ),
        2 => (first, rest, Action::ThawIdentity(ThawIdentity { identity })),
        3 => (first, rest, recovery(world, identity, random)),
        4 => (
            identity,
            Vec::new(),
            Action::VetoPending(VetoPending { identity }),
        ),
        _ => {
            let imvu = some_imvu(random);
            let set = SetMember {
                imvu: imvu.clone(),
                member: anybody(world, random),
                role: (!random.once_in(3)).then(|| of(&ImvuRole::ALL, random)),
            };
            (owner(world, &imvu), Vec::new(), Action::SetMember(set))
        }
    }
}

/// With the new key's own signature, for the generation that is next or another.
fn recovery(world: &World, identity: IdentityId, random: &mut Random) -> Action {
    let new = Person::new(FREE + of(&[0, 1, 2, 3], random));
    let known = read::<Identity>(world, &state_key::identity(&identity));
    let next = known.map_or(0, |known| known.generation).wrapping_add(1);
    let body = RotationBody {
        network: world.network.clone(),
        identity,
        generation: if random.once_in(8) { 0 } else { next },
        new_key: new_key(&new),
    };
    Action::ProposeRecovery(ProposeRecovery {
        identity,
        new_key: body.new_key,
        proof: new.sign(signing_digest(SigningKind::Rotation, &body)),
        attestation: None,
    })
}

fn new_key(person: &Person) -> nexus_types::KeyBytes {
    let seeds = (FREE..FREE + 8).map(public);
    let mut own = seeds.filter(|key| IdentityId::from_key(key) == person.id);
    own.next().expect("a free seed")
}

fn of_consents(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let imvu = some_imvu(random);
    let subject = Hash([of(&[0, 1, 9], random); 32]);
    let known = read::<Consents>(world, &state_key::consents(&imvu, &subject));
    let next = known.map_or(0, |known| known.next);
    let sequence = near(next, random);
    let commitment = Hash([3; 32]);
    let owner = owner(world, &imvu);
    match random.below(5) {
        0 => {
            let record = RecordConsent {
                imvu,
                subject,
                sequence: if random.once_in(4) { sequence } else { next },
                purpose: of(&[Purpose::Service, Purpose::Analytics], random),
                commitment,
            };
            (owner, Vec::new(), Action::RecordConsent(record))
        }
        1 => {
            let (imvu, owner, subject, next) = recorded(world, random);
            let revoke = RevokeConsent {
                imvu,
                subject,
                sequence: next,
                revokes: near(of(&[0, 1, 2], random), random),
                commitment,
            };
            (owner, Vec::new(), Action::RevokeConsent(revoke))
        }
        2 => {
            let (imvu, owner, subject, next) = recorded(world, random);
            let erase = EraseConsent {
                imvu,
                subject,
                sequence: next,
                through: near(next.wrapping_sub(1), random),
            };
            (owner, Vec::new(), Action::EraseConsent(erase))
        }
        3 => {
            let erasure = one_of::<Erasure>(world, KeyKind::Erasure, random);
            let deletion = RecordDeletion {
                imvu,
                subject,
                erasure: near(erasure.map_or(0, |one| one.sequence), random),
                receipt: Hash([7; 32]),
            };
            let holder = world.operators()[random.below(4)].id;
            (holder, Vec::new(), Action::RecordDeletion(deletion))
        }
        _ => {
            let rewrite = RewriteConsent {
                imvu,
                subject,
                sequence,
            };
            (owner, Vec::new(), Action::RewriteConsent(rewrite))
        }
    }
}

/// A subject with a sequence: whose IMVU, and what is next.
fn recorded(world: &World, random: &mut Random) -> (ImvuId, IdentityId, Hash, u64) {
    let begun = super::keys_of(world, KeyKind::Consents);
    let imvus = super::IMVUS.map(|id| ImvuId::new(id).expect("an IMVU's id"));
    let found: Vec<(ImvuId, Hash)> = begun
        .iter()
        .filter_map(|key| {
            let bytes = key.as_bytes();
            let subject: [u8; 32] = bytes.get(bytes.len().checked_sub(32)?..)?.try_into().ok()?;
            let subject = Hash(subject);
            let mut whose = imvus.iter();
            let imvu = whose.find(|id| state_key::consents(id, &subject) == *key)?;
            Some((imvu.clone(), subject))
        })
        .collect();
    match found.get(random.below(found.len())) {
        Some((imvu, subject)) => {
            let known = read::<Consents>(world, &state_key::consents(imvu, subject));
            let next = known.map_or(0, |known| known.next);
            (imvu.clone(), owner(world, imvu), *subject, next)
        }
        None => (imvus[0].clone(), owner(world, &imvus[0]), Hash([9; 32]), 0),
    }
}

fn of_snapshots(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let known = one_of::<Snapshot>(world, KeyKind::Snapshot, random);
    let (imvu, number) = match known {
        Some(known) if !random.once_in(4) => (known.imvu, near(known.number, random)),
        _ => (some_imvu(random), edge(random)),
    };
    let owner = owner(world, &imvu);
    let agent = world.agent(AgentKind::Compute).id;
    let (signer, action) = match random.below(5) {
        0 => (owner, Action::RequestSnapshot(RequestSnapshot { imvu })),
        1 => {
            let outcome = if random.once_in(3) {
                SnapshotOutcome::Lost(of(&LossReason::ALL, random))
            } else {
                SnapshotOutcome::Taken(Taken {
                    digest: Hash([2; 32]),
                    bytes: edge(random),
                    taken_at: Time(near(world.next.time.0, random)),
                })
            };
            let record = RecordSnapshot {
                imvu,
                number,
                outcome,
            };
            (agent, Action::RecordSnapshot(record))
        }
        2 => {
            let rewrite = RewriteSnapshot {
                imvu,
                number,
                digest: Hash([4; 32]),
            };
            (owner, Action::RewriteSnapshot(rewrite))
        }
        3 => (owner, Action::DropSnapshot(DropSnapshot { imvu, number })),
        _ => {
            let of = if random.once_in(3) {
                some_imvu(random)
            } else {
                imvu.clone()
            };
            (
                owner,
                Action::RestoreSnapshot(RestoreSnapshot { imvu, of, number }),
            )
        }
    };
    (signer, Vec::new(), action)
}

fn of_mail(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let bound = one_of::<Domain>(world, KeyKind::Domain, random);
    let bound = bound.and_then(|domain| Some((domain.imvu?, domain.name)));
    let (imvu, domain) = match bound {
        Some(bound) if !random.once_in(4) => bound,
        _ => (
            some_imvu(random),
            Name::parse("free.demo.example").expect("a name"),
        ),
    };
    let by = owner(world, &imvu);
    let officers: Vec<IdentityId> = world.people[..3].iter().map(|one| one.id).collect();
    let address = one_of::<Address>(world, KeyKind::MailAddress, random);
    let change = MailRouteChange {
        domain: domain.clone(),
        route: of(&[None, Some(true), Some(false)], random).map(|kept| {
            if kept {
                MailRoute::Kept
            } else {
                MailRoute::Exchange(Name::parse("mx.elsewhere.test").expect("a name"))
            }
        }),
    };
    let selector = Selector::new(of(&["nx1", "nx2", "a"], random)).expect("a selector");
    let action = match random.below(10) {
        0 => Action::GrantAddress(GrantAddress {
            imvu,
            domain,
            local: Hash([of(&[5, 6], random); 32]),
            holder: anybody(world, random),
            limits: AddressLimits {
                messages_day: if random.once_in(2) { edge(random) } else { 10 },
                recipients_day: 10,
                storage_bytes: if random.once_in(2) {
                    edge(random)
                } else {
                    1 << 20
                },
            },
            jurisdiction: if random.once_in(3) {
                some_tag(random)
            } else {
                Jurisdiction::new("EU-GDPR").expect("a tag")
            },
        }),
        1 => {
            let local = address.map_or(Hash([5; 32]), |known| known.local);
            Action::RevokeAddress(RevokeAddress { imvu, local })
        }
        2 => {
            let expires = Time(near(world.next.time.0.wrapping_add(60_000), random));
            let propose = Action::ProposeMailRoute(ProposeMailRoute {
                imvu,
                change,
                expires,
            });
            return (officers[0], officers, propose);
        }
        3 => Action::ChangeMailRoute(ChangeMailRoute { imvu, change }),
        4 => Action::RegisterDkimKey(RegisterDkimKey {
            imvu,
            domain,
            selector,
            key: DkimPublicKey::Ed25519(public(FREE + of(&[0, 1, 2], random))),
        }),
        5 => match one_of::<DkimKey>(world, KeyKind::DkimKey, random) {
            Some(known) if !random.once_in(4) => {
                let by = owner(world, &known.imvu);
                let revoke = RevokeDkimKey {
                    imvu: known.imvu,
                    domain: known.domain,
                    selector: known.selector,
                };
                return (by, Vec::new(), Action::RevokeDkimKey(revoke));
            }
            _ => Action::RevokeDkimKey(RevokeDkimKey {
                imvu,
                domain,
                selector,
            }),
        },
        6 => {
            let (imvu, holder, local) = match address {
                Some(known) => (known.imvu, known.holder, known.local),
                None => (imvu, by, Hash([5; 32])),
            };
            let set = SetMailCredential {
                imvu: imvu.clone(),
                credential: Hash([of(&[5, 8], random); 32]),
                holder: if random.once_in(4) { by } else { holder },
                addresses: Set::new(vec![local]).expect("one"),
                secret: Hash([8; 32]),
                expires: Time(near(world.next.time.0.wrapping_add(60_000), random)),
                messages_day: near(10, random),
            };
            return (
                owner(world, &imvu),
                Vec::new(),
                Action::SetMailCredential(set),
            );
        }
        7 => {
            let known = one_of::<Credential>(world, KeyKind::MailCredential, random);
            Action::RevokeMailCredential(RevokeMailCredential {
                imvu,
                credential: known.map_or(Hash([5; 32]), |known| known.id),
            })
        }
        8 => Action::RevokeMailTokens(RevokeMailTokens { imvu }),
        _ => {
            let first_seq = near(1, random);
            let epoch = RecordMailEpoch {
                imvu,
                slot: of(&[0, 1, u32::MAX], random),
                epoch: near(1, random),
                first_seq,
                last_seq: near(first_seq.wrapping_add(9), random),
                root: Hash([8; 32]),
                messages: near(9, random),
                recipients: near(12, random),
                bytes: edge(random),
            };
            let postman = world.agent(AgentKind::Mail).id;
            return (postman, Vec::new(), Action::RecordMailEpoch(epoch));
        }
    };
    (by, Vec::new(), action)
}

fn of_governance(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let operator = world.operators()[random.below(4)].id;
    let known = one_of::<GovernanceProposal>(world, KeyKind::Governance, random);
    let proposal = known.as_ref().map_or(Hash([1; 32]), |known| known.id);
    match random.below(5) {
        0 => {
            let (signer, change) = some_change(world, random);
            let submit = SubmitGovernance { change };
            (signer, Vec::new(), Action::SubmitGovernance(submit))
        }
        1 => {
            let digest = known.map_or(Hash([2; 32]), |known| known.digest());
            let cast = CastBallot {
                proposal,
                digest: if random.once_in(6) {
                    Hash::default()
                } else {
                    digest
                },
                approve: random.once_in(2),
            };
            (operator, Vec::new(), Action::CastBallot(cast))
        }
        2 => {
            let proposer = known.map_or(operator, |known| known.proposer);
            let withdraw = WithdrawGovernance { proposal };
            (proposer, Vec::new(), Action::WithdrawGovernance(withdraw))
        }
        3 => {
            let scopes = [
                RestrictionScope::OutboundFlows,
                RestrictionScope::Mail,
                RestrictionScope::Serving,
            ];
            let restrict = RestrictLegally {
                imvu: some_imvu(random),
                order: Hash([6; 32]),
                scope: of(&scopes, random),
                until: Time(near(world.next.time.0.wrapping_add(60_000), random)),
            };
            let court = world.operators().iter().chain(&world.people[..3]);
            let court = court.map(|one| one.id).collect();
            (operator, court, Action::RestrictLegally(restrict))
        }
        _ => {
            let imvu = some_imvu(random);
            let by = owner(world, &imvu);
            let grounds = Hash([7; 32]);
            (
                by,
                Vec::new(),
                Action::AppealRestriction(AppealRestriction { imvu, grounds }),
            )
        }
    }
}

fn some_change(world: &World, random: &mut Random) -> (IdentityId, GovernanceChange) {
    use GovernanceChange as Change;
    let operator = world.operators()[random.below(4)].id;
    let somebody = anybody(world, random);
    let seat = one_of::<Seat>(world, KeyKind::Seat, random).expect("the vectors' seats");
    let new = Person::new(FREE + of(&[4, 5, 6], random));
    let proof = |operator: IdentityId| {
        let body = ValidatorKeyBody {
            network: world.network.clone(),
            operator,
            key: new_key(&new),
        };
        new.sign(signing_digest(SigningKind::ValidatorKey, &body))
    };
    let change = match random.below(12) {
        0 => return (somebody, Change::AdmitOfficer { officer: somebody }),
        1 => Change::RemoveOfficer { officer: somebody },
        2 => Change::SetOfficersThreshold {
            threshold: of(&[0, 1, 2, 3, 255], random),
        },
        3 => Change::RemoveAttester { attester: somebody },
        4 => {
            let observer = Change::AdmitObserver {
                observer: somebody,
                name: Text::new("observer").expect("short"),
                platform: random.once_in(2),
            };
            return (somebody, observer);
        }
        5 => {
            let add = Change::AddValidator {
                name: Text::new("a new organisation").expect("short"),
                key: new_key(&new),
                platform: random.once_in(2),
                operator: somebody,
                proof: proof(somebody),
            };
            return (somebody, add);
        }
        6 => Change::RemoveValidator { seat: seat.key },
        7 => {
            let rotate = Change::RotateValidator {
                seat: seat.key,
                new_key: new_key(&new),
                proof: proof(seat.operator),
            };
            return (seat.operator, rotate);
        }
        8 => Change::RemoveJurisdiction {
            tag: some_tag(random),
        },
        9 => Change::DenyName {
            name: Name::parse("bank.demo.example").expect("a name"),
            below: random.once_in(2),
        },
        10 => Change::ExtendContainment {
            imvu: some_imvu(random),
            span_ms: edge(random),
        },
        _ => Change::Upgrade {
            height: edge(random),
            app_version: edge(random),
            sha256: Hash([9; 32]),
        },
    };
    (operator, change)
}
