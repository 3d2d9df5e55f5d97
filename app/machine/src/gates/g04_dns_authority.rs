//! Gate 4, DNS Authority Scoping (handshake-55-45-17.md, gate 4): records change only by the owner,
//! inside its own apex, and only if the zone stays valid.

use super::Judgement;
use crate::case::Case;
use crate::law::delegations;
use crate::law::mail::dkim;
use crate::law::names::Holder;
use crate::law::zone_actions;
use nexus_types::action::Action;
use nexus_types::{Name, Reason};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    let (owner, rtype, rrset) = match case.action() {
        Action::SetRecords { owner, rrset, .. } => (owner, rrset.rtype, Some(rrset)),
        Action::RemoveRecords { owner, rtype, .. } => (owner, *rtype, None),
        Action::RegisterDkimKey(asked) => return dkim::check_zone(case, asked),
        Action::DelegateName(asked) => {
            bound_and_own(case)?;
            return delegations::check(case.view, asked);
        }
        _ => return Ok(()),
    };
    let zone = match &case.name {
        Some(Ok(zone)) => zone,
        Some(Err(fault)) => return Err(Reason::Name(*fault)),
        None => return Err(Reason::ZoneNotBound),
    };
    bound_and_own(case)?;
    if delegations::of(case.view, zone).is_some() {
        return Err(Reason::NameDelegated);
    }
    let owner = Name::parse(owner.as_str()).map_err(Reason::Name)?;
    zone_actions::check_inside(case.view, zone, &owner)?;
    if dkim::publishes(case.view, zone, &owner, rtype) {
        return Err(Reason::RecordOfDkim);
    }
    match rrset {
        Some(rrset) => zone_actions::check_stays_valid(case.view, zone, &owner, rrset),
        None => Ok(()),
    }
}

fn bound_and_own(case: &Case<'_>) -> Judgement {
    if case.holder == Holder::Nobody {
        return Err(Reason::ZoneNotBound);
    }
    if case.acts_for_owner() {
        Ok(())
    } else {
        Err(Reason::NotOwner)
    }
}
