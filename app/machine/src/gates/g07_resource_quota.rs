//! Gate 7, Resource Quota Enforcement (handshake-55-45-17.md, gate 7): guaranteed quotas stay within
//! capacity, and each within the largest envelope the network offers; a field of zero guarantees nothing.

use super::Judgement;
use crate::case::Case;
use crate::law::imvu::changed_quota;
use crate::law::mail::{addresses, credentials};
use crate::law::placement;
use crate::view::chain;
use nexus_types::action::{Action, ActionKind};
use nexus_types::approval::Change;
use nexus_types::host::HostChange;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::{Gate, Reason};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::CreateImvu { quota, .. } => within_envelope(case, quota),
        Action::ActivateImvu { .. } | Action::MoveImvu { .. } => {
            placement::judge(case, Gate::ResourceQuota)
        }
        Action::ChangeHost {
            change: HostChange::Capacity(capacity),
            ..
        } => match &case.host {
            Some(host) if !host.guaranteed.fits(capacity) => Err(Reason::NoCapacity),
            _ => Ok(()),
        },
        Action::GrantAddress(asked) => match &case.imvu {
            Some(imvu) => addresses::check_limits(&imvu.quota, &asked.limits),
            None => Ok(()),
        },
        Action::SetMailCredential(asked) => match &case.imvu {
            Some(imvu) => credentials::check_limit(&imvu.quota, asked.messages_day),
            None => Ok(()),
        },
        _ => match (case.change(), &case.imvu) {
            (Some(Change::Quota(change)), Some(imvu)) => {
                let changed = changed_quota(&imvu.quota, &change);
                within_envelope(case, &changed)?;
                // A proposal takes nothing yet; there is room or not when it is approved.
                if case.action().kind() == ActionKind::ProposeQuota {
                    return Ok(());
                }
                placement::check_quota(case, imvu, &changed)
            }
            _ => Ok(()),
        },
    }
}

fn within_envelope(case: &Case<'_>, quota: &Quota) -> Judgement {
    let envelope = chain(case.view).max_quota;
    for field in QuotaField::ALL {
        if quota.get(field) == 0 {
            return Err(Reason::ZeroQuota);
        }
        if quota.get(field) > envelope.get(field) {
            return Err(Reason::OverEnvelope);
        }
    }
    Ok(())
}
