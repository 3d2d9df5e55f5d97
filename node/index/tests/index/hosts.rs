//! Hosts, agents, meters, usage and drifts: what is asked about them.

use crate::chain::{chain, imvu_id, indexed, officer};
use crate::hosting::{HOUR, agent, drift, host, host_id, hour, meter, operator};
use nexus_index::rows::{
    AgentFilter, DriftFilter, EventFilter, EventKind, Happened, HostFilter, MeterFilter, Order,
    Page, PageRequest, UsageFilter,
};
use nexus_types::block::Event;
use nexus_types::host::{AgentKind, HostStatus};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;

fn at(height: u64) -> PageRequest {
    PageRequest {
        at: Some(height),
        order: Order::OldestFirst,
        ..PageRequest::default()
    }
}

/// Rows of a page, its total, and that the total is exact.
fn whole<T>(page: Page<T>) -> Vec<T> {
    assert!(page.total_is_exact && page.next.is_none());
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

#[tokio::test]
async fn hosts_are_found_by_operator_jurisdiction_and_status_as_they_stood() {
    let (_folder, index) = indexed(&chain(4)).await;
    let ask = async |filter: HostFilter, height| {
        let rows = whole(index.hosts(&filter, &at(height)).await.unwrap());
        rows.into_iter().map(|row| row.value).collect::<Vec<_>>()
    };
    let all = ask(HostFilter::default(), 3).await;
    assert_eq!(all, [host(1, true), host(2, true), host(3, false)]);
    let draining = HostFilter {
        operator: Some(operator()),
        jurisdiction: Some(Jurisdiction::new("EU-GDPR").unwrap()),
        status: Some(HostStatus::Draining),
    };
    assert_eq!(ask(draining.clone(), 2).await, []);
    assert_eq!(ask(draining, 3).await, [host(2, true)]);
    let foreign = HostFilter {
        operator: Some(officer()),
        ..HostFilter::default()
    };
    assert_eq!(ask(foreign, 4).await, []);
}

#[tokio::test]
async fn agents_and_meters_are_found_by_host_kind_and_silence() {
    let (_folder, index) = indexed(&chain(5)).await;
    let agents = async |filter: AgentFilter| {
        let rows = whole(index.agents(&filter, &at(5)).await.unwrap());
        rows.into_iter().map(|row| row.value).collect::<Vec<_>>()
    };
    assert_eq!(agents(AgentFilter::default()).await.len(), 5);
    let silent = AgentFilter {
        silent: Some(true),
        ..AgentFilter::default()
    };
    assert_eq!(agents(silent).await, [agent(3, 1)]);
    let of_host = AgentFilter {
        host: Some(host_id(2)),
        kind: Some(AgentKind::Compute),
        silent: Some(false),
    };
    assert_eq!(agents(of_host.clone()).await, [agent(2, 1)]);
    let network = AgentFilter {
        kind: Some(AgentKind::Network),
        ..of_host
    };
    assert_eq!(agents(network).await, []);

    let filter = MeterFilter {
        host: Some(host_id(2)),
        kind: Some(AgentKind::Compute),
        silent: Some(false),
    };
    let then = whole(index.meters(&filter, &at(2)).await.unwrap());
    let now = whole(index.meters(&filter, &at(5)).await.unwrap());
    assert_eq!((then.len(), &then[0].value), (1, &meter(2, 0)));
    assert_eq!((now.len(), &now[0].value), (1, &meter(2, 1)));
    assert_eq!(now[0].at, then[0].at, "it keeps its place");
}

#[tokio::test]
async fn usage_is_found_by_imvu_resource_and_hours_and_is_exact() {
    let (_folder, index) = indexed(&chain(6)).await;
    let ask = async |filter: UsageFilter| whole(index.usage(&filter, &at(6)).await.unwrap());
    assert_eq!(ask(UsageFilter::default()).await.len(), 10);
    let of_imvu = ask(UsageFilter {
        imvu: Some(imvu_id(3)),
        ..UsageFilter::default()
    })
    .await;
    let lines: Vec<_> = of_imvu.iter().map(|row| row.line.clone()).collect();
    assert_eq!(lines, hour(3).lines);
    assert_eq!((of_imvu[0].hour, of_imvu[0].at.height), (HOUR + 3, 4));
    let hours = ask(UsageFilter {
        resource: Some(Resource::Memory),
        from: Some(HOUR + 2),
        to: Some(HOUR + 4),
        ..UsageFilter::default()
    })
    .await;
    let hours: Vec<_> = hours
        .iter()
        .map(|row| (row.hour, row.line.billed))
        .collect();
    assert_eq!(hours, [(HOUR + 2, 7), (HOUR + 3, 7)]);
    let none = ask(UsageFilter {
        imvu: Some(imvu_id(3)),
        to: Some(HOUR + 3),
        ..UsageFilter::default()
    });
    assert_eq!(none.await, []);

    // In SQL a larger figure is the largest there is.
    let sql = "SELECT billed, flags FROM usage_lines WHERE imvu = 'IMVU-003' AND resource = 'cpu'";
    let rows = index.select(sql, 2).await.unwrap().rows;
    let largest = i64::MAX.to_string();
    assert_eq!(rows, [[Some(largest), Some("gap test".to_owned())]]);
    let sql = "SELECT hour, billed, test FROM usage_hours WHERE imvu = 'IMVU-003' AND resource = 'memory'";
    let rows = index.select(sql, 2).await.unwrap().rows;
    let expected = [(HOUR + 3).to_string(), "7".to_owned(), "1".to_owned()];
    assert_eq!(rows, [expected.map(Some)]);
}

#[tokio::test]
async fn drifts_are_found_by_imvu_and_by_the_host_of_their_agent() {
    let (_folder, index) = indexed(&chain(5)).await;
    let ask = async |filter: DriftFilter| {
        let rows = whole(index.drifts(&filter, &at(5)).await.unwrap());
        let row = rows.into_iter().map(|row| (row.host, row.entry));
        row.collect::<Vec<_>>()
    };
    assert_eq!(ask(DriftFilter::default()).await.len(), 4);
    let of_imvu = DriftFilter {
        imvu: Some(imvu_id(3)),
        host: None,
    };
    assert_eq!(ask(of_imvu.clone()).await, [(Some(host_id(3)), drift(3))]);
    let nobodys = DriftFilter {
        imvu: None,
        host: Some(host_id(2)),
    };
    assert_eq!(ask(nobodys).await, [(Some(host_id(2)), drift(2))]);
    let elsewhere = DriftFilter {
        host: Some(host_id(2)),
        ..of_imvu
    };
    assert_eq!(ask(elsewhere).await, []);
}

#[tokio::test]
async fn a_placement_that_ended_is_history() {
    let (_folder, index) = indexed(&chain(4)).await;
    let sql = "SELECT imvu, phase FROM placements ORDER BY imvu";
    let rows = index.select(sql, 9).await.unwrap().rows;
    let expected = [["IMVU-003", "running"], ["IMVU-004", "starting"]];
    assert_eq!(
        rows,
        expected.map(|row| row.map(|cell| Some(cell.to_owned())))
    );
    let sql = "SELECT height, removed, phase FROM placement_versions WHERE imvu = 'IMVU-001' ORDER BY height";
    let rows = index.select(sql, 9).await.unwrap().rows;
    let phases: Vec<_> = rows.iter().map(|row| row[2].as_deref()).collect();
    assert_eq!(phases, [Some("starting"), Some("running"), None]);
}

#[tokio::test]
async fn events_of_hosts_are_found_by_kind_imvu_and_agent_and_name_their_host() {
    let (_folder, index) = indexed(&chain(3)).await;
    let ask = async |filter: EventFilter| {
        let rows = index.events(None, &filter, 200).await.unwrap().rows;
        rows.into_iter().map(|row| row.event).collect::<Vec<_>>()
    };
    for kind in EventKind::ALL {
        let found = ask(EventFilter {
            kinds: vec![kind],
            ..EventFilter::default()
        })
        .await;
        assert!(!found.is_empty(), "no {} in the chain", kind.name());
        assert!(found.iter().all(|event| event.kind() == kind));
    }
    let of_agent = ask(EventFilter {
        actor: Some(agent(2, 0).id),
        ..EventFilter::default()
    })
    .await;
    let kinds: Vec<_> = of_agent.iter().map(Happened::kind).collect();
    let expected = [
        EventKind::Drift,
        EventKind::NotAsAssigned,
        EventKind::AgentSilent,
        EventKind::Anomaly,
    ];
    assert_eq!(kinds, expected);
    let of_imvu = ask(EventFilter {
        imvu: Some(imvu_id(2)),
        kinds: vec![EventKind::Usage, EventKind::Placed],
        ..EventFilter::default()
    })
    .await;
    assert_eq!(of_imvu.len(), 2);
    assert_eq!(of_imvu[1], Happened::Ledger(Event::Usage(hour(2))));
    let sql = "SELECT DISTINCT kind FROM events WHERE host = 'host-002' ORDER BY kind";
    let rows = index.select(sql, 20).await.unwrap().rows;
    let named: Vec<_> = rows
        .iter()
        .flatten()
        .flatten()
        .map(String::as_str)
        .collect();
    let expected = [
        "agentSilent",
        "anomaly",
        "drift",
        "implausible",
        "meterSilent",
        "notAsAssigned",
        "notPlaced",
        "placed",
        "usage",
    ];
    assert_eq!(named, expected);
}
