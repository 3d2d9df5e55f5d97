//! Desired state: what the agents of a host are told about an IMVU placed there.

use super::governance::restriction;
use crate::view::{Layer, View, Writes, chain, clock, read, write};
use alloc::vec::Vec;
use nexus_types::host::{
    AgentKind, Assignment, ComputeSpec, Item, NetworkSpec, Placement, Spec, port, subnet, uid_first,
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

/// Writes what both agents shall make of a placement, each only where it differs from what they were told.
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
        set(view, placement, kind, spec, writes);
    }
    Ok(())
}

fn contained(view: &dyn View, imvu: &ImvuId) -> bool {
    super::money::containment::holds(view, imvu, clock(view).law_time)
}

/// Tells one agent that nothing of a placement shall be left.
pub(crate) fn clear(view: &dyn View, placement: &Placement, kind: AgentKind, writes: &mut Writes) {
    set(view, placement, kind, Spec::Absent, writes);
}

fn set(view: &dyn View, placement: &Placement, kind: AgentKind, spec: Spec, writes: &mut Writes) {
    let item = Item::Imvu(placement.imvu.clone());
    let key = state_key::assignment(&placement.host, kind, &item);
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
