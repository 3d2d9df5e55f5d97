//! Mail: whose addresses, routes, keys and credentials are, and what agents commit to (gates 4, 5, 7, 9, 14, 16, 17).

mod addresses;
mod books;
mod bounds;
mod credentials;
mod dkim;
mod epochs;
mod routes;

use super::hosting::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::host::{AgentKind, MailSpec, Spec};

/// The code, and the reason behind it.
fn said(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let reason = outcome.verdict.as_ref().and_then(|one| one.reason());
    (outcome.code.number(), reason)
}

fn refused(code: u32, reason: Reason) -> (u32, Option<Reason>) {
    (code, Some(reason))
}

fn ask(world: &mut World, signer: &Person, action: Action) -> (u32, Option<Reason>) {
    said(&world.submit(std::slice::from_ref(signer), action))
}

fn spec(world: &World, host_id: &str) -> MailSpec {
    match world.assignment(host_id, AgentKind::Mail, ID).spec {
        Spec::Mail(spec) => spec,
        other => panic!("{other:?}"),
    }
}

/// A world whose IMVU-042 runs on host-1.
fn served() -> World {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world
}
