//! What stands in state of names that are proven, granted, delegated, handed over.

use super::object;
use crate::people::{imvu, name};
use crate::scenario::Scenario;
use crate::scenario::domain::{AWAY, CHILD, EXTERNAL};
use crate::scenario::external::SHOP;
use crate::spelled::domain;
use nexus_types::state_key;
use serde_json::Value;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let claim = state_key::external_claim(&name(EXTERNAL), &imvu("IMVU-042"));
    vec![
        object(story, "externalClaim", claim, domain::claim),
        object(
            story,
            "externalName",
            state_key::external_name(&name(SHOP)),
            domain::bound,
        ),
        object(
            story,
            "observers",
            state_key::observers(),
            domain::observers,
        ),
        object(
            story,
            "childGrant",
            state_key::child_grant(&name(CHILD)),
            domain::grant,
        ),
        object(
            story,
            "delegation",
            state_key::delegation(&name(AWAY)),
            domain::delegated,
        ),
        object(
            story,
            "transferKey",
            state_key::transfer_key(&name(AWAY)),
            domain::transfer,
        ),
    ]
}
