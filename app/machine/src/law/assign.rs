//! Desired state: what the agents of a host are told about an IMVU placed there.

use super::governance::restriction;
use crate::view::{Layer, View, Writes, chain, clock, read, write};
use alloc::vec::Vec;
use nexus_types::governance::RestrictionScope;
use nexus_types::host::{
    AgentKind, Assignment, ComputeSpec, Item, MailSpec, NetworkSpec, Placement, Spec, port, subnet,
    uid_first,
};
use nexus_types::route::{Prefix, Route};
use nexus_types::state::{Imvu, RouteRecord};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{HostId, ImvuId, List, Reason, decode};

/// The assignment of an IMVU to an agent of a host.
pub(crate) fn of(
    view: &dyn View,
    host: &HostId,
    kind: AgentKind,
    imvu: &ImvuId,
) -> Option<Assignment> {
    let item = Item::Imvu(imvu.clone());
    read(view, &state_key::assignment(host, kind, &item))
}

/// Writes what the agents shall make of a placement, each only where it differs from what they were told.
pub(crate) fn run(
    view: &dyn View,
    imvu: &Imvu,
    placement: &Placement,
    writes: &mut Writes,
) -> Result<(), Reason> {
    let compute = Spec::Compute(ComputeSpec {
        imvu: imvu.id.clone(),
        placement: placement.generation,
        slot: placement.slot,
        uid_first: uid_first(placement.slot),
        limits: imvu.quota,
    });
    let network = Spec::Network(NetworkSpec {
        imvu: imvu.id.clone(),
        placement: placement.generation,
        subnet: subnet(placement.slot).ok_or(Reason::LimitReached)?,
        port: port(placement.slot).ok_or(Reason::LimitReached)?,
        bandwidth_bits: imvu.quota.bandwidth_bits,
        routes: routes(&Layer { base: view, writes }, &imvu.id)?,
        policy: super::imvu::path_policy(&Layer { base: view, writes }, &imvu.id),
        contained: contained(&Layer { base: view, writes }, &imvu.id),
        restricted: restriction::in_force(&Layer { base: view, writes }, &imvu.id),
    });
    for (kind, spec) in [(AgentKind::Compute, compute), (AgentKind::Network, network)] {
        let item = Item::Imvu(placement.imvu.clone());
        set(view, &placement.host, kind, item, spec, writes);
    }
    tell_mail(view, imvu, placement, writes);
    Ok(())
}

/// Writes what the mail agent shall make of a placement, once its IMVU has a book of mail.
pub(crate) fn tell_mail(view: &dyn View, imvu: &Imvu, placement: &Placement, writes: &mut Writes) {
    let layer = Layer { base: view, writes };
    let Some(book) = super::mail::book::of(&layer, &imvu.id) else {
        return;
    };
    let spec = Spec::Mail(MailSpec {
        imvu: imvu.id.clone(),
        placement: placement.generation,
        slot: placement.slot,
        version: book.version,
        root: book.root,
        token_epoch: book.token_epoch,
        messages_hour: imvu.quota.mail_messages,
        storage_bytes: imvu.quota.mail_bytes,
        // A legal restriction of mail stops what a containment stops.
        contained: contained(&layer, &imvu.id)
            || restriction::in_force(&layer, &imvu.id).contains(&RestrictionScope::Mail),
    });
    let item = Item::Imvu(placement.imvu.clone());
    set(view, &placement.host, AgentKind::Mail, item, spec, writes);
}

/// Tells the mail agent that nothing of a placement shall be left, if it was ever told of it.
pub(crate) fn clear_mail(view: &dyn View, placement: &Placement, writes: &mut Writes) {
    let layer = Layer { base: view, writes };
    if of(&layer, &placement.host, AgentKind::Mail, &placement.imvu).is_some() {
        clear(view, placement, AgentKind::Mail, writes);
    }
}

fn contained(view: &dyn View, imvu: &ImvuId) -> bool {
    super::money::containment::holds(view, imvu, clock(view).law_time)
}

/// Tells one agent that nothing of a placement shall be left.
pub(crate) fn clear(view: &dyn View, placement: &Placement, kind: AgentKind, writes: &mut Writes) {
    let item = Item::Imvu(placement.imvu.clone());
    set(view, &placement.host, kind, item, Spec::Absent, writes);
}

/// Tells one agent what shall be of an item, where it differs from what it was told.
pub(crate) fn set(
    view: &dyn View,
    host: &HostId,
    kind: AgentKind,
    item: Item,
    spec: Spec,
    writes: &mut Writes,
) {
    let key = state_key::assignment(host, kind, &item);
    let layer = Layer { base: view, writes };
    let known = read::<Assignment>(&layer, &key);
    if known.as_ref().is_some_and(|known| known.spec == spec) {
        return;
    }
    let assignment = Assignment {
        recovery_epoch: chain(&layer).network.recovery_epoch,
        generation: known.map_or(0, |known| known.generation).saturating_add(1),
        spec,
        acknowledged: None,
    };
    write(writes, key, &assignment);
}

/// The routes that stand, ascending by prefix.
fn routes<const MAX: usize>(view: &dyn View, imvu: &ImvuId) -> Result<List<Route, MAX>, Reason> {
    let (mut from, to) = state_key::routes_of(imvu);
    let mut routes = Vec::new();
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        let prefix = decode::<(ImvuId, Prefix)>(key.id());
        if let (Ok((_, prefix)), Ok(record)) = (prefix, decode::<RouteRecord>(&bytes))
            && let Some(next_hop) = record.next_hop
        {
            routes.push(Route { prefix, next_hop });
        }
        let mut next = key.into_bytes();
        next.push(0);
        from = StateKey::from_bytes(next);
    }
    List::new(routes).map_err(|_| Reason::LimitReached)
}
