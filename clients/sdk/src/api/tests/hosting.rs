//! Hosts, reports, usage and events in JSON.

use super::*;
use nexus_types::block::Event;
use nexus_types::crypto::Signature;
use nexus_types::encoding::{Few, List, Text};
use nexus_types::host::{self, Item};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::meter::{
    self, MeterLine, MeterRecord, MeterRecordBody, MeterSignature, Resource, Target, UsageFlags,
    UsageHour, UsageLine,
};
use nexus_types::record::{AuditEntry, Notice, Violation};
use nexus_types::report::{self, Ack, Drift, DriftEntry, Report};
use nexus_types::{ActionKind, Gate, ImvuId, Network, Reason, Subject, Time};

#[test]
fn a_report_shows_whose_counters_it_brings_and_who_signed_them() {
    use nexus_types::Action;
    let json = to_value(ActionView::from(&Action::Report(report()))).unwrap();
    assert_eq!(json["kind"], "report");
    assert_eq!(json["sequence"], "7");
    assert_eq!(json["acks"][0]["imvu"], "IMVU-042");
    assert_eq!(json["acks"][0]["outcome"], "noResources");
    let record = &json["usage"][0];
    assert_eq!(record["kind"], "gap");
    assert_eq!(record["boot"], "ab".repeat(16));
    assert_eq!(
        record["lines"][0],
        json!({"slot": 3, "counters": ["18446744073709551615"], "dropped": "0"})
    );
    assert_eq!(record["lines"][1]["imvu"], "IMVU-042");
    assert_eq!(record["signatures"][0]["key"], 0);
    assert_eq!(json["drifts"][0]["process"], "iptables");
    assert!(json["drifts"][0].get("imvu").is_none());
    assert_eq!(
        from_value::<ActionView>(json).unwrap(),
        ActionView::from(&Action::Report(report()))
    );
}

#[test]
fn every_event_can_be_asked_for_by_the_type_it_is_sent_with() {
    for event in events() {
        let json = to_value(EventBody::from(&event)).unwrap();
        let kind: EventKind = from_value(json["type"].clone()).unwrap_or_else(|error| {
            panic!("{error}: {json}");
        });
        assert_eq!(to_value(kind).unwrap(), json["type"]);
        assert_eq!(from_value::<EventBody>(json).unwrap(), (&event).into());
    }
}

#[test]
fn usage_keeps_every_digit_and_names_what_is_special() {
    let json = to_value(EventBody::from(&Event::Usage(usage()))).unwrap();
    let line = &json["lines"][0];
    assert_eq!(line["read"], u128::MAX.to_string());
    assert_eq!(
        (&line["resource"], &line["unit"]),
        (&json!("mailStorage"), &json!("MiB·s"))
    );
    assert_eq!(line["flags"], json!(["regressed", "test"]));
    assert!(from_value::<WireU128>(json!(format!("{}0", u128::MAX))).is_err());
}

#[test]
fn hosts_and_meters_have_labels_and_nothing_else() {
    for right in ["abc", "host-1", &"a".repeat(32)] {
        assert!(from_value::<WireHost>(json!(right)).is_ok(), "{right}");
        assert!(from_value::<WireMeter>(json!(right)).is_ok(), "{right}");
    }
    for wrong in ["ab", "Host-1", "1host", "host-", "host_1", &"a".repeat(33)] {
        assert!(from_value::<WireHost>(json!(wrong)).is_err(), "{wrong}");
        assert!(from_value::<WireMeter>(json!(wrong)).is_err(), "{wrong}");
    }
}

fn imvu_042() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

fn report() -> Report {
    let line = |target| MeterLine {
        target,
        counters: Few::new([u64::MAX]).unwrap(),
        dropped: 0,
    };
    let record = MeterRecord {
        body: MeterRecordBody {
            network: Network {
                chain_id: Text::new("chain").unwrap(),
                genesis_hash: Hash([9; 32]),
                recovery_epoch: 0,
            },
            meter: MeterId::new("host-1-net").unwrap(),
            sequence: 1,
            previous: Hash::default(),
            boot: [0xab; 16],
            kind: meter::RecordKind::Gap,
            start: Time(1),
            end: Time(2),
            max_unmetered_ms: 5_000,
            lines: List::new(vec![line(Target::Slot(3)), line(Target::Imvu(imvu_042()))]).unwrap(),
        },
        signatures: List::new(vec![MeterSignature {
            key: 0,
            signature: Signature([1; 64]),
        }])
        .unwrap(),
    };
    Report {
        sequence: 7,
        through: 6,
        capabilities: Some(Hash([2; 32])),
        acks: List::new(vec![Ack {
            item: Item::Imvu(imvu_042()),
            generation: 1,
            outcome: host::AckOutcome::NoResources,
            observed: Hash([3; 32]),
        }])
        .unwrap(),
        usage: List::new(vec![record]).unwrap(),
        drifts: List::new(vec![drift()]).unwrap(),
    }
}

fn drift() -> Drift {
    Drift {
        imvu: None,
        kind: report::DriftKind::Filter,
        expected: Hash([4; 32]),
        found: Hash([5; 32]),
        process: Text::new("iptables").unwrap(),
        pid: 77,
        detected: Time(3),
        reverted: None,
    }
}

fn usage() -> UsageHour {
    UsageHour {
        imvu: imvu_042(),
        sequence: 0,
        hour: 490_896,
        owner: IdentityId(Hash([6; 32])),
        host: HostId::new("host-1").unwrap(),
        placement: 1,
        height: 9,
        lines: vec![UsageLine {
            resource: Resource::MailStorage,
            meter: MeterId::new("host-1-mail").unwrap(),
            read: u128::MAX,
            billed: 0,
            dropped: 0,
            windows: 2,
            flags: UsageFlags(UsageFlags::TEST | UsageFlags::REGRESSED),
        }],
    }
}

/// One of each kind; a new kind must be added here.
fn events() -> Vec<Event> {
    let imvu = imvu_042();
    let host = HostId::new("host-1").unwrap();
    let meter = MeterId::new("host-1-net").unwrap();
    let agent = IdentityId(Hash([7; 32]));
    let audit = AuditEntry {
        sequence: 0,
        height: 1,
        time: Time(1),
        tx: Hash([1; 32]),
        actor: agent,
        action: ActionKind::Report,
        subject: Subject::Host(host.clone()),
        imvu: None,
        code: Code::Applied,
        reason: None,
        before: Hash::default(),
        after: Hash::default(),
    };
    let violation = Violation {
        audit: 0,
        height: 1,
        time: Time(1),
        tx: Hash([1; 32]),
        actor: agent,
        action: ActionKind::RegisterMeter,
        subject: Subject::Meter(meter.clone()),
        imvu: None,
        code: Code::RefusedBy(Gate::RevenueMetering),
        refused: vec![(Gate::RevenueMetering, Reason::MeterExists)],
    };
    let notice = Notice {
        audit: 0,
        height: 1,
        time: Time(1),
        imvu: imvu.clone(),
        actor: agent,
        action: ActionKind::ChangeHost,
        code: Code::Applied,
        proposal: None,
    };
    vec![
        Event::Audit(audit),
        Event::Violation(violation),
        Event::Notice(notice),
        Event::ProposalExpired(Hash([1; 32])),
        Event::Equivocation {
            validator: [1; 20],
            height: 1,
        },
        Event::Placed {
            imvu: imvu.clone(),
            host: host.clone(),
            generation: 1,
        },
        Event::Started(imvu.clone()),
        Event::Stopped(imvu.clone()),
        Event::Usage(usage()),
        Event::Drift(DriftEntry {
            audit: 0,
            height: 1,
            time: Time(1),
            agent,
            drift: drift(),
        }),
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
    ]
    .into_iter()
    .chain(money::events())
    .collect()
}
