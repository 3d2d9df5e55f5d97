//! Whose subnet of its host a route leads into (gate 16). Every slot of a host has four addresses of its own
//! ([`nexus_types::host::subnet`]).

use super::placement;
use crate::case::Case;
use crate::view::read;
use nexus_types::host::{Slot, subnet};
use nexus_types::route::{Address, Prefix, Route};
use nexus_types::{HostId, ImvuId, Reason, state_key};

/// No route of an IMVU leads into what its host has assigned to another: neither its next hop, nor its prefix where that is
/// no wider than one subnet. A wider prefix is a network of which a subnet happens to be a part; the host's filters drop
/// what goes there.
pub(crate) fn check_route(case: &Case<'_>, route: &Route) -> Result<(), Reason> {
    let Some(stay) = case
        .imvu
        .as_ref()
        .and_then(|imvu| placement::of(case.view, &imvu.id))
    else {
        return Ok(());
    };
    let ends = [slot_of(&route.next_hop), slot_within(&route.prefix)];
    let mut slots = ends.into_iter().flatten();
    if slots.any(|slot| is_anothers(case, &stay.host, slot, &stay.imvu)) {
        Err(Reason::NotItsSubnet)
    } else {
        Ok(())
    }
}

fn is_anothers(case: &Case<'_>, host: &HostId, slot: u32, imvu: &ImvuId) -> bool {
    read::<Slot>(case.view, &state_key::slot(host, slot))
        .is_some_and(|slot| slot.ended.is_none() && slot.imvu != *imvu)
}

/// The slot whose subnet has the address.
fn slot_of(address: &Address) -> Option<u32> {
    match address {
        Address::V4([10, a, b, c]) => Some(u32::from_be_bytes([0, *a, *b, *c]) >> 2),
        _ => None,
    }
}

/// The slot whose subnet the whole prefix lies in.
fn slot_within(prefix: &Prefix) -> Option<u32> {
    let slot = slot_of(&prefix.address())?;
    let own = subnet(slot)?;
    (prefix.length() >= own.length()).then_some(slot)
}
