//! Organisations that look for names from elsewhere: admitted by a vote of the seats, and asked for what is open.

use nexus_sdk::keys::Signer;
use nexus_types::action::{Action, ActionKind};
use nexus_types::domain::{ExternalClaim, ExternalName, ObserveName};
use nexus_types::governance::{
    CastBallot, GovernanceChange, GovernanceProposal, GovernanceStatus, Observers,
    SubmitGovernance, WithdrawGovernance,
};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, IdentityId, ImvuId, Name, Text};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::{Wish, anybody};
use crate::stream::{Now, Stream};
use crate::world::world;

/// Observers up to which others are admitted besides.
const ENOUGH: usize = 3;

fn observers(now: &Now<'_>) -> Vec<IdentityId> {
    let register: Option<Observers> = now.read(&state_key::observers());
    let members = register.unwrap_or_default().members.into_vec();
    members.into_iter().map(|one| one.identity).collect()
}

fn open(now: &Now<'_>) -> Vec<GovernanceProposal> {
    let mut all: Vec<GovernanceProposal> = now.all(KeyKind::Governance);
    all.retain(|one| one.status == GovernanceStatus::Open);
    all
}

/// What lets names be proven, and called in question: of all kinds by chance, nobody would ever look.
pub(super) fn due(rng: &mut StdRng, now: &Now<'_>) -> ActionKind {
    use ActionKind as K;
    let count = observers(now).len();
    if count == 0 || count < ENOUGH && rng.gen_bool(0.2) {
        return if open(now).is_empty() {
            K::SubmitGovernance
        } else {
            K::CastBallot
        };
    }
    let claims: Vec<ExternalClaim> = now.all(KeyKind::ExternalClaim);
    if claims.is_empty() || rng.gen_bool(0.25) {
        K::ClaimExternal
    } else {
        K::ObserveName
    }
}

/// What seats vote on: who observes, mostly.
pub(super) fn vote(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    use ActionKind as K;
    let operators = &world().operators;
    let operator = now.signer(operators.choose(&mut stream.rng).expect("an operator"));
    let known = open(now).choose(&mut stream.rng).cloned();
    let alone = |signer: Signer, action: Action| (vec![signer], action, Vec::new());
    let (Some(known), false) = (known, kind == K::SubmitGovernance) else {
        let change = if observers(now).contains(&operator.identity) {
            GovernanceChange::RemoveObserver {
                observer: operator.identity,
            }
        } else {
            GovernanceChange::AdmitObserver {
                observer: operator.identity,
                name: Text::new(operator.name.as_str()).expect("short"),
                platform: stream.rng.gen_bool(0.1),
            }
        };
        let submit = SubmitGovernance { change };
        return alone(operator, Action::SubmitGovernance(submit));
    };
    if kind == K::WithdrawGovernance {
        let withdraw = WithdrawGovernance { proposal: known.id };
        // Mostly not the proposer.
        return alone(operator, Action::WithdrawGovernance(withdraw));
    }
    let ballot = CastBallot {
        proposal: known.id,
        digest: if stream.rng.gen_bool(0.05) {
            Hash::default()
        } else {
            known.digest()
        },
        approve: stream.rng.gen_bool(0.9),
    };
    alone(operator, Action::CastBallot(ballot))
}

/// Somebody says whether a challenge was there: mostly an observer, of one that is open.
pub(super) fn look(stream: &mut Stream, now: &Now<'_>, id: &ImvuId, of: Name) -> Wish {
    let chain = &world().network.chain_id;
    let claims: Vec<ExternalClaim> = now.all(KeyKind::ExternalClaim);
    let names: Vec<ExternalName> = now.all(KeyKind::ExternalName);
    let claims = claims.into_iter().map(|one| {
        let challenge = one.challenge(chain);
        (one.imvu, one.name, challenge)
    });
    let names = names.into_iter().map(|one| {
        let challenge = one.challenge(chain);
        (one.imvu, one.name, challenge)
    });
    let all: Vec<(ImvuId, Name, Hash)> = claims.chain(names).collect();
    let rng = &mut stream.rng;
    let (imvu, name, challenge) = match all.choose(rng) {
        Some(open) if rng.gen_bool(0.95) => open.clone(),
        _ => (id.clone(), of, Hash::default()),
    };
    let observe = ObserveName {
        imvu,
        name,
        challenge,
        seen: rng.gen_bool(0.6),
        evidence: Hash::of(b"a look"),
    };
    let observer = observers(now).choose(rng).copied();
    let observer = observer.filter(|_| rng.gen_bool(0.95));
    let observer = observer.and_then(|id| now.person(id));
    let signer = observer.unwrap_or_else(|| anybody(stream, now));
    (vec![signer], Action::ObserveName(observe), Vec::new())
}
