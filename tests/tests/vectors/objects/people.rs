//! How identities are guarded, and who acts for owners.

use super::object;
use crate::people::{alice, imvu};
use crate::scenario::Scenario;
use crate::spelled::people;
use nexus_types::state_key;
use serde_json::Value;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let (guarded, helped) = (
        state_key::guardianship(&alice().id),
        state_key::team(&imvu("IMVU-042")),
    );
    vec![
        object(story, "guardianship", guarded, people::guardianship),
        object(story, "team", helped, people::team),
    ]
}
