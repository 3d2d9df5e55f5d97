//! Reads of a state that the law takes long to come to.

use super::harness::Harness;
use nexus_sdk::api::{DomainStatus, DomainView, ImvuView, Method, Read};
use nexus_types::encoding::encode;
use nexus_types::route::Address;
use nexus_types::state::{Domain, RouteRecord};
use nexus_types::{ImvuId, Name, state_key};
use serde_json::json;

#[tokio::test]
async fn an_imvu_shows_all_its_routes_removed_ones_included() {
    let harness = Harness::start().await;
    let imvu = ImvuId::new("IMVU-042").unwrap();
    let route = |number: u16, next_hop| {
        let [high, low] = number.to_be_bytes();
        let prefix = format!("10.{high}.{low}.0/24").parse().unwrap();
        let record = RouteRecord {
            next_hop,
            version: 1,
        };
        (state_key::route(&imvu, &prefix), encode(&record))
    };
    let mut routes: Vec<_> = (0..1_500).map(|number| route(number, None)).collect();
    routes.push(route(1_500, Some(Address::V4([192, 0, 2, 1]))));
    harness.chain.block_writing(&[], routes);
    let read: Read<ImvuView> = harness
        .call(Method::GetImvu, json!({ "imvu": "IMVU-042" }))
        .await;
    let shown = read.value.route_table.unwrap();
    assert_eq!(shown.len(), 1_501);
    assert_eq!(shown[1_500].next_hop.as_deref(), Some("192.0.2.1"));
}

#[tokio::test]
async fn a_name_whose_lock_has_ended_is_free() {
    let harness = Harness::start().await;
    let now = harness.chain.law_time();
    let freed = |name: &str, locked_until| {
        let name = Name::parse(name).unwrap();
        let domain = Domain {
            name: name.clone(),
            imvu: None,
            jurisdiction: None,
            since: 3,
            locked_until,
        };
        (state_key::domain(&name), encode(&domain))
    };
    let domains = vec![
        freed("early.demo.example", now),
        freed("early.alice.demo.example", now),
        freed("late.demo.example", now.plus_ms(60_000)),
    ];
    harness.chain.block_writing(&[], domains);
    for (name, status) in [
        ("early.demo.example", DomainStatus::Free),
        ("early.alice.demo.example", DomainStatus::Inside),
        ("late.demo.example", DomainStatus::Locked),
    ] {
        let read: Read<DomainView> = harness
            .call(
                Method::ResolveDomain,
                json!({ "name": name, "proof": false }),
            )
            .await;
        assert_eq!(read.value.status, status, "{name}");
        let until = read.value.locked_until.is_some();
        assert_eq!(until, status == DomainStatus::Locked, "{name}");
    }
}
