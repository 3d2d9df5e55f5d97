//! Short ways to say what somebody wants.

use nexus_sdk::api::parse_rdata;
use nexus_types::action::NameText;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::route::{PathPolicy, Route, RouteChange};
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::{Action, ImvuId, Set, Text};
use std::net::IpAddr;

/// The apex under which a development network grants names.
pub use nexus_genesis::dev::APEX;

/// The envelope of the README's IMVU.
pub const QUOTA: Quota = Quota {
    cpu_millis: 4_000,
    memory_bytes: 8 << 30,
    storage_bytes: 100 << 30,
    bandwidth_bits: 50_000_000,
    pids: 512,
    io_bytes: 20 << 20,
    dns_answers: 100,
    mail_messages: 1_000,
    mail_bytes: 1 << 30,
};

/// An IMVU's id.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn imvu(id: &str) -> ImvuId {
    ImvuId::new(id).expect("an IMVU's id")
}

/// A name as its author typed it.
///
/// # Panics
/// If it is longer than an action can hold.
#[must_use]
pub fn typed(name: &str) -> NameText {
    Text::new(name).expect("a name")
}

/// A name under the network's apex.
#[must_use]
pub fn below_apex(label: &str) -> String {
    format!("{label}.{APEX}")
}

/// Creates an IMVU in the EU.
#[must_use]
pub fn create(id: &str) -> Action {
    create_in(id, Some("EU-GDPR"), QUOTA)
}

/// Creates an IMVU.
///
/// # Panics
/// If the tag is none.
#[must_use]
pub fn create_in(id: &str, jurisdiction: Option<&str>, quota: Quota) -> Action {
    Action::CreateImvu {
        imvu: imvu(id),
        jurisdiction: jurisdiction.map(|tag| Jurisdiction::new(tag).expect("a tag")),
        quota,
    }
}

/// Describes an IMVU.
///
/// # Panics
/// If the text is too long.
#[must_use]
pub fn describe(id: &str, text: &str) -> Action {
    Action::DescribeImvu {
        imvu: imvu(id),
        description: Text::new(text).expect("a description"),
    }
}

/// Claims a name.
#[must_use]
pub fn claim(name: &str, id: &str) -> Action {
    Action::ClaimDomain {
        name: typed(name),
        imvu: imvu(id),
    }
}

/// One record of a type.
///
/// # Panics
/// If the data is none of that type.
#[must_use]
pub fn record(rtype: RecordType, data: &str) -> RRset {
    RRset {
        rtype,
        ttl: 300,
        records: Set::new(vec![parse_rdata(rtype, data).expect("record data")])
            .expect("one record"),
    }
}

/// Publishes one address.
#[must_use]
pub fn set_address(zone: &str, owner: &str, address: &str) -> Action {
    Action::SetRecords {
        zone: typed(zone),
        owner: typed(owner),
        rrset: record(RecordType::A, address),
    }
}

/// New values for some quota fields.
#[must_use]
pub fn quota_change(fields: &[(QuotaField, u64)]) -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    for (field, value) in fields {
        change.set(*field, *value);
    }
    change
}

/// Fewer CPUs than [`QUOTA`] has.
#[must_use]
pub fn cpu_cut() -> QuotaChange {
    quota_change(&[(QuotaField::CpuMillis, 2_000)])
}

/// Changes a quota.
#[must_use]
pub fn change_quota(id: &str, change: QuotaChange) -> Action {
    Action::ChangeQuota {
        imvu: imvu(id),
        change,
    }
}

/// A route of the documentation prefix.
///
/// # Panics
/// If the next hop is no address.
#[must_use]
pub fn route_via(next_hop: &str) -> RouteChange {
    let next_hop: IpAddr = next_hop.parse().expect("an address");
    RouteChange::Set(Route {
        prefix: "203.0.113.0/24".parse().expect("a prefix"),
        next_hop: next_hop.into(),
    })
}

/// Changes a route.
#[must_use]
pub fn change_route(id: &str, change: RouteChange) -> Action {
    Action::ChangeRoute {
        imvu: imvu(id),
        change,
    }
}

/// A path policy that allows these next hops.
///
/// # Panics
/// If one is no prefix.
#[must_use]
pub fn policy(next_hops: &[&str]) -> PathPolicy {
    let hops = next_hops.iter().map(|hop| hop.parse().expect("a prefix"));
    PathPolicy {
        next_hops: Set::new(hops.collect()).expect("few prefixes"),
        ..PathPolicy::default()
    }
}
