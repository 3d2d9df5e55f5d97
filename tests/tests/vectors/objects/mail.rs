//! What stands in the state about mail.

use super::{collection, object};
use crate::people::{agents, imvu, name};
use crate::scenario::{HOST, Scenario, mail};
use crate::spelled::{self, mail as spell};
use nexus_types::host::{AgentKind, Item};
use nexus_types::ids::HostId;
use nexus_types::log::CollectionKind;
use nexus_types::state_key;
use serde_json::Value;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let id = imvu("IMVU-042");
    let domain = name(mail::DOMAIN);
    let mut shown = vec![
        object(story, "mailBook", state_key::mail_book(&id), spell::book),
        object(story, "mailIndex", state_key::mail_index(&id), spell::index),
    ];
    for local in ["ann", "bob"] {
        let key = state_key::mail_address(&mail::address(local));
        shown.push(object(story, "mailAddress", key, spell::address));
    }
    shown.push(object(
        story,
        "mailRoute",
        state_key::mail_route(&domain),
        spell::route_record,
    ));
    for under in mail::SELECTORS {
        let key = state_key::dkim_key(&domain, &mail::selector(under));
        shown.push(object(story, "dkimKey", key, spell::dkim_key));
    }
    let agent = agents()[AgentKind::Mail as usize].id;
    let host = HostId::new(HOST).unwrap();
    shown.extend([
        object(
            story,
            "mailCredential",
            state_key::mail_credential(&id, &mail::credential(1)),
            spell::credential,
        ),
        object(
            story,
            "mailCursor",
            state_key::mail_cursor(&id, &agent),
            spell::cursor,
        ),
        object(
            story,
            "assignment",
            state_key::assignment(&host, AgentKind::Mail, &Item::Imvu(id.clone())),
            spelled::assignment,
        ),
        object(
            story,
            "collection",
            state_key::collection(CollectionKind::MailEpochs, Some(&id)),
            collection,
        ),
    ]);
    shown
}
