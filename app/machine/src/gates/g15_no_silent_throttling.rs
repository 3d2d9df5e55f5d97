//! Gate 15, No Silent Throttling (handshake-55-45-17.md, gate 15): any decrease of any one quota field
//! needs the creator's approval of exactly that change. The platform may raise alone (law §6).

use super::Judgement;
use crate::case::Case;
use crate::law::governance::restriction;
use crate::law::money::containment;
use crate::law::{approval, hosts};
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::governance::RestrictionScope;
use nexus_types::host::HostChange;
use nexus_types::quota::QuotaChange;
use nexus_types::state::Imvu;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match (case.action(), case.change()) {
        (Action::PlatformSuspend { .. }, _) => Err(Reason::PlatformCannotSuspend),
        (Action::SignApproval { approval, .. }, Some(change @ Change::Quota(_))) => {
            approval::check_signed(case, approval, &change)
        }
        (Action::ChangeQuota { change, .. }, _) if !case.by_owner() => match &case.imvu {
            Some(imvu) if lowers(imvu, change) => {
                approval::find(case, &Change::Quota(*change)).map(|_| ())
            }
            _ => Ok(()),
        },
        (Action::Contain { span_ms, .. }, _) => containment::check(case, *span_ms),
        (Action::RestrictLegally(order), _) if order.scope != RestrictionScope::Serving => {
            restriction::check(case, order)
        }
        (Action::ChangeHost { change, .. }, _) => match (change, &case.host) {
            (HostChange::Capacity(capacity), Some(host)) if !host.guaranteed.fits(capacity) => {
                Err(Reason::HostInUse)
            }
            (HostChange::Capabilities(new), Some(host))
                if host.placements > 0 && hosts::weakens(&host.capabilities, new) =>
            {
                Err(Reason::HostInUse)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether any one field would fall, whatever the others do.
fn lowers(imvu: &Imvu, change: &QuotaChange) -> bool {
    change.fields().any(|field| {
        change
            .get(field)
            .is_some_and(|value| value < imvu.quota.get(field))
    })
}
