//! State changes as versions: a row per object and height at which it changed, never an update.

use super::{hosts, money};
use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use crate::rows::ProposalState;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::decode;
use nexus_types::ids::ImvuId;
use nexus_types::period::Calendar;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::route::{PathPolicy, Prefix};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, ChainRecord, Domain, Identity, IdentityStatus, Imvu, ImvuStatus,
    Proposal, ProposalStatus, RouteRecord, Seat, Zone,
};
use nexus_types::state_key::{KeyKind, StateKey};
use nexus_types::{Hash, Name};
use sqlx::sqlite::SqliteConnection;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) type Columns = Vec<(&'static str, Cell)>;

/// One object as the block left it.
pub(super) struct Version {
    table: &'static str,
    key: Columns,
    /// Its columns; none if the block removed it.
    columns: Option<Columns>,
}

/// Writes the versions that a block made, the first of them at that ordinal. Kinds of state that nobody queries by SQL are
/// passed over.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    height: u64,
    first_ordinal: usize,
    changes: &[(Vec<u8>, Option<Vec<u8>>)],
) -> Result<(), Error> {
    let mut rows = Rows::default();
    for (nth, (key, value)) in changes.iter().enumerate() {
        let position = Cell::count(first_ordinal.saturating_add(nth));
        let key = StateKey::from_bytes(key.clone());
        let Some(version) = version(height, &key, value.as_deref())? else {
            continue;
        };
        let value = value.clone().map_or(Cell::Null, Cell::Blob);
        rows.add(
            Row::version(version.table, version.key, Cell::int(height), position)
                .set("removed", Cell::int(version.columns.is_none()))
                .set_all(version.columns.unwrap_or_default())
                .set("value", value),
        );
    }
    rows.insert(connection).await
}

fn version(height: u64, key: &StateKey, value: Option<&[u8]>) -> Result<Option<Version>, Error> {
    let change = Change {
        height,
        id: key.id(),
        value,
    };
    Ok(Some(match key.kind() {
        Some(KeyKind::Chain) => change.of("chain", "chain_versions", the_one, chain)?,
        Some(KeyKind::Identity) => change.of("identity", "identity_versions", hash_id, identity)?,
        Some(KeyKind::Imvu) => change.of("IMVU", "imvu_versions", text_id, imvu)?,
        Some(KeyKind::PathPolicy) => {
            change.of("path policy", "path_policy_versions", imvu_id, policy)?
        }
        Some(KeyKind::Route) => change.of("route", "route_versions", route_id, route)?,
        Some(KeyKind::Domain) => change.of("domain", "domain_versions", name_id, domain)?,
        Some(KeyKind::Zone) => change.of("zone", "zone_versions", apex_id, zone)?,
        Some(KeyKind::RRset) => change.of("record set", "rrset_versions", rrset_id, rrset)?,
        Some(KeyKind::Proposal) => change.of("proposal", "proposal_versions", hash_id, proposal)?,
        Some(KeyKind::Approval) => change.of("approval", "approval_versions", hash_id, approval)?,
        Some(KeyKind::Seat) => change.of("seat", "seat_versions", key_id, seat)?,
        Some(KeyKind::Host) => change.of("host", "host_versions", text_id, hosts::host)?,
        Some(KeyKind::Agent) => change.of("agent", "agent_versions", hash_id, hosts::agent)?,
        Some(KeyKind::Meter) => change.of("meter", "meter_versions", text_id, hosts::meter)?,
        Some(KeyKind::Placement) => {
            change.of("placement", "placement_versions", imvu_id, hosts::placement)?
        }
        Some(
            kind @ (KeyKind::Account
            | KeyKind::Prices
            | KeyKind::TaxRates
            | KeyKind::Processor
            | KeyKind::Link
            | KeyKind::Payment
            | KeyKind::Dispute
            | KeyKind::Payout
            | KeyKind::Mandates
            | KeyKind::Enforcement
            | KeyKind::StandingConsents
            | KeyKind::Billing),
        ) => return money::version(kind, &change),
        // What nobody asks for, and what follows from other tables: the price book from the lists, debtors from enforcement,
        // the open period from what was closed, buckets from account books. Governance, and what names hang on, are read from the
        // state; their history is in the events.
        Some(
            KeyKind::Clock
            | KeyKind::Nonce
            | KeyKind::Spent
            | KeyKind::UnattestedSpent
            | KeyKind::Officers
            | KeyKind::Attesters
            | KeyKind::Jurisdictions
            | KeyKind::Apexes
            | KeyKind::Collection
            | KeyKind::NameCount
            | KeyKind::NameCountOf
            | KeyKind::ZoneIndex
            | KeyKind::Timed
            | KeyKind::Preapproved
            | KeyKind::MeterKey
            | KeyKind::Slot
            | KeyKind::Assignment
            | KeyKind::Metering
            | KeyKind::Due
            | KeyKind::PriceBook
            | KeyKind::Periods
            | KeyKind::Bucket
            | KeyKind::Debtor
            | KeyKind::Guardianship
            | KeyKind::Team
            | KeyKind::Consents
            | KeyKind::Erasure
            | KeyKind::Stay
            | KeyKind::Snapshots
            | KeyKind::Snapshot
            | KeyKind::MailBook
            | KeyKind::MailIndex
            | KeyKind::MailAddress
            | KeyKind::MailRoute
            | KeyKind::DkimKey
            | KeyKind::MailCredential
            | KeyKind::MailCursor
            | KeyKind::Governance
            | KeyKind::Registers
            | KeyKind::Observers
            | KeyKind::UpgradePlan
            | KeyKind::DeniedName
            | KeyKind::SeatChanges
            | KeyKind::Exit
            | KeyKind::ImvuNames
            | KeyKind::ExternalClaim
            | KeyKind::ExternalName
            | KeyKind::ChildGrant
            | KeyKind::Delegation
            | KeyKind::TransferKey
            | KeyKind::FormerKeys
            | KeyKind::PeriodRoots,
        ) => return Ok(None),
        // No key of the law: nothing of it is queried.
        None => return Ok(None),
    }))
}

fn the_one(id: &[u8]) -> Option<Columns> {
    id.is_empty().then(|| vec![("one", Cell::Int(1))])
}

fn chain(chain: &ChainRecord) -> Columns {
    let hours = match chain.calendar {
        Calendar::Months => Cell::Null,
        Calendar::Hours(hours) => Cell::int(hours),
    };
    vec![
        ("chain_id", Cell::text(&chain.network.chain_id)),
        ("genesis_hash", Cell::hash(chain.network.genesis_hash)),
        ("recovery_epoch", Cell::int(chain.network.recovery_epoch)),
        ("period_hours", hours),
    ]
}

pub(super) struct Change<'a> {
    height: u64,
    pub(super) id: &'a [u8],
    value: Option<&'a [u8]>,
}

impl Change<'_> {
    pub(super) fn of<T: BorshDeserialize + BorshSerialize>(
        &self,
        kind: &'static str,
        table: &'static str,
        id: fn(&[u8]) -> Option<Columns>,
        columns: impl FnOnce(&T) -> Columns,
    ) -> Result<Version, Error> {
        let unreadable = || Error::BadChange {
            height: self.height,
            kind,
        };
        let columns = match self.value {
            None => None,
            Some(bytes) => Some(columns(&decode(bytes).map_err(|_| unreadable())?)),
        };
        Ok(Version {
            table,
            key: id(self.id).ok_or_else(unreadable)?,
            columns,
        })
    }
}

pub(super) fn hash_id(id: &[u8]) -> Option<Columns> {
    let bytes: [u8; 32] = id.try_into().ok()?;
    Some(vec![("id", Cell::hash(Hash(bytes)))])
}

fn key_id(id: &[u8]) -> Option<Columns> {
    let bytes: [u8; 32] = id.try_into().ok()?;
    Some(vec![("key", Cell::key(&KeyBytes(bytes)))])
}

pub(super) fn text(id: &[u8]) -> Option<Cell> {
    core::str::from_utf8(id).ok().map(Cell::text)
}

pub(super) fn text_id(id: &[u8]) -> Option<Columns> {
    Some(vec![("id", text(id)?)])
}

pub(super) fn imvu_id(id: &[u8]) -> Option<Columns> {
    Some(vec![("imvu", text(id)?)])
}

fn name_id(id: &[u8]) -> Option<Columns> {
    Some(vec![("name", text(id)?)])
}

fn apex_id(id: &[u8]) -> Option<Columns> {
    Some(vec![("apex", text(id)?)])
}

fn route_id(id: &[u8]) -> Option<Columns> {
    let (imvu, prefix): (ImvuId, Prefix) = decode(id).ok()?;
    Some(vec![
        ("imvu", Cell::text(imvu)),
        ("prefix", Cell::text(prefix)),
    ])
}

fn rrset_id(id: &[u8]) -> Option<Columns> {
    let (apex, owner, rtype): (Name, Name, RecordType) = decode(id).ok()?;
    Some(vec![
        ("zone", Cell::text(apex)),
        ("owner", Cell::text(owner)),
        ("type", Cell::text(rtype)),
    ])
}

fn identity(identity: &Identity) -> Columns {
    let status = match identity.status {
        IdentityStatus::Active => "active",
        IdentityStatus::Revoked => "revoked",
    };
    vec![
        ("key", Cell::key(&identity.key)),
        ("generation", Cell::int(identity.generation)),
        ("status", Cell::word(status)),
        (
            "attester",
            identity.attester.map_or(Cell::Null, Cell::identity),
        ),
        ("evidence", Cell::hash(identity.evidence)),
        ("registered", Cell::int(identity.registered)),
        ("public_name", Cell::text(&identity.public_name)),
    ]
}

/// The word for an IMVU's status in the `status` column.
pub(crate) fn imvu_status(status: ImvuStatus) -> &'static str {
    match status {
        ImvuStatus::Draft => "draft",
        ImvuStatus::Active => "active",
        ImvuStatus::Starting => "starting",
        ImvuStatus::Stopping => "stopping",
    }
}

/// The columns of a quota.
pub(super) fn quota_columns(quota: &Quota) -> Columns {
    let column = |field| match field {
        QuotaField::CpuMillis => "cpu_millis",
        QuotaField::MemoryBytes => "memory_bytes",
        QuotaField::StorageBytes => "storage_bytes",
        QuotaField::BandwidthBits => "bandwidth_bits",
        QuotaField::Pids => "pids",
        QuotaField::IoBytes => "io_bytes",
        QuotaField::DnsAnswers => "dns_answers",
        QuotaField::MailMessages => "mail_messages",
        QuotaField::MailBytes => "mail_bytes",
    };
    let fields = QuotaField::ALL.into_iter();
    fields
        .map(|field| (column(field), Cell::int(quota.get(field))))
        .collect()
}

fn imvu(imvu: &Imvu) -> Columns {
    let mut columns = vec![
        ("owner", Cell::identity(imvu.owner)),
        ("status", Cell::word(imvu_status(imvu.status))),
        ("jurisdiction", Cell::opt(imvu.jurisdiction.as_ref())),
    ];
    columns.extend(quota_columns(&imvu.quota));
    columns.extend([
        ("description", Cell::text(&imvu.description)),
        ("created", Cell::int(imvu.created)),
        ("domains", Cell::int(imvu.domains)),
        ("routes", Cell::int(imvu.routes)),
        ("open_proposals", Cell::int(imvu.proposals)),
        ("state_keys", Cell::int(imvu.state_keys)),
        ("placements", Cell::int(imvu.placements)),
    ]);
    columns
}

fn policy(policy: &PathPolicy) -> Columns {
    vec![
        ("next_hops", Cell::words(policy.next_hops.as_slice())),
        ("transit", Cell::words(policy.transit.as_slice())),
        ("egress_open", Cell::int(policy.egress_open)),
    ]
}

fn route(route: &RouteRecord) -> Columns {
    vec![
        ("next_hop", Cell::opt(route.next_hop)),
        ("version", Cell::int(route.version)),
    ]
}

fn domain(domain: &Domain) -> Columns {
    vec![
        ("imvu", Cell::opt(domain.imvu.as_ref())),
        ("jurisdiction", Cell::opt(domain.jurisdiction.as_ref())),
        ("since", Cell::int(domain.since)),
        ("locked_until", Cell::int(domain.locked_until.0)),
    ]
}

fn zone(zone: &Zone) -> Columns {
    vec![
        ("imvu", Cell::text(&zone.imvu)),
        ("serial", Cell::int(zone.serial)),
        ("sets", Cell::int(zone.sets)),
        ("root", Cell::hash(zone.root)),
    ]
}

fn rrset(rrset: &RRset) -> Columns {
    let records = rrset.records.as_slice();
    let addresses = records.iter().filter_map(|data| match data {
        RData::A(octets) => Some(Ipv4Addr::from(*octets).to_string()),
        RData::Aaaa(octets) => Some(Ipv6Addr::from(*octets).to_string()),
        _ => None,
    });
    vec![
        ("ttl", Cell::int(rrset.ttl)),
        ("records", Cell::count(records.len())),
        ("addresses", Cell::words(addresses)),
        ("targets", Cell::words(rrset.targets())),
    ]
}

fn proposal(proposal: &Proposal) -> Columns {
    let applied_at = match proposal.status {
        ProposalStatus::Applied(height) => Cell::int(height),
        ProposalStatus::Open | ProposalStatus::Expired => Cell::Null,
    };
    vec![
        ("imvu", Cell::text(&proposal.imvu)),
        ("change", Cell::text(proposal.change.name())),
        ("proposer", Cell::identity(proposal.proposer)),
        ("opened", Cell::int(proposal.opened)),
        ("expires", Cell::int(proposal.expires.0)),
        ("status", Cell::word(proposal_state(proposal.status).name())),
        ("applied_at", applied_at),
    ]
}

fn proposal_state(status: ProposalStatus) -> ProposalState {
    match status {
        ProposalStatus::Open => ProposalState::Open,
        ProposalStatus::Applied(_) => ProposalState::Applied,
        ProposalStatus::Expired => ProposalState::Expired,
    }
}

fn approval(approval: &ApprovalRecord) -> Columns {
    let fate = match approval.fate {
        ApprovalFate::Used => "used",
        ApprovalFate::Revoked => "revoked",
    };
    vec![
        ("imvu", Cell::text(&approval.imvu)),
        ("fate", Cell::word(fate)),
        ("at", Cell::int(approval.at)),
    ]
}

fn seat(seat: &Seat) -> Columns {
    vec![
        ("name", Cell::text(&seat.name)),
        ("power", Cell::int(seat.power)),
        ("platform", Cell::int(seat.platform)),
        ("operator", Cell::identity(seat.operator)),
    ]
}
