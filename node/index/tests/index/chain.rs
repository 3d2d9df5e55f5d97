//! A chain made by hand from the ledger's own types: every kind of row occurs in its first blocks.

use std::sync::Arc;

use nexus_index::Index;
use nexus_types::action::ActionKind;
use nexus_types::block::{BlockRecord, Event, StateChange, TxRecord};
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::{Set, Text, encode};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::{Quota, QuotaChange};
use nexus_types::record::{AuditEntry, Notice, Violation};
use nexus_types::route::{Address, PathPolicy, Prefix};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, Domain, Identity, IdentityStatus, Imvu, ImvuStatus, Proposal,
    ProposalStatus, RouteRecord, Seat, Zone,
};
use nexus_types::state_key::{self, StateKey};
use nexus_types::verdict::GateOutcome;
use nexus_types::{
    Change, Code, Gate, Hash, IdentityId, ImvuId, Name, Outcome, Reason, Subject, Time, Verdict,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use std::path::Path;

/// A creator.
pub(crate) fn creator() -> IdentityId {
    IdentityId(Hash::of(b"creator"))
}

/// An officer of the platform.
pub(crate) fn officer() -> IdentityId {
    IdentityId(Hash::of(b"officer"))
}

/// The IMVU that the block of that height creates.
pub(crate) fn imvu_id(height: u64) -> ImvuId {
    ImvuId::new(&format!("IMVU-{height:03}")).unwrap()
}

/// The id of a transaction.
pub(crate) fn tx_id(height: u64, position: u64) -> Hash {
    Hash::tagged("test/tx", &[&height.to_be_bytes(), &position.to_be_bytes()])
}

/// The hash of a transaction's bytes.
pub(crate) fn tx_hash(height: u64, position: u64) -> Hash {
    Hash::of(&tx_bytes(height, position))
}

fn tx_bytes(height: u64, position: u64) -> Vec<u8> {
    format!("transaction {position} of block {height}").into_bytes()
}

/// Blocks 0 to `last`.
pub(crate) fn chain(last: u64) -> Vec<BlockRecord> {
    (0..=last).map(block).collect()
}

/// The block of that height: genesis, or one creation that is applied, one cut that gate 15 refuses,
/// and bytes that are no transaction.
pub(crate) fn block(height: u64) -> BlockRecord {
    let time = Time(1_700_000_000_000 + height * 1_000);
    let mut record = BlockRecord {
        height,
        time,
        hash: Hash::tagged("test/block", &[&height.to_be_bytes()]),
        app_hash: Hash::tagged("test/app", &[&height.to_be_bytes()]),
        proposer: [0xab; 20],
        txs: Vec::new(),
        events: Vec::new(),
        changes: Vec::new().into(),
    };
    if height == 0 {
        record.hash = Hash::default();
        record.changes = genesis().into();
    } else {
        create(&mut record);
        cut(&mut record);
        inadmissible(&mut record);
        state(&mut record);
    }
    Arc::make_mut(&mut record.changes).sort();
    record
}

fn genesis() -> Vec<StateChange> {
    let identity = |name: &str| Identity {
        key: KeyBytes(Hash::of(name.as_bytes()).0),
        generation: 0,
        status: IdentityStatus::Active,
        attester: None,
        evidence: Hash::default(),
        registered: 0,
        public_name: Text::new(name).unwrap(),
    };
    let seat = Seat {
        name: Text::new("First Organisation").unwrap(),
        key: KeyBytes([7; 32]),
        power: 10,
        platform: true,
        operator: crate::hosting::operator(),
    };
    vec![
        put(state_key::identity(&creator()), &identity("creator")),
        put(state_key::identity(&officer()), &identity("officer")),
        put(state_key::seat(&seat.key), &seat),
        put(state_key::chain(), &crate::watched::chain_record()),
        // A kind that has no table.
        put(state_key::nonce(&creator(), 0), &0u64),
    ]
}

/// A state key with its new value.
pub(crate) fn put(key: StateKey, value: &impl borsh::BorshSerialize) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.as_bytes().to_vec(), Some(encode(value)))
}

fn gates(refused: Option<(Gate, Reason)>, passed: &[Gate]) -> Vec<GateOutcome> {
    let passed = passed.iter().map(|gate| GateOutcome {
        gate: *gate,
        outcome: Outcome::Passed,
    });
    let refused = refused.map(|(gate, reason)| GateOutcome {
        gate,
        outcome: Outcome::Refused(reason),
    });
    passed.chain(refused).collect()
}

fn admit(record: &mut BlockRecord, mut verdict: Verdict) {
    let position = record.txs.len() as u64;
    verdict.tx = tx_id(record.height, position);
    record.txs.push(TxRecord {
        hash: tx_hash(record.height, position),
        bytes: tx_bytes(record.height, position),
        code: verdict.code,
        verdict: Some(verdict.clone()),
    });
    let sequence = (record.height - 1) * 2 + position;
    record.events.push(Event::Audit(AuditEntry {
        sequence,
        height: record.height,
        time: record.time,
        tx: verdict.tx,
        actor: verdict.actor,
        action: verdict.action,
        subject: verdict.subject.clone(),
        imvu: verdict.imvu.clone(),
        code: verdict.code,
        reason: verdict.reason(),
        before: verdict.before,
        after: Hash::of(b"after"),
    }));
    if verdict.is_applied() {
        return;
    }
    record.events.push(Event::Violation(Violation {
        audit: sequence,
        height: record.height,
        time: record.time,
        tx: verdict.tx,
        actor: verdict.actor,
        action: verdict.action,
        subject: verdict.subject.clone(),
        imvu: verdict.imvu.clone(),
        code: verdict.code,
        refused: verdict.refusals().collect(),
    }));
    record.events.push(Event::Notice(Notice {
        audit: sequence,
        height: record.height,
        time: record.time,
        imvu: verdict.imvu.unwrap(),
        actor: verdict.actor,
        action: verdict.action,
        code: verdict.code,
        proposal: None,
    }));
}

fn create(record: &mut BlockRecord) {
    let imvu = imvu_id(record.height);
    let verdict = Verdict {
        code: Code::Applied,
        tx: Hash::default(),
        actor: creator(),
        action: ActionKind::CreateImvu,
        subject: Subject::Imvu(imvu.clone()),
        imvu: Some(imvu),
        before: Hash::default(),
        gates: gates(None, &[Gate::IdentityBinding, Gate::ResourceQuota]),
        rule: None,
    };
    admit(record, verdict);
}

fn cut(record: &mut BlockRecord) {
    let imvu = imvu_id(record.height);
    let verdict = Verdict {
        code: Code::RefusedBy(Gate::NoSilentThrottling),
        tx: Hash::default(),
        actor: officer(),
        action: ActionKind::ChangeQuota,
        subject: Subject::Imvu(imvu.clone()),
        imvu: Some(imvu),
        before: Hash::of(b"before"),
        gates: gates(
            Some((Gate::NoSilentThrottling, Reason::ApprovalMissing)),
            &[Gate::IdentityBinding, Gate::ResourceQuota],
        ),
        rule: None,
    };
    admit(record, verdict);
}

fn inadmissible(record: &mut BlockRecord) {
    // The same bytes in every block: a hash that is not unique.
    record.txs.push(TxRecord {
        hash: Hash::of(b"junk"),
        bytes: b"junk".to_vec(),
        code: Code::Malformed,
        verdict: None,
    });
}

/// A new IMVU and its name, zone, route; a change of the IMVU before it; a proposal each block, which
/// the next block applies, or lets expire if its height is even.
fn state(record: &mut BlockRecord) {
    let height = record.height;
    let mut changes = vec![put(state_key::imvu(&imvu_id(height)), &imvu(height, 0))];
    changes.extend(network(height));
    let opened = proposal(height, ProposalStatus::Open);
    changes.push(put(state_key::proposal(&opened.id), &opened));
    if height > 1 {
        let before = height - 1;
        changes.push(put(state_key::imvu(&imvu_id(before)), &imvu(before, 1)));
        // The name is freed, the record set removed.
        let freed = domain(before, None);
        changes.push(put(state_key::domain(&freed.name), &freed));
        let apex = name(before);
        let set = state_key::rrset(&apex, &apex, RecordType::A);
        changes.push((set.as_bytes().to_vec(), None));
        let applied = before % 2 == 1;
        let status = if applied {
            ProposalStatus::Applied(height)
        } else {
            ProposalStatus::Expired
        };
        let ended = proposal(before, status);
        changes.push(put(state_key::proposal(&ended.id), &ended));
        if applied {
            let approval = ApprovalRecord {
                imvu: imvu_id(before),
                fate: ApprovalFate::Used,
                at: height,
            };
            changes.push(put(state_key::approval(&tx_id(height, 90)), &approval));
        } else {
            record.events.push(Event::ProposalExpired(ended.id));
            record.events.push(Event::Equivocation {
                validator: [1; 20],
                height: before,
            });
        }
    }
    crate::hosting::add(record, &mut changes);
    crate::booking::add(record, &mut changes);
    crate::rights::add(record);
    record.changes = changes.into();
}

fn network(height: u64) -> Vec<StateChange> {
    let imvu = imvu_id(height);
    let bound = domain(height, Some(imvu.clone()));
    let apex = bound.name.clone();
    let zone = Zone {
        apex: apex.clone(),
        imvu: imvu.clone(),
        serial: height,
        sets: 1,
        root: Hash::of(b"zone"),
    };
    let set = RRset {
        rtype: RecordType::A,
        ttl: 300,
        records: Set::new(vec![RData::A([192, 0, 2, 7]), RData::A([192, 0, 2, 8])]).unwrap(),
    };
    let prefix: Prefix = "203.0.113.0/24".parse().unwrap();
    let route = RouteRecord {
        next_hop: Some(Address::V4([10, 0, 0, 1])),
        version: 1,
    };
    let policy = PathPolicy {
        next_hops: Set::new(vec![prefix]).unwrap(),
        transit: Set::default(),
        egress_open: false,
    };
    vec![
        put(state_key::domain(&apex), &bound),
        put(state_key::zone(&apex), &zone),
        put(state_key::rrset(&apex, &apex, RecordType::A), &set),
        put(state_key::route(&imvu, &prefix), &route),
        put(state_key::path_policy(&imvu), &policy),
    ]
}

fn name(height: u64) -> Name {
    Name::parse(&format!("imvu{height}.example.org")).unwrap()
}

fn domain(height: u64, imvu: Option<ImvuId>) -> Domain {
    Domain {
        name: name(height),
        jurisdiction: imvu
            .is_some()
            .then(|| Jurisdiction::new("EU-GDPR").unwrap()),
        imvu,
        since: height,
        locked_until: Time(0),
    }
}

/// The IMVU as created, or with `cpu` more thousandths of a CPU.
pub(crate) fn imvu(height: u64, cpu: u64) -> Imvu {
    let jurisdiction = if height.is_multiple_of(2) {
        "EU-GDPR"
    } else {
        "US-CCPA"
    };
    Imvu {
        id: imvu_id(height),
        owner: creator(),
        status: ImvuStatus::Draft,
        jurisdiction: Some(Jurisdiction::new(jurisdiction).unwrap()),
        quota: Quota {
            cpu_millis: 4_000 + cpu,
            memory_bytes: 8 << 30,
            // More than SQLite's integers hold: shown as their greatest, exact in the bytes.
            storage_bytes: u64::MAX,
            bandwidth_bits: 50_000_000,
            pids: 512,
            io_bytes: 20 << 20,
            dns_answers: 100,
            mail_messages: 60,
            mail_bytes: 1 << 30,
        },
        quota_versions: [cpu; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::new("it's a \"test\"").unwrap(),
        created: height,
        domains: 1,
        routes: 1,
        proposals: 1,
        state_keys: 5,
        placements: 1,
    }
}

/// The proposal that the block of that height opens.
pub(crate) fn proposal(height: u64, status: ProposalStatus) -> Proposal {
    let mut change = QuotaChange::EMPTY;
    change.cpu_millis = Some(2_000);
    Proposal {
        id: tx_id(height, 80),
        imvu: imvu_id(height),
        change: Change::Quota(change),
        proposer: officer(),
        opened: height,
        expires: Time(1_800_000_000_000),
        status,
    }
}

/// An index of these blocks in a new folder.
pub(crate) async fn indexed(blocks: &[BlockRecord]) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path().join("index.sqlite"), false)
        .await
        .unwrap();
    for block in blocks {
        assert_eq!(index.apply(block).await.unwrap(), 1);
    }
    (folder, index)
}

/// A connection past the index's own doors, as someone with the file would have.
pub(crate) async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

/// The names of all tables, or all views.
pub(crate) async fn names(connection: &mut SqliteConnection, kind: &str) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema
               WHERE type = ? AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let rows = sqlx::query(sql).bind(kind).fetch_all(connection).await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Every row of every table and view as text.
pub(crate) async fn dump(path: &Path) -> Vec<String> {
    let mut connection = raw(path).await;
    let mut lines = Vec::new();
    let mut all = names(&mut connection, "table").await;
    all.extend(names(&mut connection, "view").await);
    for table in all {
        let sql = "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ')
                   FROM pragma_table_info(?)";
        let columns: String = sqlx::query_scalar(sql)
            .bind(&table)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let sql = format!("SELECT {columns} AS line FROM {table} ORDER BY line");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        lines.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    lines
}
