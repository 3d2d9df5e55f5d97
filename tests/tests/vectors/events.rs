//! events.json: what happened on the vectors' chain, as nodes send it.

use crate::scenario::Scenario;
use crate::spelled::number;
use nexus_sdk::api::EventBody;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The types that the scenario brings about. The others need a month to pass, or a validator that signs twice.
const TYPES: &[&str] = &[
    "agentSilent",
    "audit",
    "booksDiffer",
    "consent",
    "contained",
    "debt",
    "drift",
    "exit",
    "externalName",
    "governance",
    "guardiansChanged",
    "identityFrozen",
    "implausible",
    "mailEpoch",
    "meterSilent",
    "money",
    "notAsAssigned",
    "notPlaced",
    "notice",
    "periodClosed",
    "placed",
    "recoveryEnded",
    "recoveryPending",
    "restricted",
    "restrictionAppealed",
    "snapshot",
    "started",
    "statement",
    "stopped",
    "usage",
    "violation",
];

/// Of these types all events, since no two tell of the same.
const EVERY: [&str; 2] = ["drift", "externalName"];

/// The last event of each type, every drift, and every step of an external name.
pub(crate) fn events(story: &Scenario) -> Value {
    let heights = (1..).zip(&story.chain.events);
    let mut all: Vec<Value> = heights
        .flat_map(|(height, events)| {
            let places = events.iter().enumerate();
            places.map(move |(position, event)| {
                json!({
                    "height": number(height),
                    "position": position,
                    "event": EventBody::from(event),
                })
            })
        })
        .collect();
    let kind = |one: &Value| one["event"]["type"].as_str().unwrap().to_owned();
    let mut seen = BTreeSet::new();
    all.reverse();
    all.retain(|one| seen.insert(kind(one)) || EVERY.contains(&kind(one).as_str()));
    all.reverse();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), TYPES);
    json!({
        "about": "What happened on the vectors' chain, in the JSON of nexus_listEvents and nexus_subscribeEvents: the last event of each type, every drift, and every step of an external name.",
        "events": all,
    })
}
