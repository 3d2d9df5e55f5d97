//! The host that the launcher starts, over the end of an hour, and the end of the network.

use nexus_sdk::api::{At, GetUsageParams, Method, Read, UsageView};
use nexus_tests::actions::{create, imvu};
use nexus_tests::people::now;
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Options};
use nexus_tree::log::{LogHead, leaf_hash};
use nexus_types::host::{Agent, AgentKind};
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Metering, Resource, UsageFlags, UsageHour};
use nexus_types::state::ImvuStatus;
use nexus_types::{Action, decode, state_key};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// Seconds between the start of the network and the end of an hour, by the blocks' time: enough to start, to place an IMVU
/// and to read it, on a busy machine.
const BEFORE_THE_HOUR_S: u64 = 90;

#[test]
fn the_launcher_s_host_meters_an_hour_and_ends_with_the_network() {
    let to_the_hour = HOUR_MS - now().0 % HOUR_MS;
    let ahead = (to_the_hour / 1_000).checked_sub(BEFORE_THE_HOUR_S);
    // Without a whole margin left, the hour after the next.
    let ahead = ahead.unwrap_or(to_the_hour / 1_000 + 3_600 - BEFORE_THE_HOUR_S);
    let network = &Network::start(&Options {
        host: true,
        ahead_s: Some(u32::try_from(ahead).expect("below two hours")),
        ..Options::default()
    });
    let [supervisor, agent, meter] = pids(network);
    let host = &network.launched_host();
    let log = || fs::read_to_string(host.folder.join("host.log")).unwrap_or_default();
    assert!(log().contains("ENFORCES NOTHING dev-1: it says that everything is applied"));
    assert!(log().contains("MEASURES NOTHING dev-1: a test meter"));

    let (alice, id) = (&network.person("alice"), &imvu("HOSTED-L"));
    let activate = Action::ActivateImvu {
        imvu: id.clone(),
        host: None,
    };
    network.apply(alice, vec![create("HOSTED-L"), activate]);
    network.wait_for_status(id, ImvuStatus::Active);

    // Before the hour is over, the state has what was used so far.
    let open: Metering = wait_for("usage", || {
        let known: Metering = network.proved(id, &state_key::metering(id))?;
        (known.cursors.len() == 4).then_some(known)
    });
    let hour = open.hours.first().expect("an hour").clone();
    let used: BTreeSet<Resource> = hour.lines.iter().map(|line| line.resource).collect();
    assert_eq!(used, Resource::ALL.into_iter().collect(), "every resource");
    for line in &hour.lines {
        assert!(line.flags.has(UsageFlags::TEST), "{line:?}");
        assert_eq!(line.billed, line.read, "{line:?}");
    }

    agent.kill();
    let sealed = sealed(network, id, hour.hour);
    assert!(
        log().contains("the agents ended; starting it again"),
        "{}",
        log()
    );
    assert_eq!(sealed.owner, alice.identity);
    assert_eq!(sealed.host, host.id());
    for resource in [Resource::Cpu, Resource::Memory, Resource::Network] {
        let line = sealed.lines.iter().find(|line| line.resource == resource);
        assert!(
            line.is_some_and(|line| line.billed > 0),
            "{resource}: {sealed:#?}"
        );
    }

    let before = pids(network);
    network.stop();
    for process in before.into_iter().chain([supervisor, meter]) {
        process.wait_for_end();
    }
    network.start_missing();
    let compute = host.agent(AgentKind::Compute).identity;
    let known: Agent = network
        .state(&state_key::agent(&compute))
        .expect("an agent");
    wait_for("the next report", || {
        let next: Agent = network.state(&state_key::agent(&compute))?;
        (next.sequence > known.sequence).then_some(())
    });
    let [again, _, _] = pids(network);
    assert!(again.is_alive() && again != supervisor);
    // Both go down with it: whoever kills it leaves nobody behind.
    let all = pids(network);
    again.kill();
    for process in all {
        process.wait_for_end();
    }
    host.assert_billed_once(id);
}

/// The processes of the launcher's host: supervisor, agents, meters.
fn pids(network: &Network) -> [ProcessId; 3] {
    wait_for("the host's processes", || {
        let text = fs::read_to_string(network.dir().join("dev-1/processes.json")).ok()?;
        let noted: Value = serde_json::from_str(&text).ok()?;
        let process = |name: &str| serde_json::from_value(noted[name].clone()).ok();
        Some([process("supervisor")?, process("agent")?, process("meter")?])
    })
}

/// The leaf of an hour in an IMVU's usage collection, once it is sealed, proved down to the anchor.
fn sealed(network: &Network, id: &nexus_types::ImvuId, hour: u64) -> UsageHour {
    let (height, read) = wait_for("the hour to be sealed", || {
        let (height, _) = network.proved_root(id);
        let params = GetUsageParams {
            imvu: id.clone().into(),
            from_hour: None,
            to_hour: None,
            limit: None,
            cursor: None,
            at: Some(At::Height(height)),
            proof: true,
        };
        let read: Read<UsageView> = network.node().read(Method::GetUsage, &params);
        (!read.value.items.is_empty()).then_some((height, read))
    });
    assert_eq!(read.height.0, height);
    let collection = read.value.collection.as_ref().expect("a collection");
    let item = &read.value.items[0];
    assert_eq!(item.hour.hour.0, hour);
    let leaf = item.leaf.as_ref().expect("a proof");
    let head = LogHead {
        size: collection.size.0,
        root: collection.root.0.0,
    };
    let inclusion = leaf.inclusion().expect("a proof");
    inclusion
        .verify(&leaf_hash(leaf.record.bytes()), item.hour.sequence.0, &head)
        .expect("the hour is in the collection");
    // The collection itself is in the state, which headers prove.
    let kind = nexus_types::log::CollectionKind::Usage;
    let key = state_key::collection(kind, Some(id));
    let proved: nexus_types::state::Collection = network.proved(id, &key).expect("a collection");
    assert!(proved.size >= head.size);
    if proved.size == head.size {
        assert_eq!(proved.root.0, head.root);
    }
    decode(leaf.record.bytes()).expect("an hour")
}
