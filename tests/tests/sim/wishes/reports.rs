//! What agents report: honestly, mistakenly, or not at all as the law wants it.

use nexus_sdk::keys::Signer;
use nexus_types::action::{Action, ActionKind};
use nexus_types::encoding::decode;
use nexus_types::host::{AckOutcome, Agent, AgentKind, Assignment, Host, Item, Placement, Spec};
use nexus_types::meter::{
    Cursor, Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, Metering,
    RecordKind, Target,
};
use nexus_types::report::{Ack, Drift, DriftKind, Report};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Few, Hash, HostId, IdentityId, ImvuId, List, Signature, Text, Time};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IteratorRandom, SliceRandom};

use super::hosting;
use super::{Wish, anybody};
use crate::stream::{Now, Stream};
use crate::world::world;

const HOUR_MS: u64 = 3_600_000;
/// Milliseconds a window may end after the block time.
const SLACK_MS: u64 = 5_000;
/// A slot that no host has given.
const NO_SLOT: u32 = 39_999;

/// The first word of a host's compute agent, after which something may be placed there.
pub(super) fn attestation(now: &Now<'_>, host: &Host) -> Option<Wish> {
    let id = host.agent(AgentKind::Compute)?;
    let agent = now.read::<Agent>(&state_key::agent(&id))?;
    let report = Report {
        sequence: agent.sequence + 1,
        through: 0,
        capabilities: Some(host.capabilities.hash()),
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    };
    Some((vec![now.person(id)?], Action::Report(report), Vec::new()))
}

/// A report of some agent. Without any, its operator registers one.
pub(super) fn report(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let hosts = now.hosts();
    let agents: Vec<(&Host, AgentKind, IdentityId)> = hosts
        .iter()
        .flat_map(|host| {
            let of_kind = AgentKind::ALL.into_iter();
            of_kind.filter_map(move |kind| Some((host, kind, host.agent(kind)?)))
        })
        .collect();
    // Rather of one that was told something and has not answered.
    let owes = |(host, kind, _): &&(&Host, AgentKind, IdentityId)| {
        let told = assignments(now, host, *kind);
        told.into_iter()
            .any(|(_, told)| told.acknowledged.is_none())
    };
    let owing = agents.iter().filter(owes).choose(&mut stream.rng).copied();
    let owing = owing.filter(|_| stream.rng.gen_bool(0.6));
    let Some((host, kind, id)) = owing.or_else(|| agents.choose(&mut stream.rng).copied()) else {
        return hosting::by_operator(stream, now, ActionKind::RegisterAgent);
    };
    let agent = now.read::<Agent>(&state_key::agent(&id)).expect("an agent");
    let given = stream.reports.entry(id).or_insert(agent.sequence);
    *given += 1;
    let mut sequence = *given;
    if stream.rng.gen_bool(0.05) {
        *stream.reports.entry(id).or_default() -= 1;
        sequence = stream.rng.gen_range(0..sequence + 3);
    }
    let report = Report {
        sequence,
        through: stream.rng.gen_range(0..100),
        capabilities: found(&mut stream.rng, host, kind),
        acks: acks(stream, now, host, kind),
        usage: usage(stream, now, &hosts, host, kind),
        drifts: drifts(&mut stream.rng, now),
    };
    let signer = signer(stream, now, id);
    (vec![signer], Action::Report(report), Vec::new())
}

/// Mostly the agent, else one of another host or who was replaced, else anybody.
fn signer(stream: &mut Stream, now: &Now<'_>, id: IdentityId) -> Signer {
    let agents = &world().agents;
    match stream.rng.gen_range(0..30) {
        0 => anybody(stream, now),
        1 => {
            let registered = |one: &&Signer| now.knows(&state_key::agent(&one.identity));
            let all: Vec<&Signer> = agents.iter().filter(registered).collect();
            match all.choose(&mut stream.rng) {
                Some(one) => now.signer(one),
                // None of these runs a host: whoever reports here was registered under another key.
                None => anybody(stream, now),
            }
        }
        _ => now.person(id).expect("agents are of this world"),
    }
}

fn found(rng: &mut StdRng, host: &Host, kind: AgentKind) -> Option<Hash> {
    let attests = kind == AgentKind::Compute && (host.attested.is_none() || rng.gen_bool(0.2));
    match rng.gen_range(0..12) {
        0 => Some(Hash::of(b"other capabilities")),
        _ if attests => Some(host.capabilities.hash()),
        _ => None,
    }
}

/// What the agent made of what it was told: mostly what it says.
fn acks<const MAX: usize>(
    stream: &mut Stream,
    now: &Now<'_>,
    host: &Host,
    kind: AgentKind,
) -> List<Ack, MAX> {
    let mut acks = Vec::new();
    for (item, assignment) in assignments(now, host, kind) {
        if stream.rng.gen_bool(0.8) {
            acks.push(ack(&mut stream.rng, item, &assignment));
        }
    }
    List::new(acks).expect("few")
}

fn assignments(now: &Now<'_>, host: &Host, kind: AgentKind) -> Vec<(Item, Assignment)> {
    let (from, to) = state_key::assignments_of(&host.id, kind);
    let told = now.state.state.range(from..to);
    let read = told.map(|(key, bytes)| {
        let key = decode::<(HostId, AgentKind, Item)>(key.id());
        let (_, _, item) = key.expect("an assignment's key");
        (item, decode(bytes).expect("an assignment"))
    });
    read.collect()
}

fn ack(rng: &mut StdRng, item: Item, told: &Assignment) -> Ack {
    let right = match told.spec {
        Spec::Absent => AckOutcome::Stopped,
        Spec::Compute(_)
        | Spec::Network(_)
        | Spec::Snapshot(_)
        | Spec::Restore(_)
        | Spec::Mail(_) => AckOutcome::Applied,
    };
    let all = [
        AckOutcome::Applied,
        AckOutcome::Stopped,
        AckOutcome::NoResources,
        AckOutcome::Refused,
        AckOutcome::NoContent,
    ];
    let wrong = *all.choose(rng).expect("an outcome");
    Ack {
        item,
        generation: match rng.gen_range(0..15) {
            0 => told.generation + 1,
            1 => told.generation - 1,
            _ => told.generation,
        },
        outcome: if rng.gen_bool(0.1) { wrong } else { right },
        observed: match rng.gen_range(0..15) {
            0 => Hash::of(b"something else"),
            _ => told.spec.hash(),
        },
    }
}

fn drifts<const MAX: usize>(rng: &mut StdRng, now: &Now<'_>) -> List<Drift, MAX> {
    let imvus = now.imvus();
    let count = [0, 0, 0, 0, 0, 1, 2].choose(rng).copied().unwrap_or(0);
    let drifts = (0..count).map(|_| Drift {
        imvu: imvus.choose(rng).map(|imvu| imvu.id.clone()),
        kind: [DriftKind::Limit, DriftKind::Filter]
            .choose(rng)
            .copied()
            .unwrap_or(DriftKind::Route),
        expected: Hash::of(b"as committed"),
        found: Hash::of(b"as found"),
        process: Text::new("nft").expect("short"),
        pid: rng.gen_range(0..100_000),
        detected: Time(now.time),
        reverted: rng.gen_bool(0.7).then_some(Time(now.time)),
    });
    List::new(drifts.collect()).expect("few")
}

/// Records of the host's meters of a kind, rarely of another host's.
fn usage<const MAX: usize>(
    stream: &mut Stream,
    now: &Now<'_>,
    hosts: &[Host],
    host: &Host,
    kind: AgentKind,
) -> List<MeterRecord, MAX> {
    let other = hosts.choose(&mut stream.rng).expect("there is one");
    let whose = if stream.rng.gen_bool(0.03) {
        other
    } else {
        host
    };
    let meters = now.meters_of(whose);
    let own: Vec<Meter> = meters
        .into_iter()
        .filter(|meter| meter.kind == kind)
        .collect();
    let mut records = Vec::new();
    for meter in &own {
        for _ in 0..*[0, 1, 1, 1, 2].choose(&mut stream.rng).expect("a count") {
            records.push(record(stream, now, whose, meter));
        }
    }
    List::new(records).expect("few")
}

/// A meter's next record, or one that is not.
fn record(stream: &mut Stream, now: &Now<'_>, host: &Host, meter: &Meter) -> MeterRecord {
    let first = meter.sequence == 0;
    let before = (
        meter.sequence,
        meter.last,
        if first { meter.since } else { meter.window_end },
    );
    let (sequence, previous, start) = *stream.records.entry(meter.id.clone()).or_insert(before);
    let (kind, end) = window(&mut stream.rng, start, now.time);
    let new_boot = first || stream.rng.gen_bool(0.06);
    let boot = if new_boot {
        stream.rng.r#gen()
    } else {
        meter.boot
    };
    let lines = match kind {
        RecordKind::Reading => lines(stream, now, host, meter, end, new_boot),
        RecordKind::Gap => Vec::new(),
    };
    let mut body = MeterRecordBody {
        network: world().network.clone(),
        meter: meter.id.clone(),
        sequence: sequence + 1,
        previous,
        boot,
        kind,
        start,
        end,
        max_unmetered_ms: 1_000,
        lines: List::new(lines).expect("few"),
    };
    if stream.rng.gen_bool(0.12) {
        misread(&mut stream.rng, &mut body, now.time);
    } else {
        let next = (body.sequence, body.id(), body.end);
        stream.records.insert(meter.id.clone(), next);
    }
    sign(&mut stream.rng, meter, body)
}

/// From where the last window ended: to now, to the end of the hour, or over what was missed.
fn window(rng: &mut StdRng, start: Time, now: u64) -> (RecordKind, Time) {
    let hour_end = start.0 - start.0 % HOUR_MS + HOUR_MS;
    let end = if start.0 >= now {
        start.0 + rng.gen_range(1..SLACK_MS)
    } else if hour_end >= now {
        now + rng.gen_range(0..2_000)
    } else if rng.gen_bool(0.5) {
        hour_end
    } else {
        return (RecordKind::Gap, Time(now - rng.gen_range(0..1_000)));
    };
    (RecordKind::Reading, Time(end.min(hour_end)))
}

/// A record as no meter may make it.
fn misread(rng: &mut StdRng, body: &mut MeterRecordBody, now: u64) {
    match rng.gen_range(0..9) {
        0 => body.sequence += 1,
        1 => body.sequence -= 1,
        2 => body.previous = Hash::of(b"another record"),
        3 => body.start = Time(body.start.0 + 1),
        4 => body.start = Time(body.start.0 - 1),
        5 => body.end = body.start,
        6 => body.end = Time(now + SLACK_MS + 1),
        7 => body.end = Time(body.end.0 + HOUR_MS),
        _ => body.kind = RecordKind::Gap,
    }
    if rng.gen_bool(0.05) {
        body.network.recovery_epoch += 1;
    }
}

/// Lines for what is placed where the meter counts, and some for what is not.
fn lines(
    stream: &mut Stream,
    now: &Now<'_>,
    host: &Host,
    meter: &Meter,
    end: Time,
    new_boot: bool,
) -> Vec<MeterLine> {
    let mut lines = Vec::new();
    for placement in now.all::<Placement>(KeyKind::Placement) {
        let target = match meter.scope {
            MeterScope::Host if placement.host == host.id => Target::Slot(placement.slot),
            MeterScope::Everywhere => Target::Imvu(placement.imvu.clone()),
            MeterScope::Host => continue,
        };
        if stream.rng.gen_bool(0.85) {
            let counters = counters(stream, now, meter, &placement, end, new_boot);
            lines.push(line(&mut stream.rng, target, counters));
        }
    }
    if stream.rng.gen_bool(0.1) {
        let none = match meter.scope {
            // One that ended, perhaps, or one that never was.
            MeterScope::Host if host.next_slot > 0 && stream.rng.gen_bool(0.7) => {
                Target::Slot(stream.rng.gen_range(0..host.next_slot))
            }
            MeterScope::Host => Target::Slot(NO_SLOT),
            MeterScope::Everywhere => Target::Imvu(ImvuId::new("IMVU-NOWHERE").expect("an id")),
        };
        let counters = vec![stream.rng.gen_range(0..1_000); meter.kind.resources().len()];
        lines.push(line(&mut stream.rng, none, counters));
    }
    lines.sort_by(|a, b| a.target.cmp(&b.target));
    lines.dedup_by(|a, b| a.target == b.target);
    match stream.rng.gen_range(0..40) {
        0 => lines.reverse(),
        1 => lines.extend_from_within(..lines.len().min(1)),
        2 => lines
            .iter_mut()
            .for_each(|line| line.counters = Few::default()),
        _ => {}
    }
    lines
}

fn line(rng: &mut StdRng, target: Target, counters: Vec<u64>) -> MeterLine {
    MeterLine {
        target,
        counters: Few::new(counters).expect("three at most"),
        dropped: rng.gen_range(0..1_000),
    }
}

/// Counters since the last reading: within the quota, over it, or backwards.
fn counters(
    stream: &mut Stream,
    now: &Now<'_>,
    meter: &Meter,
    placement: &Placement,
    end: Time,
    new_boot: bool,
) -> Vec<u64> {
    let metering = now
        .read::<Metering>(&state_key::metering(&placement.imvu))
        .unwrap_or_default();
    let is_its =
        |cursor: &&Cursor| cursor.meter == meter.id && cursor.placement == placement.generation;
    let cursor = metering.cursors.iter().find(is_its);
    let since = cursor.map_or(placement.since, |cursor| cursor.at);
    let read = cursor.map_or(&[][..], |cursor| cursor.counters.as_slice());
    let rng = &mut stream.rng;
    let resources = meter.kind.resources().iter().enumerate();
    resources
        .map(|(place, resource)| {
            let before = match read.get(place) {
                Some(before) if !new_boot => *before,
                _ => 0,
            };
            let most = resource.most(&placement.ceiling, end.since(since));
            let most = u64::try_from(most).unwrap_or(u64::MAX / 4);
            match rng.gen_range(0..20) {
                0 => before / 2,
                1 => u64::MAX,
                2 | 3 => before.saturating_add(most.saturating_mul(2)),
                4 => before.saturating_add(most),
                _ => before.saturating_add(rng.gen_range(0..=most / 2)),
            }
        })
        .collect()
}

/// Signed by as many of the meter's keys as it takes; rarely by fewer, or wrongly.
fn sign(rng: &mut StdRng, meter: &Meter, body: MeterRecordBody) -> MeterRecord {
    let id = body.id();
    let keys = meter.keys.as_slice();
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.shuffle(rng);
    let wanted = usize::from(meter.threshold);
    places.truncate(if rng.gen_bool(0.03) {
        wanted - 1
    } else {
        wanted
    });
    if !rng.gen_bool(0.01) {
        places.sort_unstable();
    }
    let signatures = places.into_iter().map(|place| {
        let secret = world().keys.get(&keys[place]).expect("a key of this world");
        MeterSignature {
            key: u8::try_from(place).expect("few keys"),
            signature: if rng.gen_bool(0.02) {
                Signature([3; 64])
            } else {
                secret.sign(&id)
            },
        }
    });
    MeterRecord {
        signatures: List::new(signatures.collect()).expect("few keys"),
        body,
    }
}
