//! What seats vote on, and the versions of the registers.

use super::object;
use crate::scenario::Scenario;
use crate::spelled::governance;
use nexus_types::state_key;
use serde_json::Value;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let mut shown = vec![object(
        story,
        "registers",
        state_key::registers(),
        governance::registers,
    )];
    for name in [
        "propose a jurisdiction",
        "propose to deny a name",
        "propose oneself as an attester",
    ] {
        let id = story.find(name).tx.body.id();
        let key = state_key::governance(&id);
        shown.push(object(story, "governance", key, governance::proposal));
    }
    shown
}
