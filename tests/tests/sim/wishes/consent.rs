//! What moves only with a creator's consent, and what the platform asks for.

use nexus_tests::actions::{policy, quota_change, route_via};
use nexus_types::action::{Action, ActionKind, Parameter, SuspendReason};
use nexus_types::approval::Change;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::RouteChange;
use nexus_types::state::{Imvu, Proposal};
use nexus_types::{ImvuId, Time, state_key};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::{HOUR_MS, Wish, holder, officers};
use crate::stream::{Now, Stream, some_imvu};

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
pub(super) fn change(
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

pub(super) fn signed_approval(stream: &mut Stream, now: &Now<'_>) -> Wish {
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

pub(super) fn platform(
    stream: &mut Stream,
    now: &Now<'_>,
    kind: ActionKind,
    imvu: ImvuId,
) -> Action {
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
