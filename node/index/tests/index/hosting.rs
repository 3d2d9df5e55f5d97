//! What the blocks of the hand-made chain do to hosts: each registers one and places its IMVU there; the next one reports.

use crate::chain::{creator, imvu_id, put};
use nexus_types::block::{BlockRecord, Event, StateChange};
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::{Set, Text};
use nexus_types::host::{
    Agent, AgentKind, Capabilities, EnforcementGrade, Host, HostStatus, Isolation, Phase, Placement,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Meter, MeterScope, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::quota::Quota;
use nexus_types::report::{Drift, DriftEntry, DriftKind};
use nexus_types::{Hash, HostId, IdentityId, ImvuId, MeterId, Time, state_key};

/// The hour that the first usage is of.
pub(crate) const HOUR: u64 = 472_222;

/// An organisation that runs hosts.
pub(crate) fn operator() -> IdentityId {
    IdentityId(Hash::of(b"operator"))
}

/// The host that the block of that height registers.
pub(crate) fn host_id(height: u64) -> HostId {
    HostId::new(&format!("host-{height:03}")).unwrap()
}

/// Its meter.
pub(crate) fn meter_id(height: u64) -> MeterId {
    MeterId::new(&format!("meter-{height:03}")).unwrap()
}

/// Its agent.
pub(crate) fn agent_id(height: u64) -> IdentityId {
    IdentityId(Hash::tagged("test/agent", &[&height.to_be_bytes()]))
}

/// The host as registered, or as it is once an IMVU runs there; those of even heights are drained then.
pub(crate) fn host(height: u64, runs: bool) -> Host {
    let capacity = Quota {
        cpu_millis: 64_000,
        memory_bytes: 256 << 30,
        mail_bytes: 1 << 40,
        ..Quota::default()
    };
    let guaranteed = Quota {
        cpu_millis: if runs { 4_000 } else { 0 },
        ..Quota::default()
    };
    Host {
        id: host_id(height),
        operator: operator(),
        jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
        capacity,
        guaranteed,
        capabilities: Capabilities {
            enforcement: EnforcementGrade::Prevention,
            isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
            counters_cannot_be_reset: true,
        },
        attested: runs.then_some(height + 1),
        status: if runs && height.is_multiple_of(2) {
            HostStatus::Draining
        } else {
            HostStatus::Open
        },
        usable_from: Time(0),
        registered: height,
        placements: u32::from(runs),
        next_slot: 1,
        agents: [Some(agent_id(height)), None, None, None],
        meters: Set::new(vec![meter_id(height)]).unwrap(),
    }
}

/// The agent after that many reports.
pub(crate) fn agent(height: u64, reports: u64) -> Agent {
    Agent {
        id: agent_id(height),
        host: host_id(height),
        kind: AgentKind::Compute,
        registered: height,
        usable_from: Time(0),
        sequence: reports,
        last_height: height + reports,
        last_time: Time(height * 1_000),
        through: height,
        silent: reports > 0 && height.is_multiple_of(3),
    }
}

/// The meter after that many records.
pub(crate) fn meter(height: u64, records: u64) -> Meter {
    Meter {
        id: meter_id(height),
        host: host_id(height),
        kind: AgentKind::Compute,
        scope: MeterScope::Host,
        keys: Set::new(vec![KeyBytes([7; 32])]).unwrap(),
        threshold: 1,
        test: true,
        registered: height,
        since: Time(height * 1_000),
        usable_from: Time(0),
        retired: false,
        replaces: None,
        sequence: records,
        last: Hash::default(),
        window_end: Time(0),
        boot: [0; 16],
        boots: 1,
        gap_ms: 0,
        gap_end: Time(0),
        last_time: Time(height * 1_000),
        silent: false,
    }
}

fn placement(height: u64, phase: Phase) -> Placement {
    Placement {
        imvu: imvu_id(height),
        host: host_id(height),
        slot: 0,
        jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
        generation: 1,
        since: Time(height * 1_000),
        phase,
        ceiling: Quota::default(),
        ceiling_since: Time(0),
        ceiling_before: Quota::default(),
    }
}

/// The hour of that IMVU, of two resources; CPU time beyond what SQLite's integers hold.
pub(crate) fn hour(height: u64) -> UsageHour {
    let line = |resource, billed, flags| UsageLine {
        resource,
        meter: meter_id(height),
        read: billed,
        billed,
        dropped: 0,
        windows: 12,
        flags: UsageFlags(flags),
    };
    UsageHour {
        imvu: imvu_id(height),
        sequence: 0,
        hour: HOUR + height,
        owner: creator(),
        host: host_id(height),
        placement: 1,
        height: height + 1,
        lines: vec![
            line(Resource::Cpu, u128::MAX, UsageFlags::TEST | UsageFlags::GAP),
            line(Resource::Memory, 7, UsageFlags::TEST),
        ],
    }
}

/// A limit that somebody else changed; the drifts of even heights are nobody's.
pub(crate) fn drift(height: u64) -> DriftEntry {
    DriftEntry {
        audit: height,
        height: height + 1,
        time: Time(height * 1_000),
        agent: agent_id(height),
        drift: Drift {
            imvu: (height % 2 == 1).then(|| imvu_id(height)),
            kind: DriftKind::Limit,
            expected: Hash::of(b"expected"),
            found: Hash::of(b"found"),
            process: Text::new("/usr/bin/echo").unwrap(),
            pid: 4_711,
            detected: Time(1),
            reverted: (height % 2 == 1).then_some(Time(2)),
        },
    }
}

/// Everything of hosts that the block does.
pub(crate) fn add(record: &mut BlockRecord, changes: &mut Vec<StateChange>) {
    let height = record.height;
    changes.extend([
        put(state_key::host(&host_id(height)), &host(height, false)),
        put(state_key::agent(&agent_id(height)), &agent(height, 0)),
        put(state_key::meter(&meter_id(height)), &meter(height, 0)),
        put(
            state_key::placement(&imvu_id(height)),
            &placement(height, Phase::Starting),
        ),
    ]);
    record.events.push(Event::Placed {
        imvu: imvu_id(height),
        host: host_id(height),
        generation: 1,
    });
    if height > 1 {
        report(record, height - 1, changes);
    }
    if height > 2 {
        let stopped: ImvuId = imvu_id(height - 2);
        let key = state_key::placement(&stopped);
        changes.push((key.as_bytes().to_vec(), None));
        record.events.push(Event::Stopped(stopped));
    }
}

fn report(record: &mut BlockRecord, of: u64, changes: &mut Vec<StateChange>) {
    changes.extend([
        put(state_key::host(&host_id(of)), &host(of, true)),
        put(state_key::agent(&agent_id(of)), &agent(of, 1)),
        put(state_key::meter(&meter_id(of)), &meter(of, 1)),
        put(
            state_key::placement(&imvu_id(of)),
            &placement(of, Phase::Running),
        ),
    ]);
    let (imvu, agent, meter, host) = (imvu_id(of), agent_id(of), meter_id(of), host_id(of));
    record.events.extend([
        Event::Usage(hour(of)),
        Event::Drift(drift(of)),
        Event::Started(imvu.clone()),
        Event::NotAsAssigned {
            imvu: imvu.clone(),
            agent,
        },
        Event::Implausible {
            imvu,
            meter: meter.clone(),
        },
        Event::NotPlaced {
            meter: meter.clone(),
            lines: 1,
        },
        Event::AgentSilent {
            agent,
            host: host.clone(),
        },
        Event::MeterSilent { meter, host },
    ]);
}
