//! What a creator has authored, gathered from the state.

use crate::law::{delegations, imvu as imvus, mail, names};
use crate::view::{View, after, read};
use alloc::vec::Vec;
use nexus_types::exit::{Baseline, BaselineName, BaselineRoute, BaselineZone};
use nexus_types::route::Prefix;
use nexus_types::state::{Imvu, RouteRecord, Zone};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{ImvuId, decode};

/// What stands now.
pub(crate) fn of(view: &dyn View, imvu: &Imvu) -> Baseline {
    let names = names::of(view, &imvu.id).names;
    let names = names.into_iter().map(|apex| BaselineName {
        zone: read::<Zone>(view, &state_key::zone(&apex)).map(|zone| BaselineZone {
            serial: zone.serial,
            root: zone.root,
        }),
        delegation: delegations::of(view, &apex).map(|record| record.delegation),
        mail: mail::routes::of(view, &apex).and_then(|record| record.route),
        apex,
    });
    let (mut from, to) = state_key::routes_of(&imvu.id);
    let mut routes = Vec::new();
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        let next_hop = decode::<RouteRecord>(&bytes)
            .ok()
            .and_then(|record| record.next_hop);
        if let (Some((_, prefix)), Some(next_hop)) = (route_of(&key), next_hop) {
            routes.push(BaselineRoute { prefix, next_hop });
        }
        from = after(&key);
    }
    Baseline {
        imvu: imvu.id.clone(),
        quota: imvu.quota,
        policy: imvus::path_policy(view, &imvu.id),
        routes,
        names: names.collect(),
    }
}

/// The IMVU and the prefix that a route's key names.
pub(super) fn route_of(key: &StateKey) -> Option<(ImvuId, Prefix)> {
    decode(key.id()).ok()
}
