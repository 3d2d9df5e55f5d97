//! Hosts, agents, meters and placements, asked for with ill will.

use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, EnforcementGrade, Host, HostChange,
    HostStatus, Isolation, Item,
};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, RecordKind, Target,
};
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::report::{Ack, Drift, DriftKind, Report};
use nexus_types::{
    Action, Few, Hash, HostId, IdentityId, KeyBytes, List, MeterId, Set, Signature, Text, Time,
    state_key,
};

use super::{edge, of, read, some_imvu, some_tag};
use crate::mutate::Random;
use crate::world::{FREE, World, public};

/// Names of hosts: that of the vectors, a new one.
const HOSTS: [&str; 2] = ["host-1", "host-2"];
/// Differences of times at which windows begin to be wrong, milliseconds.
const STEPS: [u64; 8] = [0, 1, 1_000, 4_999, 5_000, 5_001, 3_600_000, u64::MAX];

/// One of the actions about hosts, agents, meters and placements, and who asks for it.
pub(super) fn action(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let imvu = some_imvu(random);
    let host = (!random.once_in(3)).then(|| some_host(random));
    let accept_loss = random.once_in(2);
    let operator = world.operators()[random.below(2)].id;
    let owner = world.people[4].id;
    match random.below(9) {
        0 => (owner, Action::ActivateImvu { imvu, host }),
        1 => (owner, Action::StopImvu { imvu, accept_loss }),
        2 => (
            owner,
            Action::MoveImvu {
                imvu,
                host,
                accept_loss,
            },
        ),
        3 => (
            operator,
            Action::RegisterHost {
                host: some_host(random),
                jurisdiction: some_tag(random),
                capacity: some_quota(random),
                capabilities: some_capabilities(random),
            },
        ),
        4 => (
            operator,
            Action::ChangeHost {
                host: some_host(random),
                change: some_change(random),
            },
        ),
        5 => (
            operator,
            Action::RegisterAgent {
                host: some_host(random),
                kind: some_kind(random),
                key: some_key(random),
            },
        ),
        6 => (operator, some_meter(random)),
        _ => some_report(world, random),
    }
}

fn some_host(random: &mut Random) -> HostId {
    HostId::new(of(&HOSTS, random)).expect("a host's name")
}

fn some_kind(random: &mut Random) -> AgentKind {
    of(&AgentKind::ALL, random)
}

fn some_key(random: &mut Random) -> KeyBytes {
    // One that is an identity's, one that is a meter's, some that are nobody's.
    if random.once_in(8) {
        return public(of(&[20, 50], random));
    }
    public(FREE + of(&[0, 1, 2, 3, 4, 5, 6, 7], random))
}

fn some_quota(random: &mut Random) -> Quota {
    let mut quota = Quota::default();
    let all = edge(random);
    for field in QuotaField::ALL {
        let value = if random.once_in(4) { edge(random) } else { all };
        quota.set(field, value);
    }
    quota
}

fn some_capabilities(random: &mut Random) -> Capabilities {
    let mut isolation = Isolation::ALL.to_vec();
    isolation.truncate(of(&[9, 9, 9, 8, 0], random));
    let enforcement = of(
        &[
            EnforcementGrade::None,
            EnforcementGrade::Detection,
            EnforcementGrade::Prevention,
        ],
        random,
    );
    Capabilities {
        enforcement,
        isolation: Set::new(isolation).expect("few"),
        counters_cannot_be_reset: random.once_in(2),
    }
}

fn some_change(random: &mut Random) -> HostChange {
    let status = of(
        &[
            HostStatus::Open,
            HostStatus::Closed,
            HostStatus::Draining,
            HostStatus::Lost,
        ],
        random,
    );
    match random.below(4) {
        0 => HostChange::Status(status),
        1 => HostChange::Capacity(some_quota(random)),
        2 => HostChange::Capabilities(some_capabilities(random)),
        _ => HostChange::Jurisdiction(some_tag(random)),
    }
}

fn some_meter(random: &mut Random) -> Action {
    let count = of(&[0, 1, 1, 2, 3, 8], random);
    let keys: Vec<KeyBytes> = (0..count).map(|_| some_key(random)).collect();
    let name = |random: &mut Random| {
        let name = of(
            &["meter-new", "meter-new", "host-1-compute", "host-1-dns"],
            random,
        );
        MeterId::new(name).expect("a meter's name")
    };
    Action::RegisterMeter {
        meter: name(random),
        host: some_host(random),
        kind: some_kind(random),
        scope: of(&[MeterScope::Host, MeterScope::Everywhere], random),
        keys: Set::new(keys).expect("at most eight"),
        threshold: of(&[1, 1, 1, 1, 2, 0, 9, 255], random),
        test: random.once_in(2),
        replaces: random.once_in(3).then(|| name(random)),
    }
}

/// The next report of an agent, or one out of turn, with records, acknowledgements and drifts of any kind.
fn some_report(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let kind = some_kind(random);
    let agent = world.agent(kind).id;
    let known = read::<Agent>(world, &state_key::agent(&agent));
    let next = known.map_or(0, |known| known.sequence).wrapping_add(1);
    let capabilities = some_capabilities(random).hash();
    let report = Report {
        sequence: if random.once_in(8) {
            edge(random)
        } else {
            next
        },
        through: edge(random),
        capabilities: random.once_in(2).then_some(capabilities),
        acks: several(random, |random| ack(world, kind, random)),
        usage: several(random, |random| record(world, kind, random)),
        drifts: several(random, drift),
    };
    (agent, Action::Report(report))
}

fn several<T, const MAX: usize>(
    random: &mut Random,
    mut one: impl FnMut(&mut Random) -> T,
) -> List<T, MAX> {
    let count = random.below(3);
    List::new((0..count).map(|_| one(random)).collect()).expect("few")
}

fn ack(world: &World, kind: AgentKind, random: &mut Random) -> Ack {
    let item = Item::Imvu(some_imvu(random));
    let host = HostId::new(HOSTS[0]).expect("a host's name");
    let told = read::<Assignment>(world, &state_key::assignment(&host, kind, &item));
    let (generation, right) = told.map_or((0, Hash::default()), |told| {
        (told.generation, told.spec.hash())
    });
    let outcome = of(
        &[
            AckOutcome::Applied,
            AckOutcome::Stopped,
            AckOutcome::NoResources,
            AckOutcome::Refused,
            AckOutcome::NoContent,
        ],
        random,
    );
    Ack {
        item,
        generation: if random.once_in(4) {
            edge(random)
        } else {
            generation
        },
        outcome,
        observed: if random.once_in(4) {
            Hash([9; 32])
        } else {
            right
        },
    }
}

fn record(world: &World, kind: AgentKind, random: &mut Random) -> MeterRecord {
    let host = HostId::new(HOSTS[0]).expect("a host's name");
    let host = read::<Host>(world, &state_key::host(&host)).expect("the vectors' host");
    let meters = host.meters.as_slice().iter();
    let meter = meters
        .filter_map(|id| read::<Meter>(world, &state_key::meter(id)))
        .find(|meter| meter.kind == kind)
        .expect("a meter of each kind");
    let id = meter.id.clone();
    let odd = random.once_in(4);
    let start = if odd {
        Time(meter.window_end.0.wrapping_add(of(&STEPS, random)))
    } else {
        meter.window_end
    };
    let end = Time(match random.below(3) {
        0 => world.next.time.0.wrapping_add(of(&STEPS, random)),
        1 => start.0.wrapping_add(of(&STEPS, random)),
        _ => world.next.time.0,
    });
    let body = MeterRecordBody {
        network: world.network.clone(),
        meter: id,
        sequence: if random.once_in(8) {
            edge(random)
        } else {
            meter.sequence.wrapping_add(1)
        },
        previous: if random.once_in(8) {
            Hash::default()
        } else {
            meter.last
        },
        boot: [of(&[1, 2], random); 16],
        kind: of(
            &[RecordKind::Reading, RecordKind::Reading, RecordKind::Gap],
            random,
        ),
        start,
        end,
        max_unmetered_ms: u32::MAX,
        lines: several(random, |random| line(&meter, random)),
    };
    let signatures = (0..meter.threshold).map(|key| MeterSignature {
        key,
        // Replaced by a good one when the whole is sealed.
        signature: Signature([0; 64]),
    });
    MeterRecord {
        body,
        signatures: List::new(signatures.collect()).expect("few"),
    }
}

fn line(meter: &Meter, random: &mut Random) -> MeterLine {
    let target = match (meter.scope, random.once_in(8)) {
        (MeterScope::Host, false) | (MeterScope::Everywhere, true) => {
            Target::Slot(of(&[0, 1, 2, 40_000, u32::MAX], random))
        }
        _ => Target::Imvu(some_imvu(random)),
    };
    let counters = meter.kind.resources().len();
    let counters = if random.once_in(8) { 0 } else { counters };
    let counters: Vec<u64> = (0..counters).map(|_| edge(random)).collect();
    MeterLine {
        target,
        counters: Few::new(counters).expect("three at most"),
        dropped: edge(random),
    }
}

fn drift(random: &mut Random) -> Drift {
    Drift {
        imvu: random.once_in(2).then(|| some_imvu(random)),
        kind: of(&[DriftKind::Limit, DriftKind::Process], random),
        expected: Hash::default(),
        found: Hash([7; 32]),
        process: Text::new(of(&["", "/bin/sh", "\u{202e}hs\n"], random)).expect("short"),
        pid: u32::MAX,
        detected: Time(edge(random)),
        reverted: random.once_in(2).then(|| Time(edge(random))),
    }
}
