use super::*;
use nexus_types::encoding::{Few, Set, Text};
use nexus_types::host::{
    Acknowledged, Capabilities, ComputeSpec, EnforcementGrade, HostStatus, Isolation,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{MeterLine, MeterRecordBody, MeterScope, RecordKind, Target};
use nexus_types::quota::Quota;
use nexus_types::snapshot::{RestoreSpec, SnapshotSpec};
use nexus_types::{Hash, HostId, IdentityId, ImvuId, KeyBytes, MeterId, Network};

const NOW: Time = Time(1_000_000_000);
const INTERVAL: u64 = 60_000;

fn host_id() -> HostId {
    HostId::new("dev-1").unwrap()
}

/// An attested host whose agent of a kind has just reported.
fn seen(kind: AgentKind) -> Seen {
    let id = IdentityId(Hash([1; 32]));
    Seen {
        height: 40,
        time: NOW,
        law_time: NOW,
        host: Host {
            id: host_id(),
            operator: IdentityId(Hash([2; 32])),
            jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
            capacity: Quota::default(),
            guaranteed: Quota::default(),
            capabilities: Capabilities {
                enforcement: EnforcementGrade::Prevention,
                isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
                counters_cannot_be_reset: true,
            },
            attested: Some(3),
            status: HostStatus::Open,
            usable_from: Time(0),
            registered: 2,
            placements: 0,
            next_slot: 0,
            agents: [Some(id); 4],
            meters: Set::default(),
        },
        agent: Agent {
            id,
            host: host_id(),
            kind,
            registered: 2,
            usable_from: Time(0),
            sequence: 9,
            last_height: 39,
            last_time: NOW,
            through: 38,
            silent: false,
        },
        meter: Some(Meter {
            id: meter_id(),
            host: host_id(),
            kind,
            scope: MeterScope::Host,
            keys: Set::new(vec![KeyBytes([3; 32])]).unwrap(),
            threshold: 1,
            test: true,
            registered: 2,
            since: Time(0),
            usable_from: Time(0),
            retired: false,
            replaces: None,
            sequence: 5,
            last: Hash([5; 32]),
            window_end: Time(NOW.0 - 90_000),
            boot: [0; 16],
            boots: 1,
            gap_ms: 0,
            gap_end: Time(0),
            last_time: NOW,
            silent: false,
        }),
        assignments: Vec::new(),
    }
}

fn meter_id() -> MeterId {
    MeterId::new("dev-1-compute").unwrap()
}

fn assigned(imvu: &str, spec: Spec) -> (Item, Assignment) {
    let assignment = Assignment {
        recovery_epoch: 0,
        generation: 4,
        spec,
        acknowledged: None,
    };
    (Item::Imvu(ImvuId::new(imvu).unwrap()), assignment)
}

fn running(imvu: &str) -> (Item, Assignment) {
    let spec = Spec::Compute(ComputeSpec {
        imvu: ImvuId::new(imvu).unwrap(),
        placement: 1,
        slot: 0,
        uid_first: 1_048_576,
        limits: Quota::default(),
    });
    assigned(imvu, spec)
}

/// Records that follow the meter's last one, a second each.
fn records(count: u64) -> Vec<MeterRecord> {
    let (mut previous, mut end) = (Hash([5; 32]), Time(NOW.0 - 90_000));
    let record = |number| {
        let body = MeterRecordBody {
            network: Network {
                chain_id: Text::new("test").unwrap(),
                genesis_hash: Hash::default(),
                recovery_epoch: 0,
            },
            meter: meter_id(),
            sequence: 6 + number,
            previous,
            boot: [0; 16],
            kind: RecordKind::Reading,
            start: end,
            end: end.plus_ms(1_000),
            max_unmetered_ms: 0,
            lines: List::default(),
        };
        (previous, end) = (body.id(), body.end);
        MeterRecord {
            body,
            signatures: List::default(),
        }
    };
    (0..count).map(record).collect()
}

fn sequences(report: Option<Report>) -> Vec<u64> {
    let report = report.expect("a report");
    let records = report.usage.as_slice().iter();
    records.map(|record| record.body.sequence).collect()
}

#[test]
fn without_news_there_is_one_report_an_interval() {
    let mut seen = seen(AgentKind::Mail);
    assert_eq!(due(&seen, &records(3), INTERVAL), None);
    seen.agent.last_time = Time(NOW.0 - INTERVAL);
    let report = due(&seen, &records(3), INTERVAL).unwrap();
    assert_eq!((report.sequence, report.through), (10, 40));
    assert_eq!(report.usage.as_slice().len(), 3);
    assert_eq!(report.capabilities, None, "a mail agent attests nothing");
}

#[test]
fn a_new_generation_is_acknowledged_at_once_and_once() {
    let mut seen = seen(AgentKind::Compute);
    let mut known = running("IMVU-001");
    known.1.acknowledged = Some(Acknowledged {
        outcome: AckOutcome::Refused,
        observed: Hash::default(),
        at: 4,
    });
    seen.assignments = vec![known.clone()];
    assert_eq!(due(&seen, &[], INTERVAL), None, "what was said is said");
    seen.assignments = vec![
        known,
        running("IMVU-002"),
        assigned("IMVU-003", Spec::Absent),
    ];
    let report = due(&seen, &[], INTERVAL).unwrap();
    let said: Vec<_> = report
        .acks
        .as_slice()
        .iter()
        .map(|ack| (ack.item.clone(), ack.generation, ack.outcome, ack.observed))
        .collect();
    let item = |imvu| Item::Imvu(ImvuId::new(imvu).unwrap());
    let hash = running("IMVU-002").1.spec.hash();
    assert_eq!(
        said,
        [
            (item("IMVU-002"), 4, AckOutcome::Applied, hash),
            (
                item("IMVU-003"),
                4,
                AckOutcome::Stopped,
                Spec::Absent.hash()
            ),
        ]
    );
}

#[test]
fn capabilities_are_attested_at_once_by_the_compute_agent() {
    for kind in AgentKind::ALL {
        let mut seen = seen(kind);
        seen.host.attested = None;
        let report = due(&seen, &[], INTERVAL);
        let attested = report.and_then(|report| report.capabilities);
        let wanted = (kind == AgentKind::Compute).then(|| seen.host.capabilities.hash());
        assert_eq!(attested, wanted, "{kind}");
    }
}

#[test]
fn only_records_that_the_ledger_would_take_are_sent() {
    let mut seen = seen(AgentKind::Compute);
    seen.agent.last_time = Time(0);
    let five = records(5);
    assert_eq!(sequences(due(&seen, &five, INTERVAL)), [6, 7, 8, 9, 10]);
    assert_eq!(
        sequences(due(&seen, &five[1..], INTERVAL)),
        [0; 0],
        "one is missing"
    );
    seen.time = Time(NOW.0 - 90_000 + 2_000 - WINDOW_SLACK_MS);
    assert_eq!(
        sequences(due(&seen, &five, INTERVAL)),
        [6, 7],
        "the others end in the future"
    );
    let meter = seen.meter.as_mut().unwrap();
    meter.usable_from = NOW.plus_ms(1);
    assert_eq!(
        sequences(due(&seen, &five, INTERVAL)),
        [0; 0],
        "the meter does not count yet"
    );
}

#[test]
fn a_backlog_does_not_wait_for_the_interval() {
    let seen = seen(AgentKind::Compute);
    assert_eq!(due(&seen, &records(15), INTERVAL), None);
    let full = sequences(due(&seen, &records(40), INTERVAL));
    assert_eq!(full.len(), RECORDS_PER_REPORT);
}

#[test]
fn an_agent_that_does_not_count_yet_says_nothing() {
    let mut seen = seen(AgentKind::Compute);
    seen.agent.usable_from = NOW.plus_ms(1);
    seen.assignments = vec![running("IMVU-001")];
    assert_eq!(due(&seen, &records(40), INTERVAL), None);
}

#[test]
fn the_largest_report_fits_a_transaction() {
    let mut seen = seen(AgentKind::Compute);
    let name = |number| format!("IMVU-WITH-THE-LONGEST-NAME-{number:05}");
    seen.assignments = (0..400).map(|number| running(&name(number))).collect();
    let mut waiting = records(16);
    let line = |slot| MeterLine {
        target: Target::Slot(slot),
        counters: Few::new([u64::MAX; 3]).unwrap(),
        dropped: 0,
    };
    waiting[0].body.lines = List::new((0..1_000).map(line).collect()).unwrap();
    let report = due(&seen, &waiting[..1], INTERVAL).unwrap();
    assert_eq!(report.acks.as_slice().len(), MAX_ACKS);
    assert_eq!(report.usage.as_slice().len(), 1);
    assert!(
        encode(&report).len() + 1_024 < TX_BYTES,
        "{}",
        encode(&report).len()
    );
}

#[test]
fn it_keeps_no_volume_and_says_so() {
    let imvu = ImvuId::new("IMVU-001").unwrap();
    let item = Item::Snapshot(imvu.clone(), 7);
    let spec = Spec::Snapshot(SnapshotSpec {
        imvu: imvu.clone(),
        number: 7,
        placement: 1,
        digest: None,
    });
    let (_, assignment) = assigned("IMVU-001", spec);
    let mut seen = seen(AgentKind::Compute);
    seen.assignments = vec![running("IMVU-001"), (item, assignment)];
    let loss = loss(&seen).unwrap();
    assert_eq!((loss.imvu, loss.number), (imvu.clone(), 7));
    assert_eq!(loss.outcome, SnapshotOutcome::Lost(LossReason::NoVolume));
    // A report says nothing of it: the word on it is an action of its own.
    assert_eq!(acks(&seen.assignments).len(), 1);
    // Nor does it put back what it never had.
    let spec = Spec::Restore(RestoreSpec {
        imvu: imvu.clone(),
        placement: 1,
        number: 7,
        from: host_id(),
        digest: Hash([7; 32]),
        height: 9,
    });
    let (_, assignment) = assigned("IMVU-001", spec);
    let said = acks(&[(Item::Restore(imvu), assignment)]);
    assert_eq!(said[0].outcome, AckOutcome::NoContent);
}
