//! What the oracles of placements and of what agents are told object to.

use nexus_tests::actions::{QUOTA, imvu};
use nexus_types::action::Action;
use nexus_types::host::{
    AckOutcome, Acknowledged, AgentKind, Assignment, ComputeSpec, Host, HostStatus, Phase, Slot,
    Spec,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::Quota;
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::{Set, Text, Time, state_key};

use super::super::{Pair, alice, shop};
use super::{
    MINUTE, acks, activate, agent, assignment, assignment_key, busy, compute, host, host_id,
    hosted, operator, placement, running, slot, stop,
};
use crate::oracle::all;
use crate::world::START;

const PLACES: &str = "its owner says where an IMVU runs";

/// The IMVU is placed by its owner.
pub(super) fn placed() -> Pair {
    let mut pair = hosted(alice(), &[], activate());
    place(&mut pair);
    pair
}

fn place(pair: &mut Pair) {
    let host = Host {
        guaranteed: QUOTA,
        placements: 1,
        next_slot: 1,
        ..host()
    };
    pair.then(state_key::host(&host.id), &host);
    pair.then(
        state_key::placement(&shop().id),
        &placement(Phase::Starting),
    );
    pair.then(state_key::slot(&host.id, 0), &slot());
    let starting = Imvu {
        status: ImvuStatus::Starting,
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &starting);
    pair.then(assignment_key(AgentKind::Compute), &assignment(compute()));
}

/// What ends a placement leaves.
pub(super) fn leave(pair: &mut Pair) {
    let host = Host {
        next_slot: 1,
        ..host()
    };
    pair.then(state_key::host(&host.id), &host);
    pair.gone(&state_key::placement(&shop().id));
    let ended = Slot {
        ended: Some((Time(START + 30 * MINUTE), QUOTA)),
        ..slot()
    };
    pair.then(state_key::slot(&host.id, 0), &ended);
    let draft = Imvu {
        status: ImvuStatus::Draft,
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &draft);
    let absent = Assignment {
        generation: 2,
        ..assignment(Spec::Absent)
    };
    pair.then(assignment_key(AgentKind::Compute), &absent);
}

#[test]
fn an_imvu_that_another_places() {
    let mut pair = hosted(operator(), &[], activate());
    place(&mut pair);
    pair.violates(PLACES, "another placed IMVU-0");
}

#[test]
fn an_imvu_on_a_host_that_lacks_something() {
    type Spoil = fn(&mut Host);
    let spoil: [(&str, Spoil); 6] = [
        ("is open", |host| host.status = HostStatus::Draining),
        ("is attested", |host| host.attested = None),
        ("isolates", |host| {
            host.capabilities.isolation = Set::default();
        }),
        ("has a network agent", |host| host.agents[1] = None),
        ("has every meter", |host| host.meters = Set::default()),
        ("is in its jurisdiction", |host| {
            host.jurisdiction = Jurisdiction::new("US-CCPA").expect("a tag");
        }),
    ];
    for (lacks, change) in spoil {
        let mut pair = placed();
        let mut bad = host();
        change(&mut bad);
        pair.always(state_key::host(&bad.id), &bad);
        pair.violates(PLACES, lacks);
    }
}

#[test]
fn an_imvu_that_is_stopped_without_its_owner() {
    let mut pair = busy(operator(), stop(true));
    leave(&mut pair);
    pair.violates(PLACES, "without its owner's or its host's word");
    // By the host, although nobody wanted it to stop.
    let stopped = Action::Report(acks(AckOutcome::Stopped));
    let mut pair = busy(agent(AgentKind::Compute), stopped);
    leave(&mut pair);
    pair.violates(PLACES, "without its owner's or its host's word");
}

#[test]
fn an_imvu_that_is_promised_less() {
    let mut pair = busy(alice(), stop(false));
    let mut less = placement(Phase::Running);
    less.ceiling.pids -= 1;
    pair.then(state_key::placement(&shop().id), &less);
    pair.violates(PLACES, "promised less");
}

#[test]
fn an_imvu_that_an_agent_edits() {
    let mut pair = busy(
        agent(AgentKind::Compute),
        Action::Report(acks(AckOutcome::Applied)),
    );
    let edited = Imvu {
        description: Text::new("ours").expect("short"),
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &edited);
    pair.violates(PLACES, "an agent changed IMVU-0");
}

#[test]
fn a_slot_that_another_gets() {
    let mut pair = busy(alice(), stop(false));
    let taken = Slot {
        imvu: imvu("IMVU-1"),
        ..slot()
    };
    pair.then(state_key::slot(&host_id(), 0), &taken);
    pair.violates("a slot is never another's", "changed oddly");
    let mut pair = busy(alice(), stop(false));
    pair.gone(&state_key::slot(&host_id(), 0));
    pair.violates("a slot is never another's", "given back");
}

const TOLD: &str = "agents are told what was decided";

#[test]
fn an_agent_that_is_told_something_else() {
    let key = || assignment_key(AgentKind::Compute);
    let other = |generation, limits| {
        let Spec::Compute(spec) = compute() else {
            unreachable!("it is");
        };
        Assignment {
            generation,
            ..assignment(Spec::Compute(ComputeSpec { limits, ..spec }))
        }
    };
    let mut pair = busy(alice(), stop(false));
    pair.then(key(), &other(2, Quota::default()));
    pair.violates(TOLD, "is told of IMVU-0");
    let mut pair = busy(alice(), stop(false));
    pair.then(
        key(),
        &Assignment {
            generation: 3,
            ..assignment(Spec::Absent)
        },
    );
    pair.violates(TOLD, "generation 3 follows 1");
}

#[test]
fn an_acknowledgement_that_nobody_gave() {
    let taken = |outcome| Assignment {
        acknowledged: Some(Acknowledged {
            outcome,
            observed: compute().hash(),
            at: 2,
        }),
        ..assignment(compute())
    };
    let report = || Action::Report(acks(AckOutcome::Refused));
    let mut pair = busy(agent(AgentKind::Compute), report());
    pair.then(
        assignment_key(AgentKind::Compute),
        &taken(AckOutcome::Applied),
    );
    pair.violates(TOLD, "did not say that");
    let mut pair = busy(agent(AgentKind::Compute), report());
    pair.then(
        assignment_key(AgentKind::Compute),
        &taken(AckOutcome::Refused),
    );
    pair.put_to(all).expect("it said so");
}
