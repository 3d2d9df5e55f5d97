//! objects.json: state keys and the objects behind them, and records of the logs.

mod domain;
mod governance;
mod hosting;
mod mail;
mod money;
mod people;
mod rights;

use crate::people::{VALIDATORS, alice, imvu, name, officers, public};
use crate::scenario::Scenario;
use crate::spelled::{self, number};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::record::{AuditEntry, HeaderEntry, Notice, PlatformEntry, Violation};
use nexus_types::route::PathPolicy;
use nexus_types::rrset::RRset;
use nexus_types::rrset::RecordType;
use nexus_types::state::{
    ChainRecord, Clock, Collection, Domain, Identity, Imvu, RouteRecord, Seat, Zone,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, decode};
use serde_json::{Value, json};

pub(crate) fn objects(story: &Scenario) -> Value {
    let id = imvu("IMVU-042");
    let apex = name("alice.demo.example");
    let chain = &story.chain;
    let mut objects = vec![
        object(story, "chain", state_key::chain(), chain_record),
        object(story, "clock", state_key::clock(), clock),
        object(
            story,
            "identity",
            state_key::identity(&alice().id),
            identity,
        ),
        object(
            story,
            "identity",
            state_key::identity(&officers()[0].id),
            identity,
        ),
        object(
            story,
            "nonce",
            state_key::nonce(&alice().id, 0),
            |value: &u64| number(*value),
        ),
        object(story, "imvu", state_key::imvu(&id), imvu_record),
        object(
            story,
            "pathPolicy",
            state_key::path_policy(&id),
            |value: &PathPolicy| spelled::policy(value),
        ),
        object(
            story,
            "route",
            state_key::route(&id, &"203.0.113.0/24".parse().unwrap()),
            route,
        ),
        object(
            story,
            "collection",
            state_key::collection(CollectionKind::Audit, Some(&id)),
            collection,
        ),
        object(
            story,
            "collection",
            state_key::collection(CollectionKind::Notices, Some(&id)),
            collection,
        ),
        object(
            story,
            "collection",
            state_key::collection(CollectionKind::Violations, None),
            collection,
        ),
        object(story, "domain", state_key::domain(&apex), domain),
        object(
            story,
            "domain",
            state_key::domain(&name("old.demo.example")),
            domain,
        ),
        object(story, "zone", state_key::zone(&apex), zone),
        object(
            story,
            "rrset",
            state_key::rrset(&apex, &apex, RecordType::Mx),
            |value: &RRset| spelled::rrset(value),
        ),
        object(story, "seat", state_key::seat(&public(VALIDATORS[0])), seat),
    ];
    objects.extend(hosting::objects(story));
    objects.extend(money::objects(story));
    objects.extend(people::objects(story));
    objects.extend(rights::objects(story));
    objects.extend(governance::objects(story));
    objects.extend(domain::objects(story));
    objects.extend(mail::objects(story));
    let kinds: Vec<Value> = KeyKind::ALL
        .iter()
        .map(|kind| json!({"kind": spelled::variant(kind), "byte": kind.byte()}))
        .collect();
    let absent: Vec<String> = [
        state_key::seat(&public(99)),
        state_key::proposal(&Hash([7; 32])),
        state_key::approval(&Hash([7; 32])),
    ]
    .iter()
    .map(|key| hex::encode(key.as_bytes()))
    .collect();
    let mut records = records(&chain.logs);
    records.extend(records_of_rights(&chain.logs));
    json!({
        "about": "State keys with their objects after the last block of the vectors' chain, and records of its logs.",
        "key_kinds": kinds,
        "objects": objects,
        "keys_of_seat_proposal_approval": absent,
        "records": records,
    })
}

/// The first keys of a kind.
fn first(story: &Scenario, kind: KeyKind, count: usize) -> Vec<StateKey> {
    let keys = story.chain.state.keys();
    let of_kind = keys.filter(|key| key.kind() == Some(kind));
    of_kind.take(count).cloned().collect()
}

fn object<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    story: &Scenario,
    kind: &str,
    key: StateKey,
    spell: impl Fn(&T) -> Value,
) -> Value {
    let bytes = story
        .chain
        .state
        .get(&key)
        .unwrap_or_else(|| panic!("no {kind}"));
    let value: T = decode(bytes).unwrap();
    assert_eq!(
        key.kind()
            .map(spelled::variant)
            .as_deref()
            .map(str::to_lowercase),
        Some(kind.to_lowercase())
    );
    json!({
        "kind": kind,
        "key": hex::encode(key.as_bytes()),
        "fields": spell(&value),
        "bytes": hex::encode(bytes),
    })
}

fn chain_record(record: &ChainRecord) -> Value {
    let allowances = &record.allowances;
    json!({
        "network": spelled::network(&record.network),
        "app_version": number(record.app_version),
        "delays": {
            "approval_ms": number(record.delays.approval_ms),
            "name_lock_ms": number(record.delays.name_lock_ms),
            "registration_ms": number(record.delays.registration_ms),
            "silence_ms": number(record.delays.silence_ms),
            "late_window_ms": number(record.delays.late_window_ms),
            "price_notice_ms": number(record.delays.price_notice_ms),
            "maturity_ms": number(record.delays.maturity_ms),
            "dispute_ms": number(record.delays.dispute_ms),
            "consent_notice_ms": number(record.delays.consent_notice_ms),
            "debt_notice_ms": number(record.delays.debt_notice_ms),
            "debt_frozen_ms": number(record.delays.debt_frozen_ms),
            "debt_dormant_ms": number(record.delays.debt_dormant_ms),
            "guardian_ms": number(record.delays.guardian_ms),
            "freeze_ms": number(record.delays.freeze_ms),
            "snapshot_retention_ms": number(record.delays.snapshot_retention_ms),
            "voting_ms": number(record.delays.voting_ms),
            "register_ms": number(record.delays.register_ms),
            "governance_ms": number(record.delays.governance_ms),
            "upgrade_fast_ms": number(record.delays.upgrade_fast_ms),
            "trusting_ms": number(record.delays.trusting_ms),
            "exit_overdue_ms": number(record.delays.exit_overdue_ms),
            "exit_protection_ms": number(record.delays.exit_protection_ms),
            "exit_after_ms": number(record.delays.exit_after_ms),
            "exit_interval_ms": number(record.delays.exit_interval_ms),
            "observation_ms": number(record.delays.observation_ms),
            "reproof_ms": number(record.delays.reproof_ms),
        },
        "allowances": {
            "per_block": allowances.per_block,
            "per_day": allowances.per_day,
            "rights_per_block": allowances.rights_per_block,
            "rights_per_day": allowances.rights_per_day,
            "unattested_per_block": allowances.unattested_per_block,
            "unattested_per_day": allowances.unattested_per_day,
        },
        "max_quota": spelled::quota(&record.max_quota),
        "development": record.development,
        "calendar": spelled::money::calendar(record.calendar),
    })
}

fn seat(seat: &Seat) -> Value {
    json!({
        "name": seat.name.as_str(),
        "key": hex::encode(seat.key.0),
        "power": number(seat.power),
        "platform": seat.platform,
        "operator": seat.operator.to_string(),
    })
}

fn clock(clock: &Clock) -> Value {
    json!({
        "height": number(clock.height),
        "time": number(clock.time.0),
        "law_time": number(clock.law_time.0),
    })
}

fn identity(identity: &Identity) -> Value {
    json!({
        "key": hex::encode(identity.key.0),
        "generation": identity.generation,
        "status": spelled::variant(identity.status),
        "attester": identity.attester.map(|id| id.to_string()),
        "evidence": identity.evidence.to_string(),
        "registered": number(identity.registered),
        "public_name": identity.public_name.as_str(),
    })
}

fn imvu_record(record: &Imvu) -> Value {
    json!({
        "id": record.id.as_str(),
        "owner": record.owner.to_string(),
        "status": spelled::variant(record.status),
        "jurisdiction": record.jurisdiction.as_ref().map(|tag| tag.as_str()),
        "quota": spelled::quota(&record.quota),
        "quota_versions": record.quota_versions.map(number),
        "policy_version": number(record.policy_version),
        "routes_version": number(record.routes_version),
        "description": record.description.as_str(),
        "created": number(record.created),
        "domains": record.domains,
        "routes": record.routes,
        "proposals": record.proposals,
        "state_keys": record.state_keys,
        "placements": number(record.placements),
    })
}

fn route(record: &RouteRecord) -> Value {
    json!({
        "next_hop": record.next_hop.as_ref().map(spelled::address),
        "version": number(record.version),
    })
}

fn collection(collection: &Collection) -> Value {
    let peaks: Vec<String> = collection.peaks.iter().map(ToString::to_string).collect();
    json!({"size": number(collection.size), "root": collection.root.to_string(), "peaks": peaks})
}

fn domain(domain: &Domain) -> Value {
    json!({
        "name": domain.name.as_str(),
        "imvu": domain.imvu.as_ref().map(|id| id.as_str()),
        "since": number(domain.since),
        "jurisdiction": domain.jurisdiction.as_ref().map(ToString::to_string),
        "locked_until": number(domain.locked_until.0),
    })
}

fn zone(zone: &Zone) -> Value {
    json!({
        "apex": zone.apex.as_str(),
        "imvu": zone.imvu.as_str(),
        "serial": number(zone.serial),
        "sets": zone.sets,
        "root": zone.root.to_string(),
    })
}

type Logs = std::collections::BTreeMap<LogId, Vec<Vec<u8>>>;

/// The last record of each log.
fn records(logs: &Logs) -> Vec<Value> {
    let last = |log: LogId| logs.get(&log).and_then(|records| records.last()).unwrap();
    let of = || Some(imvu("IMVU-042"));
    vec![
        record("audit", last(LogId::Chain(ChainLog::Audit)), audit),
        record("platform", last(LogId::Chain(ChainLog::Platform)), platform),
        record("headers", last(LogId::Chain(ChainLog::Headers)), header),
        record(
            "violation",
            last(LogId::Collection(CollectionKind::Violations, of())),
            violation,
        ),
        record(
            "notice",
            last(LogId::Collection(CollectionKind::Notices, of())),
            notice,
        ),
        record(
            "usage",
            last(LogId::Chain(ChainLog::Usage)),
            spelled::usage_hour,
        ),
        record(
            "money",
            last(LogId::Collection(CollectionKind::Money, of())),
            spelled::money::entry,
        ),
        record(
            "statement",
            last(LogId::Collection(CollectionKind::Statements, of())),
            spelled::money::statement,
        ),
        record(
            "drift",
            last(LogId::Collection(CollectionKind::Drifts, of())),
            spelled::drift_entry,
        ),
        record(
            "drift",
            last(LogId::Collection(CollectionKind::Drifts, None)),
            spelled::drift_entry,
        ),
        record(
            "mailEpoch",
            last(LogId::Collection(CollectionKind::MailEpochs, of())),
            spelled::mail::epoch,
        ),
    ]
}

/// Every record of somebody's consents and of a snapshot.
fn records_of_rights(logs: &Logs) -> Vec<Value> {
    let of = || Some(imvu("IMVU-042"));
    let consents = LogId::Collection(CollectionKind::Consents, of());
    let snapshots = LogId::Collection(CollectionKind::Snapshots, of());
    let chains = logs[&LogId::Chain(ChainLog::Consent)].last().unwrap();
    let mut all = vec![record("consent", chains, spelled::rights::consent_entry)];
    for bytes in &logs[&consents] {
        all.push(record("consent", bytes, spelled::rights::consent_entry));
    }
    for bytes in &logs[&snapshots] {
        all.push(record("snapshot", bytes, spelled::rights::snapshot_entry));
    }
    for id in ["IMVU-042", "IMVU-043"] {
        let exits = LogId::Collection(CollectionKind::Exits, Some(imvu(id)));
        for bytes in &logs[&exits] {
            all.push(record("exit", bytes, spelled::exits::entry));
        }
    }
    all
}

fn record<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    kind: &str,
    bytes: &[u8],
    spell: impl Fn(&T) -> Value,
) -> Value {
    let value: T = decode(bytes).unwrap();
    json!({"kind": kind, "fields": spell(&value), "bytes": hex::encode(bytes)})
}

fn audit(entry: &AuditEntry) -> Value {
    json!({
        "sequence": number(entry.sequence),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "tx": entry.tx.to_string(),
        "actor": entry.actor.to_string(),
        "action": entry.action.name(),
        "subject": spelled::subject(&entry.subject),
        "imvu": entry.imvu.as_ref().map(|id| id.as_str()),
        "code": entry.code.number(),
        "reason": entry.reason.as_ref().map(spelled::reason),
        "before": entry.before.to_string(),
        "after": entry.after.to_string(),
    })
}

fn violation(entry: &Violation) -> Value {
    let refused = entry.refused.iter();
    let refused: Vec<Value> = refused
        .map(|(gate, why)| json!({"gate": gate.number(), "reason": spelled::reason(why)}))
        .collect();
    json!({
        "audit": number(entry.audit),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "tx": entry.tx.to_string(),
        "actor": entry.actor.to_string(),
        "action": entry.action.name(),
        "subject": spelled::subject(&entry.subject),
        "imvu": entry.imvu.as_ref().map(|id| id.as_str()),
        "code": entry.code.number(),
        "refused": refused,
    })
}

fn notice(entry: &Notice) -> Value {
    json!({
        "audit": number(entry.audit),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "imvu": entry.imvu.as_str(),
        "actor": entry.actor.to_string(),
        "action": entry.action.name(),
        "code": entry.code.number(),
        "proposal": entry.proposal.map(|id| id.to_string()),
    })
}

fn platform(entry: &PlatformEntry) -> Value {
    let signatures = entry.signatures.iter();
    let signatures: Vec<Value> = signatures
        .map(|one| {
            json!({
                "officer": one.officer.to_string(),
                "key": hex::encode(one.key.0),
                "signature": hex::encode(one.signature.0),
            })
        })
        .collect();
    json!({
        "audit": number(entry.audit),
        "height": number(entry.height),
        "tx": entry.tx.to_string(),
        "action": entry.action.name(),
        "imvu": entry.imvu.as_ref().map(|id| id.as_str()),
        "code": entry.code.number(),
        "signatures": signatures,
    })
}

fn header(entry: &HeaderEntry) -> Value {
    json!({"height": number(entry.height), "hash": entry.hash.to_string()})
}
