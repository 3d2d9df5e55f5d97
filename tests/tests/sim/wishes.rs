//! What people ask for: of every kind of action what the law allows, and what it does not.

pub(crate) mod hosting;
mod reports;

use nexus_genesis::dev::{APEX, JURISDICTIONS, PREAPPROVED};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign;
use nexus_tests::actions::{
    QUOTA, create_in, describe, imvu, policy, quota_change, record, route_via, typed,
};
use nexus_types::action::{Action, ActionKind, NameText, Parameter, SuspendReason};
use nexus_types::approval::{Approval, AttestationBody, Change};
use nexus_types::crypto::Signature;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::RouteChange;
use nexus_types::rrset::RecordType;
use nexus_types::state::{Identity, Imvu, Proposal};
use nexus_types::{Hash, ImvuId, Time, state_key};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::stream::{Now, Stream, is_platforms, some_imvu};
use crate::world::world;

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
    match *ActionKind::ALL.choose(rng).expect("there are kinds") {
        // Whoever is revoked never comes back: rarely, or nobody is left.
        ActionKind::RevokeIdentity if rng.gen_bool(0.8) => ActionKind::SetRecords,
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

fn registration(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let world = world();
    let person = world
        .creators
        .choose(&mut stream.rng)
        .expect("there are creators");
    let attester = now.signer(&world.attester);
    let generation = now
        .read::<Identity>(&state_key::identity(&attester.identity))
        .map_or(0, |one| one.generation);
    let mut body = AttestationBody {
        network: world.network.clone(),
        identity: person.identity,
        attester: attester.identity,
        generation,
        evidence: Hash::of(person.name.as_bytes()),
        expires: Time(now.law_time() + HOUR_MS),
    };
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

fn some_quota(rng: &mut StdRng) -> QuotaChange {
    let mut change = quota_change(&[(
        QuotaField::CpuMillis,
        *[1_000, 2_000, 4_000, 8_000, 0, 70_000]
            .choose(rng)
            .expect("a value"),
    )]);
    if rng.gen_bool(0.3) {
        change.set(
            QuotaField::MemoryBytes,
            *[4 << 30, 8 << 30, 16 << 30].choose(rng).expect("a value"),
        );
    }
    change
}

fn some_route(rng: &mut StdRng) -> RouteChange {
    let hop = ["192.0.2.1", "192.0.2.2", "198.51.100.1"]
        .choose(rng)
        .expect("a hop");
    match rng.gen_bool(0.25) {
        true => RouteChange::Remove("203.0.113.0/24".parse().expect("a prefix")),
        false => route_via(hop),
    }
}

fn some_policy(rng: &mut StdRng) -> nexus_types::route::PathPolicy {
    let all: [&[&str]; 3] = [&["192.0.2.0/24"], &["198.51.100.0/24", "192.0.2.0/24"], &[]];
    policy(all.choose(rng).expect("a policy"))
}

/// A change of quota, route or policy: by the owner, by the platform with or without approval, by a stranger.
fn change(
    stream: &mut Stream,
    now: &Now<'_>,
    kind: ActionKind,
    id: &ImvuId,
    about: Option<&Imvu>,
) -> Wish {
    let imvu = id.clone();
    let (change, action) = match kind {
        ActionKind::ChangeQuota => {
            let change = some_quota(&mut stream.rng);
            (Change::Quota(change), Action::ChangeQuota { imvu, change })
        }
        ActionKind::ChangeRoute => {
            let change = some_route(&mut stream.rng);
            (Change::Route(change), Action::ChangeRoute { imvu, change })
        }
        _ => {
            let policy = some_policy(&mut stream.rng);
            (
                Change::PathPolicy(policy.clone()),
                Action::ChangePathPolicy { imvu, policy },
            )
        }
    };
    if stream.rng.gen_bool(0.4) {
        return (vec![holder(stream, now, about)], action, Vec::new());
    }
    let approvals = match about {
        Some(imvu) if stream.rng.gen_bool(0.7) => stream.approval(now, imvu, &change),
        _ => None,
    };
    (
        officers(stream, now),
        action,
        approvals.into_iter().collect(),
    )
}

fn signed_approval(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let ids = stream.proposals.clone();
    let open = ids
        .iter()
        .rev()
        .take(8)
        .filter_map(|id| now.read::<Proposal>(&state_key::proposal(id)));
    let open: Vec<Proposal> = open.collect();
    let found = open.choose(&mut stream.rng).and_then(|proposal| {
        let imvu = now.read::<Imvu>(&state_key::imvu(&proposal.imvu))?;
        let approval = stream.approval(now, &imvu, &proposal.change)?;
        Some((holder(stream, now, Some(&imvu)), proposal.id, approval))
    });
    match found {
        Some((signer, proposal, approval)) => (
            vec![signer],
            Action::SignApproval { proposal, approval },
            Vec::new(),
        ),
        // Nothing to approve yet: the platform proposes.
        None => {
            let id = some_imvu(&mut stream.rng, &now.imvus());
            (
                officers(stream, now),
                platform(stream, now, ActionKind::ProposeQuota, id),
                Vec::new(),
            )
        }
    }
}

fn platform(stream: &mut Stream, now: &Now<'_>, kind: ActionKind, imvu: ImvuId) -> Action {
    use ActionKind as K;
    let rng = &mut stream.rng;
    let life = *[1, 24, 24 * 20, 24 * 40].choose(rng).expect("a life");
    let expires = Time(now.law_time() + life * HOUR_MS);
    let (creator_percent, platform_percent) = (*[40, 55].choose(rng).expect("a part"), 45);
    match kind {
        K::ProposeQuota => Action::ProposeQuota {
            imvu,
            change: some_quota(rng),
            expires,
        },
        K::ProposeRoute => Action::ProposeRoute {
            imvu,
            change: some_route(rng),
            expires,
        },
        K::ProposePathPolicy => Action::ProposePathPolicy {
            imvu,
            policy: some_policy(rng),
            expires,
        },
        K::SetSplit => Action::SetSplit {
            imvu,
            creator_percent,
            platform_percent,
        },
        K::ProposeParameter => Action::ProposeParameter {
            parameter: Parameter::Split {
                creator_percent,
                platform_percent,
            },
        },
        _ => Action::PlatformSuspend {
            imvu,
            reason: *[SuspendReason::Debt, SuspendReason::Abuse]
                .choose(rng)
                .expect("a reason"),
        },
    }
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

fn some_name(rng: &mut StdRng) -> String {
    match rng.gen_range(0..12) {
        0 => PREAPPROVED.choose(rng).expect("a name").to_string(),
        1 => "not a name..".to_owned(),
        2 => APEX.to_owned(),
        3 => "elsewhere.example".to_owned(),
        4 => format!("x.{}.{APEX}", ["a", "b"].choose(rng).expect("a label")),
        _ => format!(
            "{}.{APEX}",
            ["a", "b", "c", "d"].choose(rng).expect("a label")
        ),
    }
}

fn naming(stream: &mut Stream, now: &Now<'_>, kind: ActionKind, id: &ImvuId) -> Action {
    use ActionKind as K;
    let rng = &mut stream.rng;
    let zone = bound_name(rng, now, id).unwrap_or_else(|| some_name(rng));
    let owner = match rng.gen_range(0..8) {
        0 => some_name(rng),
        1 | 2 => zone.clone(),
        _ => format!("{}.{zone}", ["www", "mail"].choose(rng).expect("a label")),
    };
    let address = format!("192.0.2.{}", rng.gen_range(0..255));
    let (rtype, data) = match rng.gen_range(0..4) {
        0 => (RecordType::Txt, "\"v=1\"".to_owned()),
        1 => (RecordType::Cname, format!("www.{APEX}.")),
        _ => (RecordType::A, address),
    };
    let text = |name: &str| -> NameText { typed(name) };
    match kind {
        K::ClaimDomain => Action::ClaimDomain {
            name: text(&some_name(rng)),
            imvu: id.clone(),
        },
        // Freed names are locked for a year: rarely, or nothing is left to claim.
        K::ReleaseDomain if rng.gen_bool(0.4) => Action::ReleaseDomain { name: text(&zone) },
        K::RemoveRecords => Action::RemoveRecords {
            zone: text(&zone),
            owner: text(&owner),
            rtype,
        },
        _ => Action::SetRecords {
            zone: text(&zone),
            owner: text(&owner),
            rrset: record(rtype, &data),
        },
    }
}

/// A name that is bound to the IMVU.
fn bound_name(rng: &mut StdRng, now: &Now<'_>, id: &ImvuId) -> Option<String> {
    let names = ["a", "b", "c", "d", "x.a", "x.b"].map(|label| format!("{label}.{APEX}"));
    let bound = names.into_iter().filter(|name| {
        let name = nexus_types::Name::parse(name).expect("a name");
        let domain = now.read::<nexus_types::state::Domain>(&state_key::domain(&name));
        domain.is_some_and(|domain| domain.imvu.as_ref() == Some(id))
    });
    let bound: Vec<String> = bound.collect();
    bound.choose(rng).cloned()
}
