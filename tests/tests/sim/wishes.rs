//! What people ask for: of every kind of action what the law allows, and what it does not.

mod consent;
mod exits;
mod handing;
pub(crate) mod hosting;
mod mail;
pub(crate) mod market;
mod money;
mod naming;
mod observing;
mod reports;
mod rights;

use nexus_genesis::dev::JURISDICTIONS;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign;
use nexus_tests::actions::{QUOTA, create_in, describe, imvu};
use nexus_types::action::{Action, ActionKind};
use nexus_types::approval::{Approval, AttestationBody};
use nexus_types::crypto::Signature;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;
use nexus_types::state::{Identity, Imvu};
use nexus_types::{Hash, ImvuId, Time, state_key};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::stream::{Now, Stream, is_platforms, some_imvu};
use crate::world::world;
use consent::{change, platform, signed_approval};
use naming::naming;

/// IMVUs there may come to be.
pub(crate) const IMVUS: usize = 8;
/// People registered, and IMVUs founded, before the other kinds get their share.
const CROWD: usize = 6;
/// Jurisdictions of most hosts and IMVUs: few, so that some fit each other.
const NEAR: usize = 2;
const HOUR_MS: u64 = 3_600_000;

/// A wish: who signs (the first for themselves, the others as officers), what, with which approvals.
pub(crate) type Wish = (Vec<Signer>, Action, Vec<Approval>);

pub(crate) fn imvu_ids() -> impl Iterator<Item = ImvuId> {
    (0..IMVUS).map(|number| imvu(&format!("IMVU-{number}")))
}

/// What comes next.
pub(crate) fn kind(rng: &mut StdRng, now: &Now<'_>) -> ActionKind {
    if now.registered().len() < CROWD && rng.gen_bool(0.6) {
        return ActionKind::RegisterIdentity;
    }
    if now.imvus().len() < CROWD && rng.gen_bool(0.4) {
        return ActionKind::CreateImvu;
    }
    if rng.gen_bool(0.15)
        && let Some(kind) = hosting::missing(rng, now)
    {
        return kind;
    }
    if rng.gen_bool(0.2) {
        return money::due(rng, now);
    }
    if rng.gen_bool(0.1) {
        return observing::due(rng, now);
    }
    // Agents speak more often than anybody else, and need something to speak about.
    if rng.gen_bool(0.35) {
        return *[
            ActionKind::Report,
            ActionKind::Report,
            ActionKind::ActivateImvu,
        ]
        .choose(rng)
        .expect("a kind");
    }
    // Of eighty kinds each is rare; what ends a stay, or finds that books differ, is to happen often all the same.
    if rng.gen_bool(0.08) {
        return *[
            ActionKind::StopImvu,
            ActionKind::StopImvu,
            ActionKind::Reconcile,
        ]
        .choose(rng)
        .expect("a kind");
    }
    match *ActionKind::ALL.choose(rng).expect("there are kinds") {
        // Whoever is revoked never comes back: rarely, or nobody is left.
        ActionKind::RevokeIdentity if rng.gen_bool(0.8) => ActionKind::SetRecords,
        // What was let go of comes back as little.
        ActionKind::ReleaseExit if rng.gen_bool(0.7) => ActionKind::CancelExit,
        kind => kind,
    }
}

/// A wish of that kind.
pub(crate) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    use ActionKind as K;
    let all = now.imvus();
    let id = some_imvu(&mut stream.rng, &all);
    let about = all.iter().find(|one| one.id == id);
    match kind {
        K::RegisterIdentity => registration(stream, now),
        K::SignApproval => signed_approval(stream, now),
        K::ChangeQuota | K::ChangeRoute | K::ChangePathPolicy => {
            change(stream, now, kind, &id, about)
        }
        K::ClaimDomain | K::ReleaseDomain | K::SetRecords | K::RemoveRecords => (
            vec![holder(stream, now, about)],
            naming(stream, now, kind, &id),
            Vec::new(),
        ),
        K::ActivateImvu | K::StopImvu | K::MoveImvu => hosting::by_creator(stream, now, kind),
        K::RegisterHost | K::ChangeHost | K::RegisterAgent | K::RegisterMeter => {
            hosting::by_operator(stream, now, kind)
        }
        K::Report => reports::report(stream, now),
        K::RecordDeposit
        | K::RecordSale
        | K::RecordRefund
        | K::GrantRefund
        | K::OpenDispute
        | K::ResolveDispute
        | K::RequestPayout
        | K::SettlePayout
        | K::Reconcile => money::wish(stream, now, kind),
        K::PublishPrices
        | K::SetTaxRate
        | K::RegisterProcessor
        | K::LinkProcessor
        | K::SignMandate
        | K::RevokeMandate
        | K::CorrectCharge
        | K::Contain
        | K::SetStandingConsent => market::wish(stream, now, kind),
        K::RecordConsent
        | K::RevokeConsent
        | K::EraseConsent
        | K::RecordDeletion
        | K::RewriteConsent => rights::about_consents(stream, now, kind),
        K::RequestSnapshot
        | K::RecordSnapshot
        | K::RewriteSnapshot
        | K::DropSnapshot
        | K::RestoreSnapshot => rights::about_snapshots(stream, now, kind),
        K::GrantAddress
        | K::RevokeAddress
        | K::ProposeMailRoute
        | K::ChangeMailRoute
        | K::RegisterDkimKey
        | K::RevokeDkimKey
        | K::SetMailCredential
        | K::RevokeMailCredential
        | K::RevokeMailTokens
        | K::RecordMailEpoch => mail::wish(stream, now, kind),
        K::AnnounceExit
        | K::CancelExit
        | K::CommitInventory
        | K::RecordArchive
        | K::ConfirmExport
        | K::ReleaseExit
        | K::CloseExit
        | K::FindObstruction
        | K::BlockExit => exits::wish(stream, now, kind),
        K::SubmitGovernance | K::CastBallot | K::WithdrawGovernance => {
            observing::vote(stream, now, kind)
        }
        K::ClaimExternal
        | K::ObserveName
        | K::GrantChild
        | K::DelegateName
        | K::SetTransferKey
        | K::RedeemTransfer => handing::wish(stream, now, kind, &id),
        _ if is_platforms(kind) => (
            officers(stream, now),
            platform(stream, now, kind, id),
            Vec::new(),
        ),
        K::RotateKey => rotation(stream, now),
        _ => (
            vec![holder(stream, now, about)],
            own(stream, kind, id),
            Vec::new(),
        ),
    }
}

/// Mostly the owner, else anybody.
fn holder(stream: &mut Stream, now: &Now<'_>, imvu: Option<&Imvu>) -> Signer {
    if let Some(owner) = imvu.and_then(|imvu| now.owner(imvu))
        && stream.rng.gen_bool(0.85)
    {
        return owner;
    }
    anybody(stream, now)
}

fn anybody(stream: &mut Stream, now: &Now<'_>) -> Signer {
    let world = world();
    let everybody: Vec<&Signer> = world
        .creators
        .iter()
        .chain(&world.officers)
        .chain([&world.attester])
        .chain(&world.operators)
        .chain(&world.cashiers)
        .collect();
    now.signer(everybody.choose(&mut stream.rng).expect("there are people"))
}

/// Officers: mostly as many as it takes.
fn officers(stream: &mut Stream, now: &Now<'_>) -> Vec<Signer> {
    if stream.rng.gen_bool(0.05) {
        return vec![anybody(stream, now)];
    }
    let count = *[3, 3, 3, 3, 4, 5, 2, 1]
        .choose(&mut stream.rng)
        .expect("a count");
    let mut all: Vec<Signer> = world().officers.iter().map(|one| now.signer(one)).collect();
    all.shuffle(&mut stream.rng);
    all.truncate(count);
    all
}

/// The attester's word on somebody, as it should be.
fn attestation(now: &Now<'_>, person: &Signer) -> AttestationBody {
    let world = world();
    let attester = world.attester.identity;
    let generation = now
        .read::<Identity>(&state_key::identity(&attester))
        .map_or(0, |one| one.generation);
    AttestationBody {
        network: world.network.clone(),
        identity: person.identity,
        attester,
        generation,
        evidence: Hash::of(person.name.as_bytes()),
        expires: Time(now.law_time() + HOUR_MS),
    }
}

/// Somebody registers, and nothing is wrong with it.
fn registration_of(now: &Now<'_>, person: &Signer) -> Wish {
    let attester = now.signer(&world().attester);
    let action = Action::RegisterIdentity {
        key: person.key.public(),
        attestation: Some(sign::attest(attestation(now, person), &attester.key)),
    };
    (vec![person.clone()], action, Vec::new())
}

fn registration(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let world = world();
    let person = world
        .creators
        .choose(&mut stream.rng)
        .expect("there are creators");
    let attester = now.signer(&world.attester);
    let mut body = attestation(now, person);
    match stream.rng.gen_range(0..20) {
        0 => body.identity = attester.identity,
        1 => body.attester = world.officers[0].identity,
        2 => body.expires = Time(now.law_time() - HOUR_MS),
        _ => {}
    }
    let attestation = (!stream.rng.gen_bool(0.05)).then(|| sign::attest(body, &attester.key));
    let action = Action::RegisterIdentity {
        key: person.key.public(),
        attestation,
    };
    (vec![person.clone()], action, Vec::new())
}

fn rotation(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let signer = match now.registered().choose(&mut stream.rng) {
        Some(person) if stream.rng.gen_bool(0.9) => person.clone(),
        _ => anybody(stream, now),
    };
    let generation = now
        .read::<Identity>(&state_key::identity(&signer.identity))
        .map_or(0, |one| one.generation);
    let new = stream.key();
    let (new_key, proof) = match stream.rng.gen_range(0..10) {
        0 => (stream.bad_key(), Signature([1; 64])),
        1 => (new.public(), Signature([1; 64])),
        _ => {
            let body = nexus_types::approval::RotationBody {
                network: world().network.clone(),
                identity: signer.identity,
                generation: generation + 1,
                new_key: new.public(),
            };
            let kind = nexus_types::crypto::SigningKind::Rotation;
            (
                new.public(),
                new.sign(&nexus_types::crypto::signing_digest(kind, &body)),
            )
        }
    };
    (
        vec![signer],
        Action::RotateKey { new_key, proof },
        Vec::new(),
    )
}

/// A jurisdiction: mostly one of a few.
fn some_tag(rng: &mut StdRng) -> &'static str {
    match rng.gen_range(0..20) {
        0 => "XX-NOWHERE",
        1..=3 => JURISDICTIONS.choose(rng).expect("a tag"),
        _ => JURISDICTIONS[..NEAR].choose(rng).expect("a tag"),
    }
}

fn own(stream: &mut Stream, kind: ActionKind, id: ImvuId) -> Action {
    use ActionKind as K;
    let rng = &mut stream.rng;
    let tag = some_tag(rng);
    match kind {
        K::CreateImvu => {
            let free = imvu_ids().nth(rng.gen_range(0..IMVUS)).expect("an id");
            let mut quota = QUOTA;
            quota.pids = *[512, 512, 512, 0, 1 << 40].choose(rng).expect("a value");
            create_in(free.as_str(), rng.gen_bool(0.9).then_some(tag), quota)
        }
        K::SetJurisdiction => Action::SetJurisdiction {
            imvu: id,
            jurisdiction: Jurisdiction::new(tag).expect("a tag"),
        },
        K::RevokeIdentity => Action::RevokeIdentity,
        K::RevokeApproval => Action::RevokeApproval {
            imvu: id,
            approval: Hash::of(&[rng.gen_range(0..50)]),
        },
        K::SelfReportUsage => Action::SelfReportUsage {
            imvu: id,
            resource: *[Resource::Cpu, Resource::Network]
                .choose(rng)
                .expect("a resource"),
            quantity: rng.gen_range(0..1_000_000),
        },
        K::DeleteAuditEntry => Action::DeleteAuditEntry {
            sequence: rng.gen_range(0..100),
        },
        _ => describe(
            id.as_str(),
            &format!("a shop, version {}", rng.gen_range(0..100)),
        ),
    }
}
