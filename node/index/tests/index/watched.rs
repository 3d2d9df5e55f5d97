//! The edges of the rules over the ledger; what they do on a real chain is in nexus-tests.

use crate::chain::{block, chain, creator, imvu_id, indexed, officer, put};
use crate::hosting::hour;
use nexus_index::Index;
use nexus_types::action::ActionKind;
use nexus_types::approval::Approval;
use nexus_types::block::{BlockRecord, Event, TxRecord};
use nexus_types::crypto::Signature;
use nexus_types::encoding::{Text, encode};
use nexus_types::meter::{
    MeterRecord, MeterRecordBody, MeterSignature, RecordKind, Resource, UsageFlags, UsageHour,
};
use nexus_types::money::{Price, PriceList};
use nexus_types::period::{Calendar, Period};
use nexus_types::quota::Quota;
use nexus_types::report::Report;
use nexus_types::state::{Allowances, ChainRecord, DelayProfile};
use nexus_types::tx::{Cosignatures, Network, TxBody};
use nexus_types::{
    Action, Code, Hash, IdentityId, List, MeterId, Subject, Time, Tx, Verdict, state_key,
};

fn network() -> Network {
    Network {
        chain_id: Text::new("nexus-hand").unwrap(),
        genesis_hash: Hash::of(b"genesis"),
        recovery_epoch: 0,
    }
}

/// The chain's own record.
pub(crate) fn chain_record() -> ChainRecord {
    ChainRecord {
        network: network(),
        app_version: 3,
        delays: DelayProfile {
            approval_ms: 1,
            name_lock_ms: 1,
            registration_ms: 1,
            silence_ms: 1,
            late_window_ms: 1,
            price_notice_ms: 1,
            maturity_ms: 1,
            dispute_ms: 1,
            consent_notice_ms: 1,
            debt_notice_ms: 1,
            debt_frozen_ms: 1,
            debt_dormant_ms: 1,
            guardian_ms: 1,
            freeze_ms: 1,
            snapshot_retention_ms: 1,
            voting_ms: 1,
            register_ms: 1,
            governance_ms: 1,
            upgrade_fast_ms: 1,
            trusting_ms: 1,
            exit_overdue_ms: 1,
            exit_protection_ms: 1,
            exit_after_ms: 1,
            exit_interval_ms: 1,
            observation_ms: 1,
            reproof_ms: 1,
        },
        allowances: Allowances {
            per_block: 1,
            per_day: 1,
            rights_per_block: 1,
            rights_per_day: 1,
            unattested_per_block: 1,
            unattested_per_day: 1,
        },
        max_quota: Quota::default(),
        development: true,
        calendar: Calendar::Hours(1),
    }
}

/// A record of one meter, one of several that it might have signed.
pub(crate) fn record(sequence: u64, which: u64) -> MeterRecord {
    let signature = MeterSignature {
        key: 0,
        signature: Signature([9; 64]),
    };
    MeterRecord {
        body: MeterRecordBody {
            network: network(),
            meter: MeterId::new("meter-x").unwrap(),
            sequence,
            previous: Hash::default(),
            boot: [0; 16],
            kind: RecordKind::Gap,
            start: Time(which),
            end: Time(which + 1),
            max_unmetered_ms: 0,
            lines: List::default(),
        },
        signatures: List::new(vec![signature]).unwrap(),
    }
}

/// A block with a refused report for each of the records.
pub(crate) fn with_records(height: u64, records: &[MeterRecord]) -> BlockRecord {
    let mut made = empty(height);
    for record in records {
        let report = Report {
            sequence: 1,
            through: 0,
            capabilities: None,
            acks: List::default(),
            usage: List::new(vec![record.clone()]).unwrap(),
            drifts: List::default(),
        };
        let body = TxBody {
            network: network(),
            signer: creator(),
            lane: 0,
            nonce: 1,
            expires: Time(0),
            action: Action::Report(report),
            approvals: List::<Approval, 4>::default(),
        };
        let tx = Tx {
            body,
            signature: Signature([0; 64]),
            cosignatures: Cosignatures::default(),
        };
        refuse(&mut made, creator(), encode(&tx));
    }
    made
}

/// A block in which nothing happened yet, a minute after the hand-made one of that height.
fn empty(height: u64) -> BlockRecord {
    BlockRecord {
        txs: Vec::new(),
        events: Vec::new(),
        changes: Vec::new().into(),
        time: Time(block(height).time.0 + 60_000),
        ..block(height)
    }
}

fn refuse(block: &mut BlockRecord, actor: IdentityId, bytes: Vec<u8>) {
    let position = block.txs.len() as u64;
    let id = Hash::tagged(
        "watched",
        &[&block.height.to_be_bytes(), &position.to_be_bytes()],
    );
    let code = Code::AlreadyExists;
    block.txs.push(TxRecord {
        hash: id,
        bytes,
        code,
        verdict: Some(Verdict {
            tx: id,
            actor,
            action: ActionKind::Report,
            subject: Subject::Imvu(imvu_id(1)),
            imvu: None,
            code,
            before: Hash::default(),
            gates: Vec::new(),
            rule: None,
        }),
    });
}

/// What stands in the table of anomalies from that height on: height and rule.
async fn found(index: &Index, from: u64) -> Vec<(u64, String)> {
    let sql = format!(
        "SELECT height, rule FROM anomalies WHERE height >= {from} ORDER BY height, position"
    );
    let rows = index.select(&sql, 100).await.unwrap().rows;
    rows.into_iter()
        .map(|row| {
            let mut cells = row.into_iter().map(Option::unwrap);
            let height = cells.next().unwrap().parse().unwrap();
            (height, cells.next().unwrap())
        })
        .collect()
}

fn rules(of: &[(u64, &str)]) -> Vec<(u64, String)> {
    of.iter()
        .map(|(height, rule)| (*height, (*rule).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_burst_is_told_once_and_again_after_a_quiet_minute() {
    let (_folder, index) = indexed(&chain(1)).await;
    // Nine, then one more within the minute, then more of the same, then a minute later ten, and nine of another.
    for (height, refusals, late) in [(2, 9, 0), (3, 1, 0), (4, 5, 0), (5, 10, 120_000)] {
        let mut block = empty(height);
        block.time.0 += late;
        for _ in 0..refusals {
            refuse(&mut block, officer(), Vec::new());
        }
        index.apply(&block).await.unwrap();
    }
    let mut block = empty(6);
    block.time.0 += 240_000;
    for _ in 0..9 {
        refuse(&mut block, officer(), Vec::new());
        refuse(&mut block, creator(), Vec::new());
    }
    index.apply(&block).await.unwrap();
    assert_eq!(
        found(&index, 2).await,
        rules(&[(3, "denialBurst"), (5, "denialBurst")])
    );
}

#[tokio::test]
async fn a_meter_disagrees_with_itself_in_one_block_or_in_several_and_a_repetition_is_none() {
    let (_folder, index) = indexed(&chain(1)).await;
    let mut unsigned = record(3, 9);
    unsigned.signatures = List::default();
    for (height, records) in [
        (2, vec![record(1, 0), record(1, 0), record(2, 0)]),
        (3, vec![record(1, 0)]),
        (4, vec![record(1, 1)]),
        // Told once.
        (5, vec![record(1, 1)]),
        (6, vec![record(3, 0), record(3, 1)]),
        (7, vec![unsigned]),
    ] {
        index.apply(&with_records(height, &records)).await.unwrap();
    }
    let expected = rules(&[(4, "meterDisagreement"), (6, "meterDisagreement")]);
    assert_eq!(found(&index, 2).await, expected);
    let sql = "SELECT count(*) FROM meter_records WHERE meter = 'meter-x'";
    let rows = index.select(sql, 1).await.unwrap().rows;
    assert_eq!(rows[0][0].as_deref(), Some("5"));
}

#[tokio::test]
async fn bytes_that_were_not_admitted_prove_nothing_of_a_meter() {
    let (_folder, index) = indexed(&chain(1)).await;
    let mut block = with_records(2, &[record(1, 0), record(1, 1)]);
    block.txs[1].verdict = None;
    block.txs[1].code = Code::Malformed;
    index.apply(&block).await.unwrap();
    assert_eq!(found(&index, 2).await, []);
}

#[tokio::test]
async fn a_price_may_double_and_halve_and_no_more() {
    let (_folder, index) = indexed(&chain(1)).await;
    let mut version = 1_000;
    let mut list = |micros: u64, per: u64| {
        version += 1;
        let list = PriceList {
            version,
            from: Period(u64::from(version)),
            prices: [Price { micros, per }; 7],
        };
        put(state_key::prices(version), &list)
    };
    let lists = [
        list(10, 100), // beside whatever the chain had
        list(20, 100),
        list(10, 100),
        list(10, 50),
        list(21, 50),
        list(10, 50),
        list(0, 50),
        list(0, 7),
        list(1, 1_000_000),
    ];
    for (height, list) in (2..).zip(lists) {
        let mut block = empty(height);
        block.changes = vec![list].into();
        index.apply(&block).await.unwrap();
    }
    let mut heights: Vec<u64> = found(&index, 3)
        .await
        .into_iter()
        .map(|(height, _)| height)
        .collect();
    assert!(
        heights
            .iter()
            .all(|height| heights.iter().filter(|each| *each == height).count() == 7)
    );
    heights.dedup();
    // From 20 to 21 and back, to nothing, and from nothing.
    assert_eq!(heights, [6, 7, 8, 10]);
}

/// An hour in which the IMVU of block 1 used so much processor time.
fn used(hour_number: u64, read: u128, flags: u8) -> UsageHour {
    let mut made = hour(1);
    made.hour = hour_number;
    made.sequence = hour_number;
    made.lines.retain(|line| line.resource == Resource::Cpu);
    made.lines.truncate(1);
    made.lines[0].read = read;
    made.lines[0].flags = UsageFlags(flags);
    made
}

#[tokio::test]
async fn a_jump_needs_a_history_a_factor_and_a_part_of_the_quota_and_no_other_reason() {
    let (_folder, index) = indexed(&chain(1)).await;
    let imvu = nexus_types::state::Imvu {
        quota: Quota {
            cpu_millis: 1_000,
            ..Quota::default()
        },
        ..crate::chain::imvu(1, 0)
    };
    let mut block = empty(2);
    block.changes = vec![put(state_key::imvu(&imvu_id(1)), &imvu)].into();
    index.apply(&block).await.unwrap();
    // An hour of a whole processor is 3,600,000 ms; a twentieth is 180,000.
    let hours = [
        (1_000, 10_000, 0),
        // Nothing is known of a beginner.
        (1_001, 900_000, 0),
        (1_026, 50_000, 0),
        (1_027, 50_000, 0),
        (1_028, 50_000, 0),
        (1_029, 50_000, 0),
        (1_030, 1_000, 0),
        (1_031, 1_000, 0),
        // Four times as much is none, and one more is one.
        (1_032, 200_000, 0),
        (1_033, 800_001, 0),
        // What was counted while the meter stood.
        (1_034, 3_300_000, UsageFlags::GAP),
    ];
    for (height, (number, read, flags)) in (3..).zip(hours) {
        let mut block = empty(height);
        block.events = vec![Event::Usage(used(number, read, flags))];
        index.apply(&block).await.unwrap();
    }
    assert_eq!(found(&index, 2).await, rules(&[(12, "usageJump")]));
    // The same factor far below what the quota allows.
    let small = [
        (2_000, 10),
        (2_001, 10),
        (2_002, 10),
        (2_003, 10),
        (2_004, 10),
        (2_005, 10),
        (2_006, 179_999),
    ];
    for (height, (number, read)) in (14..).zip(small) {
        let mut block = empty(height);
        block.events = vec![Event::Usage(used(number, read, 0))];
        index.apply(&block).await.unwrap();
    }
    assert_eq!(found(&index, 13).await, []);
}
