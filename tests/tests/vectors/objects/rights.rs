//! Consents, what was erased of them, and snapshots.

use super::{collection, first, object};
use crate::people::imvu;
use crate::scenario::{HOST, SUBJECTS, Scenario};
use crate::spelled::money::nothing;
use crate::spelled::{self, exits, rights};
use nexus_types::host::{AgentKind, Item};
use nexus_types::ids::HostId;
use nexus_types::log::CollectionKind;
use nexus_types::state_key::{self, KeyKind};
use serde_json::Value;

/// The sequence of the one erasure.
const ERASURE: u64 = 3;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let (id, host) = (imvu("IMVU-042"), HostId::new(HOST).unwrap());
    let mut shown = Vec::new();
    for subject in SUBJECTS {
        let key = state_key::consents(&id, &subject);
        shown.push(object(story, "consents", key, rights::consents));
    }
    let erased = state_key::erasure(&id, &SUBJECTS[0], ERASURE);
    let restored = Item::Restore(id.clone());
    let restored = state_key::assignment(&host, AgentKind::Compute, &restored);
    shown.extend([
        object(story, "erasure", erased, rights::erasure),
        object(story, "stay", state_key::stay(&id, &host), nothing),
        object(
            story,
            "snapshots",
            state_key::snapshots(&id),
            rights::snapshots,
        ),
        object(
            story,
            "snapshot",
            state_key::snapshot(&id, 1),
            rights::snapshot,
        ),
        object(story, "assignment", restored, spelled::assignment),
        object(story, "imvuNames", state_key::imvu_names(&id), exits::names),
    ]);
    for id in ["IMVU-042", "IMVU-043"] {
        let key = state_key::exit(&imvu(id));
        shown.push(object(story, "exit", key, exits::exit));
    }
    for key in first(story, KeyKind::PeriodRoots, 2) {
        shown.push(object(story, "periodRoots", key, exits::period_roots));
    }
    for kind in [
        CollectionKind::Consents,
        CollectionKind::Snapshots,
        CollectionKind::Exits,
    ] {
        let key = state_key::collection(kind, Some(&id));
        shown.push(object(story, "collection", key, collection));
    }
    shown
}
