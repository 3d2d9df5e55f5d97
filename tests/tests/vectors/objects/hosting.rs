//! What stands in the state about hosts and about what runs there.

use super::object;
use crate::people::{agents, imvu, meter_key};
use crate::scenario::{HOST, Scenario};
use crate::spelled;
use nexus_types::host::{AgentKind, Item};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::state_key::{self, KeyKind};
use serde_json::{Value, json};

/// Due items to show; there is one for each agent and meter.
const TIMED: usize = 12;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let host = HostId::new(HOST).unwrap();
    let meter = |name| state_key::meter(&MeterId::new(name).unwrap());
    let assigned = |kind, id: &str| state_key::assignment(&host, kind, &Item::Imvu(imvu(id)));
    let mut shown = vec![
        object(story, "host", state_key::host(&host), spelled::host),
        object(
            story,
            "agent",
            state_key::agent(&agents()[0].id),
            spelled::agent,
        ),
        object(
            story,
            "meterKey",
            state_key::meter_key(&meter_key(0)),
            |id: &MeterId| json!(id.to_string()),
        ),
    ];
    for name in ["host-1-compute", "host-1-dns", "mail-1"] {
        shown.push(object(story, "meter", meter(name), spelled::meter));
    }
    for slot in [0, 1] {
        let key = state_key::slot(&host, slot);
        shown.push(object(story, "slot", key, spelled::slot));
    }
    let id = imvu("IMVU-042");
    shown.push(object(
        story,
        "placement",
        state_key::placement(&id),
        spelled::placement,
    ));
    for key in [
        assigned(AgentKind::Compute, "IMVU-042"),
        assigned(AgentKind::Network, "IMVU-042"),
        assigned(AgentKind::Compute, "IMVU-043"),
    ] {
        shown.push(object(story, "assignment", key, spelled::assignment));
    }
    shown.push(object(
        story,
        "metering",
        state_key::metering(&id),
        spelled::metering,
    ));
    let keys = story.chain.state.keys();
    let timed = keys.filter(|key| key.kind() == Some(KeyKind::Timed));
    for key in timed.take(TIMED) {
        shown.push(object(
            story,
            "timed",
            key.clone(),
            spelled::money::timed_item,
        ));
    }
    shown
}
